//! The threads of a pipeline, and the work that they share.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use stackprint::{FlowSession, HostSession};

use super::batch::{Batch, Writer};
use super::flows::{Flows, Taking};

/// The other threads, which begin when there is work for them.
pub(super) struct Crew<'s, 'a> {
    pub(super) shared: Arc<Shared<'a>>,
    pub(super) begin: Box<dyn Fn(Arc<Shared<'a>>) -> io::Result<()> + 's>,
    pub(super) begun: usize,
    pub(super) most: usize,
}

pub(super) struct Shared<'a> {
    state: Mutex<State<'a>>,
    /// There is work.
    pub(super) to_do: Condvar,
    /// The first thread has something to look at.
    pub(super) done: Condvar,
    /// The work at which a thread panics.
    #[cfg(test)]
    pub(super) panics_at: Option<PanicsAt>,
}

/// A piece that a session takes, or a batch that is written, by its number.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PanicsAt {
    Piece(u64),
    Batch(u64),
}

pub(super) struct State<'a> {
    pub(super) flows: Flows<'a>,
    /// For the host stage, in order.
    pub(super) incoming: VecDeque<Batch<'a>>,
    /// Absent while a thread has it.
    hosts: Option<HostSession<'a>>,
    /// To be written, in any order.
    complete: VecDeque<Batch<'a>>,
    /// Places of all batches on their way, in order. Those that are written are in theirs.
    pub(super) written: VecDeque<Option<Batch<'a>>>,
    /// The number of the first of them.
    first: u64,
    /// Threads that wait for work.
    idle: usize,
    /// No more batches come, and nobody waits for those that are there.
    is_over: bool,
    /// A thread panicked.
    pub(super) is_broken: bool,
}

/// What is to be done next.
pub(super) enum Work<'a> {
    Take(Taking<'a>),
    Complete(Batch<'a>, HostSession<'a>),
    Write(Batch<'a>),
}

impl Drop for Crew<'_, '_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_over = true;
        state.flows.clear();
        state.incoming.clear();
        state.complete.clear();
        drop(state);
        self.shared.to_do.notify_all();
    }
}

impl Crew<'_, '_> {
    /// Calls a thread to work: one that waits, or a new one.
    pub(super) fn call(&mut self) {
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
    /// The work that is to be done next by a thread that had this session last. The host stage goes
    /// first, as it is one thread's at a time; then sessions, each of which is, too.
    pub(super) fn next(&mut self, session: Option<usize>) -> Option<Work<'a>> {
        if !self.incoming.is_empty()
            && let Some(hosts) = self.hosts.take()
        {
            let batch = self.incoming.pop_front()?;
            return Some(Work::Complete(batch, hosts));
        }
        match self.flows.next(session) {
            Some(taking) => Some(Work::Take(taking)),
            None => self.complete.pop_front().map(Work::Write),
        }
    }

    /// Moves the batches that are written, and have none before them that is not, to `finished`.
    pub(super) fn hand_out(&mut self, finished: &mut Vec<Batch<'a>>) {
        while let Some(Some(_)) = self.written.front() {
            finished.extend(self.written.pop_front().flatten());
            self.first += 1;
        }
    }
}

impl<'a> Shared<'a> {
    pub(super) fn new(flows: Vec<FlowSession<'a>>, hosts: HostSession<'a>) -> Shared<'a> {
        let state = State {
            flows: Flows::new(flows),
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
    pub(super) fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until there is nothing more to come.
    pub(super) fn help(&self, writer: &mut Writer<'a>) {
        let mut state = self.lock();
        loop {
            if state.is_over || state.is_broken {
                return;
            }
            state = match state.next(writer.session) {
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
    pub(super) fn work(
        &self,
        work: Work<'a>,
        writer: &mut Writer<'a>,
    ) -> MutexGuard<'_, State<'a>> {
        // What was worked on is gone after a panic, and nobody uses the rest.
        let result = catch_unwind(AssertUnwindSafe(|| match work {
            Work::Take(mut taking) => {
                writer.session = Some(taking.number());
                #[cfg(test)]
                assert_ne!(Some(PanicsAt::Piece(taking.piece())), self.panics_at, "as asked for");
                taking.work();
                Work::Take(taking)
            }
            Work::Complete(mut batch, mut hosts) => {
                hosts.complete_all(&mut batch.pending);
                Work::Complete(batch, hosts)
            }
            Work::Write(mut batch) => {
                #[cfg(test)]
                assert_ne!(Some(PanicsAt::Batch(batch.number)), self.panics_at, "as asked for");
                writer.write(&mut batch);
                Work::Write(batch)
            }
        }));
        let mut state = self.lock();
        match result {
            Ok(Work::Take(taking)) => {
                state.flows.put(taking);
                // For the session that is free again.
                self.to_do.notify_one();
            }
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
