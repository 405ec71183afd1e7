// What the page gathers of hosts, against a plain count of the same records.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { build } from "vite";

const folder = mkdtempSync(join(tmpdir(), "stackprint-hosts-"));
let Hosts;

before(async () => {
    const lib = { entry: resolve(import.meta.dirname, "../src/hosts.ts"), formats: ["es"], fileName: "hosts" };
    await build({ configFile: false, logLevel: "error", build: { lib, outDir: folder } });
    ({ Hosts } = await import(join(folder, "hosts.js")));
});
after(() => rmSync(folder, { recursive: true }));

const os = (name, quality) => ({ label: name, name, flavor: "", rank: "specific", match: "exact", quality });
const row = (signature, more) => ({
    time: "1970-01-01T00:00:00.000000000Z", kind: "syn", signature, os: null, mtu: null, uptime: null, change: null,
    ttl: { observed: 64, initial: 64, distance: 0, guessed: false }, notes: [], ...more,
});
/** One shape a record in the end: two named systems, two unknown ones, an uptime without a signature. */
const SHAPES = [
    row("4:64:a", { os: os("Linux", 0.9) }), row("4:64:b", { os: os("Windows", 0.5) }), row("4:64:c"), row("4:64:d"),
    row(null, { kind: "uptime", uptime: { seconds: 0, reliable: true, why: "", frequency_hz: 1000, modulo_days: 49 } }),
];

/** Numbers of a fixed seed: a linear congruential generator. */
function* numbers(seed) {
    for (let state = seed; ; yield state >>> 8) state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
}

test("every record counts for its host, its signature and its system, whatever came between", () => {
    const random = numbers(7);
    const pick = (below) => random.next().value % below;
    // As many IPv4 as IPv6 addresses, some with the same first word, enough for tables to grow.
    const addresses = Array.from({ length: 5000 }, (_, at) =>
        at % 2 ? [1, 0x20010db8, 0, 0, at] : [0, at % 4 ? at << 18 : 0x20010db8 + at, 0, 0, 0]);
    const hosts = new Hosts();
    const counted = new Map();
    const unknown = new Map();
    let seconds = 1_700_000_000;
    for (let piece = 0; piece < 40; piece += 1) {
        const rows = [];
        for (let record = 0; record < 2000; record += 1, seconds += pick(2)) {
            const address = addresses[pick(addresses.length)];
            const shape = pick(SHAPES.length);
            const { os, signature, uptime } = SHAPES[shape];
            const uptimeSeconds = uptime ? pick(1000) : 0;
            rows.push(shape, ...address, Math.floor(seconds / 2 ** 32), seconds >>> 0, 0, uptimeSeconds, 0, 0, 0);
            const host = counted.get(address) ?? { records: 0, quality: 0, system: "unknown", uptime: null, seen: new Map() };
            counted.set(address, host);
            if (uptime) host.uptime = uptimeSeconds;
            host.records += 1;
            if (signature) host.seen.set(signature, { count: (host.seen.get(signature)?.count ?? 0) + 1, seconds });
            if (os && os.quality >= host.quality) [host.system, host.quality] = [os.name, os.quality];
            if (signature && !os) unknown.set(signature, (unknown.get(signature) ?? 0) + 1);
        }
        hosts.add({ shapes: SHAPES, rows: Uint32Array.from(rows) });
        // A look while records still come in must not change what comes of them.
        hosts.query({ filter: "", sort: "records", descending: true }, 0, 10, true);
    }
    const found = hosts.found();
    assert.deepEqual([found.records, found.hosts], [80_000, counted.size]);
    assert.deepEqual(new Map(found.unknown.map((one) => [one.signature, one.count])), unknown);
    const systems = new Map();
    for (const { system } of counted.values()) systems.set(system, (systems.get(system) ?? 0) + 1);
    assert.deepEqual(new Map(found.systems.map((one) => [one.name, one.hosts])), systems);

    const { rows, total } = hosts.query({ filter: "", sort: "ip", descending: false }, 0, 10_000, false);
    assert.equal(total, counted.size);
    const inOrder = [...counted].sort(([a], [b]) => a.reduce((order, word, at) => order || (word >>> 0) - (b[at] >>> 0), 0));
    for (const [at, [address, host]] of inOrder.entries()) {
        const text = address[0] ? `2001:db8::${address[4].toString(16)}` : [24, 16, 8, 0].map((shift) => (address[1] >>> shift) & 255).join(".");
        const shown = rows[at];
        assert.deepEqual([shown.ip, shown.records, shown.system, shown.quality, shown.uptime], [text, host.records, host.system, host.quality, host.uptime]);
        const { seen, uptime } = hosts.evidence(text);
        assert.equal(uptime?.uptime.seconds ?? null, host.uptime);
        const evidence = new Map(seen.map(({ row, count }) => [row.signature, { count, seconds: Date.parse(row.time) / 1000 }]));
        assert.deepEqual(evidence, host.seen);
    }
    assert.equal([...hosts.csv()].length, 1 + counted.size);
});

test("a spreadsheet runs nothing of what is saved", () => {
    const names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\"=1", "' \"=1\"", "\u00a0=1", "＝1", "plain"];
    const shapes = names.map((name) => row(`4:64:${name}`, { os: os(name, 0.9) }));
    const hosts = new Hosts();
    const rows = names.flatMap((_, shape) => [shape, 0, shape + 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    hosts.add({ shapes, rows: Uint32Array.from(rows) });
    const cells = [...hosts.csv()].slice(1).map((line) => line.slice(line.indexOf(",") + 1));
    assert.equal(cells.length, names.length);
    for (const [number, name] of names.entries()) {
        const quoted = /["\r\n]/.test(name);
        const text = `${name === "plain" ? "" : "'"}${name}`;
        const wanted = quoted ? `"${text.replaceAll('"', '""')}"` : text;
        assert.ok(cells.some((cell) => cell.startsWith(`${wanted},`)), `${number}: ${wanted} in ${cells}`);
    }
});

test("the order is made anew once records have come to an end", () => {
    const hosts = new Hosts();
    const view = { filter: "", sort: "records", descending: true };
    const rows = (...ends) => Uint32Array.from(ends.flatMap((end) => [0, 0, end, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]));
    const first = (isGrowing) => hosts.query(view, 0, 1, isGrowing).rows[0].ip;
    hosts.add({ shapes: SHAPES, rows: rows(1, 1, 2) });
    assert.equal(first(true), "0.0.0.1");
    hosts.add({ shapes: SHAPES, rows: rows(2, 2) });
    assert.equal(first(false), "0.0.0.2");
});
