//! Properties whose values are not shown: in logs, and in errors about them.

use rdkafka::error::KafkaError;

/// Whether the value must not be shown. Rather one too many: what librdkafka adds is covered, too.
pub(super) fn is_secret(name: &str) -> bool {
    const SIGNS: &[&str] =
        &["password", "secret", "token", "jaas", "key.pem", "oauthbearer.config", "assertion"];
    let name = name.to_ascii_lowercase();
    SIGNS.iter().any(|sign| name.contains(sign))
}

/// An error of a configuration, without values that must not be shown.
pub(super) fn describe(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, _, name, _) if is_secret(name) => {
            format!("the value of {name} is not accepted")
        }
        KafkaError::ClientConfig(_, description, ..) => description.clone(),
        KafkaError::ClientCreation(description) => description.clone(),
        _ => error.to_string(),
    }
}
