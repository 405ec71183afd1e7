use super::*;

const HELLO: &[u8] = b"\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03";

/// Streams as real programs begin them, or as the protocols' documents have them.
const REAL: [(Preamble, &[u8]); 22] = [
    (Preamble::Smtp, b"EHLO mail.example.com\r\nSTARTTLS\r\n"),
    // OpenSSL's s_client.
    (Preamble::Smtp, b"EHLO openssl.client.net\r\nSTARTTLS\r\n"),
    (Preamble::Smtp, b"LHLO foo.edu\r\nSTARTTLS\r\n"),
    (Preamble::Smtp, b"EHLO a\r\nHELO a\r\nNOOP\r\nstarttls\r\n"),
    // RFC 2595 section 8.
    (Preamble::Imap, b"a001 CAPABILITY\r\na002 STARTTLS\r\n"),
    (Preamble::Imap, b". CAPABILITY\r\n. STARTTLS\r\n"),
    (Preamble::Imap, b"1 ID (\"name\" \"x\")\r\n2 starttls\r\n"),
    (Preamble::Pop3, b"CAPA\r\nSTLS\r\n"),
    (Preamble::Pop3, b"STLS\r\n"),
    (Preamble::Pop3, b"AUTH\r\nCAPA\r\nSTLS\n"),
    // RFC 4217 section 12.1.
    (Preamble::Ftp, b"AUTH TLS\r\n"),
    (Preamble::Ftp, b"FEAT\r\nAUTH TLS\r\nAUTH SSL\r\n"),
    (Preamble::Ldap, b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"),
    // Windows and others use long forms of lengths.
    (
        Preamble::Ldap,
        b"\x30\x84\x00\x00\x00\x25\x02\x01\x01\x77\x84\x00\x00\x00\x1c\x80\x84\x00\x00\x00\x16\
          1.3.6.1.4.1.1466.20037",
    ),
    (Preamble::Postgresql, b"\0\0\0\x08\x04\xd2\x16\x2f"),
    (Preamble::Postgresql, b"\0\0\0\x08\x04\xd2\x16\x30\0\0\0\x08\x04\xd2\x16\x2f"),
    (
        Preamble::Mysql,
        b"\x20\0\0\x01\x85\xae\x7f\0\0\0\0\x01\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ),
    (
        Preamble::Xmpp,
        b"<?xml version='1.0'?>\n<stream:stream to='a' version='1.0'>\
          <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    ),
    (
        Preamble::HttpConnect,
        b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nCONNECT a:443 HTTP/1.1\r\n\
          Proxy-Authorization: Basic YTph\r\n\r\n",
    ),
    (Preamble::Socks4, b"\x04\x01\x01\xbb\x00\x00\x00\x01someone\0client.example\0"),
    (Preamble::Socks5, b"\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb"),
    (Preamble::Socks5, b"\x05\x02\x00\x02\x01\x01a\x01b\x05\x01\x00\x03\x03abc\x01\xbb"),
];

fn behind(preamble: &[u8], rest: &[u8]) -> Vec<u8> {
    [preamble, rest].concat()
}

/// Each prefix of a stream is undecided up to the hello's second byte, which tells that it may be
/// one, and decided from there on: so any segmentation leads to the same.
#[test]
fn every_prefix() {
    for (preamble, bytes) in REAL {
        let stream = behind(bytes, HELLO);
        for end in 0..=stream.len() {
            let expected = match end {
                _ if end <= bytes.len() + 1 => Search::NeedsMore,
                _ => Search::Found { preamble, at: bytes.len() },
            };
            let found = find(&stream[..end]);
            assert_eq!(found, expected, "{preamble}, {end} of {stream:x?}");
        }
    }
}

/// Nothing but a hello is taken for one, and nothing but a preamble may come before it.
#[test]
fn behind_anything_else_nothing_is_found() {
    for (preamble, bytes) in REAL {
        for other in [
            &b"MAIL FROM:<a@example.com>\r\n"[..],
            b"\x15\x03\x01\0\x02",
            b"\x16\x02",
            b"\0",
            b"\x16\x16",
        ] {
            let found = find(&behind(bytes, other));
            // A line may be one more command of the protocol.
            assert!(matches!(found, Search::Nothing), "{preamble}: {found:?} of {other:x?}");
        }
        for before in [&b"x"[..], b"\r\n", b"\0", b" ", b"USER someone\r\n", HELLO] {
            let found = find(&behind(&behind(before, bytes), HELLO));
            // A tag of IMAP may be any word.
            let is_tag = preamble == Preamble::Imap && before == b"x";
            assert!(found == Search::Nothing || is_tag, "{preamble}: {found:?} behind {before:x?}");
        }
    }
    for stream in [
        HELLO,
        b"GET / HTTP/1.1\r\n\r\n\x16\x03\x01",
        b"SSH-2.0-OpenSSH_9.2\r\n\x16\x03\x01",
        b"STARTTLS\r\n\x16\x03\x01",
        b"CONNECT a HTTP/1.1\r\n\r\n\x16\x03\x01",
        b"CONNECT a:443 HTTP/2\r\n\r\n\x16\x03\x01",
        b"AUTH PLAIN\r\n\x16\x03\x01",
        // SOCKS BIND, a password that was not offered.
        b"\x04\x02\x01\xbb\x00\x00\x00\x01\0\0\x16\x03\x01",
        b"\x05\x01\x00\x01\x01a\x01b\x05\x01\x00\x03\x03abc\x01\xbb\x16\x03\x01",
        // MySQL without CLIENT_SSL.
        b"\x20\0\0\x01\x85\xa6\x7f\0\0\0\0\x01\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x16\x03",
        b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\x16\x03\x01",
    ] {
        assert_eq!(find(stream), Search::Nothing, "{stream:x?}");
    }
}

/// One changed byte makes another preamble or none, never one whose hello starts elsewhere.
#[test]
fn changed_bytes() {
    for (_, bytes) in REAL {
        for at in 0..bytes.len() {
            for byte in 0..=u8::MAX {
                let mut stream = behind(bytes, HELLO);
                stream[at] = byte;
                if let Search::Found { at, .. } = find(&stream) {
                    assert_eq!(at, bytes.len(), "{stream:x?}");
                }
            }
        }
    }
}

#[test]
fn no_further_than_a_kibibyte() {
    let of_len = |len: usize| {
        let filler = "x".repeat(len - b"EHLO \r\nSTARTTLS\r\n".len());
        behind(format!("EHLO {filler}\r\nSTARTTLS\r\n").as_bytes(), HELLO)
    };
    let at = MAX_PREAMBLE_LEN;
    assert_eq!(find(&of_len(at)), Search::Found { preamble: Preamble::Smtp, at });
    assert_eq!(find(&of_len(at + 1)), Search::Nothing);
    assert_eq!(find(&[b'E'; MAX_PREAMBLE_LEN]), Search::NeedsMore);
    assert_eq!(find(&[b'E'; MAX_PREAMBLE_LEN + 1]), Search::Nothing);
}

/// On any bytes: no panic, and what is decided of a prefix stays decided.
#[test]
fn decisions_stay() {
    use proptest::prelude::*;
    let pieces = proptest::sample::select(
        REAL.iter().flat_map(|(_, bytes)| bytes.chunks(7)).map(<[u8]>::to_vec).collect::<Vec<_>>(),
    );
    let streams = proptest::collection::vec(
        prop_oneof![pieces, proptest::collection::vec(any::<u8>(), 0..6), Just(HELLO.to_vec())],
        0..12,
    );
    proptest!(|(stream in streams.prop_map(|parts| parts.concat()))| {
        let whole = find(&stream);
        let mut decided = None;
        for end in 0..=stream.len() {
            let found = find(&stream[..end]);
            if let Some(decided) = decided {
                prop_assert_eq!(found, decided);
            } else if found != Search::NeedsMore {
                decided = Some(found);
            }
        }
        prop_assert_eq!(decided.unwrap_or(Search::NeedsMore), whole);
    });
}
