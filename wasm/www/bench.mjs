// What the page costs on large captures, in Debian's Chromium:
//
//   node bench.mjs [MB of bulk] [MB of the others] [runs]      (default: 2000, 200, 2)
//
// Four classes of file (target in brackets): bulk, SYNs with 100 full segments after each (85 % of Chromium's own reader of
// streams on the same file); SYNs, host changes and TLS (50 % of the program with one thread). SYNs come twice: 52 bytes over
// raw IP, the smallest that say something, from hosts in a row; and as a capture of a network has them, Linux's 74 bytes over
// Ethernet with a running clock, from hosts in no order. Of host changes, each SYN of a host is of another system than the one
// before. Of TLS, each connection has a SYN and a hello of curl, with one of 1,000 names and another random number.
//
// Needs the page (wasm/test.sh page) and, for the comparison, the program (target/dist/stackprint; STACKPRINT_PROGRAM names
// another).
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "./test/server.mjs";

const small = resolve(import.meta.dirname, "../../tests/captures/recorded/web-clients.pcap");
const curl = resolve(import.meta.dirname, "../../tests/captures/recorded/tls/made-of/curl-http1.1.pcap");
const program = process.env.STACKPRINT_PROGRAM ?? resolve(import.meta.dirname, "../../target/dist/stackprint");
const [bulkMb, otherMb, runs] = [2000, 200, 2].map((most, at) => Number(process.argv[2 + at] ?? most));
const folder = mkdtempSync(join(tmpdir(), "stackprint-bench-"));

const HOSTS = 200_000;
/** Names that hellos ask for. */
const NAMES = 1000;
const hex = (text) => Buffer.from(text, "hex");
/** Link type of the capture, what is in front of IP, IP with a SYN, and where its clock lies, if it has one. */
const SMALLEST = { linkType: 101, link: hex(""), syn: hex("45000034000040004006000000000000c6336450" + "9c4000500000000100000000" + "8002faf000000000" + "020405b40101040201030307") };
const LINUX = { linkType: 1, link: hex("0200000000010200000000020800"), syn: hex("4500003c123440003d06000000000000c6336450" + "9c4000500000000100000000" + "a002faf000000000" + "020405b40402080a000000000000000001030307"), clockAt: 20 + 20 + 8 };

/** Windows' SYN, with as much padding after it as makes it as long as Linux's. */
const WINDOWS_SYN = hex("45000034123440007d06000000000000c6336450" + "9c4000500000000100000000" + "8002faf000000000" + "020405b40103030801010402" + "0000000000000000");

const tcpData = (flags, payload) => {
    const head = hex("45000000000040004006000000000000c6336450" + "9c4000500000000200000000" + `50${flags}faf000000000`);
    head.writeUInt16BE(head.length + payload.length, 2);
    return Buffer.concat([head, payload]);
};
const FULL_SEGMENT = tcpData("10", Buffer.alloc(1460, 0x17));

/** curl's hello, as it was recorded; where its random number and its name lie. */
const HELLO = (() => {
    const bytes = readFileSync(curl);
    const at = bytes.indexOf(hex("160301"));
    return bytes.subarray(at, at + 5 + bytes.readUInt16BE(at + 3));
})();
const IP_AND_TCP = 40, RANDOM_AT = IP_AND_TCP + 5 + 6, NAME_AT = IP_AND_TCP + HELLO.indexOf("client.example");

/**
 * A pcap of packets of 200,000 hosts: groups of packets of one host each, one group after the other. `change` may
 * write the number of the group into each packet.
 */
function capture(name, megabytes, { linkType, link, clockAt }, groups, change = () => undefined) {
    const path = join(folder, name);
    const file = openSync(path, "w");
    const head = hex("d4c3b2a1020004000000000000000000ffff000000000000");
    head.writeUInt32LE(linkType, 20);
    writeSync(file, head);
    const record = (packet) => { const head = Buffer.alloc(16); head.writeUInt32LE(link.length + packet.length, 8); head.writeUInt32LE(link.length + packet.length, 12); return Buffer.concat([head, link, packet]); };
    const records = groups.flatMap((group, at) => group.map((packet) => ({ bytes: record(packet), group: at })));
    let unitBytes = 0;
    for (const one of records) { one.start = unitBytes; unitBytes += one.bytes.length; }
    const unit = Buffer.concat(records.map(({ bytes }) => bytes));
    const block = Buffer.concat(Array(Math.max(1, Math.floor(4e6 / unit.length))).fill(unit));
    let number = 0;
    for (let written = 0; written < megabytes * 1e6; written += block.length) {
        for (let at = 0; at < block.length; at += unit.length, number += groups.length)
            for (const { start, group } of records) {
                const [record, packet] = [at + start, at + start + 16 + link.length];
                // In no order where there is a clock, which runs at 1000 Hz.
                const host = clockAt ? Math.imul(number + group, 0x9e3779b1) >>> 0 : number + group;
                block.writeUInt32LE(1_700_000_000 + Math.floor(number / 10_000), record);
                block.writeUInt32BE(0x0a000000 + (host % HOSTS), packet + 12);
                if (clockAt) block.writeUInt32BE(Math.floor(number / 10) + 1, packet + clockAt);
                change(block, packet, number + group, records.length > groups.length && start > 0);
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
        execFileSync(program, ["read", "--threads", "1", "--format", "ndjson", "--output", "/dev/null", path]);
        const nativeMs = performance.now() - start;
        native = `; program with one thread ${rate(nativeMs).toFixed(0)} MB/s, so ${((100 * nativeMs) / took).toFixed(0)} % of it`;
    }
    console.log(`${path.split("/").pop()}, ${(size / 1e6).toFixed(0)} MB: page ${rate(took).toFixed(0)} MB/s, default reader alone ${rate(bare).toFixed(0)} MB/s, so ${((100 * bare) / took).toFixed(0)} % of it${native}`);
    console.log(`  renderers ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most; longest task of the page ${longest.toFixed(0)} ms (at its start ${first.toFixed(0)} ms); first load with worker and engine ${(load.bytes / 1e3).toFixed(0)} KB with gzip, and a capture read after ${load.ms.toFixed(0)} ms`);
}

const server = await serve();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"] });
try {
    const changing = (block, packet, number) => {
        // Every other round of all hosts is of the other system.
        const round = Math.floor(number / HOSTS);
        const syn = round % 2 ? WINDOWS_SYN : LINUX.syn;
        syn.copy(block, packet, 0, 12);
        syn.copy(block, packet + 16, 16);
        block.writeUInt16BE(1024 + (round % 60_000), packet + 20);
    };
    const greeting = (block, packet, number, isHello) => {
        // A port of its own for each connection of a host.
        block.writeUInt16BE(1024 + (Math.floor(number / HOSTS) % 60_000), packet + 20);
        if (!isHello) return;
        block.writeUInt32LE(number, packet + RANDOM_AT);
        block.write(String(number % NAMES).padStart(6, "0"), packet + NAME_AT, "latin1");
    };
    const files = [
        capture("bulk.pcap", bulkMb, SMALLEST, [[SMALLEST.syn, ...Array(100).fill(FULL_SEGMENT)]]),
        capture("syns.pcap", otherMb, SMALLEST, [[SMALLEST.syn]]),
        capture("syns-of-linux.pcap", otherMb, LINUX, [[LINUX.syn]]),
        capture("host-changes.pcap", otherMb, { ...LINUX, clockAt: 0 }, [[LINUX.syn]], changing),
        capture("tls.pcap", otherMb, SMALLEST, [[SMALLEST.syn, tcpData("18", HELLO)]], greeting),
    ];
    for (let run = 0; run < runs; run += 1) for (const file of files) await measure(browser, server, file);
} finally {
    await browser.close();
    server.stop();
    rmSync(folder, { recursive: true });
}
