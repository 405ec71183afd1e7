// A stream of octets through an analyzer.

/** The stream's chunks, one after the other; the stream is cancelled where the caller stops. */
async function* chunks(stream) {
    const reader = stream.getReader();
    try {
        for (;;) {
            const { done, value } = await reader.read();
            if (done) return;
            yield value;
        }
    } finally {
        // Of a stream that has ended or failed, there is nothing left to cancel.
        await reader.cancel().catch(() => undefined);
        reader.releaseLock();
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
