"""broken/: files that end too early or say what cannot be. What comes before the fault is sound."""

import struct

from .files import *
from .formats import FRAMES, PACKETS, compressed

WHOLE = pcap(FRAMES)
FIRST_RECORD_OCTETS = 16 + len(FRAMES[0])


def no_capture():
    yield "empty.pcap", "no octet at all", b""
    yield "not-a-capture.pcap", "text", b"This is a line of text, not a capture.\n" * 3
    yield "only-magic.pcap", "the magic number and nothing else", WHOLE[:4]
    yield "cut-in-file-header.pcap", "20 octets of the file header", WHOLE[:20]
    yield "version-9.pcap", "a version that does not exist", WHOLE[:4] + b"\x09\0" + WHOLE[6:]
    yield "unknown-link-type.pcap", "a link type for private use (147)", pcap(FRAMES, 147)
    yield "link-type-65535.pcap", "a link type that does not exist", pcap(FRAMES, 65535)


def records_cut():
    one = 24 + FIRST_RECORD_OCTETS
    yield (
        "cut-in-record-header.pcap", "ends 7 octets into the second record header",
        WHOLE[: one + 7],
    )
    yield "cut-in-record.pcap", "ends in the middle of the second record", WHOLE[: one + 16 + 30]
    yield "cut-last-octet.pcap", "the last octet of the last record is missing", WHOLE[:-1]
    header = struct.pack("<IIII", 1_704_067_200, 0, 0xFFFFFFFF, 0xFFFFFFFF)
    yield (
        "record-length-4-gib.pcap", "the second record claims 4 GiB",
        WHOLE[:one] + header + WHOLE[one:],
    )
    header = struct.pack("<IIII", 1_704_067_200, 0, 100_000_000, 100_000_000)
    yield "record-length-100-mb.pcap", "the second record claims 100 MB", WHOLE[:one] + header
    longer = [Record(FRAMES[0]), Record(FRAMES[1], original=10), Record(FRAMES[2])]
    yield "original-shorter.pcap", "a record with more octets than the packet had", pcap(longer)
    fraction = WHOLE[:28] + struct.pack("<I", 5_000_000) + WHOLE[32:]
    yield "fraction-over-one-second.pcap", "5,000,000 µs in a second", fraction
    yield "text-behind.pcap", "text behind the last record", WHOLE + b"and so on\n"


def blocks_cut():
    three = list(records(FRAMES))
    start = section() + interface()
    whole = start + b"".join(enhanced(record) for record in three)
    one = len(start + enhanced(three[0]))
    second = enhanced(three[1])

    def with_length(length, both=True):
        octets = second[:4] + struct.pack("<I", length) + second[8:]
        return octets[:-4] + struct.pack("<I", length) if both else octets

    yield "pcapng-cut-in-section.pcapng", "ends in the section header", whole[:17]
    yield "pcapng-cut-in-block.pcapng", "ends in the middle of the second packet", whole[: one + 40]
    yield "pcapng-cut-in-length.pcapng", "ends in a block's length", whole[: one + 6]
    for name, shows, octets in [
        ("length-0", "a block of length 0", with_length(0)),
        ("length-8", "a block shorter than its own frame", with_length(8)),
        ("length-odd", "a block length that is no multiple of four", with_length(len(second) - 1)),
        ("length-differs", "two lengths that differ", with_length(len(second) + 4, False)),
        ("length-4-gib", "a block that claims 4 GiB", with_length(0xFFFFFFFC)),
    ]:
        yield f"pcapng-{name}.pcapng", shows, whole[:one] + octets + enhanced(three[2])
    yield (
        "pcapng-no-interface.pcapng", "a packet of an interface that was not described",
        start + enhanced(three[0]) + enhanced(three[1], number=3) + enhanced(three[2]),
    )
    yield "pcapng-no-section.pcapng", "begins with an interface", interface() + enhanced(three[0])
    magic = bytearray(whole)
    magic[8:12] = b"\x12\x34\x56\x78"
    yield "pcapng-byte-order.pcapng", "a byte order mark that is none", bytes(magic)
    inner = bytearray(second)
    inner[20:24] = struct.pack("<I", 5_000)
    yield (
        "pcapng-packet-over-block.pcapng", "a packet longer than its block",
        whole[:one] + bytes(inner) + enhanced(three[2]),
    )
    bad_option = struct.pack("<HH", 9, 0xFFF0) + b"\x09\0\0\0"
    yield (
        "pcapng-option-over-block.pcapng", "an option longer than its block",
        section() + interface(options=bad_option) + enhanced(three[0]),
    )
    odd = interface(options=option(9, b"\xff") + END_OF_OPTIONS)
    yield (
        "pcapng-resolution-2-127.pcapng", "units of 2^-127 s",
        section() + odd + enhanced(three[0]),
    )
    odd = interface(options=option(9, b"\x7f") + END_OF_OPTIONS)
    yield (
        "pcapng-resolution-10-127.pcapng", "units of 10^-127 s",
        section() + odd + enhanced(three[0]),
    )
    yield "pcapng-unknown-link-type.pcapng", "one of two interfaces is of a private type", (
        section() + interface(147) + interface(RAW)
        + enhanced(three[0]) + enhanced(Record(PACKETS[1], three[1].time_ns), number=1)
    )


def squeezed():
    packed = compressed(WHOLE)
    yield "gzip-cut.pcap.gz", "gzip that ends in the middle", packed[: len(packed) // 2]
    yield "gzip-only-magic.pcap.gz", "two octets of gzip", packed[:2]
    wrong = packed[:-8] + b"\0\0\0\0" + packed[-4:]
    yield "gzip-checksum.pcap.gz", "gzip with a wrong checksum", wrong
    yield "gzip-of-text.pcap.gz", "gzip of a text", compressed(b"not a capture either\n")


def other_formats():
    magic = (
        ("xz", b"\xfd7zXZ\0\0\x04"), ("bzip2", b"BZh91AY&SY"), ("lz4", b"\x04\x22\x4d\x18\x64\x40\xa7"),
        ("snoop", b"snoop\0\0\0" + struct.pack(">II", 2, 4)),
        ("modified", struct.pack("<IHHiIII", 0xA1B234CD, 2, 4, 0, 0, 65535, 1)),
    )
    for name, octets in magic:
        yield f"{name}.pcap", f"begins as {name} does", octets + bytes(64)


def beyond_snap_length():
    long = [Record(frame) for frame in FRAMES]
    yield (
        "pcap-beyond-snap-length.pcap", "records longer than the header's snap length, 60",
        pcap_header(snap=60) + b"".join(pcap_record(record) for record in records(long)),
    )
    yield (
        "pcapng-beyond-snap-length.pcapng", "the same in pcapng",
        section() + interface(snap=60) + b"".join(enhanced(record) for record in records(long)),
    )


def captures():
    groups = (no_capture, records_cut, blocks_cut, squeezed, other_formats, beyond_snap_length)
    for group in groups:
        yield from group()
