#!/usr/bin/env bash
# The public API of the library, a line for each item, against the list in the repository; and whether
# each item has an example, or a link to one.
#
#   tests/api/check.sh             compares
#   tests/api/check.sh --write     writes the list anew, and looks for examples
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly list=tests/api/stackprint.txt
readonly json=${CARGO_TARGET_DIR:-target}/doc/stackprint.json

RUSTDOC=$PWD/tests/api/rustdoc.sh cargo rustdoc --quiet --package stackprint --all-features --lib -- \
    -Z unstable-options --output-format json
if [[ ${1:-} == --write ]]; then
    tests/api/list.py "$json" >"$list"
elif ! tests/api/list.py "$json" | diff --unified=0 "$list" -; then
    echo "The public API is another one: tests/api/check.sh --write, and a line in CHANGELOG.md" >&2
    exit 1
fi
tests/api/examples.py "$json"
