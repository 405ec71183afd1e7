// Compiled by package.test.mjs: what a user of the package writes, and what the types should refuse.
import init, { Analyzer, checkDatabase, layers, match, observe, signature, version } from "stackprint";
import type { AnalyzerOptions, Cause, Comparison, Observation, SignatureParts, StackprintConnection, StackprintHost, StackprintRecord, StackprintRow, Summary, Table, Verdict } from "stackprint";
import { connections, hosts, ndjson, records } from "stackprint/stream";
import initWho, { Analyzer as WhoAnalyzer } from "stackprint/who";
import wasmUrl from "stackprint/stackprint_bg.wasm";
import whoUrl from "stackprint/who/stackprint_bg.wasm";

await init(wasmUrl);
const options: AnalyzerOptions = { file: "a.pcap", p0fExact: false, layers: ["tcp", "tls"], raw: true, flow: false, streamMemory: 16, hosts: 1000, filter: { allow: { serverPort: "443" }, deny: { ipVersion: 6 } }, subjects: "10.0.0.0/8" };
const analyzer = new Analyzer(options);
const lines: Uint8Array = analyzer.push(new Uint8Array(10));
const found: StackprintRecord[] = analyzer.pushRecords(new Uint8Array(10));

export function describe(record: StackprintRecord): string {
    const subject = record[record.subject];
    const age = record.uptime?.reliable ? record.uptime.seconds / 86_400 : undefined;
    const ja4: string | null | undefined = record.tls?.ja4;
    const hits: [number, number, number, number] | undefined = record.change?.hits;
    return [record.kind, subject.ip, record.os?.name ?? "unknown", record.os?.quality.toFixed(1), age, hits, ja4, record.http?.user_agent, record.quic?.version].join(" ");
}

export async function main(stream: ReadableStream<Uint8Array>): Promise<Summary> {
    using one = new Analyzer();
    try {
        for await (const record of records(one, stream)) describe(record);
        for await (const piece of ndjson(one, stream)) piece.byteLength;
    } catch (error) {
        const cause = (error as Error).cause as Cause;
        if (cause.kind === "capture") cause.offset.toFixed();
        // @ts-expect-error: only a database has lines
        cause.line;
    }
    return one.summary();
}

export async function who(stream: ReadableStream<Uint8Array>): Promise<string[]> {
    await initWho(whoUrl);
    using one = new WhoAnalyzer({ rowInterval: 60, evidenceMemory: 64 });
    const found: string[] = [];
    for await (const { ip, os, ports, consistency } of hosts(one, stream)) found.push(`${ip} ${os?.name} ${os?.quality.toFixed(2)} ${ports.map(({ port }) => port)} ${consistency.verdict}`);
    for await (const { client, client_stack, tls } of connections(one, stream)) found.push(`${client.ip} ${client_stack?.os?.name} ${tls?.client?.ja4}`);
    const [early, last]: StackprintHost[][] = [one.pushHosts(new Uint8Array(10)), one.finishHosts()];
    const ended: StackprintConnection[] = [...one.pushConnections(new Uint8Array(10)), ...one.finishConnections()];
    const names = (row: StackprintRow): string => (row.kind === "host" ? row.ip : row.kind === "connection" ? row.first : row.time);
    return [...found, ...[...early!, ...last!, ...ended].map(names), String(one.gathered().evicted)];
}
// @ts-expect-error: a host may have no system
new WhoAnalyzer().finishHosts().map((host) => host.os.name);

// @ts-expect-error: the plain module has no rows
hosts(new Analyzer(), new ReadableStream());

// @ts-expect-error: a number of hosts
new Analyzer({ hosts: "many" });
const faults: [number, number][] = checkDatabase("").errors.map(({ line, column }) => [line, column]);
export async function* read(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StackprintRecord> {
    yield* records(analyzer, chunks);
}

// @ts-expect-error: no such option
new Analyzer({ p0fexact: true });
// @ts-expect-error: no such layer
new Analyzer({ layers: ["udp"] });
// @ts-expect-error: no such condition
new Analyzer({ filter: { allow: { ports: "443" } } });
// @ts-expect-error: bytes, not text
analyzer.push("text");
// @ts-expect-error: no such kind
found.filter((record) => record.kind === "fin");
// @ts-expect-error: a record may have no system
found.map((record) => record.os.name);

export function compare(frame: Uint8Array): Comparison | string {
    const seen = observe(frame, 101);
    if ("skipped" in seen) return seen.skipped;
    const whole: Observation = seen;
    const parts: SignatureParts = { ttl: 64, window: "mss*44", layout: whole.layout, quirks: whole.quirks };
    const { fit, differences }: Comparison = match(parts, { direction: "syn", version: 4, ttl: 57, mss: whole.mss });
    if (fit === "different") return differences.map(({ field }) => `${field}: ${parts[field]}`).join();
    return match(signature(parts), whole);
}
// @ts-expect-error: a frame may say nothing
observe(new Uint8Array(60)).mss;
// @ts-expect-error: a signature has a TTL
signature({ window: 1 });
// @ts-expect-error: no such field
signature({ ttl: 64, size: 1 });
// @ts-expect-error: an observation has a direction
match("*:64:0:*:*,*:::*", { version: 4, ttl: 64 });
const table: Table = analyzer.pushTable(new Uint8Array(10));
const verdicts: (Verdict | null)[] = table.verdicts;

const readable: ("tcp" | "tls" | "http" | "quic")[] = layers();
export const all = [lines, faults, version().length, readable, verdicts];
