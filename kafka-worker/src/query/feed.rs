//! From the packet loop to the host view: batches, through a queue that never keeps packets
//! waiting where they come from the network.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use stackprint::{Database, Record};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::sighting::Sighting;

/// Sightings in a batch: a block of packets of the kernel's ring has about as many.
const BATCH_SIGHTINGS: usize = 1024;
/// Batches that wait. With 80 bytes a sighting they take 20 MiB.
const QUEUE_BATCHES: usize = 256;

/// What the packet loop tells.
pub(super) enum News {
    Sightings(Vec<Sighting>),
    /// Labels of what follows are those of another database.
    Database(Arc<Database>),
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
    gathered: Vec<Sighting>,
    queue: Sender<News>,
    when_full: WhenFull,
    dropped: Arc<AtomicU64>,
}

/// A feed, the other end of its queue, and the number of sightings that were dropped.
pub(super) fn feed(when_full: WhenFull) -> (HostFeed, Receiver<News>, Arc<AtomicU64>) {
    let (queue, news) = channel(QUEUE_BATCHES);
    let dropped = Arc::new(AtomicU64::new(0));
    let of_feed = Arc::clone(&dropped);
    (HostFeed { gathered: Vec::new(), queue, when_full, dropped: of_feed }, news, dropped)
}

impl HostFeed {
    /// Notes what a record says of hosts.
    #[inline]
    pub(crate) fn take(&mut self, record: &Record<'_>) {
        if self.gathered.len() >= BATCH_SIGHTINGS {
            self.hand_over();
        }
        self.gathered.push(Sighting::of(record));
    }

    /// Hands on what has been noted.
    pub(crate) fn hand_over(&mut self) {
        if self.gathered.is_empty() {
            return;
        }
        let batch = std::mem::replace(&mut self.gathered, Vec::with_capacity(BATCH_SIGHTINGS));
        self.send(News::Sightings(batch));
    }

    /// Goes on with another database.
    pub(crate) fn set_database(&mut self, database: &Arc<Database>) {
        self.hand_over();
        // Never dropped: labels would be taken for others.
        let _ = self.queue.blocking_send(News::Database(Arc::clone(database)));
    }

    fn send(&mut self, news: News) {
        // The other end is gone only when the program ends.
        match self.when_full {
            WhenFull::Wait => {
                let _ = self.queue.blocking_send(news);
            }
            WhenFull::Drop => {
                if let Err(TrySendError::Full(News::Sightings(batch))) = self.queue.try_send(news) {
                    self.dropped.fetch_add(batch.len() as u64, Ordering::Relaxed);
                }
            }
        }
    }
}
