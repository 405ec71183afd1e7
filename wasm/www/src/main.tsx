// The page: what it shows, from top to bottom.

import { render } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Shown, TABS, type Tab, addressOfShown, shownOfAddress, viewOf } from "./address-of-view";
import { Captures, Contents, NoHosts } from "./captures";
import { ConnectionDetail } from "./connection-detail";
import type { Connection } from "./connection-query";
import { Choose, type Read, useDropped } from "./choose";
import { Database } from "./database";
import { Detail } from "./detail";
import { type Answer, useEngine } from "./engine";
import { ExportButtons, ExportJobs, useExports } from "./exports";
import { HELP } from "./filter";
import { duration, size } from "./format";
import { Grid } from "./grid";
import type { Host } from "./host-query";
import type { State, Table } from "./keeping";
import { Overview } from "./overview";
import { connectionColumns, hostColumns, totalText } from "./tables";
import { Compare, Systems, Unknowns } from "./views";
import "./style.css";

const TAB_NAMES: Record<Tab, string> = {
    hosts: "Hosts", connections: "Connections", systems: "Systems", unknown: "Unknown signatures", compare: "Compare captures", packets: "Packets",
};

function Tabs({ tab, tabs, choose }: { tab: Tab; tabs: readonly Tab[]; choose: (tab: Tab) => void }) {
    const key = (event: KeyboardEvent): void => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
        if (!step || !next) return;
        choose(next);
        document.getElementById(`tab-${next}`)?.focus();
    };
    return (
        <div class="tabs" role="tablist" aria-label="Views" onKeyDown={key}>
            {tabs.map((one) => (
                <button type="button" role="tab" id={`tab-${one}`} aria-selected={one === tab} aria-controls="panel" tabIndex={one === tab ? 0 : -1} onClick={() => choose(one)}>{TAB_NAMES[one]}</button>
            ))}
        </div>
    );
}

const PLACEHOLDERS: Record<Table, string> = { hosts: "10.0.0.0/8  443  server  os:windows  -xp", connections: "443  sni:example.org  ja4:t13d  is:tunnel" };

interface Picked { capture: number; id: number }

function Found({ state, asked, exports, captures }: { state: State; asked: Answer; exports: ReturnType<typeof useExports>; captures: number }) {
    const [shown, setShown] = useState(shownOfAddress);
    const [picked, setPicked] = useState<Picked | null>(null);
    const [connection, setConnection] = useState<Connection | null>(null);
    const [goTo, setGoTo] = useState<{ row: number } | null>(null);
    const [told, setTold] = useState({ total: 0, error: "" });
    const panel = useRef<HTMLDivElement>(null);
    const { found } = state;
    // What is read to its end is asked for once more: until then, the order may be an older one.
    const revision = `${state.revision} ${state.busy ? "so far" : "in all"}`;
    const change = (what: Partial<Shown>): void => setShown((shown) => ({ ...shown, ...what }));
    useEffect(() => addressOfShown(shown), [shown]);
    const pick = (host: Host): void => { setPicked({ capture: host.capture, id: host.id }); change({ host: host.ip }); };
    const reveal = async (ip: string, table: Shown): Promise<void> => {
        const host = await asked("find", { ip });
        if (!host) return;
        setPicked(host);
        change({ host: ip, tab: "hosts" });
        const row = await asked("indexOf", { view: viewOf(table, "hosts"), capture: host.capture, host: host.id });
        if (row >= 0) setGoTo({ row });
    };
    // The host in the address of the page is shown as soon as it is known.
    useEffect(() => { if (shown.host && !picked) void reveal(shown.host, shown); }, [revision]);
    const close = (): void => {
        if (tab === "connections") setConnection(null);
        else {
            setPicked(null);
            change({ host: "" });
        }
        panel.current?.querySelector<HTMLElement>(".grid")?.focus();
    };
    const filterBy = (filter: string): void => change({ filter, tab: "hosts" });
    const tabs = TABS.filter((tab) => tab !== "compare" || captures > 1);
    const tab = tabs.includes(shown.tab) ? shown.tab : "hosts";
    const table: Table | null = tab === "hosts" || tab === "connections" ? tab : null;
    const hasDetail = (tab === "hosts" && picked) || (tab === "connections" && connection);
    const grid = (table: Table) => ({
        table, asked, revision, goTo, view: viewOf(shown, table),
        order: (sort: string, descending: boolean) => change({ [table]: { sort, descending } }), told: (total: number, error: string) => setTold({ total, error }),
    });
    return (
        <>
            <Overview state={state} pick={filterBy} from={shown.from} to={shown.to} brush={(from, to) => change({ from, to })} />
            <Tabs tab={tab} tabs={tabs} choose={(tab) => change({ tab })} />
            <div class={hasDetail ? "split open" : "split"} id="panel" role="tabpanel" aria-labelledby={`tab-${tab}`} ref={panel}>
                <div class="list">
                    {table && <div class="bar">
                        <label>Filter <input type="search" value={shown.filter} placeholder={PLACEHOLDERS[table]} title={HELP} aria-describedby="filter-error"
                            onInput={(event) => change({ filter: event.currentTarget.value })} /></label>
                        <span class="soft" role="status">{totalText(told.total, table)}</span>
                        <span class="faults" id="filter-error">{told.error}</span>
                        <span class="grow" />
                        <ExportButtons table={table} disabled={false} start={(form) => exports.start(table, viewOf(shown, table), form)} />
                    </div>}
                    {tab === "hosts" && <Grid {...grid("hosts")} key="hosts" label="Hosts" columns={hostColumns(captures > 1)} rowId={({ capture, id }: Host) => `${capture}/${id}`}
                        picked={picked ? `${picked.capture}/${picked.id}` : ""} pick={pick} />}
                    {tab === "connections" && <Grid {...grid("connections")} key="connections" label="Connections" columns={connectionColumns(captures > 1, found)} rowId={({ id }) => id}
                        picked={connection?.id ?? ""} pick={setConnection} goTo={null} />}
                    {tab === "systems" && <Systems systems={found.systems} pick={(name) => filterBy(`os="${name}"`)} />}
                    {tab === "unknown" && <Unknowns unknown={found.unknown} total={found.unknownTotal} />}
                    {tab === "compare" && <Compare asked={asked} revision={revision} pick={(ip) => filterBy(ip)} />}
                    {tab === "packets" && <Contents files={state.files} />}
                </div>
                {tab === "connections" && connection && <ConnectionDetail connection={connection} close={close} reveal={(ip) => void reveal(ip, shown)} hasCaptures={captures > 1} />}
                {tab === "hosts" && picked && <Detail capture={picked.capture} host={picked.id} asked={asked} revision={revision} close={close} hasCaptures={captures > 1}
                    connections={(ip) => change({ tab: "connections", filter: ip })} />}
            </div>
        </>
    );
}

/** How far reading has come, how fast it is, and how long it will take. */
function Reading({ state, cancel }: { state: State; cancel: () => void }) {
    if (!state.busy) return null;
    const isFollowing = state.files.some(({ status }) => status === "following");
    const rate = state.ms > 0 ? (state.read / state.ms) * 1000 : 0;
    const left = rate > 0 ? (state.size - state.read) / rate : 0;
    return (
        <div class="bar">
            {!isFollowing && <>
                <progress aria-label="Bytes read" max={state.size} value={state.read} />
                <span>{Math.floor((100 * state.read) / Math.max(state.size, 1))} %{state.ms > 1000 && `, ${size(rate)}/s, ${duration(left)} left`}</span>
            </>}
            <button type="button" onClick={cancel}>{isFollowing ? "Stop following" : "Cancel"}</button>
        </div>
    );
}

function Page() {
    const { state, broke, isStopped, restart, send, asked } = useEngine();
    const [database, setDatabase] = useState<{ name: string; text: string } | null>(null);
    const [captures, setCaptures] = useState<number[] | null>(null);
    const exports = useExports(asked, database?.text ?? null);
    const read = useCallback<Read>((files) => { if (files.length) send({ ask: "read", files }); }, [send]);
    const over = useDropped(read);
    const show = (ids: number[] | null): void => { setCaptures(ids); send({ ask: "show", ids }); };
    const remove = (ids: number[]): void => {
        const left = captures?.filter((id) => !ids.includes(id)) ?? null;
        show(left?.length ? left : null);
        send({ ask: "remove", ids });
    };
    const wouldLose = state !== null || exports.jobs.some(({ status }) => status === "running");
    // With the rendering, not after it: what the page shows is what it warns of.
    useLayoutEffect(() => {
        if (!wouldLose) return;
        const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
        addEventListener("beforeunload", ask);
        return () => removeEventListener("beforeunload", ask);
    }, [wouldLose]);
    // A new engine knows only the built-in signatures.
    useEffect(() => { if (broke) { setDatabase(null); setCaptures(null); } }, [broke]);
    const withHosts = state?.files.filter(({ counts }) => counts.records > 0).length ?? 0;
    return (
        <div class={over ? "page over" : "page"}>
            <header><h1>stackprint</h1><p>Which systems are in a capture, by how they open connections. Nothing leaves this machine.</p></header>
            <main>
                <div class="top">
                    <Choose read={read} small={state !== null} />
                    {state && <Database asked={asked} loaded={database} load={setDatabase} />}
                </div>
                <div role="alert">{broke}{isStopped && <> <button type="button" onClick={restart}>Try again</button></>}</div>
                {state && <Captures state={state} shown={captures} show={show} remove={remove} />}
                {state && <Reading state={state} cancel={() => send({ ask: "cancel" })} />}
                <ExportJobs {...exports} />
                {state && (state.found.hosts > 0 ? <Found state={state} asked={asked} exports={exports} captures={withHosts} /> : <NoHosts state={state} />)}
            </main>
        </div>
    );
}

// From the second visit on, no network is needed, where the browser allows it.
if (location.protocol !== "file:") navigator.serviceWorker?.register("./offline.js").catch(() => undefined);

const root = document.getElementById("app");
if (root) render(<Page />, root);
