#!/usr/bin/env bash
# The host of the Fluent Bit tests: a small program with the WebAssembly runtime of Fluent Bit.
#
#   wamr.sh build      builds it, if need be, and prints where it is
#
# WAMR's C source comes in the package wamr-sys of crates.io, at the version and checksum of
# wamr/Cargo.lock. It is of December 2020, older than any that Fluent Bit has: what it runs, they run.
# Needs cargo, cmake and a C compiler.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
readonly here
readonly out=$here/../../target/fluent-bit

source_folder() {
    cargo metadata --locked --format-version 1 --manifest-path "$here/wamr/Cargo.toml" \
        --filter-platform x86_64-unknown-linux-gnu |
        python3 -c 'import json, os, sys
packages = json.load(sys.stdin)["packages"]
[path] = [each["manifest_path"] for each in packages if each["name"] == "wamr-sys"]
print(os.path.join(os.path.dirname(path), "wasm-micro-runtime"))'
}

case "${1:-}" in
build)
    wamr=$(source_folder)
    cmake -S "$here/host" -B "$out" -DCMAKE_BUILD_TYPE=Release -DWAMR_ROOT_DIR="$wamr" >&2
    cmake --build "$out" >&2
    echo "$out/host"
    ;;
*)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
    ;;
esac
