#!/usr/bin/env bash
# Records the captures of recorded/guests/: stacks other than this machine's kernel, in virtual
# machines whose network is QEMU's own and whose only peer is this machine's loopback.
#
#   tests/captures/record-guests.sh        needs apt-get, qemu-system-x86, ipxe-qemu, busybox-static
#
# Of each stack two recordings, from two starts, so that what is learned from one can be tried on
# the other. Kept are packets with SYN alone. QEMU's user networking has a TCP of its own, libslirp:
# it is 192.0.2.2 and 2001:db8::2 in every capture.
set -euo pipefail
cd "$(dirname "$0")"

readonly out=recorded/guests origin=recorded/origin.tsv
readonly web_port=18080 guest_port=18081
readonly patience_seconds=60
scratch=$(mktemp -d)
children=()
finish() {
    if ((${#children[@]})); then kill "${children[@]}" 2>/dev/null || true; fi
    rm -rf "$scratch"
}
trap finish EXIT
mkdir -p "$out"

# ---- a kernel of Debian with a start program of its own ----------------------------------------

kernel_package() { # the package that holds the kernel itself
    apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-6/ { print $2; exit }'
}

modules=(virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover
    net_failover virtio_net)

make_guest() {
    local package root=$scratch/root module
    package=$(kernel_package)
    (cd "$scratch" && apt-get -qq download "$package" && dpkg-deb -x "$package"_*.deb kernel)
    kernel_version=$(dpkg-deb -f "$scratch/$package"_*.deb Version)
    mkdir -p "$root"/{bin,mod,proc,sys,dev}
    cp /bin/busybox "$root/bin/"
    for module in "${modules[@]}"; do
        find "$scratch/kernel" -name "$module.ko" -exec cp {} "$root/mod/" \;
    done
    cat >"$root/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
# Which of them needs which, differs from kernel to kernel.
for turn in 1 2 3 4; do
    for module in ${modules[*]}; do insmod /mod/\$module.ko 2>/dev/null; done
done
sleep 1
ip link set lo up
ip link set eth0 up
ip addr add 192.0.2.15/24 dev eth0
ip -6 addr add 2001:db8::15/64 dev eth0
httpd -p 80 -h /
sleep 4
for mtu in 1500 1400; do
    ip link set eth0 mtu \$mtu
    for server in 192.0.2.2 2001:db8::2 192.0.2.2 2001:db8::2; do
        echo x | nc -w 2 \$server $web_port
    done
    sleep 2
done
poweroff -f
INIT
    chmod +x "$root/init"
    (cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null | gzip >../initrd.gz)
}

# ---- one recording -----------------------------------------------------------------------------

readonly network="user,id=n,ipv4=on,net=192.0.2.0/24,host=192.0.2.2,dhcpstart=192.0.2.15,ipv6=on,\
ipv6-prefix=2001:db8::,ipv6-host=2001:db8::2"

record() { # name, what it shows, stack, then options of the network and QEMU's
    local name=$1 shows=$2 stack=$3 extra=$4 machine
    shift 4
    timeout "$patience_seconds" qemu-system-x86_64 -accel tcg -m 256 -nographic -no-reboot \
        -netdev "$network$extra" -object "filter-dump,id=d,netdev=n,file=$scratch/all.pcap" "$@" \
        </dev/null >"$scratch/console" 2>&1 &
    machine=$!
    # Connections from outside, for as long as the machine runs; a machine without system ends here.
    while kill -0 "$machine" 2>/dev/null; do
        sleep 1
        if [[ $extra == *hostfwd* ]]; then
            python3 traffic.py connect 127.0.0.1 "$guest_port" --patience-seconds 1 || true
        elif tcpdump -nr "$scratch/all.pcap" 'tcp[tcpflags] & tcp-fin != 0' 2>/dev/null | grep -q .; then
            kill "$machine" 2>/dev/null || true
        fi
    done
    wait "$machine" || true
    # ip6[53]: the flags of TCP straight behind the IPv6 header.
    tcpdump -nr "$scratch/all.pcap" -w "$out/$name.pcap" \
        'tcp[tcpflags] & tcp-syn != 0 or (ip6 proto 6 and ip6[53] & 2 != 0)' 2>/dev/null
    chmod 644 "$out/$name.pcap"
    {
        grep -v "^guests/$name.pcap	" "$origin" || true
        printf 'guests/%s.pcap\t%s\trecord-guests.sh\t%s\t%s\n' "$name" "$shows" "$stack" \
            "$(date -u +%F)"
    } | LC_ALL=C sort >"$scratch/origin"
    cp "$scratch/origin" "$origin"
    echo "$out/$name.pcap: $(stat -c %s "$out/$name.pcap") octets"
}

version_of() { dpkg-query -W -f '${Version}' "$1"; }

make_guest
python3 traffic.py serve :: "$web_port" &
children+=($!)
slirp=$(version_of libslirp0)
for half in a b; do
    record "linux-$half" "Debian's kernel at its defaults in 256 MB, MTU 1500 and 1400, as client and server; libslirp $slirp at the other end" \
        "${kernel_version%%-*}" ",hostfwd=tcp:127.0.0.1:$guest_port-192.0.2.15:80" \
        -kernel "$scratch"/kernel/boot/vmlinuz-* -initrd "$scratch/initrd.gz" \
        -append 'console=ttyS0 quiet panic=-1' -device virtio-net-pci,netdev=n,romfile=
    record "ipxe-$half" "iPXE $(version_of ipxe-qemu) fetches a file by HTTP; libslirp $slirp at the other end" \
        "$(uname -r | grep -oE "^[0-9.]+")" ",bootfile=http://192.0.2.2:$web_port/boot" -device e1000,netdev=n,bootindex=0
done
