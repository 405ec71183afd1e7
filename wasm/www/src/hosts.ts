// What the records say, gathered by host: the page asks for a few rows of it at a time.

import { ADDRESS, AddressLines, LINE_WORDS, OWN, TAG, V6_BIT } from "./address-lines";

export interface Os {
    label: string; name: string; flavor: string; rank: string; match: string; quality: number;
    candidates?: { name: string; probability: number }[];
    differences?: { field: string; expected: string; observed: string }[];
}
interface Endpoint { ip: string; port: number }
export interface Row {
    time: string; kind: "syn" | "syn_ack" | "uptime"; client: Endpoint; server: Endpoint;
    subject: "client" | "server"; signature: string | null; os: Os | null;
    ttl: { observed: number; initial: number; distance: number; guessed: boolean } | null;
    notes: string[]; mtu: { value: number; link: string | null } | null;
    uptime: { seconds: number; reliable: boolean; why: string; frequency_hz: number; modulo_days: number } | null;
    change: { verdict: string; reasons: string[]; score: number } | null; path?: string[];
}

/** A shape of records, with the time of the latest, for each signature of a host; and how often the
 * signature was seen. */
export interface Seen { row: Row; count: number }
export interface Host {
    ip: string; system: string; quality: number; why: string; distance: number | null; link: string;
    uptime: number | null; change: string; records: number;
}
/** A signature of a host, its latest shape, and how often and when last it was seen. */
interface Signature { shape: Shape; count: number; seconds: number }
/** A host behind its line: what changes seldom. */
interface Kept {
    line: number; ip: string; label: Label; distance: number | null; link: string; uptime: number | null;
    change: string; records: number; seen: Signature[]; uptimeRow: Row | null;
    /** What the records that its line counts are counted for. */
    run: Signature | null;
}
/** What a host is called, and how many hosts are called so. */
interface Label { system: string; quality: number; why: string; hosts: number }

/** What records have in common, and what the table shows of it. Equal ones have one number. */
interface Shape { number: number; row: Row; key: string; label: Label; link: string; unknown: Unknown | null }
export interface Batch { shapes: Row[]; rows: Uint32Array }

/** Places in a row of a batch. */
const SHAPE = 0, IS_V6 = 1, IP = 2, SECONDS_HIGH = 6, SECONDS_LOW = 7, UPTIME = 9, ROW_WORDS = 13;

/** What the hosts' lines hold: in the tag, the number of the latest record's shape, twice; then how
 * many records of that shape came in a row, and the time of the last. */
const COUNT = OWN, LAST_HIGH = OWN + 1, LAST_LOW = OWN + 2;

export const SORTS = ["ip", "system", "quality", "distance", "link", "uptime", "records"] as const;
export type SortKey = (typeof SORTS)[number];
export interface View { filter: string; sort: SortKey; descending: boolean }
export interface System { name: string; hosts: number; share: number; quality: number; why: string }
export interface Unknown { signature: string; kind: string; count: number }
export interface Found {
    records: number; hosts: number; systems: System[]; unknown: Unknown[]; unknownTotal: number;
    timeline: { start: number; step: number; counts: number[] } | null;
}

/** Signatures kept for one host, unknown ones of all hosts, and shapes that are known again: a
 * scanner must not fill the memory. */
const MAX_SEEN = 32;
const MAX_UNKNOWN = 10_000;
const MAX_SHAPES = 10_000;
const BARS = 240;
/** Putting hosts in order takes one part in so many of the time at most, while records come in. */
const ORDER_EVERY = 20;

export const systemOf = (os: Os | null): string =>
    os ? `${os.name}${os.flavor ? ` ${os.flavor}` : ""}` : "unknown";

export function why(os: Os | null): string {
    if (!os) return "no signature fits";
    const fit = os.match === "exact" ? "every field fits" : "fits with tolerances";
    return `${fit}; ${os.rank === "generic" ? "a family's common form" : "a specific signature"}`;
}

export class Hosts {
    private readonly lines = new AddressLines();
    /** By number of the line. */
    private readonly kept: Kept[] = [];
    /** By their text. */
    private readonly shapes = new Map<string, Shape>();
    private shapeCount = 0;
    private readonly labels = new Map<string, Label>();
    private readonly unnamed = this.label(null);
    private readonly unknown = new Map<string, Unknown>();
    private readonly bars = new Map<number, number>();
    private barSeconds = 1;
    /** The bar that grows, and by how much it has grown since it was last counted. */
    private growing = { bar: 0, by: 0 };
    private records = 0;
    /** The hosts as they were asked for last, at how many records, and when they may be put in order
     * again though more records come in. */
    private order = { asked: "", hosts: [] as Kept[], records: 0, nextMs: 0 };

    /** Takes in the records of a piece. */
    add({ shapes, rows }: Batch): void {
        const known = shapes.map((row) => this.shape(row));
        for (let at = 0; at < rows.length; at += ROW_WORDS) {
            const shape = known[rows[at + SHAPE]!]!;
            const isV6 = rows[at + IS_V6]!;
            const number = this.lines.find(isV6, rows, at + IP);
            const line = number * LINE_WORDS;
            const { words } = this.lines;
            const tag = shape.number * 2 + isV6;
            // Most records say of their host what the one before said.
            if (words[line + TAG] !== tag) {
                this.take(number, shape);
                words[line + TAG] = tag;
            }
            if (shape.row.uptime) this.kept[number]!.uptime = rows[at + UPTIME]!;
            words[line + COUNT]! += 1;
            words[line + LAST_HIGH] = rows[at + SECONDS_HIGH]!;
            words[line + LAST_LOW] = rows[at + SECONDS_LOW]!;
            if (shape.unknown) shape.unknown.count += 1;
            this.addTime(secondsOf(rows, at + SECONDS_HIGH));
        }
        this.records += rows.length / ROW_WORDS;
    }

    private shape(row: Row): Shape {
        const text = this.shapes.size >= MAX_SHAPES ? "" : JSON.stringify(row);
        const known = this.shapes.get(text);
        if (known) return known;
        const key = `${row.kind} ${row.signature ?? ""}`;
        const link = row.mtu ? (row.mtu.link ?? `MTU ${row.mtu.value}`) : "";
        const unknown = row.signature && !row.os ? this.unknownOf(key, row) : null;
        const shape = { number: (this.shapeCount += 1), row, key, label: this.label(row.os), link, unknown };
        if (text) this.shapes.set(text, shape);
        return shape;
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
        const [system, reason, quality] = [systemOf(os), why(os), os?.quality ?? 0];
        const key = `${system}|${reason}|${quality}`;
        let label = this.labels.get(key);
        if (!label) this.labels.set(key, (label = { system, quality, why: reason, hosts: 0 }));
        return label;
    }

    /** Takes in what a shape says of a host, whose records of that shape are counted from now on. */
    private take(number: number, shape: Shape): void {
        const host = this.settled(number);
        const { row } = shape;
        if (row.uptime) host.uptimeRow = row;
        if (row.change) host.change = row.change.verdict;
        if (row.mtu) host.link = shape.link;
        if (row.ttl) host.distance = row.ttl.distance;
        // The surest label stays: a later packet that says less takes nothing away.
        if (row.os && shape.label.quality >= host.label.quality) {
            host.label.hosts -= 1;
            host.label = shape.label;
            host.label.hosts += 1;
        }
        host.run = row.signature ? signatureOf(host, shape) : null;
    }

    /** A host, with the records that its line has counted. */
    private settled(number: number): Kept {
        const { words } = this.lines;
        const line = number * LINE_WORDS;
        const host = this.kept[number] ?? this.welcome(number);
        const count = words[line + COUNT]!;
        host.records += count;
        if (host.run && count) {
            host.run.count += count;
            host.run.seconds = secondsOf(words, line + LAST_HIGH);
        }
        words[line + COUNT] = 0;
        return host;
    }

    private welcome(number: number): Kept {
        const at = number * LINE_WORDS;
        const address = this.lines.words.subarray(at + ADDRESS, at + ADDRESS + 4);
        const ip = this.lines.words[at + TAG]! & V6_BIT ? ipv6(address) : ipv4(address[0]!);
        const host: Kept = {
            line: number, ip, label: this.unnamed, distance: null, link: "", uptime: null, change: "",
            records: 0, seen: [], uptimeRow: null, run: null,
        };
        this.unnamed.hosts += 1;
        this.kept.push(host);
        return host;
    }

    private addTime(seconds: number): void {
        const bar = Math.floor(seconds / this.barSeconds);
        if (bar !== this.growing.bar) {
            this.countBar();
            this.growing = { bar: Math.floor(seconds / this.barSeconds), by: 0 };
        }
        this.growing.by += 1;
    }

    /** Counts what the growing bar has gained; where there are too many bars, two become one. */
    private countBar(): void {
        const { bar, by } = this.growing;
        if (by === 0) return;
        this.bars.set(bar, (this.bars.get(bar) ?? 0) + by);
        this.growing.by = 0;
        while (this.bars.size > BARS) {
            const old = [...this.bars];
            this.bars.clear();
            this.barSeconds *= 2;
            this.growing.bar = Math.floor(this.growing.bar / 2);
            for (const [at, count] of old) {
                const half = Math.floor(at / 2);
                this.bars.set(half, (this.bars.get(half) ?? 0) + count);
            }
        }
    }

    found(): Found {
        this.countBar();
        const systems = new Map<string, System>();
        for (const label of this.labels.values()) {
            if (label.hosts === 0) continue;
            const system = systems.get(label.system);
            if (!system)
                systems.set(label.system, {
                    name: label.system, hosts: label.hosts, share: 0, quality: label.quality, why: label.why,
                });
            else {
                system.hosts += label.hosts;
                system.quality = Math.min(system.quality, label.quality);
            }
        }
        for (const system of systems.values()) system.share = system.hosts / this.kept.length;
        return {
            records: this.records,
            hosts: this.kept.length,
            systems: [...systems.values()].sort((a, b) => b.hosts - a.hosts),
            unknown: [...this.unknown.values()].sort((a, b) => b.count - a.count).slice(0, 50),
            unknownTotal: this.unknown.size,
            timeline: this.timeline(),
        };
    }

    private timeline(): Found["timeline"] {
        if (!this.bars.size) return null;
        let step = this.barSeconds;
        const first = Math.min(...this.bars.keys()) * step;
        const last = (Math.max(...this.bars.keys()) + 1) * step;
        while ((last - first) / step > BARS) step *= 2;
        const counts = new Array<number>(Math.ceil((last - first) / step)).fill(0);
        for (const [at, count] of this.bars) {
            const bar = Math.floor((at * this.barSeconds - first) / step);
            counts[bar] = (counts[bar] ?? 0) + count;
        }
        return { start: first, step, counts };
    }

    /** `count` hosts of the view from `start` on, and how many there are. While records come in, the
     * order is made anew only now and then: it takes longer than all else, with many hosts. */
    query(view: View, start: number, count: number, isGrowing: boolean): { total: number; rows: Host[] } {
        const asked = JSON.stringify(view);
        const now = performance.now();
        const isOld = this.order.records !== this.records && (!isGrowing || now >= this.order.nextMs);
        if (asked !== this.order.asked || isOld) {
            const hosts = this.ordered(view);
            const tookMs = performance.now() - now;
            this.order = { asked, hosts, records: this.records, nextMs: now + tookMs * ORDER_EVERY };
        }
        const rows = this.order.hosts.slice(start, start + count);
        return { total: this.order.hosts.length, rows: rows.map((host) => plain(this.settled(host.line))) };
    }

    private ordered(view: View): Kept[] {
        const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
        const text = (host: Kept): string =>
            `${host.ip} ${host.label.system} ${host.link} ${host.change}`.toLowerCase();
        const rows = this.kept.map((_, number) => this.settled(number)).filter((host) => {
            const all = words.length ? text(host) : "";
            return words.every((word) => all.includes(word));
        });
        const sign = view.descending ? -1 : 1;
        const order = view.sort === "ip" ? this.byAddress : by(view.sort);
        return rows.sort((a, b) => sign * order(a, b));
    }

    /** IPv4 before IPv6, and as numbers: 10.0.0.9 before 10.0.0.10. */
    private readonly byAddress = (a: Kept, b: Kept): number => {
        const { words } = this.lines;
        const [x, y] = [a.line * LINE_WORDS, b.line * LINE_WORDS];
        let difference = (words[x + TAG]! & V6_BIT) - (words[y + TAG]! & V6_BIT);
        for (let word = 0; difference === 0 && word < 4; word += 1)
            difference = words[x + ADDRESS + word]! - words[y + ADDRESS + word]!;
        return difference;
    };

    evidence(ip: string): { host: Host; seen: Seen[]; uptime: Row | null } | null {
        const number = this.kept.findIndex((one) => one.ip === ip);
        if (number < 0) return null;
        const host = this.settled(number);
        const seen = host.seen.map(({ shape, count, seconds }) => ({ row: { ...shape.row, time: text(seconds) }, count }));
        const row = host.uptimeRow;
        const uptime = row?.uptime ? { ...row, uptime: { ...row.uptime, seconds: host.uptime ?? 0 } } : null;
        return { host: plain(host), seen, uptime };
    }

    /** Every host as a line of CSV; texts that a spreadsheet would take for a formula are quoted. */
    *csv(): Generator<string> {
        const columns = ["ip", "system", "quality", "why", "distance", "link", "uptime", "change", "records"] as const;
        yield `${columns.join(",")}\n`;
        for (let number = 0; number < this.kept.length; number += 1) {
            const host = plain(this.settled(number));
            yield `${columns.map((c) => cell(host[c])).join(",")}\n`;
        }
    }
}

/** Seconds in two words, the higher one first. */
const secondsOf = (words: Uint32Array, at: number): number => words[at]! * 2 ** 32 + words[at + 1]!;

/** The host's signature of the shape, if it is one of those kept. */
function signatureOf(host: Kept, shape: Shape): Signature | null {
    let signature = host.seen.find((one) => one.shape.key === shape.key);
    if (!signature && host.seen.length < MAX_SEEN) {
        signature = { shape, count: 0, seconds: 0 };
        host.seen.push(signature);
    }
    if (signature) signature.shape = shape;
    return signature ?? null;
}

/** The order by one column; what is not known comes first. */
function by(key: Exclude<SortKey, "ip">): (a: Kept, b: Kept) => number {
    const value = (host: Kept): string | number =>
        (key === "system" || key === "quality" ? host.label[key] : host[key]) ?? -1;
    return (a, b) => {
        const [x, y] = [value(a), value(b)];
        return x < y ? -1 : x > y ? 1 : 0;
    };
}

/** RFC 3339, to the second. */
const text = (seconds: number): string => new Date(seconds * 1000).toISOString();

const ipv4 = (word: number): string => `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;

/** As RFC 5952 writes it: the longest run of zeros, two at least, left out. */
function ipv6(words: Uint32Array): string {
    if (!words[0] && !words[1] && words[2] === 0xffff) return `::ffff:${ipv4(words[3]!)}`;
    const parts = [...words].flatMap((word) => [word >>> 16, word & 0xffff]);
    let [best, length] = [-1, 1];
    for (let start = 0; start < 8; start += 1) {
        let end = start;
        while (end < 8 && parts[end] === 0) end += 1;
        if (end - start > length) [best, length] = [start, end - start];
    }
    const hex = (some: number[]): string => some.map((part) => part.toString(16)).join(":");
    return best < 0 ? hex(parts) : `${hex(parts.slice(0, best))}::${hex(parts.slice(best + length))}`;
}

function plain({ ip, label, distance, link, uptime, change, records }: Kept): Host {
    const { system, quality, why } = label;
    return { ip, system, quality, why, distance, link, uptime, change, records };
}

/** What a spreadsheet may run, also behind blanks and quotes, which some take away (OWASP, "CSV Injection"). */
const FORMULA = /^[\s"'\ufeff\u200b]*[=+\-@＝＋－＠]|^[ "']*[\t\r\n]/;

function cell(value: string | number | null): string {
    const text = String(value ?? "");
    const safe = FORMULA.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
