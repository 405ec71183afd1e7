#!/usr/bin/env bash
# Records the captures of recorded/: real connections of this machine's kernel, made in network
# namespaces of their own so that nothing leaves the machine and no setting of it changes.
#
#   sudo tests/captures/record.sh            records all
#   sudo tests/captures/record.sh default    records the named ones
#
# What this kernel or machine cannot do is left out and named at the end; a capture that is already
# there then stays as it was. The origin of each file goes into recorded/origin.tsv, from which
# generate.py makes the table in README.md.
set -euo pipefail
cd "$(dirname "$0")"

readonly out=recorded
readonly origin=$out/origin.tsv
readonly prefix=sp$$
readonly wanted=("$@")
left_out=()
scratch=$(mktemp -d)
mkdir -p "$out"
touch "$origin"

finish() {
    clear_away
    rm -rf "$scratch"
}
trap finish EXIT

# ---- namespaces -------------------------------------------------------------------------------

in_ns() { # namespace, command…
    local name=$1
    shift
    ip netns exec "$prefix-$name" "$@"
}
client() { in_ns client "$@"; }
router() { in_ns router "$@"; }
server() { in_ns server "$@"; }

# The last value of tcp_rmem, which decides the window scale: 32 MiB and scale 10 since Linux 6.16
# (commit 572be9bf9d0d), 6 MiB and scale 7 before.
most_receive_buffer() {
    if [[ $(printf '%s\n' 6.16 "$(uname -r)" | sort -V | head -1) == 6.16 ]]; then
        echo 33554432
    else
        echo 6291456
    fi
}

add_namespace() {
    ip netns add "$prefix-$1"
    in_ns "$1" ip link set lo up
    # The kernel's own defaults, whatever this machine was tuned to.
    in_ns "$1" sysctl -qw net.ipv4.tcp_rmem="4096 131072 $(most_receive_buffer)" \
        net.ipv4.tcp_window_scaling=1 net.ipv4.tcp_sack=1 net.ipv4.tcp_timestamps=1 \
        net.ipv4.tcp_ecn=2 net.ipv4.tcp_fastopen=1 net.ipv4.ip_default_ttl=64
    # Duplicate address detection would only delay the first IPv6 packet.
    in_ns "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
}

join() { # namespace, interface, namespace, interface: a cable between the two
    ip link add "$2" netns "$prefix-$1" type veth peer name "$4" netns "$prefix-$3"
    local end
    for end in "$1 $2" "$3 $4"; do
        # shellcheck disable=SC2086 # two words on purpose
        set -- $end
        # Checksums and segment sizes as they would be on a wire.
        in_ns "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null 2>&1 || true
        in_ns "$1" ip link set "$2" up
    done
}

addresses() { # namespace, interface, addresses…
    local name=$1 link=$2 address
    shift 2
    for address in "$@"; do in_ns "$name" ip address add "$address" dev "$link"; done
}

two_hosts() {
    add_namespace client
    add_namespace server
    join client eth0 server eth0
    addresses client eth0 192.0.2.10/24 2001:db8::10/64
    addresses server eth0 192.0.2.80/24 2001:db8::80/64
}

behind_router() { # the client is one hop away
    add_namespace client
    add_namespace router
    add_namespace server
    join client eth0 router eth1
    join router eth0 server eth0
    addresses client eth0 198.51.100.10/24 2001:db8:1::10/64
    addresses router eth1 198.51.100.1/24 2001:db8:1::1/64
    addresses router eth0 192.0.2.1/24 2001:db8::1/64
    addresses server eth0 192.0.2.80/24 2001:db8::80/64
    client ip route add default via 198.51.100.1
    client ip route add default via 2001:db8:1::1
    server ip route add default via 192.0.2.1
    server ip route add default via 2001:db8::1
    router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# One client and a server with twenty addresses: to the client, twenty peers.
many_servers() {
    two_hosts
    local number
    for number in $(seq 81 99); do
        addresses server eth0 "192.0.2.$number/24" "2001:db8::$number/64"
    done
}

# Two clients behind a router that gives both its own address.
behind_nat() {
    behind_router
    add_namespace neighbor
    join neighbor eth0 router eth2
    addresses neighbor eth0 203.0.113.10/24
    addresses router eth2 203.0.113.1/24
    in_ns neighbor ip route add default via 203.0.113.1
    local number
    for number in $(seq 81 84); do addresses server eth0 "192.0.2.$number/24"; done
    router nft 'add table ip t;
        add chain ip t c { type nat hook postrouting priority 100; };
        add rule ip t c oifname eth0 masquerade'
}

# A network with a switch; each host has settings of its own, one sits behind a router.
office() {
    behind_router
    add_namespace switch
    in_ns switch ip link add office type bridge
    in_ns switch ip link set office up
    local name
    # The server's and the router's cables are joined at the switch instead of to each other.
    router ip link del eth0
    for name in server router desktop appliance monitor; do
        [[ $name == server || $name == router ]] || add_namespace "$name"
        join "$name" eth0 switch "$name"
        in_ns switch ip link set "$name" master office
    done
    addresses server eth0 192.0.2.80/24 2001:db8::80/64
    addresses router eth0 192.0.2.1/24 2001:db8::1/64
    addresses desktop eth0 192.0.2.10/24 2001:db8::10/64
    addresses appliance eth0 192.0.2.20/24
    addresses monitor eth0 192.0.2.30/24
    server ip route add default via 192.0.2.1
}

clear_away() {
    local name process
    for name in $(ip netns list | awk -v p="$prefix-" 'index($1, p) == 1 { print $1 }'); do
        for process in $(ip netns pids "$name"); do kill "$process" 2>/dev/null || true; done
        ip netns del "$name"
    done
}

# ---- one scene --------------------------------------------------------------------------------

wait_for() { # command…: at most five seconds
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.05
    done
    echo "record.sh: gave up waiting for: $*" >&2
    return 1
}

listens() { [[ -n $(server ss -Hltn 'sport = :80') ]]; }

serve() {
    # shellcheck disable=SC2086 # several options in one variable
    ip netns exec "$prefix-server" python3 traffic.py serve :: 80 $server_options &
    disown # so that its end is not announced
    wait_for listens
}

browse() { # address, options…: one connection from the client to the server
    client python3 traffic.py connect "$1" 80 "${@:2}"
}

each_server() { # rounds, last number, prefix, options…: a connection to each server, in turn
    local round number
    for round in $(seq "$1"); do
        for number in $(seq 80 "$2"); do browse "$3$number" --silent "${@:4}"; done
    done
}

by_turns() { # rounds, last number: client and neighbor, each to each server
    local round number name
    for round in $(seq "$1"); do
        for number in $(seq 80 "$2"); do
            for name in client neighbor; do
                in_ns "$name" python3 traffic.py connect "192.0.2.$number" 80 --silent
            done
        done
    done
}

note_uptime() { # name of the scene: when, and how long the kernel has run, in seconds
    printf '%s %s\n' "$(date +%s.%N)" "$(cut -d ' ' -f 1 /proc/uptime)" >"$out/$1.up"
}

capture_starts() { grep -qE 'listening on|^File:' "$scratch/log"; }

scene() { # name, what it shows, settings, traffic, then what differs from these defaults
    local at=server interface=eth0 filter=tcp tool=tcpdump suffix=pcap options="" server_options=""
    local layout=two_hosts needs=true
    local name=$1 shows=$2 settings=$3 traffic=$4 change
    for change in "${@:5}"; do printf -v "${change%%=*}" %s "${change#*=}"; done
    local file=$out/$name.$suffix
    mkdir -p "$(dirname "$file")"
    if ((${#wanted[@]})) && [[ " ${wanted[*]} " != *" $name "* ]]; then return 0; fi
    if ! eval "$needs" >/dev/null 2>&1; then
        left_out+=("$name")
        return 0
    fi
    "$layout"
    eval "$settings"
    serve
    : >"$scratch/log"
    # The capture program itself has to be the child, not a shell around it, to get the signal.
    # shellcheck disable=SC2206 # several options in one variable
    local capture words=($options)
    if [[ $tool == dumpcap ]]; then
        ip netns exec "$prefix-$at" dumpcap "${words[@]}" -f "$filter" -w "$file" 2>"$scratch/log" &
    else
        ip netns exec "$prefix-$at" tcpdump -Z root -U --immediate-mode -i "$interface" "${words[@]}" \
            -w "$file" "$filter" 2>"$scratch/log" &
    fi
    capture=$!
    wait_for capture_starts
    eval "$traffic"
    sleep 0.3
    kill -TERM "$capture"
    wait "$capture" || true
    clear_away
    chmod 644 "$file"
    plain_release "$file"
    note_origin "$name.$suffix" "$shows" "$settings" "$traffic"
    echo "$file: $(stat -c %s "$file") octets"
}

# dumpcap writes the kernel's whole release; what a distributor appended says nothing about TCP.
# Blanks keep the length, and with it the file, right.
plain_release() { # file
    local release version
    release=$(uname -r)
    version=$(grep -oE '^[0-9.]+' <<<"$release")
    LC_ALL=C sed -i "s/${release//./\\.}/$(printf '%-*s' "${#release}" "$version")/g" "$1"
}

note_origin() { # file, what it shows, settings, traffic
    local how=$4 extra=""
    [[ $3 == : ]] || how="$3; $4"
    if [[ $tool == dumpcap ]]; then extra="dumpcap $options"; fi
    if [[ $tool == tcpdump && ($options || $interface != eth0) ]]; then
        extra="tcpdump -i $interface $options"
    fi
    [[ -z $server_options ]] || how="server: $server_options; $how"
    [[ -z $extra ]] || how="$how; $extra"
    how=$(tr -s '\n ' '  ' <<<"$how" | sed 's/ *$//; s/ || true//')
    {
        grep -v "^$1	" "$origin" || true
        printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$how" "$(uname -r | grep -oE '^[0-9.]+')" "$(date -u +%F)"
    } | LC_ALL=C sort >"$scratch/origin"
    cp "$scratch/origin" "$origin"
}

can_link() { # ip link arguments: whether this kernel knows the kind
    local probe="$prefix-probe" result=0
    ip netns add "$probe"
    ip netns exec "$probe" ip link add dummy0 type veth peer name dummy1
    ip netns exec "$probe" ip link add probe0 "$@" || result=$?
    ip netns del "$probe"
    return "$result"
}

# shellcheck source=scenes.sh
source scenes.sh

if ((${#left_out[@]})); then
    echo "left out, because this machine cannot make them: ${left_out[*]}"
fi
