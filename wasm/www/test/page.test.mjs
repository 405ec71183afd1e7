// The built page in a real Chromium: what it shows, and how it is used.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { layers } from "../../../target/npm/node.js";
import { at, axe, captures, choose, download, filter, listen, root, rows, sample, shoot, shots, status, syns, tab } from "./browser.mjs";

test("the sample shows systems, hosts, evidence; nothing more is asked of the server", async () => {
    const { page, server } = at;
    await page.waitForLoadState("networkidle");
    const before = server.asked.length;
    await sample();
    assert.equal(await page.locator(".sum").innerText(), "7 Linux");
    assert.match(await page.locator(".grid").innerText(), /192\.0\.2\.80/);
    await rows().first().click();
    assert.match(await page.locator(".detail").innerText(), /Matched signature \*:64:0:\*:[^]*TCP options/);
    for (const name of ["Connections", "Systems", "Unknown signatures", "Packets"]) await tab(name);
    assert.equal(server.asked.length, before);
});

test("a dropped capture is read, gzip as well", async () => {
    const { page } = at;
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

test("bad files say what they are, and the page can still be used", async () => {
    const { page, folder } = at;
    writeFileSync(join(folder, "locked.zip"), Buffer.from("504b03041400010008000000", "hex"));
    const broken = join(captures, "broken");
    const expected = [
        [join(broken, "empty.pcap"), /^The file is empty\.$/],
        [join(broken, "not-a-capture.pcap"), /not a capture|neither|pcap/i],
        [join(broken, "cut-in-record.pcap"), /cut|ends/i],
        [join(folder, "locked.zip"), /zip archive that is cut short/],
        [join(captures, "format/pcap-no-packets.pcap"), /no packets/],
        [join(broken, "unknown-link-type.pcap"), /link type/],
        [join(captures, "format/zstd.pcap.zst"), /zstd -d/],
        [join(broken, "gzip-checksum.pcap.gz"), /The gzip file is damaged: the checksum/],
        [join(broken, "gzip-cut.pcap.gz"), /The gzip file is cut short/],
        [join(broken, "xz.pcap"), /xz -d/], [join(broken, "bzip2.pcap"), /bzip2 -d/], [join(broken, "lz4.pcap"), /lz4 -d/],
    ];
    await choose(...expected.map(([path]) => path));
    await page.locator("progress").waitFor({ state: "detached" });
    await page.locator(".captures").getByText(/^\d+ captures/).click();
    const items = page.locator(".files li");
    for (const [at, [path, says]] of expected.entries()) assert.match(await items.nth(at).locator("em").innerText(), says, path);
    await shoot("error");
    await sample();
});

test("a gzip file of several members and a capture in a zip archive are read whole", async () => {
    const { page, folder } = at;
    // Python's, because zip is not everywhere.
    const zip = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z: z.write(sys.argv[2], 'in/clients.pcap')";
    execFileSync("python3", ["-c", zip, join(folder, "captures.zip"), join(captures, "recorded/web-clients.pcap")]);
    await choose(join(captures, "format/gzip-two-members.pcap.gz"), join(captures, "format/gzip-zero-padded.pcap.gz"), join(folder, "captures.zip"));
    await page.locator(".files li.read").nth(2).waitFor();
    assert.match(await page.locator(".files").innerText(), /captures\.zip: in\/clients\.pcap/);
    await filter("capture:clients");
    await status(/^7 hosts$/);
    assert.equal(await page.locator(".files em").count(), 0);
    await tab("Packets");
    assert.match(await page.locator("#panel").innerText(), /^\d+ TCP packets/);
});

test("a host's detail shows what its connections carry, and the records are exported: TLS, HTTP, QUIC", async (t) => {
    if (layers().length < 4) return t.skip(`a build that reads ${layers().join(", ")} alone`);
    const { page } = at;
    const recorded = join(captures, "recorded");
    await choose(join(recorded, "tls/made-of/curl-http1.1.pcap"), join(recorded, "http/curl.pcap"), join(recorded, "quic/aioquic-draft-29.pcap"));
    await page.locator(".files li.read").nth(2).waitFor();
    for (const [capture, ip, ...expected] of [
        // JA4 as a second implementation says it (shared/oracle/ja4ref.py), the library as tls/truth.csv does.
        ["curl-http1.1.pcap", "192.0.2.10", /TLS client/, /OpenSSL 3\.0, curl/, /t13d3112h1_e8f1e7e78f70_b26ce05bbdd6/, /http\/1\.1/, /client\.example/],
        ["curl.pcap", "192.0.2.10", /HTTP client/, /curl\/\d/], ["curl.pcap", "192.0.2.80", /HTTP server/, /Server/],
        ["draft-29", "192.0.2.10", /QUIC client/, /draft-29/, /q13d0307h3_55b375c5d22e_c1e787b9890b/, /www\.example\.org/],
    ]) {
        await filter(`${ip} capture:${capture}`);
        await status(/^1 host$/);
        await rows().first().click();
        const detail = page.locator(".detail");
        await detail.getByText(ip).first().waitFor();
        await detail.getByText(expected[0]).first().waitFor();
        for (const says of expected) assert.match(await detail.innerText(), says, `${capture} ${ip}`);
    }
    assert.deepEqual(await axe(), []);
    await page.screenshot({ path: join(shots, "layers.png") });
    await filter("");
    const lines = (await download("Records as NDJSON")).toString().trimEnd().split("\n").map((line) => JSON.parse(line));
    const kinds = new Set(lines.map(({ kind }) => kind));
    for (const kind of ["tls_client", "http_request", "http_response", "quic_client"]) assert.ok(kinds.has(kind), kind);
});

test("the detail of a host plots its clock", async () => {
    const { page } = at;
    await choose(join(captures, "recorded/hosts/one-20-servers-timestamps-2.pcap"));
    await page.locator("#host-0").waitFor();
    await filter("192.0.2.10");
    await status(/^1 host$/);
    await rows().first().click();
    const plot = page.getByRole("img", { name: /^Uptimes of .* to .*, at \d\d times from 20.* UTC$/ });
    await plot.waitFor();
    const points = (await plot.locator("path").getAttribute("d")).split("M").slice(1);
    assert.ok(points.length > 10 && points.length <= 32, `${points.length}`);
    assert.deepEqual(await axe(), []);
    await page.screenshot({ path: join(shots, "clock.png") });
});

test("a capture without handshakes says what was in it, and why nothing is said", async () => {
    const { page } = at;
    await choose(join(captures, "ip/v4-udp.pcap"), join(captures, "ip/arp.pcap"));
    await page.getByRole("heading", { name: "No system can be named" }).waitFor();
    const text = await page.locator("main").innerText();
    assert.match(text, /None of the \d+ packets is TCP/);
    assert.match(text, /UDP \d+, ARP \d+|ARP \d+, UDP \d+/);
    await page.getByRole("button", { name: "Clear everything" }).click();
    // The last packet of a handshake alone: TCP, but nothing that opens a connection.
    const handshake = readFileSync(join(captures, "flow/handshake.pcap"));
    let cut = 24;
    for (let packet = 0; packet < 2; packet += 1) cut += 16 + handshake.readUInt32LE(cut + 8);
    await choose({ name: "later.pcap", mimeType: "", buffer: Buffer.concat([handshake.subarray(0, 24), handshake.subarray(cut)]) });
    await page.getByText(/There (is|are) 1 TCP packet, but none of them opens a connection/).waitFor();
});

test("sort, filter and the address of the view", async () => {
    const { page } = at;
    await choose(join(captures, "recorded/web-clients.pcap"));
    await page.locator("#host-0").waitFor();
    const all = await rows().count();
    await page.getByRole("button", { name: "Address" }).click();
    await page.locator('[role=columnheader][aria-sort=ascending]', { hasText: "Address" }).waitFor();
    await filter("192.0.2.80");
    await status(/^1 host$/);
    assert.ok(all > 1);
    assert.equal(new URL(page.url()).hash, "#filter=192.0.2.80&sort=ip&order=up");
    for (const [text, total] of [["192.0.2.0/24", 4], ["2001:db8::/32", 2], ["-192.0.2.0/24", 3], ["server", 2], ["port:80 client", 5], ["443", 0], ["os:linux", 7]]) {
        await filter(text);
        await status(total === 1 ? /^1 host$/ : new RegExp(`^${total} hosts$`));
    }
    await filter("10.0.0.0/40 ja4:t13d");
    await page.getByText("10.0.0.0/40: /40 is not a prefix of 0 to 32 bits").waitFor();
});

test("a system that is clicked leaves exactly its hosts", async () => {
    const { page } = at;
    await sample();
    await tab("Systems");
    const lines = await page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [row.cells[0].innerText, Number(row.cells[2].innerText)]));
    assert.ok(lines.length > 1);
    for (const [name, hosts] of lines) {
        await tab("Systems");
        await page.getByRole("button", { name, exact: true }).click();
        await status(hosts === 1 ? /^1 host$/ : new RegExp(`^${hosts} hosts$`));
    }
});

test("connections: both ends, their systems, and those of one host", async () => {
    const { page } = at;
    await sample();
    await tab("Connections");
    await status(/^5 connections$/);
    assert.match((await rows().first().innerText()).replaceAll("\n", " "), /^192\.0\.2\.30 192\.0\.2\.80 80 Linux 4\.19 or newer Linux 4\.19 or newer 3 3$/);
    await page.screenshot({ path: join(shots, "connections.png") });
    await tab("Hosts");
    await filter("2001:db8::10");
    await status(/^1 host$/);
    await rows().first().click();
    await page.locator(".detail").getByRole("button", { name: "its connections" }).click();
    await status(/^1 connection$/);
});

test("connections show what each layer says, are found and sorted by it, and exported; keyboard, axe", async (t) => {
    if (layers().length < 4) return t.skip(`a build that reads ${layers().join(", ")} alone`);
    const { page } = at;
    const recorded = join(captures, "recorded");
    await choose(...["socks-windows-tls", "squid", "direct-firefox"].map((name) => join(recorded, `scenes/${name}.pcap`)), join(recorded, "quic/aioquic-draft-29.pcap"));
    await page.locator(".files li.read").nth(3).waitFor();
    await tab("Connections");
    await status(/^7 connections$/);
    const header = page.locator(".grid .head");
    assert.match((await header.innerText()).replaceAll("\n", " "), /^Client Server Port Client's system Server's system SNI JA4 HTTP Consistency SYN ↓ SYN\+ACK Capture$/);
    const cells = async (row) => (await row.locator("[role=gridcell]").allInnerTexts()).map((text) => text.trim());
    // JA4 of aioquic's hello as a second implementation says it (shared/oracle/ja4ref.py).
    await filter("ja4:q13d is:udp");
    await status(/^1 connection$/);
    assert.deepEqual((await cells(rows().first())).slice(2, 9), ["443/udp", "–", "–", "www.example.org", "q13d0307h3_55b375c5d22e_c1e787b9890b", "", ""]);
    assert.equal(await page.getByTitle("q13d0307h3_55b375c5d22e_c1e787b9890b").count(), 1);
    for (const [text, column, says] of [["is:tunnel", 8, /^tunnel$/], ["is:terminating_proxy", 8, /^terminating proxy$/], ["http:chrome", 7, /^Chrome 150\.0\.0\.0 → unknown$/], ["http:firefox", 7, /^Firefox/], ["sni:client.example", 5, /^client\.example$/]]) {
        await filter(text);
        await status(/^2 connections$/);
        await page.locator("#connection-0 [role=gridcell]").nth(column).filter({ hasText: says }).waitFor();
        assert.equal(await rows().count(), 2, text);
    }
    await filter("");
    await status(/^7 connections$/);
    for (const name of ["SNI", "JA4", "HTTP", "Consistency"]) {
        await header.getByRole("button", { name }).click();
        await page.locator("[aria-sort=ascending]", { hasText: name }).waitFor();
        await header.getByRole("button", { name }).click();
        await page.locator("[aria-sort=descending]", { hasText: name }).waitFor();
    }
    await page.locator("#connection-0").getByText("tunnel", { exact: true }).waitFor();
    assert.match(new URL(page.url()).hash, /^#tab=connections&sort=consistency&order=down$/);
    await page.locator(".grid").focus();
    await page.keyboard.press("End");
    assert.match(await page.evaluate(() => document.activeElement?.getAttribute("aria-activedescendant")), /^connection-6$/);
    const lines = (await download("Connections as CSV")).toString().trimEnd().split("\n");
    assert.match(lines[0], /,port,transport,client_system,.*,sni,ja4,tls_library,http_client,http_server,consistency,/);
    assert.ok(lines.some((line) => /,443,udp,.*,www\.example\.org,q13d0307h3_55b375c5d22e_c1e787b9890b,/.test(line)));
    // All of it, in full, and from there to the host.
    await page.locator(".grid").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    const detail = page.locator(".detail");
    await page.locator(".detail h2:focus").waitFor();
    assert.match(await detail.innerText(), /192\.0\.2\.20 to port 443 of 192\.0\.2\.80[^]*Linux 6\.16 or newer[^]*client\.example[^]*t13d221100_231e334592e8_a8c085b881a9[^]*tunnel: the TLS library/);
    await page.keyboard.press("Escape");
    await detail.waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-activedescendant")), "connection-0");
    await page.keyboard.press("Enter");
    await page.locator(".detail h2:focus").waitFor();
    for (const scheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: scheme });
        for (const [width, height] of [[1600, 1000], [390, 844]]) {
            await page.setViewportSize({ width, height });
            assert.deepEqual(await axe(), [], `a connection, ${scheme}, ${width}`);
            await page.screenshot({ path: join(shots, `connection-${scheme}-${width}.png`), fullPage: width < 500 });
        }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await detail.getByRole("button", { name: "192.0.2.20" }).click();
    await page.locator(".detail h2").filter({ hasText: "192.0.2.20: Linux" }).waitFor();
    await page.locator(".detail").getByRole("button", { name: "Close" }).click();
    await tab("Connections");
    await page.locator(".detail").getByRole("button", { name: "Close" }).click();
    for (const scheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: scheme });
        for (const [width, height] of [[1600, 1000], [390, 844]]) {
            await page.setViewportSize({ width, height });
            await page.locator(".grid").evaluate((grid) => { grid.scrollLeft = 0; });
            assert.deepEqual(await axe(), [], `connections, ${scheme}, ${width}`);
            assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
            await page.screenshot({ path: join(shots, `connections-${scheme}-${width}.png`), fullPage: width < 500 });
        }
    }
});

test("keyboard only: the sample, a host, its detail, back to its row, the tabs", async () => {
    const { page } = at;
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("#host-0").waitFor();
    const tabTo = async (is) => {
        for (let i = 0; i < 60; i += 1) {
            await page.keyboard.press("Tab");
            if (await page.evaluate(is)) return;
        }
        assert.fail(String(is));
    };
    await tabTo(() => document.activeElement?.getAttribute("role") === "grid");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator(".detail h2:focus").waitFor();
    // Beside the table on a wide screen, and in sight.
    const [box, grid] = await Promise.all([page.locator(".detail").boundingBox(), page.locator(".grid").boundingBox()]);
    assert.ok(box.x > grid.x + grid.width && box.y < 900, JSON.stringify([box, grid]));
    await page.keyboard.press("Escape");
    await page.locator(".detail").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-activedescendant")), "host-2");
    await page.keyboard.press("Enter");
    await page.locator(".detail h2:focus").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".tabs [aria-selected=true]").focus();
    await page.keyboard.press("ArrowRight");
    await page.locator("#tab-connections:focus").waitFor();
    await status(/^5 connections$/);
});

test("the chosen host is in the address, and is shown again", async () => {
    const { page } = at;
    await sample();
    await rows().nth(3).click();
    const title = await page.locator(".detail h2").innerText();
    const { hash } = new URL(page.url());
    assert.match(hash, /&host=[0-9a-f.%A:]+$/);
    await page.goto("about:blank");
    await page.goto(at.server.address + hash);
    await sample();
    await page.locator(".detail h2").filter({ hasText: title }).waitFor();
});

test("200,000 hosts: scroll, sort and filter; progress and cancel", { timeout: 120_000 }, async () => {
    const { page, folder } = at;
    const path = join(folder, "syns.pcap");
    writeFileSync(path, syns(200_000));
    await choose(path);
    await page.locator(".files li.read").waitFor({ timeout: 60_000 });
    await status(/^200,000 hosts$/);
    assert.equal(await page.locator(".sum").innerText(), "200,000 unknown");
    await shoot("200000");
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
    await timed("filter", () => filter("10.3.13.63"), () => status(/^1 host$/));
    assert.ok((await rows().count()) < 60);

    // Long enough that it is still being read when the button is pressed.
    const long = join(folder, "long.pcap");
    writeFileSync(long, syns(3_000_000));
    await choose(long);
    await page.locator("progress").waitFor();
    // How fast, and how long it still takes; what is counted so far is of packets that were read.
    await page.getByText(/\d [MG]B\/s, .+ left/).waitFor();
    const [, packets] = (await page.locator(".overview p.soft").first().innerText()).match(/records of ([\d,]+) packets$/);
    assert.ok(Number(packets.replaceAll(",", "")) > 200_000, packets);
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.locator(".files li.cancelled").waitFor();
    await page.locator("progress").waitFor({ state: "detached" });
});

test("accessible by the rules of axe, in light and dark, wide and narrow; screenshots", async () => {
    const { page } = at;
    for (const scheme of ["dark", "light"])
        for (const [width, height] of [[390, 844], [1600, 1000]]) {
            await page.emulateMedia({ colorScheme: scheme });
            await page.setViewportSize({ width, height });
            await page.screenshot({ path: join(shots, `empty-${scheme}-${width}.png`) });
            assert.deepEqual(await axe(), [], `empty, ${scheme}, ${width}`);
        }
    await sample();
    for (const scheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: scheme });
        for (const [width, height] of [[1600, 1000], [390, 844]]) {
            await page.setViewportSize({ width, height });
            for (const name of ["Connections", "Systems", "Unknown signatures", "Packets", "Hosts"]) {
                await tab(name);
                assert.deepEqual(await axe(), [], `${name}, ${scheme}, ${width}`);
            }
            await page.screenshot({ path: join(shots, `sample-${scheme}-${width}.png`), fullPage: width < 500 });
            await rows().first().click();
            await page.locator(".detail").waitFor();
            assert.deepEqual(await axe(), [], `detail, ${scheme}, ${width}`);
            assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
            await page.screenshot({ path: join(shots, `detail-${scheme}-${width}.png`), fullPage: width < 500 });
            await page.getByRole("button", { name: "Close" }).click();
        }
    }
});

test("the detail has what was matched, to be copied, and where it differs, even from nothing", async () => {
    const { page, folder } = at;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const database = join(folder, "no-quirks.fp");
    writeFileSync(database, "classes = unix\n[tcp:request]\nlabel = s:unix:Ours:1\nsig = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws::0\n");
    // Without DF and with an ID of zero: the quirk id-, which p0f overlooks.
    const capture = syns(1);
    capture.writeUInt32BE(0, 40 + 4);
    capture.writeUInt32BE(1, 40 + 20 + 4);
    await choose({ name: "id.pcap", mimeType: "", buffer: capture });
    await page.locator("#host-0").waitFor();
    await page.setInputFiles("input[type=file][accept]", database);
    await page.locator(".sum").filter({ hasText: "1 Ours" }).waitFor();
    await rows().first().click();
    assert.match(await page.locator(".detail").innerText(), /Differs in quirks: expected \(none\), observed id-\./);
    for (const [name, text] of [["Copy signature", "4:64+0:0:1460:mss*44,7:mss,nop,nop,sok,nop,ws:id-:0"], ["Copy matched signature", "*:64:0:*:*,*:mss,nop,nop,sok,nop,ws::0"]]) {
        const button = page.getByRole("button", { name, exact: true });
        await button.click();
        await button.filter({ hasText: "Copied" }).waitFor();
        assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
    }
});

test("names that a pcapng gives to addresses are those of its hosts, and are found", async () => {
    const { page } = at;
    const block = (kind, body) => {
        const ends = Buffer.alloc(8);
        ends.writeUInt32LE(kind, 0);
        ends.writeUInt32LE(12 + body.length, 4);
        return Buffer.concat([ends, body, ends.subarray(4)]);
    };
    const syn = syns(1).subarray(40);
    const packet = Buffer.concat([Buffer.alloc(12), Buffer.from([syn.length, 0, 0, 0, syn.length, 0, 0, 0]), syn]);
    // A record of type 1 (IPv4) with the address 10.0.0.0 and its name, padded to 32 bits; type 0 ends the list.
    const names = Buffer.concat([Buffer.from("010014000a000000", "hex"), Buffer.from("printer.example\0"), Buffer.alloc(4)]);
    const parts = [[0x0a0d0d0a, Buffer.from("4d3c2b1a01000000ffffffffffffffff", "hex")], [1, Buffer.from("6500000000000000", "hex")], [4, names], [6, packet]];
    await choose({ name: "named.pcapng", mimeType: "", buffer: Buffer.concat(parts.map(([kind, body]) => block(kind, body))) });
    await page.getByRole("gridcell", { name: "10.0.0.0 (printer.example)" }).waitFor();
    await filter("name:printer is:private");
    await status(/^1 host$/);
    await rows().first().click();
    assert.match(await page.locator(".detail").innerText(), /printer\.example \(from the capture\)[^]*private/);
});

test("unknown signatures, each with a proposal for a database", async () => {
    const { page } = at;
    await choose({ name: "unknown.pcap", mimeType: "", buffer: syns(20) });
    await choose(join(captures, "recorded/web-clients.pcap"));
    await page.locator(".files li.read").nth(1).waitFor();
    await tab("Unknown signatures");
    assert.match(await page.locator("#panel li").innerText(), /^4:64\+0:0:\S+ SYN, 20 times/);
    await page.getByRole("button", { name: "Propose a signature" }).click();
    assert.match(await page.getByLabel("Proposal").inputValue(), /^label = [^]*^sig +=/m);
    await shoot("unknown");
});

test("an engine that breaks is told of, and a new one takes its place", async () => {
    // The first engine never comes.
    const context = await at.browser.newContext({ serviceWorkers: "block" });
    let asked = 0;
    await context.route("**/*.wasm", (route) => ((asked += 1) === 1 ? route.abort() : route.continue()));
    const page = await context.newPage();
    await page.goto(at.server.address);
    await page.getByRole("alert").filter({ hasText: "The engine broke" }).waitFor();
    await page.getByRole("button", { name: "Try the sample" }).click();
    await page.locator("#host-0").waitFor();
    assert.equal(await page.getByRole("alert").innerText(), "");
    assert.equal(asked, 2);
    await context.close();
});

test("a worker script that is missing is asked for a few times, not for ever", async () => {
    const context = await at.browser.newContext({ serviceWorkers: "block" });
    let asked = 0;
    await context.route("**/assets/*", (route) => (/(keeping|reading)/.test(route.request().url()) ? ((asked += 1), route.fulfill({ status: 404, body: "" })) : route.continue()));
    const page = await context.newPage();
    await page.goto(at.server.address);
    await page.getByRole("alert").filter({ hasText: "The engine does not start" }).waitFor();
    await page.waitForTimeout(3000);
    assert.ok(asked <= 6, `asked ${asked} times`);
    await context.unroute("**/assets/*");
    await page.getByRole("button", { name: "Try again" }).click();
    await sample(page);
    await context.close();
});

test("after the first load the page works without the network", async () => {
    const context = await at.browser.newContext();
    const page = await context.newPage();
    await page.goto(at.server.address);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.waitForLoadState("networkidle");
    await context.setOffline(true);
    const before = at.server.asked.length;
    await page.reload();
    await page.getByRole("button", { name: "Try the sample" }).click();
    await page.locator("#host-0").waitFor();
    // Whether the worker itself has changed, the browser may ask at any time.
    assert.deepEqual(at.server.asked.slice(before).filter((path) => path !== "/offline.js"), []);
    await context.close();
});

test("the page in one file opens from a disk, without the network", async () => {
    const context = await at.browser.newContext({ offline: true });
    const page = await context.newPage();
    listen(page);
    await page.goto(`file://${join(root, "target/page/stackprint.html")}`);
    await page.getByRole("button", { name: "Try the sample" }).click();
    await page.locator("#host-0").waitFor();
    assert.match(await page.locator(".grid").innerText(), /192\.0\.2\.80/);
    // What leaves the machine, if anything could, would go by a connection.
    assert.equal(await page.evaluate(() => fetch("http://127.0.0.1:9/").then(() => "sent", () => "refused")), "refused");
    const refusals = at.complaints.filter((text) => text.includes("127.0.0.1:9") && text.includes("Content Security Policy"));
    assert.ok(refusals.length > 0, at.complaints.join());
    at.complaints = at.complaints.filter((text) => !text.includes("127.0.0.1:9"));
    await context.close();
});
