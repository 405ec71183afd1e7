// A Chromium with the built page for the tests of a file. Screenshots go to target/screenshots, to be looked at.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

export const root = resolve(import.meta.dirname, "../../..");
export const captures = join(root, "tests/captures");
export const shots = join(root, "target/screenshots");
const axeText = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The page, its server and browser, and what the browser complains of, which is nothing after each test. */
export const at = {};

before(async () => {
    mkdirSync(shots, { recursive: true });
    at.folder = mkdtempSync(join(tmpdir(), "stackprint-page-"));
    at.server = await serve();
    at.browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    });
});
after(async () => {
    await at.browser?.close();
    at.server?.stop();
    rmSync(at.folder, { recursive: true, force: true });
});
beforeEach(async () => {
    at.complaints = [];
    const context = await at.browser.newContext({ viewport: { width: 1280, height: 900 }, serviceWorkers: "block" });
    at.page = await context.newPage();
    at.page.setDefaultTimeout(15_000);
    listen(at.page);
    await at.page.goto(at.server.address);
});
afterEach(async () => {
    await at.page.context().close();
    assert.deepEqual(at.complaints, [], "the browser complains of nothing, its policy neither");
});

export function listen(page) {
    page.on("console", (line) => line.type() === "error" && at.complaints.push(line.text()));
    page.on("pageerror", (error) => at.complaints.push(String(error)));
}

export const choose = (...files) => at.page.setInputFiles("input[type=file] >> nth=0", files);
export const sample = async (page = at.page) => {
    await page.getByRole("button", { name: "Try the sample" }).click();
    await page.locator("#host-0").waitFor();
};
export const rows = () => at.page.locator(".grid .row:not(.head)");
export const tab = (name) => at.page.getByRole("tab", { name }).click();
export const filter = (text) => at.page.getByRole("searchbox").fill(text);
export const status = (text) => at.page.locator(".list [role=status]").filter({ hasText: text }).waitFor();
export const download = async (name) => {
    const [download] = await Promise.all([at.page.waitForEvent("download"), at.page.getByRole("button", { name, exact: true }).click()]);
    return readFileSync(await download.path());
};

/** What axe says of the page, by the debugger, which the page's policy does not bind. */
export async function axe() {
    await at.page.evaluate(axeText);
    const { violations } = await at.page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "best-practice"] }));
    return violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 120))]);
}

/** The page in light and dark, wide and narrow: axe has no complaint, nothing is wider than the window; screenshots. */
export async function shoot(name) {
    const { page } = at;
    for (const scheme of ["dark", "light"]) {
        await page.emulateMedia({ colorScheme: scheme });
        for (const [width, height] of [[390, 844], [1600, 1000]]) {
            await page.setViewportSize({ width, height });
            assert.deepEqual(await axe(), [], `${name}, ${scheme}, ${width}`);
            assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
            await page.screenshot({ path: join(shots, `${name}-${scheme}-${width}.png`) });
        }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
}

/** A pcap of `count` SYNs, each from another address, made here. */
export function syns(count, { seconds = 1_700_000_000, first = 0x0a000000 } = {}) {
    const head = Buffer.from("d4c3b2a1020004000000000000000000ffff000065000000", "hex");
    const packet = Buffer.from("45000034000040004006000000000000c6336450" +
        "9c40005000000000000000008002faf000000000" + "020405b40101040201030307", "hex");
    const all = Buffer.alloc(head.length + count * (16 + packet.length));
    head.copy(all);
    for (let i = 0, at = head.length; i < count; i += 1) {
        all.writeUInt32LE(seconds + Math.floor(i / 1000), at);
        all.writeUInt32LE(packet.length, at + 8);
        all.writeUInt32LE(packet.length, at + 12);
        packet.copy(all, at + 16);
        all.writeUInt32BE(first + i, at + 16 + 12);
        at += 16 + packet.length;
    }
    return all;
}
