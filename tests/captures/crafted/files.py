"""Writes capture files: pcap and pcapng, octet by octet, so that they can be wrong on purpose."""

import struct

ETHERNET, RAW = 1, 101
SNAP_OCTETS = 262144
# 2024-01-01 00:00:00 UTC.
START_NS = 1_704_067_200_000_000_000
STEP_NS = 10_000_000


class Record:
    """One captured frame: when, and how much of it was kept."""

    def __init__(self, octets, time_ns=None, original=None):
        self.octets = octets
        self.time_ns = time_ns
        self.original = len(octets) if original is None else original


def records(frames):
    """Frames 10 ms apart, unless they bring their own time."""
    for number, frame in enumerate(frames):
        record = frame if isinstance(frame, Record) else Record(frame)
        if record.time_ns is None:
            record.time_ns = START_NS + number * STEP_NS
        yield record


def at(milliseconds, octets):
    return Record(octets, START_NS + round(milliseconds * 1_000_000))


def snapped(octets, kept):
    return Record(octets[:kept], original=len(octets))


def pcap_header(link_type=ETHERNET, order="<", magic=0xA1B2C3D4, snap=SNAP_OCTETS):
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link_type)


def pcap_record(record, order="<", nanoseconds=False):
    seconds, rest_ns = divmod(record.time_ns, 1_000_000_000)
    fraction = rest_ns if nanoseconds else rest_ns // 1000
    return (
        struct.pack(order + "IIII", seconds, fraction, len(record.octets), record.original)
        + record.octets
    )


def pcap(frames, link_type=ETHERNET, order="<", nanoseconds=False):
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    return pcap_header(link_type, order, magic) + b"".join(
        pcap_record(record, order, nanoseconds) for record in records(frames)
    )


# ---- pcapng -----------------------------------------------------------------------------------


def padded(octets):
    return octets + b"\0" * (-len(octets) % 4)


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + padded(value)


END_OF_OPTIONS = b"\0\0\0\0"


def block(kind, body, order="<"):
    length = 12 + len(padded(body))
    return struct.pack(order + "II", kind, length) + padded(body) + struct.pack(order + "I", length)


def section(order="<", length=-1, options=b""):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, length) + options, order)


def interface(link_type=ETHERNET, order="<", options=b"", snap=SNAP_OCTETS):
    return block(1, struct.pack(order + "HHI", link_type, 0, snap) + options, order)


def enhanced(record, order="<", number=0, units_per_second=1_000_000, options=b"", offset_s=0):
    ticks = (record.time_ns - offset_s * 1_000_000_000) * units_per_second // 1_000_000_000
    body = struct.pack(
        order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(record.octets),
        record.original,
    )
    return block(6, body + padded(record.octets) + options, order)


def simple(record, order="<"):
    return block(3, struct.pack(order + "I", record.original) + record.octets, order)


def obsolete(record, order="<", number=0):
    ticks = record.time_ns // 1000
    body = struct.pack(
        order + "HHIIII", number, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(record.octets),
        record.original,
    )
    return block(2, body + record.octets, order)


def pcapng(frames, link_type=ETHERNET, order="<"):
    return (
        section(order)
        + interface(link_type, order)
        + b"".join(enhanced(record, order) for record in records(frames))
    )
