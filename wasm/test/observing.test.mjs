// One frame by itself, and signatures beside it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { captures, stackprint } from "./support.mjs";

const { Analyzer, match, observe, signature } = stackprint;

/** The frames of a pcap of little-endian records, with its link type. */
function frames(bytes) {
    const found = [];
    if (![0xa1b2c3d4, 0xa1b23c4d].includes(bytes.length >= 24 ? bytes.readUInt32LE(0) : 0)) return { found, linkType: 0 };
    for (let at = 24; at + 16 <= bytes.length; ) {
        const end = at + 16 + bytes.readUInt32LE(at + 8);
        if (end > bytes.length) break;
        found.push(bytes.subarray(at + 16, end));
        at = end;
    }
    return { found, linkType: bytes.readUInt32LE(20) & 0xffff };
}

/** The error that `act` throws: its message and cause. */
function thrown(act) {
    try {
        act();
    } catch (error) {
        assert.ok(error instanceof Error, String(error));
        return [error.message, error.cause];
    }
    return assert.fail("nothing was thrown");
}

// A SYN of Linux over IPv4, of TTL 64, MSS 1460, window 64240 and scale 7, as raw IP packets have it: link type 101.
const SYN = Buffer.from("4500003cb9a240004006fd07c000021ec0000250" + "9c4000500000000100000000a002faf000000000" + "020405b40402080a00000001000000000103" + "0307", "hex");

test("a SYN as an object, each field what the headers have", () => {
    const seen = observe(SYN, 101);
    assert.deepEqual(seen, {
        direction: "syn", version: 4, ttl: 64, ipOptionsLength: 0, dscp: 0, layout: "mss,sok,ts,nop,ws", appOptions: [], mss: 1460, window: 64_240, windowScale: 7,
        timestamps: { value: 1, echo: 0 }, quirks: ["df", "id+"], payload: false, headersLength: 60, signature: "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0",
    });
    // Over Ethernet, which is the link type if none is said.
    const ethernet = Buffer.concat([Buffer.from("0200000000010200000000020800", "hex"), SYN]);
    assert.deepEqual(observe(ethernet), seen);
});

test("what is no SYN or SYN+ACK says why not", () => {
    const changed = (at, value) => Buffer.concat([SYN.subarray(0, at), Buffer.from([value]), SYN.subarray(at + 1)]);
    for (const [frame, reason] of [[changed(9, 17), "not_tcp"], [changed(33, 0x10), "not_handshake"], [Buffer.alloc(0), "cut_short"], [SYN.subarray(0, 30), "cut_short"]])
        assert.deepEqual(observe(frame, 101), { skipped: reason });
    assert.deepEqual(observe(SYN, 65_000), { skipped: "unknown_link_type" });
});

test("signatures of objects are those of the notation, and go into a database", () => {
    const linux = { ttl: 64, window: "mss*20", windowScale: 7, layout: "mss,sok,ts,nop,ws", quirks: ["df", "id+"], payload: false };
    for (const [parts, text] of [
        [linux, "*:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0"], [{ ...linux, quirks: ["id+", "df", "df"] }, "*:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0"],
        [{ ttl: 128 }, "*:128:0:*:*,*:::*"], [{ ttl: 64, randomTtl: true, version: 6, mss: 0, window: 0, windowScale: 0, payload: true }, "6:64-:0:0:0,0:::+"],
        [{ ttl: 255, version: 4, ipOptionsLength: 4, window: "%8192", layout: "mss,eol+1", quirks: [] }, "4:255:4:*:%8192,*:mss,eol+1::*"],
        [{ ttl: 1, window: "*", layout: "?34,mss" }, "*:1:0:*:*,*:?34,mss::*"], [{ ttl: 64, window: "mtu*4", mss: undefined, quirks: null }, "*:64:0:*:mtu*4,*:::*"],
        ["*:54+10:0:*:mss*20,7:mss,sok,ts,nop,ws:id+,df:0", "*:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0"],
    ]) {
        assert.equal(signature(parts), text);
        assert.equal(signature(text), text);
        const { errors, signatures } = stackprint.checkDatabase(`classes = unix\n[tcp:request]\nlabel = s:unix:Mine:1\nsig = ${text}\n`);
        assert.deepEqual([errors, signatures], [[], 1], text);
    }
});

test("what p0f's parser refuses is refused, with the field", () => {
    const cases = [
        [{}, "signature.ttl"], [{ ttl: 0 }, "signature.ttl"], [{ ttl: 256 }, "signature.ttl"], [{ ttl: 1.5 }, "signature.ttl"], [{ ttl: "64" }, "signature.ttl"],
        [{ ttl: 64, window: "mss*0" }, "signature.window"], [{ ttl: 64, window: "mss*1001" }, "signature.window"], [{ ttl: 64, window: "%1" }, "signature.window"],
        [{ ttl: 64, window: 65_536 }, "signature.window"], [{ ttl: 64, window: true }, "signature.window"], [{ ttl: 64, window: "1,2" }, "signature.window"],
        [{ ttl: 64, layout: "mss,what" }, "signature.layout"], [{ ttl: 64, layout: Array(25).fill("nop").join() }, "signature.layout"], [{ ttl: 64, layout: ["mss"] }, "signature.layout"],
        [{ ttl: 64, quirks: ["odd"] }, "signature.quirks"], [{ ttl: 64, quirks: "df" }, "signature.quirks"], [{ ttl: 64, version: 6, quirks: ["df"] }, "signature.quirks"],
        [{ ttl: 64, version: 5 }, "signature.version"], [{ ttl: 64, mss: -1 }, "signature.mss"], [{ ttl: 64, payload: 1 }, "signature.payload"], [{ ttl: 64, size: 1 }, "signature.size"],
        [null, "signature"], [7, "signature"], ["4:64", "signature"], ["*:0:0:*:*,*:::*", "signature"],
    ];
    for (const [parts, name] of cases) {
        const [message, cause] = thrown(() => signature(parts));
        assert.deepEqual(cause, { kind: "argument", name }, JSON.stringify(parts));
        assert.ok(message.startsWith(name), message);
    }
    const seen = observe(SYN, 101);
    for (const [change, name] of [
        [{ direction: "fin" }, "observation.direction"], [{ version: undefined }, "observation.version"], [{ ttl: undefined }, "observation.ttl"], [{ window: 1e9 }, "observation.window"],
        [{ version: 6 }, "observation.quirks"], [{ timestamps: { value: -1, echo: 0 } }, "observation.timestamps.value"], [{ timestamps: 1 }, "observation.timestamps"], [{ extra: 1 }, "observation.extra"],
    ]) assert.deepEqual(thrown(() => match("*:64:0:*:*,*:::*", { ...seen, ...change }))[1], { kind: "argument", name }, JSON.stringify(change));
    assert.deepEqual(thrown(() => match("*:64:0:*:*,*:::*", "nonsense"))[1], { kind: "argument", name: "observation" });
    assert.deepEqual(thrown(() => observe("text"))[1], { kind: "argument", name: "frame" });
    for (const linkType of [-1, 0.5, NaN, 65_536]) assert.deepEqual(thrown(() => observe(SYN, linkType))[1], { kind: "argument", name: "linkType" });
});

test("a signature fits, fits with tolerances, or does not, and says where", () => {
    const seen = observe(SYN, 101);
    const linux = { ttl: 64, window: "mss*44", windowScale: 7, layout: "mss,sok,ts,nop,ws", quirks: ["df", "id+"], payload: false };
    assert.deepEqual(match(linux, seen), { fit: "exact", differences: [] });
    // A middlebox cleared "don't fragment" and the identification with it.
    assert.deepEqual(match(linux, { ...seen, quirks: [] }), { fit: "fuzzy", differences: [{ field: "quirks", expected: "df,id+", observed: "" }] });
    assert.deepEqual(match({ ...linux, window: "mss*20", windowScale: 8 }, seen), {
        fit: "different", differences: [{ field: "window", expected: "mss*20", observed: "mss*44" }, { field: "windowScale", expected: "8", observed: "7" }],
    });
    assert.deepEqual(match("6:200:8:1400:1234,2:mss,eol+1::+", seen).differences.map(({ field }) => field), ["version", "ttl", "ipOptionsLength", "mss", "window", "windowScale", "layout", "quirks", "payload"]);
    assert.equal(match(linux, { direction: "syn", version: 4, ttl: 57, layout: "mss,sok,ts,nop,ws", mss: 1460, window: 64_240, windowScale: 7, quirks: ["df", "id+"] }).fit, "exact");
});

test("over all captures: what a frame says is what the analyzer's record says; its own signature and the matched one fit", () => {
    let [compared, known, skipped] = [0, 0, 0];
    for (const path of captures()) {
        const { found, linkType } = frames(readFileSync(path));
        for (const frame of found) {
            const seen = observe(frame, linkType);
            if (seen.skipped) {
                skipped += 1;
                continue;
            }
            assert.equal(match(seen.signature.replace("+?", ""), seen).fit, "exact", `${path}: ${seen.signature}`);
            const analyzer = new Analyzer({ layers: ["tcp"] });
            const head = Buffer.from("d4c3b2a1020004000000000000000000ffff0000", "hex");
            const lengths = Buffer.alloc(4 + 16);
            lengths.writeUInt32LE(linkType, 0);
            lengths.writeUInt32LE(frame.length, 12);
            lengths.writeUInt32LE(frame.length, 16);
            const { shapes: [record], matched: [matched] } = analyzer.pushTable(Buffer.concat([head, lengths, frame]));
            analyzer.free();
            assert.deepEqual([record?.kind, record?.signature], [seen.direction, seen.signature], path);
            // What the database found fits by itself, as well as the record says.
            assert.equal(matched === null ? null : match(matched, seen).fit, record.os?.match ?? null, `${path}: ${seen.signature}, ${matched}`);
            if (matched !== null) known += 1;
            compared += 1;
        }
    }
    console.log(`${compared} frames compared, ${known} of them known, ${skipped} skipped`);
    assert.ok(compared > 1000 && known > 1000 && skipped > 1000);
});
