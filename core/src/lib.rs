#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod analyzer;
mod ascii;
#[cfg(feature = "capture")]
pub mod capture;
mod change;
mod clock;
mod database;
mod difference;
mod filter;
mod frame;
mod hosts;
pub mod learn;
mod matching;
mod mtu;
mod notation;
mod observation;
mod p0f_view;
mod parse_error;
mod quality;
#[cfg(feature = "quic")]
pub mod quic;
mod quirks;
mod record;
pub mod score;
mod signature;
mod skip;
#[cfg(feature = "tls")]
pub mod stream;
#[cfg(feature = "tls")]
pub mod tls;
mod uptime;
mod window;
mod wire;

pub use analyzer::{Analyzer, AnalyzerBuilder, Session, host_pair, observe};
pub use change::{Change, ChangeReasons, Evidence, Look, Value, Verdict};
pub use database::{
    Class, Database, Fault, FaultKind, Label, LikelySystem, Match, Near, PassedOver, Rank,
};
pub use difference::{Difference, Field};
pub use filter::{AddressSet, Condition, End, Filter, PortSet};
pub use frame::{ByteOrder, Frame, LinkType, Timestamp, UnknownLinkType};
pub use hosts::{Endpoint, Limits, Side};
pub use ipnet::IpNet;
pub use observation::{Compat, Direction, Observation};
pub use parse_error::{Expected, ParseError};
pub use quirks::{Quirks, UnknownQuirk};
#[cfg(feature = "ecs")]
pub use record::ECS_VERSION;
#[cfg(feature = "schema")]
pub use record::schema;
#[cfg(feature = "serde")]
pub use record::{
    CandidateRow, ChangeRow, ClosestRow, DifferenceRow, EndpointRow, EvidenceRow, JsonWriter,
    MtuRow, Origin, OsRow, RecordRow, SCHEMA, TtlRow, UptimeRow,
};
pub use record::{Fingerprint, Mtu, Note, P0fLog, Record, RecordKind};
pub use signature::{Signature, TtlRule, WindowRule};
pub use skip::{Carried, Skip, SkipReason};
pub use uptime::{Uptime, UptimeTrust};
pub use window::{WindowMultiple, WindowUnit};
pub use wire::{
    AppOptions, Encapsulation, IpVersion, OptionKinds, OptionLayout, Path, TcpTimestamps,
    may_be_handshake,
};

/// The code of the design runs with the tests.
#[cfg(all(doctest, feature = "serde"))]
#[doc = include_str!("../DESIGN.md")]
struct Design;
