// What the records of one capture say, gathered by host.

import type { Verdict } from "stackprint";
import { ADDRESS, AddressLines, LINE_WORDS, OWN, TAG, V6_BIT } from "./address-lines";
import { ipv4, ipv6 } from "./addresses";
import { Connections } from "./connections";
import { type Batch, IS_V6, PORTS, ROW_WORDS, type Row, SECONDS_HIGH, SECONDS_LOW, SERVER_NAME, SHAPE, SUBJECT, UPTIME, secondsAt } from "./records";
import type { Said } from "./said";
import { type Label, MAX_FAMILIES, type Shape, Shapes } from "./shapes";
import { Timeline } from "./timeline";

/** A signature of a host, its latest shape, and how often and when last it was seen. */
export interface Signature { shape: Shape; count: number; seconds: number }
/** What connections of a host carry, how often and when last, and the names that they asked for. */
export interface Carried { said: Said; count: number; seconds: number; names: readonly string[] }
/** A change, its time, and how many like it came directly before. */
export interface SeenChange { row: Row; seconds: number; count: number }

/** What the clock of a host said, at some times: seconds and uptime in turn. One record of `every` is kept. */
export interface Clock { points: number[]; every: number; count: number }

/** There are hundreds of thousands of hosts: what most have none of costs nothing, and lists have no room to grow into. */
const NONE: readonly never[] = [];

/** A host: what changes seldom, beside its line. */
export class Kept {
    name = "";
    distance: number | null = null;
    link = "";
    uptime: number | null = null;
    uptimeRow: Row | null = null;
    clock: Clock | null = null;
    /** Several systems behind one address, once that was said. */
    isShared = false;
    changes: readonly SeenChange[] = NONE;
    records = 0;
    last: number;
    seen: readonly Signature[] = NONE;
    carried: readonly Carried[] = NONE;
    isClient = false;
    isServer = false;
    ports: readonly number[] = NONE;
    /** What the records that its line counts are counted for. */
    run: Signature | Carried | null = null;

    constructor(readonly of: Hosts, readonly line: number, readonly network: string, public label: Label, readonly first: number) {
        this.last = first;
    }

    get ip(): string {
        const at = this.of.addressAt(this.line);
        return this.of.isV6(this.line) ? ipv6(this.of.words.subarray(at, at + 4)) : ipv4(this.of.words[at]!);
    }
}

/** What the hosts' lines hold: in the tag, the number of the latest record's shape, twice; then how
 * many records of that shape came in a row, and the time of the last. */
const COUNT = OWN, LAST_HIGH = OWN + 1, LAST_LOW = OWN + 2;

/** Signatures, what connections carry and its names, changes and ports kept for one host: a scanner must not fill the memory. */
const MAX_SEEN = 32;
const MAX_CARRIED = 32;
const MAX_NAMES = 16;
const MAX_CHANGES = 16;
const MAX_PORTS = 32;
const MAX_POINTS = 32;

export class Hosts {
    readonly shapes = new Shapes();
    readonly connections = new Connections();
    readonly timeline = new Timeline(MAX_FAMILIES + 1);
    /** By number of the line. */
    readonly kept: Kept[] = [];
    records = 0;
    /** Addresses with several systems behind them. */
    shared = 0;
    private readonly names = new Map<string, string>();
    private readonly lines = new AddressLines();

    /** Takes in the records of a batch. */
    add({ shapes, rows, serverNames, verdicts, matched }: Batch): void {
        const known = shapes.map((row, at) => this.shape(row, verdicts[at] ?? null, matched[at] ?? ""));
        for (let at = 0; at < rows.length; at += ROW_WORDS) {
            const shape = known[rows[at + SHAPE]!]!;
            const isV6 = rows[at + IS_V6]!;
            const number = this.lines.find(isV6, shape.network, rows, at + SUBJECT);
            const line = number * LINE_WORDS;
            const { words } = this.lines;
            const tag = shape.number * 2 + isV6;
            // Most records say of their host what the one before said.
            if (words[line + TAG] !== tag) {
                this.take(number, shape, rows, at);
                words[line + TAG] = tag;
            }
            if (shape.row.uptime) noteUptime(this.kept[number]!, secondsAt(rows, at + SECONDS_HIGH), rows[at + UPTIME]!);
            words[line + COUNT]! += 1;
            words[line + LAST_HIGH] = rows[at + SECONDS_HIGH]!;
            words[line + LAST_LOW] = rows[at + SECONDS_LOW]!;
            if (shape.unknown) shape.unknown.count += 1;
            if (shape.fact) {
                const named = rows[at + SERVER_NAME]!;
                const name = named ? serverNames[named - 1]! : "";
                if (name) noteName(this.kept[number]!, name);
                this.connections.add(rows, at, shape, this.shapes.factOf(shape, name));
            } else if (shape.isHandshake) {
                this.connections.add(rows, at, shape, null);
                if (shape.isServer) this.notePort(number, rows[at + PORTS]! & 0xffff);
            }
            // An uptime is one of a system that is known from its handshakes.
            const { familyIndex } = shape.isHandshake ? shape.label : this.kept[number]!.label;
            this.timeline.add(secondsAt(rows, at + SECONDS_HIGH), familyIndex);
        }
        this.records += rows.length / ROW_WORDS;
    }

    /** Takes names that the capture gives to addresses; the first of an address counts. */
    addNames(names: { address: string; name: string }[]): void {
        for (const { address, name } of names) if (!this.names.has(address)) this.names.set(address, name);
    }

    nameOf(ip: string): string {
        return this.names.size ? (this.names.get(ip) ?? "") : "";
    }

    private shape(row: Row, verdict: Verdict | null, matched: string): Shape {
        const shape = this.shapes.of(row, verdict, matched);
        this.lines.networks[shape.number] = shape.network;
        return shape;
    }

    private notePort(number: number, port: number): void {
        const host = this.kept[number]!;
        const { ports } = host;
        if (ports[0] !== port && ports.length < MAX_PORTS && !ports.includes(port)) host.ports = [...ports, port];
    }

    /** Takes in what a shape says of a host, whose records of that shape are counted from now on. */
    private take(number: number, shape: Shape, rows: Uint32Array, at: number): void {
        const seconds = secondsAt(rows, at + SECONDS_HIGH);
        if (!this.kept[number]) this.welcome(number, shape, seconds);
        const host = this.settled(number);
        const { row } = shape;
        if (row.uptime) host.uptimeRow = row;
        if (row.change) {
            if (row.change.verdict === "ip_sharing" && !host.isShared) {
                host.isShared = true;
                this.shared += 1;
            }
            noteChange(host, row, seconds);
        }
        if (row.mtu) host.link = shape.link;
        if (row.ttl) host.distance = row.ttl.distance;
        if (shape.isHandshake || shape.said) host[shape.isServer ? "isServer" : "isClient"] = true;
        // The surest label stays: a later packet that says less does not replace it.
        if (row.os && shape.label.quality >= host.label.quality) {
            host.label.hosts -= 1;
            host.label = shape.label;
            host.label.hosts += 1;
        }
        host.run = shape.said ? carriedOf(host, shape.said) : row.signature ? signatureOf(host, shape) : null;
    }

    /** A host, with the records that its line has counted. */
    settled(number: number): Kept {
        const { words } = this.lines;
        const line = number * LINE_WORDS;
        const host = this.kept[number]!;
        const count = words[line + COUNT]!;
        if (count) {
            host.records += count;
            host.last = Math.max(host.last, secondsAt(words, line + LAST_HIGH));
            if (host.run) {
                host.run.count += count;
                host.run.seconds = secondsAt(words, line + LAST_HIGH);
            }
            words[line + COUNT] = 0;
        }
        if (this.names.size) host.name = this.nameOf(host.ip);
        return host;
    }

    /** All hosts, as they are now. */
    all(): Kept[] {
        return this.kept.map((_, number) => this.settled(number));
    }

    private welcome(number: number, shape: Shape, seconds: number): void {
        const { unnamed, networks } = this.shapes;
        this.kept.push(new Kept(this, number, networks[shape.network]!, unnamed, seconds));
        unnamed.hosts += 1;
    }

    isV6(line: number): boolean {
        return (this.lines.words[line * LINE_WORDS + TAG]! & V6_BIT) !== 0;
    }

    /** Where the address of a host begins in `words`. */
    addressAt(line: number): number {
        return line * LINE_WORDS + ADDRESS;
    }

    get words(): Uint32Array {
        return this.lines.words;
    }
}

function noteUptime(host: Kept, seconds: number, uptime: number): void {
    host.uptime = uptime;
    const clock = (host.clock ??= { points: [], every: 1, count: 0 });
    clock.count += 1;
    if ((clock.count - 1) % clock.every) return;
    clock.points.push(seconds, uptime);
    if (clock.points.length <= MAX_POINTS * 2) return;
    // Every other one goes, so that those that are left are spread over all of the time.
    clock.points = clock.points.filter((_, at) => at % 4 < 2);
    clock.every *= 2;
}

function noteChange(host: Kept, row: Row, seconds: number): void {
    const last = host.changes[host.changes.length - 1];
    const like = ({ change }: Row): string => `${change?.verdict} ${change?.reasons.join()}`;
    if (last && like(last.row) === like(row)) {
        last.count += 1;
        last.seconds = seconds;
        last.row = row;
    } else if (host.changes.length < MAX_CHANGES) host.changes = [...host.changes, { row, seconds, count: 1 }];
}

/** A name that the host has asked for in what it is counted for now. */
function noteName({ run }: Kept, name: string): void {
    if (run && "names" in run && run.names.length < MAX_NAMES && !run.names.includes(name)) run.names = [...run.names, name];
}

/** What the host's connections carry, if it is of that kept. */
function carriedOf(host: Kept, said: Said): Carried | null {
    let carried = host.carried.find((one) => one.said.key === said.key);
    if (!carried && host.carried.length < MAX_CARRIED) {
        carried = { said, count: 0, seconds: 0, names: NONE };
        host.carried = [...host.carried, carried];
    }
    return carried ?? null;
}

/** The host's signature of the shape, if it is one of those kept. */
function signatureOf(host: Kept, shape: Shape): Signature | null {
    let signature = host.seen.find((one) => one.shape.key === shape.key);
    if (!signature && host.seen.length < MAX_SEEN) {
        signature = { shape, count: 0, seconds: 0 };
        host.seen = [...host.seen, signature];
    }
    if (signature) signature.shape = shape;
    return signature ?? null;
}

/** The order of addresses: IPv4 before IPv6, and as numbers: 10.0.0.9 before 10.0.0.10. */
export function byAddress(a: Kept, b: Kept): number {
    let difference = Number(a.of.isV6(a.line)) - Number(b.of.isV6(b.line));
    const [x, y] = [a.of.addressAt(a.line), b.of.addressAt(b.line)];
    for (let word = 0; difference === 0 && word < 4; word += 1) difference = a.of.words[x + word]! - b.of.words[y + word]!;
    return difference;
}
