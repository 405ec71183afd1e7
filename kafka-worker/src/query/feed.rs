//! From the packet loop to the host view: batches, through a queue that never keeps packets
//! waiting where they come from the network.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc as std_mpsc;

use stackprint::{Database, Record};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::batch::Batch;

/// Sightings in a batch: a block of packets of the kernel's ring has about as many.
const BATCH_SIGHTINGS: usize = 1024;
/// Batches that wait; they take 8 MiB.
const QUEUE_BATCHES: usize = 128;

/// What the packet loop tells.
pub(super) enum News {
    Sightings(Batch),
    /// Labels of what follows are those of another database.
    Database(Arc<Database>),
    /// Somebody waits until everything before this has been taken in.
    Reached(std_mpsc::Sender<()>),
}

/// What becomes of sightings for which the queue has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenFull {
    /// They are dropped and counted: the network does not wait.
    Drop,
    /// They are waited with: a file can wait.
    Wait,
}

/// The packet loop's end of the queue.
pub(crate) struct HostFeed {
    gathered: Batch,
    queue: Sender<News>,
    /// Batches that come back empty.
    spare: std_mpsc::Receiver<Batch>,
    when_full: WhenFull,
    dropped: Arc<AtomicU64>,
}

/// The host view's end of the queue.
pub(super) struct NewsOfHosts {
    pub(super) queue: Receiver<News>,
    /// Where batches go when they are empty.
    pub(super) spare: std_mpsc::Sender<Batch>,
    /// How many sightings were dropped.
    pub(super) dropped: Arc<AtomicU64>,
}

/// Both ends of a queue.
pub(super) fn feed(when_full: WhenFull) -> (HostFeed, NewsOfHosts) {
    let (queue, news) = channel(QUEUE_BATCHES);
    let (to_spare, spare) = std_mpsc::channel();
    let dropped = Arc::new(AtomicU64::new(0));
    let of_feed = Arc::clone(&dropped);
    let feed = HostFeed { gathered: Batch::default(), queue, spare, when_full, dropped: of_feed };
    (feed, NewsOfHosts { queue: news, spare: to_spare, dropped })
}

impl HostFeed {
    /// Notes what a record says of hosts.
    #[inline]
    pub(crate) fn take(&mut self, record: &Record<'_>) {
        if self.gathered.sightings.len() >= BATCH_SIGHTINGS {
            self.hand_over();
        }
        self.gathered.push(record);
    }

    /// Hands on what has been noted.
    pub(crate) fn hand_over(&mut self) {
        if self.gathered.sightings.is_empty() {
            return;
        }
        let empty = self.spare.try_recv();
        let empty = empty.unwrap_or_else(|_| Batch::with_capacity(BATCH_SIGHTINGS));
        let batch = std::mem::replace(&mut self.gathered, empty);
        self.send(News::Sightings(batch));
    }

    /// Goes on with another database.
    pub(crate) fn set_database(&mut self, database: &Arc<Database>) {
        self.hand_over();
        // Never dropped: labels would be taken for others.
        let _ = self.queue.blocking_send(News::Database(Arc::clone(database)));
    }

    /// Hands on everything, and waits until queries are answered from it.
    pub(crate) fn settle(&mut self) {
        self.hand_over();
        let (reached, is_reached) = std_mpsc::channel();
        // Where the other end is gone, nobody answers.
        if self.queue.blocking_send(News::Reached(reached)).is_ok() {
            let _ = is_reached.recv();
        }
    }

    fn send(&mut self, news: News) {
        // The other end is gone only when the program ends.
        match self.when_full {
            WhenFull::Wait => {
                let _ = self.queue.blocking_send(news);
            }
            WhenFull::Drop => {
                if let Err(TrySendError::Full(News::Sightings(mut batch))) =
                    self.queue.try_send(news)
                {
                    self.dropped.fetch_add(batch.sightings.len() as u64, Ordering::Relaxed);
                    batch.clear();
                    self.gathered = batch;
                }
            }
        }
    }
}
