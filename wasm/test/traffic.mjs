// Captures made here, as large as wanted.

const FILE_HEADER = Buffer.from("d4c3b2a1020004000000000000000000ffff000065000000", "hex");
const RECORD_HEADER_BYTES = 16;
/** IPv4 and TCP: a SYN as Windows sends it, from an address that is filled in, to 198.51.100.80. */
const SYN = Buffer.from("450000340001400080060000" + "0a000000c6336450" +
    "9c4000500000000100000000" + "8002faf000000000" + "020405b40103030801010402", "hex");
/** The same connection's data: no SYN, 1448 bytes. */
const DATA = (() => {
    const packet = Buffer.alloc(40 + 1448, 0x61);
    Buffer.from("450005d000014000400600000a000001c6336450" + "9c40005000000001000000015010020000000000", "hex").copy(packet);
    return packet;
})();

function capture(packets, fill) {
    const [packet] = packets;
    const all = Buffer.alloc(FILE_HEADER.length + packets.length * (RECORD_HEADER_BYTES + packet.length));
    FILE_HEADER.copy(all);
    packets.forEach((packet, index) => {
        const at = FILE_HEADER.length + index * (RECORD_HEADER_BYTES + packet.length);
        all.writeUInt32LE(1_700_000_000 + Math.floor(index / 10_000), at);
        all.writeUInt32LE((index % 10_000) * 100, at + 4);
        all.writeUInt32LE(packet.length, at + 8);
        all.writeUInt32LE(packet.length, at + 12);
        packet.copy(all, at + RECORD_HEADER_BYTES);
        fill?.(all, at + RECORD_HEADER_BYTES, index);
    });
    return all;
}

/** A pcap of about `bytes` bytes: SYNs, each from another address, from the `first` one on. */
export function syns(first, bytes) {
    const hosts = Math.floor(bytes / (RECORD_HEADER_BYTES + SYN.length));
    const fill = (all, at, index) => all.writeUInt32BE(0x0a000000 + ((first + index) % 0x1000000), at + 12);
    return { bytes: capture(Array(hosts).fill(SYN), fill), hosts };
}

/** A pcap of connections, each from another address and with its own payload after the SYN. */
export function connections(payloads) {
    const packets = payloads.flatMap((payload) => {
        const data = Buffer.concat([DATA.subarray(0, 40), payload]);
        data.writeUInt16BE(data.length, 2);
        data.writeUInt32BE(2, 24);
        data[33] = 0x18;
        return [SYN, data];
    });
    const lengths = packets.map((packet) => RECORD_HEADER_BYTES + packet.length);
    const all = Buffer.alloc(FILE_HEADER.length + lengths.reduce((sum, length) => sum + length, 0));
    FILE_HEADER.copy(all);
    let at = FILE_HEADER.length;
    for (const [index, packet] of packets.entries()) {
        all.writeUInt32LE(1_700_000_000, at);
        all.writeUInt32LE(packet.length, at + 8);
        all.writeUInt32LE(packet.length, at + 12);
        packet.copy(all, at + RECORD_HEADER_BYTES);
        all.writeUInt32BE(0x0a000000 + (index >> 1), at + RECORD_HEADER_BYTES + 12);
        at += lengths[index];
    }
    return all;
}

/** A pcap of about `bytes` bytes: data segments of one connection. */
export function bulk(bytes) {
    return capture(Array(Math.floor(bytes / (RECORD_HEADER_BYTES + DATA.length))).fill(DATA));
}
