// Builds the page into target/page: node build.mjs [folder of the npm package]
import { build } from "vite";
import { copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { join, resolve } from "node:path";

const here = import.meta.dirname;
const root = resolve(here, "../..");
const engine = resolve(process.argv[2] ?? process.env.STACKPRINT_PACKAGE ?? join(root, "target/npm"));
const out = join(root, "target/page");
const SCRIPT_BUDGET_BYTES = 60_000;

const sample = join(here, "src/sample.pcap");
copyFileSync(join(root, "tests/captures/recorded/web-clients.pcap"), sample);
// Made anew for each build, which writes into what it is given.
const config = (outDir) => ({
    root: here,
    base: "./",
    configFile: false,
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    resolve: { alias: { stackprint: join(engine, "stackprint.js") } },
    assetsInclude: ["**/*.pcap"],
    worker: { format: "es" },
    build: { outDir, emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
await build(config(out));
await build(oneFile());
rmSync(sample);

/** As above, but worker and engine are in the script, and everything else is inlined below. */
function oneFile() {
    // The package's own way to find its module would put it in a second time.
    const noUrl = {
        name: "engine-is-given",
        transform: (code, id) => id.endsWith("stackprint.js") ? code.replace(/new URL\('stackprint_bg\.wasm', import\.meta\.url\)/, "undefined") : undefined,
    };
    const alias = [
        { find: /^stackprint\/wasm/, replacement: join(engine, "stackprint_bg.wasm") },
        { find: /^stackprint$/, replacement: join(engine, "stackprint.js") },
        { find: /^\.\/(make-workers|start-engine)$/, replacement: join(here, "src/one-file/$1.ts") },
    ];
    const { build, ...rest } = config(join(root, "target/page-one-file"));
    return {
        ...rest, resolve: { alias }, plugins: [noUrl], worker: { format: "iife", plugins: () => [noUrl] },
        build: { ...build, assetsInlineLimit: Infinity, cssCodeSplit: false, chunkSizeWarningLimit: Infinity },
    };
}

const digest = (text, encoding) => createHash("sha256").update(text).digest(encoding);
const bytesOf = (path) => gzipSync(readFileSync(path)).length;

// A policy in the page itself would not cover its workers: it has to come with the response.
const policy = readFileSync(join(here, "policy.txt"), "utf8").trim();
writeFileSync(join(out, "_headers"), `/*\n  Content-Security-Policy: ${policy}\n  X-Content-Type-Options: nosniff\n`);

const assets = readdirSync(join(out, "assets")).map((name) => `./assets/${name}`);
const html = readFileSync(join(out, "index.html"), "utf8");
writeFileSync(join(out, "offline.js"), readFileSync(join(here, "src/offline.js"), "utf8")
    .replace('["@FILES@"]', () => JSON.stringify(["./", ...assets]))
    .replace("@KEPT@", () => `stackprint-${digest(html + assets.join(), "hex").slice(0, 16)}`));

// One file that opens from a disk: its policy is in it, and covers the worker, which is in it, too.
const parts = join(root, "target/page-one-file");
const read = (ending) => readdirSync(join(parts, "assets")).filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(parts, "assets", name), "utf8")).join("\n");
const script = read(".js").replaceAll("</script", "<\\/script");
const style = read(".css");
const inside = (text) => `'sha256-${digest(text, "base64")}'`;
const strict = `default-src 'none'; script-src ${inside(script)} 'wasm-unsafe-eval' blob:; worker-src blob:; style-src ${inside(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
const body = readFileSync(join(parts, "index.html"), "utf8")
    .replace(/<script[^>]*><\/script>/, "").replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
    .replace("<meta charset", () => `<meta http-equiv="Content-Security-Policy" content="${strict}" />\n        <meta charset`)
    .replace("</body>", () => `<script type="module">${script}</script></body>`);
writeFileSync(join(out, "stackprint.html"), body);
rmSync(parts, { recursive: true });

const scripts = assets.filter((name) => name.endsWith(".js"));
const bytes = scripts.reduce((sum, name) => sum + bytesOf(join(out, name)), 0);
console.log(`page script: ${bytes} bytes with gzip, at most ${SCRIPT_BUDGET_BYTES}`);
console.log(`page in one file: ${body.length} bytes, ${bytesOf(join(out, "stackprint.html"))} with gzip`);
if (bytes > SCRIPT_BUDGET_BYTES) process.exit(1);
