//! The worker's loop: messages in, records out, partitions coming and going.

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use stackprint::who::ConnectionRow;

use super::backpressure::Backpressure;
use super::connection_rows::ConnectionRows;
use super::delivery::Delivery;
use super::message::{MessageHandler, RateLimitedLog};
use super::metrics::Counts;
use super::native::{Fetched, FetchedError, Message};
use super::output::Output;
use super::partitions::Partitions;
use super::positions::stay_at;
use super::rebalance::{Membership, Rebalance};
use super::restore::Restorer;
use super::session::{Reports, Session, Signals, WorkerConfig};
use crate::kafka_client::events::{self, Source};
use crate::kafka_client::failure::{CONSUMER, Failure};
use stackprint_worker::packets::PacketDecoder;

/// How long a call waits for messages, unless a batch ends before.
const POLL_WAIT: Duration = Duration::from_millis(50);
/// The most records that are on their way at once.
const MAX_OUTSTANDING: usize = 20_000;
/// Requests from before a change of the group are answered within this time (socket.timeout.ms).
const REQUESTS_AGE: Duration = Duration::from_secs(60);

/// All of a worker but the consumer, from which the messages at hand borrow.
pub(crate) struct Worker {
    session: Session,
    delivery: Delivery,
    membership: Membership,
    decoder: PacketDecoder,
    bad_messages: RateLimitedLog,
    /// How long the next call waits for messages.
    poll_wait: Duration,
    /// When rows of quiet partitions were looked for.
    rows_checked: Instant,
}

impl Worker {
    pub(crate) fn new(
        config: WorkerConfig,
        output: Output,
        partitions: Partitions,
        restorer: Option<Restorer>,
        decoder: PacketDecoder,
        signals: Signals,
        reports: Reports,
    ) -> Worker {
        Worker {
            delivery: Delivery::new(config.delivery),
            session: Session::new(config, output, partitions, restorer, signals, reports),
            membership: Membership::default(),
            decoder,
            bad_messages: RateLimitedLog::default(),
            poll_wait: POLL_WAIT,
            rows_checked: Instant::now(),
        }
    }

    /// What was counted so far.
    pub(crate) fn counts(&self) -> &Counts {
        &self.session.counts
    }

    /// Works until a signal, the end of all partitions, or an error ends it.
    pub(crate) fn run(&mut self, source: &Source) -> Result<(), Failure> {
        let mut fetched = Fetched::new(source);
        while !self.session.stop.is_asked() {
            if self.is_at_end() {
                self.write_last_rows(source)?;
                self.end_batch(source)?;
                // A transaction that was aborted is not the end.
                if self.is_at_end() {
                    break;
                }
            }
            let messages = fetched.take(self.poll_wait);
            // Now, so that none of them is from the future.
            self.session.output.refresh_now();
            for message in messages {
                match message {
                    Ok(message) => self.take(source, message)?,
                    Err(error) => self.note(source, &error)?,
                }
            }
            // Not before: it goes back in partitions whose messages may be in the rest of a batch.
            if self.session.output.take_must_abort() {
                self.delivery.restart_batch(&mut self.session, source)?;
            }
            self.between_batches(source, &fetched)?;
        }
        Ok(())
    }

    fn note(&mut self, source: &Source, error: &FetchedError<'_>) -> Result<(), Failure> {
        let (topic, number) = (error.topic(), error.partition());
        if error.code == RDKafkaErrorCode::PartitionEOF {
            // Fetched before the partition was given back, if it is not found.
            let Some(partition) = self.session.partitions.find(topic, number) else {
                return Ok(());
            };
            partition.is_at_end = true;
            return match error.offset() {
                Some(offset) => stay_at(source, topic, number, offset),
                None => Ok(()),
            };
        }
        let reason = format!("{topic} {number}: {}", error.code);
        self.session.reports.errors.note(
            "consumer",
            &KafkaError::MessageConsumption(error.code),
            &reason,
        );
        Ok(())
    }

    fn is_at_end(&self) -> bool {
        self.session.config.exit_at_end
            && self.membership.has_assignment
            && self.session.partitions.are_at_end()
    }

    /// Does what is due between batches of messages.
    fn between_batches(&mut self, source: &Source, fetched: &Fetched<'_>) -> Result<(), Failure> {
        if let Some(database) = self.session.reload.take() {
            self.session.counts.signatures = Some(database.signatures().count());
            self.session.partitions.set_database(&database);
        }
        if let Some(error) = events::serve(source) {
            fatal(&error)?;
        }
        if source.context().has_change() {
            self.rebalance().change(source, fetched)?;
        }
        self.session.output.serve(Duration::ZERO)?;
        self.write_quiet_rows(source)?;
        let left = self.session.batch_left();
        self.poll_wait = left.map_or(POLL_WAIT, |left| left.min(POLL_WAIT));
        if left.is_some_and(|left| left.is_zero())
            || self.session.output.offsets.open_messages() >= self.session.config.batch_messages
        {
            self.end_batch(source)?;
        }
        self.settle(source);
        if self.session.output.offsets.outstanding() > MAX_OUTSTANDING {
            self.wait_for_room(source)?;
        }
        self.session.check()?;
        if self.session.publish_now_and_then()
            && self.membership.since.is_some_and(|since| since.elapsed() >= REQUESTS_AGE)
        {
            self.membership.since = None;
            self.session.reports.errors.is_member_again();
        }
        Ok(())
    }

    /// Makes records of a message.
    fn take(&mut self, source: &Source, message: Message<'_>) -> Result<(), Failure> {
        let (topic, number) = (message.topic(), message.partition());
        let Some(partition) = self.session.partitions.find(topic, number) else {
            // Fetched before the partition was given back: another worker has it.
            return Ok(());
        };
        let slot = partition.slot;
        if !self.session.has_batch() {
            self.delivery.before_batch(&mut self.session)?;
            self.poll_wait = self.session.config.batch_time.min(POLL_WAIT);
        }
        let Some(partition) = self.session.partitions.find(topic, number) else { return Ok(()) };
        let mut handler = MessageHandler {
            analyzer: &mut partition.analyzer,
            rows: partition.rows.as_mut(),
            hosts: partition.hosts.as_mut(),
            decoder: &mut self.decoder,
            output: &mut self.session.output,
            counts: &mut self.session.counts,
            log: &mut self.bad_messages,
            stop: &self.session.stop,
        };
        handler.handle(source, message);
        self.session.output.take_failure()?;
        self.session.output.offsets.taken(slot, message.offset());
        Ok(())
    }

    /// Writes the rows that end in partitions in which nothing comes.
    fn write_quiet_rows(&mut self, source: &Source) -> Result<(), Failure> {
        /// Rows need not end to the second.
        const EVERY: Duration = Duration::from_secs(1);
        /// If nothing was asked for this long, partitions are not quiet: nobody has listened.
        const BUSY: Duration = Duration::from_secs(5);
        let elapsed = self.rows_checked.elapsed();
        if elapsed < EVERY {
            return Ok(());
        }
        self.rows_checked = Instant::now();
        let is_deaf = elapsed > BUSY || self.session.reports.statistics.are_brokers_down();
        let mut is_any_due = false;
        for (_, rows) in self.session.partitions.rows() {
            if is_deaf {
                rows.not_quiet();
            }
            is_any_due |= rows.quiet_time().is_some();
        }
        self.session.output.refresh_now();
        let now = self.session.output.now_seconds();
        let is_any_idle = self.session.partitions.hosts().any(|(_, it)| it.hosts.is_any_idle(now));
        if is_any_idle && !self.session.has_batch() {
            // It ends with their last rows.
            self.delivery.before_batch(&mut self.session)?;
        }
        if is_any_due {
            self.write_rows(source, |rows, write| {
                if let Some(now) = rows.quiet_time() {
                    rows.advance(now, write);
                }
            })?;
        }
        Ok(())
    }

    /// Writes the rows that are open: nothing more comes.
    fn write_last_rows(&mut self, source: &Source) -> Result<(), Failure> {
        if self.session.partitions.rows().all(|(_, rows)| rows.is_empty()) {
            return Ok(());
        }
        self.write_rows(source, |rows, write| rows.finish(write))
    }

    /// Writes rows of each partition.
    fn write_rows(
        &mut self,
        source: &Source,
        some: impl Fn(&mut ConnectionRows, &mut dyn FnMut(ConnectionRow<'_>)),
    ) -> Result<(), Failure> {
        if !self.session.has_batch() {
            self.delivery.before_batch(&mut self.session)?;
        }
        let Session { partitions, output, stop, .. } = &mut self.session;
        for (_, rows) in partitions.rows() {
            let time = rows.now();
            some(rows, &mut |row| output.connection(&row, time, source, stop));
        }
        output.take_failure()
    }

    /// Lets records be delivered until there is room for more.
    fn wait_for_room(&mut self, source: &Source) -> Result<(), Failure> {
        let mut backpressure = Backpressure::default();
        let result = self.wait(source, &mut backpressure, |worker| {
            worker.session.output.offsets.outstanding() <= MAX_OUTSTANDING / 2
                || worker.session.stop.is_asked()
        });
        backpressure.end(source);
        self.session.counts.is_paused = false;
        result
    }

    fn wait(
        &mut self,
        source: &Source,
        backpressure: &mut Backpressure,
        is_over: impl Fn(&Worker) -> bool,
    ) -> Result<(), Failure> {
        const STEP: Duration = Duration::from_millis(5);
        while !is_over(self) && !source.context().has_change() {
            self.session.output.serve(STEP)?;
            self.settle(source);
            if self.session.output.take_must_abort() {
                return self.delivery.restart_batch(&mut self.session, source);
            }
            backpressure.keep_alive(source);
            self.session.counts.is_paused = backpressure.is_paused();
            self.session.check()?;
            self.session.publish_now_and_then();
        }
        Ok(())
    }

    /// Gives up what was read and not committed, and all partitions.
    pub(crate) fn forget_partitions(&mut self, source: &Source) -> Result<(), Failure> {
        self.rebalance().forget_partitions(source)
    }

    /// Finishes what was read.
    pub(crate) fn drain(&mut self, source: &Source) -> Result<(), Failure> {
        let deadline = Instant::now() + self.session.config.drain;
        let result = self.delivery.at_end(&mut self.session, source, deadline);
        self.session.publish();
        result
    }

    fn rebalance(&mut self) -> Rebalance<'_> {
        let Worker { session, delivery, membership, .. } = self;
        Rebalance { session, delivery, membership }
    }

    fn end_batch(&mut self, source: &Source) -> Result<(), Failure> {
        if self.session.has_batch() {
            self.write_rows(source, |rows, write| rows.end_old(write))?;
        }
        // A row was refused where no message is taken.
        if self.session.output.take_must_abort() {
            return self.delivery.restart_batch(&mut self.session, source);
        }
        self.delivery.after_batch(&mut self.session, source)
    }

    fn settle(&mut self, source: &Source) {
        self.delivery.settle(&mut self.session, source);
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
