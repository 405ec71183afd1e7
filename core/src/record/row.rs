//! The record as a serde value: the only place in the library that knows serde.

mod layers;
mod parts;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use layers::{
    Http2Row, HttpAppRow, HttpClaimsRow, HttpRow, LibraryRow, QuicParametersRow, QuicRow, TlsRow,
};
pub use parts::{
    CandidateRow, ChangeRow, ClosestRow, DifferenceRow, EndpointRow, EvidenceRow, MtuRow, Origin,
    OsRow, TtlRow, UptimeRow,
};

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
