//! A connection over many requests and responses.
#![warn(clippy::indexing_slicing)]

use super::plain::Fields;
use super::{
    Body, Fault, FirstLine, Head, HeadReader, Http2, Http2Reader, Kind, MAX_REQUESTS, Progress,
    Taken, may_resume,
};
use crate::stream::{Outcome, Payload, Stream, Streams};

/// What an [`Exchange`] finds.
///
/// [`Exchange::push`] hands it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message<'b> {
    /// The head of a request or response.
    Head(Head<'b>),
    /// How a client opens HTTP/2, with prior knowledge or after `Upgrade: h2c`. Nothing follows.
    Http2(Http2),
}

/// Both directions of a connection: the heads of up to [`MAX_REQUESTS`] requests and as many
/// responses, whatever the segments. Bodies are passed over by their length; where that is not
/// known, or bytes of a chunked body were not captured, reading resumes at a segment that begins
/// with a method or `HTTP/1.`.
///
/// ```
/// use stackprint::http::{self, Counts, Exchange, Kind, Message};
/// use stackprint::stream::{Payload, Streams};
///
/// let mut streams = Streams::new(Streams::DEFAULT_MEMORY, http::may_begin);
/// let mut counts = Counts::default();
/// let mut exchange = Exchange::midway();
/// exchange.start(Kind::Request, 999); // the sequence number of the SYN
/// let mut hosts = Vec::new();
/// let first = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo".as_slice();
/// let second = b"dyGET / HTTP/1.1\r\nHost: b\r\n\r\n".as_slice();
/// for (seq, bytes) in [(1000, first), (1000 + first.len() as u32, second)] {
///     let payload = Payload { seq, bytes, ..Payload::default() };
///     exchange.push(Kind::Request, &payload, &mut streams, &mut counts, |message| {
///         let Message::Head(head) = message else { return };
///         hosts.extend(head.value("Host").map(|value| value.reveal().to_vec()));
///     });
/// }
/// assert_eq!(hosts, [b"a", b"b"]);
/// assert_eq!(counts.requests, 2);
/// ```
#[derive(Debug, Clone)]
pub struct Exchange {
    client: Sender,
    server: Sender,
    /// Bits by the number of a request: HEAD, which has no body in its response, and CONNECT.
    head_requests: u128,
    connect_requests: u128,
}

#[derive(Debug, Clone)]
struct Sender {
    state: State,
    /// Sequence number of the first byte that was not passed.
    next: u32,
    /// How many heads have come, interim responses not counted.
    count: u32,
}

#[derive(Debug, Clone)]
enum State {
    /// The stream of the head begins at `next`.
    Head(Stream, Reader),
    Body(Body),
    /// Until a segment begins with a head.
    Resuming,
    Over,
}

#[derive(Debug, Clone, Copy)]
enum Reader {
    Head(HeadReader),
    Http2(Http2Reader),
}

/// What came of exchanges.
///
/// [`Exchange::push`] counts in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Heads of requests.
    pub requests: u64,
    /// Heads of responses, interim ones included.
    pub responses: u64,
    /// Openings of HTTP/2 connections.
    pub http2: u64,
    /// Times that no head was found where one should be, by [`Fault`].
    pub faults: [u64; Fault::COUNT],
    /// Times that it could not be told where a body ends.
    pub lost: u64,
    /// Connections with more than [`MAX_REQUESTS`] requests.
    pub too_many_requests: u64,
}

/// What a stream in state `Head` brought.
enum Found {
    /// What follows the head, and the bytes that came after it: so many.
    Head(Next, usize),
    /// The opening of HTTP/2, or none that can be read.
    Http2,
    Not(Fault),
}

#[derive(Clone, Copy)]
enum Next {
    Head,
    Body(Body),
    /// Another protocol.
    Tunnel,
    /// More requests than are read.
    End,
}

impl Sender {
    const fn new(state: State) -> Sender {
        Sender { state, next: 0, count: 0 }
    }

    /// Looks for a head from `seq` on.
    fn expect_head(&mut self, seq: u32) {
        self.next = seq;
        let reader = Reader::Head(HeadReader::default());
        self.state = State::Head(Stream::after_syn(seq.wrapping_sub(1)), reader);
    }
}

impl Default for Exchange {
    fn default() -> Self {
        Exchange::midway()
    }
}

impl Exchange {
    /// A connection whose start was not seen.
    #[must_use]
    pub const fn midway() -> Exchange {
        let (client, server) = (Sender::new(State::Resuming), Sender::new(State::Resuming));
        Exchange { client, server, head_requests: 0, connect_requests: 0 }
    }

    /// Tells the sequence number of a SYN or SYN+ACK: a direction is read from its first byte on.
    pub fn start(&mut self, from: Kind, isn: u32) {
        self.sender(from).expect_head(isn.wrapping_add(1));
    }

    /// Whether no more heads can come: it is another protocol, or became one.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!((&self.client.state, &self.server.state), (State::Over, State::Over))
    }

    /// Up to which sequence number nothing new is expected of a direction, after a payload that ends at
    /// `end`. Returns None if no more heads can come.
    #[must_use]
    pub fn quiet_until(&self, from: Kind, end: u32) -> Option<u32> {
        let sender = match from {
            Kind::Request => &self.client,
            Kind::Response => &self.server,
        };
        match &sender.state {
            State::Over => None,
            State::Head(..) => Some(sender.next),
            State::Body(body) => Some(sender.next.wrapping_add(body.skippable())),
            State::Resuming => Some(end),
        }
    }

    const fn sender(&mut self, from: Kind) -> &mut Sender {
        match from {
            Kind::Request => &mut self.client,
            Kind::Response => &mut self.server,
        }
    }

    /// Forgets what is held for it, when its flow is gone.
    pub fn abandon(&mut self, streams: &mut Streams) {
        for from in [Kind::Request, Kind::Response] {
            self.set(from, State::Over, streams);
        }
    }

    fn set(&mut self, from: Kind, state: State, streams: &mut Streams) {
        let before = core::mem::replace(&mut self.sender(from).state, state);
        if let State::Head(mut stream, _) = before {
            streams.abandon(&mut stream);
        }
    }

    /// Takes the payload of a segment; `sink` gets what it completes.
    pub fn push(
        &mut self,
        from: Kind,
        payload: &Payload<'_>,
        streams: &mut Streams,
        counts: &mut Counts,
        mut sink: impl FnMut(Message<'_>),
    ) {
        self.advance(from, *payload, streams, counts, &mut sink);
    }

    fn advance(
        &mut self,
        from: Kind,
        mut payload: Payload<'_>,
        streams: &mut Streams,
        counts: &mut Counts,
        sink: &mut impl FnMut(Message<'_>),
    ) {
        loop {
            match &mut self.sender(from).state {
                State::Over => return,
                State::Body(_) => match self.body(from, payload, counts) {
                    Some(rest) => payload = rest,
                    None => return,
                },
                State::Resuming => {
                    if !may_resume(payload.bytes) {
                        return;
                    }
                    self.sender(from).expect_head(payload.seq);
                }
                State::Head(..) => {
                    // What the stream held after the head.
                    let mut held = Vec::new();
                    let Some(rest_len) =
                        self.head(from, &payload, streams, counts, sink, &mut held)
                    else {
                        return;
                    };
                    let seq = self.sender(from).next;
                    if !held.is_empty() {
                        // Only once: nothing is held of the streams that follow.
                        let bytes = &held;
                        return self.advance(
                            from,
                            Payload { seq, bytes, ..payload },
                            streams,
                            counts,
                            sink,
                        );
                    }
                    let at = payload.bytes.len().saturating_sub(rest_len);
                    let bytes = payload.bytes.get(at..).unwrap_or_default();
                    if bytes.is_empty() {
                        return;
                    }
                    payload = Payload { seq, bytes, ..payload };
                }
            }
        }
    }

    /// Passes over a body. Returns what follows it.
    fn body<'p>(
        &mut self,
        from: Kind,
        payload: Payload<'p>,
        counts: &mut Counts,
    ) -> Option<Payload<'p>> {
        let sender = self.sender(from);
        let State::Body(body) = &mut sender.state else { return None };
        let ahead = payload.seq.wrapping_sub(sender.next).cast_signed();
        // Bytes that came before are repeated; bytes between were not captured, or come late.
        let repeated = ahead.min(0).unsigned_abs() as usize;
        let bytes = payload.bytes.get(repeated..).filter(|bytes| !bytes.is_empty())?;
        let seq = payload.seq.wrapping_add(repeated as u32);
        let taken = match body.skip(u64::from(ahead.max(0).unsigned_abs())) {
            Taken::Lost => Taken::Lost,
            _ => body.take(bytes),
        };
        match taken {
            Taken::All => {
                sender.next = seq.wrapping_add(bytes.len() as u32);
                None
            }
            Taken::UntilHead(len) => {
                sender.expect_head(seq.wrapping_add(len as u32));
                let rest = bytes.get(len..).filter(|rest| !rest.is_empty())?;
                Some(Payload { seq: sender.next, bytes: rest, ..payload })
            }
            Taken::Lost => {
                counts.lost += 1;
                sender.state = State::Resuming;
                Some(Payload { seq, bytes, ..payload })
            }
        }
    }

    /// Reads a head. Returns how many bytes came after it; `held` gets them where they are not
    /// the end of this payload.
    fn head(
        &mut self,
        from: Kind,
        payload: &Payload<'_>,
        streams: &mut Streams,
        counts: &mut Counts,
        sink: &mut impl FnMut(Message<'_>),
        held: &mut Vec<u8>,
    ) -> Option<usize> {
        let start = self.sender(from).next;
        let state = core::mem::replace(&mut self.sender(from).state, State::Resuming);
        let State::Head(mut stream, mut reader) = state else { return None };
        let mut head_len = 0;
        let payload_end = payload.seq.wrapping_add(payload.bytes.len() as u32);
        let outcome = streams.push(&mut stream, payload, |reading| {
            let Reader::Head(mut heads) = reader else {
                return http2(&mut reader, reading.bytes, counts, sink);
            };
            let mut fields = Fields::new();
            let read = heads.read_into(reading.bytes, &mut fields);
            reader = Reader::Head(heads);
            let head = match read {
                Progress::NeedsMore => return None,
                Progress::NotHttp(error) if error.fault == Fault::Http2 => {
                    reader = Reader::Http2(Http2Reader::default());
                    return http2(&mut reader, reading.bytes, counts, sink);
                }
                Progress::NotHttp(error) => return Some(Found::Not(error.fault)),
                Progress::Complete(head) if head.kind() != from => {
                    return Some(Found::Not(Fault::NotHttp));
                }
                Progress::Complete(head) => head,
            };
            sink(Message::Head(head));
            head_len = heads.start() + head.len();
            let rest = reading.bytes.get(head_len..).unwrap_or_default();
            let end = start.wrapping_add(reading.bytes.len() as u32);
            if end != payload_end || rest.len() > payload.bytes.len() {
                *held = rest.to_vec();
            }
            Some(Found::Head(self.after(&head, counts), rest.len()))
        });
        match outcome {
            Outcome::Undecided => {
                self.sender(from).state = State::Head(stream, reader);
                None
            }
            Outcome::GivenUp(_) | Outcome::Over => None,
            Outcome::Decided(Found::Http2) => {
                self.abandon(streams);
                None
            }
            Outcome::Decided(Found::Not(fault)) => {
                if let Some(count) = counts.faults.get_mut(fault as usize) {
                    *count += 1;
                }
                // What does not begin like HTTP is something else. Only a client's word counts for both:
                // a server of HTTP/2 may speak first.
                if self.sender(from).count == 0 && fault != Fault::HeadTooLong {
                    match from {
                        Kind::Request => self.abandon(streams),
                        Kind::Response => self.sender(from).state = State::Over,
                    }
                }
                None
            }
            Outcome::Decided(Found::Head(next, rest_len)) => {
                let sender = self.sender(from);
                let seq = start.wrapping_add(head_len as u32);
                sender.expect_head(seq);
                match next {
                    Next::Head => {}
                    Next::Body(body) => sender.state = State::Body(body),
                    Next::Tunnel => self.abandon(streams),
                    Next::End => self.set(from, State::Over, streams),
                }
                Some(rest_len)
            }
        }
    }

    /// What follows a head.
    fn after(&mut self, head: &Head<'_>, counts: &mut Counts) -> Next {
        match head.first_line() {
            FirstLine::Request { method, .. } => self.after_request(head, method, counts),
            FirstLine::Response { status } => self.after_response(head, status, counts),
        }
    }

    fn after_request(&mut self, head: &Head<'_>, method: &str, counts: &mut Counts) -> Next {
        counts.requests += 1;
        let bit = 1_u128 << self.client.count;
        self.head_requests |= if method == "HEAD" { bit } else { 0 };
        self.connect_requests |= if method == "CONNECT" { bit } else { 0 };
        self.client.count += 1;
        if self.client.count == MAX_REQUESTS {
            counts.too_many_requests += 1;
            return Next::End;
        }
        Body::of(head, false).map_or(Next::Head, Next::Body)
    }

    fn after_response(&mut self, head: &Head<'_>, status: u16, counts: &mut Counts) -> Next {
        /// RFC 9110 section 15.2.2.
        const SWITCHING_PROTOCOLS: u16 = 101;
        counts.responses += 1;
        if status == SWITCHING_PROTOCOLS {
            // RFC 7540 section 3.2: the client sends the preface of HTTP/2 next.
            let is_http2 = head.value("Upgrade").is_some_and(|to| to.reveal() == b"h2c");
            return if is_http2 { Next::End } else { Next::Tunnel };
        }
        if status < 200 {
            return Next::Head;
        }
        let bit = 1_u128 << self.server.count;
        self.server.count += 1;
        // RFC 9110 section 9.3.6: CONNECT makes a tunnel.
        if status < 300 && self.connect_requests & bit != 0 {
            return Next::Tunnel;
        }
        if self.server.count == MAX_REQUESTS {
            return Next::End;
        }
        match Body::of(head, self.head_requests & bit != 0) {
            Some(body) if body.is_until_close() => Next::End,
            Some(body) => Next::Body(body),
            None => Next::Head,
        }
    }
}

/// Reads the opening of HTTP/2.
fn http2(
    reader: &mut Reader,
    bytes: &[u8],
    counts: &mut Counts,
    sink: &mut impl FnMut(Message<'_>),
) -> Option<Found> {
    let Reader::Http2(openings) = reader else { return Some(Found::Http2) };
    match openings.read(bytes) {
        Progress::NeedsMore => return None,
        Progress::Complete(opening) => {
            counts.http2 += 1;
            sink(Message::Http2(opening));
        }
        Progress::NotHttp(_) => {
            if let Some(count) = counts.faults.get_mut(Fault::Http2 as usize) {
                *count += 1;
            }
        }
    }
    Some(Found::Http2)
}
