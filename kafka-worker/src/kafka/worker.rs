//! The worker's loop: messages in, records out, partitions coming and going.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer as _;

use super::args::Delivery;
use super::events::{self, Ending, Source, Troubles};
use super::failure::{CONSUMER, Failure, PRODUCER};
use super::message;
use super::metrics::{Counts, Metrics};
use super::native::{Fetched, FetchedError, Message};
use super::output::Output;
use super::partitions::Partitions;
use super::rebalance;
use super::stall::Stall;
use crate::packets::PacketDecoder;
use crate::reload::Reload;
use crate::stop::Stop;

/// As long a call waits for messages, unless a batch ends before.
const POLL_WAIT: Duration = Duration::from_millis(50);
/// More records are not on their way at once.
const MAX_OUTSTANDING: usize = 20_000;
/// As often numbers are handed to the metrics.
const PUBLISH_EVERY: Duration = Duration::from_millis(250);

/// Requests from before a change of the group are answered within as long (socket.timeout.ms).
const REQUESTS_AGE: Duration = Duration::from_secs(60);

/// What a worker is to do.
pub(crate) struct Duty {
    pub(crate) delivery: Delivery,
    pub(crate) batch_messages: usize,
    pub(crate) batch_time: Duration,
    pub(crate) drain: Duration,
    pub(crate) exit_at_end: bool,
    /// Where to begin in partitions of which the group has committed nothing.
    pub(crate) begin_at: Offset,
}

/// What people tell a worker while it runs.
pub(crate) struct Signals {
    pub(crate) stop: Stop,
    pub(crate) reload: Reload,
}

/// All of a worker but the consumer, from which the messages at hand borrow.
pub(crate) struct Worker {
    pub(super) duty: Duty,
    pub(super) output: Output,
    pub(super) partitions: Partitions,
    pub(super) counts: Counts,
    pub(super) stop: Stop,
    decoder: PacketDecoder,
    reload: Reload,
    pub(super) metrics: Arc<Metrics>,
    pub(super) troubles: Arc<Troubles>,
    bad_messages: message::Complaints,
    /// When the first message of the open batch came.
    pub(super) batch_began: Option<Instant>,
    /// Whether partitions were handed out, and not taken back since.
    pub(super) has_assignment: bool,
    /// When partitions were handed out last, until the group counts as joined for good.
    pub(super) member_since: Option<Instant>,
    /// As long the next call waits for messages.
    poll_wait: Duration,
    published: Instant,
    /// Transactions that failed, one after the other.
    pub(super) aborts_in_a_row: u32,
}

impl Worker {
    pub(crate) fn new(
        duty: Duty,
        output: Output,
        partitions: Partitions,
        decoder: PacketDecoder,
        Signals { stop, reload }: Signals,
        metrics: Arc<Metrics>,
        troubles: Arc<Troubles>,
    ) -> Worker {
        Worker {
            duty,
            output,
            partitions,
            counts: Counts::default(),
            stop,
            decoder,
            reload,
            metrics,
            troubles,
            bad_messages: message::Complaints::default(),
            batch_began: None,
            has_assignment: false,
            member_since: None,
            poll_wait: POLL_WAIT,
            published: Instant::now(),
            aborts_in_a_row: 0,
        }
    }

    /// What was counted so far.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(super) fn is_transactional(&self) -> bool {
        self.duty.delivery == Delivery::ExactlyOnce
    }

    /// Works until a signal, the end of all partitions, or an error ends it.
    pub(crate) fn run(&mut self, source: &Source) -> Result<(), Failure> {
        let mut fetched = Fetched::new(source);
        while !self.stop.is_asked() {
            if self.is_at_end() {
                self.end_batch(source)?;
                // A transaction that was aborted is not the end.
                if self.is_at_end() {
                    break;
                }
            }
            let messages = fetched.take(self.poll_wait);
            // Now, so that none of them is from the future.
            self.output.look_at_the_clock();
            for message in messages {
                match message {
                    Ok(message) => self.take(source, message)?,
                    Err(error) => self.note(source, &error)?,
                }
            }
            // Not before: it goes back in partitions whose messages may be in the rest of a batch.
            if self.output.take_must_abort() {
                self.abort(source)?;
            }
            self.turn(source, &fetched)?;
        }
        Ok(())
    }

    fn note(&mut self, source: &Source, error: &FetchedError<'_>) -> Result<(), Failure> {
        let (topic, number) = (error.topic(), error.partition());
        if error.code == RDKafkaErrorCode::PartitionEOF {
            // Fetched before the partition was given back, if it is not found.
            let Some(partition) = self.partitions.find(topic, number) else { return Ok(()) };
            partition.is_at_end = true;
            return match error.offset() {
                Some(offset) => rebalance::stay_at(source, topic, number, offset),
                None => Ok(()),
            };
        }
        let reason = format!("{topic} {number}: {}", error.code);
        self.troubles.note("consumer", &KafkaError::MessageConsumption(error.code), &reason);
        Ok(())
    }

    fn is_at_end(&self) -> bool {
        self.duty.exit_at_end && self.has_assignment && self.partitions.are_at_end()
    }

    /// What is to be done between batches of messages.
    fn turn(&mut self, source: &Source, fetched: &Fetched<'_>) -> Result<(), Failure> {
        if let Some(database) = self.reload.take() {
            self.counts.signatures = Some(database.signatures().count());
            self.partitions.set_database(&database);
        }
        if let Some(error) = events::serve(source) {
            fatal(&error)?;
        }
        if source.context().has_change() {
            self.change(source, fetched)?;
        }
        self.output.serve(Duration::ZERO)?;
        let left =
            self.batch_began.map(|began| self.duty.batch_time.saturating_sub(began.elapsed()));
        self.poll_wait = left.map_or(POLL_WAIT, |left| left.min(POLL_WAIT));
        if left.is_some_and(|left| left.is_zero())
            || self.output.offsets.open_messages() >= self.duty.batch_messages
        {
            self.end_batch(source)?;
        }
        self.settle(source);
        if self.output.offsets.outstanding() > MAX_OUTSTANDING {
            self.wait_for_room(source)?;
        }
        self.check()?;
        if self.published.elapsed() >= PUBLISH_EVERY {
            self.publish();
            if self.member_since.is_some_and(|since| since.elapsed() >= REQUESTS_AGE) {
                self.member_since = None;
                self.troubles.is_member_again();
            }
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<(), Failure> {
        let Some(Ending { end, code, reason }) = self.troubles.ending() else { return Ok(()) };
        if end == "producer"
            && let Some(failure) = producer_fatal(&self.output)
        {
            return Err(failure);
        }
        let what = if end == "producer" { PRODUCER } else { CONSUMER };
        Err(Failure::Fatal { what, reason: format!("{code}: {reason}"), code: Some(code) })
    }

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
        self.metrics.publish(&self.counts);
    }

    /// Makes records of a message.
    fn take(&mut self, source: &Source, message: Message<'_>) -> Result<(), Failure> {
        let (topic, number) = (message.topic(), message.partition());
        let Some(partition) = self.partitions.find(topic, number) else {
            // Fetched before the partition was given back: another worker has it.
            return Ok(());
        };
        let slot = partition.slot;
        if self.batch_began.is_none() {
            if self.duty.delivery == Delivery::ExactlyOnce {
                super::transaction::begin(&self.output.target)?;
            }
            self.batch_began = Some(Instant::now());
            self.poll_wait = self.duty.batch_time.min(POLL_WAIT);
        }
        let mut taking = message::Taking {
            analyzer: &mut partition.analyzer,
            decoder: &mut self.decoder,
            output: &mut self.output,
            counts: &mut self.counts,
            complaints: &mut self.bad_messages,
            stop: &self.stop,
        };
        taking.take(source, message);
        self.output.take_failure()?;
        self.output.offsets.taken(slot, message.offset());
        Ok(())
    }

    pub(super) fn end_batch(&mut self, source: &Source) -> Result<(), Failure> {
        if self.is_transactional() {
            return self.commit(source);
        }
        self.batch_ended();
        self.output.offsets.close();
        Ok(())
    }

    pub(super) fn batch_ended(&mut self) {
        if let Some(began) = self.batch_began.take() {
            self.counts.batch_seconds.record(began.elapsed());
        }
    }

    /// Lets records be delivered until there is room for more.
    fn wait_for_room(&mut self, source: &Source) -> Result<(), Failure> {
        let mut stall = Stall::default();
        let result = self.wait(source, &mut stall, |worker| {
            worker.output.offsets.outstanding() <= MAX_OUTSTANDING / 2 || worker.stop.is_asked()
        });
        stall.end(source);
        self.counts.is_paused = false;
        result
    }

    fn wait(
        &mut self,
        source: &Source,
        stall: &mut Stall,
        is_over: impl Fn(&Worker) -> bool,
    ) -> Result<(), Failure> {
        const STEP: Duration = Duration::from_millis(5);
        while !is_over(self) && !source.context().has_change() {
            self.output.serve(STEP)?;
            self.settle(source);
            if self.output.take_must_abort() {
                return self.abort(source);
            }
            stall.keep_alive(source);
            self.counts.is_paused = stall.is_paused();
            self.check()?;
            if self.published.elapsed() >= PUBLISH_EVERY {
                self.publish();
            }
        }
        Ok(())
    }

    /// Finishes what was read.
    pub(crate) fn drain(&mut self, source: &Source) -> Result<(), Failure> {
        let deadline = Instant::now() + self.duty.drain;
        let result = if self.is_transactional() {
            self.finish(source, deadline)
        } else {
            self.end_batch(source)?;
            self.deliver(source, deadline)?;
            match self.output.offsets.outstanding() {
                0 => {
                    self.commit_stored(source);
                    Ok(())
                }
                // Brokers that take no records commit nothing either.
                outstanding => Err(Failure::Drain { outstanding }),
            }
        };
        self.publish();
        result
    }
}

/// Errors of the consumer are noted elsewhere, but for those after which it is of no use.
fn fatal(error: &KafkaError) -> Result<(), Failure> {
    match error {
        KafkaError::MessageConsumptionFatal(code) => {
            Err(Failure::Fatal { what: CONSUMER, reason: code.to_string(), code: Some(*code) })
        }
        _ => Ok(()),
    }
}

/// Whether the producer is of no use any more.
pub(super) fn producer_fatal(output: &Output) -> Option<Failure> {
    let (code, reason) = output.target.client().fatal_error()?;
    Some(Failure::Fatal { what: PRODUCER, reason: format!("{code}: {reason}"), code: Some(code) })
}
