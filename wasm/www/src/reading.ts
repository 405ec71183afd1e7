// The worker that reads captures: tables of records out, for the worker that keeps hosts. Of the
// packets it holds those of one piece of a file. Another instance of it makes exports.

import { Analyzer, checkDatabase, type DatabaseCheck } from "stackprint";
import { type ExportJob, runExport } from "./exporting";
import type { Batch } from "./records";
import { type Source, isSame, likeness, messageOf, sourcesOf } from "./sources";
import { startEngine } from "./start-engine";

/** A file to read; `path` is its name with the folder's. */
export interface Given { file: File; path: string; isFromFolder: boolean; handle?: FileSystemFileHandle | undefined }

/** What this worker is told to do; `taken` says that a table was worked on. */
export type Order =
    | { order: "read"; files: Given[] }
    | { order: "cancel" }
    | { order: "taken" }
    | { order: "remove"; ids: number[] }
    | { order: "database"; id: number; text: string | null }
    | { order: "files"; id: number };

export type Report =
    | { tell: "ready" }
    | { tell: "table"; id: number; name: string; table: Batch }
    | { tell: "names"; id: number; name: string; names: { address: string; name: string }[] }
    | { tell: "forget"; ids: number[] }
    | { tell: "progress"; progress: Progress }
    | { tell: "files"; id: number; files: ExportFile[] }
    | { tell: "checked"; id: number; check: DatabaseCheck }
    | { tell: "fatal"; why: string };
export interface ExportFile { capture: number; name: string; file: File; entry: string; isPartial: boolean }

export type FileStatus = "waiting" | "reading" | "following" | "read" | "failed" | "cancelled" | "same";
export interface Counts { packets: number; tcp: number; records: number; skipped: Record<string, number>; carried: Record<string, number> }
export interface FileState { id: number; name: string; size: number; status: FileStatus; note: string; counts: Counts }
export interface Progress {
    files: FileState[]; read: number; size: number; busy: boolean;
    /** Files of a folder that are no captures. */
    passed: number;
    /** Milliseconds spent reading. */
    ms: number;
}

const PROGRESS_MS = 250;
/** Tables that may be on their way: more would only fill the memory. */
const MOST_AHEAD = 4;
const FOLLOW_MS = 500;

interface Item { state: FileState; given: Given; source: Source | null; entry: string; likeness: string }

let items: Item[] = [];
let nextId = 1;
let passed = 0;
let read = 0;
let busy = false;
let cancel = new AbortController();
let database: string | null = null;
let toldAt = 0;
let beganAt = 0;
let ms = 0;
let ahead = 0;
let taken = (): void => undefined;
const turn = new MessageChannel();

/** The worker that keeps hosts, and gives the orders. */
let keeper: MessagePort | undefined;
const report = (what: Report, transfer: Transferable[] = []): void => keeper?.postMessage(what, { transfer });

function tell(now: boolean): void {
    if (!now && performance.now() - toldAt < PROGRESS_MS) return;
    toldAt = performance.now();
    if (busy) ms = performance.now() - beganAt;
    const size = items.reduce((sum, { state }) => sum + state.size, 0);
    report({ tell: "progress", progress: { files: items.map(({ state }) => state), read, size, busy, passed, ms } });
}

/** A turn of the event loop, in which messages such as cancel come in. */
const nextTurn = (): Promise<unknown> => new Promise((wake) => {
    turn.port1.onmessage = wake;
    turn.port2.postMessage(null);
});

const noCounts = (): Counts => ({ packets: 0, tcp: 0, records: 0, skipped: {}, carried: {} });

function count(analyzer: Analyzer, state: FileState): void {
    const { packets, tcp, records, skipped, carried } = analyzer.summary();
    state.counts = { packets, tcp, records: Object.values(records).reduce((sum, count) => sum + (count ?? 0), 0), skipped, carried };
}

/** Hands pieces of a capture to the engine, and its records to the keeper. */
function feeder({ state }: Item, analyzer: Analyzer): (piece: Uint8Array) => Promise<void> {
    let slept = performance.now();
    let toldAt = 0;
    const { id, name } = state;
    return async (piece) => {
        const table = analyzer.pushTable(piece) as Batch;
        if (table.rows.length) {
            ahead += 1;
            report({ tell: "table", id, name, table }, [table.rows.buffer]);
        }
        const names = analyzer.names();
        if (names.length) report({ tell: "names", id, name, names });
        if (performance.now() - toldAt > PROGRESS_MS) {
            toldAt = performance.now();
            count(analyzer, state);
            tell(false);
        }
        while (ahead >= MOST_AHEAD) await new Promise<void>((wake) => { taken = wake; });
        if (performance.now() - slept > 50) {
            await nextTurn();
            slept = performance.now();
        }
    };
}

function newAnalyzer(): Analyzer {
    return database === null ? new Analyzer() : new Analyzer({ database });
}

async function readOne(item: Item): Promise<void> {
    const { state } = item;
    const analyzer = newAnalyzer();
    try {
        const feed = feeder(item, analyzer);
        await item.source!.read(cancel.signal, feed, (bytes) => { read += bytes; });
        if (item.given.handle) await follow(item, analyzer, feed);
        else analyzer.finish();
    } finally {
        count(analyzer, state);
        const { packets, skipped } = state.counts;
        const unknownLink = skipped["unknown_link_type"] ?? 0;
        if (packets === 0) state.note = "There are no packets in it.";
        else if (unknownLink) state.note = `${unknownLink} of ${packets} packets have a link type that is not supported.`;
        analyzer.free();
    }
}

/** Reads what is appended to a file, until reading is cancelled. */
async function follow({ state, given }: Item, analyzer: Analyzer, feed: (piece: Uint8Array) => Promise<void>): Promise<void> {
    let offset = state.size;
    state.status = "following";
    tell(true);
    while (!cancel.signal.aborted) {
        const file = await given.handle!.getFile();
        if (file.size < offset) throw new Error("The file was written anew: it is shorter than what was read of it.");
        for (; offset < file.size && !cancel.signal.aborted; ) {
            const piece = new Uint8Array(await file.slice(offset, offset + (1 << 20)).arrayBuffer());
            offset += piece.length;
            read += piece.length;
            state.size = offset;
            await feed(piece);
        }
        count(analyzer, state);
        tell(false);
        await new Promise((wake) => setTimeout(wake, FOLLOW_MS));
    }
}

/** What is in a new file: items to be read, or one that says why not. */
async function add(given: Given): Promise<void> {
    const state = (name: string, size: number, status: FileStatus, note: string): FileState => ({ id: nextId++, name, size, status, note, counts: noCounts() });
    try {
        for (const source of await sourcesOf(given.file, given.path)) {
            const like = source.file ? await likeness(source.file) : "";
            const twin = source.file && (await twinOf(source.file, like));
            const status = twin ? "same" : "waiting";
            const note = twin ? `The same content as ${twin}; it is not read twice.` : "";
            items.push({ state: state(source.name, twin ? 0 : source.size, status, note), given, source, entry: source.isArchived ? source.name : "", likeness: like });
        }
    } catch (error) {
        if (given.isFromFolder) passed += 1;
        else items.push({ state: state(given.path, 0, "failed", messageOf(error)), given, source: null, entry: "", likeness: "" });
    }
}

/** The name of a capture with the same content, if there is one. */
async function twinOf(file: File, like: string): Promise<string | null> {
    for (const { source, state, likeness } of items)
        if (source?.file && likeness === like && state.status !== "same" && state.status !== "failed" && (await isSame(source.file, file).catch(() => false))) return state.name;
    return null;
}

async function readAll(more: Given[]): Promise<void> {
    for (const given of more) {
        await add(given);
        tell(false);
    }
    tell(true);
    if (busy) return;
    busy = true;
    cancel = new AbortController();
    beganAt = performance.now() - ms;
    for (let item; (item = items.find(({ state }) => state.status === "waiting")); ) {
        const { state, given } = item;
        state.status = "reading";
        tell(false);
        const before = read;
        try {
            await readOne(item);
            state.status = cancel.signal.aborted ? "cancelled" : "read";
        } catch (error) {
            // The engine itself broke: nothing in this worker can be trusted any more.
            if (error instanceof WebAssembly.RuntimeError) throw error;
            state.status = cancel.signal.aborted ? "cancelled" : "failed";
            state.note = cancel.signal.aborted ? "Cancelled; what was read stays." : messageOf(error);
            const reason = ((error as Error).cause as { reason?: string } | undefined)?.reason;
            if (given.isFromFolder && state.counts.packets === 0 && reason === "not_a_capture") {
                passed += 1;
                items = items.filter((other) => other !== item);
            }
        }
        read = before + state.size;
        if (cancel.signal.aborted)
            for (const { state } of items) if (state.status === "waiting") state.status = "cancelled";
    }
    busy = false;
    tell(true);
}

/** Stops reading, and says when it has stopped. */
async function stopped(): Promise<void> {
    cancel.abort();
    while (busy) await new Promise((wake) => setTimeout(wake, 10));
}

async function remove(ids: number[]): Promise<void> {
    const isReading = items.some(({ state }) => ids.includes(state.id) && (state.status === "reading" || state.status === "following"));
    if (isReading) await stopped();
    items = items.filter(({ state }) => !ids.includes(state.id));
    read = items.filter(({ state }) => state.status !== "waiting").reduce((sum, { state }) => sum + state.size, 0);
    if (!items.length) [passed, ms] = [0, 0];
    report({ tell: "forget", ids });
    tell(true);
}

/** Everything again, by the signatures of another database; if it has faults, they are reported alone. */
async function useDatabase(id: number, text: string | null): Promise<void> {
    const check = checkDatabase(text ?? "");
    report({ tell: "checked", id, check });
    if (text !== null && (check.faults || check.signatures === 0)) return;
    await stopped();
    database = text;
    const again = items.filter(({ source, state }) => source && state.status !== "same");
    for (const { state } of again) Object.assign(state, { status: "waiting", note: "", counts: noCounts() });
    [read, ms] = [0, 0];
    report({ tell: "forget", ids: again.map(({ state }) => state.id) });
    await readAll([]);
}

function exportFiles(): ExportFile[] {
    const isRead = ({ state }: Item): boolean => ["read", "failed", "cancelled", "following", "reading"].includes(state.status);
    return items.filter((item) => item.source && isRead(item)).map(({ state, given, entry }) =>
        ({ capture: state.id, name: state.name, file: given.file, entry, isPartial: state.status !== "read" }));
}

function obey({ data }: MessageEvent<Order>): void {
    const fatal = (error: unknown): void => report({ tell: "fatal", why: messageOf(error) });
    switch (data.order) {
        case "read": readAll(data.files).catch(fatal); break;
        case "cancel": cancel.abort(); break;
        case "taken": ahead -= 1; taken(); break;
        case "remove": remove(data.ids).catch(fatal); break;
        case "database": useDatabase(data.id, data.text).catch(fatal); break;
        case "files": report({ tell: "files", id: data.id, files: exportFiles() });
    }
}

onmessage = ({ data }: MessageEvent<{ keeper: MessagePort } | { job: ExportJob }>): void => {
    if ("job" in data) {
        void startEngine().then(() => runExport(data.job), (error: unknown) => postMessage({ tell: "failed", why: messageOf(error) }));
        return;
    }
    ({ keeper } = data);
    keeper.onmessage = (event) => void ready.then(() => obey(event));
    const ready = startEngine().then(() => report({ tell: "ready" }));
    ready.catch((error: unknown) => report({ tell: "fatal", why: messageOf(error) }));
};
