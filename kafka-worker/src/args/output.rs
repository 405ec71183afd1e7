//! How records are written, and the summary at the end.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};

use super::database::{ClosestArgs, DatabaseArgs};
use super::filter::FilterArgs;
use super::layers::LayerArgs;
use super::limits::LimitArgs;
use super::per::PerArgs;
use super::privacy::PrivacyArgs;

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
    pub(crate) per: PerArgs,

    #[command(flatten)]
    pub(crate) closest: ClosestArgs,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    pub(crate) layers: LayerArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) privacy: PrivacyArgs,

    #[command(flatten)]
    pub(crate) summary: SummaryArgs,
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

/// When something is done that usually depends on being at a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl When {
    fn holds(self, at_terminal: bool) -> bool {
        match self {
            When::Auto => at_terminal,
            When::Always => true,
            When::Never => false,
        }
    }
}
