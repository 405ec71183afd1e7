//! Ctrl-C and Ctrl-Break, which Microsoft's C library makes signals of.

use std::io;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGBREAK, SIGINT};

/// What asks the program to stop. SIGBREAK is Ctrl-Break, and the closing of the console window.
pub(super) const SIGNALS: [i32; 2] = [SIGINT, SIGBREAK];

/// How long someone waits before asking whether to stop.
const TURN: Duration = Duration::from_millis(100);

/// Nobody is woken.
#[derive(Clone)]
pub(super) struct Wake;

impl Wake {
    pub(super) fn on(_: [i32; 2]) -> io::Result<Wake> {
        Ok(Wake)
    }

    /// Waits until a signal comes that makes `is_asked` true.
    pub(super) fn wait(&self, is_asked: impl Fn() -> bool) {
        while !is_asked() {
            thread::sleep(TURN);
        }
    }
}
