// What the records of one capture have in common: shapes, the labels of hosts, unknown signatures.

import type { Verdict } from "stackprint";
import { type Fact, factOf, factWithName } from "./facts";
import { type Os, type Row, systemOf, whyOf } from "./records";
import { type Said, saidOf } from "./said";

/** What a host is called, and how many hosts are called so. */
export interface Label {
    number: number; system: string; family: string;
    /** Of the family in `families`. */
    familyIndex: number; quality: number; why: string; hosts: number;
}

/** What records have in common, and what the table shows of it. Equal ones have one number, from 1. */
export interface Shape {
    number: number; row: Row; key: string; label: Label; link: string; unknown: Unknown | null; isServer: boolean; isHandshake: boolean;
    /** What a connection carries: for the host, and for the connection; the latter with a server's name, by it. */
    said: Said | null; fact: Fact | null; named: Map<string, Fact>;
    /** The signature of the database that fits; empty if none does. */
    matched: string;
    /** Index of the network in `networks`. */
    network: number;
}
export interface Unknown { signature: string; kind: string; count: number }

/** Unknown signatures and shapes that are recognized again: a scanner must not fill the memory. */
const MAX_UNKNOWN = 10_000;
const MAX_SHAPES = 10_000;
/** Facts with a server's name that are recognized again. */
const MAX_NAMED = 50_000;
/** Families with a count of their own over time; the others are one. */
export const MAX_FAMILIES = 30;
const OTHER = "other systems";

export class Shapes {
    /** By number. */
    readonly labels: Label[] = [];
    private readonly labelsByText = new Map<string, Label>();
    readonly unknown = new Map<string, Unknown>();
    readonly families: string[] = [];
    /** The first is none. */
    readonly networks: string[] = [""];
    readonly unnamed = this.label(null);
    /** By their text. */
    private readonly byText = new Map<string, Shape>();
    /** Those of what connections carry, apart: they are many, and must not keep the others out. */
    private readonly carriedByText = new Map<string, Shape>();
    private count = 0;
    private namedCount = 0;

    of(row: Row, verdict: Verdict | null, matched: string): Shape {
        // A change has times in it: no two are alike.
        const byText = row.tls || row.http ? this.carriedByText : this.byText;
        const text = row.change || byText.size >= MAX_SHAPES ? "" : JSON.stringify(row);
        const known = text ? byText.get(text) : undefined;
        if (known) return known;
        const said = saidOf(row);
        const key = said ? said.key : `${row.kind} ${row.signature ?? ""}`;
        const label = this.label(row.os);
        const shape: Shape = {
            number: (this.count += 1), row, key, label, network: this.network(row.path ?? []),
            link: row.mtu ? (row.mtu.link ?? `MTU ${row.mtu.value}`) : "",
            unknown: row.signature && !row.os ? this.unknownOf(key, row) : null,
            isServer: row.subject === "server", isHandshake: row.kind === "syn" || row.kind === "syn_ack", said, fact: factOf(row, verdict), named: new Map(), matched,
        };
        if (text) byText.set(text, shape);
        return shape;
    }

    /** What a record says of its connection: its shape, and the name of the server, if it has one. */
    factOf(shape: Shape, serverName: string): Fact | null {
        if (!serverName || !shape.fact) return shape.fact;
        let fact = shape.named.get(serverName);
        if (fact) return fact;
        fact = factWithName(shape.fact, serverName);
        if (this.namedCount < MAX_NAMED) {
            this.namedCount += 1;
            shape.named.set(serverName, fact);
        }
        return fact;
    }

    private unknownOf(key: string, { signature, kind }: Row): Unknown | null {
        let unknown = this.unknown.get(key);
        if (!unknown && this.unknown.size < MAX_UNKNOWN) {
            unknown = { signature: signature ?? "", kind, count: 0 };
            this.unknown.set(key, unknown);
        }
        return unknown ?? null;
    }

    private label(os: Os | null): Label {
        const [system, why, quality] = [systemOf(os), whyOf(os), os?.quality ?? 0];
        const key = `${system}|${why}|${quality}`;
        let label = this.labelsByText.get(key);
        if (!label) {
            const family = os?.name ?? "unknown";
            label = { number: this.labels.length, system, family, familyIndex: this.familyIndex(family), quality, why, hosts: 0 };
            this.labels.push(label);
            this.labelsByText.set(key, label);
        }
        return label;
    }

    /** The innermost VLAN, virtual network or GTP tunnel, in which an address means one host (docs/hosts.md). */
    private network(path: string[]): number {
        const name = path.findLast((around) => /^(vlan|vxlan|geneve|gtpu|gtp0):/.test(around) && around !== "vlan:0") ?? "";
        const found = this.networks.indexOf(name);
        return found >= 0 ? found : this.networks.push(name) - 1;
    }

    private familyIndex(name: string): number {
        const wanted = this.families.length < MAX_FAMILIES || this.families.includes(name) ? name : OTHER;
        const found = this.families.indexOf(wanted);
        return found >= 0 ? found : this.families.push(wanted) - 1;
    }
}
