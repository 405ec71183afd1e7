//! The command line of `stackprint kafka`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ValueEnum, ValueHint};
use stackprint::who::{CONNECTION_SCHEMA, HOST_SCHEMA};
use stackprint::{LinkType, SCHEMA};

use crate::args::{
    ClosestArgs, DatabaseArgs, FilterArgs, LayerArgs, LimitArgs, Per, PerArgs, PrivacyArgs,
    at_least_one, threads,
};
use crate::exit::UsageError;
use crate::kafka_client::log::{LogFormat, LogLevel};
use crate::kafka_client::{names, properties};
use stackprint_worker::packets::{KeyTime, PacketFormat};

/// Read packets from Kafka topics, and write records to another.
///
/// Any number of workers share the partitions of a group. SIGTERM and SIGINT finish what was read,
/// within --drain-seconds, and end the program with exit status 0; a second signal ends it at
/// once. The exit status is 1 where an error ended the work. docs/kafka.md tells of topics,
/// delivery, scaling and metrics.
#[derive(Debug, clap::Args)]
pub(crate) struct KafkaArgs {
    /// Brokers to begin with; else the property bootstrap.servers.
    #[arg(short, long, value_name = "HOST:PORT,…", env = "STACKPRINT_BROKERS")]
    pub(crate) brokers: Option<String>,

    /// Topics with packets; with --per host the one topic with records. None of them is one of --to,
    /// --hosts-to or --dead-letters.
    #[arg(
        long,
        value_name = "TOPIC,…",
        required = true,
        value_delimiter = ',',
        value_parser = names::topic,
        env = "STACKPRINT_FROM"
    )]
    pub(crate) from: Vec<String>,

    /// The topic for records, or rows of connections.
    #[arg(long, value_name = "TOPIC", env = "STACKPRINT_TO", value_parser = names::topic)]
    pub(crate) to: Option<String>,

    /// The topic for rows of hosts, with --per host: compacted, and with as many partitions as the
    /// topic of records.
    #[arg(long, value_name = "TOPIC", env = "STACKPRINT_HOSTS_TO", value_parser = names::topic)]
    pub(crate) hosts_to: Option<String>,

    /// Seconds after which a host of which no record has come is removed from the topic of hosts.
    #[arg(long, value_name = "S", default_value_t = 7200, env = "STACKPRINT_HOST_IDLE", value_parser = at_least_one())]
    pub(crate) host_idle: u32,

    /// The consumer group, in which workers share partitions.
    #[arg(short, long, default_value = "stackprint", env = "STACKPRINT_GROUP", value_parser = names::group)]
    pub(crate) group: String,

    /// What is promised of each packet's record.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_DELIVERY")]
    pub(crate) delivery: DeliveryKind,

    /// The topic for messages that cannot be read; else they are counted and logged.
    #[arg(long, value_name = "TOPIC", env = "STACKPRINT_DEAD_LETTERS", value_parser = names::topic)]
    pub(crate) dead_letters: Option<String>,

    #[command(flatten)]
    pub(crate) per: PerArgs,

    /// How records are written.
    #[arg(short, long, value_enum, default_value_t, env = "STACKPRINT_FORMAT")]
    pub(crate) format: RecordFormat,

    /// The timestamp of records, by which brokers delete: seven days later, if nobody has changed a
    /// topic's retention. The packet's time is in the record, too, whatever is said here.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_RECORD_TIME")]
    pub(crate) record_time: RecordTime,

    /// How packets are written in messages, where their content-type does not say it.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_PACKET_FORMAT")]
    pub(crate) packet_format: PacketFormat,

    /// Link type of packets that do not say theirs: a LINKTYPE name or number.
    #[arg(long, value_name = "TYPE", default_value = "ETHERNET", env = "STACKPRINT_LINK_TYPE")]
    pub(crate) link_type: LinkType,

    /// Unit of the time in eight-byte keys of raw frames.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_KEY_TIME")]
    pub(crate) key_time: KeyTime,

    /// Messages in a batch: what a transaction holds, and what is read again after a crash.
    #[arg(long, value_name = "N", default_value_t = 20_000, env = "STACKPRINT_BATCH_MESSAGES", value_parser = at_least_one())]
    pub(crate) batch_messages: u32,

    /// Milliseconds after which a batch ends, however many messages it has.
    #[arg(long, value_name = "MS", default_value_t = 500, env = "STACKPRINT_BATCH_MS", value_parser = at_least_one())]
    pub(crate) batch_ms: u32,

    /// Seconds that a signal leaves for finishing what was read.
    #[arg(long, value_name = "S", default_value_t = 10, env = "STACKPRINT_DRAIN_SECONDS")]
    pub(crate) drain_seconds: u32,

    /// A name that this worker keeps when it is started anew (static membership): its partitions
    /// wait for it, and what it left unfinished is ended at once.
    #[arg(long, value_name = "ID", env = "STACKPRINT_STATIC_ID")]
    pub(crate) static_id: Option<String>,

    /// How a group shares partitions; the same in all its workers.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_ASSIGNMENT")]
    pub(crate) assignment: Assignment,

    /// How many partitions are worked on at once; 0 for as many as there are cores. Each thread is a
    /// member of the group, as another worker would be.
    #[arg(long, value_name = "N", default_value_t = 1, env = "STACKPRINT_THREADS", value_parser = threads::parser())]
    pub(crate) threads: u32,

    /// Create topics that are missing.
    #[arg(long, env = "STACKPRINT_CREATE_TOPICS", value_parser = BoolishValueParser::new())]
    pub(crate) create_topics: bool,

    /// Partitions of topics that are created [default: as many as the first topic of --from].
    #[arg(long, value_name = "N", env = "STACKPRINT_PARTITIONS", value_parser = at_least_one())]
    pub(crate) partitions: Option<u32>,

    #[command(flatten)]
    pub(crate) closest: ClosestArgs,

    #[command(flatten)]
    pub(crate) layers: LayerArgs,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) privacy: PrivacyArgs,

    /// A property for librdkafka, as often as needed. Secrets are better kept in a file (-F) or in
    /// the environment: STACKPRINT_KAFKA_SASL_PASSWORD is sasl.password.
    #[arg(short = 'X', long = "property", value_name = "NAME=VALUE", value_parser = properties::parse)]
    pub(crate) properties: Vec<(String, String)>,

    /// A file of such properties, one a line.
    #[arg(short = 'F', long, value_name = "FILE", env = "STACKPRINT_PROPERTY_FILE", value_hint = ValueHint::FilePath)]
    pub(crate) property_file: Option<PathBuf>,

    /// Serve /metrics, /healthz and /readyz there, such as 127.0.0.1:9464.
    #[arg(long, value_name = "ADDRESS:PORT", env = "STACKPRINT_METRICS")]
    pub(crate) metrics: Option<String>,

    /// How logs are written, on standard error.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_LOG")]
    pub(crate) log: LogFormat,

    /// What is logged.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_LOG_LEVEL")]
    pub(crate) log_level: LogLevel,

    /// End when all partitions of all topics are read to their ends.
    #[arg(short = 'e', long, env = "STACKPRINT_EXIT_AT_END", value_parser = BoolishValueParser::new())]
    pub(crate) exit_at_end: bool,
}

impl KafkaArgs {
    /// Refuses a worker that would read what it writes: one bad message would become dead letters
    /// without end.
    pub(super) fn check_loops(&self) -> Result<(), UsageError> {
        let targets = [
            ("--to", self.to.as_ref()),
            ("--hosts-to", self.hosts_to.as_ref()),
            ("--dead-letters", self.dead_letters.as_ref()),
        ];
        for (option, topic) in targets {
            if let Some(topic) = topic.filter(|topic| self.from.contains(topic)) {
                return Err(UsageError::conflict(format!(
                    "{option} is one of --from ({topic}): the worker would read what it writes, \
                     without end. Use another topic"
                )));
            }
        }
        Ok(())
    }

    /// Refuses what does not fit together.
    pub(super) fn check_rows(&self) -> Result<(), UsageError> {
        let is_host = self.per.per == Per::Host;
        let conflict = if self.per.per != Per::Packet && self.format == RecordFormat::P0f {
            "p0f's log has lines of packets, not rows of hosts or connections: another --format"
        } else if is_host && self.hosts_to.is_none() {
            "--per host reads a topic of records, and writes rows of hosts to another: name it by \
             --hosts-to"
        } else if is_host && self.to.is_some() {
            "--per host writes to --hosts-to alone, and no records: leave out --to"
        } else if is_host && self.from.len() != 1 {
            "--per host reads one topic of records, in which a host lies in one partition"
        } else if !is_host && self.hosts_to.is_some() {
            "--hosts-to is for --per host"
        } else if !is_host && self.to.is_none() {
            "a topic to write to is missing: --to"
        } else {
            return Ok(());
        };
        Err(UsageError::conflict(conflict))
    }

    /// The topic that is written to.
    pub(super) fn target(&self) -> &str {
        self.hosts_to.as_ref().or(self.to.as_ref()).map_or("", String::as_str)
    }

    /// The schema of what is written.
    pub(super) const fn schema(&self) -> &'static str {
        match self.per.per {
            Per::Packet => SCHEMA,
            Per::Connection => CONNECTION_SCHEMA,
            Per::Host => HOST_SCHEMA,
        }
    }

    /// How long a batch lasts.
    pub(super) fn batch_time(&self) -> Duration {
        match self.per.per {
            // Each batch has a row for each host that changed in it. Brokers end transactions that are
            // open for a minute.
            Per::Host => Duration::from_secs(self.per.row_interval.min(30).into()),
            Per::Packet | Per::Connection => Duration::from_millis(self.batch_ms.into()),
        }
    }
}

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum DeliveryKind {
    /// Nothing is lost; after a crash or a change in the group, some records may come again.
    #[default]
    AtLeastOnce,
    /// Nothing is lost and nothing comes twice, for those who read committed records only.
    ExactlyOnce,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum RecordFormat {
    /// One JSON object, as `stackprint schema` describes.
    #[default]
    #[value(name = "ndjson", alias = "json")]
    Json,
    /// The same as a MessagePack map.
    Msgpack,
    /// An event of the Elastic Common Schema, in JSON.
    Ecs,
    /// Lines for people.
    Text,
    /// Lines as in p0f's log.
    P0f,
}

/// The timestamp of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum RecordTime {
    /// When the packet was captured; now, if that is more than a day ago or in the future.
    #[default]
    Recent,
    /// When the packet was captured, however long ago. Brokers may delete such records as they come.
    Packet,
    /// When the record is written.
    Now,
}

/// How a group shares partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Assignment {
    /// Neighbouring partitions to one worker.
    #[default]
    Range,
    /// One partition to each worker in turn.
    #[value(name = "roundrobin")]
    RoundRobin,
    /// Partitions stay where they are, as far as possible.
    CooperativeSticky,
}

impl Assignment {
    pub(crate) const fn property(self) -> &'static str {
        match self {
            Assignment::Range => "range",
            Assignment::RoundRobin => "roundrobin",
            Assignment::CooperativeSticky => "cooperative-sticky",
        }
    }
}
