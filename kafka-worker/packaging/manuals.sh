#!/usr/bin/env bash
# Writes the manual page of a program and those of all its commands, which it refers to.
#
#   manuals.sh PROGRAM DIRECTORY
set -euo pipefail
(($# == 2)) || {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
readonly program=$1 directory=$2
mkdir -p "$directory"

write_page() { # the command's words
    local name words page
    name=$(IFS=- && echo "stackprint${*:+-$*}")
    page=$("$program" man "$@")
    gzip --no-name -9 <<<"$page" >"$directory/$name.1.gz"
    # Commands of this command, such as stackprint\-db\-check(1).
    { grep -oE 'stackprint(\\-[a-z]+)+\(1\)' <<<"$page" || true; } | sed 's/\\-/-/g; s/(1)//' | sort -u |
        while IFS=- read -ra words; do
            if ((${#words[@]} == $# + 2)); then write_page "${words[@]:1}" </dev/null; fi
        done
}

write_page
