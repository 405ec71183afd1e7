//! Heads by themselves.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn names(bytes: &[u8]) -> Vec<&str> {
    head(bytes).headers().map(|header| header.name()).collect()
}

#[test]
fn any_method_and_any_case() {
    for method in ["GET", "POST", "PUT", "M-SEARCH", "get", "PROPFIND", "BREW"] {
        let bytes = format!("{method} * HTTP/1.1\r\nhOST: a\r\nuser-agent:  b \r\n\r\n");
        let head = head(bytes.as_bytes());
        let FirstLine::Request { method: found, target } = head.first_line() else { panic!() };
        assert_eq!((found, target.reveal()), (method, &b"*"[..]));
        assert_eq!(head.user_agent().map(Value::reveal), Some(&b"b"[..]));
        assert_eq!(head.value("Host").map(Value::reveal), Some(&b"a"[..]));
    }
    let proxied = b"CONNECT example.com:443 HTTP/1.0\r\n\r\n";
    assert_eq!((head(proxied).minor_version(), head(proxied).len()), (0, proxied.len()));
    let blanks = head(b"GET /a b?c HTTP/1.1\n\n");
    let FirstLine::Request { target, .. } = blanks.first_line() else { panic!() };
    assert_eq!(target.reveal(), b"/a b?c");
}

#[test]
fn responses() {
    for (bytes, status, minor) in [
        (&b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n\x1f\x8b\0\xff"[..], 200, 1),
        (b"HTTP/1.0 404\r\n\r\n", 404, 0),
        (b"HTTP/1.1 100 Continue\n\n", 100, 1),
        (b"HTTP/1.1 500 Caf\xc3\xa9\r\n\r\n", 500, 1),
    ] {
        let head = head(bytes);
        assert_eq!(head.first_line(), FirstLine::Response { status });
        assert_eq!((head.kind(), head.minor_version()), (Kind::Response, minor));
    }
}

#[test]
fn odd_lines_are_counted_and_passed_over() {
    let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n: empty\r\nB@d\xff: x\r\nBlank : x\r\n\
        A: 1\r\n 2\r\n\t3\r\nN: a\0b\0\r\nEmpty:\r\n\r\nC: body";
    assert_eq!(names(bytes), ["Host", "A", "N", "Empty"]);
    let head = head(bytes);
    let expected = Oddities { odd_lines: 4, folded_lines: 2, more_headers: 0, nuls: 2 };
    assert_eq!(head.oddities(), expected);
    assert_eq!(head.value("A").map(Value::reveal), Some(&b"1\r\n 2\r\n\t3"[..]));
    assert_eq!(head.value("N").map(Value::reveal), Some(&b"a\0b\0"[..]));
    assert_eq!(head.value("Empty"), None);
    // A folded line has to have one before it, and a blank one is no end.
    let folded = b"GET / HTTP/1.1\r\n x: 1\r\nA: b\r\n \r\n\r\n";
    let head = super::head(folded);
    assert_eq!((head.len(), names(folded)), (folded.len(), vec!["A"]));
    assert_eq!((head.oddities().odd_lines, head.oddities().folded_lines), (1, 1));
}

#[test]
fn many_headers() {
    let with = |count: usize| format!("GET / HTTP/1.1\r\n{}\r\n", "A: 1\r\n".repeat(count));
    assert_eq!(names(with(33).as_bytes()).len(), 33);
    let many = with(MAX_HEADERS + 7);
    assert_eq!(names(many.as_bytes()).len(), MAX_HEADERS);
    assert_eq!(head(many.as_bytes()).oddities().more_headers, 7);
}

#[test]
fn heads_up_to_the_limit() {
    let with = |len: usize| {
        let around = b"GET / HTTP/1.1\r\nA: \r\n\r\n".len();
        format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "x".repeat(len - around)).into_bytes()
    };
    assert_eq!(head(&with(MAX_HEAD_LEN)).len(), MAX_HEAD_LEN);
    assert_eq!(fault(&with(MAX_HEAD_LEN + 1)), (Fault::HeadTooLong, MAX_HEAD_LEN));
    let endless = [b"GET / HTTP/1.1\r\n".to_vec(), b"A: 1\r\n".repeat(4000)].concat();
    assert_eq!(fault(&endless), (Fault::HeadTooLong, MAX_HEAD_LEN));
}

#[test]
fn what_is_not_http_shows_at_once() {
    for (bytes, expected, at) in [
        (&b"\x16\x03\x01"[..], Fault::NotHttp, 0),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Fault::NotHttp, 19),
        (b"GET\r", Fault::NotHttp, 3),
        (b" GET / HTTP/1.1\r\n", Fault::NotHttp, 0),
        (b"EHLO example.com\r\n", Fault::BadFirstLine, 16),
        (b"GET  HTTP/1.1\r\n", Fault::BadFirstLine, 3),
        (b"GET /\x01 HTTP/1.1\r\n", Fault::BadFirstLine, 5),
        (b"GET / HTTP/2.0\r\n", Fault::BadFirstLine, 14),
        (b"HTTP/1.1 20 OK\r\n", Fault::BadFirstLine, 7),
        (b"HTTP/1.1 2000\r\n", Fault::BadFirstLine, 7),
        (b"HTTP/2 200\r\n", Fault::NotHttp, 4),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Fault::Http2, 0),
        (b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Fault::NotHttp, 32),
    ] {
        assert_eq!(fault(bytes), (expected, at), "{}", bytes.escape_ascii());
    }
    assert!(may_begin(b"HT") && may_begin(b"GET") && !may_begin(b"") && !may_begin(b"\x16"));
    assert!(may_resume(b"PATCH /") && may_resume(b"HTTP/1.0 ") && !may_resume(b"some text"));
}

#[test]
fn empty_lines_before_a_request() {
    let bytes = b"\r\n\nGET / HTTP/1.1\r\nA: 1\r\n\r\n";
    let mut reader = HeadReader::default();
    let Progress::Complete(head) = reader.read(bytes) else { panic!() };
    assert_eq!((reader.start(), reader.start() + head.len()), (3, bytes.len()));
    assert_eq!(names(bytes), ["A"]);
}

/// Bytes of lines that a head may consist of, odd ones among them.
pub(super) fn any_head() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        Just(&b"GET / HTTP/1.1"[..]),
        Just(&b"POST /x HTTP/1.0"[..]),
        Just(&b"HTTP/1.1 200 OK"[..]),
        Just(&b"HTTP/1.0 304"[..]),
    ];
    let name = prop_oneof![
        Just("Host"),
        Just("user-agent"),
        Just("User-Agent"),
        Just("Accept"),
        Just("Cookie"),
        Just("X-New"),
        Just("x_y"),
        Just("Server"),
        Just("Date"),
        Just("Accept-Language"),
        Just("Via"),
        Just("odd name"),
        Just(" folded"),
        Just("a.b"),
    ];
    let value = prop_oneof![
        "[ -~]{0,12}",
        Just("a]b|c".to_owned()),
        Just("\0x\u{e9}".to_owned()),
        Just("Mozilla/5.0 (X11; Linux) Firefox/1".to_owned()),
    ];
    let end = prop_oneof![4 => Just("\r\n"), 1 => Just("\n")];
    (first, vec((name, value, end), 0..12)).prop_map(|(first, lines)| {
        let mut bytes = [first, b"\r\n"].concat();
        for (name, value, end) in lines {
            bytes.extend([name, ": ", &value, end].concat().into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes
    })
}

proptest! {
    /// Whatever the pieces in which it comes: the same head, with its last byte and not before.
    #[test]
    fn any_segmentation(bytes in any_head(), cuts in vec(1_usize..40, 1..60), rest in vec(any::<u8>(), 0..20)) {
        let whole = [bytes.clone(), rest].concat();
        let mut reader = HeadReader::default();
        let mut len = 0;
        for cut in cuts.iter().cycle() {
            len = (len + cut).min(whole.len());
            match reader.read(&whole[..len]) {
                Progress::Complete(found) => {
                    prop_assert!(len >= bytes.len());
                    prop_assert_eq!(&found, &head(&bytes));
                    prop_assert_eq!(found.len(), bytes.len());
                    break;
                }
                Progress::NeedsMore => prop_assert!(len < bytes.len()),
                Progress::NotHttp(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn anything_is_read(bytes in vec(any::<u8>(), 0..300)) {
        if let Progress::NotHttp(error) = Head::parse(&bytes) {
            prop_assert!(error.at <= bytes.len());
        }
        let _ = Head::parse(&[b"GET / HTTP/1.1\r\n", &bytes[..], b"\n\r\n"].concat());
    }
}

proptest! {
    /// The pass over plain heads reads what the other way reads, or leaves it to that.
    #[test]
    fn plain_heads_are_read_alike(
        first in prop::sample::select(&[
            "GET / HTTP/1.1", "HTTP/1.1 200 OK", "POST /a b HTTP/1.0", "HTTP/1.0 404", "GET /\tx HTTP/1.1",
            "G@T / HTTP/1.1", "", "PRI * HTTP/2.0", "GET / HTTP/1.1 ",
        ][..]),
        lines in vec(prop::sample::select(&[
            "Host: a", "host:b ", "User-Agent:  curl/8.1  ", "A:", "Cookie: a=b; c=d", ": x", "no colon",
            " folded", "\tfolded", "Tab: a\tb", "Nul: \0", "Caf\u{e9}: x", "Caf: \u{e9}", "Cr: a\rb",
            "Accept: text/html,application/xhtml+xml,application/xml;q=0.9", "B@d: x", "Blank : x",
        ][..]), 0..7),
        many in 0_usize..60,
        lf in any::<bool>(),
        end in prop::sample::select(&["", "\r\n", "\n", "\r\nbody\r\n\r\n", "\r"][..]),
        change in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let line_break = if lf { "\n" } else { "\r\n" };
        let all = [first].into_iter().chain(lines).chain(vec!["X: y"; if many > 30 { many } else { 0 }]);
        let text: String = all.map(|line| format!("{line}{line_break}")).collect();
        let mut bytes = [text.as_bytes(), end.as_bytes()].concat();
        if let Some((at, byte)) = change {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let (mut fields, mut reader) = (plain::Fields::new(), HeadReader::default());
        let (read, parsed) = (reader.read_into(&bytes, &mut fields), Head::parse(&bytes));
        if let (Progress::Complete(read), Progress::Complete(parsed)) = (&read, &parsed) {
            prop_assert_eq!(read.first_line(), parsed.first_line());
            prop_assert_eq!((read.len(), read.minor_version()), (parsed.len(), parsed.minor_version()));
            prop_assert!(read.headers().eq(parsed.headers()));
            prop_assert_eq!(read.oddities(), parsed.oddities());
        }
        prop_assert_eq!(read, parsed);
    }
}

#[test]
fn usual_heads_are_plain() {
    let bytes = b"GET /a HTTP/1.1\r\nHost: a\r\nEmpty:\r\nUser-Agent: curl/8.1\r\n\r\nmore";
    let mut fields = plain::Fields::new();
    let head = plain::read(bytes, &mut fields).expect("plain");
    assert_eq!(head, super::head(bytes));
    assert_eq!(head.len(), bytes.len() - 4);
    for cut in 0..head.len() {
        assert!(plain::read(&bytes[..cut], &mut plain::Fields::new()).is_none());
    }
}
