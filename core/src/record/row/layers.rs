//! What a record says of the layers above TCP, as serde values.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::parts::{ChangeRow, TtlRow};

/// What a TLS hello says. Absent values are left out.
///
/// [`RecordRow::tls`](crate::RecordRow::tls) has it.
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
/// [`RecordRow::quic`](crate::RecordRow::quic) has it.
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
/// They are a part of [`QuicRow`], which [`RecordRow::quic`](crate::RecordRow::quic) has.
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
/// It is a part of [`TlsRow`], which [`RecordRow::tls`](crate::RecordRow::tls) has.
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
/// [`RecordRow::http`](crate::RecordRow::http) has it.
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
/// It is a part of [`HttpRow`], which [`RecordRow::http`](crate::RecordRow::http) has.
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
/// They are a part of [`HttpRow`], which [`RecordRow::http`](crate::RecordRow::http) has.
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
/// It is a part of [`HttpRow`], which [`RecordRow::http`](crate::RecordRow::http) has.
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
