//! QUIC Initials and DTLS hellos: what UDP datagrams say about the client that opens a connection.
//!
//! The first packets of a QUIC client are encrypted with keys that follow from the connection ID in
//! their own header (RFC 9001 section 5.2), so everyone on the path can read the ClientHello in
//! them. Nothing here needs an [`Analyzer`](crate::Analyzer) or reads a clock; time is that of the
//! capture.
//!
//! - [`may_open`] is the first look at the payload of UDP: a length and three bytes reject what
//!   cannot open a connection.
//! - [`Connections`] takes the datagrams of all clients and gives each [`Opening`] once: the
//!   ClientHello of QUIC or DTLS, over however many datagrams, in whatever order.
//! - [`open_initial`] opens a single packet, without state.
//! - [`TransportParameters`] reads what the client says in its extension (RFC 9000 section 18).
//!
//! ```
//! use stackprint::Timestamp;
//! use stackprint::quic::{Connections, Datagram, Ends, Outcome};
//! use stackprint::tls::Transport;
//!
//! # fn example(source: std::net::SocketAddr, destination: std::net::SocketAddr, payload: &[u8]) {
//! let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
//! let datagram = Datagram {
//!     ends: Ends { source, destination, scope: 0 },
//!     bytes: payload,
//!     len: payload.len(),
//!     time: Timestamp::EPOCH,
//! };
//! if let Outcome::Opened(opening) = connections.push(&datagram) {
//!     let transport = opening.transport();
//!     println!("{:?}", opening.hello.fingerprints(transport).map(|all| all.ja4()));
//! }
//! # }
//! ```
//!
//! # What is read
//!
//! - Versions 1 (RFC 9000, 9001) and 2 (RFC 9369), and the drafts 29 to 34.
//! - Client Initials, wherever in a datagram they lie. The keys are those of the destination
//!   connection ID of the client's first Initial; after a Retry, those of the new one.
//! - CRYPTO frames in any order, over packets and datagrams. The first copy of a byte counts.
//! - DTLS hellos in fragments, as [`tls::dtls`](crate::tls::dtls) says.
//!
//! What is not read: packets of the server, 0-RTT and Handshake packets, which need other keys; a
//! later Initial of a client whose first one was not captured.
//!
//! # Limits
//!
//! A hello of more than [`MAX_HELLO_LEN`](crate::tls::MAX_HELLO_LEN) bytes, or in more than
//! [`MAX_PIECES`] pieces with gaps between them, is given up. All that wait together are bounded by
//! a number of bytes; the one that waits for the longest is evicted first. Packets that are
//! decrypted per second of capture time are bounded too, since anyone can send Initials. What is
//! not read is counted: per packet by [`Fault`], per connection by [`GiveUp`].

mod connections;
mod count;
mod crypto;
mod datagram;
mod frame;
mod header;
mod initial;
mod keys;
mod opening;
mod parameters;
mod prefilter;
mod queue;
#[cfg(test)]
mod tests;
mod version;

pub use connections::Connections;
pub use count::{Fault, GiveUp};
pub(crate) use datagram::may_open_connection;
pub use datagram::{Datagram, Ends};
pub use header::ConnectionId;
pub use initial::{CryptoPiece, Initial, open_initial};
pub use opening::{Opening, Outcome};
pub use parameters::{
    Parameter, ParameterError, TransportParameters, VersionInformation, parameter,
};
pub use prefilter::{Protocol, may_open};
pub use version::Version;

/// A client's datagram with an Initial has at least so many bytes (RFC 9000 section 14.1), those of
/// UDP's payload.
pub const MIN_DATAGRAM_LEN: usize = 1200;
/// Pieces of a hello, with gaps between them, that are held. Clients cut theirs on purpose.
pub const MAX_PIECES: usize = 32;
