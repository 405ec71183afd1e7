//! TLS and DTLS hellos: what they say, and their JA4 and JA3 fingerprints.
//!
//! Nothing here needs an [`Analyzer`](crate::Analyzer), keeps state between calls, or reads a
//! clock. The bytes of a TCP stream go to [`ClientHello::from_stream`], the datagrams of a DTLS
//! client to [`dtls::Joiner`], and the body of a handshake message from anywhere else (QUIC, a log)
//! to [`ClientHello::parse`]. What keeps segments in order is [`stream`](crate::stream).
//!
//! ```
//! use stackprint::tls::{ClientHello, Progress, Transport};
//!
//! let bytes = [
//!     0x16, 3, 1, 0, 57, // record: handshake, 57 bytes
//!     1, 0, 0, 53, 3, 3, // ClientHello, 53 bytes, legacy version TLS 1.2
//!     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
//!     0, 0, 2, 0x13, 0x01, 1, 0, // no session id, one cipher suite, no compression
//!     0, 10, 0x00, 0x0a, 0, 6, 0, 4, 0x00, 0x1d, 0x00, 0x17, // supported_groups
//! ];
//! let Progress::Complete(hello) = ClientHello::from_stream(&bytes) else { panic!("whole") };
//! let fingerprints = hello.fingerprints(Transport::Tcp).expect("not truncated");
//! assert_eq!(fingerprints.ja3_text(), "771,4865,10,29-23,");
//! assert_eq!(fingerprints.ja4_r(), "t12i010100_1301_000a");
//! assert_eq!(fingerprints.ja4().as_str(), "t12i010100_0f2cb44170f4_a8f3e973773c");
//! ```
//!
//! # What is not read
//!
//! - The first hello of a stream only: the one that answers a HelloRetryRequest, or a DTLS cookie,
//!   is left alone.
//! - A hello has to begin the stream; [`preamble`] finds those after STARTTLS, HTTP CONNECT and
//!   SOCKS.
//! - SSLv2 hellos are recognised and named ([`Fault::Sslv2Hello`]), not read.
//! - With Encrypted ClientHello the outer hello is read; its server name is the public one.
//!   GREASE ECH looks the same.
//!
//! # Limits
//!
//! A hello of more than [`MAX_HELLO_LEN`] bytes is refused, a record of more than
//! [`MAX_RECORD_LEN`]. A hello whose lengths contradict each other is a [`HelloError`], with its
//! cause out of a closed set and its position; one that was cut has what came before the cut, says
//! [`truncated`](ClientHello::truncated), and has no fingerprint.
//!
//! # Specifications
//!
//! RFC 8446 (TLS 1.3), 5246 (TLS 1.2), 6066 (server name), 7301 (ALPN), 8701 (GREASE), 6347 and
//! 9147 (DTLS), draft-ietf-tls-esni. JA4 as in FoxIO's `technical_details/JA4.md` of June 2026
//! (BSD-3-Clause), JA3 as in salesforce/ja3 (BSD-3-Clause); see the file NOTICE. Where programs
//! differ, [`Fingerprints`] says what is done here.

mod alpn;
mod body;
pub mod dtls;
mod fault;
mod fingerprint;
mod form_key;
mod hello;
pub mod library;
mod list;
mod number;
pub mod preamble;
mod record;
mod server;
#[cfg(test)]
mod tests;
mod text;

pub use fault::{Fault, HelloError};
pub use fingerprint::{Fingerprints, Ja3, Ja4, Transport};
pub(crate) use form_key::FormKey;
pub use hello::ClientHello;
pub(crate) use library::LibraryNumber;
pub use library::{Libraries, Library, LibraryFault, LibraryFaultKind};
pub use list::{Extension, Extensions, KeyShare, KeyShares, Numbers, Protocols};
pub use number::{extension, group, is_grease, signature_scheme, version};
pub use preamble::{Preamble, Search};
pub(crate) use record::{HelloKind, hello_at_start};
pub use record::{MAX_RECORD_LEN, Progress, may_begin};
pub use server::ServerHello;
pub use text::FixedText;

/// A longer handshake message is refused, in bytes. Hellos of today have 200 to 2000.
pub const MAX_HELLO_LEN: usize = 16 * 1024;
