//! Bytes in, records out: lines, length-prefixed records, netstrings.

use std::fmt;
use std::io;
use std::ops::Range;

use super::args::Framing;

/// Bytes read at once.
const PIECE_OCTETS: usize = 64 << 10;
/// Bytes of the length before a record.
const PREFIX_LEN: usize = 4;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// A record, without line end or length.
    Record(Range<usize>),
    /// A record that is too long to be held begins; its length, unless it is a line.
    LongStart(Option<u32>),
    /// Bytes of it.
    LongPart(Range<usize>),
    /// It is over.
    LongEnd,
}

/// The framing is broken: nobody can know where the next record begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BrokenFraming;

impl fmt::Display for BrokenFraming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the input is not framed as --framing says; what follows cannot be read")
    }
}

impl std::error::Error for BrokenFraming {}

/// Cuts records out of what was read.
///
/// Memory: the longest record and a piece of the input.
#[derive(Debug)]
pub(super) struct Records {
    framing: Framing,
    max_bytes: usize,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were handed out.
    taken: usize,
    /// Bytes of the buffer in which no line end is.
    searched: usize,
    long: Option<Long>,
}

/// How much of a long record is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Long {
    ToLineEnd,
    Bytes(usize),
}

impl Records {
    pub(super) fn new(framing: Framing, max_bytes: usize) -> Records {
        Records { framing, max_bytes, buffer: Vec::new(), taken: 0, searched: 0, long: None }
    }

    /// Bytes that [`Records::next`] told of.
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// Reads a piece; 0 at the end.
    pub(super) fn fill(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        self.buffer.drain(..self.taken);
        self.searched -= self.taken.min(self.searched);
        self.taken = 0;
        let len = self.buffer.len();
        self.buffer.resize(len + PIECE_OCTETS, 0);
        let count = read(self.buffer.get_mut(len..).unwrap_or_default());
        self.buffer.truncate(len + count.as_ref().copied().unwrap_or(0));
        count
    }

    /// What comes next; none where more has to be read first.
    pub(super) fn next(&mut self) -> Result<Option<Next>, BrokenFraming> {
        match self.long {
            Some(long) => self.next_of_long(long),
            None => match self.framing {
                Framing::Lines => Ok(self.next_line()),
                Framing::LengthPrefixed => Ok(self.next_length_prefixed()),
                Framing::Netstring => self.next_netstring(),
            },
        }
    }

    /// What is left at the end of the input: a line without its end, or a record that was cut,
    /// which is none.
    pub(super) fn rest(&mut self) -> Option<Next> {
        let (start, end) = (self.taken, self.buffer.len());
        self.taken = end;
        match (self.framing, self.long.take()) {
            (Framing::Lines, Some(_)) => Some(Next::LongEnd),
            (Framing::Lines, None) if start < end => Some(Next::Record(start..end)),
            _ => None,
        }
    }

    fn next_line(&mut self) -> Option<Next> {
        let from = self.taken.max(self.searched);
        let end = memchr::memchr(b'\n', self.buffer.get(from..)?).map(|at| from + at);
        let Some(end) = end else {
            self.searched = self.buffer.len();
            if self.buffer.len() - self.taken > self.max_bytes {
                self.long = Some(Long::ToLineEnd);
                return Some(Next::LongStart(None));
            }
            return None;
        };
        if end - self.taken > self.max_bytes {
            self.long = Some(Long::ToLineEnd);
            return Some(Next::LongStart(None));
        }
        let line = self.taken..end;
        self.taken = end + 1;
        Some(Next::Record(line))
    }

    fn next_length_prefixed(&mut self) -> Option<Next> {
        let rest = self.buffer.get(self.taken..)?;
        let (prefix, _) = rest.split_first_chunk::<PREFIX_LEN>()?;
        self.of_len(u32::from_be_bytes(*prefix), PREFIX_LEN, 0)
    }

    fn next_netstring(&mut self) -> Result<Option<Next>, BrokenFraming> {
        /// Digits of the longest length.
        const MAX_DIGITS: usize = 10;
        let rest = self.buffer.get(self.taken..).unwrap_or_default();
        let head = rest.get(..rest.len().min(MAX_DIGITS + 1)).unwrap_or_default();
        let Some(colon) = memchr::memchr(b':', head) else {
            let is_right = head.len() <= MAX_DIGITS && head.iter().all(u8::is_ascii_digit);
            return if is_right { Ok(None) } else { Err(BrokenFraming) };
        };
        let digits = head.get(..colon).unwrap_or_default();
        let is_number = digits.iter().all(u8::is_ascii_digit);
        let digits = str::from_utf8(digits).ok().filter(|_| is_number);
        let len: u32 = digits.and_then(|digits| digits.parse().ok()).ok_or(BrokenFraming)?;
        let comma = colon + 1 + len as usize;
        if rest.get(comma).is_some_and(|&byte| byte != b',') {
            return Err(BrokenFraming);
        }
        Ok(self.of_len(len, colon + 1, 1))
    }

    /// A record of this length, `before` bytes behind what was taken, and `behind` bytes before
    /// the next.
    fn of_len(&mut self, len: u32, before: usize, behind: usize) -> Option<Next> {
        let start = self.taken + before;
        if len as usize > self.max_bytes {
            self.taken = start;
            self.long = Some(Long::Bytes(len as usize));
            return Some(Next::LongStart(Some(len)));
        }
        let end = start + len as usize;
        if self.buffer.len() < end + behind {
            return None;
        }
        self.taken = end + behind;
        Some(Next::Record(start..end))
    }

    fn next_of_long(&mut self, long: Long) -> Result<Option<Next>, BrokenFraming> {
        let start = self.taken;
        let rest = self.buffer.get(start..).unwrap_or_default();
        let (part, is_over) = match long {
            Long::ToLineEnd => match memchr::memchr(b'\n', rest) {
                Some(len) => (len, true),
                None => (rest.len(), false),
            },
            Long::Bytes(len) => (len.min(rest.len()), len == 0),
        };
        if part > 0 {
            self.taken = start + part;
            if let Long::Bytes(len) = long {
                self.long = Some(Long::Bytes(len - part));
            }
            return Ok(Some(Next::LongPart(start..start + part)));
        }
        if !is_over {
            return Ok(None);
        }
        // The line feed, or the comma of a netstring.
        match (self.framing, rest.first()) {
            (Framing::LengthPrefixed, _) => {}
            (Framing::Lines, _) | (Framing::Netstring, Some(b',')) => self.taken += 1,
            (Framing::Netstring, Some(_)) => return Err(BrokenFraming),
            (Framing::Netstring, None) => return Ok(None),
        }
        self.long = None;
        Ok(Some(Next::LongEnd))
    }
}
