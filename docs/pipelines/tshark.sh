#!/bin/sh
# tshark: whoever has packets as its JSON, or can only run tshark, gets records of them.
#
# Run by tests/tests/pipelines/pipelines.rs with tshark 4.0 of Debian 12.
#
#   tshark.sh CAPTURE
set -eu
# -x adds the octets, -J frame leaves out what stackprint does not need. The filter is tshark's.
tshark -n -r "$1" -T ek -x -J frame -Y tcp |
    /usr/local/bin/stackprint read --input-format ek --format ndjson -
