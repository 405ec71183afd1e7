#!/usr/bin/env bash
# promtool of Debian's prometheus, without the daemon that comes with it: in target/kafka/promtool.
#
#   promtool.sh ARG…
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
readonly here
readonly to=$here/../../target/kafka/promtool

if command -v promtool >/dev/null; then exec promtool "$@"; fi
if [[ ! -x $to/usr/bin/promtool ]]; then
    mkdir -p "$to"
    (cd "$to" && apt-get download --quiet=2 prometheus && dpkg -x prometheus_*.deb . && rm prometheus_*.deb) 2>/dev/null || {
        echo "promtool.sh: needs promtool (Debian: apt-get install prometheus)" >&2
        exit 1
    }
fi
exec "$to/usr/bin/promtool" "$@"
