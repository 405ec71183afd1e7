//! `stackprint db`: databases checked, listed, explained and measured, and signatures proposed.

pub(crate) mod args;
mod check;
mod evidence;
mod explain;
mod learn;
mod list;
mod lookup;
mod score;
mod words;

use std::process::ExitCode;

use args::DatabaseCommand;
use stackprint::Direction;

pub(crate) fn run(said: &DatabaseCommand) -> anyhow::Result<ExitCode> {
    match said {
        DatabaseCommand::Check(said) => check::run(said),
        DatabaseCommand::List(said) => list::run(said),
        DatabaseCommand::Lookup(said) => lookup::run(said),
        DatabaseCommand::Score(said) => score::run(said),
        DatabaseCommand::Explain(said) => explain::run(said),
        DatabaseCommand::Learn(said) => learn::run(said),
    }
}

/// The word of records for a direction.
fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Syn => "syn",
        Direction::SynAck => "syn_ack",
    }
}
