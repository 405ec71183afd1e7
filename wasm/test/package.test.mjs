// The package as others get it.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { publint } from "publint";
import { rows } from "../types.mjs";
import { folder, packed, root, stackprint } from "./support.mjs";

// As in wasm/build.sh, which counts by `gzip --best`: of the first module, Node's zlib makes some 800
// bytes more than the 320,000 that it may have there.
const BUDGETS_BYTES = { ".": 321_000, who: 400_000 };

test("it holds what it needs and no more", () => {
    assert.deepEqual(packed.files.map(({ path }) => path).sort(), [
        "LICENSE-APACHE", "LICENSE-MIT", "README.md", "node.js", "package.json",
        "stackprint.d.ts", "stackprint.js", "stackprint_bg.wasm", "stackprint_bg.wasm.d.ts", "stream.d.ts", "stream.js",
        "who/node.js", "who/stackprint.d.ts", "who/stackprint.js", "who/stackprint_bg.wasm", "who/stackprint_bg.wasm.d.ts",
    ]);
    assert.equal(packed.name, "stackprint");
    assert.equal(packed.version, stackprint.version());
});

test("the modules with their databases are within their budgets", () => {
    for (const [folder, most] of Object.entries(BUDGETS_BYTES)) {
        const bytes = gzipSync(readFileSync(join(packed.path, folder, "stackprint_bg.wasm")), { level: 9 }).length;
        console.log(`module in ${folder}: ${bytes} bytes with gzip, at most ${most}`);
        assert.ok(bytes <= most);
    }
});

test("it says where its home is, and where to report a bug", () => {
    const { homepage, bugs, repository } = JSON.parse(readFileSync(join(packed.path, "package.json"), "utf8"));
    const place = repository.url.replace(/^git\+(.*)\.git$/, "$1");
    assert.ok(homepage.startsWith(place) && bugs.url === `${place}/issues`);
});

test("publint has no complaints", async () => {
    const { messages } = await publint({ pkgDir: packed.path, pack: false });
    assert.deepEqual(messages, []);
});

test("the types of records and rows are those of the schemas", async () => {
    const text = await rows();
    const name = join(root, "wasm/npm/rows.d.ts");
    assert.equal(readFileSync(name, "utf8"), text, "run `npm run types` in wasm/");
    const published = readFileSync(join(packed.path, "stackprint.d.ts"), "utf8");
    for (const name of ["StackprintRecord", "StackprintHost", "StackprintConnection"]) assert.ok(published.includes(`interface ${name} {`), name);
});

test("a program in TypeScript compiles against it, and a wrong one does not", () => {
    const sample = join(folder, "sample.ts");
    copyFileSync(join(import.meta.dirname, "sample.ts"), sample);
    const config = (moduleResolution, module) => JSON.stringify({
        compilerOptions: { strict: true, noEmit: true, target: "ES2022", lib: ["ESNext", "DOM"], types: [], module, moduleResolution },
        files: [sample],
    });
    const tsc = join(root, "wasm/node_modules/typescript/bin/tsc");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    for (const [resolution, module] of [["node16", "node16"], ["nodenext", "nodenext"], ["bundler", "esnext"]]) {
        writeFileSync(join(folder, "tsconfig.json"), config(resolution, module));
        const { stdout, status } = spawnSync("node", [tsc, "--project", folder], { encoding: "utf8" });
        assert.equal(status, 0, `${resolution}:\n${stdout}`);
    }
});

/** The code of a language in the package's README, below a heading. */
function shown(language, heading) {
    const text = readFileSync(join(packed.path, "README.md"), "utf8").split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
    const blocks = [...(text ?? "").matchAll(/^```(\w+)\n(.*?)^```/gms)];
    const [found, ...others] = blocks.filter((block) => block[1] === language).map((block) => block[2]);
    assert.ok(found && others.length === 0, `one block of ${language} below ${heading}`);
    return found;
}

test("what the README shows for Node runs, and writes the records", () => {
    writeFileSync(join(folder, "shown.mjs"), shown("js", "In Node"));
    copyFileSync(join(root, "tests/captures/recorded/web-clients.pcap"), join(folder, "capture.pcap"));
    const { stdout, stderr, status } = spawnSync("node", ["shown.mjs"], { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const records = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.ok(records.length > 0 && records.every(({ schema }) => schema === "stackprint.record.v1"));
});

test("what the README shows for hosts and connections runs", () => {
    writeFileSync(join(folder, "who.mjs"), shown("mjs", "Hosts and connections"));
    copyFileSync(join(root, "tests/captures/recorded/visitors.pcap"), join(folder, "capture.pcap"));
    const { stdout, stderr, status } = spawnSync("node", ["who.mjs"], { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^192\.0\.2\.10 Linux \[\] consistent$/m);
    assert.match(stdout, /^192\.0\.2\.20 Linux \[\] proxy_or_forged$/m);
    assert.match(stdout, /^192\.0\.2\.10 Linux -$/m);
});

test("what the README shows for one frame runs, and says what the README says of it", () => {
    writeFileSync(join(folder, "frame.mjs"), shown("mjs", "One frame, and signatures of one's own"));
    const { stdout, stderr, status } = spawnSync("node", ["frame.mjs"], { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^1460 \[ 'df', 'id\+' \] 4:64\+0:0:1460:mss\*44,7:mss,sok,ts,nop,ws:df,id\+:0\ndifferent \[.*field: 'window', expected: 'mss\*20', observed: 'mss\*44'.*\]\n$/s);
});

test("what the README shows for TypeScript compiles", () => {
    const file = join(folder, "shown.ts");
    writeFileSync(file, shown("ts", "With a bundler, in a worker"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const tsc = join(root, "wasm/node_modules/typescript/bin/tsc");
    const options = ["--ignoreConfig", "--strict", "--noEmit", "--target", "ES2022", "--lib", "ESNext,DOM", "--types", "", "--module", "esnext", "--moduleResolution", "bundler"];
    const { stdout, status } = spawnSync("node", [tsc, ...options, file], { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stdout);
});

test("what the README shows for a page imports what there is", async () => {
    const imports = [...shown("html", "In a page").matchAll(/import (.+?) from "(.+?)";/g)];
    assert.equal(imports.length, 2);
    for (const [, names, path] of imports) {
        const module = await import(pathToFileURL(join(folder, path)));
        for (const name of names.match(/\w+/g)) assert.ok((name === "init" ? "default" : name) in module, `${name} of ${path}`);
    }
});

test("it is found by its name in Node by require, too", () => {
    for (const name of ["stackprint", "stackprint/who"]) {
        const script = `const { Analyzer, version } = require("${name}"); new Analyzer().free(); console.log(version())`;
        const answer = execFileSync("node", ["--no-warnings", "--input-type=commonjs", "--eval", script], { cwd: folder, encoding: "utf8" });
        assert.equal(answer, `${packed.version}\n`);
    }
});

test("it is found by its name in Node", () => {
    const script = `
        import init, { Analyzer, version } from "stackprint";
        import { records } from "stackprint/stream";
        await init();
        const found = [];
        const bytes = await (await import("node:fs/promises")).readFile(process.argv[1]);
        for await (const record of records(new Analyzer(), new Blob([bytes]).stream())) found.push(record.os?.name);
        console.log(version(), found.includes("Linux"));`;
    const capture = join(root, "tests/captures/recorded/web-clients.pcap");
    const answer = execFileSync("node", ["--input-type=module", "--eval", script, capture], { cwd: folder, encoding: "utf8" });
    assert.equal(answer, `${packed.version} true\n`);
});
