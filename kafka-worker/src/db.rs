//! `stackprint db`: databases checked, listed, explained and measured, and signatures proposed.

mod args;
mod check;
mod evidence;
mod explain;
mod learn;
mod list;
mod lookup;
mod score;
mod words;

use std::process::ExitCode;

pub(crate) use args::DatabaseCommand;

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
