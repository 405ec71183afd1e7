#!/usr/bin/env bash
# Builds the program for Windows, and tries it under Wine: its records are those of Linux, byte for
# byte, and it ends as it should where there is nothing to read or nobody reads.
#
#   tests/windows.sh             builds both programs, and tries them
#   tests/windows.sh --check     only says whether everything is here
#
#   STACKPRINT_PROGRAM=PATH      a program of this commit for Linux; else one is built
#   STACKPRINT_WINDOWS=PATH      a program of this commit for Windows; else one is built
#
# Where one of Debian's packages is missing it says so, and ends with status 3. The standard library is
# built from its source, as by wasm/compile.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly packages="rustc-web rust-web-src gcc-mingw-w64-x86-64 wine64"
readonly target=x86_64-pc-windows-gnu
readonly missing_status=3
readonly debian_rustc=/usr/bin/rustc
corpus=${STACKPRINT_CORPUS:-$PWD/../shared/corpus}

missing() {
    echo "tests/windows.sh: missing: $*" >&2
    echo "  sudo apt-get install $packages" >&2
    exit "$missing_status"
}

find_tools() {
    local minor oldest_minor
    oldest_minor=$(sed -n 's/^rust-version = "1\.\([0-9]*\)"$/\1/p' Cargo.toml)
    minor=$("$debian_rustc" --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
    [[ -n $minor ]] && ((minor >= oldest_minor)) || missing "$debian_rustc 1.$oldest_minor or later"
    [[ -d $("$debian_rustc" --print sysroot)/lib/rustlib/src/rust/library ]] || missing "its source"
    command -v x86_64-w64-mingw32-gcc >/dev/null || missing "mingw-w64"
    # Debian puts it beside its libraries, and a wrapper in the path only with the package wine.
    wine=$(command -v wine64 || command -v wine || true)
    [[ -n $wine ]] || wine=$(compgen -G "/usr/lib/wine/wine64" || true)
    [[ -n $wine ]] || missing "Wine"
}

locked=()
[[ ${CI:-} != true ]] || locked=(--locked)

build() {
    linux=${STACKPRINT_PROGRAM:-}
    if [[ -z $linux ]]; then
        cargo build "${locked[@]}" --package stackprint-worker --bins
        linux=$PWD/target/debug/stackprint
    fi
    windows=${STACKPRINT_WINDOWS:-}
    if [[ -z $windows ]]; then
        # Building the standard library is an unstable feature of cargo.
        RUSTC=$debian_rustc RUSTC_BOOTSTRAP=1 CARGO_INCREMENTAL=0 \
            CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc \
            cargo build "${locked[@]}" -Zbuild-std=std,panic_abort --target "$target" \
            --target-dir target/windows --package stackprint-worker --no-default-features
        windows=$PWD/target/windows/$target/debug/stackprint.exe
    fi
}

# Wine 8 lacks the library of which the standard library asks random numbers.
with_random_numbers() { # folder of the program
    [[ ! -e $1/bcryptprimitives.dll ]] || return 0
    cat >"$work/random.c" <<'END'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T length) {
    return SystemFunction036(to, (ULONG)length);
}
END
    x86_64-w64-mingw32-gcc -shared -o "$1/bcryptprimitives.dll" "$work/random.c" -ladvapi32
}

# The first program starts Wine's services, which end with the last one and say what they have to say
# where the first one does: one that waits for input until this script ends keeps them, and keeps their
# messages (a driver of Wine 8 crashes now and then as it starts) out of those of the programs tried.
keep_services() {
    tail --pid=$$ -f /dev/null | "$wine" "$windows" read - >"$work/services" 2>&1 &
}

failures=0
fail() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

run() { # arguments: the program under Wine; its output in $work/out and $work/err
    status=0
    "$wine" "$windows" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

expect() { # name, exit status, part of the message
    [[ $status == "$2" ]] || fail "$1: exit status $status, expected $2"
    grep -qF -- "$3" "$work/err" || fail "$1: $(head -c 300 "$work/err"), expected $3"
    grep -q panicked "$work/err" && fail "$1: panicked"
    echo "$1: status $status: $(head -n 1 "$work/err" | tr -d '\r' | cut -c 1-150)"
}

# Many files a run, as starting Wine costs more than reading one, but no more than a command line of
# Windows holds, which is 32,767 characters.
same_records() { # name, files
    local name=$1 at
    shift
    for ((at = 1; at <= $#; at += 150)); do
        same_records_of_some "$name" "${@:at:150}"
    done
}

same_records_of_some() { # name, files
    local name=$1 linux_status=0
    shift
    "$linux" read --format ndjson "$@" >"$work/linux" 2>"$work/linux-err" </dev/null || linux_status=$?
    status=0
    "$wine" "$windows" read --format ndjson "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    cmp "$work/linux" "$work/out" || fail "$name: records differ"
    [[ $status == "$linux_status" ]] || fail "$name: exit status $status, of Linux $linux_status"
    diff <(sed 's/(os error [0-9]*)//' "$work/linux-err") <(tr -d '\r' <"$work/err" | sed 's/(os error [0-9]*)//') \
        >"$work/messages" || fail "$name: messages differ: $(head -n 4 "$work/messages")"
    echo "$name: $# files, $(wc -l <"$work/out") records, $(wc -c <"$work/out") bytes, the same"
}

every_capture() {
    local files
    mapfile -t files < <(find tests/captures -name '*.pcap*' -type f ! -name '*.txt' | sort)
    same_records "captures of the repository" "${files[@]}"
    if [[ -d $corpus/captures ]]; then
        mapfile -t files < <(find "$corpus/captures" -type f | sort)
        same_records "captures of the corpus" "${files[@]}"
    fi
}

standard_input() {
    local capture=tests/captures/recorded/web-clients.pcap
    "$linux" read --format ndjson - <"$capture" >"$work/linux"
    "$wine" "$windows" read --format ndjson - <"$capture" >"$work/out" 2>"$work/err" || fail "standard input: $(cat "$work/err")"
    cmp "$work/linux" "$work/out" || fail "standard input: records differ"
    # shellcheck disable=SC2002 # A pipe is what is tried.
    cat "$capture" | "$wine" "$windows" read --format ndjson - >"$work/out" 2>"$work/err" || fail "a pipe: $(cat "$work/err")"
    cmp "$work/linux" "$work/out" || fail "a pipe: records differ"
    # A pipe that is written slowly: what is there is read before the rest comes.
    { head -c 1000 "$capture"; sleep 2; tail -c +1001 "$capture"; } |
        "$wine" "$windows" read --format ndjson - >"$work/out" 2>"$work/err" || fail "a slow pipe: $(cat "$work/err")"
    cmp "$work/linux" "$work/out" || fail "a slow pipe: records differ"
    echo "standard input, a pipe, a slow pipe: $(wc -l <"$work/out") records, the same"
}

names() {
    local capture=$PWD/tests/captures/recorded/web-clients.pcap folder
    cp "$capture" "$work/Übung größer.pcap"
    # Three hundred characters and more.
    folder=$work/$(printf 'a%.0s' {1..120})/$(printf 'b%.0s' {1..120})
    mkdir -p "$folder"
    cp "$capture" "$folder/$(printf 'c%.0s' {1..60}).pcap"
    for name in "$work/Übung größer.pcap" "$folder/$(printf 'c%.0s' {1..60}).pcap"; do
        "$linux" read --format ndjson "$name" >"$work/linux"
        run read --format ndjson "$name"
        [[ $status == 0 ]] || fail "a name of ${#name} characters: $(cat "$work/err")"
        cmp "$work/linux" "$work/out" || fail "a name of ${#name} characters: records differ"
        echo "a name of ${#name} characters: the same"
    done
    mkdir "$work/many"
    cp "$capture" "$work/many/one.pcap"
    cp "$capture" "$work/many/two [2].PCAP"
    "$linux" read --format ndjson "$work/many/one.pcap" "$work/many/two [2].PCAP" | wc -l >"$work/linux"
    run read --format ndjson "$work/many/*.pcap"
    [[ $(wc -l <"$work/out") == "$(<"$work/linux")" ]] || fail "wildcards: $(wc -l <"$work/out") records: $(cat "$work/err")"
    echo "wildcards: $(wc -l <"$work/out") records of two files"
    run read "$work/many/*.erf"
    expect "wildcards without a match" 2 "no file has such a name"
}

ends() {
    run read "$work/missing.pcap"
    expect "a missing file" 1 "missing.pcap: "
    run read tests/captures
    expect "a directory" 1 "is a directory"
    run live -i eth0
    expect "live" 2 "| stackprint read -"
    run kafka
    expect "kafka" 2 "built without Kafka"
    run publish --help
    expect "publish" 2 "built without Kafka"
    run read --p0f-socket "$work/socket" tests/captures/recorded/web-clients.pcap
    expect "the p0f socket" 2 "--http"
    printf '\xff\xfed\0a\0' >"$work/utf16.json"
    run read "$work/utf16.json"
    expect "UTF-16" 1 "text in UTF-16"
    printf '\xff\xfe\x58\x25\x1c\x25\x93\x25\xed\0' >"$work/powershell.pcap"
    run read "$work/powershell.pcap"
    expect "a capture written with PowerShell's >" 1 "a shell has changed"
    # Nobody reads: more than a pipe holds, so that writing fails.
    local wanted
    { status=0; "$linux" schema || status=$?; echo "$status" >"$work/status"; } | true
    wanted=$(<"$work/status")
    { status=0; "$wine" "$windows" schema 2>"$work/err" || status=$?; echo "$status" >"$work/status"; } | true
    [[ $(<"$work/status") == "$wanted" && ! -s $work/err ]] ||
        fail "a closed pipe: status $(<"$work/status"), of Linux $wanted: $(head -n 1 "$work/err")"
    echo "a closed pipe: status $(<"$work/status"), no message"
}

# A file that is still written: up to where it ends now, with the message of a cut capture.
growing() {
    local capture=tests/captures/recorded/web-clients.pcap from length linux_status
    for length in 1000 2000; do
        from=$(stat -c %s "$work/growing.pcap" 2>/dev/null || echo 0)
        head -c "$length" "$capture" | tail -c +$((from + 1)) >>"$work/growing.pcap"
        linux_status=0
        "$linux" read --format ndjson "$work/growing.pcap" >"$work/linux" 2>"$work/linux-err" || linux_status=$?
        run read --format ndjson "$work/growing.pcap"
        cmp "$work/linux" "$work/out" || fail "a growing file: records differ"
        expect "a growing file of $length bytes" "$linux_status" "the capture ends"
    done
}

commands() {
    local signature='4:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0' command
    for command in "schema" "schema --for duckdb" "completions powershell" "completions bash" "man read" "db list" "db lookup $signature"; do
        # shellcheck disable=SC2086 # Words of a command line.
        "$linux" $command >"$work/linux" 2>/dev/null </dev/null || true
        # shellcheck disable=SC2086
        run $command
        # Commands and options that the program for Windows does not have are in completions.
        case $command in
        completions*) [[ -s $work/out ]] || fail "$command: nothing" ;;
        *) cmp "$work/linux" "$work/out" || fail "$command differs" ;;
        esac
    done
    printf '%s\n' '{"a":1}' '{"packet":"AAAA"}' >"$work/lines"
    "$linux" coprocess <"$work/lines" >"$work/linux"
    "$wine" "$windows" coprocess <"$work/lines" >"$work/out" 2>"$work/err" || fail "coprocess: $(cat "$work/err")"
    cmp "$work/linux" "$work/out" || fail "coprocess differs"
    # As consoles and editors of Windows end lines: they come back as they came.
    sed -i 's/$/\r/' "$work/lines"
    "$linux" coprocess <"$work/lines" >"$work/linux"
    "$wine" "$windows" coprocess <"$work/lines" >"$work/out" 2>"$work/err" || fail "coprocess: $(cat "$work/err")"
    cmp "$work/linux" "$work/out" || fail "coprocess: lines that end in CR LF differ"
    run completions powershell
    grep -q "Register-ArgumentCompleter -Native -CommandName 'stackprint'" "$work/out" || fail "completions for PowerShell"
    grep -q "'--p0f-exact'" "$work/out" || fail "completions for PowerShell: options"
    echo "schema, completions, man, db, coprocess: the same"
}

# A database with one signature: of a name.
own_database() {
    printf 'classes = unix\n[tcp:request]\nlabel = s:unix:Linux:%s\nsig = *:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0\n' "$1"
}

until_there() { # text, file
    local turn
    for turn in {1..300}; do
        ! grep -qF "$1" "$2" || return 0
        sleep 0.2
    done
    echo "tests/windows.sh: $turn turns without $1" >&2
}

reloaded() {
    local capture=tests/captures/recorded/web-clients.pcap
    own_database old >"$work/own.fp"
    : >"$work/out" >"$work/err"
    {
        head -c 1000 "$capture"
        until_there '"flavor":"old"' "$work/out"
        own_database newer >"$work/own.fp"
        until_there "read again" "$work/err"
        tail -c +1001 "$capture"
    } | "$wine" "$windows" read --format ndjson --database "$work/own.fp" - >"$work/out" 2>"$work/err" ||
        fail "a database that changes: $(cat "$work/err")"
    status=0
    grep -q '"flavor":"old"' "$work/out" && grep -q '"flavor":"newer"' "$work/out" || fail "a database that changes: records"
    expect "a database that changes" "$status" "read again after a change, signatures: 1"
}

# In a terminal, of which Wine makes a console. What Wine adds is the cursor's: hidden, shown, moved.
in_console() { # arguments of the program
    script -qec "stty columns 300; $(printf '%q ' "$wine" "$windows" "$@")" /dev/null </dev/null |
        sed 's/\x1b\[?25[hl]//g; s/\x1b\[[0-9]*[A-LN-Z]//g' | tr -d '\r' >"$work/out" || true # Errors are tried, too.
}

console() {
    local capture=tests/captures/recorded/web-clients.pcap number
    if ! command -v script >/dev/null; then
        echo "console: not tried: script(1) is missing"
        return
    fi
    "$linux" read --summary=never --format text "$capture" >"$work/linux"
    in_console read --summary=never --format text "$capture"
    # Wine leaves out spaces at the ends of lines.
    diff -w "$work/linux" "$work/out" >"$work/messages" || fail "console: text: $(head -n 4 "$work/messages")"
    in_console read --no-such-option
    grep -qF $'\x1b[31m' "$work/out" || fail "console: no colour: $(head -c 300 "$work/out")"
    in_console read "$work/Ümläut.pcap"
    grep -qF "Ümläut" "$work/out" || fail "console: umlauts: $(head -c 300 "$work/out")"
    head -c 24 "$capture" >"$work/large.pcap"
    for number in {1..5000}; do tail -c +25 "$capture"; done >>"$work/large.pcap"
    in_console read --format ndjson --output "$work/records" "$work/large.pcap"
    grep -qF "packets/s" "$work/out" || fail "console: no progress: $(head -c 300 "$work/out")"
    echo "console: text, colours, umlauts, progress"
}

interrupted() {
    local capture=tests/captures/recorded/web-clients.pcap event
    x86_64-w64-mingw32-gcc -Wall -Wextra -Werror -o "$work/interrupt.exe" tests/windows-interrupt.c
    "$linux" read --format ndjson - <"$capture" >"$work/linux"
    for event in "c 130" "break 149" "close 149"; do
        status=0
        "$wine" "$work/interrupt.exe" "${event% *}" "$capture" "$windows read --format ndjson -" \
            >"$work/out" 2>"$work/err" </dev/null || status=$?
        [[ $status == "${event#* }" && ! -s $work/err ]] ||
            fail "interrupted by ${event% *}: exit status $status: $(head -c 300 "$work/err")"
        cmp "$work/linux" "$work/out" || fail "interrupted by ${event% *}: records differ"
        echo "interrupted by ${event% *}: status $status, $(wc -l <"$work/out") records"
    done
}

answer() { # port, path
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
    sed '1,/^\r$/d' <&3
    exec 3>&-
}

served() { # file for the answer, program
    local to=$1 port=$((20000 + RANDOM % 10000)) program
    shift
    : >"$work/err"
    "$@" read --http "127.0.0.1:$port" --output "$work/records" tests/captures/recorded/default.pcap 2>"$work/err" </dev/null &
    program=$!
    until_there "answering queries" "$work/err"
    answer "$port" /hosts >"$to" || fail "--http: $(head -n 4 "$work/err")"
    kill "$program"
    wait "$program" 2>/dev/null || true
}

queries() {
    served "$work/linux" "$linux"
    served "$work/out" "$wine" "$windows"
    [[ -s $work/out ]] || fail "--http: nothing"
    cmp "$work/linux" "$work/out" || fail "--http: hosts differ"
    echo "--http: $(wc -c <"$work/out") bytes of hosts, the same"
}

# The program's own tests, with it under Wine. Those left out need Unix, not stackprint:
readonly not_there=(
    # signals, and SIGHUP;
    a_signal_ends signals_and_closed_pipes reload::
    # its names, pipes, devices and sockets (here: --http, by `queries`; the disk that is full has other words);
    control_characters_of_names a_named_pipe disk_full no_room_at_all queries::
    # its words for what the system refuses;
    answers_and_messages_go_to_files what_cannot_be_read_is_named
    # an empty environment, memory without Wine's, a command line above 32,767 characters.
    needs_no_environment messages_of_100_megabytes flood_of_forged_sources all_captures
    # What is not the program.
    docs:: packaging:: supply_chain::
)

own_tests() {
    local name skipped=()
    for name in "${not_there[@]}"; do skipped+=(--skip "$name"); done
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$wine" "$windows" >"$work/stackprint"
    chmod +x "$work/stackprint"
    STACKPRINT_PROGRAM=$work/stackprint cargo test "${locked[@]}" --package stackprint-tests --test program -- \
        --test-threads 2 "${skipped[@]}" >"$work/tests" 2>&1 || fail "the program's tests: $(sed -n '/^failures:/,$p' "$work/tests")"
    grep -E '^test ' "$work/tests" || fail "the program's tests: $(tail -n 20 "$work/tests")"
}

find_tools
[[ ${1:-} != --check ]] || exit 0
mkdir -p target/run
work=$(mktemp -d "$PWD/target/run/windows-XXXXXX")
trap 'WINEPREFIX=$work/wine "${wine%wine*}wineserver" -k 2>/dev/null || true; rm -rf "$work"' EXIT
export WINEPREFIX=$work/wine WINEDEBUG=-all LC_ALL=C.UTF-8
build
with_random_numbers "$(dirname "$windows")"
# The first start makes Wine's folders.
"$wine" "$windows" --version
keep_services
ls -l "$windows" | awk '{ print "program: " $5 " bytes" }'
every_capture
standard_input
names
ends
growing
commands
reloaded
console
interrupted
queries
own_tests
((failures == 0)) || { echo "tests/windows.sh: $failures failures" >&2; exit 1; }
