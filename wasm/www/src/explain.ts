// A raw signature in p0f's notation, field by field.

export interface FieldText { name: string; value: string; says: string }

const OPTIONS: Record<string, string> = {
    mss: "maximum segment size", nop: "no-operation (padding)", ws: "window scale",
    sok: "selective acknowledgements allowed", ts: "timestamps", sack: "selective acknowledgement",
};

const QUIRKS: Record<string, string> = {
    df: "don't fragment is set", "id+": "IP id is not 0 although don't fragment is set",
    "id-": "IP id is 0", ecn: "congestion notification in use", "0+": "reserved IP bit is set",
    flow: "IPv6 flow label is not 0", "seq-": "sequence number is 0",
    "ack+": "acknowledgement number without ACK", "ack-": "ACK with acknowledgement number 0",
    "uptr+": "urgent pointer without URG", "urgf+": "URG is set", "pushf+": "PSH is set",
    "ts1-": "own timestamp is 0", "ts2+": "a SYN with an echoed timestamp",
    "opt+": "something after the end of the options", exws: "window scale above 14",
    bad: "malformed options",
};

const options = (layout: string): string =>
    layout.split(",").map((word) =>
        word.startsWith("eol") ? "end of options"
            : word.startsWith("?") ? `option ${word.slice(1)}` : (OPTIONS[word] ?? word)).join(", ");

function window(text: string): string {
    const [size = "", scale = ""] = text.split(",");
    const [unit, times] = size.split("*");
    const what = times ? `${times} times the ${unit === "mss" ? "MSS" : "MTU"}` : `${size} bytes`;
    return `first window ${what}, scale ${scale}`;
}

/** version:ttl+distance:IP options:MSS:window,scale:option layout:quirks:payload */
export function explain(signature: string): FieldText[] {
    const [version = "", ttl = "", ipOptions = "", mss = "", size = "", layout = "", quirks = "", payload = ""] =
        signature.split(":");
    const [observed = "", hops = ""] = ttl.split("+");
    return [
        { name: "IP version", value: version, says: `IPv${version}` },
        { name: "TTL", value: ttl, says: `arrived with ${observed}, ${hops} hops from its sender` },
        { name: "IP options", value: ipOptions, says: ipOptions === "0" ? "none" : `${ipOptions} bytes` },
        { name: "MSS", value: mss, says: `takes segments of up to ${mss} bytes` },
        { name: "Window", value: size, says: window(size) },
        { name: "TCP options", value: layout || "none", says: layout ? options(layout) : "none" },
        { name: "Quirks", value: quirks || "none",
          says: quirks ? quirks.split(",").map((q) => QUIRKS[q] ?? q).join(", ") : "none" },
        { name: "Payload", value: payload, says: payload === "0" ? "none" : "data in the packet" },
    ];
}

/** What is needed to put an unknown signature into a database, to be completed by its finder. */
export function proposal(kind: string, signature: string): string {
    const fields = signature.split(":");
    const [observed = "64", hops = "0"] = (fields[1] ?? "").split("+");
    fields[1] = String(Number(observed) + (Number(hops) || 0));
    fields[3] = "*";
    return [
        kind === "syn" ? "[tcp:request]" : "[tcp:response]", "",
        "label = s:CLASS:NAME:VERSION", ";= SOURCE, DATE, how you know which system it is",
        `sig   = ${fields.join(":")}`, "", `; observed: ${signature}`,
    ].join("\n");
}
