#!/usr/bin/env python3
"""Appends to each line of a log what is known of the first address in it.

    tail -F /var/log/nginx/access.log | examples/enrich_log.py /run/stackprint-eth0/p0f.sock
    tail -F /var/log/haproxy.log      | examples/enrich_log.py /run/stackprint-eth0/p0f.sock

Both logs name the client first. HAProxy appends the port to it, which cannot be told from an IPv6
address: a log-format with %ci alone avoids that. A line whose client is not known goes through as it is. The socket
may go and come again, as at a restart: lines go through meanwhile.
"""

import ipaddress
import re
import sys

from p0f_socket import P0f

# An IPv4 or IPv6 address, without the port that HAProxy appends to it after a colon.
CANDIDATE = re.compile(r"\d+\.\d+\.\d+\.\d+|[0-9A-Fa-f:]*::[0-9A-Fa-f:.]*|(?:[0-9A-Fa-f]+:){7}[0-9A-Fa-f]+")


def client_of(line):
    for found in CANDIDATE.finditer(line):
        for text in (found[0], found[0].rpartition(":")[0]):
            try:
                return str(ipaddress.ip_address(text))
            except ValueError:
                pass
    return None


def words(host):
    """`os="Linux 4.19 or newer" link="Ethernet or modem" distance=3`: what is known, and no more."""
    quoted = {
        "os": f"{host['os_name']} {host['os_flavor']}".strip(),
        "app": f"{host['http_name']} {host['http_flavor']}".strip(),
        "link": host["link_type"],
        "language": host["language"],
    }
    told = [f'{name}="{text}"' for name, text in quoted.items() if text]
    # p0f itself says 255 where stackprint says -1.
    if 0 <= host["distance"] < 255:
        told.append(f"distance={host['distance']}")
    if host["last_nat"]:
        told.append("shared=yes")
    return " ".join(told)


def main(path):
    p0f = None
    for line in sys.stdin:
        line = line.rstrip("\n")
        client = client_of(line)
        try:
            if client:
                p0f = p0f or P0f(path)
                host = p0f.ask(client)
                line = f"{line} {words(host)}".rstrip() if host else line
        except OSError:
            p0f = None
        print(line, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
