//! Messages that were fetched, by the batch.

use std::ffi::{CStr, CString, c_int};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::time::Duration;

use rdkafka::bindings as sys;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::{TopicPartitionList, types};

use super::headers::HeadersView;
use super::memory::{bytes, made};
use crate::kafka_client::events::Source;

/// Messages handed over at once.
const BATCH_MESSAGES: usize = 64;

/// A queue in which the messages of all owned partitions come together, aside from the consumer's
/// own, which keeps what is not a message: changes of the group, errors, statistics.
pub(crate) struct Fetched<'s> {
    source: &'s Source,
    queue: NonNull<sys::rd_kafka_queue_t>,
    /// Messages that were handed over; the first `len` are ours to destroy.
    batch: [*mut sys::rd_kafka_message_t; BATCH_MESSAGES],
    len: usize,
}

impl<'s> Fetched<'s> {
    /// An empty queue of the consumer.
    pub(crate) fn new(source: &'s Source) -> Fetched<'s> {
        // SAFETY: the client lives as long as `source`, which outlives the queue.
        let queue = made(unsafe { sys::rd_kafka_queue_new(source.client().native_ptr()) });
        Fetched { source, queue, batch: [ptr::null_mut(); BATCH_MESSAGES], len: 0 }
    }

    /// Messages of these partitions come here from now on. To be called before they are assigned:
    /// librdkafka then leaves them here.
    pub(crate) fn attach(&self, partitions: &TopicPartitionList) {
        for element in partitions.elements() {
            // Topics with a zero byte do not exist.
            let Ok(topic) = CString::new(element.topic()) else { continue };
            // SAFETY: the client lives, the name ends in zero; each queue is given back below.
            unsafe {
                let client = self.source.client().native_ptr();
                let of_partition =
                    sys::rd_kafka_queue_get_partition(client, topic.as_ptr(), element.partition());
                if !of_partition.is_null() {
                    sys::rd_kafka_queue_forward(of_partition, self.queue.as_ptr());
                    sys::rd_kafka_queue_destroy(of_partition);
                }
            }
        }
    }

    /// The next messages, up to 64; waits for one if there is none.
    pub(crate) fn take(
        &mut self,
        wait: Duration,
    ) -> impl Iterator<Item = Result<Message<'_>, FetchedError<'_>>> {
        self.destroy_batch();
        self.fill(Duration::ZERO, BATCH_MESSAGES);
        if self.len == 0 && !wait.is_zero() {
            // librdkafka would wait for all that are asked for.
            self.fill(wait, 1);
            self.fill(Duration::ZERO, BATCH_MESSAGES);
        }
        self.batch.iter().take(self.len).filter_map(|&message| {
            // The first `len` are messages, which live until the next call, and for so long `self` is
            // borrowed.
            let message = Message { raw: NonNull::new(message)?, batch: PhantomData };
            // SAFETY: it lives.
            Some(match unsafe { (*message.raw.as_ptr()).err } {
                types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(message),
                code => Err(FetchedError { code: code.into(), at: message }),
            })
        })
    }

    /// Takes messages up to `limit` in all.
    fn fill(&mut self, wait: Duration, limit: usize) {
        let Some(room) = self.batch.get_mut(self.len..limit).filter(|room| !room.is_empty()) else {
            return;
        };
        let wait_ms = c_int::try_from(wait.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: the queue lives, and there is room for as many as are asked for.
        let count = unsafe {
            sys::rd_kafka_consume_batch_queue(
                self.queue.as_ptr(),
                wait_ms,
                room.as_mut_ptr(),
                room.len(),
            )
        };
        // Less than 0 is an error, and no message.
        self.len += usize::try_from(count).unwrap_or(0);
    }

    fn destroy_batch(&mut self) {
        for &message in self.batch.iter().take(self.len) {
            // SAFETY: it is ours, and nothing borrows from it any more.
            unsafe { sys::rd_kafka_message_destroy(message) };
        }
        self.len = 0;
    }
}

impl Drop for Fetched<'_> {
    fn drop(&mut self) {
        self.destroy_batch();
        // SAFETY: it is ours, and the client still lives.
        unsafe { sys::rd_kafka_queue_destroy(self.queue.as_ptr()) };
    }
}

/// A message, for as long as its batch is at hand.
///
/// By its address, never by a reference: librdkafka keeps more around it, which it reads and writes
/// when headers are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Message<'b> {
    raw: NonNull<sys::rd_kafka_message_t>,
    batch: PhantomData<&'b ()>,
}

/// Instead of a message: something about its partition.
pub(crate) struct FetchedError<'b> {
    pub(crate) code: RDKafkaErrorCode,
    at: Message<'b>,
}

impl<'b> FetchedError<'b> {
    pub(crate) fn partition(&self) -> i32 {
        self.at.partition()
    }

    pub(crate) fn topic(&self) -> &'b str {
        self.at.topic()
    }

    /// Where the client reads on, if the error is about a place.
    pub(crate) fn offset(&self) -> Option<i64> {
        Some(self.at.offset()).filter(|&offset| offset >= 0)
    }
}

impl<'b> Message<'b> {
    /// Empty for an error that is about no topic.
    pub(crate) fn topic(self) -> &'b str {
        // SAFETY: the message lives and keeps its topic, which keeps its name, ended by zero.
        let name = unsafe {
            let topic = (*self.raw.as_ptr()).rkt;
            if topic.is_null() {
                return "";
            }
            CStr::from_ptr::<'b>(sys::rd_kafka_topic_name(topic))
        };
        // Names of topics are ASCII.
        name.to_str().unwrap_or_default()
    }

    pub(crate) fn partition(self) -> i32 {
        // SAFETY: the message lives.
        unsafe { (*self.raw.as_ptr()).partition }
    }

    pub(crate) fn offset(self) -> i64 {
        // SAFETY: the message lives.
        unsafe { (*self.raw.as_ptr()).offset }
    }

    pub(crate) fn key(self) -> Option<&'b [u8]> {
        let raw = self.raw.as_ptr();
        // SAFETY: the message lives, and for as long librdkafka keeps as many bytes.
        unsafe { bytes((*raw).key.cast(), (*raw).key_len) }
    }

    pub(crate) fn value(self) -> Option<&'b [u8]> {
        let raw = self.raw.as_ptr();
        // SAFETY: as for the key.
        unsafe { bytes((*raw).payload.cast(), (*raw).len) }
    }

    /// Milliseconds since 1970, as the producer or broker set them.
    pub(crate) fn time_ms(self) -> Option<i64> {
        let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message lives, and the kind is written to a place of ours.
        let time_ms = unsafe { sys::rd_kafka_message_timestamp(self.raw.as_ptr(), &raw mut kind) };
        let is_there = kind != sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        (is_there && time_ms >= 0).then_some(time_ms)
    }

    /// Its headers, if it has some.
    pub(crate) fn headers(self) -> Option<HeadersView<'b>> {
        let mut headers = ptr::null_mut();
        // SAFETY: librdkafka reads them on the first call and keeps them with the message.
        let code = unsafe { sys::rd_kafka_message_headers(self.raw.as_ptr(), &raw mut headers) };
        let is_there = code == types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
        let headers = NonNull::new(headers).filter(|_| is_there)?;
        Some(HeadersView { headers, owner: PhantomData })
    }
}
