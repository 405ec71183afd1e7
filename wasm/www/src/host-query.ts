// Hosts as the page asks for them: filtered, in order, a few rows at a time, or all for an export.

import { scopeOf } from "./addresses";
import type { Capture, Collection } from "./collection";
import { CLIENT, CONNECTION_WORDS, ENDS, SERVER, V6_BIT } from "./connections";
import { csv } from "./csv";
import { type Fact, verdictOf } from "./facts";
import { type Subject, parseFilter } from "./filter";
import { type Carried, type Kept, byAddress } from "./hosts";
import { type Answered, Ordered, type View, compareBy, isInTime } from "./order";
import type { Row, Uptime } from "./records";

/** A row of the table. */
export interface Host {
    id: number; capture: number; captureName: string; ip: string; network: string; name: string; scope: string;
    system: string; quality: number; why: string; roles: string; ports: readonly number[]; distance: number | null; link: string;
    uptime: number | null; uptimeReliable: boolean | null; uptimeWhy: string; isShared: boolean; changes: number;
    records: number; first: number; last: number;
}
/** What is known of one host. */
export interface Detail {
    host: Host; seen: { row: Row; matched: string; count: number; seconds: number }[]; uptime: Uptime | null; clock: [seconds: number, uptime: number][];
    changes: readonly { row: Row; seconds: number; count: number }[]; carried: readonly Carried[];
}

export const HOST_SORTS = ["ip", "name", "capture", "system", "quality", "roles", "ports", "distance", "link", "uptime", "records", "first", "last"] as const;
export type HostSort = (typeof HOST_SORTS)[number];

interface Item { capture: Capture; host: Kept }

/** Packets and records of what is shown: for each capture addresses of hosts, or connections; null for all. */
export interface Selection { capture: number; wanted: string[] | null }

const CSV_COLUMNS = [
    "capture", "ip", "network", "name", "scope", "system", "quality", "why", "roles", "ports", "distance", "link", "uptime",
    "uptime_reliable", "uptime_why", "shared", "changes", "records", "first_seen", "last_seen",
] as const;

export class HostQuery {
    private readonly ordered = new Ordered<Item>();

    constructor(private readonly collection: Collection) {}

    page(view: View, start: number, count: number, isGrowing: boolean): Answered<Host> {
        const items = this.ordered.get(JSON.stringify(view), this.collection.revision, isGrowing, () => this.items(view));
        const rows = items.slice(start, start + count).map(({ capture, host }) => plain(capture, capture.hosts.settled(host.line)));
        return { total: items.length, rows, error: parseFilter(view.filter).error };
    }

    /** At which row of the view a host is; -1 if it is not there. */
    indexOf(view: View, capture: number, id: number): number {
        const items = this.ordered.get(JSON.stringify(view), this.collection.revision, false, () => this.items(view));
        return items.findIndex((item) => item.capture.id === capture && item.host.line === id);
    }

    /** The host of an address, in the first of the shown captures that has it. */
    find(ip: string): { capture: number; id: number } | null {
        for (const { id, hosts } of this.collection.shown()) {
            const host = hosts.kept.find((host) => host.ip === ip);
            if (host) return { capture: id, id: host.line };
        }
        return null;
    }

    detail(capture: number, id: number): Detail | null {
        const from = this.collection.get(capture);
        if (!from?.hosts.kept[id]) return null;
        const host = from.hosts.settled(id);
        const uptime = host.uptimeRow?.uptime;
        return {
            host: plain(from, host), changes: host.changes, carried: host.carried, clock: pairs(host.clock?.points ?? []),
            seen: host.seen.map(({ shape, count, seconds }) => ({ row: shape.row, matched: shape.matched, count, seconds })),
            uptime: uptime ? { ...uptime, seconds: host.uptime ?? 0 } : null,
        };
    }

    selection(view: View): Selection[] {
        if (isOfAll(view)) return this.collection.shown().map(({ id }) => ({ capture: id, wanted: null }));
        const byCapture = new Map<number, Set<string>>();
        for (const { capture, host } of this.items(view)) {
            const addresses = byCapture.get(capture.id) ?? new Set();
            byCapture.set(capture.id, addresses.add(host.ip));
        }
        return [...byCapture].map(([capture, addresses]) => ({ capture, wanted: [...addresses] }));
    }

    *csv(view: View): Generator<string> {
        yield* csv(this.plainRows(view), CSV_COLUMNS);
    }

    *json(view: View): Generator<string> {
        let separator = "[\n";
        for (const row of this.plainRows(view)) {
            yield separator + JSON.stringify(row);
            separator = ",\n";
        }
        yield separator === "[\n" ? "[]\n" : "\n]\n";
    }

    private *plainRows(view: View): Generator<Record<string, string | number | boolean | null>> {
        for (const { capture, host } of this.items(view)) {
            const { captureName, ip, network, name, scope, system, quality, why, roles, ports, distance, link, uptime, changes, records, ...rest } = plain(capture, host);
            yield {
                capture: captureName, ip, network, name, scope, system, quality, why, roles, ports: ports.join(" "), distance, link, uptime,
                uptime_reliable: rest.uptimeReliable, uptime_why: rest.uptimeWhy, shared: rest.isShared, changes, records,
                first_seen: timeText(rest.first), last_seen: timeText(rest.last),
            };
        }
    }

    private items(view: View): Item[] {
        const { test, isEmpty } = parseFilter(view.filter);
        const items: Item[] = [];
        for (const capture of this.collection.shown()) {
            const asked = isEmpty ? null : new Asked(capture);
            for (const host of capture.hosts.all())
                if (isInTime(view, host.first, host.last) && (!asked || test(subject(capture, host, asked)))) items.push({ capture, host });
        }
        const sign = view.descending ? -1 : 1;
        const order = orderBy(HOST_SORTS.find((key) => key === view.sort) ?? "records");
        return items.sort((a, b) => sign * order(a, b));
    }
}

/** Service ports of the connections of a host, and what they carry of it. */
interface Part { ports: Set<number>; facts: Fact[] }
const NO_PART: Part = { ports: new Set(), facts: [] };

/** The parts of a capture's hosts in its connections: gathered once, when a filter wants it. */
class Asked {
    private byHost: Map<string, Part> | undefined;

    constructor(private readonly capture: Capture) {}

    of(isV6: boolean, words: ArrayLike<number>, at: number): Part {
        this.byHost ??= this.gather();
        return this.byHost.get(keyOf(isV6, words, at)) ?? NO_PART;
    }

    private gather(): Map<string, Part> {
        const { connections } = this.capture.hosts;
        const { words, size } = connections;
        const byHost = new Map<string, Part>();
        for (let number = 0; number < size; number += 1) {
            const line = number * CONNECTION_WORDS;
            const [isV6, port] = [(words[line + ENDS]! & V6_BIT) !== 0, words[line + ENDS]! & 0xffff];
            const { list } = connections.factsOf(line);
            for (const end of [CLIENT, SERVER]) {
                const key = keyOf(isV6, words, line + end);
                let part = byHost.get(key);
                if (!part) byHost.set(key, (part = { ports: new Set(), facts: [] }));
                part.ports.add(port);
                if (list.length) part.facts.push(...list.map(end === CLIENT ? ofClient : ofServer));
            }
        }
        return byHost;
    }
}

/** Hellos, claims and verdicts are of the client; the name is of the server, too. */
const ofClient = (fact: Fact): Fact => ({ ...fact, httpServer: "" });
const ofServer = (fact: Fact): Fact => ({ ...fact, ja4: "", library: "", httpClient: "", verdict: "" });

const keyOf = (isV6: boolean, words: ArrayLike<number>, at: number): string =>
    isV6 ? `${words[at]},${words[at + 1]},${words[at + 2]},${words[at + 3]}` : String(words[at]);

function subject(capture: Capture, host: Kept, asked: Asked): Subject {
    const { hosts } = capture;
    const isV6 = hosts.isV6(host.line);
    const [words, at] = [hosts.words, hosts.addressAt(host.line)];
    const part = (): Part => asked.of(isV6, words, at);
    return {
        ends: [{ isV6, words, at, name: host.name, system: host.label.system, scope: () => scopeOf(isV6, words, at) }],
        ports: () => part().ports, facts: () => part().facts,
        roles: () => roles(host), link: host.link, capture: capture.name, network: host.network, is: () => [...states(host), verdictOf(part().facts)],
        text: () => `${host.ip} ${host.name} ${host.label.system} ${host.link} ${host.network} ${states(host).join(" ")}`.toLowerCase(),
    };
}

const roles = ({ isClient, isServer }: Kept): string[] => [...(isClient ? ["client"] : []), ...(isServer ? ["server"] : [])];

function states(host: Kept): string[] {
    const isTool = host.seen.some(({ shape }) => shape.row.os?.class === "userland");
    return [
        ...(host.isShared ? ["shared"] : []), ...(host.changes.length ? ["changed"] : []),
        ...(host.label.quality === 0 ? ["unknown"] : []), ...(isTool ? ["tool"] : []),
    ];
}

function orderBy(key: HostSort): (a: Item, b: Item) => number {
    switch (key) {
        case "ip": return (a, b) => byAddress(a.host, b.host);
        case "capture": return compareBy(({ capture }) => capture.name);
        case "system": case "quality": return compareBy(({ host }) => host.label[key]);
        case "roles": return compareBy(({ host }) => roles(host).join());
        case "ports": return compareBy(({ host }) => host.ports[0] ?? null);
        default: return compareBy(({ host }) => host[key]);
    }
}

function plain(capture: Capture, host: Kept): Host {
    const { line: id, ip, network, name, label, distance, link, uptime, isShared, changes, records, first, last, ports } = host;
    const row = host.uptimeRow?.uptime;
    return {
        id, capture: capture.id, captureName: capture.name, ip, network, name,
        scope: scopeOf(capture.hosts.isV6(id), capture.hosts.words, capture.hosts.addressAt(id)),
        system: label.system, quality: label.quality, why: label.why, roles: roles(host).join(" "), ports, distance, link, uptime,
        uptimeReliable: row?.reliable ?? null, uptimeWhy: row?.why ?? "", isShared, changes: changes.length, records, first, last,
    };
}

const pairs = (numbers: number[]): [number, number][] => Array.from({ length: numbers.length / 2 }, (_, at) => [numbers[2 * at]!, numbers[2 * at + 1]!]);

/** Whether a view leaves everything. */
export const isOfAll = (view: View): boolean => parseFilter(view.filter).isEmpty && view.from === undefined && view.to === undefined;

/** RFC 3339, to the second. */
export const timeText = (seconds: number): string =>
    seconds < 8.64e12 ? new Date(seconds * 1000).toISOString().replace(".000Z", "Z") : "";

