//! Request and response heads.
#![warn(clippy::indexing_slicing)]

use core::fmt;

use memchr::memchr;

use super::header::{Lines, Span, Walk, is_token};
use super::{Fault, HeadError, Header, Headers, MAX_HEAD_LEN, Oddities, Value};
use crate::endpoint::Side;

/// Whether a head is a client's or a server's.
///
/// An example is at [`Head`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// From the client.
    Request,
    /// From the server.
    Response,
}

/// What the bytes of a stream so far are.
///
/// [`Head::parse`] and [`HeadReader::read`] return it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Progress<H, E = HeadError> {
    /// The head, whole. Bytes after it were not read.
    Complete(H),
    /// The start of one: its end has not come yet.
    NeedsMore,
    /// Not a head, whatever comes next.
    NotHttp(E),
}

impl From<Side> for Kind {
    fn from(side: Side) -> Kind {
        match side {
            Side::Client => Kind::Request,
            Side::Server => Kind::Response,
        }
    }
}

impl Kind {
    /// Whether a stream of this direction that begins with these bytes may begin with a head, as far
    /// as they go.
    #[must_use]
    pub fn may_begin(self, bytes: &[u8]) -> bool {
        let start = bytes.get(..RESPONSE.len()).unwrap_or(bytes);
        let is_response = RESPONSE.starts_with(start);
        match self {
            Kind::Request => may_begin(bytes),
            Kind::Response => !bytes.is_empty() && is_response,
        }
    }
}

/// The first line of a head.
///
/// An example is at [`Head`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstLine<'b> {
    /// `GET /index.html HTTP/1.1`
    Request {
        /// The method, as it was sent.
        method: &'b str,
        /// What is asked for: it may hold names and passwords.
        target: Value<'b>,
    },
    /// `HTTP/1.1 200 OK`
    Response {
        /// The status; 0 if p0f took a line that has none.
        status: u16,
    },
}

/// The head of a request or response: its first line and its headers.
///
/// Reads from the bytes that it was made of.
///
/// ```
/// use stackprint::http::{FirstLine, Head, Kind, Progress};
///
/// let bytes = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nVia: a\r\nno header\r\nvia: b\r\n\r\n";
/// let Progress::Complete(head) = Head::parse(bytes) else { panic!("whole") };
/// assert_eq!((head.kind(), head.first_line()), (Kind::Response, FirstLine::Response { status: 200 }));
/// assert_eq!(head.headers().map(|header| header.name()).collect::<Vec<_>>(), ["Server", "Via", "via"]);
/// assert_eq!(head.all("Via").map(|value| value.reveal()).collect::<Vec<_>>(), [b"a", b"b"]);
/// assert_eq!(head.oddities().odd_lines, 1);
/// ```
#[derive(Clone, Copy)]
pub struct Head<'b> {
    /// Up to the empty line.
    bytes: &'b [u8],
    kind: Kind,
    minor: u8,
    method: Span,
    target: Span,
    status: u16,
    lines: Lines<'b>,
}

impl<'b> Head<'b> {
    /// Looks for a head at the start of a stream.
    ///
    /// Says the same of the same bytes however often it is asked, and reads all of them each time:
    /// [`HeadReader`] is for streams that grow.
    pub fn parse(bytes: &'b [u8]) -> Progress<Head<'b>> {
        HeadReader::default().read(bytes)
    }

    pub(super) const fn new(bytes: &'b [u8], first: &Line, lines: Lines<'b>) -> Head<'b> {
        let &Line { kind, minor, method, target, status } = first;
        Head { bytes, kind, minor, method, target, status, lines }
    }

    /// A head that p0f read: `starts` are the lines that it took.
    pub(super) fn exact(bytes: &'b [u8], kind: Kind, minor: u8, starts: &'b [u16]) -> Head<'b> {
        let len = memchr(b'\n', bytes).unwrap_or(bytes.len());
        let line = bytes.get(..len).unwrap_or_default();
        let first = first_line(line, 0).ok();
        let (method, target, status) =
            first.map_or(Default::default(), |first| (first.method, first.target, first.status));
        Head { bytes, kind, minor, method, target, status, lines: Lines::Listed(starts) }
    }

    /// Whose head it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The number behind `HTTP/1.`.
    #[must_use]
    pub const fn minor_version(&self) -> u8 {
        self.minor
    }

    /// Bytes of the head, from its first line on, with the empty line that ends it. Those of the
    /// body follow.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Never: there is a first line.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes, secrets included.
    #[must_use]
    pub const fn reveal(&self) -> &'b [u8] {
        self.bytes
    }

    /// The first line.
    #[must_use]
    pub fn first_line(&self) -> FirstLine<'b> {
        match self.kind {
            Kind::Request => FirstLine::Request {
                method: str::from_utf8(self.method.of(self.bytes)).unwrap_or_default(),
                target: Value(self.target.of(self.bytes)),
            },
            Kind::Response => FirstLine::Response { status: self.status },
        }
    }

    /// The headers, in the order in which they were sent.
    #[must_use]
    pub const fn headers(&self) -> Headers<'b> {
        Headers(self.walk())
    }

    /// The method, as it was sent; nothing of a response.
    pub(super) fn method(&self) -> &'b [u8] {
        self.method.of(self.bytes)
    }

    pub(super) const fn walk(&self) -> Walk<'b> {
        Walk::new(self.bytes, self.lines)
    }

    /// What is odd about its lines.
    #[must_use]
    pub fn oddities(&self) -> Oddities {
        let mut walk = self.walk();
        while walk.next().is_some() {}
        walk.oddities
    }

    /// The values of a header, which may come several times; its name in any case.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Value<'b>> {
        self.headers().filter(move |header| header.is(name)).map(|header| header.value())
    }

    /// The last value of a header that is not empty; its name in any case.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value<'b>> {
        self.all(name).filter(|value| !value.is_empty()).last()
    }

    /// What a client says of itself.
    #[must_use]
    pub fn user_agent(&self) -> Option<Value<'b>> {
        self.value("User-Agent")
    }

    /// What a server says of itself.
    #[must_use]
    pub fn server(&self) -> Option<Value<'b>> {
        self.value("Server")
    }
}

/// Kind, version and names of the headers: no value, and no target.
impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} HTTP/1.{} [", self.kind, self.minor)?;
        for (count, header) in self.headers().enumerate() {
            let comma = if count == 0 { "" } else { ", " };
            write!(f, "{comma}{}", header.name())?;
        }
        f.write_str("]")
    }
}

/// By their bytes.
impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.bytes) == (other.kind, other.bytes)
            && self
                .headers()
                .map(|it: Header<'_>| it.name())
                .eq(other.headers().map(|it| it.name()))
    }
}

impl Eq for Head<'_> {}

/// Looks for a head in a stream that grows: 8 bytes, which remember what was looked at.
///
/// ```
/// use stackprint::http::{HeadReader, Progress};
///
/// let stream = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\nwhat follows";
/// let mut reader = HeadReader::default();
/// assert_eq!(reader.read(&stream[..20]), Progress::NeedsMore);
/// let Progress::Complete(head) = reader.read(stream) else { panic!("whole") };
/// assert_eq!(head.value("host").map(|value| value.reveal()), Some(&b"example.com"[..]));
/// assert_eq!(&stream[reader.start() + head.len()..], b"what follows");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeadReader {
    /// Where the line begins whose end is looked for.
    line_at: u16,
    /// Where the first line begins.
    start: u16,
    /// Bytes that have no end of the line.
    seen: u16,
    first_is_over: bool,
}

/// RFC 9112 section 2.2: servers ignore an empty line before a request; some clients send one
/// behind a body.
const MAX_EMPTY_LEN: usize = 4;

impl HeadReader {
    /// Looks at what came since the last time. `bytes` are all of the stream, from its start on.
    pub fn read<'b>(&mut self, bytes: &'b [u8]) -> Progress<Head<'b>> {
        // One byte more than fits, to tell a head that is too long from one that is not complete.
        let window = bytes.get(..=MAX_HEAD_LEN).unwrap_or(bytes);
        if !self.first_is_over
            && let Err(error) = self.check_start(window)
        {
            return Progress::NotHttp(error);
        }
        while let Some(len) =
            memchr(b'\n', window.get(usize::from(self.seen)..).unwrap_or_default())
        {
            let line_at = usize::from(self.line_at);
            let line_end = usize::from(self.seen) + len;
            let next = line_end + 1;
            if next > MAX_HEAD_LEN {
                break;
            }
            let line = window.get(line_at..line_end).unwrap_or_default();
            if !self.first_is_over {
                if let Err(error) = first_line(line, line_at) {
                    return Progress::NotHttp(error);
                }
                self.first_is_over = true;
            } else if matches!(line, [] | [b'\r']) {
                return self.complete(window.get(..next).unwrap_or_default());
            }
            (self.line_at, self.seen) = (next as u16, next as u16);
        }
        if window.len() > MAX_HEAD_LEN {
            return Progress::NotHttp(HeadError::new(Fault::HeadTooLong, MAX_HEAD_LEN));
        }
        self.seen = window.len() as u16;
        Progress::NeedsMore
    }

    /// Where the first line begins, and whether it may be one as far as it has come.
    fn check_start(&mut self, bytes: &[u8]) -> Result<(), HeadError> {
        let is_break = |&&byte: &&u8| matches!(byte, b'\r' | b'\n');
        let empty = bytes.iter().take(MAX_EMPTY_LEN).take_while(is_break).count();
        self.start = empty as u16;
        self.line_at = self.start;
        self.seen = self.seen.max(self.start);
        check_begin(bytes.get(empty..).unwrap_or_default())
            .map_err(|HeadError { fault, at }| HeadError::new(fault, at + empty))
    }

    fn complete<'b>(&self, bytes: &'b [u8]) -> Progress<Head<'b>> {
        let start = usize::from(self.start);
        let head = bytes.get(start..).unwrap_or_default();
        let len = memchr(b'\n', head).unwrap_or_default();
        match first_line(head.get(..len).unwrap_or_default(), 0) {
            Ok(first) => Progress::Complete(Head::new(head, &first, Lines::From(len + 1))),
            Err(error) => Progress::NotHttp(error),
        }
    }

    /// Bytes in front of the first line, which are no part of the [`Head`].
    #[must_use]
    pub const fn start(&self) -> usize {
        self.start as usize
    }
}

const RESPONSE: &[u8] = b"HTTP/1.";
const MAX_METHOD_LEN: usize = 32;

/// Whether a stream that begins with these bytes may begin with a head, as far as they go.
///
/// ```
/// use stackprint::http::may_begin;
///
/// assert!(may_begin(b"GE"));
/// assert!(!may_begin(b"\x16\x03\x01")); // TLS
/// ```
#[must_use]
pub fn may_begin(bytes: &[u8]) -> bool {
    !bytes.is_empty() && check_begin(bytes).is_ok()
}

/// Of the registry of RFC 9110 section 16.1 and of UPnP.
const METHODS: [&[u8]; 28] = [
    b"GET ",
    b"HEAD ",
    b"POST ",
    b"PUT ",
    b"DELETE ",
    b"CONNECT ",
    b"OPTIONS ",
    b"TRACE ",
    b"PATCH ",
    b"PROPFIND ",
    b"PROPPATCH ",
    b"MKCOL ",
    b"COPY ",
    b"MOVE ",
    b"LOCK ",
    b"UNLOCK ",
    b"SEARCH ",
    b"REPORT ",
    b"MERGE ",
    b"CHECKOUT ",
    b"MKACTIVITY ",
    b"VERSION-CONTROL ",
    b"ACL ",
    b"BIND ",
    b"LINK ",
    b"NOTIFY ",
    b"SUBSCRIBE ",
    b"UNSUBSCRIBE ",
];

/// Whether a segment that begins with this byte may begin with a head: nearly all other segments end
/// here, before anything is called.
#[inline]
pub(crate) const fn may_resume_from(first: u8) -> bool {
    /// A bit for each letter.
    const LETTERS: u32 = first_letters(METHODS.as_slice()) | first_letters(&[RESPONSE]);
    let letter = first.wrapping_sub(b'A');
    letter < 26 && LETTERS >> letter & 1 != 0
}

/// A bit for each letter with which one of these begins.
const fn first_letters(mut words: &[&[u8]]) -> u32 {
    let mut letters = 0;
    while let [word, others @ ..] = words {
        if let [first, ..] = word {
            letters |= 1 << (*first - b'A');
        }
        words = others;
    }
    letters
}

/// Whether a segment begins with a head: with `HTTP/1.`, or with a method that is in use. For
/// streams of which the start, or a part, was not seen.
///
/// ```
/// use stackprint::http::may_resume;
///
/// assert!(may_resume(b"GET / HTTP/1.1\r\n"));
/// assert!(!may_resume(b"GE"));
/// ```
#[must_use]
#[inline]
pub fn may_resume(bytes: &[u8]) -> bool {
    /// How they begin: none is shorter with its space.
    const STARTS: [u32; METHODS.len()] = starts(METHODS);
    let Some(start) = bytes.first_chunk().filter(|it| it[..3].iter().all(u8::is_ascii_uppercase))
    else {
        return false;
    };
    if bytes.starts_with(RESPONSE) {
        return true;
    }
    STARTS.contains(&u32::from_ne_bytes(*start))
        && METHODS.iter().any(|method| bytes.starts_with(method))
}

/// The first four bytes of each, as numbers; 0 for what is shorter.
const fn starts<const N: usize>(methods: [&[u8]; N]) -> [u32; N] {
    let (mut starts, mut rest, mut to) = ([0; N], methods.as_slice(), 0);
    while let [method, others @ ..] = rest {
        if let (Some(start), Some((_, ends))) =
            (method.first_chunk(), starts.split_at_mut_checked(to))
            && let [number, ..] = ends
        {
            *number = u32::from_ne_bytes(*start);
        }
        (rest, to) = (others, to + 1);
    }
    starts
}

/// Whether these are the first bytes of a head, as far as they go.
pub(super) fn check_begin(bytes: &[u8]) -> Result<(), HeadError> {
    let start = bytes.get(..RESPONSE.len()).unwrap_or(bytes);
    if RESPONSE.starts_with(start) {
        return Ok(());
    }
    for (at, &byte) in bytes.iter().take(MAX_METHOD_LEN + 1).enumerate() {
        match byte {
            b' ' if at > 0 => return Ok(()),
            _ if is_token(byte) && at < MAX_METHOD_LEN => {}
            _ => return Err(HeadError::new(Fault::NotHttp, at)),
        }
    }
    Ok(())
}

/// A first line, read.
pub(super) struct Line {
    kind: Kind,
    minor: u8,
    method: Span,
    target: Span,
    status: u16,
}

/// Reads a first line without its LF, which begins at `at`.
pub(super) fn first_line(line: &[u8], at: usize) -> Result<Line, HeadError> {
    let text = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_end();
    let error = |place: usize| HeadError::new(Fault::BadFirstLine, at + place);
    if let Some(control) = text.iter().position(|&byte| byte < b' ' && byte != b'\t') {
        return Err(error(control));
    }
    if let Some(rest) = text.strip_prefix(RESPONSE) {
        let (minor, status) = response(rest).ok_or(error(RESPONSE.len()))?;
        let none = Span::default();
        return Ok(Line { kind: Kind::Response, minor, method: none, target: none, status });
    }
    let method_len = memchr(b' ', text).ok_or(error(text.len()))?;
    let (rest, minor) = match text {
        [rest @ .., b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ b'0'..=b'9'] => {
            (rest, minor - b'0')
        }
        b"PRI * HTTP/2.0" => return Err(HeadError::new(Fault::Http2, at)),
        _ => return Err(error(text.len())),
    };
    let target = rest.get(method_len..).unwrap_or_default().trim_ascii();
    if target.is_empty() {
        return Err(error(method_len));
    }
    let method = Span::new(at, at + method_len);
    let target_at = rest.trim_ascii_end().len() - target.len();
    let target = Span::new(at + target_at, at + target_at + target.len());
    Ok(Line { kind: Kind::Request, minor, method, target, status: 0 })
}

/// Minor version and status, behind `HTTP/1.`.
fn response(rest: &[u8]) -> Option<(u8, u16)> {
    let (&minor, rest) = rest.split_first()?;
    let digits = rest.strip_prefix(b" ")?.trim_ascii_start();
    let (&[a, b, c], behind) = digits.split_first_chunk()?;
    let is_number = [minor, a, b, c].iter().all(u8::is_ascii_digit);
    let number = |digit: u8| u16::from(digit.wrapping_sub(b'0'));
    (is_number && matches!(behind, [] | [b' ' | b'\t', ..]))
        .then(|| (minor - b'0', number(a) * 100 + number(b) * 10 + number(c)))
}
