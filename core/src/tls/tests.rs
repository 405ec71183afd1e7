//! Against the specifications, and by properties.

use proptest::collection::vec;
use proptest::prelude::*;

use super::dtls::Joiner;
use super::*;

/// A hello to be written.
#[derive(Debug, Clone)]
pub(crate) struct Sketch {
    pub(crate) legacy_version: u16,
    pub(crate) cipher_suites: Vec<u16>,
    pub(crate) extensions: Option<Vec<(u16, Vec<u8>)>>,
}

fn behind_len16(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes(), bytes].concat()
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

impl Sketch {
    fn with_cookie(&self, cookie: Option<&[u8]>) -> Vec<u8> {
        let mut body = self.legacy_version.to_be_bytes().to_vec();
        body.extend([7; 32]);
        body.extend([4, 1, 2, 3, 4]);
        if let Some(cookie) = cookie {
            body.push(cookie.len() as u8);
            body.extend(cookie);
        }
        body.extend(behind_len16(&numbers(&self.cipher_suites)));
        body.extend([1, 0]);
        if let Some(extensions) = &self.extensions {
            let write = |(number, body): &(u16, Vec<u8>)| {
                [&number.to_be_bytes()[..], &behind_len16(body)].concat()
            };
            let list: Vec<u8> = extensions.iter().flat_map(write).collect();
            body.extend(behind_len16(&list));
        }
        body
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        self.with_cookie(None)
    }

    pub(crate) fn message(&self) -> Vec<u8> {
        message(1, &self.body())
    }
}

fn message(message_type: u8, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u32).to_be_bytes();
    [&[message_type], &len[1..], body].concat()
}

/// A message in records that end at these places.
pub(crate) fn records(message: &[u8], ends: &[usize]) -> Vec<u8> {
    let mut ends: Vec<usize> = ends.iter().map(|end| end % message.len()).collect();
    ends.extend([0, message.len()]);
    ends.sort_unstable();
    ends.dedup();
    let record =
        |ends: &[usize]| [&[22, 3, 1][..], &behind_len16(&message[ends[0]..ends[1]])].concat();
    ends.windows(2).flat_map(record).collect()
}

/// Chrome's, as JA4.md describes it.
pub(crate) fn chrome() -> Sketch {
    let alpn = [&behind_len16(b"\x02h2\x08http/1.1")[..]].concat();
    let algorithms = numbers(&[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]);
    let name = b"\0\x0f\0\0\x0cfoxio.io.net".to_vec();
    Sketch {
        legacy_version: version::TLS_1_2,
        cipher_suites: vec![
            0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
            0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
        ],
        extensions: Some(vec![
            (0xdada, vec![]),
            (0x001b, vec![2, 0, 2]),
            (0x0000, name),
            (0x0033, b"\0\x05\xba\xba\0\x01\0".to_vec()),
            (0x0010, alpn),
            (0x4469, vec![0, 3, 2, b'h', b'2']),
            (0x0017, vec![]),
            (0x002d, vec![1, 1]),
            (0x000d, behind_len16(&algorithms)),
            (0x0005, vec![1, 0, 0, 0, 0]),
            (0x0023, vec![]),
            (0x0012, vec![]),
            (0x002b, vec![6, 0x5a, 0x5a, 3, 4, 3, 3]),
            (0xff01, vec![0]),
            (0x000b, vec![1, 0]),
            (0x000a, behind_len16(&numbers(&[0x8a8a, 0x001d, 0x0017, 0x0018]))),
            (0x1a1a, vec![0]),
            (0x0015, vec![0; 40]),
        ]),
    }
}

fn all_values(hello: &ClientHello<'_>, transport: Transport) -> [String; 7] {
    let fingerprints = hello.fingerprints(transport).expect("whole");
    let both = (fingerprints.ja4(), fingerprints.stable());
    assert_eq!(fingerprints.ja4_and_stable(), both);
    [
        fingerprints.ja4().to_string(),
        fingerprints.ja4_r(),
        fingerprints.ja4_o().to_string(),
        fingerprints.ja4_ro(),
        fingerprints.stable().to_string(),
        fingerprints.ja3().to_string(),
        fingerprints.ja3_text(),
    ]
}

fn complete<H>(progress: Progress<H>) -> H {
    match progress {
        Progress::Complete(hello) => hello,
        Progress::NeedsMore => panic!("needs more"),
        Progress::NotTls(error) => panic!("{error}"),
    }
}

/// The example of JA4.md.
#[test]
fn the_example_of_ja4() {
    let body = chrome().body();
    let hello = ClientHello::parse(&body).expect("a hello");
    let [ja4, ja4_r, ja4_o, ja4_ro, stable, ..] = all_values(&hello, Transport::Tcp);
    let ciphers = "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9";
    let sorted = "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01";
    let algorithms = "0403,0804,0401,0503,0805,0501,0806,0601";
    assert_eq!(ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    assert_eq!(ja4_r, format!("t13d1516h2_{ciphers}_{sorted}_{algorithms}"));
    assert_eq!(ja4_o, "t13d1516h2_acb858a92679_18f69afefd3d");
    assert!(ja4_ro.starts_with("t13d1516h2_1301,1302,1303,c02b,"), "{ja4_ro}");
    // Two extensions fewer: padding and the ticket.
    assert!(stable.starts_with("t13d1514h2_8daaf6152771_"), "{stable}");
    for (transport, letter) in [(Transport::Quic, "q"), (Transport::Dtls, "d")] {
        let fingerprints = hello.fingerprints(transport).expect("whole");
        assert_eq!(fingerprints.ja4().as_str(), format!("{letter}{}", &ja4[1..]));
    }
}

/// JA4.md again: the same without signature algorithms.
#[test]
fn without_signature_algorithms_there_is_no_underscore() {
    let mut sketch = chrome();
    for (number, body) in sketch.extensions.iter_mut().flatten() {
        if *number == extension::SIGNATURE_ALGORITHMS {
            body.clear();
        }
    }
    let body = sketch.body();
    let hello = ClientHello::parse(&body).expect("a hello");
    let fingerprints = hello.fingerprints(Transport::Tcp).expect("whole");
    assert_eq!(fingerprints.ja4().as_str(), "t13d1516h2_8daaf6152771_6d807ffa2a79");
    // GREASE alone is none.
    let grease = behind_len16(&numbers(&[0x3a3a]));
    for (number, body) in sketch.extensions.iter_mut().flatten() {
        if *number == extension::SIGNATURE_ALGORITHMS {
            body.clone_from(&grease);
        }
    }
    let body = sketch.body();
    let hello = ClientHello::parse(&body).expect("a hello");
    let fingerprints = hello.fingerprints(Transport::Tcp).expect("whole");
    assert_eq!(fingerprints.ja4().as_str(), "t13d1516h2_8daaf6152771_6d807ffa2a79");
}

/// The two of the README of salesforce/ja3.
#[test]
fn the_examples_of_ja3() {
    let with_extensions = Sketch {
        legacy_version: version::TLS_1_0,
        cipher_suites: vec![47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
        extensions: Some(vec![
            (0, b"\0\x06\0\0\x03a.b".to_vec()),
            (10, behind_len16(&numbers(&[23, 24, 25]))),
            (11, vec![1, 0]),
        ]),
    };
    let without = Sketch {
        legacy_version: version::TLS_1_0,
        cipher_suites: vec![4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99],
        extensions: None,
    };
    let examples = [
        (
            with_extensions,
            "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0",
            "ada70206e40642a3e4461f35503241d5",
        ),
        (without, "769,4-5-10-9-100-98-3-6-19-18-99,,,", "de350869b8c85de67a350c8d186f11e6"),
    ];
    for (sketch, text, hash) in examples {
        let body = sketch.body();
        let hello = ClientHello::parse(&body).expect("a hello");
        let fingerprints = hello.fingerprints(Transport::Tcp).expect("whole");
        assert_eq!((fingerprints.ja3_text().as_str(), fingerprints.ja3().as_str()), (text, hash));
    }
}

/// RFC 8701 section 2.
#[test]
fn the_sixteen_grease_values() {
    let all: Vec<u16> = (0..=u16::MAX).filter(|&number| is_grease(number)).collect();
    let expected: Vec<u16> = (0..16).map(|n| 0x0a0a + n * 0x1010).collect();
    assert_eq!(all, expected);
}

#[test]
fn what_a_hello_says() {
    let bytes = records(&chrome().message(), &[]);
    let hello = complete(ClientHello::from_stream(&bytes));
    assert!(hello.is_borrowed(), "copied");
    assert_eq!(hello.legacy_version(), 0x0303);
    assert_eq!(version::name(hello.newest_version()), Some("TLS 1.3"));
    assert_eq!((hello.random(), hello.session_id()), (&[7; 32][..], &[1, 2, 3, 4][..]));
    assert_eq!(hello.server_name(), Some(&b"foxio.io.net"[..]));
    assert_eq!(hello.protocols().collect::<Vec<_>>(), [&b"h2"[..], b"http/1.1"]);
    assert_eq!(hello.groups().without_grease().collect::<Vec<_>>(), [0x1d, 0x17, 0x18]);
    assert_eq!(hello.versions().iter().collect::<Vec<_>>(), [0x5a5a, 0x0304, 0x0303]);
    assert_eq!(hello.key_shares().collect::<Vec<_>>(), [KeyShare { group: 0xbaba, key: &[0] }]);
    assert_eq!((hello.point_formats(), hello.compression_methods()), (&[0][..], &[0][..]));
    assert_eq!(hello.signature_algorithms().len(), 8);
    assert!(hello.cipher_suites().contains(0x1301) && hello.has_grease());
    assert!(!hello.has_pre_shared_key() && !hello.has_session_ticket() && !hello.has_early_data());
    assert!(!hello.has_encrypted_hello() && !hello.truncated() && hello.dtls_cookie().is_empty());
    assert_eq!(hello.clone().into_owned(), hello);
}

/// Resuming adds pre-shared keys and early data, and takes padding away.
#[test]
fn the_stable_form_survives_resumption() {
    let first = chrome();
    let mut resumed = chrome();
    if let Some(extensions) = &mut resumed.extensions {
        extensions.retain(|(number, _)| *number != extension::PADDING);
        extensions.push((extension::EARLY_DATA, vec![]));
        extensions.push((extension::PRE_SHARED_KEY, vec![0; 40]));
    }
    let [first, resumed] = [first, resumed].map(|sketch| {
        let body = sketch.body();
        all_values(&ClientHello::parse(&body).expect("a hello"), Transport::Tcp)
    });
    assert_ne!(first[0], resumed[0]);
    assert_eq!(first[4], resumed[4]);
}

/// The newest protocol is meant: DTLS counts downwards.
#[test]
fn dtls_versions_count_downwards() {
    let mut sketch = chrome();
    sketch.legacy_version = version::DTLS_1_2;
    sketch.extensions = Some(vec![(43, vec![4, 0xfe, 0xfd, 0xfe, 0xfc])]);
    let body = sketch.with_cookie(Some(&[9; 20]));
    let hello = ClientHello::parse_dtls(&body).expect("a hello");
    assert_eq!((hello.newest_version(), hello.dtls_cookie().len()), (version::DTLS_1_3, 20));
    let fingerprints = hello.fingerprints(Transport::Dtls).expect("whole");
    assert!(fingerprints.ja4().as_str().starts_with("dd3i150100_"), "{}", fingerprints.ja4());
    sketch.extensions = None;
    // AnyConnect's version from before the RFC.
    sketch.legacy_version = 0x0100;
    let body = sketch.with_cookie(Some(&[]));
    let hello = ClientHello::parse_dtls(&body).expect("a hello");
    let fingerprints = hello.fingerprints(Transport::Dtls).expect("whole");
    assert!(fingerprints.ja4().as_str().starts_with("d00i150000_"), "{}", fingerprints.ja4());
}

/// JA4.md: no cipher suites or no extensions are twelve zeros; the server name is an extension of
/// `_o`, though not of the sorted list.
#[test]
fn empty_lists_are_zeros() {
    let name = (0, b"\0\x06\0\0\x03a.b".to_vec());
    let with = |extensions| Sketch {
        legacy_version: version::TLS_1_0,
        cipher_suites: vec![0x0a0a],
        extensions,
    };
    for (sketch, expected) in [
        (with(None), ["t10i000000_000000000000_000000000000"; 2]),
        (with(Some(vec![])), ["t10i000000_000000000000_000000000000"; 2]),
        // SHA-256 of "0000".
        (
            with(Some(vec![name])),
            ["t10d000100_000000000000_000000000000", "t10d000100_000000000000_9af15b336e6a"],
        ),
    ] {
        let body = sketch.body();
        let hello = ClientHello::parse(&body).expect("a hello");
        let fingerprints = hello.fingerprints(Transport::Tcp).expect("whole");
        let found = [fingerprints.ja4(), fingerprints.ja4_o()];
        assert_eq!(found.each_ref().map(FixedText::as_str), expected);
    }
}

/// More than any real hello has, and more than is kept in place.
#[test]
fn long_lists_are_counted_as_99() {
    let many: Vec<u16> = (0x1000..0x1400).collect();
    let reversed: Vec<u16> = many.iter().rev().copied().collect();
    let [one, other] = [many, reversed].map(|list| {
        let extensions = list.iter().map(|&number| (number, vec![])).collect();
        let sketch = Sketch {
            legacy_version: version::TLS_1_2,
            cipher_suites: list,
            extensions: Some(extensions),
        };
        let body = sketch.body();
        all_values(&ClientHello::parse(&body).expect("a hello"), Transport::Tcp)
    });
    assert!(one[0].starts_with("t12i999900_"), "{}", one[0]);
    assert_eq!(one[..2], other[..2]);
    assert_ne!(one[2..4], other[2..4]);
    let list = |text: &str| text.split('_').nth(1).map(str::to_owned);
    assert_eq!(
        list(&one[1]).map(|list| list.split(',').filter(|n| n.len() == 4).count()),
        Some(1024)
    );
}

fn error<H: std::fmt::Debug>(progress: Progress<H>) -> (Fault, usize) {
    match progress {
        Progress::NotTls(HelloError { fault, at }) => (fault, at),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_fault_has_its_name_and_its_place() {
    let stream = |bytes: &[u8]| error(ClientHello::from_stream(bytes));
    assert_eq!(stream(b"GET / HTTP/1.1\r\n"), (Fault::NotTls, 0));
    assert_eq!(stream(b"\x16\x02"), (Fault::NotTls, 0));
    // RFC 5246 appendix E.2.
    assert_eq!(stream(b"\x80\x2e\x01\x03\x01\0\x15"), (Fault::Sslv2Hello, 0));
    assert_eq!(stream(b"\x80\x2e\x01\0\x02\0\x15"), (Fault::Sslv2Hello, 0));
    assert_eq!(stream(b"\x80\x2e\x02"), (Fault::NotTls, 0));
    assert_eq!(ClientHello::from_stream(b"\x80\x2e"), Progress::NeedsMore);
    assert_eq!(stream(b"\x16\x03\x01\0\0"), (Fault::EmptyRecord, 3));
    assert_eq!(stream(b"\x16\x03\x01\x40\x01"), (Fault::RecordTooLong, 3));
    assert_eq!(stream(b"\x16\x03\x01\0\x01\x01\x17"), (Fault::OtherRecord, 6));
    assert_eq!(stream(b"\x16\x03\x01\0\x01\x01\x16\x04"), (Fault::OtherRecord, 6));
    assert_eq!(stream(b"\x16\x03\x01\0\x10\x02"), (Fault::OtherMessage, 5));
    assert_eq!(stream(b"\x16\x03\x01\x20\0\x01\0\x40\x01"), (Fault::HelloTooLong, 5));

    // Behind the last byte of a message, whatever comes there.
    for rest in [&b""[..], b"\x16", b"\x16\x03\x01\0\x01?"] {
        let empty = [&b"\x16\x03\x01\0\x02\x01\0\x16\x03\x01\0\x02\0\0"[..], rest].concat();
        assert_eq!(stream(&empty), (Fault::TooShort, 14));
    }

    let whole = chrome().body();
    let parse = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut body = whole.clone();
        change(&mut body);
        let records = records(&message(1, &body), &[50]);
        let HelloError { fault, at } = ClientHello::parse(&body).expect_err("broken");
        // The header of a message, and of two records.
        let in_stream = error(ClientHello::from_stream(&records));
        assert_eq!(in_stream, (fault, at + 4 + if at + 4 < 50 { 5 } else { 10 }));
        (fault, at)
    };
    assert_eq!(parse(&|body| body.truncate(33)), (Fault::TooShort, 2));
    assert_eq!(parse(&|body| body[34] = 33), (Fault::SessionIdTooLong, 34));
    assert_eq!(parse(&|body| body[40] = 31), (Fault::OddLength, 39));
    assert_eq!(parse(&|body| body[39] = 31), (Fault::TooShort, 39));
    assert_eq!(parse(&|body| body.push(0)), (Fault::TrailingBytes, whole.len()));
    // Padding of 40 bytes is the last.
    assert_eq!(parse(&|body| body.truncate(body.len() - 1)), (Fault::TooShort, whole.len() - 42));
    // The extensions begin after 2 + 32 + 5 + 34 + 2 + 2 bytes; the name has been third.
    let name = 77 + 4 + 7;
    assert_eq!(whole[name..name + 4], [0, 0, 0, 17]);
    assert_eq!(parse(&|body| body[name + 5] = 16), (Fault::BadExtension, name));
    assert_eq!(parse(&|body| body[name + 5] = 14), (Fault::BadExtension, name));
    assert_eq!(parse(&|body| body[name + 8] = 13), (Fault::BadExtension, name));
}

/// A message of exactly the limit is read, one byte more is refused.
#[test]
fn the_limit_is_16_kib() {
    for (len, fits) in [(MAX_HELLO_LEN, true), (MAX_HELLO_LEN + 1, false)] {
        let mut sketch = chrome();
        let rest = len - sketch.body().len() - 4;
        sketch.extensions.get_or_insert_default().push((0x1234, vec![0; rest]));
        let message = sketch.message();
        assert_eq!(message.len(), 4 + len);
        let bytes = records(&message, &[9000]);
        let progress = ClientHello::from_stream(&bytes);
        assert_eq!(matches!(progress, Progress::Complete(_)), fits, "{len}");
        assert_eq!(ClientHello::parse(&sketch.body()).is_ok(), fits);
    }
}

#[test]
fn what_follows_a_hello_is_left_alone() {
    let mut bytes = records(&chrome().message(), &[100, 200]);
    let alone = complete(ClientHello::from_stream(&bytes)).into_owned();
    bytes.extend(b"\x14\x03\x03\0\x01\x01 and whatever");
    assert_eq!(complete(ClientHello::from_stream(&bytes)), alone);
    // In the same record, too: 0x00 is no message that may follow, but it is not looked at.
    let bytes = records(&[chrome().message(), vec![0; 9]].concat(), &[]);
    assert_eq!(complete(ClientHello::from_stream(&bytes)), alone);
}

/// RFC 8446 section 4.1.3, and the JA3S of salesforce's README.
#[test]
fn a_server_hello() {
    let mut body = vec![3, 3];
    body.extend([5; 32]);
    body.extend([0, 0x13, 0x01, 0]);
    body.extend(behind_len16(b"\0\x33\0\x01\x07\0\x2b\0\x02\x03\x04"));
    let bytes = records(&message(2, &body), &[]);
    let hello = complete(ServerHello::from_stream(&bytes));
    assert_eq!((hello.version(), hello.legacy_version()), (version::TLS_1_3, version::TLS_1_2));
    assert_eq!((hello.cipher_suite(), hello.is_retry()), (0x1301, false));
    assert_eq!(hello.ja3s_text(), "771,4865,51-43");
    assert_eq!(hello.ja3s().as_str(), "eb1d94daa7e0344597e756a1fb6e7054");
    assert_eq!(error(ClientHello::from_stream(&bytes)), (Fault::OtherMessage, 5));
    for len in 0..body.len() {
        let parsed = ServerHello::parse(&body[..len]);
        // Without extensions it is whole, too.
        assert_eq!(parsed.is_ok(), len == 38, "{len}");
    }
}

/// Whole, in fragments in any order, with overlaps and repeats.
fn fragment(body: &[u8], number: u16, offset: usize, len: usize) -> Vec<u8> {
    let u24 = |n: usize| [(n >> 16) as u8, (n >> 8) as u8, n as u8];
    let mut content = vec![1];
    content.extend(u24(body.len()));
    content.extend(number.to_be_bytes());
    content.extend(u24(offset));
    content.extend(u24(len));
    content.extend(&body[offset..offset + len]);
    let mut record = vec![22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 1];
    record.extend(behind_len16(&content));
    record
}

#[test]
fn fragments_of_dtls() {
    let mut sketch = chrome();
    sketch.legacy_version = version::DTLS_1_2;
    let body = sketch.with_cookie(Some(&[]));
    let expected = ClientHello::parse_dtls(&body).expect("a hello");
    let len = body.len();

    let whole = fragment(&body, 0, 0, len);
    assert_eq!(complete(Joiner::new().push(&whole)), expected);
    // Both in one datagram, as two records.
    let halves = [fragment(&body, 0, 0, 100), fragment(&body, 0, 100, len - 100)];
    assert_eq!(complete(Joiner::new().push(&halves.concat())), expected);
    // Backwards, the first of them repeated, with a later message between them.
    let mut joiner = Joiner::new();
    let second = &halves[1];
    assert_eq!(joiner.push(second), Progress::NeedsMore);
    assert_eq!(joiner.push(second), Progress::NeedsMore);
    assert_eq!(joiner.push(&fragment(&[1; 50], 1, 0, 50)), Progress::NeedsMore);
    assert_eq!(joiner.push(&fragment(&body, 0, 50, 60)), Progress::NeedsMore);
    assert!(joiner.memory() >= len - 50);
    assert_eq!(complete(joiner.push(&halves[0])), expected);
    assert_eq!(joiner.memory(), 0);

    let mut joiner = Joiner::new();
    assert_eq!(error(joiner.push(b"\x17\xfe\xfd")), (Fault::NotTls, 0));
    assert_eq!(error(joiner.push(&whole[..20])), (Fault::TooShort, 11));
    let mut encrypted = whole.clone();
    encrypted[4] = 1;
    assert_eq!(error(joiner.push(&encrypted)), (Fault::NotTls, 0));
    let mut of_the_server = whole.clone();
    of_the_server[13] = 2;
    assert_eq!(error(joiner.push(&of_the_server)), (Fault::OtherMessage, 13));
    let mut other_len = halves[1].clone();
    other_len[16] ^= 1;
    assert_eq!(joiner.push(&halves[0]), Progress::NeedsMore);
    assert_eq!(error(joiner.push(&other_len)), (Fault::BadFragment, 13));
    for piece in 0..8 {
        let fragment = fragment(&body, 0, 2 + piece * 4, 1);
        assert_eq!(joiner.push(&fragment), Progress::NeedsMore);
    }
    assert_eq!(error(joiner.push(&fragment(&body, 0, 100, 1))), (Fault::TooManyPieces, 25));
}

prop_compose! {
    /// Any hello whose known extensions are right, and some that are not known.
    pub(crate) fn any_sketch()(
        legacy_version in prop_oneof![Just(0x0303_u16), Just(0x0301), any::<u16>()],
        cipher_suites in vec(prop_oneof![any::<u16>(), Just(0x1a1a)], 0..150),
        extensions in proptest::option::of(vec(any_extension(), 0..30)),
    ) -> Sketch {
        Sketch { legacy_version, cipher_suites, extensions }
    }
}

fn any_extension() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let list = vec(prop_oneof![any::<u16>(), Just(0xfafa)], 0..20);
    let list16 = list.clone().prop_map(|list| behind_len16(&numbers(&list)));
    let list8 = list.prop_map(|list| [vec![list.len() as u8 * 2], numbers(&list)].concat());
    prop_oneof![
        (prop_oneof![Just(10_u16), Just(13)], list16),
        (Just(43_u16), list8),
        (
            Just(16_u16),
            vec(any::<u8>(), 0..20).prop_map(|name| {
                behind_len16(&[&[name.len() as u8], &name[..], b"\x02h2"].concat())
            })
        ),
        (
            Just(11_u16),
            vec(any::<u8>(), 0..5).prop_map(|list| [vec![list.len() as u8], list].concat())
        ),
        (
            Just(0_u16),
            vec(any::<u8>(), 0..30)
                .prop_map(|name| { behind_len16(&[&[0], &behind_len16(&name)[..]].concat()) })
        ),
        (
            prop_oneof![100..u16::MAX, Just(21_u16), Just(35), Just(41), Just(42), Just(0x0a0a)],
            vec(any::<u8>(), 0..40)
        ),
    ]
}

proptest! {
    /// However a hello is split into records, it is the same; and a part of it is none.
    #[test]
    fn records_make_no_difference(sketch in any_sketch(), ends in vec(any::<usize>(), 0..5)) {
        let body = sketch.body();
        let whole = ClientHello::parse(&body).expect("a hello");
        let bytes = records(&sketch.message(), &ends);
        let joined = complete(ClientHello::from_stream(&bytes));
        prop_assert_eq!(&joined, &whole);
        prop_assert_eq!(all_values(&joined, Transport::Tcp), all_values(&whole, Transport::Tcp));
        for len in (0..bytes.len()).step_by(1 + bytes.len() / 64) {
            prop_assert_eq!(ClientHello::from_stream(&bytes[..len]), Progress::NeedsMore);
        }
    }

    /// Whatever is changed, nothing panics, and errors lie within.
    #[test]
    fn broken_hellos(sketch in any_sketch(), changes in vec((any::<usize>(), any::<u8>()), 1..4), ends in vec(any::<usize>(), 0..3)) {
        let mut bytes = records(&sketch.message(), &ends);
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        match ClientHello::from_stream(&bytes) {
            Progress::Complete(hello) => drop(all_values(&hello, Transport::Tcp)),
            Progress::NeedsMore => {}
            Progress::NotTls(HelloError { at, .. }) => prop_assert!(at <= bytes.len()),
        }
        let _ = ServerHello::from_stream(&bytes);
    }

    /// Fragments in any order, overlapping.
    #[test]
    fn fragments_make_no_difference(sketch in any_sketch(), cuts in vec((any::<usize>(), any::<usize>()), 0..4), shuffle in any::<u64>()) {
        let body = sketch.with_cookie(Some(&[1, 2, 3]));
        let mut fragments: Vec<(usize, usize)> = cuts.iter().map(|&(start, len)| {
            let start = start % body.len();
            (start, len % (body.len() - start))
        }).collect();
        let half = body.len() / 2;
        fragments.extend([(0, half), (half, body.len() - half)]);
        let rotation = shuffle as usize % fragments.len();
        fragments.rotate_left(rotation);
        let mut joiner = Joiner::new();
        let mut found = None;
        for (start, len) in fragments {
            if let Progress::Complete(hello) = joiner.push(&fragment(&body, 3, start, len)) {
                found = Some(hello.into_owned());
                break;
            }
        }
        prop_assert_eq!(found, Some(ClientHello::parse_dtls(&body).expect("a hello")));
    }
}

/// Each place of cutting a real hello: no fingerprint, no panic; what came before the cut is there.
#[test]
fn a_cut_hello_has_no_fingerprint() {
    let sketch = chrome();
    let whole = sketch.body();
    let whole = ClientHello::parse(&whole).expect("a hello");
    for ends in [&[][..], &[3], &[60, 200]] {
        let bytes = records(&sketch.message(), ends);
        for len in 0..bytes.len() {
            let cut = &bytes[..len];
            assert_eq!(ClientHello::from_stream(cut), Progress::NeedsMore, "{len}");
            let Ok(hello) = ClientHello::from_cut_stream(cut) else {
                // Version and random take 34 bytes, after 4 of the message and 5 of each record.
                assert!(len < 4 + 34 + 5 * (1 + ends.len()), "{len}");
                continue;
            };
            assert!(hello.truncated() && hello.fingerprints(Transport::Tcp).is_none());
            assert_eq!((hello.random(), hello.legacy_version()), (whole.random(), 0x0303));
            let complete = whole.extensions().zip(hello.extensions()).all(|(a, b)| a == b);
            assert!(complete, "{len}");
            if hello.extensions().count() >= 3 {
                assert_eq!(hello.server_name(), whole.server_name());
            }
        }
    }
}
