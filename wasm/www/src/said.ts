// What a host's connections carry, in a few facts: hellos of TLS and QUIC, heads of HTTP.

export interface Tls {
    version: string; transport: "tcp" | "quic" | "dtls"; library?: { name: string; version?: string; program?: string };
    ja4?: string; alpn?: string[]; cipher?: string; truncated?: boolean; preamble?: string;
}
export interface Http {
    version: string; method?: string; status?: number; app?: { name: string; flavor?: string };
    user_agent?: string; server?: string; dishonest?: boolean; claims?: { product?: string; product_version?: string };
}
export interface Quic { version: string; datagram_bytes: number }
export interface Carried { kind: string; tls?: Tls; http?: Http; quic?: Quic }

/** Equal facts have equal keys. */
export interface Said { key: string; heading: string; facts: [string, string][] }

const HEADINGS: Record<string, string> = {
    tls_client: "TLS client", tls_server: "TLS server", http_request: "HTTP client", http_response: "HTTP server", quic_client: "QUIC client",
};

export const libraryOf = ({ library }: Tls): string =>
    library ? [library.name, library.version].filter(Boolean).join(" ") + (library.program ? `, ${library.program}` : "") : "";

const nameOf = ({ name, flavor = "" }: NonNullable<Http["app"]>): string => `${name} ${flavor}`.trim();

/** What a head names as its program: by its signature, else by User-Agent or Server. */
export const appOf = ({ app, claims, user_agent, server }: Http): string =>
    app ? nameOf(app) : claims?.product ? nameOf({ name: claims.product, flavor: claims.product_version ?? "" }) : (user_agent ?? server ?? "");

/** Null for records of TCP alone. */
export function saidOf({ kind, tls, http, quic }: Carried): Said | null {
    if (!tls && !http) return null;
    const facts: [string, string | undefined][] = [];
    if (quic) facts.push(["QUIC", quic.version]);
    if (tls) {
        facts.push(
            ["Library", libraryOf(tls)],
            ["JA4", tls.ja4], ["ALPN", tls.alpn?.join(", ")], ["Version", tls.version], ["Cipher", tls.cipher], ["Behind", tls.preamble],
            ["Note", tls.truncated ? "the hello is cut short: no fingerprint" : undefined],
        );
    }
    if (http)
        facts.push(
            ["Program", http.app && nameOf(http.app)], ["User-Agent", http.user_agent], ["Server", http.server],
            ["Version", `HTTP/${http.version}`],
            ["Note", http.dishonest ? "the head is not one of the program that it names" : undefined],
        );
    const known = facts.filter((fact): fact is [string, string] => Boolean(fact[1]));
    const heading = tls?.transport === "dtls" ? `D${HEADINGS[kind]}` : (HEADINGS[kind] ?? kind);
    return { key: `${heading} ${JSON.stringify(known)}`, heading, facts: known };
}
