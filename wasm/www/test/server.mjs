// Serves the built page with the headers that it documents, on a free port.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const folder = resolve(import.meta.dirname, "../../../target/page");
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };

function headers() {
    const lines = readFileSync(join(folder, "_headers"), "utf8").split("\n").slice(1).filter(Boolean);
    return Object.fromEntries(lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }));
}

export function serve() {
    const asked = [];
    /** Octets of each file that was asked for, as a server sends it that compresses. */
    const compressed = new Map();
    const server = createServer((request, response) => {
        const path = new URL(request.url, "http://localhost").pathname;
        asked.push(path);
        try {
            const octets = readFileSync(join(folder, path === "/" ? "index.html" : path));
            compressed.set(path, gzipSync(octets, { level: 9 }).length);
            response.writeHead(200, { ...headers(), "Content-Type": types[extname(path)] ?? "text/html" });
            response.end(octets);
        } catch {
            response.writeHead(404).end();
        }
    });
    return new Promise((done) => server.listen(0, "127.0.0.1", () => done({
        address: `http://127.0.0.1:${server.address().port}/`, asked, compressed, stop: () => server.close(),
    })));
}
