//! The front door: a frame goes in, a record comes out.

mod changes;
mod clocks;
mod flows;
mod p0f_changes;
mod recent;

use core::net::IpAddr;
use std::sync::Arc;

use etherparse::TcpHeaderSlice;

use crate::database::{Database, IdMap};
use crate::filter::Filter;
use crate::frame::{Frame, Timestamp};
use crate::hosts::{Endpoint, Hosts, Keys, Limits, Scope};
use crate::observation::{Compat, Direction, Observation};
use crate::p0f::P0fView;
use crate::record::Record;
use crate::skip::{Skip, SkipReason};
use crate::wire::{self, Segment, offset_of};
use flows::FlowRules;
use recent::Recent;

/// What one SYN or SYN+ACK says, without any memory of others.
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
/// for both directions of a flow, and for all flows between two hosts. In a tunnel, those inside.
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
/// Every frame without a TCP segment that can be read is skipped, with a reason.
pub fn host_pair(frame: &Frame<'_>) -> Result<(IpAddr, IpAddr), Skip> {
    let ip = wire::open_or_others(frame)?.ip;
    let (source, destination) = (ip.source(), ip.destination());
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

    /// Whether records that no signature fits name the closest ones. Not without this: writing such
    /// a record then costs a look at every signature.
    pub fn closest(self, closest: bool) -> Self {
        AnalyzerBuilder { closest, ..self }
    }

    /// Whether an address is one host, whatever it came through. Without this, a host is an address
    /// in the innermost VLAN, VXLAN, GENEVE or GTP tunnel around its packets, so that 10.0.0.1 of two
    /// networks is two hosts; with [`Compat::P0fExact`] it is always the address alone.
    pub fn merge_paths(self, merge_paths: bool) -> Self {
        AnalyzerBuilder { merge_paths, ..self }
    }

    /// The analyzer.
    #[must_use]
    pub fn build(self) -> Analyzer {
        let compat = self.database.compat();
        Analyzer {
            database: self.database,
            filter: self.filter,
            p0f_view: P0fView::default(),
            rules: FlowRules {
                compat,
                hosts: Hosts::new(self.limits, compat, self.hash_seed)
                    .merge_paths(self.merge_paths),
                recent: Recent::new(),
                closest: self.closest,
            },
        }
    }
}

/// Turns frames into records, with a bounded memory of hosts and flows.
///
/// Frames are to be given in the order of their capture. Time is theirs: nothing here reads a
/// clock. The database decides whether p0f's slips are mended or kept
/// ([`Database::parse_with`]).
#[derive(Debug)]
pub struct Analyzer {
    database: Arc<Database>,
    filter: Filter,
    p0f_view: P0fView,
    rules: FlowRules,
}

impl Analyzer {
    /// An analyzer with default limits.
    #[must_use]
    pub fn new(database: &Arc<Database>) -> Analyzer {
        Analyzer::builder(database).build()
    }

    /// Settings for an analyzer.
    pub fn builder(database: &Arc<Database>) -> AnalyzerBuilder {
        let limits = match database.compat() {
            Compat::Fixed => Limits::default(),
            Compat::P0fExact => Limits::P0F,
        };
        let (database, filter) = (Arc::clone(database), Filter::default());
        AnalyzerBuilder {
            database,
            filter,
            limits,
            hash_seed: 0,
            closest: false,
            merge_paths: false,
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
        let old = core::mem::replace(&mut self.database, Arc::clone(database));
        let compat = database.compat();
        self.rules.recent.clear();
        if old.compat() == compat {
            let id_map = IdMap::new(&old, database);
            self.rules.hosts.remap_signatures(&id_map);
        } else {
            self.rules.compat = compat;
            self.rules.hosts = self.rules.hosts.forgotten(compat);
            self.p0f_view = P0fView::default();
        }
    }

    /// How many hosts and flows are remembered just now.
    #[must_use]
    pub fn remembered(&self) -> (usize, usize) {
        (self.rules.hosts.host_count(), self.rules.hosts.flow_count())
    }

    /// How many hosts and flows had to make place for new ones so far.
    #[must_use]
    pub fn evicted(&self) -> (u64, u64) {
        self.rules.hosts.evicted()
    }

    /// What the frame says, if it says something.
    ///
    /// # Errors
    ///
    /// A frame that holds no TCP segment that can be read is skipped, with the reason.
    #[inline]
    pub fn analyze(&mut self, frame: &Frame<'_>) -> Result<Option<Record<'_>>, Skip> {
        self.session().analyze(frame)
    }

    /// The analyzer at work on frames whose records are kept while it goes on: to be written
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
        let Analyzer { database, filter, p0f_view, rules } = self;
        Session { database, filter, p0f_view, rules }
    }
}

/// An [`Analyzer`] at work: its records outlive the call that made them.
#[derive(Debug)]
pub struct Session<'a> {
    database: &'a Database,
    filter: &'a Filter,
    p0f_view: &'a mut P0fView,
    rules: &'a mut FlowRules,
}

impl<'a> Session<'a> {
    /// What the frame says, if it says something.
    ///
    /// # Errors
    ///
    /// As [`Analyzer::analyze`].
    #[inline]
    pub fn analyze(&mut self, frame: &Frame<'_>) -> Result<Option<Record<'a>>, Skip> {
        if self.rules.compat == Compat::P0fExact {
            return self.analyze_like_p0f(frame);
        }
        self.filter.look(frame)?;
        // Two calls of one function: so the common segment is never moved.
        match wire::open_common(frame) {
            Some(segment) => self.take(frame, &segment),
            None => match wire::open(frame) {
                Ok(segment) => self.take(frame, &segment),
                Err(skip) => self.take_others(frame, skip),
            },
        }
    }

    /// What each of the frames says that one frame holds: an aggregate of 802.11 (A-MSDU) has several
    /// subframes, every other frame is one. [`analyze`](Session::analyze) tells only of the first
    /// one with TCP.
    #[inline]
    pub fn analyze_all(
        &mut self,
        frame: &Frame<'_>,
        mut each: impl FnMut(Result<Option<Record<'a>>, Skip>),
    ) {
        let mut next = Some(0);
        while let Some(number) = next.take() {
            each(self.analyze_part(frame, number, &mut next));
        }
    }

    /// What subframe `number` says; `next` is set where there is another one.
    #[inline]
    fn analyze_part(
        &mut self,
        frame: &Frame<'_>,
        number: u16,
        next: &mut Option<u16>,
    ) -> Result<Option<Record<'a>>, Skip> {
        if self.rules.compat == Compat::P0fExact {
            return self.analyze_like_p0f(frame);
        }
        self.filter.look(frame)?;
        match wire::open_common(frame) {
            Some(segment) => self.take(frame, &segment),
            None => {
                let mut more = false;
                let segment = wire::open_part(frame, number, &mut more);
                if more {
                    *next = Some(number + 1);
                }
                self.take(frame, &segment?)
            }
        }
    }

    fn analyze_like_p0f(&mut self, frame: &Frame<'_>) -> Result<Option<Record<'a>>, Skip> {
        let seen = self.p0f_view.open(frame);
        if !self.filter.is_empty() {
            // As though the filter were part of p0f's own, by which it counts.
            match &seen.segment {
                Ok(segment) => self.filter.admit(segment, frame)?,
                Err(skip) => return Err(*skip),
            }
        }
        if seen.counts {
            self.rules.hosts.count_like_p0f(frame.time.as_seconds());
        }
        self.judge(frame, &seen.segment?)
    }

    /// The first segment of an aggregate that has none in its first subframe; nothing of other frames.
    #[cold]
    fn take_others(&mut self, frame: &Frame<'_>, skip: Skip) -> Result<Option<Record<'a>>, Skip> {
        self.take(frame, &wire::open_others(frame, skip)?)
    }

    fn take(
        &mut self,
        frame: &Frame<'_>,
        segment: &Segment<'_>,
    ) -> Result<Option<Record<'a>>, Skip> {
        self.filter.admit(segment, frame)?;
        // Only TCP moves the clock: frames that are kept from an analyzer because they hold none
        // change nothing.
        self.rules.hosts.expire(frame.time.as_seconds());
        self.judge(frame, segment)
    }

    /// What a segment says.
    #[inline]
    fn judge(
        &mut self,
        frame: &Frame<'_>,
        segment: &Segment<'_>,
    ) -> Result<Option<Record<'a>>, Skip> {
        let kind = Kind::of(&segment.tcp, frame)?;
        let packet = Packet::new(segment, frame.time, &self.rules.hosts);
        match kind {
            // Most end here, before there is room for a record.
            Kind::Ack => match self.rules.ack(&packet) {
                Some((id, side)) => Ok(self.rules.after_ack(self.database, &packet, id, side)),
                None => Ok(None),
            },
            Kind::Syn => Ok(self.rules.syn(self.database, &packet)),
            Kind::SynAck => Ok(self.rules.syn_ack(self.database, &packet)),
            Kind::End => Ok(self.rules.end(self.database, &packet)),
        }
    }
}

/// What the flags make of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Syn,
    SynAck,
    Ack,
    /// FIN or RST, with or without ACK.
    End,
}

impl Kind {
    #[inline]
    fn of(tcp: &TcpHeaderSlice<'_>, frame: &Frame<'_>) -> Result<Kind, Skip> {
        match (tcp.syn(), tcp.ack(), tcp.fin(), tcp.rst()) {
            (true, false, false, false) => Ok(Kind::Syn),
            (true, true, false, false) => Ok(Kind::SynAck),
            (false, _, true, false) | (false, _, false, true) => Ok(Kind::End),
            (false, true, false, false) => Ok(Kind::Ack),
            (true, ..) | (false, _, true, true) | (false, false, false, false) => {
                Err(Skip::new(SkipReason::BadFlags, offset_of(tcp, frame)))
            }
        }
    }
}

/// A packet on its way through the rules.
struct Packet<'s, 'f> {
    segment: &'s Segment<'f>,
    keys: Keys,
    time: Timestamp,
}

impl<'s, 'f> Packet<'s, 'f> {
    #[inline]
    fn new(segment: &'s Segment<'f>, time: Timestamp, hosts: &Hosts) -> Packet<'s, 'f> {
        let (ip, tcp) = (&segment.ip, &segment.tcp);
        let keys = hosts.keys(
            Endpoint { ip: ip.source(), port: tcp.source_port() },
            Endpoint { ip: ip.destination(), port: tcp.destination_port() },
        );
        Packet { segment, keys, time }
    }

    /// The network in which its ends are hosts.
    fn scope(&self, hosts: &Hosts) -> Scope {
        hosts.scope(&self.segment.path)
    }

    fn now_s(&self) -> u64 {
        self.time.as_seconds()
    }
}
