//! Waiting where there is no SIGHUP.

use std::io;
use std::thread;
use std::time::Duration;

/// Never comes.
pub(super) struct Sighup {
    turn: Option<Duration>,
}

impl Sighup {
    pub(super) fn listen(turn: Option<Duration>) -> io::Result<Sighup> {
        Ok(Sighup { turn })
    }

    /// Waits for a turn. Returns `None` without one, as there is nothing to wait for.
    pub(super) fn wait(&mut self) -> io::Result<Option<bool>> {
        let Some(turn) = self.turn else { return Ok(None) };
        thread::sleep(turn);
        Ok(Some(false))
    }
}
