//! What librdkafka tells: changes of partitions, deliveries, errors, statistics, logs.
//!
//! Callbacks run inside `poll`, on the worker's thread. They only note what happened: the worker
//! reads the notes once `poll` has returned, where it has all its state at hand.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, DeliveryResult, ProducerContext};
use rdkafka::statistics::Statistics;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use tracing::{debug, error, info, warn};

use super::statistics::ClientStatistics;

/// The consuming end.
pub(crate) type Source = BaseConsumer<ConsumerEvents>;
/// The producing end.
pub(crate) type Target = BaseProducer<ProducerEvents>;

/// Lets the consumer tell what is no message, such as changes of the group.
pub(crate) fn serve(source: &Source) -> Option<KafkaError> {
    match source.poll(Duration::ZERO)? {
        Err(error) => Some(error),
        Ok(message) => {
            // Messages come by a queue of their own; one that comes here must come again there.
            let offset = Offset::Offset(message.offset());
            let (topic, partition) = (message.topic(), message.partition());
            if let Err(error) = source.seek(topic, partition, offset, Duration::from_secs(1)) {
                warn!(topic, partition, "going back to a message: {error}");
            }
            None
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Errors of both ends.
#[derive(Debug)]
pub(crate) struct ClientErrors {
    statistics: Arc<ClientStatistics>,
    noted: Mutex<Noted>,
}

/// An error after which a client is of no use.
#[derive(Debug, Clone)]
pub(crate) struct FatalError {
    /// "consumer" or "producer".
    pub(crate) end: &'static str,
    pub(crate) code: RDKafkaErrorCode,
    pub(crate) reason: String,
}

#[derive(Debug, Default)]
struct Noted {
    /// The first error that waiting does not help.
    fatal: Option<FatalError>,
    /// The reason heard last, for a message at the start.
    last: Option<String>,
    /// When each kind of error was told last, by its code.
    told: HashMap<i32, Instant>,
    /// The group gave us up for dead: brokers were away, or did not answer.
    session_timed_out: bool,
}

impl ClientErrors {
    /// The time after which the same error is told again.
    const SAY_AGAIN: Duration = Duration::from_secs(30);

    pub(crate) fn new(statistics: Arc<ClientStatistics>) -> ClientErrors {
        ClientErrors { statistics, noted: Mutex::default() }
    }

    pub(crate) fn note(&self, end: &'static str, error: &KafkaError, reason: &str) {
        let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
        if code == RDKafkaErrorCode::PartitionEOF {
            return;
        }
        if code == RDKafkaErrorCode::AllBrokersDown {
            if self.statistics.note_brokers_down() {
                warn!(end, "no broker is connected; trying again until one is");
            }
            return;
        }
        let mut noted = lock(&self.noted);
        if is_fatal(code) {
            noted.fatal.get_or_insert_with(|| FatalError { end, code, reason: reason.to_owned() });
        }
        noted.last = Some(reason.to_owned());
        let now = Instant::now();
        let is_news =
            noted.told.get(&(code as i32)).is_none_or(|&told| now - told >= Self::SAY_AGAIN);
        if is_news {
            noted.told.insert(code as i32, now);
            warn!(end, %code, "{reason}");
        }
    }

    /// What ends the worker, if there is such a thing.
    pub(crate) fn fatal(&self) -> Option<FatalError> {
        lock(&self.noted).fatal.clone()
    }

    /// Begins anew with another consumer. Says whether the last one was fenced because it had been away
    /// for longer than its session: its own name then stands for a member that brokers no longer know,
    /// and what it had asked of them before bears the old one.
    pub(crate) fn forgive_fence(&self) -> bool {
        let mut noted = lock(&self.noted);
        let was_away = std::mem::take(&mut noted.session_timed_out);
        if was_away {
            noted.fatal = None;
        }
        was_away
    }

    /// The group has let the consumer in again, and kept it for as long as old requests may take.
    pub(crate) fn is_member_again(&self) {
        lock(&self.noted).session_timed_out = false;
    }

    fn session_timed_out(&self) {
        lock(&self.noted).session_timed_out = true;
    }

    pub(crate) fn last(&self) -> Option<String> {
        lock(&self.noted).last.clone()
    }
}

/// Whether waiting does not help.
fn is_fatal(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::Fatal
            | Code::Authentication
            | Code::SSL
            | Code::SaslAuthenticationFailed
            | Code::UnsupportedSASLMechanism
            | Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
            | Code::FencedInstanceId
            | Code::ProducerFenced
    )
}

fn log(level: RDKafkaLogLevel, facility: &str, text: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            error!(target: "librdkafka", facility, "{text}");
        }
        // Errors come as events, too, and are said from there: each once.
        RDKafkaLogLevel::Error if facility == "FAIL" || facility == "ERROR" => {
            debug!(target: "librdkafka", facility, "{text}");
        }
        RDKafkaLogLevel::Error => error!(target: "librdkafka", facility, "{text}"),
        RDKafkaLogLevel::Warning => warn!(target: "librdkafka", facility, "{text}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
            info!(target: "librdkafka", facility, "{text}");
        }
        RDKafkaLogLevel::Debug => debug!(target: "librdkafka", facility, "{text}"),
    }
}

/// A change of the partitions that are owned.
#[derive(Debug)]
pub(crate) enum Change {
    Assigned(TopicPartitionList),
    Revoked(TopicPartitionList),
}

/// Notes of the consumer.
pub(crate) struct ConsumerEvents {
    errors: Arc<ClientErrors>,
    has_change: AtomicBool,
    changes: Mutex<Vec<Change>>,
    /// Whether no worker reads the notes: not yet, or not any more.
    detached: AtomicBool,
}

impl ConsumerEvents {
    pub(crate) fn new(errors: Arc<ClientErrors>) -> ConsumerEvents {
        ConsumerEvents {
            errors,
            has_change: AtomicBool::new(false),
            changes: Mutex::default(),
            detached: AtomicBool::new(true),
        }
    }

    /// Lets the worker read the notes from now on.
    pub(crate) fn attach_worker(&self) {
        self.detached.store(false, Ordering::Relaxed);
    }

    /// Confirms changes without the worker from now on.
    pub(crate) fn detach_worker(&self) {
        self.detached.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_change(&self) -> bool {
        self.has_change.load(Ordering::Relaxed)
    }

    pub(crate) fn take_changes(&self) -> Vec<Change> {
        self.has_change.store(false, Ordering::Relaxed);
        std::mem::take(&mut *lock(&self.changes))
    }
}

impl ClientContext for ConsumerEvents {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        // Told in no other way before the fence that may follow.
        if facility == "SESSTMOUT" {
            self.errors.session_timed_out();
        }
        log(level, facility, text);
    }

    fn stats(&self, statistics: Statistics) {
        self.errors.statistics.consumer_statistics(&statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.errors.note("consumer", &error, reason);
    }
}

impl ConsumerContext for ConsumerEvents {
    /// The change takes effect when the worker says so to the consumer, until when the group
    /// waits: so what is to be finished before can be.
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        error: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let change = match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                Change::Assigned(partitions.clone())
            }
            _ => Change::Revoked(partitions.clone()),
        };
        if self.detached.load(Ordering::Relaxed) {
            // Nothing is left to be finished. That a closing consumer minds is of no use.
            let _ = change.confirm(consumer);
            return;
        }
        lock(&self.changes).push(change);
        self.has_change.store(true, Ordering::Relaxed);
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        match result.as_ref().map_err(KafkaError::rdkafka_error_code) {
            Ok(()) | Err(Some(RDKafkaErrorCode::NoOffset)) => {}
            // Committed again with the next ones.
            Err(_) => warn!(?result, "offsets were not committed"),
        }
    }
}

impl Change {
    /// Lets the change take effect.
    pub(crate) fn confirm(&self, consumer: &Source) -> KafkaResult<()> {
        let is_incremental =
            matches!(consumer.rebalance_protocol(), RebalanceProtocol::Cooperative);
        match self {
            Change::Assigned(added) if is_incremental => consumer.incremental_assign(added),
            Change::Assigned(all) => consumer.assign(all),
            Change::Revoked(gone) if is_incremental => consumer.incremental_unassign(gone),
            Change::Revoked(_) => consumer.unassign(),
        }
    }
}

/// What became of records.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    /// Opaque values of delivered records, runs of equal ones counted.
    pub(crate) done: Vec<(usize, usize)>,
    pub(crate) failed: Vec<FailedDelivery>,
}

#[derive(Debug)]
pub(crate) struct FailedDelivery {
    pub(crate) opaque: usize,
    pub(crate) error: KafkaError,
}

/// Notes of the producer.
pub(crate) struct ProducerEvents {
    errors: Arc<ClientErrors>,
    deliveries: Mutex<Deliveries>,
}

impl ProducerEvents {
    pub(crate) fn new(errors: Arc<ClientErrors>) -> ProducerEvents {
        ProducerEvents { errors, deliveries: Mutex::default() }
    }

    pub(crate) fn deliveries(&self) -> MutexGuard<'_, Deliveries> {
        lock(&self.deliveries)
    }
}

impl ClientContext for ProducerEvents {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        log(level, facility, text);
    }

    fn stats(&self, statistics: Statistics) {
        self.errors.statistics.producer_statistics(&statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.errors.note("producer", &error, reason);
    }
}

impl ProducerContext for ProducerEvents {
    /// A number, so that a record on its way costs no memory of ours.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, opaque: usize) {
        let mut deliveries = lock(&self.deliveries);
        match result {
            Ok(_) => match deliveries.done.last_mut() {
                Some((last, count)) if *last == opaque => *count += 1,
                _ => deliveries.done.push((opaque, 1)),
            },
            Err((error, _)) => {
                let error = error.clone();
                deliveries.failed.push(FailedDelivery { opaque, error });
            }
        }
    }
}
