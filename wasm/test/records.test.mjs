// The records of the package against those of the program, byte for byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { analyze, captures, corpus, folder, ndjson, read, records, root, stackprint } from "./support.mjs";
import { connections } from "./traffic.mjs";

const CHUNKS_BYTES = [1, 7, 65_536, 1 << 20];
/** Byte by byte only so far: each costs a call. */
const SMALL_BYTES = 50_000;

function compare(path, options = {}, ...arguments_) {
    const bytes = readFileSync(path);
    const native = read(path, ...arguments_);
    for (const chunkBytes of CHUNKS_BYTES) {
        if (chunkBytes < 100 && bytes.length > SMALL_BYTES) continue;
        const { ndjson, failure } = analyze(bytes, chunkBytes, { file: path, ...options });
        const where = `${relative(root, path)} in chunks of ${chunkBytes}`;
        assert.ok(ndjson.equals(native.ndjson), `${where}: records differ`);
        assert.equal(failure !== undefined, native.status !== 0, `${where}: ${failure}; ${native.says}`);
        if (failure) assert.ok(native.says.includes(failure.message), `${where}: ${failure.message}; ${native.says}`);
    }
    return native.ndjson.reduce((lines, octet) => lines + (octet === 0x0a), 0);
}

function compareAll(paths, ...how) {
    const lines = paths.reduce((sum, path) => sum + compare(path, ...how), 0);
    console.log(`${paths.length} captures, ${lines} records: equal in chunks of ${CHUNKS_BYTES.join(", ")} bytes`);
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

const layers = stackprint.layers();
const readsTls = layers.includes("tls");

test("every kind of record is there, as objects and shapes; layers, raw lists and flows as the program's options", () => {
    const paths = captures().filter((path) => /recorded\/(tls|quic|http)\//.test(path));
    const kinds = new Map();
    for (const path of paths) {
        const [objects, table] = [new stackprint.Analyzer(), new stackprint.Analyzer()];
        const found = objects.pushRecords(readFileSync(path));
        table.pushTable(readFileSync(path));
        for (const { kind } of found) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        const { records } = objects.summary();
        for (const kind of Object.keys(records)) assert.equal(records[kind], found.filter((record) => record.kind === kind).length, `${kind} of ${path}`);
        assert.deepEqual(table.summary().records, records);
    }
    for (const [layer, kind] of [["http", "http_request"], ["http", "http_response"], ["quic", "quic_client"], ["tcp", "syn"], ["tcp", "syn_ack"], ["tls", "tls_client"]])
        assert.equal(kinds.get(kind) > 5, layers.includes(layer), `${kind}: ${kinds.get(kind)}`);
    const some = paths.filter((_, at) => at % 5 === 0);
    for (const [options, ...arguments_] of [
        ...layers.flatMap((layer) => [[{ layers: [layer] }, "--layers", layer], [{ layers: ["tcp", layer] }, "--layers", `tcp,${layer}`]]),
        [{ flow: false }, "--no-flow"], [{ flow: true, layers: null }], ...(readsTls ? [[{ raw: true }, "--raw"], [{ streamMemory: 1 }, "--stream-memory", "1"]] : []),
    ]) assert.ok(compareAll(some, options, ...arguments_) > 10);
});

test("TLS libraries of one's own, with the built-in signatures of TCP", (t) => {
    if (!readsTls) return t.skip("a build without TLS");
    const path = join(root, "tests/captures/recorded/tls/held-out/curl.pcap");
    const database = readFileSync(join(root, "core/data/tls.fp"), "utf8").replaceAll("OpenSSL", "Padlock");
    assert.equal(stackprint.checkDatabase(database).faults, 0);
    const { ndjson: lines, failure } = analyze(readFileSync(path), 4096, { database });
    assert.equal(failure, undefined);
    assert.match(lines.toString(), /"library":\{"name":"Padlock"/);
    assert.equal(lines.toString().replaceAll("Padlock", "OpenSSL"), read(path, "--origin", "none").ndjson.toString());
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
    const bytes = readFileSync(join(root, "tests/captures/recorded/web-clients.pcap"));
    const lines = analyze(bytes, bytes.length).ndjson.toString().trimEnd().split("\n");
    const analyzer = new stackprint.Analyzer();
    assert.deepEqual(analyzer.pushRecords(bytes), lines.map((line) => JSON.parse(line)));
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
    const bytes = readFileSync(join(root, "tests/captures/recorded/web-clients.pcap"));
    let cancelled = false;
    const stream = new ReadableStream({ pull: (to) => to.enqueue(bytes), cancel: () => { cancelled = true; } });
    for await (const record of records(new stackprint.Analyzer(), stream)) {
        assert.equal(record.schema, "stackprint.record.v1");
        break;
    }
    assert.ok(cancelled);
});

/** Numbers of a record. */
const ROW_WORDS = 23;

/** What a row and its shape say of an uptime. */
function uptimeOf(shape, seconds, high, low, watched_ms) {
    if (!shape) return assert.deepEqual([seconds, high, low, watched_ms], [0, 0, 0, 0]) ?? shape;
    assert.deepEqual([shape.seconds, shape.raw_frequency_hz, shape.watched_ms], [0, 0, 0]);
    const float = new DataView(new ArrayBuffer(8));
    float.setUint32(0, high);
    float.setUint32(4, low);
    return { ...shape, seconds, raw_frequency_hz: float.getFloat64(0), watched_ms };
}

/** What a row and its shape say of TLS: the name of the server and JA3 of a client are in the row. */
function tlsOf(shape, serverNames, named, ...ja3) {
    if (!shape?.ja4 && !named) return assert.deepEqual(ja3, [0, 0, 0, 0]) ?? shape;
    assert.equal(shape.sni, undefined);
    if (shape.ja3) assert.equal(shape.ja3, "0".repeat(32));
    return { ...shape, ...(named && { sni: serverNames[named - 1] }), ...(shape.ja3 && { ja3: ja3.map((word) => word.toString(16).padStart(8, "0")).join("") }) };
}

/** An IPv4 or IPv6 address as a URL writes it, from its words. */
const address = (isV6, words) => isV6
    ? new URL(`http://[${[...words].map((word) => `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`).join(":")}]/`).hostname.slice(1, -1)
    : [24, 16, 8, 0].map((shift) => (words[0] >>> shift) & 255).join(".");
/** The same of the text in a record, whose IPv4-mapped addresses are written otherwise. */
const normal = (ip) => (ip.includes(":") ? new URL(`http://[${ip}]/`).hostname.slice(1, -1) : ip);

test("a table says what the objects say, of time, both ends and uptime", () => {
    let [records, uptimes, names] = [0, 0, 0];
    for (const path of captures()) {
        const bytes = readFileSync(path);
        const [objects, table] = [new stackprint.Analyzer(), new stackprint.Analyzer()];
        for (let at = 0; at < bytes.length; at += 70_000) {
            let expected, found;
            // A damaged capture says so to both in the same call.
            try { expected = objects.pushRecords(bytes.subarray(at, at + 70_000)); } catch { expected = null; }
            try { found = table.pushTable(bytes.subarray(at, at + 70_000)); } catch { found = null; }
            assert.equal(found === null, expected === null, path);
            if (!found) break;
            assert.equal(found.rows.length, ROW_WORDS * expected.length, path);
            const shapes = found.shapes.map((shape, at) => JSON.stringify([shape, found.verdicts[at], found.matched[at]]));
            assert.equal(new Set(shapes).size, shapes.length, `${path}: each shape once`);
            assert.equal(new Set(found.serverNames).size, found.serverNames.length, `${path}: each name once`);
            for (const [index, record] of expected.entries()) {
                const [shape, isV6, ...rest] = found.rows.subarray(ROW_WORDS * index, ROW_WORDS * (index + 1));
                const nowhere = { ip: "0.0.0.0", port: 0 };
                const { time, client, server, ...others } = found.shapes[shape];
                assert.deepEqual([time, client, server], ["1970-01-01T00:00:00.000000000Z", nowhere, nowhere]);
                // The flow differs with the ends.
                const { time: realTime, client: realClient, server: realServer, flow, ...same } = record;
                assert.match(flow, /^1:/);
                others.uptime = uptimeOf(others.uptime, ...rest.slice(7, 11));
                const tls = tlsOf(others.tls, found.serverNames, ...rest.slice(16));
                if (tls) others.tls = tls;
                assert.deepEqual(others, same);
                names += rest[16] ? 1 : 0;
                uptimes += others.uptime ? 1 : 0;
                const [subject, peer] = record.subject === "client" ? [realClient, realServer] : [realServer, realClient];
                assert.equal(isV6 === 1, subject.ip.includes(":"));
                assert.deepEqual([address(isV6, rest.slice(0, 4)), address(isV6, rest.slice(11, 15))], [normal(subject.ip), normal(peer.ip)]);
                assert.deepEqual([rest[15] >>> 16, rest[15] & 0xffff], [realClient.port, realServer.port]);
                const seconds = rest[4] * 2 ** 32 + rest[5];
                assert.equal(`${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(rest[6]).padStart(9, "0")}Z`, realTime);
                records += 1;
            }
        }
    }
    assert.ok(records > 500 && uptimes > 20, `${records} records, ${uptimes} uptimes`);
    if (readsTls) assert.ok(names > 50, `${names} hellos with a name`);
});

/** A ClientHello with its extensions in the order of their numbers in `order`, and its name's first six letters replaced. */
function hello(order, name) {
    const bytes = Buffer.from(readFileSync(join(root, "tests/captures/recorded/tls/made-of/curl-http1.1.pcap")));
    const start = bytes.indexOf(Buffer.from("160301", "hex"));
    const whole = bytes.subarray(start, start + 5 + bytes.readUInt16BE(start + 3));
    whole.write(name, whole.indexOf("client.example"), "latin1");
    // Header of record and message, version, random; session, suites and methods with their lengths.
    let at = 5 + 4 + 2 + 32;
    at += 1 + whole[at];
    at += 2 + whole.readUInt16BE(at);
    at += 1 + whole[at] + 2;
    const extensions = [];
    for (let end; at < whole.length; at = end) {
        end = at + 4 + whole.readUInt16BE(at + 2);
        extensions.push({ at, bytes: whole.subarray(at, end) });
    }
    const moved = extensions.map(({ bytes }, place) => ({ bytes, place: order(place, extensions.length) })).sort((a, b) => a.place - b.place);
    return Buffer.concat([whole.subarray(0, extensions[0].at), ...moved.map(({ bytes }) => bytes)]);
}

test("what differs from connection to connection makes no shapes of a table: names, JA3, hosts and paths of HTTP", (t) => {
    if (!layers.includes("http")) return t.skip(`a build that reads ${layers.join()} alone`);
    const count = 500;
    const numbers = Array.from({ length: count }, (_, number) => number);
    for (const [payload, names, forms] of [
        [(number) => hello((place) => place, String(number % 100).padStart(6, "0")), 100, 1],
        // Another order for each place to begin at, as browsers shuffle.
        [(number) => hello((place, length) => (place + number) % length, "000000"), 1, 10],
        [(number) => Buffer.from(`GET /${number} HTTP/1.1\r\nHost: ${number}.example\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\nCookie: ${number}\r\n\r\n`), 0, 0],
    ]) {
        const analyzer = new stackprint.Analyzer();
        const { shapes, rows, serverNames } = analyzer.pushTable(connections(numbers.map(payload)));
        analyzer.free();
        assert.equal(rows.length, ROW_WORDS * count * 2);
        // One of the SYN, one of what follows.
        assert.deepEqual([shapes.length, serverNames.length], [2, names], shapes[1].kind);
        const found = new Set(numbers.map((number) => rows.subarray((2 * number + 2) * ROW_WORDS - 4, (2 * number + 2) * ROW_WORDS).join()));
        assert.ok(forms ? found.size >= forms : found.size === 1, `${found.size} different JA3`);
    }
});

test("a filter leaves what the program's filter leaves; subjects leave a part of all records", () => {
    const path = join(root, "tests/captures/recorded/web-clients.pcap");
    const bytes = readFileSync(path);
    for (const [filter, options] of [
        [{ allow: { clientAddress: "192.0.2.30" } }, ["--client-net", "192.0.2.30/32"]], [{ deny: { address: "2001:db8::/32,192.0.2.10" } }, ["--not-net", "2001:db8::/32", "--not-host", "192.0.2.10"]],
        [{ allow: { ipVersion: 6, serverPort: "80-90" } }, ["--ip-version", "6", "--server-port", "80-90"]], [{ allow: { clientPort: "80" } }, ["--client-port", "80"]],
    ]) assert.deepEqual(analyze(bytes, 1000, { filter }).ndjson.toString(), read(path, "--origin", "none", ...options).ndjson.toString(), JSON.stringify(filter));
    const all = analyze(bytes, 1000).ndjson.toString().trimEnd().split("\n");
    const some = analyze(bytes, 1000, { subjects: "192.0.2.80,2001:db8::10" }).ndjson.toString().trimEnd().split("\n");
    const isSubject = (line) => { const record = JSON.parse(line); return ["192.0.2.80", "2001:db8::10"].includes(record[record.subject].ip); };
    assert.deepEqual(some, all.filter(isSubject));
    assert.ok(some.length > 1 && some.length < all.length);
    const wanted = "192.0.2.30>192.0.2.80:80,2001:db8::10>[2001:db8::80]:80";
    const ofSome = analyze(bytes, 1000, { connections: wanted }).ndjson.toString().trimEnd().split("\n");
    const isOfSome = (line) => { const { client, server } = JSON.parse(line); return wanted.includes(`${client.ip}>${server.ip.includes(":") ? `[${server.ip}]` : server.ip}:${server.port}`); };
    assert.deepEqual(ofSome, all.filter(isOfSome));
    assert.ok(ofSome.length > 4 && ofSome.length < all.length);
    const both = { allow: { clientAddress: "192.0.2.30,2001:db8::10", serverPort: "80" } };
    assert.deepEqual(analyze(bytes, 1000, { filter: { allow: { connection: wanted } } }).ndjson.toString(), analyze(bytes, 1000, { filter: both }).ndjson.toString());
});

test("packets that a filter keeps are a capture with the same packets", () => {
    for (const path of captures().filter((path) => /(recorded|format|link)\//.test(path))) {
        const bytes = readFileSync(path);
        const parts = [];
        const analyzer = new stackprint.Analyzer();
        for (let at = 0; at < bytes.length; at += 5000) parts.push(analyzer.pushPackets(bytes.subarray(at, at + 5000)));
        analyzer.finish();
        const copy = join(folder, "copy.pcapng");
        writeFileSync(copy, Buffer.concat(parts));
        if (analyzer.summary().packets === 0) continue;
        const [from, to] = [path, copy].map((path) => read(path, "--origin", "none"));
        assert.equal(to.ndjson.toString(), from.ndjson.toString(), path);
    }
    const analyzer = new stackprint.Analyzer({ filter: { allow: { clientAddress: "192.0.2.30" } } });
    const some = analyzer.pushPackets(readFileSync(join(root, "tests/captures/recorded/web-clients.pcap")));
    const counts = new stackprint.Analyzer();
    counts.push(some);
    const { packets, records } = counts.summary();
    // Three connections, with packets of both ends and nobody else's.
    assert.deepEqual([records.syn, records.syn_ack], [3, 3]);
    assert.ok(packets >= 9);
});

test("names that a capture gives to addresses", () => {
    // Block type 4 (name resolution): records of type 1 (IPv4) and 2 (IPv6), each padded to 32 bits.
    const block = (kind, body, isBig) => {
        const block = Buffer.alloc(12 + body.length);
        const write = (value, at) => (isBig ? block.writeUInt32BE(value, at) : block.writeUInt32LE(value, at));
        write(kind, 0);
        write(block.length, 4);
        body.copy(block, 8);
        write(block.length, block.length - 4);
        return block;
    };
    const entry = (kind, address, names, isBig) => {
        const value = Buffer.concat([address, Buffer.from(names)]);
        const head = Buffer.alloc(4);
        if (isBig) { head.writeUInt16BE(kind, 0); head.writeUInt16BE(value.length, 2); } else { head.writeUInt16LE(kind, 0); head.writeUInt16LE(value.length, 2); }
        return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
    };
    for (const isBig of [false, true]) {
        const section = block(0x0a0d0d0a, Buffer.from(isBig ? "1a2b3c4d00010000ffffffffffffffff" : "4d3c2b1a01000000ffffffffffffffff", "hex"), isBig);
        const v4 = entry(1, Buffer.from([192, 0, 2, 1]), "printer.example\0other\0", isBig);
        const v6 = entry(2, Buffer.from("20010db8000000000000000000000001", "hex"), "host\0", isBig);
        const other = block(5, Buffer.alloc(1000, 1), isBig);
        const capture = Buffer.concat([section, other, block(4, Buffer.concat([v4, v6, Buffer.alloc(4)]), isBig), block(4, Buffer.alloc(0), isBig), other]);
        for (const step of [1, 7, capture.length]) {
            const analyzer = new stackprint.Analyzer();
            const found = [];
            for (let at = 0; at < capture.length; at += step) { analyzer.push(capture.subarray(at, at + step)); found.push(...analyzer.names()); }
            assert.deepEqual(found, [{ address: "192.0.2.1", name: "printer.example" }, { address: "2001:db8::1", name: "host" }]);
            assert.deepEqual(analyzer.names(), []);
        }
    }
});
