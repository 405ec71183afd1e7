//! HTTP/2 in cleartext: how a client opens a connection (RFC 9113).
#![warn(clippy::indexing_slicing)]

use core::fmt;

use md5::digest::Digest;

use super::Progress;
use super::hpack::{self, Pseudo};

/// What a client's stream begins with (RFC 9113 section 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A longer opening is refused, in bytes.
const MAX_LEN: usize = 16 * 1024;

/// A frame's header (RFC 9113 section 4.1).
const FRAME_HEADER_LEN: usize = 9;

mod frame_type {
    pub(super) const HEADERS: u8 = 1;
    pub(super) const PRIORITY: u8 = 2;
    pub(super) const SETTINGS: u8 = 4;
    pub(super) const WINDOW_UPDATE: u8 = 8;
    pub(super) const CONTINUATION: u8 = 9;
}

mod flag {
    pub(super) const ACK: u8 = 0x01;
    pub(super) const END_HEADERS: u8 = 0x04;
    pub(super) const PADDED: u8 = 0x08;
    pub(super) const PRIORITY: u8 = 0x20;
}

/// How a client opens a connection, up to its first request.
///
/// Its `Display` is the usual text, `SETTINGS|WINDOW_UPDATE|PRIORITY|order of pseudo-headers`.
///
/// [`Http2Reader`] reads it from a stream that grows, and has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http2 {
    settings: Vec<(u16, u32)>,
    window_update: Option<u32>,
    priorities: Vec<Priority>,
    pseudo_headers: Vec<Pseudo>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Priority {
    stream: u32,
    is_exclusive: bool,
    depends_on: u32,
    /// 1 to 256.
    weight: u16,
}

/// Why bytes are not the opening of an HTTP/2 connection, and where that was seen.
///
/// It is why [`Http2Reader::read`] says that a stream is not HTTP/2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Http2Error {
    /// The cause, for counting.
    pub fault: Http2Fault,
    /// Bytes from the start of the stream to the frame that shows it.
    pub at: usize,
}

/// The causes for which bytes are not the opening of an HTTP/2 connection.
///
/// It is a part of the [`Http2Error`] of an [`Http2Reader`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Http2Fault {
    /// Another start than the preface.
    NotHttp2,
    /// The first frame is not SETTINGS.
    NoSettings,
    /// A frame whose length or place contradicts its type.
    BadFrame,
    /// A header block that cannot be read, or with a pseudo-header that requests do not have.
    BadHeaders,
    /// More than 16,384 bytes without a request.
    TooLong,
}

impl Http2Fault {
    /// How many causes there are.
    pub const COUNT: usize = 5;

    /// The name used in counters, in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Http2Fault::NotHttp2 => "not_http2",
            Http2Fault::NoSettings => "no_settings",
            Http2Fault::BadFrame => "bad_frame",
            Http2Fault::BadHeaders => "bad_headers",
            Http2Fault::TooLong => "too_long",
        }
    }
}

impl fmt::Display for Http2Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.fault.as_str(), self.at)
    }
}

impl core::error::Error for Http2Error {}

impl Http2 {
    /// Reads the start of a client's stream, all of it each time.
    pub fn parse(bytes: &[u8]) -> Progress<Http2, Http2Error> {
        Http2Reader::default().read(bytes)
    }

    /// The MD5 of the text, in hexadecimal digits.
    #[must_use]
    pub fn md5(&self) -> String {
        let digits = b"0123456789abcdef";
        let digit = |number: u8| digits.get(usize::from(number)).map_or('0', |&it| char::from(it));
        let hash = md5::Md5::digest(self.to_string());
        hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }

    /// Identifiers and values of the first SETTINGS, in order.
    #[must_use]
    pub fn settings(&self) -> &[(u16, u32)] {
        &self.settings
    }

    /// By how much the first WINDOW_UPDATE of the connection grows its window.
    #[must_use]
    pub const fn window_update(&self) -> Option<u32> {
        self.window_update
    }
}

impl fmt::Display for Http2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, (identifier, value)) in self.settings.iter().enumerate() {
            write!(f, "{}{identifier}:{value}", if count == 0 { "" } else { ";" })?;
        }
        match self.window_update {
            Some(increment) => write!(f, "|{increment}|")?,
            None => f.write_str("|00|")?,
        }
        if self.priorities.is_empty() {
            f.write_str("0")?;
        }
        for (count, priority) in self.priorities.iter().enumerate() {
            let &Priority { stream, is_exclusive, depends_on, weight } = priority;
            let comma = if count == 0 { "" } else { "," };
            write!(f, "{comma}{stream}:{}:{depends_on}:{weight}", u8::from(is_exclusive))?;
        }
        f.write_str("|")?;
        for (count, pseudo) in self.pseudo_headers.iter().enumerate() {
            write!(f, "{}{}", if count == 0 { "" } else { "," }, pseudo.letter())?;
        }
        Ok(())
    }
}

/// Reads the start of a client's stream that grows; it remembers which frames it has passed.
///
/// ```
/// use stackprint::http::{Http2Reader, PREFACE, Progress};
///
/// let mut stream = PREFACE.to_vec();
/// stream.extend(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"); // SETTINGS: 100 streams at once
/// stream.extend(b"\0\0\x04\x08\0\0\0\0\0\0\0\xff\0"); // WINDOW_UPDATE: 65,280 bytes
/// let mut reader = Http2Reader::default();
/// assert_eq!(reader.read(&stream), Progress::NeedsMore);
/// stream.extend(b"\0\0\x03\x01\x05\0\0\0\x01\x82\x86\x84"); // HEADERS: :method, :scheme, :path
/// let Progress::Complete(opening) = reader.read(&stream) else { panic!("whole") };
/// assert_eq!(opening.to_string(), "3:100|65280|0|m,s,p");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Http2Reader {
    /// Where the next frame begins, once the preface is there.
    at: u16,
    in_headers: bool,
}

impl Http2Reader {
    /// Looks at what came since the last time. `bytes` are all of the stream, from its start on.
    pub fn read(&mut self, bytes: &[u8]) -> Progress<Http2, Http2Error> {
        let start = bytes.get(..PREFACE.len()).unwrap_or(bytes);
        if !PREFACE.starts_with(start) {
            return Progress::NotHttp(Http2Error { fault: Http2Fault::NotHttp2, at: 0 });
        }
        self.at = self.at.max(PREFACE.len() as u16);
        match self.frames(bytes) {
            Ok(true) => match opening(bytes) {
                Ok(opening) => Progress::Complete(opening),
                Err(error) => Progress::NotHttp(error),
            },
            Ok(false) => Progress::NeedsMore,
            Err(error) => Progress::NotHttp(error),
        }
    }

    /// Passes over frames; whether the first header block is complete.
    fn frames(&mut self, bytes: &[u8]) -> Result<bool, Http2Error> {
        loop {
            let at = usize::from(self.at);
            let error = |fault| Err(Http2Error { fault, at });
            let Some(frame) = Frame::at(bytes, at) else { return Ok(false) };
            if at == PREFACE.len() && !frame.is_first_settings() {
                return error(Http2Fault::NoSettings);
            }
            let is_headers = frame.kind == frame_type::HEADERS;
            let is_continuation = frame.kind == frame_type::CONTINUATION;
            // RFC 9113 section 6.10: nothing comes between the frames of a header block.
            if is_continuation != self.in_headers {
                return error(Http2Fault::BadFrame);
            }
            let end = at + FRAME_HEADER_LEN + frame.len;
            if end > MAX_LEN {
                return error(Http2Fault::TooLong);
            }
            if frame.body.len() < frame.len {
                return Ok(false);
            }
            if (is_headers || is_continuation) && frame.flags & flag::END_HEADERS != 0 {
                return Ok(true);
            }
            self.in_headers |= is_headers;
            self.at = end as u16;
        }
    }
}

/// What the frames say up to the first header block, which is there.
fn opening(bytes: &[u8]) -> Result<Http2, Http2Error> {
    let mut opening = Http2 {
        settings: Vec::new(),
        window_update: None,
        priorities: Vec::new(),
        pseudo_headers: Vec::new(),
    };
    let mut at = PREFACE.len();
    let mut block = Vec::new();
    while let Some(frame) = Frame::at(bytes, at) {
        let bad = Http2Error { fault: Http2Fault::BadFrame, at };
        match frame.kind {
            frame_type::SETTINGS if at == PREFACE.len() => {
                opening.settings = frame.settings().ok_or(bad)?;
            }
            frame_type::WINDOW_UPDATE if frame.stream == 0 && opening.window_update.is_none() => {
                let &increment = frame.body.first_chunk().filter(|_| frame.len == 4).ok_or(bad)?;
                opening.window_update = Some(u32::from_be_bytes(increment) & STREAM_MASK);
            }
            frame_type::PRIORITY => {
                opening.priorities.push(frame.priority().ok_or(bad)?);
            }
            frame_type::HEADERS => block.extend_from_slice(frame.header_block().ok_or(bad)?),
            frame_type::CONTINUATION => block.extend_from_slice(frame.body),
            _ => {}
        }
        let ends = matches!(frame.kind, frame_type::HEADERS | frame_type::CONTINUATION);
        if ends && frame.flags & flag::END_HEADERS != 0 {
            break;
        }
        at += FRAME_HEADER_LEN + frame.len;
    }
    let bad = Http2Error { fault: Http2Fault::BadHeaders, at };
    opening.pseudo_headers = hpack::pseudo_headers(&block).map_err(|_| bad)?;
    Ok(opening)
}

/// RFC 9113 section 4.1: the bit above a stream's number is reserved.
const STREAM_MASK: u32 = 0x7fff_ffff;

struct Frame<'b> {
    len: usize,
    kind: u8,
    flags: u8,
    stream: u32,
    /// As far as it has come.
    body: &'b [u8],
}

impl<'b> Frame<'b> {
    /// Returns None if its header is not complete.
    fn at(bytes: &'b [u8], at: usize) -> Option<Frame<'b>> {
        let (header, body) = bytes.get(at..)?.split_first_chunk::<FRAME_HEADER_LEN>()?;
        let &[a, b, c, kind, flags, d, e, f, g] = header;
        let len = u32::from_be_bytes([0, a, b, c]) as usize;
        let stream = u32::from_be_bytes([d, e, f, g]) & STREAM_MASK;
        Some(Frame { len, kind, flags, stream, body: body.get(..len).unwrap_or(body) })
    }

    /// Whether it is what has to come first (RFC 9113 section 3.4).
    const fn is_first_settings(&self) -> bool {
        self.kind == frame_type::SETTINGS && self.stream == 0 && self.flags & flag::ACK == 0
    }

    fn settings(&self) -> Option<Vec<(u16, u32)>> {
        let (settings, rest) = self.body.as_chunks();
        let setting = |&[a, b, c, d, e, f]: &[u8; 6]| {
            (u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f]))
        };
        rest.is_empty().then(|| settings.iter().map(setting).collect())
    }

    fn priority(&self) -> Option<Priority> {
        let &[a, b, c, d, weight] = self.body.first_chunk().filter(|_| self.len == 5)?;
        let depends_on = u32::from_be_bytes([a, b, c, d]);
        Some(Priority {
            stream: self.stream,
            is_exclusive: depends_on & !STREAM_MASK != 0,
            depends_on: depends_on & STREAM_MASK,
            // RFC 9113 section 6.3: "Add one to the value".
            weight: u16::from(weight) + 1,
        })
    }

    /// Its part of the header block: without padding and priority (RFC 9113 section 6.2).
    fn header_block(&self) -> Option<&'b [u8]> {
        let mut block = self.body;
        let mut padding = 0;
        if self.flags & flag::PADDED != 0 {
            let (&len, rest) = block.split_first()?;
            (padding, block) = (usize::from(len), rest);
        }
        if self.flags & flag::PRIORITY != 0 {
            block = block.get(5..)?;
        }
        block.get(..block.len().checked_sub(padding)?)
    }
}
