// What the page costs on large captures, in Debian's Chromium:
//
//   node bench.mjs [MB of bulk] [MB of SYNs]      (default: 2000, 200)
//
// SYNs come twice: 52 bytes over raw IP, the smallest that say something, from hosts in a row; and as a capture of a network
// has them, Linux's 74 bytes over Ethernet with a running clock, from hosts in no order.
//
// Needs the page (wasm/test.sh page) and, for the comparison, the program (target/dist/stackprint).
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "./test/server.mjs";

const small = resolve(import.meta.dirname, "../../tests/captures/recorded/web-clients.pcap");
const program = resolve(import.meta.dirname, "../../target/dist/stackprint");
const [bulkMb, synMb] = [Number(process.argv[2] ?? 2000), Number(process.argv[3] ?? 200)];
const folder = mkdtempSync(join(tmpdir(), "stackprint-bench-"));

const HOSTS = 200_000;
const hex = (text) => Buffer.from(text, "hex");
/** Link type of the capture, what is in front of IP, IP with a SYN, and where its clock lies, if it has one. */
const SMALLEST = { linkType: 101, link: hex(""), syn: hex("45000034000040004006000000000000c6336450" + "9c4000500000000100000000" + "8002faf000000000" + "020405b40101040201030307") };
const LINUX = { linkType: 1, link: hex("0200000000010200000000020800"), syn: hex("4500003c123440003d06000000000000c6336450" + "9c4000500000000100000000" + "a002faf000000000" + "020405b40402080a000000000000000001030307"), clockAt: 20 + 20 + 8 };

/** A pcap of SYNs of 200,000 hosts, and after each `data` segments of 1460 bytes. */
function capture(name, megabytes, { linkType, link, syn, clockAt }, data) {
    const path = join(folder, name);
    const file = openSync(path, "w");
    const head = hex("d4c3b2a1020004000000000000000000ffff000000000000");
    head.writeUInt32LE(linkType, 20);
    writeSync(file, head);
    const ack = Buffer.concat([hex("450005dc000040004006000000000000c6336450" + "9c4000500000000200000000" + "5010faf000000000"), Buffer.alloc(1460, 0x17)]);
    const record = (packet) => { const head = Buffer.alloc(16); head.writeUInt32LE(link.length + packet.length, 8); head.writeUInt32LE(link.length + packet.length, 12); return Buffer.concat([head, link, packet]); };
    const group = [record(syn), ...Array.from({ length: data }, () => record(ack))];
    const starts = group.map((_, at) => group.slice(0, at).reduce((sum, part) => sum + part.length, 0));
    const unit = Buffer.concat(group);
    const block = Buffer.concat(Array.from({ length: Math.max(1, Math.floor(4e6 / unit.length)) }, () => unit));
    let number = 0;
    for (let written = 0; written < megabytes * 1e6; written += block.length) {
        for (let at = 0; at < block.length; at += unit.length, number += 1) {
            // In no order where there is a clock, which runs at 1000 Hz.
            const host = clockAt ? Math.imul(number, 0x9e3779b1) >>> 0 : number;
            if (clockAt) block.writeUInt32BE(Math.floor(number / 10) + 1, at + 16 + link.length + clockAt);
            for (const start of starts) {
                block.writeUInt32LE(1_700_000_000 + Math.floor(number / 10_000), at + start);
                block.writeUInt32BE(0x0a000000 + (host % HOSTS), at + start + 16 + link.length + 12);
            }
        }
        writeSync(file, block);
    }
    closeSync(file);
    return path;
}

/** Resident memory of all of Chromium's renderers, in MB. */
function renderersMb() {
    let pages = 0;
    for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
            if (readFileSync(`/proc/${id}/cmdline`, "utf8").includes("--type=renderer"))
                pages += Number(readFileSync(`/proc/${id}/statm`, "utf8").split(" ")[1]);
        } catch { /* It has ended meanwhile. */ }
    }
    return (pages * 4096) / 1e6;
}

const readNothing = async () => {
    const began = performance.now();
    const reader = document.querySelector("#probe").files[0].stream().getReader();
    while (!(await reader.read()).done);
    return performance.now() - began;
};

async function measure(browser, server, path) {
    const size = Number(execFileSync("stat", ["-c", "%s", path]));
    const context = await browser.newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    await page.addInitScript(() => {
        window.longest = 0;
        new PerformanceObserver((list) => { for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration); }).observe({ type: "longtask" });
    });
    // From nothing to a small capture that is read: page, worker, engine and database are there.
    server.compressed.clear();
    const asked = performance.now();
    await page.goto(server.address);
    await page.setInputFiles("main input[type=file]", small);
    await page.locator("ul.files li.read").waitFor();
    const load = { ms: performance.now() - asked, bytes: [...server.compressed.values()].reduce((sum, bytes) => sum + bytes, 0) };
    const first = await page.evaluate(() => { const { longest } = window; window.longest = 0; return longest; });
    await page.evaluate(() => { const input = document.createElement("input"); input.type = "file"; input.id = "probe"; document.body.append(input); });
    await page.setInputFiles("#probe", path);
    const bare = await page.evaluate(readNothing);
    const before = renderersMb();
    let peak = before;
    const watch = setInterval(() => { peak = Math.max(peak, renderersMb()); }, 200);
    const began = performance.now();
    await page.setInputFiles("main input[type=file]", path);
    await page.locator("ul.files li.read").nth(1).waitFor({ timeout: 600_000 });
    const took = performance.now() - began;
    clearInterval(watch);
    const longest = await page.evaluate(() => window.longest);
    await context.close();
    const rate = (ms) => size / 1e3 / ms;
    let native = "";
    if (existsSync(program)) {
        const start = performance.now();
        execFileSync(program, ["read", "--format", "ndjson", "--output", "/dev/null", path]);
        const nativeMs = performance.now() - start;
        native = `; program ${rate(nativeMs).toFixed(0)} MB/s, so ${((100 * nativeMs) / took).toFixed(0)} % of it`;
    }
    console.log(`${path.split("/").pop()}, ${(size / 1e6).toFixed(0)} MB: page ${rate(took).toFixed(0)} MB/s, default reader alone ${rate(bare).toFixed(0)} MB/s, so ${((100 * bare) / took).toFixed(0)} % of it${native}`);
    console.log(`  renderers ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most; longest task of the page ${longest.toFixed(0)} ms (at its start ${first.toFixed(0)} ms); first load with worker and engine ${(load.octets / 1e3).toFixed(0)} KB with gzip, and a capture read after ${load.ms.toFixed(0)} ms`);
}

const server = await serve();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"] });
try {
    await measure(browser, server, capture("bulk.pcap", bulkMb, SMALLEST, 100));
    await measure(browser, server, capture("syns.pcap", synMb, SMALLEST, 0));
    await measure(browser, server, capture("syns-of-linux.pcap", synMb, LINUX, 0));
} finally {
    await browser.close();
    server.stop();
    rmSync(folder, { recursive: true });
}
