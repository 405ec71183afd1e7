#!/usr/bin/env python3
"""Two interfaces joined as by a cable, on which the SYNs of the host at the first one look like those
of another system: for record-scenes.sh, because every SYN in a namespace is Linux's.

    dress.py INSIDE OUTSIDE (none | windows | apple | android)

Only packets with SYN and without ACK change, in their TTL, window and options; what follows is the
kernel's. The forms are those of the database (core/data/stackprint.fp): Windows 10 or newer, macOS
or iOS, Android.
"""

import select
import socket
import struct
import sys

ETH_P_ALL, PACKET_OUTGOING = 3, 4
TYPE_IPV4, TYPE_IPV6 = 0x0800, 0x86DD
SYN, ACK = 2, 16
MSS, SCALE, SACK_PERMITTED, TIMESTAMPS = 2, 3, 4, 8
NOP, END = b"\1", b"\0"


def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def options_of(octets):
    found, at = {}, 0
    while at < len(octets) and octets[at]:
        if octets[at] == 1:
            at += 1
            continue
        found[octets[at]] = octets[at : at + octets[at + 1]]
        at += octets[at + 1]
    return found


def windows(options):
    """TTL 128, 44 segments or as many as go into 65535, scale 8, no timestamps."""
    segment = int.from_bytes(options[MSS][2:], "big")
    scale = bytes([SCALE, 3, 8])
    return 128, 65535 // segment * segment, (
        options[MSS] + NOP + scale + NOP + NOP + options[SACK_PERMITTED]
    )


def apple(options):
    """TTL 64, 65535, scale 6."""
    scale = bytes([SCALE, 3, 6])
    return 64, 65535, (
        options[MSS] + NOP + scale + NOP + NOP + options[TIMESTAMPS] + options[SACK_PERMITTED] + END + END
    )


def android(options):
    """TTL 64, 65535, scale 8, the options of Linux."""
    scale = bytes([SCALE, 3, 8])
    return 64, 65535, options[MSS] + options[SACK_PERMITTED] + options[TIMESTAMPS] + NOP + scale


LOOKS = {"none": None, "windows": windows, "apple": apple, "android": android}


def dressed(frame, look):
    """The frame as the other system would send it; as it is, if it is no SYN."""
    kind = int.from_bytes(frame[12:14], "big")
    ip = bytearray(frame[14:])
    if kind == TYPE_IPV4 and ip[9] == socket.IPPROTO_TCP:
        header, ttl_at = (ip[0] & 15) * 4, 8
    elif kind == TYPE_IPV6 and ip[6] == socket.IPPROTO_TCP:
        header, ttl_at = 40, 7
    else:
        return frame
    tcp = ip[header:]
    if tcp[13] & (SYN | ACK) != SYN:
        return frame
    hops = 64 - ip[ttl_at]
    ttl, window, options = look(options_of(bytes(tcp[20 : (tcp[12] >> 4) * 4])))
    ip[ttl_at] = ttl - hops
    tcp = bytearray(tcp[:20] + options)
    tcp[12] = len(tcp) // 4 << 4
    tcp[14:18] = struct.pack(">HH", window, 0)
    source_to_destination = bytes(ip[12:20] if kind == TYPE_IPV4 else ip[8:40])
    pseudo = source_to_destination + struct.pack(">II", len(tcp), socket.IPPROTO_TCP)
    tcp[16:18] = struct.pack(">H", checksum(pseudo + bytes(tcp)))
    if kind == TYPE_IPV4:
        ip[2:4] = struct.pack(">H", header + len(tcp))
        # Apple's SYNs have no IP id.
        if look is apple:
            ip[4:6] = b"\0\0"
        ip[10:12] = b"\0\0"
        ip[10:12] = struct.pack(">H", checksum(bytes(ip[:header])))
    else:
        ip[4:6] = struct.pack(">H", len(tcp))
    return frame[:14] + bytes(ip[:header] + tcp)


def main():
    inside, outside, look = sys.argv[1:]
    look = LOOKS[look]
    sockets = []
    for name in (inside, outside):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        sock.bind((name, ETH_P_ALL))
        sockets.append(sock)
    print("ready", flush=True)
    while True:
        for sock in select.select(sockets, [], [])[0]:
            frame, (_, _, kind, *_) = sock.recvfrom(65535)
            if kind == PACKET_OUTGOING:
                continue
            is_inside = sock is sockets[0]
            other = sockets[1] if is_inside else sockets[0]
            other.send(dressed(frame, look) if is_inside and look else frame)


main()
