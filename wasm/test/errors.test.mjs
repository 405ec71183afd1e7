// What is wrong is an Error with a message for people and a cause for programs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { analyze, records, root, stackprint } from "./support.mjs";

const { Analyzer } = stackprint;
const capture = (name) => readFileSync(join(root, "tests/captures", name));

/** The error that `act` throws: its message and cause. */
function thrown(act) {
    try {
        act();
    } catch (error) {
        assert.ok(error instanceof Error, String(error));
        return [error.message, error.cause];
    }
    assert.fail("nothing was thrown");
}

test("bad captures, each with its reason and offset", () => {
    const cases = [
        ["broken/empty.pcap", "empty", 0, 0],
        ["broken/not-a-capture.pcap", "not_a_capture", 0, 0],
        ["broken/cut-in-file-header.pcap", "cut_short", 0, 0],
        ["broken/cut-in-record.pcap", "cut_short", undefined, 1],
        ["broken/pcapng-length-differs.pcapng", "block_lengths_differ", undefined, 0],
        ["broken/version-9.pcap", "unsupported_version", 0, 0],
    ];
    for (const [name, reason, offset, lines] of cases) {
        const { failure, ndjson } = analyze(capture(name), 1 << 20);
        assert.ok(failure instanceof Error, name);
        assert.equal(failure.cause.kind, "capture", name);
        assert.equal(failure.cause.reason, reason, name);
        assert.equal(typeof failure.cause.offset, "number", name);
        if (offset !== undefined) assert.equal(failure.cause.offset, offset, name);
        assert.ok(ndjson.toString().split("\n").length - 1 >= lines, `${name}: records before the damage`);
    }
});

test("0 packets and unknown link types are no errors: the summary tells", () => {
    const summaryOf = (name) => {
        const analyzer = new Analyzer();
        analyzer.push(capture(name));
        analyzer.finish();
        return analyzer.summary();
    };
    const none = summaryOf("format/pcap-no-packets.pcap");
    assert.equal(none.packets, 0);
    assert.match(none.format, /^pcap 2\.4/);
    assert.deepEqual(none.skipped, {});
    const unknown = summaryOf("broken/unknown-link-type.pcap");
    assert.ok(unknown.packets > 0);
    assert.deepEqual(unknown.skipped, { unknown_link_type: unknown.packets });
    // What a capture without TCP has in it: UDP is protocol 17 of IP, ARP EtherType 0x0806.
    const [udp, arp] = [summaryOf("ip/v4-udp.pcap"), summaryOf("ip/arp.pcap")];
    assert.deepEqual([udp.skipped, udp.carried, udp.tcp], [{ not_tcp: udp.packets }, { "ip:17": udp.packets }, 0]);
    assert.deepEqual([arp.skipped, arp.carried], [{ not_ip: arp.packets }, { "ether:0x0806": arp.packets }]);
});

test("the summary counts", () => {
    const analyzer = new Analyzer();
    assert.equal(analyzer.summary().format, null);
    const found = analyzer.pushRecords(capture("recorded/web-clients.pcap"));
    const { packets, bytes, tcp, records: counts, remembered, evicted } = analyzer.summary();
    const of = (kind) => found.filter((record) => record.kind === kind).length;
    const kinds = { tcp: ["syn", "syn_ack", "uptime"], tls: ["tls_client", "tls_server"], http: ["http_request", "http_response"], quic: ["quic_client"] };
    const ours = stackprint.layers().flatMap((layer) => kinds[layer]);
    assert.deepEqual(counts, Object.fromEntries(ours.map((kind) => [kind, of(kind)])));
    assert.ok(tcp <= packets && tcp >= found.length && bytes > 40 * packets);
    assert.ok(remembered.hosts > 1);
    assert.deepEqual(evicted, { hosts: 0, flows: 0 });
});

test("damage is told of after the records before it, by push as well", () => {
    const analyzer = new Analyzer();
    const bytes = capture("broken/record-length-4-gib.pcap");
    assert.ok(analyzer.push(bytes).length > 0);
    const [message, cause] = thrown(() => analyzer.push(bytes));
    assert.equal(cause.kind, "capture");
    assert.match(message, new RegExp(`at offset ${cause.offset}$`));
    assert.deepEqual(thrown(() => analyzer.push(bytes)), [message, cause]);
    assert.deepEqual(thrown(() => analyzer.finish()), [message, cause]);
});

test("a stream throws after its records", async () => {
    const bytes = capture("broken/cut-in-record.pcap");
    let seen = 0;
    const all = async () => {
        for await (const record of records(new Analyzer(), new Blob([bytes]).stream())) seen += record.schema.length > 0;
    };
    await assert.rejects(all, (error) => error.cause.reason === "cut_short");
    assert.ok(seen > 0);
});

test("bad databases and options", () => {
    const [message, cause] = thrown(() => new Analyzer({ database: "classes = unix\n[tcp:request]\nsig = 1\n" }));
    assert.deepEqual(cause, { kind: "database", line: 3, column: 1 });
    assert.match(message, /^line 3, column 1: expected /);
    for (const [options, name] of [
        [{ database: 1 }, "database"], [{ p0fExact: "yes" }, "p0fExact"], [{ file: {} }, "file"],
        [{ hosts: 0 }, "hosts"], [{ hosts: 1.5 }, "hosts"], [{ flows: 2 ** 32 }, "flows"], [{ flows: "9" }, "flows"],
        [{ layers: "tcp" }, "layers"], [{ layers: ["udp"] }, "layers"], [{ layers: [1] }, "layers"], [{ flow: "no" }, "flow"],
        ...(stackprint.layers().includes("tls") ? [[{ raw: 1 }, "raw"], [{ streamMemory: 0 }, "streamMemory"], [{ streamMemory: 70_000 }, "streamMemory"]] : []),
    ]) {
        const [message, cause] = thrown(() => new Analyzer(options));
        assert.deepEqual(cause, { kind: "argument", name });
        assert.ok(message.startsWith(`${name} must be `), message);
    }
    for (const [options, name, says] of [
        [{ p0fexact: true }, "p0fexact", /^p0fexact is not an option; the options are database, p0fExact, /],
        [{ filter: { permit: {} } }, "filter.permit", /the options are allow, deny$/], [{ filter: { allow: { ports: "1" } } }, "filter.allow.ports", /is not an option/],
        [{ filter: "443" }, "filter", /must be an object/], [{ filter: { deny: { ipVersion: 5 } } }, "filter.deny.ipVersion", /must be 4 or 6/],
        [{ filter: { allow: { port: "22,x" } } }, "filter.allow.port", /expected ports .* at column 4$/],
        [{ filter: { allow: { address: "10.0.0.0/33" } } }, "filter.allow.address", /column 1$/], [{ subjects: "home" }, "subjects", /column 1$/],
        [{ connections: "192.0.2.1>192.0.2.2" }, "connections", /expected connections .* at column 1$/],
        [{ filter: { deny: { connection: "192.0.2.1>192.0.2.2:80,x" } } }, "filter.deny.connection", /expected connections .* at column 24$/],
        // A database without a signature would call every system unknown.
        [{ database: "" }, "database", /at least one signature/], [{ database: "; nothing\n" }, "database", /at least one signature/],
        [{ database: "[mtu]\nlabel = Ethernet\nsig = 1500\n" }, "database", /at least one signature/], ["options", "options", /must be an object/],
    ]) {
        const [message, cause] = thrown(() => new Analyzer(options));
        assert.deepEqual(cause, { kind: "argument", name });
        assert.match(message, says);
    }
    for (const none of [undefined, null, {}, { hosts: undefined, file: null }]) new Analyzer(none).free();
});

test("what is no Uint8Array is refused, and the analyzer can go on", () => {
    const analyzer = new Analyzer();
    for (const wrong of ["text", 1, null, undefined, [1, 2], new ArrayBuffer(2), new DataView(new ArrayBuffer(2))])
        assert.deepEqual(thrown(() => analyzer.push(wrong))[1], { kind: "argument", name: "chunk" });
    assert.ok(analyzer.push(capture("recorded/web-clients.pcap")).length > 0);
    const detached = new Uint8Array(8);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    assert.equal(analyzer.push(detached).length, 0);
    analyzer.finish();
});

test("a freed analyzer says so, whatever is called, and may be freed again", () => {
    const analyzer = new Analyzer();
    analyzer[Symbol.dispose ?? "free"]();
    for (const name of ["push", "pushRecords", "pushTable", "pushPackets", "finish", "summary", "names"])
        assert.deepEqual(thrown(() => analyzer[name](new Uint8Array())), ["the analyzer was freed and cannot be used", { kind: "freed" }], name);
    analyzer.free();
    if (Symbol.dispose) analyzer[Symbol.dispose]();
});

test("a check of a database tells of every error", () => {
    assert.deepEqual(stackprint.checkDatabase("classes = unix\n[tcp:request]\nlabel = s:unix:A:\nsig = *:64:0:*:mss*10,6:mss,ws:df:0\n"), { signatures: 1, faults: 0, errors: [] });
    const { signatures, faults, errors } = stackprint.checkDatabase("classes = unix\n[tcp:request]\nlabel = s:unix:A:\nsig = 1\nsig = *:64:0:*:mss*10,6:mss,ws:df:0\nsig = 2\n");
    assert.deepEqual([signatures, faults, errors.map(({ line, column }) => [line, column])], [1, 2, [[4, 8], [6, 8]]]);
    assert.ok(errors.every(({ message }) => message.startsWith("expected ")));
});

test("a database of 50 MB: its faults are counted, the first of them told; memory is bounded", () => {
    const before = process.memoryUsage().rss;
    for (const [text, faults, message] of [
        ["sig = x\n".repeat(6_250_000), 6_250_000, /^line 1, column 1: expected /], ["\0".repeat(50_000_000), 0, /at least one signature/],
    ]) {
        const began = performance.now();
        const check = stackprint.checkDatabase(text);
        assert.deepEqual([check.signatures, check.faults, check.errors.length], [0, faults, Math.min(faults, 1000)]);
        assert.match(thrown(() => new Analyzer({ database: text }))[0], message);
        assert.ok(performance.now() - began < 40_000);
    }
    const more = process.memoryUsage().rss - before;
    assert.ok(more < 700 << 20, `${more >> 20} MiB`);
});

test("a stream of Node, or any async iterable, is read; anything else is refused with its name", async () => {
    const path = join(root, "tests/captures/recorded/web-clients.pcap");
    const all = async (stream) => {
        const found = [];
        for await (const record of records(new Analyzer(), stream)) found.push(record);
        return found;
    };
    const expected = new Analyzer().pushRecords(readFileSync(path));
    assert.deepEqual(await all(createReadStream(path, { highWaterMark: 100 })), expected);
    assert.deepEqual(await all((async function* () { yield readFileSync(path); })()), expected);
    for (const wrong of [null, undefined, "text", readFileSync(path), {}])
        await assert.rejects(all(wrong), (error) => error.cause.kind === "argument" && error.cause.name === "stream" && /a stream of Node/.test(error.message));
});
