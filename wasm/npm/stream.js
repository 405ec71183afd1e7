// Reads a stream through an analyzer.

/** The chunks of a web stream or of any async iterable, such as a stream of Node. */
async function* chunks(stream) {
    if (typeof stream?.getReader === "function") {
        const reader = stream.getReader();
        try {
            for (;;) {
                const { done, value } = await reader.read();
                if (done) return;
                yield value;
            }
        } finally {
            // A stream that has ended or failed needs no cancelling.
            await reader.cancel().catch(() => undefined);
            reader.releaseLock();
        }
    } else if (typeof stream?.[Symbol.asyncIterator] === "function") {
        yield* stream;
    } else {
        throw new Error("stream must be a ReadableStream, a stream of Node or another async iterable of Uint8Array", {
            cause: { kind: "argument", name: "stream" },
        });
    }
}

export async function* records(analyzer, stream) {
    for await (const chunk of chunks(stream)) yield* analyzer.pushRecords(chunk);
    analyzer.finish();
}

export async function* ndjson(analyzer, stream) {
    for await (const chunk of chunks(stream)) {
        const lines = analyzer.push(chunk);
        if (lines.length > 0) yield lines;
    }
    analyzer.finish();
}

/** Rows as they come, and the last ones: after the end, and before an error of the stream or the capture. */
async function* rows(analyzer, stream, push, finish) {
    if (typeof analyzer?.[push] !== "function") {
        throw new Error("analyzer must be an Analyzer of stackprint/who", { cause: { kind: "argument", name: "analyzer" } });
    }
    let failure;
    try {
        for await (const chunk of chunks(stream)) yield* analyzer[push](chunk);
        analyzer.finish();
    } catch (error) {
        failure = error;
    }
    // After a bug of the module, nothing of it can be used.
    if (!(failure instanceof WebAssembly.RuntimeError)) yield* analyzer[finish]();
    if (failure !== undefined) throw failure;
}

export const hosts = (analyzer, stream) => rows(analyzer, stream, "pushHosts", "finishHosts");
export const connections = (analyzer, stream) => rows(analyzer, stream, "pushConnections", "finishConnections");
