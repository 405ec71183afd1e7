// Connections as the page asks for them.

import { ipv4, ipv6, scopeOf } from "./addresses";
import type { Capture, Collection } from "./collection";
import { ANSWERS, CLIENT, CONNECTION_WORDS, ENDS, type Facts, SERVER, SYNS, UDP_BIT, V6_BIT } from "./connections";
import { csv } from "./csv";
import { type Fact, type FactText, textsOf, verdictOf } from "./facts";
import { type Subject, parseFilter } from "./filter";
import { type Selection, isOfAll, timeText } from "./host-query";
import { type Answered, Ordered, type View, compareBy, isInTime } from "./order";
import type { Label } from "./shapes";

/** A row of the table: the ends, and what each layer says of them. */
export interface Connection extends Record<FactText, string[]> {
    id: string; captureName: string; client: string; clientName: string; server: string; serverName: string; port: number; isUdp: boolean;
    clientSystem: string; serverSystem: string; syns: number; answers: number; first: number; last: number;
    verdict: string;
    /** Whether the connections carry more than the lists have. */
    hasMore: boolean;
}

export const CONNECTION_SORTS = [
    "client", "server", "port", "clientSystem", "serverSystem", "sni", "ja4", "http", "consistency", "syns", "answers", "first", "last", "captureName",
] as const;
export type ConnectionSort = (typeof CONNECTION_SORTS)[number];

interface Item { capture: Capture; line: number }

const CSV_COLUMNS = [
    "capture", "client", "client_name", "server", "server_name", "port", "transport", "client_system", "server_system", "syns", "syn_acks",
    "sni", "ja4", "tls_library", "http_client", "http_server", "consistency", "first_seen", "last_seen",
] as const;

export class ConnectionQuery {
    private readonly ordered = new Ordered<Item>();

    constructor(private readonly collection: Collection) {}

    page(view: View, start: number, count: number, isGrowing: boolean): Answered<Connection> {
        const items = this.ordered.get(JSON.stringify(view), this.collection.revision, isGrowing, () => this.items(view));
        return { total: items.length, rows: items.slice(start, start + count).map(plain), error: parseFilter(view.filter).error };
    }

    /** Connections as the package's options name them. */
    selection(view: View): Selection[] {
        if (isOfAll(view)) return this.collection.shown().map(({ id }) => ({ capture: id, wanted: null }));
        const byCapture = new Map<number, Set<string>>();
        for (const item of this.items(view)) {
            const { client, server, port } = plain(item);
            const wanted = byCapture.get(item.capture.id) ?? new Set();
            byCapture.set(item.capture.id, wanted.add(`${client}>${server.includes(":") ? `[${server}]` : server}:${port}`));
        }
        return [...byCapture].map(([capture, wanted]) => ({ capture, wanted: [...wanted] }));
    }

    *csv(view: View): Generator<string> {
        yield* csv(this.rows(view), CSV_COLUMNS);
    }

    *json(view: View): Generator<string> {
        let separator = "[\n";
        for (const row of this.rows(view)) {
            yield separator + JSON.stringify(row);
            separator = ",\n";
        }
        yield separator === "[\n" ? "[]\n" : "\n]\n";
    }

    private *rows(view: View): Generator<Record<string, string | number>> {
        for (const item of this.items(view)) {
            const row = plain(item);
            yield {
                capture: row.captureName, client: row.client, client_name: row.clientName, server: row.server, server_name: row.serverName,
                port: row.port, transport: row.isUdp ? "udp" : "tcp", client_system: row.clientSystem, server_system: row.serverSystem,
                syns: row.syns, syn_acks: row.answers, sni: row.sni.join(" "), ja4: row.ja4.join(" "), tls_library: row.library.join("; "),
                http_client: row.httpClient.join("; "), http_server: row.httpServer.join("; "), consistency: row.verdict,
                first_seen: timeText(row.first), last_seen: timeText(row.last),
            };
        }
    }

    private items(view: View): Item[] {
        const { test, isEmpty } = parseFilter(view.filter);
        const items: Item[] = [];
        for (const capture of this.collection.shown()) {
            const { connections } = capture.hosts;
            for (let number = 0; number < connections.size; number += 1) {
                const line = number * CONNECTION_WORDS;
                if (!isInTime(view, connections.first(line), connections.last(line))) continue;
                const item = { capture, line };
                if (isEmpty || test(subject(item))) items.push(item);
            }
        }
        const sign = view.descending ? -1 : 1;
        const order = orderBy(CONNECTION_SORTS.find((key) => key === view.sort) ?? "syns");
        return items.sort((a, b) => sign * order(a, b));
    }
}

function orderBy(key: ConnectionSort): (a: Item, b: Item) => number {
    const word = (at: number) => ({ capture, line }: Item): number => capture.hosts.connections.words[line + at]!;
    switch (key) {
        case "client": return byEnd(CLIENT);
        case "server": return byEnd(SERVER);
        case "port": return compareBy((item) => word(ENDS)(item) & 0xffff);
        case "clientSystem": return compareBy((item) => labelOf(item, false)?.system ?? "");
        case "serverSystem": return compareBy((item) => labelOf(item, true)?.system ?? "");
        case "sni": case "ja4": return compareBy((item) => textsOf(factsOf(item).list, key).join());
        case "http": return compareBy((item) => httpOf(factsOf(item).list));
        case "consistency": return compareBy((item) => verdictOf(factsOf(item).list));
        case "syns": return compareBy(word(SYNS));
        case "answers": return compareBy(word(ANSWERS));
        case "first": case "last": return compareBy(({ capture, line }) => capture.hosts.connections[key](line));
        case "captureName": return compareBy(({ capture }) => capture.name);
    }
}

function byEnd(end: number): (a: Item, b: Item) => number {
    return (a, b) => {
        const [x, y] = [a.capture.hosts.connections.words, b.capture.hosts.connections.words];
        let difference = (x[a.line + ENDS]! & V6_BIT) - (y[b.line + ENDS]! & V6_BIT);
        for (let word = 0; difference === 0 && word < 4; word += 1) difference = x[a.line + end + word]! - y[b.line + end + word]!;
        return difference;
    };
}

const factsOf = ({ capture, line }: Item): Facts => capture.hosts.connections.factsOf(line);
const httpOf = (facts: readonly Fact[]): string => [...textsOf(facts, "httpClient"), ...textsOf(facts, "httpServer")].join();

function labelOf({ capture, line }: Item, isServer: boolean): Label | undefined {
    const number = capture.hosts.connections.label(line, isServer);
    return number ? capture.hosts.shapes.labels[number - 1] : undefined;
}

function plain(item: Item): Connection {
    const { capture, line } = item;
    const { connections } = capture.hosts;
    const { words } = connections;
    const isV6 = (words[line + ENDS]! & V6_BIT) !== 0;
    const ip = (end: number): string => (isV6 ? ipv6(words.subarray(line + end, line + end + 4)) : ipv4(words[line + end]!));
    const [client, server] = [ip(CLIENT), ip(SERVER)];
    const { list, hasMore } = factsOf(item);
    return {
        id: `${capture.id}-${line}`, captureName: capture.name, client, server, port: words[line + ENDS]! & 0xffff, isUdp: (words[line + ENDS]! & UDP_BIT) !== 0,
        clientName: capture.hosts.nameOf(client), serverName: capture.hosts.nameOf(server),
        clientSystem: labelOf(item, false)?.system ?? "", serverSystem: labelOf(item, true)?.system ?? "",
        sni: textsOf(list, "sni"), ja4: textsOf(list, "ja4"), library: textsOf(list, "library"),
        httpClient: textsOf(list, "httpClient"), httpServer: textsOf(list, "httpServer"), verdict: verdictOf(list), hasMore,
        syns: words[line + SYNS]!, answers: words[line + ANSWERS]!, first: connections.first(line), last: connections.last(line),
    };
}

function subject(item: Item): Subject {
    const { capture, line } = item;
    const { words } = capture.hosts.connections;
    const isV6 = (words[line + ENDS]! & V6_BIT) !== 0;
    const row = plain(item);
    const end = (at: number, name: string, system: string): Subject["ends"][number] =>
        ({ isV6, words, at: line + at, name, system, scope: () => scopeOf(isV6, words, line + at) });
    return {
        ends: [end(CLIENT, row.clientName, row.clientSystem), end(SERVER, row.serverName, row.serverSystem)],
        ports: () => [row.port], roles: () => ["client", "server"], link: "", capture: capture.name, network: "",
        facts: () => factsOf(item).list,
        is: () => [answered(row), row.isUdp ? "udp" : "tcp", row.verdict, ...(row.clientSystem === "unknown" || row.serverSystem === "unknown" ? ["unknown"] : [])],
        text: () => [
            row.client, row.clientName, row.server, row.serverName, row.port, row.clientSystem, row.serverSystem,
            ...row.sni, ...row.ja4, ...row.library, ...row.httpClient, ...row.httpServer, row.verdict.replaceAll("_", " "),
        ].join(" ").toLowerCase(),
    };
}

/** Of connections whose handshake was not seen, nobody knows. */
const answered = ({ syns, answers }: Connection): string => (answers ? "answered" : syns ? "unanswered" : "");
