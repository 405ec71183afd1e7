//! Openings of HTTP/2 connections.

use super::*;

fn frame(kind: u8, flags: u8, stream: u32, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u32).to_be_bytes();
    [&len[1..], &[kind, flags], &stream.to_be_bytes(), body].concat()
}

fn settings(settings: &[(u16, u32)]) -> Vec<u8> {
    let setting = |(id, value): &(u16, u32)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat();
    frame(4, 0, 0, &settings.iter().flat_map(setting).collect::<Vec<u8>>())
}

fn opening(frames: &[Vec<u8>]) -> Vec<u8> {
    [PREFACE, &frames.concat()].concat()
}

fn text(bytes: &[u8]) -> String {
    match Http2::parse(bytes) {
        Progress::Complete(opening) => opening.to_string(),
        other => panic!("{other:?}"),
    }
}

/// RFC 7541 C.3.1: `:method: GET, :scheme: http, :path: /, :authority: www.example.com`.
const PLAIN: &[u8] = b"\x82\x86\x84\x41\x0fwww.example.com";
/// RFC 7541 C.4.1: the same with Huffman's code.
const HUFFMAN: &[u8] = b"\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff";

/// Chrome's values; text and MD5 are those of tls.peet.ws and curl_cffi.
#[test]
fn text_and_md5_of_chrome() {
    let headers = b"\x82\x41\x01a\x86\x84\x40\x01x\x01y";
    let bytes = opening(&[
        settings(&[(1, 65536), (2, 0), (4, 6_291_456), (6, 262_144)]),
        frame(8, 0, 0, &15_663_105_u32.to_be_bytes()),
        frame(1, 0x05 | 0x20, 1, &[&[0x80, 0, 0, 0, 255], &headers[..]].concat()),
    ]);
    let Progress::Complete(opening) = Http2::parse(&bytes) else { panic!() };
    let expected = "1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p";
    assert_eq!(opening.to_string(), expected);
    assert_eq!(opening.md5(), "52d84b11737d980aef856699f885ca86");
    // huginn tells a part of it once SETTINGS is there.
    let mut reader = Http2Reader::default();
    for len in 0..bytes.len() {
        assert_eq!(reader.read(&bytes[..len]), Progress::NeedsMore, "{len}");
    }
    assert_eq!(reader.read(&bytes), Progress::Complete(opening));
}

#[test]
fn priorities_padding_and_continuation() {
    let priority = |stream: u32, depends_on: u32, weight: u8| {
        frame(2, 0, stream, &[&depends_on.to_be_bytes()[..], &[weight]].concat())
    };
    let (a, b) = HUFFMAN.split_at(6);
    let padded = [&[3], a, &[0; 3]].concat();
    let bytes = opening(&[
        settings(&[]),
        settings(&[(3, 100)]),
        frame(4, 1, 0, b""),
        frame(6, 0, 0, &[0; 8]),
        priority(3, 0x8000_0000, 200),
        priority(5, 3, 0),
        frame(8, 0, 7, &[0, 0, 0, 9]),
        frame(1, 0x08, 1, &padded),
        frame(9, 0x04, 1, b),
    ]);
    assert_eq!(text(&bytes), "|00|3:1:0:201,5:0:3:1|m,s,p,a");
}

#[test]
fn names_however_they_are_coded() {
    let of = |block: &[u8]| text(&opening(&[settings(&[(3, 1)]), frame(1, 4, 1, block)]));
    for block in [PLAIN, HUFFMAN] {
        assert_eq!(of(block), "3:1|00|0|m,s,p,a");
    }
    // A new size of the table, names as literals, plain and coded (RFC 7541 appendix B).
    let literal =
        b"\x3f\xe1\x1f\x00\x07:method\x03GET\x10\x88\xb8\x3b\x53\x39\xec\x32\x7d\x7f\x00\x04\x01/";
    assert_eq!(of(literal), "3:1|00|0|m,a,p");
    // A request without any is not valid, and has an empty order.
    assert_eq!(of(b"\xa2"), "3:1|00|0|");
    // Nothing after the first regular header counts.
    assert_eq!(of(b"\x82\x00\x01a\x01b\x84"), "3:1|00|0|m");
}

#[test]
fn what_is_no_opening() {
    let fault = |bytes: &[u8]| match Http2::parse(bytes) {
        Progress::NotHttp(error) => (error.fault, error.at),
        other => panic!("{other:?}"),
    };
    let headers = frame(1, 4, 1, PLAIN);
    let start = PREFACE.len();
    assert_eq!(fault(b"PRI * HTTP/1.1\r\n"), (Http2Fault::NotHttp2, 0));
    let no_settings = opening(std::slice::from_ref(&headers));
    assert_eq!(fault(&no_settings), (Http2Fault::NoSettings, start));
    let odd = opening(&[frame(4, 0, 0, &[0; 5]), headers.clone()]);
    assert_eq!(fault(&odd), (Http2Fault::BadFrame, start));
    let between = opening(&[settings(&[]), frame(1, 0, 1, PLAIN), frame(6, 0, 0, &[0; 8])]);
    assert_eq!(fault(&between), (Http2Fault::BadFrame, start + 9 + 9 + PLAIN.len()));
    let long = opening(&[settings(&[]), frame(0, 0, 1, &[0; 17_000])]);
    assert_eq!(fault(&long), (Http2Fault::TooLong, start + 9));
    // Cut, an index that is none, twice the same, a status in a request.
    for block in
        [&b"\x41\x0fwww"[..], b"\x80", b"\xff\xff\xff\xff\xff\xff", b"\x82\x83", b"\x88", b"\xbe"]
    {
        let bytes = opening(&[settings(&[]), frame(1, 4, 1, block)]);
        assert_eq!(fault(&bytes), (Http2Fault::BadHeaders, start + 9), "{block:?}");
    }
}
