//! What is said to people, on standard error.

use std::fmt;
use std::io::{self, Write as _};

/// Says one line. That nobody listens is no reason to stop, so `eprintln!`, which panics then, is
/// not used.
pub(crate) fn say(message: &dyn fmt::Display) {
    let _ = writeln!(io::stderr(), "stackprint: {message}");
}
