#!/bin/sh
# Vector has no sink that is a program, and no transform that is one. Between two of them
# stackprint stands in a pipe: the first writes lines of JSON with its console sink (codec json), the
# second reads lines with its stdin source (decoding.codec json). Its max_length is 102400 octets as Vector
# comes, and longer lines are dropped: set `max_length: 1048576`, which is --max-record of the coprocess.
#
# Not run by a test with Vector, which is not in Debian; the middle of the pipe is.
set -eu
vector --quiet --config /etc/vector/packets.yaml |
    /usr/local/bin/stackprint coprocess |
    vector --quiet --config /etc/vector/records.yaml
