#!/usr/bin/env python3
"""Packets of a capture into a topic, as a plain Python program would send them.

produce.py BROKERS TOPIC CAPTURE FORM, with FORM one of raw, pcap, json, json-list, msgpack and
msgpack-list. The capture is a pcap file with microseconds or nanoseconds.
"""

import base64
import json
import struct
import sys

import msgpack
from kafka import KafkaProducer

# Packets in a message of the forms that hold several.
PACK = 10

ETHERNET = 1


def packets(octets):
    """Nanoseconds and frame of each packet."""
    for order in "<>":
        magic, = struct.unpack_from(order + "I", octets)
        if magic in (0xA1B2C3D4, 0xA1B23C4D):
            break
    else:
        sys.exit("not a pcap file")
    unit = 1000 if magic == 0xA1B2C3D4 else 1
    at = 24
    while at < len(octets):
        seconds, fraction, kept, _ = struct.unpack_from(order + "IIII", octets, at)
        yield seconds * 1_000_000_000 + fraction * unit, octets[at + 16 : at + 16 + kept]
        at += 16 + kept


def text_row(time, frame):
    return {"ts": time, "link_type": "ETHERNET", "data": base64.b64encode(frame).decode()}


def octet_row(time, frame):
    return {"ts": time, "link_type": ETHERNET, "data": frame, "sensor": "python"}


def packs(rows):
    rows = list(rows)
    return [rows[at : at + PACK] for at in range(0, len(rows), PACK)]


def messages(form, octets):
    """Key, value and headers of each message."""
    each = packets(octets)
    json_type = [("content-type", b"application/json")]
    msgpack_type = [("content-type", b"application/msgpack")]
    if form == "raw":
        for time, frame in each:
            yield struct.pack(">Q", time // 1000), frame, []
    elif form == "pcap":
        yield None, octets, [("content-type", b"application/vnd.tcpdump.pcap")]
    elif form == "json":
        for packet in each:
            yield b"a key", json.dumps(text_row(*packet)).encode(), json_type
    elif form == "json-list":
        for rows in packs(text_row(*packet) for packet in each):
            yield None, json.dumps(rows).encode(), []
    elif form == "msgpack":
        for packet in each:
            yield None, msgpack.packb(octet_row(*packet)), msgpack_type
    elif form == "msgpack-list":
        for rows in packs(octet_row(*packet) for packet in each):
            yield None, msgpack.packb(rows), []
    else:
        sys.exit(f"no form {form}")


def main():
    brokers, topic, path, form = sys.argv[1:]
    with open(path, "rb") as file:
        octets = file.read()
    producer = KafkaProducer(bootstrap_servers=brokers)
    for key, value, headers in messages(form, octets):
        producer.send(topic, key=key, value=value, headers=headers, partition=0)
    producer.flush()
    producer.close()


if __name__ == "__main__":
    main()
