#!/usr/bin/env python3
"""QUIC connections by aioquic, for record-quic.sh.

quic_traffic.py serve ADDRESS PORT CERTIFICATE KEY [--retry]
quic_traffic.py connect ADDRESS PORT [--version NAME] [--protocols N] [--name NAME]

The version of aioquic decides which versions of QUIC there are: the drafts are in those before 1.0.
"""

import argparse
import asyncio
import ssl

from aioquic.asyncio import connect, serve
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.packet import QuicProtocolVersion


async def run_server(options):
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["h3", "h3-29"])
    configuration.load_cert_chain(options.certificate, options.key)
    # All versions, newest last: what the client offers is taken.
    configuration.supported_versions = list(QuicProtocolVersion)[1:]
    await serve(options.address, options.port, configuration=configuration, retry=options.retry)
    print("listening", flush=True)
    await asyncio.Event().wait()


async def run_client(options):
    protocols = ["h3"] + [f"protocol-{number}" for number in range(options.protocols)]
    configuration = QuicConfiguration(
        alpn_protocols=protocols, server_name=options.name, verify_mode=ssl.CERT_NONE
    )
    version = QuicProtocolVersion[options.version]
    configuration.supported_versions = [version]
    if hasattr(configuration, "original_version"):
        configuration.original_version = version
    async with connect(options.address, options.port, configuration=configuration) as client:
        await client.ping()


def main():
    parser = argparse.ArgumentParser()
    modes = parser.add_subparsers(required=True)
    server = modes.add_parser("serve")
    server.set_defaults(run=run_server)
    client = modes.add_parser("connect")
    client.set_defaults(run=run_client)
    for mode in (server, client):
        mode.add_argument("address")
        mode.add_argument("port", type=int)
    server.add_argument("certificate")
    server.add_argument("key")
    server.add_argument("--retry", action="store_true")
    client.add_argument("--version", default="VERSION_1")
    client.add_argument("--protocols", type=int, default=0, help="more ALPN names")
    client.add_argument("--name", default="www.example.org")
    options = parser.parse_args()
    asyncio.run(options.run(options))


if __name__ == "__main__":
    main()
