// Records as the engine hands them over: types, and the words of a table's row.

import type { Verdict } from "stackprint";
import type { Http, Quic, Tls } from "./said";

export interface Os {
    label: string; name: string; flavor: string; class: string; rank: string; match: string; quality: number;
    candidates?: { name: string; probability: number }[];
    differences?: Difference[];
}
export interface Difference { field: string; expected: string; observed: string }
export interface Change {
    verdict: "host_change" | "ip_sharing"; reasons: string[]; score: number; quality?: number;
    evidence?: { reason: string; then: string; now: string; time: string }[];
}
export interface Uptime { seconds: number; reliable: boolean; why: string; frequency_hz: number; modulo_days: number }
export interface Row {
    time: string; kind: "syn" | "syn_ack" | "uptime" | "tls_client" | "tls_server" | "http_request" | "http_response" | "quic_client"; subject: "client" | "server"; signature: string | null; os: Os | null;
    ttl: { observed: number; initial: number; distance: number; guessed: boolean } | null;
    notes: string[]; mtu: { value: number; link: string | null } | null;
    uptime: Uptime | null; change: Change | null; path?: string[];
    tls?: Tls; http?: Http; quic?: Quic;
}
export interface Batch { shapes: Row[]; rows: Uint32Array; serverNames: string[]; verdicts: (Verdict | null)[]; matched: (string | null)[] }

/** Positions in a row of a batch: see `Table` in the package. */
export const SHAPE = 0, IS_V6 = 1, SUBJECT = 2, SECONDS_HIGH = 6, SECONDS_LOW = 7, UPTIME = 9, PEER = 13, PORTS = 17, SERVER_NAME = 18;
export const ROW_WORDS = 23;

/** Seconds in two words, the higher one first. */
export const secondsAt = (words: Uint32Array, at: number): number => words[at]! * 2 ** 32 + words[at + 1]!;

export const systemOf = (os: Os | null): string => (os ? `${os.name}${os.flavor ? ` ${os.flavor}` : ""}` : "unknown");

export function whyOf(os: Os | null): string {
    if (!os) return "no signature fits";
    const fit = os.match === "exact" ? "every field fits" : "fits with tolerances";
    return `${fit}; ${os.rank === "generic" ? "a family's common form" : "a specific signature"}`;
}
