import type { Analyzer, StackprintConnection, StackprintHost, StackprintRecord } from "./stackprint.js";
import type { Analyzer as WhoAnalyzer } from "./who/stackprint.js";

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

/**
 * Returns rows of hosts as they are due, and the last row of each, in the order of their addresses. The
 * analyzer is one of `stackprint/who`.
 *
 * Throws as `records` does, after the last rows.
 */
export function hosts(
    analyzer: WhoAnalyzer,
    stream: ByteStream,
): AsyncGenerator<StackprintHost, void, void>;

/** Does the same as `hosts` for connections: one row of each. */
export function connections(
    analyzer: WhoAnalyzer,
    stream: ByteStream,
): AsyncGenerator<StackprintConnection, void, void>;
