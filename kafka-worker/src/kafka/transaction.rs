//! Exactly once: records and the offsets that they come from are committed together, or not at
//! all.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::Producer as _;
use rdkafka::{Offset, TopicPartitionList};
use tracing::warn;

use super::events::{Source, Target};
use super::failure::Failure;
use super::offsets::Span;
use super::rebalance::{go_on, seek};
use super::stall::Stall;
use super::worker::{Worker, producer_fatal};

/// As long one try of a step takes before the group is told that we live.
pub(super) const TRY: Duration = Duration::from_secs(2);

pub(crate) fn begin(target: &Target) -> Result<(), Failure> {
    target.begin_transaction().map_err(|error| fatal("beginning a transaction", &error))
}

/// What is to be done after an error.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Retry,
    Abort,
    Fatal,
}

fn verdict(error: &KafkaError) -> Verdict {
    match error {
        KafkaError::Transaction(error) if error.is_fatal() => Verdict::Fatal,
        KafkaError::Transaction(error) if error.txn_requires_abort() => Verdict::Abort,
        KafkaError::Transaction(error) if error.is_retriable() => Verdict::Retry,
        KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut) => Verdict::Retry,
        KafkaError::Flush(_) => Verdict::Abort,
        _ => Verdict::Fatal,
    }
}

fn fatal(what: &'static str, error: &KafkaError) -> Failure {
    Failure::Fatal { what, reason: error.to_string(), code: error.rdkafka_error_code() }
}

/// Why a step did not work.
enum Undone {
    /// The transaction has to be aborted.
    Abort(String),
    Failure(Failure),
    /// Out of time.
    Late,
}

impl Worker {
    /// Commits the records sent and the offsets that they come from.
    pub(super) fn commit(&mut self, source: &Source) -> Result<(), Failure> {
        self.commit_but(source, None)
    }

    /// Commits; and where it has to abort instead, does not go back in partitions that are `gone`.
    pub(super) fn commit_but(
        &mut self,
        source: &Source,
        gone: Option<&TopicPartitionList>,
    ) -> Result<(), Failure> {
        match self.try_commit(source, None) {
            Ok(()) => Ok(()),
            Err(Undone::Abort(reason)) => {
                warn!("the transaction is aborted: {reason}");
                self.abort_but(source, gone)
            }
            Err(Undone::Failure(failure)) => Err(failure),
            Err(Undone::Late) => Ok(()),
        }
    }

    /// Commits, or aborts if that takes too long: the end of the worker.
    pub(super) fn finish(&mut self, source: &Source, deadline: Instant) -> Result<(), Failure> {
        let outstanding = self.output.offsets.outstanding();
        match self.try_commit(source, Some(deadline)) {
            Ok(()) => Ok(()),
            Err(Undone::Failure(failure)) => Err(failure),
            Err(Undone::Abort(reason)) => {
                warn!("the last transaction is aborted: {reason}");
                // Nothing is lost: its messages were not committed either.
                let _ = self.output.target.abort_transaction(TRY);
                Ok(())
            }
            Err(Undone::Late) => Err(Failure::Drain { outstanding }),
        }
    }

    fn try_commit(&mut self, source: &Source, deadline: Option<Instant>) -> Result<(), Undone> {
        if self.batch_began.is_none() {
            return Ok(());
        }
        let began = Instant::now();
        let offsets = self.offsets();
        let Some(group) = source.group_metadata() else {
            return Err(Undone::Abort("the group is not known".to_owned()));
        };
        self.step("sending offsets", source, deadline, |target| {
            target.send_offsets_to_transaction(&offsets, &group, TRY)
        })?;
        self.step("committing a transaction", source, deadline, |target| {
            target.commit_transaction(TRY)
        })?;
        self.output.take_in().map_err(Undone::Failure)?;
        self.output.offsets.give_up();
        self.output.take_must_abort();
        self.counts.commit_seconds.record(began.elapsed());
        self.counts.transactions_committed += 1;
        self.aborts_in_a_row = 0;
        self.output.transaction_ended(true);
        self.batch_ended();
        Ok(())
    }

    /// Where each partition goes on after the transaction.
    fn offsets(&self) -> TopicPartitionList {
        self.list(self.output.offsets.open_spans(), |span| span.next)
    }

    fn list(&self, spans: &[Span], offset: impl Fn(&Span) -> i64) -> TopicPartitionList {
        let mut list = TopicPartitionList::with_capacity(spans.len());
        for span in spans {
            if let Some(partition) = self.partitions.by_slot(span.slot) {
                let offset = Offset::Offset(offset(span));
                // Fails only for offsets that cannot be written as such.
                let _ = list.add_partition_offset(&partition.topic, partition.number, offset);
            }
        }
        list
    }

    /// Tries a step until it works, has to be given up, or it is too late.
    fn step(
        &mut self,
        what: &'static str,
        source: &Source,
        deadline: Option<Instant>,
        mut attempt: impl FnMut(&Target) -> KafkaResult<()>,
    ) -> Result<(), Undone> {
        let mut stall = Stall::begun();
        let result = loop {
            let error = match attempt(&self.output.target) {
                Ok(()) => break Ok(()),
                Err(error) => error,
            };
            match verdict(&error) {
                Verdict::Fatal => {
                    let failure = producer_fatal(&self.output);
                    break Err(Undone::Failure(failure.unwrap_or_else(|| fatal(what, &error))));
                }
                Verdict::Abort => break Err(Undone::Abort(error.to_string())),
                Verdict::Retry => {}
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                break Err(Undone::Late);
            }
            if let Err(failure) = self.output.serve(Duration::from_millis(20)) {
                break Err(Undone::Failure(failure));
            }
            stall.keep_alive(source);
            self.counts.is_paused = stall.is_paused();
            self.publish();
            if deadline.is_none() && self.stop.is_asked() && stall.is_paused() {
                // Brokers are away: the drain has its own deadline.
                break Err(Undone::Late);
            }
        };
        stall.end(source);
        self.counts.is_paused = false;
        result
    }

    /// Aborts, and goes back to where the transaction began.
    pub(super) fn abort(&mut self, source: &Source) -> Result<(), Failure> {
        self.abort_but(source, None)
    }

    /// Aborts, and goes back to where the transaction began, but not in partitions that are
    /// `gone`.
    pub(super) fn abort_but(
        &mut self,
        source: &Source,
        gone: Option<&TopicPartitionList>,
    ) -> Result<(), Failure> {
        if self.batch_began.is_none() {
            return Ok(());
        }
        let spans = self.output.offsets.open_spans().to_vec();
        // Before the abort, which reports the records as purged.
        self.output.offsets.give_up();
        let aborted = self
            .step("aborting a transaction", source, None, |target| target.abort_transaction(TRY));
        match aborted {
            Ok(()) => {}
            Err(Undone::Failure(failure)) => return Err(failure),
            // Nothing may be produced any more; who comes next begins where this began.
            Err(Undone::Abort(reason)) => {
                return Err(Failure::Fatal { what: "aborting a transaction", reason, code: None });
            }
            Err(Undone::Late) => return Ok(()),
        }
        self.output.take_in()?;
        self.output.take_must_abort();
        self.output.transaction_ended(false);
        self.batch_ended();
        self.counts.transactions_aborted += 1;
        self.aborts_in_a_row += 1;
        self.go_back(source, &spans, gone)?;
        self.calm_down();
        Ok(())
    }

    /// Ends what brokers hold pending of this worker's own producer.
    ///
    /// A request to add offsets to a transaction that a stalled broker finds in its socket only after
    /// the transaction's end opens another one, of which the client knows nothing; and a broker that
    /// loses its leadership meanwhile may answer an end before it has written its marker. Until
    /// `transaction.timeout.ms` the group's offsets are then unstable, and after it the producer is
    /// fenced. A transaction of the same producer over the same group, aborted, ends both. Offsets that
    /// are pending of other producers stay as they are.
    pub(super) fn end_pending_offsets(
        &mut self,
        source: &Source,
        partitions: &TopicPartitionList,
    ) -> Result<(), Failure> {
        // An open batch does the same by its commit.
        if self.batch_began.is_some() {
            return self.commit(source);
        }
        let Some(group) = source.group_metadata() else { return Ok(()) };
        let mut offsets = TopicPartitionList::with_capacity(partitions.count());
        for partition in partitions.elements() {
            let (topic, number) = (partition.topic(), partition.partition());
            // Any offset will do: none is committed. Fails only for offsets that cannot be written.
            let _ = offsets.add_partition_offset(topic, number, Offset::Offset(0));
        }
        warn!("aborting what brokers may still hold of this worker's transactions");
        begin(&self.output.target)?;
        let sent = self.step("sending offsets", source, None, |target| {
            target.send_offsets_to_transaction(&offsets, &group, TRY)
        });
        // However it went, nothing of it is to stay.
        if let Err(Undone::Failure(failure)) = sent {
            return Err(failure);
        }
        let aborted = self
            .step("aborting a transaction", source, None, |target| target.abort_transaction(TRY));
        match aborted {
            Ok(()) => {}
            Err(Undone::Failure(failure)) => return Err(failure),
            Err(Undone::Abort(reason)) => {
                return Err(Failure::Fatal { what: "aborting a transaction", reason, code: None });
            }
            // The worker ends.
            Err(Undone::Late) => return Ok(()),
        }
        self.counts.transactions_aborted += 1;
        Ok(())
    }

    /// Reads again from where the transaction began, with nothing remembered of what it saw.
    fn go_back(
        &mut self,
        source: &Source,
        spans: &[Span],
        gone: Option<&TopicPartitionList>,
    ) -> Result<(), Failure> {
        let is_gone = |span: &Span| {
            let partition = self.partitions.by_slot(span.slot);
            let found = partition.zip(gone).and_then(|(partition, gone)| {
                gone.find_partition(&partition.topic, partition.number)
            });
            found.is_some()
        };
        let kept: Vec<Span> = spans.iter().filter(|span| !is_gone(span)).copied().collect();
        let list = self.list(&kept, |span| span.first);
        let at_end = self.partitions.at_end(&list);
        kept.iter().for_each(|span| self.partitions.restart(span.slot));
        if list.count() > 0 && !source.assignment_lost() {
            let failure = |error| Failure::Client { what: "going back after an abort", error };
            seek(source, list).map_err(failure)?;
        }
        go_on(source, &at_end)
    }

    /// Waits longer and longer, where one transaction after the other fails.
    fn calm_down(&self) {
        const MAX: Duration = Duration::from_secs(2);
        if self.aborts_in_a_row > 1 {
            thread::sleep((Duration::from_millis(50) * self.aborts_in_a_row).min(MAX));
        }
    }
}
