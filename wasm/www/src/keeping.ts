// The worker that keeps hosts, and answers the page. Another one reads captures meanwhile.

import { Hosts, type View } from "./hosts";
import type { Order, Progress, Report } from "./reading";

export type { Counts, FileState } from "./reading";

/** What the page asks for; at first, with a port, who reads. */
export type Ask =
    | { ask: "meet"; reader: MessagePort }
    | { ask: "read"; files: File[] }
    | { ask: "cancel" }
    | { ask: "query"; id: number; view: View; start: number; count: number }
    | { ask: "evidence"; id: number; ip: string }
    | { ask: "export"; id: number; form: "csv" | "ndjson" };

export interface State extends Progress { found: ReturnType<Hosts["found"]> }

const hosts = new Hosts();
let reader: MessagePort | undefined;
let busy = false;

const order = (what: Order): void => reader?.postMessage(what);
const answer = (id: number, value: unknown): void => postMessage({ tell: "answer", id, value });

function hear({ data }: MessageEvent<Report>): void {
    switch (data.tell) {
        case "table":
            hosts.add(data.table);
            order({ order: "taken" });
            break;
        case "progress": {
            ({ busy } = data.progress);
            const state: State = { ...data.progress, found: hosts.found() };
            postMessage({ tell: "state", state });
            break;
        }
        case "ndjson": answer(data.id, data.blob); break;
        case "fatal": postMessage(data);
    }
}

onmessage = ({ data }: MessageEvent<Ask>): void => {
    switch (data.ask) {
        case "meet":
            reader = data.reader;
            reader.onmessage = hear;
            break;
        case "read": order({ order: "read", files: data.files }); break;
        case "cancel": order({ order: "cancel" }); break;
        case "query": answer(data.id, hosts.query(data.view, data.start, data.count, busy)); break;
        case "evidence": answer(data.id, hosts.evidence(data.ip)); break;
        case "export":
            if (data.form === "csv") answer(data.id, new Blob([...hosts.csv()], { type: "text/csv" }));
            else order({ order: "ndjson", id: data.id });
    }
};
