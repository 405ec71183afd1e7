#!/usr/bin/env python3
"""Scores what tools say of the recordings in ../captures/recorded, whose senders are known.

    score.py --stackprint FILE --p0f FOLDER --answers NAME=FILE …    at least one of them

--stackprint  records of `stackprint read --format ndjson` of all captures (- for standard input)
--p0f         a folder with p0f's log of each capture: http/curl.pcap.log is that of http/curl.pcap
--answers     any other tool's answers: lines {"file": …, "ip": …, "kind": …, "name": …}, where name is
              null for a packet that it saw and could not name

A sender is an address in a capture, by kind (syn, syn_ack, tls_client). It is right if all names that
a tool gives its packets are the truth, wrong if one is not, unknown if none has a name. The senders
are those of which stackprint's records tell, if they are given, else those of any tool: a tool that
does not see a sender does not know it. `–`: a tool that says nothing of packets of this kind.
"""

import argparse
import csv
import fnmatch
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
RECORDED = HERE.parent / "captures" / "recorded"
# Other systems than the kernel's play a part in them, or a part of each packet is missing.
LEFT_OUT = {"visitors.pcap", "nat-two-clients.pcap", "snapped-60.pcap"}


def truth_rows():
    """(part, pattern of files, sender, kind, names that are right)"""
    with open(HERE / "truth.csv", newline="") as file:
        for row in csv.DictReader(file):
            yield row["part"], row["files"], row["sender"], row["kind"], row["truth"].split("|")
    with open(RECORDED / "tls" / "truth.csv", newline="") as file:
        for row in csv.DictReader(file):
            half, _, _ = row["file"].partition("/")
            if half == "held-out":
                is_forged = row["imitates"] and not row["imitates"].startswith(("chrome", "edge"))
                part = "TLS clients, held out of the database"
                if is_forged:
                    part = "TLS of curl_cffi that imitates another library, held out"
                yield part, "tls/" + row["file"], "192.0.2.10", "tls_client", [row["library"]]


class Truth:
    def __init__(self):
        self.rows = list(truth_rows())

    def find(self, file, sender, kind):
        """The part of the table and the right names; None for what is not known."""
        if file in LEFT_OUT:
            return None
        for part, files, of_sender, of_kind, names in self.rows:
            # `*` does not reach into folders.
            same_depth = files.count("/") == file.count("/")
            if same_depth and fnmatch.fnmatchcase(file, files):
                if of_sender in ("*", sender) and of_kind in ("*", kind):
                    return part, names
        return None


def stackprint_answers(lines):
    for line in lines:
        record = json.loads(line)
        kind, subject = record["kind"], record[record["subject"]]["ip"]
        # As it was named on the command line.
        file = record["origin"]["file"].split("recorded/")[-1]
        if kind in ("syn", "syn_ack"):
            yield file, subject, kind, record["os"] and record["os"]["name"]
        elif kind == "tls_client":
            library = record["tls"].get("library")
            yield file, subject, kind, library and library["name"]


def p0f_answers(folder):
    for log in sorted(Path(folder).rglob("*.log")):
        file = str(log.relative_to(folder)).removesuffix(".log")
        for line in log.read_text(errors="replace").splitlines():
            fields = dict(it.split("=", 1) for it in line.split("] ", 1)[-1].split("|") if "=" in it)
            kind = {"syn": "syn", "syn+ack": "syn_ack"}.get(fields.get("mod"))
            if kind:
                end = fields["cli" if fields["subj"] == "cli" else "srv"]
                name = fields.get("os", fields.get("app", "???"))
                yield file, end.rsplit("/", 1)[0], kind, None if name == "???" else name


def named_answers(lines):
    for line in lines:
        it = json.loads(line)
        yield it["file"], it["ip"], it["kind"], it["name"]


def is_right(name, names):
    """Whether a name, with a version or flavour after it or not, is one of the right ones."""
    return any(re.match(re.escape(right) + r"\b", name, re.IGNORECASE) for right in names)


def gather(answers):
    gathered = defaultdict(list)
    for file, sender, kind, name in answers:
        gathered[file, sender, kind].append(name)
    return gathered


def verdict(names, right):
    named = [name for name in names if name]
    if not named:
        return "unknown"
    return "right" if all(is_right(name, right) for name in named) else "wrong"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--stackprint")
    parser.add_argument("--p0f")
    parser.add_argument("--answers", action="append", default=[])
    parser.add_argument("--wrong", action="store_true", help="name each sender that is not right")
    given = parser.parse_args()
    tools = {}
    if given.stackprint:
        lines = sys.stdin if given.stackprint == "-" else open(given.stackprint)
        tools["stackprint"] = gather(stackprint_answers(lines))
    if given.p0f:
        tools["p0f"] = gather(p0f_answers(given.p0f))
    for answers in given.answers:
        name, _, path = answers.partition("=")
        tools[name] = gather(named_answers(open(path)))
    if not tools:
        parser.error("whose answers?")

    truth = Truth()
    senders = tools.get("stackprint") or {key: None for it in tools.values() for key in it}
    counts = defaultdict(lambda: defaultdict(int))
    for key in sorted(senders):
        found = truth.find(*key)
        if not found:
            continue
        part, right = found
        counts[part]["senders"] += 1
        for tool, answers in tools.items():
            became = verdict(answers.get(key, []), right)
            counts[part][tool, became] += 1
            if given.wrong and became != "right":
                print(tool, became, *key, set(answers.get(key, [])), file=sys.stderr)

    print("| recordings | senders |", " | ".join(f"{tool}: right | wrong | unknown" for tool in tools), "|")
    print("| --- |" + " --- |" * (1 + 3 * len(tools)))
    for part in dict.fromkeys(part for part, *_ in truth.rows):
        if part in counts:
            kinds = {key[2] for key in senders if (truth.find(*key) or [None])[0] == part}
            cells = []
            for tool, answers in tools.items():
                reads_it = any(kind in kinds for _, _, kind in answers)
                became = [counts[part][tool, it] for it in ("right", "wrong", "unknown")]
                cells += became if reads_it else ["–"] * len(became)
            print("|", part, "|", counts[part]["senders"], "|", " | ".join(map(str, cells)), "|")


if __name__ == "__main__":
    main()
