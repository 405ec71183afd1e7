//! Pieces of a capture, read by the thread that needs them or ahead of it.

use std::io::{self, Read as _};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use super::{PIECE_OCTETS, Source};

/// As many pieces wait to be taken.
const PIECES_AHEAD: usize = 4;

/// Octets of a capture, piece by piece.
pub(crate) enum Pieces {
    /// Read when asked for.
    Direct { source: Source, piece: Vec<u8> },
    /// Read, and decompressed, by a thread of its own.
    Ahead { pieces: Receiver<io::Result<Piece>>, spent: Sender<Vec<u8>>, current: Piece },
}

/// Octets that were read.
#[derive(Default)]
pub(crate) struct Piece {
    octets: Vec<u8>,
    len: usize,
    /// Octets taken from the file up to here, before decompression.
    raw_octets: u64,
}

impl Pieces {
    pub(crate) fn new(source: Source, ahead: bool) -> Pieces {
        // Reading what may wait is better left to who can be told to stop.
        if !ahead || source.may_wait() {
            return Pieces::Direct { source, piece: vec![0; PIECE_OCTETS] };
        }
        let (to, pieces) = sync_channel(PIECES_AHEAD);
        let (spent, again) = channel();
        // It ends with the file, or when nobody takes pieces any more.
        thread::spawn(move || read_ahead(source, &to, &again));
        Pieces::Ahead { pieces, spent, current: Piece::default() }
    }

    /// The next piece; empty at the end.
    pub(crate) fn next(&mut self) -> io::Result<&[u8]> {
        match self {
            Pieces::Direct { source, piece } => {
                let count = source.read(piece)?;
                Ok(piece.get(..count).unwrap_or_default())
            }
            Pieces::Ahead { pieces, spent, current } => {
                let thread_is_gone = || Err(io::Error::other("the reading thread is gone"));
                let next = pieces.recv().unwrap_or_else(|_| thread_is_gone())?;
                let used = std::mem::replace(current, next);
                // At the end there is nobody to use it again.
                let _ = spent.send(used.octets);
                Ok(current.octets.get(..current.len).unwrap_or_default())
            }
        }
    }

    /// Octets taken from the file so far, before decompression.
    pub(crate) fn raw_octets(&self) -> u64 {
        match self {
            Pieces::Direct { source, .. } => source.raw_octets(),
            Pieces::Ahead { current, .. } => current.raw_octets,
        }
    }

    /// Whether the next piece is likely to be waited for until someone writes it.
    pub(crate) fn would_wait(&self) -> bool {
        match self {
            Pieces::Direct { source, .. } => source.would_wait(),
            Pieces::Ahead { .. } => false,
        }
    }
}

fn read_ahead(mut source: Source, to: &SyncSender<io::Result<Piece>>, spent: &Receiver<Vec<u8>>) {
    loop {
        let mut octets = spent.try_recv().unwrap_or_default();
        octets.resize(PIECE_OCTETS, 0);
        let result = source.read(&mut octets);
        let is_last = !matches!(result, Ok(1..));
        let raw_octets = source.raw_octets();
        let piece = result.map(|len| Piece { octets, len, raw_octets });
        if to.send(piece).is_err() || is_last {
            return;
        }
    }
}
