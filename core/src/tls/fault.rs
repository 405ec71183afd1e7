//! Why bytes are not a hello: a closed, countable set, with a position.

use core::fmt;

use crate::word_enum::word_enum;

/// Why bytes are not a hello, and where in them that was seen.
///
/// ```
/// use stackprint::tls::{ClientHello, Fault, Progress};
///
/// let Progress::NotTls(error) = ClientHello::from_stream(b"GET / HTTP/1.1\r\n") else {
///     panic!("no TLS")
/// };
/// assert_eq!((error.fault, error.at), (Fault::NotTls, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HelloError {
    /// The cause, for counting.
    pub fault: Fault,
    /// Bytes from the start of what was handed over to the field that shows it.
    pub at: usize,
}

impl HelloError {
    #[cold]
    pub(super) const fn new(fault: Fault, at: usize) -> HelloError {
        HelloError { fault, at }
    }
}

impl fmt::Display for HelloError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.fault, self.at)
    }
}

impl core::error::Error for HelloError {}

word_enum! {
    /// The causes for which bytes are not a hello. Indexable: `fault as usize` is below
    /// [`Fault::COUNT`].
    ///
    /// It is a part of [`HelloError`].
    Fault {
        /// The stream does not begin with a TLS handshake record.
        NotTls = "not_tls",
        /// The stream begins with an SSLv2 hello, which may offer newer versions too.
        Sslv2Hello = "sslv2_hello",
        /// A record or fragment without content.
        EmptyRecord = "empty_record",
        /// A record of more than 16,384 bytes.
        RecordTooLong = "record_too_long",
        /// A record of another type (or major version) before the hello is complete.
        OtherRecord = "other_record",
        /// A handshake message of another type than the hello looked for.
        OtherMessage = "other_message",
        /// A hello of more than 16,384 bytes.
        HelloTooLong = "hello_too_long",
        /// A field ends past the end of the hello.
        TooShort = "too_short",
        /// A session id of more than 32 bytes.
        SessionIdTooLong = "session_id_too_long",
        /// A list of 16-bit numbers with an odd number of bytes.
        OddLength = "odd_length",
        /// Bytes after the last field.
        TrailingBytes = "trailing_bytes",
        /// A list inside an extension does not fill its extension.
        BadExtension = "bad_extension",
        /// A DTLS fragment contradicts its message, or those before it.
        BadFragment = "bad_fragment",
        /// A DTLS hello in more pieces than are held.
        TooManyPieces = "too_many_pieces",
    }
}
