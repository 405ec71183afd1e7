// Files that are too large, have too much in them, or go away, in a real Chromium.
import assert from "node:assert/strict";
import { closeSync, ftruncateSync, openSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { at, choose, rows, sample, status, syns } from "./browser.mjs";

const isDone = () => at.page.locator("progress").waitFor({ state: "detached", timeout: 120_000 });
const MIB = 1 << 20;

/** A file of this size whose parts are written at these offsets; all else is a hole. */
function sparse(name, size, ...parts) {
    const path = join(at.folder, name);
    const file = openSync(path, "w");
    for (const [offset, bytes] of parts) writeSync(file, bytes, 0, bytes.length, offset);
    ftruncateSync(file, size);
    closeSync(file);
    return path;
}

/** A block of pcapng, little-endian: its type, and what is in it. */
function block(kind, body) {
    const words = Buffer.alloc(12);
    words.writeUInt32LE(kind, 0);
    words.writeUInt32LE(12 + body.length, 4);
    words.writeUInt32LE(12 + body.length, 8);
    return Buffer.concat([words.subarray(0, 8), body, words.subarray(8)]);
}
const SECTION = block(0x0a0d0d0a, Buffer.from("4d3c2b1a01000000ffffffffffffffff", "hex"));
/** Raw IP. */
const INTERFACE = block(1, Buffer.from("6500000000000000", "hex"));
/** A packet with the SYN of the `number`th host. */
function packet(number, onInterface = 0) {
    const syn = syns(1, { first: 0x0a000000 + number }).subarray(40);
    const head = Buffer.alloc(20);
    head.writeUInt32LE(onInterface, 0);
    head.writeUInt32LE(syn.length, 12);
    head.writeUInt32LE(syn.length, 16);
    return block(6, Buffer.concat([head, syn]));
}

/** A pcapng of this size: a SYN, two blocks that hold no packet, as long as it takes, a SYN. */
function holey(name, size) {
    const [start, end] = [Buffer.concat([SECTION, INTERFACE, packet(0)]), packet(1)];
    const rest = size - start.length - end.length;
    const lengths = [4 * Math.floor(rest / 8), rest - 4 * Math.floor(rest / 8)];
    const parts = [[0, start]];
    let offset = start.length;
    for (const length of lengths) {
        const words = Buffer.alloc(8);
        words.writeUInt32LE(0x0bad, 0);
        words.writeUInt32LE(length, 4);
        parts.push([offset, words], [offset + length - 4, words.subarray(4)]);
        offset += length;
    }
    return sparse(name, size, ...parts, [offset, end]);
}

/** Resident memory of all of Chromium's renderers. */
function renderersMib() {
    let pages = 0;
    for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
        try {
            if (readFileSync(`/proc/${id}/cmdline`, "utf8").includes("--type=renderer")) pages += Number(readFileSync(`/proc/${id}/statm`, "utf8").split(" ")[1]);
        } catch { /* It has ended meanwhile. */ }
    return (pages * 4096) / MIB;
}

test("5 GB with holes: read to the end in bounded memory, and read twice only once", { timeout: 240_000 }, async () => {
    const { page } = at;
    await sample();
    const before = renderersMib();
    let most = before;
    const watch = setInterval(() => { most = Math.max(most, renderersMib()); }, 200);
    const began = performance.now();
    await choose(holey("5-gb.pcapng", 5_000_000_000));
    await page.locator(".files li.read").nth(1).waitFor({ timeout: 120_000 });
    console.log(`5 GB in ${((performance.now() - began) / 1000).toFixed(1)} s, ${(most - before).toFixed(0)} MiB more at most`);
    await status(/^9 hosts$/);
    await choose(join(at.folder, "5-gb.pcapng"));
    await page.locator(".files li.same em").filter({ hasText: "The same content as 5-gb.pcapng" }).waitFor({ timeout: 120_000 });
    clearInterval(watch);
    assert.ok(most - before < 300, `${(most - before).toFixed(0)} MiB`);
});

test("5 GB of nothing are refused at once; of empty packets, are cancelled at once", { timeout: 120_000 }, async () => {
    const { page } = at;
    await choose(sparse("zeros.pcap", 5_000_000_000));
    await page.locator(".files li.failed em").filter({ hasText: /not a capture|neither|pcap/i }).waitFor();
    await choose(sparse("empty-packets.pcap", 5_000_000_000, [0, syns(1).subarray(0, 24)]));
    await page.locator("progress").waitFor();
    await page.getByText(/\d [MG]B\/s/).first().waitFor();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.locator(".files li.cancelled").waitFor();
    await isDone();
    await sample();
});

test("70,000 interfaces: as many as the engine keeps are read, more are refused by name", async () => {
    const { page } = at;
    const capture = (name, interfaces) => {
        const path = join(at.folder, name);
        writeFileSync(path, Buffer.concat([SECTION, ...Array(interfaces).fill(INTERFACE), packet(0, interfaces - 1)]));
        return path;
    };
    await choose(capture("65536.pcapng", 65_536), capture("70000.pcapng", 70_000));
    await page.locator(".files li.read", { hasText: "65536.pcapng" }).waitFor();
    await page.locator(".files li.failed em").filter({ hasText: /more than 65536 interfaces in one section/ }).waitFor();
    await status(/^1 host$/);
});

test("a file that is removed or cut while it is read: all of it, or a plain word; the others stay", { timeout: 120_000 }, async () => {
    const { page } = at;
    await sample();
    for (const [name, act] of [["removed.pcapng", rmSync], ["cut.pcapng", (path) => truncateSync(path, 1000)]]) {
        const path = holey(name, 1_500_000_000);
        await choose(path);
        await page.locator("progress").waitFor();
        act(path);
        await isDone();
        const file = page.locator(".files li", { hasText: name });
        if ((await file.getAttribute("class")).includes("failed")) assert.match(await file.locator("em").innerText(), /^The file (is gone|was changed while it was open here)/);
        else assert.match(await file.getAttribute("class"), /\bread\b/);
        assert.equal(await page.getByRole("alert").first().innerText(), "");
        assert.ok((await rows().count()) >= 7);
        await page.getByRole("button", { name: `Remove ${name}` }).click();
        await file.waitFor({ state: "detached" });
    }
    await status(/^7 hosts$/);
});

test("a database of 50 MB is refused at once, and those in use stay", async () => {
    const { page } = at;
    await sample();
    const began = performance.now();
    await page.setInputFiles("input[type=file][accept]", sparse("50-mb.fp", 50_000_000));
    await page.getByText("50 MB is more than a database has (at most 8.0 MB)").waitFor();
    assert.ok(performance.now() - began < 5000);
    assert.equal(await page.locator(".sum").innerText(), "7 Linux");
    // The largest that is taken, with nothing but faults in it: the first of them are shown.
    const path = join(at.folder, "faults.fp");
    writeFileSync(path, "sig = x\n".repeat(1_000_000));
    await page.setInputFiles("input[type=file][accept]", path);
    await page.getByText(/^line 1, column \d+: /).waitFor();
    assert.equal(await page.locator(".faults li").count(), 20);
    assert.equal(await page.locator(".sum").innerText(), "7 Linux");
});
