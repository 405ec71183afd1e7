//! What a format's reader says about the octets at the start of a record.

use crate::frame::{ByteOrder, Frame, LinkType, Timestamp};

/// The longest record that is kept: the most that a decoder ever holds of an unfinished one.
///
/// No frame of interest comes near it, and a damaged length does not become a demand for memory.
pub(super) const MAX_RECORD_LEN: usize = 16 * 1024 * 1024;

/// The longest captured frame that is believed: the largest snapshot length that capture programs
/// use.
const MAX_CAPTURED_LEN: u32 = 262_144;

/// For link types whose "frames" are messages rather than frames of a network.
const MAX_CAPTURED_LEN_OF_MESSAGES: u32 = 15 * 1024 * 1024;

const DBUS: LinkType = LinkType(231);
const USBPCAP: LinkType = LinkType(249);
const EBHSCR: LinkType = LinkType(279);

/// How many octets a frame of `link_type` may have before its record counts as damaged.
pub(super) const fn max_captured_len(link_type: LinkType) -> u32 {
    match link_type {
        DBUS | USBPCAP | EBHSCR => MAX_CAPTURED_LEN_OF_MESSAGES,
        _ => MAX_CAPTURED_LEN,
    }
}

/// How many octets of a frame are handed over at most where a header promises no more than `snap_len`:
/// a record that is longer is cut to it, in pcap as in pcapng. 0 is no limit, nor is a negative number.
pub(super) const fn max_delivered_len(snap_len: u32) -> u32 {
    match snap_len {
        0 | 0x8000_0000.. => u32::MAX,
        snap_len => snap_len,
    }
}

/// The next thing to do with a capture's octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The record goes on beyond the octets given: ask again with `needed` of them, which is more
    /// than there were and no more than [`MAX_RECORD_LEN`].
    More { needed: usize },
    /// A whole record: `len` octets, all of them given, and the packet in it if it has one.
    Record { len: usize, packet: Option<Packet> },
    /// A block without a packet, of any length, that goes on beyond the octets given: it is passed
    /// over without being kept.
    PassOver(Block),
    /// No record of this capture: another capture begins.
    NextCapture,
}

/// The length of a pcapng block as its first octets have it, and how to read it at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) len: u32,
    pub(super) order: ByteOrder,
}

/// A block on its way past: [`Step::PassOver`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Passing {
    block: Block,
    /// Octets passed so far.
    passed: usize,
    /// The last four octets so far.
    last: [u8; Passing::TRAILER_LEN],
}

impl Passing {
    /// The length again.
    const TRAILER_LEN: usize = 4;

    pub(super) const fn new(block: Block) -> Self {
        Passing { block, passed: 0, last: [0; Passing::TRAILER_LEN] }
    }

    /// Takes what belongs to the block off the front of `octets`, and says whether that is its end.
    pub(super) fn take(&mut self, octets: &mut &[u8]) -> bool {
        let len = self.block.len as usize;
        let (now, rest) = octets.split_at((len - self.passed).min(octets.len()));
        self.passed += now.len();
        for &octet in now.get(now.len().saturating_sub(Passing::TRAILER_LEN)..).unwrap_or(now) {
            self.last.rotate_left(1);
            self.last[Passing::TRAILER_LEN - 1] = octet;
        }
        *octets = rest;
        self.passed == len
    }

    /// The length of the block, and the length that stands at its end.
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
/// Places rather than borrowed octets, so that the record may lie in the caller's octets or in the
/// decoder's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet {
    /// Where the frame's octets start in the record.
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
    /// The frame in `record`, where the reader has found it to lie.
    #[inline]
    pub(super) fn frame(self, record: &[u8]) -> Frame<'_> {
        let octets = record
            .get(self.start..)
            .and_then(|octets| octets.get(..self.captured_len))
            .unwrap_or_default();
        // Some writers leave the length on the wire at zero, or below what they captured.
        let wire_len = self.wire_len.max(octets.len());
        Frame {
            link_type: self.link_type,
            data: octets,
            wire_len,
            time: self.time,
            host_order: self.host_order,
        }
    }
}
