#!/usr/bin/env bash
# The programs that load records into tables, as Python packages: DuckDB, ClickHouse (chdb), Polars.
#
#   python.sh fetch               the packages, by pip, into target/loaders/venv (1.2 GB, most of it chdb)
#   python.sh run SCRIPT [ARG…]   runs a script with them
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
readonly here
readonly venv=$here/../../target/loaders/venv

fetch() {
    if cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then return; fi
    rm -rf "$venv"
    python3 -m venv "$venv" || {
        echo "python.sh: needs Python with venv (Debian: apt-get install python3-venv)" >&2
        exit 1
    }
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.txt"
}

case "${1:-}" in
fetch) fetch ;;
run)
    fetch
    exec "$venv/bin/python" "${@:2}"
    ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
