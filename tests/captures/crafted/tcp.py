"""tcp/: options, windows, quirks and flags, one SYN a file unless the name says otherwise."""

import struct

from .files import pcap
from .wire import *


def one(*segments, build=ipv4, **fields):
    """A file of client packets on Ethernet."""
    return pcap(on_ethernet([build(segment, **fields) for segment in segments]))


def both(options=None, first=None, build=ipv4, **fields):
    """A SYN and the SYN+ACK that the file is about."""
    first = tcp() if first is None else first
    return pcap(on_ethernet([build(first), from_server(build, syn_ack(options, **fields))]))


def options():
    apple = mss(1460) + NOP + scale(6) + NOP + NOP + timestamps(7_000) + SACK_PERMITTED
    lists = {
        "none": ("no options at all", b""),
        "linux": ("MSS, SACK permitted, timestamps, NOP, window scale", linux()),
        "windows": (
            "Windows: no timestamps",
            mss(1460) + NOP + scale(8) + NOP + NOP + SACK_PERMITTED,
        ),
        "eol-padding": ("Apple: end of list, one octet of padding", apple + EOL + EOL),
        "eol-padding-nonzero": (
            "padding that is not zero: quirk opt+", apple + EOL + b"\x05" + bytes(4),
        ),
        "eol-last-octet-nonzero": (
            "only the last octet of the padding is not zero: p0f does not see it",
            mss(1460) + EOL + b"\0\0\x05",
        ),
        "eol-first": ("end of list at once", EOL + b"\0\0\0"),
        "eol-hides-options": ("an option list behind the end of list", EOL + b"\0\0\0" + linux()),
        "eol-no-padding": ("end of list as the very last octet", mss(1460) + NOP * 3 + EOL),
        "24-nops": ("as many options as p0f records", NOP * 24),
        "28-nops": ("more options than p0f records: quirk bad", NOP * 28),
        "40-nops": ("the option space full of NOPs", NOP * 40),
        "sack": ("a SACK block in a SYN", b"\x05\x0a" + bytes(8) + NOP * 2),
        "sack-length-9": ("a SACK option too short for a block", b"\x05\x09" + bytes(7) + NOP * 3),
        "sack-length-over-end": ("a SACK option longer than the header", b"\x05\x22" + bytes(10)),
        "unknown-kind": ("kind 253, 4 octets", mss(1460) + b"\xfd\x04\xab\xcd"),
        "unknown-length-0": ("an unknown option of length 0", mss(1460) + b"\xfd\0\0\0"),
        "unknown-length-1": ("an unknown option of length 1", mss(1460) + b"\xfd\x01\0\0"),
        "unknown-length-41": ("an unknown option of length 41", mss(1460) + b"\xfd\x29\0\0"),
        "unknown-length-over-end": ("an unknown option past the end", mss(1460) + b"\xfd\x08\0\0"),
        "unknown-no-length": ("an unknown kind as the last octet", mss(1460) + NOP * 3 + b"\xfd"),
        "fast-open": ("option 34, asking for a cookie", linux() + b"\x22\x02" + NOP * 2),
        "mss-length-3": ("MSS with length 3: quirk bad, value still read", b"\x02\x03\x05\xb4"),
        "mss-cut": ("MSS with room for two octets only", NOP * 2 + b"\x02\x04"),
        "mss-twice": ("MSS twice: the last counts", mss(1460) + mss(1200)),
        "mss-0": ("MSS 0", mss(0)),
        "mss-99": ("MSS too small for a window multiple", mss(99)),
        "mss-100": ("the smallest MSS for a window multiple", mss(100)),
        "mss-65535": ("MSS 65535", mss(65535)),
        "scale-0": ("window scale 0", mss(1460) + NOP + scale(0)),
        "scale-14": ("the largest window scale", mss(1460) + NOP + scale(14)),
        "scale-15": ("a window scale too large: quirk exws", mss(1460) + NOP + scale(15)),
        "scale-255": ("window scale 255", mss(1460) + NOP + scale(255)),
        "scale-length-4": ("window scale with length 4: quirk bad", NOP + b"\x03\x04\x07"),
        "scale-cut": ("window scale without its value", NOP * 2 + b"\x03\x03"),
        "scale-twice": ("window scale twice: the last counts", scale(3) + scale(7) + NOP * 2),
        "sack-permitted-length-3": ("SACK permitted with length 3", b"\x04\x03" + NOP * 2),
        "sack-permitted-cut": ("SACK permitted without its length", NOP * 3 + b"\x04"),
        "timestamps-length-8": (
            "timestamps with length 8: quirk bad, 10 octets taken",
            b"\x08\x08" + struct.pack(">II", 5_000, 0) + NOP * 2,
        ),
        "timestamps-cut": ("timestamps without room for both values", b"\x08\x0a" + bytes(6)),
        "timestamps-own-zero": ("own timestamp 0: quirk ts1-", linux(own=0)),
        "timestamps-peer-nonzero": ("peer timestamp in a SYN: quirk ts2+", linux(peer=77)),
        "timestamps-twice": (
            "timestamps twice: the last counts", timestamps(5) + timestamps(9) + NOP * 4,
        ),
    }
    for name, (shows, octets) in lists.items():
        yield f"options-{name}.pcap", shows, one(tcp(options=octets))
    yield "options-syn-ack-peer-timestamp.pcap", "a peer timestamp in a SYN+ACK is no quirk", both()
    yield (
        "options-syn-ack-mss-1331.pcap", "p0f prints MSS 1331 of a SYN+ACK as *", both(mss(1331)),
    )


def windows():
    small = linux(1400)
    for name, shows, window, octets in [
        ("0", "window 0", 0, linux()),
        ("mss", "44 times the MSS", 1460 * 44, linux()),
        ("mss-less-timestamps", "10 times MSS less 12", 1448 * 10, linux()),
        ("1460", "a multiple of 1460 while the MSS is 1400", 1460 * 44, small),
        ("1448", "a multiple of 1448 while the MSS is 1400", 1448 * 20, small),
        ("mtu", "a multiple of MSS + 40", 1500 * 30, linux()),
        ("mtu-of-header", "a multiple of MSS 1300 and 60 octets of headers", 1360 * 9, linux(1300)),
        ("mtu-1500", "a multiple of 1500 while the MSS is 1400", 1500 * 16, small),
        ("plain", "no multiple of anything", 64241, linux()),
        ("65535", "window 65535", 65535, linux()),
    ]:
        yield f"window-{name}.pcap", shows, one(tcp(options=octets, window=window))
    for name, shows, window, segment in [
        ("1440", "IPv6: a multiple of 1440", 1440 * 44, 1300),
        ("1428", "IPv6: a multiple of 1428", 1428 * 11, 1300),
        ("mtu", "IPv6: a multiple of MSS + 60", 1360 * 9, 1300),
    ]:
        segment = tcp(options=linux(segment), window=window)
        yield f"window-ipv6-{name}.pcap", shows, one(segment, build=ipv6)
    yield (
        "window-of-peer-mss.pcap", "SYN+ACK: a multiple of the MSS in the SYN",
        both(first=tcp(options=linux(1380)), window=1380 * 17),
    )
    yield (
        "window-of-peer-mss-less-12.pcap", "SYN+ACK: a multiple of the SYN's MSS less 12",
        both(first=tcp(options=linux(1380)), window=1368 * 17),
    )
    yield (
        "window-of-tiny-peer-mss.pcap", "SYN+ACK: the SYN's MSS less 12 is 1",
        both(first=tcp(options=linux(13)), window=8191),
    )


def quirks():
    all_bits = dict(
        flags=SYN | PSH | ECE | CWR, seq=0, ack=0x01000000, urgent=9, low_bits=1,
        options=mss(1460) + timestamps(0, 5) + scale(15) + EOL + b"\x05\0",
    )
    for name, shows, fields, ip_fields in [
        ("df-id", "df and id+: Linux", {}, {}),
        ("df-no-id", "df with IP ID 0", {}, dict(identification=0)),
        ("no-df-id", "neither df nor id-", {}, dict(df=False)),
        ("id-minus", "no DF and IP ID 0: id-", {}, dict(df=False, identification=0)),
        ("ecn-of-ip", "ECN bit in the IP header", {}, dict(tos=2)),
        ("ecn-of-tcp", "ECE and CWR", dict(flags=SYN | ECE | CWR), {}),
        ("ecn-ece", "ECE alone", dict(flags=SYN | ECE), {}),
        ("ecn-cwr", "CWR alone", dict(flags=SYN | CWR), {}),
        ("ecn-ns", "the NS bit alone", dict(low_bits=1), {}),
        ("reserved-tcp-bits", "the other reserved TCP bits: no quirk", dict(low_bits=0xE), {}),
        ("reserved-ip-flag", "the reserved IP flag: 0+", {}, dict(reserved=True)),
        ("seq-zero", "sequence number 0: seq-", dict(seq=0), {}),
        ("ack-nonzero", "an acknowledgement number without ACK: ack+", dict(ack=0x01000000), {}),
        ("ack-nonzero-low", "the same, but bit 24 clear: p0f misses it", dict(ack=1), {}),
        ("urgent-pointer", "an urgent pointer without URG: uptr+", dict(urgent=1), {}),
        ("urgent-flag", "URG: urgf+", dict(flags=SYN | URG, urgent=1), {}),
        ("push-flag", "PSH: pushf+", dict(flags=SYN | PSH), {}),
        ("payload", "a SYN with payload: class +", dict(payload=b"hello"), {}),
        ("many", "nearly every quirk at once", all_bits, dict(reserved=True, tos=3)),
    ]:
        yield f"quirk-{name}.pcap", shows, one(tcp(**fields), **ip_fields)
    flow = one(tcp(options=linux(1440)), build=ipv6, flow_label=0xBEEF)
    yield "quirk-flow-label.pcap", "IPv6 flow label: flow", flow
    yield "quirk-ack-zero.pcap", "SYN+ACK with acknowledgement number 0: ack-", both(ack=0)
    yield "quirk-syn-ack-payload.pcap", "a SYN+ACK with payload", both(payload=b"hello")


def flags():
    for name, shows, bits in [
        ("none", "no flags", 0),
        ("syn-fin", "SYN and FIN", SYN | FIN),
        ("syn-rst", "SYN and RST", SYN | RST),
        ("syn-ack-fin", "SYN, ACK and FIN", SYN | ACK | FIN),
        ("fin-rst", "FIN and RST", FIN | RST),
        ("push-urgent", "PSH and URG alone", PSH | URG),
        ("xmas", "every flag", 0xFF),
        ("ack", "ACK of a connection that was not seen", ACK),
        ("rst", "RST of a connection that was not seen", RST),
        ("fin", "FIN of a connection that was not seen", FIN | ACK),
    ]:
        yield f"flags-{name}.pcap", shows, one(tcp(bits))
    for name, shows, segment in [
        ("header-4-words", "TCP data offset 4", tcp(header_words=4)),
        ("header-over-end", "TCP data offset past the end", tcp(options=b"", header_words=15)),
        ("header-cut", "10 octets of a TCP header", tcp()[:10]),
        ("no-segment", "IP without any TCP octet", b""),
    ]:
        yield f"{name}.pcap", shows, one(segment)


def captures():
    for group in (options, windows, quirks, flags):
        yield from group()
