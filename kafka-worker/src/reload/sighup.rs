//! Reading again on SIGHUP.

use std::io;
use std::path::PathBuf;

use signal_hook::consts::SIGHUP;
use signal_hook::iterator::Signals;

/// Why the database was read again.
pub(super) const REASON: &str = "on SIGHUP";

/// Times at which the database is to be read again.
pub(super) struct Occasions(Signals);

impl Occasions {
    pub(super) fn new(_: &[PathBuf]) -> io::Result<Occasions> {
        Ok(Occasions(Signals::new([SIGHUP])?))
    }

    /// Acts at each of them, for ever.
    pub(super) fn at_each(mut self, act: impl Fn()) {
        for _ in self.0.forever() {
            act();
        }
    }
}
