//! Streams cut at every place give the same frames and the same faults.

use stackprint::LinkType;

use super::*;
use crate::packets::{PacketFormat, encode};
use stackprint::Timestamp;

const FRAMES: [&[u8]; 3] = [b"\x45one", b"two, with \"[]{}\\", b"three"];

fn stream(values: Values) -> PacketStream {
    PacketStream::new(values, PacketDecoder::of_stream(PacketFormat::Auto, LinkType::RAW))
}

/// Frames and faults of a stream that comes in pieces of `piece` bytes.
fn read(bytes: &[u8], piece: usize) -> (Vec<Vec<u8>>, Vec<String>) {
    let mut stream = stream(Values::of(bytes).expect("a stream"));
    let mut frames = Vec::new();
    let mut each = |number: u64, frame: Frame<'_>, _: Option<&str>| {
        frames.push(frame.data.to_vec());
        assert_eq!(number, frames.len() as u64);
    };
    for piece in bytes.chunks(piece) {
        stream.push(piece, &mut each);
    }
    stream.finish(&mut each);
    let bad: Vec<String> = stream.take_bad().iter().map(ToString::to_string).collect();
    assert_eq!(stream.bad_count(), bad.len() as u64);
    (frames, bad)
}

fn json(bytes: &[u8]) -> Vec<u8> {
    let frame = Frame::new(LinkType::RAW, bytes).at(Timestamp::from_nanos(1));
    let mut json = Vec::new();
    encode::to_json(&frame, Some("s\"[,"), &mut json);
    json
}

/// The same whatever the pieces.
fn check(bytes: &[u8], frames: usize, bad: &[&str]) {
    for piece in [1, 2, 3, 7, 50, bytes.len()] {
        let (read, told) = read(bytes, piece);
        assert_eq!(told, bad, "in pieces of {piece}");
        let expected: Vec<&[u8]> = FRAMES.into_iter().take(frames).collect();
        assert_eq!(read, expected, "in pieces of {piece}");
    }
}

#[test]
fn lines_are_cut_and_bad_ones_told() {
    let [one, two, three] = FRAMES.map(json);
    let lines = [&one[..], b"\n\r\n{\"event_type\":\"flow\"}\r\n", &two, b"\n", &three].concat();
    check(&lines, 3, &[]);
    let lines = [&one[..], b"\n{\n", &two, b"\n{\"data\":1}\n", &three, b"\n"].concat();
    check(
        &lines,
        3,
        &[
            "line 2: the JSON ends too early, at offset 2",
            "line 4: bad data: expected base64 text in JSON, bin in MessagePack, at offset 10",
        ],
    );
    check(
        &[&one[..], b"\n", &two[..9]].concat(),
        1,
        &["line 2: the JSON ends too early, at offset 9"],
    );
}

#[test]
fn lists_are_cut_into_elements() {
    let [one, two, three] = FRAMES.map(json);
    let list = [b"[\n  ", &one[..], b",\n  ", &two, b"\n,", &three, b"\n]\n"].concat();
    check(&list, 3, &[]);
    let list = [b"[\n", &one[..], b",\n{\"data\":1},\n", &two, b"]\n", &three].concat();
    check(
        &list,
        3,
        &["line 3: bad data: expected base64 text in JSON, bin in MessagePack, at offset 11"],
    );
    check(&[b"[\n", &one[..], b",\n", &two[..20]].concat(), 1, &["line 3: the list has no end"]);
    // A list in a line is a line.
    check(&[b"[", &one[..], b",", &two, b"]\n", &three].concat(), 3, &[]);
}

#[test]
fn messagepack_is_cut_into_values() {
    let mut bytes = Vec::new();
    for frame in FRAMES {
        let frame = Frame::new(LinkType::RAW, frame).at(Timestamp::from_nanos(1));
        encode::to_msgpack(&frame, None, &mut bytes);
    }
    check(&bytes, 3, &[]);
    let cut = bytes.get(..bytes.len() - 1).expect("bytes");
    let message = "value 3: the MessagePack ends too early, at offset ";
    let (frames, bad) = read(cut, 10);
    assert_eq!((frames.len(), bad.len()), (2, 1));
    assert!(bad[0].starts_with(message), "{bad:?}");
    // 0xc1 is never used.
    let (frames, bad) = read(&[&bytes[..], b"\xc1", &bytes].concat(), 10);
    assert_eq!((frames.len(), bad.len()), (3, 1));
    assert!(bad[0].ends_with("; what follows cannot be read"), "{bad:?}");
    // A value that is no packet is no reason to stop.
    let (frames, bad) = read(&[b"\x80", &bytes[..]].concat(), 10);
    assert_eq!(
        (frames.len(), bad),
        (3, vec!["value 1: a packet without data, at offset 1".to_owned()])
    );
}

#[test]
fn endless_lines_are_not_held() {
    let mut stream = stream(Values::Lines);
    let piece = vec![b'x'; 1 << 20];
    let mut frames = 0;
    for _ in 0..40 {
        stream.push(&piece, |_, _, _| frames += 1);
        assert!(stream.pending.capacity() <= 2 * MAX_PENDING_BYTES);
    }
    stream.push(b"\n", |_, _, _| frames += 1);
    stream.push(&json(FRAMES[0]), |_, _, _| frames += 1);
    stream.finish(|_, _, _| frames += 1);
    let bad: Vec<String> = stream.take_bad().iter().map(ToString::to_string).collect();
    assert_eq!((frames, bad), (1, vec!["line 1: more than 16777216 bytes".to_owned()]));
}

#[test]
fn many_faults_are_counted_but_not_told() {
    let mut stream = stream(Values::Lines);
    stream.push(b"{}\n".repeat(100).as_slice(), |_, _, _| {});
    let bad = stream.take_bad();
    assert_eq!((bad.len(), stream.bad_count()), (10, 100));
    assert!(bad.last().expect("the tenth").to_string().ends_with("counted, not told"));
}

#[test]
fn first_bytes_tell_streams_from_captures() {
    for (first, values) in [
        (&b"{"[..], Some(Values::Lines)),
        (b"\n [", Some(Values::Lines)),
        (b"\x85", Some(Values::Msgpack)),
        (b"\xdc\0", Some(Values::Msgpack)),
        (b"\x0a\x0d\x0d\x0a", None),
        (b"\xd4\xc3\xb2\xa1", None),
        (b"\xa1\xb2\xc3\xd4", None),
        (b"\x4d\x3c\xb2\xa1", None),
        (b"\x34\xcd\xb2\xa1", None),
        (b"x", None),
        (b"", None),
    ] {
        assert_eq!(Values::of(first), values, "{first:02x?}");
    }
}
