// DEFLATE (RFC 1951), from bytes that are read when they are needed. The browser's own stream ends at
// the first member of a gzip file and does not tell where that was.

/** Where compressed bytes come from: the next ones, empty at the end. */
export type Fetch = () => Uint8Array;

export class Truncated extends Error {}
export class Corrupt extends Error {}

const WINDOW = 1 << 15;
const OUTPUT = 1 << 20;
/** A match is at most this long. */
const MAX_MATCH = 258;
/** A code of at most so many bits is found by one table lookup; no code is longer than 15. */
const MAX_BITS = 15;

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const DISTANCE_EXTRA = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** By the next bits, least significant first: the symbol times 16 plus the length of its code. */
interface Codes { table: Uint16Array; bits: number }

function codesOf(lengths: number[]): Codes {
    const bits = Math.max(1, ...lengths);
    const counts = new Array<number>(MAX_BITS + 1).fill(0);
    for (const length of lengths) counts[length]! += length ? 1 : 0;
    const next = [0];
    let left = 1;
    for (let length = 1, code = 0; length <= MAX_BITS; length += 1) {
        left = left * 2 - counts[length]!;
        if (left < 0) throw new Corrupt("more codes than their lengths allow");
        code = (code + (counts[length - 1] ?? 0)) << 1;
        next[length] = code;
    }
    const table = new Uint16Array(1 << bits);
    lengths.forEach((length, symbol) => {
        if (!length) return;
        const code = next[length]!++;
        let reversed = 0;
        for (let bit = 0; bit < length; bit += 1) reversed |= ((code >>> bit) & 1) << (length - 1 - bit);
        for (let at = reversed; at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
    });
    return { table, bits };
}

const FIXED_LITERALS = codesOf(Array.from({ length: 288 }, (_, at) => (at < 144 ? 8 : at < 256 ? 9 : at < 280 ? 7 : 8)));
const FIXED_DISTANCES = codesOf(new Array<number>(30).fill(5));

export class Inflater {
    private input: Uint8Array = new Uint8Array(0);
    private at = 0;
    private buffer = 0;
    private count = 0;
    private readonly out = new Uint8Array(WINDOW + OUTPUT + MAX_MATCH);
    /** Up to where `out` is filled, and from where it was not handed over. */
    private end = 0;
    private start = 0;

    constructor(private readonly fetch: Fetch) {}

    /** The next byte; undefined at the end. Bits that remain of the byte before are skipped. */
    byte(): number | undefined {
        this.buffer >>>= this.count & 7;
        this.count -= this.count & 7;
        if (this.count > 0) {
            const byte = this.buffer & 255;
            this.buffer >>>= 8;
            this.count -= 8;
            return byte;
        }
        if (this.at === this.input.length) [this.input, this.at] = [this.fetch(), 0];
        return this.input[this.at++];
    }

    sureByte(): number {
        const byte = this.byte();
        if (byte === undefined) throw new Truncated();
        return byte;
    }

    word(): number {
        return (this.sureByte() | (this.sureByte() << 8) | (this.sureByte() << 16) | (this.sureByte() << 24)) >>> 0;
    }

    /** What one DEFLATE stream holds, piece by piece. */
    *stream(): Generator<Uint8Array> {
        this.start = this.end = 0;
        for (let isLast = false; !isLast; ) {
            isLast = this.bits(1) === 1;
            const kind = this.bits(2);
            if (kind === 0) yield* this.stored();
            else if (kind === 1) yield* this.compressed(FIXED_LITERALS, FIXED_DISTANCES);
            else if (kind === 2) yield* this.compressed(...this.codes());
            else throw new Corrupt("a block of unknown type");
        }
        yield this.out.slice(this.start, this.end);
    }

    private *stored(): Generator<Uint8Array> {
        let length = this.sureByte() | (this.sureByte() << 8);
        if (length !== (~(this.sureByte() | (this.sureByte() << 8)) & 0xffff)) throw new Corrupt("a length that its check denies");
        for (; length > 0; length -= 1) {
            if (this.isFull()) yield this.handOver();
            this.out[this.end++] = this.sureByte();
        }
    }

    private *compressed(literals: Codes, distances: Codes): Generator<Uint8Array> {
        while (!this.fill(literals, distances)) yield this.handOver();
    }

    private isFull(): boolean {
        return this.end >= WINDOW + OUTPUT;
    }

    /** What is new; what later matches may need moves to the front. */
    private handOver(): Uint8Array {
        const piece = this.out.slice(this.start, this.end);
        this.out.copyWithin(0, this.end - WINDOW, this.end);
        this.start = this.end = WINDOW;
        return piece;
    }

    /** Decodes until `out` is full (false) or the block ends. */
    private fill(literals: Codes, distances: Codes): boolean {
        const { out } = this;
        while (!this.isFull()) {
            const symbol = this.symbol(literals);
            if (symbol < 256) out[this.end++] = symbol;
            else if (symbol === 256) return true;
            else {
                const extra = LENGTH_EXTRA[symbol - 257];
                if (extra === undefined) throw new Corrupt("a length that does not exist");
                const length = LENGTH_BASE[symbol - 257]! + (extra && this.bits(extra));
                const code = this.symbol(distances);
                const more = DISTANCE_EXTRA[code];
                if (more === undefined) throw new Corrupt("a distance that does not exist");
                let from = this.end - DISTANCE_BASE[code]! - (more && this.bits(more));
                if (from < 0) throw new Corrupt("a distance to before the start");
                for (const to = this.end + length; this.end < to; ) out[this.end++] = out[from++]!;
            }
        }
        return false;
    }

    private symbol({ table, bits }: Codes): number {
        while (this.count < bits && this.more());
        const found = table[this.buffer & ((1 << bits) - 1)]!;
        const length = found & 15;
        if (length === 0) throw this.count < bits ? new Truncated() : new Corrupt("a code that does not exist");
        if (length > this.count) throw new Truncated();
        this.buffer >>>= length;
        this.count -= length;
        return found >>> 4;
    }

    private bits(count: number): number {
        while (this.count < count) if (!this.more()) throw new Truncated();
        const value = this.buffer & ((1 << count) - 1);
        this.buffer >>>= count;
        this.count -= count;
        return value;
    }

    /** Eight more bits; false at the end. */
    private more(): boolean {
        if (this.at === this.input.length) {
            [this.input, this.at] = [this.fetch(), 0];
            if (this.input.length === 0) return false;
        }
        this.buffer |= this.input[this.at++]! << this.count;
        this.count += 8;
        return true;
    }

    private codes(): [Codes, Codes] {
        const [literals, distances, lengths] = [this.bits(5) + 257, this.bits(5) + 1, this.bits(4) + 4];
        const order = new Array<number>(19).fill(0);
        for (let at = 0; at < lengths; at += 1) order[CODE_LENGTH_ORDER[at]!] = this.bits(3);
        const codes = codesOf(order);
        const all: number[] = [];
        while (all.length < literals + distances) {
            const symbol = this.symbol(codes);
            if (symbol < 16) all.push(symbol);
            else {
                const last = all[all.length - 1];
                if (symbol === 16 && last === undefined) throw new Corrupt("a repeated length without one before");
                const times = symbol === 16 ? 3 + this.bits(2) : symbol === 17 ? 3 + this.bits(3) : 11 + this.bits(7);
                for (let at = 0; at < times; at += 1) all.push(symbol === 16 ? last! : 0);
            }
        }
        if (all.length > literals + distances) throw new Corrupt("too many lengths of codes");
        return [codesOf(all.slice(0, literals)), codesOf(all.slice(literals))];
    }
}

/** Four tables, so that four bytes take one step. */
const CRC = (() => {
    const tables = Array.from({ length: 4 }, () => new Uint32Array(256));
    for (let byte = 0; byte < 256; byte += 1) {
        let crc = byte;
        for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
        tables[0]![byte] = crc;
    }
    for (let byte = 0; byte < 256; byte += 1)
        for (let table = 1; table < 4; table += 1) {
            const before = tables[table - 1]![byte]!;
            tables[table]![byte] = (before >>> 8) ^ tables[0]![before & 255]!;
        }
    return tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
})();

/** CRC-32 of what `crc` is of, and of these bytes after it. */
export function crc32(crc: number, bytes: Uint8Array): number {
    let sum = ~crc;
    let at = 0;
    const [first, second, third, fourth] = CRC;
    for (; at + 4 <= bytes.length; at += 4) {
        sum ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
        sum = fourth[sum & 255]! ^ third[(sum >>> 8) & 255]! ^ second[(sum >>> 16) & 255]! ^ first[sum >>> 24]!;
    }
    for (; at < bytes.length; at += 1) sum = (sum >>> 8) ^ first[(sum ^ bytes[at]!) & 255]!;
    return ~sum >>> 0;
}
