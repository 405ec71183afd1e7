//! What brokers mean by refusing a record: whether they would refuse it again.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// So often a transaction whose record was refused is tried again: a topic's settings may be changing.
pub(super) const MAX_REFUSALS: u32 = 3;

/// Whether the broker will go on saying no.
pub(super) fn is_forbidden(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::ClusterAuthorizationFailed
                | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
        )
    )
}

/// Whether the broker, asked again, will most likely refuse the record again.
pub(super) fn is_refused(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::MessageSizeTooLarge
                | RDKafkaErrorCode::InvalidRecord
                | RDKafkaErrorCode::InvalidTimestamp
                | RDKafkaErrorCode::PolicyViolation
        )
    )
}

pub(super) fn is_size(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge)
}
