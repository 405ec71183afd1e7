//! The command line of `stackprint read`.

use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};

use crate::args::{RecordArgs, threads};
use crate::captures::InputArgs;
use crate::query::QueryArgs;

/// Read captures, and write a record for each packet that says something.
///
/// Captures are pcap or pcapng, plain or compressed with gzip or zstd, and read in the order given:
/// hosts seen in one are remembered in the next. From a pipe that is still growing, records are
/// written as soon as they can be. A damaged capture is reported after what could be read of it.
///
/// Streams of packets in JSON or MessagePack are read as well (docs/packets.md): a line that cannot
/// be parsed is reported and skipped.
#[derive(Debug, clap::Args)]
pub(crate) struct ReadArgs {
    /// Captures; `-` for standard input, which is also read where none is given.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// Whether records name the file and frame that they come from; text and p0f's log never do.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_ORIGIN")]
    pub(crate) origin: Origin,

    /// How many threads analyze and write; 0 for as many as there are cores. The records are the same,
    /// in the same order. With two or more, one more thread reads and decompresses files.
    #[arg(long, value_name = "N", default_value_t = 1, env = "STACKPRINT_THREADS", value_parser = threads::parser())]
    pub(crate) threads: u32,

    #[command(flatten)]
    pub(crate) query: QueryArgs,

    #[command(flatten)]
    pub(crate) records: RecordArgs,
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
