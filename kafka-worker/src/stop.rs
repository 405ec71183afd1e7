//! Signals that ask the program to stop, and waiting for input without missing them.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// Exit status of a program that a signal ended: this and the signal's number.
const BY_SIGNAL: u8 = 128;

/// Knows whether SIGINT or SIGTERM has come. The first asks to finish what was read; a second one
/// ends the program at once.
#[derive(Clone)]
pub(crate) struct Stop {
    /// The number of the signal, 0 before there is one.
    signal: Arc<AtomicUsize>,
    /// Readable once there is a signal.
    wake: Arc<UnixStream>,
}

impl Stop {
    /// Begins to listen.
    pub(crate) fn listen() -> io::Result<Stop> {
        let (wake, woken_by) = UnixStream::pair()?;
        let signal = Arc::new(AtomicUsize::new(0));
        let is_second = Arc::new(AtomicBool::new(false));
        for number in [SIGINT, SIGTERM] {
            // In this order: the first signal must find `is_second` still unset.
            let status = i32::from(BY_SIGNAL) + number;
            flag::register_conditional_shutdown(number, status, Arc::clone(&is_second))?;
            flag::register(number, Arc::clone(&is_second))?;
            flag::register_usize(number, Arc::clone(&signal), number.unsigned_abs() as usize)?;
            low_level::pipe::register(number, woken_by.try_clone()?)?;
        }
        Ok(Stop { signal, wake: Arc::new(wake) })
    }

    /// Whether the program is to stop.
    pub(crate) fn is_asked(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// The exit status that tells of the signal; none without one.
    pub(crate) fn exit_status(&self) -> Option<u8> {
        let number = u8::try_from(self.signal.load(Ordering::Relaxed)).ok()?;
        (number != 0).then(|| BY_SIGNAL.saturating_add(number))
    }

    /// Waits until `file` has bytes or ends, or a signal comes.
    pub(crate) fn wait(&self, file: &File) -> io::Result<()> {
        self.wait_for([file], None)
    }

    /// Waits until one of `files` has something to read or a fault, a signal comes, or the time is
    /// over.
    pub(crate) fn wait_for<'f, F: AsFd + 'f>(
        &self,
        files: impl IntoIterator<Item = &'f F>,
        time: Option<Duration>,
    ) -> io::Result<()> {
        let mut fds = vec![PollFd::new(&self.wake, PollFlags::IN)];
        fds.extend(files.into_iter().map(|file| PollFd::new(file, PollFlags::IN)));
        // Times that do not fit are centuries.
        let time = time.and_then(|time| Timespec::try_from(time).ok());
        loop {
            match poll(&mut fds, time.as_ref()) {
                // Another signal: who went on to read now would wait where no signal ends it.
                Err(rustix::io::Errno::INTR) if !self.is_asked() => {}
                Ok(_) | Err(rustix::io::Errno::INTR) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Whether reading `file` would wait for longer than `time`, which is waited for.
pub(crate) fn would_wait_longer_than(file: &File, time: Duration) -> bool {
    // Times that do not fit are centuries.
    let time = Timespec::try_from(time).ok();
    poll(&mut [PollFd::new(file, PollFlags::IN)], time.as_ref()) == Ok(0)
}
