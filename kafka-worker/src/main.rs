//! The `stackprint` program: captures in, records of the TCP stacks in them out.

mod args;
mod captures;
mod columns;
mod coprocess;
mod counters;
mod database;
mod db;
mod filter_args;
mod help;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(target_os = "linux")]
mod live;
#[cfg(feature = "kafka")]
mod message_time;
mod messages;
mod passed_over;
mod plan;
mod progress;
#[cfg(feature = "kafka")]
mod publish;
mod read;
mod recorder;
mod reload;
mod sink;
mod source;
mod stop;
mod summary;
mod text_file;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap::error::ErrorKind;

use args::{Args, Command, SchemaOf};
use columns::Dialect;
use stackprint_worker::packets;

/// Something failed; what, has been said on standard error.
const FAILED: u8 = 1;

fn main() -> ExitCode {
    match run(args::said().command) {
        Ok(code) => code,
        // Whoever read the output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            messages::say(&format_args!("{error:#}"));
            ExitCode::from(FAILED)
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Read(said) => read::run(plan::ReadPlan::new(&said)?),
        #[cfg(target_os = "linux")]
        Command::Live(said) => live::run(&said),
        Command::Coprocess(said) => coprocess::run(&said),
        #[cfg(feature = "kafka")]
        Command::Kafka(said) => kafka::run(&said),
        #[cfg(feature = "kafka")]
        Command::Publish(said) => publish::run(&said),
        Command::Db(said) => db::run(&said),
        Command::Schema { of, dialect } => print(&schema(of, dialect)?),
        Command::Completions { shell } => print(&args::completions(shell)),
        Command::Man { command } => print(&args::manual(&command)?),
    }
}

fn schema(of: SchemaOf, dialect: Dialect) -> anyhow::Result<String> {
    let schema = match of {
        SchemaOf::Record => stackprint::schema(),
        SchemaOf::Packet => packets::schema(),
    };
    let text = serde_json::to_string_pretty(&schema)? + "\n";
    if dialect == Dialect::JsonSchema {
        return Ok(text);
    }
    if of == SchemaOf::Packet {
        let message = "--for is for records: packets are messages, and not loaded into tables";
        Args::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    let columns = columns::text(&serde_json::from_str(&text)?, dialect);
    columns.context("a field of records is of a type that tables do not have")
}

fn print(text: &str) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.into_iter().any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
