// What is known of one host, and why.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer } from "./engine";
import { explain } from "./explain";
import { count, duration, percent, time, words } from "./format";
import type { Detail as Known } from "./host-query";
import type { Carried } from "./hosts";
import { type Difference, systemOf } from "./records";
import { portsText } from "./tables";

interface Props { capture: number; host: number; asked: Answer; revision: string; close: () => void; connections: (ip: string) => void; hasCaptures: boolean }

export function Detail({ capture, host: id, asked, revision, close, connections, hasCaptures }: Props) {
    const [known, setKnown] = useState<Known | null>(null);
    const title = useRef<HTMLHeadingElement>(null);
    useEffect(() => void asked("detail", { capture, host: id }).then(setKnown), [capture, id, revision]);
    useEffect(() => title.current?.focus(), [capture, id, known === null]);
    if (!known) return null;
    const { host, seen, uptime, clock, changes, carried } = known;
    return (
        <section class="detail" aria-labelledby="detail" onKeyDown={(event) => event.key === "Escape" && close()}>
            <div class="bar"><h2 id="detail" tabIndex={-1} ref={title}>{host.ip}: {host.system}</h2>
                <span class="grow" /><button type="button" onClick={close}>Close</button></div>
            <dl>
                <dt>System</dt><dd>{host.system}{host.quality > 0 && `, ${percent(host.quality)} sure: ${host.why}`}</dd>
                {host.isShared && <><dt>Sharing</dt><dd>several systems behind this address</dd></>}
                {host.name && <><dt>Name</dt><dd>{host.name} <span class="soft">(from the capture)</span></dd></>}
                <dt>Address</dt><dd>{host.scope === "special" ? "special purpose (RFC 6890)" : host.scope}{host.network && `, in ${host.network}`}</dd>
                <dt>Role</dt><dd>{host.roles.replace(" ", ", ") || "–"}{host.ports.length > 0 && `; accepts connections on port ${portsText(host.ports, 32)}`}{" "}
                    <button type="button" class="link" onClick={() => connections(host.ip)}>its connections</button></dd>
                <dt>Seen</dt><dd>{time(host.first)} to {time(host.last)} UTC, {count(host.records, "record")}{hasCaptures && `, in ${host.captureName}`}</dd>
                {host.link && <><dt>Link</dt><dd>{host.link}</dd></>}
                {host.distance !== null && <><dt>Distance</dt><dd>{count(host.distance, "hop")}</dd></>}
                {uptime && <><dt>Uptime</dt><dd>
                    {uptime.reliable ? duration(uptime.seconds) : <>uncertain: the clock says {duration(uptime.seconds)}</>}, or that and a multiple of {uptime.modulo_days} days
                    <span class="soft"> ({WHY[uptime.why] ?? words(uptime.why)}; the clock has {uptime.frequency_hz} Hz)</span></dd></>}
            </dl>
            {clock.length > 2 && <ClockPlot points={clock} />}
            {changes.length > 0 && <Changes changes={changes} />}
            {carried.map((one) => <CarriedView {...one} />)}
            {seen.map((one) => <Signature {...one} />)}
        </section>
    );
}

const WHY: Record<string, string> = {
    steady_across_peers: "the clock is the same towards several peers", one_peer: "seen towards one peer only: a random offset would not show",
    offset_jumps: "the clock jumps", offset_per_peer: "each peer is shown another clock", several_clocks: "several clocks behind one address",
    short_span: "watched too briefly for the frequency to be certain",
};

/** A clock that only runs is a straight line; several, or one that is set anew for each peer, are not. */
function ClockPlot({ points }: { points: Known["clock"] }) {
    const [times, uptimes] = [points.map(([seconds]) => seconds), points.map(([, uptime]) => uptime)];
    const [start, end, least, most] = [Math.min(...times), Math.max(...times), Math.min(...uptimes), Math.max(...uptimes)];
    const x = (seconds: number): number => 1 + (98 * (seconds - start)) / (end - start || 1);
    const y = (uptime: number): number => 37 - (34 * (uptime - least)) / (most - least || 1);
    const text = `Uptimes of ${duration(least)} to ${duration(most)}, at ${points.length} times from ${time(start)} to ${time(end)} UTC`;
    return (
        <figure class="clock">
            <svg role="img" aria-label={text} viewBox="0 0 100 40" preserveAspectRatio="none"><path d={points.map(([seconds, uptime]) => `M${x(seconds)} ${y(uptime)}h0`).join("")} /></svg>
            <figcaption class="soft">{text}. A single clock gives a straight line.</figcaption>
        </figure>
    );
}

function Changes({ changes }: { changes: Known["changes"] }) {
    return (
        <article>
            <h3>Changes</h3>
            <ul class="plain">
                {changes.map(({ row: { change }, seconds, count: times }) => change && (
                    <li>
                        <b>{change.verdict === "ip_sharing" ? "Several systems behind one address" : "Another system than before"}</b>{" "}
                        <span class="soft">{time(seconds)} UTC{times > 1 && `, the last of ${times}`}{change.quality != null && `; ${percent(change.quality)} sure`}</span>
                        <ul>{(change.evidence ?? change.reasons.map((reason) => ({ reason, then: "", now: "" }))).map(({ reason, then, now }) => (
                            <li>{REASON[reason] ?? words(reason)}{(then || now) && <>: <code>{then || "(none)"}</code> → <code>{now || "(none)"}</code></>}</li>
                        ))}</ul>
                    </li>
                ))}
            </ul>
        </article>
    );
}

const REASON: Record<string, string> = {
    app_vs_os: "a program's signature against a system's", os_diff: "another system", sig_diff: "another signature", x_known: "known at one time, unknown at the other",
    tstamp: "the clock", ttl: "the TTL", port: "the source port", mtu: "the MTU", fuzzy: "fits with tolerances only", window: "the window",
};

function Signature({ row, matched, count: times, seconds }: Known["seen"][number]) {
    const { os, signature } = row;
    return (
        <article>
            <h3>{row.kind === "syn" ? "As client (SYN)" : "As server (SYN+ACK)"}: {systemOf(os)}{os && `, ${percent(os.quality)} sure`}</h3>
            <p class="soft">seen {times === 1 ? "once" : `${times} times`}, last {time(seconds)} UTC{row.notes.length ? `; notes: ${row.notes.join(", ")}` : ""}{row.path ? `; through ${row.path.join(", ")}` : ""}</p>
            {signature && <Copied what="Signature" text={signature} />}
            {matched && <Copied what="Matched signature" text={matched} />}
            {os && <Copied what="Label" text={os.label} />}
            {os?.candidates && <p>One stack, several systems: {os.candidates.map((c) => `${c.name} ${percent(c.probability)}`).join(", ")}.</p>}
            {os?.differences?.map((difference) => <p>{differenceText(difference)}</p>)}
            <div class="scroll" tabIndex={0} role="region" aria-label={`Fields of ${signature ?? row.kind}`}>
                <table><tbody>{explain(signature ?? "").map((field) => <tr><th scope="row">{field.name}</th><td><code>{field.value}</code></td><td>{field.says}</td></tr>)}</tbody></table>
            </div>
        </article>
    );
}

/** What the host's connections carry: TLS, HTTP, QUIC. */
function CarriedView({ said: { heading, facts }, count: times, seconds, names }: Carried) {
    return (
        <article>
            <h3>{heading}</h3>
            <p class="soft">seen {times === 1 ? "once" : `${times} times`}, last {time(seconds)} UTC</p>
            <dl>
                {facts.map(([name, value]) => <><dt>{name}</dt><dd>{name === "JA4" ? <code>{value}</code> : value}</dd></>)}
                {names.length > 0 && <><dt>Asks for</dt><dd>{names.join(", ")}</dd></>}
            </dl>
        </article>
    );
}

function differenceText({ field, expected, observed }: Difference) {
    return <>Differs in {words(field)}: expected <code>{expected || "(none)"}</code>, observed <code>{observed || "(none)"}</code>.</>;
}

function Copied({ what, text }: { what: string; text: string }) {
    const [isDone, setDone] = useState(false);
    // Browsers have no clipboard on pages without TLS, and may forbid it.
    const copy = (): void => void navigator.clipboard.writeText(text).then(() => setDone(true), () => undefined);
    return <p class="copied"><span class="soft">{what}</span> <code>{text}</code>{" "}
        {"clipboard" in navigator && <button type="button" onClick={copy} aria-label={`Copy ${what.toLowerCase()}`}>{isDone ? "Copied" : "Copy"}</button>}</p>;
}
