//! How long p0f keeps a flow after its handshake: as long as its HTTP reader wants more.
//!
//! Only `Compat::P0fExact` asks: a flow that p0f has dropped yields no uptime any more. Payload is
//! read as it comes; nothing of it is kept.

use crate::endpoint::Side;

/// What p0f's HTTP reader has made of a flow so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Interest {
    request: Reader,
    response: Reader,
}

/// p0f keeps this much payload of each direction, in bytes.
const BUFFER_LEN: u16 = 8192;
/// Less payload than this is not looked at.
const MIN_REQUEST_LEN: u16 = 15;
const MIN_RESPONSE_LEN: u16 = 13;
/// A line feed before this place of a first line ends the interest.
const MIN_REQUEST_LINE: u16 = 14;
const MIN_RESPONSE_LINE: u16 = 13;
const MAX_FIRST_LINE: u16 = 1024;
const MAX_HEADERS: u8 = 32;
const MAX_NAME: u16 = 32;
const MAX_VALUE: u16 = 1024;

/// A direction's payload, read as HTTP.
#[derive(Debug, Clone, Copy, Default)]
struct Reader {
    state: State,
    /// Bytes taken in, at most [`BUFFER_LEN`].
    len: u16,
    /// Bytes of the present line or header part.
    part_len: u16,
    headers: u8,
    /// How the payload begins, as far as it is known.
    start: Start,
    /// The last eight bytes of the present line, CR excepted.
    tail: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    FirstLine,
    Name,
    Value,
    Complete,
    Broken,
}

/// Whether payload begins as a request or as a response.
#[derive(Debug, Clone, Copy, Default)]
struct Start {
    misses_get: bool,
    misses_head: bool,
    misses_version: bool,
}

const VERSION: &[u8] = b"HTTP/1.";

impl Interest {
    /// Takes in payload sent by `side`; `false` when p0f drops the flow.
    pub(crate) fn take(&mut self, side: Side, payload: &[u8]) -> bool {
        if payload.is_empty() {
            return true;
        }
        let wanted = match side {
            Side::Client => {
                self.request.read(payload, Reader::request_line_is_good);
                self.request.len < MIN_REQUEST_LEN
                    || !(self.request.start.is_no_request() || self.request.state == State::Broken)
            }
            Side::Server => {
                if self.request.state != State::Complete {
                    return false;
                }
                self.response.read(payload, Reader::response_line_is_good);
                self.response.len < MIN_RESPONSE_LEN
                    || !matches!(self.response.state, State::Complete | State::Broken)
            }
        };
        wanted && !(self.request.len == BUFFER_LEN && self.response.len == BUFFER_LEN)
    }
}

impl Start {
    fn note(&mut self, at: u16, byte: u8) {
        let at = usize::from(at);
        self.misses_get |= b"GET /".get(at).is_some_and(|&wanted| wanted != byte);
        self.misses_head |= b"HEAD /".get(at).is_some_and(|&wanted| wanted != byte);
        self.misses_version |= VERSION.get(at).is_some_and(|&wanted| wanted != byte);
    }

    fn is_no_request(self) -> bool {
        self.misses_get && self.misses_head
    }
}

impl Reader {
    fn read(&mut self, payload: &[u8], first_line_is_good: fn(&Reader, u16) -> bool) {
        for &byte in payload.iter().take(usize::from(BUFFER_LEN - self.len)) {
            self.start.note(self.len, byte);
            self.len += 1;
            self.state = match self.state {
                State::FirstLine => self.first_line(byte, first_line_is_good),
                State::Name => self.name(byte),
                State::Value => self.value(byte),
                ended => ended,
            };
        }
    }

    fn first_line(&mut self, byte: u8, is_good: fn(&Reader, u16) -> bool) -> State {
        let at = self.part_len;
        self.part_len += 1;
        match byte {
            b'\n' if is_good(self, at) => self.begin(State::Name),
            b'\r' => State::FirstLine,
            0x20..=0x7f if at < MAX_FIRST_LINE => {
                self.tail = self.tail << 8 | u64::from(byte);
                State::FirstLine
            }
            _ => State::Broken,
        }
    }

    /// The version stands at the end of a request line.
    fn request_line_is_good(&self, line_feed_at: u16) -> bool {
        line_feed_at >= MIN_REQUEST_LINE
            && self.tail.to_be_bytes().get(..VERSION.len()) == Some(VERSION)
    }

    fn response_line_is_good(&self, line_feed_at: u16) -> bool {
        line_feed_at >= MIN_RESPONSE_LINE && !self.start.misses_version
    }

    fn begin(&mut self, state: State) -> State {
        self.part_len = 0;
        state
    }

    fn name(&mut self, byte: u8) -> State {
        match byte {
            b'\r' if self.part_len == 0 => State::Name,
            b'\n' if self.part_len == 0 => State::Complete,
            b':' if self.part_len > 0 => self.begin(State::Value),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' if self.part_len < MAX_NAME => {
                self.part_len += 1;
                State::Name
            }
            _ => State::Broken,
        }
    }

    fn value(&mut self, byte: u8) -> State {
        self.part_len += 1;
        match byte {
            b'\n' => {
                self.headers += 1;
                if self.headers > MAX_HEADERS { State::Broken } else { self.begin(State::Name) }
            }
            _ if self.part_len > MAX_VALUE => State::Broken,
            _ => State::Value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    fn kept(steps: &[(Side, &[u8])]) -> Vec<bool> {
        let mut interest = Interest::default();
        steps.iter().map(|&(side, payload)| interest.take(side, payload)).collect()
    }

    #[test]
    fn a_request_and_the_headers_of_its_response() {
        let response: &[u8] = b"HTTP/1.1 200 OK\r\nServer: b\r\n";
        let steps = [(Side::Client, REQUEST), (Side::Server, response), (Side::Server, b"\r\n")];
        assert_eq!(kept(&steps), [true, true, false]);
    }

    #[test]
    fn other_protocols() {
        assert_eq!(kept(&[(Side::Client, b"\x16\x03\x01")]), [true]);
        assert_eq!(
            kept(&[(Side::Client, b"\x16\x03\x01"), (Side::Client, &[0; 12])]),
            [true, false]
        );
        assert_eq!(kept(&[(Side::Server, b"220 hello")]), [false]);
        assert_eq!(kept(&[(Side::Client, b"POST / HTTP/1.1\r\n")]), [false]);
    }

    #[test]
    fn a_request_byte_by_byte() {
        let steps: Vec<_> = REQUEST.chunks(1).map(|byte| (Side::Client, byte)).collect();
        assert!(kept(&steps).iter().all(|&kept| kept));
    }
}
