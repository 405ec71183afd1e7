# shellcheck shell=bash
: "${prefix:?scenes.sh is read by record.sh, not run}"

# What record.sh records: name, what it shows, settings, traffic, differences from the defaults.

knows_accurate_ecn() {
    local result=0
    ip netns add "$prefix-probe"
    ip netns exec "$prefix-probe" sysctl -qw net.ipv4.tcp_ecn=3 || result=$?
    ip netns del "$prefix-probe"
    return "$result"
}

serve_at_client() {
    ip netns exec "$prefix-client" python3 traffic.py serve :: 80 &
    disown
    sleep 0.5
}

# ---- options of the client ---------------------------------------------------------------------

scene default "Linux as it comes: SYN, SYN+ACK, request, answer, close" \
    : "browse 192.0.2.80"
scene no-window-scaling "no window scale option" \
    "client sysctl -qw net.ipv4.tcp_window_scaling=0" "browse 192.0.2.80"
scene no-timestamps "no timestamps option" \
    "client sysctl -qw net.ipv4.tcp_timestamps=0" "browse 192.0.2.80"
scene no-sack "no SACK-permitted option" \
    "client sysctl -qw net.ipv4.tcp_sack=0" "browse 192.0.2.80"
scene only-mss "MSS is the only option" \
    "client sysctl -qw net.ipv4.tcp_window_scaling=0 net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0" \
    "browse 192.0.2.80"
scene server-no-timestamps "a SYN+ACK without timestamps to a SYN with them" \
    "server sysctl -qw net.ipv4.tcp_timestamps=0" "browse 192.0.2.80"
scene server-only-mss "a SYN+ACK with MSS only" \
    "server sysctl -qw net.ipv4.tcp_window_scaling=0 net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0" \
    "browse 192.0.2.80"
scene ecn "ECN asked for and granted: quirk ecn on both sides" \
    "client sysctl -qw net.ipv4.tcp_ecn=1" "browse 192.0.2.80"
scene ecn-accurate "accurate ECN (RFC 9768): the third ECN flag is where p0f expects NS" \
    "client sysctl -qw net.ipv4.tcp_ecn=3; server sysctl -qw net.ipv4.tcp_ecn=3" \
    "browse 192.0.2.80" \
    needs="knows_accurate_ecn"
scene dscp-46 "DSCP 46 on the SYN" : "browse 192.0.2.80 --dscp 46"
scene ip-record-route "an IPv4 option of 8 octets on the SYN" : "browse 192.0.2.80 --record-route"
scene md5-signature "option 19 (RFC 2385); the server holds no key and stays silent" \
    : "browse 192.0.2.80 --md5-peer 192.0.2.80 --patience-seconds 0.5 || true"

# ---- initial TTL and hop distance --------------------------------------------------------------

for ttl in 32 128 255; do
    scene "ttl-$ttl" "initial TTL $ttl" \
        "client sysctl -qw net.ipv4.ip_default_ttl=$ttl" "browse 192.0.2.80"
done
scene distance-1 "one router in between: TTL 63" : "browse 192.0.2.80" \
    layout=behind_router
scene distance-1-ipv6 "one router in between: hop limit 63" \
    : "browse 2001:db8::80" \
    layout=behind_router

# ---- MTU and MSS -------------------------------------------------------------------------------

for mtu in 576 1280 1400 9000; do
    scene "mtu-$mtu" "MTU $mtu at both ends" \
        "client ip link set eth0 mtu $mtu; server ip link set eth0 mtu $mtu" "browse 192.0.2.80"
done
scene mss-of-route "MSS 1360 from the route, MTU 1500" \
    "client ip route change 192.0.2.0/24 dev eth0 advmss 1360" "browse 192.0.2.80"
scene mss-of-socket "MSS 1000 from TCP_MAXSEG" : "browse 192.0.2.80 --max-segment-octets 1000"
scene mss-clamped-by-router \
    "a router that lowers the MSS in passing; the window stays a multiple of 1460" \
    "router nft 'add table ip t; add chain ip t c { type filter hook forward priority 0; };
     add rule ip t c tcp flags syn tcp option maxseg size set 1300'" "browse 192.0.2.80" \
    needs="command -v nft" layout=behind_router

# ---- the default before Linux 6.16 -------------------------------------------------------------

six_mib() { # at both ends
    local end
    for end in client server; do "$end" sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456"; done
}
scene 6-mib "6 MiB of tcp_rmem, the default up to Linux 6.15: scale 7" six_mib "browse 192.0.2.80"
scene 6-mib-ipv6 "the same over IPv6" six_mib "browse 2001:db8::80"
scene 6-mib-ecn "the same with ECN" "six_mib; client sysctl -qw net.ipv4.tcp_ecn=1" \
    "browse 192.0.2.80"
scene 6-mib-ipv6-ecn "the same with ECN over IPv6" \
    "six_mib; client sysctl -qw net.ipv4.tcp_ecn=1" "browse 2001:db8::80"
scene 6-mib-loopback "the same on the loopback" "six_mib; serve_at_client" "browse 127.0.0.1" \
    at=client interface=lo
for mtu in 576 1280 1400 9000; do
    scene "6-mib-mtu-$mtu" "the same, MTU $mtu at both ends" \
        "six_mib; client ip link set eth0 mtu $mtu; server ip link set eth0 mtu $mtu" \
        "browse 192.0.2.80"
done

# ---- window and scale --------------------------------------------------------------------------

scene receive-buffer-small "small tcp_rmem: a window of two segments" \
    "client sysctl -qw net.ipv4.tcp_rmem='4096 8192 16384'" "browse 192.0.2.80"
scene receive-buffer-large "large tcp_rmem: scale 11" \
    "client sysctl -qw net.ipv4.tcp_rmem='4096 131072 67108864'" "browse 192.0.2.80"
scene receive-buffer-of-socket "SO_RCVBUF 20000" : "browse 192.0.2.80 --receive-buffer-octets 20000"
scene server-receive-buffer "SO_RCVBUF 10000 at the server" : "browse 192.0.2.80" \
    server_options="--receive-buffer-octets 10000"
scene window-of-route "window clamped to 8192 by the route" \
    "client ip route change 192.0.2.0/24 dev eth0 window 8192" "browse 192.0.2.80"
scene server-syn-cookies "SYN+ACK made from a cookie" \
    "server sysctl -qw net.ipv4.tcp_syncookies=2" "browse 192.0.2.80"

# ---- IPv6 --------------------------------------------------------------------------------------

scene ipv6 "IPv6 as it comes, with flow labels" : "browse 2001:db8::80"
scene ipv6-no-flow-label "IPv6 without flow labels" \
    "client sysctl -qw net.ipv6.auto_flowlabels=0; server sysctl -qw net.ipv6.auto_flowlabels=0" \
    "browse 2001:db8::80"
for hops in 32 128 255; do
    scene "ipv6-hop-limit-$hops" "hop limit $hops" \
        "client sysctl -qw net.ipv6.conf.all.hop_limit=$hops net.ipv6.conf.eth0.hop_limit=$hops" \
        "browse 2001:db8::80"
done
scene ipv6-mtu-1280 "IPv6 at its smallest MTU" \
    "client ip link set eth0 mtu 1280" "browse 2001:db8::80"
scene ipv6-dscp-8 "DSCP 8 in the traffic class" : "browse 2001:db8::80 --dscp 8"
scene ipv6-ecn "IPv6 with ECN" "client sysctl -qw net.ipv4.tcp_ecn=1" "browse 2001:db8::80"

# ---- several connections, retransmission, refusal ----------------------------------------------

scene uptime "five connections 200 ms apart, timestamps without an offset: uptime can be told" \
    "client sysctl -qw net.ipv4.tcp_timestamps=2; server sysctl -qw net.ipv4.tcp_timestamps=2" \
    "browse 192.0.2.80 --count 5 --pause-seconds 0.2 --silent"
scene uptime-random-offset "the same with a random offset for each connection, the default: no uptime" \
    : "browse 192.0.2.80 --count 5 --pause-seconds 0.2 --silent"
scene uptime-below-25-ms "connections too close together for an uptime" \
    "client sysctl -qw net.ipv4.tcp_timestamps=2" \
    "browse 192.0.2.80 --count 3 --pause-seconds 0.002 --silent"
scene syn-retransmitted "nobody answers: the same SYN three times" \
    "client ip neigh add 192.0.2.99 lladdr 02:00:00:00:00:99 dev eth0 nud permanent" \
    "browse 192.0.2.99 --patience-seconds 2.5"
scene refused "a closed port: SYN, RST+ACK" \
    : "client python3 traffic.py connect 192.0.2.80 81"
scene port-reused "two connections from one client port, one after the other" \
    "client sysctl -qw net.ipv4.tcp_tw_reuse=1 net.ipv4.tcp_max_tw_buckets=0" \
    "browse 192.0.2.80 --source-port 45000; sleep 1; browse 192.0.2.80 --source-port 45000"
scene nat-two-clients "one address, two systems in turn: default, then TTL 128 without timestamps" \
    "router nft 'add table ip t;
     add chain ip t c { type nat hook postrouting priority 100; };
     add rule ip t c oifname eth0 masquerade'" \
    "for turn in 1 2 3 4; do
         client sysctl -qw net.ipv4.ip_default_ttl=64 net.ipv4.tcp_timestamps=1;
         browse 192.0.2.80 --silent;
         client sysctl -qw net.ipv4.ip_default_ttl=128 net.ipv4.tcp_timestamps=0;
         browse 192.0.2.80 --silent;
     done" \
    needs="command -v nft" layout=behind_router

# ---- extensions of TCP -------------------------------------------------------------------------

scene fast-open "fast open: asks for a cookie, then a SYN with cookie and payload" \
    "client sysctl -qw net.ipv4.tcp_fastopen=3; server sysctl -qw net.ipv4.tcp_fastopen=3" \
    "browse 192.0.2.80 --fast-open --count 2" \
    server_options=--fast-open
scene mptcp "option 30 (MP_CAPABLE) on SYN and SYN+ACK" : "browse 192.0.2.80 --mptcp" \
    server_options=--mptcp needs="sysctl net.mptcp.enabled"

# What a program asks for, while options of the system are off: where the NOPs go differs.
both_ends() { # settings of sysctl
    client sysctl -qw "$@"
    server sysctl -qw "$@"
}
fast_open() { both_ends net.ipv4.tcp_fastopen=3; }
for off in timestamps sack window_scaling; do
    scene "fast-open-no-${off//_/-}" "fast open without $off" \
        "fast_open; both_ends net.ipv4.tcp_$off=0" \
        "browse 192.0.2.80 --fast-open --count 2" server_options=--fast-open
    scene "mptcp-no-${off//_/-}" "MPTCP without $off" "both_ends net.ipv4.tcp_$off=0" \
        "browse 192.0.2.80 --mptcp" server_options=--mptcp needs="sysctl net.mptcp.enabled"
done
scene fast-open-mptcp "fast open and MPTCP at once" fast_open \
    "browse 192.0.2.80 --fast-open --mptcp --count 2" \
    server_options="--fast-open --mptcp" needs="sysctl net.mptcp.enabled"
scene fast-open-mptcp-no-timestamps "fast open and MPTCP at once, without timestamps" \
    "fast_open; both_ends net.ipv4.tcp_timestamps=0" \
    "browse 192.0.2.80 --fast-open --mptcp --count 2" \
    server_options="--fast-open --mptcp" needs="sysctl net.mptcp.enabled"
scene fast-open-ipv6 "fast open over IPv6" fast_open \
    "browse 2001:db8::80 --fast-open --count 2" server_options=--fast-open

# ---- link types and formats --------------------------------------------------------------------

scene curl "an HTTP request by curl" : "client curl -s -o /dev/null http://192.0.2.80/"
scene loopback "loopback: Ethernet without addresses, MTU 65536" \
    "serve_at_client" "browse 127.0.0.1" \
    at=client interface=lo
scene any-sll "all interfaces: Linux cooked, version 1" \
    : "browse 192.0.2.80; browse 2001:db8::80" \
    interface=any options="-y LINUX_SLL"
scene any-sll2 "all interfaces: Linux cooked, version 2" \
    : "browse 192.0.2.80; browse 2001:db8::80" \
    interface=any options="-y LINUX_SLL2"
scene snapped-60 "60 octets of each frame: TCP options cut" : "browse 192.0.2.80" \
    options="-s 60"
scene snapped-80 "80 octets of each frame: SYNs whole, data cut" \
    : "browse 192.0.2.80" \
    options="-s 80"
scene nanoseconds "pcap with nanoseconds" \
    : "browse 192.0.2.80" \
    options="--time-stamp-precision=nano"
scene dumpcap "pcapng by dumpcap: section with options, statistics at the end" \
    : "browse 192.0.2.80" \
    tool=dumpcap suffix=pcapng options="-q -i eth0"
scene dumpcap-two-interfaces "pcapng, two interfaces of one link type" \
    "serve_at_client" "browse 192.0.2.80; browse 127.0.0.1" \
    tool=dumpcap suffix=pcapng options="-q -i eth0 -i lo" at=client
scene dumpcap-two-link-types "pcapng, Ethernet and Linux cooked: each packet twice" \
    : "browse 192.0.2.80" \
    tool=dumpcap suffix=pcapng options="-q -i eth0 -i any" at=client

# ---- encapsulation -----------------------------------------------------------------------------

tunnelled() { # kind, options for the client, options for the server: inner net 198.18.0.0/30
    # shellcheck disable=SC2086 # several words on purpose
    client ip link add inner $2 && server ip link add inner $3
    addresses client inner 198.18.0.1/30
    addresses server inner 198.18.0.2/30
    client ip link set inner up
    server ip link set inner up
}
tunnel_scene() { # kind, what it shows, options for the client, options for the server
    scene "$1" "$2" "tunnelled $1 '$3' '$4'" "browse 198.18.0.2" \
        filter="not icmp6 and not arp" needs="can_link ${3//eth0/dummy0}"
}
readonly ends="local 192.0.2.10 remote 192.0.2.80" ends_back="local 192.0.2.80 remote 192.0.2.10"
tunnel_scene vlan "802.1Q, VLAN 7" \
    "link eth0 type vlan id 7" "link eth0 type vlan id 7"
scene qinq "802.1ad 100 outside, 802.1Q 7 inside" \
    "for end in client server; do
         \$end ip link add link eth0 outer type vlan proto 802.1ad id 100;
         \$end ip link set outer up;
     done;
     tunnelled qinq 'link outer type vlan id 7' 'link outer type vlan id 7'" \
    "browse 198.18.0.2" \
    filter="not icmp6 and not arp" needs="can_link link dummy0 type vlan proto 802.1ad id 100"
tunnel_scene gre "GRE" "type gre $ends" "type gre $ends_back"
tunnel_scene ipip "IPv4 in IPv4" "type ipip $ends" "type ipip $ends_back"
tunnel_scene vxlan "VXLAN, network 42" \
    "type vxlan id 42 dstport 4789 $ends" "type vxlan id 42 dstport 4789 $ends_back"
tunnel_scene geneve "GENEVE, network 42" \
    "type geneve id 42 remote 192.0.2.80" "type geneve id 42 remote 192.0.2.10"
scene sit "IPv6 in IPv4" \
    "tunnelled sit 'type sit $ends' 'type sit $ends_back';
     addresses client inner 2001:db8:2::1/64; addresses server inner 2001:db8:2::2/64" \
    "browse 2001:db8:2::2" \
    filter="ip6 or tcp" needs="can_link type sit $ends"
scene segment-routing "IPv6 in IPv6 with a segment routing header (client to server, each packet twice)" \
    "client ip -6 route add 2001:db8:9::80/128 encap seg6 mode encap segs 2001:db8::80 dev eth0;
     server sysctl -qw net.ipv6.conf.all.seg6_enabled=1 net.ipv6.conf.eth0.seg6_enabled=1;
     server ip address add 2001:db8:9::80/128 dev lo" \
    "browse 2001:db8:9::80" \
    filter="ip6 and not icmp6"

# ---- the capture that the README reads ---------------------------------------------------------

visitors="a web server's visitors: default Linux over IPv4 and IPv6, an appliance without"
visitors+=" timestamps, a VPN user one hop away (MTU 1400), a monitor that comes back three times"
scene web-clients "$visitors" \
    "in_ns appliance sysctl -qw net.ipv4.tcp_timestamps=0; client ip link set eth0 mtu 1400;
     in_ns monitor sysctl -qw net.ipv4.tcp_timestamps=2" \
    "for visitor in desktop appliance client; do
         in_ns \$visitor python3 traffic.py connect 192.0.2.80 80 --silent;
     done;
     in_ns desktop python3 traffic.py connect 2001:db8::80 80 --silent;
     in_ns monitor python3 traffic.py connect 192.0.2.80 80 --silent --count 3 --pause-seconds 0.5" \
    layout=office

# ---- one host, and several behind one address ---------------------------------------------------

# Only handshakes are kept, so that many connections stay small.
handshakes="tcp[tcpflags] & tcp-syn != 0 or (ip6 and tcp and ip6[53] & 2 != 0)"
for last in 81 84 99; do
    for timestamps in 0 1 2; do
        name="hosts/one-$((last - 79))-servers-timestamps-$timestamps"
        scene "$name" "one client, $((last - 79)) servers, tcp_timestamps=$timestamps" \
            "client sysctl -qw net.ipv4.tcp_timestamps=$timestamps" \
            "note_uptime $name; each_server $((last < 99 ? 6 : 2)) $last 192.0.2." \
            layout=many_servers filter="$handshakes"
    done
done
for timestamps in 0 1 2; do
    name="hosts/one-ipv6-timestamps-$timestamps"
    scene "$name" "one client, five servers, IPv6, tcp_timestamps=$timestamps" \
        "client sysctl -qw net.ipv4.tcp_timestamps=$timestamps" \
        "note_uptime $name; each_server 6 84 2001:db8::" \
        layout=many_servers filter="$handshakes"
done
scene hosts/one-ecn "one client that asks for ECN, and for a time does not" \
    "client sysctl -qw net.ipv4.tcp_ecn=1" \
    "each_server 2 84 192.0.2.; client sysctl -qw net.ipv4.tcp_ecn=2; each_server 2 84 192.0.2.;
     client sysctl -qw net.ipv4.tcp_ecn=1; each_server 2 84 192.0.2." \
    layout=many_servers filter="$handshakes"
scene hosts/one-fast-open "one client, some of whose programs ask for Fast Open or MPTCP" \
    "client sysctl -qw net.ipv4.tcp_fastopen=3; server sysctl -qw net.ipv4.tcp_fastopen=3" \
    "for round in 1 2 3; do
         each_server 1 84 192.0.2.; each_server 1 84 192.0.2. --fast-open;
         each_server 1 84 192.0.2. --mptcp;
     done" \
    layout=many_servers filter="$handshakes" server_options=--fast-open
scene hosts/one-fast-open-no-timestamps "the same without timestamps" \
    "client sysctl -qw net.ipv4.tcp_fastopen=3 net.ipv4.tcp_timestamps=0;
     server sysctl -qw net.ipv4.tcp_fastopen=3" \
    "for round in 1 2 3; do
         each_server 1 84 192.0.2.; each_server 1 84 192.0.2. --fast-open;
         each_server 1 84 192.0.2. --mptcp;
     done" \
    layout=many_servers filter="$handshakes" server_options=--fast-open
scene hosts/one-two-programs "one client, one of whose programs has a small buffer" \
    : "for round in 1 2 3 4 5 6; do
         browse 192.0.2.80 --silent; browse 192.0.2.80 --silent --receive-buffer-octets 20000;
     done" filter="$handshakes"

nat_scene() { # name, what it shows, settings, rounds, last server
    scene "hosts/nat-$1" "two clients behind MASQUERADE: $2" "$3" "by_turns $4 $5" \
        layout=behind_nat filter="$handshakes" needs="command -v nft"
}
nat_scene equal "equal stacks, one server" : 8 80
nat_scene equal-5-servers "equal stacks, five servers" : 8 84
nat_scene equal-timestamps-2 "equal stacks, tcp_timestamps=2 (one kernel, and one clock)" \
    "client sysctl -qw net.ipv4.tcp_timestamps=2; in_ns neighbor sysctl -qw net.ipv4.tcp_timestamps=2" 8 80
nat_scene ttl "initial TTL 64 and 128" "in_ns neighbor sysctl -qw net.ipv4.ip_default_ttl=128" 4 81
nat_scene no-timestamps "with and without timestamps" \
    "in_ns neighbor sysctl -qw net.ipv4.tcp_timestamps=0" 4 81
nat_scene window "another receive buffer" \
    "in_ns neighbor sysctl -qw net.ipv4.tcp_rmem='4096 20000 300000'" 8 80
nat_scene system "one looks like another system: TTL 128, MSS, window scale, SACK" \
    "in_ns neighbor sysctl -qw net.ipv4.ip_default_ttl=128 net.ipv4.tcp_timestamps=0 net.ipv4.tcp_window_scaling=0" \
    4 81

# ---- tools that write their SYNs themselves ----------------------------------------------------

# Asked of the server at the other end of the cable, never of anything else. Names start with
# tools/; only packets with SYN are kept, and the version of each tool is noted.
tool_scene() { # name, what it shows, command of the client, differences
    local program=${3%% *} version
    [[ $program != /usr/bin/python3 ]] || program=scapy
    if ! version=$(tool_version "$program"); then
        ((${#wanted[@]})) && [[ " ${wanted[*]} " != *" tools/$1 "* ]] || left_out+=("tools/$1")
        return 0
    fi
    scene "tools/$1" "$program $version: $2" : "client $3 >/dev/null 2>&1" \
        filter="tcp[tcpflags] & tcp-syn != 0 or (ip6 and tcp and ip6[53] & 2 != 0)" "${@:4}"
}
tool_version() { # program
    local package=$1
    [[ $1 != scapy ]] || package=python3-scapy
    dpkg-query --show --showformat '${Version}' "$package" | grep .
} 2>/dev/null
server_mac() { server cat /sys/class/net/eth0/address; }

tool_scene nmap-syn-scan "SYN scan" "nmap -n -Pn -sS -p 22,80,81 192.0.2.80"
tool_scene nmap-syn-scan-ipv6 "SYN scan over IPv6" "nmap -6 -n -Pn -sS -p 22,80,81 2001:db8::80"
tool_scene nmap-connect-scan "connect scan: the kernel's own SYN" \
    "nmap -n -Pn -sT -p 80,81 192.0.2.80"
tool_scene nmap-ping "host discovery by SYN" "nmap -n -sn -PS80,443 --send-ip 192.0.2.80"
tool_scene nmap-os-detection "detection of the operating system" \
    "nmap -n -Pn -O -p 80,81 --max-os-tries 1 192.0.2.80"
tool_scene masscan "SYN scan" \
    "masscan --interface eth0 --router-mac \$(server_mac) --rate 100 --wait 1 -p 22,80 192.0.2.80"
tool_scene zmap "SYN scan" \
    "zmap -q -B 1M -c 1 -i eth0 -S 192.0.2.10 -G \$(server_mac) -b /dev/null -p 80 192.0.2.80/32"
tool_scene hping3 "SYNs to port 80" "hping3 -q -c 2 -i u10000 -S -p 80 192.0.2.80"
tool_scene scapy "IP()/TCP() as they come" \
    "/usr/bin/python3 -c 'from scapy.all import *; send([IP(dst=\"192.0.2.80\")/TCP(dport=p) for p in (22, 80)], verbose=0)'"
tool_scene scapy-ipv6 "IPv6()/TCP() as they come" \
    "/usr/bin/python3 -c 'from scapy.all import *; send(IPv6(dst=\"2001:db8::80\")/TCP(), verbose=0)'"
