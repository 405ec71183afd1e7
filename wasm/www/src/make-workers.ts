/** The worker that keeps hosts and answers, and the one that reads captures for it. */
export const makeWorkers = (): { keeper: Worker; reader: Worker } => ({
    keeper: new Worker(new URL("./keeping.ts", import.meta.url), { type: "module" }),
    reader: makeReader(),
});

/** A worker that reads captures, or makes one export. */
export const makeReader = (): Worker => new Worker(new URL("./reading.ts", import.meta.url), { type: "module" });
