// The package in an application that Vite or webpack bundles for browsers, with nothing told of it. The bundle
// is then run: it has to find the module where the bundler has put it.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";
import webpack from "webpack";
import { folder, packed, root } from "./support.mjs";

const APPLICATION = `
    import init, { Analyzer, match, observe } from "stackprint";
    import { records } from "stackprint/stream";
    export async function run(capture, frame) {
        await init();
        const found = [];
        for await (const record of records(new Analyzer(), new Blob([capture]).stream())) found.push(record.kind);
        return { kinds: new Set(found), fit: match("*:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0", observe(frame)).fit };
    }`;
/** The same of the module with rows. */
const WHO = `
    import init, { Analyzer, match, observe } from "stackprint/who";
    import { hosts } from "stackprint/stream";
    export async function run(capture, frame) {
        await init();
        const found = [];
        for await (const row of hosts(new Analyzer(), new Blob([capture]).stream())) found.push(row.kind);
        return { kinds: new Set(found), fit: match("*:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0", observe(frame)).fit };
    }`;

writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
const [plain, who] = [["plain", APPLICATION], ["who", WHO]].map(([name, text]) => {
    const entry = join(folder, `${name}.js`);
    writeFileSync(entry, text);
    return entry;
});

/** The files that Vite makes of the application. */
async function vite(entry, outDir) {
    await build({
        root: folder, configFile: false, logLevel: "error", base: "./",
        build: { outDir, rollupOptions: { input: entry, preserveEntrySignatures: "strict", output: { entryFileNames: "bundle.js" } } },
    });
}

/** The same of webpack, as a module. */
async function webpacked(entry, path) {
    const stats = await new Promise((done, fail) => webpack({
        mode: "production", context: folder, entry, experiments: { outputModule: true },
        output: { path, filename: "bundle.js", module: true, library: { type: "module" } },
    }, (error, stats) => (error ? fail(error) : done(stats))));
    assert.ok(!stats.hasErrors(), stats.toString({ all: false, errors: true }));
}

/** As a browser that has the bundle on a server: Node fetches no files. */
async function withFiles(act) {
    const { fetch } = globalThis;
    const fetched = [];
    globalThis.fetch = async (url) => {
        fetched.push(fileURLToPath(String(url)));
        return new Response(readFileSync(fetched.at(-1)), { headers: { "content-type": "application/wasm" } });
    };
    try {
        await act();
    } finally {
        globalThis.fetch = fetch;
    }
    return fetched;
}

for (const [name, bundle, entry, place, ...kinds] of [
    ["Vite", vite, plain, ".", "syn", "syn_ack"], ["webpack", webpacked, plain, ".", "syn", "syn_ack"],
    ["Vite, with rows", vite, who, "who", "host"], ["webpack, with rows", webpacked, who, "who", "host"],
])
    test(`an application bundled by ${name} finds the module and reads a capture`, async () => {
        const out = join(folder, `out-${name.replace(/\W+/g, "-")}`);
        mkdirSync(out);
        await bundle(entry, out);
        // webpack puts code for pages in it, which look for a document.
        writeFileSync(join(out, "package.json"), '{ "type": "module" }');
        const capture = readFileSync(join(root, "tests/captures/recorded/web-clients.pcap"));
        const frame = capture.subarray(40, 40 + capture.readUInt32LE(32));
        const fetched = await withFiles(async () => {
            const { run } = await import(pathToFileURL(join(out, "bundle.js")));
            assert.deepEqual(await run(capture, frame), { kinds: new Set(kinds), fit: "exact" });
        });
        // Once, from beside the bundle, whole.
        assert.equal(fetched.length, 1);
        assert.ok(fetched[0].startsWith(out), fetched[0]);
        assert.ok(readFileSync(fetched[0]).equals(readFileSync(join(packed.path, place, "stackprint_bg.wasm"))));
        const modules = readdirSync(out, { recursive: true }).filter((file) => file.endsWith(".wasm"));
        assert.equal(modules.length, 1, modules.join());
    });
