//! Which captures a command reads.

#[cfg(windows)]
mod wildcards;

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use crate::exit::UsageError;
use crate::source::Input;

/// Returns what is to be read: the files, else standard input. Fails where that is a terminal.
pub(crate) fn inputs(files: &[PathBuf]) -> Result<Vec<Input>, UsageError> {
    if files.is_empty() {
        if io::stdin().is_terminal() {
            let message = "no FILE is given, and standard input is a terminal";
            return Err(UsageError::missing(message));
        }
        return Ok(vec![Input::Stdin]);
    }
    #[cfg(windows)]
    let files = &wildcards::expanded(files)?;
    let input = |path: &PathBuf| match path.as_os_str() == OsStr::new("-") {
        true => Input::Stdin,
        false => Input::Path(path.clone()),
    };
    Ok(files.iter().map(input).collect())
}
