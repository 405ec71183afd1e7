#!/usr/bin/env python3
"""Lists the public API of a crate, a line for each item, from the JSON of rustdoc.

    tests/api/list.py target/doc/stackprint.json

The JSON is that of the toolchain that CI pins; its format has a version, and another one is refused.
Blanket and automatic implementations are left out, and so is what is hidden from the documentation.
"""

import json
import sys

FORMAT = 57


class Api:
    def __init__(self, crate):
        self.index = crate["index"]
        self.paths = crate["paths"]
        self.lines = set()

    def item(self, number):
        return self.index.get(str(number))

    def path(self, number, name):
        known = self.paths.get(str(number))
        if not known:
            return name
        parts = known["path"]
        return parts[-1] if known["crate_id"] == 0 else "::".join(parts)

    # Types and what is in them.

    def args(self, args):
        if not args:
            return ""
        if "parenthesized" in args:
            both = args["parenthesized"]
            inputs = ", ".join(map(self.type, both["inputs"]))
            output = f" -> {self.type(both['output'])}" if both["output"] else ""
            return f"({inputs}){output}"
        if "angle_bracketed" not in args:
            return "(..)"
        inner = []
        for arg in args["angle_bracketed"]["args"]:
            (kind, value), = arg.items() if isinstance(arg, dict) else [(arg, None)]
            inner.append({"lifetime": lambda: value, "type": lambda: self.type(value),
                          "const": lambda: value["expr"]}.get(kind, lambda: "_")())
        for constraint in args["angle_bracketed"]["constraints"]:
            name = constraint["name"] + self.args(constraint.get("args"))
            binding = constraint["binding"]
            if "equality" in binding:
                term = binding["equality"]
                value = self.type(term["type"]) if "type" in term else term["constant"]["expr"]
                inner.append(f"{name} = {value}")
            else:
                inner.append(f"{name}: {self.bounds(binding['constraint'])}")
        return f"<{', '.join(inner)}>" if inner else ""

    def trait(self, it):
        return self.path(it["id"], it["path"]) + self.args(it["args"])

    def bounds(self, bounds):
        words = []
        for bound in bounds:
            if "trait_bound" in bound:
                trait = bound["trait_bound"]
                higher = ", ".join(it["name"] for it in trait["generic_params"])
                sign = {"none": "", "maybe": "?"}.get(trait["modifier"], "")
                words.append((f"for<{higher}> " if higher else "") + sign + self.trait(trait["trait"]))
            elif "outlives" in bound:
                words.append(bound["outlives"])
            elif "use" in bound:
                names = [it.get("lifetime") or it.get("param") for it in bound["use"]]
                words.append(f"use<{', '.join(names)}>")
        return " + ".join(words)

    def type(self, it):
        if isinstance(it, str):
            return "_"
        (kind, value), = it.items()
        if kind == "resolved_path":
            return self.path(value["id"], value["path"]) + self.args(value["args"])
        if kind in ("generic", "primitive"):
            return value
        if kind == "tuple":
            inner = ", ".join(map(self.type, value))
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if kind == "slice":
            return f"[{self.type(value)}]"
        if kind == "array":
            return f"[{self.type(value['type'])}; {value['len']}]"
        if kind == "borrowed_ref":
            lifetime = f"{value['lifetime']} " if value["lifetime"] else ""
            return f"&{lifetime}{'mut ' if value['is_mutable'] else ''}{self.type(value['type'])}"
        if kind == "impl_trait":
            return f"impl {self.bounds(value)}"
        if kind == "dyn_trait":
            words = [self.trait(it["trait"]) for it in value["traits"]]
            return "dyn " + " + ".join(words + ([value["lifetime"]] if value["lifetime"] else []))
        if kind == "qualified_path":
            of = self.type(value["self_type"])
            name = value["name"] + self.args(value.get("args"))
            return f"<{of} as {self.trait(value['trait'])}>::{name}" if value["trait"] else f"{of}::{name}"
        if kind == "function_pointer":
            return f"fn{self.signature(value['sig'])}"
        return kind

    def generics(self, generics):
        words = []
        for param in generics["params"]:
            (kind, value), = param["kind"].items()
            if kind == "lifetime":
                words.append(param["name"])
            elif kind == "const":
                words.append(f"const {param['name']}: {self.type(value['type'])}")
            elif not value["is_synthetic"]:
                bounds = self.bounds(value["bounds"])
                words.append(param["name"] + (f": {bounds}" if bounds else ""))
        return f"<{', '.join(words)}>" if words else ""

    def where(self, generics):
        words = []
        for clause in generics["where_predicates"]:
            (kind, value), = clause.items()
            if kind == "bound_predicate":
                words.append(f"{self.type(value['type'])}: {self.bounds(value['bounds'])}")
            elif kind == "lifetime_predicate":
                words.append(f"{value['lifetime']}: {' + '.join(value['outlives'])}")
        return f" where {', '.join(words)}" if words else ""

    def signature(self, sig):
        short = {"self: Self": "self", "self: &Self": "&self", "self: &mut Self": "&mut self"}
        inputs = [f"{name}: {self.type(it)}" for name, it in sig["inputs"]]
        inputs = ", ".join(short.get(it, it) for it in inputs)
        output = f" -> {self.type(sig['output'])}" if sig["output"] else ""
        return f"({inputs}){output}"

    # Items.

    def say(self, item, line):
        attributes = " ".join(map(str, item["attrs"]))
        self.lines.add(line + (" #[non_exhaustive]" if "non_exhaustive" in attributes else ""))

    def function(self, item, path):
        it = item["inner"]["function"]
        words = [word for word in ("const", "async", "unsafe") if it["header"][f"is_{word}"]]
        generics = it["generics"]
        self.say(item, " ".join(["pub", *words, "fn"]) + f" {path}{self.generics(generics)}"
                 f"{self.signature(it['sig'])}{self.where(generics)}")

    def fields(self, kind, path):
        if isinstance(kind, dict) and "plain" in kind:
            kind = {"struct": {"fields": kind["plain"]["fields"]}}
        if not isinstance(kind, dict):
            return
        (_, value), = kind.items()
        for number in value["fields"] if isinstance(value, dict) else value:
            field = self.item(number) if number is not None else None
            if field and (field["visibility"] in ("public", "default")):
                self.say(field, f"pub {path}::{field['name']}: {self.type(field['inner']['struct_field'])}")

    def impls(self, numbers, path):
        for number in numbers:
            it = self.item(number)
            if not it:
                continue
            block = it["inner"]["impl"]
            if block["blanket_impl"] or block["is_synthetic"]:
                continue
            generics = self.generics(block["generics"])
            if block["trait"]:
                of = self.type(block["for"])
                self.lines.add(f"impl{generics} {self.trait(block['trait'])} for {of}"
                               f"{self.where(block['generics'])}")
                continue
            for child in block["items"]:
                self.visit(self.item(child), path)

    def visit(self, item, path, name=None):
        if not item or item["visibility"] not in ("public", "default"):
            return
        (kind, it), = item["inner"].items()
        path = f"{path}::{name or item['name']}" if kind != "use" else path
        if kind == "use":
            target = self.item(it["id"]) if it["id"] is not None else None
            if not target:
                self.lines.add(f"pub use {path}::{it['name']} = {it['source']}")
            elif it["is_glob"]:
                for child in self.children(target):
                    self.visit(self.item(child), path)
            else:
                self.visit(target, path, it["name"])
        elif kind == "module":
            self.say(item, f"pub mod {path}")
            for child in it["items"]:
                self.visit(self.item(child), path)
        elif kind == "function":
            self.function(item, path)
        elif kind == "struct":
            self.say(item, f"pub struct {path}{self.generics(it['generics'])}{self.where(it['generics'])}")
            self.fields(it["kind"], path)
            self.impls(it["impls"], path)
        elif kind == "enum":
            self.say(item, f"pub enum {path}{self.generics(it['generics'])}{self.where(it['generics'])}")
            for number in it["variants"]:
                variant = self.item(number)
                self.say(variant, f"pub {path}::{variant['name']}")
                self.fields(variant["inner"]["variant"]["kind"], f"{path}::{variant['name']}")
            self.impls(it["impls"], path)
        elif kind == "trait":
            bounds = self.bounds(it["bounds"])
            self.say(item, f"pub trait {path}{self.generics(it['generics'])}{': ' + bounds if bounds else ''}")
            for child in it["items"]:
                self.visit(self.item(child), path)
            self.impls(it["implementations"], path)
        elif kind in ("constant", "assoc_const"):
            self.say(item, f"pub const {path}: {self.type(it['type'])}")
        elif kind == "static":
            self.say(item, f"pub static {path}: {self.type(it['type'])}")
        elif kind == "type_alias":
            self.say(item, f"pub type {path}{self.generics(it['generics'])} = {self.type(it['type'])}")
        elif kind == "assoc_type":
            bounds = self.bounds(it["bounds"])
            self.say(item, f"type {path}{': ' + bounds if bounds else ''}")

    def children(self, target):
        (kind, it), = target["inner"].items()
        return it["items"] if kind == "module" else it.get("variants", [])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        crate = json.load(file)
    if crate["format_version"] != FORMAT:
        sys.exit(f"rustdoc's JSON is of format {crate['format_version']}, not {FORMAT}")
    api = Api(crate)
    root = api.item(crate["root"])
    for child in root["inner"]["module"]["items"]:
        api.visit(api.item(child), root["name"])
    print("\n".join(sorted(api.lines)))


main()
