//! Packets into messages, and messages to their partitions.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _};
use stackprint::{Frame, Timestamp};

use super::args::Encoding;
use super::batch::{Batch, First, content_type};
use super::failure::PublishFailure;
use super::partition;
use crate::kafka_client::events::{ClientErrors, FatalError, Target};
use crate::kafka_client::failure::Failure;
use crate::kafka_client::timestamp;
use stackprint_worker::packets::{CONTENT_TYPE_HEADER, KeyTime, LINK_TYPE_HEADER};

/// How messages are made.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) encoding: Encoding,
    /// Unit of the keys of raw frames.
    pub(super) key_time: KeyTime,
    pub(super) packets_per_message: u16,
    pub(super) max_bytes: usize,
    pub(super) linger: Duration,
    pub(super) sensor: Option<String>,
}

/// What was sent, and what arrived.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sent {
    pub(super) packets: u64,
    pub(super) messages: u64,
    /// In values of messages, before compression.
    pub(super) bytes: u64,
    pub(super) delivered_packets: u64,
}

pub(super) struct Publisher {
    target: Target,
    errors: Arc<ClientErrors>,
    topic: String,
    shape: Shape,
    /// One for each partition.
    batches: Vec<Batch>,
    /// No packet in a batch is older: when the batches are to be looked through.
    oldest: Option<Instant>,
    key: String,
    pub(super) sent: Sent,
}

impl Publisher {
    pub(super) fn new(
        target: Target,
        errors: Arc<ClientErrors>,
        topic: String,
        partitions: u32,
        shape: Shape,
    ) -> Publisher {
        let batches = (0..partitions).map(|_| Batch::new(shape.encoding)).collect();
        Publisher {
            target,
            errors,
            topic,
            shape,
            batches,
            oldest: None,
            key: String::new(),
            sent: Sent::default(),
        }
    }

    /// Adds a packet between these hosts to the message that is being filled for their partition.
    pub(super) fn publish(
        &mut self,
        frame: &Frame<'_>,
        hosts: (IpAddr, IpAddr),
    ) -> Result<(), PublishFailure> {
        partition::write_key(hosts, &mut self.key);
        let partitions = u32::try_from(self.batches.len()).unwrap_or(u32::MAX);
        let number = partition::of_key(self.key.as_bytes(), partitions) as usize;
        let Some(batch) = self.batches.get(number) else { return Ok(()) };
        let bytes = batch.bytes() + Batch::bytes_of(self.shape.encoding, frame);
        if batch.packets() > 0 && (bytes > self.shape.max_bytes || !batch.takes(frame)) {
            self.send(number)?;
        }
        let Some(batch) = self.batches.get_mut(number) else { return Ok(()) };
        batch.push(frame, self.shape.sensor.as_deref());
        if batch.packets() >= self.shape.packets_per_message {
            self.send(number)
        } else {
            self.oldest = self.oldest.or_else(|| batch.first().map(|first| first.came));
            Ok(())
        }
    }

    /// Sends what has waited long enough for company.
    pub(super) fn send_lingering(&mut self) -> Result<(), PublishFailure> {
        if self.oldest.is_some_and(|oldest| oldest.elapsed() >= self.shape.linger) {
            self.send_older_than(self.shape.linger)?;
        }
        Ok(())
    }

    fn send_older_than(&mut self, age: Duration) -> Result<(), PublishFailure> {
        self.oldest = None;
        for number in 0..self.batches.len() {
            let first = self.batches.get(number).and_then(Batch::first);
            match first.map(|first| first.came) {
                Some(came) if came.elapsed() >= age => self.send(number)?,
                Some(came) => self.oldest = Some(self.oldest.map_or(came, |at| at.min(came))),
                None => {}
            }
        }
        Ok(())
    }

    /// Hands a batch to the client; waits while the client's queue is full.
    fn send(&mut self, number: usize) -> Result<(), PublishFailure> {
        const STEP: Duration = Duration::from_millis(10);
        let Some(batch) = self.batches.get_mut(number) else { return Ok(()) };
        let Some(first) = batch.first() else { return Ok(()) };
        let packets = batch.packets();
        let value = batch.message();
        let bytes = value.len();
        let time_key = self.shape.key_time.key(first.time);
        let key = match self.shape.encoding {
            Encoding::Raw => Some(time_key.as_slice()),
            // Packets of several pairs of hosts have no key in common.
            _ if self.shape.packets_per_message > 1 => None,
            _ => Some(self.key.as_bytes()),
        };
        let mut record = BaseRecord::with_opaque_to(self.topic.as_str(), usize::from(packets))
            .partition(i32::try_from(number).unwrap_or(i32::MAX))
            .payload(value)
            .timestamp(message_time_ms(first.time))
            .headers(headers(self.shape.encoding, first));
        if let Some(key) = key {
            record = record.key(key);
        }
        while let Err((error, refused)) = self.target.send(record) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                let (topic, bytes) = (self.topic.clone(), Some(bytes));
                return Err(PublishFailure::Message { topic, bytes, error });
            }
            record = refused;
            self.target.poll(STEP);
            take_deliveries(&self.target, &self.errors, &self.topic, &mut self.sent)?;
        }
        batch.clear();
        self.sent.packets += u64::from(packets);
        self.sent.messages += 1;
        self.sent.bytes += bytes as u64;
        Ok(())
    }

    /// Lets the client tell what became of messages.
    pub(super) fn serve(&mut self, wait: Duration) -> Result<(), PublishFailure> {
        self.target.poll(wait);
        take_deliveries(&self.target, &self.errors, &self.topic, &mut self.sent)
    }

    /// Whether packets wait, here or in the client.
    pub(super) fn is_busy(&self) -> bool {
        self.oldest.is_some() || self.undelivered() > 0
    }

    fn undelivered(&self) -> u64 {
        self.sent.packets - self.sent.delivered_packets
    }

    /// Sends all that waits, and waits until it is delivered; for `patience` without a delivery.
    pub(super) fn finish(&mut self, patience: Duration) -> Result<(), PublishFailure> {
        const STEP: Duration = Duration::from_millis(10);
        self.send_older_than(Duration::ZERO)?;
        // Asks the client to let no message linger any more.
        let _ = self.target.flush(Duration::ZERO);
        let (mut left, mut since) = (self.undelivered(), Instant::now());
        while left > 0 {
            self.serve(STEP)?;
            if self.undelivered() < left {
                (left, since) = (self.undelivered(), Instant::now());
            } else if since.elapsed() >= patience {
                return Err(PublishFailure::Undelivered { packets: left });
            }
        }
        Ok(())
    }
}

fn take_deliveries(
    target: &Target,
    errors: &ClientErrors,
    topic: &str,
    sent: &mut Sent,
) -> Result<(), PublishFailure> {
    let mut deliveries = target.context().deliveries();
    sent.delivered_packets += deliveries
        .done
        .drain(..)
        .map(|(packets, messages)| (packets * messages) as u64)
        .sum::<u64>();
    if let Some(failed) = deliveries.failed.drain(..).next() {
        let error: KafkaError = failed.error;
        return Err(PublishFailure::Message { topic: topic.to_owned(), bytes: None, error });
    }
    drop(deliveries);
    errors.fatal().map_or(Ok(()), |FatalError { code, reason, .. }| {
        let (what, topic) = (format!("Kafka: {code}"), None);
        Err(Failure::Refused { what, reason, topic, code: Some(code) }.into())
    })
}

fn headers(encoding: Encoding, first: First) -> OwnedHeaders {
    let headers = OwnedHeaders::new_with_capacity(2)
        .insert(Header { key: CONTENT_TYPE_HEADER, value: Some(content_type(encoding)) });
    if encoding != Encoding::Raw {
        return headers;
    }
    let link_type = first.link_type.to_string();
    headers.insert(Header { key: LINK_TYPE_HEADER, value: Some(&link_type) })
}

/// The packet's time, or now: a topic's retention would delete the messages of an old capture as
/// they come, and brokers refuse messages from the future.
fn message_time_ms(time: Timestamp) -> i64 {
    let time_ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let now_ms = timestamp::now_ms();
    timestamp::recent(time_ms, now_ms).unwrap_or(now_ms)
}
