//! What a suite has to say although it passes.

use std::io::Write;

/// Writes a line to stderr past the harness, which swallows what passing tests print.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
