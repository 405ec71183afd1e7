#!/usr/bin/env bash
# Fuzzes one target, or each in turn, from the seeds.
#
#   tests/fuzz/run.sh [TARGET|all] [SECONDS]      (default: all, 60)
#   EXECUTIONS=10000000 tests/fuzz/run.sh hello   (that many executions, however long they take)
#   TIMEOUT=3600 …                                (seconds for one input, by the clock: 5, but longer where
#                                                 the fuzzer is stopped meanwhile with SIGSTOP)
#
# Needs cargo-fuzz (cargo install cargo-fuzz) and a C++ compiler. What it finds is in
# target/fuzz/artifacts; put it under a readable name into seeds/TARGET, where the tests replay it.
# target/fuzz/log.tsv keeps when each run ended, its target, executions, executions a second, and
# whether it found something.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${1:-all}
seconds=${2:-60}
limit=(-max_total_time="$seconds")
[[ -z ${EXECUTIONS:-} ]] || limit=(-runs="$EXECUTIONS")
if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "run.sh: needs cargo-fuzz: cargo install cargo-fuzz" >&2
    exit 1
fi

mapfile -t captures < <(find tests/captures -name '*.pcap' -o -name '*.pcapng')
cargo run --quiet --package stackprint-fuzz --example seeds -- target/fuzz/corpus "${captures[@]}"

targets=("$target")
[[ $target != all ]] || mapfile -t targets < <(find tests/fuzz/targets -name '*.rs' -printf '%f\n' | sed 's/\.rs$//' | sort)
for name in "${targets[@]}"; do
    work=target/fuzz/corpus/$name
    mkdir -p "$work" "target/fuzz/artifacts/$name" "tests/fuzz/seeds/$name"
    printf '\n== %s, %s\n' "$name" "${limit[*]}"
    # No sanitizer: there is no unsafe code to watch, and it halves the speed. Coverage needs flags
    # that the stable compiler keeps to itself.
    found=0
    said=$(RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz --features fuzzer --sanitizer none \
        "$name" "$work" "tests/fuzz/seeds/$name" -- \
        -artifact_prefix="target/fuzz/artifacts/$name/" "${limit[@]}" -max_len=4096 \
        -timeout="${TIMEOUT:-5}" -rss_limit_mb=2048 -print_final_stats=1 2>&1) || found=1
    grep -E 'stat::number_of_executed_units|stat::average_exec|ERROR|panicked|SUMMARY|Test unit|^error' \
        <<<"$said" || true
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' <<<"$said")
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' <<<"$said")
    printf '%s\t%s\t%d\t%d\t%d\n' "$(date -u +%FT%TZ)" "$name" "${executions:-0}" "${rate:-0}" "$found" \
        >>target/fuzz/log.tsv
done

# Of all runs so far: executions, hours, and runs that found something.
awk -F'\t' '{ runs[$2]++; executions[$2] += $3; if ($4) seconds[$2] += $3 / $4; found[$2] += $5; total += $3 }
    END { for (name in runs) printf "%-14s %12d executions, %.2f h, %d runs, %d with findings\n", name, executions[name],
        seconds[name] / 3600, runs[name], found[name]; printf "%-14s %12d executions\n", "total", total }' \
    target/fuzz/log.tsv | sort
