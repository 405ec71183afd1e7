//! Why publishing ends with exit status 1.

use std::error::Error;
use std::fmt;

use rdkafka::error::KafkaError;

use crate::kafka_client::failure::Cause;
use crate::kafka_client::failure::Failure;

/// What ends publishing.
#[derive(Debug)]
pub(crate) enum PublishFailure {
    /// What would end any work with Kafka.
    Kafka(Failure),
    /// A message that the client or a broker does not take, or that nobody took in time.
    Message { topic: String, bytes: Option<usize>, error: KafkaError },
    /// The wait at the end was in vain.
    Undelivered { packets: u64 },
}

impl From<Failure> for PublishFailure {
    fn from(failure: Failure) -> PublishFailure {
        PublishFailure::Kafka(failure)
    }
}

impl PublishFailure {
    /// The client's error that it comes from, if it comes from one.
    pub(crate) fn cause(&self) -> Option<Cause<'_>> {
        match self {
            PublishFailure::Kafka(failure) => failure.cause(),
            PublishFailure::Message { topic, error, .. } => {
                let topic = Some(topic.as_str());
                error.rdkafka_error_code().map(|code| Cause { code, topic, is_of_producer: true })
            }
            PublishFailure::Undelivered { .. } => None,
        }
    }
}

impl fmt::Display for PublishFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublishFailure::Kafka(failure) => failure.fmt(f),
            PublishFailure::Message { topic, bytes, error } => {
                let reason = error.rdkafka_error_code().map(|code| code.to_string());
                let reason = reason.unwrap_or_else(|| error.to_string());
                write!(f, "a message for {topic} was not delivered: {reason}")?;
                bytes.map_or(Ok(()), |bytes| write!(f, " ({bytes} bytes)"))
            }
            PublishFailure::Undelivered { packets } => {
                write!(f, "brokers did not confirm {packets} packets in time")
            }
        }
    }
}

/// Without `source`: the texts of causes are part of the message.
impl Error for PublishFailure {}
