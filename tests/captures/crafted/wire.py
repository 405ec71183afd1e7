"""Builds packets from the inside out. Every field can be set wrongly on purpose."""

import ipaddress
import struct

CLIENT_V4, SERVER_V4 = "192.0.2.10", "198.51.100.80"
CLIENT_V6, SERVER_V6 = "2001:db8::10", "2001:db8:80::80"
CLIENT_PORT, SERVER_PORT = 40000, 80
CLIENT_SEQ, SERVER_SEQ = 1_000_000, 5_000_000

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))

TYPE_IPV4, TYPE_IPV6, TYPE_VLAN, TYPE_QINQ = 0x0800, 0x86DD, 0x8100, 0x88A8
CLIENT_MAC, SERVER_MAC = bytes.fromhex("020000000010"), bytes.fromhex("020000000080")

# TCP options as bytes.
NOP, EOL, SACK_PERMITTED = b"\x01", b"\x00", b"\x04\x02"


def mss(octets):
    return struct.pack(">BBH", 2, 4, octets)


def scale(shift):
    return struct.pack(">BBB", 3, 3, shift)


def timestamps(own, peer=0):
    return struct.pack(">BBII", 8, 10, own, peer)


def linux(segment=1460, own=100_000, peer=0, shift=7):
    """The option list of a Linux SYN or SYN+ACK."""
    return mss(segment) + SACK_PERMITTED + timestamps(own, peer) + NOP + scale(shift)


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tcp(
    flags=SYN,
    options=None,
    *,
    source=CLIENT_PORT,
    destination=SERVER_PORT,
    seq=CLIENT_SEQ,
    ack=0,
    window=64240,
    urgent=0,
    payload=b"",
    low_bits=0,
    header_words=None,
):
    """A TCP segment, checksum left 0 for ip() to fill. `low_bits`: the reserved bits and NS."""
    options = linux() if options is None else options
    # Padding with zeros is what a lazy stack does; a list that must end otherwise says so itself.
    assert len(options) % 4 == 0, f"{len(options)} octets of options"
    words = 5 + len(options) // 4 if header_words is None else header_words
    header = struct.pack(
        ">HHIIBBHHH", source, destination, seq & 0xFFFFFFFF, ack, words << 4 | low_bits, flags,
        window, 0, urgent,
    )
    return header + options + payload


def with_checksum(payload, protocol, source, destination):
    """Fills in the checksum of TCP and UDP, so that other tools do not complain either."""
    at = {6: 16, 17: 6}.get(protocol)
    if at is None or len(payload) < at + 2:
        return payload
    pseudo = source.packed + destination.packed + struct.pack(">II", len(payload), protocol)
    return payload[:at] + struct.pack(">H", checksum(pseudo + payload)) + payload[at + 2 :]


def ipv4(
    payload,
    *,
    source=CLIENT_V4,
    destination=SERVER_V4,
    protocol=6,
    ttl=64,
    identification=0x1234,
    df=True,
    more=False,
    reserved=False,
    fragment_offset_octets=0,
    tos=0,
    options=b"",
    version=4,
    header_words=None,
    total_length=None,
    whole=True,
):
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if whole:
        payload = with_checksum(payload, protocol, source, destination)
    words = 5 + len(options) // 4 if header_words is None else header_words
    length = 20 + len(options) + len(payload) if total_length is None else total_length
    flags = reserved << 15 | df << 14 | more << 13 | fragment_offset_octets // 8
    header = struct.pack(
        ">BBHHHBBH4s4s", version << 4 | words, tos, length, identification, flags, ttl, protocol,
        0, source.packed, destination.packed,
    )
    header += options
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


def ipv6(
    payload,
    *,
    source=CLIENT_V6,
    destination=SERVER_V6,
    next_header=6,
    hop_limit=64,
    traffic_class=0,
    flow_label=0,
    payload_length=None,
    whole=True,
):
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if whole:
        payload = with_checksum(payload, next_header, source, destination)
    length = len(payload) if payload_length is None else payload_length
    first = 6 << 28 | traffic_class << 20 | flow_label
    header = struct.pack(">IHBB", first, length, next_header, hop_limit)
    return header + source.packed + destination.packed + payload


def from_server(build, segment, **fields):
    """ip() towards the client."""
    if build is ipv4:
        return ipv4(segment, source=SERVER_V4, destination=CLIENT_V4, **fields)
    return ipv6(segment, source=SERVER_V6, destination=CLIENT_V6, **fields)


def syn_ack(options=None, **fields):
    """The server's answer to the first SYN of tcp()."""
    options = linux(own=900_000, peer=100_000) if options is None else options
    defaults = dict(
        source=SERVER_PORT, destination=CLIENT_PORT, seq=SERVER_SEQ, ack=CLIENT_SEQ + 1,
        window=65160,
    )
    return tcp(SYN | ACK, options, **{**defaults, **fields})


def ack(options=None, **fields):
    """The client's third packet."""
    options = NOP + NOP + timestamps(100_020, 900_000) if options is None else options
    defaults = dict(seq=CLIENT_SEQ + 1, ack=SERVER_SEQ + 1, window=502)
    return tcp(ACK, options, **{**defaults, **fields})


def handshake(build=ipv4):
    """SYN, SYN+ACK, ACK as IP packets."""
    if build is ipv4:
        segment = linux()
        answer = from_server(ipv4, syn_ack(), identification=0)
    else:
        segment = linux(1440)
        answer = from_server(ipv6, syn_ack(linux(1440, 900_000, 100_000)))
    return [build(tcp(options=segment)), answer, build(ack())]


def udp(payload, destination, *, source=50000):
    return struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload


def ether_type(packet):
    return TYPE_IPV4 if packet[0] >> 4 == 4 else TYPE_IPV6


def ethernet(packet, kind=None, tags=()):
    """`tags`: (ether type, tag control) from the outside in."""
    frame = SERVER_MAC + CLIENT_MAC
    for tag_type, control in tags:
        frame += struct.pack(">HH", tag_type, control)
    return frame + struct.pack(">H", ether_type(packet) if kind is None else kind) + packet


def on_ethernet(packets):
    return [ethernet(packet) for packet in packets]
