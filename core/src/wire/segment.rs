//! What a walk through a frame arrives at.

use etherparse::TcpHeaderSlice;

use super::ip::Ip;
use super::path::Path;
use crate::frame::Frame;

/// The innermost TCP segment of a frame.
#[derive(Debug, Clone)]
pub(crate) struct Segment<'f> {
    pub(crate) ip: Ip<'f>,
    /// The TCP header with its options, whole.
    pub(crate) tcp: TcpHeaderSlice<'f>,
    /// Bytes of TCP payload according to the length fields of IP; may be more than were captured.
    pub(crate) payload_len: usize,
    /// The payload bytes that were captured, without the padding of the link layer.
    pub(crate) payload: &'f [u8],
    /// Through what the segment came.
    pub(crate) path: Path,
}

/// At which byte of its frame a TCP header begins.
#[cold]
pub(crate) fn offset_of(tcp: &TcpHeaderSlice<'_>, frame: &Frame<'_>) -> usize {
    (tcp.slice().as_ptr().addr()).saturating_sub(frame.data.as_ptr().addr())
}
