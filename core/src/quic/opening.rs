//! What came of a datagram.

use super::{Fault, GiveUp, ParameterError, TransportParameters, Version};
use crate::tls::{ClientHello, Transport};

/// What opened a connection: said once of each.
///
/// An example is at [`Connections`](super::Connections).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening<'t> {
    /// The version of QUIC; None for DTLS, whose versions are in the hello.
    pub version: Option<Version>,
    /// Bytes of UDP payload in the first datagram of the connection that was read: what the client
    /// takes for granted that the path carries.
    pub datagram_len: usize,
    /// The ClientHello.
    pub hello: ClientHello<'t>,
}

impl Opening<'_> {
    /// What brought the hello, for its fingerprints.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        match self.version {
            Some(_) => Transport::Quic,
            None => Transport::Dtls,
        }
    }

    /// The client's transport parameters. Returns None without the extension.
    ///
    /// # Errors
    ///
    /// If they are not what RFC 9000 section 18 describes.
    pub fn transport_parameters(&self) -> Option<Result<TransportParameters<'_>, ParameterError>> {
        TransportParameters::of(&self.hello)
    }
}

/// What came of a datagram.
///
/// [`Connections::push`](super::Connections::push) returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome<'t> {
    /// It completed a hello.
    Opened(Opening<'t>),
    /// It is part of a connection whose hello is not whole yet.
    Undecided,
    /// Its connection was given up with it, which was counted.
    GivenUp(GiveUp),
    /// Its connection was decided before.
    Over,
    /// Its packets could not be read, which was counted.
    Unread(Fault),
    /// It opens nothing: other UDP, or packets of a server.
    Other,
}
