// Addresses: numbers to text and back, and what kind of network they belong to.

/** An address as numbers: four words, of which IPv4 uses the first. */
export interface Address { isV6: boolean; words: [number, number, number, number] }

export const ipv4 = (word: number): string => `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;

/** As RFC 5952 writes it: the longest run of two or more zeros is left out. */
export function ipv6(words: ArrayLike<number>): string {
    if (!words[0] && !words[1] && words[2] === 0xffff) return `::ffff:${ipv4(words[3]!)}`;
    const parts = [0, 1, 2, 3].flatMap((at) => [words[at]! >>> 16, words[at]! & 0xffff]);
    let [best, length] = [-1, 1];
    for (let start = 0; start < 8; start += 1) {
        let end = start;
        while (end < 8 && parts[end] === 0) end += 1;
        if (end - start > length) [best, length] = [start, end - start];
    }
    const hex = (some: number[]): string => some.map((part) => part.toString(16)).join(":");
    return best < 0 ? hex(parts) : `${hex(parts.slice(0, best))}::${hex(parts.slice(best + length))}`;
}

function parseV4(text: string): number | null {
    const parts = text.split(".");
    if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return null;
    return parts.reduce((word, part) => ((word << 8) | Number(part)) >>> 0, 0);
}

function parseV6(text: string): Address["words"] | null {
    const halves = text.split("::");
    if (halves.length > 2) return null;
    const groups = (half: string): number[] | null => {
        if (half === "") return [];
        const parts = half.split(":");
        const tail = parseV4(parts[parts.length - 1] ?? "");
        if (tail !== null) parts.splice(-1, 1, (tail >>> 16).toString(16), (tail & 0xffff).toString(16));
        return parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part)) ? parts.map((part) => parseInt(part, 16)) : null;
    };
    const [front, back] = [groups(halves[0] ?? ""), groups(halves[1] ?? "")];
    if (!front || !back) return null;
    const missing = 8 - front.length - back.length;
    if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
    const all = [...front, ...new Array<number>(Math.max(missing, 0)).fill(0), ...back];
    const word = (at: number): number => ((all[at * 2]! << 16) | all[at * 2 + 1]!) >>> 0;
    return [word(0), word(1), word(2), word(3)];
}

/** Returns null if the text is not an address. */
export function parseAddress(text: string): Address | null {
    const v4 = parseV4(text);
    if (v4 !== null) return { isV6: false, words: [v4, 0, 0, 0] };
    const v6 = text.includes(":") ? parseV6(text) : null;
    return v6 && { isV6: true, words: v6 };
}

/** A network as a test of addresses. */
export type Network = (isV6: boolean, words: ArrayLike<number>, at: number) => boolean;

/** Reads "10.0.0.0/8" or "192.0.2.1". Returns null if it is neither, a text if the prefix is wrong. */
export function parseNetwork(text: string): Network | null | string {
    const [front = "", prefix, ...more] = text.split("/");
    const address = parseAddress(front);
    if (!address || more.length) return null;
    const most = address.isV6 ? 128 : 32;
    const bits = prefix === undefined ? most : Number(prefix);
    if (prefix === "" || !Number.isInteger(bits) || bits < 0 || bits > most) return `/${prefix ?? ""} is not a prefix of 0 to ${most} bits`;
    const masks = [0, 1, 2, 3].map((word) => mask(bits - 32 * word));
    return (isV6, words, at) =>
        isV6 === address.isV6 && masks.every((bits, word) => ((words[at + word]! ^ address.words[word]!) & bits) === 0);
}

const mask = (bits: number): number => (bits <= 0 ? 0 : bits >= 32 ? -1 : ~((1 << (32 - bits)) - 1));

export type Scope = "private" | "public" | "special";

/** RFC 1918, RFC 6598 and RFC 4193; "special" are loopback, link-local, multicast, documentation and the like (RFC 6890). */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];
const SPECIAL = [
    "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/3", "::/127", "fe80::/10", "ff00::/8", "2001:db8::/32", "3fff::/20",
];
const networks = (texts: string[]): Network[] => texts.map((text) => parseNetwork(text)).filter((one): one is Network => typeof one === "function");
const [privates, specials] = [networks(PRIVATE), networks(SPECIAL)];

export function scopeOf(isV6: boolean, words: ArrayLike<number>, at: number): Scope {
    const isIn = (network: Network): boolean => network(isV6, words, at);
    return privates.some(isIn) ? "private" : specials.some(isIn) ? "special" : "public";
}
