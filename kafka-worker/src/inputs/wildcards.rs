//! `*.pcap` on Windows, where shells leave it to the program.

use std::path::PathBuf;

use glob::{MatchOptions, glob_with};

use crate::exit::UsageError;
use crate::messages::shown;

/// Returns the files with those in the place of each pattern that match it, sorted by name. `*`, `**`
/// and `?` are wildcards, which no name can hold; `[` is a letter of a name.
pub(super) fn expanded(files: &[PathBuf]) -> Result<Vec<PathBuf>, UsageError> {
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        match file.to_str() {
            // Backslashes and a question mark begin a path that is to be taken literally.
            Some(name) if name.contains(['*', '?']) && !name.starts_with(r"\\?\") => {
                let found = matches(name)?;
                if found.is_empty() {
                    let message = format!("{}: no file has such a name", shown(file));
                    return Err(UsageError::missing(message));
                }
                all.extend(found);
            }
            _ => all.push(file.clone()),
        }
    }
    Ok(all)
}

fn matches(pattern: &str) -> Result<Vec<PathBuf>, UsageError> {
    // A class of one letter, which stands for itself.
    let escaped = pattern.replace('[', "[[]");
    let options = MatchOptions {
        case_sensitive: false,
        require_literal_separator: true,
        require_literal_leading_dot: false,
    };
    let wrong = |error: &dyn std::fmt::Display| UsageError::missing(format!("{pattern}: {error}"));
    let paths = glob_with(&escaped, options).map_err(|error| wrong(&error))?;
    paths.collect::<Result<_, _>>().map_err(|error| wrong(&error))
}
