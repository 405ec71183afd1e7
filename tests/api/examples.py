#!/usr/bin/env python3
"""Checks that each public type, trait and function has an example, or a link to one.

    tests/api/examples.py target/doc/stackprint.json

An example is a block of code in the documentation of the item or of one of its methods, variants or
fields. A link counts if it leads to an item that has one: a module, a type, or something on a type's
page. So does the path of a program in core/examples. Constants are not asked for: the documentation of
their module is theirs. Prints the items that have neither, and then ends with 1.
"""

import json
import pathlib
import re
import sys

PROGRAMS = pathlib.Path(__file__).resolve().parents[2] / "core"
PROGRAM = re.compile(r"\bexamples/\w+\.rs\b")
KINDS = ("struct", "enum", "union", "trait", "function", "type_alias", "macro", "proc_macro")


class Crate:
    def __init__(self, crate):
        self.index = crate["index"]
        # What is on the page of another item: its methods, variants and fields.
        self.owner = {}
        # The public items, and the first of the paths by which users name them.
        self.public = {}
        root = self.index[str(crate["root"])]
        self.visit(root, root["name"])
        for number in self.index:
            for part in self.parts(self.index[number]):
                self.owner.setdefault(part["id"], self.index[number])

    def items(self, numbers):
        for number in numbers:
            item = self.index.get(str(number))
            if item:
                yield item

    def visit(self, item, path):
        """Walks what can be reached from outside, as the list of the API does."""
        if item["visibility"] not in ("public", "default"):
            return
        (kind, it), = item["inner"].items()
        if kind == "use":
            for target in self.items([it["id"]]):
                if it["is_glob"]:
                    for child in self.items(next(iter(target["inner"].values()))["items"]):
                        self.visit(child, f"{path}::{child['name']}")
                else:
                    self.visit(target, path)
        elif kind == "module":
            for child in self.items(it["items"]):
                name = child["name"] or child["inner"].get("use", {}).get("name")
                self.visit(child, f"{path}::{name}")
        elif kind in KINDS and item["crate_id"] == 0:
            self.public.setdefault(item["id"], path)

    def parts(self, item):
        """What is documented on the item's page: its methods, variants and fields."""
        (kind, it), = item["inner"].items()
        if kind not in KINDS or not isinstance(it, dict):
            return
        fields = it.get("kind")
        fields = fields.get("plain", {}).get("fields", []) if isinstance(fields, dict) else []
        for part in self.items([*it.get("items", []), *it.get("variants", []), *fields]):
            yield part
        for block in self.items(it.get("impls", [])):
            block = block["inner"]["impl"]
            if not block["blanket_impl"] and not block["is_synthetic"]:
                yield from self.items(block["items"])

    def documented(self, item):
        return [item, *self.parts(item)]

    def has_code(self, item):
        return any("```" in (part["docs"] or "") for part in self.documented(item))

    def has_link(self, item):
        for part in self.documented(item):
            for target in self.items(part["links"].values()):
                target = self.owner.get(target["id"], target)
                if target["id"] != item["id"] and self.has_code(target):
                    return True
            for program in PROGRAM.findall(part["docs"] or ""):
                if (PROGRAMS / program).is_file():
                    return True
        return False


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        crate = Crate(json.load(file))
    missing = sorted(path for number, path in crate.public.items()
                     if not crate.has_code(crate.index[str(number)])
                     and not crate.has_link(crate.index[str(number)]))
    have = len(crate.public) - len(missing)
    print(f"{have} of {len(crate.public)} items have an example or a link to one", file=sys.stderr)
    for path in missing:
        print(f"no example, and no link to one: {path}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
