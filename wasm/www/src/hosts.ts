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

/** The latest record of each signature of a host, and how often the signature was seen. */
export interface Seen { row: Row; count: number }
export interface Host {
    ip: string; system: string; quality: number; why: string; distance: number | null; link: string;
    uptime: number | null; change: string; records: number;
}
interface Kept extends Host { seen: Map<string, Seen>; uptimeRow: Row | null }

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
    private readonly byIp = new Map<string, Kept>();
    private readonly unknown = new Map<string, Unknown>();
    private readonly bars = new Map<number, number>();
    private barSeconds = 1;
    private records = 0;
    private ordered: Kept[] = [];
    private orderedFor = "";

    add(row: Row): void {
        this.records += 1;
        const ip = row[row.subject].ip;
        let host = this.byIp.get(ip);
        if (!host) {
            host = {
                ip, system: "unknown", quality: 0, why: "no signature fits", distance: null, link: "",
                uptime: null, change: "", records: 0, seen: new Map(), uptimeRow: null,
            };
            this.byIp.set(ip, host);
        }
        host.records += 1;
        if (row.uptime) {
            host.uptime = row.uptime.seconds;
            host.uptimeRow = row;
        }
        if (row.change) host.change = row.change.verdict;
        if (row.mtu) host.link = row.mtu.link ?? `MTU ${row.mtu.value}`;
        if (row.ttl) host.distance = row.ttl.distance;
        // The surest label stays: a later packet that says less takes nothing away.
        if (row.os && row.os.quality >= host.quality) {
            host.system = systemOf(row.os);
            host.quality = row.os.quality;
            host.why = why(row.os);
        }
        if (row.signature) this.addSignature(host, row, row.signature);
        this.addTime(Date.parse(row.time) / 1000);
    }

    private addSignature(host: Kept, row: Row, signature: string): void {
        const key = `${row.kind} ${signature}`;
        const seen = host.seen.get(key);
        if (seen) {
            seen.count += 1;
            seen.row = row;
        } else if (host.seen.size < MAX_SEEN) host.seen.set(key, { row, count: 1 });
        if (row.os) return;
        const unknown = this.unknown.get(key);
        if (unknown) unknown.count += 1;
        else if (this.unknown.size < MAX_UNKNOWN)
            this.unknown.set(key, { signature, kind: row.kind, count: 1 });
    }

    /** Counts a record in its bar; where there are too many bars, two become one. */
    private addTime(seconds: number): void {
        const bar = Math.floor(seconds / this.barSeconds);
        this.bars.set(bar, (this.bars.get(bar) ?? 0) + 1);
        while (this.bars.size > BARS) {
            const old = [...this.bars];
            this.bars.clear();
            this.barSeconds *= 2;
            for (const [at, count] of old) {
                const half = Math.floor(at / 2);
                this.bars.set(half, (this.bars.get(half) ?? 0) + count);
            }
        }
    }

    found(): Found {
        const systems = new Map<string, System>();
        for (const host of this.byIp.values()) {
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
        for (const system of systems.values()) system.share = system.hosts / this.byIp.size;
        return {
            records: this.records,
            hosts: this.byIp.size,
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
        const rows = [...this.byIp.values()].filter((host) => {
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
        const host = this.byIp.get(ip);
        if (!host) return null;
        return { host: plain(host), seen: [...host.seen.values()], uptime: host.uptimeRow };
    }

    /** Every host as a line of CSV; texts that a spreadsheet would take for a formula are quoted. */
    *csv(): Generator<string> {
        const columns = ["ip", "system", "quality", "why", "distance", "link", "uptime", "change", "records"] as const;
        yield `${columns.join(",")}\n`;
        for (const host of this.byIp.values()) yield `${columns.map((c) => cell(host[c])).join(",")}\n`;
    }
}

function plain({ seen: _seen, uptimeRow: _row, ...host }: Kept): Host {
    return host;
}

function cell(value: string | number | null): string {
    const text = String(value ?? "");
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
