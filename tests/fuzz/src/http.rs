//! HTTP heads, connections, signatures of them, and HTTP/2 openings.

use stackprint::http::{
    Body, Claim, Counts, Exchange, Head, HeadReader, Http2, Http2Reader, HttpSignature, Kind,
    Message, Observed, P0fExchange, Privacy, Progress, Signatures, Taken, UserAgentRule, Verdict,
    may_begin,
};
use stackprint::stream::{Payload, Streams};
use stackprint::{Compat, ParseError};

use crate::BOTH;
use crate::seeds::Seed;

/// The start of a stream, by all readers.
pub fn head(octets: &[u8]) {
    let whole = Head::parse(octets);
    let mut reader = HeadReader::default();
    // Once it is told what a stream is, more bytes change nothing.
    for len in [octets.len() / 3, octets.len() / 2, octets.len().saturating_sub(1), octets.len()] {
        let told = reader.read(&octets[..len]);
        if told != Progress::NeedsMore {
            assert_eq!(told, whole, "{len} of {} bytes", octets.len());
            break;
        }
    }
    match &whole {
        Progress::Complete(head) => check_head(head),
        Progress::NeedsMore => {}
        Progress::NotHttp(error) => assert!(error.at <= octets.len()),
    }
    let opening = Http2::parse(octets);
    let mut reader = Http2Reader::default();
    for len in [octets.len() / 2, octets.len()] {
        let told = reader.read(&octets[..len]);
        if told != Progress::NeedsMore {
            assert_eq!(told, opening);
            break;
        }
    }
    if let Progress::Complete(opening) = opening {
        assert_eq!(opening.to_string().matches('|').count(), 3);
        assert_eq!(opening.md5().len(), 32);
    }
}

fn check_head(head: &Head<'_>) {
    for compat in BOTH {
        let mut signatures = Signatures::new(compat);
        let observed = Observed::new(head, &signatures);
        let raw = observed.raw_signature(&signatures, Privacy::NamesOnly).to_string();
        let _ = observed.raw_signature(&signatures, Privacy::P0f).to_string();
        let _ = observed.language(compat);
        let Some(signature) = loaded(&raw) else { continue };
        signatures.push(head.kind(), signature, 0, false, 1).expect("few names");
        let observed = Observed::new(head, &signatures);
        let found = signatures.find(&observed).expect("what it was made of");
        // A value that begins with a NUL is none to p0f.
        assert!(!found.is_dishonest || compat == Compat::P0fExact, "{raw}");
    }
    for value in [head.user_agent(), head.server()].into_iter().flatten() {
        let _ = (Claim::of_user_agent(value.reveal()), Claim::of_server(value.reveal()));
    }
    if let Some(mut body) = Body::of(head, false) {
        let _ = (body.skip(1), body.take(head.reveal()));
    }
}

/// The signature of a raw one, which the notation takes but for its bounds.
fn loaded(raw: &str) -> Option<HttpSignature> {
    // A value in brackets may have colons and commas of its own.
    let mut is_value = false;
    let outside: String = raw
        .chars()
        .filter(|&letter| {
            is_value = letter == '[' || is_value && letter != ']';
            !is_value
        })
        .collect();
    let names = outside.split(':').nth(1).map_or(0, |names| names.matches(',').count());
    match raw.parse() {
        Ok(signature) => Some(signature),
        Err(ParseError { .. }) => {
            assert!(names >= 32, "{raw}");
            None
        }
    }
}

/// A connection: each segment has its sender, its length, and how far it lies from the end of the one
/// before it. p0f's rules get the same.
pub fn exchange(octets: &[u8]) {
    const MEMORY: usize = 1 << 20;
    let mut streams = Streams::new(MEMORY, may_begin);
    let mut counts = Counts::default();
    let mut exchange = Exchange::midway();
    let ([flags], mut rest) = crate::head(octets);
    if flags & 1 != 0 {
        exchange.start(Kind::Request, u32::MAX);
        exchange.start(Kind::Response, 9);
    }
    let mut p0f = Some(P0fExchange::new());
    let mut next = [0_u32, 10];
    let mut heads = 0;
    while !rest.is_empty() {
        let ([how, len], after) = crate::head(rest);
        let (bytes, after) = after.split_at(usize::from(len).min(after.len()));
        rest = after;
        let from = if how & 1 == 0 { Kind::Request } else { Kind::Response };
        let next = &mut next[usize::from(how & 1)];
        // Mostly in order; else a gap, or a repeat.
        let seq = match how >> 5 {
            7 => next.wrapping_add(u32::from(how >> 1 & 15)),
            6 => next.wrapping_sub(u32::from(how >> 1 & 15)),
            _ => *next,
        };
        *next = seq.wrapping_add(bytes.len() as u32);
        let payload = Payload { seq, bytes, cut: false, fin: how == 0xff };
        exchange.push(from, &payload, &mut streams, &mut counts, |message| match message {
            Message::Head(head) => {
                assert_eq!(head.kind(), from);
                heads += 1;
            }
            Message::Http2(_) => assert_eq!(from, Kind::Request),
        });
        let verdict = p0f.as_mut().map(|p0f| p0f.push(from, bytes, check_head));
        if verdict == Some(Verdict::Destroy) {
            p0f = None;
        }
        assert!(streams.memory() <= MEMORY);
    }
    assert_eq!(heads, counts.requests + counts.responses);
    exchange.abandon(&mut streams);
    assert!(exchange.is_over());
}

/// Chunks and lengths: in two pieces a body is what it is in one.
pub fn body(octets: &[u8]) {
    let ([cut, kind], bytes) = crate::head(octets);
    let head: &[u8] = match kind % 3 {
        0 => b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        1 => b"POST / HTTP/1.1\r\nContent-Length: 37\r\n\r\n",
        _ => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    };
    let Progress::Complete(head) = Head::parse(head) else { return };
    let Some(mut whole) = Body::of(&head, false) else { return };
    let mut parts = whole;
    let (a, b) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let taken = match parts.take(a) {
        Taken::All => match parts.take(b) {
            Taken::UntilHead(len) => Taken::UntilHead(a.len() + len),
            taken => taken,
        },
        taken => taken,
    };
    assert_eq!(whole.take(bytes), taken);
}

/// Signatures, and lists of systems.
pub fn signature(octets: &[u8]) {
    let Ok(text) = str::from_utf8(octets) else { return };
    match text.parse::<HttpSignature>() {
        Ok(signature) => {
            assert_eq!(signature.to_string().parse(), Ok(signature.clone()));
            let mut signatures = Signatures::new(Compat::P0fExact);
            let kind = Kind::Request;
            let _ = signatures.covering(kind, &signature);
            signatures.push(kind, signature.clone(), 0, false, 1).expect("few names");
            let _ = signatures.covering(kind, &signature);
        }
        Err(error) => assert!(error.column <= text.len() + 1),
    }
    if let Err(error) = UserAgentRule::parse_list(text) {
        assert!(error.column <= text.len() + 1);
    }
}

/// Heads, connections and signatures to begin with.
#[must_use]
pub fn seeds() -> Vec<Seed> {
    const REQUEST: &[u8] =
        b"POST /a HTTP/1.1\r\nHost: a\r\nUser-Agent: Mozilla/5.0 (X11) Firefox/1\r\n\
        Accept-Language: de, en;q=0.5\r\n folded\r\nCookie: a=b\r\nContent-Length: 2\r\n\r\nxy";
    const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx/1.18.0 (Ubuntu)\r\nDate: Mon\r\n\
        Transfer-Encoding: chunked\r\n\r\n4;x=y\r\nbody\r\n0\r\nA: b\r\n\r\n";
    const OPENING: &[u8] =
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64\
        \0\0\x04\x08\0\0\0\0\0\0\x01\0\0\0\0\x05\x02\0\0\0\0\x03\0\0\0\0\xc8\
        \0\0\x08\x01\x05\0\0\0\x01\x82\x41\x03www\x86\x84";
    let segment = |how: u8, bytes: &[u8]| [&[how, bytes.len() as u8], bytes].concat();
    let (a, b) = REQUEST.split_at(30);
    let (c, d) = RESPONSE.split_at(60);
    let connection =
        [vec![1], segment(0, a), segment(0, b), segment(1, c), segment(1, d), segment(0, REQUEST)];
    let chunks = &RESPONSE[RESPONSE.len() - 26..];
    vec![
        ("http_head", REQUEST.to_vec()),
        ("http_head", RESPONSE.to_vec()),
        ("http_head", OPENING.to_vec()),
        ("http_exchange", connection.concat()),
        ("http_body", [&[3, 0], chunks].concat()),
        ("http_signature", b"1:Host,?Accept=[a:b],User-Agent:Keep-Alive,Date: Firefox/".to_vec()),
        ("http_signature", b"Linux,iOS=[iPad], Mac OS X".to_vec()),
    ]
}
