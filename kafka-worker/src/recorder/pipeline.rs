//! Frames analyzed and records written on several threads, with the same bytes in the same order as
//! on one.
//!
//! One thread decodes a piece of input, and lists its frames for the sessions of the flow stage, each of
//! which has some of the flows. What these say of a piece is put in the order of its frames, and goes on
//! in batches: the host stage takes them one after the other, in order; then each is written for itself.
//! A thread that is free takes whatever of this is to be done next. So does the first thread, when as
//! much as is allowed is on its way: then it works on it rather than wait.

mod batch;
mod crew;
mod flows;
mod frames;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::{Arc, PoisonError};
use std::thread::{self, Scope};

use stackprint::{FlowSession, Frame, HostSession, Origin, PendingRecord, Spread};

use crate::counters::Counters;
use crate::source::Piece;
use batch::Writer;
pub(super) use batch::{Batch, Making};
use crew::{Crew, Shared, State};
pub(crate) use frames::Place;
use frames::{Frames, Said};

/// Enough that handing a batch over costs next to nothing for each record, and few enough that
/// they stay in a core's cache.
const BATCH_RECORDS: usize = 256;
/// Batches of each thread on their way: one that it works on, and some that wait.
const DEPTH: usize = 4;
/// Batches on their way, however many threads there are. They take about 300 kB each.
const MOST_ON_THEIR_WAY: usize = 128;
/// Pieces of input on their way, beside one for each thread. They take about 400 kB each.
const PIECES_BESIDE: usize = 8;

/// The first thread's end of the pipeline.
pub(super) struct Pipeline<'s, 'a> {
    crew: Crew<'s, 'a>,
    writer: Writer<'a>,
    frames: Frames<'a>,
    spare_frames: Vec<Frames<'a>>,
    /// Buffers of pieces that are no longer needed.
    spent: Vec<Piece>,
    filling: Batch<'a>,
    /// Written, but not handed on yet; in order.
    finished: Vec<Batch<'a>>,
    spare: Vec<Batch<'a>>,
    sent: u64,
    max_on_their_way: usize,
    max_pieces: usize,
}

impl<'s, 'a: 's> Pipeline<'s, 'a> {
    /// A pipeline of so many threads, this one and those that it begins in the scope when they are
    /// needed. They end when this is dropped.
    pub(super) fn new(
        scope: &'s Scope<'s, '_>,
        threads: usize,
        (flows, hosts): (Vec<FlowSession<'a>>, HostSession<'a>),
        making: Making<'a>,
    ) -> Pipeline<'s, 'a> {
        let begin = move |shared: Arc<Shared<'a>>| {
            let thread = thread::Builder::new().name("records".to_owned());
            thread.spawn_scoped(scope, move || shared.help(&mut Writer::new(making)))?;
            Ok(())
        };
        let shared = Arc::new(Shared::new(flows, hosts));
        Pipeline {
            crew: Crew { shared, begin: Box::new(begin), begun: 0, most: threads - 1 },
            writer: Writer::new(making),
            frames: Frames::default(),
            spare_frames: Vec::new(),
            spent: Vec::new(),
            filling: Batch::default(),
            finished: Vec::new(),
            spare: Vec::new(),
            sent: 0,
            max_on_their_way: (DEPTH * threads).min(MOST_ON_THEIR_WAY),
            max_pieces: threads + PIECES_BESIDE,
        }
    }

    /// Takes a frame of the piece at hand.
    #[inline]
    pub(super) fn take(
        &mut self,
        spread: &Spread,
        frame: &Frame<'_>,
        place: &Place<'_, 'a>,
        counters: &mut Counters,
    ) {
        self.frames.push(spread, frame, place, |skip| counters.skip(skip, frame.link_type));
    }

    /// Hands the frames of the piece at hand on. Works with the others where they do not keep up.
    pub(super) fn end_piece(
        &mut self,
        piece: Piece,
        file: Option<&'a str>,
        counters: &mut Counters,
    ) {
        if self.frames.is_empty() {
            self.spent.push(piece);
            return;
        }
        self.frames.end(piece, file);
        let next = self.spare_frames.pop().unwrap_or_default();
        let frames = std::mem::replace(&mut self.frames, next);
        let mut state = self.crew.shared.lock();
        if !state.is_broken {
            state.flows.push(Arc::new(frames));
        }
        // Of a short input, this thread does it all.
        let is_first = state.flows.len() <= 1;
        drop(state);
        if !is_first {
            self.crew.call();
        }
        // Each session takes its part of it.
        self.crew.shared.to_do.notify_all();
        self.put_in_order(counters, self.max_pieces - 1);
    }

    /// A piece that is no longer needed, whose buffer can be read into.
    pub(super) fn spent_piece(&mut self) -> Option<Piece> {
        self.spent.pop()
    }

    /// Puts what the sessions said of pieces in the order of their frames, until at most so many are on
    /// their way, and of all that are ready.
    pub(super) fn put_in_order(&mut self, counters: &mut Counters, most: usize) {
        loop {
            self.work_until(|state| state.flows.len() <= most || state.flows.is_ready());
            let mut state = self.crew.shared.lock();
            let Some(mut piece) = state.flows.pop() else { return };
            drop(state);
            let mut said: Vec<Said<'a>> = piece.take_said().collect();
            self.merge(&mut said, counters);
            let mut state = self.crew.shared.lock();
            for mut said in said {
                said.clear();
                state.flows.recycle(said);
            }
            drop(state);
            if let Some(mut frames) = Arc::into_inner(piece.frames) {
                self.spent.push(frames.clear());
                self.spare_frames.push(frames);
            }
        }
    }

    /// Takes what several sessions said, in the order of the frames, and counts what they skipped.
    fn merge(&mut self, all: &mut [Said<'a>], counters: &mut Counters) {
        let mut lanes: Vec<_> = all
            .iter_mut()
            .map(|said| {
                said.skips.drain(..).for_each(|(skip, link_type)| counters.skip(skip, link_type));
                let records = said.pending.drain(..).zip(said.origins.drain(..));
                (said.places.iter().copied().peekable(), records)
            })
            .collect();
        let mut next: BinaryHeap<_> = lanes
            .iter_mut()
            .enumerate()
            .filter_map(|(lane, (places, _))| Some(Reverse((*places.peek()?, lane))))
            .collect();
        let mut frame_before = None;
        while let Some(Reverse((place, lane))) = next.pop() {
            let Some((places, records)) = lanes.get_mut(lane) else { return };
            // All that one session says up to what another one says next.
            let until = next.peek().map(|Reverse((place, _))| *place);
            while let Some((frame, _)) = places.next_if(|&at| until.is_none_or(|until| at <= until))
            {
                let Some((mut pending, origin)) = records.next() else { return };
                pending.set_continues(frame_before.replace(frame) == Some(frame));
                self.take_pending(pending, origin);
            }
            debug_assert!(places.peek() != Some(&place), "it is taken");
            if let Some(&place) = places.peek() {
                next.push(Reverse((place, lane)));
            }
        }
    }

    /// Takes what a flow stage on another thread said. The records of a frame come one after the other.
    #[inline]
    pub(super) fn take_pending(&mut self, pending: PendingRecord<'a>, origin: Option<Origin<'a>>) {
        self.filling.pending.push(pending);
        self.filling.origins.push(origin);
        self.send_if_full();
    }

    #[inline]
    fn send_if_full(&mut self) {
        if self.filling.pending.len() >= BATCH_RECORDS {
            self.send();
            self.crew.call();
            let max = self.max_on_their_way;
            self.work_until(|state| state.written.len() < max);
        }
    }

    /// Batches that are written, and follow on those handed out before.
    ///
    /// # Errors
    ///
    /// A thread panicked: its records are missing.
    pub(super) fn finished(&mut self) -> io::Result<&[Batch<'a>]> {
        let mut state = self.crew.shared.lock();
        if state.is_broken {
            return Err(io::Error::other("a thread panicked, and its records are missing"));
        }
        state.hand_out(&mut self.finished);
        Ok(&self.finished)
    }

    /// All that was put in order, written.
    ///
    /// # Errors
    ///
    /// As [`finished`](Pipeline::finished).
    pub(super) fn all(&mut self) -> io::Result<&[Batch<'a>]> {
        if !self.filling.pending.is_empty() {
            self.send();
        }
        self.work_until(|state| state.written.is_empty());
        self.finished()
    }

    /// What was handed out has been handed on.
    pub(super) fn recycle(&mut self) {
        for mut batch in self.finished.drain(..) {
            batch.clear();
            self.spare.push(batch);
        }
    }

    fn send(&mut self) {
        let empty = self.spare.pop().unwrap_or_default();
        let mut batch = std::mem::replace(&mut self.filling, empty);
        batch.number = self.sent;
        self.sent += 1;
        let mut state = self.crew.shared.lock();
        // Nobody works on it once a thread has panicked.
        if !state.is_broken {
            state.written.push_back(None);
            state.incoming.push_back(batch);
        }
    }

    /// Works as the other threads do, until that is so; where there is nothing to do, waits for them.
    fn work_until(&mut self, is_so: impl Fn(&State<'a>) -> bool) {
        let shared = &*self.crew.shared;
        let mut state = shared.lock();
        loop {
            state.hand_out(&mut self.finished);
            if is_so(&state) || state.is_broken {
                return;
            }
            state = match state.next(self.writer.session) {
                Some(work) => {
                    drop(state);
                    shared.work(work, &mut self.writer)
                }
                None => shared.done.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

#[cfg(test)]
mod tests;
