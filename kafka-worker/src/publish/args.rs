//! The command line of `stackprint publish`.

use std::path::PathBuf;

use anyhow::bail;
use clap::builder::BoolishValueParser;
use clap::{ValueEnum, ValueHint};
use stackprint::stream::TlsOpenings;

use super::openings::{Openings, Segments};
use crate::args::{Layer, SummaryArgs, at_least_one};
use crate::kafka_client::log::{LogFormat, LogLevel};
use crate::kafka_client::{names, properties};
use stackprint_worker::packets::KeyTime;

/// Of `--bpf`, whose default is another one than that of `live`.
#[cfg(target_os = "linux")]
const BPF_HELP: &str = "What the kernel copies [default: what --select names]";

/// Publish the packets of captures or network interfaces to a Kafka topic.
///
/// All packets between two hosts go to one partition, in their order: where Java's client puts the
/// key "10.0.0.1 10.0.0.2", the two addresses in order. TCP is published, and the datagrams that may
/// open a connection of QUIC or DTLS; other packets are counted.
///
/// Messages wait in memory for brokers that are slow or away, up to queue.buffering.max.kbytes
/// (262144: 256 MiB); then reading waits. No packet is dropped: one that is not delivered within
/// message.timeout.ms (5 minutes) ends the work with exit status 1. Each message is written once,
/// in order (enable.idempotence).
///
/// The time of a message is that of its first packet, or now, where that is more than a day ago or
/// in the future: else the topic's retention would delete messages of old captures as they come.
#[derive(Debug, clap::Args)]
#[cfg_attr(target_os = "linux", command(mut_arg("bpf", |arg| arg.help(BPF_HELP))))]
pub(crate) struct PublishArgs {
    /// Captures; `-` for standard input, which is also read where none is given.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,

    /// A network interface to listen on, instead of captures, as often as needed; `any` for all that
    /// are up. Ends by SIGINT or SIGTERM.
    #[cfg(target_os = "linux")]
    #[arg(
        short,
        long = "interface",
        value_name = "IFACE",
        conflicts_with = "files",
        env = "STACKPRINT_INTERFACE"
    )]
    pub(crate) interfaces: Vec<String>,

    #[cfg(target_os = "linux")]
    #[command(flatten)]
    pub(crate) capture: crate::live::CaptureArgs,

    /// Brokers to begin with; else the property bootstrap.servers.
    #[arg(short, long, value_name = "HOST:PORT,…", env = "STACKPRINT_BROKERS")]
    pub(crate) brokers: Option<String>,

    /// The topic for packets.
    #[arg(long, value_name = "TOPIC", env = "STACKPRINT_TO", value_parser = names::topic)]
    pub(crate) to: String,

    /// How packets are written.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_ENCODING")]
    pub(crate) encoding: Encoding,

    /// Unit of the time in the keys of --encoding raw.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_KEY_TIME")]
    pub(crate) key_time: KeyTime,

    /// Packets in a message at most [default: 64, with --encoding raw 1].
    #[arg(long, value_name = "N", env = "STACKPRINT_PACKETS_PER_MESSAGE", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) packets_per_message: Option<u16>,

    /// Milliseconds that a packet waits for others to share its message.
    #[arg(long, value_name = "MS", default_value_t = 50, env = "STACKPRINT_LINGER_MS")]
    pub(crate) linger_ms: u32,

    /// Which packets are published, in the words of `live --bpf` [default: all of captures, of
    /// interfaces openings].
    #[arg(long, value_enum, value_name = "WHAT", env = "STACKPRINT_SELECT")]
    select: Option<Selection>,

    /// Of which layers openings are published, with --select openings: without http, no byte of HTTP
    /// is. TCP's are always. [default: all]
    #[arg(
        long,
        value_name = "LAYER,…",
        value_enum,
        value_delimiter = ',',
        env = "STACKPRINT_LAYERS"
    )]
    layers: Vec<Layer>,

    /// The same as --select handshakes.
    #[arg(
        long,
        conflicts_with = "select",
        env = "STACKPRINT_SYN_ONLY",
        value_parser = BoolishValueParser::new()
    )]
    syn_only: bool,

    /// A name for this sensor, which records carry on.
    #[arg(long, value_name = "NAME", env = "STACKPRINT_SENSOR")]
    pub(crate) sensor: Option<String>,

    /// Packets a second at most.
    #[arg(long, value_name = "N", env = "STACKPRINT_RATE", value_parser = at_least_one())]
    pub(crate) rate: Option<u32>,

    /// Create the topic if it is missing.
    #[arg(long, env = "STACKPRINT_CREATE_TOPICS", value_parser = BoolishValueParser::new())]
    pub(crate) create_topics: bool,

    /// Partitions of a topic that is created [default: what the broker is configured to].
    #[arg(long, value_name = "N", env = "STACKPRINT_PARTITIONS", value_parser = at_least_one())]
    pub(crate) partitions: Option<u32>,

    /// Seconds without a delivery after which the end no longer waits for what is on its way.
    #[arg(long, value_name = "S", default_value_t = 30, env = "STACKPRINT_DRAIN_SECONDS")]
    pub(crate) drain_seconds: u32,

    /// A property for librdkafka, as often as needed. Secrets are better kept in a file (-F) or in
    /// the environment: STACKPRINT_KAFKA_SASL_PASSWORD is sasl.password.
    #[arg(short = 'X', long = "property", value_name = "NAME=VALUE", value_parser = properties::parse)]
    pub(crate) properties: Vec<(String, String)>,

    /// A file of such properties, one a line.
    #[arg(short = 'F', long, value_name = "FILE", env = "STACKPRINT_PROPERTY_FILE", value_hint = ValueHint::FilePath)]
    pub(crate) property_file: Option<PathBuf>,

    /// How logs are written, on standard error.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_LOG")]
    pub(crate) log: LogFormat,

    /// What is logged.
    #[arg(long, value_enum, default_value = "warn", env = "STACKPRINT_LOG_LEVEL")]
    pub(crate) log_level: LogLevel,

    #[command(flatten)]
    pub(crate) summary: SummaryArgs,
}

impl PublishArgs {
    /// Which packets are published.
    pub(super) fn selection(&self) -> Selection {
        let usual = if self.is_live() { Selection::Openings } else { Selection::All };
        if self.syn_only { Selection::Handshakes } else { self.select.unwrap_or(usual) }
    }

    #[cfg(target_os = "linux")]
    fn is_live(&self) -> bool {
        !self.interfaces.is_empty()
    }

    #[cfg(not(target_os = "linux"))]
    fn is_live(&self) -> bool {
        false
    }

    /// What openings are published, by the layers that are asked for.
    pub(super) fn openings(&self) -> anyhow::Result<Openings> {
        let has = |layer| self.layers.is_empty() || self.layers.contains(&layer);
        if !self.layers.is_empty() && self.selection() != Selection::Openings {
            bail!("--layers is for --select openings");
        }
        let (tls, http) = (has(Layer::Tls), has(Layer::Http));
        if http && !tls {
            bail!("--layers with http needs tls, too: of what clients send, only TLS can be told");
        }
        let segments = match (tls, http) {
            (true, true) => Segments::All,
            (true, false) => Segments::Tls(TlsOpenings::default()),
            _ => Segments::Handshakes,
        };
        // Both kinds of datagrams hold hellos of TLS, and nothing in cleartext but these.
        Ok(Openings { segments, datagrams: tls || has(Layer::Quic) })
    }
}

/// Which packets are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Selection {
    /// What may be a SYN or SYN+ACK: a few packets in a hundred, and what systems are recognized by;
    /// uptimes are found in fewer of them.
    Handshakes,
    /// Also what clients and servers open a connection with: payload towards the lower port,
    /// answers that begin as TLS or HTTP do, and the first datagrams of QUIC and DTLS.
    Openings,
    /// Every packet of TCP, and the first datagrams of QUIC and DTLS.
    All,
}

/// How packets are written in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Encoding {
    /// Envelopes in MessagePack: the fastest to read.
    #[default]
    Msgpack,
    /// Envelopes in JSON.
    Json,
    /// The bytes of a frame, one a message, with its time as the key, as Metron has it. The
    /// original length of a packet that the capture cut is lost.
    Raw,
    /// A pcap file.
    Pcap,
}
