//! Datagrams of UDP, as connections take them.

use core::net::SocketAddr;

use super::{Protocol, may_open};
use crate::frame::{Frame, Timestamp};
use crate::skip::{Carried, Skip};
use crate::wire;

/// Between whom a datagram goes.
///
/// An example is at [`Connections`](super::Connections).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ends {
    /// Where it comes from.
    pub source: SocketAddr,
    /// Where it goes.
    pub destination: SocketAddr,
    /// Tells networks apart that have the same addresses; 0 where there is one only.
    pub scope: u64,
}

impl Ends {
    pub(super) const fn reversed(self) -> Ends {
        Ends { source: self.destination, destination: self.source, scope: self.scope }
    }
}

/// One UDP datagram.
///
/// An example is at [`Connections`](super::Connections).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datagram<'d> {
    /// Between whom it goes.
    pub ends: Ends,
    /// The payload of UDP, as far as it was captured.
    pub bytes: &'d [u8],
    /// Bytes of the payload on the wire.
    pub len: usize,
    /// When it was captured.
    pub time: Timestamp,
}

impl<'f> Datagram<'f> {
    /// The innermost UDP datagram of a frame, through tunnels too, if it [may open](may_open) a
    /// connection. Returns None for every other frame. Its scope is 0.
    #[must_use]
    #[inline]
    pub fn of_opening(frame: &Frame<'f>) -> Option<Datagram<'f>> {
        // All other UDP ends here, nearly always.
        if let Some((payload, len)) = wire::udp_payload(frame) {
            may_open(payload, len)?;
        }
        let found = wire::open_datagram(frame, 0)?;
        may_open(found.payload, found.payload_len)?;
        Some(Datagram::new(&found, frame.time))
    }

    /// A datagram that was found in a frame. Its scope is 0.
    pub(crate) fn new(found: &wire::Datagram<'f>, time: Timestamp) -> Datagram<'f> {
        let ends = Ends {
            source: SocketAddr::new(found.ip.source(), found.source_port),
            destination: SocketAddr::new(found.ip.destination(), found.destination_port),
            scope: 0,
        };
        Datagram { ends, bytes: found.payload, len: found.payload_len, time }
    }
}

/// What a frame may open that was skipped because it holds no TCP, by the first look at its UDP: where
/// the walk stopped at a header, there; else where headers usually lie, as a client may have got the
/// port of a tunnel.
#[inline]
pub(crate) fn may_open_connection(frame: &Frame<'_>, skip: &Skip) -> Option<Protocol> {
    let at_stop = match skip.carried {
        Some(Carried::Udp { source, destination }) => {
            wire::udp_payload_at(frame.data, skip.at, (source, destination))
        }
        _ => None,
    };
    let (payload, len) = at_stop.or_else(|| wire::udp_payload_of_any_port(frame))?;
    may_open(payload, len)
}
