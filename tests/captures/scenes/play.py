#!/usr/bin/env python3
"""A client of record-scenes.sh that plays another system's: it sends that system's TLS hello or head
of an HTTP request, directly or through a proxy, and reads a little of the answer.

    play.py HOST (--hello NAME | --head NAME) [--socks PROXY | --connect PROXY | --http PROXY]

PROXY is ADDRESS,PORT. --http asks the proxy for the whole URL, as browsers ask for plain HTTP.
"""

import argparse
import socket
import struct
import sys
from pathlib import Path

RECORDED = Path(__file__).resolve().parent.parent / "recorded/tls"

# What the programs send that are named; User-Agents as of 2026, shortened to what names a system.
HEADS = {
    "windows-chrome": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/150.0.0.0 Safari/537.36",
    "mac-safari": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/26.0 Safari/605.1.15",
    "iphone-safari": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    "android-chrome": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/150.0.0.0 Mobile Safari/537.36",
    "linux-firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
# Hellos that record-tls.sh recorded.
HELLOS = {
    "chrome": "held-out/curl_cffi-chrome131_android.pcap",
    "safari": "held-out/curl_cffi-safari180.pcap",
}
WAIT_SECONDS = 5


def vector(width, data):
    return len(data).to_bytes(width, "big") + data


def extension(number, data):
    return struct.pack(">H", number) + vector(2, data)


def words(text):
    return bytes.fromhex("".join(text.split()))


def schannel():
    """A hello of SChannel in Windows 10 or 11. No recording of ours: made of the lists of cipher
    suites, groups and signature algorithms that Microsoft documents ("TLS Cipher Suites in Windows
    11", "TLS Elliptic Curves") and that published decodings of its hellos show."""
    suites = words("1302 1301 c02c c02b c030 c02f 009f 009e c024 c023 c028 c027 c00a c009 c014 c013"
                   " 009d 009c 003d 003c 0035 002f")
    algorithms = words("0804 0805 0806 0401 0501 0201 0403 0503 0203 0202 0601 0603")
    key = vector(2, words("001d") + vector(2, bytes(range(32))))
    extensions = (
        extension(0x0000, vector(2, b"\0" + vector(2, b"client.example")))
        + extension(0x0005, words("01 0000 0000"))
        + extension(0x000A, vector(2, words("001d 0017 0018")))
        + extension(0x000B, vector(1, b"\0"))
        + extension(0x000D, vector(2, algorithms))
        + extension(0x0023, b"")
        + extension(0x0017, b"")
        + extension(0x002B, vector(1, words("0304 0303")))
        + extension(0x002D, vector(1, b"\1"))
        + extension(0x0033, key)
        + extension(0xFF01, vector(1, b""))
    )
    body = words("0303") + bytes(range(32)) + vector(1, bytes(32)) + vector(2, suites)
    body += vector(1, b"\0") + vector(2, extensions)
    return b"\x16\x03\x01" + vector(2, b"\1" + vector(3, body))


def recorded(name):
    """The hello of a capture of recorded/tls: IPv4 over Ethernet, the first client's segments."""
    data, at, stream = (RECORDED / HELLOS[name]).read_bytes(), 24, b""
    while at + 16 <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        packet = data[at + 30 : at + 16 + length]
        packet = packet[: int.from_bytes(packet[2:4], "big")]
        tcp = packet[(packet[0] & 15) * 4 :]
        stream += tcp[(tcp[12] >> 4) * 4 :]
        at += 16 + length
        if len(stream) >= 5 and len(stream) >= 5 + int.from_bytes(stream[3:5], "big"):
            return stream[: 5 + int.from_bytes(stream[3:5], "big")]
    sys.exit(f"no hello in {HELLOS[name]}")


def exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            sys.exit("the proxy closed the connection")
        data += more
    return data


def through_socks(sock, host, port):
    """RFC 1928, without a password, by address."""
    sock.sendall(b"\5\1\0")
    if exactly(sock, 2) != b"\5\0":
        sys.exit("the proxy asks for a password")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = b"\4" if ":" in host else b"\1"
    sock.sendall(b"\5\1\0" + kind + socket.inet_pton(family, host) + struct.pack(">H", port))
    answer = exactly(sock, 4)
    if answer[1]:
        sys.exit(f"the proxy answers {answer[1]}")
    exactly(sock, {1: 4, 4: 16}[answer[3]] + 2)


def through_connect(sock, host, port):
    name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    sock.sendall(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += exactly(sock, 1)
    if b" 200 " not in head.split(b"\r\n")[0]:
        sys.exit(head.decode())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("--hello", choices=["schannel", *HELLOS])
    parser.add_argument("--head", choices=HEADS)
    for way in ("socks", "connect", "http"):
        parser.add_argument(f"--{way}")
    options = parser.parse_args()
    port = 443 if options.hello else 80
    proxy = options.socks or options.connect or options.http
    address, proxy_port = proxy.split(",") if proxy else (options.host, port)
    with socket.create_connection((address, int(proxy_port)), WAIT_SECONDS) as sock:
        if options.socks:
            through_socks(sock, options.host, port)
        if options.connect:
            through_connect(sock, options.host, port)
        if options.hello:
            sock.sendall(schannel() if options.hello == "schannel" else recorded(options.hello))
        else:
            host = f"[{options.host}]" if ":" in options.host else options.host
            target = f"http://{host}/" if options.http else "/"
            sock.sendall(
                f"GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {HEADS[options.head]}\r\n"
                "Accept: */*\r\nConnection: close\r\n\r\n".encode()
            )
        try:
            sock.recv(4096)
        except ConnectionError:
            pass


main()
