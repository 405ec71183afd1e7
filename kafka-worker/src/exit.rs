//! How the program ends: exit codes, and errors that are the user's.

use std::fmt;
use std::io;

use clap::error::ErrorKind;

/// The exit code of a failure that standard error has told.
pub(crate) const FAILED: u8 = 1;

/// The exit code of a program that a signal ended: this and the signal's number.
pub(crate) const BY_SIGNAL: u8 = 128;

/// A command line that says what cannot be done; the program ends with exit code 2.
#[derive(Debug)]
pub(crate) struct UsageError {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

impl UsageError {
    /// Options that contradict each other.
    pub(crate) fn conflict(message: impl Into<String>) -> UsageError {
        UsageError { kind: ErrorKind::ArgumentConflict, message: message.into() }
    }

    /// An argument that is needed here.
    pub(crate) fn missing(message: impl Into<String>) -> UsageError {
        UsageError { kind: ErrorKind::MissingRequiredArgument, message: message.into() }
    }
}

#[cfg(not(target_os = "linux"))]
impl UsageError {
    /// Live capture, which is Linux's alone.
    pub(crate) fn only_on_linux() -> UsageError {
        #[cfg(target_os = "macos")]
        const INSTEAD: &str = "sudo tcpdump -i en0 -U -w - | stackprint read -";
        #[cfg(not(target_os = "macos"))]
        const INSTEAD: &str =
            "dumpcap -i INTERFACE -w - | stackprint read -  (dumpcap -D lists the interfaces)";
        let message = format!(
            "live capture is made with Linux's own interface. On this system, read what another \
             program captures:\n  {INSTEAD}"
        );
        UsageError { kind: ErrorKind::InvalidSubcommand, message }
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UsageError {}

/// Returns whether nobody reads the output any more.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    /// `ERROR_PIPE_NOT_CONNECTED` of Windows, for which there is no kind.
    const PIPE_NOT_CONNECTED: i32 = 233;
    let is_broken = |cause: &io::Error| {
        cause.kind() == io::ErrorKind::BrokenPipe
            || cfg!(windows) && cause.raw_os_error() == Some(PIPE_NOT_CONNECTED)
    };
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(is_broken)
}
