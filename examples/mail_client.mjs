#!/usr/bin/env node
// What a mail server in JavaScript does (Haraka's p0f plugin, say) when a client has connected: one
// connection to the p0f socket that stays open, questions in order, each with its answer.
//
//     node examples/mail_client.mjs /run/stackprint-eth0/p0f.sock 192.0.2.10 2001:db8::7

import { createConnection, isIPv6 } from "node:net";
import { endianness } from "node:os";
import { pathToFileURL } from "node:url";

const QUERY_BYTES = 21;
const ANSWER_BYTES = 232;
const FOUND = 0x10;
const UNKNOWN = 0x20;
const isLittle = endianness() === "LE";

/** The 16 bytes of an address: IPv4 first, then zeros. */
function bytesOf(address) {
    const bytes = Buffer.alloc(16);
    if (!isIPv6(address)) {
        address.split(".").forEach((part, at) => bytes.writeUInt8(Number(part), at));
        return bytes;
    }
    // The URL parser writes any IPv6 address with hexadecimal groups alone.
    const [head, tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
    const groups = (text) => (text ? text.split(":") : []);
    const [first, last] = [groups(head), groups(tail)];
    first.forEach((group, at) => bytes.writeUInt16BE(parseInt(group, 16), 2 * at));
    last.forEach((group, at) => bytes.writeUInt16BE(parseInt(group, 16), 16 - 2 * (last.length - at)));
    return bytes;
}

function query(address) {
    const bytes = Buffer.alloc(QUERY_BYTES);
    isLittle ? bytes.writeUInt32LE(0x50304601) : bytes.writeUInt32BE(0x50304601);
    bytes.writeUInt8(isIPv6(address) ? 6 : 4, 4);
    bytesOf(address).copy(bytes, 5);
    return bytes;
}

function read(answer) {
    const u32 = (at) => (isLittle ? answer.readUInt32LE(at) : answer.readUInt32BE(at));
    const text = (at) => answer.toString("utf8", at, at + 32).split("\0")[0];
    const status = u32(4);
    if (status === UNKNOWN) return null;
    if (status !== FOUND) throw new Error(`p0f: bad query (${status})`);
    return {
        first_seen: u32(8), last_seen: u32(12), total_conn: u32(16), uptime_min: u32(20),
        last_nat: u32(28), last_chg: u32(32),
        distance: isLittle ? answer.readInt16LE(36) : answer.readInt16BE(36),
        bad_sw: answer.readUInt8(38), os_match_q: answer.readUInt8(39),
        os_name: text(40), os_flavor: text(72), http_name: text(104), http_flavor: text(136),
        link_type: text(168), language: text(200),
    };
}

/** A connection to the socket. Whoever waits for an answer is told when it is lost. */
export class P0f {
    #waiting = [];
    #received = Buffer.alloc(0);

    constructor(path) {
        this.socket = createConnection(path);
        this.socket.on("data", (piece) => this.#take(piece));
        this.socket.on("error", (error) => this.#fail(error));
        this.socket.on("close", () => this.#fail(new Error("p0f: the socket was closed")));
    }

    /** What is known of a host; null if nothing is. */
    ask(address) {
        return new Promise((resolve, reject) => {
            if (this.socket.destroyed) return reject(new Error("p0f: not connected"));
            this.#waiting.push({ resolve, reject });
            this.socket.write(query(address));
        });
    }

    #take(piece) {
        this.#received = Buffer.concat([this.#received, piece]);
        while (this.#received.length >= ANSWER_BYTES) {
            const { resolve, reject } = this.#waiting.shift();
            try {
                resolve(read(this.#received));
            } catch (error) {
                reject(error);
            }
            this.#received = this.#received.subarray(ANSWER_BYTES);
        }
    }

    #fail(error) {
        for (const { reject } of this.#waiting.splice(0)) reject(error);
    }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
    const [path, ...addresses] = process.argv.slice(2);
    const p0f = new P0f(path);
    for (const address of addresses) {
        const host = await p0f.ask(address);
        const os = host ? `${host.os_name} ${host.os_flavor}`.trim() : "";
        console.log(`${address} ${os || "not known"}`);
    }
    p0f.socket.end();
}
