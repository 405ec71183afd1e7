"""link/: a handshake in every link layer that has a frame around IP."""

import struct

from . import cards, radio
from .files import RAW, pcap
from .wire import *

SNAP = bytes.fromhex("aaaa03000000")
BOTH = handshake(ipv4)[:2] + handshake(ipv6)[:2]


def ppp_protocol(packet):
    return 0x0021 if packet[0] >> 4 == 4 else 0x0057


def family(packet, of_ipv6):
    return 2 if packet[0] >> 4 == 4 else of_ipv6


def framed(link_type, header, packets=BOTH, trailer=b"", order="<"):
    """`header`: octets, or a function from the packet to octets."""
    frames = [(header(p) if callable(header) else header) + p + trailer for p in packets]
    return pcap(frames, link_type, order)


def typed(layout, *before):
    """A header that ends in the ether type."""
    return lambda packet: struct.pack(layout, *before, ether_type(packet))


def plain():
    yield "ethernet.pcap", "Ethernet (1)", pcap(on_ethernet(BOTH))
    llc = [SERVER_MAC + CLIENT_MAC + struct.pack(">H", len(p) + 8) + SNAP
           + struct.pack(">H", ether_type(p)) + p for p in BOTH]
    yield "ethernet-802.3-snap.pcap", "Ethernet with a length, LLC and SNAP", pcap(llc)
    for number in (12, 14, RAW):
        yield f"raw-{number}.pcap", f"IP without a frame ({number})", framed(number, b"")
    yield "ipv4.pcap", "IPv4 without a frame (228)", framed(228, b"", BOTH[:2])
    yield "ipv6.pcap", "IPv6 without a frame (229)", framed(229, b"", BOTH[2:])
    yield (
        "null-little-endian.pcap", "BSD loopback (0), family 24 for IPv6",
        framed(0, lambda p: struct.pack("<I", family(p, 24))),
    )
    yield (
        "null-big-endian.pcap", "BSD loopback written by a big-endian machine",
        framed(0, lambda p: struct.pack(">I", family(p, 24)), order=">"),
    )
    yield (
        "null-other-order.pcap", "BSD loopback whose file was rewritten in the other byte order",
        framed(0, lambda p: struct.pack(">I", family(p, 24))),
    )
    for number, system in ((10, "Linux"), (28, "FreeBSD"), (30, "macOS")):
        yield (
            f"null-family-{number}.pcap", f"BSD loopback, IPv6 as family {number} ({system})",
            framed(0, struct.pack("<I", number), BOTH[2:]),
        )
    yield (
        "loop.pcap", "OpenBSD loopback (108), big-endian whatever the file",
        framed(108, lambda p: struct.pack(">I", family(p, 24))),
    )


def cooked():
    yield (
        "sll.pcap", "Linux cooked (113)",
        framed(113, typed(">HHH8sH", 0, 1, 6, CLIENT_MAC + bytes(2))),
    )
    yield (
        "sll2.pcap", "Linux cooked, version 2 (276)",
        framed(276, lambda p: struct.pack(">HHIHBB8s", ether_type(p), 0, 3, 1, 0, 6,
                                          CLIENT_MAC + bytes(2))),
    )
    tag = struct.pack(">HHH8sHH", 0, 1, 6, CLIENT_MAC + bytes(2), TYPE_VLAN, 7)
    yield (
        "sll-vlan.pcap", "Linux cooked with a VLAN tag",
        framed(113, lambda p: tag + typed(">H")(p)),
    )
    # 824 is an ARPHRD_NETLINK: the protocol field then is no ether type.
    yield (
        "sll-netlink.pcap", "Linux cooked, but of a netlink socket",
        framed(113, struct.pack(">HHH8sH", 0, 824, 0, bytes(8), TYPE_IPV4), BOTH[:1]),
    )


def point_to_point():
    def protocol(packet):
        return struct.pack(">H", ppp_protocol(packet))

    yield "ppp.pcap", "PPP (9) with address and control", framed(
        9, lambda p: b"\xff\x03" + protocol(p)
    )
    yield "ppp-no-address.pcap", "PPP without address and control", framed(9, protocol)
    yield "ppp-one-octet-protocol.pcap", "PPP with a compressed protocol field", framed(
        9, lambda p: b"\xff\x03" + protocol(p)[1:]
    )
    yield "ppp-hdlc.pcap", "PPP in HDLC framing (50)", framed(
        50, lambda p: b"\xff\x03" + protocol(p)
    )
    yield "ppp-hdlc-cisco.pcap", "Cisco HDLC in a capture of link type 50", framed(
        50, typed(">HH", 0x0F00)
    )
    yield "c-hdlc.pcap", "Cisco HDLC (104)", framed(104, typed(">HH", 0x0F00))
    yield "pppoe.pcap", "PPPoE without Ethernet (51)", framed(
        51, lambda p: struct.pack(">BBHHH", 0x11, 0, 9, len(p) + 2, ppp_protocol(p))
    )


def wireless():
    def data(control, *, after=b"", fourth=b""):
        header = control + b"\0\0" + SERVER_MAC + CLIENT_MAC + SERVER_MAC + b"\x10\0"
        return lambda p: header + fourth + after + SNAP + struct.pack(">H", ether_type(p))

    def under_radiotap(radiotap, inner):
        return lambda p: radiotap + inner(p)

    to_network = data(b"\x08\x01")
    quality = data(b"\x88\x01", after=b"\0\0")
    yield "ieee802-11.pcap", "802.11 data (105)", framed(105, to_network)
    yield "ieee802-11-qos.pcap", "802.11 QoS data", framed(105, quality)
    yield "ieee802-11-four-addresses.pcap", "802.11 between access points", framed(
        105, data(b"\x08\x03", fourth=SERVER_MAC)
    )
    yield "ieee802-11-ht-control.pcap", "802.11 QoS data with HT control", framed(
        105, data(b"\x88\x81", after=b"\0\0" + bytes(4))
    )
    yield "ieee802-11-protected.pcap", "802.11 marked as encrypted", framed(105, data(b"\x08\x41"))
    yield "ieee802-11-null.pcap", "802.11 without data", framed(105, data(b"\x48\x01"))
    yield "ieee802-11-beacon.pcap", "802.11 management", framed(105, data(b"\x80\x00"))
    short = struct.pack("<BBHI", 0, 0, 8, 0)
    yield "radiotap.pcap", "radiotap (127) around 802.11 data", framed(
        127, under_radiotap(short, to_network)
    )
    yield (
        "radiotap-qos.pcap", "radiotap around QoS data",
        framed(127, under_radiotap(short, quality)),
    )
    with_fcs = struct.pack("<BBHIB", 0, 0, 9, 2, 0x10)
    yield "radiotap-fcs.pcap", "radiotap, a checksum behind the frame", framed(
        127, under_radiotap(with_fcs, to_network), trailer=b"\xde\xad\xbe\xef"
    )
    # Bit 31 of the first word says that another word of bits follows.
    extended = struct.pack("<BBHIIB3x", 0, 0, 16, 0x80000002, 0, 0x20)
    yield "radiotap-padded.pcap", "radiotap with two words of bits; padded 802.11 header", framed(
        127, under_radiotap(extended, data(b"\x88\x01", after=bytes(4)))
    )


def firewall():
    def pflog(length, packet_length):
        def header(packet):
            octets = struct.pack(">BBBB16s16sIIIiIiB3x", length, family(packet, 24), 0, 0,
                                 b"em0", b"", 7, 0xFFFFFFFF, 0, -1, 0, -1, 1)
            return octets + bytes(packet_length - len(octets))

        return header

    yield "pflog.pcap", "PF log (117), header of 61 octets padded to 64", framed(117, pflog(61, 64))
    yield "pflog-openbsd.pcap", "PF log of OpenBSD, header of 100 octets", framed(
        117, pflog(100, 100)
    )


def captures():
    for group in (plain, cooked, point_to_point, wireless, firewall):
        yield from group()
    yield from radio.captures()
    yield from cards.captures()
