// Builds the page into target/page: node build.mjs [folder of the npm package]
import { build } from "vite";
import { copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { join, resolve } from "node:path";

const here = import.meta.dirname;
const root = resolve(here, "../..");
const engine = resolve(process.argv[2] ?? process.env.STACKPRINT_PACKAGE ?? join(root, "target/npm"));
const out = join(root, "target/page");
const SCRIPT_BUDGET_OCTETS = 60_000;

const sample = join(here, "src/sample.pcap");
copyFileSync(join(root, "tests/captures/recorded/web-clients.pcap"), sample);
const config = {
    root: here,
    base: "./",
    configFile: false,
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    resolve: { alias: { stackprint: join(engine, "stackprint.js") } },
    assetsInclude: ["**/*.pcap"],
    worker: { format: "es" },
    build: { outDir: out, emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
};
await build(config);
rmSync(sample);

// A policy in the page itself would not cover its worker: it has to come with the response.
const policy = readFileSync(join(here, "policy.txt"), "utf8").trim();
writeFileSync(join(out, "_headers"), `/*\n  Content-Security-Policy: ${policy}\n  X-Content-Type-Options: nosniff\n`);

const scripts = readdirSync(join(out, "assets")).filter((name) => name.endsWith(".js"));
const octets = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(out, "assets", name))).length, 0);
console.log(`page script: ${octets} octets with gzip, at most ${SCRIPT_BUDGET_OCTETS}`);
if (octets > SCRIPT_BUDGET_OCTETS) process.exit(1);
