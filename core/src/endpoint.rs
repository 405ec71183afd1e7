//! The two ends of a connection: their addresses, their sides, and the handshake segments that each
//! side sends.

use core::fmt;
use core::net::{AddrParseError, IpAddr, SocketAddr};
use core::str::FromStr;

use crate::word_enum::from_word;

/// An address and port. Prints and reads as [`SocketAddr`] does, `192.0.2.1:80` and
/// `[2001:db8::1]:80`, and is made of one and into one.
///
/// ```
/// use std::net::SocketAddr;
///
/// use stackprint::Endpoint;
///
/// let server: Endpoint = "[2001:db8::1]:80".parse()?;
/// assert_eq!(server.port, 80);
/// assert_eq!(SocketAddr::from(server).to_string(), "[2001:db8::1]:80");
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// Address.
    pub ip: IpAddr,
    /// TCP port.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SocketAddr::from(*self).fmt(f)
    }
}

impl FromStr for Endpoint {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Endpoint, AddrParseError> {
        text.parse().map(|address: SocketAddr| address.into())
    }
}

/// Without the flow label and scope of IPv6.
impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Endpoint {
        Endpoint { ip: address.ip(), port: address.port() }
    }
}

impl From<Endpoint> for SocketAddr {
    fn from(Endpoint { ip, port }: Endpoint) -> SocketAddr {
        SocketAddr::new(ip, port)
    }
}

/// Who is who in a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) source: Endpoint,
    pub(crate) destination: Endpoint,
}

/// Which side of the handshake a segment or a signature belongs to.
///
/// ```
/// use stackprint::Direction;
///
/// assert_eq!("syn_ack".parse(), Ok(Direction::SynAck));
/// assert_eq!(Direction::SynAck.as_str(), "syn_ack");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// A SYN: the client speaks. p0f's section `[tcp:request]`.
    Syn,
    /// A SYN+ACK: the server answers. p0f's section `[tcp:response]`.
    SynAck,
}

impl Direction {
    /// The word used in records, for the kind of the packet.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Direction::Syn => "syn",
            Direction::SynAck => "syn_ack",
        }
    }
}

/// The word used in records.
impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

from_word!(Direction { Syn = "syn", SynAck = "syn_ack", });

/// The side of a flow that sent a packet.
///
/// [`Record::subject`](crate::Record::subject) says whose stack a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    #[cfg(feature = "http")]
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
impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

from_word!(Side { Client = "client", Server = "server", });
