//! Partitions come and go: what was read of them is finished before, and reading begins where it was
//! left.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use tracing::{debug, info};

use super::events::{Change, Source};
use super::failure::Failure;
use super::native::Fetched;
use super::transaction::TRY;
use super::worker::Worker;

impl Worker {
    /// Finishes what is to be finished before partitions change, and lets them change.
    pub(super) fn change(&mut self, source: &Source, fetched: &Fetched<'_>) -> Result<(), Failure> {
        for change in source.context().take_changes() {
            match &change {
                Change::Assigned(added) => {
                    info!(partitions = %names(added), "assigned");
                    self.partitions.add(added);
                    fetched.attach(added);
                    self.has_assignment = true;
                }
                Change::Revoked(gone) => {
                    info!(partitions = %names(gone), lost = source.assignment_lost(), "revoked");
                    self.give_back(source, gone)?;
                    self.partitions.remove(gone);
                    self.has_assignment = self.partitions.len() > 0;
                }
            }
            self.counts.rebalances += 1;
            self.metrics.assigned(&self.partitions.names());
            let change = match change {
                Change::Assigned(added) => Change::Assigned(self.where_left(source, &added)?),
                change => change,
            };
            change
                .confirm(source)
                .map_err(|error| Failure::Client { what: "taking over partitions", error })?;
        }
        Ok(())
    }

    /// Where new partitions were left, asked until it is known.
    ///
    /// librdkafka (2.12.1) would ask by itself. But where a coordinator is not available it asks no
    /// more, and the partitions stand still; and where the group changes meanwhile, or its retries
    /// are used up, it takes "a transaction is still open" for "nothing was ever committed":
    /// everything would come twice.
    fn where_left(
        &mut self,
        source: &Source,
        added: &TopicPartitionList,
    ) -> Result<TopicPartitionList, Failure> {
        const PAUSE: Duration = Duration::from_millis(50);
        while !self.stop.is_asked() && !source.assignment_lost() {
            match self.ask_where_left(source, added) {
                Ok(left) => return Ok(left),
                Err(error) => self.note_not_told(&error),
            }
            self.check()?;
            self.publish();
            thread::sleep(PAUSE);
        }
        // Nothing is to be read any more.
        Ok(TopicPartitionList::new())
    }

    /// What the group has committed; where that is nothing, where to begin.
    fn ask_where_left(
        &self,
        source: &Source,
        added: &TopicPartitionList,
    ) -> KafkaResult<TopicPartitionList> {
        let left = source.committed_offsets(added.clone(), TRY)?;
        for partition in added.elements() {
            let (topic, number) = (partition.topic(), partition.partition());
            let Some(mut told) = left.find_partition(topic, number) else { continue };
            told.error()?;
            if told.offset() == Offset::Invalid {
                told.set_offset(self.duty.begin_at)?;
            }
        }
        Ok(left)
    }

    /// A transaction that is open is waited for; other reasons are told.
    fn note_not_told(&self, error: &KafkaError) {
        use RDKafkaErrorCode::{OperationTimedOut, UnstableOffsetCommit};
        match error.rdkafka_error_code() {
            Some(OperationTimedOut | UnstableOffsetCommit) => {
                debug!("where partitions were left is not told yet: {error}");
            }
            _ => {
                let reason = format!("asking where partitions were left: {error}");
                self.troubles.note("consumer", error, &reason);
            }
        }
    }

    fn give_back(&mut self, source: &Source, gone: &TopicPartitionList) -> Result<(), Failure> {
        if self.is_transactional() {
            return match source.assignment_lost() {
                true => self.abort_but(source, Some(gone)),
                false => self.commit_but(source, Some(gone)),
            };
        }
        self.end_batch(source)?;
        // The group waits for us; what is not delivered by then comes again.
        let deadline = Instant::now() + self.duty.drain;
        self.deliver(source, deadline)?;
        if !source.assignment_lost() {
            self.commit_stored(source);
        }
        Ok(())
    }
}

fn names(list: &TopicPartitionList) -> String {
    let elements = list.elements();
    let names = elements.iter().map(|it| format!("{}/{}", it.topic(), it.partition()));
    names.collect::<Vec<_>>().join(" ")
}
