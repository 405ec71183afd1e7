// What the records say, gathered by host: the page asks for a few rows of it at a time.

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
interface Signature { shape: Shape; count: number; seconds: number }
interface Kept extends Host { seen: Signature[]; uptimeRow: Row | null }

/** What records have in common, once for all of a piece; and what the table shows of it. */
interface Shape { row: Row; key: string; system: string; why: string; link: string }
export interface Batch { shapes: Row[]; rows: Uint32Array }

/** Places in a row of a batch. */
const SHAPE = 0, IS_V6 = 1, ADDRESS = 2, SECONDS_HIGH = 6, SECONDS_LOW = 7, ROW_WORDS = 9;

export const SORTS = ["ip", "system", "quality", "distance", "link", "uptime", "records"] as const;
export type SortKey = (typeof SORTS)[number];
export interface View { filter: string; sort: SortKey; descending: boolean }
export interface System { name: string; hosts: number; share: number; quality: number; why: string }
export interface Unknown { signature: string; kind: string; count: number }
export interface Found {
    records: number; hosts: number; systems: System[]; unknown: Unknown[]; unknownTotal: number;
    timeline: { start: number; step: number; counts: number[] } | null;
}

/** Signatures kept for one host and for all unknown ones: a scanner must not fill the memory. */
const MAX_SEEN = 32;
const MAX_UNKNOWN = 10_000;
const BARS = 240;

export const systemOf = (os: Os | null): string =>
    os ? `${os.name}${os.flavor ? ` ${os.flavor}` : ""}` : "unknown";

export function why(os: Os | null): string {
    if (!os) return "no signature fits";
    const fit = os.match === "exact" ? "every field fits" : "fits with tolerances";
    return `${fit}; ${os.rank === "generic" ? "a family's common form" : "a specific signature"}`;
}

export class Hosts {
    /** By address: a number for IPv4, a text of its words for IPv6. */
    private readonly byAddress = new Map<number | string, Kept>();
    private readonly unknown = new Map<string, Unknown>();
    private readonly keys = new Map<string, string>();
    private readonly bars = new Map<number, number>();
    private barSeconds = 1;
    /** The bar that grows, and by how much it has grown since it was last counted. */
    private growing = { bar: 0, by: 0 };
    private records = 0;
    private ordered: Kept[] = [];
    private orderedFor = "";

    /** Takes in the records of a piece. */
    add({ shapes, rows }: Batch): void {
        const known = shapes.map((row) => this.shape(row));
        for (let at = 0; at < rows.length; at += ROW_WORDS) {
            const shape = known[rows[at + SHAPE]!]!;
            const seconds = rows[at + SECONDS_HIGH]! * 2 ** 32 + rows[at + SECONDS_LOW]!;
            this.addRow(this.host(rows, at), shape, seconds);
        }
    }

    private shape(row: Row): Shape {
        const shape = shapeOf(row);
        // One text for all that are equal: comparing it with itself is quick.
        const key = this.keys.get(shape.key);
        if (key !== undefined) shape.key = key;
        else if (this.keys.size < MAX_UNKNOWN) this.keys.set(shape.key, shape.key);
        return shape;
    }

    private host(rows: Uint32Array, at: number): Kept {
        const isV6 = rows[at + IS_V6] === 1;
        const words = isV6 ? rows.subarray(at + ADDRESS, at + ADDRESS + 4) : null;
        const address = words ? words.join() : rows[at + ADDRESS]!;
        let host = this.byAddress.get(address);
        if (!host) {
            host = {
                ip: words ? ipv6(words) : ipv4(rows[at + ADDRESS]!), system: "unknown", quality: 0,
                why: "no signature fits", distance: null, link: "", uptime: null, change: "", records: 0,
                seen: [], uptimeRow: null,
            };
            this.byAddress.set(address, host);
        }
        return host;
    }

    private addRow(host: Kept, shape: Shape, seconds: number): void {
        const { row } = shape;
        this.records += 1;
        host.records += 1;
        if (row.uptime) {
            host.uptime = row.uptime.seconds;
            host.uptimeRow = row;
        }
        if (row.change) host.change = row.change.verdict;
        if (row.mtu) host.link = shape.link;
        if (row.ttl) host.distance = row.ttl.distance;
        // The surest label stays: a later packet that says less takes nothing away.
        if (row.os && row.os.quality >= host.quality) {
            host.system = shape.system;
            host.quality = row.os.quality;
            host.why = shape.why;
        }
        if (row.signature) this.addSignature(host, shape, seconds);
        this.addTime(seconds);
    }

    private addSignature(host: Kept, shape: Shape, seconds: number): void {
        const { key, row } = shape;
        // Most hosts have one signature.
        const [first] = host.seen;
        const seen = first?.shape.key === key ? first : host.seen.find((one) => one.shape.key === key);
        if (seen) {
            seen.count += 1;
            seen.shape = shape;
            seen.seconds = seconds;
        } else if (host.seen.length < MAX_SEEN) host.seen.push({ shape, count: 1, seconds });
        if (row.os) return;
        const unknown = this.unknown.get(key);
        if (unknown) unknown.count += 1;
        else if (this.unknown.size < MAX_UNKNOWN)
            this.unknown.set(key, { signature: row.signature ?? "", kind: row.kind, count: 1 });
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
        for (const host of this.byAddress.values()) {
            const system = systems.get(host.system);
            if (!system)
                systems.set(host.system, {
                    name: host.system, hosts: 1, share: 0, quality: host.quality, why: host.why,
                });
            else {
                system.hosts += 1;
                system.quality = Math.min(system.quality, host.quality);
            }
        }
        for (const system of systems.values()) system.share = system.hosts / this.byAddress.size;
        return {
            records: this.records,
            hosts: this.byAddress.size,
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

    /** `count` hosts of the view from `start` on, and how many there are. */
    query(view: View, start: number, count: number): { total: number; rows: Host[] } {
        const key = `${JSON.stringify(view)} ${this.records}`;
        if (key !== this.orderedFor) {
            this.ordered = this.order(view);
            this.orderedFor = key;
        }
        const rows = this.ordered.slice(start, start + count);
        return { total: this.ordered.length, rows: rows.map((host) => plain(host)) };
    }

    private order(view: View): Kept[] {
        const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
        const text = (host: Kept): string =>
            `${host.ip} ${host.system} ${host.link} ${host.change}`.toLowerCase();
        const rows = [...this.byAddress.values()].filter((host) => {
            const all = words.length ? text(host) : "";
            return words.every((word) => all.includes(word));
        });
        const sign = view.descending ? -1 : 1;
        const by = view.sort;
        rows.sort((a, b) => {
            const [x, y] = [a[by] ?? -1, b[by] ?? -1];
            return x < y ? -sign : x > y ? sign : 0;
        });
        return rows;
    }

    evidence(ip: string): { host: Host; seen: Seen[]; uptime: Row | null } | null {
        const host = this.byAddress.get(ipv4Number(ip)) ?? [...this.byAddress.values()].find((one) => one.ip === ip);
        if (!host) return null;
        const seen = host.seen.map(({ shape, count, seconds }) => ({ row: { ...shape.row, time: text(seconds) }, count }));
        return { host: plain(host), seen, uptime: host.uptimeRow };
    }

    /** Every host as a line of CSV; texts that a spreadsheet would take for a formula are quoted. */
    *csv(): Generator<string> {
        const columns = ["ip", "system", "quality", "why", "distance", "link", "uptime", "change", "records"] as const;
        yield `${columns.join(",")}\n`;
        for (const host of this.byAddress.values()) yield `${columns.map((c) => cell(host[c])).join(",")}\n`;
    }
}

const shapeOf = (row: Row): Shape => ({
    row, key: `${row.kind} ${row.signature ?? ""}`, system: systemOf(row.os), why: why(row.os),
    link: row.mtu ? (row.mtu.link ?? `MTU ${row.mtu.value}`) : "",
});

/** RFC 3339, to the second. */
const text = (seconds: number): string => new Date(seconds * 1000).toISOString();

const ipv4 = (word: number): string => `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;

/** -1 for what is no IPv4. */
function ipv4Number(ip: string): number {
    const parts = ip.split(".");
    return parts.length === 4 ? parts.reduce((number, part) => number * 256 + Number(part), 0) : -1;
}

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

function plain({ seen: _seen, uptimeRow: _row, ...host }: Kept): Host {
    return host;
}

function cell(value: string | number | null): string {
    const text = String(value ?? "");
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
