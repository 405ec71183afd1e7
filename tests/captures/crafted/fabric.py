"""Tags and tunnels of switches, announced by an EtherType: for tunnel/."""

import struct

from .files import pcap
from .wire import *

V4, V6 = handshake(ipv4)[:2], handshake(ipv6)[:2]
BOTH = V4 + V6


def tagged(kind, header, packets=BOTH):
    """`header`: what stands between the EtherType `kind` and that of the packet."""
    return pcap([ethernet(header + struct.pack(">H", ether_type(p)) + p, kind) for p in packets])


def framed(kind, header, packets=BOTH):
    """`header`: what stands between the EtherType `kind` and the frame inside."""
    return pcap([ethernet(header + ethernet(p), kind) for p in packets])


def timestamps():
    # Cisco, "Configuring TTAG" of the Nexus 3550-T and 9000: 48 bits of time.
    yield "ttag-8988.pcap", "Cisco's time stamp tag (0x8988)", tagged(0x8988, bytes(6))
    # Arista, "Timestamping on the 7500R, 7280R and 7500E": subtype 1; version 0x10 has 64 bits,
    # 0x20 has 48; with 0x100 added they are UTC.
    for version, octets in ((0x0010, 8), (0x0110, 8), (0x0020, 6), (0x0120, 6)):
        yield (
            f"arista-time-{version:04x}.pcap", f"Arista's time stamp (0xd28b), version {version:#x}",
            tagged(0xD28B, struct.pack(">HH", 1, version) + bytes(octets)),
        )


def extenders():
    # 802.1BR-2012 clause 7.5: priority and ingress, E-CID, and their extensions.
    yield "e-tag.pcap", "802.1BR E-TAG (0x893f)", tagged(0x893F, struct.pack(">HHH", 0, 0x1064, 0))
    # 802.1CB-2017 clause 7.8: 16 bits reserved, and a sequence number.
    yield "r-tag.pcap", "802.1CB R-TAG (0xf1c1)", tagged(0xF1C1, struct.pack(">HH", 0, 7))


def trill():
    # RFC 6325 section 3: version, multi-destination, options in words, hop count; two nicknames.
    header = struct.pack(">HHH", 0x003F, 1, 2)
    yield "trill.pcap", "TRILL (0x22f3)", framed(0x22F3, header)
    with_options = struct.pack(">HHH", 0x003F | 1 << 6, 1, 2) + bytes(4)
    yield "trill-options.pcap", "TRILL with an option word", framed(0x22F3, with_options, V4)


def batman():
    # Linux, include/uapi/linux/batadv_packet.h: type, version 15, TTL; then as the type says.
    to = SERVER_MAC
    unicast = struct.pack(">BBBB", 0x40, 15, 50, 1) + to
    yield "batman-unicast.pcap", "B.A.T.M.A.N. advanced (0x4305)", framed(0x4305, unicast)
    four = struct.pack(">BBBB", 0x42, 15, 50, 1) + to + CLIENT_MAC + bytes([1, 0])
    yield "batman-four-addresses.pcap", "the same with four addresses", framed(0x4305, four)
    broadcast = struct.pack(">BBBBI", 0x01, 15, 50, 0, 7) + CLIENT_MAC
    yield "batman-broadcast.pcap", "the same, broadcast", framed(0x4305, broadcast)
    old = struct.pack(">BBBB", 0x03, 14, 50, 1) + to
    yield "batman-14.pcap", "the same, version 14", framed(0x4305, old, V4)
    fragment = struct.pack(">BBBB", 0x41, 15, 50, 0x10) + to + CLIENT_MAC + struct.pack(">HH", 1, 90)
    yield "batman-fragment.pcap", "the same, a fragment", framed(0x4305, fragment, V4[:1])
    message = struct.pack(">BBBB", 0x00, 15, 50, 0) + bytes(20)
    yield "batman-originator.pcap", "the same, no frame inside", pcap([ethernet(message, 0x4305)])


def captures():
    for group in (timestamps, extenders, trill, batman):
        yield from group()
