//! HTTP/1 heads and HTTP/2 openings in cleartext: what they say, and what sent them.
//!
//! Nothing here needs an [`Analyzer`](crate::Analyzer) or reads a clock. [`Head::parse`] reads the
//! head of a request or response from the first bytes of a stream; [`HeadReader`] does the same for
//! a stream that grows, and looks at each byte once. [`Exchange`] follows a connection over many
//! requests, with bodies passed over by their length. [`P0fExchange`] sees just what p0f 3.09b sees.
//! [`Signatures`] tells which program sent a head, and [`Claim`] what it says of itself.
//!
//! ```
//! use stackprint::http::{Head, Observed, Privacy, Progress, Signatures};
//! use stackprint::Compat;
//!
//! let bytes = b"GET /?token=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/8.1\r\nCookie: id=7\r\n\r\n";
//! let Progress::Complete(head) = Head::parse(bytes) else { panic!("whole") };
//! assert_eq!(head.user_agent().map(|agent| agent.reveal()), Some(&b"curl/8.1"[..]));
//! // Values are shown only by those who ask for them.
//! assert_eq!(format!("{head:?}"), "Request HTTP/1.1 [Host, User-Agent, Cookie]");
//!
//! let signatures = Signatures::new(Compat::Fixed);
//! let observed = Observed::new(&head, &signatures);
//! let raw = observed.raw_signature(&signatures, Privacy::NamesOnly).to_string();
//! assert_eq!(
//!     raw,
//!     "1:Host,User-Agent,?Cookie:\
//!      Connection,Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:curl/8.1",
//! );
//! ```
//!
//! # Rules
//!
//! - A head begins with `METHOD target HTTP/1.x`, any method, or with `HTTP/1.x` and a status, and
//!   ends at the first empty line. Anything else is a [`HeadError`] as soon as it shows.
//! - A line that is no header is counted ([`Oddities`]) and passed over. A folded line (RFC 9112
//!   section 5.2) belongs to the header before it.
//! - Names are compared whatever their case. NULs and bytes beyond ASCII may stand in values.
//! - The first [`MAX_HEADERS`] headers are read, further ones are counted.
//! - A head of more than [`MAX_HEAD_LEN`] bytes is refused.
//!
//! # Secrets
//!
//! A [`Value`] has no `Display`, and its `Debug` tells the length alone. A raw signature by
//! [`Privacy::NamesOnly`] never has the value of Cookie, Set-Cookie, Authorization,
//! Proxy-Authorization, or of a header that the database does not name.
//!
//! # Specifications
//!
//! RFC 9110 and 9112 (HTTP/1.1), 9113 (HTTP/2), 7541 (HPACK); p0f 3.09b for signatures.

mod body;
mod claim;
mod date;
mod exact;
mod exchange;
mod fault;
mod form_key;
mod head;
mod header;
mod hpack;
mod http2;
mod language;
mod learn;
mod mask;
mod names;
mod observed;
mod plain;
mod raw;
mod signature;
mod signatures;
#[cfg(test)]
mod tests;
mod user_agent;

pub use body::{Body, Taken};
pub use claim::{Claim, Family};
pub(crate) use date::date_like_p0f;
pub use exact::{P0fExchange, Verdict};
pub use exchange::{Counts, Exchange, Message};
pub use fault::{Fault, HeadError};
pub(crate) use form_key::FormKey;
pub(crate) use head::may_resume_from;
pub use head::{FirstLine, Head, HeadReader, Kind, Progress, may_begin, may_resume};
pub use header::{Header, Headers, Oddities, Value};
pub use http2::{Http2, Http2Error, Http2Fault, Http2Reader, PREFACE};
pub use language::Language;
pub use learn::{HttpProposal, HttpSample, propose};
pub use observed::Observed;
pub use raw::{Privacy, RawSignature};
pub use signature::{HeaderRule, HttpSignature};
pub(crate) use signatures::Place;
pub use signatures::{HttpMatch, Signatures};
pub use user_agent::UserAgentRule;

/// A longer head is refused, in bytes.
pub const MAX_HEAD_LEN: usize = 16 * 1024;
/// How many headers of a head are read.
pub const MAX_HEADERS: usize = 100;
/// Requests of one connection that are read.
pub const MAX_REQUESTS: u32 = 100;
