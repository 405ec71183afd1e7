//! The command line: all commands, and the way from one to its exit code.

mod help;
mod hints;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::exit::{FAILED, UsageError, is_broken_pipe};
use crate::messages;

/// What `--version` prints: the version, and what was built in.
#[cfg(feature = "kafka-tls")]
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nbuilt with: kafka, kafka-tls");
#[cfg(all(feature = "kafka", not(feature = "kafka-tls")))]
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nbuilt with: kafka");
#[cfg(not(feature = "kafka"))]
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nbuilt with: nothing optional");

/// Identifies operating systems, tools and clients of TLS, QUIC and HTTP by the packets that they send.
///
/// Records go to standard output, messages to standard error. The exit status is 0 if all went
/// well, 1 if something could not be read or written, 2 for wrong usage, and 128 + the signal's
/// number if a signal ended the work early.
///
/// Each option can be given in the environment, too: --p0f-exact as STACKPRINT_P0F_EXACT=1.
#[derive(Debug, Parser)]
#[command(name = "stackprint", bin_name = "stackprint", version, long_version = LONG_VERSION)]
#[command(disable_help_subcommand = true)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Read(Box<crate::read::ReadArgs>),
    #[cfg(target_os = "linux")]
    Live(Box<crate::live::LiveArgs>),
    /// Not on this system: says how to capture with another program.
    #[cfg(not(target_os = "linux"))]
    #[command(disable_help_flag = true)]
    Live {
        /// Whatever Linux would take.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        args: Vec<std::ffi::OsString>,
    },
    Coprocess(Box<crate::coprocess::CoprocessArgs>),
    #[cfg(feature = "kafka")]
    Kafka(Box<crate::kafka::KafkaArgs>),
    #[cfg(feature = "kafka")]
    Publish(Box<crate::publish::PublishArgs>),
    /// Signature databases.
    #[command(subcommand)]
    Db(crate::db::DatabaseCommand),
    /// Print the JSON Schema of what is written or read.
    Schema {
        /// Of what.
        #[arg(value_enum, default_value_t)]
        of: crate::schema::SchemaOf,

        /// For whom: JSON Schema, or the columns of records for a program that loads them.
        #[arg(long = "for", value_name = "PROGRAM", value_enum, default_value_t)]
        dialect: crate::schema::Dialect,
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

/// Runs the command that the command line of this process asks for.
pub(crate) fn main() -> ExitCode {
    let matches = command().try_get_matches().unwrap_or_else(|error| hints::added_to(error).exit());
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let error = match run(args.command) {
        Ok(code) => return code,
        Err(error) => error,
    };
    if let Some(UsageError { kind, message }) = error.downcast_ref() {
        usage_error(matches.subcommand_name(), *kind, message).exit();
    }
    // Whoever read the output has seen enough.
    if is_broken_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    messages::say(&format_args!("{error:#}"));
    ExitCode::from(FAILED)
}

/// With the usage of the command at hand.
fn usage_error(name: Option<&str>, kind: ErrorKind, message: &str) -> clap::Error {
    let mut all = command();
    // Gives the commands their full names.
    all.build();
    match name.and_then(|name| all.find_subcommand_mut(name)) {
        Some(command) => command.error(kind, message),
        None => all.error(kind, message),
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Read(args) => crate::read::run(&args),
        #[cfg(target_os = "linux")]
        Command::Live(args) => crate::live::run(&args),
        #[cfg(not(target_os = "linux"))]
        Command::Live { .. } => Err(UsageError::only_on_linux().into()),
        Command::Coprocess(args) => crate::coprocess::run(&args),
        #[cfg(feature = "kafka")]
        Command::Kafka(args) => crate::kafka::run(&args),
        #[cfg(feature = "kafka")]
        Command::Publish(args) => crate::publish::run(&args),
        Command::Db(args) => crate::db::run(&args),
        Command::Schema { of, dialect } => print(&crate::schema::text(of, dialect)?),
        Command::Completions { shell } => print(&completions(shell)),
        Command::Man { command } => print(&manual(&command)?),
    }
}

fn print(text: &str) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The command line, with what [`help`] adds.
fn command() -> clap::Command {
    help::added_to(Args::command())
}

/// The completion script for a shell.
fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "stackprint", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual page of a command.
fn manual(path: &[String]) -> anyhow::Result<String> {
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
