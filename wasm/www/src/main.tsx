// The page: what it shows, and how it speaks with its workers.

import { render } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Ask, FileState, State } from "./keeping";
import { SORTS, type SortKey, type View } from "./hosts";
import { Evidence, HostTable, type Answer } from "./host-views";
import { Skipped, Systems, Timeline, Unknowns } from "./views";
import { makeWorkers } from "./make-workers";
import sampleUrl from "./sample.pcap?url&inline";
import "./style.css";

const START: View = { filter: "", sort: "records", descending: true };

/** The view in the address: what to filter by and in which order, never data. */
function viewOfAddress(): View {
    const given = new URLSearchParams(location.hash.slice(1));
    const sort = SORTS.find((key) => key === given.get("sort")) ?? START.sort;
    return { filter: given.get("filter") ?? "", sort, descending: given.get("order") !== "up" };
}

function addressOfView(view: View): void {
    const words = new URLSearchParams();
    if (view.filter) words.set("filter", view.filter);
    words.set("sort", view.sort);
    words.set("order", view.descending ? "down" : "up");
    history.replaceState(null, "", `#${words}`);
}

/** The workers and what they told last; new ones take their place where one broke. */
function useEngine(): { state: State | null; broke: string; send: (ask: Ask) => void; asked: Answer } {
    const [state, setState] = useState<State | null>(null);
    const [broke, setBroke] = useState("");
    const workers = useRef<{ keeper: Worker; reader: Worker } | null>(null);
    const waiting = useRef(new Map<number, (value: never) => void>());
    const nextId = useRef(0);
    const stop = useCallback(() => {
        workers.current?.keeper.terminate();
        workers.current?.reader.terminate();
    }, []);
    const start = useCallback(() => {
        const now = makeWorkers();
        workers.current = now;
        const { port1, port2 } = new MessageChannel();
        now.reader.postMessage({ keeper: port1 }, [port1]);
        now.keeper.postMessage({ ask: "meet", reader: port2 } satisfies Ask, [port2]);
        const failed = (why: string): void => {
            if (workers.current !== now) return;
            stop();
            waiting.current.clear();
            setState(null);
            setBroke(`The engine broke (${why}). A new one is running; what was read is gone.`);
            start();
        };
        now.reader.onerror = now.keeper.onerror = (event) => failed(event.message ?? "it did not start");
        now.keeper.onmessage = ({ data }) => {
            if (data.tell === "state") { setState(data.state); if (data.state.busy) setBroke(""); }
            else if (data.tell === "fatal") failed(data.why);
            else { waiting.current.get(data.id)?.(data.value as never); waiting.current.delete(data.id); }
        };
    }, []);
    // Before the first paint: whoever is quick must not ask before there is a worker.
    useLayoutEffect(() => { start(); return stop; }, []);
    const send = useCallback((ask: Ask) => workers.current?.keeper.postMessage(ask), []);
    const asked = useCallback<Answer>((ask) => new Promise((answer) => {
        nextId.current += 1;
        waiting.current.set(nextId.current, answer);
        workers.current?.keeper.postMessage({ ...ask, id: nextId.current });
    }), []);
    return { state, broke, send, asked };
}

const STATE_WORD: Record<FileState["state"], string> = {
    waiting: "waiting", reading: "reading…", read: "read", failed: "not read to the end", cancelled: "cancelled",
};

function Files({ files }: { files: FileState[] }) {
    return (
        <ul class="files" aria-label="Captures">
            {files.map((file) => (
                <li class={file.state}>
                    <b>{file.name}</b> <span>{(file.size / 1e6).toFixed(file.size < 1e5 ? 3 : 1)} MB · {STATE_WORD[file.state]}</span>
                    {file.note && <em>{file.note}</em>}
                </li>
            ))}
        </ul>
    );
}

function save(blob: Blob, name: string): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function Choose({ read, small }: { read: (files: File[]) => void; small: boolean }) {
    const sample = async (): Promise<void> => {
        const text = atob(sampleUrl.slice(sampleUrl.indexOf(",") + 1));
        read([new File([Uint8Array.from(text, (c) => c.charCodeAt(0))], "sample.pcap")]);
    };
    return (
        <div class={small ? "choose small" : "choose"}>
            <label class="button main">
                {small ? "Add captures" : "Choose captures"}
                <input type="file" multiple onChange={(event) => {
                    read([...(event.currentTarget.files ?? [])]);
                    event.currentTarget.value = "";
                }} />
            </label>
            <button type="button" onClick={() => void sample()}>Try the sample</button>
            {!small && <p>or drop them anywhere on this page: pcap, pcapng, either with gzip, of any size.</p>}
        </div>
    );
}

function Found({ state, asked }: { state: State; asked: Answer }) {
    const [view, setView] = useState(viewOfAddress);
    const [ip, setIp] = useState("");
    const { found, counts } = state;
    // What is read to its end is asked for once more: until then, the order may be an older one.
    const revision = `${found.records} ${state.busy ? "so far" : "in all"}`;
    const change = (next: View): void => { setView(next); addressOfView(next); };
    const exportAs = (form: "csv" | "ndjson"): void =>
        void asked<Blob>({ ask: "export", form }).then((blob) => save(blob, form === "csv" ? "hosts.csv" : "records.ndjson"));
    return (
        <>
            <p class="sum">
                <b>{found.hosts.toLocaleString("en")}</b> hosts in <b>{counts.packets.toLocaleString("en")}</b> packets;{" "}
                {found.records.toLocaleString("en")} of them tell something of their sender.
            </p>
            <Systems systems={found.systems} pick={(filter) => change({ ...view, filter })} />
            <section aria-labelledby="hosts">
                <div class="bar"><h2 id="hosts">Hosts</h2>
                    <span class="grow" />
                    <button type="button" disabled={state.busy} onClick={() => exportAs("csv")}>Hosts as CSV</button>
                    <button type="button" disabled={state.busy} onClick={() => exportAs("ndjson")}>Records as NDJSON</button></div>
                <HostTable view={view} change={change} asked={asked} revision={revision} pick={setIp} picked={ip} />
            </section>
            {ip && <Evidence ip={ip} asked={asked} revision={revision} close={() => setIp("")} />}
            {found.timeline && <Timeline timeline={found.timeline} />}
            <Unknowns unknown={found.unknown} total={found.unknownTotal} />
            <Skipped skipped={counts.skipped} />
        </>
    );
}

function Page() {
    const { state, broke, send, asked } = useEngine();
    const [over, setOver] = useState(false);
    const read = useCallback((files: File[]) => { if (files.length) send({ ask: "read", files }); }, [send]);
    useEffect(() => {
        const drag = (event: DragEvent): void => { event.preventDefault(); setOver(true); };
        const leave = (event: DragEvent): void => { if (!event.relatedTarget) setOver(false); };
        const drop = (event: DragEvent): void => {
            event.preventDefault();
            setOver(false);
            read([...(event.dataTransfer?.files ?? [])]);
        };
        addEventListener("dragover", drag);
        addEventListener("dragleave", leave);
        addEventListener("drop", drop);
        return () => { removeEventListener("dragover", drag); removeEventListener("dragleave", leave); removeEventListener("drop", drop); };
    }, [read]);
    return (
        <div class={over ? "page over" : "page"}>
            <header><h1>stackprint</h1><p>Which systems are in a capture, by how they open connections. Nothing leaves this machine.</p></header>
            <main>
                <Choose read={read} small={state !== null} />
                <div role="alert">{broke}</div>
                {state && <Files files={state.files} />}
                {state?.busy && <div class="bar"><progress aria-label="Octets read" max={state.size} value={state.read} />
                    <span>{Math.floor((100 * state.read) / Math.max(state.size, 1))} %</span>
                    <button type="button" onClick={() => send({ ask: "cancel" })}>Cancel</button></div>}
                {state && state.found.hosts > 0 && <Found state={state} asked={asked} />}
            </main>
        </div>
    );
}

// From the second visit on, no network is needed. Where a browser does not allow it, it is.
if (location.protocol !== "file:") navigator.serviceWorker?.register("./offline.js").catch(() => undefined);

const root = document.getElementById("app");
if (root) render(<Page />, root);
export type { SortKey };
