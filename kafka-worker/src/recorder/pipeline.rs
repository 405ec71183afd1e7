//! Frames analyzed and records written on several threads, with the same bytes in the same order as
//! on one.
//!
//! One thread decodes frames and runs the flow stage on them. What that says goes on in batches: the
//! host stage takes them one after the other, in order; then each is written for itself. A thread that
//! is free takes whatever of this is to be done next. So does the first thread, when as many batches
//! as are allowed are on their way: then it works on them rather than wait.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};

use stackprint::{FlowSession, Frame, HostSession, Origin, PendingRecord, Record};

use crate::args::{Format, Privacy};
use crate::counters::{Counters, RecordCounts};
use crate::sink::Encoder;

/// Enough that handing a batch over costs next to nothing for each record, and few enough that
/// they stay in a core's cache.
const BATCH_RECORDS: usize = 256;
/// Batches of each thread on their way: one that it works on, and some that wait.
const DEPTH: usize = 4;
/// Batches on their way, however many threads there are. They take about 300 kB each.
const MOST_ON_THEIR_WAY: usize = 128;

/// What becomes of records in the threads.
#[derive(Clone, Copy)]
pub(super) struct Making<'a> {
    pub(super) privacy: &'a Privacy,
    /// `None` if records are not written, but kept for what is made of them.
    pub(super) format: Option<Format>,
}

/// What frames said, and then the bytes that it has become. Each is used again and again.
#[derive(Default)]
pub(super) struct Batch<'a> {
    number: u64,
    pending: Vec<PendingRecord<'a>>,
    origins: Vec<Option<Origin<'a>>>,
    pub(super) bytes: Vec<u8>,
    pub(super) counts: RecordCounts,
}

impl<'a> Batch<'a> {
    /// The records.
    pub(super) fn records(&self) -> impl Iterator<Item = &Record<'a>> {
        self.pending.iter().filter_map(PendingRecord::record)
    }

    fn clear(&mut self) {
        self.pending.clear();
        self.origins.clear();
        self.bytes.clear();
        self.counts = RecordCounts::default();
    }
}

/// The first thread's end of the pipeline.
pub(super) struct Pipeline<'s, 'a> {
    crew: Crew<'s, 'a>,
    writer: Writer<'a>,
    filling: Batch<'a>,
    /// Written, but not handed on yet; in order.
    finished: Vec<Batch<'a>>,
    spare: Vec<Batch<'a>>,
    sent: u64,
    max_on_their_way: usize,
}

/// The other threads, which begin when there is work for them.
struct Crew<'s, 'a> {
    shared: Arc<Shared<'a>>,
    begin: Box<dyn Fn(Arc<Shared<'a>>) -> io::Result<()> + 's>,
    begun: usize,
    most: usize,
}

struct Shared<'a> {
    state: Mutex<State<'a>>,
    /// There is work.
    to_do: Condvar,
    /// The first thread has something to look at.
    done: Condvar,
    /// The number of the batch at which the thread that writes it panics.
    #[cfg(test)]
    panics_at: Option<u64>,
}

struct State<'a> {
    /// For the host stage, in order.
    incoming: VecDeque<Batch<'a>>,
    /// Absent while a thread has it.
    hosts: Option<HostSession<'a>>,
    /// To be written, in any order.
    complete: VecDeque<Batch<'a>>,
    /// Places of all batches on their way, in order. Those that are written are in theirs.
    written: VecDeque<Option<Batch<'a>>>,
    /// The number of the first of them.
    first: u64,
    /// Threads that wait for work.
    idle: usize,
    /// No more batches come, and nobody waits for those that are there.
    is_over: bool,
    /// A thread panicked.
    is_broken: bool,
}

/// What is to be done next.
enum Work<'a> {
    Complete(Batch<'a>, HostSession<'a>),
    Write(Batch<'a>),
}

/// One thread's means to write records.
struct Writer<'a> {
    making: Making<'a>,
    encoder: Option<Encoder>,
}

impl<'s, 'a: 's> Pipeline<'s, 'a> {
    /// A pipeline of so many threads, this one and those that it begins in the scope when they are
    /// needed. They end when this is dropped.
    pub(super) fn new(
        scope: &'s Scope<'s, '_>,
        threads: usize,
        hosts: HostSession<'a>,
        making: Making<'a>,
    ) -> Pipeline<'s, 'a> {
        let begin = move |shared: Arc<Shared<'a>>| {
            let thread = thread::Builder::new().name("records".to_owned());
            thread.spawn_scoped(scope, move || shared.help(&mut Writer::new(making)))?;
            Ok(())
        };
        let shared = Arc::new(Shared::new(hosts));
        Pipeline {
            crew: Crew { shared, begin: Box::new(begin), begun: 0, most: threads - 1 },
            writer: Writer::new(making),
            filling: Batch::default(),
            finished: Vec::new(),
            spare: Vec::new(),
            sent: 0,
            max_on_their_way: (DEPTH * threads).min(MOST_ON_THEIR_WAY),
        }
    }

    /// Takes what the flow stage says of a frame. Works with the others where they do not keep up.
    #[inline]
    pub(super) fn take(
        &mut self,
        flows: &mut FlowSession<'a>,
        frame: &Frame<'_>,
        counters: &mut Counters,
        origin: impl Fn() -> Option<Origin<'a>>,
    ) {
        let Batch { pending, origins, .. } = &mut self.filling;
        flows.take(frame, pending, |skip| counters.skip(skip, frame.link_type));
        if pending.len() > origins.len() {
            origins.resize_with(pending.len(), origin);
            self.send_if_full();
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
            self.work_until(|state, max| state.written.len() < max);
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

    /// All that was taken, written.
    ///
    /// # Errors
    ///
    /// As [`finished`](Pipeline::finished).
    pub(super) fn all(&mut self) -> io::Result<&[Batch<'a>]> {
        if !self.filling.pending.is_empty() {
            self.send();
        }
        self.work_until(|state, _| state.written.is_empty());
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
    fn work_until(&mut self, is_so: impl Fn(&State<'a>, usize) -> bool) {
        let shared = &*self.crew.shared;
        let mut state = shared.lock();
        loop {
            state.hand_out(&mut self.finished);
            if is_so(&state, self.max_on_their_way) || state.is_broken {
                return;
            }
            state = match state.next() {
                Some(work) => {
                    drop(state);
                    shared.work(work, &mut self.writer)
                }
                None => shared.done.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl Drop for Crew<'_, '_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_over = true;
        state.incoming.clear();
        state.complete.clear();
        drop(state);
        self.shared.to_do.notify_all();
    }
}

impl Crew<'_, '_> {
    /// Calls a thread to work: one that waits, or a new one.
    fn call(&mut self) {
        if self.begun < self.most && self.shared.lock().idle == 0 {
            match (self.begin)(Arc::clone(&self.shared)) {
                Ok(()) => self.begun += 1,
                // The system has no more threads; those that there are do the work.
                Err(_) => self.most = self.begun,
            }
        }
        self.shared.to_do.notify_one();
    }
}

impl<'a> State<'a> {
    /// The work that is to be done next. The host stage goes first, as it is one thread's at a time.
    fn next(&mut self) -> Option<Work<'a>> {
        if self.incoming.is_empty() || self.hosts.is_none() {
            return self.complete.pop_front().map(Work::Write);
        }
        let (batch, hosts) = (self.incoming.pop_front()?, self.hosts.take()?);
        Some(Work::Complete(batch, hosts))
    }

    /// Moves the batches that are written, and have none before them that is not, to `finished`.
    fn hand_out(&mut self, finished: &mut Vec<Batch<'a>>) {
        while let Some(Some(_)) = self.written.front() {
            finished.extend(self.written.pop_front().flatten());
            self.first += 1;
        }
    }
}

impl<'a> Shared<'a> {
    fn new(hosts: HostSession<'a>) -> Shared<'a> {
        let state = State {
            incoming: VecDeque::new(),
            hosts: Some(hosts),
            complete: VecDeque::new(),
            written: VecDeque::new(),
            first: 0,
            idle: 0,
            is_over: false,
            is_broken: false,
        };
        Shared {
            state: Mutex::new(state),
            to_do: Condvar::new(),
            done: Condvar::new(),
            #[cfg(test)]
            panics_at: None,
        }
    }

    /// Threads panic at work, when they do not hold the lock: what it guards is whole.
    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until there is nothing more to come.
    fn help(&self, writer: &mut Writer<'a>) {
        let mut state = self.lock();
        loop {
            if state.is_over || state.is_broken {
                return;
            }
            state = match state.next() {
                Some(work) => {
                    drop(state);
                    self.work(work, writer)
                }
                None => {
                    state.idle += 1;
                    let mut state = self.to_do.wait(state).unwrap_or_else(PoisonError::into_inner);
                    state.idle -= 1;
                    state
                }
            };
        }
    }

    /// Does a piece of work, and tells the others.
    fn work(&self, work: Work<'a>, writer: &mut Writer<'a>) -> MutexGuard<'_, State<'a>> {
        // What was worked on is gone after a panic, and nobody uses the rest.
        let result = catch_unwind(AssertUnwindSafe(|| match work {
            Work::Complete(mut batch, mut hosts) => {
                hosts.complete_all(&mut batch.pending);
                Work::Complete(batch, hosts)
            }
            Work::Write(mut batch) => {
                #[cfg(test)]
                assert_ne!(Some(batch.number), self.panics_at, "as the test asks for");
                writer.write(&mut batch);
                Work::Write(batch)
            }
        }));
        let mut state = self.lock();
        match result {
            Ok(Work::Complete(batch, hosts)) => {
                state.hosts = Some(hosts);
                state.complete.push_back(batch);
                self.to_do.notify_one();
            }
            Ok(Work::Write(batch)) => {
                let at = (batch.number - state.first) as usize;
                if let Some(place) = state.written.get_mut(at) {
                    *place = Some(batch);
                }
            }
            Err(_) => {
                state.is_broken = true;
                self.to_do.notify_all();
            }
        }
        self.done.notify_one();
        state
    }
}

impl<'a> Writer<'a> {
    fn new(making: Making<'a>) -> Writer<'a> {
        Writer { making, encoder: making.format.map(Encoder::new) }
    }

    fn write(&mut self, batch: &mut Batch<'a>) {
        let Batch { pending, origins, bytes, counts, .. } = batch;
        for record in pending.iter_mut().filter_map(PendingRecord::record_mut) {
            self.making.privacy.apply(record);
            counts.record(record);
        }
        if let Some(encoder) = &mut self.encoder {
            let all = pending.iter().zip(&*origins);
            let all =
                all.filter_map(|(pending, origin)| Some((pending.record()?, origin.as_ref())));
            encoder.encode_many(all, bytes);
        }
    }
}

#[cfg(test)]
mod tests;
