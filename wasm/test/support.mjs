// What the tests share: the package as it would be published, the captures, the program.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";

export const root = resolve(import.meta.dirname, "../..");
const built = join(root, "target/npm");

/** A folder that goes with the tests of a file. */
export const folder = mkdtempSync(join(tmpdir(), "stackprint-package-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What `npm pack` says of the package, which is then unpacked as `npm install` would. */
export const packed = (() => {
    const answer = execFileSync("npm", ["pack", built, "--json", "--pack-destination", folder], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const [about] = JSON.parse(answer);
    const modules = join(folder, "node_modules/stackprint");
    mkdirSync(modules, { recursive: true });
    execFileSync("tar", ["-xzf", join(folder, about.filename), "-C", modules, "--strip-components=1"]);
    return { ...about, path: modules };
})();

/** The packed package, by its entry for Node. */
export const stackprint = await import(pathToFileURL(join(packed.path, "node.js")));
/** The same with rows of hosts and connections. */
export const who = await import(pathToFileURL(join(packed.path, "who/node.js")));
export const { connections, hosts, ndjson, records } = await import(pathToFileURL(join(packed.path, "stream.js")));

function below(directory) {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && /\.(pcap|pcapng|cap|trace)$/.test(entry.name));
    return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** The captures of the project. */
export const captures = () => below(join(root, "tests/captures"));

/** The captures of the corpus; none where it is not there. */
export function corpus() {
    const place = join(process.env.STACKPRINT_CORPUS ?? join(root, "../shared/corpus"), "captures");
    return existsSync(place) ? below(place) : [];
}

const program = process.env.STACKPRINT_PROGRAM ?? join(root, "target/release/stackprint");

/** What the program makes of a capture, of the layers that the package can read: its records as NDJSON, and what it says of damage. */
export function read(path, ...options) {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("STACKPRINT_")));
    const layers = options.includes("--layers") ? [] : ["--layers", stackprint.layers().join()];
    const { stdout, stderr, status, error } = spawnSync(program, ["read", "--format", "ndjson", ...layers, ...options, path], { env, maxBuffer: 1 << 30 });
    if (error) throw error;
    return { ndjson: stdout, says: stderr.toString(), status };
}

/** What the package makes of bytes in chunks of a size, in the same form. */
export function analyze(bytes, chunkBytes, options) {
    const analyzer = new stackprint.Analyzer(options);
    const parts = [];
    let failure;
    try {
        for (let at = 0; at < bytes.length; at += chunkBytes) parts.push(analyzer.push(bytes.subarray(at, at + chunkBytes)));
        analyzer.finish();
    } catch (error) {
        failure = error;
    } finally {
        analyzer.free();
    }
    return { ndjson: Buffer.concat(parts), failure };
}
