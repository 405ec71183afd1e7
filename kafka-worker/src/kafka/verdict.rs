//! Steps of a transaction: what an error of one means.

use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer as _;

use crate::kafka_client::events::Target;
use crate::kafka_client::failure::{Failure, PRODUCER};

/// Timeout of one attempt; between attempts the consumer is polled, so that it stays in the group.
pub(super) const TRY: Duration = Duration::from_secs(2);

pub(super) fn begin(target: &Target) -> Result<(), Failure> {
    target.begin_transaction().map_err(|error| fatal("beginning a transaction", &error))
}

/// What to do after an error.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Retry,
    Abort,
    Fatal,
}

pub(super) fn verdict(error: &KafkaError) -> Verdict {
    match error {
        KafkaError::Transaction(error) if error.is_fatal() => Verdict::Fatal,
        KafkaError::Transaction(error) if error.txn_requires_abort() => Verdict::Abort,
        KafkaError::Transaction(error) if error.is_retriable() => Verdict::Retry,
        KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut) => Verdict::Retry,
        KafkaError::Flush(_) => Verdict::Abort,
        _ => Verdict::Fatal,
    }
}

pub(super) fn fatal(what: &'static str, error: &KafkaError) -> Failure {
    Failure::Fatal { what, reason: error.to_string(), code: error.rdkafka_error_code() }
}

/// Why a step of a transaction failed.
pub(super) enum StepError {
    /// The transaction has to be aborted.
    Abort(String),
    Failure(Failure),
    /// Out of time, or the worker is to end.
    Late,
}

/// Returns the error after which the producer is of no use, if there was one.
pub(super) fn producer_fatal(target: &Target) -> Option<Failure> {
    let (code, reason) = target.client().fatal_error()?;
    Some(Failure::Fatal { what: PRODUCER, reason: format!("{code}: {reason}"), code: Some(code) })
}
