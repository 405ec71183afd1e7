import type { Analyzer, StackprintRecord } from "./stackprint.js";

/** A stream of bytes: `file.stream()`, `response.body`, `createReadStream(path)` of Node. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Returns the records of a capture that comes as a stream. A compressed one goes through
 * `new DecompressionStream("gzip")` or Node's `createGunzip()` first.
 *
 * Throws what the stream throws, and an `Error` whose `cause` is a `Cause` if the capture is damaged,
 * after the records before the damage. The stream is cancelled if the caller stops early.
 */
export function records(
    analyzer: Analyzer,
    stream: ByteStream,
): AsyncGenerator<StackprintRecord, void, void>;

/** Does the same as `records`, and returns pieces of NDJSON with whole lines. */
export function ndjson(
    analyzer: Analyzer,
    stream: ByteStream,
): AsyncGenerator<Uint8Array, void, void>;
