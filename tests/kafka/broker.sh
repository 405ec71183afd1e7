#!/usr/bin/env bash
# A real Apache Kafka for tests: one node (KRaft), on loopback alone.
#
#   broker.sh fetch                  the jars, by Maven, into target/kafka/lib
#   broker.sh start DIR [PORT]       starts, and waits until it is ready
#   broker.sh stop|kill DIR          ends it in an orderly way, or by SIGKILL
#   broker.sh stall|go-on DIR        stops the process where it is (SIGSTOP), or lets it go on
#   broker.sh restart DIR            stop, then start on the same data; after kill, use start
#
# Four ports from PORT on are used; without PORT those of the last start in DIR, else free ones.
# DIR/port holds the first.
# Without a name and password on PORT; with SASL/PLAIN on PORT+1 (alice with alice-secret may do
# everything, bob with bob-secret nothing); with TLS and SASL/SCRAM-SHA-512 on PORT+3 (carol with
# carol-secret; DIR/ca.pem is who to trust); PORT+2 is its own. DIR holds data, configuration and
# broker.log. It ends by itself after STACKPRINT_BROKER_LIFETIME_S seconds (default 3600).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
readonly here
readonly lib=$here/../../target/kafka/lib
readonly lifetime_s=${STACKPRINT_BROKER_LIFETIME_S:-3600}
readonly start_limit_s=60
readonly cluster_id=c3RhY2twcmludC10ZXN0cw

die() {
    echo "broker.sh: $*" >&2
    exit 1
}

# Beside the jars lies the pom that they were fetched for, so that a change fetches anew.
is_fetched() { cmp -s "$here/pom.xml" "$lib/pom.xml"; }

fetch() {
    if is_fetched; then return; fi
    command -v mvn >/dev/null || die "needs Maven (Debian: apt-get install maven)"
    rm -rf "$lib"
    mkdir -p "$lib"
    # Maven says on stdout what went wrong, and colours its silence.
    local said
    said=$(mvn --quiet --batch-mode --no-transfer-progress --file "$here/pom.xml" \
        dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$lib" 2>&1) ||
        die "Maven cannot fetch Apache Kafka: $said"
    cp "$here/pom.xml" "$lib/pom.xml"
}

pid_of() { cat "$1/pid" 2>/dev/null || true; }

is_running() { # DIR
    local pid
    pid=$(pid_of "$1")
    [[ -n $pid ]] && kill -0 "$pid" 2>/dev/null
}

# A certificate for 127.0.0.1 that is its own authority, and with its key what Kafka calls a keystore.
certify() { # DIR
    [[ ! -e $1/keystore.pem ]] || return 0
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=stackprint-test \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$1/key.pem" -out "$1/ca.pem" 2>/dev/null ||
        die "openssl makes no certificate"
    cat "$1/key.pem" "$1/ca.pem" >"$1/keystore.pem"
}

configure() { # DIR PORT
    certify "$1"
    sed -e "s|@PORT@|$2|g" -e "s|@SASL@|$(($2 + 1))|g" -e "s|@CONTROLLER@|$(($2 + 2))|g" \
        -e "s|@TLS@|$(($2 + 3))|g" -e "s|@KEYSTORE@|$1/keystore.pem|g" \
        -e "s|@LOGS@|$1/logs|g" "$here/server.properties" >"$1/server.properties"
    [[ -e $1/logs/meta.properties ]] ||
        java -XX:TieredStopAtLevel=1 -cp "$lib/*" kafka.tools.StorageTool format \
            --cluster-id "$cluster_id" \
            --add-scram "SCRAM-SHA-512=[name=carol,password=carol-secret]" \
            --config "$1/server.properties" >"$1/format.log" 2>&1 ||
        die "cannot format $1/logs: $(tail -n 3 "$1/format.log")"
}

# Status 3: another program has taken one of the ports.
wait_until_ready() { # DIR, length of the log before the start
    local deadline=$((SECONDS + start_limit_s)) log
    until log=$(tail -c "+$(($2 + 1))" "$1/broker.log") && grep -q "Kafka Server started" <<<"$log"; do
        if ((SECONDS >= deadline)); then die "not ready after $start_limit_s s: $1/broker.log"; fi
        if ! is_running "$1"; then
            ! grep -q BindException <<<"$log" || return 3
            die "ended at once: $(tail -n 3 "$1/broker.log")"
        fi
        sleep 0.1
    done
}

# Below the ports that Linux hands out by itself, so that no connection takes them while the broker
# is down.
free_port() {
    local base port
    for _ in {1..100}; do
        base=$((20000 + RANDOM % 1200 * 10))
        for port in "$base" $((base + 1)) $((base + 2)) $((base + 3)); do
            # Who answers has it.
            ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue 2
        done
        echo "$base"
        return
    done
    die "no free ports"
}

start() { # DIR [PORT]
    local dir=$1 port=${2:-}
    [[ -n $port || ! -s $dir/port ]] || port=$(cat "$dir/port")
    if [[ -n $port ]]; then
        start_at "$dir" "$port" || die "a port from $port on is taken"
        return
    fi
    # A port that is free now may be taken before the broker binds it.
    for _ in {1..5}; do
        start_at "$dir" "$(free_port)" && return
        rm -rf "$dir"
    done
    die "every port was taken"
}

start_at() { # DIR PORT
    command -v java >/dev/null || die "needs Java 17 (Debian: openjdk-17-jre-headless)"
    command -v openssl >/dev/null || die "needs openssl (Debian: openssl)"
    fetch
    mkdir -p "$1"
    local dir
    dir=$(cd "$1" && pwd)
    is_running "$dir" && die "already running: $dir"
    configure "$dir" "$2"
    touch "$dir/broker.log"
    local before
    before=$(stat --format=%s "$dir/broker.log")
    # The shell below writes its number and becomes the broker; `timeout` ends one that was
    # forgotten. A process group of its own keeps a Ctrl-C in the tests from reaching it half-way.
    rm -f "$dir/pid"
    # shellcheck disable=SC2016
    setsid timeout --kill-after=5 "$lifetime_s" bash -c 'echo $$ >"$0/pid"; exec java "$@"' "$dir" \
        -Xms256m -Xmx1g -XX:+UseSerialGC -Dlog4j2.configurationFile="$here/log4j2.properties" \
        -cp "$lib/*" kafka.Kafka "$dir/server.properties" >>"$dir/broker.log" 2>&1 </dev/null &
    until [[ -s $dir/pid ]]; do sleep 0.02; done
    echo "$2" >"$dir/port"
    wait_until_ready "$dir" "$before"
}

end() { # signal, DIR
    local pid deadline=$((SECONDS + 20))
    pid=$(pid_of "$2")
    if [[ -z $pid ]]; then return; fi
    kill -s "$1" "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do
        if ((SECONDS >= deadline)); then kill -s KILL "$pid" 2>/dev/null || true; fi
        sleep 0.05
    done
    rm -f "$2/pid"
}

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

case "${1:-} $#" in
"fetch 1") fetch ;;
"start 2" | "start 3") start "$2" "${3:-}" ;;
"stop 2") end TERM "$2" ;;
"kill 2") end KILL "$2" ;;
"stall 2") kill -s STOP "$(pid_of "$2")" ;;
"go-on 2") kill -s CONT "$(pid_of "$2")" ;;
"restart 2") end TERM "$2" && start "$2" ;;
*) usage ;;
esac
