// The connections of one capture: who asked whom, on which port, which systems both ends are, and what
// TLS, QUIC and HTTP say of them. Connections of one client to one service are one line, whose words are
// in a single cache line.

import type { Fact } from "./facts";
import { IS_V6, PEER, PORTS, SECONDS_HIGH, SECONDS_LOW, SUBJECT } from "./records";
import type { Shape } from "./shapes";

export const CONNECTION_WORDS = 16;
/** Words of a line: the service port, the IP version, the transport and the network (below); client; server; SYNs; SYN+ACKs; the
 * numbers of the latest labels, plus 1, the client's in the lower half; the number of its facts, plus 1; the first and the last
 * time in seconds, and the latter's high word. */
export const ENDS = 0, CLIENT = 1, SERVER = 5, SYNS = 9, ANSWERS = 10;
const LABELS = 11, FACTS = 12, FIRST = 13, LAST = 14, HIGH = 15;
export const V6_BIT = 1 << 16, UDP_BIT = 1 << 17;
/** Networks have numbers in the upper bits; those that do not fit are one. */
const NETWORK_SHIFT = 18, MAX_NETWORK = (1 << 14) - 1;
const FIRST_LINES = 32;
/** A scan of ports must not fill the memory: 64 MB. */
const MAX_LINES = 1_000_000;
/** Lines with facts, and different facts of one line: a crawler must not fill the memory, either. */
const MAX_WITH_FACTS = 200_000;
const MAX_FACTS = 8;

/** What a line's connections carry. Lists of one are those of all lines that have just that. */
export interface Facts {
    list: readonly Fact[];
    /** Whether there were more than are kept. */
    hasMore: boolean;
}
const NO_FACTS: Facts = { list: [], hasMore: false };

export class Connections {
    words = new Uint32Array(FIRST_LINES * CONNECTION_WORDS);
    size = 0;
    /** Records of connections, or of what they carry, for which there was no memory. */
    left = 0;
    hasTls = false;
    hasHttp = false;
    private readonly facts: Facts[] = [];
    /** Of a fact, the number of those facts that are it alone, plus 1. */
    private readonly alone = new Map<Fact, number>();
    private withFacts = 0;
    private slots = new Uint32Array(FIRST_LINES * 2);
    private readonly seed = crypto.getRandomValues(new Uint32Array(1))[0]!;

    /** Counts a SYN or SYN+ACK, or takes what a connection carries: the row at `at` of a batch. */
    add(rows: Uint32Array, at: number, shape: Shape, fact: Fact | null): void {
        const { isServer } = shape;
        const network = Math.min(shape.network, MAX_NETWORK) << NETWORK_SHIFT;
        const ends = ((rows[at + PORTS]! & 0xffff) | (rows[at + IS_V6]! ? V6_BIT : 0) | (fact?.isUdp ? UDP_BIT : 0) | network) >>> 0;
        const client = at + (isServer ? PEER : SUBJECT);
        const server = at + (isServer ? SUBJECT : PEER);
        const before = this.size;
        const number = this.find(ends, rows, client, server);
        if (number < 0) {
            this.left += 1;
            return;
        }
        const { words } = this;
        const line = number * CONNECTION_WORDS;
        const low = rows[at + SECONDS_LOW]!;
        if (number === before) words[line + FIRST] = low;
        words[line + LAST] = low;
        words[line + HIGH] = rows[at + SECONDS_HIGH]!;
        if (fact) {
            this.take(line, fact);
            return;
        }
        words[line + (isServer ? ANSWERS : SYNS)]! += 1;
        const label = shape.label.number < 0xffff ? shape.label.number + 1 : 0;
        const labels = words[line + LABELS]!;
        words[line + LABELS] = isServer ? (labels & 0xffff) | (label << 16) : (labels & 0xffff0000) | label;
    }

    /** The number of an end's latest label, plus 1; 0 if it has none. */
    label(line: number, isServer: boolean): number {
        const labels = this.words[line + LABELS]!;
        return isServer ? labels >>> 16 : labels & 0xffff;
    }

    /** What the connections of a line carry. */
    factsOf(line: number): Facts {
        return this.facts[this.words[line + FACTS]! - 1] ?? NO_FACTS;
    }

    private take(line: number, fact: Fact): void {
        if (fact.isHttp) this.hasHttp = true;
        else this.hasTls = true;
        const number = this.words[line + FACTS]!;
        if (number === 0) {
            if (this.withFacts >= MAX_WITH_FACTS) this.left += 1;
            else {
                this.withFacts += 1;
                this.words[line + FACTS] = this.aloneOf(fact);
            }
            return;
        }
        const known = this.facts[number - 1]!;
        // Nearly always the same one.
        if (known.list.includes(fact) || known.list.some(({ key }) => key === fact.key)) return;
        if (known.list.length >= MAX_FACTS) known.hasMore = true;
        else if (known.list.length > 1) known.list = [...known.list, fact];
        else this.words[line + FACTS] = this.facts.push({ list: [...known.list, fact], hasMore: false });
    }

    private aloneOf(fact: Fact): number {
        let number = this.alone.get(fact);
        if (number === undefined) {
            number = this.facts.push({ list: [fact], hasMore: false });
            this.alone.set(fact, number);
        }
        return number;
    }

    first(line: number): number {
        const { words } = this;
        const high = words[line + HIGH]! - (words[line + FIRST]! > words[line + LAST]! ? 1 : 0);
        return Math.max(high, 0) * 2 ** 32 + words[line + FIRST]!;
    }

    last(line: number): number {
        return this.words[line + HIGH]! * 2 ** 32 + this.words[line + LAST]!;
    }

    /** The number of the line, which is made if there is none; -1 if there is no memory for it. */
    private find(ends: number, from: Uint32Array, client: number, server: number): number {
        const mask = this.slots.length - 1;
        let slot = hash(this.seed, ends, from, client, server) & mask;
        for (let found; (found = this.slots[slot]!) !== 0; slot = (slot + 1) & mask) {
            const line = (found - 1) * CONNECTION_WORDS;
            const { words } = this;
            if (
                words[line + CLIENT] === from[client] && words[line + SERVER] === from[server] && words[line + ENDS] === ends &&
                ((ends & V6_BIT) === 0 || this.hasEnds(line, from, client, server))
            )
                return found - 1;
        }
        if (this.size >= MAX_LINES) return -1;
        if ((this.size + 1) * CONNECTION_WORDS > this.words.length) {
            this.grow();
            return this.find(ends, from, client, server);
        }
        const number = this.size++;
        const line = number * CONNECTION_WORDS;
        this.slots[slot] = number + 1;
        this.words[line + ENDS] = ends;
        for (let word = 0; word < 4; word += 1) {
            this.words[line + CLIENT + word] = from[client + word]!;
            this.words[line + SERVER + word] = from[server + word]!;
        }
        return number;
    }

    /** Whether the rest of the words of IPv6 addresses are equal. */
    private hasEnds(line: number, from: Uint32Array, client: number, server: number): boolean {
        const { words } = this;
        for (let word = 1; word < 4; word += 1)
            if (words[line + CLIENT + word] !== from[client + word] || words[line + SERVER + word] !== from[server + word]) return false;
        return true;
    }

    private grow(): void {
        const words = new Uint32Array(this.words.length * 2);
        words.set(this.words);
        this.words = words;
        this.slots = new Uint32Array(this.slots.length * 2);
        const mask = this.slots.length - 1;
        for (let number = 0; number < this.size; number += 1) {
            const line = number * CONNECTION_WORDS;
            let slot = hash(this.seed, words[line + ENDS]!, words, line + CLIENT, line + SERVER) & mask;
            while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
            this.slots[slot] = number + 1;
        }
    }
}

/** murmur3's mixing of every word that can be other than 0. */
function hash(seed: number, ends: number, words: Uint32Array, client: number, server: number): number {
    let hash = mixed(mixed(seed ^ ends ^ words[client]!) ^ words[server]!);
    if (ends & V6_BIT)
        for (let word = 1; word < 4; word += 1) hash = mixed(mixed(hash ^ words[client + word]!) ^ words[server + word]!);
    return hash;
}

function mixed(word: number): number {
    let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
}
