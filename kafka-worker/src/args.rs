//! The command line as it is said; [`plan`](crate::plan) has what is meant by it.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::builder::BoolishValueParser;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum, ValueHint};

use crate::filter_args::FilterArgs;
use crate::help;

/// What `--version` prints: the version, and what was built in.
#[cfg(feature = "tls")]
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nbuilt with: kafka, tls");
#[cfg(all(feature = "kafka", not(feature = "tls")))]
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nbuilt with: kafka");
#[cfg(not(feature = "kafka"))]
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nbuilt with: nothing optional");

/// Tells operating systems and tools by the TCP handshakes that they send.
///
/// Records go to standard output, messages to standard error. The exit status is 0 if all went
/// well, 1 if something could not be read or written, 2 for wrong usage, and 128 + the signal's
/// number if a signal ended the work early.
///
/// Each option can be given in the environment, too: --p0f-exact as STACKPRINT_P0F_EXACT=1.
#[derive(Debug, Parser)]
#[command(name = "stackprint", version, long_version = LONG_VERSION)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Read(Box<ReadArgs>),
    #[cfg(target_os = "linux")]
    Live(Box<crate::live::LiveArgs>),
    Coprocess(Box<crate::coprocess::args::CoprocessArgs>),
    #[cfg(feature = "kafka")]
    Kafka(Box<crate::kafka::KafkaArgs>),
    #[cfg(feature = "kafka")]
    Publish(Box<crate::publish::PublishArgs>),
    /// Signature databases.
    #[command(subcommand)]
    Db(crate::db::args::DatabaseCommand),
    /// Print the JSON Schema of what is written or read.
    Schema {
        /// Of what.
        #[arg(value_enum, default_value_t)]
        of: SchemaOf,

        /// For whom: JSON Schema, or the columns of records for a program that loads them.
        #[arg(long = "for", value_name = "PROGRAM", value_enum, default_value_t)]
        dialect: crate::columns::Dialect,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page of the program or of one of its commands, as troff.
    Man {
        /// The command, such as `read` or `db lookup`; none for the program.
        command: Vec<String>,
    },
}

/// Read captures, and write a record for each packet that says something.
///
/// Captures are pcap or pcapng, plain or compressed with gzip or zstd, and read in the order given:
/// hosts seen in one are remembered in the next. From a pipe that is still growing, records are
/// written as soon as they can be. A damaged capture is reported after what could be read of it.
///
/// Streams of packets in JSON or MessagePack are read as well (docs/packets.md): a line that cannot
/// be read is told of, and passed over.
#[derive(Debug, clap::Args)]
pub(crate) struct ReadArgs {
    /// Captures; `-` for standard input, which is also read where none is given.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) input: crate::captures::InputArgs,

    /// Whether records name the file and frame that they come from; text and p0f's log never do.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_ORIGIN")]
    pub(crate) origin: Origin,

    /// How many threads work. The records are the same, in the same order: one thread decodes and
    /// analyzes, the others write records; one more reads and decompresses files.
    #[arg(long, value_name = "N", default_value_t = 1, env = "STACKPRINT_THREADS", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) threads: u32,

    #[command(flatten)]
    pub(crate) records: RecordArgs,
}

/// How records are made and written, wherever the packets come from.
#[derive(Debug, clap::Args)]
pub(crate) struct RecordArgs {
    /// How records are written.
    #[arg(short, long, value_enum, default_value_t, env = "STACKPRINT_FORMAT")]
    pub(crate) format: Format,

    /// Where records are written, instead of standard output.
    #[arg(short, long, value_name = "FILE", env = "STACKPRINT_OUTPUT", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) closest: ClosestArgs,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) summary: SummaryArgs,
}

/// What is remembered, and how much; [`plan::limits`](crate::plan::limits) knows what is usual.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct LimitArgs {
    /// How many hosts are remembered at once, by `kafka` for each partition [default: 200000, with
    /// --p0f-exact 10000].
    #[arg(long, value_name = "N", env = "STACKPRINT_HOSTS", value_parser = at_least_one())]
    pub(crate) hosts: Option<u32>,

    /// How many flows are remembered at once, by `kafka` for each partition [default: 100000, with
    /// --p0f-exact 1000].
    #[arg(long, value_name = "N", env = "STACKPRINT_FLOWS", value_parser = at_least_one())]
    pub(crate) flows: Option<u32>,

    /// Take an address for one host in all VLANs, VXLAN or GENEVE networks and GTP tunnels; without
    /// this, it is a host of its own in each, the innermost around a packet. With --p0f-exact, it
    /// always is one.
    #[arg(long, env = "STACKPRINT_MERGE_PATHS", value_parser = BoolishValueParser::new())]
    pub(crate) merge_paths: bool,
}

/// Whether a summary ends the work.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct SummaryArgs {
    /// Whether a summary ends the work, on standard error; `auto` where that is a terminal.
    #[arg(
        long,
        value_name = "WHEN",
        num_args = 0..=1,
        require_equals = true,
        default_value = "auto",
        default_missing_value = "always",
        env = "STACKPRINT_SUMMARY"
    )]
    summary: When,
}

impl SummaryArgs {
    /// Whether standard error is to get one.
    pub(crate) fn is_wanted(self) -> bool {
        self.summary.holds(io::stderr().is_terminal())
    }
}

/// Which signatures are known, and how they are compared.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DatabaseArgs {
    /// Signatures in the syntax of p0f.fp, instead of the built-in ones; read again on SIGHUP.
    #[arg(short, long, value_name = "FILE", env = "STACKPRINT_DATABASE", value_hint = ValueHint::FilePath)]
    pub(crate) database: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) compat: CompatArgs,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct ClosestArgs {
    /// Where no signature fits, name the closest ones and how they differ, as text does without this.
    #[arg(long, env = "STACKPRINT_CLOSEST", value_parser = BoolishValueParser::new())]
    pub(crate) closest: bool,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct CompatArgs {
    /// Answer as p0f 3.09b does, bit for bit, its slips included.
    #[arg(long, env = "STACKPRINT_P0F_EXACT", value_parser = BoolishValueParser::new())]
    pub(crate) p0f_exact: bool,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// Blocks of lines for people.
    #[default]
    Text,
    /// One JSON object a line, as `stackprint schema` describes.
    Ndjson,
    /// The same as MessagePack maps, one after the other.
    Msgpack,
    /// One event of the Elastic Common Schema a line, in JSON.
    Ecs,
    /// Comma-separated values with a row of names first.
    Csv,
    /// Lines as in p0f's log.
    P0f,
}

/// What is written of where a record comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Origin {
    /// File and frame number.
    #[default]
    File,
    /// Nothing.
    None,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The records that are written.
    #[default]
    Record,
    /// The envelope of packets in messages.
    Packet,
}

/// When something is done that usually depends on being at a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

impl When {
    pub(crate) fn holds(self, at_terminal: bool) -> bool {
        match self {
            When::Auto => at_terminal,
            When::Always => true,
            When::Never => false,
        }
    }
}

pub(crate) fn at_least_one() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}

/// The command line, with what [`help`] adds.
pub(crate) fn command() -> clap::Command {
    help::added_to(Args::command())
}

/// The command line of this process; ends it where that is wrong, or asks for help.
pub(crate) fn said() -> Args {
    let matches = command().get_matches();
    Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The completion script for a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "stackprint", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual page of a command.
pub(crate) fn manual(path: &[String]) -> anyhow::Result<String> {
    let mut command = command();
    // Gives the commands their full names.
    command.build();
    for name in path {
        let Some(inner) = command.find_subcommand(name) else {
            bail!("there is no command {}", path.join(" "));
        };
        command = inner.clone();
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).context("writing the manual page")?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
