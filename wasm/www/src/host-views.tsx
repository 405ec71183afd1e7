// The table of hosts, of which only the visible rows exist, and what is known of one host.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Host, Row, Seen, SortKey, View } from "./hosts";
import { systemOf } from "./hosts";
import { explain } from "./explain";

/** Asks the worker; the answer comes when it has it. */
export type Answer = <T>(ask: { ask: string; [field: string]: unknown }) => Promise<T>;

const ROW_PX = 30;
/** Browsers cap the height of an element; beyond these rows the filter has to help. */
const MAX_ROWS = 500_000;
const COLUMNS: [SortKey, string][] = [
    ["ip", "Address"], ["system", "System"], ["quality", "Sure"], ["distance", "Hops"],
    ["link", "Link"], ["uptime", "Uptime"], ["records", "Seen"],
];

function duration(seconds: number | null): string {
    if (seconds === null) return "";
    if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} days`;
    return seconds >= 7200 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 60)} min`;
}

function text(host: Host, key: SortKey): string {
    switch (key) {
        case "quality": return host.quality ? `${Math.round(host.quality * 100)} %` : "–";
        case "uptime": return duration(host.uptime);
        case "system": return host.change === "ip_sharing" ? `${host.system} · several behind it` : host.system;
        default: return String(host[key] ?? "");
    }
}

interface Props { view: View; change: (view: View) => void; asked: Answer; revision: string; pick: (ip: string) => void; picked: string }

export function HostTable({ view, change, asked, revision, pick, picked }: Props) {
    const [top, setTop] = useState(0);
    const [page, setPage] = useState<{ start: number; total: number; rows: Host[] }>({ start: 0, total: 0, rows: [] });
    const [at, setAt] = useState(0);
    const box = useRef<HTMLDivElement>(null);
    const latest = useRef(0);
    const start = Math.max(0, Math.floor(top / ROW_PX) - 10);
    useEffect(() => {
        const turn = (latest.current += 1);
        void asked<{ total: number; rows: Host[] }>({ ask: "query", view, start, count: 45 }).then((answer) => {
            // An answer to an older question must not overwrite a newer one.
            if (turn === latest.current) setPage({ start, ...answer });
        });
    }, [view, start, revision]);
    const go = (to: number): void => {
        const next = Math.max(0, Math.min(page.total - 1, to));
        setAt(next);
        const el = box.current;
        if (!el) return;
        if (next * ROW_PX < el.scrollTop) el.scrollTop = next * ROW_PX;
        else if ((next + 2) * ROW_PX > el.scrollTop + el.clientHeight) el.scrollTop = (next + 2) * ROW_PX - el.clientHeight;
    };
    const key = (event: KeyboardEvent): void => {
        if (event.target !== box.current) return;
        const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 12, PageUp: at - 12, Home: 0, End: page.total - 1 };
        const next = to[event.key];
        if (next !== undefined) go(next);
        else if (event.key === "Enter") { const host = page.rows[at - page.start]; if (host) pick(host.ip); }
        else return;
        event.preventDefault();
    };
    return (
        <>
            <div class="bar">
                <label>Filter <input type="search" value={view.filter} placeholder="address, system, link"
                    onInput={(event) => { change({ ...view, filter: event.currentTarget.value }); if (box.current) box.current.scrollTop = 0; setAt(0); }} /></label>
                <span class="soft" role="status">{page.total.toLocaleString("en")} hosts</span>
            </div>
            <div class="grid" role="grid" aria-label="Hosts" tabIndex={0} ref={box} aria-rowcount={page.total + 1} onKeyDown={key}
                aria-activedescendant={page.total ? `host-${at}` : undefined} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
                <div class="row head" role="row" aria-rowindex={1}>
                    {COLUMNS.map(([column, name]) => (
                        <div role="columnheader" aria-sort={view.sort !== column ? "none" : view.descending ? "descending" : "ascending"}>
                            <button class="link" type="button" onClick={() => change({ ...view, sort: column, descending: view.sort === column && !view.descending })}>
                                {name}{view.sort === column ? (view.descending ? " ↓" : " ↑") : ""}</button>
                        </div>
                    ))}
                </div>
                <div role="presentation" style={{ height: `${Math.min(page.total, MAX_ROWS) * ROW_PX}px` }}>
                    <div role="presentation" style={{ transform: `translateY(${page.start * ROW_PX}px)` }}>
                        {page.rows.map((host, i) => (
                            <div role="row" id={`host-${page.start + i}`} key={host.ip} aria-rowindex={page.start + i + 2} aria-selected={host.ip === picked}
                                class={page.start + i === at ? "row at" : "row"} onClick={() => { setAt(page.start + i); pick(host.ip); }}>
                                {COLUMNS.map(([column]) => <div role="gridcell">{text(host, column)}</div>)}
                            </div>
                        ))}
                    </div>
                </div>
            </div>
        </>
    );
}

export function Evidence({ ip, asked, revision, close }: { ip: string; asked: Answer; revision: string; close: () => void }) {
    const [known, setKnown] = useState<{ host: Host; seen: Seen[]; uptime: Row | null } | null>(null);
    const title = useRef<HTMLHeadingElement>(null);
    useEffect(() => void asked<typeof known>({ ask: "evidence", ip }).then(setKnown), [ip, revision]);
    useEffect(() => title.current?.focus(), [ip, known === null]);
    if (!known) return null;
    return (
        <section class="evidence" aria-labelledby="evidence" onKeyDown={(event) => event.key === "Escape" && close()}>
            <div class="bar"><h2 id="evidence" tabIndex={-1} ref={title}>{known.host.ip}: {known.host.system}</h2>
                <span class="grow" /><button type="button" onClick={close}>Close</button></div>
            {known.host.change && <p>Its looks changed: {known.host.change === "ip_sharing" ? "several systems behind one address" : "another system than before"}.</p>}
            {known.uptime?.uptime && <p>Up for {duration(known.uptime.uptime.seconds)} or that and a multiple of {known.uptime.uptime.modulo_days} days
                ({known.uptime.uptime.reliable ? "reliable" : "uncertain"}: {known.uptime.uptime.why.replaceAll("_", " ")}).</p>}
            {known.seen.map((seen) => <Signature seen={seen} />)}
        </section>
    );
}

function Signature({ seen: { row, count } }: { seen: Seen }) {
    const { os } = row;
    return (
        <article>
            <h3>{row.kind === "syn" ? "As client (SYN)" : "As server (SYN+ACK)"}: {systemOf(os)}{os && `, ${Math.round(os.quality * 100)} % sure`}</h3>
            <p class="soft">seen {count === 1 ? "once" : `${count} times`}, last {row.time.slice(0, 19).replace("T", " ")} UTC{row.notes.length ? `; notes: ${row.notes.join(", ")}` : ""}{row.path ? `; through ${row.path.join(", ")}` : ""}</p>
            {os?.candidates && <p>One stack, several systems: {os.candidates.map((c) => `${c.name} ${Math.round(c.probability * 100)} %`).join(", ")}.</p>}
            {os?.differences?.map((d) => <p>Differs in {d.field}: expected <code>{d.expected}</code>, observed <code>{d.observed}</code>.</p>)}
            <div class="scroll" tabIndex={0} role="region" aria-label="Signature, field by field">
                <table><tbody>{explain(row.signature ?? "").map((field) => <tr><th scope="row">{field.name}</th><td><code>{field.value}</code></td><td>{field.says}</td></tr>)}</tbody></table>
            </div>
        </article>
    );
}
