// What a file is, by its first bytes, where it is something that the engine does not read itself.

export type Kind = { kind: "engine" } | { kind: "gzip" } | { kind: "zip" } | { kind: "refused"; why: string };

const REFUSED: [number[], string][] = [
    [[0x28, 0xb5, 0x2f, 0xfd], "Compressed with zstd, which browsers cannot read. Run “zstd -d” on it first, or use the program: stackprint read reads it."],
    [[0xfd, 0x37, 0x7a, 0x58], "Compressed with xz. Unpack it first (“xz -d”)."],
    [[0x42, 0x5a, 0x68], "Compressed with bzip2. Unpack it first (“bzip2 -d”)."],
    [[0x04, 0x22, 0x4d, 0x18], "Compressed with lz4. Unpack it first (“lz4 -d”)."],
    [[0x37, 0x7a, 0xbc, 0xaf], "A 7z archive. Unpack it and add the captures inside."],
    [[0x52, 0x61, 0x72, 0x21], "A RAR archive. Unpack it and add the captures inside."],
];

export async function sniff(file: Blob): Promise<Kind> {
    if (file.size === 0) return { kind: "refused", why: "The file is empty." };
    const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
    const starts = (bytes: number[]): boolean => bytes.every((byte, at) => head[at] === byte);
    if (starts([0x1f, 0x8b])) return { kind: "gzip" };
    if (starts([0x50, 0x4b, 3, 4]) || starts([0x50, 0x4b, 5, 6])) return { kind: "zip" };
    const refused = REFUSED.find(([bytes]) => starts(bytes));
    return refused ? { kind: "refused", why: refused[1] } : { kind: "engine" };
}
