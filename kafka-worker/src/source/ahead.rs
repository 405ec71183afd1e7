//! Pieces of a capture, read by the thread that needs them or ahead of it.

use std::io::{self, Read as _};
use std::mem;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use super::{PIECE_OCTETS, Source};

/// Buffers begin with a page: 16 bytes after the start of one, where the allocator puts large ones, AMD's
/// processors of 2020 to 2022 (Zen 3) take 3.5 times as long to copy into them from the page cache.
const PAGE_BYTES: usize = 4096;
/// Pieces that may wait to be taken.
const PIECES_AHEAD: usize = 4;

/// Bytes of a capture, piece by piece.
pub(crate) struct Pieces {
    from: From,
    current: Piece,
    /// Bytes taken from the file so far, before decompression.
    raw_bytes: u64,
    /// Of pieces that are no longer needed.
    spare: Vec<Vec<u8>>,
}

enum From {
    /// Read when asked for.
    Direct(Source),
    /// Read, and decompressed, by a thread of its own.
    Ahead { pieces: Receiver<io::Result<Piece>>, spent: Sender<Vec<u8>> },
}

/// Bytes that were read.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// With some before what was read, so that it begins with a page.
    buffer: Vec<u8>,
    start: usize,
    len: usize,
    /// Bytes taken from the file up to here, before decompression.
    raw_bytes: u64,
}

impl Pieces {
    pub(crate) fn new(source: Source, ahead: bool) -> Pieces {
        // What may wait is read by the thread that can be told to stop.
        let from = if ahead && !source.may_wait() {
            let (to, pieces) = sync_channel(PIECES_AHEAD);
            let (spent, again) = channel();
            // It ends with the file, or when nobody takes pieces any more.
            thread::spawn(move || read_ahead(source, &to, &again));
            From::Ahead { pieces, spent }
        } else {
            From::Direct(source)
        };
        Pieces { from, current: Piece::default(), raw_bytes: 0, spare: Vec::new() }
    }

    /// Reads the next piece; an empty one at the end.
    pub(crate) fn fetch(&mut self) -> io::Result<()> {
        let used = mem::take(&mut self.current);
        self.give_back(used);
        self.current = match &mut self.from {
            From::Direct(source) => Piece::read(source, self.spare.pop().unwrap_or_default())?,
            From::Ahead { pieces, spent } => {
                for used in self.spare.drain(..) {
                    // At the end there is nobody to use it again.
                    let _ = spent.send(used);
                }
                let thread_is_gone = || Err(io::Error::other("the reading thread is gone"));
                pieces.recv().unwrap_or_else(|_| thread_is_gone())?
            }
        };
        self.raw_bytes = self.current.raw_bytes;
        Ok(())
    }

    /// Takes the piece that was fetched last.
    pub(crate) fn take(&mut self) -> Piece {
        mem::take(&mut self.current)
    }

    /// Takes back a piece, to read another one into its buffer.
    pub(crate) fn give_back(&mut self, piece: Piece) {
        if !piece.buffer.is_empty() {
            self.spare.push(piece.buffer);
        }
    }

    /// The piece that was fetched last.
    pub(crate) fn current(&self) -> &[u8] {
        self.current.bytes()
    }

    /// Bytes taken from the file so far, before decompression.
    pub(crate) fn raw_bytes(&self) -> u64 {
        self.raw_bytes
    }

    /// Whether the next piece is likely to be waited for until someone writes it.
    pub(crate) fn would_wait(&self) -> bool {
        match &self.from {
            From::Direct(source) => source.would_wait(),
            From::Ahead { .. } => false,
        }
    }
}

impl Piece {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.start + self.len).unwrap_or_default()
    }

    fn read(source: &mut Source, mut buffer: Vec<u8>) -> io::Result<Piece> {
        buffer.resize(PIECE_OCTETS + PAGE_BYTES, 0);
        let start = buffer.as_ptr().align_offset(PAGE_BYTES).min(PAGE_BYTES);
        let (_, aligned) = buffer.split_at_mut(start);
        let aligned = aligned.get_mut(..PIECE_OCTETS).unwrap_or_default();
        let len = source.read(aligned)?;
        Ok(Piece { buffer, start, len, raw_bytes: source.raw_octets() })
    }
}

fn read_ahead(mut source: Source, to: &SyncSender<io::Result<Piece>>, spent: &Receiver<Vec<u8>>) {
    loop {
        let piece = Piece::read(&mut source, spent.try_recv().unwrap_or_default());
        let is_last = piece.as_ref().map_or(true, |piece| piece.len == 0);
        if to.send(piece).is_err() || is_last {
            return;
        }
    }
}
