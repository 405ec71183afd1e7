//! The host view as queries see it, on the thread of the services.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

use super::feed::{News, NewsOfHosts};
use super::host_view::{Host, HostView};

/// What all services share of hosts.
pub(super) struct Hosts {
    view: RefCell<HostView>,
    /// How long a packet may be on its way from the network to the view.
    lag: Duration,
    dropped: Arc<AtomicU64>,
    pub(super) counts: QueryCounts,
}

/// Queries by what became of them.
#[derive(Debug, Default)]
pub(super) struct QueryCounts {
    pub(super) found: Cell<u64>,
    pub(super) unknown: Cell<u64>,
    pub(super) bad: Cell<u64>,
}

impl Hosts {
    pub(super) fn new(view: HostView, lag: Duration, dropped: Arc<AtomicU64>) -> Hosts {
        Hosts { view: RefCell::new(view), lag, dropped, counts: QueryCounts::default() }
    }

    /// Takes in what the packet loop tells, until that ends.
    pub(super) async fn follow(&self, mut news: NewsOfHosts) {
        while let Some(told) = news.queue.recv().await {
            match told {
                News::Sightings(mut batch) => {
                    self.view.borrow_mut().take(&batch);
                    batch.clear();
                    // The other end is gone only at the end.
                    let _ = news.spare.send(batch);
                }
                News::Reached(waiting) => {
                    // Whoever waited may have gone.
                    let _ = waiting.send(());
                }
                News::Database(database) => self.view.borrow_mut().set_database(&database),
            }
            // Queries come between batches.
            yield_now().await;
        }
    }

    /// Waits, but not for long, where the packet that names a host may be on its way: clients ask of
    /// a peer as soon as it has connected.
    pub(super) async fn wait_for(&self, ip: IpAddr) {
        const STEPS: u32 = 3;
        for _ in 0..STEPS {
            if self.lag.is_zero() || self.view.borrow().get(ip).is_some() {
                return;
            }
            sleep(self.lag / STEPS).await;
        }
    }

    /// Calls `tell` with what is known of a host.
    pub(super) fn with<T>(&self, ip: IpAddr, tell: impl FnOnce(Option<&Host>) -> T) -> T {
        tell(self.view.borrow().get(ip))
    }

    /// The addresses that were seen last, the newest first.
    pub(super) fn newest(&self, limit: usize) -> Vec<IpAddr> {
        self.view.borrow().newest_first().take(limit).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.view.borrow().len()
    }

    pub(super) fn evicted(&self) -> u64 {
        self.view.borrow().evicted()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
