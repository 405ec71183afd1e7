#!/usr/bin/env python3
"""Writes the crafted captures beside this file, and the tables of README.md.

    generate.py            writes what is missing or differs, removes what is no longer made
    generate.py --check    writes nothing; fails when anything differs

The same octets every time: no clock, no chance, nothing but the standard library. Only gzip depends
on the zlib at hand, so for those files --check compares what they unpack to.
"""

import argparse
import sys
import zlib
from pathlib import Path

# Importing would otherwise leave __pycache__ in the source tree.
sys.dont_write_bytecode = True

from crafted import broken, flow, formats, ip, link, tcp, tunnel

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
FOLDERS = {
    "tcp": tcp, "flow": flow, "ip": ip, "link": link, "tunnel": tunnel, "format": formats,
    "broken": broken,
}


def all_captures():
    """{path: (what it shows, octets)}, in the order of the source."""
    captures = {}
    for folder, module in FOLDERS.items():
        for name, shows, octets in module.captures():
            path = f"{folder}/{name}"
            assert path not in captures, path
            captures[path] = (shows, octets)
    return captures


def unpacked(octets):
    """What gzip's members hold, as far as they can be read; other octets as they are."""
    result = []
    while octets[:2] == b"\x1f\x8b":
        stream = zlib.decompressobj(wbits=31)
        try:
            result.append(stream.decompress(octets))
        except zlib.error:
            # A wrong checksum on purpose: the content counts.
            result.append(zlib.decompressobj(wbits=-15).decompress(octets[10:]))
            break
        octets = stream.unused_data
    return b"".join(result) if result else octets


def same(path, found, made):
    return found == made or path.endswith(".gz") and unpacked(found) == unpacked(made)


def recorded_table():
    yield "| file | shows | made by | kernel | date |"
    yield "| --- | --- | --- | --- | --- |"
    for line in (HERE / "recorded/origin.tsv").read_text(encoding="utf-8").splitlines():
        name, shows, how, kernel, date = line.split("\t")
        how = how.replace("|", "\\|")
        yield f"| [{name}](recorded/{name}) | {shows} | `{how}` | Linux {kernel} | {date} |"


def crafted_tables(captures):
    for folder, module in FOLDERS.items():
        yield f"### {module.__doc__.strip().splitlines()[0]}"
        yield ""
        yield "| file | shows |"
        yield "| --- | --- |"
        for path, (shows, _) in captures.items():
            if path.startswith(folder + "/"):
                yield f"| [{path}]({path}) | {shows} |"
        yield ""


def with_tables(text, captures):
    for mark, lines in (("recorded", recorded_table()), ("crafted", crafted_tables(captures))):
        begin, end = f"<!-- {mark}: begin -->\n", f"<!-- {mark}: end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = before + begin + "\n" + "\n".join(lines).rstrip() + "\n\n" + end + after
    return text


def wanted_files():
    captures = all_captures()
    files = {path: octets for path, (_, octets) in captures.items()}
    files[README.name] = with_tables(README.read_text(encoding="utf-8"), captures).encode()
    return files


def differences(files):
    """(path, what is wrong) for everything on disk that is not as it should be."""
    for path, octets in files.items():
        target = HERE / path
        if not target.exists():
            yield path, "missing"
        elif not same(path, target.read_bytes(), octets):
            yield path, "differs"
    for folder in FOLDERS:
        for target in sorted((HERE / folder).glob("*")):
            path = target.relative_to(HERE).as_posix()
            if path not in files:
                yield path, "not made by generate.py"
    # Each recorded capture has its origin, and each origin its capture.
    noted = {line.split("\t")[0] for line in (HERE / "recorded/origin.tsv").open(encoding="utf-8")}
    with (HERE / "recorded/tls/truth.csv").open(encoding="utf-8") as truth:
        noted |= {"tls/" + line.split(",")[0] for line in truth if not line.startswith("file,")}
    recorded = HERE / "recorded"
    found = {target.relative_to(recorded).as_posix() for target in recorded.rglob("*.pcap*")}
    for name in sorted(noted ^ found):
        yield f"recorded/{name}", "without origin" if name in found else "named, but missing"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    files = wanted_files()
    wrong = list(differences(files))
    for path, what in wrong:
        print(f"{path}: {what}")
        if check or path.startswith("recorded/"):
            continue
        target = HERE / path
        if path in files:
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(files[path])
        else:
            target.unlink()
    if check and wrong:
        print("run tests/captures/generate.py and look at what changed", file=sys.stderr)
        return 1
    print(f"{len(files) - 1} crafted captures, {sum(map(len, files.values())) // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
