//! Entry point: a frame goes in, records come out.

mod changes;
mod clocks;
#[cfg(feature = "quic")]
mod datagram;
mod event;
mod flow_stage;
mod front;
mod host_stage;
#[cfg(feature = "tls")]
mod midway;
#[cfg(not(feature = "tls"))]
mod no_payload;
mod p0f_changes;
#[cfg(feature = "http")]
mod p0f_http;
mod p0f_stages;
mod packet;
#[cfg(feature = "tls")]
mod payload;
#[cfg(feature = "http")]
mod payload_http;
mod recent;
mod sessions;
mod spread;
mod stages;
#[cfg(feature = "tls")]
mod tls_settings;
#[cfg(feature = "quic")]
mod udp;

use core::net::IpAddr;
use std::sync::Arc;

use crate::compat::Compat;
use crate::database::{Database, IdMap};
use crate::endpoint::Direction;
use crate::filter::Filter;
use crate::frame::Frame;
use crate::p0f::P0fView;
#[cfg(feature = "quic")]
use crate::quic;
use crate::record::Record;
use crate::skip::{Skip, SkipReason};
use crate::state::Limits;
#[cfg(feature = "tls")]
use crate::stream::GiveUp;
use crate::tcp::observation::Observation;
use crate::wire::{self, offset_of};
#[cfg(feature = "quic")]
use datagram::{DatagramSettings, DatagramStage};
use flow_stage::{FlowSettings, FlowStage};
use front::{Front, Opened, Stop};
use host_stage::HostStage;
use packet::{Kind, Packet};
pub use sessions::{FlowSession, HostSession, PendingRecord};
pub use spread::{Share, Spread, SpreadStages};
use stages::{Dealt, Stages};
#[cfg(feature = "tls")]
use tls_settings::TlsSettings;

/// What one SYN or SYN+ACK says, without any memory of others.
///
/// ```
/// use stackprint::{Direction, Frame, LinkType, SkipReason, observe};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let observation = observe(&Frame::new(LinkType::RAW, syn))?;
/// assert_eq!(observation.direction, Direction::Syn);
/// assert_eq!(observation.to_string(), "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0");
///
/// let skip = observe(&Frame::new(LinkType::RAW, &syn[..30])).unwrap_err();
/// assert_eq!(skip.reason, SkipReason::CutShort);
/// # Ok::<(), stackprint::Skip>(())
/// ```
///
/// # Errors
///
/// Every frame that is not the SYN or SYN+ACK of TCP over IP is skipped, with a reason.
pub fn observe(frame: &Frame<'_>) -> Result<Observation, Skip> {
    let segment = wire::open_or_others(frame)?;
    let direction = match Kind::of(&segment.tcp, frame)? {
        Kind::Syn => Direction::Syn,
        Kind::SynAck => Direction::SynAck,
        Kind::Ack | Kind::End => {
            return Err(Skip::new(SkipReason::NotHandshake, offset_of(&segment.tcp, frame)));
        }
    };
    Ok(Observation::of(&segment, direction, Compat::Fixed))
}

/// The two hosts between which the frame's TCP segment travels, the lower address first: the same
/// for both directions of a flow, and for all flows between two hosts. In a tunnel, those inside. With
/// the feature `quic`, those of a UDP datagram that may open a connection of QUIC or DTLS, too.
///
/// Whoever spreads packets over several analyzers keeps what belongs together by this pair.
///
/// ```
/// use stackprint::{Frame, LinkType, host_pair};
///
/// # fn main() -> Result<(), stackprint::Skip> {
/// let frame = *b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0\xc0\0\x02\x0a\xc0\0\x02\x01\
///     \x9c\x40\0\x50\0\0\0\0\0\0\0\0\x50\x02\xfa\xf0\0\0\0\0";
/// let (low, high) = host_pair(&Frame::new(LinkType::RAW, &frame))?;
/// assert_eq!((low.to_string(), high.to_string()), ("192.0.2.1".into(), "192.0.2.10".into()));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Every frame without such a segment or datagram is skipped, with a reason.
pub fn host_pair(frame: &Frame<'_>) -> Result<(IpAddr, IpAddr), Skip> {
    let (source, destination) = match wire::open_or_others(frame) {
        Ok(segment) => (segment.ip.source(), segment.ip.destination()),
        #[cfg(feature = "quic")]
        Err(skip) => {
            let opens = quic::may_open_connection(frame, &skip).is_some();
            let datagram = opens.then(|| wire::open_datagram(frame, 0)).flatten();
            datagram.map(|it| (it.ip.source(), it.ip.destination())).ok_or(skip)?
        }
        #[cfg(not(feature = "quic"))]
        Err(skip) => return Err(skip),
    };
    Ok((source.min(destination), source.max(destination)))
}

/// Settings of an [`Analyzer`].
#[derive(Debug, Clone)]
#[must_use]
pub struct AnalyzerBuilder {
    database: Arc<Database>,
    filter: Filter,
    limits: Limits,
    hash_seed: u64,
    closest: bool,
    merge_paths: bool,
    #[cfg(feature = "tls")]
    tls: TlsSettings,
    #[cfg(feature = "http")]
    http: bool,
    #[cfg(feature = "quic")]
    quic: bool,
}

impl AnalyzerBuilder {
    /// Another database than the one that the settings began with.
    pub fn database(self, database: &Arc<Database>) -> Self {
        AnalyzerBuilder { database: Arc::clone(database), ..self }
    }

    /// Which flows are looked at. The others are as though they had not been captured: their
    /// packets are skipped as [`SkipReason::Filtered`], and leave no trace in the memory of hosts
    /// and flows. Without this, all are looked at.
    pub fn filter(self, filter: Filter) -> Self {
        AnalyzerBuilder { filter, ..self }
    }

    /// How many hosts and flows are remembered, and for how long. Without this, [`Limits::P0F`] for
    /// a database read with [`Compat::P0fExact`], else [`Limits::default`].
    pub fn limits(self, limits: Limits) -> Self {
        AnalyzerBuilder { limits, ..self }
    }

    /// A secret number for the hash of addresses, so that nobody can send from addresses that
    /// collide. 0 without this.
    pub fn hash_seed(self, hash_seed: u64) -> Self {
        AnalyzerBuilder { hash_seed, ..self }
    }

    /// Whether records that no signature fits name the closest ones. Off by default, because such a
    /// record is then compared with every signature.
    pub fn closest(self, closest: bool) -> Self {
        AnalyzerBuilder { closest, ..self }
    }

    /// Whether an address is one host, whatever it came through. Without this, a host is an address
    /// in the innermost VLAN, VXLAN, GENEVE or GTP tunnel around its packets, so that 10.0.0.1 of two
    /// networks is two hosts; with [`Compat::P0fExact`] it is always the address alone.
    pub fn merge_paths(self, merge_paths: bool) -> Self {
        AnalyzerBuilder { merge_paths, ..self }
    }

    /// Whether TLS hellos are looked for in TCP streams, and with the feature `quic` those of DTLS in
    /// UDP datagrams. They are without this, but for a database
    /// read with [`Compat::P0fExact`]: p0f reads none.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, enabled: bool) -> Self {
        self.tls.enabled = enabled;
        self
    }

    /// Whether records of TLS clients have the lists behind their fingerprints (`ja4_r`, `ja4_o`,
    /// `ja4_ro`, `ja3_full`). Not without this.
    #[cfg(feature = "tls")]
    pub fn raw(mut self, raw: bool) -> Self {
        self.tls.raw = raw;
        self
    }

    /// Whether HTTP heads are looked for in TCP streams. They are without this.
    #[cfg(feature = "http")]
    pub fn http(mut self, enabled: bool) -> Self {
        self.http = enabled;
        self
    }

    /// Whether QUIC's Initials are looked for in UDP datagrams. They are without this, but for a
    /// database read with [`Compat::P0fExact`].
    #[cfg(feature = "quic")]
    pub fn quic(self, quic: bool) -> Self {
        AnalyzerBuilder { quic, ..self }
    }

    /// How many bytes undecided streams may hold together; with the feature `quic`, a quarter of that
    /// is for connections over UDP. [`Streams::DEFAULT_MEMORY`] without this.
    ///
    /// [`Streams::DEFAULT_MEMORY`]: crate::stream::Streams::DEFAULT_MEMORY
    #[cfg(feature = "tls")]
    pub fn stream_memory(mut self, bytes: usize) -> Self {
        self.tls.stream_memory = bytes;
        self
    }

    /// The analyzer.
    #[must_use]
    pub fn build(self) -> Analyzer {
        let AnalyzerBuilder { database, filter, limits, hash_seed: seed, .. } = self;
        let compat = database.compat();
        #[cfg(feature = "tls")]
        let tls = TlsSettings { enabled: self.tls.enabled && compat == Compat::Fixed, ..self.tls };
        #[cfg(feature = "quic")]
        let (tls, datagrams) = {
            let quic = self.quic && compat == Compat::Fixed;
            let (dtls, raw, memory) = (tls.enabled, tls.raw, tls.stream_memory / 4);
            let tls = TlsSettings { stream_memory: tls.stream_memory - memory, ..tls };
            (tls, DatagramSettings { quic, dtls, raw, memory })
        };
        let settings = FlowSettings {
            limits,
            seed,
            merge_paths: self.merge_paths,
            closest: self.closest,
            #[cfg(feature = "tls")]
            tls,
            #[cfg(feature = "http")]
            http: self.http,
        };
        Analyzer {
            database,
            filter,
            p0f_view: P0fView::default(),
            stages: Stages::new(
                compat.rules(),
                FlowStage::new(compat, settings),
                HostStage::new(limits, compat.rules(), seed),
            ),
            #[cfg(feature = "quic")]
            datagrams: DatagramStage::new(limits, seed, datagrams),
            shares: Dealt::default(),
        }
    }
}

/// Turns frames into records, with a bounded memory of hosts and flows.
///
/// Frames are to be given in the order of their capture. Time is theirs: nothing here reads a
/// clock. The database decides whether p0f's bugs are fixed or kept
/// ([`Database::parse_with`]).
#[derive(Debug)]
pub struct Analyzer {
    database: Arc<Database>,
    filter: Filter,
    p0f_view: P0fView,
    stages: Stages,
    #[cfg(feature = "quic")]
    datagrams: DatagramStage,
    /// What was dealt out of the flow stage and of `datagrams`, in order.
    shares: Dealt,
}

impl Analyzer {
    /// An analyzer with default limits.
    #[must_use]
    pub fn new(database: &Arc<Database>) -> Analyzer {
        Analyzer::builder(database).build()
    }

    /// Settings for an analyzer.
    pub fn builder(database: &Arc<Database>) -> AnalyzerBuilder {
        let limits = match database.compat().rules().limits_are_p0fs {
            true => Limits::P0F,
            false => Limits::default(),
        };
        let (database, filter) = (Arc::clone(database), Filter::default());
        AnalyzerBuilder {
            database,
            filter,
            limits,
            hash_seed: 0,
            closest: false,
            merge_paths: false,
            #[cfg(feature = "tls")]
            tls: TlsSettings::DEFAULT,
            #[cfg(feature = "http")]
            http: true,
            #[cfg(feature = "quic")]
            quic: true,
        }
    }

    /// Goes on with another database. Hosts and flows stay remembered: their addresses, clocks, MTU,
    /// TTL and signs of change; and their systems, where the new database has a signature or name
    /// for them that is the same. That a host is now called otherwise, or known at last, is no
    /// change of the host.
    ///
    /// Only where the two databases differ in [`Database::compat`], nothing is remembered, because
    /// the rules of memory are others. Takes time in proportion to the hosts.
    pub fn set_database(&mut self, database: &Arc<Database>) {
        self.gather();
        let old = core::mem::replace(&mut self.database, Arc::clone(database));
        let compat = database.compat();
        let Stages { flows, hosts, .. } = &mut self.stages;
        if old.compat() == compat {
            let id_map = IdMap::new(&old, database);
            flows.remap_signatures(&id_map);
            hosts.remap_signatures(&id_map);
        } else {
            let rules = compat.rules();
            let (flows, hosts) = (flows.forgotten(compat), hosts.forgotten(rules));
            self.stages = Stages::new(rules, flows, hosts);
            self.p0f_view = P0fView::default();
            #[cfg(feature = "quic")]
            {
                self.datagrams = self.datagrams.forgotten();
            }
        }
    }

    /// How many hosts and flows are remembered just now.
    #[must_use]
    pub fn remembered(&self) -> (usize, usize) {
        let flows = self.flow_stages().map(FlowStage::flow_count).sum();
        (self.stages.hosts.host_count(), flows)
    }

    /// Returns how many hosts and flows were evicted for new ones so far.
    #[must_use]
    pub fn evicted(&self) -> (u64, u64) {
        (self.stages.hosts.evicted(), self.flow_stages().map(FlowStage::evicted).sum())
    }

    /// How many undecided streams were given up so far, by reason.
    #[cfg(feature = "tls")]
    pub fn streams_given_up(&self) -> impl Iterator<Item = (GiveUp, u64)> + '_ {
        let count = |reason| self.flow_stages().map(|flows| flows.streams_given_up(reason)).sum();
        GiveUp::ALL.iter().map(move |&reason| (reason, count(reason)))
    }

    /// Bytes allocated for undecided streams, and for connections over UDP.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn stream_memory(&self) -> usize {
        #[cfg(feature = "quic")]
        let of_datagrams: usize = self.datagram_stages().map(DatagramStage::memory).sum();
        #[cfg(not(feature = "quic"))]
        let of_datagrams = 0;
        self.flow_stages().map(FlowStage::stream_memory).sum::<usize>() + of_datagrams
    }

    /// The first thing that the frame says, if it says something. A frame can say more than one
    /// thing, as a SYN that carries a TLS hello does: [`Session::analyze_all`] tells all.
    ///
    /// # Errors
    ///
    /// A frame that holds no TCP segment that can be read is skipped, with the reason.
    #[inline]
    pub fn analyze(&mut self, frame: &Frame<'_>) -> Result<Option<Record<'_>>, Skip> {
        self.session().analyze(frame)
    }

    /// The analyzer at work on frames whose records are kept while it continues: to be written
    /// later, or by another thread.
    ///
    /// ```
    /// use stackprint::{Analyzer, Database, Frame, LinkType, Record};
    ///
    /// # let frame = *b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0\xc0\0\x02\x0a\xc0\0\x02\x01\
    /// #     \x9c\x40\0\x50\0\0\0\0\0\0\0\0\x50\x02\xfa\xf0\0\0\0\0";
    /// # let frames = [Frame::new(LinkType::RAW, &frame)];
    /// let mut analyzer = Analyzer::new(&Database::builtin());
    /// let mut session = analyzer.session();
    /// let records: Vec<Record<'_>> =
    ///     frames.iter().filter_map(|frame| session.analyze(frame).ok()?).collect();
    /// # assert_eq!(records.len(), 1);
    /// ```
    #[inline]
    pub fn session(&mut self) -> Session<'_> {
        self.gather();
        Session {
            database: &self.database,
            filter: &self.filter,
            p0f_view: &mut self.p0f_view,
            stages: &mut self.stages,
            #[cfg(feature = "quic")]
            datagrams: &mut self.datagrams,
        }
    }
}

/// What a frame says first, or why it was skipped.
type Said<'d> = Result<Option<Record<'d>>, Skip>;

/// An [`Analyzer`] at work: its records outlive the call that made them.
#[derive(Debug)]
pub struct Session<'a> {
    database: &'a Database,
    filter: &'a Filter,
    p0f_view: &'a mut P0fView,
    stages: &'a mut Stages,
    #[cfg(feature = "quic")]
    datagrams: &'a mut DatagramStage,
}

impl<'a> Session<'a> {
    /// The first thing that the frame says, as [`Analyzer::analyze`].
    ///
    /// # Errors
    ///
    /// As [`Analyzer::analyze`].
    #[inline]
    pub fn analyze(&mut self, frame: &Frame<'_>) -> Result<Option<Record<'a>>, Skip> {
        // Not moved into an arm, as a segment is large.
        let opened = self.open_fast(frame);
        match &opened {
            Opened::Silent => Ok(None),
            Opened::Udp(skip) => Err(*skip),
            Opened::Ack(..) | Opened::Segment(_) | Opened::Other => self.first_of(frame, &opened),
        }
    }

    /// The fast path of most frames.
    #[inline(always)]
    fn open_fast<'f>(&mut self, frame: &Frame<'f>) -> Opened<'f> {
        if self.stages.rules.p0f_opens_frames {
            Opened::Other
        } else {
            self.front().open_fast(frame)
        }
    }

    /// What a frame says first, which the fast path has opened.
    #[inline]
    fn first_of(&mut self, frame: &Frame<'_>, opened: &Opened<'_>) -> Said<'a> {
        if self.stages.rules.p0f_opens_frames {
            return self.analyze_like_p0f(frame, &mut Vec::new());
        }
        let mut first = None;
        match self.front().analyze_first(frame, opened, &mut first) {
            // Apart, as a record is too large to be moved for nothing.
            Ok(()) if first.is_none() => Ok(None),
            Ok(()) => Ok(first),
            Err(stop) => self.after_stop(frame, 0, stop),
        }
    }

    /// All that the frame says, in the order in which it says it: TCP first, then what its payload
    /// completed. A frame that says nothing gives one `None`, a frame without TCP the reason why it
    /// was skipped. An aggregate of 802.11 (A-MSDU) holds several frames, each of which does so.
    #[inline]
    pub fn analyze_all(
        &mut self,
        frame: &Frame<'_>,
        mut each: impl FnMut(Result<Option<Record<'a>>, Skip>),
    ) {
        match self.open_fast(frame) {
            Opened::Silent => each(Ok(None)),
            Opened::Udp(skip) => each(Err(skip)),
            opened => self.all_of(frame, opened, each),
        }
    }

    /// All that a frame says which the fast path has opened.
    #[inline(never)]
    fn all_of(
        &mut self,
        frame: &Frame<'_>,
        mut opened: Opened<'_>,
        mut each: impl FnMut(Result<Option<Record<'a>>, Skip>),
    ) {
        let mut next = Some(0);
        let mut part = 0;
        while let Some(number) = next.take() {
            let (mut said, mut more) = (Ok(None), Vec::new());
            self.analyze_part(frame, &opened, (number, &mut next), &mut said, &mut more);
            // What it was is only of the first subframe.
            opened = Opened::Other;
            if let Ok(Some(first)) = &mut said {
                first.part = part;
                part = part.saturating_add(1);
            }
            each(said);
            for mut record in more {
                record.part = part;
                part = part.saturating_add(1);
                each(Ok(Some(record)));
            }
        }
    }

    /// What subframe `number` says; `said` is nothing so far, and `next` is set if there is another
    /// one.
    #[inline]
    fn analyze_part(
        &mut self,
        frame: &Frame<'_>,
        opened: &Opened<'_>,
        (number, next): (u16, &mut Option<u16>),
        said: &mut Said<'a>,
        more: &mut Vec<Record<'a>>,
    ) {
        if self.stages.rules.p0f_opens_frames {
            *said = self.analyze_like_p0f(frame, more);
        } else if let Ok(first) = said
            && let Err(stop) = self.front().analyze_part(frame, opened, (number, next), first, more)
        {
            *said = self.after_stop(frame, number, stop);
        }
    }

    /// What a subframe without TCP says.
    #[inline]
    #[cfg_attr(not(feature = "quic"), expect(unused_variables, reason = "of datagrams"))]
    fn after_stop(
        &mut self,
        frame: &Frame<'_>,
        number: u16,
        stop: Stop,
    ) -> Result<Option<Record<'a>>, Skip> {
        match stop {
            #[cfg(feature = "quic")]
            Stop::Datagram(skip) => self.take_datagram(frame, number, skip),
            Stop::Skip(skip) => Err(skip),
        }
    }

    #[inline]
    fn front(&mut self) -> Front<'_, 'a, HostStage> {
        let Stages { flows, hosts, .. } = &mut *self.stages;
        Front {
            database: self.database,
            filter: self.filter,
            flows,
            #[cfg(feature = "quic")]
            datagrams: self.datagrams,
            end: hosts,
        }
    }

    fn analyze_like_p0f(
        &mut self,
        frame: &Frame<'_>,
        more: &mut Vec<Record<'a>>,
    ) -> Result<Option<Record<'a>>, Skip> {
        let seen = self.p0f_view.open(frame);
        if !self.filter.is_empty() {
            // As though the filter were part of p0f's own, by which it counts.
            match &seen.segment {
                Ok(segment) => self.filter.admit(segment, frame)?,
                Err(skip) => return Err(*skip),
            }
        }
        if seen.counts {
            self.stages.count_like_p0f(frame.time.as_seconds());
        }
        let segment = seen.segment?;
        let kind = Kind::of(&segment.tcp, frame)?;
        let packet = Packet::new(&segment, frame.time, self.stages.flows.seed());
        Ok(self.stages.take_like_p0f(self.database, &packet, kind, more))
    }
}
