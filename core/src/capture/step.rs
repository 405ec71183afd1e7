//! What a format's reader says about the octets at the start of a record.

use crate::frame::{ByteOrder, Frame, LinkType, Timestamp};

/// The longest record that is taken: the most that a decoder ever holds of an unfinished one.
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

/// The next thing to do with a capture's octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The record goes on beyond the octets given: ask again with `needed` of them, which is more
    /// than there were and no more than [`MAX_RECORD_LEN`].
    More { needed: usize },
    /// A whole record: `len` octets, all of them given, and the packet in it if it has one.
    Record { len: usize, packet: Option<Packet> },
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
            octets,
            wire_len,
            time: self.time,
            host_order: self.host_order,
        }
    }
}
