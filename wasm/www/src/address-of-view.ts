// The view in the address of the page: the filter, the order, the chosen host; never data.

import { CONNECTION_SORTS } from "./connection-query";
import { HOST_SORTS } from "./host-query";
import type { View } from "./order";

export const TABS = ["hosts", "connections", "systems", "unknown", "compare", "packets"] as const;
export type Tab = (typeof TABS)[number];
/** What the page shows: the filter and the time hold for hosts and connections, the order for each. */
export interface Shown {
    tab: Tab; filter: string; from: number | undefined; to: number | undefined;
    hosts: { sort: string; descending: boolean }; connections: { sort: string; descending: boolean };
    /** The address of the chosen host. */
    host: string;
}

const START: Shown = {
    tab: "hosts", filter: "", from: undefined, to: undefined,
    hosts: { sort: "records", descending: true }, connections: { sort: "syns", descending: true }, host: "",
};

export function viewOf({ filter, from, to, ...shown }: Shown, table: "hosts" | "connections"): View {
    return { filter, from, to, ...shown[table] };
}

export function shownOfAddress(): Shown {
    const given = new URLSearchParams(location.hash.slice(1));
    const tab = TABS.find((tab) => tab === given.get("tab")) ?? START.tab;
    const sorts: readonly string[] = tab === "connections" ? CONNECTION_SORTS : HOST_SORTS;
    const sort = sorts.find((key) => key === given.get("sort"));
    const order = sort ? { sort, descending: given.get("order") !== "up" } : undefined;
    const seconds = (name: string): number | undefined => {
        const value = given.get(name);
        return value && Number.isFinite(Number(value)) ? Number(value) : undefined;
    };
    return {
        ...START, tab, filter: given.get("filter") ?? "", from: seconds("from"), to: seconds("to"), host: given.get("host") ?? "",
        ...(order && (tab === "connections" ? { connections: order } : { hosts: order })),
    };
}

export function addressOfShown(shown: Shown): void {
    const words = new URLSearchParams();
    const order = shown[shown.tab === "connections" ? "connections" : "hosts"];
    if (shown.tab !== START.tab) words.set("tab", shown.tab);
    if (shown.filter) words.set("filter", shown.filter);
    if (shown.from !== undefined) words.set("from", String(shown.from));
    if (shown.to !== undefined) words.set("to", String(shown.to));
    words.set("sort", order.sort);
    words.set("order", order.descending ? "down" : "up");
    if (shown.host) words.set("host", shown.host);
    history.replaceState(null, "", `#${words}`);
}
