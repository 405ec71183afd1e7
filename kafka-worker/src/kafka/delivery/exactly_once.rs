//! Exactly once: records and the offsets that they come from are committed together, or not at
//! all.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaResult;
use rdkafka::producer::Producer as _;
use rdkafka::{Offset, TopicPartitionList};
use tracing::warn;

use super::super::backpressure::Backpressure;
use super::super::offsets::Span;
use super::super::positions::{resume, seek};
use super::super::session::Session;
pub(super) use super::super::verdict::begin;
use super::super::verdict::{StepError, TRY, Verdict, fatal, producer_fatal, verdict};
use crate::kafka_client::events::{Source, Target};
use crate::kafka_client::failure::Failure;

/// The transactions of a worker.
#[derive(Default)]
pub(crate) struct Transactions {
    aborts_in_a_row: u32,
    /// What a signal has interrupted while brokers were slow. The client finishes it, and takes nothing
    /// else before.
    interrupted: Option<End>,
}

/// The end of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Commit,
    Abort,
}

impl Transactions {
    /// Commits the records sent and the offsets that they come from; and where it has to abort
    /// instead, does not go back in partitions that are `gone`.
    pub(super) fn commit(
        &mut self,
        session: &mut Session,
        source: &Source,
        gone: Option<&TopicPartitionList>,
    ) -> Result<(), Failure> {
        if self.interrupted == Some(End::Abort) {
            return self.abort(session, source, gone);
        }
        match self.try_commit(session, source, None) {
            Ok(()) => Ok(()),
            Err(StepError::Abort(reason)) => {
                warn!("transaction aborted: {reason}");
                self.abort(session, source, gone)
            }
            Err(StepError::Failure(failure)) => Err(failure),
            Err(StepError::Late) => Ok(()),
        }
    }

    /// Commits, or aborts if that takes too long: the end of the worker.
    pub(super) fn at_end(
        &mut self,
        session: &mut Session,
        source: &Source,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let outstanding = session.output.offsets.outstanding();
        let ended = match self.interrupted {
            Some(End::Abort) => self.finish_abort(session, source, deadline),
            Some(End::Commit) | None => self.try_commit(session, source, Some(deadline)),
        };
        match ended {
            Ok(()) => Ok(()),
            Err(StepError::Failure(failure)) => Err(failure),
            Err(StepError::Abort(reason)) => {
                warn!("last transaction aborted: {reason}");
                // Nothing is lost: its messages were not committed either.
                let _ = session.output.target.abort_transaction(TRY);
                Ok(())
            }
            Err(StepError::Late) => Err(Failure::Drain { outstanding }),
        }
    }

    /// Finishes an abort. What it gives up is read again by the next worker.
    fn finish_abort(
        &mut self,
        session: &mut Session,
        source: &Source,
        deadline: Instant,
    ) -> Result<(), StepError> {
        step(session, ABORTING, source, Some(deadline), |target| target.abort_transaction(TRY))?;
        session.output.take_in().map_err(StepError::Failure)?;
        self.aborted(session);
        Ok(())
    }

    fn try_commit(
        &mut self,
        session: &mut Session,
        source: &Source,
        deadline: Option<Instant>,
    ) -> Result<(), StepError> {
        if !session.has_batch() {
            return Ok(());
        }
        let began = Instant::now();
        if self.interrupted.is_none() {
            self.send_offsets(session, source, deadline)?;
        }
        let spans = session.output.offsets.open_spans().to_vec();
        let committed = step(session, "committing a transaction", source, deadline, |target| {
            target.commit_transaction(TRY)
        });
        self.interrupted = matches!(committed, Err(StepError::Late)).then_some(End::Commit);
        committed?;
        session.output.take_in().map_err(StepError::Failure)?;
        session.output.offsets.give_up();
        session.partitions.set_committed(&spans);
        session.output.take_must_abort();
        session.counts.commit_seconds.record(began.elapsed());
        session.counts.transactions_committed += 1;
        self.aborts_in_a_row = 0;
        session.output.transaction_ended(true);
        session.end_batch();
        Ok(())
    }

    /// Adds to the transaction where each partition continues after it.
    fn send_offsets(
        &self,
        session: &mut Session,
        source: &Source,
        deadline: Option<Instant>,
    ) -> Result<(), StepError> {
        session.write_hosts(source).map_err(StepError::Failure)?;
        if session.output.take_must_abort() {
            return Err(StepError::Abort("a row was not delivered".to_owned()));
        }
        session.note_rows();
        let spans = session.output.offsets.open_spans().to_vec();
        let offsets = session.partitions.positions(&spans);
        let Some(group) = source.group_metadata() else {
            return Err(StepError::Abort("the group is not known".to_owned()));
        };
        step(session, "sending offsets", source, deadline, |target| {
            target.send_offsets_to_transaction(&offsets, &group, TRY)
        })
    }

    /// Aborts, and goes back to where the transaction began, but not in partitions that are
    /// `gone`.
    pub(super) fn abort(
        &mut self,
        session: &mut Session,
        source: &Source,
        gone: Option<&TopicPartitionList>,
    ) -> Result<(), Failure> {
        if !session.has_batch() {
            return Ok(());
        }
        let spans = session.output.offsets.open_spans().to_vec();
        // Before the abort, which reports the records as purged.
        session.output.offsets.give_up();
        if !abort_transaction(session, source)? {
            self.interrupted = Some(End::Abort);
            return Ok(());
        }
        session.output.take_in()?;
        self.aborted(session);
        self.aborts_in_a_row += 1;
        go_back(session, source, &spans, gone)?;
        self.backoff();
        Ok(())
    }

    /// The open transaction is aborted, and its batch over.
    fn aborted(&mut self, session: &mut Session) {
        self.interrupted = None;
        session.output.take_must_abort();
        session.output.transaction_ended(false);
        session.end_batch();
        session.counts.transactions_aborted += 1;
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
        session: &mut Session,
        source: &Source,
        partitions: &TopicPartitionList,
    ) -> Result<(), Failure> {
        // An open batch does the same by its commit.
        if session.has_batch() {
            return self.commit(session, source, None);
        }
        let Some(group) = source.group_metadata() else { return Ok(()) };
        let mut offsets = TopicPartitionList::with_capacity(partitions.count());
        for partition in partitions.elements() {
            let (topic, number) = (partition.topic(), partition.partition());
            // Any offset will do: none is committed. Fails only for offsets that cannot be written.
            let _ = offsets.add_partition_offset(topic, number, Offset::Offset(0));
        }
        warn!("aborting what brokers may still hold of this worker's transactions");
        begin(&session.output.target)?;
        let sent = step(session, "sending offsets", source, None, |target| {
            target.send_offsets_to_transaction(&offsets, &group, TRY)
        });
        // However it went, nothing of it is to stay.
        if let Err(StepError::Failure(failure)) = sent {
            return Err(failure);
        }
        if abort_transaction(session, source)? {
            session.counts.transactions_aborted += 1;
        }
        Ok(())
    }

    /// Waits longer and longer while transactions fail one after the other.
    fn backoff(&self) {
        const MAX: Duration = Duration::from_secs(2);
        if self.aborts_in_a_row > 1 {
            thread::sleep((Duration::from_millis(50) * self.aborts_in_a_row).min(MAX));
        }
    }
}

/// Aborts the open transaction. Returns false if the worker is to end, and brokers are away.
fn abort_transaction(session: &mut Session, source: &Source) -> Result<bool, Failure> {
    match step(session, ABORTING, source, None, |target| target.abort_transaction(TRY)) {
        Ok(()) => Ok(true),
        Err(StepError::Late) => Ok(false),
        Err(StepError::Failure(failure)) => Err(failure),
        // Nothing may be produced any more; the next worker begins where this one began.
        Err(StepError::Abort(reason)) => Err(Failure::Fatal { what: ABORTING, reason, code: None }),
    }
}

const ABORTING: &str = "aborting a transaction";

/// Tries a step until it works, has to be given up, or it is too late.
fn step(
    session: &mut Session,
    what: &'static str,
    source: &Source,
    deadline: Option<Instant>,
    mut attempt: impl FnMut(&Target) -> KafkaResult<()>,
) -> Result<(), StepError> {
    let mut backpressure = Backpressure::begun();
    let result = loop {
        let error = match attempt(&session.output.target) {
            Ok(()) => break Ok(()),
            Err(error) => error,
        };
        match verdict(&error) {
            Verdict::Fatal => {
                let failure = producer_fatal(&session.output.target);
                break Err(StepError::Failure(failure.unwrap_or_else(|| fatal(what, &error))));
            }
            Verdict::Abort => break Err(StepError::Abort(error.to_string())),
            Verdict::Retry => {}
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break Err(StepError::Late);
        }
        if let Err(failure) = session.output.serve(Duration::from_millis(20)) {
            break Err(StepError::Failure(failure));
        }
        backpressure.keep_alive(source);
        session.counts.is_paused = backpressure.is_paused();
        session.publish();
        if deadline.is_none() && session.stop.is_asked() && backpressure.is_paused() {
            // Brokers are away: the drain has its own deadline.
            break Err(StepError::Late);
        }
    };
    backpressure.end(source);
    session.counts.is_paused = false;
    result
}

/// Reads again from where the transaction began, with nothing remembered of what it saw.
fn go_back(
    session: &mut Session,
    source: &Source,
    spans: &[Span],
    gone: Option<&TopicPartitionList>,
) -> Result<(), Failure> {
    let list = session.partitions.restart(spans, gone);
    let at_end = session.partitions.at_end(&list);
    session.partitions.set_not_at_end(&list);
    if list.count() > 0 && !source.assignment_lost() {
        let failure = |error| Failure::Client { what: "going back after an abort", error };
        seek(source, list).map_err(failure)?;
    }
    session.restore_hosts()?;
    resume(source, &at_end)
}
