// The worker that reads: captures in, tables of records out, for the worker that keeps hosts. Of the
// packets, it holds those of one piece of a file.

import { Analyzer } from "stackprint";
import { readFile, readGzip } from "./reader";
import { sniff } from "./sniff";
import { startEngine } from "./start-engine";
import type { Batch } from "./hosts";

/** What this worker is told to do; `taken` says that a table was worked on. */
export type Order =
    | { order: "read"; files: File[] }
    | { order: "cancel" }
    | { order: "taken" }
    | { order: "ndjson"; id: number };

export type Report =
    | { tell: "table"; table: Batch }
    | { tell: "progress"; progress: Progress }
    | { tell: "ndjson"; id: number; blob: Blob }
    | { tell: "fatal"; why: string };

export interface FileState { name: string; size: number; state: "waiting" | "reading" | "read" | "failed" | "cancelled"; note: string }
export interface Counts { packets: number; octets: number; skipped: Record<string, number> }
export interface Progress { files: FileState[]; read: number; size: number; busy: boolean; counts: Counts }

const PROGRESS_MS = 250;
/** Tables that may be on their way: more would only fill the memory. */
const MOST_AHEAD = 4;
const files: FileState[] = [];
const kept: File[] = [];
const total: Counts = { packets: 0, octets: 0, skipped: {} };
let read = 0;
let size = 0;
let busy = false;
let cancel = new AbortController();
let toldAt = 0;
let ahead = 0;
let taken = (): void => undefined;
const turn = new MessageChannel();
const ready = startEngine();

/** Who keeps hosts, and gives the orders. */
let keeper: MessagePort | undefined;
const report = (what: Report, transfer: Transferable[] = []): void => keeper?.postMessage(what, { transfer });

function tell(now: boolean): void {
    if (!now && performance.now() - toldAt < PROGRESS_MS) return;
    toldAt = performance.now();
    report({ tell: "progress", progress: { files, read, size, busy, counts: total } });
}

/** Hands records on. */
function give(table: Batch): void {
    if (table.rows.length === 0) return;
    ahead += 1;
    report({ tell: "table", table }, [table.rows.buffer]);
}

/** A turn of the event loop, in which messages such as cancel come in. */
const nextTurn = (): Promise<unknown> => new Promise((wake) => {
    turn.port1.onmessage = wake;
    turn.port2.postMessage(null);
});

/** Reads one file through `analyzer`, whichever way it is compressed. */
async function pump(file: File, gzip: boolean, take: (piece: Uint8Array) => void, onRead: (n: number) => void): Promise<void> {
    let slept = performance.now();
    const each = async (piece: Uint8Array): Promise<void> => {
        take(piece);
        while (ahead >= MOST_AHEAD) await new Promise<void>((wake) => { taken = wake; });
        if (performance.now() - slept > 50) {
            await nextTurn();
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
            give(analyzer.pushTable(piece) as Batch);
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

const fatal = (error: unknown): void => report({ tell: "fatal", why: message(error) });

function obey({ data }: MessageEvent<Order>): void {
    switch (data.order) {
        case "read": readAll(data.files).catch(fatal); break;
        case "cancel": cancel.abort(); break;
        case "taken": ahead -= 1; taken(); break;
        case "ndjson": ndjson().then((blob) => report({ tell: "ndjson", id: data.id, blob })).catch(fatal);
    }
}

onmessage = ({ data }: MessageEvent<{ keeper: MessagePort }>): void => {
    ({ keeper } = data);
    keeper.onmessage = obey;
};
