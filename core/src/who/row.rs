//! The row of a host as a serde value.

use core::net::IpAddr;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::record::CandidateRow;

/// The name and version of the schema of hosts.
pub const HOST_SCHEMA: &str = "stackprint.host.v1";

/// A host, and all that is known of it; reads back equal.
///
/// ```
/// use stackprint::who::{Hosts, Settings};
/// use stackprint::{Analyzer, Database, Frame, LinkType};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// let record = analyzer.analyze(&Frame::new(LinkType::RAW, syn))?.expect("a SYN says something");
/// let mut hosts = Hosts::new(Settings::default());
/// hosts.take(&record, &mut |_| ());
/// let row = hosts.find("192.0.2.30".parse()?).next().expect("it was seen");
/// assert_eq!(row.os.as_ref().map(|os| &*os.family), Some("Linux"));
/// assert_eq!((row.opened, row.links[0].mtu), (1, 1500));
/// assert_eq!(row.why[0].layer, "syn");
/// assert_eq!(row.consistency.verdict, "unclear");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostRow<'a> {
    /// Always "stackprint.host.v1".
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("const" = HOST_SCHEMA)))]
    pub schema: Cow<'a, str>,
    /// Always "host".
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("const" = "host")))]
    pub kind: Cow<'a, str>,
    /// The address.
    pub ip: IpAddr,
    /// The network in which the address is this host, such as "vlan:20"; left out where there is
    /// none around its packets, and with `--merge-paths`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Cow<'a, str>>,
    /// When the host was first seen: capture time, RFC 3339 with nanoseconds, UTC.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub first: Cow<'a, str>,
    /// When it was last seen.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub last: Cow<'a, str>,
    /// Whether this is the last row of the host: it was idle, it was evicted, or the input ended.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// `false` if the host was evicted because memory was full: it may come again, and its evidence
    /// is then counted anew.
    pub complete: bool,
    /// What it is; null where nothing says so.
    #[serde(borrow)]
    pub os: Option<HostOsRow<'a>>,
    /// Why: each piece of evidence, by layer.
    #[serde(borrow)]
    pub why: Vec<HostEvidenceRow<'a>>,
    /// How many pieces of evidence were replaced by later ones of their layer; left out where none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub replaced: u32,
    /// "client", "server": what the host was seen as.
    #[serde(borrow)]
    pub roles: Vec<Cow<'a, str>>,
    /// Connections that it opened, by their SYNs.
    pub opened: u32,
    /// Connections that it accepted, by their SYN+ACKs.
    pub accepted: u32,
    /// Ports on which it answers.
    pub ports: Vec<HostPortRow>,
    /// Links by their MTU.
    #[serde(borrow)]
    pub links: Vec<HostLinkRow<'a>>,
    /// Hops from the host; null where no SYN or SYN+ACK of it was seen.
    pub distance: Option<HostDistanceRow>,
    /// The newest uptime; null where nothing gives it away.
    #[serde(borrow)]
    pub uptime: Option<HostUptimeRow<'a>>,
    /// Programs that it was seen to run.
    #[serde(borrow)]
    pub applications: Vec<ApplicationRow<'a>>,
    /// TLS libraries of its hellos.
    #[serde(borrow)]
    pub tls: Vec<HostLibraryRow<'a>>,
    /// Changes of its looks, and signs that several share its address.
    #[serde(borrow)]
    pub changes: Vec<HostChangeRow<'a>>,
    /// Whether its layers agree.
    #[serde(borrow)]
    pub consistency: ConsistencyRow<'a>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// What a host is.
///
/// [`HostRow::os`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostOsRow<'a> {
    /// The system where it is known, "Android"; else its family.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// The family: "Linux" (with Android and ChromeOS), "Windows", "Apple", "BSD", "Solaris",
    /// "other".
    #[serde(borrow)]
    #[cfg_attr(
        feature = "schema",
        schemars(extend("enum" = ["Linux", "Windows", "Apple", "BSD", "Solaris", "other"]))
    )]
    pub family: Cow<'a, str>,
    /// How likely the family is right, 0 to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub quality: f64,
    /// The label of its stack that was seen most, "s:unix:Linux:4.19 or newer", if it is of this
    /// family; left out otherwise.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Cow<'a, str>>,
    /// The likeliest systems, each with its probability: those of 0.1 and more.
    #[serde(borrow)]
    pub candidates: Vec<CandidateRow<'a>>,
}

/// A piece of evidence.
///
/// [`HostRow::why`] lists them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostEvidenceRow<'a> {
    /// What it comes from.
    #[serde(borrow)]
    #[cfg_attr(
        feature = "schema",
        schemars(extend("enum" = ["syn", "syn_ack", "ttl", "tls", "quic", "http_request",
            "http_response", "forwarded"]))
    )]
    pub layer: Cow<'a, str>,
    /// What was seen: a label, a library, a claim; "unknown" where no signature fits.
    #[serde(borrow)]
    pub value: Cow<'a, str>,
    /// The family that it speaks for; left out if it speaks for none.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Cow<'a, str>>,
    /// How likely it is right, 0 to 1; left out where nothing is claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<f64>,
    /// The label of the SYN of the same connections; left out where it is not known.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<Cow<'a, str>>,
    /// How often it was seen.
    pub count: u32,
    /// When it was first seen.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub first: Cow<'a, str>,
    /// When it was last seen.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub last: Cow<'a, str>,
}

/// A port on which a host answers.
///
/// [`HostRow::ports`] lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostPortRow {
    /// TCP port.
    pub port: u16,
    /// Connections that were seen to be accepted.
    pub count: u32,
}

/// A link of a host.
///
/// [`HostRow::links`] lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostLinkRow<'a> {
    /// MTU in bytes.
    pub mtu: u32,
    /// Kind of link that has this MTU; left out where it is not known.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Cow<'a, str>>,
    /// How often it was seen.
    pub count: u32,
}

/// Hops from a host.
///
/// [`HostRow::distance`] has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostDistanceRow {
    /// By the last SYN or SYN+ACK.
    pub last: u8,
    /// The least that was seen.
    pub least: u8,
    /// The most that was seen.
    pub most: u8,
    /// Whether the last is a guess from the TTL alone.
    pub guessed: bool,
}

/// The newest uptime of a host.
///
/// [`HostRow::uptime`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostUptimeRow<'a> {
    /// Seconds since the clock was at 0, right modulo `modulo_days`.
    pub seconds: u32,
    /// After how many days the clock begins anew.
    pub modulo_days: u32,
    /// Whether this is the time since boot, as far as can be seen.
    pub reliable: bool,
    /// Why, or why not: as in records.
    #[serde(borrow)]
    pub why: Cow<'a, str>,
    /// When it was told.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub time: Cow<'a, str>,
}

/// A program that a host was seen to run.
///
/// [`HostRow::applications`] lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApplicationRow<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// What says so: "syn" for a tool that makes packets itself, "tls", "http_request" …
    #[serde(borrow)]
    pub layer: Cow<'a, str>,
    /// How often it was seen.
    pub count: u32,
}

/// A TLS library of a host.
///
/// [`HostRow::tls`] lists them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostLibraryRow<'a> {
    /// Library, version and program as far as they are known, "OpenSSL 3.0, curl"; "unknown" for
    /// others.
    #[serde(borrow)]
    pub library: Cow<'a, str>,
    /// How likely it is right, 0 to 1; left out where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<f64>,
    /// How many hellos were seen.
    pub count: u32,
}

/// A change of a host's looks, or a sign that several share its address.
///
/// [`HostRow::changes`] lists them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostChangeRow<'a> {
    /// "host_change", or "ip_sharing" for several systems behind one address.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["host_change", "ip_sharing"])))]
    pub verdict: Cow<'a, str>,
    /// The reasons, as in records.
    #[serde(borrow)]
    pub reasons: Vec<Cow<'a, str>>,
    /// How likely the verdict is right, 0 to 1; left out with `--p0f-exact`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<f64>,
    /// How often it was seen.
    pub count: u32,
    /// When it was first seen.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub first: Cow<'a, str>,
    /// When it was last seen.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub last: Cow<'a, str>,
}

/// Whether the layers of a host agree.
///
/// [`HostRow::consistency`] has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConsistencyRow<'a> {
    /// The verdict; "unclear" where nothing sure can be said.
    #[serde(borrow)]
    #[cfg_attr(
        feature = "schema",
        schemars(extend("enum" = ["consistent", "tunnel", "terminating_proxy", "proxy_or_forged",
            "shared_address", "changed", "unclear"]))
    )]
    pub verdict: Cow<'a, str>,
    /// How likely it is right, 0 to 1; left out for "unclear".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub quality: Option<f64>,
    /// What speaks for it, or why nothing can be said.
    #[serde(borrow)]
    pub reasons: Vec<Cow<'a, str>>,
}

/// The JSON Schema of [`HostRow`], as in `schemas/host.v1.schema.json`.
///
/// ```
/// use stackprint::who::{HOST_SCHEMA, host_schema};
///
/// assert_eq!(host_schema().get("$id").and_then(|id| id.as_str()), Some(HOST_SCHEMA));
/// ```
#[cfg(feature = "schema")]
#[must_use]
pub fn host_schema() -> schemars::Schema {
    crate::record::schema_of::<HostRow<'static>>(HOST_SCHEMA, "stackprint host, version 1")
}
