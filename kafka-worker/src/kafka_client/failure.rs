//! Why the worker ends with exit status 1.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::secrets;

/// What ends the worker. Everything else is retried, or counted and passed over.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A property that librdkafka does not take.
    Property(KafkaError),
    /// TLS or SCRAM is asked for, and this build has none.
    NoTls {
        property: &'static str,
        value: String,
    },
    /// A property that the worker decides itself.
    Reserved(&'static str),
    PropertyFile {
        path: String,
        line: usize,
    },
    Read {
        path: String,
        error: io::Error,
    },
    /// No broker answered in time.
    Unreachable {
        brokers: String,
        waited: Duration,
        reason: Option<String>,
    },
    /// Brokers answer, and say no.
    Refused {
        what: String,
        reason: String,
        /// The topic that it is about, if it is about one.
        topic: Option<String>,
        code: Option<Code>,
    },
    MissingTopics {
        topics: Vec<String>,
        brokers: String,
    },
    CreateTopic {
        topic: String,
        reason: String,
    },
    /// What the client library holds for beyond repair.
    Fatal {
        /// Which end, or which step.
        what: &'static str,
        reason: String,
        code: Option<Code>,
    },
    /// A step that cannot be left out did not work.
    Client {
        what: &'static str,
        error: KafkaError,
    },
    /// A record could not be delivered, and never will.
    Delivery {
        topic: String,
        error: KafkaError,
    },
    Metrics {
        address: String,
        error: io::Error,
    },
    /// The deadline of the drain passed.
    Drain {
        outstanding: usize,
    },
}

/// The error that a failure comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cause<'f> {
    pub(crate) code: Code,
    /// The topic that it is about, where that is told.
    pub(crate) topic: Option<&'f str>,
    /// Whether it came while records were sent; else while packets were read.
    pub(crate) is_of_producer: bool,
}

impl Failure {
    /// The client's error that it comes from, if it comes from one.
    pub(crate) fn cause(&self) -> Option<Cause<'_>> {
        let (code, topic, is_of_producer) = match self {
            Failure::Refused { code, topic, .. } => (*code, topic.as_deref(), true),
            Failure::Fatal { code, what, .. } => (*code, None, *what != CONSUMER),
            Failure::Client { error, .. } => (error.rdkafka_error_code(), None, false),
            Failure::Delivery { topic, error } => {
                (error.rdkafka_error_code(), Some(topic.as_str()), true)
            }
            _ => (None, None, false),
        };
        code.map(|code| Cause { code, topic, is_of_producer })
    }
}

/// What has failed: the end that reads packets.
pub(crate) const CONSUMER: &str = "the consumer";
/// The end that writes records.
pub(crate) const PRODUCER: &str = "the producer";

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Property(error) => f.write_str(&secrets::describe(error)),
            Failure::NoTls { property, value } => write!(
                f,
                "{property}={value} needs TLS, and this build has none: \
                 build it with --features kafka-tls (cargo install --path kafka-worker --features kafka-tls)"
            ),
            Failure::Reserved(name) => {
                write!(f, "{name} is decided by the worker and cannot be set")
            }
            Failure::PropertyFile { path, line } => {
                write!(f, "{path}:{line}: expected property=value")
            }
            Failure::Read { path, error } => write!(f, "{path}: {error}"),
            Failure::Unreachable { brokers, waited, reason } => {
                write!(f, "no answer from {brokers} within {} s", waited.as_secs())?;
                reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
            }
            Failure::Refused { what, reason, .. } => write!(f, "{what}: {reason}"),
            Failure::MissingTopics { topics, brokers } => missing(f, topics, brokers),
            Failure::CreateTopic { topic, reason } => {
                write!(f, "creating the topic {topic}: {reason}")
            }
            Failure::Fatal { what, reason, .. } => write!(f, "{what}: {reason}"),
            Failure::Client { what, error } => write!(f, "{what}: {error}"),
            Failure::Delivery { topic, error } => {
                write!(f, "a record could not be delivered to {topic}: {error}")
            }
            Failure::Metrics { address, error } => write!(f, "metrics on {address}: {error}"),
            Failure::Drain { outstanding } => write!(
                f,
                "the time for draining is over; {outstanding} records were not reported as \
                 delivered, and their packets will be read again"
            ),
        }
    }
}

fn missing(f: &mut fmt::Formatter<'_>, topics: &[String], brokers: &str) -> fmt::Result {
    write!(f, "there is no topic {}; add --create-topics, or create it: ", topics.join(", "))?;
    for (place, topic) in topics.iter().enumerate() {
        let separator = if place == 0 { "" } else { " && " };
        write!(
            f,
            "{separator}kafka-topics.sh --bootstrap-server {brokers} --create --topic {topic}"
        )?;
    }
    Ok(())
}

/// Without `source`: the texts of causes are part of the message.
impl Error for Failure {}
