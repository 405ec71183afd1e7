"""format/: one handshake in every way that a capture file can be written."""

import gzip
import struct

from .files import *
from .wire import handshake, ipv4, ipv6, on_ethernet

PACKETS = handshake(ipv4)
FRAMES = on_ethernet(PACKETS)


def compressed(octets):
    return gzip.compress(octets, mtime=0)


def zstandard(octets):
    """A frame with one raw block: the standard library has no compressor for it."""
    assert 256 <= len(octets) < 65536
    # Single segment, content size in two bytes (less 256), no checksum.
    header = struct.pack("<IBH", 0xFD2FB528, 0x60, len(octets) - 256)
    return header + struct.pack("<I", 1 | len(octets) << 3)[:3] + octets


def classic():
    for order, name in (("<", "little-endian"), (">", "big-endian")):
        for nanoseconds, unit in ((False, "microseconds"), (True, "nanoseconds")):
            yield (
                f"pcap-{name}-{unit}.pcap", f"pcap, {name}, {unit}",
                pcap(FRAMES, order=order, nanoseconds=nanoseconds),
            )
    yield "pcap-no-packets.pcap", "a file header and nothing else", pcap([])
    # An FCS of 4 bytes is noted as two 16-bit words in the upper bits.
    yield (
        "pcap-fcs-length.pcap", "the link type field also says how long the frame checksum is",
        pcap([frame + b"\xde\xad\xbe\xef" for frame in FRAMES], link_type=0x24000001),
    )
    modified = pcap_header(magic=0xA1B2CD34)
    for record in records(FRAMES):
        header = pcap_record(Record(b"", record.time_ns, record.original))
        header = header[:8] + struct.pack("<I", len(record.octets)) + header[12:]
        modified += header + struct.pack("<IHBB", 1, 0, 0, 0) + record.octets
    yield "pcap-modified.pcap", "Kuznetzov's pcap: record headers of 24 octets", modified
    yield "pcap-snap-length-0.pcap", "snap length 0 in the file header", pcap_header(
        snap=0
    ) + b"".join(pcap_record(record) for record in records(FRAMES))
    epoch = [Record(frame, number * 1_000_000) for number, frame in enumerate(FRAMES)]
    yield "pcap-1970.pcap", "times that start at 0", pcap(epoch)
    late = [Record(frame, 4_294_967_295 * 10**9 + 999_999_999) for frame in FRAMES]
    yield "pcap-2106.pcap", "the last nanosecond that the format can say", pcap(
        late, nanoseconds=True
    )
    empty = [FRAMES[0], b"", *FRAMES[1:]]
    yield "pcap-empty-record.pcap", "a record of no octets between the others", pcap(empty)


def next_generation():
    yield "pcapng.pcapng", "pcapng, little-endian", pcapng(FRAMES)
    yield "pcapng-big-endian.pcapng", "pcapng, big-endian", pcapng(FRAMES, order=">")
    three = list(records(FRAMES))
    for name, shows, resolution, units_per_second in [
        ("nanoseconds", "nanoseconds", 9, 10**9),
        ("milliseconds", "milliseconds", 3, 10**3),
        ("seconds", "whole seconds", 0, 1),
        ("binary", "units of 1/1024 s", 0x8A, 1024),
    ]:
        blocks = [enhanced(record, units_per_second=units_per_second) for record in three]
        header = interface(options=option(9, bytes([resolution])) + END_OF_OPTIONS)
        yield f"pcapng-{name}.pcapng", f"times in {shows}", section() + header + b"".join(blocks)
    offset_s = 1_600_000_000
    yield (
        "pcapng-time-offset.pcapng", "times counted from 2020-09-13",
        section()
        + interface(options=option(14, struct.pack("<q", offset_s)) + END_OF_OPTIONS)
        + b"".join(enhanced(record, offset_s=offset_s) for record in three),
    )
    yield (
        "pcapng-two-sections.pcapng", "two sections of different byte order and link type",
        pcapng(FRAMES) + pcapng(handshake(ipv6), RAW, ">"),
    )
    yield (
        "pcapng-two-interfaces.pcapng", "two interfaces of one link type, one in nanoseconds",
        section() + interface() + interface(options=option(9, b"\x09") + END_OF_OPTIONS)
        + enhanced(three[0]) + enhanced(three[1], number=1, units_per_second=10**9)
        + enhanced(three[2]),
    )
    raw = [Record(packet, record.time_ns) for packet, record in zip(PACKETS, three)]
    yield (
        "pcapng-two-link-types.pcapng", "two interfaces of different link types",
        section() + interface() + interface(RAW)
        + enhanced(three[0]) + enhanced(raw[1], number=1) + enhanced(three[2]),
    )
    yield (
        "pcapng-interface-late.pcapng", "the second interface is described after the first packet",
        section() + interface() + enhanced(three[0]) + interface(RAW)
        + enhanced(raw[1], number=1) + enhanced(three[2]),
    )
    yield (
        "pcapng-simple-packets.pcapng", "simple packet blocks: no time",
        section() + interface() + b"".join(simple(record) for record in three),
    )
    cut = [Record(record.octets[:60], record.time_ns, record.original) for record in three]
    yield (
        "pcapng-simple-packets-snapped.pcapng", "simple packet blocks cut by the snap length",
        section() + interface(snap=60) + b"".join(simple(record) for record in cut),
    )
    yield (
        "pcapng-obsolete-packets.pcapng", "packet blocks of the first draft",
        section() + interface() + b"".join(obsolete(record) for record in three),
    )
    names = block(4, struct.pack("<HH", 1, 8) + b"\xc0\0\2\x0aabc\0" + END_OF_OPTIONS)
    statistics = block(5, struct.pack("<III", 0, 0, 0))
    custom = block(0xBAD, struct.pack("<I", 32473) + b"example!")
    unknown = block(0x7777, b"nothing that a reader could know")
    yield (
        "pcapng-other-blocks.pcapng", "names, statistics, custom and unknown blocks in between",
        section() + names + interface() + unknown + enhanced(three[0]) + custom
        + enhanced(three[1]) + statistics + enhanced(three[2]) + statistics,
    )
    comment = option(1, b"a comment") + END_OF_OPTIONS
    yield (
        "pcapng-options.pcapng", "comments on section, interface and packets",
        section(options=comment) + interface(options=option(2, b"eth0") + comment)
        + b"".join(enhanced(record, options=comment) for record in three),
    )
    body = interface() + b"".join(enhanced(record) for record in three)
    yield "pcapng-section-length.pcapng", "a section that says its length", section(
        length=len(body)
    ) + body


def squeezed():
    yield "gzip.pcap.gz", "pcap in gzip", compressed(pcap(FRAMES))
    yield "gzip.pcapng.gz", "pcapng in gzip", compressed(pcapng(FRAMES))
    whole = pcap(FRAMES)
    yield "gzip-two-members.pcap.gz", "one pcap in two gzip members", compressed(
        whole[:100]
    ) + compressed(whole[100:])
    yield "zstd.pcap.zst", "pcap in zstd (one block, not compressed)", zstandard(whole)


def joined():
    """What cat, and programs that append to a file, leave behind."""
    first, second = pcap(FRAMES[:2]), pcap(FRAMES[2:])
    yield "joined-pcap.pcap", "two pcap files, one after the other", first + second
    yield "joined-other-order.pcap", "the same, the second big-endian and in nanoseconds", first + pcap(
        FRAMES[2:], order=">", nanoseconds=True
    )
    yield "joined-pcap-pcapng.pcap", "pcap, then pcapng", first + pcapng(FRAMES[2:])
    yield "joined-pcapng-pcap.pcapng", "pcapng, then pcap", pcapng(FRAMES[:2]) + second
    yield "joined-gzip.pcap.gz", "two pcap files, each a gzip member", compressed(first) + compressed(
        second
    )
    yield "gzip-zero-padded.pcap.gz", "gzip, zeros behind it", compressed(pcap(FRAMES)) + bytes(512)


def captures():
    for group in (classic, next_generation, squeezed, joined):
        yield from group()
