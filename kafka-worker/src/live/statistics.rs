//! What is told every so many seconds.

use std::time::{Duration, Instant};

/// When statistics are to be told.
pub(super) struct Statistics {
    interval: Duration,
    next: Instant,
}

impl Statistics {
    pub(super) fn new(seconds: u64) -> Statistics {
        let interval = Duration::from_secs(seconds);
        Statistics { interval, next: Instant::now() + interval }
    }

    pub(super) fn until_next(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    pub(super) fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = now >= self.next;
        if is_due {
            self.next = now + self.interval;
        }
        is_due
    }
}
