//! Which segments may be needed for what opens a connection of TLS, with nothing of HTTP among them.

use core::hash::{Hash, Hasher};
use std::collections::hash_map::DefaultHasher;

use super::{MAX_IN_ORDER, TcpSegment};
use crate::Frame;
use crate::wire::may_be_handshake;

/// Selects what [`may_be_opening`](super::may_be_opening) does, but of payload only what is TLS: segments
/// that begin with the record of a hello, and what follows those of clients, up to 20 KiB.
///
/// It remembers where clients began a hello, for at most [`TlsOpenings::FLOWS`] connections. Missed are
/// hellos whose first segment comes after another one of theirs, or that are not at the start of a
/// segment.
///
/// ```
/// use stackprint::stream::TlsOpenings;
/// use stackprint::{Frame, LinkType};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let mut openings = TlsOpenings::default();
/// assert_eq!(openings.needed(&Frame::new(LinkType::RAW, syn)), Some(60));
/// let mut request = syn.to_vec();
/// request[33] = 0x18; // flags: ACK and PSH
/// request.extend(b"GET / HTTP/1.1\r\n");
/// request[3] = 76;
/// assert_eq!(openings.needed(&Frame::new(LinkType::RAW, &request)), None);
/// ```
#[derive(Debug)]
pub struct TlsOpenings {
    /// By a hash of the ends.
    flows: Box<[Flow]>,
}

/// A client's side of a connection that began a hello.
#[derive(Debug, Clone, Copy, Default)]
struct Flow {
    /// 0 for none.
    hash: u64,
    /// The sequence number of the hello's first byte.
    start: u32,
}

impl Default for TlsOpenings {
    fn default() -> TlsOpenings {
        TlsOpenings { flows: vec![Flow::default(); TlsOpenings::FLOWS].into() }
    }
}

impl TlsOpenings {
    /// Connections whose hello has begun: more displace each other. 16 bytes each.
    pub const FLOWS: usize = 1 << 16;

    /// How many bytes of a frame are needed: None if the frame is not. Of a SYN whose payload is not TLS,
    /// the payload is not.
    pub fn needed(&mut self, frame: &Frame<'_>) -> Option<usize> {
        let whole = frame.data.len();
        let Ok(segment) = TcpSegment::of(frame) else {
            return may_be_handshake(frame).then_some(whole);
        };
        let bytes = segment.payload.bytes;
        let begins = begins_hello(bytes);
        if segment.syn {
            // Addresses alone: where in the frame the payload begins.
            let headers = (bytes.as_ptr() as usize).checked_sub(frame.data.as_ptr() as usize);
            let is_tls = bytes.is_empty() || begins;
            self.forget(&segment);
            if begins {
                self.remember(&segment, segment.seq.wrapping_add(1));
            }
            return if is_tls { Some(whole) } else { headers.filter(|&len| len <= whole) };
        }
        if segment.source.port() < segment.destination.port() {
            return begins.then_some(whole);
        }
        if begins {
            self.remember(&segment, segment.seq);
        }
        (begins || self.continues(&segment)).then_some(whole)
    }

    fn remember(&mut self, segment: &TcpSegment<'_>, start: u32) {
        let hash = hash(segment);
        if let Some(flow) = self.flow(hash) {
            *flow = Flow { hash, start };
        }
    }

    /// The same ports again are another connection.
    fn forget(&mut self, segment: &TcpSegment<'_>) {
        let hash = hash(segment);
        if let Some(flow) = self.flow(hash).filter(|flow| flow.hash == hash) {
            *flow = Flow::default();
        }
    }

    /// Whether a segment belongs to the first bytes from a hello on.
    fn continues(&mut self, segment: &TcpSegment<'_>) -> bool {
        if segment.payload.bytes.is_empty() {
            return false;
        }
        let hash = hash(segment);
        let is_near = |flow: &mut Flow| {
            flow.hash == hash && (segment.seq.wrapping_sub(flow.start) as usize) < MAX_IN_ORDER
        };
        self.flow(hash).is_some_and(is_near)
    }

    fn flow(&mut self, hash: u64) -> Option<&mut Flow> {
        let place = hash as usize % self.flows.len().max(1);
        self.flows.get_mut(place)
    }
}

fn hash(segment: &TcpSegment<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (segment.source, segment.destination).hash(&mut hasher);
    hasher.finish().max(1)
}

/// Whether these bytes are the start of a record with a hello (RFC 8446 sections 4 and 5.1), or of a part
/// of it that is enough to tell: type and version.
fn begins_hello(bytes: &[u8]) -> bool {
    const HANDSHAKE: u8 = 22;
    const MAX_RECORD_LEN: u16 = 1 << 14;
    const HELLOS: [u8; 2] = [1, 2];
    match *bytes {
        [HANDSHAKE, 3, 0..=4, high, low, kind, ..] => {
            let len = u16::from_be_bytes([high, low]);
            (4..=MAX_RECORD_LEN).contains(&len) && HELLOS.contains(&kind)
        }
        [HANDSHAKE, 3, 0..=4] | [HANDSHAKE, 3, 0..=4, _] | [HANDSHAKE, 3, 0..=4, _, _] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_told_by_its_first_bytes() {
        assert!(begins_hello(&[22, 3, 1, 2, 0, 1, 0, 1, 0xfc]));
        assert!(begins_hello(&[22, 3, 3, 0, 90, 2, 0, 0, 86]));
        assert!(begins_hello(&[22, 3, 1]));
        // A certificate, alerts, data, no length, too long, another version, and HTTP.
        for bytes in [
            &[22, 3, 3, 9, 0, 11, 0][..],
            &[21, 3, 3, 0, 2, 1, 0],
            &[23, 3, 3, 0, 90, 1, 0],
            &[22, 3, 1, 0, 0, 1, 0],
            &[22, 3, 1, 0x40, 1, 1, 0],
            &[22, 2, 1, 2, 0, 1, 0],
            &[22, 3],
            b"GET / HTTP/1.1",
            b"",
        ] {
            assert!(!begins_hello(bytes), "{bytes:?}");
        }
    }
}
