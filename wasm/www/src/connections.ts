// The connections of one capture: who asked whom, on which port, and which systems both ends are.
// A line has the words of one connection, in a single cache line.

import { IS_V6, PEER, PORTS, SECONDS_HIGH, SECONDS_LOW, SUBJECT } from "./records";
import type { Shape } from "./shapes";

export const CONNECTION_WORDS = 16;
/** Words of a line: the service port, the IP version and the network (below); client; server; SYNs; SYN+ACKs; the number
 * of either end's latest label, plus 1; the first and the last time in seconds, and the latter's high word. */
export const ENDS = 0, CLIENT = 1, SERVER = 5, SYNS = 9, ANSWERS = 10, CLIENT_LABEL = 11, SERVER_LABEL = 12;
const FIRST = 13, LAST = 14, HIGH = 15;
export const V6_BIT = 1 << 16;
/** Networks have numbers in the upper bits; those that do not fit are one. */
const NETWORK_SHIFT = 17, MAX_NETWORK = (1 << 15) - 1;
const FIRST_LINES = 32;
/** A scan of ports must not fill the memory: 64 MB. */
const MAX_LINES = 1_000_000;

export class Connections {
    words = new Uint32Array(FIRST_LINES * CONNECTION_WORDS);
    size = 0;
    /** Handshakes of connections for which there was no memory. */
    left = 0;
    private slots = new Uint32Array(FIRST_LINES * 2);
    private readonly seed = crypto.getRandomValues(new Uint32Array(1))[0]!;

    /** Counts a SYN or SYN+ACK: the row at `at` of a batch. */
    add(rows: Uint32Array, at: number, shape: Shape): void {
        const { isServer } = shape;
        const network = Math.min(shape.network, MAX_NETWORK) << NETWORK_SHIFT;
        const ends = ((rows[at + PORTS]! & 0xffff) | (rows[at + IS_V6]! ? V6_BIT : 0) | network) >>> 0;
        const client = at + (isServer ? PEER : SUBJECT);
        const server = at + (isServer ? SUBJECT : PEER);
        const number = this.find(ends, rows, client, server);
        if (number < 0) {
            this.left += 1;
            return;
        }
        const { words } = this;
        const line = number * CONNECTION_WORDS;
        const low = rows[at + SECONDS_LOW]!;
        if (words[line + SYNS] === 0 && words[line + ANSWERS] === 0) words[line + FIRST] = low;
        words[line + LAST] = low;
        words[line + HIGH] = rows[at + SECONDS_HIGH]!;
        words[line + (isServer ? ANSWERS : SYNS)]! += 1;
        words[line + (isServer ? SERVER_LABEL : CLIENT_LABEL)] = shape.label.number + 1;
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
