// Made of the JSON Schemas in schemas/ by `npm run types`: do not edit.

/**
 * What this package returns: a record, or a row of a host or connection.
 */
export type StackprintRow = StackprintRecord | StackprintHost | StackprintConnection;

/**
 * A record as it is written in every encoding; reads back equal.
 *
 * Absent values are `null`, lists that are usually empty are left out.
 */
export interface StackprintRecord {
    /**
     * How the subject looks changed; null where it does not.
     */
    change: ChangeRow | null;
    /**
     * Who opened the connection.
     */
    client: EndpointRow;
    /**
     * Where no signature fits, those that come nearest, nearest first; left out unless asked for.
     */
    closest?: ClosestRow[];
    /**
     * Community ID of the flow, version 1, seed 0, by which other monitors name it, too; left out
     * with `--no-flow`.
     */
    flow?: string | null;
    /**
     * What an HTTP head says; left out for other kinds.
     */
    http?: HttpRow | null;
    /**
     * What was seen: "syn", "syn_ack", "uptime" for a later segment that gave it away, the segment
     * that completed a TLS hello: "tls_client" (of DTLS, too), "tls_server"; or that completed the head
     * of an HTTP request or response: "http_request", "http_response"; "quic_client" for the datagram
     * that completed the hello of a QUIC client.
     */
    kind:
        | "syn"
        | "syn_ack"
        | "uptime"
        | "tls_client"
        | "tls_server"
        | "http_request"
        | "http_response"
        | "quic_client";
    /**
     * MTU of the subject's link; null where it cannot be told.
     */
    mtu: MtuRow | null;
    /**
     * Remarks: generic, fuzzy, random_ttl, excess_dist, tos:0xHH (DSCP), no_syn; and TCP options that
     * a program asked for, set aside: tfo, mptcp, accecn, eno, smc, experimental.
     */
    notes: string[];
    /**
     * Where the packet came from; left out where the program was not told.
     */
    origin?: Origin | null;
    /**
     * What system or tool it is; null where no signature fits.
     */
    os: OsRow | null;
    /**
     * Tags and tunnels around the packet, outermost first, such as "vlan:20" or "gre"; left out
     * where there are none.
     */
    path?: string[];
    /**
     * What a QUIC client says besides its hello; left out for other kinds.
     */
    quic?: QuicRow | null;
    /**
     * Always "stackprint.record.v1".
     */
    schema: "stackprint.record.v1";
    /**
     * Who answers.
     */
    server: EndpointRow;
    /**
     * Raw signature in p0f's notation; null for kind "uptime".
     */
    signature: string | null;
    /**
     * Whose stack the record is about: "client" or "server".
     */
    subject: "client" | "server";
    /**
     * What the client's SYN of the same connection matched, in records of what the connection
     * carries; of QUIC and DTLS, what the client's address was taken for last by another connection.
     * Left out if no SYN was seen or nothing matched.
     */
    tcp?: TcpRow | null;
    /**
     * Capture time, RFC 3339 with nanoseconds, UTC.
     */
    time: string;
    /**
     * What a TLS hello says; left out for other kinds.
     */
    tls?: TlsRow | null;
    /**
     * TTL and what it says of the distance; null for kind "uptime".
     */
    ttl: TtlRow1 | null;
    /**
     * Uptime of the subject; null where this packet does not give it away.
     */
    uptime: UptimeRow | null;
}
/**
 * A change of a host's looks.
 */
export interface ChangeRow {
    /**
     * What speaks for each reason; left out by p0f's rules.
     */
    evidence?: EvidenceRow[];
    /**
     * Of the host's last 32 packets in this role, how many scored at least 6, 3, 2 and 1.
     *
     * @minItems 4
     * @maxItems 4
     */
    hits: [number, number, number, number];
    /**
     * How likely the verdict is right, 0 to 1; left out by p0f's rules.
     */
    quality?: number | null;
    /**
     * p0f's words: app_vs_os, os_diff, sig_diff, x_known, tstamp, ttl, port, mtu, fuzzy; of HTTP via,
     * date, srv_sig_lb, ua_vs_os; and window.
     */
    reasons: string[];
    /**
     * How strong the signs of this packet are.
     */
    score: number;
    /**
     * "host_change", or "ip_sharing" for several systems behind one address.
     */
    verdict: "host_change" | "ip_sharing";
}
/**
 * One reason with what was seen before and what is seen now.
 */
export interface EvidenceRow {
    /**
     * What this packet shows.
     */
    now: string;
    /**
     * One of the reasons.
     */
    reason: string;
    /**
     * What was seen before: a label, TTL, port, MSS or timestamp, a window with its scale, option
     * kinds or quirks.
     */
    then: string;
    /**
     * When the packet with which this one is compared was captured, RFC 3339.
     */
    time: string;
}
/**
 * An address and port.
 */
export interface EndpointRow {
    /**
     * IPv4 or IPv6 address.
     */
    ip: string;
    /**
     * Port of TCP or UDP.
     */
    port: number;
}
/**
 * A signature that does not fit, and why.
 */
export interface ClosestRow {
    /**
     * The class of system; "userland" for a tool that makes packets itself.
     */
    class: string;
    /**
     * Why it does not fit.
     */
    differences: DifferenceRow[];
    /**
     * What distinguishes it under its name; may be empty.
     */
    flavor: string;
    /**
     * The label in p0f's form.
     */
    label: string;
    /**
     * The name, "Linux".
     */
    name: string;
    /**
     * How likely the label is right all the same, 0 to 1.
     */
    quality: number;
    /**
     * "specific" or "generic".
     */
    rank: "specific" | "generic";
    /**
     * The signature, in p0f's notation.
     */
    signature: string;
}
/**
 * A field in which the packet differs from the signature.
 */
export interface DifferenceRow {
    /**
     * The signature's value, in the notation of signatures.
     */
    expected: string;
    /**
     * The field's name; only "ttl" and "quirks" can differ in a fuzzy match.
     */
    field:
        | "version"
        | "ttl"
        | "ip_options_len"
        | "mss"
        | "window"
        | "window_scale"
        | "layout"
        | "quirks"
        | "payload";
    /**
     * The packet's value, in the notation of signatures.
     */
    observed: string;
}
/**
 * What the head of an HTTP request or response says, or the opening of an HTTP/2 connection. Absent
 * values are left out.
 */
export interface HttpRow {
    /**
     * Whether there is no User-Agent or Server.
     */
    anonymous?: boolean;
    /**
     * The program that sends such heads; left out if none is known.
     */
    app?: HttpAppRow | null;
    /**
     * How the host looks changed by p0f's rules: of a program that does not run on its system, and of
     * its other heads; left out where it does not.
     */
    changes?: ChangeRow[];
    /**
     * What User-Agent or Server claims.
     */
    claims?: HttpClaimsRow | null;
    /**
     * Whether User-Agent or Server is not what the signature of the program expects.
     */
    dishonest?: boolean;
    /**
     * How a client opens HTTP/2.
     */
    http2?: Http2Row | null;
    /**
     * The language that a client wants first, "English".
     */
    language?: string | null;
    /**
     * The method of a request, as it was sent.
     */
    method?: string | null;
    /**
     * Server of a server.
     */
    server?: string | null;
    /**
     * The head in p0f's notation of signatures: names of headers, and values of some that the
     * database names; left out for HTTP/2.
     */
    signature?: string | null;
    /**
     * The status of a response.
     */
    status?: number | null;
    /**
     * User-Agent of a client.
     */
    user_agent?: string | null;
    /**
     * "1.0", "1.1", or "2" for the opening of an HTTP/2 connection.
     */
    version: string;
    /**
     * Whether a proxy names itself or whom it speaks for.
     */
    via?: boolean;
}
/**
 * The program that a signature of heads names.
 */
export interface HttpAppRow {
    /**
     * What distinguishes it under its name; may be empty.
     */
    flavor: string;
    /**
     * The label in p0f's form, "s:!:curl:".
     */
    label: string;
    /**
     * The name, "curl".
     */
    name: string;
    /**
     * How likely the label is right, 0 to 1.
     */
    quality: number;
}
/**
 * What User-Agent or Server claims; it need not be so.
 */
export interface HttpClaimsRow {
    /**
     * The family of systems: "Windows", "Apple", "Linux", "Android", "ChromeOS", "BSD", "Solaris".
     */
    family?: string | null;
    /**
     * Whether the text says the same of every version since some year.
     */
    frozen?: boolean;
    /**
     * The product, "Chrome".
     */
    product?: string | null;
    /**
     * Its version.
     */
    product_version?: string | null;
    /**
     * The system, "macOS".
     */
    system?: string | null;
    /**
     * Its version; left out where it is frozen.
     */
    system_version?: string | null;
}
/**
 * How a client opens HTTP/2.
 */
export interface Http2Row {
    /**
     * Settings, window update, priorities and order of pseudo-headers:
     * "1:65536;4:6291456|15663105|0|m,a,s,p".
     */
    fingerprint: string;
    /**
     * The MD5 of it, in hexadecimal digits.
     */
    md5: string;
}
/**
 * MTU and link.
 */
export interface MtuRow {
    /**
     * Kind of link that has this MTU; null where it is not known.
     */
    link: string | null;
    /**
     * In bytes.
     */
    value: number;
}
/**
 * Where a packet came from: a capture, a network interface, or a Kafka topic.
 */
export interface Origin {
    /**
     * Path of the capture, as given.
     */
    file?: string | null;
    /**
     * Number of the frame in the capture, from 1.
     */
    frame?: number | null;
    /**
     * Position of the packet in a message of several, from 0.
     */
    index?: number | null;
    /**
     * Network interface on which the packet was captured.
     */
    interface?: string | null;
    /**
     * Offset in the Kafka partition.
     */
    offset?: number | null;
    /**
     * Position of the record among those of its packet, from 0; left out for the first.
     */
    part?: number | null;
    /**
     * Kafka partition.
     */
    partition?: number | null;
    /**
     * Name of the sensor that captured the packet.
     */
    sensor?: string | null;
    /**
     * Kafka topic.
     */
    topic?: string | null;
}
/**
 * What system or tool a signature names.
 */
export interface OsRow {
    /**
     * Where one stack serves several systems: each with its probability.
     */
    candidates?: CandidateRow[];
    /**
     * The class of system, "unix", "win", "other"; "userland" for a tool that makes packets
     * itself.
     */
    class: string;
    /**
     * Why the match is not exact.
     */
    differences?: DifferenceRow[];
    /**
     * What distinguishes it under its name, "3.11 and newer"; may be empty.
     */
    flavor: string;
    /**
     * The label in p0f's form, "s:unix:Linux:3.11 and newer".
     */
    label: string;
    /**
     * "exact", or "fuzzy" where it fits with tolerances.
     */
    match: "exact" | "fuzzy";
    /**
     * The name, "Linux".
     */
    name: string;
    /**
     * How likely the label is right, 0 to 1.
     */
    quality: number;
    /**
     * "specific" or "generic".
     */
    rank: "specific" | "generic";
}
/**
 * One of several systems that share a stack.
 */
export interface CandidateRow {
    /**
     * The system's name.
     */
    name: string;
    /**
     * How likely it is this one, 0 to 1.
     */
    probability: number;
}
/**
 * What a QUIC client says besides its hello. Absent values are left out.
 */
export interface QuicRow {
    /**
     * Bytes of UDP payload in the first datagram of the connection that was read.
     */
    datagram_bytes: number;
    /**
     * What the client says in its transport parameters.
     */
    parameters?: QuicParametersRow | null;
    /**
     * Where the transport parameters cannot be read: the byte of their extension at which they end
     * within one.
     */
    parameters_cut_at?: number | null;
    ttl: TtlRow;
    /**
     * The version of its first Initial: "v1", "v2", "draft-29", or a number such as "0x0a1a2a3a".
     */
    version: string;
}
/**
 * Transport parameters of a QUIC client (RFC 9000 section 18.2). Those that it did not send are left
 * out.
 */
export interface QuicParametersRow {
    /**
     * By which power of two delays of acknowledgments are divided.
     */
    ack_delay_exponent?: number | null;
    /**
     * Connection IDs that the client keeps.
     */
    active_connection_id_limit?: number | null;
    /**
     * Whether the client keeps to its address.
     */
    disable_active_migration?: boolean;
    /**
     * Whether numbers that are reserved for GREASE are among them.
     */
    grease?: boolean;
    /**
     * Whether the client takes packets whose fixed bit is 0 (RFC 9287).
     */
    grease_quic_bit?: boolean;
    /**
     * The numbers of all parameters in the order in which they were sent, without those of GREASE.
     */
    ids?: number[];
    /**
     * Bytes that may be sent on all streams.
     */
    initial_max_data?: number | null;
    /**
     * Bytes that may be sent on a stream in both directions that the client opened.
     */
    initial_max_stream_data_bidi_local?: number | null;
    /**
     * Bytes that may be sent on a stream in both directions that the server opened.
     */
    initial_max_stream_data_bidi_remote?: number | null;
    /**
     * Bytes that may be sent on a stream in one direction.
     */
    initial_max_stream_data_uni?: number | null;
    /**
     * Streams in both directions that the server may open.
     */
    initial_max_streams_bidi?: number | null;
    /**
     * Streams in one direction that the server may open.
     */
    initial_max_streams_uni?: number | null;
    /**
     * Milliseconds for which the client delays acknowledgments at most.
     */
    max_ack_delay_ms?: number | null;
    /**
     * Bytes of the longest DATAGRAM frame that the client takes (RFC 9221).
     */
    max_datagram_frame_size?: number | null;
    /**
     * Milliseconds without a packet after which the client closes.
     */
    max_idle_timeout_ms?: number | null;
    /**
     * Bytes of UDP payload that the client takes.
     */
    max_udp_payload_size?: number | null;
    /**
     * The name and version of the program and its system, which Chrome sent until 2021.
     */
    user_agent?: string | null;
    /**
     * The versions that the client can speak, in its order (RFC 9368), without those of GREASE.
     */
    versions?: string[];
}
/**
 * TTL of the packet that completed the hello, and what it says of the distance.
 */
export interface TtlRow {
    /**
     * Hops between.
     */
    distance: number;
    /**
     * Whether the initial TTL is a guess, not the signature's.
     */
    guessed: boolean;
    /**
     * TTL with which the packet set out.
     */
    initial: number;
    /**
     * TTL or hop limit as observed.
     */
    observed: number;
}
/**
 * The stack that the SYN of a connection matched.
 */
export interface TcpRow {
    /**
     * The label in p0f's form, "s:unix:Linux:3.11 and newer".
     */
    label: string;
    /**
     * How likely the label is right, 0 to 1.
     */
    quality: number;
    /**
     * The signature that fits, in p0f's notation.
     */
    signature: string;
}
/**
 * What a TLS hello says. Absent values are left out.
 */
export interface TlsRow {
    /**
     * The protocols that the client offers (ALPN), in its order.
     */
    alpn?: string[];
    /**
     * The cipher suite that the server chose, as a number: "0x1301".
     */
    cipher?: string | null;
    /**
     * Whether the client sends the extension of Encrypted ClientHello, real or GREASE: `sni` is
     * then the name of the server in front.
     */
    ech?: boolean;
    /**
     * JA3 of a client.
     */
    ja3?: string | null;
    /**
     * What JA3 is the hash of; on request.
     */
    ja3_full?: string | null;
    /**
     * JA3S of a server.
     */
    ja3s?: string | null;
    /**
     * JA4 of a client.
     */
    ja4?: string | null;
    /**
     * JA4 of the lists as they were sent; on request.
     */
    ja4_o?: string | null;
    /**
     * JA4 with its lists in full; on request.
     */
    ja4_r?: string | null;
    /**
     * The same with its lists in full; on request.
     */
    ja4_ro?: string | null;
    /**
     * The library that makes such a hello, of a client; left out if it is not known.
     */
    library?: LibraryRow | null;
    /**
     * What the client sent before its hello, if that asked for TLS or for a way through a proxy:
     * "smtp", "imap", "pop3", "ftp", "ldap", "postgresql", "mysql", "xmpp", "http_connect", "socks4",
     * "socks5".
     */
    preamble?: string | null;
    /**
     * How the client resumes an earlier connection.
     */
    resumption?: "ticket" | "psk" | "early_data" | null;
    /**
     * The name of the server that the client asks for.
     */
    sni?: string | null;
    /**
     * In the form of JA4, without the extensions that come and go with resumption: padding, session
     * ticket, pre-shared key, early data.
     */
    stable?: string | null;
    /**
     * What carried the hello.
     */
    transport: "tcp" | "quic" | "dtls";
    /**
     * Whether the hello was cut, so that it has no fingerprint.
     */
    truncated?: boolean;
    /**
     * Of a client, the newest version that it offers; of a server, the one that it chose: "TLS 1.3",
     * or a number such as "0x0305".
     */
    version: string;
}
/**
 * A TLS library.
 */
export interface LibraryRow {
    /**
     * Its name, "OpenSSL".
     */
    name: string;
    /**
     * The program that uses it in this way; left out if several do.
     */
    program?: string | null;
    /**
     * How likely it is right, 0 to 1.
     */
    quality: number;
    /**
     * Its versions, "3.0-3.4"; left out if they are not known.
     */
    version?: string | null;
}
/**
 * TTL and distance.
 */
export interface TtlRow1 {
    /**
     * Hops between.
     */
    distance: number;
    /**
     * Whether the initial TTL is a guess, not the signature's.
     */
    guessed: boolean;
    /**
     * TTL with which the packet set out.
     */
    initial: number;
    /**
     * TTL or hop limit as observed.
     */
    observed: number;
}
/**
 * Uptime by the timestamp clock.
 */
export interface UptimeRow {
    /**
     * Frequency of the clock in Hz, rounded to a usual one.
     */
    frequency_hz: number;
    /**
     * After how many days the clock begins anew.
     */
    modulo_days: number;
    /**
     * Frequency as measured, in Hz, to a millionth.
     */
    raw_frequency_hz: number;
    /**
     * Whether this is the time since boot, as far as can be seen.
     */
    reliable: boolean;
    /**
     * Seconds since the clock was at 0, right modulo `modulo_days`.
     */
    seconds: number;
    /**
     * For how long the clock was watched, in milliseconds.
     */
    watched_ms: number;
    /**
     * Why: "steady_across_peers"; or why not: "one_peer" (a random offset would not show),
     * "offset_jumps", "offset_per_peer", "several_clocks" (behind one address), "short_span" (the
     * frequency is not certain).
     */
    why:
        | "steady_across_peers"
        | "one_peer"
        | "offset_jumps"
        | "offset_per_peer"
        | "several_clocks"
        | "short_span";
}
/**
 * A host, and all that is known of it; reads back equal.
 */
export interface StackprintHost {
    /**
     * Connections that it accepted, by their SYN+ACKs.
     */
    accepted: number;
    /**
     * Programs that it was seen to run.
     */
    applications: ApplicationRow[];
    /**
     * Changes of its looks, and signs that several share its address.
     */
    changes: HostChangeRow[];
    /**
     * `false` if the host was evicted because memory was full: it may come again, and its evidence
     * is then counted anew.
     */
    complete: boolean;
    /**
     * Whether its layers agree.
     */
    consistency: ConsistencyRow;
    /**
     * Hops from the host; null where no SYN or SYN+ACK of it was seen.
     */
    distance: HostDistanceRow | null;
    /**
     * Whether this is the last row of the host: it was idle, it was evicted, or the input ended.
     */
    final: boolean;
    /**
     * When the host was first seen: capture time, RFC 3339 with nanoseconds, UTC.
     */
    first: string;
    /**
     * The address.
     */
    ip: string;
    /**
     * Always "host".
     */
    kind: "host";
    /**
     * When it was last seen.
     */
    last: string;
    /**
     * Links by their MTU.
     */
    links: HostLinkRow[];
    /**
     * The network in which the address is this host, such as "vlan:20"; left out where there is
     * none around its packets, and with `--merge-paths`.
     */
    network?: string | null;
    /**
     * Connections that it opened, by their SYNs.
     */
    opened: number;
    /**
     * What it is; null where nothing says so.
     */
    os: HostOsRow | null;
    /**
     * Ports on which it answers.
     */
    ports: HostPortRow[];
    /**
     * How many pieces of evidence were replaced by later ones of their layer; left out where none.
     */
    replaced?: number;
    /**
     * "client", "server": what the host was seen as.
     */
    roles: string[];
    /**
     * Always "stackprint.host.v1".
     */
    schema: "stackprint.host.v1";
    /**
     * TLS libraries of its hellos.
     */
    tls: HostLibraryRow[];
    /**
     * The newest uptime; null where nothing gives it away.
     */
    uptime: HostUptimeRow | null;
    /**
     * Why: each piece of evidence, by layer.
     */
    why: HostEvidenceRow[];
}
/**
 * A program that a host was seen to run.
 */
export interface ApplicationRow {
    /**
     * How often it was seen.
     */
    count: number;
    /**
     * What says so: "syn" for a tool that makes packets itself, "tls", "http_request" …
     */
    layer: string;
    /**
     * Its name.
     */
    name: string;
}
/**
 * A change of a host's looks, or a sign that several share its address.
 */
export interface HostChangeRow {
    /**
     * How often it was seen.
     */
    count: number;
    /**
     * When it was first seen.
     */
    first: string;
    /**
     * When it was last seen.
     */
    last: string;
    /**
     * How likely the verdict is right, 0 to 1; left out with `--p0f-exact`.
     */
    quality?: number | null;
    /**
     * The reasons, as in records.
     */
    reasons: string[];
    /**
     * "host_change", or "ip_sharing" for several systems behind one address.
     */
    verdict: "host_change" | "ip_sharing";
}
/**
 * Whether the layers of a host agree.
 */
export interface ConsistencyRow {
    /**
     * How likely it is right, 0 to 1; left out for "unclear".
     */
    quality?: number | null;
    /**
     * What speaks for it, or why nothing can be said.
     */
    reasons: string[];
    /**
     * The verdict; "unclear" where nothing sure can be said.
     */
    verdict:
        | "consistent"
        | "tunnel"
        | "terminating_proxy"
        | "proxy_or_forged"
        | "shared_address"
        | "changed"
        | "unclear";
}
/**
 * Hops from a host.
 */
export interface HostDistanceRow {
    /**
     * Whether the last is a guess from the TTL alone.
     */
    guessed: boolean;
    /**
     * By the last SYN or SYN+ACK.
     */
    last: number;
    /**
     * The least that was seen.
     */
    least: number;
    /**
     * The most that was seen.
     */
    most: number;
}
/**
 * A link of a host.
 */
export interface HostLinkRow {
    /**
     * How often it was seen.
     */
    count: number;
    /**
     * Kind of link that has this MTU; left out where it is not known.
     */
    link?: string | null;
    /**
     * MTU in bytes.
     */
    mtu: number;
}
/**
 * What a host is.
 */
export interface HostOsRow {
    /**
     * The likeliest systems, each with its probability: those of 0.1 and more.
     */
    candidates: CandidateRow[];
    /**
     * The family: "Linux" (with Android and ChromeOS), "Windows", "Apple", "BSD", "Solaris",
     * "other".
     */
    family: "Linux" | "Windows" | "Apple" | "BSD" | "Solaris" | "other";
    /**
     * The label of its stack that was seen most, "s:unix:Linux:4.19 or newer", if it is of this
     * family; left out otherwise.
     */
    label?: string | null;
    /**
     * The system where it is known, "Android"; else its family.
     */
    name: string;
    /**
     * How likely the family is right, 0 to 1.
     */
    quality: number;
}
/**
 * A port on which a host answers.
 */
export interface HostPortRow {
    /**
     * Connections that were seen to be accepted.
     */
    count: number;
    /**
     * TCP port.
     */
    port: number;
}
/**
 * A TLS library of a host.
 */
export interface HostLibraryRow {
    /**
     * How many hellos were seen.
     */
    count: number;
    /**
     * Library, version and program as far as they are known, "OpenSSL 3.0, curl"; "unknown" for
     * others.
     */
    library: string;
    /**
     * How likely it is right, 0 to 1; left out where it is not known.
     */
    quality?: number | null;
}
/**
 * The newest uptime of a host.
 */
export interface HostUptimeRow {
    /**
     * After how many days the clock begins anew.
     */
    modulo_days: number;
    /**
     * Whether this is the time since boot, as far as can be seen.
     */
    reliable: boolean;
    /**
     * Seconds since the clock was at 0, right modulo `modulo_days`.
     */
    seconds: number;
    /**
     * When it was told.
     */
    time: string;
    /**
     * Why, or why not: as in records.
     */
    why: string;
}
/**
 * A piece of evidence.
 */
export interface HostEvidenceRow {
    /**
     * How often it was seen.
     */
    count: number;
    /**
     * The family that it speaks for; left out if it speaks for none.
     */
    family?: string | null;
    /**
     * When it was first seen.
     */
    first: string;
    /**
     * When it was last seen.
     */
    last: string;
    /**
     * What it comes from.
     */
    layer: "syn" | "syn_ack" | "ttl" | "tls" | "quic" | "http_request" | "http_response" | "forwarded";
    /**
     * How likely it is right, 0 to 1; left out where nothing is claimed.
     */
    quality?: number | null;
    /**
     * The label of the SYN of the same connections; left out where it is not known.
     */
    stack?: string | null;
    /**
     * What was seen: a label, a library, a claim; "unknown" where no signature fits.
     */
    value: string;
}
/**
 * A connection, and all that is known of it; reads back equal.
 */
export interface StackprintConnection {
    /**
     * Who opened the connection.
     */
    client: EndpointRow;
    /**
     * The client's stack; null where neither its SYN nor its uptime was seen.
     */
    client_stack: StackRow | null;
    /**
     * `false` if the connection was evicted because memory was full: more may have come of it.
     */
    complete: boolean;
    /**
     * Capture time of the first packet that said something, RFC 3339 with nanoseconds, UTC.
     */
    first: string;
    /**
     * The first request and the first response; left out where there are none.
     */
    http?: ConnectionHttpRow | null;
    /**
     * Always "connection".
     */
    kind: "connection";
    /**
     * Capture time of the last packet that said something.
     */
    last: string;
    /**
     * Tags and tunnels around the packets, outermost first; left out where there are none.
     */
    path?: string[];
    /**
     * How a client opens QUIC; left out where the connection is of TCP.
     */
    quic?: QuicRow | null;
    /**
     * Always "stackprint.connection.v1".
     */
    schema: "stackprint.connection.v1";
    /**
     * Who answers.
     */
    server: EndpointRow;
    /**
     * The server's stack; null where neither its SYN+ACK nor its uptime was seen.
     */
    server_stack: StackRow | null;
    /**
     * What the hellos say; null where there are none.
     */
    tls: ConnectionTlsRow | null;
}
/**
 * What a SYN or SYN+ACK says, and the uptime; fields as in records.
 */
export interface StackRow {
    /**
     * How the host looks changed.
     */
    change: ChangeRow | null;
    /**
     * MTU of the link.
     */
    mtu: MtuRow | null;
    /**
     * Remarks, as in records.
     */
    notes: string[];
    /**
     * What system or tool it is; null where no signature fits.
     */
    os: OsRow | null;
    /**
     * Raw signature in p0f's notation; null where only an uptime was seen.
     */
    signature: string | null;
    /**
     * TTL and what it says of the distance.
     */
    ttl: TtlRow1 | null;
    /**
     * Uptime, the last that was told.
     */
    uptime: UptimeRow | null;
}
/**
 * What the first heads of both directions say.
 */
export interface ConnectionHttpRow {
    /**
     * The client's; null where it was not seen.
     */
    request: HttpRow | null;
    /**
     * The server's; null where it was not seen.
     */
    response: HttpRow | null;
}
/**
 * Both hellos of a connection.
 */
export interface ConnectionTlsRow {
    /**
     * The client's; null where it was not seen.
     */
    client: TlsRow | null;
    /**
     * The server's; null where it was not seen.
     */
    server: TlsRow | null;
}
