//! Waiting for committed offsets, which are unstable while a transaction over them is open.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tracing::{info, warn};

use super::positions::names;

/// A wait for committed offsets, told when it gets long.
#[derive(Default)]
pub(super) struct OffsetsWait {
    since: Option<Instant>,
    warned: Option<Instant>,
    suspected: Option<Instant>,
}

impl OffsetsWait {
    /// Transactions of workers that are alive end within this time.
    const PATIENCE: Duration = Duration::from_secs(5);
    /// A long wait is told again after this time.
    const WARN_AGAIN: Duration = Duration::from_secs(30);

    /// Notes an attempt that failed. Returns whether offsets may have been pending for so long that the
    /// worker must suspect its own producer; the patience then begins anew.
    pub(super) fn failed(&mut self, error: &KafkaError, partitions: &TopicPartitionList) -> bool {
        // The client tries again by itself until the time for an attempt is over, and then says only
        // that it is.
        use RDKafkaErrorCode::{OperationTimedOut, UnstableOffsetCommit};
        let now = Instant::now();
        let since = *self.since.get_or_insert(now);
        let is_long = now - since >= Self::PATIENCE;
        if is_long && self.warned.is_none_or(|warned| now - warned >= Self::WARN_AGAIN) {
            self.warned = Some(now);
            let (partitions, seconds) = (names(partitions), (now - since).as_secs());
            warn!(
                %partitions,
                seconds,
                "waiting for the group's committed offsets, pending or not told: {error}"
            );
        }
        let may_be_pending =
            matches!(error.rdkafka_error_code(), Some(OperationTimedOut | UnstableOffsetCommit));
        if !(is_long && may_be_pending)
            || self.suspected.is_some_and(|suspected| now - suspected < Self::PATIENCE)
        {
            return false;
        }
        self.suspected = Some(now);
        true
    }

    pub(super) fn end(&self) {
        if let (Some(_), Some(since)) = (self.warned, self.since) {
            info!(seconds = since.elapsed().as_secs(), "the group's committed offsets are known");
        }
    }
}
