//! Signals, and waiting with poll(2), which a signal ends.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::exit::BY_SIGNAL;

/// What asks the program to stop.
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// Readable once there is a signal.
#[derive(Clone)]
pub(super) struct Wake(Arc<UnixStream>);

impl Wake {
    /// Begins to listen: `signal` becomes the number of the last one.
    pub(super) fn listen(signal: &Arc<AtomicUsize>) -> io::Result<Wake> {
        let is_second = Arc::new(AtomicBool::new(false));
        let (wake, woken_by) = UnixStream::pair()?;
        for number in SIGNALS {
            // In this order: the first signal must find `is_second` still unset.
            let status = i32::from(BY_SIGNAL) + number;
            flag::register_conditional_shutdown(number, status, Arc::clone(&is_second))?;
            flag::register(number, Arc::clone(&is_second))?;
            flag::register_usize(number, Arc::clone(signal), number.unsigned_abs() as usize)?;
        }
        // After the flags: a reader that it wakes must find them set.
        for number in SIGNALS {
            low_level::pipe::register(number, woken_by.try_clone()?)?;
        }
        Ok(Wake(Arc::new(wake)))
    }

    /// Waits until one of `files` has something to read or a fault, a signal comes that makes
    /// `is_asked` true, or the time is over.
    pub(super) fn wait_for<'f, F: AsFd + 'f>(
        &self,
        is_asked: impl Fn() -> bool,
        files: impl IntoIterator<Item = &'f F>,
        time: Option<Duration>,
    ) -> io::Result<()> {
        let mut fds = vec![PollFd::new(&self.0, PollFlags::IN)];
        fds.extend(files.into_iter().map(|file| PollFd::new(file, PollFlags::IN)));
        // Times that do not fit are centuries.
        let time = time.and_then(|time| Timespec::try_from(time).ok());
        loop {
            match poll(&mut fds, time.as_ref()) {
                // Another signal: who went on to read now would wait where no signal ends it.
                Err(rustix::io::Errno::INTR) if !is_asked() => {}
                Ok(_) | Err(rustix::io::Errno::INTR) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
