//! Waiting for brokers without losing the partitions.
//!
//! A consumer that does not ask for messages for `max.poll.interval.ms` loses its partitions. So a
//! worker that waits long enough pauses them, and keeps polling.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer as _;
use tracing::{info, warn};

use crate::kafka_client::events::{self, Source};

/// Shorter waits need no pause.
const PAUSE_AFTER: Duration = Duration::from_secs(2);

/// A wait for brokers; ends when it is dropped, by [`end`](Backpressure::end) before.
#[derive(Default)]
pub(crate) struct Backpressure {
    since: Option<Instant>,
    paused: Option<TopicPartitionList>,
}

impl Backpressure {
    /// A wait that has begun, whose first attempt may take long.
    pub(crate) fn begun() -> Backpressure {
        Backpressure { since: Some(Instant::now()), paused: None }
    }

    /// To be called again and again while the worker waits.
    pub(crate) fn keep_alive(&mut self, source: &Source) {
        let since = *self.since.get_or_insert_with(Instant::now);
        if self.paused.is_none() && since.elapsed() >= PAUSE_AFTER {
            self.pause(source);
        }
        if self.paused.is_some() {
            events::serve(source);
        }
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    fn pause(&mut self, source: &Source) {
        let Ok(owned) = source.assignment() else { return };
        match source.pause(&owned) {
            Ok(()) => {
                info!(
                    partitions = owned.count(),
                    "producer queue full or brokers slow; consumer paused"
                );
                self.paused = Some(owned);
            }
            Err(error) => warn!("pausing: {error}"),
        }
    }

    /// The wait is over.
    pub(crate) fn end(&mut self, source: &Source) {
        let Some(paused) = self.paused.take() else { return };
        self.since = None;
        match source.resume(&paused) {
            Ok(()) => info!("consumer resumed"),
            Err(error) => warn!("resuming: {error}"),
        }
    }
}
