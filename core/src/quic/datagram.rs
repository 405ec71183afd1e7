//! Datagrams of UDP, as connections take them.

use core::net::SocketAddr;

use crate::Timestamp;

/// What a datagram may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// QUIC.
    Quic,
    /// DTLS.
    Dtls,
}

/// Between whom a datagram goes.
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
