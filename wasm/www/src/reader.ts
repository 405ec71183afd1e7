// Reads a file in pieces, in constant memory, as fast as the browser can.

/** What a loop of reads holds on to. A browser may collect a stream that is reachable only from
 * its own pending read, and that read then never ends; so all of it stays in here meanwhile. */
const pinned = new Set<object>();

const PIECE_OCTETS = 1 << 20;
/** No octet for so long: the stream is taken to be stuck, and reading goes on by slices. */
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
    /** A piece that was worked on: the next but one is read into its place. */
    done(piece: Uint8Array): void;
    stop(): void;
}

/** The pieces of a stream, read into buffers of ours where the browser can. */
function pieces(stream: ReadableStream<Uint8Array>): Source {
    let byob: ReadableStreamBYOBReader | undefined;
    try {
        byob = stream.getReader({ mode: "byob" });
    } catch {
        // Not a stream of octets in this browser: the default reader does as well, only slower.
    }
    const hold: { stream: object; reader?: object; pending?: object } = { stream };
    pinned.add(hold);
    const stop = (): void => void pinned.delete(hold);
    if (byob) {
        const reader = byob;
        const buffers: ArrayBuffer[] = [];
        hold.reader = reader;
        const next = async (): Promise<Piece> => {
            const pending = reader.read(new Uint8Array(buffers.pop() ?? new ArrayBuffer(PIECE_OCTETS)));
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

/** Hands every octet of the file to `take`, in order. A piece is valid only until `take` is done. */
export async function readFile(file: Blob, signal: AbortSignal, take: Take): Promise<void> {
    let offset = 0;
    const source = pieces(file.stream());
    // The browser reads the next piece while this one is worked on.
    let ahead = orStalled(source.next());
    try {
        for (;;) {
            signal.throwIfAborted();
            const piece = await ahead;
            if (!piece) return;
            offset += piece.byteLength;
            ahead = orStalled(source.next());
            // Who stops early does not hear of it any more.
            ahead.catch(() => undefined);
            await take(piece);
            source.done(piece);
        }
    } catch (error) {
        if (!(error instanceof Stalled)) throw error;
    } finally {
        source.stop();
    }
    for (; offset < file.size; offset += PIECE_OCTETS) {
        signal.throwIfAborted();
        await take(new Uint8Array(await file.slice(offset, offset + PIECE_OCTETS).arrayBuffer()));
    }
}

/** As `readFile`, for a file compressed with gzip: `take` gets what is inside, `onRead` the number
 * of octets of the file that were read. */
export async function readGzip(
    file: Blob,
    signal: AbortSignal,
    take: Take,
    onRead: (octets: number) => void,
): Promise<void> {
    const unzip = new DecompressionStream("gzip");
    const writer = unzip.writable.getWriter();
    const feed = readFile(file, signal, async (piece) => {
        // A copy: the stream may keep what it is given, and the piece is read into again.
        await writer.write(piece.slice());
        onRead(piece.byteLength);
    }).then(() => writer.close());
    // The reading side tells of a failure; this keeps it from being told of twice.
    feed.catch((error: unknown) => writer.abort(error).catch(() => undefined));
    const source = pieces(unzip.readable as ReadableStream<Uint8Array>);
    try {
        for (;;) {
            signal.throwIfAborted();
            const piece = await source.next();
            if (!piece) break;
            await take(piece);
            source.done(piece);
        }
        await feed;
    } finally {
        source.stop();
    }
}
