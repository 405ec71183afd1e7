#!/usr/bin/env python3
"""The two ends of the connections that record.sh records: a small server and a client.

Both only set socket options and let the kernel do the talking, because the kernel's packets are
what a capture is for.
"""

import argparse
import socket
import struct
import time

# Linux numbers that older Python versions do not name.
IPPROTO_MPTCP = 262
TCP_FASTOPEN_CONNECT = 30
TCP_MD5SIG = 14

REQUEST = b"GET / HTTP/1.0\r\nHost: example.test\r\n\r\n"
ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
LONGEST_WAIT_SECONDS = 10


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def new_socket(options, family):
    protocol = IPPROTO_MPTCP if options.mptcp else socket.IPPROTO_TCP
    sock = socket.socket(family, socket.SOCK_STREAM, protocol)
    if options.receive_buffer_octets:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options.receive_buffer_octets)
    if options.max_segment_octets:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, options.max_segment_octets)
    if options.dscp:
        # DSCP is the upper six bits of the byte.
        if family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, options.dscp << 2)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, options.dscp << 2)
    if options.record_route:
        # Record route, 7 bytes with room for one address, and an end-of-list byte.
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, bytes([7, 7, 4, 0, 0, 0, 0, 0]))
    if options.md5_peer:
        sign(sock, options.md5_peer)
    return sock


def sign(sock, peer):
    """Asks for RFC 2385 signatures towards `peer` (IPv4), as BGP speakers do."""
    key = b"example"
    address = struct.pack("=HH4s120x", socket.AF_INET, 0, socket.inet_aton(peer))
    sock.setsockopt(
        socket.IPPROTO_TCP, TCP_MD5SIG, address + struct.pack("=BBHi80s", 0, 0, len(key), 0, key)
    )


def serve(options):
    listener = new_socket(options, family_of(options.address))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if options.fast_open:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 8)
    listener.bind((options.address, options.port))
    listener.listen(8)
    while True:
        peer, _ = listener.accept()
        try:
            if peer.recv(2048):
                peer.sendall(ANSWER)
        except ConnectionError:
            pass
        peer.close()


def connect(options):
    for number in range(options.count):
        if number:
            time.sleep(options.pause_seconds)
        try:
            talk(options, options.source_port + number if options.source_port else 0)
        except OSError as error:
            print(f"no connection: {error}")


def talk(options, source_port):
    with new_socket(options, family_of(options.address)) as sock:
        sock.settimeout(options.patience_seconds)
        if options.fast_open:
            sock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
        if source_port:
            sock.bind(("", source_port))
        sock.connect((options.address, options.port))
        if options.silent:
            # Closing at once, as a health check does, keeps the capture short.
            sock.shutdown(socket.SHUT_WR)
        else:
            sock.sendall(REQUEST)
        while sock.recv(2048):
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("role", choices=["serve", "connect"])
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--pause-seconds", type=float, default=0.1)
    parser.add_argument("--patience-seconds", type=float, default=LONGEST_WAIT_SECONDS)
    parser.add_argument("--source-port", type=int, default=0)
    parser.add_argument("--receive-buffer-octets", type=int)
    parser.add_argument("--max-segment-octets", type=int)
    parser.add_argument("--dscp", type=int)
    parser.add_argument("--md5-peer")
    parser.add_argument("--fast-open", action="store_true")
    parser.add_argument("--mptcp", action="store_true")
    parser.add_argument("--record-route", action="store_true")
    parser.add_argument("--silent", action="store_true", help="send nothing, only open and close")
    options = parser.parse_args()
    (serve if options.role == "serve" else connect)(options)


if __name__ == "__main__":
    main()
