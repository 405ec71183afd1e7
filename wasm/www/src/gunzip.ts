// gzip (RFC 1952): any number of members, and zeros between and after them.

import { Corrupt, type Fetch, Inflater, Truncated, crc32 } from "./inflate";

const MAGIC = [0x1f, 0x8b];
const DEFLATE = 8;
const FLAG_HEADER_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, RESERVED = 0xe0;

/** The content of a gzip file, piece by piece. Throws an `Error` that says what is wrong with the file. */
export function* gunzip(fetch: Fetch): Generator<Uint8Array> {
    const input = new Inflater(fetch);
    try {
        for (let member = 1; startsMember(input, member); member += 1) {
            readHeader(input);
            yield* checked(input, member);
        }
    } catch (error) {
        throw readable(error, "gzip");
    }
}

/** An error of decompression as a sentence about the file. */
export function readable(error: unknown, what: string): unknown {
    if (error instanceof Truncated) return new Error(`The ${what} file is cut short: what it holds was read up to there.`);
    if (error instanceof Corrupt) return new Error(`The ${what} file is damaged: ${error.message}. What comes before was read.`);
    return error;
}

/** Whether another member begins; zeros before it are skipped. */
function startsMember(input: Inflater, member: number): boolean {
    let byte = input.byte();
    while (byte === 0 && member > 1) byte = input.byte();
    if (byte === undefined) return false;
    if (byte !== MAGIC[0] || input.sureByte() !== MAGIC[1])
        throw new Corrupt(member > 1 ? "after the compressed data comes something else" : "it does not begin as gzip does");
    return true;
}

function readHeader(input: Inflater): void {
    if (input.sureByte() !== DEFLATE) throw new Corrupt("an unknown method of compression");
    const flags = input.sureByte();
    if (flags & RESERVED) throw new Corrupt("unknown flags in its header");
    // Time, extra flags, operating system.
    for (let at = 0; at < 6; at += 1) input.sureByte();
    if (flags & FLAG_EXTRA) {
        const length = input.sureByte() | (input.sureByte() << 8);
        for (let at = 0; at < length; at += 1) input.sureByte();
    }
    for (const flag of [FLAG_NAME, FLAG_COMMENT]) if (flags & flag) while (input.sureByte() !== 0);
    if (flags & FLAG_HEADER_CRC) for (let at = 0; at < 2; at += 1) input.sureByte();
}

function* checked(input: Inflater, member: number): Generator<Uint8Array> {
    let [crc, size] = [0, 0];
    for (const piece of input.stream()) {
        crc = crc32(crc, piece);
        size += piece.length;
        yield piece;
    }
    if (input.word() !== crc) throw new Corrupt(`the checksum of part ${member} does not fit`);
    if (input.word() !== size % 2 ** 32) throw new Corrupt(`the length of part ${member} does not fit`);
}
