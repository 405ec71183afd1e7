import type { Analyzer, StackprintRecord } from "./stackprint.js";

/**
 * The records of a capture that comes as a stream, such as `file.stream()` or `response.body`. A
 * compressed one goes through `new DecompressionStream("gzip")` first.
 *
 * Throws what the stream throws, and an `Error` whose `cause` is a `Cause` where the capture is
 * damaged, after the records before it. The stream is cancelled where the caller stops early.
 */
export function records(
    analyzer: Analyzer,
    stream: ReadableStream<Uint8Array>,
): AsyncGenerator<StackprintRecord, void, void>;

/** As `records`, as pieces of NDJSON with whole lines: to be written on without a look at them. */
export function ndjson(
    analyzer: Analyzer,
    stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void>;
