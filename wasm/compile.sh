#!/usr/bin/env bash
# Compiles packages of the workspace to WebAssembly, and prints where each module lies.
#
#   wasm/compile.sh PACKAGE[/FEATURE]…      wasm/compile.sh stackprint-wasm
#   wasm/compile.sh --check       only says which toolchain would be taken
#
# Takes what this machine has: the target wasm32-unknown-unknown, where the user's toolchain has it,
# else Debian's compiler, which builds the standard library from its source. It installs nothing and
# adds nothing to a toolchain; where neither is there it says how to get one, and ends with status 3.
#
# All packages are compiled with the same flags into target/wasm, so that the standard library is
# built once. RUSTFLAGS of the environment hold as usual.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly target=wasm32-unknown-unknown
readonly folder=target/wasm
readonly profile=wasm
oldest_minor=$(sed -n 's/^rust-version = "1\.\([0-9]*\)"$/\1/p' Cargo.toml)
readonly oldest_minor
readonly missing_status=3

# The toolchain that cargo would use by itself.
has_target() {
    local libraries
    libraries=$(rustc --print target-libdir --target "$target" 2>/dev/null) || return 1
    compgen -G "$libraries/libstd-*.rlib" >/dev/null
}

readonly debian_rustc=/usr/bin/rustc

# rustc-web and rust-web-src, or later ones of Debian's that are recent enough.
has_debian() {
    local minor
    minor=$("$debian_rustc" --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
    [[ -n $minor ]] && ((minor >= oldest_minor)) &&
        [[ -d $("$debian_rustc" --print sysroot)/lib/rustlib/src/rust/library ]]
}

# lld for WebAssembly; Debian's has the version of LLVM in its name.
linker() {
    local names
    mapfile -t names < <(compgen -c wasm-ld | grep -E '^wasm-ld(-[0-9]+)?$' | sort --version-sort)
    ((${#names[@]})) && echo "${names[-1]}"
}

explain() {
    cat >&2 <<END
wasm/compile.sh: no compiler for $target here. Either of these gives one:
  on Debian:     sudo apt-get install rustc-web rust-web-src lld-19
  with rustup:   rustup target add $target
missing: $*
END
    exit "$missing_status"
}

flags=(--profile "$profile" --target "$target" --target-dir "$folder")
[[ ${CI:-} != true ]] || flags+=(--locked)

command -v cargo >/dev/null || explain "cargo"
if has_target; then
    toolchain="$(rustc --version) with $target"
elif ! has_debian; then
    explain "$target in $(rustc --version 2>/dev/null || echo "a rustc"); Debian's $debian_rustc 1.$oldest_minor or later with its source"
elif ! wasm_linker=$(linker); then
    explain "wasm-ld"
else
    toolchain="$("$debian_rustc" --version), $wasm_linker"
    export RUSTC=$debian_rustc
    # Building the standard library is an unstable feature of cargo.
    export RUSTC_BOOTSTRAP=1
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$wasm_linker
    flags+=(-Zbuild-std=std,panic_abort)
fi
# Where crates lie on this machine is in no module, nor in its size.
remapped="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates"
# Code of ciphers and hashes in loops, which is a fifth of that without. They are for hellos of a new
# form, and for those of QUIC.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--cfg sha2_backend_soft=\"compact\" --cfg aes_backend_soft=\"compact\" $remapped ${CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS:-}"
echo "wasm/compile.sh: $toolchain" >&2

case ${1:-} in
--check) exit ;;
"") sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2 && exit 2 ;;
esac
for wanted; do
    package=${wanted%/*}
    features=()
    [[ $wanted == "$package" ]] || features=(--features "${wanted#*/}")
    cargo build "${flags[@]}" --package "$package" "${features[@]}"
    echo "$folder/$target/$profile/${package//-/_}.wasm"
done
