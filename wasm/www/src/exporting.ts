// Exports that need the captures again: their records are not kept in memory. Each export has a
// worker of its own, so that whatever happens to it happens to nothing else.

import { Analyzer, type AnalyzerOptions } from "stackprint";
import type { Table } from "./keeping";
import type { ExportFile } from "./reading";
import { messageOf, sourcesOf } from "./sources";

export interface ExportJob {
    form: "ndjson" | "pcapng"; of: Table; database: string | null;
    /** With the addresses of the hosts, or the connections, that are wanted; null for all. */
    files: (ExportFile & { wanted: string[] | null })[];
}
export type ExportReport =
    | { tell: "progress"; read: number; size: number }
    | { tell: "done"; blob: Blob; note: string }
    | { tell: "failed"; why: string };

const PROGRESS_MS = 250;
/** Small pieces are joined before they become part of the file. */
const PART_BYTES = 1 << 20;

const report = (what: ExportReport): void => postMessage(what);

export async function runExport(job: ExportJob): Promise<void> {
    try {
        const parts = new Parts();
        const size = job.files.reduce((sum, { file }) => sum + file.size, 0);
        let [read, toldAt] = [0, 0];
        const onRead = (bytes: number): void => {
            read += bytes;
            if (performance.now() - toldAt < PROGRESS_MS) return;
            toldAt = performance.now();
            report({ tell: "progress", read, size });
        };
        for (const one of job.files)
            await exportOne(job, one, parts, onRead).catch((error: unknown) => { throw new Error(`${one.name}: ${messageOf(error)}`); });
        const partial = job.files.filter(({ isPartial }) => isPartial).map(({ name }) => name);
        const note = partial.length ? `Not read to the end: ${partial.join(", ")}.` : "";
        report({ tell: "done", blob: parts.blob(job.form === "ndjson" ? "application/x-ndjson" : "application/octet-stream"), note });
    } catch (error) {
        report({ tell: "failed", why: messageOf(error) });
    }
}

async function exportOne(job: ExportJob, { name, file, entry, isPartial, wanted }: ExportJob["files"][number], parts: Parts, onRead: (bytes: number) => void): Promise<void> {
    const sources = await sourcesOf(file, entry ? name.slice(0, name.indexOf(": ")) : name);
    const source = entry ? sources.find((source) => source.name === entry) : sources[0];
    if (!source) throw new Error("It is not in the archive any more.");
    const analyzer = new Analyzer({ file: name, ...(job.database !== null && { database: job.database }), ...(wanted && selection(job, wanted.join())) });
    try {
        await source.read(new AbortController().signal, (piece) => {
            parts.add(job.form === "ndjson" ? analyzer.push(piece) : analyzer.pushPackets(piece));
        }, onRead);
        analyzer.finish();
    } catch (error) {
        // What was damaged when it was read is so now: what comes before is exported.
        if (!isPartial || error instanceof WebAssembly.RuntimeError || error instanceof DOMException) throw error;
    } finally {
        analyzer.free();
    }
}

/** Records say the same as without a selection; a filter of packets leaves out what others would tell. */
function selection({ form, of }: ExportJob, list: string): AnalyzerOptions {
    if (form === "ndjson") return of === "hosts" ? { subjects: list } : { connections: list };
    return { filter: { allow: of === "hosts" ? { address: list } : { connection: list } } };
}

/** The pieces of a file; the browser keeps large ones on disk. */
class Parts {
    private readonly whole: Blob[] = [];
    private some: Uint8Array[] = [];
    private bytes = 0;

    add(piece: Uint8Array): void {
        if (!piece.length) return;
        this.some.push(piece);
        this.bytes += piece.length;
        if (this.bytes >= PART_BYTES) this.join();
    }

    private join(): void {
        this.whole.push(new Blob(this.some as BlobPart[]));
        [this.some, this.bytes] = [[], 0];
    }

    blob(type: string): Blob {
        this.join();
        return new Blob(this.whole, { type });
    }
}
