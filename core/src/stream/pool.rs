//! Streams that are undecided, within one bound.
#![warn(clippy::indexing_slicing)]

use super::{Assembly, GiveUp, MAX_AHEAD, MAX_IN_ORDER};

/// The payload of one TCP segment.
///
/// The [module of streams](super) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Payload<'s> {
    /// Sequence number of its first byte: that of the header, and one more with SYN.
    pub seq: u32,
    /// The bytes that were captured.
    pub bytes: &'s [u8],
    /// Whether there were more, which were not captured.
    pub cut: bool,
    /// Whether the segment has FIN.
    pub fin: bool,
}

/// The bytes of a stream from its start on.
///
/// The [module of streams](super) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading<'s> {
    /// All that are there in order, never none.
    pub bytes: &'s [u8],
    /// Whether none will follow: the sender closed, or the rest was not captured.
    pub is_last: bool,
}

/// What came of a segment.
///
/// [`Streams::push`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Outcome<T> {
    /// The reader decided.
    Decided(T),
    /// More is needed, or the segment brought nothing new.
    Undecided,
    /// The stream was given up with this segment, which was counted.
    GivenUp(GiveUp),
    /// The stream had been decided or given up before.
    Over,
}

/// One direction of a flow: 16 bytes, besides what [`Streams`] holds for it.
///
/// The [module of streams](super) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Sequence number of the first byte.
    start: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing that begins like what is looked for has come.
    Unstarted,
    /// Nothing is held.
    Started,
    Held(Handle),
    Over,
}

/// A slot, as long as it has not been given to another stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Handle {
    slot: u32,
    generation: u32,
}

impl Stream {
    /// A stream after a SYN, by its sequence number.
    #[must_use]
    pub const fn after_syn(seq: u32) -> Stream {
        Stream { start: seq.wrapping_add(1), state: State::Started }
    }

    /// A stream whose SYN was not seen.
    #[must_use]
    pub const fn midway() -> Stream {
        Stream { start: 0, state: State::Unstarted }
    }

    /// Whether it is the stream of a SYN with this sequence number: a repeated SYN is no new stream.
    #[must_use]
    pub const fn is_after_syn(&self, seq: u32) -> bool {
        self.start == seq.wrapping_add(1)
    }

    /// A stream that nobody needs to look at, as after a decision.
    #[must_use]
    pub const fn over() -> Stream {
        Stream { start: 0, state: State::Over }
    }

    /// Whether it was decided or given up, as far as it knows: of an eviction it learns with the
    /// next segment.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }
}

/// The bytes of all undecided streams of a process, or of a part of it.
///
/// A stream belongs to the `Streams` that it was first pushed to.
///
/// ```
/// use stackprint::stream::{Outcome, Payload, Stream, Streams};
///
/// let mut streams = Streams::new(Streams::DEFAULT_MEMORY, |_| true);
/// let mut stream = Stream::after_syn(999);
/// // A reader that wants six bytes.
/// let mut push = |seq, bytes| {
///     let payload = Payload { seq, bytes, ..Payload::default() };
///     streams.push(&mut stream, &payload, |reading| reading.bytes.get(..6).map(<[u8]>::to_vec))
/// };
/// assert_eq!(push(1003, b"def"), Outcome::Undecided); // ahead of what is missing
/// assert_eq!(push(1000, b"abc"), Outcome::Decided(b"abcdef".to_vec()));
/// assert_eq!(push(1006, b"ghi"), Outcome::Over);
/// ```
#[derive(Debug)]
pub struct Streams {
    slots: Vec<Slot>,
    free: Option<u32>,
    oldest: Option<u32>,
    newest: Option<u32>,
    /// Bytes that are allocated for what the slots hold.
    held: usize,
    max_memory: usize,
    may_begin: fn(&[u8]) -> bool,
    given_up: [u64; GiveUp::COUNT],
}

/// What is held for one stream; or a free place, whose `newer` is the next free one.
#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    older: Option<u32>,
    newer: Option<u32>,
    assembly: Assembly,
    /// Offset of the first byte that will not come.
    end: Option<usize>,
}

impl Streams {
    /// Bytes that may be held by default.
    pub const DEFAULT_MEMORY: usize = 64 << 20;

    /// With nothing held, for at most `max_memory` bytes, allocated ones. `may_begin` tells where a
    /// stream whose SYN was not seen starts.
    #[must_use]
    pub fn new(max_memory: usize, may_begin: fn(&[u8]) -> bool) -> Streams {
        Streams {
            slots: Vec::new(),
            free: None,
            oldest: None,
            newest: None,
            held: 0,
            max_memory,
            may_begin,
            given_up: [0; GiveUp::COUNT],
        }
    }

    /// Bytes that are allocated for undecided streams.
    #[must_use]
    pub const fn memory(&self) -> usize {
        self.held + self.slots.capacity() * size_of::<Slot>()
    }

    /// How many slots there may be: places stay allocated, so they get a quarter of the memory.
    const fn max_slots(&self) -> usize {
        let slots = self.max_memory / 4 / size_of::<Slot>();
        if slots == 0 { 1 } else { slots }
    }

    /// How many streams were given up for a reason.
    #[must_use]
    pub fn given_up(&self, reason: GiveUp) -> u64 {
        self.given_up.get(reason as usize).copied().unwrap_or_default()
    }

    /// Takes the payload of a segment. Where it brings the next bytes of the stream, `read` gets all
    /// from the start on; what it returns decides the stream, and None asks for more.
    pub fn push<T>(
        &mut self,
        stream: &mut Stream,
        payload: &Payload<'_>,
        read: impl FnOnce(Reading<'_>) -> Option<T>,
    ) -> Outcome<T> {
        match stream.state {
            State::Over => return Outcome::Over,
            State::Unstarted if payload.bytes.is_empty() || !(self.may_begin)(payload.bytes) => {
                return Outcome::Undecided;
            }
            State::Unstarted => {
                *stream = Stream { start: payload.seq, state: State::Started };
            }
            State::Started | State::Held(_) => {}
        }
        let Some(piece) = Piece::of(payload, stream.start) else { return Outcome::Undecided };
        let result = match stream.state {
            State::Held(handle) => match self.slot(handle) {
                Some(_) => self.add(handle, &piece, read),
                // Evicted, and counted then.
                None => Some(Outcome::Over),
            },
            _ if piece.at == 0 => self.read_in_place(stream, &piece, read),
            _ if piece.bytes.is_empty() => None,
            _ => {
                let handle = self.take_slot();
                stream.state = State::Held(handle);
                self.add(handle, &piece, read)
            }
        };
        let Some(outcome) = result else { return Outcome::Undecided };
        self.let_go(stream);
        if let Outcome::GivenUp(reason) = outcome {
            self.count(reason);
        }
        outcome
    }

    /// Gives a stream up whose flow is gone.
    pub fn abandon(&mut self, stream: &mut Stream) {
        if let State::Held(handle) = stream.state
            && self.slot(handle).is_some()
        {
            self.count(GiveUp::FlowGone);
        }
        self.let_go(stream);
    }

    /// Reads the first segment of a stream where it lies; holds it if that decides nothing. Returns
    /// None if the stream continues.
    fn read_in_place<T>(
        &mut self,
        stream: &mut Stream,
        piece: &Piece<'_>,
        read: impl FnOnce(Reading<'_>) -> Option<T>,
    ) -> Option<Outcome<T>> {
        if !piece.bytes.is_empty() {
            let reading = Reading { bytes: piece.bytes, is_last: piece.is_last };
            if let Some(decided) = read(reading) {
                return Some(Outcome::Decided(decided));
            }
        }
        if piece.is_last {
            return Some(Outcome::GivenUp(GiveUp::Ended));
        }
        if piece.bytes.len() > MAX_IN_ORDER {
            return Some(Outcome::GivenUp(GiveUp::TooLong));
        }
        let handle = self.take_slot();
        stream.state = State::Held(handle);
        self.hold(handle, piece).and_then(|()| self.keep_bound(handle)).err().map(Outcome::GivenUp)
    }

    /// Holds a piece, and reads if there are more bytes in order than before. Returns None if the
    /// stream continues.
    fn add<T>(
        &mut self,
        handle: Handle,
        piece: &Piece<'_>,
        read: impl FnOnce(Reading<'_>) -> Option<T>,
    ) -> Option<Outcome<T>> {
        let in_order = self.slot(handle)?.assembly.start().len();
        let end = piece.at + piece.bytes.len();
        if piece.at > in_order && end > in_order + MAX_AHEAD {
            return Some(Outcome::GivenUp(GiveUp::TooFarAhead));
        }
        if let Err(reason) = self.hold(handle, piece) {
            return Some(Outcome::GivenUp(reason));
        }
        let slot = self.slot(handle)?;
        if piece.is_last && slot.end.is_none() {
            slot.end = Some(end);
        }
        let bytes = slot.assembly.start();
        let is_last = slot.end == Some(bytes.len());
        if bytes.len() > in_order
            && let Some(decided) = read(Reading { bytes, is_last })
        {
            return Some(Outcome::Decided(decided));
        }
        if is_last {
            Some(Outcome::GivenUp(GiveUp::Ended))
        } else if bytes.len() > MAX_IN_ORDER {
            Some(Outcome::GivenUp(GiveUp::TooLong))
        } else {
            // Not before it was read: what is decided needs no memory.
            self.keep_bound(handle).err().map(Outcome::GivenUp)
        }
    }

    /// Adds bytes to a slot.
    fn hold(&mut self, handle: Handle, piece: &Piece<'_>) -> Result<(), GiveUp> {
        let Some(slot) = self.slot(handle) else { return Ok(()) };
        let before = slot.assembly.memory();
        let inserted = slot.assembly.insert(piece.at, piece.bytes);
        let after = slot.assembly.memory();
        self.held = self.held + after - before;
        inserted.map_err(|_| GiveUp::TooManyPieces)
    }

    /// Evicts the oldest streams while all together hold too much, up to this one.
    fn keep_bound(&mut self, handle: Handle) -> Result<(), GiveUp> {
        while self.memory() > self.max_memory
            && let Some(oldest) = self.oldest
        {
            if oldest == handle.slot {
                return Err(GiveUp::Evicted);
            }
            self.evict(oldest);
        }
        Ok(())
    }

    fn evict(&mut self, oldest: u32) {
        self.release(oldest);
        self.count(GiveUp::Evicted);
    }

    #[cold]
    fn count(&mut self, reason: GiveUp) {
        if let Some(count) = self.given_up.get_mut(reason as usize) {
            *count += 1;
        }
    }

    /// Ends a stream, and frees what is held for it.
    fn let_go(&mut self, stream: &mut Stream) {
        if let State::Held(handle) = stream.state
            && self.slot(handle).is_some()
        {
            self.release(handle.slot);
        }
        stream.state = State::Over;
    }

    fn slot(&mut self, handle: Handle) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(handle.slot as usize)?;
        (slot.generation == handle.generation).then_some(slot)
    }

    /// A free slot, as the newest.
    fn take_slot(&mut self) -> Handle {
        let len = self.slots.len();
        if self.free.is_none()
            && len >= self.max_slots()
            && let Some(oldest) = self.oldest
        {
            self.evict(oldest);
        }
        let slot = self.free.unwrap_or(len as u32);
        if self.free.is_none() {
            if len == self.slots.capacity() {
                self.slots.reserve_exact(len.max(4).min(self.max_slots() - len));
            }
            self.slots.push(Slot::default());
        }
        let newest = self.newest.replace(slot);
        let mut generation = 0;
        if let Some(place) = self.slots.get_mut(slot as usize) {
            generation = place.generation;
            self.free = self.free.and(place.newer);
            place.older = newest;
            place.newer = None;
        }
        match newest.and_then(|newest| self.slots.get_mut(newest as usize)) {
            Some(older) => older.newer = Some(slot),
            None => self.oldest = Some(slot),
        }
        Handle { slot, generation }
    }

    /// Frees a slot; handles to it are no longer good.
    fn release(&mut self, slot: u32) {
        let Some(place) = self.slots.get_mut(slot as usize) else { return };
        self.held -= place.assembly.memory();
        let (older, newer) = (place.older, place.newer);
        let generation = place.generation.wrapping_add(1);
        *place = Slot { generation, newer: self.free, ..Slot::default() };
        self.free = Some(slot);
        match older.and_then(|older| self.slots.get_mut(older as usize)) {
            Some(older) => older.newer = newer,
            None => self.oldest = newer,
        }
        match newer.and_then(|newer| self.slots.get_mut(newer as usize)) {
            Some(newer) => newer.older = older,
            None => self.newest = older,
        }
    }
}

/// A payload by its offset from the start of its stream.
struct Piece<'s> {
    at: usize,
    bytes: &'s [u8],
    /// Whether nothing follows it.
    is_last: bool,
}

impl<'s> Piece<'s> {
    /// Returns None if all of it lies before the start.
    fn of(payload: &Payload<'s>, start: u32) -> Option<Piece<'s>> {
        let is_last = payload.cut || payload.fin;
        // RFC 9293 section 3.4: sequence numbers are compared modulo 2^32.
        let offset = payload.seq.wrapping_sub(start).cast_signed();
        let before = if offset < 0 { offset.unsigned_abs() as usize } else { 0 };
        let bytes = payload.bytes.get(before..)?;
        let at = offset.max(0).unsigned_abs() as usize;
        (is_last || !bytes.is_empty()).then_some(Piece { at, bytes, is_last })
    }
}

#[cfg(test)]
impl Streams {
    /// How many streams hold bytes, by the order of their age; the account must agree.
    pub(super) fn held_slots(&self) -> usize {
        let (mut slots, mut held, mut older) = (0, 0, None);
        let mut next = self.oldest;
        while let Some(slot) = next {
            let place = &self.slots[slot as usize];
            assert_eq!(place.older, older);
            held += place.assembly.memory();
            slots += 1;
            (older, next) = (next, place.newer);
        }
        assert_eq!((older, held), (self.newest, self.held));
        slots
    }

    /// Everything that must hold between two segments.
    pub(super) fn check(&self) {
        let held = self.held_slots();
        let mut free = 0;
        let mut next = self.free;
        while let Some(slot) = next {
            let place = &self.slots[slot as usize];
            assert!(place.assembly.is_empty() && place.assembly.memory() == 0);
            (free, next) = (free + 1, place.newer);
        }
        assert_eq!(held + free, self.slots.len());
        assert!(self.memory() <= self.max_memory);
    }
}
