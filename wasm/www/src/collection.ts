// The captures that were read, each with its hosts: an address of two captures is two hosts.

import { Hosts, type Kept } from "./hosts";
import type { Batch } from "./records";
import type { Label, Unknown } from "./shapes";
import { type Picture, picture } from "./timeline";

export interface Capture { id: number; name: string; hosts: Hosts; isShown: boolean }

export interface System { name: string; hosts: number; share: number; quality: number; why: string }
export interface Family { name: string; hosts: number }
/** What all shown captures have together. */
export interface Found {
    records: number; hosts: number; shared: number; connections: number; connectionsLeft: number;
    /** Whether connections carry it. */
    hasTls: boolean; hasHttp: boolean;
    systems: System[]; families: Family[]; unknown: Unknown[]; unknownTotal: number; picture: Picture | null;
}

const MAX_UNKNOWN_SHOWN = 50;

export class Collection {
    private readonly byId = new Map<number, Capture>();
    /** Grows with everything that can change an answer. */
    revision = 0;

    add(id: number, name: string, batch: Batch): void {
        this.capture(id, name).hosts.add(batch);
        this.revision += 1;
    }

    addNames(id: number, name: string, names: { address: string; name: string }[]): void {
        this.capture(id, name).hosts.addNames(names);
        this.revision += 1;
    }

    remove(ids: number[]): void {
        for (const id of ids) this.byId.delete(id);
        this.revision += 1;
    }

    /** Shows these captures alone; all of them if there are none. */
    show(ids: number[] | null): void {
        for (const capture of this.byId.values()) capture.isShown = !ids || ids.includes(capture.id);
        this.revision += 1;
    }

    shown(): Capture[] {
        return [...this.byId.values()].filter(({ isShown }) => isShown);
    }

    get(id: number): Capture | undefined {
        return this.byId.get(id);
    }

    private capture(id: number, name: string): Capture {
        let capture = this.byId.get(id);
        if (!capture) this.byId.set(id, (capture = { id, name, hosts: new Hosts(), isShown: true }));
        return capture;
    }

    found(): Found {
        const shown = this.shown().map(({ hosts }) => hosts);
        const sum = (count: (hosts: Hosts) => number): number => shown.reduce((sum, hosts) => sum + count(hosts), 0);
        const hosts = sum(({ kept }) => kept.length);
        const labels = shown.flatMap(({ shapes }) => shapes.labels).filter((label) => label.hosts > 0);
        const unknown = unknowns(shown);
        return {
            records: sum(({ records }) => records), hosts, shared: sum(({ shared }) => shared),
            connections: sum(({ connections }) => connections.size), connectionsLeft: sum(({ connections }) => connections.left),
            hasTls: shown.some(({ connections }) => connections.hasTls), hasHttp: shown.some(({ connections }) => connections.hasHttp),
            systems: systems(labels, hosts), families: families(labels),
            unknown: unknown.slice(0, MAX_UNKNOWN_SHOWN), unknownTotal: unknown.length,
            picture: picture(shown.map(({ timeline, shapes }) => ({ timeline, families: shapes.families }))),
        };
    }
}

function systems(labels: Label[], hosts: number): System[] {
    const systems = new Map<string, System>();
    for (const label of labels) {
        const system = systems.get(label.system);
        if (!system)
            systems.set(label.system, { name: label.system, hosts: label.hosts, share: 0, quality: label.quality, why: label.why });
        else {
            system.hosts += label.hosts;
            // The least sure of its hosts, and why.
            if (label.quality < system.quality) [system.quality, system.why] = [label.quality, label.why];
        }
    }
    for (const system of systems.values()) system.share = system.hosts / hosts;
    return [...systems.values()].sort((a, b) => b.hosts - a.hosts);
}

function families(labels: Label[]): Family[] {
    const families = new Map<string, number>();
    for (const { family, hosts } of labels) families.set(family, (families.get(family) ?? 0) + hosts);
    // What is unknown comes last.
    const rank = (name: string): number => Number(name === "unknown");
    return [...families].map(([name, hosts]) => ({ name, hosts })).sort((a, b) => rank(a.name) - rank(b.name) || b.hosts - a.hosts);
}

function unknowns(shown: Hosts[]): Unknown[] {
    const all = new Map<string, Unknown>();
    for (const { shapes } of shown)
        for (const [key, { signature, kind, count }] of shapes.unknown) {
            const known = all.get(key);
            if (known) known.count += count;
            else all.set(key, { signature, kind, count });
        }
    return [...all.values()].sort((a, b) => b.count - a.count);
}

/** An address with different systems in different captures. */
export interface Conflict { ip: string; network: string; in: { capture: string; system: string; quality: number }[] }
export interface Comparison {
    captures: number; addresses: number; common: number; different: number; conflicts: Conflict[];
}

const MAX_CONFLICTS = 500;

/** Compares the systems of the addresses that the shown captures have in common. */
export function compare(captures: Capture[]): Comparison {
    const byAddress = new Map<string, { capture: Capture; host: Kept }[]>();
    for (const capture of captures)
        for (const host of capture.hosts.all()) {
            const key = `${host.network} ${host.ip}`;
            const known = byAddress.get(key);
            if (known) known.push({ capture, host });
            else byAddress.set(key, [{ capture, host }]);
        }
    const common = [...byAddress.values()].filter((hosts) => new Set(hosts.map(({ capture }) => capture.id)).size > 1);
    const conflicts = common.filter((hosts) => new Set(hosts.map(({ host }) => host.label.system)).size > 1);
    return {
        captures: captures.length, addresses: byAddress.size, common: common.length, different: conflicts.length,
        conflicts: conflicts.slice(0, MAX_CONFLICTS).map((hosts) => ({
            ip: hosts[0]!.host.ip, network: hosts[0]!.host.network,
            in: hosts.map(({ capture, host: { label } }) => ({ capture: capture.name, system: label.system, quality: label.quality })),
        })),
    };
}
