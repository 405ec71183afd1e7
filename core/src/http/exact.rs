//! HTTP as p0f 3.09b sees it, bugs included.
#![warn(clippy::indexing_slicing)]

use super::signature::is_name_byte;
use super::{Head, Kind};

/// What a flow of p0f keeps of HTTP: the first 8192 bytes of each direction, and where it is in
/// them. One request and one response are read.
///
/// Its owner hands over payload that is exactly next in sequence, of segments with ACK and without
/// SYN, FIN and RST, once SYN and SYN+ACK were seen; and forgets the flow when it is told to.
///
/// ```
/// use stackprint::http::{Kind, P0fExchange, Verdict};
///
/// let mut exchange = P0fExchange::new();
/// let mut agent = None;
/// let request = b"GET / HTTP/1.1\r\nUser-Agent: Wget/1.21\r\n\r\n";
/// let verdict = exchange.push(Kind::Request, request, |head| {
///     agent = head.user_agent().map(|value| value.reveal().to_vec());
/// });
/// assert_eq!(verdict, Verdict::Keep);
/// assert_eq!(agent.as_deref(), Some(&b"Wget/1.21"[..]));
/// ```
#[derive(Debug, Clone, Default)]
pub struct P0fExchange {
    request: Vec<u8>,
    response: Vec<u8>,
    stage: Stage,
    /// Where reading is to continue; both directions share it.
    position: usize,
    minor: u8,
    /// Where the header lines begin that were taken.
    starts: Vec<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    FirstLine,
    RequestHeaders,
    /// The request is complete.
    Response,
    GivenUp,
}

/// What becomes of a flow.
///
/// [`P0fExchange::push`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It is kept.
    Keep,
    /// p0f destroys it.
    Destroy,
}

/// p0f's names and bounds, in bytes where they are lengths.
mod bound {
    /// Of each direction.
    pub(super) const BUFFER_LEN: usize = 8192;
    /// A first line ends before.
    pub(super) const FIRST_LINE_LEN: usize = 1024;
    pub(super) const HEADERS: usize = 32;
    pub(super) const NAME_LEN: usize = 32;
    pub(super) const VALUE_LEN: usize = 1024;
    /// `GET / HTTP/1.x` and LF.
    pub(super) const REQUEST_LEN: usize = 15;
    /// `HTTP/1.x 200` and LF.
    pub(super) const RESPONSE_LEN: usize = 13;
}

/// The number of a version stands after it.
const VERSION: &[u8] = b"HTTP/1.";

/// p0f's handler answers whether the flow is kept.
const fn verdict(keeps: bool) -> Verdict {
    if keeps { Verdict::Keep } else { Verdict::Destroy }
}

impl P0fExchange {
    /// A flow without payload.
    #[must_use]
    pub const fn new() -> P0fExchange {
        P0fExchange {
            request: Vec::new(),
            response: Vec::new(),
            stage: Stage::FirstLine,
            position: 0,
            minor: 0,
            starts: Vec::new(),
        }
    }

    /// Takes the payload of a segment, from client or server; `sink` gets a head with the segment
    /// that completes it.
    pub fn push(&mut self, from: Kind, payload: &[u8], sink: impl FnOnce(&Head<'_>)) -> Verdict {
        let buffer = match from {
            Kind::Request => &mut self.request,
            Kind::Response => &mut self.response,
        };
        if payload.is_empty() {
            return Verdict::Keep;
        }
        let free = bound::BUFFER_LEN - buffer.len();
        buffer.extend_from_slice(payload.get(..free).unwrap_or(payload));
        let keeps = match (self.stage, from) {
            (Stage::GivenUp, _) => false,
            // Further requests are not read.
            (Stage::Response, Kind::Request) => true,
            (Stage::FirstLine, Kind::Request) => self.request_line(sink),
            (Stage::RequestHeaders, Kind::Request) => self.headers(from, sink),
            (Stage::Response, Kind::Response) => self.status_line(sink),
            // A server that speaks first.
            (Stage::FirstLine | Stage::RequestHeaders, Kind::Response) => self.give_up(),
        };
        let is_full =
            self.request.len() >= bound::BUFFER_LEN && self.response.len() >= bound::BUFFER_LEN;
        verdict(keeps && !is_full)
    }

    fn give_up(&mut self) -> bool {
        self.stage = Stage::GivenUp;
        false
    }

    /// Waits for more, if more is kept.
    fn wait(&mut self, from: Kind) -> bool {
        let is_more = self.buffer(from).len() < bound::BUFFER_LEN;
        if !is_more {
            self.stage = Stage::GivenUp;
        }
        is_more
    }

    fn buffer(&self, from: Kind) -> &[u8] {
        match from {
            Kind::Request => &self.request,
            Kind::Response => &self.response,
        }
    }

    fn request_line(&mut self, sink: impl FnOnce(&Head<'_>)) -> bool {
        let bytes = &self.request;
        if bytes.len() < bound::REQUEST_LEN {
            // The buffer is not full.
            return true;
        }
        if self.position == 0 && !bytes.starts_with(b"GET /") && !bytes.starts_with(b"HEAD /") {
            return self.give_up();
        }
        let Some(end) = line_end(bytes, self.position, bound::REQUEST_LEN - 1) else {
            return self.give_up();
        };
        if end == bytes.len() {
            self.position = end;
            return self.wait(Kind::Request);
        }
        let cr = usize::from(end.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'\r'));
        let version = end.checked_sub(VERSION.len() + 1 + cr).and_then(|at| bytes.get(at..));
        let Some(rest) = version.and_then(|text| text.strip_prefix(VERSION)) else {
            return self.give_up();
        };
        self.minor = u8::from(rest.first() == Some(&b'1'));
        self.stage = Stage::RequestHeaders;
        self.position = end + 1;
        self.headers(Kind::Request, sink)
    }

    /// p0f forgets that it has read the status line: each further segment of a response loses its
    /// first line.
    fn status_line(&mut self, sink: impl FnOnce(&Head<'_>)) -> bool {
        let bytes = &self.response;
        if bytes.len() < bound::RESPONSE_LEN {
            return true;
        }
        let Some(end) = line_end(bytes, self.position, bound::RESPONSE_LEN) else {
            return self.give_up();
        };
        if end == bytes.len() {
            self.position = end;
            return self.wait(Kind::Response);
        }
        let Some(rest) = bytes.strip_prefix(VERSION) else { return self.give_up() };
        self.minor = u8::from(rest.first() == Some(&b'1'));
        self.position = end + 1;
        self.headers(Kind::Response, sink)
    }

    /// Reads header lines.
    fn headers(&mut self, from: Kind, sink: impl FnOnce(&Head<'_>)) -> bool {
        loop {
            let bytes = self.buffer(from);
            let Some(rest) = bytes.get(self.position..).filter(|rest| !rest.is_empty()) else {
                return self.wait(from);
            };
            if matches!(rest, [b'\r' | b'\n', ..]) {
                sink(&Head::exact(bytes, from, self.minor, &self.starts));
                self.position = 0;
                self.starts.clear();
                self.stage = if from == Kind::Request { Stage::Response } else { Stage::GivenUp };
                return from == Kind::Request;
            }
            if self.starts.len() == bound::HEADERS {
                return self.give_up();
            }
            match header_line(rest) {
                HeaderLine::Whole(len) => {
                    self.starts.push(self.position as u16);
                    self.position += len;
                }
                HeaderLine::NeedsMore => return self.wait(from),
                HeaderLine::Bad => return self.give_up(),
                HeaderLine::ValueTooLong => {
                    // Given up, and the flow is kept.
                    self.give_up();
                    return true;
                }
            }
        }
    }
}

enum HeaderLine {
    /// Its length, with LF.
    Whole(usize),
    NeedsMore,
    Bad,
    ValueTooLong,
}

fn header_line(bytes: &[u8]) -> HeaderLine {
    let is_name = |&&byte: &&u8| is_name_byte(byte);
    let name_len = bytes.iter().take(bound::NAME_LEN + 1).take_while(is_name).count();
    let Some(&after) = bytes.get(name_len) else { return HeaderLine::NeedsMore };
    if name_len == 0 || after != b':' || name_len > bound::NAME_LEN {
        return HeaderLine::Bad;
    }
    let blank = usize::from(matches!(bytes.get(name_len + 1), Some(b' ' | b'\t')));
    let at = name_len + 1 + blank;
    let value = bytes.get(at..).unwrap_or_default();
    let is_inside = |&&byte: &&u8| byte != b'\n';
    let value_len = value.iter().take(bound::VALUE_LEN + 1).take_while(is_inside).count();
    if value_len > bound::VALUE_LEN {
        HeaderLine::ValueTooLong
    } else if value_len == value.len() {
        HeaderLine::NeedsMore
    } else {
        HeaderLine::Whole(at + value_len + 1)
    }
}

/// Where the LF is at which the first line ends, from `position` on; the length of `bytes` where it
/// has not come. Returns None for what p0f gives up: an LF before `min`, a line that is too long,
/// other bytes than CR and ASCII from blank on.
fn line_end(bytes: &[u8], position: usize, min: usize) -> Option<usize> {
    let mut end = position;
    while let Some(&byte) = bytes.get(end)
        && end < bound::FIRST_LINE_LEN
        && byte != b'\n'
    {
        if byte != b'\r' && !(b' '..=0x7f).contains(&byte) {
            return None;
        }
        end += 1;
    }
    (end != bound::FIRST_LINE_LEN && end >= min).then_some(end)
}
