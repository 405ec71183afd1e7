//! A UDP datagram, beside a TCP segment.

use etherparse::UdpHeaderSlice;

use super::internet::Packet;
use super::ip::Ip;
use super::path::Path;
use super::walk::Walk;
use crate::endpoint::Endpoint;

/// The innermost UDP datagram of a frame that is no tunnel.
#[derive(Debug, Clone)]
pub(crate) struct Datagram<'f> {
    pub(crate) ip: Ip<'f>,
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    /// Bytes of payload according to the UDP header; may be more than were captured, or than this
    /// fragment has.
    pub(crate) payload_len: usize,
    /// The payload bytes that were captured, without what follows the datagram.
    pub(crate) payload: &'f [u8],
    /// Through what the datagram came.
    pub(crate) path: Path,
}

impl<'f> Datagram<'f> {
    /// The datagram that a packet carries, with the cursor at its header. Returns None if the
    /// header is not whole, or denied by its own length.
    pub(super) fn of(packet: &Packet<'f>, walk: &Walk<'f>) -> Option<Datagram<'f>> {
        let bytes = walk.cursor.rest();
        let header = UdpHeaderSlice::from_slice(bytes).ok()?;
        let rest = bytes.get(header.slice().len()..)?;
        let payload_len = match usize::from(header.length()) {
            // RFC 2675 section 4, and where the network card segments.
            0 => rest.len(),
            len => len.checked_sub(header.slice().len())?,
        };
        Some(Datagram {
            ip: packet.ip.clone(),
            source_port: header.source_port(),
            destination_port: header.destination_port(),
            payload_len,
            payload: rest.get(..payload_len).unwrap_or(rest),
            path: walk.path,
        })
    }

    /// Sender and receiver.
    pub(crate) fn ends(&self) -> (Endpoint, Endpoint) {
        (
            Endpoint { ip: self.ip.source(), port: self.source_port },
            Endpoint { ip: self.ip.destination(), port: self.destination_port },
        )
    }
}
