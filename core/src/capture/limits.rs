//! Limits of what is believed and kept of a capture.

use crate::frame::LinkType;

/// The longest record that is kept, and the most that a decoder ever holds of an unfinished one.
///
/// No frame of interest comes near it, and a damaged length does not become a demand for memory.
pub(super) const MAX_RECORD_LEN: usize = 16 * 1024 * 1024;

/// The most interfaces that one section of pcapng may describe.
pub(super) const MAX_INTERFACES: usize = 65_536;

/// The longest captured frame that is believed: the largest snapshot length that capture programs
/// use.
const MAX_CAPTURED_LEN: u32 = 262_144;

/// For link types whose "frames" are messages rather than frames of a network.
const MAX_CAPTURED_LEN_OF_MESSAGES: u32 = 15 * 1024 * 1024;

const DBUS: LinkType = LinkType(231);
const USBPCAP: LinkType = LinkType(249);
const EBHSCR: LinkType = LinkType(279);

/// Returns how many bytes a frame of `link_type` may have before its record counts as damaged.
pub(super) const fn max_captured_len(link_type: LinkType) -> u32 {
    match link_type {
        DBUS | USBPCAP | EBHSCR => MAX_CAPTURED_LEN_OF_MESSAGES,
        _ => MAX_CAPTURED_LEN,
    }
}

/// Returns how many bytes of a frame are handed over at most where a header promises no more than
/// `snap_len`: a longer record is cut to it, in pcap as in pcapng. 0 is no limit, nor is a negative
/// number.
pub(super) const fn max_delivered_len(snap_len: u32) -> u32 {
    match snap_len {
        0 | 0x8000_0000.. => u32::MAX,
        snap_len => snap_len,
    }
}
