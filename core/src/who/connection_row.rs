//! The row of a connection as a serde value.

use core::fmt;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::columns::write_columns;
use crate::record::{
    ChangeRow, EndpointRow, HttpRow, MtuRow, OsRow, QuicRow, TlsRow, TtlRow, UptimeRow,
};

/// The name and version of the schema of connections.
pub const CONNECTION_SCHEMA: &str = "stackprint.connection.v1";

/// A connection, and all that is known of it; reads back equal.
///
/// ```
/// use stackprint::who::{ConnectionLine, Connections};
/// use stackprint::{Analyzer, Database, Frame, LinkType};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// let record = analyzer.analyze(&Frame::new(LinkType::RAW, syn))?.expect("a SYN says something");
/// let mut connections = Connections::new(16 << 20);
/// connections.take(&record, &mut |_| ());
/// let mut count = 0;
/// connections.finish(&mut |row| {
///     let stack = row.client_stack.as_ref().expect("its SYN was seen");
///     assert_eq!(stack.os.as_ref().map(|os| &*os.name), Some("Linux"));
///     assert!(row.server_stack.is_none() && row.tls.is_none());
///     println!("{}", ConnectionLine(&row));
///     count += 1;
/// });
/// assert_eq!(count, 1);
/// # Ok::<(), stackprint::Skip>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConnectionRow<'a> {
    /// Always "stackprint.connection.v1".
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("const" = CONNECTION_SCHEMA)))]
    pub schema: Cow<'a, str>,
    /// Always "connection".
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("const" = "connection")))]
    pub kind: Cow<'a, str>,
    /// Capture time of the first packet that said something, RFC 3339 with nanoseconds, UTC.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub first: Cow<'a, str>,
    /// Capture time of the last packet that said something.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub last: Cow<'a, str>,
    /// Who opened the connection.
    pub client: EndpointRow,
    /// Who answers.
    pub server: EndpointRow,
    /// The client's stack; null where neither its SYN nor its uptime was seen.
    #[serde(borrow)]
    pub client_stack: Option<StackRow<'a>>,
    /// The server's stack; null where neither its SYN+ACK nor its uptime was seen.
    #[serde(borrow)]
    pub server_stack: Option<StackRow<'a>>,
    /// What the hellos say; null where there are none.
    #[serde(borrow)]
    pub tls: Option<ConnectionTlsRow<'a>>,
    /// How a client opens QUIC; left out where the connection is of TCP.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub quic: Option<QuicRow<'a>>,
    /// The first request and the first response; left out where there are none.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub http: Option<ConnectionHttpRow<'a>>,
    /// Tags and tunnels around the packets, outermost first; left out where there are none.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Cow<'a, str>>,
    /// `false` if the connection was evicted because memory was full: more may have come of it.
    pub complete: bool,
}

/// What a SYN or SYN+ACK says, and the uptime; fields as in records.
///
/// [`ConnectionRow::client_stack`] and [`ConnectionRow::server_stack`] are two.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StackRow<'a> {
    /// Raw signature in p0f's notation; null where only an uptime was seen.
    #[serde(borrow)]
    pub signature: Option<Cow<'a, str>>,
    /// What system or tool it is; null where no signature fits.
    #[serde(borrow)]
    pub os: Option<OsRow<'a>>,
    /// TTL and what it says of the distance.
    pub ttl: Option<TtlRow>,
    /// Remarks, as in records.
    #[serde(borrow)]
    pub notes: Vec<Cow<'a, str>>,
    /// MTU of the link.
    #[serde(borrow)]
    pub mtu: Option<MtuRow<'a>>,
    /// Uptime, the last that was told.
    #[serde(borrow)]
    pub uptime: Option<UptimeRow<'a>>,
    /// How the host looks changed.
    #[serde(borrow)]
    pub change: Option<ChangeRow<'a>>,
}

/// Both hellos of a connection.
///
/// [`ConnectionRow::tls`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConnectionTlsRow<'a> {
    /// The client's; null where it was not seen.
    #[serde(borrow)]
    pub client: Option<TlsRow<'a>>,
    /// The server's; null where it was not seen.
    #[serde(borrow)]
    pub server: Option<TlsRow<'a>>,
}

/// What the first heads of both directions say.
///
/// [`ConnectionRow::http`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConnectionHttpRow<'a> {
    /// The client's; null where it was not seen.
    #[serde(borrow)]
    pub request: Option<HttpRow<'a>>,
    /// The server's; null where it was not seen.
    #[serde(borrow)]
    pub response: Option<HttpRow<'a>>,
}

/// The JSON Schema of [`ConnectionRow`], as in `schemas/connection.v1.schema.json`.
///
/// ```
/// use stackprint::who::{CONNECTION_SCHEMA, connection_schema};
///
/// assert_eq!(connection_schema().get("$id").and_then(|id| id.as_str()), Some(CONNECTION_SCHEMA));
/// ```
#[cfg(feature = "schema")]
#[must_use]
pub fn connection_schema() -> schemars::Schema {
    crate::record::schema_of::<ConnectionRow<'static>>(
        CONNECTION_SCHEMA,
        "stackprint connection, version 1",
    )
}

/// A line of the table of connections for people.
///
/// An example is at [`ConnectionRow`].
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLine<'r>(pub &'r ConnectionRow<'r>);

impl ConnectionLine<'_> {
    /// The names of the columns.
    pub const HEADER: &'static str = "CLIENT                 SERVER                 \
        CLIENT STACK                 SERVER STACK                 TLS AND HTTP";
}

impl fmt::Display for ConnectionLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.0;
        let end = |it: EndpointRow| core::net::SocketAddr::new(it.ip, it.port).to_string();
        let (client, server) = (end(row.client), end(row.server));
        let (of_client, of_server) = (stack(&row.client_stack), stack(&row.server_stack));
        write_columns(
            f,
            &[(22, client), (22, server), (28, of_client), (28, of_server), (0, layers(row))],
        )
    }
}

/// `Linux 4.19 or newer`, `unknown`, or `-` where none was seen.
fn stack(stack: &Option<StackRow<'_>>) -> String {
    let Some(stack) = stack else { return "-".to_owned() };
    match &stack.os {
        Some(os) if os.flavor.is_empty() => os.name.to_string(),
        Some(os) => format!("{} {}", os.name, os.flavor),
        None => "unknown".to_owned(),
    }
}

/// `example.org OpenSSL 3.0 t13d…`, `curl/8.5, nginx`: name, library and JA4, or what the first
/// request and response name, as far as they are known.
fn layers(row: &ConnectionRow<'_>) -> String {
    let client = row.tls.as_ref().and_then(|tls| tls.client.as_ref());
    let text = match (client, &row.http) {
        (None, None) => "-".to_owned(),
        (Some(client), None) => tls(client),
        (None, Some(it)) => http(it),
        (Some(client), Some(it)) => format!("{}; {}", tls(client), http(it)),
    };
    // Text from the network: what a terminal would run is left out.
    text.chars().filter(|it| !it.is_control()).collect()
}

fn tls(client: &TlsRow<'_>) -> String {
    let library = client.library.as_ref();
    let version = library.and_then(|it| it.version.as_deref());
    let parts =
        [client.sni.as_deref(), library.map(|it| &*it.name), version, client.ja4.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn http(heads: &ConnectionHttpRow<'_>) -> String {
    let of_request = heads.request.as_ref().map(|it| named(it, it.user_agent.as_deref()));
    let of_response = heads.response.as_ref().map(|it| named(it, it.server.as_deref()));
    [of_request, of_response].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What a head says of its program: the text of the header, else what its signature names.
fn named<'r>(head: &'r HttpRow<'_>, software: Option<&'r str>) -> &'r str {
    software.or(head.app.as_ref().map(|it| &*it.name)).unwrap_or("unknown")
}
