#!/usr/bin/env bash
# Every check and test of the project, the same here and in CI. Stops at the first failure.
#
#   tests/run.sh
#
#   STACKPRINT_CORPUS=DIR   a corpus of captures with p0f's answers (default: ../shared/corpus)
#   CI=true                 nothing may be skipped, and Cargo.lock has to be up to date
set -euo pipefail
cd "$(dirname "$0")/.."

# Where Debian puts p0f and tcpdump; a user's PATH often leaves it out.
export PATH=$PATH:/usr/sbin:/sbin
export STACKPRINT_CORPUS=${STACKPRINT_CORPUS:-$PWD/../shared/corpus}

in_ci=false
[[ ${CI:-} != true ]] || in_ci=true
locked=()
if $in_ci; then locked=(--locked); fi

passed=0
skipped=()

step() { # name, command…
    local name=$1 start_s=$SECONDS status=0
    shift
    printf '\n== %s\n' "$name"
    "$@" || status=$?
    if ((status)); then
        printf '\nFAILED: %s (exit %d after %d s): %s\n' \
            "$name" "$status" "$((SECONDS - start_s))" "$*" >&2
        exit 1
    fi
    printf -- '-- %s: ok, %d s\n' "$name" "$((SECONDS - start_s))"
    passed=$((passed + 1))
}

skip() { # name, reason
    printf '\n== %s\nSKIPPED: %s\n' "$1" "$2"
    if $in_ci; then
        printf 'FAILED: %s: nothing may be skipped in CI\n' "$1" >&2
        exit 1
    fi
    skipped+=("$1")
}

# rustfmt and clippy are parts of the toolchain that a user may not have, and whose toolchain it is
# not ours to change.
step_with() { # cargo subcommand, name, command…
    local part=$1 name=$2
    shift 2
    if cargo "$part" --version >/dev/null 2>&1; then
        step "$name" "$@"
    else
        skip "$name" "cargo $part is not installed (rustup component add ${part/fmt/rustfmt})"
    fi
}

step "set-up" tests/setup.sh
if ! command -v cargo >/dev/null; then
    echo "FAILED: no cargo; Rust comes from https://rustup.rs" >&2
    exit 1
fi

step_with fmt "format" cargo fmt --all --check
step_with clippy "lint" cargo clippy "${locked[@]}" --workspace --all-targets -- -D warnings
step "library without features" cargo check "${locked[@]}" --package stackprint --no-default-features
# The program and the library share their name, and so would their pages: libraries only.
step "documentation" env RUSTDOCFLAGS=-Dwarnings \
    cargo doc "${locked[@]}" --workspace --no-deps --lib
step "build" cargo build "${locked[@]}" --release --package stackprint-worker

if [[ -d $STACKPRINT_CORPUS/captures ]]; then
    printf '\ncorpus: %s\n' "$STACKPRINT_CORPUS"
else
    printf '\ncorpus: none at %s; only the captures of the project are compared\n' \
        "$STACKPRINT_CORPUS"
fi
step "tests" cargo test "${locked[@]}" --workspace

if command -v python3 >/dev/null; then
    step "crafted captures" python3 tests/captures/generate.py --check
else
    skip "crafted captures" "python3 is not installed"
fi

# The engine in WebAssembly: the package in Node, the page in Chromium.
if ! wasm/compile.sh --check 2>/dev/null; then
    skip "JavaScript package and page" "no compiler for WebAssembly (wasm/compile.sh says how to get one)"
elif ! node --eval 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
    skip "JavaScript package and page" "they need Node 20 or later, with npm"
else
    step "JavaScript package: build" wasm/build.sh
    step "JavaScript package" wasm/test.sh package
    if command -v chromium >/dev/null; then
        step "page" wasm/test.sh page
    else
        skip "page" "chromium is not installed"
    fi
fi

# A slowdown fails here, whatever else the machine does; wall-clock tables are made on request
# (docs/speed.md).
if command -v valgrind >/dev/null; then
    step "instructions" cargo run "${locked[@]}" --quiet --release --no-default-features \
        --manifest-path tests/benchmarks/Cargo.toml --target-dir target/benchmarks --bin instructions
else
    skip "instructions" "valgrind is not installed"
fi

summary="all $passed steps passed in $SECONDS s"
if ((${#skipped[@]})); then summary+="; skipped: ${skipped[*]}"; fi
printf '\n%s\n' "$summary"
