// What a file holds: one capture, or several in an archive; and how to read each.

import { gunzip } from "./gunzip";
import { crc32 } from "./inflate";
import { readFile, readPacked, type Take } from "./reader";
import { sniff } from "./sniff";
import { STORED, entries, packedPart, unzip } from "./zip";

/** A capture as a file, or in an archive. */
export interface Source {
    name: string; size: number; isArchived: boolean;
    /** The whole file, to compare it with others; an archive's entry has none. */
    file: File | null;
    read: (signal: AbortSignal, take: Take, onRead: (bytes: number) => void) => Promise<void>;
}

/** The captures of a file. Throws an `Error` if there is none that could be read. */
export async function sourcesOf(file: File, name: string): Promise<Source[]> {
    const found = await sniff(file);
    switch (found.kind) {
        case "refused": throw new Error(found.why);
        case "zip": {
            const list = await entries(file);
            if (!list.length) throw new Error("A zip archive with no files in it.");
            return list.map((entry) => ({
                name: `${name}: ${entry.name}`, size: entry.packed, isArchived: true, file: null,
                read: async (signal, take, onRead) => {
                    const part = await packedPart(file, entry);
                    if (entry.method === STORED) await readPlain(part, signal, take, onRead);
                    else await readPacked(part, signal, take, onRead, (fetch) => unzip(entry, fetch));
                },
            }));
        }
        case "gzip":
            return [{ name, size: file.size, isArchived: false, file, read: (signal, take, onRead) => readPacked(file, signal, take, onRead, gunzip) }];
        case "engine":
            return [{ name, size: file.size, isArchived: false, file, read: (signal, take, onRead) => readPlain(file, signal, take, onRead) }];
    }
}

const readPlain = (file: Blob, signal: AbortSignal, take: Take, onRead: (bytes: number) => void): Promise<void> =>
    readFile(file, signal, (piece) => {
        onRead(piece.byteLength);
        return take(piece);
    });

const SAMPLE_BYTES = 1 << 16;
const COMPARED_BYTES = 4 << 20;

/** A text that files of the same content have in common, and few others: of the size and of both ends. */
export async function likeness(file: File): Promise<string> {
    const ends = [file.slice(0, SAMPLE_BYTES), file.slice(Math.max(SAMPLE_BYTES, file.size - SAMPLE_BYTES))];
    const sums = await Promise.all(ends.map(async (end) => crc32(0, new Uint8Array(await end.arrayBuffer()))));
    return [file.size, ...sums].join();
}

/** Files beyond this that are alike are the same file if they were written at the same time, too. */
const LARGE_BYTES = 64 << 20;

/** Whether two files that are alike have the same content, byte by byte. */
export async function isSame(a: File, b: File): Promise<boolean> {
    if (a.size !== b.size) return false;
    if (a.size > LARGE_BYTES && a.lastModified === b.lastModified) return true;
    for (let at = 0; at < a.size; at += COMPARED_BYTES) {
        const [x, y] = await Promise.all([a, b].map((file) => file.slice(at, at + COMPARED_BYTES).arrayBuffer()));
        if (!areEqual(x!, y!)) return false;
    }
    return true;
}

function areEqual(a: ArrayBuffer, b: ArrayBuffer): boolean {
    if (a.byteLength !== b.byteLength) return false;
    // Four bytes at a time, then those that are left.
    const words = a.byteLength >>> 2;
    const [x, y] = [new Uint32Array(a, 0, words), new Uint32Array(b, 0, words)];
    for (let at = 0; at < words; at += 1) if (x[at] !== y[at]) return false;
    const [endX, endY] = [new Uint8Array(a, 4 * words), new Uint8Array(b, 4 * words)];
    return endX.every((byte, at) => byte === endY[at]);
}

const CHANGED = "The file was changed while it was open here, or cannot be read any more. Add it again to read it as it is now.";

/** What went wrong, for people: the texts of browsers tell of references and permissions. */
export function messageOf(error: unknown): string {
    if (error instanceof DOMException)
        switch (error.name) {
            case "NotReadableError": return CHANGED;
            case "NotFoundError": return "The file is gone: it was moved or removed.";
            case "NotAllowedError": case "SecurityError": return "The browser does not allow reading this file.";
        }
    if (error instanceof TypeError && error.message === "network error") return CHANGED;
    return error instanceof Error ? error.message : String(error);
}
