#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
// Says on docs.rs which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod analyzer;
mod ascii;
mod bit_set;
#[cfg(feature = "capture")]
pub mod capture;
mod change;
mod clock;
mod compat;
mod database;
mod endpoint;
mod field;
mod filter;
mod flows;
#[cfg(feature = "tls")]
mod form_bytes;
#[cfg(feature = "forms")]
pub mod forms;
mod frame;
mod hosts;
#[cfg(feature = "http")]
pub mod http;
mod label;
pub mod learn;
mod matcher;
mod p0f;
mod parse_error;
#[cfg(feature = "quic")]
pub mod quic;
mod record;
pub mod score;
#[cfg(feature = "serde")]
mod serialize;
mod skip;
mod state;
#[cfg(feature = "tls")]
pub mod stream;
mod tcp;
#[cfg(feature = "tls")]
pub mod tls;
mod uptime;
#[cfg(feature = "serde")]
pub mod who;
mod wire;
mod word_enum;

pub use analyzer::{
    Analyzer, AnalyzerBuilder, FlowSession, HostSession, PendingRecord, Session, Share, Spread,
    SpreadStages, host_pair, observe,
};
pub use change::{Appearance, Change, ChangeReasons, Evidence, Value, Verdict};
pub use compat::Compat;
#[cfg(feature = "http")]
pub use database::HttpApp;
pub use database::{Database, DatabaseBuilder, Fault, FaultKind, Link, Match, Near, PassedOver};
pub use endpoint::{Direction, Endpoint, Side};
pub use field::{Field, Part};
pub use filter::{AddressSet, Condition, ConnectionSet, End, Filter, PortSet};
pub use frame::{ByteOrder, Frame, LinkType, Timestamp, UnknownLinkType};
pub use ipnet::IpNet;
pub use label::{Class, Label, LabelBuilder, LikelySystem, Rank, RunsOn};
#[cfg(feature = "serde")]
pub use matcher::MatchedRow;
#[cfg(feature = "schema")]
pub use matcher::matched_schema;
pub use matcher::{Matched, Matcher};
pub use parse_error::{Expected, ParseError};
#[cfg(feature = "flow")]
pub use record::CommunityId;
#[cfg(feature = "ecs")]
pub use record::ECS_VERSION;
#[cfg(feature = "schema")]
pub use record::schema;
#[cfg(feature = "serde")]
pub use record::{
    CandidateRow, ChangeRow, ClosestRow, DifferenceRow, EndpointRow, EvidenceRow, Http2Row,
    HttpAppRow, HttpClaimsRow, HttpRow, JsonRecords, JsonWriter, LibraryRow, MtuRow, Origin, OsRow,
    QuicParametersRow, QuicRow, RecordRow, SCHEMA, TcpRow, TlsRow, TtlRow, UptimeRow,
};
pub use record::{Fingerprint, Mtu, Note, P0fLog, Record, RecordKind, UnknownRecordKind};
#[cfg(feature = "http")]
pub use record::{Http, HttpMessage};
#[cfg(feature = "quic")]
pub use record::{Quic, QuicParameters};
#[cfg(feature = "tls")]
pub use record::{RawTls, Resumption, Tls, TlsClient, TlsFingerprints, TlsHello, TlsServer};
#[cfg(feature = "redact")]
pub use record::{RedactedField, Redaction};
pub use skip::{Carried, Skip, SkipReason};
pub use state::Limits;
pub use tcp::comparison::{Comparison, Differences};
pub use tcp::difference::Difference;
pub use tcp::observation::{FingerprintKey, Observation, ObservationBuilder};
pub use tcp::quirks::{Quirks, UnknownQuirk};
pub use tcp::signature::{Signature, SignatureBuilder, TtlRule, WindowRule};
pub use tcp::window::{WindowMultiple, WindowUnit};
pub use uptime::{Uptime, UptimeTrust};
pub use wire::{
    AppOptions, Encapsulation, IpVersion, OptionKinds, OptionLayout, Path, TcpTimestamps,
    kind as option_kind, may_be_handshake,
};
pub use word_enum::UnknownWord;

/// The code of the design runs with the tests.
#[cfg(all(doctest, feature = "serde"))]
#[doc = include_str!("../DESIGN.md")]
struct Design;

/// Where header fields lie and which numbers announce what, for filters that run before this
/// library sees a frame, such as the program's BPF. Not part of the stable interface.
#[doc(hidden)]
pub mod wire_format {
    pub use crate::wire::{field, numbers};
}
