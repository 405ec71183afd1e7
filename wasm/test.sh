#!/usr/bin/env bash
# Tests what wasm/build.sh has built: the package in Node, the page in Chromium.
#
#   wasm/test.sh package|page
#
# Both are compared with target/release/stackprint; STACKPRINT_PROGRAM names another.
set -euo pipefail
cd "$(dirname "$0")"

# Exactly what the lock says, unless it is there.
install() {
    cmp --silent package-lock.json node_modules/.installed-lock && return
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.installed-lock
}

case ${1:-} in
package) install && npm test ;;
page) cd www && install && npm run types && npm run build && npm test ;;
*) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2 && exit 2 ;;
esac
