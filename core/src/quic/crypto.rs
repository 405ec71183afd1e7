//! The handshake bytes of a client, by their offset.
#![warn(clippy::indexing_slicing)]

use core::ops::Range;

use super::{GiveUp, MAX_PIECES};
use crate::tls::MAX_HELLO_LEN;

/// Type and length in front of a handshake message (RFC 8446 section 4).
const MESSAGE_HEADER_LEN: usize = 4;
/// Handshake type `client_hello`.
const CLIENT_HELLO: u8 = 1;
/// Bytes after these are not held.
const MAX_LEN: usize = MESSAGE_HEADER_LEN + MAX_HELLO_LEN;

/// Bytes of CRYPTO frames, as they come. The first copy of a byte counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Crypto {
    /// Up to the last byte that is there; zeros in the gaps.
    bytes: Vec<u8>,
    /// What is there: in order, with gaps between.
    pieces: Vec<Range<usize>>,
}

impl Crypto {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.pieces.clear();
    }

    /// Bytes that are allocated.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.pieces.capacity() * size_of::<Range<usize>>()
    }

    /// Adds what a frame holds.
    pub(super) fn insert(&mut self, offset: u64, bytes: &[u8]) -> Result<(), GiveUp> {
        let start = usize::try_from(offset).map_err(|_| GiveUp::TooLong)?;
        let end = start.checked_add(bytes.len()).ok_or(GiveUp::TooLong)?;
        if end > MAX_LEN {
            return Err(GiveUp::TooLong);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        let first = self.pieces.partition_point(|piece| piece.end < start);
        let mut joined = start..end;
        // What is there already stays, and what lies between is copied.
        let mut at = start;
        let mut next = first;
        while let Some(piece) = self.pieces.get(next).filter(|piece| piece.start <= end).cloned() {
            self.copy(at..piece.start, start, bytes);
            at = at.max(piece.end);
            joined = joined.start.min(piece.start)..joined.end.max(piece.end);
            next += 1;
        }
        self.copy(at..end, start, bytes);
        if let Some(piece) = self.pieces.get_mut(first).filter(|_| first < next) {
            *piece = joined;
            self.pieces.drain(first + 1..next);
        } else {
            self.pieces.insert(first, joined);
        }
        if self.pieces.len() > MAX_PIECES { Err(GiveUp::TooManyPieces) } else { Ok(()) }
    }

    /// Copies the bytes of a range of offsets, of a frame that begins at `start`.
    fn copy(&mut self, range: Range<usize>, start: usize, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(range.clone())
            && let Some(new) = bytes.get(range.start - start..range.end - start)
        {
            place.copy_from_slice(new);
        }
    }

    /// The bytes from the first on, up to the first that is missing.
    fn in_order(&self) -> &[u8] {
        match self.pieces.first() {
            Some(&Range { start: 0, end }) => self.bytes.get(..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The body of the ClientHello. Returns None while some of it is missing.
    pub(super) fn hello(&self) -> Result<Option<&[u8]>, GiveUp> {
        let bytes = self.in_order();
        if bytes.first().is_some_and(|&first| first != CLIENT_HELLO) {
            return Err(GiveUp::NotHello);
        }
        let Some((&[_, a, b, c], rest)) = bytes.split_first_chunk() else { return Ok(None) };
        let len = u32::from_be_bytes([0, a, b, c]) as usize;
        if len > MAX_HELLO_LEN { Err(GiveUp::TooLong) } else { Ok(rest.get(..len)) }
    }
}
