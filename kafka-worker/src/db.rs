//! `stackprint db`: databases checked, listed, explained and measured, and signatures proposed.

mod args;
mod check;
mod evidence;
mod explain;
mod explain_http;
mod learn;
mod list;
mod lookup;
mod score;
mod words;

use std::process::ExitCode;

pub(crate) use args::DatabaseCommand;

pub(crate) fn run(args: &DatabaseCommand) -> anyhow::Result<ExitCode> {
    match args {
        DatabaseCommand::Check(args) => check::run(args),
        DatabaseCommand::List(args) => list::run(args),
        DatabaseCommand::Lookup(args) => lookup::run(args),
        DatabaseCommand::Score(args) => score::run(args),
        DatabaseCommand::Explain(args) => explain::run(args),
        DatabaseCommand::Learn(args) => learn::run(args),
    }
}
