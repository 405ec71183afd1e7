// The filter of hosts and connections: words that all have to hold; "-" in front denies one.
//
//   10.0.0.0/8   192.0.2.1   443   port:443   server   os:windows   os="Windows 10"   -xp
//   sni:example.org   ja4:t13d   tls:firefox   http:curl   is:tunnel

import { type Network, parseNetwork } from "./addresses";
import { type Fact, type FactText, textsOf } from "./facts";

/** What a filter is asked about: a host, or a connection with two ends. */
export interface Subject {
    /** Address, name and system of each end. */
    ends: { isV6: boolean; words: ArrayLike<number>; at: number; name: string; system: string; scope: () => string }[];
    /** Service ports: of a host those on which it answers or which it asks for. */
    ports: () => Iterable<number>;
    roles: () => string[]; link: string; capture: string; network: string;
    /** What its connections carry: of a host, its own part. */
    facts: () => readonly Fact[];
    /** Words such as "shared", "changed", "unknown". */
    is: () => string[];
    /** Everything a word without a key is searched in, in lower case. */
    text: () => string;
}

type Test = (subject: Subject) => boolean;
export interface Filter { test: Test; error: string; isEmpty: boolean }

const IS = ["shared", "changed", "unknown", "private", "public", "special", "tool", "answered", "unanswered", "v4", "v6", "tcp", "udp",
    "consistent", "tunnel", "terminating_proxy", "proxy_or_forged", "unclear"];
const ROLES = ["client", "server"];
export const HELP = "10.0.0.0/8, 443, port:443, server, os:windows, os=\"exact name\", is:shared, sni:, ja4:, tls:, http:, link:, name:, capture:, vlan:20; - denies";

/** Words: quotes hold blanks together. */
const WORD = /(-?)(?:([a-z0-9]+)([:=])(?:"([^"]*)"?|(\S*))|"([^"]*)"?|(\S+))/gi;

export function parseFilter(text: string): Filter {
    const tests: Test[] = [];
    let error = "";
    for (const [whole, minus, key, sign = ":", quotedValue, value = "", quoted, bare = ""] of text.matchAll(WORD)) {
        const word = minus ? whole.slice(1) : whole;
        // An address of IPv6 looks like a key.
        const isNetwork = !word.includes('"') && parseNetwork(word) !== null;
        const test = isNetwork || (key === undefined && quoted === undefined) ? wordTest(isNetwork ? word : bare)
            : key === undefined ? textTest(quoted ?? "") : keyTest(key.toLowerCase(), sign, quotedValue ?? value);
        if (typeof test === "string") error ||= test;
        else if (test) tests.push(minus ? (subject) => !test(subject) : test);
    }
    return { test: (subject) => tests.every((test) => test(subject)), error, isEmpty: tests.length === 0 };
}

function wordTest(word: string): Test | string | null {
    const lower = word.toLowerCase();
    if (ROLES.includes(lower)) return ({ roles }) => roles().includes(lower);
    if (/^\d{1,5}$/.test(word) && Number(word) <= 0xffff) return portTest(word);
    return networkTest(word) ?? textTest(word);
}

function networkTest(word: string): Test | string | null {
    const network: Network | string | null = parseNetwork(word);
    if (typeof network !== "function") return network && `${word}: ${network}`;
    return ({ ends }) => ends.some(({ isV6, words, at }) => network(isV6, words, at));
}

function portTest(word: string): Test | string {
    const [first = NaN, last = first] = word.split("-").map(Number);
    if (!(first >= 0 && first <= last && last <= 0xffff)) return `port:${word}: a port is a number up to 65535, or 8000-8999`;
    return ({ ports }) => {
        for (const port of ports()) if (port >= first && port <= last) return true;
        return false;
    };
}

function textTest(word: string): Test | null {
    const wanted = word.toLowerCase();
    return wanted ? ({ text }) => text().includes(wanted) : null;
}

function keyTest(key: string, sign: string, value: string): Test | string | null {
    const wanted = value.toLowerCase();
    // What is still being typed denies nothing.
    if (!wanted) return null;
    const among = (values: (subject: Subject) => string[]): Test => (subject) =>
        values(subject).some((value) => (sign === "=" ? value.toLowerCase() === wanted : value.toLowerCase().includes(wanted)));
    const carried = (...whats: FactText[]): Test => among(({ facts }) => whats.flatMap((what) => textsOf(facts(), what)));
    switch (key) {
        case "sni": case "ja4": return carried(key);
        case "tls": return carried("library");
        case "http": return carried("httpClient", "httpServer");
        case "port": return portTest(wanted);
        case "ip": case "net": case "host":
            return networkTest(wanted) ?? `${key}:${value}: an address or a network such as 10.0.0.0/8`;
        case "os": case "system": return among(({ ends }) => ends.map(({ system }) => system));
        case "name": return among(({ ends }) => ends.map(({ name }) => name));
        case "link": return among(({ link }) => [link]);
        case "capture": case "file": return among(({ capture }) => [capture]);
        case "vlan": case "vxlan": case "geneve": case "gtpu": return ({ network }) => network === `${key}:${wanted}`;
        case "role": return ROLES.includes(wanted) ? ({ roles }) => roles().includes(wanted) : `role:${value}: client or server`;
        case "is":
            if (!IS.includes(wanted)) return `is:${value}: one of ${IS.join(", ")}`;
            return (subject) => subject.is().includes(wanted) || subject.ends.some((end) => end.scope() === wanted || (wanted === "v6") === end.isV6 && /^v[46]$/.test(wanted));
        default: return `${key}${sign} is not a key; the keys are port, net, os, sni, ja4, tls, http, name, link, capture, vlan, role, is`;
    }
}
