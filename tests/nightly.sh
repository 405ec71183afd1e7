#!/usr/bin/env bash
# What tests/run.sh tries a sample of, in full: hours, not minutes. Stops at the first failure.
#
#   tests/nightly.sh
#
#   STACKPRINT_NIGHTLY_PERCENT=N   a part of the volume, to try the script itself (default 100)
#   CI=true                        nothing may be skipped
#
# tests/run.sh comes first: it installs what is missing and builds what runs here.
#
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/steps.sh
export PATH=$PATH:/usr/sbin:/sbin
export STACKPRINT_CORPUS=${STACKPRINT_CORPUS:-$PWD/../shared/corpus}
readonly percent=${STACKPRINT_NIGHTLY_PERCENT:-100}
readonly program=$root/target/debug/stackprint

share() { echo $((($1 * percent + 99) / 100)); }

suite() { # package, executable, filter
    STACKPRINT_PROGRAM=${STACKPRINT_PROGRAM:-$program} \
        cargo test "${locked[@]}" --package "$1" --test "$2" -- "$3" --nocapture
}

random_captures() {
    STACKPRINT_RANDOM_CAPTURES=$(share 1000) suite stackprint-tests engine oracle_random::
}

host_memory() {
    STACKPRINT_WHO_HOSTS=$(share 1000000) suite stackprint-tests engine who_rules::
}

stream_memory() {
    STACKPRINT_TLS_FLOWS=$(share 1000000) STACKPRINT_TLS_DOWNLOAD_MB=$(share 5000) \
        suite stackprint-tests engine tls_memory::
}

threads() {
    STACKPRINT_THREADS_PACKETS=$(share 10000000) suite stackprint-tests program threads::
}

flood() {
    STACKPRINT_FLOOD_SOURCES=$(share 10000000) suite stackprint-tests program faults::
}

soak() {
    STACKPRINT_SOAK_S=$(($(share 90) + 30)) suite stackprint-tests soak ""
}

# Twelve kills and two restarts of the broker, in both deliveries.
kills() {
    STACKPRINT_TRIAL_PACKETS=$(share 1000000) STACKPRINT_TRIAL_KILLS=12 \
        suite stackprint-tests-kafka kafka exactly_once::
}

# Memory that is read or written against librdkafka's rules; its mock cluster needs no broker.
memory_of_kafka() {
    local wrapper=$root/target/run/stackprint-in-valgrind
    printf '#!/bin/sh\nexec valgrind --quiet --error-exitcode=99 "%s" "$@"\n' "$program" >"$wrapper"
    chmod +x "$wrapper"
    STACKPRINT_PROGRAM=$wrapper suite stackprint-tests-kafka kafka errors::
}

fluent_bit() {
    STACKPRINT_FLUENT_BIT_CALLS=$(share 1000000) suite stackprint-tests pipelines fluent_bit::memory
}

# The crates as crates.io would build them, with dependencies of their own.
packages() {
    cargo package "${locked[@]}" --allow-dirty --package stackprint --package stackprint-worker
}

step "random captures and databases" random_captures
step "memory of streams" stream_memory
step "memory of hosts" host_memory
step "threads" threads
step "flood" flood
step "soak" soak
step "kills" kills
step "Fluent Bit" fluent_bit
if command -v valgrind >/dev/null; then
    step "memory of the Kafka layer" memory_of_kafka
else
    skip "memory of the Kafka layer" "valgrind is not installed"
fi
step "packages" packages
if cargo fuzz --version >/dev/null 2>&1; then
    step "fuzzing" tests/fuzz/run.sh all "$(share 600)"
else
    skip "fuzzing" "cargo-fuzz is not installed (cargo install cargo-fuzz)"
fi
if tests/windows.sh --check 2>/dev/null; then
    step "program for Windows" tests/windows.sh
else
    skip "program for Windows" "no compiler or no Wine (tests/windows.sh says what is missing)"
fi
if tests/machines.sh --check 2>/dev/null; then
    step "big-endian and 32-bit machines" tests/machines.sh
else
    skip "big-endian and 32-bit machines" "no compiler or no emulator (tests/machines.sh says what is missing)"
fi
summary
