//! Groups of options that several commands share. They know no command.

mod database;
mod filter;
mod layers;
mod limits;
mod output;
mod per;
mod privacy;
pub(crate) mod threads;

#[cfg(feature = "kafka")]
pub(crate) use database::ClosestArgs;
pub(crate) use database::{CompatArgs, DatabaseArgs};
#[cfg(feature = "kafka")]
pub(crate) use filter::FilterArgs;
#[cfg(feature = "kafka")]
pub(crate) use layers::Layer;
pub(crate) use layers::LayerArgs;
pub(crate) use limits::LimitArgs;
#[cfg(feature = "kafka")]
pub(crate) use output::SummaryArgs;
pub(crate) use output::{Format, RecordArgs};
pub(crate) use per::{Per, PerArgs};
pub(crate) use privacy::{Privacy, PrivacyArgs};

/// A number that is not 0.
pub(crate) fn at_least_one() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}
