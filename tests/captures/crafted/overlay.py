"""Tunnels of mirrors, routers and mobile networks in IP and UDP: for tunnel/."""

import ipaddress
import struct

from .files import pcap
from .wire import *

V4, V6 = handshake(ipv4)[:2], handshake(ipv6)[:2]
BOTH = V4 + V6
NEAR, FAR = "203.0.113.1", "203.0.113.2"
NEAR_V6, FAR_V6 = "2001:db8:f::1", "2001:db8:f::2"


def over_udp(port, header, inside=lambda p: p, packets=BOTH):
    """`header`: octets, or a function from what follows them to octets."""
    def wrap(packet):
        content = inside(packet)
        octets = header(content) if callable(header) else header
        datagram = udp(octets + content, port)
        return ethernet(ipv4(datagram, source=NEAR, destination=FAR, protocol=17, ttl=255))

    return pcap([wrap(packet) for packet in packets])


def sniffers():
    # TZSP: version, type, encapsulation, tags of type, length and value; 0 pads, 1 ends.
    # https://web.archive.org/web/20050404125022/http://www.networkchemistry.com/support/appnotes/an001_tzsp.html
    def tzsp(kind=0, encapsulation=1, tags=b""):
        return struct.pack(">BBH", 1, kind, encapsulation) + tags + b"\x01"

    snap = bytes.fromhex("aaaa03000000")
    data = b"\x08\x01\0\0" + SERVER_MAC + CLIENT_MAC + SERVER_MAC + b"\x10\0" + snap

    def wireless(packet):
        return data + struct.pack(">H", ether_type(packet)) + packet

    yield "tzsp.pcap", "TZSP (UDP 37008), as MikroTik mirrors", over_udp(37008, tzsp(), ethernet)
    tags = bytes.fromhex("00 0a01c3 29020400 3c06020000000001")
    yield "tzsp-tags.pcap", "TZSP with tags and padding", over_udp(37008, tzsp(1, 1, tags), ethernet)
    yield "tzsp-wireless.pcap", "TZSP around 802.11", over_udp(37008, tzsp(0, 18), wireless)
    yield "tzsp-keep-alive.pcap", "TZSP keep-alive: no frame inside", over_udp(
        37008, struct.pack(">BBH", 1, 4, 0), lambda _: b"", V4[:1]
    )
    # RFC 5412 section 3.3: flags, fragment, length, signal; access points send 802.11 on.
    lwapp = bytes([0, 0, 0, 100, 0, 0])
    yield "lwapp.pcap", "LWAPP (UDP 12222)", over_udp(12222, lwapp, wireless)
    yield "lwapp-88bb.pcap", "LWAPP on Ethernet", pcap(
        [ethernet(lwapp + wireless(p), 0x88BB) for p in BOTH]
    )
    yield "centrino-2452.pcap", "802.11 on Ethernet (0x2452)", pcap(
        [ethernet(wireless(p), 0x2452) for p in BOTH]
    )
    # JunosE Policy Management guide, "Packet mirroring": mirror and session identifiers.
    mirror = struct.pack(">II", 0x12345678, 0x9ABCDEF0)
    yield "juniper-mirror.pcap", "Juniper's packet mirror (UDP 30030)", over_udp(30030, mirror)
    yield "juniper-mirror-ppp.pcap", "the same around PPP", over_udp(
        30030, mirror, lambda p: b"\xff\x03\0\x21" + p, V4
    )


def routers():
    # RFC 7510: a label stack at once.
    label = struct.pack(">I", 1000 << 12 | 1 << 8 | 64)
    yield "mpls-in-udp.pcap", "MPLS in UDP (6635)", over_udp(6635, label)
    # RFC 8086: a GRE header at once.
    yield "gre-in-udp.pcap", "GRE in UDP (4754)", over_udp(
        4754, lambda p: struct.pack(">HH", 0, ether_type(p))
    )
    yield "gre-in-udp-key.pcap", "GRE with a key and Ethernet in UDP", over_udp(
        4754, struct.pack(">HHI", 0x2000, 0x6558, 42), ethernet
    )
    # RFC 9300 section 5.1: flags, nonce or map version; instance and locator status bits.
    lisp = struct.pack(">II", 0x88000001, 42 << 8)
    yield "lisp.pcap", "LISP (UDP 4341), instance 42", over_udp(4341, lisp)
    yield "lisp-no-instance.pcap", "LISP without an instance", over_udp(4341, bytes(8))
    # draft-massar-v6ops-ayiya-02: lengths and kinds of identity and signature, next header, time.
    ayiya = bytes.fromhex("4452 1129") + bytes(4) + bytes(16) + bytes(20)
    yield "ayiya.pcap", "AYIYA (UDP 5072): IPv6", over_udp(5072, ayiya, packets=V6)

    # RFC 3828: UDP-Lite has the ports of UDP.
    vxlan = struct.pack(">II", 0x08000000, 42 << 8)
    lite = [ethernet(ipv4(udp(vxlan + ethernet(p), 4789), source=NEAR, destination=FAR, protocol=136))
            for p in BOTH]
    yield "vxlan-udp-lite.pcap", "VXLAN in UDP-Lite", pcap(lite)
    yield "batman-gateway.pcap", "B.A.T.M.A.N. gateway (UDP 4306)", over_udp(4306, b"\1", packets=V4)

    def in_ipv6(next_header, inside):
        def wrap(packet):
            outer = ipv6(inside(packet), source=NEAR_V6, destination=FAR_V6, next_header=next_header)
            return ethernet(outer)

        return wrap

    # RFC 8986 section 9: next header 143 is an Ethernet frame.
    end = in_ipv6(143, ethernet)
    yield "srv6-ethernet.pcap", "Ethernet in IPv6 (143)", pcap([end(p) for p in BOTH])
    # RFC 8754 section 2: the segment routing header, one segment, none left.
    segments = ipaddress.ip_address("2001:db8:f::2").packed
    routing = bytes([143, 2, 4, 0, 0, 0, 0, 0]) + segments
    behind = in_ipv6(43, lambda p: routing + ethernet(p))
    yield "srv6-segments.pcap", "the same behind a segment routing header", pcap(
        [behind(p) for p in BOTH]
    )
    v4 = [ethernet(ipv4(ethernet(p), source=NEAR, destination=FAR, protocol=143)) for p in BOTH]
    yield "ethernet-in-ipv4.pcap", "Ethernet in IPv4 (143)", pcap(v4)

    def aruba(kind):
        snap = bytes.fromhex("aaaa03000000")
        head = b"\x08\x01\0\0" + SERVER_MAC + CLIENT_MAC + SERVER_MAC + b"\x10\0" + snap

        def wrap(packet):
            inside = head + struct.pack(">H", ether_type(packet)) + packet
            tunnel = struct.pack(">HH", 0, kind) + inside
            return ethernet(ipv4(tunnel, source=NEAR, destination=FAR, protocol=47))

        return wrap

    gre = [ethernet(ipv4(struct.pack(">HH", 0, 0x6400) + ethernet(p), source=NEAR, destination=FAR,
                         protocol=47)) for p in BOTH]
    yield "gre-6400.pcap", "Ethernet in GRE by another number", pcap(gre)
    # Wireshark wiki, "GRE": Aruba's access points announce 802.11 by 0x8200 to 0x8370.
    yield "gre-aruba.pcap", "802.11 in GRE, as Aruba has it (0x8200)", pcap(
        [aruba(0x8200)(p) for p in BOTH]
    )


def mobile():
    def gtp(flags=0x30, kind=255):
        return lambda content: struct.pack(">BBHI", flags, kind, len(content), 42)

    # 3GPP TS 29.281 section 4.4.2 and TS 23.501 section 5.6.10.2: PDU sessions of type Ethernet.
    yield "gtp-u-ethernet.pcap", "GTP-U around Ethernet, as in 5G", over_udp(2152, gtp(), ethernet)

    def gtp_0(content):
        return struct.pack(">BBHHHB3xQ", 0x1E, 255, len(content), 1, 7, 0xFF, 0x1234)

    # GSM 09.60 section 6: 20 bytes with sequence number, flow label and tunnel identifier.
    yield "gtp-0.pcap", "GTP version 0 (UDP 3386)", over_udp(3386, gtp_0)
    yield "gtp-0-2152.pcap", "the same on version 1's port", over_udp(2152, gtp_0)


def captures():
    for group in (sniffers, routers, mobile):
        yield from group()
