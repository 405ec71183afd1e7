"""Headers of capture cards and routers, and links of their own kind: for link/."""

import struct
import zlib

from .files import pcap
from .wire import *

V4, V6 = handshake(ipv4)[:2], handshake(ipv6)[:2]
BOTH = V4 + V6
SNAP = bytes.fromhex("aaaa03000000")


def framed(link_type, header, inside=lambda p: p, packets=BOTH):
    """`header`: octets, or a function from what follows them to octets."""
    frames = []
    for packet in packets:
        content = inside(packet)
        frames.append((header(content) if callable(header) else header) + content)
    return pcap(frames, link_type)


def ppp(packet):
    return b"\xff\x03" + (b"\0\x21" if packet[0] >> 4 == 4 else b"\0\x57") + packet


def hdlc(packet):
    return struct.pack(">HH", 0x0F00, ether_type(packet)) + packet


def frame_relay(packet):
    return b"\x18\x41\x03" + (b"\xcc" if packet[0] >> 4 == 4 else b"\x8e") + packet


def erf():
    # Endace Extensible Record Format, Types and Extension Headers (EDM11-01): 8 bytes of time,
    # type, flags, lengths of record and wire, and 2 bytes that colour, hash or lose count.
    def record(kind, extensions=b"", before=b""):
        def header(content):
            more = 0x80 if extensions else 0
            length = 16 + len(extensions) + len(before) + len(content)
            start = struct.pack("<Q", START << 32) + struct.pack(
                ">BBHHH", kind | more, 4, length, 0, len(content)
            )
            return start + extensions + before

        return header

    # Any time will do.
    START = 1_704_067_200
    kinds = (
        (1, "HDLC", ppp, b""), (2, "Ethernet", ethernet, bytes(2)),
        (5, "HDLC of a channel", ppp, bytes(4)),
        (10, "coloured HDLC", ppp, b""), (11, "coloured Ethernet", ethernet, bytes(2)),
        (15, "coloured HDLC (DSM)", hdlc, b""), (16, "coloured Ethernet (DSM)", ethernet, bytes(2)),
        (17, "coloured HDLC of a channel", ppp, bytes(4)),
        (19, "coloured and hashed HDLC", ppp, b""),
        (20, "coloured and hashed Ethernet", ethernet, bytes(2)),
    )
    for kind, name, inside, before in kinds:
        yield f"erf-{kind}.pcap", f"ERF (197), {name}", framed(
            197, record(kind, before=before), inside
        )
    # A reassembled frame keeps the header of its first cell.
    snap = lambda p: SNAP + struct.pack(">H", ether_type(p)) + p
    yield "erf-4.pcap", "ERF, AAL5", framed(197, record(4, before=bytes(4)), snap)
    yield "erf-9.pcap", "ERF, AAL5 of a channel", framed(197, record(9, before=bytes(8)), snap)
    yield "erf-22.pcap", "ERF, IPv4", framed(197, record(22), packets=V4)
    yield "erf-23.pcap", "ERF, IPv6", framed(197, record(23), packets=V6)
    extensions = bytes([0x80 | 16]) + bytes(7) + bytes([12]) + bytes(7)
    yield "erf-extensions.pcap", "ERF with two extension headers", framed(
        197, record(16, extensions, bytes(2)), ethernet
    )


def juniper():
    # Juniper's header: "MGC", flags (1 in, 2 no link header, 0x80 extensions), extensions of a
    # length, type, length and value (tcpdump's print-juniper.c and Wireshark read it so).
    def header(flags=1, extensions=b""):
        if extensions:
            return b"MGC" + bytes([flags | 0x80]) + struct.pack(">H", len(extensions)) + extensions
        return b"MGC" + bytes([flags])

    extensions = bytes.fromhex("030201000403abcdef")
    yield "juniper-ethernet.pcap", "Juniper Ethernet (178)", framed(178, header(), ethernet)
    yield "juniper-extensions.pcap", "the same with extensions", framed(
        178, header(0, extensions), ethernet
    )
    bare = lambda p: struct.pack("<I", 2 if p[0] >> 4 == 4 else 6)
    yield "juniper-no-link.pcap", "the same without a link header", framed(
        178, lambda p: header(3) + bare(p)
    )
    yield "juniper-ppp.pcap", "Juniper PPP (179)", framed(179, header(), ppp)
    yield "juniper-frame-relay.pcap", "Juniper Frame Relay (180)", framed(
        180, header(), frame_relay
    )
    yield "juniper-hdlc.pcap", "Juniper Cisco HDLC (181)", framed(181, header(), hdlc)
    yield "juniper-pppoe.pcap", "Juniper PPPoE (167)", framed(167, header(), lambda p: ethernet(
        struct.pack(">BBHH", 0x11, 0, 9, len(p) + 2) + ppp(p)[2:], 0x8864
    ))
    snap = lambda p: SNAP + struct.pack(">H", ether_type(p)) + p
    yield "juniper-atm1.pcap", "Juniper ATM1 (137), LLC and SNAP", framed(
        137, header() + bytes(4), snap
    )
    yield "juniper-atm1-ip.pcap", "Juniper ATM1, IP alone", framed(137, header() + bytes(4))
    yield "juniper-atm2.pcap", "Juniper ATM2 (135), LLC and SNAP", framed(
        135, header() + bytes(8), snap
    )
    yield "juniper-atm2-ppp.pcap", "Juniper ATM2, PPP", framed(
        135, header() + bytes(8), lambda p: ppp(p)[2:]
    )
    yield "juniper-atm2-ethernet.pcap", "Juniper ATM2, Ethernet", framed(
        135, header(0) + bytes.fromhex("0000000100000000"), ethernet
    )
    yield "juniper-mlppp.pcap", "Juniper multilink PPP (130), a child link", framed(
        130, header(), lambda p: ppp(p)[2:]
    )
    yield "juniper-mlppp-services.pcap", "the same, with a cookie that says IP", framed(
        130, lambda p: header(0) + bytes.fromhex("4700000003")
        + bytes([0 if p[0] >> 4 == 4 else 0x10, 0, 0])
    )
    yield "juniper-mlfr-services.pcap", "Juniper multilink Frame Relay (131), the same", framed(
        131, lambda p: header(0) + bytes.fromhex("4700000000")
        + bytes([0 if p[0] >> 4 == 4 else 0x10, 0, 0])
    )
    yield "juniper-ggsn.pcap", "Juniper GGSN (133)", framed(
        133, lambda p: header() + struct.pack("<HH", 2 if p[0] >> 4 == 4 else 6, 7)
    )
    yield "juniper-voice.pcap", "Juniper voice (183)", framed(183, header() + bytes(18), packets=V4)
    yield "juniper-services-in.pcap", "Juniper services (136), coming in", framed(
        136, header(1) + bytes(16), packets=V4
    )
    yield "juniper-services-out.pcap", "Juniper services, going out", framed(
        136, header(0) + bytes(12), packets=V4
    )
    # An outer Ethernet and IP header with ESP, then 16 bytes, then the packet.
    esp = ethernet(ipv4(bytes(24), source="203.0.113.1", destination="203.0.113.2", protocol=50))
    yield "juniper-secure-tunnel.pcap", "Juniper secure tunnel (200)", framed(
        200, header() + esp
    )


def others():
    # https://www.tcpdump.org/linktypes.html, and the sources that it names, for each of these.
    pktap = struct.pack("<III", 108, 1, 1) + bytes(96)
    yield "pktap-149.pcap", "Apple's packet tap by its old number (149)", framed(
        149, pktap, ethernet
    )
    yield "pktap.pcap", "Apple's packet tap (258)", framed(258, pktap, ethernet)
    tzsp = bytes.fromhex("01000001 01")
    yield "tzsp-128.pcap", "TZSP (128)", framed(128, tzsp, ethernet)
    # 802.3-2018 clause 99.3: a preamble whose last byte is the delimiter; a check sequence ends it.
    def checked(packet):
        frame = ethernet(packet)
        return frame + struct.pack("<I", zlib.crc32(frame))

    for last, name in ((0xD5, "whole"), (0xE6, "the first piece")):
        yield f"mpacket-{last:x}.pcap", f"Ethernet with its preamble (274), {name}", framed(
            274, bytes([0x55] * 7 + [last]), checked
        )
    snap = lambda p: SNAP + struct.pack(">H", ether_type(p)) + p
    yield "atm-11.pcap", "LLC by BSD/OS's number (11)", framed(11, b"", snap)
    yield "atm-clip.pcap", "Classical IP over ATM (19)", framed(19, b"")
    yield "atm-clip-106.pcap", "Classical IP over ATM, Linux (106)", framed(106, b"")
    yield "c-hdlc-112.pcap", "Cisco HDLC by an old number (112)", framed(112, b"", hdlc)
    yield "arcnet-bsd.pcap", "ARCNET of BSD (7)", framed(
        7, lambda p: bytes([1, 2, 212 if p[0] >> 4 == 4 else 196, 0, 0, 0])
    )
    symantec_2 = lambda p: bytes(6) + struct.pack(">H", ether_type(p)) + bytes(36)
    yield "symantec-2.pcap", "Symantec firewall (99)", framed(99, symantec_2)
    ipoib = lambda p: bytes(40) + struct.pack(">HH", ether_type(p), 0)
    yield "ipoib.pcap", "IP over InfiniBand (242)", framed(242, ipoib)
    # AX.25 2.2 section 3: addresses of 7 bytes, the last bit of the last ends them; UI, PID 0xcc.
    address = lambda name, last: bytes(ord(c) << 1 for c in name) + bytes([0x60 | last])
    ax25 = address("N0CALL", 0) + address("N1CALL", 1) + b"\x03\xcc"
    yield "ax25.pcap", "AX.25 (3)", framed(3, ax25, packets=V4)
    yield "ax25-kiss.pcap", "AX.25 with KISS (202)", framed(202, b"\0" + ax25, packets=V4)
    yield "mpls-219.pcap", "MPLS without a frame (219)", framed(219, struct.pack(">I", 1000 << 12 | 0x140))
    # RFC 1990 section 3: begin and end, 24 bits of sequence; then the protocol field.
    multilink = lambda p: b"\xff\x03\0\x3d" + struct.pack(">I", 0xC0000001) + ppp(p)[2:]
    yield "ppp-multilink.pcap", "PPP multilink, a whole packet", framed(9, b"", multilink)
    first = lambda p: b"\xff\x03\0\x3d" + struct.pack(">I", 0x80000001) + ppp(p)[2:]
    yield "ppp-multilink-first.pcap", "PPP multilink, the first fragment", framed(9, b"", first, V4[:1])
    # RFC 3518 section 4.2: flags, type of MAC (1: Ethernet).
    bridged = lambda p: b"\xff\x03\0\x31\0\x01" + ethernet(p)
    yield "ppp-bridged.pcap", "PPP around Ethernet", framed(9, b"", bridged)


def captures():
    for group in (erf, juniper, others):
        yield from group()
