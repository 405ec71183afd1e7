#!/usr/bin/env bash
# Runs the library's tests where numbers have another order of bytes (s390x), and where a place in memory
# is a number of 32 bits (ARMv7), both emulated.
#
#   tests/machines.sh             builds and runs them
#   tests/machines.sh --check     only says whether everything is here
#
# Where one of Debian's packages is missing it says so, and ends with status 3. The standard library is
# built from its source, as by tests/windows.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly missing_status=3
readonly debian_rustc=/usr/bin/rustc
readonly packages="rustc-web rust-web-src qemu-user-static gcc-s390x-linux-gnu libc6-dev-s390x-cross \
gcc-arm-linux-gnueabihf libc6-dev-armhf-cross"
# Target of the compiler, prefix of Debian's tools, name of the emulator.
readonly machines=(
    "s390x-unknown-linux-gnu s390x-linux-gnu s390x"
    "armv7-unknown-linux-gnueabihf arm-linux-gnueabihf arm"
)

missing() {
    echo "tests/machines.sh: missing: $*" >&2
    echo "  sudo apt-get install $packages" >&2
    exit "$missing_status"
}

find_tools() {
    local target tools emulator
    [[ -d $("$debian_rustc" --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library ]] ||
        missing "$debian_rustc and its source"
    for machine in "${machines[@]}"; do
        read -r target tools emulator <<<"$machine"
        command -v "$tools-gcc" >/dev/null || missing "$tools-gcc"
        [[ -d /usr/$tools/lib ]] || missing "the C library for $target"
        command -v "qemu-$emulator-static" >/dev/null || missing "qemu-$emulator-static"
    done
}

test_on() { # target, tools, emulator
    local variable locked=()
    [[ ${CI:-} != true ]] || locked=(--locked)
    variable=$(tr 'a-z-' 'A-Z_' <<<"$1")
    # Building the standard library is an unstable feature of cargo. Debug information is half of the time.
    env "CARGO_TARGET_${variable}_LINKER=$2-gcc" \
        "CARGO_TARGET_${variable}_RUNNER=qemu-$3-static -L /usr/$2" \
        RUSTC="$debian_rustc" RUSTC_BOOTSTRAP=1 CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 \
        cargo test "${locked[@]}" -Zbuild-std=std,panic_unwind,proc_macro,test --target "$1" \
        --target-dir target/machines --package stackprint --all-features --tests --no-fail-fast
}

find_tools
[[ ${1:-} != --check ]] || exit 0
for machine in "${machines[@]}"; do
    echo "== $machine"
    # shellcheck disable=SC2086 # Three words.
    test_on $machine
done
