// What is found, besides the hosts: systems, when, what is unknown, what was passed over.

import { useState } from "preact/hooks";
import type { Found, System, Unknown } from "./hosts";
import { proposal } from "./explain";

const percent = (share: number): string => `${Math.round(100 * share)} %`;

export function Systems({ systems, pick }: { systems: System[]; pick: (name: string) => void }) {
    return (
        <section aria-labelledby="systems">
            <h2 id="systems">Systems</h2>
            <div class="scroll" tabIndex={0} role="region" aria-labelledby="systems">
                <table>
                    <thead><tr><th>System</th><th>Share of hosts</th><th class="n">Hosts</th><th class="n">Sure at least</th><th>Why</th></tr></thead>
                    <tbody>
                        {systems.slice(0, 20).map((system) => (
                            <tr>
                                <th scope="row"><button class="link" type="button" onClick={() => pick(system.name)}>{system.name}</button></th>
                                <td><meter min={0} max={1} value={system.share} aria-label={`share of ${system.name}`} /> {percent(system.share)}</td>
                                <td class="n">{system.hosts}</td>
                                <td class="n">{system.quality ? percent(system.quality) : "–"}</td>
                                <td class="soft">{system.why}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
            {systems.length > 20 && <p class="soft">and {systems.length - 20} more; all are in the table of hosts.</p>}
        </section>
    );
}

export function Timeline({ timeline }: { timeline: NonNullable<Found["timeline"]> }) {
    const { start, step, counts } = timeline;
    const most = Math.max(...counts, 1);
    const at = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
    const busiest = start + counts.indexOf(most) * step;
    const text = `From ${at(start)} to ${at(start + counts.length * step)} UTC; most in the ${step} s from ${at(busiest)}: ${most} records.`;
    return (
        <section aria-labelledby="time">
            <h2 id="time">When</h2>
            <svg role="img" aria-label={text} viewBox={`0 0 ${counts.length} 40`} preserveAspectRatio="none">
                {counts.map((count, i) => count > 0 && <rect x={i + 0.08} y={40 - (40 * count) / most} width={0.84} height={(40 * count) / most} />)}
            </svg>
            <p class="soft">{text}</p>
        </section>
    );
}

export function Unknowns({ unknown, total }: { unknown: Unknown[]; total: number }) {
    const [open, setOpen] = useState("");
    if (!unknown.length) return null;
    return (
        <section aria-labelledby="unknown">
            <h2 id="unknown">Unknown signatures</h2>
            <ul class="plain">
                {unknown.map(({ signature, kind, count }) => {
                    const key = `${kind} ${signature}`;
                    return (
                        <li>
                            <code>{signature}</code> <span class="soft">{kind === "syn" ? "SYN" : "SYN+ACK"}, {count} times</span>{" "}
                            <button type="button" aria-expanded={open === key} onClick={() => setOpen(open === key ? "" : key)}>Propose a signature</button>
                            {open === key && <textarea readOnly rows={7} aria-label="Proposal" value={proposal(kind, signature)} />}
                        </li>
                    );
                })}
            </ul>
            {total > unknown.length && <p class="soft">The {unknown.length} most frequent of {total}.</p>}
        </section>
    );
}

export function Skipped({ skipped }: { skipped: Record<string, number> }) {
    const reasons = Object.entries(skipped).sort((a, b) => b[1] - a[1]);
    if (!reasons.length) return null;
    return (
        <section aria-labelledby="skipped">
            <h2 id="skipped">Packets passed over</h2>
            <ul class="plain">{reasons.map(([reason, n]) => <li>{n.toLocaleString("en")} <span class="soft">{reason.replaceAll("_", " ")}</span></li>)}</ul>
        </section>
    );
}
