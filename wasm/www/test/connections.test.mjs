// The connections of the page against the rows of the program: `stackprint read --per connection`, whose
// rows are joined here by client, server and port, as the page joins them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { Analyzer, layers } from "../../../target/npm/node.js";
import { modules } from "./modules.mjs";

const { Collection, ConnectionQuery } = await modules("collection", "connection-query");
const root = resolve(import.meta.dirname, "../../..");
const program = process.env.STACKPRINT_PROGRAM ?? join(root, "target/release/stackprint");
const recorded = join(root, "tests/captures/recorded");

/** The page's connections of a capture. */
function ofPage(path) {
    const collection = new Collection();
    const analyzer = new Analyzer();
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at += 1 << 20) collection.add(0, path, analyzer.pushTable(bytes.subarray(at, at + (1 << 20))));
    analyzer.free();
    return new ConnectionQuery(collection).page({ filter: "", sort: "client", descending: false }, 0, 1e6, false).rows;
}

const add = (set, value) => { if (value) set.add(value); };
const systemOf = (stack) => stack?.signature && (stack.os ? `${stack.os.name} ${stack.os.flavor}`.trim() : "unknown");

/** The program's connections of captures, by capture and key. */
function ofProgram(paths) {
    const { stdout, stderr, status, error } = spawnSync(program, ["read", "--per", "connection", "--format", "ndjson", "--layers", layers().join(), ...paths], { maxBuffer: 1 << 30, encoding: "utf8" });
    if (error) throw error;
    assert.equal(status, 0, stderr);
    const joined = new Map();
    for (const { client, server, client_stack, server_stack, tls, quic, http } of stdout.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line))) {
        const isUdp = quic !== undefined || ["quic", "dtls"].includes(tls?.client?.transport);
        const key = `${client.ip} ${server.ip} ${server.port}${isUdp ? "/udp" : ""}`;
        if (!joined.has(key)) joined.set(key, { sni: new Set(), ja4: new Set(), clients: new Set(), servers: new Set(), clientSystems: new Set(), serverSystems: new Set() });
        const known = joined.get(key);
        add(known.sni, tls?.client?.sni);
        add(known.ja4, tls?.client?.ja4);
        const both = (one, other = "") => `${one} ${other}`.trim();
        const claimed = ({ claims, user_agent, server }) => (claims?.product ? both(claims.product, claims.product_version) : (user_agent ?? server ?? "unknown"));
        const app = (head) => head && (head.app ? both(head.app.name, head.app.flavor) : claimed(head));
        add(known.clients, app(http?.request));
        add(known.servers, app(http?.response));
        add(known.clientSystems, systemOf(client_stack));
        add(known.serverSystems, systemOf(server_stack));
    }
    return joined;
}

test("the connections of the page are those of the program: ends, systems, names, JA4, HTTP", (t) => {
    if (!existsSync(program)) return t.skip(`no program at ${program}`);
    const folders = [recorded, "scenes", "http", "quic", "tls/made-of"].map((name) => resolve(recorded, name));
    const paths = folders.flatMap((folder) => readdirSync(folder).filter((name) => /\.pcap(ng)?$/.test(name)).map((name) => join(folder, name)));
    assert.ok(paths.length > 100);
    const seen = { connections: 0, ja4: 0, sni: 0, apps: 0, systems: 0 };
    for (const path of paths) {
        const expected = ofProgram([path]);
        const found = new Map(ofPage(path).map((row) => [`${row.client} ${row.server} ${row.port}${row.isUdp ? "/udp" : ""}`, row]));
        assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort(), path);
        for (const [key, row] of found) {
            const { sni, ja4, clients, servers, clientSystems, serverSystems } = expected.get(key);
            const where = `${path}: ${key}`;
            if (!row.hasMore) {
                assert.deepEqual(row.sni.toSorted(), [...sni].sort(), where);
                assert.deepEqual(row.ja4.toSorted(), [...ja4].sort(), where);
                // A row of the program has the first head of each side alone.
                for (const app of clients) assert.ok(row.httpClient.includes(app), `${where}: ${app}`);
                for (const app of servers) assert.ok(row.httpServer.includes(app), `${where}: ${app}`);
            }
            assert.equal(row.clientSystem === "" ? 0 : 1, Math.min(clientSystems.size, 1), where);
            if (row.clientSystem) assert.ok(clientSystems.has(row.clientSystem), `${where}: ${row.clientSystem}`);
            if (row.serverSystem) assert.ok(serverSystems.has(row.serverSystem), `${where}: ${row.serverSystem}`);
            seen.connections += 1;
            seen.ja4 += ja4.size;
            seen.sni += sni.size;
            seen.apps += clients.size + servers.size;
            seen.systems += clientSystems.size + serverSystems.size;
        }
    }
    console.log(`${paths.length} captures: ${JSON.stringify(seen)}`);
    assert.ok(seen.systems > 100);
    if (layers().length === 4) assert.ok(seen.ja4 > 20 && seen.sni > 20 && seen.apps > 20, JSON.stringify(seen));
});

test("a verdict on connections names what was recorded", (t) => {
    if (layers().length < 4) return t.skip(`a build that reads ${layers().join(", ")} alone`);
    // What was recorded, and between whom, says scenes/truth.csv; 20 is the proxy.
    for (const [name, client, ...expected] of [
        ["socks-windows-tls", "192.0.2.20", "tunnel"], ["squid", "192.0.2.20", "terminating_proxy"], ["forged-user-agent", "192.0.2.10", "proxy_or_forged"],
        ["direct-windows", "192.0.2.10", "consistent"], ["direct-apple", "2001:db8::10", "consistent"],
    ]) {
        const rows = ofPage(join(recorded, `scenes/${name}.pcap`)).filter((row) => row.client === client && (row.ja4.length || row.httpClient.length));
        assert.ok(rows.length > 0, name);
        assert.deepEqual([...new Set(rows.map(({ verdict }) => verdict))].filter((verdict) => verdict !== "unclear"), expected, name);
    }
});
