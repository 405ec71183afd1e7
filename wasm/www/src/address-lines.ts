// One line of numbers for each address in its network, found by both. Lines lie one after the other, each
// in a single cache line: among hundreds of thousands of hosts, what counts is how often memory is
// waited for.

/** Words in a line: the tag, four of the address, and three that are the owner's. */
export const LINE_WORDS = 8;
export const TAG = 0, ADDRESS = 1, OWN = 5;
/** The lowest bit of a tag: the address is of IPv6. The others are a number of the owner's, which
 * tells the network of the address. */
export const V6_BIT = 1;

const FIRST_LINES = 64;

export class AddressLines {
    words = new Uint32Array(FIRST_LINES * LINE_WORDS);
    /** By the number in a tag: in which network the address is. */
    readonly networks: number[] = [0];
    /** How many lines there are. */
    size = 0;
    /** Line numbers plus 1, 0 if empty; twice as many slots as lines. */
    private slots = new Uint32Array(FIRST_LINES * 2);
    /** So that nobody can choose addresses that collide. */
    private readonly seed = crypto.getRandomValues(new Uint32Array(1))[0]!;

    /** The number of the line of an address, whose four words begin at `at`. A new line has no number
     * in its tag yet: the caller sets it. */
    find(isV6: number, network: number, from: Uint32Array, at: number): number {
        const [a, b, c, d] = [from[at]!, from[at + 1]!, from[at + 2]!, from[at + 3]!];
        const { words, slots } = this;
        const mask = slots.length - 1;
        let slot = this.hash(network, a, b, c, d) & mask;
        for (let found; (found = slots[slot]!) !== 0; slot = (slot + 1) & mask) {
            const line = (found - 1) * LINE_WORDS;
            if (
                words[line + ADDRESS] === a && words[line + ADDRESS + 1] === b && words[line + ADDRESS + 2] === c &&
                words[line + ADDRESS + 3] === d && (words[line + TAG]! & V6_BIT) === isV6 && this.networks[words[line + TAG]! >>> 1] === network
            )
                return found - 1;
        }
        if ((this.size + 1) * LINE_WORDS > words.length) {
            this.grow();
            return this.find(isV6, network, from, at);
        }
        return this.make(slot, isV6, from.subarray(at, at + 4));
    }

    private make(slot: number, isV6: number, address: Uint32Array): number {
        const number = this.size++;
        const line = number * LINE_WORDS;
        this.slots[slot] = number + 1;
        this.words[line + TAG] = isV6;
        this.words.set(address, line + ADDRESS);
        return number;
    }

    private grow(): void {
        const words = new Uint32Array(this.words.length * 2);
        words.set(this.words);
        this.words = words;
        const slots = new Uint32Array(this.slots.length * 2);
        this.slots = slots;
        const mask = slots.length - 1;
        for (let number = 0; number < this.size; number += 1) {
            const at = number * LINE_WORDS + ADDRESS;
            const network = this.networks[words[number * LINE_WORDS + TAG]! >>> 1]!;
            let slot = this.hash(network, words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!) & mask;
            while (slots[slot] !== 0) slot = (slot + 1) & mask;
            slots[slot] = number + 1;
        }
    }

    private hash(network: number, a: number, b: number, c: number, d: number): number {
        let hash = mixed(this.seed ^ a ^ Math.imul(network, 0x9e3779b1));
        // Addresses of IPv4 have one word.
        if ((b | c | d) !== 0) hash = mixed(mixed(mixed(hash ^ b) ^ c) ^ d);
        return hash;
    }
}

/** Each bit of a word in every bit of the result, as murmur3 ends. */
function mixed(word: number): number {
    let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
}
