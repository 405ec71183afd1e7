//! Why bytes are not a head: a closed, countable set, with a position.

use core::fmt;

use crate::word_enum::word_enum;

/// Why bytes are not a head, and where in them that was seen.
///
/// ```
/// use stackprint::http::{Fault, Head, Progress};
///
/// let Progress::NotHttp(error) = Head::parse(b"GET / SPDY/3\r\n") else { panic!("no head") };
/// assert_eq!(error.fault, Fault::BadFirstLine);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeadError {
    /// The cause, for counting.
    pub fault: Fault,
    /// Bytes from the start of what was handed over to the one that shows it.
    pub at: usize,
}

impl HeadError {
    #[cold]
    pub(super) const fn new(fault: Fault, at: usize) -> HeadError {
        HeadError { fault, at }
    }
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.fault, self.at)
    }
}

impl core::error::Error for HeadError {}

word_enum! {
    /// The causes for which bytes are not a head. Indexable: `fault as usize` is below
    /// [`Fault::COUNT`].
    ///
    /// It is a part of [`HeadError`].
    Fault {
        /// The bytes do not begin with a method or with `HTTP/1.`.
        NotHttp = "not_http",
        /// The preface of HTTP/2, which [`Http2Reader`](super::Http2Reader) reads; in counts, one that
        /// is not followed by what has to follow.
        Http2 = "http2",
        /// The first line does not end with `HTTP/1.x`, or has no status.
        BadFirstLine = "bad_first_line",
        /// A head of more than 16,384 bytes.
        HeadTooLong = "head_too_long",
    }
}
