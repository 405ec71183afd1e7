//! A topic that records go to, looked up once.

use std::ffi::CString;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use rdkafka::bindings as sys;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::producer::Producer as _;
use rdkafka::types::RDKafkaRespErr;

use super::headers::Headers;
use crate::kafka_client::events::Target;

/// A topic of a producer.
pub(crate) struct RecordTopic {
    topic: NonNull<sys::rd_kafka_topic_t>,
    /// Lives at least as long as the topic.
    target: Arc<Target>,
}

// SAFETY: librdkafka's functions may be called on any thread (INTRODUCTION.md, "Threads and callbacks"),
// and `target`, which keeps the client alive, may be sent to another one itself.
unsafe impl Send for RecordTopic {}

/// What is sent to a topic.
#[derive(Clone, Copy)]
pub(crate) struct NewRecord<'r> {
    pub(crate) key: Option<&'r [u8]>,
    pub(crate) value: Option<&'r [u8]>,
    pub(crate) headers: &'r Headers,
    /// `None` to have it placed by its key.
    pub(crate) partition: Option<i32>,
    /// Milliseconds since 1970; 0 for now.
    pub(crate) time_ms: i64,
    /// What the report of its delivery comes with.
    pub(crate) opaque: usize,
}

impl RecordTopic {
    /// # Errors
    ///
    /// For a name that no topic can have, or settings of topics that contradict each other.
    pub(crate) fn new(target: &Arc<Target>, name: &str) -> KafkaResult<RecordTopic> {
        let name = CString::new(name)?;
        // SAFETY: the client lives as long as `target`, the name ends in zero, and without a
        // configuration of its own the topic has the client's.
        let topic = unsafe {
            let client = target.client().native_ptr();
            sys::rd_kafka_topic_new(client, name.as_ptr(), ptr::null_mut())
        };
        match NonNull::new(topic) {
            Some(topic) => Ok(RecordTopic { topic, target: Arc::clone(target) }),
            None => {
                // SAFETY: reads what the call above left behind for this thread.
                let code = unsafe { sys::rd_kafka_last_error() };
                Err(KafkaError::Global(code.into()))
            }
        }
    }

    /// Hands a record to the client, which copies it.
    ///
    /// # Errors
    ///
    /// The queue may be full, or the record too large.
    pub(crate) fn send(&self, record: &NewRecord<'_>) -> KafkaResult<()> {
        /// Where the key says.
        const ANY_PARTITION: i32 = -1;
        let headers = record.headers.clone();
        let (key, key_len) = parts(record.key);
        let (value, value_len) = parts(record.value);
        // SAFETY: each kind of argument is followed by what librdkafka asks for it, in C's types;
        // what pointers lead to lives during the call.
        let code = unsafe {
            use sys::rd_kafka_vtype_t as kind;
            sys::rd_kafka_producev(
                self.target.client().native_ptr(),
                kind::RD_KAFKA_VTYPE_RKT,
                self.topic.as_ptr(),
                kind::RD_KAFKA_VTYPE_PARTITION,
                record.partition.unwrap_or(ANY_PARTITION),
                kind::RD_KAFKA_VTYPE_MSGFLAGS,
                sys::RD_KAFKA_MSG_F_COPY,
                kind::RD_KAFKA_VTYPE_VALUE,
                value,
                value_len,
                kind::RD_KAFKA_VTYPE_KEY,
                key,
                key_len,
                kind::RD_KAFKA_VTYPE_OPAQUE,
                ptr::without_provenance::<u8>(record.opaque),
                kind::RD_KAFKA_VTYPE_TIMESTAMP,
                record.time_ms,
                kind::RD_KAFKA_VTYPE_HEADERS,
                headers.as_ptr(),
                kind::RD_KAFKA_VTYPE_END,
            )
        };
        if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(KafkaError::MessageProduction(code.into()));
        }
        headers.given_away();
        Ok(())
    }
}

impl Drop for RecordTopic {
    fn drop(&mut self) {
        // SAFETY: it is ours, and the client still lives.
        unsafe { sys::rd_kafka_topic_destroy(self.topic.as_ptr()) };
    }
}

/// Null and 0 for none, which librdkafka tells from what is empty.
fn parts(bytes: Option<&[u8]>) -> (*const u8, usize) {
    bytes.map_or((ptr::null(), 0), |bytes| (bytes.as_ptr(), bytes.len()))
}

#[cfg(test)]
mod tests {
    use rdkafka::ClientConfig;
    use rdkafka::error::RDKafkaErrorCode;

    use super::*;
    use crate::kafka_client::events::{ClientErrors, ProducerEvents};

    #[test]
    fn a_topic_that_the_client_refuses_is_an_error() {
        let events = ProducerEvents::new(Arc::new(ClientErrors::new(Arc::default())));
        let target = Arc::new(ClientConfig::new().create_with_context(events).unwrap());
        assert!(RecordTopic::new(&target, "a").is_ok());
        let refused = RecordTopic::new(&target, &"a".repeat(513)).err().unwrap();
        assert_eq!(refused.rdkafka_error_code(), Some(RDKafkaErrorCode::InvalidArgument));
        assert!(RecordTopic::new(&target, "a\0b").is_err());
    }
}
