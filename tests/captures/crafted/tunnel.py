"""tunnel/: a handshake inside tags, labels and tunnels."""

import struct

from . import fabric, overlay
from .files import pcap
from .wire import *

V4, V6 = handshake(ipv4)[:2], handshake(ipv6)[:2]
BOTH = V4 + V6
NEAR, FAR = "203.0.113.1", "203.0.113.2"
NEAR_V6, FAR_V6 = "2001:db8:f::1", "2001:db8:f::2"


def outer(payload, protocol, **fields):
    return ipv4(payload, source=NEAR, destination=FAR, protocol=protocol, ttl=255, **fields)


def outer_v6(payload, next_header):
    return ipv6(payload, source=NEAR_V6, destination=FAR_V6, next_header=next_header)


def ip_number(packet):
    return 4 if packet[0] >> 4 == 4 else 41


def each(wrap, packets=BOTH):
    """`wrap`: from an IP packet to the packet on Ethernet."""
    return pcap([ethernet(wrap(packet)) for packet in packets])


def tags():
    def tagged(*stack, packets=BOTH):
        return pcap([ethernet(packet, tags=stack) for packet in packets])

    yield "vlan.pcap", "802.1Q, VLAN 7", tagged((TYPE_VLAN, 7))
    yield "vlan-0.pcap", "a priority tag: VLAN 0, priority 5", tagged((TYPE_VLAN, 5 << 13))
    yield "vlan-4095.pcap", "every bit of the tag set", tagged((TYPE_VLAN, 0xFFFF))
    yield "vlan-twice.pcap", "two tags of 802.1Q", tagged((TYPE_VLAN, 7), (TYPE_VLAN, 8))
    yield "qinq.pcap", "802.1ad: 100 outside, 7 inside", tagged((TYPE_QINQ, 100), (TYPE_VLAN, 7))
    yield "qinq-9100.pcap", "the older ether type 0x9100", tagged((0x9100, 100), (TYPE_VLAN, 7))
    yield "vlan-three.pcap", "three tags", tagged(
        (TYPE_QINQ, 1), (TYPE_VLAN, 2), (TYPE_VLAN, 3), packets=V4
    )
    yield "vlan-twenty.pcap", "twenty tags", tagged(*[(TYPE_VLAN, 7)] * 20, packets=V4)
    yield "vlan-cut.pcap", "the frame ends in the tag", pcap(
        [ethernet(V4[0], tags=[(TYPE_VLAN, 7)])[:16]]
    )


def labels():
    def stack(*numbers):
        entries = [n << 12 | (i == len(numbers) - 1) << 8 | 64 for i, n in enumerate(numbers)]
        return struct.pack(f">{len(entries)}I", *entries)

    def labelled(*numbers, packets=BOTH, kind=0x8847):
        return pcap([ethernet(stack(*numbers) + packet, kind) for packet in packets])

    yield "mpls.pcap", "one MPLS label", labelled(1000)
    yield "mpls-two-labels.pcap", "two MPLS labels", labelled(1000, 1001)
    yield "mpls-explicit-null.pcap", "MPLS label 0", labelled(0, packets=V4)
    yield (
        "mpls-multicast.pcap", "MPLS with ether type 0x8848",
        labelled(1000, packets=V4, kind=0x8848),
    )
    yield "mpls-no-bottom.pcap", "a stack whose bottom never comes", pcap(
        [ethernet(struct.pack(">I", 1000 << 12 | 64) * 12, 0x8847)]
    )
    wire = [ethernet(stack(1000) + bytes(4) + ethernet(p), 0x8847) for p in V4]
    yield "mpls-ethernet.pcap", "Ethernet in MPLS with a control word", pcap(wire)


def session(packet):
    protocol = 0x0021 if packet[0] >> 4 == 4 else 0x0057
    return struct.pack(">BBHHH", 0x11, 0, 9, len(packet) + 2, protocol) + packet


def pppoe():
    yield "pppoe.pcap", "PPPoE session", pcap([ethernet(session(p), 0x8864) for p in BOTH])
    yield "pppoe-vlan.pcap", "PPPoE in VLAN 7", pcap(
        [ethernet(session(p), 0x8864, tags=[(TYPE_VLAN, 7)]) for p in BOTH]
    )
    yield "pppoe-discovery.pcap", "PPPoE discovery: no packet inside", pcap(
        [ethernet(bytes.fromhex("110900000004") + b"\x01\x01\0\0", 0x8863)]
    )


def ip_in_ip():
    yield "ipip.pcap", "IPv4 in IPv4", each(lambda p: outer(p, 4), V4)
    yield "6in4.pcap", "IPv6 in IPv4", each(lambda p: outer(p, 41), V6)
    yield "4in6.pcap", "IPv4 in IPv6", each(lambda p: outer_v6(p, 4), V4)
    yield "6in6.pcap", "IPv6 in IPv6", each(lambda p: outer_v6(p, 41), V6)
    yield "ipip-outer-fragment.pcap", "the outer packet is a first fragment", each(
        lambda p: outer(p, 4, more=True, df=False), V4
    )
    inner = ipv4(tcp(), more=True, df=False)
    yield "ipip-inner-fragment.pcap", "the inner packet is a first fragment", each(
        lambda p: outer(p, 4), [inner]
    )

    def deep(packet, levels):
        for _ in range(levels):
            packet = outer(packet, 4)
        return packet

    yield "ipip-four.pcap", "four outer headers", each(lambda p: deep(p, 4), V4[:1])
    yield "ipip-fifty.pcap", "fifty outer headers", each(lambda p: deep(p, 50), V4[:1])


def gre():
    def header(flags, kind, fields=b""):
        return struct.pack(">HH", flags, kind) + fields

    def with_header(flags, fields=b""):
        return lambda p: outer(header(flags, ether_type(p), fields) + p, 47)

    yield "gre.pcap", "GRE", each(with_header(0))
    yield "gre-key.pcap", "GRE with a key", each(with_header(0x2000, struct.pack(">I", 42)))
    def with_all_fields(packet):
        def octets(total):
            fields = struct.pack(">HHII", total, 0, 42, 1)
            return header(0xB000, ether_type(packet), fields) + packet

        return outer(octets(checksum(octets(0))), 47)

    yield "gre-all-fields.pcap", "GRE with checksum, key and sequence", each(with_all_fields)
    yield "gre-routing.pcap", "GRE with the routing bit, long deprecated", each(
        with_header(0x4000, bytes(4)), V4
    )
    yield "gre-over-ipv6.pcap", "GRE in IPv6", each(
        lambda p: outer_v6(header(0, ether_type(p)) + p, 47)
    )
    yield "gre-ethernet.pcap", "Ethernet in GRE", each(
        lambda p: outer(header(0, 0x6558) + ethernet(p), 47)
    )

    def pptp(packet):
        inside = b"\xff\x03\0\x21" + packet
        return outer(header(0x3001, 0x880B, struct.pack(">HHI", len(inside), 7, 1)) + inside, 47)

    yield "gre-pptp.pcap", "PPP in GRE version 1", each(pptp, V4)
    yield "gre-version-2.pcap", "a GRE version that does not exist", each(with_header(2), V4)


def over_udp():
    vxlan = struct.pack(">II", 0x08000000, 42 << 8)

    def in_vxlan(packet):
        return outer(udp(vxlan + ethernet(packet), 4789), 17)

    def geneve(kind, options=b""):
        return struct.pack(">BBHI", len(options) // 4, 0, kind, 42 << 8) + options

    def gtp(packet, flags=0x30, fields=b""):
        length = len(fields) + len(packet)
        return outer(udp(struct.pack(">BBHI", flags, 255, length, 42) + fields + packet, 2152), 17)

    yield "vxlan.pcap", "VXLAN, network 42", each(in_vxlan)
    yield "vxlan-over-ipv6.pcap", "VXLAN in IPv6", each(
        lambda p: outer_v6(udp(vxlan + ethernet(p), 4789), 17)
    )
    yield "vxlan-vlan-inside.pcap", "VXLAN around a tagged frame", each(
        lambda p: outer(udp(vxlan + ethernet(p, tags=[(TYPE_VLAN, 7)]), 4789), 17)
    )
    yield "vxlan-linux-port.pcap", "VXLAN on port 8472, Linux's old default", each(
        lambda p: outer(udp(vxlan + ethernet(p), 8472), 17)
    )
    yield "vxlan-no-flag.pcap", "port 4789 without the VXLAN flag", each(
        lambda p: outer(udp(bytes(8) + ethernet(p), 4789), 17), V4
    )
    yield "udp-other-port.pcap", "the same octets on a port of no tunnel", each(
        lambda p: outer(udp(vxlan + ethernet(p), 5353), 17), V4
    )
    yield "geneve.pcap", "GENEVE around Ethernet", each(
        lambda p: outer(udp(geneve(0x6558) + ethernet(p), 6081), 17)
    )
    option = bytes.fromhex("0102800100000001")
    yield "geneve-options.pcap", "GENEVE with 8 octets of options", each(
        lambda p: outer(udp(geneve(0x6558, option) + ethernet(p), 6081), 17)
    )
    yield "geneve-ip.pcap", "GENEVE around IP", each(
        lambda p: outer(udp(geneve(ether_type(p)) + p, 6081), 17)
    )
    yield "gtp-u.pcap", "GTP-U", each(gtp)
    yield "gtp-u-sequence.pcap", "GTP-U with a sequence number", each(
        lambda p: gtp(p, 0x32, struct.pack(">HBB", 1, 0, 0))
    )
    yield "gtp-u-extension.pcap", "GTP-U with a PDU session container, as in 5G", each(
        lambda p: gtp(p, 0x34, struct.pack(">HBB", 0, 0, 0x85) + bytes.fromhex("01000900"))
    )
    yield "gtp-u-echo.pcap", "GTP-U echo request: no packet inside", pcap(
        [ethernet(outer(udp(struct.pack(">BBHIHBB", 0x32, 1, 4, 0, 1, 0, 0), 2152), 17))]
    )
    nested = [ethernet(outer(struct.pack(">HH", 0, TYPE_IPV4) + in_vxlan(p), 47),
                       tags=[(TYPE_VLAN, 7)]) for p in BOTH]
    yield "vlan-gre-vxlan.pcap", "VXLAN in GRE in VLAN 7", pcap(nested)


def captures():
    for group in (tags, labels, pppoe, ip_in_ip, gre, over_udp):
        yield from group()
    yield from fabric.captures()
    yield from overlay.captures()
