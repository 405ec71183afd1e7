//! Windows has no call that waits for a pipe and for Ctrl-C alike: a thread of its own reads the pipe,
//! and the reader asks ten times a second whether to stop.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use crate::stop::Stop;

/// How long someone waits before asking whether to stop.
const TURN: Duration = Duration::from_millis(100);
/// Bytes read from a pipe at once: as many as its buffer usually has.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that may wait to be taken.
const PIECES_AHEAD: usize = 4;

/// A pipe or terminal: reading may take any time, and ends when the program is to stop.
pub(crate) struct Pipe {
    /// An empty one at the end.
    pieces: Receiver<io::Result<Vec<u8>>>,
    current: RefCell<Current>,
    stop: Stop,
}

/// What was taken from the thread, and is not read up.
struct Current {
    piece: io::Result<Vec<u8>>,
    read: usize,
    /// Whether nothing comes after it.
    is_last: bool,
}

impl Current {
    fn rest(&self) -> Option<&[u8]> {
        self.piece.as_ref().ok()?.get(self.read..).filter(|rest| !rest.is_empty())
    }
}

impl Pipe {
    pub(crate) fn new(file: File, stop: &Stop) -> io::Result<Pipe> {
        let (to, pieces) = sync_channel(PIECES_AHEAD);
        thread::Builder::new().name("input".to_owned()).spawn(move || read_all(file, &to))?;
        let current = Current { piece: Ok(Vec::new()), read: 0, is_last: false };
        Ok(Pipe { pieces, current: RefCell::new(current), stop: stop.clone() })
    }

    /// Reads what is there; waits if nothing is. Returns 0 at the end, and `None` where the program
    /// is to stop.
    pub(crate) fn read(&mut self, to: &mut [u8]) -> io::Result<Option<usize>> {
        while self.would_wait_longer_than(TURN) {
            if self.stop.is_asked() {
                return Ok(None);
            }
        }
        if self.stop.is_asked() {
            return Ok(None);
        }
        let current = self.current.get_mut();
        if let Err(error) = &mut current.piece {
            let error = std::mem::replace(error, ErrorKind::Other.into());
            return Err(error);
        }
        let Some(mut rest) = current.rest() else { return Ok(Some(0)) };
        let count = rest.read(to)?;
        current.read += count;
        Ok(Some(count))
    }

    /// Waits up to `time` for someone to write, and returns whether nobody did.
    pub(crate) fn would_wait_longer_than(&self, time: Duration) -> bool {
        let mut current = self.current.borrow_mut();
        if current.is_last || current.rest().is_some() {
            return false;
        }
        let piece = match self.pieces.recv_timeout(time) {
            Ok(piece) => piece,
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => {
                Err(io::Error::other("the reading thread is gone"))
            }
        };
        let is_last = piece.as_ref().map_or(true, Vec::is_empty);
        *current = Current { piece, read: 0, is_last };
        false
    }
}

/// Hands over pieces up to the end or an error.
fn read_all(mut file: File, to: &SyncSender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let piece = match file.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
            Ok(count) => Ok(buffer.get(..count).unwrap_or_default().to_vec()),
        };
        let is_last = piece.as_ref().map_or(true, Vec::is_empty);
        if to.send(piece).is_err() || is_last {
            return;
        }
    }
}

// Nothing in it is Windows' own, so that it is tried where tests run.
#[cfg(all(test, unix))]
mod tests {
    use std::io::Write as _;
    use std::os::fd::OwnedFd;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_is_there_is_read_and_the_end_stays_the_end() {
        let (from, mut to) = io::pipe().unwrap();
        let stop = Stop::listen().unwrap();
        let mut pipe = Pipe::new(File::from(OwnedFd::from(from)), &stop).unwrap();
        let mut bytes = [0; 3];
        assert!(pipe.would_wait_longer_than(Duration::ZERO));
        to.write_all(b"hello").unwrap();
        assert!(!pipe.would_wait_longer_than(LONG));
        assert_eq!(pipe.read(&mut bytes).unwrap(), Some(3));
        assert_eq!(&bytes, b"hel");
        assert!(!pipe.would_wait_longer_than(Duration::ZERO));
        assert_eq!(pipe.read(&mut bytes).unwrap(), Some(2));
        assert_eq!(&bytes[..2], b"lo");
        assert!(pipe.would_wait_longer_than(Duration::ZERO));
        drop(to);
        assert!(!pipe.would_wait_longer_than(LONG));
        for _ in 0..2 {
            assert_eq!(pipe.read(&mut bytes).unwrap(), Some(0));
        }
    }

    #[test]
    fn an_error_is_told_once() {
        let folder = File::open("/").unwrap();
        let mut pipe = Pipe::new(folder, &Stop::listen().unwrap()).unwrap();
        assert!(pipe.read(&mut [0; 3]).is_err());
    }
}
