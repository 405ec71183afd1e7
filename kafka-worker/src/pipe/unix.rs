//! Pipes that poll(2) waits for.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::stop::Stop;

/// A pipe, terminal or socket: reading may take any time, and ends when the program is to stop.
pub(crate) struct Pipe {
    file: File,
    stop: Stop,
}

impl Pipe {
    pub(crate) fn new(file: File, stop: &Stop) -> io::Result<Pipe> {
        Ok(Pipe { file, stop: stop.clone() })
    }

    /// Reads what is there; waits if nothing is. Returns 0 at the end, and `None` where the program
    /// is to stop.
    pub(crate) fn read(&mut self, to: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            self.stop.wait_for([&self.file], None)?;
            if self.stop.is_asked() {
                return Ok(None);
            }
            match self.file.read(to) {
                Err(error) if may_try_again(&error) => {}
                result => return result.map(Some),
            }
        }
    }

    /// Waits up to `time` for someone to write, and returns whether nobody did. Does not wait once a
    /// signal has come.
    pub(crate) fn would_wait_longer_than(&self, time: Duration) -> bool {
        // Times that do not fit are centuries.
        let time = Timespec::try_from(time).ok();
        poll(&mut [PollFd::new(&self.file, PollFlags::IN)], time.as_ref()) == Ok(0)
    }
}

/// `WouldBlock` comes where another process has taken the bytes that were there.
fn may_try_again(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}
