//! The first bytes of one direction of a TCP flow, in order.
//!
//! Segments come as they were captured: swapped, repeated, overlapping. [`TcpSegment`] finds them in
//! frames. A [`Stream`] is what a flow
//! keeps for a direction; [`Streams`] holds the bytes of all that are undecided, within one bound.
//! Whoever reads them decides as soon as it can, and from then on the stream costs nothing.
//!
//! ```
//! use stackprint::stream::{Outcome, Payload, Stream, Streams};
//! use stackprint::tls::{ClientHello, Progress};
//!
//! # fn main() {
//! let mut streams = Streams::new(Streams::DEFAULT_MEMORY, stackprint::tls::may_begin);
//! let mut stream = Stream::after_syn(0x0000_0fff);
//! let payload = Payload { seq: 0x0000_1000, bytes: b"GET / HTTP/1.1\r\n", ..Payload::default() };
//! let outcome = streams.push(&mut stream, &payload, |reading| match ClientHello::from_stream(reading.bytes) {
//!     Progress::Complete(hello) => Some(hello.cipher_suites().len()),
//!     Progress::NeedsMore => None,
//!     Progress::NotTls(_) => Some(0),
//! });
//! assert_eq!(outcome, Outcome::Decided(0));
//! # }
//! ```
//!
//! # Rules
//!
//! - Sequence numbers are compared modulo 2^32. The first copy of a byte counts; later ones are
//!   dropped, whatever they hold.
//! - The payload of a SYN (RFC 7413) and of a FIN counts.
//! - A stream whose SYN was not seen starts at the first payload that begins like what is looked
//!   for.
//! - A segment that starts a stream is read where it lies. It is copied only if it leaves the
//!   stream undecided.
//! - Bounds of one stream: [`MAX_IN_ORDER`] bytes in order, [`MAX_AHEAD`] bytes ahead of the first
//!   that is missing, [`MAX_PIECES`] pieces. Beyond them it is given up, with a [`GiveUp`] that is
//!   counted.
//! - Bound of all together: a number of bytes, allocated ones. The stream that has held bytes for
//!   the longest is evicted first.

mod assembly;
mod give_up;
mod opening;
mod pool;
mod segment;
#[cfg(test)]
mod tests;
mod tls_openings;

pub(crate) use assembly::{Assembly, TooManyPieces};
pub use give_up::GiveUp;
pub use opening::may_be_opening;
pub use pool::{Outcome, Payload, Reading, Stream, Streams};
pub use segment::TcpSegment;
pub use tls_openings::TlsOpenings;

/// Bytes in order that one undecided stream may hold.
pub const MAX_IN_ORDER: usize = 20 * 1024;
/// How far after the first missing byte a held one may lie.
pub const MAX_AHEAD: usize = 32 * 1024;
/// Pieces with gaps between them that one undecided stream may hold.
pub const MAX_PIECES: usize = 8;
