#!/usr/bin/env bash
# Records recorded/scenes/: clients of several systems, directly and through real proxies, NAT and small
# MTUs, over IPv4 and IPv6, in network namespaces of their own. Nothing leaves the machine.
#
#   sudo tests/captures/record-scenes.sh                  records all
#   sudo tests/captures/record-scenes.sh squid            records the named ones
#
# Programs of Debian: curl ethtool firefox-esr microsocks nftables nginx-light openssl squid tcpdump tinyproxy.
# curl_cffi: a Python environment below TOOLS (/tmp/stackprint-tls-tools), that of record-tls.sh.
# What is missing is left out and named at the end; its captures then stay as they were.
#
# Every SYN in a namespace is Linux's. Where the client is another system, scenes/dress.py gives its SYNs the
# form of that system on the way, and scenes/play.py sends that system's hello and head. Proxies, and the
# stacks they run on, are real. What is true of each capture, and what can be known: recorded/scenes/truth.csv.
set -euo pipefail
cd "$(dirname "$0")"

readonly out=recorded/scenes
readonly origin=recorded/origin.tsv
readonly tools=${TOOLS:-/tmp/stackprint-tls-tools}
readonly prefix=spsc$$
readonly wanted=("$@")
left_out=()
scratch=$(mktemp -d)
chmod 755 "$scratch"
mkdir -p "$out"

clear_away() {
    local name
    for name in $(ip netns list | awk -v p="$prefix-" 'index($1, p) == 1 { print $1 }'); do
        ip netns pids "$name" | xargs -r kill -9 2>/dev/null || true
        ip netns del "$name"
    done
    wait 2>/dev/null || true
}
trap 'clear_away; rm -rf "$scratch"' EXIT

# ---- networks ---------------------------------------------------------------------------------

in_ns() { # namespace, command…
    local name=$1
    shift
    ip netns exec "$prefix-$name" "$@"
}
client() { in_ns client "$@"; }
neighbor() { in_ns neighbor "$@"; }
router() { in_ns router "$@"; }
proxy() { in_ns proxy "$@"; }

wait_for() { # command…: at most ten seconds
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    echo "record-scenes.sh: gave up waiting for: $*" >&2
    return 1
}

add_namespace() { # the settings are the kernel's own defaults, as in record.sh
    ip netns add "$prefix-$1"
    in_ns "$1" ip link set lo up
    in_ns "$1" sysctl -qw net.ipv4.tcp_rmem="4096 131072 33554432" net.ipv4.tcp_ecn=2 \
        net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
}

join() { # namespace, interface, namespace, interface
    ip link add "$2" netns "$prefix-$1" type veth peer name "$4" netns "$prefix-$3"
    local end
    for end in "$1 $2" "$3 $4"; do
        # shellcheck disable=SC2086 # two words on purpose
        set -- $end
        in_ns "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null 2>&1 || true
        in_ns "$1" ip link set "$2" up
    done
}

at_switch() { # namespace, number of its address
    add_namespace "$1"
    join "$1" eth0 switch "$1"
    in_ns switch ip link set "$1" master office
    in_ns "$1" ip address add "192.0.2.$2/24" dev eth0
    in_ns "$1" ip address add "2001:db8::$2/64" dev eth0
}

# What is at the first interface looks like another system at the second one.
dresser() { # look
    add_namespace dresser
    in_ns dresser sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
    join client eth0 dresser eth1
    if [[ $behind_nat ]]; then
        join dresser eth0 router eth1
    else
        join dresser eth0 switch client
        in_ns switch ip link set client master office
    fi
    in_ns dresser ip link set eth0 promisc on
    in_ns dresser ip link set eth1 promisc on
    in_ns dresser python3 scenes/dress.py eth1 eth0 "$1" >"$scratch/dresser" 2>&1 &
    wait_for grep -q ready "$scratch/dresser"
}

inside() { # namespace, interface of the router, IPv4 network, IPv6 network
    router ip address add "$3.1/24" dev "$2"
    router ip address add "$4::1/64" dev "$2"
    in_ns "$1" ip address add "$3.10/24" dev eth0
    in_ns "$1" ip address add "$4::10/64" dev eth0
    in_ns "$1" ip route add default via "$3.1"
    in_ns "$1" ip route add default via "$4::1"
}

set_up() { # look
    add_namespace switch
    in_ns switch ip link add office type bridge
    in_ns switch ip link set office up
    at_switch server 80
    at_switch proxy 20
    add_namespace client
    if [[ $behind_nat ]]; then
        at_switch router 1
        add_namespace neighbor
        router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
        router nft 'add table inet t;
            add chain inet t c { type nat hook postrouting priority 100; };
            add rule inet t c oifname eth0 masquerade'"$nat_ports"
        join neighbor eth0 router eth2
        dresser "$1"
        inside client eth1 198.51.100 2001:db8:1
        inside neighbor eth2 203.0.113 2001:db8:2
    else
        dresser "$1"
        client ip address add 192.0.2.10/24 dev eth0
        client ip address add 2001:db8::10/64 dev eth0
    fi
    # shellcheck disable=SC2086 # one header or none
    in_ns server python3 scenes/server.py "$scratch/certificate" "$scratch/key" ${server_header:-} \
        >"$scratch/server" 2>&1 &
    wait_for grep -q ready "$scratch/server"
}

# ---- proxies ----------------------------------------------------------------------------------

listens() { [[ $(proxy ss -Hltn "sport = :$1" | wc -l) -ge 2 ]]; } # by IPv4 and by IPv6

socks() {
    proxy microsocks -i 192.0.2.20 -p 1080 >/dev/null 2>&1 &
    proxy microsocks -i 2001:db8::20 -p 1080 >/dev/null 2>&1 &
    wait_for listens 1080
}

tinyproxy() {
    printf '%s\n' 'Port 3128' 'Listen 192.0.2.20' 'Listen 2001:db8::20' 'MaxClients 8' 'Timeout 10' \
        'LogLevel Error' 'ConnectPort 443' 'ConnectPort 80' >"$scratch/tinyproxy"
    proxy /usr/bin/tinyproxy -d -c "$scratch/tinyproxy" >/dev/null 2>&1 &
    wait_for listens 3128
}

squid() { # lines of its settings
    printf '%s\n' 'http_port 192.0.2.20:3128' 'http_port [2001:db8::20]:3128' 'http_access allow all' \
        'cache deny all' 'access_log none' 'cache_log /dev/null' 'pid_filename none' 'pinger_enable off' \
        'max_filedescriptors 1024' 'shutdown_lifetime 0 seconds' "$@" >"$scratch/squid"
    proxy /usr/sbin/squid -N -f "$scratch/squid" >/dev/null 2>&1 &
    wait_for listens 3128
}

nginx() { # port, scheme, lines of its settings
    local port=$1 scheme=$2 number upstream
    {
        echo 'daemon off; pid /dev/null; error_log /dev/null; events {} http { access_log off;'
        for number in 192.0.2. '[2001:db8::'; do
            upstream=${number}80
            [[ $number == '['* ]] && upstream+=']'
            echo "server { listen ${upstream/80/20}:$port ${scheme/http/};"
            echo "location / { proxy_pass $scheme://$upstream; ${*:3} } }"
        done
        echo '}'
    } | sed "s/:443 s;/:443 ssl; ssl_certificate ${scratch//\//\\/}\/certificate; ssl_certificate_key ${scratch//\//\\/}\/key;/" \
        >"$scratch/nginx"
    proxy /usr/sbin/nginx -c "$scratch/nginx" >/dev/null 2>&1 &
    wait_for listens "$port"
}

# ---- clients ----------------------------------------------------------------------------------

# The arguments once for IPv4 and once for IPv6, as a command; it finds the addresses in variables.
both() {
    local server=192.0.2.80 proxy=192.0.2.20 url=192.0.2.80 proxy_url=192.0.2.20
    eval "$*"
    server=2001:db8::80 proxy=2001:db8::20 url='[2001:db8::80]' proxy_url='[2001:db8::20]'
    eval "$*"
}
play() { # host, options…
    client python3 scenes/play.py "$@"
}
browse() { # URL
    local home
    home=$(mktemp -d -p "$scratch")
    HOME=$home client timeout 40 firefox-esr --headless --profile "$home" --screenshot "$home/shot.png" "$1"
}
curl_cffi() { # profile, URL
    client "$tools/v/bin/python" -c \
        'import sys; from curl_cffi import requests; requests.get(sys.argv[2], verify=False, impersonate=sys.argv[1])' "$@"
}
by_turns() { # rounds: client and neighbor, each its request
    local round
    for round in $(seq "$1"); do
        play "$server" --head windows-chrome
        neighbor python3 scenes/play.py "$server" --head linux-firefox
    done
}

# ---- scenes -----------------------------------------------------------------------------------

# Connections start with SYN; of what follows, all that has a payload is kept. In a filter, "and" and "or" have
# one precedence.
readonly with_payload="(tcp[tcpflags] & tcp-syn != 0)
    or (ip and (ip[2:2] - ((ip[0] & 15) << 2) - ((tcp[12] & 240) >> 2) != 0))
    or (ip6 and (ip6[53] & 2 != 0 or ip6[4:2] - ((ip6[52] & 240) >> 2) != 0))"

scene() { # name, look of the client, programs, settings, traffic, then what differs from these defaults
    local at=server filter="tcp port 80 or tcp port 443" behind_nat="" nat_ports="" server_header=""
    local name=$1 look=$2 settings=$4 traffic=$5 program change file=$out/$1.pcap
    for change in "${@:6}"; do printf -v "${change%%=*}" %s "${change#*=}"; done
    if ((${#wanted[@]})) && [[ " ${wanted[*]} " != *" $name "* ]]; then return 0; fi
    for program in $3; do
        if ! type -P "$program" >/dev/null; then
            left_out+=("$name")
            return 0
        fi
    done
    # What the scene before wrote would say that programs are ready that are not.
    rm -f "$scratch"/{dresser,server,log}
    set_up "$look"
    eval "$settings"
    ip netns exec "$prefix-$at" tcpdump -Z root -U --immediate-mode -i eth0 -w "$file" \
        "($filter) and ($with_payload)" 2>"$scratch/log" &
    local capture=$!
    wait_for grep -q 'listening on' "$scratch/log"
    eval "$traffic" >"$scratch/client" 2>&1 || { echo "$name: $(tail -3 "$scratch/client")" >&2; }
    sleep 0.5
    kill -TERM "$capture"
    wait "$capture" || true
    clear_away
    chmod 644 "$file"
    note_origin "$name" "$look" "$3" "$settings" "$traffic"
    echo "$file: $(stat -c %s "$file") octets"
}

versions() { # programs
    local program
    for program in $1; do
        case $program in
        "$tools"/*) "$tools/v/bin/python" -c 'import curl_cffi; print("curl_cffi", curl_cffi.__version__)' ;;
        *) dpkg-query -W -f '${Package} ${Version}\n' "$(dpkg-query -S "$(type -P "$program")" | cut -d: -f1)" ;;
        esac
    done | paste -sd, | sed 's/,/, /g'
}

note_origin() { # name, look of the client, programs, settings, traffic
    local how="$5" shows
    [[ $4 == : ]] || how="$4; $5"
    [[ -z $nat_ports ]] || how="masquerade$nat_ports; $how"
    [[ $2 == none ]] || how="client looks like $2; $how"
    shows=$(python3 -c 'import csv, sys
print(*{row["true"] for row in csv.DictReader(open(sys.argv[1])) if row["capture"] == sys.argv[2]}, sep="; ")' \
        "$out/truth.csv" "$1")
    local said
    said=$(versions "$3")
    [[ -z $said ]] || shows="$shows; $said"
    how=$(tr -s '\n ' '  ' <<<"$how" | sed 's/ *$//; s/\\\([$"]\)/\1/g')
    {
        grep -v "^scenes/$1.pcap	" "$origin" || true
        printf 'scenes/%s.pcap\t%s\t%s\t%s\t%s\n' "$1" "$shows" "record-scenes.sh: $how" \
            "$(uname -r | grep -oE '^[0-9.]+')" "$(date -u +%F)"
    } | LC_ALL=C sort >"$scratch/origin"
    cp "$scratch/origin" "$origin"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=client.example \
    -keyout "$scratch/key" -out "$scratch/certificate" 2>/dev/null
readonly forged="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
readonly cffi="$tools/v/bin/python"

# Nothing in between.
scene direct-linux none curl : 'both "client curl -s http://\$url/; client curl -sk https://\$url/"'
scene direct-firefox none firefox-esr : 'both "browse http://\$url/"' filter="tcp port 80"
scene direct-windows windows "" : 'both "play \$server --hello schannel; play \$server --head windows-chrome"'
scene direct-apple apple "" : 'both "play \$server --hello safari; play \$server --head mac-safari"'
scene direct-android android "" : 'both "play \$server --hello chrome; play \$server --head android-chrome"'

# Tunnels.
scene socks-windows windows microsocks socks \
    'both "play \$server --hello schannel --socks \$proxy,1080; play \$server --head windows-chrome --socks \$proxy,1080"'
scene socks-windows-tls windows microsocks socks 'both "play \$server --hello schannel --socks \$proxy,1080"'
scene socks-apple apple microsocks socks \
    'both "play \$server --hello safari --socks \$proxy,1080; play \$server --head mac-safari --socks \$proxy,1080"'
scene socks-android android microsocks socks \
    'both "play \$server --hello chrome --socks \$proxy,1080; play \$server --head android-chrome --socks \$proxy,1080"'
scene socks-linux none "curl microsocks" socks \
    'both "client curl -s -x socks5://\$proxy_url:1080 http://\$url/; client curl -sk -x socks5://\$proxy_url:1080 https://\$url/"'
scene socks-two windows microsocks socks \
    'both "play \$server --hello schannel --socks \$proxy,1080; play \$server --hello safari --socks \$proxy,1080"'
scene socks-two-http windows microsocks socks \
    'both "play \$server --hello schannel --socks \$proxy,1080; play \$server --head windows-chrome --socks \$proxy,1080;
     play \$server --hello safari --socks \$proxy,1080; play \$server --head mac-safari --socks \$proxy,1080"'
scene connect-windows windows tinyproxy tinyproxy \
    'both "play \$server --hello schannel --connect \$proxy,3128; play \$server --head windows-chrome --connect \$proxy,3128"'
scene connect-squid windows squid squid 'both "play \$server --hello schannel --connect \$proxy,3128"'
scene connect-chrome windows tinyproxy tinyproxy 'both "play \$server --hello chrome --connect \$proxy,3128"'
scene connect-chrome-http windows tinyproxy tinyproxy \
    'both "play \$server --hello chrome --connect \$proxy,3128; play \$server --head windows-chrome --connect \$proxy,3128"'

# Proxies that end HTTP.
readonly silent='squid "via off" "forwarded_for delete"'
scene squid windows squid squid 'both "play \$server --head windows-chrome --http \$proxy,3128"'
scene squid-silent windows squid "$silent" 'both "play \$server --head windows-chrome --http \$proxy,3128"'
scene squid-silent-two windows squid "$silent" \
    'both "play \$server --head windows-chrome --http \$proxy,3128; play \$server --head mac-safari --http \$proxy,3128"'
scene squid-silent-linux none squid "$silent" 'both "play \$server --head linux-firefox --http \$proxy,3128"'
scene tinyproxy apple tinyproxy tinyproxy 'both "play \$server --head mac-safari --http \$proxy,3128"'
scene nginx-forwarded windows nginx \
    'nginx 80 http "proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;"' \
    'both "play \$proxy --head windows-chrome"'
scene nginx windows nginx 'nginx 80 http' 'both "play \$proxy --head windows-chrome"'
scene nginx-tls windows "curl nginx" 'nginx 443 https' 'both "client curl -sk -A \"\$forged\" https://\$proxy_url/"'
scene nginx-server none nginx 'nginx 80 http "proxy_pass_header Server;"' 'both "play \$proxy --head linux-firefox"' \
    at=proxy filter="(host 192.0.2.10 or host 2001:db8::10) and tcp port 80" server_header=Microsoft-IIS/10.0

# Several systems behind one address.
scene nat-windows-linux windows nft : 'both by_turns 4' behind_nat=yes
scene nat-two-linux none nft : \
    'both "for round in 1 2 3 4; do client curl -s http://\$url/; neighbor curl -s http://\$url/; done"' behind_nat=yes
readonly no_timestamps='for host in client neighbor; do in_ns $host sysctl -qw net.ipv4.tcp_timestamps=0; done'
scene nat-two-linux-no-timestamps none nft "$no_timestamps" \
    'both "for round in 1 2 3 4; do client curl -s http://\$url/; neighbor curl -s http://\$url/; done"' behind_nat=yes
scene nat-two-linux-random-ports none nft "$no_timestamps" \
    'both "for round in 1 2 3 4; do client curl -s http://\$url/; neighbor curl -s http://\$url/; done"' behind_nat=yes \
    nat_ports=" fully-random"
scene address-reused windows nft : \
    'both "for round in 1 2 3 4; do neighbor python3 scenes/play.py \$server --head linux-firefox; done;
     for round in 1 2 3 4; do play \$server --head windows-chrome; done"' behind_nat=yes

# A VPN's MTU.
scene vpn-linux none "" "client ip link set eth0 mtu 1420" 'both "play \$server --head linux-firefox"'
scene vpn-windows windows "" "client ip link set eth0 mtu 1420" \
    'both "play \$server --hello schannel; play \$server --head windows-chrome"'
scene vpn-socks windows microsocks "proxy ip link set eth0 mtu 1420; socks" \
    'both "play \$server --hello schannel --socks \$proxy,1080; play \$server --head windows-chrome --socks \$proxy,1080"'

# Clients that say what they are not.
scene forged-user-agent none curl : \
    'both "client curl -s -A \"\$forged\" http://\$url/; client curl -sk -A \"\$forged\" https://\$url/"'
scene forged-on-windows windows "" : \
    'both "play \$server --hello schannel; play \$server --head iphone-safari"'
scene curl-cffi-chrome none "$cffi" : 'both "curl_cffi chrome146 https://\$url/"'
scene curl-cffi-chrome-http none "$cffi" : \
    'both "curl_cffi chrome146 https://\$url/; curl_cffi chrome146 http://\$url/"'
scene curl-cffi-safari none "$cffi" : 'both "curl_cffi safari180 https://\$url/"'

if ((${#left_out[@]})); then
    echo "left out, because their programs are not installed: ${left_out[*]}"
fi
