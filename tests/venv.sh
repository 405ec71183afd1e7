#!/usr/bin/env bash
# Python packages of one folder of tests, from its requirements.txt, in target/NAME/venv.
#
#   venv.sh NAME fetch               the packages, by pip
#   venv.sh NAME run SCRIPT [ARG…]   runs a script with them
set -euo pipefail
tests=$(cd "$(dirname "$0")" && pwd)
readonly tests
readonly requirements=$tests/${1:-}/requirements.txt
readonly venv=$tests/../target/${1:-}/venv

# Beside the packages lies the list that they were fetched for, so that a change fetches anew.
fetch() {
    if cmp -s "$requirements" "$venv/requirements.txt"; then return; fi
    rm -rf "$venv"
    python3 -m venv "$venv" || {
        echo "venv.sh: needs Python with venv (Debian: apt-get install python3-venv)" >&2
        exit 1
    }
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$venv/requirements.txt"
}

case "${2:-}" in
fetch) fetch ;;
run)
    fetch
    exec "$venv/bin/python" "${@:3}"
    ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
