//! Waking a thread that waits for packets.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{EventfdFlags, eventfd};

/// Readable once somebody has woken the thread.
#[derive(Debug)]
pub(super) struct Wake(OwnedFd);

impl Wake {
    pub(super) fn new() -> io::Result<Wake> {
        Ok(Wake(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    /// Wakes the thread, now or when it waits next.
    pub(super) fn wake(&self) {
        // It fails only where so many calls wait that one more makes no difference.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// The thread is awake.
    pub(super) fn clear(&self) {
        // It fails where nobody has called.
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
