// Zip archives: which files are in one, and their content (PKWARE's APPNOTE, sections 4.3 and 4.4).

import { Corrupt, type Fetch, Inflater, crc32 } from "./inflate";
import { readable } from "./gunzip";

export interface Entry { name: string; isEncrypted: boolean; method: number; crc: number; packed: number; size: number; at: number }

const END_LENGTH = 22, MAX_COMMENT = 0xffff, ENTRY_LENGTH = 46, LOCAL_LENGTH = 30;
const END_MAGIC = 0x06054b50, ENTRY_MAGIC = 0x02014b50, LOCAL_MAGIC = 0x04034b50;
const ENCRYPTED = 1;
export const STORED = 0, DEFLATED = 8;

const viewOf = async (file: Blob, from: number, to: number): Promise<DataView> => new DataView(await file.slice(from, to).arrayBuffer());

/** The files of an archive, directories left out. */
export async function entries(file: Blob): Promise<Entry[]> {
    const from = Math.max(0, file.size - END_LENGTH - MAX_COMMENT);
    const tail = await viewOf(file, from, file.size);
    let end = tail.byteLength - END_LENGTH;
    while (end >= 0 && tail.getUint32(end, true) !== END_MAGIC) end -= 1;
    if (end < 0) throw new Error("A zip archive that is cut short: its list of files is missing.");
    const [length, start] = [tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
    if (start === 0xffffffff || length === 0xffffffff) throw new Error("A zip archive of more than 4 GB. Unpack it and add the captures inside.");
    const list = await viewOf(file, start, start + length);
    const found: Entry[] = [];
    for (let at = 0; at + ENTRY_LENGTH <= list.byteLength && list.getUint32(at, true) === ENTRY_MAGIC; ) {
        const [name, extra, comment] = [28, 30, 32].map((field) => list.getUint16(at + field, true)) as [number, number, number];
        const text = new TextDecoder().decode(new Uint8Array(list.buffer, at + ENTRY_LENGTH, Math.min(name, list.byteLength - at - ENTRY_LENGTH)));
        if (!text.endsWith("/"))
            found.push({
                name: text, isEncrypted: (list.getUint16(at + 8, true) & ENCRYPTED) !== 0, method: list.getUint16(at + 10, true),
                crc: list.getUint32(at + 16, true), packed: list.getUint32(at + 20, true), size: list.getUint32(at + 24, true), at: list.getUint32(at + 42, true),
            });
        at += ENTRY_LENGTH + name + extra + comment;
    }
    return found;
}

/** Where the compressed bytes of a file are. */
export async function packedPart(file: Blob, entry: Entry): Promise<Blob> {
    if (entry.isEncrypted) throw new Error("Protected by a password. Unpack the archive and add the capture inside.");
    if (entry.method !== STORED && entry.method !== DEFLATED) throw new Error(`Compressed by method ${entry.method} of zip, which is not supported. Unpack the archive first.`);
    const head = await viewOf(file, entry.at, entry.at + LOCAL_LENGTH);
    if (head.byteLength < LOCAL_LENGTH || head.getUint32(0, true) !== LOCAL_MAGIC) throw new Error("A damaged zip archive: a file is not where its list says.");
    const start = entry.at + LOCAL_LENGTH + head.getUint16(26, true) + head.getUint16(28, true);
    return file.slice(start, start + entry.packed);
}

/** The content of a deflated file, checked. */
export function* unzip(entry: Entry, fetch: Fetch): Generator<Uint8Array> {
    let crc = 0;
    try {
        for (const piece of new Inflater(fetch).stream()) {
            crc = crc32(crc, piece);
            yield piece;
        }
        if (crc !== entry.crc) throw new Corrupt("the checksum does not fit");
    } catch (error) {
        throw readable(error, "zip");
    }
}
