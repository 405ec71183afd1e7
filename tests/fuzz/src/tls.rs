//! TLS hellos, and the streams that bring them.

use stackprint::stream::{MAX_PIECES, Outcome, Payload, Stream, Streams};
use stackprint::tls::dtls::Joiner;
use stackprint::tls::library::Signature;
use stackprint::tls::{
    ClientHello, HelloError, Libraries, Progress, Search, ServerHello, Transport, may_begin,
    preamble,
};

use crate::seeds::Seed;

/// A stream of records, a body, and a datagram: whatever each makes of the bytes.
pub fn hello(octets: &[u8]) {
    let whole = ClientHello::from_stream(octets);
    check(&whole, octets);
    // Once it is told what a stream is, more bytes change nothing.
    for len in [octets.len() / 2, octets.len().saturating_sub(1)] {
        match ClientHello::from_stream(&octets[..len]) {
            Progress::NeedsMore => {}
            told => assert_eq!(told, whole, "{len} of {} bytes", octets.len()),
        }
    }
    if let Ok(cut) = ClientHello::from_cut_stream(octets) {
        assert!(cut.truncated() && cut.fingerprints(Transport::Tcp).is_none());
    }
    for parsed in [ClientHello::parse(octets), ClientHello::parse_dtls(octets)] {
        match parsed {
            Ok(hello) => check_hello(&hello),
            Err(HelloError { at, .. }) => assert!(at <= octets.len()),
        }
    }
    check(&Joiner::new().push(octets), octets);
    if let Progress::Complete(server) = ServerHello::from_stream(octets) {
        assert_eq!(server.ja3s_text().split(',').count(), 3);
    }
}

fn check(progress: &Progress<ClientHello<'_>>, octets: &[u8]) {
    match progress {
        Progress::Complete(hello) => check_hello(hello),
        Progress::NeedsMore => {}
        Progress::NotTls(HelloError { at, .. }) => assert!(*at <= octets.len()),
    }
}

fn check_hello(hello: &ClientHello<'_>) {
    let fingerprints = hello.fingerprints(Transport::Tcp).expect("not cut");
    let ja4 = fingerprints.ja4();
    assert_eq!(ja4.as_str().len(), 36);
    let (raw, sent) = (fingerprints.ja4_r(), fingerprints.ja4_ro());
    assert_eq!(ja4.as_str().get(..10), raw.get(..10));
    // The same entries, but for two extensions that only one of them has.
    assert!(raw.len() <= sent.len());
    assert_eq!(fingerprints.ja4_o().as_str().get(..11), sent.get(..11));
    assert_eq!(fingerprints.stable().as_str().get(..6), raw.get(..6));
    assert_eq!(fingerprints.ja3_text().matches(',').count(), 4);
    if let Some(signature) = Signature::of(hello) {
        assert!(signature.matches(hello));
    }
    let _ = Libraries::builtin().find(hello);
}

/// A client's stream that may begin with something else: what is decided of a part stays so.
pub fn in_band(octets: &[u8]) {
    let whole = preamble::find(octets);
    if let Search::Found { at, .. } = whole {
        assert!((1..=preamble::MAX_PREAMBLE_LEN).contains(&at) && may_begin(&octets[at..]));
        assert_eq!(preamble::find(&octets[..=at]), Search::NeedsMore);
    }
    for len in [octets.len() / 2, octets.len().saturating_sub(1)] {
        match preamble::find(&octets[..len]) {
            Search::NeedsMore => {}
            told => assert_eq!(told, whole, "{len} of {} bytes", octets.len()),
        }
    }
}

/// The text of a database of TLS libraries: what is read is printed, and read again as the same.
pub fn libraries(octets: &[u8]) {
    let Ok(text) = str::from_utf8(octets) else { return };
    match Libraries::parse(text) {
        Ok(libraries) => {
            let printed = libraries.to_string();
            let again = Libraries::parse(&printed).expect("its own text");
            assert_eq!(again.to_string(), printed);
        }
        Err(error) => {
            assert!(error.line <= text.lines().count().max(1));
            assert!(error.column <= text.len() + 1);
        }
    }
    if let Ok(signature) = text.parse::<Signature>() {
        assert_eq!(signature.to_string().parse(), Ok(signature));
    }
}

/// A stream in segments: three octets that say how it is cut and ordered, then its bytes. What comes
/// out must be what the whole stream says.
pub fn stream(octets: &[u8]) {
    let ([count, a, b], bytes) = crate::head(octets);
    let mut seed = u64::from_le_bytes([count, a, b, 1, 0, 0, 0, 0]);
    let mut below = |end: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % end.max(1)
    };
    // Cuts make segments without gaps; more segments repeat and overlap.
    let mut cuts: Vec<usize> = (0..count % 8).map(|_| below(bytes.len())).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    let mut segments: Vec<(usize, usize)> = cuts.windows(2).map(|cut| (cut[0], cut[1])).collect();
    for _ in 0..count / 64 {
        let start = below(bytes.len());
        segments.push((start, start + below(bytes.len() - start)));
    }
    for place in (1..segments.len()).rev() {
        segments.swap(place, below(place + 1));
    }

    let isn = u32::from_be_bytes([255, 255, a | 0xf0, b]);
    let mut streams = Streams::new(Streams::DEFAULT_MEMORY, may_begin);
    let mut stream = Stream::after_syn(isn);
    let mut told = Progress::NeedsMore;
    for &(start, end) in &segments {
        let seq = isn.wrapping_add(1).wrapping_add(start as u32);
        let payload = Payload { seq, bytes: &bytes[start..end], ..Payload::default() };
        let outcome =
            streams.push(&mut stream, &payload, |reading| {
                match ClientHello::from_stream(reading.bytes) {
                    Progress::Complete(hello) => Some(Progress::Complete(hello.into_owned())),
                    Progress::NeedsMore => None,
                    Progress::NotTls(error) => Some(Progress::NotTls(error)),
                }
            });
        match outcome {
            Outcome::Decided(found) => {
                assert_eq!(told, Progress::NeedsMore, "decided twice");
                told = found;
            }
            Outcome::GivenUp(reason) => {
                assert!(segments.len() > MAX_PIECES || bytes.len() > 20_000, "{reason}");
                return;
            }
            Outcome::Undecided | Outcome::Over => {}
        }
    }
    assert_eq!(told, ClientHello::from_stream(bytes), "{segments:?}");
    streams.abandon(&mut stream);
}

/// Hellos to begin with: written out, since the captures of this project have few.
#[must_use]
pub fn seeds() -> Vec<Seed> {
    const BODY: &[u8] = b"\x03\x03\
        RANDOMRANDOMRANDOMRANDOMRANDOM32\x04ssid\0\x08\x1a\x1a\x13\x01\xc0\x2b\x00\xff\x01\x00\
        \0\x60\x2a\x2a\0\0\0\0\0\x0e\0\x0c\0\0\x09localhost\0\x0a\0\x06\0\x04\0\x1d\0\x17\
        \0\x0b\0\x02\x01\0\0\x0d\0\x06\0\x04\x04\x03\x08\x04\0\x10\0\x0e\0\x0c\x02h2\x08http/1.1\
        \0\x2b\0\x05\x04\x03\x04\x03\x03\0\x33\0\x07\0\x05\0\x1d\0\x01k\0\x23\0\0\0\x15\0\x02\0\0";
    let record = |content: &[u8]| {
        [&[22, 3, 1, (content.len() >> 8) as u8, content.len() as u8], content].concat()
    };
    let message = [&[1, 0, 0, BODY.len() as u8], BODY].concat();
    let (first, second) = message.split_at(100);
    let streams = [record(&message), [record(first), record(second)].concat()];
    assert!(
        streams
            .iter()
            .all(|bytes| matches!(ClientHello::from_stream(bytes), Progress::Complete(_)))
    );
    let mut seeds =
        vec![("hello", BODY.to_vec()), ("hello", b"\x80\x2e\x01\x03\x01\0\x15".to_vec())];
    for bytes in streams {
        for how in [[0, 0, 0], [3, 7, 9], [135, 1, 250]] {
            seeds.push(("stream", [&how, &bytes[..]].concat()));
        }
        seeds.push(("hello", bytes));
    }
    // A datagram of DTLS in two fragments: a cookie behind the session id.
    let (head, rest) = BODY.split_at(2 + 32 + 5);
    let body = [head, b"\x02ck", rest].concat();
    let len = body.len() as u8;
    let fragment = |start: u8, end: u8| {
        let header = [1, 0, 0, len, 0, 0, 0, 0, start, 0, 0, end - start];
        let content = [&header, &body[usize::from(start)..usize::from(end)]].concat();
        [&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, content.len() as u8], &content[..]].concat()
    };
    seeds.push(("hello", [fragment(0, 90), fragment(90, len)].concat()));
    let preambles: [&[u8]; 11] = [
        b"EHLO a\r\nSTARTTLS\r\n",
        b"a CAPABILITY\r\nb STARTTLS\r\n",
        b"CAPA\r\nSTLS\r\n",
        b"FEAT\r\nAUTH TLS\r\n",
        b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037",
        b"\0\0\0\x08\x04\xd2\x16\x2f",
        b"\x20\0\0\x01\x85\xae\x7f\0\0\0\0\x01\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"<stream:stream to='a'><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x04\x01\x01\xbb\0\0\0\x01someone\0a\0",
        b"\x05\x02\0\x02\x01\x01a\x01b\x05\x01\0\x03\x01a\x01\xbb",
    ];
    for preamble in preambles {
        let stream = [preamble, b"\x16\x03\x01\0\x2d\x01"].concat();
        assert!(matches!(preamble::find(&stream), Search::Found { .. }));
        seeds.push(("in_band", stream));
    }
    let sections = Libraries::BUILTIN_TEXT.split("\n\n").filter(|text| text.len() < 3000);
    seeds.extend(sections.map(|text| ("libraries", format!("[tls:client]\n{text}").into_bytes())));
    seeds
}
