//! A limit of packets a second.

use std::time::{Duration, Instant};

/// Says when the next packet may go.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    /// When the packet at hand may go.
    due: Instant,
}

impl Pace {
    /// A sender that fell behind catches up with at most as much time at once.
    const MAX_BEHIND: Duration = Duration::from_millis(100);

    pub(super) fn new(packets_per_second: u32) -> Pace {
        let interval = Duration::from_secs(1) / packets_per_second.max(1);
        Pace { interval, due: Instant::now() }
    }

    /// There is another packet.
    pub(super) fn next(&mut self) {
        let earliest = Instant::now().checked_sub(Self::MAX_BEHIND);
        self.due = earliest.map_or(self.due, |earliest| self.due.max(earliest)) + self.interval;
    }

    /// How much too early it is for the packet at hand.
    pub(super) fn early(&self) -> Option<Duration> {
        self.due.checked_duration_since(Instant::now()).filter(|early| !early.is_zero())
    }
}
