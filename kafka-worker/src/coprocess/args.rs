//! The command line of `stackprint coprocess`.

use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};
use stackprint::LinkType;

use crate::args::{DatabaseArgs, LayerArgs, LimitArgs, PrivacyArgs, at_least_one};

/// Add what is found to the records of a log pipeline: a record in, a record out.
///
/// For rsyslog (mmexternal), Redpanda Connect (subprocess), Fluentd (exec_filter) and others that
/// talk to a child process (docs/pipelines.md). For each record on standard input there is exactly
/// one on standard output, in order, and as soon as no more come at once. A record with a packet in
/// it (docs/packets.md) comes back with what the packet says; every other comes back as it was.
/// What is wrong with a packet is said in its record: standard error stays silent, because some
/// hosts read it as an answer. SIGTERM and the end of the input end the work with exit status 0.
#[derive(Debug, clap::Args)]
pub(crate) struct CoprocessArgs {
    /// What an answer is.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_ANSWER")]
    pub(crate) answer: Answer,

    /// How records follow each other, in and out.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_FRAMING")]
    pub(crate) framing: Framing,

    /// The key under which findings are added.
    #[arg(long, value_name = "NAME", default_value = "stackprint", env = "STACKPRINT_KEY")]
    pub(crate) key: String,

    /// Where in a record the object with the packet is: a path with dots; an object, or a text of
    /// JSON. The first of several that has one counts. Without this, the record itself; for
    /// rsyslog `$!`, then msg, then the record itself.
    #[arg(long, value_name = "PATH,…", value_delimiter = ',', env = "STACKPRINT_FIELD")]
    pub(crate) field: Vec<String>,

    /// Link type of packets that do not say theirs: a LINKTYPE name or number.
    #[arg(long, value_name = "TYPE", default_value = "ETHERNET", env = "STACKPRINT_LINK_TYPE")]
    pub(crate) link_type: LinkType,

    /// Bytes of the longest record that is looked into; a longer one comes back as it was.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20, env = "STACKPRINT_MAX_RECORD", value_parser = at_least_one())]
    pub(crate) max_record: u32,

    /// Where answers are appended, instead of standard output.
    #[arg(short, long, value_name = "FILE", env = "STACKPRINT_OUTPUT", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,

    /// Where messages are appended; without this, they are said on standard error where that is a
    /// terminal, and nowhere else.
    #[arg(long, value_name = "FILE", env = "STACKPRINT_LOG_FILE", value_hint = ValueHint::FilePath)]
    pub(crate) log_file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) layers: LayerArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) privacy: PrivacyArgs,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Answer {
    /// The record with the findings spliced in: Redpanda Connect, Fluentd, Logstash.
    #[default]
    Record,
    /// What rsyslog's mmexternal adds to a message: `{"$!":{"stackprint":{…}}}`, or `{}`.
    Rsyslog,
}

/// How records follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Framing {
    /// One a line.
    #[default]
    Lines,
    /// Each after its length in bytes, as four bytes, big-endian.
    #[value(name = "length_prefixed_uint32_be", alias = "length-prefixed-uint32-be")]
    LengthPrefixed,
    /// Each as `5:hello,`.
    Netstring,
}
