//! Prefilter of UDP payloads: rejects what is neither QUIC nor DTLS by a length and three bytes.

use super::MIN_DATAGRAM_LEN;
use super::header::{LONG_HEADER, Version};

/// What a datagram may open.
///
/// [`may_open`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// QUIC.
    Quic,
    /// DTLS.
    Dtls,
}

/// DTLS: a handshake record, and a ClientHello in it (RFC 6347 section 4.1).
mod dtls {
    pub(super) const HANDSHAKE: u8 = 22;
    /// DTLS 1.0 to 1.3, and what AnyConnect speaks.
    pub(super) const MAJOR_VERSION: u8 = 0xfe;
    pub(super) const OLD_MAJOR_VERSION: u8 = 1;
    /// Where the type of the first handshake message lies, after the record's header.
    pub(super) const MESSAGE_TYPE: usize = 13;
    pub(super) const CLIENT_HELLO: u8 = 1;
}

/// Tells what a datagram may open, by the payload of UDP as far as it was captured, and by the
/// payload's length on the wire in bytes. Returns None for all other UDP.
///
/// What it lets through is not yet an Initial: packets of a server and of other levels look the
/// same so far.
///
/// ```
/// use stackprint::quic::{Protocol, may_open};
///
/// // The first bytes of a datagram of 1200 with a long header and version 1.
/// assert_eq!(may_open(b"\xc0\0\0\0\x01\x08", 1200), Some(Protocol::Quic));
/// assert_eq!(may_open(b"\x12\x34\x01\0\0\x01", 40), None); // DNS
/// ```
#[must_use]
#[inline]
pub fn may_open(payload: &[u8], wire_len: usize) -> Option<Protocol> {
    let &[first, a, b, c, d] = payload.first_chunk()?;
    if wire_len >= MIN_DATAGRAM_LEN && first & LONG_HEADER != 0 {
        let version = Version(u32::from_be_bytes([a, b, c, d]));
        version.is_supported().then_some(Protocol::Quic)
    } else if first == dtls::HANDSHAKE && (a == dtls::MAJOR_VERSION || a == dtls::OLD_MAJOR_VERSION)
    {
        (payload.get(dtls::MESSAGE_TYPE) == Some(&dtls::CLIENT_HELLO)).then_some(Protocol::Dtls)
    } else {
        None
    }
}
