// Memory is that of the limits, whatever comes through.
import assert from "node:assert/strict";
import { test } from "node:test";
import { root, stackprint } from "./support.mjs";
import { syns } from "./traffic.mjs";

const memory = (await stackprint.default()).memory;
const MIB = 1 << 20;

test("a long stream of new hosts takes no more than a short one", () => {
    const analyzer = new stackprint.Analyzer({ hosts: 1000, flows: 1000 });
    let firstHost = 0;
    const pushMib = (count) => {
        for (let at = 0; at < count; at += 1) {
            const { bytes, hosts } = syns(firstHost, MIB);
            analyzer.push(firstHost === 0 ? bytes : bytes.subarray(24));
            firstHost += hosts;
        }
        return memory.buffer.byteLength;
    };
    const [after4, after64] = [pushMib(4), pushMib(60)];
    const { packets, remembered, evicted } = analyzer.summary();
    console.log(`${packets} hosts: memory ${after4 / MIB} MiB after 4 MiB of capture, ${after64 / MIB} MiB after 64`);
    assert.equal(after64, after4);
    assert.deepEqual([remembered.hosts, evicted.hosts > 500_000], [1000, true]);
    analyzer.free();
});

test("nor does a chunk of any size, or an analyzer after the other", () => {
    const { bytes } = syns(0, 64 * MIB);
    const once = () => {
        const analyzer = new stackprint.Analyzer({ hosts: 1000, flows: 1000 });
        const { length } = analyzer.push(bytes);
        analyzer.free();
        assert.ok(length > bytes.length);
        return memory.buffer.byteLength;
    };
    const first = once();
    assert.ok(first < 16 * MIB, `${first / MIB} MiB`);
    for (let at = 0; at < 3; at += 1) assert.equal(once(), first);
});
