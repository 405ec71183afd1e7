#!/usr/bin/env bash
# Records the captures of recorded/quic/: how real clients open QUIC and DTLS connections, in network
# namespaces of their own.
#
#   sudo tests/captures/record-quic.sh          records all
#   sudo tests/captures/record-quic.sh NAME…    records the named ones
#
# Needs tcpdump, python3-venv, openssl, and PyPI for two versions of aioquic; for some scenes
# gnutls-bin, chromium, cargo (builds quinn/) and go (builds quic-go/). What is not installed is left
# out and named at the end. Each capture has the first packets of a connection only. Their origin goes into recorded/origin.tsv, from which
# generate.py makes the table in README.md.
set -euo pipefail
cd "$(dirname "$0")"

readonly out=recorded/quic origin=recorded/origin.tsv prefix=sq$$
readonly client_address=192.0.2.10 server_address=192.0.2.80
readonly wanted=("$@")
scratch=$(mktemp -d)
# A folder for Python environments and programs, which is kept.
built=${RECORD_QUIC_BUILT:-$scratch}
left_out=()
mkdir -p "$out"

finish() {
    local name process
    for name in client server; do
        for process in $(ip netns pids "$prefix-$name" 2>/dev/null); do kill -9 "$process" 2>/dev/null || true; done
        ip netns del "$prefix-$name" 2>/dev/null || true
    done
    rm -rf "$scratch"
}
trap finish EXIT

client() { ip netns exec "$prefix-client" "$@"; }
server() { ip netns exec "$prefix-server" "$@"; }

two_hosts() {
    local name
    for name in client server; do
        ip netns add "$prefix-$name"
        "$name" ip link set lo up
    done
    ip link add eth0 netns "$prefix-client" type veth peer name eth0 netns "$prefix-server"
    for name in client server; do
        "$name" ethtool -K eth0 tx off gso off gro off >/dev/null 2>&1 || true
        "$name" ip link set eth0 up
    done
    client ip address add "$client_address/24" dev eth0
    server ip address add "$server_address/24" dev eth0
}

certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj /CN=www.example.org -addext subjectAltName=DNS:www.example.org,IP:$server_address \
        -keyout "$scratch/key.pem" -out "$scratch/certificate.pem" 2>/dev/null
}

aioquic() { # release: the Python that has it
    local venv=$built/aioquic-$1
    if [[ ! -x $venv/bin/python ]]; then
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet "aioquic==$1"
    fi
    echo "$venv/bin/python"
}

wait_for() { # command…: at most ten seconds
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    echo "record-quic.sh: gave up waiting for: $*" >&2
    return 1
}

serve_quic() { # release, options…
    local python
    python=$(aioquic "$1")
    server "$python" quic_traffic.py serve "$server_address" 443 \
        "$scratch/certificate.pem" "$scratch/key.pem" "${@:2}" >"$scratch/server" 2>&1 &
    wait_for grep -q listening "$scratch/server"
}

connect_quic() { # release, options…
    local python
    python=$(aioquic "$1")
    client timeout 10 "$python" quic_traffic.py connect "$server_address" 443 "${@:2}"
}

serve_dtls() {
    server openssl s_server -quiet -dtls -port 443 -cert "$scratch/certificate.pem" \
        -key "$scratch/key.pem" </dev/zero >/dev/null 2>&1 &
    wait_for server bash -c '[[ -n $(ss -Hlun "sport = :443") ]]'
}

scene() { # name, what it shows, packets to keep, version of the client, serving, traffic
    local name=$1 shows=$2 packets=$3 version=$4 serving=$5 traffic=$6 capture file=$out/$1.pcap
    if ((${#wanted[@]})) && [[ " ${wanted[*]} " != *" $name "* ]]; then return 0; fi
    two_hosts
    eval "$serving"
    ip netns exec "$prefix-server" tcpdump -Z root -U --immediate-mode -i eth0 -c "$packets" \
        -w "$file" "udp port 443" 2>"$scratch/log" &
    capture=$!
    wait_for grep -q 'listening on' "$scratch/log"
    eval "$traffic" >"$scratch/client" 2>&1 || true
    sleep 0.3
    kill -TERM "$capture" 2>/dev/null || true
    wait "$capture" || true
    local process
    for process in $(ip netns pids "$prefix-server"); do kill "$process" 2>/dev/null || true; done
    wait 2>/dev/null || true
    ip netns del "$prefix-client"
    ip netns del "$prefix-server"
    chmod 644 "$file"
    {
        grep -v "^quic/$name.pcap	" "$origin" || true
        printf 'quic/%s.pcap\t%s; %s\trecord-quic.sh\t%s\t%s\n' "$name" "$shows" "$version" \
            "$(uname -r | grep -oE '^[0-9.]+')" "$(date -u +%F)"
    } | LC_ALL=C sort >"$scratch/origin"
    cp "$scratch/origin" "$origin"
    echo "$file: $(stat -c %s "$file") octets"
}

readonly new=1.7.2 old=0.9.25
certificate

scene aioquic-v1 "version 1, a hello in one datagram" 4 "aioquic $new" \
    "serve_quic $new" "connect_quic $new"
scene aioquic-v2 "version 2" 4 "aioquic $new" \
    "serve_quic $new" "connect_quic $new --version VERSION_2"
scene aioquic-draft-29 "draft 29" 4 "aioquic $old" \
    "serve_quic $old" "connect_quic $old --version DRAFT_29"
scene aioquic-draft-32 "draft 32" 4 "aioquic $old" \
    "serve_quic $old" "connect_quic $old --version DRAFT_32"
scene aioquic-retry "Retry: the same hello again, with a token and new keys" 6 "aioquic $new" \
    "serve_quic $new --retry" "connect_quic $new"
scene aioquic-two-datagrams "a hello over two datagrams" 6 "aioquic $new" \
    "serve_quic $new" "connect_quic $new --protocols 100"
scene aioquic-three-datagrams "a hello over three datagrams" 7 "aioquic $new" \
    "serve_quic $new" "connect_quic $new --protocols 200"
scene aioquic-two-datagrams-retry "a hello over two datagrams, and Retry" 8 "aioquic $new" \
    "serve_quic $new --retry" "connect_quic $new --protocols 100"
if command -v chromium >/dev/null; then
    scene chromium "a hello in many pieces, over two datagrams" 6 \
        "$(chromium --version 2>/dev/null | grep -oE 'Chromium [0-9.]+')" "serve_quic $new" \
        "client timeout 15 chromium --headless --no-sandbox --disable-gpu --user-data-dir=$scratch/profile \
            --ignore-certificate-errors --origin-to-force-quic-on=www.example.org:443 \
            --host-resolver-rules='MAP www.example.org $server_address' --dump-dom https://www.example.org/"
else
    left_out+=(chromium)
fi
if command -v cargo >/dev/null; then
    cargo build --quiet --locked --manifest-path quinn/Cargo.toml --target-dir "$built/quinn"
    scene quinn "a hello in one datagram" 4 \
        "quinn $(sed -n '/^name = "quinn"$/{n;s/[^0-9.]//gp}' quinn/Cargo.lock)" "serve_quic $new" \
        "client $built/quinn/debug/quinn-client $server_address:443"
else
    left_out+=(quinn)
fi
if command -v go >/dev/null; then
    go build -C quic-go -o "$built/quic-go" .
    scene quic-go "a hello whose pieces are scrambled, the rest of it after the first answer" 6 \
        "quic-go $(sed -n 's/.*quic-go\/quic-go v\([0-9.]*\).*/\1/p' quic-go/go.mod)" "serve_quic $new" \
        "client $built/quic-go $server_address:443"
else
    left_out+=(quic-go)
fi
scene openssl-dtls "DTLS 1.2: a hello, HelloVerifyRequest, the hello with a cookie" 4 \
    "$(openssl version | cut -d ' ' -f 1,2)" serve_dtls \
    "client timeout 3 openssl s_client -dtls -connect $server_address:443 </dev/null"
scene openssl-dtls-fragments "DTLS 1.2: hellos in fragments" 6 \
    "$(openssl version | cut -d ' ' -f 1,2)" serve_dtls \
    "client timeout 3 openssl s_client -dtls -mtu 256 -alpn h2,http/1.1,webrtc,c-webrtc,ftp -connect $server_address:443 </dev/null"
if command -v gnutls-cli >/dev/null; then
    scene gnutls-dtls "DTLS 1.2: a hello, HelloVerifyRequest, the hello with a cookie" 4 \
        "GnuTLS $(gnutls-cli --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1)" serve_dtls \
        "client timeout 3 gnutls-cli --udp --insecure --no-ca-verification -p 443 $server_address </dev/null"
else
    left_out+=(gnutls-dtls)
fi

if ((${#left_out[@]})); then
    echo "left out, because their programs are not installed: ${left_out[*]}"
fi
