//! Waiting for SIGHUP.

use std::io::{self, ErrorKind, Read as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use signal_hook::consts;
use signal_hook::low_level::pipe;

/// Readable once the signal has come.
pub(super) struct Sighup(UnixStream);

impl Sighup {
    /// Begins to listen. Each wait ends after `turn`; without one, only at the signal.
    pub(super) fn listen(turn: Option<Duration>) -> io::Result<Sighup> {
        let (signals, written_by) = UnixStream::pair()?;
        signals.set_read_timeout(turn)?;
        pipe::register(consts::SIGHUP, written_by)?;
        Ok(Sighup(signals))
    }

    /// Waits, and returns whether the signal has come. Returns `None` where it never will.
    pub(super) fn wait(&mut self) -> io::Result<Option<bool>> {
        /// Signals that came since the last wait count as one.
        const MOST_SIGNALS: usize = 64;
        loop {
            match self.0.read(&mut [0; MOST_SIGNALS]) {
                Ok(_) => return Ok(Some(true)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Some(false)),
                // Another signal.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
