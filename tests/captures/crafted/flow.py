"""flow/: what needs more than one packet: retransmission, order, uptime, changed hosts."""

from .files import Record, START_NS, at, pcap
from .wire import *

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS


def timed(*packets):
    """(milliseconds, IP packet) on Ethernet."""
    return pcap([at(ms, ethernet(packet)) for ms, packet in packets])


def client(**fields):
    return ipv4(tcp(**fields))


def server(options=None, **fields):
    return from_server(ipv4, syn_ack(options, **fields), identification=0)


def opened(number, **fields):
    """The SYN of the client's connection `number`."""
    return client(source=CLIENT_PORT + number, seq=CLIENT_SEQ + number * 100_000, **fields)


def order():
    first, answer, third = handshake()
    other_isn = client(seq=CLIENT_SEQ + 777)
    for name, shows, packets in [
        ("handshake", "SYN, SYN+ACK, ACK", [first, answer, third]),
        ("syn-retransmitted", "the same SYN three times: one record", [first] * 3),
        ("syn-new-sequence", "the same ports, another sequence number", [first, other_isn]),
        ("syn-ack-alone", "a SYN+ACK whose SYN is not in the capture", [answer]),
        ("syn-ack-before-syn", "the SYN+ACK comes first", [answer, first]),
        ("syn-ack-twice", "the SYN+ACK retransmitted", [first, answer, answer]),
        ("syn-ack-wrong-ack", "a SYN+ACK that acknowledges another number",
         [first, server(ack=12345)]),
        ("ack-before-syn-ack", "an ACK overtakes the SYN+ACK", [first, third, answer]),
        ("syn-ack-after-rst", "a RST between SYN and SYN+ACK",
         [first, client(flags=RST, options=b"", seq=CLIENT_SEQ + 1), answer]),
        ("simultaneous-open", "both ends send a SYN",
         [first, from_server(ipv4, tcp(source=80, destination=CLIENT_PORT, seq=SERVER_SEQ))]),
        ("syn-ack-from-client", "a SYN+ACK from the side that sent the SYN",
         [first, ipv4(tcp(SYN | ACK, seq=CLIENT_SEQ, ack=5))]),
        ("same-address", "source and destination are one address and port (LAND)",
         [ipv4(tcp(source=80), source=SERVER_V4)]),
        ("p0f-sendsyn", "window 1337 and MSS 1331: p0f's own probe",
         [client(options=mss(1331), window=1337)]),
        ("nmap-syn-scan", "nmap -sS",
         [ipv4(tcp(options=mss(1460), window=1024), df=False, ttl=52)]),
    ]:
        yield f"{name}.pcap", shows, pcap(on_ethernet(packets))


def uptime():
    def pair(name, shows, own, later, after_ms):
        packets = [(0, opened(0, options=linux(own=own))),
                   (after_ms, opened(1, options=linux(own=later)))]
        return f"uptime-{name}.pcap", shows, timed(*packets)

    day_s = 86400
    for hz in (1000, 250, 100, 10, 1):
        own = 5 * day_s * hz
        yield pair(f"{hz}-hz", f"{hz} ticks a second, up for five days", own, own + 10 * hz,
                   10 * SECOND_MS)
    for raw_hz in (37, 61, 217, 266, 1033):
        own = 1_000_000
        yield pair(f"{raw_hz}-hz", f"{raw_hz} ticks a second: rounded", own, own + raw_hz * 10,
                   10 * SECOND_MS)
    yield pair("24-ms", "too short a time", 50_000, 50_024, 24)
    yield pair("25-ms", "just long enough", 50_000, 50_025, 25)
    yield pair("4-ticks", "too few ticks", 50_000, 50_004, 100)
    yield pair("10-minutes", "just not too long", 50_000, 650_000, 10 * MINUTE_MS)
    yield pair("over-10-minutes", "too long a time", 50_000, 650_001, 10 * MINUTE_MS + 1)
    yield pair("too-fast", "1600 ticks a second", 50_000, 66_000, 10 * SECOND_MS)
    yield pair("too-slow", "one tick in two seconds", 50_000, 50_010, 20 * SECOND_MS)
    yield pair("wraps", "the clock wraps round", 0xFFFFFFFF - 999, 9_000, 10 * SECOND_MS)
    yield pair("goes-back", "the clock goes back a little", 50_000, 49_000, 50)
    yield pair("goes-back-far", "the clock goes back far", 5_000_000, 10, SECOND_MS)
    yield (
        "uptime-of-server.pcap", "two SYN+ACKs of one server",
        timed(
            (0, opened(0)), (1, server(linux(own=9_000_000, peer=1))), (500, opened(1)),
            (501, server(linux(own=9_000_500, peer=1), destination=CLIENT_PORT + 1,
                         ack=CLIENT_SEQ + 100_001)),
        ),
    )
    later = ack(NOP + NOP + timestamps(100_300, 900_000))
    yield (
        "uptime-of-ack.pcap", "the ACK comes 300 ms after the SYN",
        timed((0, client()), (150, server()), (300, ipv4(later))),
    )
    closing = tcp(RST | ACK, NOP + NOP + timestamps(100_300, 900_000), seq=CLIENT_SEQ + 1, ack=7)
    yield (
        "uptime-of-rst.pcap", "a RST 300 ms after the SYN",
        timed((0, client()), (300, ipv4(closing))),
    )


def hosts():
    windows_list = mss(1460) + NOP + scale(8) + NOP + NOP + SACK_PERMITTED

    def linux_host(number, ms):
        return ms, ipv4(tcp(source=CLIENT_PORT + number, options=linux(own=100_000 + ms)))

    def windows_host(number, ms):
        segment = tcp(source=CLIENT_PORT + number, options=windows_list, window=8192)
        return ms, ipv4(segment, ttl=128)

    yield (
        "host-change.pcap", "one address: Linux, then Windows",
        timed(linux_host(0, 0), linux_host(1, 200), windows_host(2, 400), windows_host(3, 600)),
    )
    yield (
        "address-shared.pcap", "one address: Linux and Windows in turn, twelve connections",
        timed(*[(windows_host if n % 2 else linux_host)(n, n * 200) for n in range(12)]),
    )
    yield (
        "ttl-changed.pcap", "one address: TTL 64, then 61",
        timed(linux_host(0, 0), (300, ipv4(tcp(source=CLIENT_PORT + 1, options=linux(own=100_300)),
                                           ttl=61))),
    )
    yield (
        "mss-changed.pcap", "one address: MSS 1460, then 1360",
        timed(linux_host(0, 0), (300, ipv4(tcp(source=CLIENT_PORT + 1,
                                               options=linux(1360, own=100_300))))),
    )
    yield (
        "port-drops.pcap", "the client's port falls by 30000",
        timed(linux_host(0, 0), linux_host(-30_000, 300)),
    )
    back = [Record(ethernet(opened(n)), START_NS + (60 - n) * 1_000_000_000) for n in range(60)]
    yield "clock-goes-back.pcap", "60 SYNs, each captured a second before the last", pcap(back)


def captures():
    for group in (order, uptime, hosts):
        yield from group()
