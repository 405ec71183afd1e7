//! The flow stage on several threads: each has some of its shards, and [`Spread`] tells which of them
//! a frame is for.

use core::net::IpAddr;

use super::Analyzer;
#[cfg(feature = "quic")]
use super::datagram::{DatagramSettings, DatagramStage};
use super::flow_stage::FlowStage;
use super::sessions::{FlowSession, HostSession, Work};
use super::stages::{Dealt, FlowShare, Stages};
use crate::filter::Filter;
use crate::frame::Frame;
use crate::skip::Skip;
use crate::state::{Address, MOST_SHARDS, ShardNumbers, flow_mark};
use crate::wire::{self, Segment};

/// WebAssembly has no threads, and its modules are to be small.
const MOST_SESSIONS: usize = if cfg!(target_family = "wasm") { 1 } else { MOST_SHARDS };

/// The stages of the analysis, the flow stage in several sessions: [`Analyzer::stages_over`] returns
/// them, and has an example.
#[derive(Debug)]
pub struct SpreadStages<'a> {
    /// Which session a frame is for.
    pub spread: Spread,
    /// Each takes its frames in their order.
    pub flows: Vec<FlowSession<'a>>,
    /// Takes what all sessions say, in the order of the frames.
    pub hosts: HostSession<'a>,
}

/// Which session of the flow stage a frame is for.
///
/// It is a part of [`SpreadStages`]: [`Analyzer::stages_over`] has an example.
#[derive(Debug, Clone)]
pub struct Spread {
    numbers: ShardNumbers,
    /// Session of each shard.
    owners: Box<[usize]>,
    filter: Filter,
    #[cfg(feature = "quic")]
    datagrams: DatagramSettings,
    /// Whether there is one session, which takes everything.
    is_one: bool,
}

/// What becomes of a frame, or of one in an aggregate: [`Spread::share`] tells, and the example of
/// [`Analyzer::stages_over`] uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// It is for [`FlowSession::take`] of this session.
    Session(usize),
    /// A frame in an aggregate is for [`FlowSession::take_subframe`] of this session.
    Subframe {
        /// The session.
        session: usize,
        /// Which one of the aggregate, from 0.
        number: u16,
    },
    /// It says nothing, for this reason.
    Skipped(Skip),
}

impl Analyzer {
    /// Returns the stages of the analysis as [`stages`](Analyzer::stages) does, with so many sessions of
    /// the flow stage, each for a thread of its own; or fewer where there is less to divide: the flows
    /// are in one shard for each 4096 of [`Limits::flows`](crate::Limits::flows), 64 at most, and in one
    /// with [`Compat::P0fExact`](crate::Compat::P0fExact). On WebAssembly there is one session.
    ///
    /// Records are those of [`Session::analyze_all`](crate::Session::analyze_all), whatever the number of
    /// sessions, if each session takes its frames in order, and what they say is put in the order of the
    /// frames (of subframes in a frame), with [`PendingRecord::set_continues`](crate::PendingRecord::set_continues).
    ///
    /// ```
    /// use stackprint::{Analyzer, Database, Frame, LinkType, PendingRecord, Share};
    ///
    /// # let frame = *b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0\xc0\0\x02\x0a\xc0\0\x02\x01\
    /// #     \x9c\x40\0\x50\0\0\0\0\0\0\0\0\x50\x02\xfa\xf0\0\0\0\0";
    /// # let frames = [Frame::new(LinkType::RAW, &frame)];
    /// let mut analyzer = Analyzer::new(&Database::builtin());
    /// let mut stages = analyzer.stages_over(2);
    /// // What each session says, with the number of the frame and that of the frame in it.
    /// let mut said: Vec<((usize, u16), PendingRecord<'_>)> = Vec::new();
    /// for (at, frame) in frames.iter().enumerate() {
    ///     stages.spread.share(frame, |share| {
    ///         let (mut pending, mut subframe) = (Vec::new(), 0);
    ///         let skipped = |skip| eprintln!("frame {at}: {skip}");
    ///         // Here one after the other; else each session has a queue and a thread.
    ///         match share {
    ///             Share::Session(number) => stages.flows[number].take(frame, &mut pending, skipped),
    ///             Share::Subframe { session, number } => {
    ///                 subframe = number;
    ///                 stages.flows[session].take_subframe(frame, number, &mut pending, skipped);
    ///             }
    ///             Share::Skipped(skip) => skipped(skip),
    ///         }
    ///         said.extend(pending.into_iter().map(|pending| ((at, subframe), pending)));
    ///     });
    /// }
    /// said.sort_by_key(|&(place, _)| place);
    /// let mut before = None;
    /// let mut pending: Vec<_> = said
    ///     .into_iter()
    ///     .map(|((frame, _), mut pending)| {
    ///         pending.set_continues(before.replace(frame) == Some(frame));
    ///         pending
    ///     })
    ///     .collect();
    /// stages.hosts.complete_all(&mut pending);
    /// # assert_eq!(pending.iter().filter_map(|pending| pending.record()).count(), 1);
    /// ```
    #[must_use]
    pub fn stages_over(&mut self, sessions: usize) -> SpreadStages<'_> {
        let numbers = self.stages.flows.shard_numbers();
        let sessions = sessions.clamp(1, numbers.count().min(MOST_SESSIONS));
        let spread = Spread {
            owners: (0..numbers.count()).map(|shard| numbers.owner(shard, sessions)).collect(),
            numbers,
            filter: self.filter.clone(),
            #[cfg(feature = "quic")]
            datagrams: self.datagrams.settings(),
            is_one: sessions == 1,
        };
        if sessions == 1 {
            let (flows, hosts) = self.stages();
            return SpreadStages { spread, flows: vec![flows], hosts };
        }
        self.deal(sessions);
        let Analyzer { database, filter, stages: Stages { flows, hosts, .. }, shares, .. } = self;
        let (database, filter) = (&**database, &*filter);
        let first = Work::Apart {
            database,
            filter,
            flows,
            #[cfg(feature = "quic")]
            datagrams: &mut self.datagrams,
        };
        let others = shares.shares_mut().iter_mut().map(|share| Work::Apart {
            database,
            filter,
            flows: &mut share.flows,
            #[cfg(feature = "quic")]
            datagrams: &mut share.datagrams,
        });
        let flows = core::iter::once(first).chain(others).map(FlowSession).collect();
        SpreadStages {
            spread,
            flows,
            hosts: HostSession { database, hosts: Some(hosts), parts: 0 },
        }
    }

    /// Deals the flow stage out to so many sessions, unless it is.
    fn deal(&mut self, sessions: usize) {
        if self.shares.shares().len() + 1 == sessions {
            return;
        }
        self.gather();
        let flows = self.stages.flows.deal(sessions).into_iter();
        #[cfg(feature = "quic")]
        let shares = flows
            .zip(self.datagrams.deal(sessions))
            .map(|(flows, datagrams)| FlowShare { flows, datagrams });
        #[cfg(not(feature = "quic"))]
        let shares = flows.map(|flows| FlowShare { flows });
        self.shares = Dealt::of(shares);
    }

    /// Puts what was dealt out together again.
    #[inline]
    pub(super) fn gather(&mut self) {
        if !self.shares.shares().is_empty() {
            self.gather_shares();
        }
    }

    // Never inlined, so that whoever asks whether something was dealt out stays small.
    #[cold]
    #[inline(never)]
    fn gather_shares(&mut self) {
        let shares = self.shares.take();
        let stages = shares.len() + 1;
        for (share, stage) in shares.into_iter().zip(1..) {
            self.stages.flows.take_back(share.flows, (stage, stages));
            #[cfg(feature = "quic")]
            self.datagrams.take_back(share.datagrams, (stage, stages));
        }
    }

    pub(super) fn flow_stages(&self) -> impl Iterator<Item = &FlowStage> {
        let others = self.shares.shares().iter().map(|share| &share.flows);
        core::iter::once(&self.stages.flows).chain(others)
    }

    #[cfg(feature = "quic")]
    pub(super) fn datagram_stages(&self) -> impl Iterator<Item = &DatagramStage> {
        let others = self.shares.shares().iter().map(|share| &share.datagrams);
        core::iter::once(&self.datagrams).chain(others)
    }
}

impl Spread {
    /// Tells what becomes of a frame: `each` is called once, or once for each frame in an aggregate of
    /// 802.11 (A-MSDU).
    #[inline]
    pub fn share(&self, frame: &Frame<'_>, mut each: impl FnMut(Share)) {
        if self.is_one {
            return each(Share::Session(0));
        }
        match wire::plain_tcp(frame) {
            Some(plain) => each(Share::Session(self.session_of(plain.source, plain.destination))),
            None => self.share_other(frame, &mut each),
        }
    }

    #[inline]
    fn session_of(&self, source: (IpAddr, u16), destination: (IpAddr, u16)) -> usize {
        let mark = flow_mark([source, destination].map(|(ip, port)| (Address::of(ip), port)));
        self.owners.get(self.numbers.of(mark)).copied().unwrap_or_default()
    }

    /// The same of frames that are not the most common.
    #[inline(never)]
    fn share_other(&self, frame: &Frame<'_>, each: &mut impl FnMut(Share)) {
        if !self.filter.is_empty() && self.filter.prefilter(frame).is_err() {
            return each(Share::Session(0));
        }
        let mut is_more = false;
        let share = self.share_of_part(frame, 0, &mut is_more);
        if !is_more {
            return each(share);
        }
        let mut number = 0;
        let mut session = self.session_of_share(share);
        loop {
            each(Share::Subframe { session, number });
            if !is_more {
                return;
            }
            number += 1;
            session = self.session_of_share(self.share_of_part(frame, number, &mut is_more));
        }
    }

    /// Who looks again at what says nothing does not matter.
    fn session_of_share(&self, share: Share) -> usize {
        match share {
            Share::Session(session) | Share::Subframe { session, .. } => session,
            Share::Skipped(_) => 0,
        }
    }

    fn share_of_part(&self, frame: &Frame<'_>, number: u16, is_more: &mut bool) -> Share {
        match wire::open_part(frame, number, is_more) {
            Ok(Segment { ip, tcp, .. }) => Share::Session(self.session_of(
                (ip.source(), tcp.source_port()),
                (ip.destination(), tcp.destination_port()),
            )),
            #[cfg(feature = "quic")]
            Err(skip) if self.datagrams.wants(frame, &skip) => {
                let ends = wire::open_datagram(frame, number).map(|datagram| datagram.ends());
                ends.map_or(Share::Session(0), |(from, to)| {
                    Share::Session(self.session_of((from.ip, from.port), (to.ip, to.port)))
                })
            }
            // The filter's reasons come before these.
            Err(_) if !self.filter.is_empty() => Share::Session(0),
            Err(skip) => Share::Skipped(skip),
        }
    }
}
