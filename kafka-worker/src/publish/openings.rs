//! What connections open with, by layers.

use stackprint::quic::Datagram;
use stackprint::stream::{TlsOpenings, may_be_opening};
use stackprint::{Frame, may_be_handshake};

/// Which openings are published.
pub(super) struct Openings {
    pub(super) segments: Segments,
    /// Whether datagrams of QUIC and DTLS are.
    pub(super) datagrams: bool,
}

/// Which segments of TCP.
pub(super) enum Segments {
    /// SYNs and SYN+ACKs alone.
    Handshakes,
    /// Those of TLS, too, and none of anything else.
    Tls(TlsOpenings),
    All,
}

impl Openings {
    /// How many bytes of a frame are published: None if it is not.
    pub(super) fn needed(&mut self, frame: &Frame<'_>) -> Option<usize> {
        let whole = frame.data.len();
        let segment = match &mut self.segments {
            Segments::Handshakes => may_be_handshake(frame).then_some(whole),
            Segments::Tls(openings) => openings.needed(frame),
            Segments::All => may_be_opening(frame).then_some(whole),
        };
        let is_datagram = || self.datagrams && Datagram::of_opening(frame).is_some();
        segment.or_else(|| is_datagram().then_some(whole))
    }
}
