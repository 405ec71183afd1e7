//! Pieces of something longer, by their offset.
#![warn(clippy::indexing_slicing)]

use super::MAX_PIECES;

/// Bytes by their offset from a start, as they come. The first copy of a byte counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assembly {
    /// In order, with gaps between them.
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
struct Piece {
    at: usize,
    bytes: Vec<u8>,
}

impl Piece {
    fn end(&self) -> usize {
        self.at + self.bytes.len()
    }
}

/// What an allocation takes: with a header, in units of 16 bytes, and two of them at least, as
/// common allocators have it. Otherwise pieces of one byte would cost many times their account.
const fn allocated(len: usize) -> usize {
    const HEADER_LEN: usize = 8;
    const UNIT: usize = 16;
    match (len + HEADER_LEN).next_multiple_of(UNIT) {
        _ if len == 0 => 0,
        UNIT => 2 * UNIT,
        taken => taken,
    }
}

/// More gaps than are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManyPieces;

impl Assembly {
    /// Whether there are no bytes.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The bytes from the start on, up to the first that is missing.
    pub(crate) fn start(&self) -> &[u8] {
        match self.pieces.first() {
            Some(Piece { at: 0, bytes }) => bytes,
            _ => &[],
        }
    }

    /// The same, with nothing kept of the rest.
    pub(crate) fn into_start(self) -> Vec<u8> {
        match self.pieces.into_iter().next() {
            Some(Piece { at: 0, bytes }) => bytes,
            _ => Vec::new(),
        }
    }

    /// Bytes that are allocated, with what allocators need for themselves.
    pub(crate) fn memory(&self) -> usize {
        let bytes: usize = self.pieces.iter().map(|piece| allocated(piece.bytes.capacity())).sum();
        bytes + allocated(self.pieces.capacity() * size_of::<Piece>())
    }

    /// Adds bytes, those of them that are not there yet.
    pub(crate) fn insert(&mut self, mut at: usize, mut bytes: &[u8]) -> Result<(), TooManyPieces> {
        let place = self.pieces.partition_point(|piece| piece.end() < at);
        // The piece at `place` ends at or after `at`.
        while !bytes.is_empty() {
            let next = match self.pieces.get_mut(place) {
                Some(piece) if piece.at <= at => {
                    // What it has is passed over; what comes up to the next piece is appended.
                    let known = (piece.end() - at).min(bytes.len());
                    bytes = bytes.get(known..).unwrap_or_default();
                    at += known;
                    self.pieces.get(place + 1).map(|next| next.at)
                }
                Some(piece) => Some(piece.at),
                None => None,
            };
            let free = next.map_or(bytes.len(), |next| bytes.len().min(next - at));
            let (new, rest) = bytes.split_at_checked(free).unwrap_or((bytes, &[]));
            match self.pieces.get_mut(place) {
                Some(piece) if piece.at <= at => piece.bytes.extend_from_slice(new),
                _ => {
                    self.pieces.reserve_exact(1);
                    self.pieces.insert(place, Piece { at, bytes: new.to_vec() });
                }
            }
            at += free;
            bytes = rest;
            self.close_gap_behind(place);
        }
        if self.pieces.len() > MAX_PIECES { Err(TooManyPieces) } else { Ok(()) }
    }

    /// Makes one piece of the one at `place` and the next, if they touch.
    fn close_gap_behind(&mut self, place: usize) {
        if let Some([piece, next]) = self.pieces.get_mut(place..place + 2)
            && piece.end() == next.at
        {
            let next = std::mem::take(&mut next.bytes);
            piece.bytes.extend_from_slice(&next);
            self.pieces.remove(place + 1);
        }
    }
}
