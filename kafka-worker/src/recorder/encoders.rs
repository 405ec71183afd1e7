//! Records written as text on several threads, and handed back in the order in which they came.
//!
//! What a packet says depends on the hosts and flows that were seen before it, so frames are
//! analyzed by one thread, in order. How a record is written depends on the record alone: batches
//! of them go to the threads in turn, and come back in turn.

use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use stackprint::{Origin, Record};

use crate::args::Format;
use crate::sink::Encoder;

/// Enough that handing a batch over costs next to nothing for each record, and few enough that
/// they stay in a core's cache.
const BATCH_RECORDS: usize = 256;
/// More batches of each thread are not on their way: the one that it works on, one that waits,
/// and one that is done.
const DEPTH: usize = 3;

/// Records, and then the bytes that they have become. Each is used again and again.
#[derive(Default)]
pub(super) struct Batch<'a> {
    records: Vec<(Record<'a>, Option<Origin<'a>>)>,
    pub(super) bytes: Vec<u8>,
}

/// The threads.
pub(super) struct Encoders<'a> {
    queues: Vec<Queue<'a>>,
    filling: Batch<'a>,
    /// Written, but not handed on yet; in order.
    finished: Vec<Batch<'a>>,
    spare: Vec<Batch<'a>>,
    sent: usize,
    received: usize,
}

struct Queue<'a> {
    to: SyncSender<Batch<'a>>,
    from: Receiver<Batch<'a>>,
}

impl<'a> Encoders<'a> {
    /// Begins `count` threads, one at least; they end when this is dropped.
    pub(super) fn start<'s>(scope: &'s Scope<'s, '_>, count: usize, format: Format) -> Encoders<'a>
    where
        'a: 's,
    {
        let queue = |_| {
            let (to, records) = sync_channel::<Batch<'a>>(DEPTH);
            let (bytes, from) = sync_channel(DEPTH);
            scope.spawn(move || {
                let mut encoder = Encoder::new(format);
                for mut batch in records {
                    encoder.encode_many(batch.records.drain(..), &mut batch.bytes);
                    if bytes.send(batch).is_err() {
                        break;
                    }
                }
            });
            Queue { to, from }
        };
        Encoders {
            queues: (0..count.max(1)).map(queue).collect(),
            filling: Batch::default(),
            finished: Vec::new(),
            spare: Vec::new(),
            sent: 0,
            received: 0,
        }
    }

    /// Takes a record to be written. Waits where the threads do not keep up.
    pub(super) fn take(&mut self, record: Record<'a>, origin: Option<Origin<'a>>) {
        self.filling.records.push((record, origin));
        if self.filling.records.len() >= BATCH_RECORDS {
            self.send();
        }
    }

    /// Batches that are done, and follow on those handed out before.
    pub(super) fn finished(&mut self) -> impl Iterator<Item = &[u8]> {
        while self.received < self.sent && self.receive(false) {}
        self.finished.iter().map(|batch| batch.bytes.as_slice())
    }

    /// All that was taken, written.
    pub(super) fn all(&mut self) -> impl Iterator<Item = &[u8]> {
        if !self.filling.records.is_empty() {
            self.send();
        }
        while self.received < self.sent {
            self.receive(true);
        }
        self.finished()
    }

    /// What was handed out has been handed on.
    pub(super) fn recycle(&mut self) {
        for mut batch in self.finished.drain(..) {
            batch.bytes.clear();
            self.spare.push(batch);
        }
    }

    fn send(&mut self) {
        if self.sent - self.received == DEPTH * self.queues.len() {
            self.receive(true);
        }
        let empty = self.spare.pop().unwrap_or_default();
        let batch = mem::replace(&mut self.filling, empty);
        let turn = self.sent % self.queues.len();
        // Only a thread that panicked does not take it, and its panic ends the scope.
        if let Some(queue) = self.queues.get(turn) {
            let _ = queue.to.send(batch);
        }
        self.sent += 1;
    }

    /// Takes back the next batch, and says whether it was there.
    fn receive(&mut self, wait: bool) -> bool {
        let turn = self.received % self.queues.len();
        let Some(queue) = self.queues.get(turn) else { return false };
        let batch = if wait { queue.from.recv().ok() } else { queue.from.try_recv().ok() };
        let was_there = batch.is_some();
        // A thread that panicked gives nothing back; do not wait for it again.
        self.received += usize::from(was_there || wait);
        self.finished.extend(batch);
        was_there
    }
}
