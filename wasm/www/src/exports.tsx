// Exports: each with its progress, and cancelled alone.

import { useCallback, useRef, useState } from "preact/hooks";
import type { Answer } from "./engine";
import type { ExportJob, ExportReport } from "./exporting";
import { percent, size } from "./format";
import { makeReader } from "./make-workers";
import type { View } from "./order";

export type Form = "csv" | "json" | "ndjson" | "pcapng";
interface Job { id: number; name: string; read: number; size: number; status: "running" | "done" | "failed"; note: string }

const NAMES: Record<Form, string> = { csv: "CSV", json: "JSON", ndjson: "records as NDJSON", pcapng: "packets as pcapng" };
const KEPT_MS = 60_000;

function save(blob: Blob, name: string): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}

export interface Exports { jobs: Job[]; start: (table: "hosts" | "connections", view: View, form: Form) => void; cancel: (id: number) => void }

export function useExports(asked: Answer, database: string | null): Exports {
    const [jobs, setJobs] = useState<Job[]>([]);
    const workers = useRef(new Map<number, Worker>());
    const nextId = useRef(0);
    const change = (id: number, what: Partial<Job>): void => setJobs((jobs) => jobs.map((job) => (job.id === id ? { ...job, ...what } : job)));
    const cancel = useCallback((id: number) => {
        workers.current.get(id)?.terminate();
        workers.current.delete(id);
        setJobs((jobs) => jobs.filter((job) => job.id !== id));
    }, []);
    const start: Exports["start"] = async (table, view, form) => {
        if (form === "csv" || form === "json") {
            save(await asked("table", { table, view, form }), `${table}.${form}`);
            return;
        }
        const files = await asked("files", { table, view });
        const id = (nextId.current += 1);
        const name = form === "ndjson" ? "records.ndjson" : "packets.pcapng";
        setJobs((jobs) => [...jobs, { id, name, read: 0, size: 0, status: "running", note: "" }]);
        const worker = makeReader();
        workers.current.set(id, worker);
        const failed = (why: string): void => { worker.terminate(); change(id, { status: "failed", note: why }); };
        worker.onerror = (event) => failed(event.message ?? "its worker does not start");
        worker.onmessage = ({ data }: MessageEvent<ExportReport>) => {
            switch (data.tell) {
                case "progress": change(id, { read: data.read, size: data.size }); break;
                case "failed": failed(data.why); break;
                case "done":
                    worker.terminate();
                    save(data.blob, name);
                    change(id, { status: "done", note: `${size(data.blob.size)}. ${data.note}` });
            }
        };
        worker.postMessage({ job: { form, of: table, database, files } satisfies ExportJob });
    };
    return { jobs, start: (...given) => void start(...given), cancel };
}

export function ExportButtons({ table, start, disabled }: { table: "hosts" | "connections"; start: (form: Form) => void; disabled: boolean }) {
    return (
        <span class="exports" role="group" aria-label="Export what is shown">
            <span class="soft">Export:</span>{" "}
            {FORMS.map((form) => <button type="button" disabled={disabled} title={title(form, table)} onClick={() => start(form)}>{form === "ndjson" ? "Records as NDJSON" : form === "pcapng" ? "Packets as pcapng" : `${table === "hosts" ? "Hosts" : "Connections"} as ${NAMES[form]}`}</button>)}
        </span>
    );
}

const FORMS: Form[] = ["csv", "json", "ndjson", "pcapng"];

function title(form: Form, table: "hosts" | "connections"): string {
    const isHosts = table === "hosts";
    switch (form) {
        case "csv": case "json": return "The rows that the filter leaves";
        case "ndjson": return `Every record ${isHosts ? "about the hosts" : "of the connections"} that the filter leaves, with its capture and packet`;
        case "pcapng": return `With a filter: the TCP packets ${isHosts ? "from and to the hosts" : "of the connections"} that it leaves; without one, all packets`;
    }
}

export function ExportJobs({ jobs, cancel }: Exports) {
    if (!jobs.length) return null;
    return (
        <ul class="plain jobs" aria-label="Exports" role="status">
            {jobs.map(({ id, name, read, size: all, status, note }) => (
                <li key={id} class={status}>
                    <b>{name}</b>{" "}
                    {status === "running"
                        ? <><progress aria-label={`Export of ${name}`} max={1} value={all ? read / all : 0} /> {percent(all ? read / all : 0)} <button type="button" onClick={() => cancel(id)}>Cancel export</button></>
                        : <><span class="soft">{status === "done" ? "saved" : "not exported"}{note && `: ${note}`}</span> <button type="button" class="link" onClick={() => cancel(id)}>dismiss</button></>}
                </li>
            ))}
        </ul>
    );
}
