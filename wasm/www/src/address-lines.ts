// One line of numbers for each address, found by the address. Lines lie one behind the other, each
// in a single cache line: among hundreds of thousands of hosts, what counts is how often memory is
// waited for.

/** Words in a line: the tag, four of the address, and three that are the owner's. */
export const LINE_WORDS = 8;
export const TAG = 0, ADDRESS = 1, OWN = 5;
/** The lowest bit of a tag: the address is of IPv6. The others are the owner's. */
export const V6_BIT = 1;

const FIRST_LINES = 1024;

export class AddressLines {
    words = new Uint32Array(FIRST_LINES * LINE_WORDS);
    /** How many lines there are. */
    size = 0;
    /** Line numbers and 1, 0 where there is none; twice as many places as there may be lines. */
    private places = new Uint32Array(FIRST_LINES * 2);
    /** Nobody can choose addresses that meet in one place. */
    private readonly seed = crypto.getRandomValues(new Uint32Array(1))[0]!;

    /** The number of the line of an address, whose four words begin at `at`; made if there is none. */
    find(isV6: number, from: Uint32Array, at: number): number {
        const [a, b, c, d] = [from[at]!, from[at + 1]!, from[at + 2]!, from[at + 3]!];
        const { words, places } = this;
        const mask = places.length - 1;
        let place = this.hash(a, b, c, d) & mask;
        for (let found; (found = places[place]!) !== 0; place = (place + 1) & mask) {
            const line = (found - 1) * LINE_WORDS;
            if (
                words[line + ADDRESS] === a && words[line + ADDRESS + 1] === b && words[line + ADDRESS + 2] === c &&
                words[line + ADDRESS + 3] === d && (words[line + TAG]! & V6_BIT) === isV6
            )
                return found - 1;
        }
        if ((this.size + 1) * LINE_WORDS > words.length) {
            this.grow();
            return this.find(isV6, from, at);
        }
        return this.make(place, isV6, from.subarray(at, at + 4));
    }

    private make(place: number, isV6: number, address: Uint32Array): number {
        const number = this.size++;
        const line = number * LINE_WORDS;
        this.places[place] = number + 1;
        this.words[line + TAG] = isV6;
        this.words.set(address, line + ADDRESS);
        return number;
    }

    private grow(): void {
        const words = new Uint32Array(this.words.length * 2);
        words.set(this.words);
        this.words = words;
        const places = new Uint32Array(this.places.length * 2);
        this.places = places;
        const mask = places.length - 1;
        for (let number = 0; number < this.size; number += 1) {
            const at = number * LINE_WORDS + ADDRESS;
            let place = this.hash(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!) & mask;
            while (places[place] !== 0) place = (place + 1) & mask;
            places[place] = number + 1;
        }
    }

    private hash(a: number, b: number, c: number, d: number): number {
        let hash = mixed(this.seed ^ a);
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
