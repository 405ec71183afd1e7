//! Partitions come and go: what was read of them is finished before, and reading begins at the
//! committed offsets.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use tracing::{debug, info};

use super::delivery::Delivery;
use super::native::Fetched;
use super::offsets_wait::OffsetsWait;
use super::positions::{names, resume};
use super::session::Session;
use super::verdict::TRY;
use crate::kafka_client::events::{Change, Source};
use crate::kafka_client::failure::Failure;

/// The member of the group that a worker is.
#[derive(Default)]
pub(super) struct Membership {
    /// Whether partitions were handed out, and not taken back since.
    pub(super) has_assignment: bool,
    /// When partitions were handed out last, until the group counts as joined for good.
    pub(super) since: Option<Instant>,
}

/// What a change of partitions is about.
pub(super) struct Rebalance<'w> {
    pub(super) session: &'w mut Session,
    pub(super) delivery: &'w mut Delivery,
    pub(super) membership: &'w mut Membership,
}

impl Rebalance<'_> {
    /// Finishes what is to be finished before partitions change, and lets them change.
    pub(super) fn change(&mut self, source: &Source, fetched: &Fetched<'_>) -> Result<(), Failure> {
        for change in source.context().take_changes() {
            match &change {
                Change::Assigned(added) => {
                    info!(partitions = %names(added), "assigned");
                    self.session.partitions.add(added);
                    fetched.attach(added);
                    self.membership.has_assignment = true;
                    self.membership.since = Some(Instant::now());
                }
                Change::Revoked(gone) => {
                    info!(partitions = %names(gone), lost = source.assignment_lost(), "revoked");
                    self.delivery.on_revoke(self.session, source, gone)?;
                    // The client remembers what is paused for the next time that it owns it.
                    resume(source, &self.session.partitions.at_end(gone))?;
                    self.session.partitions.remove(gone);
                    self.membership.has_assignment = self.session.partitions.len() > 0;
                }
            }
            self.session.counts.rebalances += 1;
            self.session.reports.metrics.assigned(&self.session.partitions.names());
            let change = match change {
                Change::Assigned(added) => {
                    Change::Assigned(self.committed_positions(source, &added)?)
                }
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
    fn committed_positions(
        &mut self,
        source: &Source,
        added: &TopicPartitionList,
    ) -> Result<TopicPartitionList, Failure> {
        const PAUSE: Duration = Duration::from_millis(50);
        let mut wait = OffsetsWait::default();
        while !self.session.stop.is_asked() && !source.assignment_lost() {
            match self.ask_committed(source, added) {
                Ok(left) => {
                    wait.end();
                    self.session.partitions.begin_rows(&left);
                    self.session.restore_hosts()?;
                    self.report_lag(source, &left);
                    return Ok(left);
                }
                Err(error) => {
                    self.log_fetch_error(&error);
                    if wait.failed(&error, added) {
                        self.delivery.end_pending_offsets(self.session, source, added)?;
                    }
                }
            }
            self.session.check()?;
            self.session.publish();
            thread::sleep(PAUSE);
        }
        // Nothing is to be read any more.
        Ok(TopicPartitionList::new())
    }

    /// What the group has committed; where that is nothing, where to begin.
    fn ask_committed(
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
                told.set_offset(self.session.config.begin_at)?;
            }
        }
        Ok(left)
    }

    /// What lies before us in new partitions: statistics tell it only later.
    fn report_lag(&self, source: &Source, left: &TopicPartitionList) {
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
            self.session.reports.statistics.lag_at_first(topic, number, lag);
        }
    }

    /// A transaction that is open, and a slow broker, are waited for ([`OffsetsWait`]); other reasons
    /// are told at once.
    fn log_fetch_error(&self, error: &KafkaError) {
        use RDKafkaErrorCode::{OperationTimedOut, UnstableOffsetCommit};
        match error.rdkafka_error_code() {
            Some(OperationTimedOut | UnstableOffsetCommit) => {
                debug!("committed offsets are not known yet: {error}");
            }
            _ => {
                let reason = format!("asking where partitions were left: {error}");
                self.session.reports.errors.note("consumer", error, &reason);
            }
        }
    }

    /// Gives up what was read and not committed, and all partitions: their consumer is of no use any
    /// more.
    pub(super) fn forget_partitions(&mut self, source: &Source) -> Result<(), Failure> {
        let all = source.assignment().unwrap_or_default();
        self.delivery.give_up(self.session, source, &all)?;
        self.session.output.offsets.give_up();
        self.session.end_batch();
        self.session.partitions.clear();
        self.membership.has_assignment = false;
        self.session.reports.metrics.assigned(&[]);
        Ok(())
    }
}
