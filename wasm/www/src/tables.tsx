// The columns of hosts and of connections.

import type { Connection } from "./connection-query";
import { count, duration, number, percent, words } from "./format";
import type { Column } from "./grid";
import type { Host } from "./host-query";

const named = (ip: string, name: string, network = ""): string => `${ip}${network && ` ${network}`}${name && ` (${name})`}`;

/** A lapse of time is no fact where the clock may have another origin. */
export const uptimeText = ({ uptime, uptimeReliable }: Host): string =>
    uptime === null ? "" : uptimeReliable ? duration(uptime) : `${duration(uptime)}?`;

export function systemText({ system, isShared, changes }: Host): string {
    if (isShared) return `${system} · several behind it`;
    return changes ? `${system} · changed` : system;
}

const PORTS_SHOWN = 4;

export function portsText(ports: readonly number[], most = PORTS_SHOWN): string {
    const shown = [...ports].sort((a, b) => a - b).slice(0, most).join(", ");
    return ports.length > most ? `${shown} +${ports.length - most}` : shown;
}

export function hostColumns(hasCaptures: boolean): Column<Host>[] {
    return [
        { key: "ip", name: "Address", rem: 10, share: 1.2, class: "mono", cell: ({ ip, name, network }) => named(ip, name, network) },
        { key: "system", name: "System", rem: 14, share: 1.4, cell: systemText },
        { key: "quality", name: "Sure", rem: 4.5, cell: ({ quality }) => (quality ? percent(quality) : "–") },
        { key: "roles", name: "Role", rem: 7, cell: ({ roles }) => roles.replace(" ", ", "), title: "client: opened a connection; server: accepted one" },
        { key: "ports", name: "Services", rem: 8, cell: ({ ports }) => portsText(ports), title: "ports on which it accepted a connection" },
        { key: "distance", name: "Hops", rem: 4.5, cell: ({ distance }) => distance ?? "" },
        { key: "link", name: "Link", rem: 10, share: .8, cell: ({ link }) => link },
        { key: "uptime", name: "Uptime", rem: 6, cell: uptimeText, title: "?: the clock may not count from the start of the system" },
        { key: "records", name: "Seen", rem: 5, cell: ({ records }) => number(records) },
        ...(hasCaptures ? [{ key: "capture", name: "Capture", rem: 12, cell: ({ captureName }: Host) => captureName }] : []),
    ];
}

/** Some texts of a cell, the first of them in full. */
function some(texts: string[], hasMore: boolean): string {
    const [first = "", ...others] = texts;
    return others.length ? `${first} +${others.length}${hasMore ? " or more" : ""}` : first;
}

const httpText = ({ httpClient, httpServer, hasMore }: Connection): string =>
    httpClient.length + httpServer.length ? `${some(httpClient, hasMore) || "–"} → ${some(httpServer, hasMore) || "–"}` : "";

/** Verdicts that name a contradiction stand out. */
const verdictCell = ({ verdict }: Connection) =>
    (verdict && verdict !== "consistent" && verdict !== "unclear" ? <span class="faults">{words(verdict)}</span> : words(verdict));

/** What a layer adds are columns of its own, where there is something of it. */
export function connectionColumns(hasCaptures: boolean, { hasTls, hasHttp }: { hasTls: boolean; hasHttp: boolean }): Column<Connection>[] {
    return [
        { key: "client", name: "Client", rem: 9, share: 1, class: "mono", cell: ({ client, clientName }) => named(client, clientName) },
        { key: "server", name: "Server", rem: 9, share: 1, class: "mono", cell: ({ server, serverName }) => named(server, serverName) },
        { key: "port", name: "Port", rem: 5.5, cell: ({ port, isUdp }) => (isUdp ? `${port}/udp` : port) },
        { key: "clientSystem", name: "Client's system", rem: 9, share: 1, cell: ({ clientSystem }) => clientSystem || "–" },
        { key: "serverSystem", name: "Server's system", rem: 9, share: 1, cell: ({ serverSystem }) => serverSystem || "–" },
        ...(hasTls ? [
            { key: "sni", name: "SNI", rem: 8, share: 1, cell: ({ sni, hasMore }: Connection) => some(sni, hasMore), title: "server name that the client asks for, in its TLS or QUIC hello" },
            { key: "ja4", name: "JA4", rem: 9.5, share: 1, class: "mono", cell: ({ ja4, hasMore }: Connection) => some(ja4, hasMore), title: "fingerprint of the client's TLS or QUIC hello" },
        ] : []),
        ...(hasHttp ? [{ key: "http", name: "HTTP", rem: 8, share: 1, cell: httpText, title: "program of the client → program of the server" }] : []),
        ...(hasTls || hasHttp ? [{ key: "consistency", name: "Consistency", rem: 10, cell: verdictCell, title: "whether the TLS library or the User-Agent is of the same system as the client's stack" }] : []),
        { key: "syns", name: "SYN", rem: 4.5, cell: ({ syns }) => number(syns), title: "how often the client asked, retransmissions included" },
        { key: "answers", name: "SYN+ACK", rem: 6, cell: ({ answers }) => number(answers), title: "how often the server answered" },
        ...(hasCaptures ? [{ key: "captureName", name: "Capture", rem: 7.5, cell: ({ captureName }: Connection) => captureName }] : []),
    ];
}

export const totalText = (total: number, table: "hosts" | "connections"): string =>
    count(total, table === "hosts" ? "host" : "connection");
