// What the page gathers of hosts and connections, against a plain count of the same records.

import assert from "node:assert/strict";
import { test } from "node:test";
import { batch, modules, numbers, os, record, row } from "./modules.mjs";

const { Collection, compare, HostQuery, ConnectionQuery } = await modules("collection", "host-query", "connection-query");

const view = (more) => ({ filter: "", sort: "ip", descending: false, ...more });
/** Captures, and what is asked of them. */
function collected(...captures) {
    const collection = new Collection();
    captures.forEach((batches, at) => batches.forEach((one) => collection.add(at, `${at}.pcap`, one)));
    const hosts = new HostQuery(collection);
    const connections = new ConnectionQuery(collection);
    const list = (query, more) => query.page(view(more), 0, 100_000, false).rows;
    return { collection, hosts, list: (more) => list(hosts, more), connected: (more) => list(connections, { sort: "client", ...more }), csv: (more) => [...hosts.csv(view(more))], connections };
}

/** One shape a record in the end: two named systems, two unknown ones, an uptime without a signature. */
const SHAPES = [
    row("4:64:a", { os: os("Linux", 0.9) }), row("4:64:b", { os: os("Windows", 0.5) }), row("4:64:c"), row("4:64:d"),
    row(null, { kind: "uptime", ttl: null, uptime: { seconds: 0, reliable: true, why: "steady_across_peers", frequency_hz: 1000, modulo_days: 49 } }),
];

test("every record counts for its host, its signature, its system and its connection, whatever came between", () => {
    const random = numbers(7);
    const pick = (below) => random.next().value % below;
    // As many IPv4 as IPv6 addresses, some with the same first word, enough for tables to grow.
    const addresses = Array.from({ length: 5000 }, (_, at) =>
        at % 2 ? [1, 0x20010db8, 0, 0, at] : [0, at % 4 ? at << 18 : 0x20010db8 + at, 0, 0, 0]);
    const { collection, hosts, list, connected, csv } = collected();
    const counted = new Map();
    const unknown = new Map();
    const asked = new Map();
    let seconds = 1_700_000_000;
    for (let piece = 0; piece < 40; piece += 1) {
        const records = [];
        for (let at = 0; at < 2000; at += 1, seconds += pick(2)) {
            const from = addresses[pick(addresses.length)];
            const [shape, port] = [pick(SHAPES.length), pick(3)];
            const { os, signature, uptime } = SHAPES[shape];
            const uptimeSeconds = uptime ? pick(1000) : 0;
            const to = from[0] ? [1, 0x20010db8, 0, 1, 1] : 0xc6336450;
            records.push(record(shape, { from, to, seconds, port, uptime: uptimeSeconds }));
            const host = counted.get(from) ?? { records: 0, quality: 0, system: "unknown", uptime: null, seen: new Map(), first: seconds };
            counted.set(from, host);
            if (uptime) host.uptime = uptimeSeconds;
            host.records += 1;
            host.last = seconds;
            if (signature) host.seen.set(signature, { count: (host.seen.get(signature)?.count ?? 0) + 1, seconds });
            if (os && os.quality >= host.quality) [host.system, host.quality] = [os.name, os.quality];
            if (signature && !os) unknown.set(signature, (unknown.get(signature) ?? 0) + 1);
            if (signature) {
                const key = `${from} ${port}`;
                asked.set(key, { syns: (asked.get(key)?.syns ?? 0) + 1, first: asked.get(key)?.first ?? seconds, last: seconds });
            }
        }
        collection.add(0, "a.pcap", batch(SHAPES, ...records));
        // A question while records still come in must not change what comes of them.
        hosts.page(view({ sort: "records" }), 0, 10, true);
    }
    const found = collection.found();
    assert.deepEqual([found.records, found.hosts, found.connections], [80_000, counted.size, asked.size]);
    assert.deepEqual(new Map(found.unknown.map((one) => [one.signature, one.count])), unknown);
    const systems = new Map();
    for (const { system } of counted.values()) systems.set(system, (systems.get(system) ?? 0) + 1);
    assert.deepEqual(new Map(found.systems.map((one) => [one.name, one.hosts])), systems);
    assert.equal(Object.values(found.picture.counts).flat().reduce((sum, count) => sum + count, 0), 80_000);

    const rows = list();
    assert.equal(rows.length, counted.size);
    const text = (address) => address[0] ? `2001:db8::${address[4].toString(16)}` : [24, 16, 8, 0].map((shift) => (address[1] >>> shift) & 255).join(".");
    const inOrder = [...counted].sort(([a], [b]) => a.reduce((order, word, at) => order || (word >>> 0) - (b[at] >>> 0), 0));
    for (const [at, [address, host]] of inOrder.entries()) {
        const { id, ip, records, system, quality, uptime, first, last, roles } = rows[at];
        assert.deepEqual({ ip, records, system, quality, uptime, first, last }, { ip: text(address), records: host.records, system: host.system, quality: host.quality, uptime: host.uptime, first: host.first, last: host.last });
        assert.equal(roles, host.seen.size ? "client" : "");
        const detail = hosts.detail(0, id);
        assert.equal(detail.uptime?.seconds ?? null, host.uptime);
        assert.deepEqual(new Map(detail.seen.map(({ row, count, seconds }) => [row.signature, { count, seconds }])), host.seen);
    }
    assert.equal(csv().length, 1 + counted.size);
    const counts = new Map(connected().map(({ client, port, syns, first, last }) => [`${client} ${port}`, { syns, first, last }]));
    assert.deepEqual(counts, new Map([...asked].map(([key, value]) => [`${text(key.split(" ")[0].split(",").map(Number))} ${key.split(" ")[1]}`, value])));
});

test("an address of two captures is two hosts, and so is one of two VLANs; a comparison tells where systems differ", () => {
    const [linux, windows] = [row("4:64:a", { os: os("Linux", 0.9) }), row("4:64:b", { os: os("Windows", 0.5) })];
    const tagged = (vlan, shape) => ({ ...shape, path: [`vlan:${vlan}`, "mpls:7"] });
    const first = batch([linux, tagged(10, linux), tagged(20, windows)], record(0, { from: 1 }), record(0, { from: 2 }), record(1, { from: 1 }), record(2, { from: 1 }));
    const second = batch([windows, linux], record(0, { from: 1 }), record(1, { from: 2 }));
    const { collection, list, connected } = collected([first], [second]);
    assert.deepEqual(list().map(({ captureName, ip, network, system }) => [captureName, ip, network, system]), [
        ["0.pcap", "0.0.0.1", "", "Linux"], ["0.pcap", "0.0.0.1", "vlan:10", "Linux"], ["0.pcap", "0.0.0.1", "vlan:20", "Windows"],
        ["1.pcap", "0.0.0.1", "", "Windows"], ["0.pcap", "0.0.0.2", "", "Linux"], ["1.pcap", "0.0.0.2", "", "Linux"],
    ]);
    assert.equal(connected().length, 6);
    const { captures, addresses, common, different, conflicts } = compare(collection.shown());
    assert.deepEqual([captures, addresses, common, different], [2, 4, 2, 1]);
    assert.deepEqual(conflicts.map(({ ip, in: seen }) => [ip, seen.map(({ capture, system }) => `${capture} ${system}`)]), [["0.0.0.1", ["0.pcap Linux", "1.pcap Windows"]]]);
    collection.show([1]);
    assert.deepEqual([list().length, collection.found().hosts], [2, 2]);
    collection.show(null);
    collection.remove([0]);
    assert.deepEqual(list().map(({ captureName }) => captureName), ["1.pcap", "1.pcap"]);
});

test("sharing once found stays, and each change has its time and reasons", () => {
    const change = (verdict, reasons) => row("4:64:a", { os: os("Linux", 0.9), change: { verdict, reasons, score: 7, hits: [1, 1, 1, 1] } });
    const shapes = [change("ip_sharing", ["tstamp"]), change("host_change", ["os_diff"]), change("host_change", ["os_diff"])];
    const { hosts, list, collection } = collected([batch(shapes, ...shapes.map((_, at) => record(at, { from: 1, seconds: 100 + at })))]);
    const [host] = list();
    assert.deepEqual([host.isShared, host.changes, collection.found().shared], [true, 2, 1]);
    assert.deepEqual(hosts.detail(0, host.id).changes.map(({ row, seconds, count }) => [row.change.verdict, row.change.reasons, seconds, count]), [
        ["ip_sharing", ["tstamp"], 100, 1], ["host_change", ["os_diff"], 102, 2],
    ]);
    assert.match([...hosts.csv(view())][1], /,true,2,3,1970-01-01T00:01:40Z,1970-01-01T00:01:42Z$/m);
});

test("an unreliable uptime says so in the table and in CSV", () => {
    const uptime = (reliable, why) => row(null, { kind: "uptime", ttl: null, uptime: { seconds: 0, reliable, why, frequency_hz: 1000, modulo_days: 49 } });
    const { list, csv } = collected([batch([uptime(true, "steady_across_peers"), uptime(false, "one_peer")], record(0, { from: 1, uptime: 60 }), record(1, { from: 2, uptime: 60 }))]);
    assert.deepEqual(list().map(({ uptime, uptimeReliable, uptimeWhy }) => [uptime, uptimeReliable, uptimeWhy]), [[60, true, "steady_across_peers"], [60, false, "one_peer"]]);
    const [header, ...lines] = csv().map((line) => line.trim().split(","));
    for (const [at, reliable, why] of [[0, "true", "steady_across_peers"], [1, "false", "one_peer"]])
        assert.deepEqual([lines[at][header.indexOf("uptime_reliable")], lines[at][header.indexOf("uptime_why")]], [reliable, why]);
});

test("the clock of a host is kept at some times, spread over all of them", () => {
    const uptime = row(null, { kind: "uptime", ttl: null, uptime: { seconds: 0, reliable: true, why: "steady_across_peers", frequency_hz: 1000, modulo_days: 49 } });
    for (const count of [0, 1, 32, 33, 1000, 1025]) {
        const { hosts } = collected([batch([SHAPES[0], uptime], record(0, { from: 1 }), ...Array.from({ length: count }, (_, at) => record(1, { from: 1, seconds: 1000 + at, uptime: 5000 + at })))]);
        const { clock } = hosts.detail(0, 0);
        const step = count > 32 ? clock[1][0] - clock[0][0] : 1;
        assert.ok(clock.length <= 32 && clock.length >= Math.min(count, 16), `${count}: ${clock.length}`);
        assert.deepEqual(clock, Array.from({ length: Math.ceil(count / step) }, (_, at) => [1000 + at * step, 5000 + at * step]));
    }
});

test("what connections carry is counted by what it says, with the names that were asked for, and bounded", () => {
    const carried = (kind, more) => row(null, { kind, ttl: null, subject: kind.endsWith("response") || kind.endsWith("server") ? "server" : "client", ...more });
    const tls = (sni, more) => carried("tls_client", { tls: { version: "TLS 1.3", transport: "tcp", ja4: "t13d", sni, alpn: ["h2", "http/1.1"], library: { name: "NSS", program: "Firefox" }, ...more } });
    const shapes = [
        SHAPES[0], tls("a.example"), tls("b.example"), carried("tls_client", { tls: { version: "DTLS 1.2", transport: "dtls", truncated: true } }),
        carried("http_request", { http: { version: "1.1", method: "GET", user_agent: "curl/8", app: { name: "curl", flavor: "" }, dishonest: true } }),
        carried("http_response", { http: { version: "1.0", status: 200, server: "nginx" } }),
        carried("quic_client", { quic: { version: "v1", datagram_bytes: 1200 }, tls: { version: "TLS 1.3", transport: "quic", sni: "q.example" } }),
        carried("tls_server", { tls: { version: "TLS 1.2", transport: "tcp", cipher: "0xc02f" } }),
    ];
    const seen = [0, 1, 2, 1, 1, 3, 4, 6].map((shape, at) => record(shape, { from: 1, to: 2, seconds: 10 + at }));
    const { hosts, list } = collected([batch(shapes, ...seen, record(5, { from: 2, to: 1 }), record(7, { from: 2, to: 1 }))]);
    const [client, server] = list();
    assert.deepEqual([client, server].map(({ system, roles, records }) => [system, roles, records]), [["Linux", "client", 8], ["unknown", "server", 2]]);
    const said = (id) => hosts.detail(0, id).carried.map(({ said: { heading, facts }, count, seconds, names }) => [heading, Object.fromEntries(facts), count, seconds, names]);
    assert.deepEqual(said(client.id), [
        ["TLS client", { Library: "NSS, Firefox", JA4: "t13d", ALPN: "h2, http/1.1", Version: "TLS 1.3" }, 4, 14, ["a.example", "b.example"]],
        ["DTLS client", { Version: "DTLS 1.2", Note: "the hello is cut short: no fingerprint" }, 1, 15, []],
        ["HTTP client", { Program: "curl", "User-Agent": "curl/8", Version: "HTTP/1.1", Note: "the head is not one of the program that it names" }, 1, 16, []],
        ["QUIC client", { QUIC: "v1", Version: "TLS 1.3" }, 1, 17, ["q.example"]],
    ]);
    assert.deepEqual(said(server.id), [
        ["HTTP server", { Server: "nginx", Version: "HTTP/1.0" }, 1, 1, []], ["TLS server", { Version: "TLS 1.2", Cipher: "0xc02f" }, 1, 1, []],
    ]);
    const flood = Array.from({ length: 100 }, (_, at) => tls(`${at}.example`, { ja4: `t13d${at % 50}` }));
    const many = collected([batch(flood, ...flood.map((_, shape) => record(shape, { from: 1 })))]);
    assert.equal(many.hosts.detail(0, 0).carried.length, 32);
    const names = collected([batch(flood.map((one) => ({ ...one, tls: { ...one.tls, ja4: "t13d" } })), ...flood.map((_, shape) => record(shape, { from: 1 })))]);
    assert.deepEqual(names.hosts.detail(0, 0).carried.map(({ count, names }) => [count, names.length]), [[100, 16]]);
});

test("a connection shows what TLS, QUIC and HTTP say of it, the worst verdict, and is found by each; facts are bounded", () => {
    const carried = (kind, more) => row(null, { kind, ttl: null, subject: kind.endsWith("response") || kind.endsWith("server") ? "server" : "client", ...more });
    const tls = (sni, ja4, verdict, transport = "tcp") => carried(transport === "quic" ? "quic_client" : "tls_client",
        { tls: { version: "TLS 1.3", transport, ja4, sni, library: { name: "NSS", program: "Firefox" } }, ...(transport === "quic" && { quic: { version: "v1" } }), verdict });
    const shapes = [
        SHAPES[0], tls("a.example", "t13d1", "unclear"), tls("b.example", "t13d1", "tunnel"), tls("b.example", "t13d2", "consistent"),
        carried("tls_server", { tls: { version: "TLS 1.3", transport: "tcp", cipher: "0x1301" } }), tls("q.example", "q13d1", null, "quic"),
        carried("http_request", { http: { version: "1.1", method: "GET", user_agent: "curl/8" }, verdict: "consistent" }),
        carried("http_response", { http: { version: "1.1", status: 200, app: { name: "nginx", flavor: "1.x" }, server: "nginx/1.27" } }), carried("http_response", { http: { version: "1.1", status: 200 } }),
    ];
    const from = (shape, port, seconds = 5) => record(shape, { from: 1, to: 2, port, seconds });
    const back = (shape, port) => record(shape, { from: 2, to: 1, port, seconds: 6 });
    const { connected, list, connections, collection } = collected([batch(shapes, from(0, 443), ...[1, 2, 3, 1].map((shape) => from(shape, 443)), back(4, 443), from(5, 443, 7), from(6, 80), back(7, 80), back(8, 80))]);
    const plain = ({ port, isUdp, syns, sni, ja4, library, httpClient, httpServer, verdict, hasMore, first, last }) => ({ port, isUdp, syns, sni, ja4, library, httpClient, httpServer, verdict, hasMore, first, last });
    const none = { isUdp: false, syns: 0, sni: [], ja4: [], library: [], httpClient: [], httpServer: [], verdict: "", hasMore: false, first: 5, last: 6 };
    const [http, tcp, quic] = [
        { ...none, port: 80, httpClient: ["curl/8"], httpServer: ["nginx 1.x", "unknown"], verdict: "consistent" },
        { ...none, port: 443, syns: 1, sni: ["a.example", "b.example"], ja4: ["t13d1", "t13d2"], library: ["NSS, Firefox"], verdict: "tunnel" },
        { ...none, port: 443, isUdp: true, sni: ["q.example"], ja4: ["q13d1"], library: ["NSS, Firefox"], first: 7, last: 7 },
    ];
    const bySni = (more) => connected({ sort: "sni", ...more }).map(plain);
    assert.deepEqual(bySni(), [http, tcp, quic]);
    assert.deepEqual([collection.found().hasTls, collection.found().hasHttp, collection.found().connections], [true, true, 3]);
    for (const [filter, ...expected] of [
        ["sni:b.ex", tcp], ["ja4:q13", quic], ["ja4:t13d1 -is:udp", tcp], ["tls:firefox", tcp, quic], ["http:nginx", http], ["http:CURL", http], ["is:tunnel", tcp], ["is:consistent", http],
        ["-sni:example", http], ["q13d1", quic], ["nss", tcp, quic], ["is:udp", quic], ["is:unanswered", tcp], ["is:answered"],
    ]) assert.deepEqual(bySni({ filter }), expected, filter);
    for (const sort of ["ja4", "http", "consistency"]) for (const descending of [false, true]) assert.equal(connected({ sort, descending }).length, 3);
    assert.deepEqual(connected({ sort: "http", descending: true })[0].httpClient, ["curl/8"]);
    // The hello is the client's, the name of both; what the server runs is its own.
    for (const [filter, ...expected] of [["ja4:t13d1", "0.0.0.1"], ["sni:a.example", "0.0.0.1", "0.0.0.2"], ["http:nginx", "0.0.0.2"], ["http:curl", "0.0.0.1"], ["is:tunnel", "0.0.0.1"], ["ja4:t12"]])
        assert.deepEqual(list({ filter }).map(({ ip }) => ip), expected, filter);
    const saved = JSON.parse([...connections.json(view({ sort: "sni" }))].join(""));
    const column = (name) => saved.map((row) => row[name]);
    assert.equal([...connections.csv(view())][0].trim(), Object.keys(saved[0]).join());
    assert.deepEqual([column("transport"), column("ja4"), column("sni"), column("http_server"), column("consistency")], [
        ["tcp", "tcp", "udp"], ["", "t13d1 t13d2", "q13d1"], ["", "a.example b.example", "q.example"], ["nginx 1.x; unknown", "", ""], ["consistent", "tunnel", ""],
    ]);
    const flood = Array.from({ length: 100 }, (_, at) => tls(`${at}.example`, `t13d${at}`, null));
    const [many] = collected([batch(flood, ...flood.map((_, shape) => from(shape, 443)))]).connected();
    assert.deepEqual([many.sni.length, many.ja4.length, many.hasMore], [8, 8, true]);
    const pieces = Array.from({ length: 10 }, (_, piece) => batch([flood[0]], ...Array.from({ length: 20_001 }, (_, at) => record(0, { from: piece * 20_001 + at + 1 }))));
    const hosts = collected(pieces);
    assert.deepEqual([hosts.collection.found().connections, hosts.collection.found().connectionsLeft, hosts.connected({ filter: "sni:0.example" }).length], [200_010, 10, 100_000]);
});

test("a spreadsheet runs nothing of what is saved", () => {
    const names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\"=1", "' \"=1\"", "\u00a0=1", "＝1", "plain"];
    const shapes = names.map((name) => row(`4:64:${name}`, { os: os(name, 0.9) }));
    const { csv } = collected([batch(shapes, ...names.map((_, shape) => record(shape, { from: shape + 1 })))]);
    const cells = csv().slice(1).map((line) => line.slice(line.indexOf("special,") + "special,".length));
    assert.equal(cells.length, names.length);
    for (const [number, name] of names.entries()) {
        const text = `${name === "plain" ? "" : "'"}${name}`;
        const wanted = /["\r\n]/.test(name) ? `"${text.replaceAll('"', '""')}"` : text;
        assert.ok(cells.some((cell) => cell.startsWith(`${wanted},`)), `${number}: ${wanted} in ${cells}`);
    }
});

test("rows are put in order again once records have come to an end", () => {
    const { collection, hosts } = collected();
    const first = (isGrowing) => hosts.page(view({ sort: "records", descending: true }), 0, 1, isGrowing).rows[0].ip;
    collection.add(0, "a", batch(SHAPES, ...[1, 1, 2].map((from) => record(0, { from }))));
    assert.equal(first(true), "0.0.0.1");
    collection.add(0, "a", batch(SHAPES, ...[2, 2].map((from) => record(0, { from }))));
    assert.equal(first(false), "0.0.0.2");
});

test("roles, service ports and both systems come together from the two halves of a handshake", () => {
    const answer = row("4:64:s", { kind: "syn_ack", subject: "server", os: os("FreeBSD", 0.8) });
    const [client, server] = [0x0a000001, 0xc0000201];
    const { list, connected } = collected([batch([SHAPES[0], answer],
        ...[443, 22].flatMap((port) => [record(0, { from: client, to: server, port }), record(1, { from: server, to: client, port })]),
        record(0, { from: client, to: server, port: 8080, seconds: 9 }))]);
    assert.deepEqual(list().map(({ ip, roles, ports, scope }) => [ip, roles, ports, scope]), [["10.0.0.1", "client", [], "private"], ["192.0.2.1", "server", [443, 22], "special"]]);
    assert.deepEqual(connected({ sort: "port" }).map((one) => [one.client, one.server, one.port, one.clientSystem, one.serverSystem, one.syns, one.answers]), [
        ["10.0.0.1", "192.0.2.1", 22, "Linux", "FreeBSD", 1, 1], ["10.0.0.1", "192.0.2.1", 443, "Linux", "FreeBSD", 1, 1], ["10.0.0.1", "192.0.2.1", 8080, "Linux", "", 1, 0],
    ]);
    assert.deepEqual(connected({ filter: "is:unanswered" }).map(({ port }) => port), [8080]);
    assert.deepEqual(connected({ filter: "", from: 5 }).map(({ port }) => port), [8080]);
    assert.deepEqual(list({ filter: "port:8080" }).map(({ ip }) => ip), ["10.0.0.1", "192.0.2.1"]);
    assert.deepEqual(list({ filter: "server 22" }).map(({ ip }) => ip), ["192.0.2.1"]);
});
