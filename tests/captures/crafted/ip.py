"""ip/: header fields, lengths, fragments and IPv6 extension headers."""

import struct

from .files import pcap, snapped
from .wire import *


def one(packet, kind=None):
    return pcap([ethernet(packet, kind)])


def version_4():
    segment = tcp()
    router_alert = b"\x94\x04\0\0"
    for name, shows, fields in [
        ("ttl-0", "TTL 0", dict(ttl=0)),
        ("ttl-1", "TTL 1", dict(ttl=1)),
        ("ttl-29", "TTL 29: 35 hops from 64", dict(ttl=29)),
        ("ttl-28", "TTL 28: 36 hops from 64, or 4 from 32", dict(ttl=28)),
        ("ttl-65", "TTL 65: above the signature's", dict(ttl=65)),
        ("ttl-128", "TTL 128", dict(ttl=128)),
        ("ttl-255", "TTL 255", dict(ttl=255)),
        ("dscp-46", "DSCP 46", dict(tos=46 << 2)),
        ("options-4", "an IP option of 4 octets", dict(options=router_alert)),
        ("options-40", "40 octets of IP options", dict(options=router_alert * 10)),
        ("version-5", "an IP version that does not exist", dict(version=5)),
        ("header-4-words", "IP header length 4", dict(header_words=4)),
        ("header-over-end", "IP header length past the packet", dict(header_words=15,
                                                                    total_length=40)),
        ("total-length-0", "total length 0, as segmentation offload leaves it",
         dict(total_length=0)),
        ("total-length-over-end", "total length past the frame", dict(total_length=1000)),
        ("total-length-39", "total length less than two headers", dict(total_length=39)),
        ("total-length-cuts-options", "total length ends in the TCP options",
         dict(total_length=44)),
        ("wrong-checksum", "a wrong TCP checksum: never looked at", dict(whole=False)),
        ("udp", "UDP with the octets of a SYN", dict(protocol=17)),
        ("more-fragments", "the first fragment, with all of the TCP header", dict(more=True)),
    ]:
        yield f"v4-{name}.pcap", shows, one(ipv4(segment, **fields))
    long = tcp(payload=bytes(range(256)))
    first = ipv4(long[:160], more=True, whole=False, df=False)
    rest = ipv4(long[160:], fragment_offset_octets=160, whole=False, df=False)
    yield "fragment-first.pcap", "the first of two fragments", one(first)
    yield "fragment-later.pcap", "the second of two fragments", one(rest)
    yield "fragment-both.pcap", "a SYN in two fragments", pcap(on_ethernet([first, rest]))
    tiny = ipv4(segment[:8], more=True, whole=False, df=False)
    yield "fragment-tiny.pcap", "a first fragment of 8 octets", one(tiny)


def lengths():
    bare = ipv4(tcp(options=mss(1460)))
    whole = ethernet(ipv4(tcp()))
    yield (
        "ethernet-padding.pcap", "a frame padded to 60 octets, padding not zero",
        pcap([ethernet(ipv4(tcp(options=b""))) + b"\xee" * 6]),
    )
    yield "ethernet-trailer.pcap", "a frame with a checksum of 4 octets behind the packet", pcap(
        [ethernet(bare) + b"\xde\xad\xbe\xef"]
    )
    for kept, shows in [
        (0, "nothing"),
        (10, "part of the Ethernet header"),
        (14, "the Ethernet header"),
        (24, "part of the IP header"),
        (40, "part of the TCP header"),
        (54, "TCP without its options"),
        (60, "part of the TCP options"),
        (73, "all but the last octet"),
    ]:
        yield f"snapped-{kept}.pcap", f"{kept} octets kept: {shows}", pcap([snapped(whole, kept)])
    data = ethernet(ipv4(tcp(payload=bytes(200))))
    yield "snapped-payload.pcap", "all headers kept, the payload cut", pcap([snapped(data, 80)])
    yield (
        "ether-type-of-other-version.pcap", "an IPv4 packet announced as IPv6",
        one(bare, TYPE_IPV6),
    )
    yield "arp.pcap", "no IP at all", one(bytes.fromhex("0001080006040001") + bytes(20), 0x0806)


def extension(kind, next_header, octets=4):
    """Hop-by-hop options, destination options: filled with one PadN."""
    body = bytes([1, octets - 2]) + bytes(octets - 2) if kind != 43 else bytes(octets)
    assert (len(body) + 2) % 8 in (0, 6)
    body += bytes(-(len(body) + 2) % 8)
    return bytes([next_header, (len(body) + 2) // 8 - 1]) + body


def fragment(next_header, offset_octets=0, more=False):
    return struct.pack(">BBHI", next_header, 0, offset_octets | more, 0xABCD)


def authentication(next_header):
    return struct.pack(">BBHII", next_header, 4, 0, 1, 1) + bytes(12)


def version_6():
    # The checksum is made for the segment itself, whatever headers come between.
    segment = ipv6(tcp(options=linux(1440)))[40:]

    def chain(first, *headers, payload=segment, **fields):
        return one(ipv6(b"".join(headers) + payload, next_header=first, **fields))

    for name, shows, fields in [
        ("plain", "no extension header, no flow label", {}),
        ("hop-limit-1", "hop limit 1", dict(hop_limit=1)),
        ("hop-limit-255", "hop limit 255", dict(hop_limit=255)),
        ("dscp-46", "DSCP 46", dict(traffic_class=46 << 2)),
        ("ecn", "ECN bit in the traffic class", dict(traffic_class=1)),
        ("payload-length-0", "payload length 0 without a jumbo option", dict(payload_length=0)),
        ("payload-length-over-end", "payload length past the frame", dict(payload_length=900)),
        ("payload-length-19", "payload length less than a TCP header", dict(payload_length=19)),
    ]:
        yield f"v6-{name}.pcap", shows, chain(6, **fields)
    yield "v6-hop-by-hop.pcap", "hop-by-hop options", chain(0, extension(0, 6))
    yield "v6-destination.pcap", "destination options", chain(60, extension(60, 6))
    yield "v6-routing.pcap", "a routing header", chain(43, extension(43, 6, 22))
    yield "v6-authentication.pcap", "an authentication header", chain(51, authentication(6))
    yield (
        "v6-fragment-atomic.pcap", "a fragment header around a whole packet",
        chain(44, fragment(6)),
    )
    yield "v6-fragment-first.pcap", "the first of two fragments", chain(44, fragment(6, more=True))
    yield (
        "v6-fragment-later.pcap", "a later fragment that looks like a SYN",
        chain(44, fragment(6, offset_octets=1024)),
    )
    yield (
        "v6-all-extensions.pcap", "hop-by-hop, destination, routing, fragment, authentication",
        chain(0, extension(0, 60), extension(60, 43), extension(43, 44, 22), fragment(51),
              authentication(6)),
    )
    yield (
        "v6-40-extensions.pcap", "forty destination options headers",
        chain(60, *[extension(60, 60)] * 39, extension(60, 6)),
    )
    yield (
        "v6-hop-by-hop-not-first.pcap", "hop-by-hop options in the wrong place",
        chain(60, extension(60, 0), extension(0, 6)),
    )
    yield (
        "v6-extension-over-end.pcap", "an extension header longer than the packet",
        chain(60, b"\x06\xff" + bytes(6)),
    )
    yield "v6-extension-cut.pcap", "3 octets of an extension header", chain(
        60, b"\x06\0\0", payload=b""
    )
    yield "v6-no-next-header.pcap", "no next header, octets of a SYN behind it", chain(59)
    jumbo = b"\x06\0" + b"\xc2\x04" + struct.pack(">I", len(segment) + 8)
    yield "v6-jumbo.pcap", "payload length 0 and a jumbo option", chain(0, jumbo, payload_length=0)


def captures():
    for group in (version_4, lengths, version_6):
        yield from group()
