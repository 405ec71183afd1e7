// Reads a file in pieces, in constant memory, as fast as the browser can.

import type { Fetch } from "./inflate";

/** What a loop of reads uses. A browser may collect a stream that is reachable only from its own
 * pending read, and that read then never ends; so all of it is referenced from here meanwhile. */
const pinned = new Set<object>();

const PIECE_BYTES = 1 << 20;
/** A stream that gives nothing for so long is stuck: the rest is read by slices. */
const STALL_MS = 10_000;

type Piece = Uint8Array | undefined;
export type Take = (piece: Uint8Array) => void | Promise<void>;

class Stalled extends Error {}

function orStalled<T>(work: Promise<T>): Promise<T> {
    let timer = 0;
    const stall = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Stalled()), STALL_MS) as unknown as number;
    });
    return Promise.race([work, stall]).finally(() => clearTimeout(timer));
}

interface Source {
    /** The next piece; undefined at the end. */
    next(): Promise<Piece>;
    /** Returns a piece that is no longer used: the next but one is read into its buffer. */
    done(piece: Uint8Array): void;
    stop(): void;
}

/** The pieces of a stream, read into buffers of ours where the browser can. */
function pieces(stream: ReadableStream<Uint8Array>): Source {
    let byob: ReadableStreamBYOBReader | undefined;
    try {
        byob = stream.getReader({ mode: "byob" });
    } catch {
        // Not a stream of bytes in this browser: the default reader works, too, only slower.
    }
    const hold: { stream: object; reader?: object; pending?: object } = { stream };
    pinned.add(hold);
    const stop = (): void => void pinned.delete(hold);
    if (byob) {
        const reader = byob;
        const buffers: ArrayBuffer[] = [];
        hold.reader = reader;
        const next = async (): Promise<Piece> => {
            const pending = reader.read(new Uint8Array(buffers.pop() ?? new ArrayBuffer(PIECE_BYTES)));
            hold.pending = pending;
            const { value } = await pending;
            return value && value.byteLength > 0 ? value : undefined;
        };
        const done = (piece: Uint8Array): void => void buffers.push(piece.buffer as ArrayBuffer);
        return { next, done, stop: () => { stop(); void reader.cancel().catch(() => undefined); } };
    }
    const reader = stream.getReader();
    hold.reader = reader;
    const next = async (): Promise<Piece> => {
        const pending = reader.read();
        hold.pending = pending;
        return (await pending).value;
    };
    return { next, done: () => undefined, stop: () => { stop(); void reader.cancel().catch(() => undefined); } };
}

/** Hands every byte of the file to `take`, in order. A piece is valid only until `take` is done. */
export async function readFile(file: Blob, signal: AbortSignal, take: Take): Promise<void> {
    if (file.size <= PIECE_BYTES) return void (await take(new Uint8Array(await file.arrayBuffer())));
    let offset = 0;
    const source = pieces(file.stream());
    // The browser reads the next piece while this one is worked on.
    let ahead = orStalled(source.next());
    try {
        for (;;) {
            signal.throwIfAborted();
            const piece = await ahead;
            // A stream of a file that was cut ends early, without a fault.
            if (!piece && offset < file.size) throw new DOMException("the file was cut", "NotReadableError");
            if (!piece) return;
            offset += piece.byteLength;
            ahead = orStalled(source.next());
            // A reader that stops early does not wait for it any more.
            ahead.catch(() => undefined);
            await take(piece);
            source.done(piece);
        }
    } catch (error) {
        // A stream tells of every fault as "network error": a slice tells the cause.
        if (error instanceof TypeError) await file.slice(offset, offset + 1).arrayBuffer();
        if (!(error instanceof Stalled)) throw error;
    } finally {
        source.stop();
    }
    for (; offset < file.size; offset += PIECE_BYTES) {
        signal.throwIfAborted();
        await take(new Uint8Array(await file.slice(offset, offset + PIECE_BYTES).arrayBuffer()));
    }
}

/** Hands over what `unpack` makes of a compressed file; `onRead` gets the number of bytes that were read of it. */
export async function readPacked(
    file: Blob, signal: AbortSignal, take: Take, onRead: (bytes: number) => void, unpack: (fetch: Fetch) => Iterable<Uint8Array>,
): Promise<void> {
    let offset = 0;
    const reader = new FileReaderSync();
    const fetch = (): Uint8Array => {
        const piece = new Uint8Array(reader.readAsArrayBuffer(file.slice(offset, offset + PIECE_BYTES)));
        offset += piece.byteLength;
        onRead(piece.byteLength);
        return piece;
    };
    for (const piece of unpack(fetch)) {
        signal.throwIfAborted();
        await take(piece);
    }
}
