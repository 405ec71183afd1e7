// What a record of TLS, QUIC or HTTP adds to its connection, and how several are shown as one.

import type { Verdict } from "stackprint";
import { type Carried, appOf, libraryOf } from "./said";

/** Of one record; texts are empty where it says nothing. */
export interface Fact {
    key: string; isUdp: boolean; isHttp: boolean; ja4: string; library: string;
    /** The server that the client asks for. */
    sni: string;
    /** The programs at both ends of HTTP. */
    httpClient: string; httpServer: string;
    /** Whether what it says agrees with the client's stack, by the engine's rules. */
    verdict: Verdict | "";
}
export type FactText = "ja4" | "library" | "sni" | "httpClient" | "httpServer";

/** What a shape says, without the server's name; null for records of TCP alone. */
export function factOf(record: Carried, verdict: Verdict | null): Fact | null {
    const { kind, tls, http } = record;
    if (!tls && !http) return null;
    const app = http ? appOf(http) || "unknown" : "";
    return keyed({
        isUdp: tls !== undefined && tls.transport !== "tcp", isHttp: http !== undefined, ja4: tls?.ja4 ?? "", library: tls ? libraryOf(tls) : "",
        sni: "", httpClient: kind === "http_request" ? app : "", httpServer: kind === "http_response" ? app : "", verdict: verdict ?? "",
    });
}

/** The same of a hello that asks for a server by its name. */
export const factWithName = (fact: Fact, sni: string): Fact => keyed({ ...fact, sni });

function keyed({ isUdp, isHttp, ja4, library, sni, httpClient, httpServer, verdict }: Omit<Fact, "key">): Fact {
    const key = JSON.stringify([isUdp, isHttp, ja4, library, sni, httpClient, httpServer, verdict]);
    return { key, isUdp, isHttp, ja4, library, sni, httpClient, httpServer, verdict };
}

/** What facts say, each once, in the order in which it was seen. */
export function textsOf(facts: Iterable<Fact>, what: FactText): string[] {
    const texts = new Set<string>();
    for (const fact of facts) if (fact[what]) texts.add(fact[what]);
    return [...texts];
}

/** The worst comes first. */
const VERDICTS: readonly Verdict[] = ["tunnel", "proxy_or_forged", "terminating_proxy", "consistent", "unclear"];

/** The worst verdict; empty if there is none. */
export function verdictOf(facts: readonly Fact[]): Verdict | "" {
    return VERDICTS.find((verdict) => facts.some((fact) => fact.verdict === verdict)) ?? "";
}
