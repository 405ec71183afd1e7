//! The record as a serde value: the only place in the library that knows serde.

use core::net::IpAddr;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The name and version of the record's schema.
pub const SCHEMA: &str = "stackprint.record.v1";

/// A record as it is written in every encoding; reads back equal.
///
/// Absent values are `null`, lists that are usually empty are left out.
///
/// ```
/// use stackprint::{Analyzer, Database, Frame, LinkType, RecordRow};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// let record = analyzer.analyze(&Frame::new(LinkType::RAW, syn))?.expect("a SYN says something");
/// let row = record.row();
/// assert_eq!((&*row.kind, row.client.port), ("syn", 40000));
/// assert_eq!(row.os.as_ref().map(|os| &*os.name), Some("Linux"));
/// let text = serde_json::to_string(&row)?;
/// assert_eq!(serde_json::from_str::<RecordRow<'_>>(&text)?, row);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordRow<'a> {
    /// Always "stackprint.record.v1".
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("const" = SCHEMA)))]
    pub schema: Cow<'a, str>,
    /// Capture time, RFC 3339 with nanoseconds, UTC.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub time: Cow<'a, str>,
    /// What was seen: "syn", "syn_ack", "uptime" for a later segment that gave it away, the segment
    /// that completed a TLS hello: "tls_client" (of DTLS, too), "tls_server"; or that completed the head
    /// of an HTTP request or response: "http_request", "http_response"; "quic_client" for the datagram
    /// that completed the hello of a QUIC client.
    #[serde(borrow)]
    #[cfg_attr(
        feature = "schema",
        schemars(extend("enum" = ["syn", "syn_ack", "uptime", "tls_client", "tls_server",
            "http_request", "http_response", "quic_client"]))
    )]
    pub kind: Cow<'a, str>,
    /// Who opened the connection.
    pub client: EndpointRow,
    /// Who answers.
    pub server: EndpointRow,
    /// Community ID of the flow, version 1, seed 0, by which other monitors name it, too; left out
    /// with `--no-flow`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<Cow<'a, str>>,
    /// Whose stack the record is about: "client" or "server".
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["client", "server"])))]
    pub subject: Cow<'a, str>,
    /// Raw signature in p0f's notation; null for kind "uptime".
    #[serde(borrow)]
    pub signature: Option<Cow<'a, str>>,
    /// What system or tool it is; null where no signature fits.
    #[serde(borrow)]
    pub os: Option<OsRow<'a>>,
    /// Where no signature fits, those that come nearest, nearest first; left out unless asked for.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub closest: Vec<ClosestRow<'a>>,
    /// TTL and what it says of the distance; null for kind "uptime".
    pub ttl: Option<TtlRow>,
    /// Remarks: generic, fuzzy, random_ttl, excess_dist, tos:0xHH (DSCP), no_syn; and TCP options that
    /// a program asked for, set aside: tfo, mptcp, accecn, eno, smc, experimental.
    #[serde(borrow)]
    pub notes: Vec<Cow<'a, str>>,
    /// MTU of the subject's link; null where it cannot be told.
    #[serde(borrow)]
    pub mtu: Option<MtuRow<'a>>,
    /// Uptime of the subject; null where this packet does not give it away.
    #[serde(borrow)]
    pub uptime: Option<UptimeRow<'a>>,
    /// How the subject looks changed; null where it does not.
    #[serde(borrow)]
    pub change: Option<ChangeRow<'a>>,
    /// What the client's SYN of the same connection matched, in records of what the connection
    /// carries; of QUIC and DTLS, what the client's address was taken for last by another connection.
    /// Left out if no SYN was seen or nothing matched.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<TcpRow<'a>>,
    /// What a TLS hello says; left out for other kinds.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsRow<'a>>,
    /// What an HTTP head says; left out for other kinds.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpRow<'a>>,
    /// What a QUIC client says besides its hello; left out for other kinds.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub quic: Option<QuicRow<'a>>,
    /// Tags and tunnels around the packet, outermost first, such as "vlan:20" or "gre"; left out
    /// where there are none.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Cow<'a, str>>,
    /// Where the packet came from; left out where the program was not told.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin<'a>>,
}

/// The stack that the SYN of a connection matched.
///
/// [`RecordRow::tcp`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TcpRow<'a> {
    /// The label in p0f's form, "s:unix:Linux:3.11 and newer".
    #[serde(borrow)]
    pub label: Cow<'a, str>,
    /// How likely the label is right, 0 to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub quality: f64,
    /// The signature that fits, in p0f's notation.
    #[serde(borrow)]
    pub signature: Cow<'a, str>,
}

/// What a TLS hello says. Absent values are left out.
///
/// [`RecordRow::tls`] has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TlsRow<'a> {
    /// Of a client, the newest version that it offers; of a server, the one that it chose: "TLS 1.3",
    /// or a number such as "0x0305".
    #[serde(borrow)]
    pub version: Cow<'a, str>,
    /// What carried the hello.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["tcp", "quic", "dtls"])))]
    pub transport: Cow<'a, str>,
    /// What the client sent before its hello, if that asked for TLS or for a way through a proxy:
    /// "smtp", "imap", "pop3", "ftp", "ldap", "postgresql", "mysql", "xmpp", "http_connect", "socks4",
    /// "socks5".
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub preamble: Option<Cow<'a, str>>,
    /// The library that makes such a hello, of a client; left out if it is not known.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub library: Option<LibraryRow<'a>>,
    /// JA4 of a client.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub ja4: Option<Cow<'a, str>>,
    /// JA3 of a client.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub ja3: Option<Cow<'a, str>>,
    /// In the form of JA4, without the extensions that come and go with resumption: padding, session
    /// ticket, pre-shared key, early data.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub stable: Option<Cow<'a, str>>,
    /// The name of the server that the client asks for.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub sni: Option<Cow<'a, str>>,
    /// The protocols that the client offers (ALPN), in its order.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub alpn: Vec<Cow<'a, str>>,
    /// Whether the client sends the extension of Encrypted ClientHello, real or GREASE: `sni` is
    /// then the name of the server in front.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ech: bool,
    /// How the client resumes an earlier connection.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(extend("enum" = ["ticket", "psk", "early_data", null]))
    )]
    pub resumption: Option<Cow<'a, str>>,
    /// The cipher suite that the server chose, as a number: "0x1301".
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub cipher: Option<Cow<'a, str>>,
    /// JA3S of a server.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub ja3s: Option<Cow<'a, str>>,
    /// Whether the hello was cut, so that it has no fingerprint.
    #[serde(default, skip_serializing_if = "is_false")]
    pub truncated: bool,
    /// JA4 with its lists in full; on request.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub ja4_r: Option<Cow<'a, str>>,
    /// JA4 of the lists as they were sent; on request.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub ja4_o: Option<Cow<'a, str>>,
    /// The same with its lists in full; on request.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub ja4_ro: Option<Cow<'a, str>>,
    /// What JA3 is the hash of; on request.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub ja3_full: Option<Cow<'a, str>>,
}

/// What a QUIC client says besides its hello. Absent values are left out.
///
/// [`RecordRow::quic`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QuicRow<'a> {
    /// The version of its first Initial: "v1", "v2", "draft-29", or a number such as "0x0a1a2a3a".
    #[serde(borrow)]
    pub version: Cow<'a, str>,
    /// Bytes of UDP payload in the first datagram of the connection that was read.
    pub datagram_bytes: u32,
    /// TTL of the packet that completed the hello, and what it says of the distance.
    pub ttl: TtlRow,
    /// What the client says in its transport parameters.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<QuicParametersRow<'a>>,
    /// Where the transport parameters cannot be read: the byte of their extension at which they end
    /// within one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters_cut_at: Option<u32>,
}

/// Transport parameters of a QUIC client (RFC 9000 section 18.2). Those that it did not send are left
/// out.
///
/// They are a part of [`QuicRow`], which [`RecordRow::quic`] has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QuicParametersRow<'a> {
    /// Milliseconds without a packet after which the client closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_idle_timeout_ms: Option<u64>,
    /// Bytes of UDP payload that the client takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_udp_payload_size: Option<u64>,
    /// Bytes that may be sent on all streams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_max_data: Option<u64>,
    /// Bytes that may be sent on a stream in both directions that the client opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_max_stream_data_bidi_local: Option<u64>,
    /// Bytes that may be sent on a stream in both directions that the server opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_max_stream_data_bidi_remote: Option<u64>,
    /// Bytes that may be sent on a stream in one direction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_max_stream_data_uni: Option<u64>,
    /// Streams in both directions that the server may open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_max_streams_bidi: Option<u64>,
    /// Streams in one direction that the server may open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_max_streams_uni: Option<u64>,
    /// By which power of two delays of acknowledgments are divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack_delay_exponent: Option<u64>,
    /// Milliseconds for which the client delays acknowledgments at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ack_delay_ms: Option<u64>,
    /// Connection IDs that the client keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_connection_id_limit: Option<u64>,
    /// Bytes of the longest DATAGRAM frame that the client takes (RFC 9221).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_datagram_frame_size: Option<u64>,
    /// Whether the client keeps to its address.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disable_active_migration: bool,
    /// Whether the client takes packets whose fixed bit is 0 (RFC 9287).
    #[serde(default, skip_serializing_if = "is_false")]
    pub grease_quic_bit: bool,
    /// Whether numbers that are reserved for GREASE are among them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub grease: bool,
    /// The versions that the client can speak, in its order (RFC 9368), without those of GREASE.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Cow<'a, str>>,
    /// The numbers of all parameters in the order in which they were sent, without those of GREASE.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<u64>,
    /// The name and version of the program and its system, which Chrome sent until 2021.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Cow<'a, str>>,
}

/// A TLS library.
///
/// It is a part of [`TlsRow`], which [`RecordRow::tls`] has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LibraryRow<'a> {
    /// Its name, "OpenSSL".
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// Its versions, "3.0-3.4"; left out if they are not known.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Cow<'a, str>>,
    /// The program that uses it in this way; left out if several do.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Cow<'a, str>>,
    /// How likely it is right, 0 to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub quality: f64,
}

/// What the head of an HTTP request or response says, or the opening of an HTTP/2 connection. Absent
/// values are left out.
///
/// [`RecordRow::http`] has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpRow<'a> {
    /// "1.0", "1.1", or "2" for the opening of an HTTP/2 connection.
    #[serde(borrow)]
    pub version: Cow<'a, str>,
    /// The method of a request, as it was sent.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Cow<'a, str>>,
    /// The status of a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The head in p0f's notation of signatures: names of headers, and values of some that the
    /// database names; left out for HTTP/2.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Cow<'a, str>>,
    /// The program that sends such heads; left out if none is known.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub app: Option<HttpAppRow<'a>>,
    /// User-Agent of a client.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Cow<'a, str>>,
    /// Server of a server.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Cow<'a, str>>,
    /// The language that a client wants first, "English".
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Cow<'a, str>>,
    /// Whether a proxy names itself or whom it speaks for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub via: bool,
    /// What User-Agent or Server claims.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<HttpClaimsRow<'a>>,
    /// Whether User-Agent or Server is not what the signature of the program expects.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dishonest: bool,
    /// Whether there is no User-Agent or Server.
    #[serde(default, skip_serializing_if = "is_false")]
    pub anonymous: bool,
    /// How a client opens HTTP/2.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub http2: Option<Http2Row<'a>>,
    /// How the host looks changed by p0f's rules: of a program that does not run on its system, and of
    /// its other heads; left out where it does not.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeRow<'a>>,
}

/// The program that a signature of heads names.
///
/// It is a part of [`HttpRow`], which [`RecordRow::http`] has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpAppRow<'a> {
    /// The label in p0f's form, "s:!:curl:".
    #[serde(borrow)]
    pub label: Cow<'a, str>,
    /// The name, "curl".
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// What distinguishes it under its name; may be empty.
    #[serde(borrow)]
    pub flavor: Cow<'a, str>,
    /// How likely the label is right, 0 to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub quality: f64,
}

/// What User-Agent or Server claims; it need not be so.
///
/// They are a part of [`HttpRow`], which [`RecordRow::http`] has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpClaimsRow<'a> {
    /// The family of systems: "Windows", "Apple", "Linux", "Android", "ChromeOS", "BSD", "Solaris".
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Cow<'a, str>>,
    /// The system, "macOS".
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub system: Option<Cow<'a, str>>,
    /// Its version; left out where it is frozen.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub system_version: Option<Cow<'a, str>>,
    /// Whether the text says the same of every version since some year.
    #[serde(default, skip_serializing_if = "is_false")]
    pub frozen: bool,
    /// The product, "Chrome".
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Cow<'a, str>>,
    /// Its version.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub product_version: Option<Cow<'a, str>>,
}

/// How a client opens HTTP/2.
///
/// It is a part of [`HttpRow`], which [`RecordRow::http`] has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Http2Row<'a> {
    /// Settings, window update, priorities and order of pseudo-headers:
    /// "1:65536;4:6291456|15663105|0|m,a,s,p".
    #[serde(borrow)]
    pub fingerprint: Cow<'a, str>,
    /// The MD5 of it, in hexadecimal digits.
    #[serde(borrow)]
    pub md5: Cow<'a, str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// An address and port.
///
/// [`RecordRow::client`] and [`RecordRow::server`] are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EndpointRow {
    /// IPv4 or IPv6 address.
    pub ip: IpAddr,
    /// Port of TCP or UDP.
    pub port: u16,
}

/// What system or tool a signature names.
///
/// [`RecordRow::os`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OsRow<'a> {
    /// The label in p0f's form, "s:unix:Linux:3.11 and newer".
    #[serde(borrow)]
    pub label: Cow<'a, str>,
    /// The name, "Linux".
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// What distinguishes it under its name, "3.11 and newer"; may be empty.
    #[serde(borrow)]
    pub flavor: Cow<'a, str>,
    /// The class of system, "unix", "win", "other"; "userland" for a tool that makes packets
    /// itself.
    #[serde(borrow)]
    pub class: Cow<'a, str>,
    /// "specific" or "generic".
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["specific", "generic"])))]
    pub rank: Cow<'a, str>,
    /// "exact", or "fuzzy" where it fits with tolerances.
    #[serde(borrow, rename = "match")]
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["exact", "fuzzy"])))]
    pub matched: Cow<'a, str>,
    /// How likely the label is right, 0 to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub quality: f64,
    /// Why the match is not exact.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<DifferenceRow<'a>>,
    /// Where one stack serves several systems: each with its probability.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateRow<'a>>,
}

/// A signature that does not fit, and why.
///
/// [`RecordRow::closest`] lists them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClosestRow<'a> {
    /// The label in p0f's form.
    #[serde(borrow)]
    pub label: Cow<'a, str>,
    /// The name, "Linux".
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// What distinguishes it under its name; may be empty.
    #[serde(borrow)]
    pub flavor: Cow<'a, str>,
    /// The class of system; "userland" for a tool that makes packets itself.
    #[serde(borrow)]
    pub class: Cow<'a, str>,
    /// "specific" or "generic".
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["specific", "generic"])))]
    pub rank: Cow<'a, str>,
    /// How likely the label is right all the same, 0 to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub quality: f64,
    /// The signature, in p0f's notation.
    #[serde(borrow)]
    pub signature: Cow<'a, str>,
    /// Why it does not fit.
    #[serde(borrow)]
    pub differences: Vec<DifferenceRow<'a>>,
}

/// A field in which the packet differs from the signature.
///
/// They are a part of [`OsRow`] and of [`ClosestRow`], which [`RecordRow`] has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DifferenceRow<'a> {
    /// The field's name; only "ttl" and "quirks" can differ in a fuzzy match.
    #[serde(borrow)]
    #[cfg_attr(
        feature = "schema",
        schemars(extend("enum" = ["version", "ttl", "ip_options_len", "mss", "window",
            "window_scale", "layout", "quirks", "payload"]))
    )]
    pub field: Cow<'a, str>,
    /// The packet's value, in the notation of signatures.
    #[serde(borrow)]
    pub observed: Cow<'a, str>,
    /// The signature's value, in the notation of signatures.
    #[serde(borrow)]
    pub expected: Cow<'a, str>,
}

/// One of several systems that share a stack.
///
/// They are a part of [`OsRow`], which [`RecordRow::os`] has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CandidateRow<'a> {
    /// The system's name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// How likely it is this one, 0 to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub probability: f64,
}

/// TTL and distance.
///
/// [`RecordRow::ttl`] has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TtlRow {
    /// TTL or hop limit as observed.
    pub observed: u8,
    /// TTL with which the packet set out.
    pub initial: u8,
    /// Hops between.
    pub distance: u8,
    /// Whether the initial TTL is a guess, not the signature's.
    pub guessed: bool,
}

/// MTU and link.
///
/// [`RecordRow::mtu`] has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MtuRow<'a> {
    /// In bytes.
    pub value: u32,
    /// Kind of link that has this MTU; null where it is not known.
    #[serde(borrow)]
    pub link: Option<Cow<'a, str>>,
}

/// Uptime by the timestamp clock.
///
/// [`RecordRow::uptime`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UptimeRow<'a> {
    /// Seconds since the clock was at 0, right modulo `modulo_days`.
    pub seconds: u32,
    /// Frequency of the clock in Hz, rounded to a usual one.
    pub frequency_hz: u32,
    /// Frequency as measured, in Hz, to a millionth.
    pub raw_frequency_hz: f64,
    /// After how many days the clock begins anew.
    pub modulo_days: u32,
    /// For how long the clock was watched, in milliseconds.
    pub watched_ms: u32,
    /// Whether this is the time since boot, as far as can be seen.
    pub reliable: bool,
    /// Why: "steady_across_peers"; or why not: "one_peer" (a random offset would not show),
    /// "offset_jumps", "offset_per_peer", "several_clocks" (behind one address), "short_span" (the
    /// frequency is not certain).
    #[serde(borrow)]
    #[cfg_attr(
        feature = "schema",
        schemars(extend("enum" = ["steady_across_peers", "one_peer", "offset_jumps",
            "offset_per_peer", "several_clocks", "short_span"]))
    )]
    pub why: Cow<'a, str>,
}

/// A change of a host's looks.
///
/// [`RecordRow::change`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeRow<'a> {
    /// "host_change", or "ip_sharing" for several systems behind one address.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["host_change", "ip_sharing"])))]
    pub verdict: Cow<'a, str>,
    /// p0f's words: app_vs_os, os_diff, sig_diff, x_known, tstamp, ttl, port, mtu, fuzzy; of HTTP via,
    /// date, srv_sig_lb, ua_vs_os; and window.
    #[serde(borrow)]
    pub reasons: Vec<Cow<'a, str>>,
    /// How strong the signs of this packet are.
    pub score: u8,
    /// Of the host's last 32 packets in this role, how many scored at least 6, 3, 2 and 1.
    pub hits: [u8; 4],
    /// How likely the verdict is right, 0 to 1; left out by p0f's rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub quality: Option<f64>,
    /// What speaks for each reason; left out by p0f's rules.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceRow<'a>>,
}

/// One reason with what was seen before and what is seen now.
///
/// They are a part of [`ChangeRow`], which [`RecordRow::change`] has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EvidenceRow<'a> {
    /// One of the reasons.
    #[serde(borrow)]
    pub reason: Cow<'a, str>,
    /// What was seen before: a label, TTL, port, MSS or timestamp, a window with its scale, option
    /// kinds or quirks.
    #[serde(borrow)]
    pub then: Cow<'a, str>,
    /// What this packet shows.
    #[serde(borrow)]
    pub now: Cow<'a, str>,
    /// When the packet with which this one is compared was captured, RFC 3339.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub time: Cow<'a, str>,
}

/// Where a packet came from: a capture, a network interface, or a Kafka topic.
///
/// An example is at [`JsonWriter`](crate::JsonWriter).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Origin<'a> {
    /// Path of the capture, as given.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Cow<'a, str>>,
    /// Number of the frame in the capture, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// Network interface on which the packet was captured.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<Cow<'a, str>>,
    /// Kafka topic.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Cow<'a, str>>,
    /// Kafka partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// Offset in the Kafka partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// Position of the packet in a message of several, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Position of the record among those of its packet, from 0; left out for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u8>,
    /// Name of the sensor that captured the packet.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<Cow<'a, str>>,
}

/// The JSON Schema of [`RecordRow`], pretty-printed, as in `schemas/record.v1.schema.json`.
///
/// ```
/// use stackprint::{SCHEMA, schema};
///
/// assert_eq!(schema().get("$id").and_then(|id| id.as_str()), Some(SCHEMA));
/// ```
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> schemars::Schema {
    super::row_schema::schema_of::<RecordRow<'static>>(
        "stackprint.record.v1",
        "stackprint record, version 1",
    )
}
