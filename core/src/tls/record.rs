//! Handshake messages in the records of a stream (RFC 8446 section 5.1).
#![warn(clippy::indexing_slicing)]

use std::borrow::Cow;

use super::{Fault, HelloError, MAX_HELLO_LEN};

/// The content of a longer record is refused, in bytes. RFC 8446 section 5.1: "The length MUST NOT
/// exceed 2^14 bytes"; only encrypted ones may be longer.
pub const MAX_RECORD_LEN: usize = 16 * 1024;

/// Content type `handshake`.
pub(super) const HANDSHAKE: u8 = 22;
/// Handshake type `client_hello`.
pub(super) const CLIENT_HELLO: u8 = 1;
/// Handshake type `server_hello`.
pub(super) const SERVER_HELLO: u8 = 2;

/// A record's header.
mod field {
    pub(super) const TYPE: usize = 0;
    pub(super) const MAJOR_VERSION: usize = 1;
    pub(super) const LEN: usize = 3;
    pub(super) const HEADER_LEN: usize = 5;
}

/// Type and length in front of a handshake message (RFC 8446 section 4).
const MESSAGE_HEADER_LEN: usize = 4;

/// SSL 3.0 and all versions of TLS.
const MAJOR_VERSION: u8 = 3;

/// What the bytes of a stream so far are.
///
/// [`ClientHello::from_stream`](super::ClientHello::from_stream) returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Progress<H> {
    /// The hello, whole. Bytes after it were not looked at.
    Complete(H),
    /// The start of one: its end has not come yet.
    NeedsMore,
    /// Not a hello, whatever comes next.
    NotTls(HelloError),
}

impl<'b> Progress<Cow<'b, [u8]>> {
    /// Reads a complete message.
    pub(super) fn and_then<H>(
        self,
        stream: &[u8],
        read: impl FnOnce(Cow<'b, [u8]>) -> Result<H, HelloError>,
    ) -> Progress<H> {
        match self {
            Progress::Complete(body) => {
                let len = body.len();
                match read(body) {
                    Ok(hello) => Progress::Complete(hello),
                    Err(error) => Progress::NotTls(in_stream(stream, len, error)),
                }
            }
            Progress::NeedsMore => Progress::NeedsMore,
            Progress::NotTls(error) => Progress::NotTls(error),
        }
    }
}

/// Whether a stream that begins with these bytes may begin with a hello, as far as they go: a
/// handshake record, whatever its minor version.
///
/// ```
/// use stackprint::tls::may_begin;
///
/// assert!(may_begin(b"\x16\x03\x01\x02\0"));
/// assert!(!may_begin(b"GET / HTTP/1.1\r\n"));
/// ```
#[must_use]
pub const fn may_begin(bytes: &[u8]) -> bool {
    matches!(bytes, [HANDSHAKE] | [HANDSHAKE, MAJOR_VERSION, ..])
}

/// Whose hello it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HelloKind {
    Client,
    Server,
}

/// Whose hello a segment begins with, as far as its first bytes tell: a handshake record that begins
/// with the header of a hello. Returns None for everything else.
pub(crate) fn hello_at_start(bytes: &[u8]) -> Option<HelloKind> {
    /// Version and random of either hello.
    const MIN_HELLO_LEN: usize = 34;
    let &[HANDSHAKE, MAJOR_VERSION, _, _, _, kind, a, b, c, ..] = bytes else { return None };
    let len = message_len([kind, a, b, c], kind).ok()?;
    match kind {
        CLIENT_HELLO if len >= MIN_HELLO_LEN => Some(HelloKind::Client),
        SERVER_HELLO if len >= MIN_HELLO_LEN => Some(HelloKind::Server),
        _ => None,
    }
}

/// The body of the message that begins a stream, if it is of this type.
pub(super) fn message(bytes: &[u8], message_type: u8) -> Progress<Cow<'_, [u8]>> {
    let mut records = Records::new(bytes);
    let first = match records.next() {
        Ok(Some(first)) => first,
        Ok(None) => return Progress::NeedsMore,
        Err(error) => return Progress::NotTls(error),
    };
    // Nearly always: all of it in the first record.
    if let Some((&header, rest)) = first.split_first_chunk() {
        match message_len(header, message_type) {
            Err(fault) => return Progress::NotTls(HelloError::new(fault, field::HEADER_LEN)),
            Ok(len) => {
                if let Some(body) = rest.get(..len) {
                    return Progress::Complete(Cow::Borrowed(body));
                }
            }
        }
    } else if first.first().is_some_and(|&first| first != message_type) {
        return Progress::NotTls(HelloError::new(Fault::OtherMessage, field::HEADER_LEN));
    }
    match Measure::of(bytes, message_type) {
        Ok(Measure { wanted: Some(len), available }) if available == len => {
            Progress::Complete(Cow::Owned(joined(bytes, len)))
        }
        Ok(_) => Progress::NeedsMore,
        Err(error) => Progress::NotTls(error),
    }
}

/// What there is of the body of the message that begins a stream.
pub(super) fn cut_message(bytes: &[u8], message_type: u8) -> Result<Vec<u8>, HelloError> {
    Measure::of(bytes, message_type).map(|measure| joined(bytes, measure.available))
}

/// How much there is of a message's body, in bytes, and how much there is to be, once that is told.
struct Measure {
    available: usize,
    wanted: Option<usize>,
}

impl Measure {
    fn of(bytes: &[u8], message_type: u8) -> Result<Measure, HelloError> {
        let mut records = Records::new(bytes);
        let mut header = [0; MESSAGE_HEADER_LEN];
        let mut seen = 0;
        let mut wanted = None;
        // Where the message is complete, records after it are not looked at.
        while wanted.is_none_or(|wanted| seen - MESSAGE_HEADER_LEN < wanted)
            && let Some(content) = records.next()?
        {
            for (place, byte) in header.iter_mut().skip(seen).zip(content) {
                *place = *byte;
            }
            seen += content.len();
            if header.first() != Some(&message_type) {
                return Err(in_stream_at(bytes, 0, Fault::OtherMessage));
            }
            if wanted.is_none() && seen >= MESSAGE_HEADER_LEN {
                let len = message_len(header, message_type);
                wanted = Some(len.map_err(|fault| in_stream_at(bytes, 0, fault))?);
            }
        }
        let available = seen.saturating_sub(MESSAGE_HEADER_LEN);
        Ok(Measure { available: wanted.map_or(0, |wanted| available.min(wanted)), wanted })
    }
}

/// The first `len` bytes of the body of the message that begins a stream, which are there.
fn joined(bytes: &[u8], len: usize) -> Vec<u8> {
    let mut records = Records::new(bytes);
    let mut body = Vec::with_capacity(len);
    let mut skip = MESSAGE_HEADER_LEN;
    while body.len() < len
        && let Ok(Some(content)) = records.next()
    {
        let passed = skip.min(content.len());
        skip -= passed;
        let content = content.get(passed..).unwrap_or_default();
        body.extend_from_slice(content.get(..len - body.len()).unwrap_or(content));
    }
    body
}

/// The length in the header of a message, if it is of this type, and no longer than a hello.
fn message_len(header: [u8; MESSAGE_HEADER_LEN], message_type: u8) -> Result<usize, Fault> {
    let [found, a, b, c] = header;
    let len = u32::from_be_bytes([0, a, b, c]) as usize;
    if found != message_type {
        Err(Fault::OtherMessage)
    } else if len > MAX_HELLO_LEN {
        Err(Fault::HelloTooLong)
    } else {
        Ok(len)
    }
}

/// An error in a message's body of so many bytes, with its place in the stream that brought it.
#[cold]
pub(super) fn in_stream(bytes: &[u8], body_len: usize, error: HelloError) -> HelloError {
    let HelloError { fault, at } = error;
    if at < body_len {
        return in_stream_at(bytes, MESSAGE_HEADER_LEN + at, fault);
    }
    // Where the body ends too early: after its last byte, whatever record follows.
    let last = in_stream_at(bytes, MESSAGE_HEADER_LEN + body_len - 1, fault);
    HelloError::new(fault, last.at + 1)
}

/// An error at a byte of the content of the records of a stream.
#[cold]
fn in_stream_at(bytes: &[u8], mut at: usize, fault: Fault) -> HelloError {
    let mut records = Records::new(bytes);
    while let Ok(Some(content)) = records.next() {
        if at < content.len() {
            return HelloError::new(fault, records.at - content.len() + at);
        }
        at -= content.len();
    }
    // Not reached: the byte was read there.
    HelloError::new(fault, records.at)
}

/// The content of the handshake records of a stream, the last of them as far as it has come.
struct Records<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Records<'b> {
    const fn new(bytes: &'b [u8]) -> Self {
        Records { bytes, at: 0 }
    }

    /// The next content; none where the stream ends. Faults are told by the first byte that shows
    /// them.
    #[inline]
    fn next(&mut self) -> Result<Option<&'b [u8]>, HelloError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.get(field::TYPE).is_some_and(|&first| first != HANDSHAKE)
            || rest.get(field::MAJOR_VERSION).is_some_and(|&major| major != MAJOR_VERSION)
        {
            return self.other(rest);
        }
        let Some(header) = rest.first_chunk::<{ field::HEADER_LEN }>() else { return Ok(None) };
        let [_, _, _, len_high, len_low] = *header;
        let len = usize::from(u16::from_be_bytes([len_high, len_low]));
        if len == 0 {
            // RFC 8446 section 5.1: "Implementations MUST NOT send zero-length fragments of
            // Handshake types".
            return Err(HelloError::new(Fault::EmptyRecord, self.at + field::LEN));
        }
        if len > MAX_RECORD_LEN {
            return Err(HelloError::new(Fault::RecordTooLong, self.at + field::LEN));
        }
        let content = rest.get(field::HEADER_LEN..).unwrap_or_default();
        let content = content.get(..len).unwrap_or(content);
        self.at += field::HEADER_LEN + content.len();
        Ok((!content.is_empty()).then_some(content))
    }

    /// What does not begin like a handshake record.
    #[cold]
    fn other(&self, rest: &[u8]) -> Result<Option<&'b [u8]>, HelloError> {
        if self.at != 0 {
            return Err(HelloError::new(Fault::OtherRecord, self.at));
        }
        match sslv2_hello(rest) {
            Some(true) => Err(HelloError::new(Fault::Sslv2Hello, 0)),
            Some(false) => Err(HelloError::new(Fault::NotTls, 0)),
            None => Ok(None),
        }
    }
}

/// Whether bytes begin an SSLv2 hello; None while there are too few of them. RFC 5246 appendix E.2:
/// a length of two bytes with the high bit set, message type 1, then the version.
fn sslv2_hello(bytes: &[u8]) -> Option<bool> {
    const HIGH_BIT: u8 = 0x80;
    const SSL_2: [u8; 2] = [0, 2];
    let expected = |place: usize, byte: u8| match place {
        0 => byte & HIGH_BIT != 0,
        2 => byte == CLIENT_HELLO,
        3 => byte == SSL_2[0] || byte == MAJOR_VERSION,
        _ => true,
    };
    let header = bytes.get(..field::HEADER_LEN).unwrap_or(bytes);
    if !header.iter().enumerate().all(|(place, &byte)| expected(place, byte)) {
        return Some(false);
    }
    let &[_, _, _, major, minor] = header.first_chunk()?;
    Some(major == MAJOR_VERSION || [major, minor] == SSL_2)
}
