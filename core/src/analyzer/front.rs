//! The way of a frame through the flow stage, whatever becomes of its events then.

#[cfg(feature = "quic")]
use super::datagram::DatagramStage;
use super::event::{Event, Sink};
use super::flow_stage::{FlowStage, Noted};
use super::packet::{Kind, Packet};
use crate::compat::CompatRules;
use crate::database::Database;
use crate::filter::Filter;
use crate::frame::Frame;
use crate::record::Record;
use crate::skip::Skip;
use crate::wire::{self, Segment};

/// What becomes of the flow stage's events.
pub(super) trait Completion<'d> {
    /// A SYN is about to be looked at.
    fn prefetch(&mut self, flows: &mut FlowStage, packet: &Packet<'_, '_>);

    /// Completes a record. Leaves nothing where it says nothing, or where it is kept to be completed
    /// elsewhere.
    fn complete(&mut self, database: &'d Database, event: Event, record: &mut Option<Record<'d>>);
}

/// Why a frame goes no further this way.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    Skip(Skip),
    /// It holds a datagram that may open a connection, and no TCP for this reason.
    #[cfg(feature = "quic")]
    Datagram(Skip),
}

impl From<Skip> for Stop {
    #[inline]
    fn from(skip: Skip) -> Stop {
        Stop::Skip(skip)
    }
}

/// What a frame is by the fast path, which most frames take.
pub(super) enum Opened<'f> {
    /// A segment in the midst of a flow, which says nothing: nearly all are.
    Silent,
    /// The same, of which more may be said.
    Ack(Segment<'f>, Noted),
    /// Another segment.
    Segment(Segment<'f>),
    /// It holds UDP that opens nothing.
    Udp(Skip),
    /// Only the general way can tell.
    Other,
}

/// The flow stage at work.
pub(super) struct Front<'s, 'd, C> {
    pub(super) database: &'d Database,
    pub(super) filter: &'d Filter,
    pub(super) flows: &'s mut FlowStage,
    #[cfg(feature = "quic")]
    pub(super) datagrams: &'s DatagramStage,
    pub(super) end: &'s mut C,
}

impl<'d, C: Completion<'d>> Front<'_, 'd, C> {
    /// The fast path of most frames. Its result is to be handed to
    /// [`analyze_part`](Front::analyze_part) or [`analyze_first`](Front::analyze_first).
    // Always inlined, and references to the segment are not handed on: it stays in registers.
    #[inline(always)]
    pub(super) fn open_fast<'f>(&mut self, frame: &Frame<'f>) -> Opened<'f> {
        if !self.filter.is_empty() {
            return Opened::Other;
        }
        let Some(segment) = wire::open_untagged(frame) else { return self.open_fast_rest(frame) };
        if !Kind::is_ack(&segment.tcp) {
            return Opened::Segment(segment);
        }
        let packet = Packet::new(&segment, frame.time, self.flows.seed());
        match self.flows.ack(&packet, &CompatRules::FIXED) {
            Noted::Nothing => Opened::Silent,
            noted => Opened::Ack(segment, noted),
        }
    }

    /// The fast path of frames that are not the most common.
    #[inline(always)]
    fn open_fast_rest<'f>(&self, frame: &Frame<'f>) -> Opened<'f> {
        match wire::skip_of_udp(frame) {
            #[cfg(feature = "quic")]
            Some(skip) if self.datagrams.wants(frame, &skip) => Opened::Other,
            Some(skip) => Opened::Udp(skip),
            None => Opened::Other,
        }
    }

    /// What a frame says first, after [`open_fast`](Front::open_fast).
    #[inline]
    pub(super) fn analyze_first(
        &mut self,
        frame: &Frame<'_>,
        opened: &Opened<'_>,
        first: &mut Option<Record<'d>>,
    ) -> Result<(), Stop> {
        let mut more = Vec::new();
        match opened {
            Opened::Silent => Ok(()),
            Opened::Udp(skip) => Err((*skip).into()),
            Opened::Segment(segment) => self.take(frame, segment, first, &mut more),
            Opened::Ack(segment, noted) => {
                self.after_ack(frame, segment, *noted, first, &mut more);
                Ok(())
            }
            Opened::Other => self.analyze_other(frame, first, &mut more),
        }
    }

    /// The same of a frame that the fast path left.
    #[inline(never)]
    fn analyze_other(
        &mut self,
        frame: &Frame<'_>,
        first: &mut Option<Record<'d>>,
        more: &mut Vec<Record<'d>>,
    ) -> Result<(), Stop> {
        let opened = if self.filter.is_empty() {
            if let Some(segment) = wire::open_tagged(frame) {
                return self.take(frame, &segment, first, more);
            }
            wire::walk(frame)
        } else {
            self.filter.prefilter(frame)?;
            wire::open(frame)
        };
        match opened {
            Ok(segment) => self.take(frame, &segment, first, more),
            #[cfg(feature = "quic")]
            Err(skip) if self.datagrams.wants(frame, &skip) => Err(Stop::Datagram(skip)),
            Err(skip) if skip.more_follow => self.take_others(frame, skip, first, more),
            Err(skip) => Err(skip.into()),
        }
    }

    /// What subframe `number` says, after [`open_fast`](Front::open_fast), which is for the first alone; `next`
    /// is set if there is another one.
    #[inline]
    pub(super) fn analyze_part(
        &mut self,
        frame: &Frame<'_>,
        opened: &Opened<'_>,
        (number, next): (u16, &mut Option<u16>),
        first: &mut Option<Record<'d>>,
        more: &mut Vec<Record<'d>>,
    ) -> Result<(), Stop> {
        match opened {
            Opened::Silent => Ok(()),
            Opened::Udp(skip) => Err((*skip).into()),
            Opened::Segment(segment) => self.take(frame, segment, first, more),
            Opened::Ack(segment, noted) => {
                self.after_ack(frame, segment, *noted, first, more);
                Ok(())
            }
            Opened::Other => self.analyze_other_part(frame, (number, next), first, more),
        }
    }

    /// The same of a frame that the fast path left.
    #[inline(never)]
    fn analyze_other_part(
        &mut self,
        frame: &Frame<'_>,
        (number, next): (u16, &mut Option<u16>),
        first: &mut Option<Record<'d>>,
        more: &mut Vec<Record<'d>>,
    ) -> Result<(), Stop> {
        if self.filter.is_empty() {
            if let Some(segment) = wire::open_tagged(frame) {
                return self.take(frame, &segment, first, more);
            }
        } else {
            self.filter.prefilter(frame)?;
            if let Some(segment) = wire::open_common(frame) {
                return self.take(frame, &segment, first, more);
            }
        }
        let mut is_more = false;
        let segment = wire::open_part(frame, number, &mut is_more);
        if is_more {
            *next = Some(number + 1);
        }
        match segment {
            Ok(segment) => self.take(frame, &segment, first, more),
            #[cfg(feature = "quic")]
            Err(skip) if self.datagrams.wants(frame, &skip) => Err(Stop::Datagram(skip)),
            Err(skip) => Err(skip.into()),
        }
    }

    /// The first segment of an aggregate that has none in its first subframe.
    #[cold]
    fn take_others(
        &mut self,
        frame: &Frame<'_>,
        skip: Skip,
        first: &mut Option<Record<'d>>,
        more: &mut Vec<Record<'d>>,
    ) -> Result<(), Stop> {
        self.take(frame, &wire::open_others(frame, skip)?, first, more)
    }

    /// What a segment says: `first` is set if it says something, `more` gets what else it says.
    #[inline(never)]
    fn take(
        &mut self,
        frame: &Frame<'_>,
        segment: &Segment<'_>,
        first: &mut Option<Record<'d>>,
        more: &mut Vec<Record<'d>>,
    ) -> Result<(), Stop> {
        self.filter.admit(segment, frame)?;
        // Only TCP moves the clock: frames that are kept from an analyzer because they hold none
        // change nothing.
        let packet = Packet::new(segment, frame.time, self.flows.seed());
        let kind = Kind::of(&segment.tcp, frame);
        if let Ok(Kind::Ack) = kind {
            let noted = self.flows.ack(&packet, &CompatRules::FIXED);
            self.after_noted(&packet, noted, first, more);
            return Ok(());
        }
        // Of the packet's shard alone, so that shards do not depend on each other. A shard of hosts
        // drops what is too old with each event.
        self.flows.shard(&packet).expire(packet.now_s());
        let kind = kind?;
        if kind == Kind::Syn {
            self.end.prefetch(self.flows, &packet);
        }
        if let Some(event) = self.flows.take(self.database, &packet, kind, first) {
            self.end.complete(self.database, event, first);
        }
        if self.flows.wants_payload() {
            self.take_payload(&packet, first, more);
        }
        Ok(())
    }

    /// What a segment says of which [`FlowStage::ack`] took note.
    #[inline(never)]
    fn after_ack(
        &mut self,
        frame: &Frame<'_>,
        segment: &Segment<'_>,
        noted: Noted,
        first: &mut Option<Record<'d>>,
        more: &mut Vec<Record<'d>>,
    ) {
        let packet = Packet::new(segment, frame.time, self.flows.seed());
        self.after_noted(&packet, noted, first, more);
    }

    #[inline]
    fn after_noted(
        &mut self,
        packet: &Packet<'_, '_>,
        noted: Noted,
        first: &mut Option<Record<'d>>,
        more: &mut Vec<Record<'d>>,
    ) {
        if let Some(event) = self.flows.after_ack(packet, noted, first) {
            self.end.complete(self.database, event, first);
        }
        if self.flows.wants_payload() {
            self.take_payload(packet, first, more);
        }
    }

    #[inline(never)]
    fn take_payload(
        &mut self,
        packet: &Packet<'_, '_>,
        first: &mut Option<Record<'d>>,
        more: &mut Vec<Record<'d>>,
    ) {
        let Front { database, filter, flows, end, .. } = self;
        flows.take_payload(
            database,
            packet,
            &mut Said { database, filter, end: *end, first, more },
        );
    }
}

/// Completes the records of a payload.
struct Said<'s, 'd, C> {
    database: &'d Database,
    filter: &'s Filter,
    end: &'s mut C,
    first: &'s mut Option<Record<'d>>,
    more: &'s mut Vec<Record<'d>>,
}

impl<'d, C: Completion<'d>> Sink<'d> for Said<'_, 'd, C> {
    #[inline]
    fn put(&mut self, make: impl FnOnce(&mut Option<Record<'d>>) -> Event) {
        if self.first.is_none() {
            return self.complete(make, None);
        }
        let mut other = None;
        self.complete(make, Some(&mut other));
        self.more.extend(other);
    }
}

impl<'d, C: Completion<'d>> Said<'_, 'd, C> {
    /// Makes a record, in the first place unless there is another one.
    #[inline(always)]
    fn complete(
        &mut self,
        make: impl FnOnce(&mut Option<Record<'d>>) -> Event,
        other: Option<&mut Option<Record<'d>>>,
    ) {
        let record = other.unwrap_or(self.first);
        let event = make(record);
        // Who opened a connection may become known only by what it carries.
        if record.as_ref().is_some_and(|it| self.filter.keeps(it.client, it.server)) {
            self.end.complete(self.database, event, record);
        } else {
            *record = None;
        }
    }
}
