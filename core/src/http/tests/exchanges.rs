//! Connections in segments.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::stream::{GiveUp, Payload, Stream, Streams};

const ISN: u32 = 0xffff_ff00;

/// One connection, with what it told.
struct Connection {
    exchange: Exchange,
    streams: Streams,
    counts: Counts,
    heads: Vec<String>,
}

impl Connection {
    fn new() -> Connection {
        let mut connection = Connection::midway();
        connection.exchange.start(Kind::Request, ISN);
        connection.exchange.start(Kind::Response, ISN);
        connection
    }

    fn midway() -> Connection {
        Connection {
            exchange: Exchange::midway(),
            streams: Streams::new(Streams::DEFAULT_MEMORY, may_begin),
            counts: Counts::default(),
            heads: Vec::new(),
        }
    }

    /// A segment by its offset.
    fn push(&mut self, from: Kind, at: usize, bytes: &[u8]) {
        let seq = ISN.wrapping_add(1).wrapping_add(at as u32);
        let payload = Payload { seq, bytes, ..Payload::default() };
        let Connection { exchange, streams, counts, heads } = self;
        exchange.push(from, &payload, streams, counts, |message| {
            heads.push(match message {
                Message::Head(head) => String::from_utf8_lossy(head.reveal()).into_owned(),
                Message::Http2(opening) => opening.to_string(),
            });
        });
    }
}

/// What heads of a direction are found in segments of these lengths.
fn heads(from: Kind, bytes: &[u8], lens: &[usize]) -> Vec<String> {
    let mut connection = Connection::new();
    let mut at = 0;
    for len in lens.iter().cycle() {
        let end = (at + len).min(bytes.len());
        connection.push(from, at, &bytes[at..end]);
        at = end;
        if at == bytes.len() {
            break;
        }
    }
    assert_eq!(connection.counts.lost, 0);
    connection.heads
}

/// A body, with the header that tells its length.
fn any_body() -> impl Strategy<Value = (String, Vec<u8>)> {
    // Bytes that look like heads among them.
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..80),
        Just(b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        Just(b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".to_vec()),
    ];
    let chunked = |(chunks, trailer): (Vec<Vec<u8>>, bool)| {
        let mut body = Vec::new();
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            body.extend(format!("{:X};ext=\"1\"\r\n", chunk.len()).into_bytes());
            body.extend(chunk);
            body.extend(b"\r\n");
        }
        body.extend(if trailer { &b"000\r\nA: b\r\n\r\n"[..] } else { b"0\r\n\r\n" });
        ("Transfer-Encoding: gzip, chunked\r\n".to_owned(), body)
    };
    prop_oneof![
        bytes.clone().prop_map(|body| (format!("Content-Length: {}\r\n", body.len()), body)),
        (vec(bytes, 0..4), any::<bool>()).prop_map(chunked),
    ]
}

proptest! {
    /// Pipelined requests, and responses, with bodies of all kinds: each head is found once,
    /// whatever the segments.
    #[test]
    fn any_segmentation(
        bodies in vec(any_body(), 1..6),
        lens in vec(1_usize..60, 1..20),
        is_request: bool,
    ) {
        let (from, first) = if is_request {
            (Kind::Request, "POST /x HTTP/1.1\r\nHost: a\r\n")
        } else {
            (Kind::Response, "HTTP/1.1 200 OK\r\nServer: b\r\n")
        };
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for (length, body) in &bodies {
            let head = format!("{first}{length}\r\n");
            bytes.extend([head.as_bytes(), body].concat());
            expected.push(head);
        }
        prop_assert_eq!(heads(from, &bytes, &lens), expected.clone());
        prop_assert_eq!(heads(from, &bytes, &[1]), expected.clone());
        prop_assert_eq!(heads(from, &bytes, &[bytes.len()]), expected);
    }

    /// The first head in any order of its segments, some of them twice.
    #[test]
    fn any_order(order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(), again in 0_usize..8) {
        let bytes = b"GET /index.html HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n";
        let len = bytes.len().div_ceil(8);
        let mut connection = Connection::new();
        for &place in order.iter().chain([&again]) {
            let at = place * len;
            connection.push(Kind::Request, at, &bytes[at..(at + len).min(bytes.len())]);
        }
        prop_assert_eq!(connection.heads, [String::from_utf8_lossy(bytes)]);
    }

    /// Whatever comes, memory stays within its bound, and counts say what happened.
    #[test]
    fn anything(segments in vec((any::<bool>(), 0_usize..400, vec(any::<u8>(), 0..200)), 0..20)) {
        let mut connection = Connection::new();
        for (is_client, at, bytes) in &segments {
            let from = if *is_client { Kind::Request } else { Kind::Response };
            let bytes = [b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", &bytes[..]].concat();
            connection.push(from, *at, &bytes);
        }
        connection.exchange.abandon(&mut connection.streams);
        prop_assert!(connection.exchange.is_over());
    }
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn responses_are_read_by_their_requests() {
    let mut connection = Connection::new();
    let requests = [&b"HEAD / HTTP/1.1\r\n\r\n"[..], REQUEST, REQUEST].concat();
    connection.push(Kind::Request, 0, &requests);
    // The first has a length and no body; an interim response answers nothing.
    let responses = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n\
        HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\
        xyHTTP/1.1 204 No Content\r\n\r\n";
    connection.push(Kind::Response, 0, responses);
    assert_eq!((connection.counts.requests, connection.counts.responses), (3, 5));
}

#[test]
fn tunnels_and_other_protocols_end_it() {
    let mut connection = Connection::new();
    connection.push(Kind::Request, 0, b"CONNECT a:443 HTTP/1.1\r\n\r\n");
    connection.push(Kind::Response, 0, b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
    assert!(connection.exchange.is_over() && connection.heads.len() == 2);
    let mut connection = Connection::new();
    connection.push(Kind::Request, 0, b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
    connection.push(Kind::Response, 0, b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05Hello");
    assert!(connection.exchange.is_over() && connection.heads.len() == 2);
}

#[test]
fn http2_with_prior_knowledge_and_after_an_upgrade() {
    let opening = [PREFACE, b"\0\0\0\x04\0\0\0\0\0\0\0\x01\x01\x04\0\0\0\x01\x82"].concat();
    let upgrade = b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n";
    for size in [1, 7, 100] {
        let mut connection = Connection::new();
        for (place, bytes) in opening.chunks(size).enumerate() {
            connection.push(Kind::Request, place * size, bytes);
        }
        assert_eq!(connection.heads, ["|00|0|m"]);
        assert!(connection.exchange.is_over());
        let mut connection = Connection::new();
        connection.push(Kind::Request, 0, upgrade);
        let switching = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n\0\0\0\x04";
        connection.push(Kind::Response, 0, switching);
        for (place, bytes) in opening.chunks(size).enumerate() {
            connection.push(Kind::Request, upgrade.len() + place * size, bytes);
        }
        assert_eq!((connection.heads.len(), connection.counts.http2), (3, 1));
    }
    let mut connection = Connection::new();
    connection.push(Kind::Request, 0, &[PREFACE, &[0; 9]].concat());
    assert_eq!(connection.counts.faults[Fault::Http2 as usize], 1);
    assert!(connection.exchange.is_over() && connection.heads.is_empty());
}

#[test]
fn bytes_that_were_not_captured() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n";
    let mut connection = Connection::new();
    connection.push(Kind::Response, 0, head);
    connection.push(Kind::Response, head.len() + 4000, &[0; 1000]);
    connection.push(Kind::Response, head.len() + 5000, head);
    assert_eq!((connection.heads.len(), connection.counts.lost), (2, 0));
    // Inside of a chunk as well; where the size of one is missing, until a segment begins like one.
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n";
    let mut connection = Connection::new();
    connection.push(Kind::Response, 0, head);
    connection.push(Kind::Response, head.len() + 4000, &[0; 96]);
    let end = head.len() + 4096;
    connection.push(Kind::Response, end, b"\r\n0\r\n\r\n");
    connection.push(Kind::Response, end + 7, head);
    assert_eq!((connection.heads.len(), connection.counts.lost), (2, 0));
    connection.push(Kind::Response, end + 9000, b"text HTTP/1.1 200 OK\r\n\r\n");
    connection.push(Kind::Response, end + 10_000, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!((connection.heads.len(), connection.counts.lost), (3, 1));
}

#[test]
fn lengths_that_cannot_be() {
    for length in ["x", "-1", "1, 2", "99999999999999999999"] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        let mut connection = Connection::new();
        connection.push(Kind::Response, 0, head.as_bytes());
        connection.push(Kind::Response, head.len(), b"body");
        connection.push(Kind::Response, head.len() + 4, b"HTTP/1.1 200 OK\r\n\r\n");
        assert_eq!((connection.heads.len(), connection.counts.lost), (2, 1), "{length}");
    }
    for size in ["x\r\n", "\r\n", "1000000000000000\r\n"] {
        let head = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{size}");
        let mut connection = Connection::new();
        connection.push(Kind::Request, 0, head.as_bytes());
        assert_eq!(connection.counts.lost, 1, "{size:?}");
    }
}

#[test]
fn at_most_so_many_requests() {
    let mut connection = Connection::new();
    connection.push(Kind::Request, 0, &REQUEST.repeat(150));
    let responses = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".repeat(150);
    connection.push(Kind::Response, 0, &responses);
    let counts = connection.counts;
    assert_eq!((counts.requests, counts.responses, counts.too_many_requests), (100, 100, 1));
    assert!(connection.exchange.is_over());
}

/// H1: a flow without HTTP held every segment, and read all of them again with each.
#[test]
fn h1_another_protocol_costs_nothing() {
    let mut connection = Connection::new();
    connection.push(Kind::Request, 0, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
    assert!(connection.exchange.is_over());
    for at in 0..2000 {
        connection.push(Kind::Response, at * 1400, &[0; 1400]);
    }
    assert!(connection.streams.memory() < 4096);
    // A body is passed over as well.
    let mut connection = Connection::new();
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n";
    connection.push(Kind::Response, 0, head);
    for at in 0..2000 {
        connection.push(Kind::Response, head.len() + at * 1400, &[b'\n'; 1400]);
    }
    assert_eq!((connection.heads.len(), connection.counts.lost), (1, 0));
    assert!(connection.streams.memory() < 4096);
}

/// H2: a repeated first segment listed headers twice.
#[test]
fn h2_repeated_segments() {
    let (a, b) = REQUEST.split_at(20);
    let mut connection = Connection::new();
    for (at, bytes) in [(0, a), (0, a), (20, b), (0, REQUEST), (20, b)] {
        connection.push(Kind::Request, at, bytes);
    }
    assert_eq!(connection.heads, [String::from_utf8_lossy(REQUEST)]);
}

/// H3: a response with a binary body in the same segment was lost.
#[test]
fn h3_binary_bodies() {
    let response =
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nServer: x\r\n\r\n\x1f\x8b\x08\0\xff\xfe";
    let mut connection = Connection::new();
    connection.push(Kind::Response, 0, response);
    assert_eq!(connection.heads.len(), 1);
}

/// H4: a second connection with the same ports was not seen.
#[test]
fn h4_same_ports_again() {
    let mut connection = Connection::new();
    connection.push(Kind::Request, 0, REQUEST);
    for again in 1..4_u32 {
        let isn = ISN.wrapping_add(again * 1000);
        connection.exchange.abandon(&mut connection.streams);
        connection.exchange = Exchange::midway();
        connection.exchange.start(Kind::Request, isn);
        connection.push(Kind::Request, again as usize * 1000, REQUEST);
    }
    assert_eq!(connection.heads.len(), 4);
}

/// H5: values of optional headers, and of those that are not printed, were gone before they were
/// compared.
#[test]
fn h5_values_that_are_not_printed_are_compared() {
    let mut signatures = Signatures::new(Compat::Fixed);
    for (kind, line) in [
        (Kind::Response, "*:Server=[gws]::"),
        (Kind::Request, "*:User-Agent=[Twitterbot/],?Cookie=[id]::"),
    ] {
        signatures.push(kind, line.parse().unwrap(), 0, false, 1).unwrap();
    }
    let finds = |bytes: &[u8]| signatures.find(&Observed::new(&head(bytes), &signatures)).is_some();
    assert!(finds(b"HTTP/1.1 200 OK\r\nServer: gws\r\n\r\n"));
    assert!(!finds(b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n"));
    assert!(finds(b"GET / HTTP/1.1\r\nUser-Agent: Twitterbot/1.0\r\nCookie: id=1\r\n\r\n"));
    assert!(!finds(b"GET / HTTP/1.1\r\nUser-Agent: Twitterbot/1.0\r\nCookie: x=1\r\n\r\n"));
}

/// H6: one request a connection, none without SYN, none where the sequence numbers wrap.
#[test]
fn h6_many_requests_no_syn_and_wrapping_numbers() {
    // The numbers wrap inside of the first of them.
    let bytes = [REQUEST, REQUEST, REQUEST].concat();
    let long = [b"GET / HTTP/1.1\r\nA: ".to_vec(), vec![b'x'; 300], b"\r\n\r\n".to_vec()].concat();
    assert_eq!(heads(Kind::Request, &[long, bytes].concat(), &[100]).len(), 4);
    let mut connection = Connection::midway();
    connection.push(Kind::Request, 0, b"the end of something");
    connection.push(Kind::Request, 20, REQUEST);
    connection.push(Kind::Request, 20 + REQUEST.len(), REQUEST);
    connection.push(Kind::Response, 0, b"HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(connection.heads.len(), 3);
}

#[test]
fn what_a_stream_gives_up_is_counted_there() {
    let mut connection = Connection::new();
    connection.push(Kind::Request, 0, b"GET / HTTP/1.1\r\n");
    for piece in 0..12 {
        connection.push(Kind::Request, 100 + piece * 10, b"x");
    }
    assert_eq!(connection.streams.given_up(GiveUp::TooManyPieces), 1);
    assert!(connection.heads.is_empty());
    connection.push(Kind::Request, 5000, REQUEST);
    assert_eq!(connection.heads.len(), 1);
    let endless = [b"GET / HTTP/1.1\r\n".to_vec(), b"A: 1\r\n".repeat(4000)].concat();
    let mut connection = Connection::new();
    for (place, bytes) in endless.chunks(1400).enumerate() {
        connection.push(Kind::Request, place * 1400, bytes);
    }
    assert_eq!(connection.counts.faults[Fault::HeadTooLong as usize], 1);
    assert!(Stream::over().is_over());
}
