//! The two ends of a connection: their addresses, their sides, and the handshake segments that each
//! side sends.

use core::net::IpAddr;

/// An address and port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Address.
    pub ip: IpAddr,
    /// TCP port.
    pub port: u16,
}

/// Who is who in a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) source: Endpoint,
    pub(crate) destination: Endpoint,
}

/// Which side of the handshake a segment or a signature belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// A SYN: the client speaks. p0f's section `[tcp:request]`.
    Syn,
    /// A SYN+ACK: the server answers. p0f's section `[tcp:response]`.
    SynAck,
}

/// The side of a flow that sent a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The one that opened the connection.
    Client,
    /// The one that answers.
    Server,
}

impl Side {
    /// The word used in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Side::Client => "client",
            Side::Server => "server",
        }
    }

    /// The place of a side in a pair.
    pub(crate) const fn index(self) -> usize {
        match self {
            Side::Client => 0,
            Side::Server => 1,
        }
    }

    /// The other side.
    pub(crate) const fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }

    /// The direction of the handshakes that a side sends.
    pub(crate) const fn direction(self) -> Direction {
        match self {
            Side::Client => Direction::Syn,
            Side::Server => Direction::SynAck,
        }
    }

    /// The side that sends handshakes of a direction.
    pub(crate) const fn of(direction: Direction) -> Side {
        match direction {
            Direction::Syn => Side::Client,
            Direction::SynAck => Side::Server,
        }
    }
}

/// The word used in records.
impl core::fmt::Display for Side {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}
