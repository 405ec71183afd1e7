//! Records: what one packet said.

#[cfg(feature = "flow")]
mod community_id;
#[cfg(feature = "serde")]
mod csv;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "serde")]
mod json;
#[cfg(feature = "serde")]
mod owned;
mod p0f_log;
#[cfg(feature = "quic")]
mod quic;
#[cfg(feature = "http")]
mod recent_heads;
#[cfg(feature = "tls")]
mod recent_hellos;
#[cfg(feature = "redact")]
mod redaction;
#[cfg(feature = "serde")]
mod row;
#[cfg(feature = "schema")]
mod row_schema;
mod text;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "serde")]
mod to_row;

use crate::change::{Appearance, Change, Evidence};
use crate::database::{Database, Match, Near};
use crate::endpoint::{Endpoint, Side};
use crate::frame::Timestamp;
use crate::tcp::difference::Difference;
use crate::tcp::matching;
use crate::tcp::observation::{FingerprintKey, Observation};
use crate::uptime::Uptime;
#[cfg(any(feature = "flow", feature = "serde"))]
use crate::wire::numbers::protocol;
use crate::wire::{AppOptions, OptionKinds, Path};

#[cfg(feature = "flow")]
pub use community_id::CommunityId;
#[cfg(feature = "http")]
pub use http::{Http, HttpMessage};
#[cfg(feature = "ecs")]
pub use json::ECS_VERSION;
#[cfg(feature = "serde")]
pub use json::{JsonRecords, JsonWriter};
pub use p0f_log::P0fLog;
#[cfg(feature = "quic")]
pub use quic::{Quic, QuicParameters};
#[cfg(feature = "http")]
pub(crate) use recent_heads::RecentHeads;
#[cfg(feature = "tls")]
pub(crate) use recent_hellos::RecentHellos;
#[cfg(feature = "redact")]
pub use redaction::{RedactedField, Redaction};
#[cfg(feature = "schema")]
pub use row::schema;
#[cfg(feature = "serde")]
pub use row::{
    CandidateRow, ChangeRow, ClosestRow, DifferenceRow, EndpointRow, EvidenceRow, Http2Row,
    HttpAppRow, HttpClaimsRow, HttpRow, LibraryRow, MtuRow, Origin, OsRow, QuicParametersRow,
    QuicRow, RecordRow, SCHEMA, TcpRow, TlsRow, TtlRow, UptimeRow,
};
#[cfg(feature = "schema")]
pub(crate) use row_schema::schema_of;
#[cfg(feature = "tls")]
pub use tls::{RawTls, Resumption, Tls, TlsClient, TlsFingerprints, TlsHello, TlsServer};

/// What one packet said. Borrows from the database, and holds no text of its own: strings are made
/// when it is written.
///
/// [`Display`](core::fmt::Display) writes it for people, [`Record::p0f_log`] as p0f's log lines, and
/// with the feature `serde` `Record::row` gives the row of `schemas/record.v1.schema.json`.
///
/// ```
/// use stackprint::{Analyzer, Database, Frame, LinkType, RecordKind, Side};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// let record = analyzer.analyze(&Frame::new(LinkType::RAW, syn))?.expect("a SYN says something");
/// assert_eq!((record.kind, record.subject), (RecordKind::Syn, Side::Client));
/// assert_eq!(record.client.to_string(), "192.0.2.30:40000");
/// let fingerprint = record.fingerprint.expect("a SYN has one");
/// assert_eq!(fingerprint.found.map(|found| found.label.name()), Some("Linux"));
/// assert_eq!((fingerprint.distance, fingerprint.mtu.map(|mtu| mtu.value)), (0, Some(1500)));
/// # Ok::<(), stackprint::Skip>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Record<'d> {
    /// Capture time of the packet.
    pub time: Timestamp,
    /// What kind of packet it was.
    pub kind: RecordKind,
    /// Who opened the connection.
    pub client: Endpoint,
    /// Who answers.
    pub server: Endpoint,
    /// Whose stack the record is about.
    pub subject: Side,
    /// What a SYN or SYN+ACK says; absent for [`RecordKind::Uptime`].
    pub fingerprint: Option<Fingerprint<'d>>,
    /// Uptime, if this packet gave it away.
    pub uptime: Option<Uptime>,
    /// Tags and tunnels through which the packet came.
    pub path: Path,
    /// Which of the records of its packet this is, from 0.
    pub part: u8,
    /// Whether the Community ID of the flow is written. It is, unless this is set to false.
    pub with_flow: bool,
    /// What a TLS hello says; absent for kinds of which none is part.
    #[cfg(feature = "tls")]
    pub tls: Option<Box<Tls<'d>>>,
    /// What an HTTP head says; absent for all but the kinds `HttpRequest` and `HttpResponse`.
    #[cfg(feature = "http")]
    pub http: Option<Box<Http<'d>>>,
    /// What a QUIC client says besides its hello; absent for all but `QuicClient`.
    #[cfg(feature = "quic")]
    pub quic: Option<Box<Quic>>,
}

/// What kind of packet a record comes from.
///
/// ```
/// use stackprint::RecordKind;
///
/// assert_eq!("syn_ack".parse(), Ok(RecordKind::SynAck));
/// assert_eq!(RecordKind::Uptime.as_str(), "uptime");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RecordKind {
    /// A SYN.
    Syn,
    /// A SYN+ACK.
    SynAck,
    /// A later segment of a connection, which gave away its sender's uptime.
    Uptime,
    /// The segment that completed a TLS ClientHello, or the datagram that completed one of DTLS.
    #[cfg(feature = "tls")]
    TlsClient,
    /// The segment that completed a TLS ServerHello.
    #[cfg(feature = "tls")]
    TlsServer,
    /// The segment that completed the head of an HTTP request, or the opening of an HTTP/2 connection.
    #[cfg(feature = "http")]
    HttpRequest,
    /// The segment that completed the head of an HTTP response.
    #[cfg(feature = "http")]
    HttpResponse,
    /// The datagram that completed the ClientHello of a QUIC client.
    #[cfg(feature = "quic")]
    QuicClient,
}

impl RecordKind {
    /// All kinds, in the order of their numbers: `kind as usize` is a place in a list of counts.
    pub const ALL: &'static [RecordKind] = &[
        RecordKind::Syn,
        RecordKind::SynAck,
        RecordKind::Uptime,
        #[cfg(feature = "tls")]
        RecordKind::TlsClient,
        #[cfg(feature = "tls")]
        RecordKind::TlsServer,
        #[cfg(feature = "http")]
        RecordKind::HttpRequest,
        #[cfg(feature = "http")]
        RecordKind::HttpResponse,
        #[cfg(feature = "quic")]
        RecordKind::QuicClient,
    ];

    /// The word used in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            RecordKind::Syn => "syn",
            RecordKind::SynAck => "syn_ack",
            RecordKind::Uptime => "uptime",
            #[cfg(feature = "tls")]
            RecordKind::TlsClient => "tls_client",
            #[cfg(feature = "tls")]
            RecordKind::TlsServer => "tls_server",
            #[cfg(feature = "http")]
            RecordKind::HttpRequest => "http_request",
            #[cfg(feature = "http")]
            RecordKind::HttpResponse => "http_response",
            #[cfg(feature = "quic")]
            RecordKind::QuicClient => "quic_client",
        }
    }
}

/// The word used in records.
impl core::fmt::Display for RecordKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads the word used in records.
impl core::str::FromStr for RecordKind {
    type Err = UnknownRecordKind;

    fn from_str(text: &str) -> Result<RecordKind, UnknownRecordKind> {
        let kind = RecordKind::ALL.iter().copied().find(|kind| kind.as_str() == text);
        kind.ok_or(UnknownRecordKind)
    }
}

/// A word that is no kind of record.
///
/// The error of reading a [`RecordKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownRecordKind;

impl core::fmt::Display for UnknownRecordKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("expected one of ")?;
        for (index, kind) in RecordKind::ALL.iter().enumerate() {
            write!(f, "{}{kind}", if index > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownRecordKind {}

/// What a SYN or SYN+ACK says of the stack that sent it.
///
/// ```
/// use stackprint::{Database, Direction, Fingerprint, Note, Observation};
///
/// let text = "4:54+10:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";
/// let mut observation = Observation::parse(text, Direction::Syn)?;
/// observation.dscp = 0x2e;
/// let database = Database::builtin();
/// let fingerprint = Fingerprint::new(observation, &database);
/// assert_eq!((fingerprint.initial_ttl(), fingerprint.distance), (64, 10));
/// assert_eq!(fingerprint.mtu.map(|mtu| mtu.value), Some(1500));
/// assert!(fingerprint.notes().any(|note| note == Note::Dscp(0x2e)));
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Fingerprint<'d> {
    /// What was observed.
    pub observation: Observation,
    /// The signature that fits, if one does.
    pub found: Option<Match<'d>>,
    /// Where the closest signatures are looked for if none fits; `None` if nobody asks.
    pub closest_in: Option<&'d Database>,
    /// Hops from the sender: from the signature's initial TTL, else a guess.
    pub distance: u8,
    /// The MTU of the sender's link; absent without an MSS, and for tools, whose MSS means nothing.
    pub mtu: Option<Mtu<'d>>,
    /// What became of the host, if it looks changed.
    pub change: Option<Change<'d>>,
    /// p0f-sendsyn's probe, or an answer to it.
    pub is_probe: bool,
    /// A SYN+ACK whose SYN was not seen.
    pub syn_unseen: bool,
}

/// The MTU of a link.
///
/// [`Fingerprint::mtu`] is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mtu<'d> {
    /// Bytes.
    pub value: u32,
    /// The kind of link that has this MTU, if it is known.
    pub link: Option<&'d str>,
}

#[cfg(feature = "tls")]
impl<'d> Record<'d> {
    /// What the client's SYN matched, of the same connection, in records of what it carries.
    #[must_use]
    pub fn tcp(&self) -> Option<&Match<'d>> {
        #[cfg(feature = "http")]
        if let Some(http) = &self.http {
            return http.tcp.as_ref();
        }
        self.tls.as_ref()?.tcp.as_ref()
    }
}

impl Record<'_> {
    /// The Community ID of the flow, by the innermost addresses; `None` if it is not to be written.
    /// It is made at each call.
    #[cfg(feature = "flow")]
    #[must_use]
    pub fn flow(&self) -> Option<CommunityId> {
        self.with_flow.then(|| CommunityId::new(self.client, self.server, self.ip_protocol()))
    }

    /// The protocol of the IP header.
    #[cfg(any(feature = "flow", feature = "serde"))]
    pub(crate) fn ip_protocol(&self) -> u8 {
        #[cfg(feature = "tls")]
        if self.tls.as_ref().is_some_and(|tls| tls.transport != crate::tls::Transport::Tcp) {
            return protocol::UDP;
        }
        protocol::TCP
    }

    /// What speaks for a verdict on the host: for each reason, what was seen before and what now.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence<'_>> {
        let fingerprint = self.fingerprint.as_ref();
        let change = fingerprint.and_then(|fingerprint| fingerprint.change.as_ref());
        let fingerprint = fingerprint.zip(change);
        fingerprint.into_iter().flat_map(|(fingerprint, change)| {
            change.evidence(fingerprint.seen(self.time, change.port))
        })
    }
}

impl<'d> Fingerprint<'d> {
    /// What a database says of one observation by itself, without a history of flows and hosts.
    #[must_use]
    pub fn new(observation: Observation, database: &'d Database) -> Fingerprint<'d> {
        let found = database.find(&observation);
        let rule = found.map(|found| found.signature.ttl);
        let fuzzy = found.is_some_and(|found| found.fuzzy);
        let is_tool = found.is_some_and(|found| found.label.is_userland());
        let mtu = observation.mtu().filter(|_| !is_tool);
        Fingerprint {
            observation,
            found,
            closest_in: None,
            distance: matching::distance(&observation, rule, fuzzy),
            mtu: mtu.map(|value| Mtu { value, link: database.link(value) }),
            change: None,
            is_probe: false,
            syn_unseen: false,
        }
    }

    /// What the packet shows, to be compared with [`Change::then`].
    fn seen(&self, time: Timestamp, port: u16) -> Appearance<'d> {
        let observation = &self.observation;
        Appearance {
            time,
            label: self.found.map(|found| found.label),
            ttl: observation.ttl,
            mss: observation.mss.unwrap_or(0),
            window: observation.window,
            window_scale: observation.window_scale,
            options: OptionKinds::of(&observation.layout),
            quirks: observation.quirks,
            port,
            own_timestamp: observation.timestamps.map_or(0, |timestamps| timestamps.tsval),
        }
    }

    /// Returns the key by which packets have the same fingerprint.
    #[must_use]
    #[inline]
    pub fn key(&self) -> FingerprintKey {
        self.observation.key()
    }

    /// How likely the label is right, 0 to 1; `None` without a match.
    #[must_use]
    pub fn quality(&self) -> Option<f64> {
        self.found.as_ref().map(Match::quality)
    }

    /// Where a packet that was matched with tolerances differs from the signature.
    pub fn differences(&self) -> impl Iterator<Item = Difference<'_>> {
        self.found.iter().flat_map(|found| found.differences(&self.observation))
    }

    /// The nearest signatures where none fits, if they are asked for: looked for now, and each time.
    pub fn closest(&self) -> impl Iterator<Item = Near<'d>> {
        let database = self.closest_in.filter(|_| self.found.is_none());
        database.into_iter().flat_map(|database| database.closest(&self.observation))
    }

    /// The initial TTL: the signature's where it can be, else the next usual one.
    #[must_use]
    pub fn initial_ttl(&self) -> u8 {
        self.observation.ttl.saturating_add(self.distance)
    }

    /// Whether [`Fingerprint::distance`] is a guess from the TTL alone.
    #[must_use]
    pub fn distance_is_guessed(&self) -> bool {
        !self.found.is_some_and(|found| {
            matching::ttl_is_plausible(found.signature.ttl, self.observation.ttl)
        })
    }

    /// p0f's notes on the match: `generic`, `fuzzy`, `random_ttl`, `excess_dist`, `tos:0x2e`;
    /// `no_syn` for a SYN+ACK whose SYN was not seen; and the options that were set aside because
    /// a program asked for them: `tfo`, `mptcp`, `accecn`, `eno`, `smc`, `experimental`.
    pub fn notes(&self) -> impl Iterator<Item = Note> {
        use crate::label::Rank;
        use crate::tcp::observation::MAX_DISTANCE;
        let found = self.found.as_ref();
        let is = |condition: bool, note| condition.then_some(note);
        let generic = found.is_some_and(|found| found.label.rank() == Rank::Generic);
        let dscp = self.observation.dscp;
        [
            is(generic, Note::Generic),
            is(found.is_some_and(|found| found.fuzzy), Note::Fuzzy),
            is(found.is_some_and(|found| found.signature.ttl.random), Note::RandomTtl),
            is(self.distance > MAX_DISTANCE, Note::ExcessDistance),
            is(dscp != 0, Note::Dscp(dscp)),
            is(self.syn_unseen, Note::SynUnseen),
        ]
        .into_iter()
        .flatten()
        .chain(self.observation.app_options.iter().map(|(option, _)| Note::AppOption(option)))
    }
}

/// A remark on a match.
///
/// [`Fingerprint::notes`] lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Note {
    /// The signature is generic.
    Generic,
    /// It fits with tolerances.
    Fuzzy,
    /// The sender picks TTLs at random.
    RandomTtl,
    /// More hops than packets travel: the initial TTL is another one.
    ExcessDistance,
    /// The DSCP is not 0.
    Dscp(u8),
    /// The SYN that this SYN+ACK answers was not seen: a window that is a multiple of its MSS
    /// cannot be told.
    SynUnseen,
    /// An option that a program asked for, and that was set aside before a signature was looked
    /// for.
    AppOption(AppOptions),
}

/// p0f's word.
impl core::fmt::Display for Note {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Note::Generic => f.write_str("generic"),
            Note::Fuzzy => f.write_str("fuzzy"),
            Note::RandomTtl => f.write_str("random_ttl"),
            Note::ExcessDistance => f.write_str("excess_dist"),
            Note::Dscp(dscp) => write!(f, "tos:0x{dscp:02x}"),
            Note::SynUnseen => f.write_str("no_syn"),
            Note::AppOption(options) => {
                options.words().next().map_or(Ok(()), |word| f.write_str(word))
            }
        }
    }
}
