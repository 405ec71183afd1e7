// Rows of hosts and connections against those of the program.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createReadStream, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { syns } from "./traffic.mjs";
import { captures, connections, corpus, hosts, read, root, stackprint, who } from "./support.mjs";

const { Analyzer } = who;
const CHUNKS_BYTES = [999, 1 << 20];
const METHODS = { host: ["pushHosts", "finishHosts"], connection: ["pushConnections", "finishConnections"] };

/** Rows of a capture, those of a damaged one as far as it goes. */
function rowsOf(per, bytes, chunkBytes, options) {
    const [push, finish] = METHODS[per];
    const analyzer = new Analyzer(options);
    const rows = [];
    let failure;
    try {
        for (let at = 0; at < bytes.length; at += chunkBytes) rows.push(...analyzer[push](bytes.subarray(at, at + chunkBytes)));
        analyzer.finish();
    } catch (error) {
        failure = error;
    }
    rows.push(...analyzer[finish]());
    const gathered = analyzer.gathered();
    assert.deepEqual([gathered.hosts, gathered.connections], [0, 0]);
    analyzer.free();
    return { rows, failure, evicted: gathered.evicted };
}

const parsed = (ndjson) => ndjson.toString().split("\n").filter(Boolean).map((line) => JSON.parse(line));

/** How many rows of each kind there are; each equals the program's, in its place. */
function compareAll(paths, options = {}, ...arguments_) {
    const counts = {};
    for (const per of Object.keys(METHODS)) {
        counts[per] = 0;
        for (const path of paths) {
            const bytes = readFileSync(path);
            const native = read(path, "--per", per, ...arguments_);
            const expected = parsed(native.ndjson);
            for (const chunkBytes of CHUNKS_BYTES) {
                if (chunkBytes < 1000 && bytes.length > 1 << 20) continue;
                const { rows, failure } = rowsOf(per, bytes, chunkBytes, options);
                const where = `${per} of ${relative(root, path)} in chunks of ${chunkBytes}`;
                assert.deepEqual(rows, expected, where);
                assert.equal(failure !== undefined, native.status !== 0, `${where}: ${failure}; ${native.says}`);
            }
            counts[per] += expected.length;
        }
    }
    console.log(`${paths.length} captures, ${counts.host} rows of hosts, ${counts.connection} of connections: equal`);
    return counts;
}

test("the captures of the project", () => {
    const { host, connection } = compareAll(captures());
    assert.ok(host > 300 && connection > 300);
});

test("the captures of the project, as p0f answers, with TCP alone, with networks as one", () => {
    const some = captures().filter((_, at) => at % 3 === 0);
    compareAll(some, { p0fExact: true }, "--p0f-exact");
    compareAll(some, { layers: ["tcp"] }, "--layers", "tcp");
    compareAll(some, { mergePaths: true }, "--merge-paths");
});

test("the corpus", (t) => {
    const paths = corpus();
    if (paths.length === 0) return t.skip("no corpus: set STACKPRINT_CORPUS");
    const { host, connection } = compareAll(paths);
    assert.ok(host > 1000 && connection > 1000);
});

test("rows at another interval, and of a filter's flows", () => {
    const path = join(root, "tests/captures/recorded/visitors.pcap");
    compareAll([path], { rowInterval: 1 }, "--row-interval", "1");
    compareAll([path], { rowInterval: 4294967295 }, "--row-interval", "4294967295");
    compareAll([path], { filter: { allow: { clientAddress: "192.0.2.20" } } }, "--client-net", "192.0.2.20/32");
    const { rows } = rowsOf("host", readFileSync(path), 1 << 20, { subjects: "192.0.2.20" });
    assert.deepEqual([...new Set(rows.map(({ ip }) => ip))], ["192.0.2.20"]);
});

test("when memory is full, what was unused for longest gets its row", () => {
    const { bytes, hosts: count } = syns(0, 8 << 20);
    for (const per of Object.keys(METHODS)) {
        const { rows, evicted } = rowsOf(per, bytes, 1 << 20, { evidenceMemory: 1 });
        const last = rows.filter((row) => per === "connection" || row.final);
        const cut = last.filter(({ complete }) => !complete);
        console.log(`${per}: ${last.length} of ${count}, ${cut.length} evicted`);
        assert.deepEqual([last.length, cut.length], [count, evicted]);
        assert.ok(evicted > count / 2);
    }
    const analyzer = new Analyzer({ evidenceMemory: 1 });
    analyzer.pushHosts(bytes);
    const gathered = analyzer.gathered();
    assert.ok(gathered.hosts > 500 && gathered.bytes <= 1 << 20 && gathered.bytes > 1 << 19, JSON.stringify(gathered));
    analyzer.free();
});

test("streams: rows as they are due and the last ones, before the damage is thrown; who stops early cancels", async () => {
    const path = join(root, "tests/captures/recorded/visitors.pcap");
    for (const [per, stream] of [["host", hosts], ["connection", connections]]) {
        const rows = [];
        for await (const row of stream(new Analyzer(), createReadStream(path))) rows.push(row);
        assert.deepEqual(rows, parsed(read(path, "--per", per).ndjson));
        assert.ok(rows.length > 2 && rows.every(({ kind }) => kind === per));

        const found = [];
        const bytes = readFileSync(path);
        const cut = async () => { for await (const row of stream(new Analyzer(), new Blob([bytes.subarray(0, -9)]).stream())) found.push(row); };
        await assert.rejects(cut, ({ cause }) => cause.reason === "cut_short");
        assert.ok(found.length > 2);
        for (const [analyzer, bytes, name] of [[new Analyzer(), "text", "stream"], [new stackprint.Analyzer(), new Blob([]).stream(), "analyzer"]])
            await assert.rejects(async () => { for await (const row of stream(analyzer, bytes)) found.push(row); }, ({ cause }) => cause.kind === "argument" && cause.name === name);

        let cancelled = false;
        const endless = new ReadableStream({ pull: (to) => to.enqueue(syns(0, 1 << 20).bytes), cancel: () => { cancelled = true; } });
        for await (const row of stream(new Analyzer({ evidenceMemory: 1 }), endless)) { assert.equal(row.kind, per); break; }
        assert.ok(cancelled);
    }
});

test("options of rows are checked, and are none of the plain module; a freed analyzer says so", () => {
    for (const [options, name] of [[{ rowInterval: 0 }, "rowInterval"], [{ rowInterval: 2.5 }, "rowInterval"], [{ evidenceMemory: 0 }, "evidenceMemory"], [{ evidenceMemory: 2049 }, "evidenceMemory"], [{ evidenceMemory: "64" }, "evidenceMemory"]])
        for (const [module, says] of [[who, `${name} must be an integer from 1 to `], [stackprint, `${name} is not an option; `]])
            assert.throws(() => new module.Analyzer(options), (error) => error.cause.kind === "argument" && error.cause.name === name && error.message.startsWith(says));
    const analyzer = new Analyzer();
    for (const method of ["pushHosts", "pushConnections"]) assert.throws(() => analyzer[method]("text"), ({ cause }) => cause.name === "chunk");
    analyzer.free();
    for (const method of [...Object.values(METHODS).flat(), "gathered"]) assert.throws(() => analyzer[method](new Uint8Array()), ({ cause }) => cause.kind === "freed");
});
