// The worker: reads captures, runs the engine, answers the page. It holds hosts, never packets.

import { Analyzer } from "stackprint";
import { readFile, readGzip } from "./reader";
import { sniff } from "./sniff";
import { startEngine } from "./start-engine";
import { Hosts, type Batch, type View } from "./hosts";

export type Ask =
    | { ask: "read"; files: File[] }
    | { ask: "cancel" }
    | { ask: "query"; id: number; view: View; start: number; count: number }
    | { ask: "evidence"; id: number; ip: string }
    | { ask: "export"; id: number; form: "csv" | "ndjson" };

export interface FileState { name: string; size: number; state: "waiting" | "reading" | "read" | "failed" | "cancelled"; note: string }
export interface Counts { packets: number; octets: number; skipped: Record<string, number> }
export interface State { files: FileState[]; read: number; size: number; busy: boolean; counts: Counts; found: ReturnType<Hosts["found"]> }

const PROGRESS_MS = 250;
const hosts = new Hosts();
const files: FileState[] = [];
const kept: File[] = [];
const total: Counts = { packets: 0, octets: 0, skipped: {} };
let read = 0;
let size = 0;
let busy = false;
let cancel = new AbortController();
let toldAt = 0;
const ready = startEngine();

function tell(now: boolean): void {
    if (!now && performance.now() - toldAt < PROGRESS_MS) return;
    toldAt = performance.now();
    const state: State = { files, read, size, busy, counts: total, found: hosts.found() };
    postMessage({ tell: "state", state });
}

/** Reads one file through `analyzer`, whichever way it is compressed. */
async function pump(file: File, gzip: boolean, take: (piece: Uint8Array) => void, onRead: (n: number) => void): Promise<void> {
    let slept = performance.now();
    const each = async (piece: Uint8Array): Promise<void> => {
        take(piece);
        // A turn of the event loop now and then: messages of the page, such as cancel, come in.
        if (performance.now() - slept > 50) {
            await new Promise((wake) => setTimeout(wake));
            slept = performance.now();
        }
    };
    if (gzip) await readGzip(file, cancel.signal, each, onRead);
    else
        await readFile(file, cancel.signal, (piece) => {
            onRead(piece.byteLength);
            return each(piece);
        });
}

async function readOne(file: File, state: FileState): Promise<void> {
    const sort = await sniff(file);
    if (sort.kind === "refused") throw new Error(sort.why);
    const analyzer = new Analyzer();
    try {
        await pump(file, sort.kind === "gzip", (piece) => {
            hosts.add(analyzer.pushTable(piece) as Batch);
            tell(false);
        }, (octets) => { read += octets; });
        analyzer.finish();
    } finally {
        const counts = analyzer.summary();
        total.packets += counts.packets;
        total.octets += counts.octets;
        for (const [reason, n] of Object.entries(counts.skipped))
            total.skipped[reason] = (total.skipped[reason] ?? 0) + n;
        const unknownLink = counts.skipped["unknown_link_type"] ?? 0;
        if (counts.packets === 0) state.note = "No packets in it: 0.";
        else if (unknownLink) state.note = `${unknownLink} of ${counts.packets} packets have a link type that cannot be opened.`;
        analyzer.free();
    }
}

async function readAll(more: File[]): Promise<void> {
    for (const file of more) {
        files.push({ name: file.name, size: file.size, state: "waiting", note: "" });
        kept.push(file);
        size += file.size;
    }
    if (busy) return;
    busy = true;
    cancel = new AbortController();
    await ready;
    for (let at = 0; at < files.length; at += 1) {
        const [file, state] = [kept[at], files[at]];
        if (!file || state?.state !== "waiting") continue;
        state.state = "reading";
        tell(true);
        const before = read;
        try {
            await readOne(file, state);
            state.state = "read";
        } catch (error) {
            // The engine itself broke: nothing in this worker can be trusted any more.
            if (error instanceof WebAssembly.RuntimeError) throw error;
            state.state = cancel.signal.aborted ? "cancelled" : "failed";
            state.note = cancel.signal.aborted ? "Cancelled; what was read stays." : message(error);
        }
        read = before + file.size;
        if (cancel.signal.aborted)
            for (const rest of files) if (rest.state === "waiting") rest.state = "cancelled";
    }
    busy = false;
    tell(true);
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Every record again, from the files: they are not kept in memory. */
async function ndjson(): Promise<Blob> {
    const parts: BlobPart[] = [];
    for (const [at, file] of kept.entries()) {
        const state = files[at]?.state;
        if (state !== "read" && state !== "failed") continue;
        const sort = await sniff(file);
        if (sort.kind === "refused") continue;
        const analyzer = new Analyzer();
        cancel = new AbortController();
        try {
            await pump(file, sort.kind === "gzip", (piece) => {
                const lines = analyzer.push(piece);
                if (lines.length) parts.push(new Blob([lines as BlobPart]));
            }, () => undefined);
        } catch (error) {
            if (error instanceof WebAssembly.RuntimeError || state === "read") throw error;
        } finally {
            analyzer.free();
        }
    }
    return new Blob(parts, { type: "application/x-ndjson" });
}

const fatal = (error: unknown): void => postMessage({ tell: "fatal", why: message(error) });

onmessage = ({ data }: MessageEvent<Ask>): void => {
    const answer = (id: number, value: unknown): void => postMessage({ tell: "answer", id, value });
    switch (data.ask) {
        case "read": readAll(data.files).catch(fatal); break;
        case "cancel": cancel.abort(); break;
        case "query": answer(data.id, hosts.query(data.view, data.start, data.count, busy)); break;
        case "evidence": answer(data.id, hosts.evidence(data.ip)); break;
        case "export":
            if (data.form === "csv") answer(data.id, new Blob([...hosts.csv()], { type: "text/csv" }));
            else ndjson().then((blob) => answer(data.id, blob)).catch(fatal);
    }
};
