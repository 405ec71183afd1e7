"""802.11 in meshes, and several frames in one: for link/."""

import struct

from .files import pcap
from .wire import *

SNAP = bytes.fromhex("aaaa03000000")
BOTH = handshake(ipv4)[:2] + handshake(ipv6)[:2]
MESH_PRESENT, AGGREGATE = 0x0100, 0x0080


def qos(flags, control, fourth=b""):
    header = b"\x88" + bytes([flags]) + b"\0\0" + SERVER_MAC + CLIENT_MAC + SERVER_MAC + b"\x10\0"
    return header + fourth + struct.pack("<H", control)


def llc(packet):
    return SNAP + struct.pack(">H", ether_type(packet)) + packet


def subframes(*contents):
    """802.11-2020 clause 9.3.2.2.2: addresses, length, content; all but the last are padded."""
    parts = [SERVER_MAC + CLIENT_MAC + struct.pack(">H", len(c)) + c for c in contents]
    return b"".join(part + bytes(-len(part) % 4) for part in parts[:-1]) + parts[-1]


def mesh():
    # 802.11-2020 clause 9.2.4.8.3: flags, TTL, sequence number, up to two addresses more.
    def control(extension, addresses=0):
        return struct.pack("<BBI", extension, 31, 7) + SERVER_MAC * addresses

    four = lambda c: lambda p: qos(3, MESH_PRESENT, SERVER_MAC) + c + llc(p)
    yield "mesh.pcap", "802.11 mesh", pcap([four(control(0))(p) for p in BOTH], 105)
    yield "mesh-six-addresses.pcap", "802.11 mesh with six addresses", pcap(
        [four(control(2, 2))(p) for p in BOTH], 105
    )
    group = lambda p: qos(2, MESH_PRESENT) + control(1, 1) + llc(p)
    yield "mesh-group.pcap", "802.11 mesh, to a group", pcap([group(p) for p in BOTH], 105)


def aggregates():
    udp_packet = ipv4(udp(b"x", 9), protocol=17)
    several = lambda *packets: pcap(
        [qos(1, AGGREGATE) + subframes(*[llc(packet) for packet in packets])], 105
    )
    yield "amsdu.pcap", "an A-MSDU with four SYNs and SYN+ACKs", several(*BOTH)
    yield "amsdu-second.pcap", "an A-MSDU of UDP, then TCP", several(udp_packet, BOTH[0])
    # The second is longer than an EtherType is small.
    long = ipv4(udp(bytes(1600), 9), protocol=17)
    yield "amsdu-long.pcap", "an A-MSDU whose first subframe has more than 1500 octets", several(
        long, BOTH[0]
    )
    cut = qos(1, AGGREGATE) + subframes(*[llc(packet) for packet in BOTH[:2]])
    yield "amsdu-cut.pcap", "an A-MSDU that ends in its second subframe", pcap([cut[:-30]], 105)


def captures():
    for group in (mesh, aggregates):
        yield from group()
