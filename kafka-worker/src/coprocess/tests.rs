//! Records are cut out of the input whatever pieces it comes in, and answered one for one.

use super::answers::Answers;
use super::args::{Answer, Framing};
use super::records::{Next, Records};

const FRAMINGS: [Framing; 3] = [Framing::Lines, Framing::LengthPrefixed, Framing::Netstring];

/// The records, framed.
fn framed(framing: Framing, records: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        let len = u32::try_from(record.len()).expect("short");
        match framing {
            Framing::Lines => bytes.extend([record, &b"\n"[..]].concat()),
            Framing::LengthPrefixed => bytes.extend([&len.to_be_bytes()[..], record].concat()),
            Framing::Netstring => {
                bytes.extend([format!("{len}:").as_bytes(), record, b","].concat());
            }
        }
    }
    bytes
}

/// What answers there are if nothing is found, for an input in pieces; and how often a record was
/// too long.
fn echoed(framing: Framing, answer: Answer, input: &[u8], piece: usize) -> (Vec<u8>, usize) {
    const MAX_BYTES: usize = 8;
    let mut records = Records::new(framing, MAX_BYTES);
    let mut answers = Answers::new(answer, framing, "k");
    let mut too_long = 0;
    let mut take = |records: &Records, next| match next {
        Next::Record(range) => {
            assert!(range.len() <= MAX_BYTES);
            answers.unchanged(records.bytes(range));
        }
        Next::LongStart(len) => {
            too_long += 1;
            answers.long_start(len);
        }
        Next::LongPart(range) => answers.long_part(records.bytes(range)),
        Next::LongEnd => answers.long_end(),
    };
    for piece in input.chunks(piece) {
        let read = |to: &mut [u8]| {
            to[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        };
        assert_eq!(records.fill(read).expect("read"), piece.len());
        while let Some(next) = records.next().expect("framing is right") {
            take(&records, next);
        }
    }
    if let Some(next) = records.rest() {
        take(&records, next);
    }
    (answers.gathered().to_vec(), too_long)
}

#[test]
fn every_record_is_answered_in_order() {
    let records: [&[u8]; 8] =
        [b"{}", b"", b"a,b:c", b"exactly8", b"9 octets!", b"\x00\xff", b"", b"z"];
    for framing in FRAMINGS {
        let input = framed(framing, &records);
        let empty = framed(framing, &[&b"{}"[..]; 8]);
        for piece in 1..=input.len() {
            let (echo, too_long) = echoed(framing, Answer::Record, &input, piece);
            assert_eq!((echo, too_long), (input.clone(), 1), "{framing:?}, pieces of {piece}");
            let (echo, _) = echoed(framing, Answer::Rsyslog, &input, piece);
            assert_eq!(echo, empty, "{framing:?}, pieces of {piece}");
        }
    }
}

#[test]
fn the_last_line_may_lack_its_end_and_a_cut_record_is_none() {
    for last in [&b"end"[..], b"a long end"] {
        let input = [b"one\n", last].concat();
        let expected = [&input[..], b"\n"].concat();
        for piece in 1..input.len() {
            assert_eq!(echoed(Framing::Lines, Answer::Record, &input, piece).0, expected);
        }
    }
    for framing in [Framing::LengthPrefixed, Framing::Netstring] {
        let one = framed(framing, &[b"one"]);
        let input = framed(framing, &[b"one", b"two"]);
        for cut in one.len()..input.len() {
            assert_eq!(echoed(framing, Answer::Record, &input[..cut], 3).0, one, "{framing:?}");
        }
    }
}

#[test]
fn broken_framing_is_seen() {
    for input in [&b"x"[..], b"3x", b"3:abcd", b"-1:", b":", b"99999999999:", b"00000000000"] {
        let mut records = Records::new(Framing::Netstring, 8);
        let read = |to: &mut [u8]| {
            to[..input.len()].copy_from_slice(input);
            Ok(input.len())
        };
        records.fill(read).expect("read");
        let text = String::from_utf8_lossy(input);
        assert!(records.next().is_err(), "{text}");
    }
}

#[test]
fn findings_are_spliced_in_and_nothing_else_is_touched() {
    for (record, expected) in [
        (&br#"{"a":1.50,"b":[ ]}"#[..], &b"{\"a\":1.50,\"b\":[ ],\"k\\\"\":7}\n"[..]),
        (b" {} \r", b" {\"k\\\"\":7} \r\n"),
        (b"{ \t }", b"{ \t \"k\\\"\":7}\n"),
        (b"{\"a\":{}}", b"{\"a\":{},\"k\\\"\":7}\n"),
    ] {
        let mut answers = Answers::new(Answer::Record, Framing::Lines, "k\"");
        answers.changed(record, b"7");
        assert_eq!(answers.gathered(), expected);
        let mut answers = Answers::new(Answer::Rsyslog, Framing::Lines, "k\"");
        answers.changed(record, b"7");
        assert_eq!(answers.gathered(), b"{\"$!\":{\"k\\\"\":7}}\n");
    }
}
