// Captures, exports and databases in a real Chromium.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { at, axe, captures, choose, download, filter, root, rows, sample, shots, status, syns, tab } from "./browser.mjs";

const clients = join(captures, "recorded/web-clients.pcap");
const records = (text) => text.toString().trimEnd().split("\n").filter(Boolean).map((line) => JSON.parse(line));
const isDone = () => at.page.locator("progress").waitFor({ state: "detached" });

test("an address of two captures is two hosts; captures are shown, compared, removed and cleared", async () => {
    const { page } = at;
    const [a, b] = [join(captures, "recorded/web-clients.pcap"), join(captures, "recorded/default.pcap")];
    await choose(a);
    await page.locator(".files li.read").waitFor();
    const hosts = async () => Number((await page.locator(".overview p.soft").first().innerText()).match(/^[\d,]+/)[0].replace(",", ""));
    const first = await hosts();
    await choose(b);
    await page.locator(".files li.read").nth(1).waitFor();
    const both = await hosts();
    await page.getByRole("button", { name: "only this" }).nth(1).click();
    await page.getByText("1 of them shown").waitFor();
    assert.equal(await hosts(), both - first);
    await page.getByRole("button", { name: "Show all captures" }).click();
    await page.getByRole("columnheader", { name: "Capture" }).waitFor();
    await filter("capture:default.pcap");
    await status(new RegExp(`^${both - first} hosts?$`));
    await filter("");
    await tab("Compare captures");
    await page.getByText(/2 captures with \d+ addresses; \d+ in more than one of them/).waitFor();
    assert.deepEqual(await axe(), []);
    await page.getByRole("button", { name: "Remove web-clients.pcap" }).click();
    await page.locator(".files li").nth(1).waitFor({ state: "detached" });
    assert.equal(await hosts(), both - first);
    await choose(a);
    await page.getByRole("button", { name: "Clear everything" }).click();
    await page.getByText("Choose captures").waitFor();
    assert.equal(await page.locator(".captures").count(), 0);
    await sample();
});

test("the same content twice is read once, whatever it is called", async () => {
    const { page, folder } = at;
    const copy = join(folder, "copy.pcap");
    copyFileSync(clients, copy);
    await choose(clients, copy);
    await page.locator(".files li.same em").filter({ hasText: "The same content as web-clients.pcap" }).waitFor();
    assert.match(await page.locator(".overview p.soft").first().innerText(), /^7 hosts, 5 connections, 14 records of 42 packets$/);
});

test("exports: NDJSON of every record with its origin, CSV and JSON of every host, packets; all of it or what is filtered", async () => {
    const { folder } = at;
    await choose(clients, join(captures, "recorded/default.pcap"));
    await at.page.locator(".files li.read").nth(1).waitFor();
    const all = records(await download("Records as NDJSON"));
    assert.ok(all.length > 14 && all.every(({ schema }) => schema === "stackprint.record.v1"));
    assert.deepEqual([...new Set(all.map(({ origin }) => origin.file))], ["web-clients.pcap", "default.pcap"]);
    assert.ok(all.every(({ origin }) => origin.frame > 0));
    const subjects = new Set(all.map((record) => `${record.origin.file} ${record[record.subject].ip}`));
    assert.equal((await download("Hosts as CSV")).toString().trimEnd().split("\n").length, subjects.size + 1);
    assert.equal(JSON.parse(await download("Hosts as JSON")).length, subjects.size);
    const packets = (bytes) => {
        const path = join(folder, "packets.pcapng");
        writeFileSync(path, bytes);
        return execFileSync("tshark", ["-r", path, "-T", "fields", "-e", "ip.src", "-e", "ipv6.src", "-e", "ip.dst", "-e", "ipv6.dst"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trimEnd().split("\n").map((line) => line.split("\t").filter(Boolean));
    };
    const every = packets(await download("Packets as pcapng"));
    await filter("192.0.2.30 capture:web");
    await status(/^1 host$/);
    const some = records(await download("Records as NDJSON"));
    assert.deepEqual(some, all.filter((record) => record.origin.file === "web-clients.pcap" && record[record.subject].ip === "192.0.2.30"));
    assert.equal((await download("Hosts as CSV")).toString().trimEnd().split("\n").length, 2);
    const kept = packets(await download("Packets as pcapng"));
    const fromFirst = every.slice(0, 42);
    assert.deepEqual(kept, fromFirst.filter((ends) => ends.includes("192.0.2.30")));
    assert.ok(kept.length > 0 && kept.length < every.length);
    await tab("Connections");
    await status(/^3 connections$|^1 connection$/);
    assert.match((await download("Connections as CSV")).toString(), /^capture,client,client_name,server,.*\nweb-clients\.pcap,192\.0\.2\.30,,192\.0\.2\.80,,80,/);
    // Both ends of the connection, and no other of its server's.
    await filter("2001:db8::10 capture:web");
    await status(/^1 connection$/);
    const [row, ...others] = JSON.parse(await download("Connections as JSON"));
    assert.deepEqual([row.capture, row.client, row.server, row.port, row.transport, row.syns, row.syn_acks, others.length], ["web-clients.pcap", "2001:db8::10", "2001:db8::80", 80, "tcp", 1, 1, 0]);
    const ofConnection = records(await download("Records as NDJSON"));
    assert.deepEqual(ofConnection, all.filter(({ origin, client, server }) => origin.file === "web-clients.pcap" && client.ip === row.client && server.ip === row.server && server.port === row.port));
    assert.deepEqual(new Set(ofConnection.map(({ subject }) => subject)), new Set(["client", "server"]));
    const packetsOfConnection = packets(await download("Packets as pcapng"));
    assert.deepEqual(packetsOfConnection, fromFirst.filter((ends) => ends.includes(row.client) && ends.includes(row.server)));
    assert.ok(packetsOfConnection.length > 0);
    // All of them: all packets, even of captures with nothing of TCP.
    await filter("");
    await status(/connections$/);
    assert.deepEqual(packets(await download("Packets as pcapng")), every);
});

test("exports run beside each other and beside reading, tell how far they are, and are cancelled alone", { timeout: 120_000 }, async () => {
    const { page, folder } = at;
    const [long, longer] = [join(folder, "export.pcap"), join(folder, "more.pcap")];
    writeFileSync(long, syns(300_000));
    writeFileSync(longer, syns(400_000, { first: 0x0b000000 }));
    await choose(long);
    await isDone();
    await choose(longer);
    const button = page.getByRole("button", { name: "Records as NDJSON" });
    const downloads = [];
    page.on("download", (download) => downloads.push(download));
    await button.evaluate((button) => { for (let click = 0; click < 3; click += 1) button.click(); });
    // In the page, at once: a click from here may come when the export is done.
    await page.waitForFunction(() => {
        const jobs = document.querySelectorAll(".jobs li");
        if (jobs.length < 3) return false;
        const [, { lastElementChild: button }] = jobs;
        if (button.textContent !== "Cancel export") throw new Error(button.textContent);
        button.click();
        return true;
    });
    await page.locator(".jobs li.done").nth(1).waitFor({ timeout: 90_000 });
    assert.deepEqual([await page.locator(".jobs li").count(), downloads.length], [2, 2]);
    const lines = readFileSync(await downloads[0].path(), "utf8").split("\n").length - 1;
    assert.ok(lines >= 300_000, `${lines} records`);
    await isDone();
});

test("a file that was changed or removed fails its export alone", async () => {
    const { page, folder } = at;
    const path = join(folder, "changing.pcap");
    for (const [act, says] of [[() => appendFileSync(path, "more"), /changing\.pcap: The file was changed/], [() => rmSync(path), /changing\.pcap: The file (is gone|was changed)/]]) {
        copyFileSync(clients, path);
        await choose(path);
        await page.locator(".files li.read").waitFor();
        act();
        await page.getByRole("button", { name: "Records as NDJSON" }).click();
        await page.locator(".jobs li.failed").filter({ hasText: says }).waitFor();
        // Everything that was read is still there.
        assert.equal(await page.getByRole("alert").first().innerText(), "");
        assert.ok((await rows().count()) > 5);
        await page.getByRole("button", { name: "dismiss" }).click();
        await page.getByRole("button", { name: "Remove changing.pcap" }).click();
        await page.locator(".files li").waitFor({ state: "detached" });
    }
});

test("a file that is removed before it is read says so in plain words", async () => {
    const { page, folder } = at;
    const [long, path] = [join(folder, "first.pcap"), join(folder, "gone.pcap")];
    writeFileSync(long, syns(200_000));
    copyFileSync(clients, path);
    await choose(long, path);
    await page.locator(".files li.waiting", { hasText: "gone.pcap" }).waitFor();
    rmSync(path);
    await page.locator(".files li.failed em").filter({ hasText: /gone|changed/ }).waitFor();
    assert.doesNotMatch(await page.locator("main").innerText(), /permission/);
    await isDone();
});

test("a file that grows is followed", async () => {
    const { page } = at;
    const bytes = readFileSync(clients);
    // A file of the page's own, which stands for one that the user picks.
    await page.evaluate(async (text) => {
        const folder = await navigator.storage.getDirectory();
        const handle = await folder.getFileHandle("growing.pcap", { create: true });
        globalThis.grow = async (text) => {
            const writer = await handle.createWritable({ keepExistingData: true });
            await writer.seek((await handle.getFile()).size);
            await writer.write(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
            await writer.close();
        };
        await globalThis.grow(text);
        globalThis.showOpenFilePicker = async () => [handle];
    }, bytes.subarray(0, 500).toString("base64"));
    await page.getByRole("button", { name: "Follow a growing file" }).click();
    await page.locator(".files li.following").waitFor();
    await page.getByRole("button", { name: "Stop following" }).waitFor();
    await page.evaluate((text) => globalThis.grow(text), bytes.subarray(500).toString("base64"));
    await page.getByText("7 hosts, 5 connections, 14 records of 42 packets").waitFor();
    await page.getByRole("button", { name: "Stop following" }).click();
    await page.locator(".files li.following").waitFor({ state: "detached" });
    await status(/^7 hosts$/);
});

test("a thousand captures leave the answer on the screen; a folder's other files are left out", async () => {
    const { page, folder } = at;
    const many = join(folder, "many");
    mkdirSync(many);
    for (let number = 0; number < 1000; number += 1) writeFileSync(join(many, `${number}.pcap`), syns(1, { first: 0x0a000000 + number }));
    writeFileSync(join(many, "notes.txt"), "no capture, but text that is long enough");
    await page.setInputFiles("input[webkitdirectory]", many);
    await page.getByText("1,000 hosts, 1,000 connections").waitFor({ timeout: 60_000 });
    await page.getByText("1 file of the folder left out, no captures").waitFor();
    const { y } = await page.locator(".sum").boundingBox();
    assert.ok(y < 400, `${y}`);
    assert.match(await page.locator(".captures summary").innerText(), /^1,000 captures, /);
});

test("a pasted capture is read; leaving the page warns once there is something to lose", async () => {
    const { page } = at;
    const leave = async () => {
        let asked = 0;
        const dialog = (dialog) => { asked += 1; void dialog.dismiss(); };
        page.on("dialog", dialog);
        await page.evaluate(() => { location.href = "about:blank#left"; }).catch(() => undefined);
        await page.waitForTimeout(300);
        page.off("dialog", dialog);
        return asked;
    };
    await page.evaluate((text) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], "pasted.pcap"));
        dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
    }, readFileSync(clients).toString("base64"));
    await page.locator(".files li.read", { hasText: "pasted.pcap" }).waitFor();
    // A browser warns only after the page was used.
    await rows().first().click();
    assert.equal(await leave(), 1);
    await page.getByRole("button", { name: "Remove pasted.pcap" }).click();
    await page.locator(".captures").waitFor({ state: "detached" });
    assert.equal(await leave(), 0);
});

test("a database of one's own changes the answers at once; its faults have line and column", async () => {
    const { page, folder } = at;
    await sample();
    const load = (text) => {
        const path = join(folder, "own.fp");
        writeFileSync(path, text);
        return page.setInputFiles("input[type=file][accept]", path);
    };
    await load("classes = unix\n[tcp:request]\nlabel = s:unix:Ours:\nsig = nonsense\n");
    await page.getByText("line 4, column 15: expected eight fields").waitFor();
    assert.equal(await page.locator(".sum").innerText(), "7 Linux");
    await load("; nothing\n");
    await page.getByText("There is no signature in it.").waitFor();
    await load("x".repeat(8_000_001));
    await page.getByText(/is more than a database has/).waitFor();
    await load("classes = unix\n[tcp:request]\nlabel = g:unix:Ours:\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n");
    await page.locator(".sum").filter({ hasText: /Ours, \d unknown$/ }).waitFor();
    assert.match(await page.locator(".database").innerText(), /own\.fp, 1 signature/);
    const names = new Set(records(await download("Records as NDJSON")).map(({ os }) => os?.name));
    assert.deepEqual([...names].sort(), ["Ours", undefined]);
    await page.getByRole("button", { name: "Use the built-in ones" }).click();
    await page.locator(".sum").filter({ hasText: /^7 Linux$/ }).waitFor();
});

test("one time far from all others is told of and left out; a part of the time is chosen", async () => {
    const { page, folder } = at;
    const path = join(folder, "outlier.pcap");
    writeFileSync(path, Buffer.concat([syns(20_000), syns(1, { seconds: 86_400, first: 0x0b000000 }).subarray(24)]));
    await choose(path);
    await page.getByText("1 record far outside of this time is not shown").waitFor();
    await page.getByText("2023-11-14 22:13:20 to 2023-11-14 22:13:40 UTC").waitFor();
    const svg = await page.locator(".time svg").boundingBox();
    await page.mouse.move(svg.x + svg.width * 0.51, svg.y + 10);
    await page.mouse.down();
    await page.mouse.move(svg.x + svg.width * 0.99, svg.y + 10, { steps: 3 });
    await page.mouse.up();
    await status(/^10,000 hosts$/);
    assert.match(new URL(page.url()).hash, /from=1700000010&to=1700000020|from=1700000010/);
    await page.getByRole("button", { name: "All of the time" }).click();
    await status(/^20,001 hosts$/);
});

test("an unreliable uptime has a question mark, and its reason in the detail; a shared address stays so", async () => {
    const { page } = at;
    await choose(join(captures, "flow/address-shared.pcap"), join(captures, "flow/uptime-1000-hz.pcap"));
    await page.locator(".files li.read").nth(1).waitFor();
    assert.match(await page.locator(".sum").innerText(), /1 shared address/);
    await filter("is:shared");
    await status(/^1 host$/);
    assert.match(await rows().first().innerText(), /several behind it/);
    await rows().first().click();
    await page.locator(".detail h3", { hasText: "Changes" }).waitFor();
    assert.match(await page.locator(".detail").innerText(), /Several systems behind one address \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    await page.screenshot({ path: join(shots, "shared.png") });
    await page.getByRole("button", { name: "Close" }).click();
    await filter("capture:uptime");
    await page.getByRole("gridcell", { name: /\?$/ }).waitFor();
    await page.getByRole("gridcell", { name: /\?$/ }).click();
    assert.match(await page.locator(".detail").innerText(), /uncertain: the clock says .* \(seen towards one peer only|uncertain: .*watched too briefly/);
});
