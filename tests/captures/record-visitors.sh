#!/usr/bin/env bash
# Records recorded/visitors.pcap: visitors of a web server whose layers agree and do not agree, in a
# network namespace of its own so that nothing leaves the machine. Firefox at 192.0.2.10; curl with
# the User-Agent of a browser on Windows at 192.0.2.20; tinyproxy at 192.0.2.30, through which curl
# comes with the User-Agents of a phone and of a browser on Windows; curl as it is at 192.0.2.40.
#
#   sudo tests/captures/record-visitors.sh
#
# Needs curl, firefox, tcpdump and tinyproxy (TINYPROXY names one that is not in PATH).
set -euo pipefail
if [[ -z ${RECORD_VISITORS_INSIDE:-} ]]; then
    exec env RECORD_VISITORS_INSIDE=1 unshare --net "$0" "$@"
fi
cd "$(dirname "$0")"

readonly origin=$PWD/recorded/origin.tsv
readonly server=192.0.2.80
readonly url=http://$server/
readonly windows='Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'
readonly phone='Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'
readonly proxy=${TINYPROXY:-tinyproxy}
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$scratch"' EXIT

ip link set lo up mtu 1500
# The defaults of kernels before 6.16, which most servers and phones still have.
readonly rmem='4096 131072 6291456'
sysctl -qw net.ipv4.tcp_rmem="$rmem" net.ipv4.tcp_window_scaling=1 net.ipv4.tcp_sack=1 \
    net.ipv4.tcp_timestamps=1 net.ipv4.tcp_ecn=2 net.ipv4.ip_default_ttl=64
for last in 10 20 30 40 80; do ip address add "192.0.2.$last/32" dev lo; done
ip route replace local "$server" dev lo table local src 192.0.2.10

echo '<!doctype html><title>t</title>' >"$scratch/index.html"
python3 -m http.server 80 --bind "$server" --directory "$scratch" >"$scratch/server.log" 2>&1 &
printf '%s\n' 'Port 8888' 'Listen 192.0.2.30' 'Bind 192.0.2.30' 'Timeout 5' 'MaxClients 5' \
    >"$scratch/proxy.conf"
"$proxy" -d -c "$scratch/proxy.conf" >"$scratch/proxy.log" 2>&1 &
for waited in 80:80 30:8888; do
    until (exec 3<>"/dev/tcp/192.0.2.${waited/://}") 2>/dev/null; do sleep 0.1; done
done

tcpdump -i lo --immediate-mode -U -s 4000 -w "$scratch/new.pcap" "tcp port 80 and host $server" 2>"$scratch/tcpdump.log" &
readonly dump=$!
until grep -q 'listening on' "$scratch/tcpdump.log"; do sleep 0.1; done
HOME=$scratch timeout 40 firefox --headless --no-remote --profile "$(mktemp -d -p "$scratch")" \
    --screenshot "$scratch/shot.png" "$url" >"$scratch/firefox.log" 2>&1 || true
get() { curl --silent --output /dev/null "$@" "$url"; }
for _ in 1 2; do get --interface 192.0.2.20 --user-agent "$windows"; done
for agent in "$phone" "$windows"; do get --proxy http://192.0.2.30:8888 --user-agent "$agent"; done
get --interface 192.0.2.40
sleep 0.5
kill "$dump" && wait "$dump" || true
# Payload and handshakes: what makes a capture of HTTP.
tcpdump -r "$scratch/new.pcap" -w recorded/visitors.pcap \
    'tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0 or greater 67' 2>/dev/null

sed -i '/^visitors.pcap\t/d' "$origin"
printf 'visitors.pcap\t%s\trecord-visitors.sh; tcp_rmem %s\t%s\t%s\n' \
    "a web server's visitors: $(firefox --version 2>/dev/null), curl with the User-Agent of Windows, $("$proxy" -v) with clients behind it, $(curl --version | head -1 | cut -d' ' -f1,2)" \
    "$rmem" "$(uname -r | sed s/-.*//)" "$(date -u +%F)" >>"$origin"
LC_ALL=C sort -o "$origin" "$origin"
# Headless Firefox sometimes ends before it has loaded the page.
if [[ -z $(tcpdump -r recorded/visitors.pcap -c 1 'src host 192.0.2.10' 2>/dev/null) ]]; then
    echo "Firefox said nothing: run this again" >&2
    exit 1
fi
