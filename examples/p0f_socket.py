"""A client of the p0f socket, which `stackprint live --p0f-socket PATH` serves as p0f -s does."""

import ipaddress
import socket
import struct

QUERY = struct.Struct("=IB16s")
ANSWER = struct.Struct("=9IhBB32s32s32s32s32s32s")
QUERY_MAGIC = 0x50304601
ANSWER_MAGIC = 0x50304602
FOUND, UNKNOWN = 0x10, 0x20
FIELDS = (
    "first_seen last_seen total_conn uptime_min up_mod_days last_nat last_chg distance bad_sw "
    "os_match_q os_name os_flavor http_name http_flavor link_type language"
).split()


class P0f:
    """One connection, for any number of questions."""

    def __init__(self, path, timeout=1.0):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)

    def ask(self, address):
        """What is known of a host, as a dictionary; None if it is not known."""
        ip = ipaddress.ip_address(address)
        self.socket.sendall(QUERY.pack(QUERY_MAGIC, ip.version, ip.packed))
        answer = b""
        while len(answer) < ANSWER.size:
            piece = self.socket.recv(ANSWER.size - len(answer))
            if not piece:
                raise ConnectionError("the socket was closed")
            answer += piece
        magic, status, *values = ANSWER.unpack(answer)
        if magic != ANSWER_MAGIC or status not in (FOUND, UNKNOWN):
            raise ValueError(f"status {status:#x}")
        if status == UNKNOWN:
            return None
        text = lambda value: value.split(b"\0")[0].decode("utf-8", "replace")
        return {
            name: text(value) if isinstance(value, bytes) else value
            for name, value in zip(FIELDS, values)
        }
