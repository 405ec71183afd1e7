//! Bodies: how many bytes are no head. Counts alone; nothing is held.
#![warn(clippy::indexing_slicing)]

use memchr::memchr;

use super::{FirstLine, Head, Kind};

/// What is left of a body.
///
/// ```
/// use stackprint::http::{Body, Head, Progress, Taken};
///
/// let stream = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\n";
/// let Progress::Complete(head) = Head::parse(stream) else { panic!("whole") };
/// let mut body = Body::of(&head, false).expect("it has a length");
/// assert_eq!(body.take(&stream[head.len()..]), Taken::UntilHead(4));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body(State);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Bytes that are left of a body with a length, before the next head.
    Length(u64),
    /// A line with the size of a chunk: its digits so far, and whether they are over.
    ChunkSize { size: u64, digits: u8, is_over: bool },
    /// Bytes that are left of a chunk, with the CR LF after it.
    Chunk(u64),
    /// The lines after the last chunk; how many bytes the current one has, up to 2.
    Trailer { len: u8 },
    /// All that follows.
    UntilClose,
    /// What follows is not known.
    Unknown,
}

/// What came of bytes.
///
/// [`Body::take`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Taken {
    /// All are the body's, and there may be more of it.
    All,
    /// The number of bytes that belong to the body: the next head follows.
    UntilHead(usize),
    /// The end of the body is not known.
    Lost,
}

/// Limit of digits of a chunk's size (RFC 9112 section 7.1): those that fit.
const MAX_DIGITS: u8 = 15;
const LINE_BREAK_LEN: u64 = 2;

const FIRST_CHUNK: State = State::ChunkSize { size: 0, digits: 0, is_over: false };

impl Body {
    /// The body behind a head (RFC 9112 section 6.3). Returns None if there is none: another head
    /// follows. `is_head_request` is for responses.
    #[must_use]
    pub fn of(head: &Head<'_>, is_head_request: bool) -> Option<Body> {
        if let FirstLine::Response { status } = head.first_line()
            && (is_head_request || matches!(status, 100..=199 | 204 | 304))
        {
            return None;
        }
        let state = match (encoding(head), head.kind()) {
            (Encoding::Chunked, _) => FIRST_CHUNK,
            (Encoding::Length(0) | Encoding::None, Kind::Request) => return None,
            (Encoding::Length(0), Kind::Response) => return None,
            (Encoding::Length(len), _) => State::Length(len),
            (Encoding::None | Encoding::Other, Kind::Response) => State::UntilClose,
            (Encoding::Other, Kind::Request) | (Encoding::Contradictory, _) => State::Unknown,
        };
        Some(Body(state))
    }

    /// All that follows, as after CONNECT.
    #[must_use]
    pub const fn until_close() -> Body {
        Body(State::UntilClose)
    }

    /// Whether no head will follow.
    #[must_use]
    pub const fn is_until_close(&self) -> bool {
        matches!(self.0, State::UntilClose)
    }

    /// How many of the next bytes need not be looked at, however they are cut into segments: less
    /// than sequence numbers tell apart.
    #[must_use]
    pub(super) const fn skippable(&self) -> u32 {
        const MAX: u64 = 1 << 30;
        match self.0 {
            State::Length(left) | State::Chunk(left) if left < MAX => left as u32,
            State::Length(_) | State::Chunk(_) => MAX as u32,
            _ => 0,
        }
    }

    /// Takes the next bytes of the stream.
    pub fn take(&mut self, bytes: &[u8]) -> Taken {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            match &mut self.0 {
                State::UntilClose => return Taken::All,
                State::Unknown => return Taken::Lost,
                State::Length(0) => return Taken::UntilHead(at),
                State::Chunk(0) => self.0 = FIRST_CHUNK,
                _ if rest.is_empty() => return Taken::All,
                State::Length(left) | State::Chunk(left) => {
                    let taken = rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= taken as u64;
                    at += taken;
                }
                State::ChunkSize { .. } => at += self.chunk_size(rest),
                State::Trailer { .. } => {
                    let (taken, is_over) = self.trailer(rest);
                    at += taken;
                    if is_over {
                        return Taken::UntilHead(at);
                    }
                }
            }
        }
    }

    /// Passes over bytes that were not captured.
    pub fn skip(&mut self, count: u64) -> Taken {
        match &mut self.0 {
            State::Length(left) if *left >= count => *left -= count,
            State::Chunk(left) if *left >= count => *left -= count,
            State::UntilClose => {}
            _ if count == 0 => {}
            _ => self.0 = State::Unknown,
        }
        if self.0 == State::Unknown { Taken::Lost } else { Taken::All }
    }

    /// Reads of a line with a chunk's size; how many bytes.
    fn chunk_size(&mut self, bytes: &[u8]) -> usize {
        let State::ChunkSize { mut size, mut digits, mut is_over } = self.0 else { return 0 };
        let mut at = 0;
        while let Some(&byte) = bytes.get(at).filter(|_| !is_over) {
            match char::from(byte).to_digit(16) {
                Some(digit) => {
                    size = size << 4 | u64::from(digit);
                    digits += 1;
                    at += 1;
                }
                None => is_over = true,
            }
            if digits > MAX_DIGITS || (digits == 0 && is_over) {
                self.0 = State::Unknown;
                return at;
            }
        }
        let rest = bytes.get(at..).unwrap_or_default();
        match memchr(b'\n', rest) {
            None => {
                self.0 = State::ChunkSize { size, digits, is_over };
                bytes.len()
            }
            Some(len) => {
                self.0 = match size {
                    0 => State::Trailer { len: 0 },
                    _ => State::Chunk(size + LINE_BREAK_LEN),
                };
                at + len + 1
            }
        }
    }

    /// Reads of the lines after the last chunk; how many bytes, and whether it was the empty line.
    fn trailer(&mut self, bytes: &[u8]) -> (usize, bool) {
        let State::Trailer { len } = self.0 else { return (0, false) };
        let line = memchr(b'\n', bytes);
        let text = bytes.get(..line.unwrap_or(bytes.len())).unwrap_or_default();
        // Of the line so far only matters whether it is empty, CR, or anything else.
        let is_cr = len == 0 && text == b"\r";
        let is_empty = text.is_empty() && len < 2;
        if line.is_some() {
            self.0 = State::Trailer { len: 0 };
        } else if !text.is_empty() {
            self.0 = State::Trailer { len: if is_cr { 1 } else { 2 } };
        }
        match line {
            Some(at) => (at + 1, is_cr || is_empty),
            None => (bytes.len(), false),
        }
    }
}

enum Encoding {
    None,
    Length(u64),
    Chunked,
    /// Transfer-Encoding that does not end with `chunked`.
    Other,
    /// Several lengths, or one that is no number.
    Contradictory,
}

fn encoding(head: &Head<'_>) -> Encoding {
    const TRANSFER_ENCODING: &[u8] = b"Transfer-Encoding";
    const CONTENT_LENGTH: &[u8] = b"Content-Length";
    let mut found = Encoding::None;
    let (mut walk, bytes) = (head.walk(), head.reveal());
    while let Some((name, value)) = walk.next() {
        // Most have another length.
        if ![TRANSFER_ENCODING.len(), CONTENT_LENGTH.len()].contains(&name.len()) {
            continue;
        }
        let (name, value) = (name.of(bytes), value.of(bytes));
        if name.eq_ignore_ascii_case(TRANSFER_ENCODING) {
            // RFC 9112 section 6.3: it overrides Content-Length, and its last coding counts.
            let last = value.rsplit(|&byte| byte == b',').next().unwrap_or_default();
            let is_chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
            found = if is_chunked { Encoding::Chunked } else { Encoding::Other };
        } else if name.eq_ignore_ascii_case(CONTENT_LENGTH) {
            found = match (number(value), found) {
                (_, found @ (Encoding::Chunked | Encoding::Other)) => found,
                (Some(len), Encoding::None) => Encoding::Length(len),
                (Some(len), Encoding::Length(earlier)) if len == earlier => Encoding::Length(len),
                _ => Encoding::Contradictory,
            };
        }
    }
    found
}

/// Digits, perhaps several times the same number (RFC 9112 section 6.3).
fn number(value: &[u8]) -> Option<u64> {
    let mut numbers = value.split(|&byte| byte == b',').map(|word| {
        let word = word.trim_ascii();
        let text = str::from_utf8(word).ok()?;
        word.iter().all(u8::is_ascii_digit).then(|| text.parse().ok()).flatten()
    });
    let first = numbers.next()??;
    numbers.all(|other| other == Some(first)).then_some(first)
}
