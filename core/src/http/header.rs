//! The headers of a head, read where they lie.
#![warn(clippy::indexing_slicing)]

use core::fmt;

use memchr::memchr;

use super::MAX_HEADERS;

/// The value of a header, or the target of a request: shown to those alone who ask for it.
///
/// It has no `Display`, and its `Debug` tells the length, so that a secret does not get into a log
/// or a record by accident.
///
/// An example is at [`Head`](super::Head).
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Value<'b>(pub(super) &'b [u8]);

impl<'b> Value<'b> {
    /// The bytes, which may be a secret.
    #[must_use]
    pub const fn reveal(self) -> &'b [u8] {
        self.0
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether it is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.len())
    }
}

/// One header.
///
/// An example is at [`Head`](super::Head).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'b> {
    name: &'b [u8],
    value: Value<'b>,
}

impl<'b> Header<'b> {
    /// Its name as it was sent: ASCII, one character at least.
    #[must_use]
    pub fn name(&self) -> &'b str {
        str::from_utf8(self.name).unwrap_or_default()
    }

    /// Its value without blanks around it; empty where there is none.
    #[must_use]
    pub const fn value(&self) -> Value<'b> {
        self.value
    }

    /// Whether it has this name, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// What is odd about the lines of a head.
///
/// An example is at [`Head`](super::Head).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Oddities {
    /// Lines that are no header: no colon, or a name that is none.
    pub odd_lines: u32,
    /// Lines that continue the one before them.
    pub folded_lines: u32,
    /// Headers beyond [`MAX_HEADERS`](super::MAX_HEADERS).
    pub more_headers: u32,
    /// NULs in values.
    pub nuls: u32,
}

/// A part of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    at: u16,
    len: u16,
}

impl Span {
    pub(super) const NONE: Span = Span { at: 0, len: 0 };

    /// A head is at most [`MAX_HEAD_LEN`](super::MAX_HEAD_LEN) bytes long.
    pub(super) const fn new(at: usize, end: usize) -> Span {
        Span { at: at as u16, len: end.saturating_sub(at) as u16 }
    }

    #[inline]
    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        let at = usize::from(self.at);
        bytes.get(at..at + usize::from(self.len)).unwrap_or_default()
    }

    #[inline]
    pub(super) const fn len(self) -> usize {
        self.len as usize
    }

    #[inline]
    pub(super) const fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// Where the header lines of a head begin.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lines<'b> {
    /// All behind this place, by the rules of this library.
    From(usize),
    /// Just these, by the rules of p0f, which checked them when it took them.
    Listed(&'b [u16]),
    /// Just these, names and values; nothing is odd.
    Read(&'b [(Span, Span)]),
}

/// Walks over the header lines.
#[derive(Debug, Clone)]
pub(super) struct Walk<'b> {
    bytes: &'b [u8],
    lines: Lines<'b>,
    count: usize,
    pub(super) oddities: Oddities,
}

impl<'b> Walk<'b> {
    pub(super) const fn new(bytes: &'b [u8], lines: Lines<'b>) -> Self {
        let oddities = Oddities { odd_lines: 0, folded_lines: 0, more_headers: 0, nuls: 0 };
        Walk { bytes, lines, count: 0, oddities }
    }

    /// Name and value of the next header.
    #[inline]
    pub(super) fn next(&mut self) -> Option<(Span, Span)> {
        match &mut self.lines {
            Lines::Listed(starts) => {
                let (&at, rest) = starts.split_first()?;
                *starts = rest;
                listed(self.bytes, usize::from(at))
            }
            Lines::Read(fields) => {
                let (&field, rest) = fields.split_first()?;
                *fields = rest;
                Some(field)
            }
            &mut Lines::From(at) => self.next_from(at),
        }
    }

    #[inline]
    fn next_from(&mut self, mut at: usize) -> Option<(Span, Span)> {
        loop {
            let rest = self.bytes.get(at..)?;
            let len = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest.get(..len).unwrap_or_default();
            if matches!(line, [] | [b'\r']) {
                self.lines = Lines::From(self.bytes.len());
                return None;
            }
            let mut end = at + len;
            let name_len = line.iter().position(|&byte| !is_token(byte)).unwrap_or(len);
            if name_len > 0 && line.get(name_len) == Some(&b':') {
                self.unfold(&mut end);
                self.lines = Lines::From(end + 1);
                if self.count == MAX_HEADERS {
                    self.oddities.more_headers += 1;
                } else {
                    self.count += 1;
                    return Some((
                        Span::new(at, at + name_len),
                        self.value(at + name_len + 1, end),
                    ));
                }
            } else {
                // A line that continues none is odd as well.
                self.oddities.odd_lines += 1;
            }
            at = end + 1;
        }
    }

    /// RFC 9112 section 5.2: a line that begins with a blank continues the one before it.
    #[inline]
    fn unfold(&mut self, end: &mut usize) {
        while let Some([b' ' | b'\t', rest @ ..]) = self.bytes.get(*end + 1..) {
            self.oddities.folded_lines += 1;
            *end += 2 + memchr(b'\n', rest).unwrap_or(rest.len());
        }
    }

    /// A value without blanks around it.
    #[inline]
    fn value(&mut self, mut at: usize, mut end: usize) -> Span {
        let is_blank =
            |place: usize| matches!(self.bytes.get(place), Some(b' ' | b'\t' | b'\r' | b'\n'));
        while at < end && is_blank(at) {
            at += 1;
        }
        while at < end && is_blank(end - 1) {
            end -= 1;
        }
        let value = Span::new(at, end);
        if memchr(0, value.of(self.bytes)).is_some() {
            self.count_nuls(value);
        }
        value
    }

    #[cold]
    fn count_nuls(&mut self, value: Span) {
        let nuls = value.of(self.bytes).iter().filter(|&&byte| byte == 0).count();
        self.oddities.nuls += nuls as u32;
    }
}

/// A line that p0f took: one blank after the colon and a CR at the end do not belong to the value.
fn listed(bytes: &[u8], at: usize) -> Option<(Span, Span)> {
    let line = bytes.get(at..)?;
    let line = line.get(..memchr(b'\n', line)?)?;
    let colon = memchr(b':', line)?;
    let blank = usize::from(matches!(line.get(colon + 1), Some(b' ' | b'\t')));
    let end = line.strip_suffix(b"\r").unwrap_or(line).len();
    Some((Span::new(at, at + colon), Span::new(at + colon + 1 + blank, at + end)))
}

/// RFC 9110 section 5.6.2: what names are made of.
#[inline]
pub(super) fn is_token(byte: u8) -> bool {
    TOKENS.get(usize::from(byte)).copied().unwrap_or_default()
}

/// By byte: one load where comparisons would be several.
static TOKENS: [bool; 256] = {
    let mut tokens = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let it = byte as u8;
        let is_token = it.is_ascii_alphanumeric()
            || matches!(
                it,
                b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
            );
        #[expect(clippy::indexing_slicing, reason = "while constants are made")]
        {
            tokens[byte] = is_token;
        }
        byte += 1;
    }
    tokens
};

/// The headers of a head, in the order in which they were sent.
///
/// An example is at [`Head`](super::Head).
#[derive(Debug, Clone)]
pub struct Headers<'b>(pub(super) Walk<'b>);

impl<'b> Iterator for Headers<'b> {
    type Item = Header<'b>;

    fn next(&mut self) -> Option<Header<'b>> {
        let (name, value) = self.0.next()?;
        let bytes = self.0.bytes;
        Some(Header { name: name.of(bytes), value: Value(value.of(bytes)) })
    }
}
