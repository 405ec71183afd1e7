//! The two stages on threads of their own: sessions, and the pending records between them.

#[cfg(feature = "quic")]
use super::datagram::DatagramStage;
use super::event::Event;
use super::flow_stage::FlowStage;
use super::front::{Completion, Front, Opened, Stop};
use super::host_stage::HostStage;
use super::packet::Packet;
use super::stages::Stages;
#[cfg(feature = "quic")]
use super::udp;
use super::{Analyzer, Session};
use crate::database::Database;
use crate::filter::Filter;
use crate::frame::Frame;
use crate::record::Record;
use crate::skip::Skip;
#[cfg(feature = "quic")]
use crate::state::Scope;

/// A record on its way from the flow stage to the host stage.
///
/// [`FlowSession::take`] makes it, and [`HostSession::complete_all`] completes it: see the example of
/// [`Analyzer::stages`].
#[derive(Debug)]
pub struct PendingRecord<'d> {
    /// None if it says nothing.
    record: Option<Record<'d>>,
    missing: Missing,
    /// Whether it is of the same packet as the one before it.
    continues: bool,
}

/// What a record still needs.
#[derive(Debug)]
enum Missing {
    Nothing,
    /// The history of the hosts.
    History(Event),
    /// The system of the client, which is looked up in this network.
    #[cfg(feature = "quic")]
    System(Scope),
}

impl<'d> PendingRecord<'d> {
    /// Returns the record once [`HostSession::complete_all`] has completed it; None before, and if it
    /// says nothing.
    #[inline]
    #[must_use]
    pub fn record(&self) -> Option<&Record<'d>> {
        self.record.as_ref().filter(|_| matches!(self.missing, Missing::Nothing))
    }

    /// Says whether it is of the same packet as the record before it. [`FlowSession::take`] says so of
    /// what it appends; whoever puts the records of several sessions in order says it anew.
    #[inline]
    pub fn set_continues(&mut self, continues: bool) {
        self.continues = continues;
    }

    /// Returns the record as [`record`](PendingRecord::record) does, to be changed.
    #[inline]
    pub fn record_mut(&mut self) -> Option<&mut Record<'d>> {
        self.record.as_mut().filter(|_| matches!(self.missing, Missing::Nothing))
    }
}

/// The flow stage of a [`Session`] at work: what frames say by themselves and by their flows.
///
/// [`Analyzer::stages`] returns it, and has an example; `examples/two_stages.rs` runs each stage on a thread.
#[derive(Debug)]
pub struct FlowSession<'a>(pub(super) Work<'a>);

#[derive(Debug)]
pub(super) enum Work<'a> {
    Apart {
        database: &'a Database,
        filter: &'a Filter,
        flows: &'a mut FlowStage,
        #[cfg(feature = "quic")]
        datagrams: &'a mut DatagramStage,
    },
    /// By p0f's rules, flows keep their hosts, and hosts evict flows.
    Joined(Session<'a>),
}

/// The host stage of a [`Session`] at work: what records say in the light of their hosts' history.
///
/// [`Analyzer::stages`] returns it, and has an example; `examples/two_stages.rs` runs each stage on a thread.
#[derive(Debug)]
pub struct HostSession<'a> {
    pub(super) database: &'a Database,
    /// None by p0f's rules: the flow stage has them.
    pub(super) hosts: Option<&'a mut HostStage>,
    /// How many records of the packet at hand say something.
    pub(super) parts: u8,
}

impl Analyzer {
    /// Returns the two stages of the analysis apart, so that each can work on a thread of its own.
    ///
    /// What [`FlowSession::take`] makes of the frames goes, in that order, through
    /// [`HostSession::complete_all`]; the records are then those of [`Session::analyze_all`].
    /// With a database read with [`Compat::P0fExact`](crate::Compat::P0fExact), the first stage does
    /// all the work.
    ///
    /// ```
    /// use stackprint::{Analyzer, Database, Frame, LinkType};
    ///
    /// # let frame = *b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0\xc0\0\x02\x0a\xc0\0\x02\x01\
    /// #     \x9c\x40\0\x50\0\0\0\0\0\0\0\0\x50\x02\xfa\xf0\0\0\0\0";
    /// # let frames = [Frame::new(LinkType::RAW, &frame)];
    /// let mut analyzer = Analyzer::new(&Database::builtin());
    /// let (mut flows, mut hosts) = analyzer.stages();
    /// let mut pending = Vec::new();
    /// for frame in &frames {
    ///     flows.take(frame, &mut pending, |skip| eprintln!("{skip}"));
    /// }
    /// // From here on, on another thread:
    /// hosts.complete_all(&mut pending);
    /// let records = pending.iter().filter_map(|pending| pending.record());
    /// # assert_eq!(records.count(), 1);
    /// ```
    #[must_use]
    pub fn stages(&mut self) -> (FlowSession<'_>, HostSession<'_>) {
        if self.stages.rules.flows_keep_their_hosts {
            let session = self.session();
            let hosts = HostSession { database: session.database, hosts: None, parts: 0 };
            return (FlowSession(Work::Joined(session)), hosts);
        }
        self.gather();
        let Analyzer { database, filter, stages: Stages { flows, hosts, .. }, .. } = self;
        let database = &**database;
        let work = Work::Apart {
            database,
            filter,
            flows,
            #[cfg(feature = "quic")]
            datagrams: &mut self.datagrams,
        };
        (FlowSession(work), HostSession { database, hosts: Some(hosts), parts: 0 })
    }
}

impl<'a> FlowSession<'a> {
    /// Appends what a frame says to `to`, as [`Session::analyze_all`] says it, and tells why a frame
    /// is skipped.
    #[inline]
    pub fn take(
        &mut self,
        frame: &Frame<'_>,
        to: &mut Vec<PendingRecord<'a>>,
        mut skipped: impl FnMut(Skip),
    ) {
        match self.open_fast(frame, to) {
            Opened::Silent => {}
            Opened::Udp(skip) => skipped(skip),
            opened => self.take_opened(frame, opened, to, skipped),
        }
    }

    /// The fast path of most frames, which appends nothing.
    #[inline(always)]
    fn open_fast<'f>(&mut self, frame: &Frame<'f>, to: &mut Vec<PendingRecord<'a>>) -> Opened<'f> {
        match self.0.front(&mut Aside { to }) {
            Some(mut front) => front.open_fast(frame),
            None => Opened::Other,
        }
    }

    /// The same of one frame in an aggregate of 802.11 (A-MSDU), by its number from 0: what
    /// [`Share::Subframe`](crate::Share::Subframe) tells.
    pub fn take_subframe(
        &mut self,
        frame: &Frame<'_>,
        number: u16,
        to: &mut Vec<PendingRecord<'a>>,
        skipped: impl FnOnce(Skip),
    ) {
        if let Err(skip) = self.take_part(frame, &Opened::Other, (number, &mut None), to) {
            skipped(skip);
        }
    }

    /// Appends what a frame says which the fast path has opened.
    #[inline(never)]
    fn take_opened(
        &mut self,
        frame: &Frame<'_>,
        mut opened: Opened<'_>,
        to: &mut Vec<PendingRecord<'a>>,
        mut skipped: impl FnMut(Skip),
    ) {
        let before = to.len();
        let mut next = Some(0);
        while let Some(number) = next.take() {
            if let Err(skip) = self.take_part(frame, &opened, (number, &mut next), to) {
                skipped(skip);
            }
            // What it was is only of the first subframe.
            opened = Opened::Other;
        }
        if to.len() > before + 1 {
            to.iter_mut().skip(before + 1).for_each(|pending| pending.continues = true);
        }
    }

    /// Takes subframe `number`; `next` is set if there is another one.
    #[inline]
    fn take_part(
        &mut self,
        frame: &Frame<'_>,
        opened: &Opened<'_>,
        (number, next): (u16, &mut Option<u16>),
        to: &mut Vec<PendingRecord<'a>>,
    ) -> Result<(), Skip> {
        let mut aside = Aside { to: &mut *to };
        if let Some(mut front) = self.0.front(&mut aside) {
            // They stay empty, as everything is put aside.
            let (mut first, mut more) = (None, Vec::new());
            return match front.analyze_part(frame, opened, (number, next), &mut first, &mut more) {
                Ok(()) => Ok(()),
                Err(Stop::Skip(skip)) => Err(skip),
                #[cfg(feature = "quic")]
                Err(Stop::Datagram(skip)) => self.take_datagram(frame, number, skip, to),
            };
        }
        if let Work::Joined(session) = &mut self.0 {
            let (mut said, mut more) = (Ok(None), Vec::new());
            session.analyze_part(frame, opened, (number, next), &mut said, &mut more);
            let all = said?.into_iter().chain(more);
            to.extend(all.map(|record| PendingRecord::new(Some(record), Missing::Nothing)));
        }
        Ok(())
    }

    /// Takes a subframe that holds a datagram which may open a connection, and no TCP for this reason.
    #[cfg(feature = "quic")]
    fn take_datagram(
        &mut self,
        frame: &Frame<'_>,
        number: u16,
        skip: Skip,
        to: &mut Vec<PendingRecord<'a>>,
    ) -> Result<(), Skip> {
        let Work::Apart { database, filter, flows, datagrams } = &mut self.0 else {
            return Err(skip);
        };
        let said = udp::read((database, filter), datagrams, frame, number, skip)?;
        to.extend(said.map(|record| {
            let scope = flows.context().scope(&record.path);
            PendingRecord::new(Some(record), Missing::System(scope))
        }));
        Ok(())
    }
}

impl<'a> Work<'a> {
    /// The flow stage by itself; `None` by p0f's rules.
    #[inline(always)]
    fn front<'w, 'v, 't>(
        &'w mut self,
        end: &'t mut Aside<'v, 'a>,
    ) -> Option<Front<'w, 'a, Aside<'v, 'a>>>
    where
        't: 'w,
    {
        let Work::Apart {
            database,
            filter,
            flows,
            #[cfg(feature = "quic")]
            datagrams,
        } = self
        else {
            return None;
        };
        Some(Front {
            database,
            filter,
            flows,
            #[cfg(feature = "quic")]
            datagrams,
            end,
        })
    }
}

impl<'d> PendingRecord<'d> {
    fn new(record: Option<Record<'d>>, missing: Missing) -> PendingRecord<'d> {
        PendingRecord { record, missing, continues: false }
    }
}

/// Puts events aside, with their records.
struct Aside<'v, 'd> {
    to: &'v mut Vec<PendingRecord<'d>>,
}

impl<'d> Completion<'d> for Aside<'_, 'd> {
    #[inline]
    fn prefetch(&mut self, _flows: &mut FlowStage, _packet: &Packet<'_, '_>) {}

    #[inline]
    fn complete(&mut self, _database: &'d Database, event: Event, record: &mut Option<Record<'d>>) {
        self.to.push(PendingRecord::new(record.take(), Missing::History(event)));
    }
}

impl<'a> HostSession<'a> {
    /// Completes records, which are to come in the order of their packets.
    pub fn complete_all(&mut self, all: &mut [PendingRecord<'a>]) {
        for at in 0..all.len() {
            if let Some(hosts) = &mut self.hosts
                && let Some(PendingRecord {
                    missing: Missing::History(event),
                    record: Some(record),
                    ..
                }) = all.get(at + PREFETCHED_AHEAD)
            {
                hosts.prefetch_of(event, record.time.as_seconds());
            }
            if let Some(pending) = all.get_mut(at) {
                self.complete(pending);
            }
        }
    }

    #[inline]
    fn complete(&mut self, pending: &mut PendingRecord<'a>) {
        let PendingRecord { record, missing, continues } = pending;
        let missing = core::mem::replace(missing, Missing::Nothing);
        if let Some(hosts) = &mut self.hosts {
            match missing {
                Missing::Nothing => {}
                Missing::History(event) => {
                    Completion::complete(*hosts, self.database, event, record);
                }
                #[cfg(feature = "quic")]
                Missing::System(scope) => {
                    if let Some(record) = record {
                        udp::set_system(record, self.database, hosts, scope);
                    }
                }
            }
        }
        if !*continues {
            self.parts = 0;
        }
        if let Some(record) = record {
            record.part = self.parts;
            self.parts = self.parts.saturating_add(1);
        }
    }
}

/// The hosts of the record so many places ahead are prefetched.
const PREFETCHED_AHEAD: usize = 4;
