#!/usr/bin/env bash
# Every check and test of the project, the same here and in CI. Stops at the first failure.
#
#   tests/run.sh            all of it
#   tests/run.sh PART…      parts of it: lint engine program live kafka wasm pipelines instructions
#
#   STACKPRINT_CORPUS=DIR   a corpus of captures with p0f's answers (default: ../shared/corpus)
#   CI=true                 nothing may be skipped, and Cargo.lock has to be up to date; what depends
#                           on the corpus also runs without it
#
# What waits for a broker or for packets, and what compiles one crate again and again on one core,
# runs in a lane of its own beside what computes. The seconds
# of every step and every test are in target/test-times.tsv; the lanes' output is in target/lanes/.
# What takes longer than a push can wait for is in tests/nightly.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/steps.sh

# Where Debian puts p0f and tcpdump; a user's PATH often leaves it out.
export PATH=$PATH:/usr/sbin:/sbin
export STACKPRINT_CORPUS=${STACKPRINT_CORPUS:-$PWD/../shared/corpus}

# A build that nobody continues gains nothing from being incremental.
if $in_ci; then export CARGO_INCREMENTAL=0; fi

readonly built=$PWD/target/debug/stackprint
readonly no_corpus=/nonexistent

test_executables() { # writes target/run/executables: name, path
    # Together: programs alone would have their dependencies built with fewer features, once more.
    cargo build "${locked[@]}" --workspace "${kafka_tls[@]}" --bins --tests || return
    cargo test "${locked[@]}" --workspace "${kafka_tls[@]}" --no-run 2>&1 |
        tee target/run/build.log | grep -vE '^ +(Compiling|Fresh|Downloaded|Executable)' || true
    grep -q 'Finished' target/run/build.log || return 1
    sed -nE 's/^ +Executable (unittests )?([^ ]+) \(([^)]+)\)$/\2 \3/p' target/run/build.log |
        while read -r source path; do
            local name=${path##*/}
            name=${name%-*}
            [[ $source != src/* ]] || name=unit-$name-$(basename "$source" .rs)
            printf '%s %s\n' "$name" "$path"
        done >target/run/executables
    grep -q '^engine ' target/run/executables
}

folder_of() { # name of a test executable
    case $1 in
    kafka) echo tests/kafka ;;
    unit-stackprint_worker-lib | unit-stackprint-main) echo kafka-worker ;;
    unit-stackprint-lib | capture*) echo core ;;
    unit-stackprint_wasm-lib) echo wasm ;;
    unit-stackprint_wasm_xtask-main) echo wasm/xtask ;;
    unit-stackprint_fluent_bit-lib) echo wasm/fluent-bit ;;
    unit-stackprint_fuzz-lib) echo tests/fuzz ;;
    *) echo tests ;;
    esac
}

# libtest's own times, which it gives on request alone.
run_tests() { # name of a test executable, arguments…
    local name=$1 path status=0
    shift
    path=$(awk -v name="$name" '$1 == name { print $2 }' target/run/executables)
    [[ -n $path ]] || { echo "no test executable $name" >&2; return 1; }
    (cd "$(folder_of "$name")" &&
        RUSTC_BOOTSTRAP=1 STACKPRINT_PROGRAM=$built \
            "$root/$path" -Zunstable-options --report-time "$@" 2>&1) |
        tee "target/run/$name.log" || status=$?
    sed -nE "s/^test (.*) \.\.\. ok <([0-9.]+)s>$/test\t$name::\1\t\2/p" "target/run/$name.log" >>"$times"
    return "$status"
}

unit_tests() {
    local name
    # All but those that are steps of their own.
    for name in $(awk '!/^(engine|kafka|live|pipelines|program|soak) / { print $1 }' target/run/executables); do
        echo "-- $name"
        run_tests "$name" || return
    done
    cargo test "${locked[@]}" --workspace "${kafka_tls[@]}" --doc --quiet
}

features_of_core() {
    local feature other
    # Its own folder: cargo locks one, and other steps run beside this.
    local apart=(--target-dir target/features)
    local all=(capture serde flow ecs schema forms redact tls http quic)
    local sets=("")
    for feature in "${all[@]}"; do
        sets+=("$feature")
        for other in "${all[@]}"; do [[ $feature < $other ]] && sets+=("$feature,$other"); done
    done
    for feature in "${sets[@]}"; do
        echo "stackprint with the features '$feature'"
        RUSTFLAGS=-Dwarnings cargo check "${locked[@]}" "${apart[@]}" --quiet --package stackprint \
            --no-default-features --features "$feature" || return
    done
    echo "stackprint-worker without its default features"
    cargo "$checker" "${locked[@]}" "${apart[@]}" --quiet --package stackprint-worker \
        --no-default-features --all-targets "${deny_warnings[@]}"
}

kafka_tests() { # filters…
    local broker=$root/target/kafka/broker status=0
    # Of a run that was killed.
    tests/kafka/broker.sh kill "$broker"
    rm -rf "$broker"
    if tests/kafka/broker.sh start "$broker"; then
        export STACKPRINT_TEST_BROKER=$broker:$(cat "$broker/port")
    fi
    # Most of them wait for the broker.
    run_tests kafka --test-threads 6 "$@" || status=$?
    tests/kafka/broker.sh stop "$broker"
    ((status)) || rm -rf "$broker"
    return "$status"
}

# Where captures and databases are compared, a corpus only adds to the project's own.
without_corpus() (
    export STACKPRINT_CORPUS=$no_corpus
    run_tests engine && run_tests program threads:: &&
        kafka_tests end_to_end::
)

# Every file that the package's entry points name is in it.
npm_pack() {
    local said=$root/target/run/npm-pack.json
    (cd target/npm && npm pack --json --pack-destination "$root/target/run" >"$said") || return
    node --input-type=module --eval '
        import { readFileSync } from "node:fs";
        const [pack] = JSON.parse(readFileSync(process.argv[1]));
        const { exports, types } = JSON.parse(readFileSync("target/npm/package.json"));
        const paths = (value) => typeof value === "string" ? [value] : Object.values(value).flatMap(paths);
        const packed = new Set(pack.files.map(({ path }) => "./" + path));
        const missing = [types, ...paths(exports)].filter((path) => !packed.has(path));
        console.log(`${pack.filename}: ${packed.size} files, ${pack.size} bytes`);
        if (missing.length) throw new Error(`not in the package: ${missing}`);
    ' "$said"
}

# Fails where a file is missing in the package: the packaged sources are compiled, not the checkout's.
packages() {
    local dirty=(--allow-dirty) crate
    if $in_ci; then dirty=(); fi
    cargo package "${locked[@]}" "${dirty[@]}" --quiet --no-verify \
        --package stackprint --package stackprint-worker || return
    rm -rf target/packaged && mkdir -p target/packaged
    for crate in target/package/stackprint-[0-9]*.crate target/package/stackprint-worker-*.crate; do
        # Packages have all files of one old time, by which cargo would not know a later one.
        tar -xzf "$crate" --touch -C target/packaged || return
    done
    (cd target/packaged && mv stackprint-[0-9]* stackprint && mv stackprint-worker-* worker &&
        cp ../../Cargo.lock . &&
        printf '[workspace]\nresolver = "3"\nmembers = ["stackprint", "worker"]\n[patch.crates-io]\nstackprint = { path = "stackprint" }\n' >Cargo.toml &&
        cargo check --quiet --package stackprint --target-dir .. &&
        cargo check --quiet --package stackprint-worker --no-default-features --target-dir ..)
}

prepare() {
    step "set-up" tests/setup.sh
    if ! command -v cargo >/dev/null; then
        echo "FAILED: no cargo; Rust comes from https://rustup.rs" >&2
        exit 1
    fi
    kafka_tls=()
    if pkg-config --exists openssl 2>/dev/null; then kafka_tls=(--features stackprint-worker/kafka-tls); fi
    # rustfmt and clippy are parts of the toolchain that a user may not have, and whose toolchain it
    # is not ours to change.
    checker=check deny_warnings=()
    if cargo clippy --version >/dev/null 2>&1; then
        checker=clippy deny_warnings=(-- -D warnings)
    fi
    if [[ -d $STACKPRINT_CORPUS/captures ]]; then
        printf '\ncorpus: %s\n' "$STACKPRINT_CORPUS"
    else
        printf '\ncorpus: none at %s; only the captures of the project are compared\n' \
            "$STACKPRINT_CORPUS"
    fi
}

features() { step "features" features_of_core; }

lint() {
    step_with clippy "lint" \
        cargo clippy "${locked[@]}" --workspace "${kafka_tls[@]}" --all-targets -- -D warnings
    # The program and the library share their name, and so would their pages: libraries only.
    step "documentation" env RUSTDOCFLAGS=-Dwarnings \
        cargo doc "${locked[@]}" --workspace "${kafka_tls[@]}" --no-deps --lib
    step "packages" packages
}

engine() {
    step "units" unit_tests
    step "engine" run_tests engine
    if command -v python3 >/dev/null; then
        step "crafted captures" python3 tests/captures/generate.py --check
        step "public API" tests/api/check.sh
    else
        skip "crafted captures and public API" "python3 is not installed"
    fi
}

program() { step "program" run_tests program; }
# Judges latency, so nothing else runs beside it.
soak() { step "soak" run_tests soak; }
live() { step "live capture" run_tests live; }
kafka() { step "Kafka" kafka_tests; }

# The package in Node, the page in Chromium.
wasm() {
    if ! wasm/compile.sh --check 2>/dev/null; then
        skip "JavaScript package and page" "no compiler for WebAssembly (wasm/compile.sh says how to get one)"
    elif ! node --eval 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
        skip "JavaScript package and page" "they need Node 20 or later, with npm"
    else
        step "JavaScript package: build" env STACKPRINT_XTASK="$built-wasm-xtask" wasm/build.sh
        step "npm pack" npm_pack
        step "JavaScript package" env STACKPRINT_PROGRAM="$built" wasm/test.sh package
        if command -v chromium >/dev/null; then
            step "page" env STACKPRINT_PROGRAM="$built" wasm/test.sh page
        else
            skip "page" "chromium is not installed"
        fi
    fi
}

pipelines() { step "pipelines" run_tests pipelines; }

# A slowdown fails here, whatever else the machine does; wall-clock tables are made on request
# (docs/speed.md).
instructions() {
    if command -v valgrind >/dev/null; then
        step "instructions" cargo run "${locked[@]}" --quiet --profile dist \
            --package stackprint-benchmarks --bin instructions
        step "instructions of all layers" cargo run "${locked[@]}" --quiet --profile dist \
            --package stackprint-benchmarks --features layers --bin instructions
    else
        skip "instructions" "valgrind is not installed"
    fi
}

waiting() {
    kafka
    live
}

everything() {
    step_with fmt "format" cargo fmt --all --check
    step "build" test_executables
    lane waiting
    # Brokers and workers mostly wait, and have deadlines; what computes has none.
    renice -n 10 -p $BASHPID >/dev/null
    lane features
    lint
    engine
    program
    wasm
    pipelines
    instructions
    wait_for_lane features
    wait_for_lane waiting
    if $in_ci && [[ -d $STACKPRINT_CORPUS/captures ]]; then
        step "without the corpus" without_corpus
    fi
    soak
}

readonly parts=(lint engine program live kafka wasm pipelines instructions)
for part; do
    [[ " ${parts[*]} " == *" $part "* ]] || {
        echo "run.sh: no part $part; parts are: ${parts[*]}" >&2
        exit 2
    }
done
prepare
if (($# == 0)); then
    everything
else
    for part; do
        case $part in
        lint)
            step_with fmt "format" cargo fmt --all --check
            features
            ;;
        instructions) ;;
        *) [[ -e target/run/executables ]] || step "build" test_executables ;;
        esac
        "$part"
        [[ $part != program ]] || soak
    done
fi
summary
