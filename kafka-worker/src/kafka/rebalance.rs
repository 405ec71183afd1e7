//! Partitions come and go: what was read of them is finished before, and reading begins where it was
//! left.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};
use tracing::{debug, info, warn};

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
                    self.member_since = Some(Instant::now());
                }
                Change::Revoked(gone) => {
                    info!(partitions = %names(gone), lost = source.assignment_lost(), "revoked");
                    self.give_back(source, gone)?;
                    // The client remembers what is paused for the next time that it owns it.
                    go_on(source, &self.partitions.at_end(gone))?;
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
        let mut wait = OffsetsWait::default();
        while !self.stop.is_asked() && !source.assignment_lost() {
            match self.ask_where_left(source, added) {
                Ok(left) => {
                    wait.end();
                    self.tell_lag(source, &left);
                    return Ok(left);
                }
                Err(error) => {
                    self.note_not_told(&error);
                    if wait.failed(&error, added) && self.is_transactional() {
                        self.end_pending_offsets(source, added)?;
                    }
                }
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

    /// What lies before us in new partitions: statistics tell it only later.
    fn tell_lag(&self, source: &Source, left: &TopicPartitionList) {
        /// In all; what is not known by then is told later.
        const PATIENCE: Duration = Duration::from_secs(2);
        let deadline = Instant::now() + PATIENCE;
        for partition in left.elements() {
            let wait = deadline.saturating_duration_since(Instant::now());
            let (topic, number) = (partition.topic(), partition.partition());
            if wait.is_zero() {
                return;
            }
            let Ok((low, high)) = source.fetch_watermarks(topic, number, wait) else { return };
            let lag = match partition.offset() {
                Offset::Offset(next) => high - next.clamp(low, high),
                Offset::End => 0,
                _ => high - low,
            };
            self.metrics.lag_at_first(topic, number, lag);
        }
    }

    /// A transaction that is open, and a slow broker, are waited for ([`OffsetsWait`]); other reasons
    /// are told at once.
    fn note_not_told(&self, error: &KafkaError) {
        use RDKafkaErrorCode::{OperationTimedOut, UnstableOffsetCommit};
        match error.rdkafka_error_code() {
            Some(OperationTimedOut | UnstableOffsetCommit) => {
                debug!("committed offsets are not known yet: {error}");
            }
            _ => {
                let reason = format!("asking where partitions were left: {error}");
                self.troubles.note("consumer", error, &reason);
            }
        }
    }

    /// Gives up what was read and not committed, and all partitions: their consumer is of no use any
    /// more.
    pub(crate) fn forget_partitions(&mut self, source: &Source) -> Result<(), Failure> {
        let all = source.assignment().unwrap_or_default();
        if self.is_transactional() {
            self.abort_but(source, Some(&all))?;
        }
        self.output.offsets.give_up();
        self.batch_ended();
        self.partitions.clear();
        self.has_assignment = false;
        self.metrics.assigned(&[]);
        Ok(())
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

/// A wait for committed offsets, told when it gets long.
#[derive(Default)]
struct OffsetsWait {
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
    fn failed(&mut self, error: &KafkaError, partitions: &TopicPartitionList) -> bool {
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

    fn end(&self) {
        if let (Some(_), Some(since)) = (self.warned, self.since) {
            info!(seconds = since.elapsed().as_secs(), "the group's committed offsets are known");
        }
    }
}

/// Reads a partition no more, whose end was told.
///
/// librdkafka (2.12.1) takes the event of a partition's end for a message, and would go on after it
/// where it pauses partitions, as it also does by itself while a group changes: an offset that does not
/// exist, for which it begins anew. So it is told where it stands. Paused, or the end would be told
/// again, and taken for a message again.
pub(super) fn stay_at(
    source: &Source,
    topic: &str,
    number: i32,
    offset: i64,
) -> Result<(), Failure> {
    let failure = |error| Failure::Client { what: "staying at the end of a partition", error };
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, number, Offset::Offset(offset)).map_err(failure)?;
    source.pause(&list).map_err(failure)?;
    seek(source, list).map_err(failure)
}

/// Reads paused partitions again, from where they are.
pub(super) fn go_on(source: &Source, list: &TopicPartitionList) -> Result<(), Failure> {
    if list.count() == 0 {
        return Ok(());
    }
    source.resume(list).map_err(|error| Failure::Client { what: "reading on", error })
}

/// The next messages are those of these offsets.
pub(super) fn seek(source: &Source, list: TopicPartitionList) -> KafkaResult<()> {
    /// The client, which does not ask brokers for this, takes as long.
    const WAIT: Duration = Duration::from_secs(30);
    let list = source.seek_partitions(list, WAIT)?;
    list.elements().iter().try_for_each(TopicPartitionListElem::error)
}

fn names(list: &TopicPartitionList) -> String {
    let elements = list.elements();
    let names = elements.iter().map(|it| format!("{}/{}", it.topic(), it.partition()));
    names.collect::<Vec<_>>().join(" ")
}
