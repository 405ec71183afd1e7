#!/usr/bin/env python3
"""Leaves of a capture (pcap, Ethernet, IPv4) what the start of TLS needs: of each connection that has
a client's hello SYN, SYN+ACK and the client's segments up to the hello's last. The connections go to
the captures named by turns.

    trim.py CAPTURE OUT.pcap [OUT.pcap]

Prints the number of hellos in each.
"""

import struct
import sys

SYN, ACK = 2, 16


def packets(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        yield data[at : at + 16 + length], data[at + 16 : at + 16 + length]
        at += 16 + length


def segment(frame):
    """(source, destination), sequence, flags, payload."""
    if frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return None
    ip = frame[14:]
    ip = ip[: int.from_bytes(ip[2:4], "big")]
    tcp = ip[(ip[0] & 15) * 4 :]
    ends = (ip[12:16] + tcp[:2], ip[16:20] + tcp[2:4])
    return ends, int.from_bytes(tcp[4:8], "big"), tcp[13], tcp[(tcp[12] >> 4) * 4 :]


def hello_end(stream):
    """Where the hello in a client's stream ends, or None before it is there: behind a preamble or
    not, it is looked for with more freedom than the product allows itself."""
    at = stream.find(b"\x16\x03")
    while at >= 0:
        record = stream[at : at + 9]
        if len(record) == 9 and record[5:6] == b"\x01" and record[2] <= 4:
            wanted = int.from_bytes(record[6:9], "big") + 4
            while wanted > 0 and at + 5 <= len(stream):
                length = int.from_bytes(stream[at + 3 : at + 5], "big")
                wanted -= length
                at += 5 + length
            return at if wanted <= 0 and at <= len(stream) else None
        at = stream.find(b"\x16\x03", at + 1)
    return None


def main():
    source, *outs = sys.argv[1:]
    data = open(source, "rb").read()
    flows, order = {}, []
    for packet, frame in packets(data):
        found = segment(frame)
        if not found:
            continue
        ends, sequence, flags, payload = found
        if flags & SYN and not flags & ACK and ends not in flows:
            flows[ends] = {"start": sequence + 1, "packets": [packet], "stream": b"", "end": None}
            order.append(ends)
        elif flags & SYN and ends[::-1] in flows:
            flows[ends[::-1]]["packets"].append(packet)
        elif ends in flows and payload and flows[ends]["end"] is None:
            flow = flows[ends]
            if (sequence - flow["start"]) % 2**32 == len(flow["stream"]):
                flow["packets"].append(packet)
                flow["stream"] += payload
                flow["end"] = hello_end(flow["stream"])
    chosen = [flows[ends] for ends in order if flows[ends]["end"] is not None]
    counts = []
    for turn, out in enumerate(outs):
        part = chosen[turn :: len(outs)]
        counts.append(len(part))
        if part:
            packed = sorted((p for flow in part for p in flow["packets"]), key=lambda p: struct.unpack("<II", p[:8]))
            open(out, "wb").write(data[:24] + b"".join(packed))
    print(*counts)


main()
