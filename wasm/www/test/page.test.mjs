// The built page in a real Chromium. Screenshots go to target/screenshots, to be looked at.
import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

const root = resolve(import.meta.dirname, "../../..");
const captures = join(root, "tests/captures");
const shots = join(root, "target/screenshots");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser, server, page, folder, complaints;

before(async () => {
    mkdirSync(shots, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "stackprint-page-"));
    server = await serve();
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    });
});
after(async () => {
    await browser?.close();
    server?.stop();
    rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
    complaints = [];
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, serviceWorkers: "block" });
    page = await context.newPage();
    page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(server.address);
});
afterEach(async () => {
    await page.context().close();
    assert.deepEqual(complaints, [], "the browser complains of nothing, its policy neither");
});

const choose = (...files) => page.setInputFiles("input[type=file]", files);
const sample = async () => {
    await page.getByRole("button", { name: "Try the sample" }).click();
    await page.locator("#host-0").waitFor();
};
const rows = () => page.locator(".grid .row:not(.head)");

/** A pcap of `count` SYNs, each from another address, made here. */
function syns(count) {
    const head = Buffer.from("d4c3b2a1020004000000000000000000ffff000065000000", "hex");
    const packet = Buffer.from("45000034000040004006000000000000c6336450" +
        "9c40005000000000000000008002faf000000000" + "020405b40101040201030307", "hex");
    const all = Buffer.alloc(head.length + count * (16 + packet.length));
    head.copy(all);
    for (let i = 0, at = head.length; i < count; i += 1) {
        all.writeUInt32LE(1_700_000_000 + Math.floor(i / 1000), at);
        all.writeUInt32LE(packet.length, at + 8);
        all.writeUInt32LE(packet.length, at + 12);
        packet.copy(all, at + 16);
        all.writeUInt32BE(0x0a000000 + i, at + 16 + 12);
        at += 16 + packet.length;
    }
    return all;
}

test("the sample shows systems, hosts, evidence; nothing more is asked of the server", async () => {
    await page.waitForLoadState("networkidle");
    const before = server.asked.length;
    await sample();
    assert.ok(await page.locator("#systems").isVisible());
    assert.match(await page.locator(".grid").innerText(), /192\.0\.2\.80/);
    await rows().first().click();
    assert.match(await page.locator(".evidence").innerText(), /TCP options/);
    assert.equal(server.asked.length, before);
});

test("a dropped capture is read, gzip as well", async () => {
    for (const name of ["format/pcapng.pcapng", "format/gzip.pcap.gz"]) {
        const octets = readFileSync(join(captures, name)).toString("base64");
        await page.evaluate(([text, file]) => {
            const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], file));
            dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        }, [octets, name]);
        await page.locator(".files li.read", { hasText: name }).waitFor();
    }
    await page.locator("#host-0").waitFor();
});

test("bad files say what they are, and the page goes on", async () => {
    writeFileSync(join(folder, "locked.zip"), Buffer.from("504b03041400010008000000", "hex"));
    const broken = join(captures, "broken");
    const expected = [
        [join(broken, "empty.pcap"), /empty/],
        [join(broken, "not-a-capture.pcap"), /not a capture|neither|pcap/i],
        [join(broken, "cut-in-record.pcap"), /cut|ends/i],
        [join(folder, "locked.zip"), /password/],
        [join(captures, "format/pcap-no-packets.pcap"), /No packets/],
        [join(broken, "unknown-link-type.pcap"), /link type/],
        [join(captures, "format/zstd.pcap.zst"), /zstd/],
    ];
    await choose(...expected.map(([path]) => path));
    await page.locator("progress").waitFor({ state: "detached" });
    const items = page.locator(".files li");
    for (const [at, [path, says]] of expected.entries())
        assert.match(await items.nth(at).locator("em").innerText(), says, path);
    await sample();
});

test("sort, filter and the address of the view", async () => {
    await choose(join(captures, "recorded/web-clients.pcap"));
    await page.locator("#host-0").waitFor();
    const all = await rows().count();
    await page.getByRole("button", { name: "Address" }).click();
    await page.locator('[role=columnheader][aria-sort=ascending]', { hasText: "Address" }).waitFor();
    await page.getByRole("searchbox").fill("192.0.2.80");
    await page.getByRole("status").filter({ hasText: /^1 hosts$/ }).waitFor();
    assert.ok(all > 1);
    assert.equal(new URL(page.url()).hash, "#filter=192.0.2.80&sort=ip&order=up");
});

test("keyboard only: the sample, a host, its evidence, back", async () => {
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("#host-0").waitFor();
    for (let i = 0; i < 40; i += 1) {
        await page.keyboard.press("Tab");
        if (await page.evaluate(() => document.activeElement?.getAttribute("role") === "grid")) break;
    }
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator(".evidence h2:focus").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".evidence").waitFor({ state: "detached" });
});

test("exports: NDJSON of every record, CSV of every host", async () => {
    await sample();
    const get = async (name) => {
        const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
        return readFileSync(await download.path(), "utf8").trimEnd().split("\n");
    };
    const records = (await get("Records as NDJSON")).map((line) => JSON.parse(line));
    assert.ok(records.length > 5 && records.every((record) => record.schema === "stackprint.record.v1"));
    const subjects = new Set(records.map((record) => record[record.subject].ip));
    assert.equal((await get("Hosts as CSV")).length, subjects.size + 1);
});

test("200,000 hosts: scroll, sort and filter; progress and cancel", { timeout: 120_000 }, async () => {
    const path = join(folder, "syns.pcap");
    writeFileSync(path, syns(200_000));
    await choose(path);
    await page.locator("progress").waitFor();
    await page.locator("progress").waitFor({ state: "detached", timeout: 60_000 });
    await page.getByRole("status").filter({ hasText: "200,000 hosts" }).waitFor();
    const timed = async (what, act, seen) => {
        const start = performance.now();
        await act();
        await seen();
        const ms = performance.now() - start;
        console.log(`200,000 hosts, ${what}: ${ms.toFixed(0)} ms`);
        assert.ok(ms < 5000, `${what} took ${ms} ms`);
    };
    await timed("to the end", () => page.locator(".grid").press("End"), () => page.locator("#host-199999").waitFor());
    await timed("sort", () => page.getByRole("button", { name: "System" }).first().click(), () => page.locator("[aria-sort=ascending]", { hasText: "System" }).waitFor());
    await timed("filter", () => page.getByRole("searchbox").fill("10.3.13.63"), () => page.getByRole("status").filter({ hasText: /^1 hosts$/ }).waitFor());
    assert.ok((await rows().count()) < 60);

    const long = join(folder, "long.pcap");
    writeFileSync(long, syns(400_000));
    await choose(long);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator(".files li.cancelled").waitFor();
});

test("accessible by the rules of axe, in light and dark; screenshots", async () => {
    for (const scheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: scheme });
        if (scheme === "light") {
            await page.screenshot({ path: join(shots, "start.png") });
            await sample();
        }
        if (scheme === "light") await rows().first().click();
        await page.locator(".evidence").waitFor();
        const context = page.context();
        assert.ok(context);
        // By the debugger, which the page's policy does not bind.
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa"] }));
        assert.deepEqual(violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 120))]), []);
        await page.screenshot({ path: join(shots, `${scheme}.png`), fullPage: true });
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 390, height: 844 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await page.screenshot({ path: join(shots, "phone.png"), fullPage: true });
});

test("an engine that breaks is told of, and a new one takes its place", async () => {
    // The first engine never comes.
    const context = await browser.newContext({ serviceWorkers: "block" });
    let asked = 0;
    await context.route("**/*.wasm", (route) => ((asked += 1) === 1 ? route.abort() : route.continue()));
    const page = await context.newPage();
    await page.goto(server.address);
    await page.getByRole("button", { name: "Try the sample" }).click();
    await page.getByRole("alert").filter({ hasText: "The engine broke" }).waitFor();
    await page.getByRole("button", { name: "Try the sample" }).click();
    await page.locator("#host-0").waitFor();
    assert.equal(await page.getByRole("alert").innerText(), "");
    assert.equal(asked, 2);
    await context.close();
});

test("after the first load the page works without the network", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(server.address);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await context.setOffline(true);
    const before = server.asked.length;
    await page.reload();
    await page.getByRole("button", { name: "Try the sample" }).click();
    await page.locator("#host-0").waitFor();
    assert.equal(server.asked.length, before);
    await context.close();
});

test("the page in one file opens from a disk, without the network", async () => {
    const context = await browser.newContext({ offline: true });
    const page = await context.newPage();
    page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`file://${join(root, "target/page/stackprint.html")}`);
    await page.getByRole("button", { name: "Try the sample" }).click();
    await page.locator("#host-0").waitFor();
    assert.match(await page.locator(".grid").innerText(), /192\.0\.2\.80/);
    // What leaves the machine, if anything could, would go by a connection.
    assert.equal(await page.evaluate(() => fetch("http://127.0.0.1:9/").then(() => "sent", () => "refused")), "refused");
    const refusals = complaints.filter((text) => text.includes("127.0.0.1:9") && text.includes("Content Security Policy"));
    assert.ok(refusals.length > 0, complaints.join());
    complaints = complaints.filter((text) => !text.includes("127.0.0.1:9"));
    await context.close();
});
