//! The state of a worker that its delivery and its rebalances share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Offset;

use super::args::DeliveryKind;
use super::host_rows::RowWriter;
use super::metrics::{Counts, WorkerMetrics};
use super::output::Output;
use super::partitions::Partitions;
use super::restore::Restorer;
use super::verdict::producer_fatal;
use crate::kafka_client::events::{ClientErrors, FatalError, Source};
use crate::kafka_client::failure::{CONSUMER, Failure, PRODUCER};
use crate::kafka_client::statistics::ClientStatistics;
use crate::reload::Reload;
use crate::stop::Stop;

/// How often numbers are handed to the metrics.
const PUBLISH_EVERY: Duration = Duration::from_millis(250);

/// How a worker is to work.
pub(crate) struct WorkerConfig {
    pub(crate) delivery: DeliveryKind,
    pub(crate) batch_messages: usize,
    pub(crate) batch_time: Duration,
    pub(crate) drain: Duration,
    pub(crate) exit_at_end: bool,
    /// Where to begin in partitions of which the group has committed nothing.
    pub(crate) begin_at: Offset,
}

/// What people tell a worker while it runs.
#[derive(Clone)]
pub(crate) struct Signals {
    pub(crate) stop: Stop,
    pub(crate) reload: Reload,
}

/// What others read of a worker, and what clients tell it.
pub(crate) struct Reports {
    pub(crate) metrics: Arc<WorkerMetrics>,
    pub(crate) errors: Arc<ClientErrors>,
    pub(crate) statistics: Arc<ClientStatistics>,
}

/// Partitions, output and counts.
pub(super) struct Session {
    pub(super) config: WorkerConfig,
    pub(super) output: Output,
    pub(super) partitions: Partitions,
    /// Set if rows of hosts are written.
    restorer: Option<Restorer>,
    pub(super) counts: Counts,
    pub(super) stop: Stop,
    pub(super) reload: Reload,
    pub(super) reports: Reports,
    /// When the first message of the open batch came.
    batch_began: Option<Instant>,
    published: Instant,
}

impl Session {
    pub(super) fn new(
        config: WorkerConfig,
        output: Output,
        partitions: Partitions,
        restorer: Option<Restorer>,
        Signals { stop, reload }: Signals,
        reports: Reports,
    ) -> Session {
        Session {
            config,
            output,
            partitions,
            restorer,
            counts: Counts::default(),
            stop,
            reload,
            reports,
            batch_began: None,
            published: Instant::now(),
        }
    }

    pub(super) fn has_batch(&self) -> bool {
        self.batch_began.is_some()
    }

    pub(super) fn begin_batch(&mut self) {
        self.batch_began = Some(Instant::now());
    }

    /// Returns how long the open batch may still last.
    pub(super) fn batch_left(&self) -> Option<Duration> {
        self.batch_began.map(|began| self.config.batch_time.saturating_sub(began.elapsed()))
    }

    /// Closes the open batch, if there is one.
    pub(super) fn end_batch(&mut self) {
        if let Some(began) = self.batch_began.take() {
            self.counts.batch_seconds.record(began.elapsed());
        }
    }

    /// Writes the rows of hosts that the open batch has changed, before it ends.
    pub(super) fn write_hosts(&mut self, source: &Source) -> Result<(), Failure> {
        let Session { partitions, output, stop, .. } = self;
        for (partition, rows) in partitions.hosts() {
            rows.write(&mut RowWriter { output, source, stop, partition });
        }
        output.take_failure()
    }

    /// Reads back the hosts of partitions that are new, or that begin again.
    pub(super) fn restore_hosts(&mut self) -> Result<(), Failure> {
        let Some(restorer) = &self.restorer else { return Ok(()) };
        restorer.restore(self.partitions.hosts(), &self.stop)
    }

    /// The open batch is about to end: where its partitions are read on because of open rows.
    pub(super) fn note_rows(&mut self) {
        for (slot, rows) in self.partitions.rows() {
            if let Some(left) = rows.resume() {
                self.output.offsets.leaves(slot, left);
            }
        }
    }

    /// Fails once a client has reported an error that ends the work.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let Some(FatalError { end, code, reason }) = self.reports.errors.fatal() else {
            return Ok(());
        };
        if end == "producer"
            && let Some(failure) = producer_fatal(&self.output.target)
        {
            return Err(failure);
        }
        let what = if end == "producer" { PRODUCER } else { CONSUMER };
        Err(Failure::Fatal { what, reason: format!("{code}: {reason}"), code: Some(code) })
    }

    /// Hands the counts to the metrics.
    pub(super) fn publish(&mut self) {
        self.published = Instant::now();
        let output = self.output.counts;
        self.counts.records_delivered = output.delivered;
        self.counts.delivery_errors = output.errors;
        self.counts.dead_letters = output.dead_letters;
        self.counts.dead_letters_cut = output.dead_letters_cut;
        self.counts.outstanding = self.output.offsets.outstanding();
        self.counts.partitions = self.partitions.len();
        (self.counts.reloads, self.counts.reloads_refused) = self.reload.counts();
        self.reports.metrics.publish(&self.counts);
    }

    /// Hands the counts to the metrics if it is time again. Returns whether it was.
    pub(super) fn publish_now_and_then(&mut self) -> bool {
        let is_time = self.published.elapsed() >= PUBLISH_EVERY;
        if is_time {
            self.publish();
        }
        is_time
    }
}
