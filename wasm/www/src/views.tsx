// What is found, besides hosts and connections: systems, unknown signatures, a comparison of captures.

import { useEffect, useState } from "preact/hooks";
import type { Comparison, System } from "./collection";
import type { Answer } from "./engine";
import { proposal } from "./explain";
import type { Unknown } from "./shapes";
import { count, number, percent } from "./format";

export function Systems({ systems, pick }: { systems: System[]; pick: (name: string) => void }) {
    return (
        <div class="scroll" tabIndex={0} role="region" aria-label="Systems">
            <table>
                <thead><tr><th>System</th><th>Share of hosts</th><th class="n">Hosts</th><th class="n">Sure at least</th><th>Why</th></tr></thead>
                <tbody>
                    {systems.map((system) => (
                        <tr>
                            <th scope="row"><button class="link" type="button" onClick={() => pick(system.name)}>{system.name}</button></th>
                            <td><meter min={0} max={1} value={system.share} aria-label={`share of ${system.name}`} /> {percent(system.share)}</td>
                            <td class="n">{number(system.hosts)}</td>
                            <td class="n">{system.quality ? percent(system.quality) : "–"}</td>
                            <td class="soft">{system.why}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function Unknowns({ unknown, total }: { unknown: Unknown[]; total: number }) {
    const [open, setOpen] = useState("");
    if (!unknown.length) return <p>Every signature is known.</p>;
    return (
        <>
            <ul class="plain">
                {unknown.map(({ signature, kind, count: times }) => {
                    const key = `${kind} ${signature}`;
                    return (
                        <li>
                            <code>{signature}</code> <span class="soft">{kind === "syn" ? "SYN" : "SYN+ACK"}, {times === 1 ? "once" : `${number(times)} times`}</span>{" "}
                            <button type="button" aria-expanded={open === key} onClick={() => setOpen(open === key ? "" : key)}>Propose a signature</button>
                            {open === key && <textarea readOnly rows={7} aria-label="Proposal" value={proposal(kind, signature)} />}
                        </li>
                    );
                })}
            </ul>
            {total > unknown.length && <p class="soft">The {unknown.length} most frequent of {number(total)}.</p>}
        </>
    );
}

export function Compare({ asked, revision, pick }: { asked: Answer; revision: string; pick: (ip: string) => void }) {
    const [found, setFound] = useState<Comparison | null>(null);
    useEffect(() => void asked("compare", {}).then(setFound), [revision]);
    if (!found) return null;
    return (
        <>
            <p>
                {count(found.captures, "capture")} with {count(found.addresses, "address", "addresses")}; {number(found.common)} in more than one of them,{" "}
                <b>{number(found.different)} with different systems</b>. The captures that are compared are those that are shown.
            </p>
            {found.conflicts.length > 0 && (
                <div class="scroll" tabIndex={0} role="region" aria-label="Addresses with different systems">
                    <table>
                        <thead><tr><th>Address</th><th>Capture</th><th>System</th><th class="n">Sure</th></tr></thead>
                        <tbody>
                            {found.conflicts.map(({ ip, network, in: seen }) => seen.map(({ capture, system, quality }, at) => (
                                <tr>
                                    {at === 0 && <th scope="rowgroup" rowSpan={seen.length}><button class="link" type="button" onClick={() => pick(ip)}><code>{ip}{network && ` ${network}`}</code></button></th>}
                                    <td>{capture}</td><td>{system}</td><td class="n">{quality ? percent(quality) : "–"}</td>
                                </tr>
                            )))}
                        </tbody>
                    </table>
                </div>
            )}
            {found.different > found.conflicts.length && <p class="soft">The first {found.conflicts.length} of {number(found.different)}.</p>}
        </>
    );
}
