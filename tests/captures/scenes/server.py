#!/usr/bin/env python3
"""The server of record-scenes.sh: HTTP on 80 and HTTPS on 443, by IPv4 and IPv6, a short answer to each
request, and no word of what it is but the Server header given.

    server.py CERTIFICATE KEY [SERVER-HEADER]
"""

import socket
import ssl
import sys
import threading

WAIT_SECONDS = 5


def answer(connection, context, header):
    try:
        connection.settimeout(WAIT_SECONDS)
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head and (more := connection.recv(4096)):
            head += more
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + header + b"Content-Length: 3\r\nConnection: close\r\n\r\nok\n")
    except OSError:
        # A hello that was only played has no end of the handshake.
        pass
    finally:
        connection.close()


def listen(port):
    return socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)


def serve(listener, context, header):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection, context, header), daemon=True).start()


def main():
    certificate, key, *header = sys.argv[1:]
    header = f"Server: {header[0]}\r\n".encode() if header else b""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    # One ticket more is only more bytes in a capture.
    context.num_tickets = 0
    plain, encrypted = listen(80), listen(443)
    threading.Thread(target=serve, args=(encrypted, context, header), daemon=True).start()
    print("ready", flush=True)
    serve(plain, None, header)


main()
