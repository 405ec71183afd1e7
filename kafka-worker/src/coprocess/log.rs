//! Messages of a process whose standard error may be read as an answer.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Context as _;

use crate::messages;

/// A file, a person at a terminal, or nobody.
pub(super) struct Log {
    file: Option<File>,
}

impl Log {
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Log> {
        let open = |path: &Path| {
            let file = OpenOptions::new().append(true).create(true).open(path);
            file.with_context(|| crate::messages::shown(path).to_string())
        };
        Ok(Log { file: path.map(open).transpose()? })
    }

    /// Says one line. That it cannot be written is no reason to stop.
    pub(super) fn say(&mut self, message: &dyn fmt::Display) {
        match &mut self.file {
            Some(file) => {
                let _ = writeln!(file, "{} {message}", jiff::Timestamp::now());
            }
            None if io::stderr().is_terminal() => messages::say(message),
            None => {}
        }
    }
}
