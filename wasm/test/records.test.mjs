// The records of the package against those of the program, octet for octet.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { analyze, captures, corpus, ndjson, read, records, root, stackprint } from "./support.mjs";

const CHUNKS_OCTETS = [1, 7, 65_536, 1 << 20];
/** Octet by octet only so far: each costs a call. */
const SMALL_OCTETS = 50_000;

function compare(path, options = {}, ...arguments_) {
    const octets = readFileSync(path);
    const native = read(path, ...arguments_);
    for (const chunkOctets of CHUNKS_OCTETS) {
        if (chunkOctets < 100 && octets.length > SMALL_OCTETS) continue;
        const { ndjson, failure } = analyze(octets, chunkOctets, { file: path, ...options });
        const where = `${relative(root, path)} in chunks of ${chunkOctets}`;
        assert.ok(ndjson.equals(native.ndjson), `${where}: records differ`);
        assert.equal(failure !== undefined, native.status !== 0, `${where}: ${failure}; ${native.says}`);
        if (failure) assert.ok(native.says.includes(failure.message), `${where}: ${failure.message}; ${native.says}`);
    }
    return native.ndjson.reduce((lines, octet) => lines + (octet === 0x0a), 0);
}

function compareAll(paths, ...how) {
    const lines = paths.reduce((sum, path) => sum + compare(path, ...how), 0);
    console.log(`${paths.length} captures, ${lines} records: equal in chunks of ${CHUNKS_OCTETS.join(", ")} octets`);
    return lines;
}

test("the captures of the project", () => {
    assert.ok(compareAll(captures()) > 500);
});

test("the captures of the project, as p0f answers", () => {
    assert.ok(compareAll(captures(), { p0fExact: true }, "--p0f-exact") > 500);
});

test("the corpus", (t) => {
    const paths = corpus();
    if (paths.length === 0) return t.skip("no corpus: set STACKPRINT_CORPUS");
    assert.ok(compareAll(paths) > 5000);
});

test("another database, fewer hosts", () => {
    const path = join(root, "tests/captures/recorded/web-clients.pcap");
    const database = join(root, "core/data/stackprint.fp");
    const few = readFileSync(database, "utf8").replaceAll("Linux", "Penguin");
    const { ndjson: lines, failure } = analyze(readFileSync(path), 4096, { database: few, hosts: 1, flows: 1 });
    assert.equal(failure, undefined);
    const native = read(path, "--origin", "none", "--hosts", "1", "--flows", "1");
    assert.match(lines.toString(), /Penguin/);
    assert.equal(lines.toString().replaceAll("Penguin", "Linux"), native.ndjson.toString());
});

test("objects are the lines, parsed; without a file they have no origin", () => {
    const octets = readFileSync(join(root, "tests/captures/recorded/web-clients.pcap"));
    const lines = analyze(octets, octets.length).ndjson.toString().trimEnd().split("\n");
    const analyzer = new stackprint.Analyzer();
    assert.deepEqual(analyzer.pushRecords(octets), lines.map((line) => JSON.parse(line)));
    assert.deepEqual(analyzer.pushRecords(new Uint8Array()), []);
    assert.ok(lines.length > 5 && lines.every((line) => !line.includes('"origin"')));
    analyzer.free();
});

test("a stream, compressed as well, as objects and as lines", async () => {
    const path = join(root, "tests/captures/format/gzip.pcap.gz");
    const expected = analyze(gunzipSync(readFileSync(path)), 1 << 20).ndjson.toString();
    const stream = () => new Blob([readFileSync(path)]).stream().pipeThrough(new DecompressionStream("gzip"));
    let text = "";
    for await (const lines of ndjson(new stackprint.Analyzer(), stream())) text += Buffer.from(lines).toString();
    assert.equal(text, expected);
    text = "";
    for await (const record of records(new stackprint.Analyzer(), stream())) text += `${JSON.stringify(record)}\n`;
    assert.ok(text.length > 0);
    assert.deepEqual(text.split("\n").filter(Boolean).map((line) => JSON.parse(line)), expected.split("\n").filter(Boolean).map((line) => JSON.parse(line)));
});

test("who stops early cancels the stream", async () => {
    const octets = readFileSync(join(root, "tests/captures/recorded/web-clients.pcap"));
    let cancelled = false;
    const stream = new ReadableStream({ pull: (to) => to.enqueue(octets), cancel: () => { cancelled = true; } });
    for await (const record of records(new stackprint.Analyzer(), stream)) {
        assert.equal(record.schema, "stackprint.record.v1");
        break;
    }
    assert.ok(cancelled);
});

/** Thirteen numbers a record. */
const ROW_WORDS = 13;

/** What a row and its shape say of an uptime. */
function uptimeOf(shape, seconds, high, low, watched_ms) {
    if (!shape) return assert.deepEqual([seconds, high, low, watched_ms], [0, 0, 0, 0]) ?? shape;
    assert.deepEqual([shape.seconds, shape.raw_frequency_hz, shape.watched_ms], [0, 0, 0]);
    const float = new DataView(new ArrayBuffer(8));
    float.setUint32(0, high);
    float.setUint32(4, low);
    return { ...shape, seconds, raw_frequency_hz: float.getFloat64(0), watched_ms };
}

test("a table says what the objects say, of time and subject", () => {
    let [records, uptimes] = [0, 0];
    for (const path of captures()) {
        const octets = readFileSync(path);
        const [objects, table] = [new stackprint.Analyzer(), new stackprint.Analyzer()];
        for (let at = 0; at < octets.length; at += 70_000) {
            let expected, found;
            // A damaged capture says so to both in the same call.
            try { expected = objects.pushRecords(octets.subarray(at, at + 70_000)); } catch { expected = null; }
            try { found = table.pushTable(octets.subarray(at, at + 70_000)); } catch { found = null; }
            assert.equal(found === null, expected === null, path);
            if (!found) break;
            assert.equal(found.rows.length, ROW_WORDS * expected.length, path);
            for (const [index, record] of expected.entries()) {
                const [shape, isV6, ...rest] = found.rows.subarray(ROW_WORDS * index, ROW_WORDS * (index + 1));
                const nowhere = { ip: "0.0.0.0", port: 0 };
                const { time, client, server, ...others } = found.shapes[shape];
                assert.deepEqual([time, client, server], ["1970-01-01T00:00:00.000000000Z", nowhere, nowhere]);
                const { time: realTime, client: realClient, server: realServer, ...same } = record;
                others.uptime = uptimeOf(others.uptime, ...rest.slice(7));
                assert.deepEqual(others, same);
                uptimes += others.uptime ? 1 : 0;
                const ip = record.subject === "client" ? realClient.ip : realServer.ip;
                assert.equal(isV6 === 1, ip.includes(":"));
                if (!isV6) assert.equal(rest.slice(0, 1).map((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join(".")).join(), ip);
                const seconds = rest[4] * 2 ** 32 + rest[5];
                assert.equal(`${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(rest[6]).padStart(9, "0")}Z`, realTime);
                records += 1;
            }
        }
    }
    assert.ok(records > 500 && uptimes > 20, `${records} records, ${uptimes} uptimes`);
});
