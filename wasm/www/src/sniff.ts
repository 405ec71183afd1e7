// What a file is, by its first octets, where it is something that the engine does not read.

export type Sort = { kind: "engine" } | { kind: "gzip" } | { kind: "refused"; why: string };

const starts = (head: Uint8Array, ...octets: number[]): boolean =>
    octets.every((octet, at) => head[at] === octet);

/** Whether entries of a zip archive are encrypted: bit 0 of the flags of the first. */
const ZIP_ENCRYPTED = 1;

export async function sniff(file: Blob): Promise<Sort> {
    if (file.size === 0) return refused("The file is empty: 0 octets.");
    const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
    if (starts(head, 0x1f, 0x8b)) return { kind: "gzip" };
    if (starts(head, 0x50, 0x4b, 3, 4)) {
        const encrypted = ((head[6] ?? 0) & ZIP_ENCRYPTED) !== 0;
        return refused(
            encrypted
                ? "A zip archive, protected by a password. Unpack it and drop the capture inside."
                : "A zip archive. Unpack it and drop the capture inside.",
        );
    }
    if (starts(head, 0x28, 0xb5, 0x2f, 0xfd))
        return refused("Compressed with zstd, which browsers cannot read. Run “zstd -d” on it first.");
    if (starts(head, 0xfd, 0x37, 0x7a, 0x58)) return refused("Compressed with xz. Unpack it first.");
    if (starts(head, 0x42, 0x5a, 0x68)) return refused("Compressed with bzip2. Unpack it first.");
    if (starts(head, 0x37, 0x7a, 0xbc, 0xaf)) return refused("A 7z archive. Unpack it first.");
    return { kind: "engine" };
}

const refused = (why: string): Sort => ({ kind: "refused", why });
