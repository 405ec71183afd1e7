#!/usr/bin/env bash
# How often stackprint, p0f and huginn-net-tcp name the sender of a packet, on the recordings of this
# repository, whose senders are known. Prints the table of docs/quality.md.
#
#   tests/accuracy/run.sh              stackprint, and p0f where it is installed
#   tests/accuracy/run.sh --huginn     huginn-net-tcp 2.2.1 as well, which is built for it
#   tests/accuracy/run.sh --wrong      names each sender that is not right, too
set -euo pipefail
cd "$(dirname "$0")/../captures/recorded"
export PATH=$PATH:/usr/sbin:/sbin
readonly root=$PWD/../../..

with_huginn=false score=()
for argument; do
    case $argument in
    --huginn) with_huginn=true ;;
    --wrong) score+=(--wrong) ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$root/tests/accuracy/run.sh" >&2 && exit 2 ;;
    esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mapfile -t files < <(find . -name '*.pcap' -printf '%P\n' | LC_ALL=C sort)

program=(cargo run --quiet --release --manifest-path "$root/Cargo.toml" -p stackprint-worker --bin stackprint --)
if [[ -n ${STACKPRINT_PROGRAM:-} ]]; then program=("$STACKPRINT_PROGRAM"); fi
# Each capture for itself, as p0f reads them: the origin is its file.
for file in "${files[@]}"; do
    "${program[@]}" read --format ndjson --summary=never "$file"
done >"$work/stackprint"
score+=(--stackprint "$work/stackprint")

if command -v p0f >/dev/null; then
    for file in "${files[@]}"; do
        mkdir -p "$work/p0f/$(dirname "$file")"
        p0f -f /etc/p0f/p0f.fp -r "$file" -o "$work/p0f/$file.log" >/dev/null 2>&1 || true
    done
    score+=(--p0f "$work/p0f")
else
    echo "p0f is not installed (Debian package p0f); its columns are left out" >&2
fi

if $with_huginn; then
    cargo run --quiet --release --manifest-path "$root/Cargo.toml" -p stackprint-benchmarks --features peers \
        --bin huginn_answers -- "$PWD" "${files[@]}" >"$work/huginn"
    score+=(--answers "huginn-net-tcp=$work/huginn")
fi
"$root/tests/accuracy/score.py" "${score[@]}"
