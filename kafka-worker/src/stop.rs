//! Signals that ask the program to stop, and waiting for input without missing them.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::exit::BY_SIGNAL;
#[cfg(unix)]
use unix::Wake;
#[cfg(windows)]
use windows::Wake;

/// What the program itself asks is no signal, and no exit status.
#[cfg(feature = "kafka")]
const BY_PROGRAM: usize = usize::MAX;

/// Knows whether a signal has come that asks to stop: SIGINT or SIGTERM, on Windows Ctrl-C, Ctrl-Break
/// or the end of the console. The first asks to finish what was read; a second one ends the program
/// at once.
#[derive(Clone)]
pub(crate) struct Stop {
    /// The number of the signal, 0 before there is one, [`BY_PROGRAM`] without one.
    signal: Arc<AtomicUsize>,
    wake: Wake,
}

impl Stop {
    /// Begins to listen.
    pub(crate) fn listen() -> io::Result<Stop> {
        let signal = Arc::new(AtomicUsize::new(0));
        Ok(Stop { wake: Wake::listen(&signal)?, signal })
    }

    /// Whether the program is to stop.
    pub(crate) fn is_asked(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// Asks to stop, as a signal does.
    #[cfg(feature = "kafka")]
    pub(crate) fn ask(&self) {
        let _ = self.signal.compare_exchange(0, BY_PROGRAM, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The exit status that tells of the signal; none without one.
    pub(crate) fn exit_status(&self) -> Option<u8> {
        let number = u8::try_from(self.signal.load(Ordering::Relaxed)).ok()?;
        (number != 0).then(|| BY_SIGNAL.saturating_add(number))
    }

    /// Waits until a signal comes.
    #[cfg(unix)]
    pub(crate) fn wait_for_signal(&self) -> io::Result<()> {
        self.wait_for::<std::fs::File>([], None)
    }

    /// Waits until a signal comes.
    #[cfg(windows)]
    pub(crate) fn wait_for_signal(&self) -> io::Result<()> {
        self.wake.wait(|| self.is_asked());
        Ok(())
    }

    /// Waits until one of `files` has something to read or a fault, a signal comes, or the time is
    /// over.
    #[cfg(unix)]
    pub(crate) fn wait_for<'f, F: std::os::fd::AsFd + 'f>(
        &self,
        files: impl IntoIterator<Item = &'f F>,
        time: Option<std::time::Duration>,
    ) -> io::Result<()> {
        self.wake.wait_for(|| self.is_asked(), files, time)
    }
}
