// The answer at a glance: one sentence, and one picture of the families of systems.

import { useRef, useState } from "preact/hooks";
import type { Family } from "./collection";
import { count, number, percent, time } from "./format";
import type { State } from "./keeping";

/** Families with a colour of their own. */
const COLOURED = 6;
const HEIGHT = 40;

interface Series { name: string; hosts: number; class: string; names: string[] }

/** The most frequent families, the others together, and what is unknown. */
function seriesOf(families: Family[]): Series[] {
    const known = families.filter(({ name }) => name !== "unknown");
    const unknown = families.find(({ name }) => name === "unknown");
    const most = known.length > COLOURED ? known.slice(0, COLOURED - 1) : known;
    const others = known.slice(most.length);
    return [
        ...most.map(({ name, hosts }, at) => ({ name, hosts, class: `f${at}`, names: [name] })),
        ...(others.length ? [{ name: count(others.length, "other family", "other families"), hosts: others.reduce((sum, { hosts }) => sum + hosts, 0), class: "fo", names: others.map(({ name }) => name) }] : []),
        ...(unknown ? [{ name: "unknown", hosts: unknown.hosts, class: "fu", names: ["unknown"] }] : []),
    ];
}

/** "5 Windows, 2 Linux, 1 shared address, 3 unknown". */
export function sentence(families: Family[], shared: number): string {
    const series = seriesOf(families);
    const parts = series.filter(({ name }) => name !== "unknown").map(({ name, hosts, names }) => (names.length > 1 ? count(hosts, "other") : `${number(hosts)} ${name}`));
    if (shared) parts.push(count(shared, "shared address", "shared addresses"));
    const unknown = series.find(({ name }) => name === "unknown");
    if (unknown) parts.push(`${number(unknown.hosts)} unknown`);
    return parts.join(", ");
}

interface Props {
    state: State; pick: (filter: string) => void; from: number | undefined; to: number | undefined; brush: (from?: number, to?: number) => void;
}

export function Overview({ state: { found, files }, pick, from, to, brush }: Props) {
    const packets = files.reduce((sum, { counts }) => sum + counts.packets, 0);
    const series = seriesOf(found.families);
    return (
        <section class="overview" aria-label="Overview">
            <p class="sum"><b>{sentence(found.families, found.shared)}</b></p>
            <p class="soft">
                {count(found.hosts, "host")}, {count(found.connections, "connection")}
                {found.connectionsLeft > 0 && ` (and more: for ${count(found.connectionsLeft, "record")} there was no memory)`}, {count(found.records, "record")} of {count(packets, "packet")}
            </p>
            <div class="share" role="img" aria-label={`Share of the hosts: ${series.map(({ name, hosts }) => `${name} ${percent(hosts / found.hosts)}`).join(", ")}`}>
                {series.map(({ hosts, class: colour }) => <span class={colour} style={{ flexGrow: hosts }} />)}
            </div>
            <ul class="legend" aria-label="Families">
                {series.map(({ name, hosts, class: colour, names }) => (
                    <li><span class={`dot ${colour}`} />{names.length === 1
                        ? <button type="button" class="link" onClick={() => pick(name === "unknown" ? "is:unknown" : `os:${quoted(name)}`)}>{name}</button>
                        : <span>{name}</span>} <span class="soft">{number(hosts)}, {percent(hosts / found.hosts)}</span></li>
                ))}
            </ul>
            {found.picture && <Time picture={found.picture} series={series} from={from} to={to} brush={brush} />}
        </section>
    );
}

const quoted = (text: string): string => (/[\s"]/.test(text) ? `"${text.replaceAll('"', "")}"` : text);

type Picture = NonNullable<State["found"]["picture"]>;

/** Records over time, by family; a part of it is chosen with the pointer, or with the two sliders. */
function Time({ picture: { start, step, counts, outside }, series, from, to, brush }: { picture: Picture; series: Series[] } & Pick<Props, "from" | "to" | "brush">) {
    const svg = useRef<SVGSVGElement>(null);
    const [drag, setDrag] = useState<[number, number] | null>(null);
    const bars = Math.max(...Object.values(counts).map(({ length }) => length));
    const rows = series.map(({ names, class: colour }) => ({ colour, values: sumOf(names.flatMap((name) => (counts[name] ? [counts[name]] : [])), bars) }));
    const totals = sumOf(rows.map(({ values }) => values), bars);
    const most = Math.max(...totals, 1);
    const end = start + bars * step;
    const secondsAt = (x: number): number => start + x * step;
    const chosen: [number, number] = drag ?? [from === undefined ? 0 : (from - start) / step, to === undefined ? bars : (to - start) / step];
    const [left, right] = [Math.max(0, Math.min(...chosen)), Math.min(bars, Math.max(...chosen))];
    const barAt = (event: PointerEvent): number => {
        const box = svg.current!.getBoundingClientRect();
        return Math.max(0, Math.min(bars, ((event.clientX - box.left) / box.width) * bars));
    };
    const choose = (left: number, right: number): void => {
        const [first, last] = [Math.floor(left), Math.ceil(right)];
        if (last - first < 1 || (first <= 0 && last >= bars)) brush();
        else brush(secondsAt(first), secondsAt(last));
    };
    const busiest = totals.indexOf(most);
    const text = `Records over time, from ${time(start)} to ${time(end)} UTC; most in the ${step} s from ${time(secondsAt(busiest))}: ${number(most)}.`;
    const isBrushed = from !== undefined || to !== undefined;
    return (
        <figure class="time">
            <svg role="img" aria-label={text} viewBox={`0 0 ${bars} ${HEIGHT}`} preserveAspectRatio="none" ref={svg}
                onPointerDown={(event) => { const x = barAt(event); setDrag([x, x]); event.currentTarget.setPointerCapture(event.pointerId); }}
                onPointerMove={(event) => drag && setDrag([drag[0], barAt(event)])}
                onPointerUp={() => { if (drag) choose(left, right); setDrag(null); }} onPointerCancel={() => setDrag(null)}>
                {totals.map((total, bar) => total > 0 && stack(rows, bar, most))}
                {left > 0 && <rect class="out" x={0} y={0} width={left} height={HEIGHT} />}
                {right < bars && <rect class="out" x={right} y={0} width={bars - right} height={HEIGHT} />}
            </svg>
            <div class="bar brush">
                {bars > 1 && <><label>from <input type="range" min={0} max={bars - 1} value={Math.floor(left)} aria-valuetext={time(secondsAt(Math.floor(left)))} onInput={(event) => choose(Number(event.currentTarget.value), Math.max(right, Number(event.currentTarget.value) + 1))} /></label>
                <label>to <input type="range" min={1} max={bars} value={Math.ceil(right)} aria-valuetext={time(secondsAt(Math.ceil(right)))} onInput={(event) => choose(Math.min(left, Number(event.currentTarget.value) - 1), Number(event.currentTarget.value))} /></label></>}
                <span class="soft">{time(isBrushed ? secondsAt(Math.floor(left)) : start)} to {time(isBrushed ? secondsAt(Math.ceil(right)) : end)} UTC{outside > 0 && `; ${count(outside, "record")} far outside of this time ${outside === 1 ? "is" : "are"} not shown`}</span>
                {isBrushed && <button type="button" onClick={() => brush()}>All of the time</button>}
            </div>
        </figure>
    );
}

const sumOf = (rows: number[][], length: number): number[] => Array.from({ length }, (_, at) => rows.reduce((sum, row) => sum + (row[at] ?? 0), 0));

function stack(rows: { colour: string; values: number[] }[], bar: number, most: number) {
    let y = HEIGHT;
    return rows.map(({ colour, values }) => {
        const height = (HEIGHT * values[bar]!) / most;
        y -= height;
        return height > 0 && <rect class={colour} x={bar + 0.08} y={y} width={0.84} height={height} />;
    });
}
