// CPU time of the package in Node against the program's, on the same captures, made here, in turn:
//
//   node wasm/bench.mjs [MB] [ROUNDS]     default: 200 MB, 5 rounds, of which the best counts
//
// Bulk: data segments of one connection. SYNs: each from another address, a record each. Records are
// written to /dev/null: what a disk takes is not measured.
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Analyzer } from "../target/npm/node.js";
import { bulk, syns } from "./test/traffic.mjs";

const [megabytes = 200, rounds = 5] = process.argv.slice(2).map(Number);
const bytes = megabytes * 1e6;
const program = process.env.STACKPRINT_PROGRAM ?? join(import.meta.dirname, "../target/dist/stackprint");
const folder = mkdtempSync(join(tmpdir(), "stackprint-bench-"));
const CHUNK = 1 << 20;
const SYNS = "SYNs";

/** CPU seconds, user and system, that the program takes. */
function native(path) {
    const script = 'TIMEFORMAT="%U %S"; time "$0" read --format ndjson --origin none "$1" >/dev/null';
    const { stderr, status } = spawnSync("bash", ["-c", script, program, path], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return stderr.trim().split(" ").reduce((sum, text) => sum + Number(text), 0);
}

/** The same for the package, in this process. */
function inNode(path) {
    const [from, to] = [openSync(path), openSync("/dev/null", "w")];
    const start = process.cpuUsage();
    const analyzer = new Analyzer();
    const chunk = Buffer.alloc(CHUNK);
    for (let count; (count = readSync(from, chunk)) > 0; ) {
        const lines = analyzer.push(chunk.subarray(0, count));
        if (lines.length > 0) writeSync(to, lines);
    }
    analyzer.finish();
    const { packets, records } = analyzer.summary();
    if (records.syn !== (path.includes(SYNS) ? packets : 0)) throw new Error(`${records.syn} records of ${packets} packets`);
    analyzer.free();
    const { user, system } = process.cpuUsage(start);
    [from, to].forEach(closeSync);
    return (user + system) / 1e6;
}

try {
    for (const [name, make] of [["bulk", bulk], [SYNS, (bytes) => syns(0, bytes).bytes]]) {
        const path = join(folder, `${name}.pcap`);
        const file = openSync(path, "w");
        writeSync(file, make(bytes));
        closeSync(file);
        const best = [Infinity, Infinity];
        for (let round = 0; round < rounds; round += 1) {
            best[0] = Math.min(best[0], inNode(path));
            best[1] = Math.min(best[1], native(path));
        }
        rmSync(path);
        const rate = (seconds) => `${(bytes / 1e6 / seconds).toFixed(0)} MB per CPU second`;
        console.log(`${name}, ${megabytes} MB: Node ${rate(best[0])}, program ${rate(best[1])}: ${((100 * best[1]) / best[0]).toFixed(0)} %`);
    }
} finally {
    rmSync(folder, { recursive: true, force: true });
}
