//! The `stackprint` program: captures in, records of the TCP stacks in them out.
#![cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, unused_imports, reason = "what only live capture and p0f's socket use")
)]

mod args;
mod captures;
mod cli;
mod coprocess;
mod counters;
mod database;
mod db;
mod exit;
mod inputs;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "kafka")]
mod kafka_client;
#[cfg(target_os = "linux")]
mod live;
mod messages;
mod passed_over;
mod pipe;
mod progress;
#[cfg(feature = "kafka")]
mod publish;
mod query;
mod read;
mod recorder;
mod reload;
mod rows;
mod schema;
mod sink;
mod source;
mod stdio;
mod stop;
mod summary;
mod text_file;

fn main() -> std::process::ExitCode {
    cli::main()
}
