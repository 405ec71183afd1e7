//! Logs on standard error.

use std::env;
use std::io::{self, IsTerminal as _};

use clap::ValueEnum;
use tracing::Level;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

/// What is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}

/// `of_threads`: each line names the thread that wrote it.
pub(crate) fn start(format: LogFormat, level: LogLevel, of_threads: bool) {
    let level = match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    };
    let in_colour =
        io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    let builder = tracing_subscriber::fmt().with_max_level(level).with_thread_names(of_threads);
    let builder = builder.with_writer(io::stderr);
    // Fails where logs have been started before: then they are written already.
    let _ = match format {
        LogFormat::Text => builder.with_ansi(in_colour).with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
