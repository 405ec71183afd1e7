# Steps, lanes and the table of seconds; read by run.sh and nightly.sh, from the root of the repository.
# shellcheck shell=bash

root=$PWD
readonly root
readonly times=target/test-times.tsv
in_ci=false
[[ ${CI:-} != true ]] || in_ci=true
locked=()
if $in_ci; then locked=(--locked); fi

rm -rf target/run target/lanes
mkdir -p target/run target/lanes
: >"$times"
touch target/run/skipped target/run/failed

declare -A lanes
# Ends what runs in the background, the broker included.
finish() {
    local status=$? job
    for job in "${lanes[@]}"; do kill -- "-$job" 2>/dev/null || true; done
    [[ ! -e target/kafka/broker/pid ]] || tests/kafka/broker.sh kill target/kafka/broker || true
    exit "$status"
}
trap finish EXIT

# Sets cpu_s: seconds of processor time of all children that have ended, of this shell or lane.
note_cpu() {
    local spent=target/run/cpu-$BASHPID
    # Neither in a pipe nor in $(…), which would have children of its own.
    times >"$spent"
    awk 'NR == 2 { gsub("s", ""); split($0, it, "[m ]"); print int(it[1] * 60 + it[2] + it[3] * 60 + it[4]) }' \
        "$spent" >"$spent.s"
    read -r cpu_s <"$spent.s"
}

step() { # name, command…
    local name=$1 start_s=$SECONDS status=0 cpu_s cpu_before_s
    shift
    note_cpu
    cpu_before_s=$cpu_s
    # What has failed in a lane need not be waited for.
    [[ ! -s target/run/failed ]] || stop_after_failure
    printf '\n== %s\n' "$name"
    "$@" || status=$?
    if ((status)); then
        printf 'FAILED: %s (exit %d after %d s): %s\n' \
            "$name" "$status" "$((SECONDS - start_s))" "$*" | tee -a target/run/failed >&2
        exit 1
    fi
    printf -- '-- %s: ok, %d s\n' "$name" "$((SECONDS - start_s))"
    note_cpu
    printf 'step\t%s\t%d\t%d\n' "$name" "$((SECONDS - start_s))" "$((cpu_s - cpu_before_s))" >>"$times"
}

stop_after_failure() {
    local log
    for log in target/lanes/*.log; do tail -n 60 "$log"; done
    cat target/run/failed >&2
    exit 1
}

skip() { # name, reason
    printf '\n== %s\nSKIPPED: %s\n' "$1" "$2"
    if $in_ci; then
        printf 'FAILED: %s: nothing may be skipped in CI\n' "$1" | tee -a target/run/failed >&2
        exit 1
    fi
    printf '%s\n' "$1" >>target/run/skipped
}

step_with() { # cargo subcommand, name, command…
    local part=$1 name=$2
    shift 2
    if cargo "$part" --version >/dev/null 2>&1; then
        step "$name" "$@"
    else
        skip "$name" "cargo $part is not installed (rustup component add ${part/fmt/rustfmt})"
    fi
}

lane() { # name of a function, whose steps run beside those that follow
    # A process group of its own, so that all of it can be ended.
    set -m
    "$1" >"target/lanes/$1.log" 2>&1 </dev/null &
    lanes[$1]=$!
    set +m
}

wait_for_lane() { # name
    printf '\n== waiting for the lane %s\n' "$1"
    local status=0
    wait "${lanes[$1]}" || status=$?
    cat "target/lanes/$1.log"
    ((status == 0)) || stop_after_failure
}

summary() {
    local line
    printf '\nseconds of each step, and of these processor time (target/test-times.tsv has each test):\n'
    awk -F'\t' '$1 == "step" { printf "%6d %6d  %s\n", $3, $4, $2 }' "$times"
    printf 'slowest tests:\n'
    awk -F'\t' '$1 == "test" { printf "%8.1f  %s\n", $3, $2 }' "$times" | sort -rn | awk 'NR <= 15'
    line="all $(grep -c '^step' "$times") steps and $(grep -c '^test' "$times" || true) tests passed in $SECONDS s"
    if [[ -s target/run/skipped ]]; then
        line+="; skipped: $(paste -sd, target/run/skipped)"
    fi
    printf '\n%s\n' "$line"
}
