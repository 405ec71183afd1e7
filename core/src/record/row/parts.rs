//! Parts of a record that are about addresses, stacks and their history, as serde values.

use core::net::IpAddr;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// An address and port.
///
/// [`RecordRow::client`](crate::RecordRow::client) and [`RecordRow::server`](crate::RecordRow::server) are two.
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
/// [`RecordRow::os`](crate::RecordRow::os) has it.
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
/// [`RecordRow::closest`](crate::RecordRow::closest) lists them.
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
/// They are a part of [`OsRow`] and of [`ClosestRow`], which [`RecordRow`](crate::RecordRow) has.
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
/// They are a part of [`OsRow`], which [`RecordRow::os`](crate::RecordRow::os) has.
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
/// [`RecordRow::ttl`](crate::RecordRow::ttl) has it.
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
/// [`RecordRow::mtu`](crate::RecordRow::mtu) has it.
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
/// [`RecordRow::uptime`](crate::RecordRow::uptime) has it.
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
/// [`RecordRow::change`](crate::RecordRow::change) has it.
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
/// They are a part of [`ChangeRow`], which [`RecordRow::change`](crate::RecordRow::change) has.
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
