#!/usr/bin/env python3
"""How long an answer takes, and how many there are in a second, beside cat in the same place.

coprocess_speed.py PROGRAM [RECORDS]

Records are lines of EVE: half of them have a SYN of a new client, half have no packet. "one by one"
asks as rsyslog and Redpanda Connect do: a record, then its answer; the time is that of this script,
too, which is why cat stands beside it. "all at once" writes all records while it reads.
"""

import base64
import json
import os
import statistics
import struct
import subprocess
import sys
import threading
import time


def syn(number):
    """Ethernet, IPv4 and TCP; checksums are not looked at."""
    address = struct.pack(">I", (10 << 24) + number)
    options = bytes.fromhex("020405b40402080a0000000100000000" "01030307")
    tcp = struct.pack(">HHIIHHHH", 40000, 443, 1, 0, 0xA002, 64240, 0, 0) + options
    ip = bytes.fromhex("4500003c12344000" "40060000") + address + bytes([192, 0, 2, 80])
    return bytes.fromhex("020000000002020000000001" "0800") + ip + tcp


def record(number):
    event = {"timestamp": "2023-11-14T22:13:20.123456+0000", "flow_id": number}
    if number % 2:
        packet = base64.b64encode(syn(number)).decode()
        event |= {"event_type": "alert", "packet": packet, "packet_info": {"linktype": 1}}
    else:
        event |= {"event_type": "flow", "src_ip": "192.0.2.1"}
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def start(command):
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, bufsize=0)


def one_by_one(command, records):
    """Microseconds from question to answer."""
    child, times, changed = start(command), [], 0
    answers = child.stdout
    for question in records:
        began = time.perf_counter_ns()
        child.stdin.write(question)
        answer = answers.read(1 << 16)
        while not answer.endswith(b"\n"):
            answer += answers.read(1 << 16)
        times.append((time.perf_counter_ns() - began) / 1000)
        changed += answer != question
    child.stdin.close()
    child.wait()
    return times, changed


def all_at_once(command, records):
    """Seconds, and seconds of the child's processor time."""
    child, text = start(command), b"".join(records)

    def write():
        child.stdin.write(text)
        child.stdin.close()

    began = time.perf_counter()
    writer = threading.Thread(target=write)
    writer.start()
    lines = sum(piece.count(b"\n") for piece in iter(lambda: child.stdout.read(1 << 16), b""))
    elapsed = time.perf_counter() - began
    writer.join()
    _, _, used = os.wait4(child.pid, 0)
    assert lines == len(records), (lines, len(records))
    return elapsed, used.ru_utime + used.ru_stime


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    records = [record(number) for number in range(count)]
    few = records[:5000]
    print(f"{'':12} {'median':>9} {'99 %':>9}   {'records/s':>11} {'CPU a record':>15}")
    for name, command in [("cat", ["cat"]), ("coprocess", [program, "coprocess"])]:
        times, changed = one_by_one(command, few)
        assert changed == (0 if name == "cat" else len(few) // 2), changed
        median, slow = statistics.median(times), statistics.quantiles(times, n=100)[98]
        elapsed, used = all_at_once(command, records)
        rates = f"{count / elapsed:11,.0f} {used / count * 1e6:12.2f} µs"
        print(f"{name:12} {median:6.0f} µs {slow:6.0f} µs   {rates}")


main()
