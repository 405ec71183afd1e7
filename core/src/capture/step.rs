//! Result of reading the bytes at the start of a record.

use crate::frame::{ByteOrder, Frame, LinkType, Timestamp};

/// The next thing to do with a capture's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The record extends past the bytes given: ask again with `needed` of them, which is more
    /// than there were and no more than [`MAX_RECORD_LEN`](super::limits::MAX_RECORD_LEN).
    More { needed: usize },
    /// A whole record: `len` bytes, all of them given, and the packet in it if it has one.
    Record { len: usize, packet: Option<Packet> },
    /// A block without a packet, of any length, that extends past the bytes given: it is passed
    /// over without being kept.
    PassOver(Block),
    /// No record of this capture: another capture begins.
    NextCapture,
}

/// The length of a pcapng block as its first bytes have it, and how to read it at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) len: u32,
    pub(super) order: ByteOrder,
}

/// A block that is being passed over: [`Step::PassOver`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Passing {
    block: Block,
    /// Bytes passed so far.
    passed: usize,
    /// The last four bytes so far.
    last: [u8; Passing::TRAILER_LEN],
}

impl Passing {
    /// The length again.
    const TRAILER_LEN: usize = 4;

    pub(super) const fn new(block: Block) -> Self {
        Passing { block, passed: 0, last: [0; Passing::TRAILER_LEN] }
    }

    /// Takes what belongs to the block off the front of `bytes`, and returns whether that is its end.
    pub(super) fn take(&mut self, bytes: &mut &[u8]) -> bool {
        let len = self.block.len as usize;
        let (now, rest) = bytes.split_at((len - self.passed).min(bytes.len()));
        self.passed += now.len();
        for &byte in now.get(now.len().saturating_sub(Passing::TRAILER_LEN)..).unwrap_or(now) {
            self.last.rotate_left(1);
            self.last[Passing::TRAILER_LEN - 1] = byte;
        }
        *bytes = rest;
        self.passed == len
    }

    /// Returns the length of the block, and the length that stands at its end.
    pub(super) fn lengths(&self) -> (u32, u32) {
        let last = self.block.order.u32_at::<0, { Passing::TRAILER_LEN }>(&self.last);
        (self.block.len, last)
    }

    pub(super) const fn passed(&self) -> usize {
        self.passed
    }
}

/// A packet's place in its record, and what the record says about it.
///
/// Places rather than borrowed bytes, so that the record may lie in the caller's bytes or in the
/// decoder's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet {
    /// Where the frame's bytes start in the record.
    pub(super) start: usize,
    /// How many there are.
    pub(super) captured_len: usize,
    /// How many there were on the wire, as the record says.
    pub(super) wire_len: usize,
    pub(super) link_type: LinkType,
    pub(super) time: Timestamp,
    pub(super) host_order: ByteOrder,
    pub(super) interface: u32,
}

impl Packet {
    /// Returns the frame in `record`, where the reader found it.
    #[inline]
    pub(super) fn frame(self, record: &[u8]) -> Frame<'_> {
        let bytes = record
            .get(self.start..)
            .and_then(|bytes| bytes.get(..self.captured_len))
            .unwrap_or_default();
        // Some writers leave the length on the wire at zero, or below what they captured.
        let wire_len = self.wire_len.max(bytes.len());
        Frame {
            link_type: self.link_type,
            data: bytes,
            wire_len,
            time: self.time,
            host_order: self.host_order,
        }
    }
}
