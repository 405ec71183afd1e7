// Parts of the page that need no browser: the filter, time, decompression, archives.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { crc32 as nodeCrc32, constants, gzipSync } from "node:zlib";
import { modules, numbers } from "./modules.mjs";

const { parseFilter, Timeline, picture, gunzip, crc32, entries, packedPart, unzip, parseAddress, ipv6, scopeOf, size, count, percent, duration } =
    await modules("filter", "timeline", "gunzip", "inflate", "zip", "addresses", "format");
const captures = resolve(import.meta.dirname, "../../../tests/captures");

/** A host as the filter sees it. */
function subject(ip, { system = "Linux 4.19 or newer", ports = [], roles = ["client"], is = [], network = "", name = "", facts = [] } = {}) {
    const { isV6, words } = parseAddress(ip);
    return {
        ends: [{ isV6, words, at: 0, name, system, scope: () => scopeOf(isV6, words, 0) }], ports: () => ports, roles: () => roles, link: "Ethernet or modem",
        capture: "a.pcap", network, facts: () => facts, is: () => is, text: () => `${ip} ${system} ethernet or modem`.toLowerCase(),
    };
}

/** What a connection carries, as the filter sees it. */
const fact = (more) => ({ ja4: "", library: "", sni: "", httpClient: "", httpServer: "", verdict: "", ...more });

test("the filter knows networks, ports, roles, systems, and says what it does not understand", () => {
    const cases = [
        ["10.0.0.0/8", "10.255.0.1", {}, true], ["10.0.0.0/8", "11.0.0.1", {}, false], ["-10.0.0.0/8", "11.0.0.1", {}, true],
        ["0.0.0.0/0", "192.0.2.1", {}, true], ["0.0.0.0/0", "2001:db8::1", {}, false], ["128.0.0.0/1", "192.0.2.1", {}, true],
        ["2001:db8::/32", "2001:db8:ffff::1", {}, true], ["2001:db8::/32", "2001:db9::1", {}, false], ["::1", "::1", {}, true], ["fe80::/10", "febf::1", {}, true],
        ["192.0.2.1", "192.0.2.1", {}, true], ["192.0.2.1", "192.0.2.10", {}, false], ["192.0.2", "192.0.2.10", {}, true],
        ["443", "192.0.2.1", { ports: [22, 443] }, true], ["443", "192.0.2.1", { ports: [4430] }, false], ["port:8000-9000", "192.0.2.1", { ports: [8080] }, true],
        ["server", "192.0.2.1", {}, false], ["client -server", "192.0.2.1", {}, true], ["role:server", "192.0.2.1", { roles: ["server"] }, true],
        ["os:windows -xp", "192.0.2.1", { system: "Windows 10" }, true], ["os:windows -xp", "192.0.2.1", { system: "Windows XP" }, false],
        ['os="Windows 10"', "192.0.2.1", { system: "Windows 10 or newer" }, false], ['os="windows 10"', "192.0.2.1", { system: "Windows 10" }, true],
        ["is:shared", "192.0.2.1", { is: ["shared"] }, true], ["is:private", "192.168.1.1", {}, true], ["is:public", "8.8.8.8", {}, true], ["is:private", "8.8.8.8", {}, false],
        ["is:v6", "2001:db8::1", {}, true], ["is:v4", "2001:db8::1", {}, false], ["vlan:20", "192.0.2.1", { network: "vlan:20" }, true], ["vlan:2", "192.0.2.1", { network: "vlan:20" }, false],
        ["capture:a.p", "192.0.2.1", {}, true], ["name:print", "192.0.2.1", { name: "Printer.local" }, true], ["os:", "192.0.2.1", {}, true], ["", "192.0.2.1", {}, true],
        ["sni:example", "192.0.2.1", { facts: [fact({ sni: "www.Example.org" })] }, true], ["sni=example", "192.0.2.1", { facts: [fact({ sni: "www.example.org" })] }, false],
        ["sni:example", "192.0.2.1", {}, false], ["-sni:example", "192.0.2.1", {}, true], ["ja4:T13D", "192.0.2.1", { facts: [fact({ ja4: "q13d" }), fact({ ja4: "t13d1516h2_8daaf6152771" })] }, true],
        ["ja4:t13d", "192.0.2.1", { facts: [fact({ sni: "t13d" })] }, false], ["tls:firefox", "192.0.2.1", { facts: [fact({ library: "NSS, Firefox" })] }, true],
        ["http:nginx", "192.0.2.1", { facts: [fact({ httpServer: "nginx" })] }, true], ['http:"curl/8 x"', "192.0.2.1", { facts: [fact({ httpClient: "curl/8 x" })] }, true],
        ["is:tunnel", "192.0.2.1", { is: ["tunnel"] }, true], ["-is:tunnel", "192.0.2.1", { is: ["consistent"] }, true], ["ja4:", "192.0.2.1", {}, true],
        ['"4.19 or"', "192.0.2.1", {}, true], ["ETHERNET", "192.0.2.1", {}, true],
    ];
    for (const [filter, ip, more, expected] of cases) {
        const { test, error } = parseFilter(filter);
        assert.equal(error, "", filter);
        assert.equal(test(subject(ip, more)), expected, `${filter} of ${ip} ${JSON.stringify(more)}`);
    }
    for (const [filter, says] of [
        ["10.0.0.0/33", /prefix of 0 to 32/], ["2001:db8::/129", /prefix of 0 to 128/], ["port:99999", /up to 65535/], ["port:9-8", /port/], ["ja3:abc", /ja3: is not a key; the keys are .*ja4/],
        ["is:big", /one of shared/], ["net:home", /an address or a network/], ["role:boss", /client or server/],
    ]) assert.match(parseFilter(filter).error, says, filter);
});

test("addresses are read as they are written", () => {
    const random = numbers(3);
    for (let at = 0; at < 2000; at += 1) {
        const words = Array.from({ length: 4 }, () => (random.next().value % 3 ? ((random.next().value << 8) ^ random.next().value) >>> 0 : 0));
        assert.deepEqual(parseAddress(ipv6(words)), { isV6: true, words }, ipv6(words));
        // The address that a URL has in brackets is written by the same rules.
        if (words[0] || words[1] || words[2] !== 0xffff) assert.equal(new URL(`http://[${ipv6(words)}]/`).hostname, `[${ipv6(words)}]`);
    }
    for (const text of ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1:2", "::1::", "1:2:3:4:5:6:7:8:9", "g::", "12345::", "1:2:3:4:5:6:7::8"]) assert.equal(parseAddress(text), null, text);
});

test("one time that is far from all others does not squeeze the picture", () => {
    const of = (...times) => {
        const timeline = new Timeline(2);
        for (const [seconds, times_, family = 0] of times) for (let at = 0; at < times_; at += 1) timeline.add(seconds, family);
        return picture([{ timeline, families: ["Linux", "Windows"] }]);
    };
    const day = Array.from({ length: 100 }, (_, at) => [1_700_000_000 + at * 600, 10, at % 2]);
    const plain = of(...day);
    assert.equal(plain.outside, 0);
    assert.ok(plain.counts.Linux.length <= 240 && plain.counts.Linux.length >= 50);
    for (const outlier of [0, 86_400, 4_000_000_000]) {
        const { start, outside, counts } = of([outlier, 1], ...day);
        assert.deepEqual([start, outside], [plain.start, 1]);
        assert.deepEqual(counts, plain.counts);
    }
    assert.equal(of([0, 1], ...day, [4_000_000_000, 2]).outside, 3);
    // What many records say is no outlier, and two that are alone are both shown.
    assert.equal(of([0, 500], ...day).outside, 0);
    assert.equal(of([0, 1], [1_700_000_000, 1]).outside, 0);
});

test("sizes, counts and times for people", () => {
    assert.deepEqual([0, 1, 298, 3600, 1e5, 2.5e6, 5e9].map(size), ["0 bytes", "1 byte", "298 bytes", "3.6 kB", "100 kB", "2.5 MB", "5.0 GB"]);
    assert.deepEqual([count(1, "host"), count(0, "host"), count(1200, "host"), count(2, "address", "addresses")], ["1 host", "0 hosts", "1,200 hosts", "2 addresses"]);
    assert.deepEqual([percent(0), percent(0.001), percent(0.126)], ["0 %", "< 1 %", "13 %"]);
    assert.deepEqual([30, 300, 7200, 86_400 * 3].map(duration), ["30 s", "5 min", "2 h", "3 days"]);
});

const fetchOf = (bytes, step) => {
    let at = 0;
    return () => bytes.subarray(at, (at = Math.min(at + step, bytes.length)));
};
const unpacked = (bytes, step = 1 << 16) => Buffer.concat([...gunzip(fetchOf(bytes, step))].map((piece) => Buffer.from(piece)));

/** Text with repeats, near and far, and noise. */
function text(random, length) {
    const parts = [];
    for (let at = 0; at < length; ) {
        const kind = random.next().value % 3;
        const part = kind === 0 ? Buffer.from(Array.from({ length: 40 }, () => random.next().value & 255)) : kind === 1 && parts.length ? parts[random.next().value % parts.length] : Buffer.alloc(random.next().value % 600, "abc");
        parts.push(part);
        at += part.length;
    }
    return Buffer.concat(parts);
}

test("gzip is unpacked as zlib packs it: every level and strategy, several members, any pieces", () => {
    const random = numbers(11);
    for (const length of [0, 1, 100, 40_000, 3_000_000])
        for (const [level, strategy] of [[0, 0], [1, 0], [6, 0], [9, 0], [6, constants.Z_HUFFMAN_ONLY], [6, constants.Z_RLE], [6, constants.Z_FIXED]]) {
            const plain = text(random, length);
            const packed = gzipSync(plain, { level, strategy });
            assert.ok(unpacked(packed, length > 1000 ? 9973 : 1).equals(plain), `${length} bytes, level ${level}, strategy ${strategy}`);
            assert.equal(crc32(0, plain), nodeCrc32 ? nodeCrc32(plain) : packed.readUInt32LE(packed.length - 8));
        }
    const [one, two] = [gzipSync("one"), gzipSync(" two", { level: 0 })];
    for (const zeros of [0, 1, 7, 5000]) assert.equal(unpacked(Buffer.concat([one, Buffer.alloc(zeros), two, Buffer.alloc(zeros)]), 3).toString(), "one two");
    const named = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 4 | 8 | 16 | 2, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9]), Buffer.from("name\0comment\0cc"), one.subarray(10)]);
    assert.equal(unpacked(named).toString(), "one");
});

test("damaged gzip is an error in words, after what comes before; nothing hangs", () => {
    const plain = text(numbers(5), 3000);
    const whole = gzipSync(plain);
    for (let length = 1; length < whole.length; length += 1) assert.throws(() => unpacked(whole.subarray(0, length)), /cut short/, `${length}`);
    const random = numbers(23);
    for (let at = 0; at < 3000; at += 1) {
        const bytes = Buffer.from(whole);
        bytes[10 + (random.next().value % (bytes.length - 10))] ^= 1 << (random.next().value & 7);
        assert.throws(() => unpacked(bytes), /^Error: The gzip file is (damaged|cut short)/);
    }
    assert.throws(() => unpacked(Buffer.concat([whole, Buffer.from("text")])), /something else/);
    assert.throws(() => unpacked(readFileSync(join(captures, "broken/gzip-checksum.pcap.gz"))), /checksum/);
    assert.ok(unpacked(readFileSync(join(captures, "format/gzip-two-members.pcap.gz"))).length > unpacked(readFileSync(join(captures, "format/gzip.pcap.gz"))).length / 2);
});

test("a capture inside a zip archive is found and unpacked", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stackprint-zip-"));
    try {
        const plain = text(numbers(8), 200_000);
        writeFileSync(join(folder, "a.pcap"), plain);
        // Python's, because zip is not everywhere.
        execFileSync("python3", ["-c", "import zipfile,sys\nwith zipfile.ZipFile('x.zip','w') as z:\n z.write('a.pcap',compress_type=zipfile.ZIP_DEFLATED)\n z.write('a.pcap','in/b.pcap',compress_type=zipfile.ZIP_STORED)\n z.writestr('in/',b'')\n z.comment=b'comment'"], { cwd: folder });
        const file = new Blob([readFileSync(join(folder, "x.zip"))]);
        const list = await entries(file);
        assert.deepEqual(list.map(({ name, method }) => [name, method]), [["a.pcap", 8], ["in/b.pcap", 0]]);
        const [deflated, stored] = await Promise.all(list.map(async (entry) => Buffer.from(await (await packedPart(file, entry)).arrayBuffer())));
        assert.ok(stored.equals(plain));
        assert.ok(Buffer.concat([...unzip(list[0], fetchOf(deflated, 1000))].map((piece) => Buffer.from(piece))).equals(plain));
        assert.throws(() => [...unzip({ ...list[0], crc: 1 }, fetchOf(deflated, 1000))], /checksum/);
        await assert.rejects(entries(file.slice(0, file.size - 40)), /cut short/);
        await assert.rejects(packedPart(file, { ...list[0], isEncrypted: true }), /password/);
    } finally {
        rmSync(folder, { recursive: true });
    }
});
