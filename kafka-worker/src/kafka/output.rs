//! Records and dead letters on their way to the brokers.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use stackprint::who::{ConnectionRow, HostRow};
use stackprint::{Origin, Record, Side, Timestamp};
use tracing::warn;

use super::args::{DeliveryKind, KafkaArgs, RecordFormat, RecordTime};
use super::backpressure::Backpressure;
use super::dead_letter::{self, Reason};
use super::native::{Headers, Message, NewRecord, RecordTopic};
use super::offsets::{Offsets, Ticket};
use super::refusal::{MAX_REFUSALS, is_forbidden, is_refused, is_size};
use crate::args::{Format, Privacy};
use crate::kafka_client::events::{Source, Target};
use crate::kafka_client::failure::Failure;
use crate::kafka_client::timestamp;
use crate::sink::Encoder;
use crate::stop::Stop;

/// Timeout of one attempt to put a record into the client's queue.
const QUEUE_WAIT: Duration = Duration::from_millis(20);
/// The header of a record of a TLS hello that has the systems on which its library is found, if they
/// are known: "macOS,iOS".
pub(crate) const SYSTEMS_HEADER: &str = "stackprint.tls.systems";
/// The header of a host's row that has the state of the host, as MessagePack.
pub(crate) const STATE_HEADER: &str = "stackprint.state";
/// The client takes this for now.
const NOW_MS: i64 = 0;
/// A packet's time may be later than the machine's by as much; brokers refuse much later ones.
const MAX_AHEAD_MS: i64 = 60_000;

/// Where a message is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    topic: String,
    partition: i32,
    offset: i64,
}

/// Sends what comes of messages, and knows what was delivered.
pub(crate) struct Output {
    pub(crate) target: Arc<Target>,
    pub(crate) offsets: Offsets,
    to: Destination,
    dead_letters_to: Option<Destination>,
    privacy: Privacy,
    encoder: Encoder,
    headers: Headers,
    record_time: RecordTime,
    /// Milliseconds since 1970, as of the last look at the clock.
    now_ms: i64,
    has_warned_of_age: bool,
    key: String,
    value: Vec<u8>,
    /// Dead letters on their way, by number.
    pending_dead_letters: HashMap<usize, (Ticket, Place)>,
    next_dead_letter: usize,
    /// Those that the broker refused for their size: when they are read again, they go without
    /// value.
    too_large: HashSet<Place>,
    pub(crate) counts: OutputCounts,
    /// What ended the work in a place that cannot return it.
    failure: Option<Failure>,
    is_transactional: bool,
    /// A record of the transaction was not delivered: all of it has to be done again.
    must_abort: bool,
    /// Brokers refused a record of the transaction.
    was_refused: bool,
    /// Transactions, one after the other, of which that is so.
    refusals_in_a_row: u32,
}

/// A topic that records or dead letters go to.
struct Destination {
    name: String,
    topic: RecordTopic,
}

impl Destination {
    fn new(target: &Arc<Target>, name: &str) -> Result<Destination, Failure> {
        let failure = |error| Failure::Client { what: "looking up a topic", error };
        let topic = RecordTopic::new(target, name).map_err(failure)?;
        Ok(Destination { name: name.to_owned(), topic })
    }
}

/// What was counted here.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OutputCounts {
    pub(crate) delivered: u64,
    pub(crate) errors: u64,
    pub(crate) dead_letters: u64,
    pub(crate) dead_letters_cut: u64,
}

impl Output {
    pub(crate) fn new(
        target: Target,
        args: &KafkaArgs,
        privacy: Privacy,
    ) -> Result<Output, Failure> {
        let target = Arc::new(target);
        let destination = |name| Destination::new(&target, name);
        let to = destination(args.target())?;
        let dead_letters_to = args.dead_letters.as_deref().map(destination).transpose()?;
        let mut headers = Headers::new();
        headers.add("content-type", content_type(args.format).as_bytes());
        headers.add("schema", args.schema().as_bytes());
        Ok(Output {
            target,
            offsets: Offsets::default(),
            to,
            dead_letters_to,
            privacy,
            encoder: Encoder::new(as_written(args.format)),
            headers,
            record_time: args.record_time,
            now_ms: timestamp::now_ms(),
            has_warned_of_age: false,
            key: String::new(),
            value: Vec::new(),
            pending_dead_letters: HashMap::new(),
            next_dead_letter: 0,
            too_large: HashSet::new(),
            counts: OutputCounts::default(),
            failure: None,
            is_transactional: args.delivery == DeliveryKind::ExactlyOnce,
            must_abort: false,
            was_refused: false,
            refusals_in_a_row: 0,
        })
    }

    /// To be called for each batch of messages; not for each record.
    pub(crate) fn refresh_now(&mut self) {
        self.now_ms = timestamp::now_ms();
    }

    /// What went wrong while records were sent.
    pub(crate) fn take_failure(&mut self) -> Result<(), Failure> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Leaves out of a record what is not to be told.
    pub(crate) fn redact(&self, record: &mut Record<'_>) {
        self.privacy.apply(record);
    }

    /// Sends a record, waiting for a place in the queue if need be.
    pub(crate) fn record(
        &mut self,
        record: &Record<'_>,
        origin: &Origin<'_>,
        source: &Source,
        stop: &Stop,
    ) {
        if self.failure.is_some() || self.must_abort {
            return;
        }
        self.key.clear();
        self.value.clear();
        let subject = match record.subject {
            Side::Client => record.client,
            Side::Server => record.server,
        };
        // Writing to memory does not fail.
        let _ = write!(self.key, "{}", subject.ip);
        self.encoder.encode(record, Some(origin), &mut self.value);
        let library = record.tls.as_ref().and_then(|tls| tls.library);
        let systems = library.map_or_else(Vec::new, |library| library.systems().collect());
        if systems.is_empty() {
            return self.send(record.time, None, source, stop);
        }
        let mut headers = self.headers.clone();
        headers.add(SYSTEMS_HEADER, systems.join(",").as_bytes());
        self.send(record.time, Some(&headers), source, stop);
    }

    /// Sends the row of a connection, which ended at this time.
    pub(crate) fn connection(
        &mut self,
        row: &ConnectionRow<'_>,
        time: Timestamp,
        source: &Source,
        stop: &Stop,
    ) {
        if self.failure.is_some() || self.must_abort {
            return;
        }
        self.key.clear();
        self.value.clear();
        // Writing to memory does not fail.
        let _ = write!(self.key, "{}", row.client.ip);
        self.encoder.encode_connection(row, &mut self.value);
        self.send(time, None, source, stop);
    }

    /// Sends the row of a host to a partition, with its state if it has one to go on with.
    pub(crate) fn host(
        &mut self,
        row: &HostRow<'_>,
        state: Option<&[u8]>,
        partition: i32,
        source: &Source,
        stop: &Stop,
    ) {
        self.value.clear();
        self.encoder.encode_host(row, &mut self.value);
        let value = std::mem::take(&mut self.value);
        self.send_of_host(row, Some(&value), state, partition, source, stop);
        self.value = value;
    }

    /// Sends that a host is gone.
    pub(crate) fn tombstone(
        &mut self,
        row: &HostRow<'_>,
        partition: i32,
        source: &Source,
        stop: &Stop,
    ) {
        self.send_of_host(row, None, None, partition, source, stop);
    }

    fn send_of_host(
        &mut self,
        row: &HostRow<'_>,
        value: Option<&[u8]>,
        state: Option<&[u8]>,
        partition: i32,
        source: &Source,
        stop: &Stop,
    ) {
        if self.failure.is_some() || self.must_abort {
            return;
        }
        self.key.clear();
        // Writing to memory does not fail.
        let _ = match &row.network {
            Some(network) => write!(self.key, "{} {network}", row.ip),
            None => write!(self.key, "{}", row.ip),
        };
        let mut headers = self.headers.clone();
        if let Some(state) = state {
            headers.add(STATE_HEADER, state);
        }
        let record = NewRecord {
            key: Some(self.key.as_bytes()),
            value,
            headers: &headers,
            partition: Some(partition),
            time_ms: NOW_MS,
            opaque: self.offsets.sent() << 1,
        };
        if let Err(error) = send(&self.target, &self.to.topic, &record, source, stop) {
            self.undeliverable(false, &error);
        }
    }

    /// Seconds since 1970, as of the last look at the clock.
    pub(crate) fn now_seconds(&self) -> u64 {
        u64::try_from(self.now_ms / 1000).unwrap_or(0)
    }

    /// Sends what is in `key` and `value`, with headers of its own if it has some.
    fn send(&mut self, time: Timestamp, headers: Option<&Headers>, source: &Source, stop: &Stop) {
        let time_ms = self.time_ms(time);
        let opaque = self.offsets.sent() << 1;
        let record = NewRecord {
            key: Some(self.key.as_bytes()),
            value: Some(&self.value),
            headers: headers.unwrap_or(&self.headers),
            partition: None,
            time_ms,
            opaque,
        };
        if let Err(error) = send(&self.target, &self.to.topic, &record, source, stop) {
            self.undeliverable(false, &error);
        }
    }

    /// The timestamp that a record or row bears.
    fn time_ms(&mut self, time: Timestamp) -> i64 {
        let time_ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        match self.record_time {
            RecordTime::Now => NOW_MS,
            RecordTime::Recent => timestamp::recent(time_ms, self.now_ms).unwrap_or(NOW_MS),
            RecordTime::Packet => {
                self.warn_of_age(time_ms);
                time_ms.min(self.now_ms + MAX_AHEAD_MS)
            }
        }
    }

    /// Says once that records are so old that brokers may delete them as they come.
    fn warn_of_age(&mut self, time_ms: i64) {
        if timestamp::is_old(time_ms, self.now_ms) && !self.has_warned_of_age {
            self.has_warned_of_age = true;
            let topic = &self.to.name;
            warn!(
                topic,
                "packets are days old, and so are their records: brokers delete them as they come, \
                 if the topic's retention.ms is not longer"
            );
        }
    }

    /// A record will never be delivered.
    fn undeliverable(&mut self, is_letter: bool, error: &KafkaError) {
        let is_refused = is_refused(error);
        self.was_refused |= is_refused;
        let is_final =
            is_forbidden(error) || (is_refused && self.refusals_in_a_row >= MAX_REFUSALS);
        if self.is_transactional && !is_final {
            if !std::mem::replace(&mut self.must_abort, true) {
                warn!("a record was not delivered, and the transaction is aborted: {error}");
            }
            return;
        }
        let letters = self.dead_letters_to.as_ref().filter(|_| is_letter);
        let topic = letters.unwrap_or(&self.to).name.clone();
        self.failure.get_or_insert(Failure::Delivery { topic, error: error.clone() });
    }

    /// A transaction was committed, or else aborted.
    pub(crate) fn transaction_ended(&mut self, is_committed: bool) {
        let was_refused = std::mem::take(&mut self.was_refused);
        self.refusals_in_a_row = match is_committed {
            true => 0,
            false => self.refusals_in_a_row + u32::from(was_refused),
        };
    }

    /// Whether the transaction has to be aborted; asked once.
    pub(crate) fn take_must_abort(&mut self) -> bool {
        std::mem::take(&mut self.must_abort)
    }

    /// Sends a message to the dead letters, if there is a topic for them.
    pub(crate) fn dead_letter(
        &mut self,
        message: Message<'_>,
        reason: &Reason<'_>,
        source: &Source,
        stop: &Stop,
    ) {
        if self.dead_letters_to.is_none() || self.failure.is_some() || self.must_abort {
            return;
        }
        let place = Place {
            topic: reason.topic.to_owned(),
            partition: reason.partition,
            offset: reason.offset,
        };
        let is_too_large = self.too_large.contains(&place);
        match self.letter(message, reason, is_too_large, source, stop) {
            Err(error) if is_size(&error) && !is_too_large => {
                if let Err(error) = self.letter(message, reason, true, source, stop) {
                    self.dead_letter_dropped(&place, &error);
                }
            }
            Err(error) if is_size(&error) => self.dead_letter_dropped(&place, &error),
            Err(error) => self.undeliverable(true, &error),
            Ok(()) => {}
        }
    }

    fn letter(
        &mut self,
        message: Message<'_>,
        reason: &Reason<'_>,
        leave_out: bool,
        source: &Source,
        stop: &Stop,
    ) -> Result<(), KafkaError> {
        let Some(to) = &self.dead_letters_to else { return Ok(()) };
        let mut headers = dead_letter::headers(dead_letter::original_headers(message), reason);
        if leave_out {
            let bytes = message.value().unwrap_or_default().len();
            headers = dead_letter::without_value(headers, bytes);
        }
        // By the rule of records: a letter that the broker deletes or refuses is of no use.
        let message_ms = message.time_ms();
        let time_ms = message_ms.and_then(|ms| timestamp::recent(ms, self.now_ms));
        if let (None, Some(message_ms)) = (time_ms, message_ms) {
            headers = dead_letter::with_original_time(headers, message_ms);
        }
        let number = self.next_dead_letter;
        let letter = NewRecord {
            key: message.key(),
            value: message.value().filter(|_| !leave_out),
            headers: &headers,
            partition: None,
            time_ms: time_ms.unwrap_or(NOW_MS),
            opaque: number << 1 | 1,
        };
        send(&self.target, &to.topic, &letter, source, stop)?;
        let place = Place {
            topic: reason.topic.to_owned(),
            partition: reason.partition,
            offset: reason.offset,
        };
        self.next_dead_letter += 1;
        self.pending_dead_letters.insert(number, (self.offsets.sent(), place));
        self.counts.dead_letters += 1;
        self.counts.dead_letters_cut += u64::from(leave_out);
        Ok(())
    }

    /// Even without its value, a dead letter is more than the broker takes: the stream continues.
    fn dead_letter_dropped(&mut self, place: &Place, error: &KafkaError) {
        self.counts.dead_letters_cut += 1;
        let Place { topic, partition, offset } = place;
        warn!(topic, partition, offset, "the dead letter is too large for the broker: {error}");
    }

    /// Serves the client, and takes in what became of records.
    pub(crate) fn serve(&mut self, wait: Duration) -> Result<(), Failure> {
        self.target.poll(wait);
        self.take_in()
    }

    /// Takes in what became of records.
    pub(crate) fn take_in(&mut self) -> Result<(), Failure> {
        use rdkafka::producer::Producer as _;
        let context = self.target.context().clone();
        let mut deliveries = context.deliveries();
        for (opaque, count) in deliveries.done.drain(..) {
            self.counts.delivered += count as u64;
            let ticket = self.ticket(opaque).map(|(ticket, _)| ticket);
            ticket.into_iter().for_each(|ticket| self.offsets.delivered(ticket, count));
        }
        for failed in deliveries.failed.drain(..) {
            self.failed(failed.opaque, &failed.error);
        }
        drop(deliveries);
        self.take_failure()
    }

    fn ticket(&mut self, opaque: usize) -> Option<(Ticket, Option<Place>)> {
        match opaque & 1 {
            0 => Some((opaque >> 1, None)),
            _ => {
                let (ticket, place) = self.pending_dead_letters.remove(&(opaque >> 1))?;
                Some((ticket, Some(place)))
            }
        }
    }

    fn failed(&mut self, opaque: usize, error: &KafkaError) {
        let Some((ticket, place)) = self.ticket(opaque) else { return };
        let code = error.rdkafka_error_code();
        if matches!(code, Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight)) {
            // An aborted transaction: its messages will be read again.
            return;
        }
        self.counts.errors += 1;
        match place {
            Some(place) if is_size(error) => {
                self.dead_letter_dropped(&place, error);
                if self.is_transactional {
                    // Gone with its transaction, and read again.
                    self.too_large.insert(place);
                    self.must_abort = true;
                } else {
                    self.offsets.delivered(ticket, 1);
                }
            }
            place => self.undeliverable(place.is_some(), error),
        }
    }
}

/// Hands a record to the client, waiting while its queue is full.
fn send(
    target: &Target,
    topic: &RecordTopic,
    record: &NewRecord<'_>,
    source: &Source,
    stop: &Stop,
) -> Result<(), KafkaError> {
    let mut backpressure = Backpressure::default();
    loop {
        match topic.send(record) {
            Ok(()) => {
                backpressure.end(source);
                return Ok(());
            }
            Err(KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)) if !stop.is_asked() => {
            }
            Err(error) => return Err(error),
        }
        target.poll(QUEUE_WAIT);
        backpressure.keep_alive(source);
    }
}

fn content_type(format: RecordFormat) -> &'static str {
    match format {
        RecordFormat::Json | RecordFormat::Ecs => "application/json",
        RecordFormat::Msgpack => "application/vnd.msgpack",
        RecordFormat::Text | RecordFormat::P0f => "text/plain; charset=utf-8",
    }
}

/// What a record of this format is as a message.
fn as_written(format: RecordFormat) -> Format {
    match format {
        RecordFormat::Json => Format::Ndjson,
        RecordFormat::Msgpack => Format::Msgpack,
        RecordFormat::Ecs => Format::Ecs,
        RecordFormat::Text => Format::Text,
        RecordFormat::P0f => Format::P0f,
    }
}
