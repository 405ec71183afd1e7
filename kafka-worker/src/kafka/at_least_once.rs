//! At least once: the offsets of messages are committed once their records were delivered.

use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use tracing::warn;

use super::events::Source;
use super::failure::Failure;
use super::worker::Worker;

impl Worker {
    /// Stores offsets up to which all is delivered; the client commits them every second.
    pub(super) fn settle(&mut self, source: &Source) {
        if self.is_transactional() {
            return;
        }
        let mut list = TopicPartitionList::new();
        let partitions = &self.partitions;
        self.output.offsets.settled(|span| {
            // A partition that was given back is another worker's.
            if let Some(partition) = partitions.by_slot(span.slot) {
                let offset = Offset::Offset(span.next);
                let (topic, number) = (&partition.topic, partition.number);
                // Later batches come later, and their offsets are higher.
                if list.set_partition_offset(topic, number, offset).is_err() {
                    let _ = list.add_partition_offset(topic, number, offset);
                }
            }
        });
        if list.count() > 0
            && let Err(error) = source.store_offsets(&list)
        {
            // Another worker begins at the offset before, and nothing is lost.
            warn!("offsets were not stored: {error}");
        }
    }

    /// Waits until all records are delivered, or it is too late.
    pub(super) fn deliver(&mut self, source: &Source, deadline: Instant) -> Result<(), Failure> {
        const STEP: Duration = Duration::from_millis(5);
        // Do not wait for records that would gladly wait for company.
        while self.output.offsets.outstanding() > 0 && Instant::now() < deadline {
            self.output.serve(STEP)?;
        }
        self.settle(source);
        Ok(())
    }

    pub(super) fn commit_stored(&mut self, source: &Source) {
        let began = Instant::now();
        match source.commit_consumer_state(CommitMode::Sync) {
            Ok(()) => self.counts.commit_seconds.record(began.elapsed()),
            Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => {}
            // What was not committed comes again.
            Err(error) => warn!("offsets were not committed: {error}"),
        }
    }
}
