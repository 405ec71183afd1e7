// Signatures of one's own, in place of the built-in ones.

import { useState } from "preact/hooks";
import type { DatabaseCheck } from "stackprint";
import type { Answer } from "./engine";
import { count, size } from "./format";

const MAX_BYTES = 8_000_000;
const MAX_FAULTS = 20;

interface Loaded { name: string; text: string }

export function Database({ asked, loaded, load }: { asked: Answer; loaded: Loaded | null; load: (loaded: Loaded | null) => void }) {
    const [told, setTold] = useState<{ name: string; check: DatabaseCheck | null; why: string } | null>(null);
    const use = async (file: File): Promise<void> => {
        const failed = (why: string): void => setTold({ name: file.name, check: null, why });
        if (file.size > MAX_BYTES) return failed(`${size(file.size)} is more than a database has (at most ${size(MAX_BYTES)}).`);
        const text = await file.text().catch(() => null);
        if (text === null) return failed("The file cannot be read.");
        const check = await asked("database", { text });
        const why = check.faults ? `${count(check.faults, "error")}; the signatures in use stay as they are.` : check.signatures ? "" : "There is no signature in it.";
        setTold({ name: file.name, check, why });
        if (!why) load({ name: file.name, text });
    };
    const reset = async (): Promise<void> => {
        await asked("database", { text: null });
        setTold(null);
        load(null);
    };
    return (
        <div class="database">
            <span class="soft">Signatures: {loaded ? `${loaded.name}, ${count(told?.check?.signatures ?? 0, "signature")}` : "built-in"}</span>{" "}
            <label class="button">Load a database<input type="file" accept=".fp,text/plain" aria-label="Load a database (p0f.fp)" onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                event.currentTarget.value = "";
                if (file) void use(file);
            }} /></label>
            {loaded && <button type="button" onClick={() => void reset()}>Use the built-in ones</button>}
            {told?.why && <div role="alert" class="faults">
                <b>{told.name}</b>: {told.why}
                {told.check && <ul class="plain">{told.check.errors.slice(0, MAX_FAULTS).map(({ line, column, message }) => <li>line {line}, column {column}: {message}</li>)}</ul>}
            </div>}
        </div>
    );
}
