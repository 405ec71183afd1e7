//! Which segments may be needed for what opens a connection, without a memory of connections.

use super::TcpSegment;
use crate::Frame;
use crate::wire::may_be_handshake;

/// Whether a frame may be a SYN or SYN+ACK, or carry what a connection opens with: payload towards the
/// lower port, which is most often the server's, or an answer that begins as TLS or HTTP/1 do.
///
/// Missed are what clients send whose port is the lower one, unless it begins so, and later segments
/// of answers.
///
/// ```
/// use stackprint::stream::may_be_opening;
/// use stackprint::{Frame, LinkType};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// assert!(may_be_opening(&Frame::new(LinkType::RAW, syn)));
/// let mut ack = *syn;
/// ack[33] = 0x10; // flags: ACK alone, without payload
/// assert!(!may_be_opening(&Frame::new(LinkType::RAW, &ack)));
/// ```
#[must_use]
pub fn may_be_opening(frame: &Frame<'_>) -> bool {
    /// A record of TLS with a handshake message (RFC 8446 section 5.1).
    const TLS_HANDSHAKE: &[u8] = &[0x16, 0x03];
    const HTTP_1: &[u8] = b"HTTP/1.";
    let Ok(TcpSegment { source, destination, syn, payload, .. }) = TcpSegment::of(frame) else {
        return may_be_handshake(frame);
    };
    if syn {
        return true;
    }
    if source.port() < destination.port() {
        return payload.bytes.starts_with(TLS_HANDSHAKE) || payload.bytes.starts_with(HTTP_1);
    }
    !payload.bytes.is_empty() || payload.cut
}
