// Modules of the page, compiled to be called in Node.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after } from "node:test";
import { build } from "vite";

/** The exports of these modules of src/, together. */
export async function modules(...names) {
    const folder = mkdtempSync(join(tmpdir(), "stackprint-modules-"));
    after(() => rmSync(folder, { recursive: true }));
    const entry = Object.fromEntries(names.map((name) => [name, resolve(import.meta.dirname, `../src/${name}.ts`)]));
    await build({ configFile: false, logLevel: "error", build: { lib: { entry, formats: ["es"] }, outDir: folder, rollupOptions: { external: ["stackprint"] } } });
    const found = await Promise.all(names.map((name) => import(join(folder, `${name}.js`))));
    return Object.assign({}, ...found);
}

export const os = (name, quality, more) => ({ label: name, name, flavor: "", class: "unix", rank: "specific", match: "exact", quality, ...more });
export const row = (signature, more) => ({
    time: "1970-01-01T00:00:00.000000000Z", kind: "syn", subject: "client", signature, os: null, mtu: null, uptime: null, change: null,
    ttl: { observed: 64, initial: 64, distance: 0, guessed: false }, notes: [], ...more,
});

/** A row of a table: the shape's number, and what differs. Addresses are words of IPv4, or five words: 1 and an IPv6 address. */
export function record(shape, { from, to = 0xc6336450, seconds = 1, port = 443, uptime = 0 }) {
    const subject = Array.isArray(from) ? from : [0, from, 0, 0, 0];
    const peer = Array.isArray(to) ? to.slice(1) : [to, 0, 0, 0];
    return [shape, ...subject, Math.floor(seconds / 2 ** 32), seconds >>> 0, 0, uptime, 0, 0, 0, ...peer, (40_000 << 16 | port) >>> 0, 0, 0, 0, 0, 0];
}

/** A table of records. Server names are moved out of the shapes, as the package has them. */
export function batch(given, ...records) {
    const serverNames = [...new Set(given.map(({ tls }) => tls?.sni).filter((name) => name !== undefined))];
    const shapes = given.map((shape) => {
        if (!shape.tls) return shape;
        const { sni, ...tls } = shape.tls;
        return { ...shape, tls };
    });
    const rows = records.map((record) => record.with(18, serverNames.indexOf(given[record[0]].tls?.sni) + 1));
    return { shapes, rows: Uint32Array.from(rows.flat()), serverNames, verdicts: shapes.map(({ verdict = null }) => verdict), matched: shapes.map(({ matched = null }) => matched) };
}

/** Numbers of a fixed seed: a linear congruential generator. */
export function* numbers(seed) {
    for (let state = seed; ; yield state >>> 8) state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
}
