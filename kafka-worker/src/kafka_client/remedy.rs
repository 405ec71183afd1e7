//! What to do about an error that ends the work: which right is missing on what, which setting to change.

use rdkafka::error::RDKafkaErrorCode as Code;

use super::failure::{Cause, Failure};

/// What errors are about, by the names that brokers know.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) brokers: String,
    pub(crate) from: Vec<String>,
    /// Topics for records and dead letters, or for packets that are published.
    pub(crate) to: Vec<String>,
    pub(crate) group: String,
    /// The name under which transactions are known.
    pub(crate) instance: String,
    /// Each start has another one; what they begin with, if so.
    pub(crate) instance_prefix: Option<String>,
    /// Of SASL, if one is given.
    pub(crate) user: Option<String>,
}

impl Names {
    /// A failure's text, and what to do about it where that is known.
    pub(crate) fn explain(&self, failure: &Failure) -> String {
        self.add_remedy(failure.to_string(), failure.cause())
    }

    pub(crate) fn add_remedy(&self, text: String, cause: Option<Cause<'_>>) -> String {
        match cause.and_then(|cause| self.remedy(cause)) {
            Some(remedy) => format!("{}. {remedy}", text.trim_end_matches('.')),
            None => text,
        }
    }

    fn remedy(&self, cause: Cause<'_>) -> Option<String> {
        Some(match cause.code {
            Code::TopicAuthorizationFailed => {
                let is_read = cause.topic.is_some_and(|topic| self.from.iter().any(|it| it == topic));
                let is_write = cause.is_of_producer && !is_read;
                let all = if is_write { &self.to } else { &self.from };
                let topics = cause.topic.map_or_else(|| all.join(","), str::to_owned);
                let right = if is_write { "WRITE" } else { "READ" };
                self.right(right, "topic", &topics)
            }
            Code::GroupAuthorizationFailed => self.right("READ", "group", &self.group),
            Code::TransactionalIdAuthorizationFailed => {
                let kind = "transactional-id";
                match &self.instance_prefix {
                    None => self.right("WRITE", kind, &self.instance),
                    Some(prefix) => {
                        let right = self.right("WRITE", kind, prefix);
                        format!("{right} --resource-pattern-type prefixed (or use --static-id)")
                    }
                }
            }
            Code::ClusterAuthorizationFailed => {
                self.right("IDEMPOTENT_WRITE", "cluster", "kafka-cluster")
            }
            Code::MessageSizeTooLarge => self.size(cause.topic),
            Code::FencedInstanceId | Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch => {
                "Another worker has the same --static-id, or this one was away for longer than \
                 transaction.timeout.ms: give each worker its own, and start this one anew"
                    .to_owned()
            }
            Code::OutOfOrderSequenceNumber | Code::UnknownProducerId => {
                "Brokers have lost what they had confirmed (a leader elected uncleanly, a topic deleted, a \
                 disk gone): start the worker anew, and what was not committed is read again"
                    .to_owned()
            }
            _ => return None,
        })
    }

    fn right(&self, right: &str, kind: &str, name: &str) -> String {
        let user = self.user.as_deref().unwrap_or("NAME");
        format!(
            "The right {right} on the {kind} {name} is missing: kafka-acls.sh --bootstrap-server {} --add \
             --allow-principal User:{user} --operation {right} --{kind}{}",
            self.brokers,
            if kind == "cluster" { String::new() } else { format!(" {name}") }
        )
    }

    fn size(&self, topic: Option<&str>) -> String {
        let topic = topic.map_or_else(|| self.to.join(","), str::to_owned);
        format!(
            "max.message.bytes of the topic {topic} is smaller than a record, or than a batch of them \
             (-X batch.size): kafka-configs.sh --bootstrap-server {} --alter --entity-type topics \
             --entity-name {topic} --add-config max.message.bytes=1048588",
            self.brokers
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_named_as_the_command_that_gives_it() {
        let names = Names {
            brokers: "kafka:9092".to_owned(),
            from: vec!["in".to_owned(), "in2".to_owned()],
            to: vec!["out".to_owned()],
            group: "g".to_owned(),
            instance: "g-1f".to_owned(),
            instance_prefix: Some("g-".to_owned()),
            user: None,
        };
        let explained = |code, topic, is_of_producer| {
            names.add_remedy("why..".to_owned(), Some(Cause { code, topic, is_of_producer }))
        };
        let start = "kafka-acls.sh --bootstrap-server kafka:9092 --add --allow-principal User:NAME";
        for (text, operation) in [
            (
                explained(Code::TransactionalIdAuthorizationFailed, None, true),
                "WRITE --transactional-id g- --resource-pattern-type prefixed",
            ),
            (explained(Code::ClusterAuthorizationFailed, None, true), "IDEMPOTENT_WRITE --cluster"),
            (explained(Code::TopicAuthorizationFailed, None, false), "READ --topic in,in2"),
            (explained(Code::TopicAuthorizationFailed, Some("in2"), true), "READ --topic in2"),
            (explained(Code::TopicAuthorizationFailed, None, true), "WRITE --topic out"),
        ] {
            assert!(text.starts_with("why. The right "), "{text}");
            assert!(text.contains(&format!("{start} --operation {operation}")), "{text}");
        }
        assert_eq!(names.add_remedy("why".to_owned(), None), "why");
        assert_eq!(explained(Code::NoError, None, true), "why..");
    }
}
