// The captures: what became of each, which of them count, and how to get rid of them.

import { useState } from "preact/hooks";
import { count, number, size, words } from "./format";
import type { State } from "./keeping";
import type { FileState, FileStatus } from "./reading";

const STATUS: Record<FileStatus, string> = {
    waiting: "waiting", reading: "reading…", following: "following: new packets appear as they are written", read: "read", failed: "not read to the end",
    cancelled: "cancelled", same: "already here",
};
/** More captures than these are folded away: the answer comes first. */
const MAX_OPEN = 4;

interface Props { state: State; shown: number[] | null; show: (ids: number[] | null) => void; remove: (ids: number[]) => void }

export function Captures({ state, shown, show, remove }: Props) {
    const { files, passed } = state;
    const [open, setOpen] = useState<boolean | null>(null);
    const failed = files.filter(({ status }) => status === "failed").length;
    const isOpen = open ?? files.length <= MAX_OPEN;
    const read = files.filter(({ counts }) => counts.packets > 0);
    const isShown = (id: number): boolean => !shown || shown.includes(id);
    const toggle = (id: number): void => {
        const next = read.map((file) => file.id).filter((other) => (other === id ? !isShown(id) : isShown(other)));
        show(next.length === read.length ? null : next);
    };
    return (
        <details class="captures" open={isOpen}>
            <summary onClick={(event) => { event.preventDefault(); setOpen(!isOpen); }}>
                {count(files.length, "capture")}, {size(files.reduce((sum, file) => sum + file.size, 0))}
                {failed > 0 && <em>, {failed} not read to the end</em>}
                {shown && `; ${shown.length} of them shown`}
                {passed > 0 && `; ${count(passed, "file")} of the folder left out, no captures`}
            </summary>
            {isOpen && <ul class="files" aria-label="Captures">
                {files.map((file) => (
                    <li class={file.status} key={file.id}>
                        {read.length > 1 && file.counts.packets > 0 && <input type="checkbox" checked={isShown(file.id)} onChange={() => toggle(file.id)} aria-label={`Show ${file.name}`} />}
                        <b>{file.name}</b> <span>{file.size > 0 && `${size(file.size)} · `}{STATUS[file.status]}</span>{" "}
                        {read.length > 1 && file.counts.packets > 0 && <button type="button" class="link" onClick={() => show([file.id])}>only this</button>}{" "}
                        <button type="button" class="link" onClick={() => remove([file.id])} aria-label={`Remove ${file.name}`}>remove</button>
                        {file.note && <em>{file.note}</em>}
                    </li>
                ))}
            </ul>}
            {files.length > 1 && <p>
                {shown && <button type="button" onClick={() => show(null)}>Show all captures</button>}
                <button type="button" onClick={() => remove(files.map(({ id }) => id))}>Clear everything</button>
            </p>}
        </details>
    );
}

/** Names of IP protocols and EtherTypes (IANA, IEEE) that captures often have. */
const PROTOCOLS: Record<string, string> = {
    "ip:1": "ICMP", "ip:2": "IGMP", "ip:17": "UDP", "ip:47": "GRE", "ip:50": "ESP (IPsec)", "ip:51": "AH (IPsec)", "ip:58": "ICMPv6", "ip:89": "OSPF",
    "ip:103": "PIM", "ip:112": "VRRP", "ip:132": "SCTP", "ether:0x0806": "ARP", "ether:0x88cc": "LLDP", "ether:0x888e": "802.1X",
};

/** What was in the captures, above all where nothing can be said of it. */
export function Contents({ files }: { files: FileState[] }) {
    const counted = files.filter(({ counts }) => counts.packets > 0);
    const sum = (of: (file: FileState) => number): number => counted.reduce((sum, file) => sum + of(file), 0);
    const merged = (of: (file: FileState) => Record<string, number>): [string, number][] => {
        const all = new Map<string, number>();
        for (const file of counted) for (const [name, n] of Object.entries(of(file))) all.set(name, (all.get(name) ?? 0) + n);
        return [...all].sort((a, b) => b[1] - a[1]);
    };
    const [tcp, records] = [sum(({ counts }) => counts.tcp), sum(({ counts }) => counts.records)];
    const skipped = merged(({ counts }) => counts.skipped);
    const carried = merged(({ counts }) => counts.carried);
    return (
        <>
            <ul class="plain">
                <li>{number(tcp)} <span class="soft">TCP packets; {number(records)} records were made of them</span></li>
                {skipped.map(([reason, n]) => <li>{number(n)} <span class="soft">{REASONS[reason] ?? words(reason)}</span></li>)}
            </ul>
            {carried.length > 0 && <p class="soft">Among them: {carried.slice(0, 12).map(([name, n]) => `${PROTOCOLS[name] ?? name.replace("ip:", "IP protocol ").replace("ether:", "EtherType ")} ${number(n)}`).join(", ")}.</p>}
        </>
    );
}

const REASONS: Record<string, string> = {
    not_tcp: "packets of IP that carry something other than TCP", not_ip: "frames without IP", unknown_link_type: "packets of a link type that is not supported",
    cut_short: "packets that end within their headers", fragment: "fragments without a TCP header", bad_header: "packets whose headers contradict themselves",
    bad_flags: "TCP packets with flags that no system sends", too_deep: "packets in too many tunnels",
};

/** Why there are no hosts, where packets were read. */
export function NoHosts({ state }: { state: State }) {
    const packets = state.files.reduce((sum, { counts }) => sum + counts.packets, 0);
    const tcp = state.files.reduce((sum, { counts }) => sum + counts.tcp, 0);
    if (state.busy || packets === 0) return null;
    return (
        <section aria-labelledby="nothing">
            <h2 id="nothing">No system can be named</h2>
            <p>
                {tcp > 0
                    ? `There are ${count(tcp, "TCP packet")}, but none of them opens a connection: the SYN and SYN+ACK, by which a system is recognized, are missing. The capture began after the connections, or a filter left them out.`
                    : `None of the ${count(packets, "packet")} is TCP that can be read, and systems are recognized by how they open TCP connections.`}
            </p>
            <Contents files={state.files} />
        </section>
    );
}
