//! Which segments may be needed for what opens a connection, without a memory of connections.

use super::TcpSegment;
use crate::Frame;
use crate::wire::may_be_handshake;

/// Whether a frame may be a SYN or SYN+ACK, or carry what a connection opens with: payload towards the
/// lower port, which is most often the server's, or an answer that begins as TLS or HTTP/1 do.
///
/// Missed are what clients send whose port is the lower one, unless it begins so, and later segments
/// of answers.
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
