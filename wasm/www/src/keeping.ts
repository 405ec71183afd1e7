// The worker that keeps hosts and connections, and answers the page. Another one reads captures meanwhile.

import type { DatabaseCheck } from "stackprint";
import { Collection, type Found, compare } from "./collection";
import { ConnectionQuery } from "./connection-query";
import { HostQuery, type Selection } from "./host-query";
import type { View } from "./order";
import type { ExportFile, Given, Order, Progress, Report } from "./reading";

export type Table = "hosts" | "connections";

/** What the page tells; at first, with a port, the worker that reads. */
export type Tell =
    | { ask: "meet"; reader: MessagePort }
    | { ask: "read"; files: Given[] }
    | { ask: "cancel" }
    | { ask: "remove"; ids: number[] }
    | { ask: "show"; ids: number[] | null };

/** What the page asks, and what it gets; each with a number of its own. */
export interface Questions {
    query: { with: { table: Table; view: View; start: number; count: number }; answer: { total: number; rows: unknown[]; error: string } };
    indexOf: { with: { view: View; capture: number; host: number }; answer: number };
    find: { with: { ip: string }; answer: { capture: number; id: number } | null };
    detail: { with: { capture: number; host: number }; answer: ReturnType<HostQuery["detail"]> };
    compare: { with: object; answer: ReturnType<typeof compare> };
    table: { with: { table: Table; view: View; form: "csv" | "json" }; answer: Blob };
    files: { with: { table: Table; view: View }; answer: (ExportFile & { wanted: string[] | null })[] };
    database: { with: { text: string | null }; answer: DatabaseCheck };
}
export type Question = { [Name in keyof Questions]: { ask: Name; id: number } & Questions[Name]["with"] }[keyof Questions];
export type Ask = Tell | Question;

export interface State extends Progress { found: Found; revision: number }
export type Reply =
    | { tell: "ready" } | { tell: "state"; state: State } | { tell: "fatal"; why: string }
    | { tell: "answer"; id: number; value: unknown };

const collection = new Collection();
const hosts = new HostQuery(collection);
const connections = new ConnectionQuery(collection);
const selections = new Map<number, Selection[]>();
let reader: MessagePort | undefined;
let progress: Progress = { files: [], read: 0, size: 0, busy: false, passed: 0, ms: 0 };

const order = (what: Order): void => reader?.postMessage(what);
const reply = (what: Reply): void => postMessage(what);
const answer = (id: number, value: unknown): void => reply({ tell: "answer", id, value });
const tellState = (): void => reply({ tell: "state", state: { ...progress, found: collection.found(), revision: collection.revision } });

function hear({ data }: MessageEvent<Report>): void {
    switch (data.tell) {
        case "table":
            collection.add(data.id, data.name, data.table);
            // Its memory goes back: left here, it would have the garbage collector look at all hosts, again and again.
            reader?.postMessage({ order: "taken" } satisfies Order, [data.table.rows.buffer]);
            break;
        case "names": collection.addNames(data.id, data.name, data.names); break;
        case "forget": collection.remove(data.ids); break;
        case "progress":
            ({ progress } = data);
            tellState();
            break;
        case "files": {
            const wanted = selections.get(data.id) ?? [];
            selections.delete(data.id);
            answer(data.id, data.files.flatMap((file) => {
                const selection = wanted.find(({ capture }) => capture === file.capture);
                return selection ? [{ ...file, wanted: selection.wanted }] : [];
            }));
            break;
        }
        case "checked": answer(data.id, data.check); break;
        case "ready": case "fatal": reply(data);
    }
}

function text(table: Table, view: View, form: "csv" | "json"): Blob {
    const query = table === "hosts" ? hosts : connections;
    return form === "csv" ? new Blob([...query.csv(view)], { type: "text/csv" }) : new Blob([...query.json(view)], { type: "application/json" });
}

onmessage = ({ data }: MessageEvent<Ask>): void => {
    switch (data.ask) {
        case "meet":
            reader = data.reader;
            reader.onmessage = hear;
            break;
        case "read": order({ order: "read", files: data.files }); break;
        case "cancel": order({ order: "cancel" }); break;
        case "remove": order({ order: "remove", ids: data.ids }); break;
        case "show":
            collection.show(data.ids);
            tellState();
            break;
        case "query": answer(data.id, (data.table === "hosts" ? hosts : connections).page(data.view, data.start, data.count, progress.busy)); break;
        case "indexOf": answer(data.id, hosts.indexOf(data.view, data.capture, data.host)); break;
        case "find": answer(data.id, hosts.find(data.ip)); break;
        case "detail": answer(data.id, hosts.detail(data.capture, data.host)); break;
        case "compare": answer(data.id, compare(collection.shown())); break;
        case "table": answer(data.id, text(data.table, data.view, data.form)); break;
        case "files":
            selections.set(data.id, (data.table === "hosts" ? hosts : connections).selection(data.view));
            order({ order: "files", id: data.id });
            break;
        case "database": order({ order: "database", id: data.id, text: data.text });
    }
};
