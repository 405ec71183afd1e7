//! librdkafka's properties: our defaults, what the user sets, and what nobody may see.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;

use rdkafka::Offset;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};

use super::failure::Failure;
use super::secrets::is_secret;
use crate::text_file;

/// Environment variables that begin so are properties: `STACKPRINT_KAFKA_SASL_PASSWORD` is
/// `sasl.password`. A command line can be read by every user of a machine.
const ENVIRONMENT_PREFIX: &str = "STACKPRINT_KAFKA_";

/// Properties for both ends.
#[rustfmt::skip]
const COMMON: &[(&str, &str)] = &[
    ("client.id", "stackprint"),
    // The lag that metrics tell is as old as that at most.
    ("statistics.interval.ms", "1000"),
    // Back to brokers that return within seconds, without storms.
    ("reconnect.backoff.ms", "100"),
    ("reconnect.backoff.max.ms", "5000"),
    ("socket.keepalive.enable", "true"),
];

/// Properties of the consumer, as fetched messages are bounded by 64 MiB in all, and 32 MiB a
/// partition.
#[rustfmt::skip]
const CONSUMER: &[(&str, &str)] = &[
    ("enable.auto.offset.store", "false"),
    ("auto.commit.interval.ms", "1000"),
    ("auto.offset.reset", "earliest"),
    ("fetch.wait.max.ms", "100"),
    ("fetch.max.bytes", "67108864"),
    ("max.partition.fetch.bytes", "4194304"),
    // A message larger than this would be asked for again and again, and never come.
    ("receive.message.max.bytes", "2147483647"),
    ("queued.min.messages", "200000"),
    ("queued.max.messages.kbytes", "32768"),
    ("topic.metadata.refresh.interval.ms", "30000"),
];

/// Properties of the producer.
#[rustfmt::skip]
const PRODUCER: &[(&str, &str)] = &[
    ("enable.idempotence", "true"),
    ("compression.codec", "zstd"),
    ("compression.level", "1"),
    ("linger.ms", "20"),
    ("batch.num.messages", "10000"),
    ("batch.size", "1000000"),
    ("queue.buffering.max.messages", "200000"),
    ("queue.buffering.max.kbytes", "262144"),
    // Where Java's client puts a key, so that other producers' records of a host are beside ours.
    ("partitioner", "murmur2_random"),
    ("delivery.report.only.error", "false"),
];

/// Beginnings of properties that only a consumer has.
const ONLY_CONSUMER: &[&str] = &[
    "auto.commit.",
    "auto.offset.",
    "check.crcs",
    "enable.auto.",
    "enable.partition.eof",
    "fetch.",
    "group.",
    "heartbeat.",
    "isolation.",
    "max.partition.",
    "max.poll.",
    "partition.assignment.",
    "queued.",
    "session.",
    "allow.auto.create.",
];

/// Beginnings of properties that only a producer has.
const ONLY_PRODUCER: &[&str] = &[
    "acks",
    "batch.",
    "compression.",
    "delivery.",
    "dr_",
    "enable.gapless.",
    "enable.idempotence",
    "linger.",
    "message.send.",
    "message.timeout.",
    "partitioner",
    "queue.buffering.",
    "queuing.strategy",
    "request.required.",
    "request.timeout.",
    "retries",
    "retry.backoff.",
    "sticky.",
    "transaction",
    "msg_order_cmp",
];

/// What the worker decides itself: its promises hold only so.
const OURS: &[&str] = &[
    "enable.auto.offset.store",
    "enable.auto.commit",
    "enable.partition.eof",
    "transactional.id",
    "delivery.report.only.error",
    "dr_msg_cb",
    "enable.idempotence",
];

/// Properties in the order in which they were set; later ones win.
#[derive(Debug, Clone, Default)]
pub(crate) struct Properties(BTreeMap<String, String>);

impl Properties {
    /// Those of a file, then of the environment, then of the command line.
    pub(crate) fn gather(
        file: Option<&Path>,
        given: &[(String, String)],
    ) -> Result<Properties, Failure> {
        let mut properties = Properties::default();
        if let Some(path) = file {
            properties.read(path)?;
        }
        for (name, value) in env::vars_os() {
            let name = name.to_str().and_then(|name| name.strip_prefix(ENVIRONMENT_PREFIX));
            if let (Some(name), Some(value)) = (name, value.to_str()) {
                properties.set(&name.to_ascii_lowercase().replace('_', "."), value);
            }
        }
        for (name, value) in given {
            properties.set(name, value);
        }
        match OURS.iter().find(|name| properties.0.contains_key(**name)) {
            Some(name) => Err(Failure::Reserved(name)),
            None => Ok(properties),
        }
    }

    fn read(&mut self, path: &Path) -> Result<(), Failure> {
        let name = path.display().to_string();
        let text =
            text_file::text(path).map_err(|error| Failure::Read { path: name.clone(), error })?;
        for (place, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Ok((key, value)) = parse(line) else {
                return Err(Failure::PropertyFile { path: name, line: place + 1 });
            };
            self.set(&key, &value);
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) {
        let own = ["topic.metadata.", "topic.blacklist"].iter().any(|own| name.starts_with(own));
        // Older configurations mark properties of topics so.
        let name = name.strip_prefix("topic.").filter(|_| !own).unwrap_or(name);
        self.0.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Says what this build cannot do, before librdkafka says it less clearly.
    pub(crate) fn check_build(&self) -> Result<(), Failure> {
        if cfg!(feature = "kafka-tls") { Ok(()) } else { self.check_without_tls() }
    }

    fn check_without_tls(&self) -> Result<(), Failure> {
        for (property, needs_tls) in [
            ("security.protocol", ["ssl", "sasl_ssl"].as_slice()),
            ("sasl.mechanisms", ["scram-sha-256", "scram-sha-512", "oauthbearer"].as_slice()),
            ("sasl.mechanism", ["scram-sha-256", "scram-sha-512", "oauthbearer"].as_slice()),
        ] {
            if let Some(value) = self.get(property)
                && needs_tls.contains(&value.to_ascii_lowercase().as_str())
            {
                return Err(Failure::NoTls { property, value: value.to_owned() });
            }
        }
        Ok(())
    }
}

/// `property=value`.
pub(crate) fn parse(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected property=value"),
    }
}

/// The ends of the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Consumer,
    Producer,
}

impl Properties {
    /// A configuration: defaults, what was set, and at last what the worker decides.
    pub(crate) fn config(&self, role: Role, decided: &[(&str, &str)]) -> ClientConfig {
        let (usual, foreign) = match role {
            Role::Consumer => (CONSUMER, ONLY_PRODUCER),
            Role::Producer => (PRODUCER, ONLY_CONSUMER),
        };
        let is_foreign = |name: &str| foreign.iter().any(|beginning| name.starts_with(beginning));
        let mut config = ClientConfig::new();
        // By default the level of a logging library that is not used here: nothing.
        config.set_log_level(RDKafkaLogLevel::Info);
        for (name, value) in COMMON.iter().chain(usual) {
            config.set(*name, *value);
        }
        for (name, value) in self.0.iter().filter(|(name, _)| !is_foreign(name)) {
            config.set(name, value);
        }
        for (name, value) in decided {
            config.set(*name, *value);
        }
        config
    }

    /// Where to begin in partitions of which the group has committed nothing: `auto.offset.reset`.
    /// Invalid where that is to be an error, which librdkafka then finds.
    pub(crate) fn begin_at(&self) -> Offset {
        match self.get("auto.offset.reset").map(str::to_ascii_lowercase).as_deref() {
            None | Some("earliest" | "smallest" | "beginning") => Offset::Beginning,
            Some("latest" | "largest" | "end") => Offset::End,
            Some(_) => Offset::Invalid,
        }
    }

    /// What was set, for logs.
    pub(crate) fn masked(&self) -> String {
        let shown = |(name, value): (&String, &String)| match is_secret(name) {
            true => format!("{name}=***"),
            false => format!("{name}={value}"),
        };
        self.0.iter().map(shown).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::secrets::describe;
    use super::*;

    fn properties(said: &[(&str, &str)]) -> Properties {
        let said: Vec<_> =
            said.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Properties::gather(None, &said).unwrap()
    }

    #[test]
    fn each_end_gets_what_it_understands() {
        let set = properties(&[
            ("fetch.min.bytes", "7"),
            ("topic.linger.ms", "8"),
            ("socket.timeout.ms", "9000"),
        ]);
        let consumer = set.config(Role::Consumer, &[("group.id", "g")]);
        assert_eq!(consumer.get("fetch.min.bytes"), Some("7"));
        assert_eq!(consumer.get("linger.ms"), None);
        assert_eq!(consumer.get("socket.timeout.ms"), Some("9000"));
        assert_eq!(consumer.get("group.id"), Some("g"));
        let producer = set.config(Role::Producer, &[]);
        assert_eq!(producer.get("fetch.min.bytes"), None);
        assert_eq!(producer.get("linger.ms"), Some("8"));
        assert_eq!(producer.get("socket.timeout.ms"), Some("9000"));
    }

    #[test]
    fn all_defaults_are_accepted() {
        for role in [Role::Consumer, Role::Producer] {
            properties(&[]).config(role, &[]).create_native_config().unwrap();
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let set = properties(&[("sasl.password", "hunter2"), ("sasl.username", "alice")]);
        assert_eq!(set.masked(), "sasl.password=*** sasl.username=alice");
        let set = properties(&[("ssl.key.password", "hunter2\0")]);
        let error = set.config(Role::Consumer, &[]).create_native_config().err().unwrap();
        assert!(!describe(&error).contains("hunter2"), "{}", describe(&error));
    }

    #[test]
    fn what_the_worker_decides_cannot_be_set() {
        let said = [("enable.auto.commit".to_owned(), "true".to_owned())];
        let error = Properties::gather(None, &said).unwrap_err();
        assert!(error.to_string().contains("enable.auto.commit"), "{error}");
    }

    #[test]
    fn a_build_without_tls_says_so() {
        for (name, value) in
            [("security.protocol", "SASL_SSL"), ("sasl.mechanism", "SCRAM-SHA-512")]
        {
            let error = properties(&[(name, value)]).check_without_tls().unwrap_err();
            assert!(error.to_string().contains("--features kafka-tls"), "{error}");
        }
        assert!(properties(&[("security.protocol", "sasl_plaintext")]).check_without_tls().is_ok());
    }

    #[test]
    fn a_property_has_a_name_and_a_value() {
        assert_eq!(parse("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(parse("a").is_err());
        assert!(parse("=b").is_err());
    }
}
