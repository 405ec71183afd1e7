#!/usr/bin/env python3
"""The server of record-tls.sh: HTTPS with tickets on 443 (and with TLS 1.2 alone on 8443), and as much
of each protocol that turns to TLS in its course as a client needs to get there.

    server.py ADDRESS CERTIFICATE KEY
"""

import socket
import ssl
import sys
import threading

PAGE = b"<!doctype html><title>ok</title>ok" + b"".join(b"<img src=/%d.png>" % n for n in range(3))


class Lines:
    """A client's lines, read byte by byte: what follows them is TLS's."""

    def __init__(self, connection):
        self.connection = connection

    def send(self, text):
        self.connection.sendall(text if isinstance(text, bytes) else text.encode() + b"\r\n")

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.connection.recv(count - len(data))
            if not more:
                raise ConnectionError("closed")
            data += more
        return data

    def until(self, end):
        data = b""
        while not data.endswith(end):
            data += self.exactly(1)
        return data

    def line(self):
        return self.until(b"\n").decode().strip()


def smtp(peer):
    peer.send("220 client.example ESMTP")
    while (line := peer.line()).upper() != "STARTTLS":
        if line.upper().startswith("EHLO"):
            peer.send("250-client.example")
            peer.send("250 STARTTLS")
        else:
            peer.send("250 ok")
    peer.send("220 ready")


def imap(peer):
    peer.send("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready")
    while True:
        tag, command = peer.line().split(maxsplit=1)
        if command.upper() == "CAPABILITY":
            peer.send("* CAPABILITY IMAP4rev1 STARTTLS")
        peer.send(f"{tag} OK done")
        if command.upper() == "STARTTLS":
            return


def pop3(peer):
    peer.send("+OK ready")
    while (line := peer.line()).upper() != "STLS":
        peer.send("+OK")
        if line.upper() == "CAPA":
            peer.send("STLS")
            peer.send(".")
    peer.send("+OK begin")


def ftp(peer):
    peer.send("220 ready")
    while not peer.line().upper().startswith("AUTH"):
        peer.send("502 not here")
    peer.send("234 begin")


def ldap(peer):
    """RFC 4511 section 4.12: an extended request, short lengths."""
    _, length = peer.exactly(2)
    request = peer.exactly(length)
    message = request[2:3]
    peer.send(b"\x30\x0c\x02\x01" + message + b"\x78\x07\x0a\x01\x00\x04\x00\x04\x00")


def postgresql(peer):
    peer.exactly(8)
    peer.send(b"S")


def mysql(peer):
    """Protocol::HandshakeV10 with CLIENT_SSL, and the client's SSLRequest."""
    plugin = b"mysql_native_password\0"
    capabilities = 0x0000_8A00 | 0x0008_0000  # SSL, PROTOCOL_41 (0x200), SECURE, PLUGIN_AUTH
    greeting = b"\x0a8.0.0\0" + b"\1\0\0\0" + b"12345678\0"
    greeting += (capabilities & 0xFFFF).to_bytes(2, "little") + b"\x21\x02\x00"
    greeting += (capabilities >> 16).to_bytes(2, "little") + b"\x15" + bytes(10) + b"123456789012\0" + plugin
    peer.send(len(greeting).to_bytes(3, "little") + b"\0" + greeting)
    length = int.from_bytes(peer.exactly(4)[:3], "little")
    peer.exactly(length)


def xmpp(peer):
    peer.until(b"version='1.0'>")
    peer.send(
        b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream="
        b"'http://etherx.jabber.org/streams' id='1' from='client.example' version='1.0'>"
        b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
    )
    peer.until(b"urn:ietf:params:xml:ns:xmpp-tls'/>")
    peer.send(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")


def http_proxy(peer):
    peer.until(b"\r\n\r\n")
    peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")


def socks(peer):
    """SOCKS 4, 4a and 5 (RFC 1928, 1929): everything is granted."""
    if peer.exactly(1) == b"\x04":
        request = peer.exactly(7)
        peer.until(b"\0")
        if request[3:6] == bytes(3) and request[6]:
            peer.until(b"\0")
        peer.send(b"\x00\x5a" + bytes(6))
        return
    methods = peer.exactly(peer.exactly(1)[0])
    if 2 in methods:
        peer.send(b"\x05\x02")
        peer.exactly(1)
        peer.exactly(peer.exactly(1)[0])
        peer.exactly(peer.exactly(1)[0])
        peer.send(b"\x01\x00")
    else:
        peer.send(b"\x05\x00")
    kind = peer.exactly(4)[3]
    peer.exactly({1: 4, 4: 16}[kind] if kind != 3 else peer.exactly(1)[0])
    peer.exactly(2)
    peer.send(b"\x05\x00\x00\x01" + bytes(6))


PREAMBLES = {
    25: smtp, 143: imap, 110: pop3, 21: ftp, 389: ldap, 5432: postgresql, 3306: mysql, 5222: xmpp,
    3128: http_proxy, 1080: socks,
}  # fmt: skip


def serve(connection, preamble, context):
    connection.settimeout(10)
    try:
        with connection:
            if preamble:
                preamble(Lines(connection))
            with context.wrap_socket(connection, server_side=True) as secured:
                request = secured.recv(65536)
                secured.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n"
                    b"Connection: close\r\n\r\n%s" % (len(PAGE), PAGE)
                    if request
                    else b""
                )
                secured.unwrap()
    except (OSError, ValueError):
        pass  # A client that goes away has sent its hello all the same.


def listen(address, port, preamble, context):
    listener = socket.create_server((address, port), backlog=64)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, preamble, context), daemon=True).start()


def main():
    address, certificate, key = sys.argv[1:]

    def context(newest):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version, made.maximum_version = ssl.TLSVersion.TLSv1, newest
        made.set_ciphers("ALL:@SECLEVEL=0")
        made.load_cert_chain(certificate, key)
        made.set_alpn_protocols(["http/1.1"])
        return made

    newest, older = context(ssl.TLSVersion.TLSv1_3), context(ssl.TLSVersion.TLSv1_2)
    ports = [(443, None, newest), (8443, None, older)]
    ports += [(port, preamble, newest) for port, preamble in PREAMBLES.items()]
    for port, preamble, which in ports:
        threading.Thread(target=listen, args=(address, port, preamble, which), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


main()
