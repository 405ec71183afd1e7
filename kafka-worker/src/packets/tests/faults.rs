//! Messages that are not what they should be: named, and never the end of the program.

use proptest::prelude::*;

use super::super::{
    BadMessageKind, MAX_FRAME_BYTES, MAX_NESTING, Message, PacketFormat, envelope::Field,
};
use super::{FORMATS, TIME, decode, frame, json_of, msgpack_of, pcap_of, syn};

fn message(value: &[u8]) -> Message<'_> {
    Message { value, time: Some(TIME), ..Message::default() }
}

#[test]
fn faults_are_named() {
    let missing = BadMessageKind::MissingField;
    for (format, value, kind) in [
        (PacketFormat::Auto, "", BadMessageKind::Empty),
        (PacketFormat::Raw, "", BadMessageKind::Empty),
        (PacketFormat::Auto, "hello", BadMessageKind::Unrecognised),
        (PacketFormat::Auto, "{\"ts\"", BadMessageKind::JsonCut),
        (PacketFormat::Auto, "{\"ts\":01}", BadMessageKind::JsonSyntax),
        (PacketFormat::Auto, "[{}, []]", BadMessageKind::UnknownObject),
        (PacketFormat::Auto, "[[{}]]", BadMessageKind::Unrecognised),
        (PacketFormat::Envelope, "[[{}]]", BadMessageKind::MsgpackShape),
        (PacketFormat::Eve, "[[{}]]", BadMessageKind::JsonShape),
        (PacketFormat::Eve, "7", BadMessageKind::JsonShape),
        (PacketFormat::Auto, "{\"a\":1}", BadMessageKind::UnknownObject),
        (PacketFormat::Auto, "{\"ts\":1}", missing("data")),
        (PacketFormat::Auto, "{\"data\":7}", Field::Data.bad()),
        (PacketFormat::Auto, "{\"data\":\"A-==\"}", Field::Data.bad()),
        (PacketFormat::Auto, "{\"data\":\"\",\"ts\":1.5}", Field::Ts.bad()),
        (PacketFormat::Auto, "{\"data\":\"\",\"ts\":-1}", Field::Ts.bad()),
        (PacketFormat::Auto, "{\"data\":\"\",\"ts\":\"today\"}", Field::Ts.bad()),
        (PacketFormat::Auto, "{\"data\":\"\",\"ts\":\"1969-12-31T23:59:59Z\"}", Field::Ts.bad()),
        (PacketFormat::Auto, "{\"data\":\"\",\"length\":\"x\"}", Field::Length.bad()),
        (PacketFormat::Auto, "{\"data\":\"\",\"sensor\":1}", Field::Sensor.bad()),
        (PacketFormat::Ek, "{\"a\":1}", missing("layers")),
        (PacketFormat::Auto, "{\"layers\":{}}", missing("frame_raw")),
        (PacketFormat::Envelope, "\u{1}", BadMessageKind::MsgpackShape),
    ] {
        let (_, result) = decode(format, &message(value.as_bytes()));
        assert_eq!(result.expect_err(value).kind, kind, "{value}");
    }
}

#[test]
fn faults_of_messagepack_are_named() {
    let nested = [b"\x81\xa4more".as_slice(), &[0x91; MAX_NESTING as usize + 1], b"\xc0"].concat();
    for (value, kind) in [
        (b"\x81".as_slice(), BadMessageKind::MsgpackCut),
        (b"\xdd\xff\xff\xff\xff\x81\xa2ts", BadMessageKind::MsgpackCut),
        (b"\x81\xa2ts\x01", BadMessageKind::MissingField("data")),
        (b"\x81\xa4data\xa0", Field::Data.bad()),
        (b"\x82\xa4data\xc4\0\xa2ts\xff", Field::Ts.bad()),
        (b"\x82\xa4data\xc4\0\xa9link_type\xce\0\x01\0\0", Field::LinkType.bad()),
        (b"\x82\xa4data\xc4\0\xa6sensor\xa1\xff", Field::Sensor.bad()),
        (b"\x81\xa4data\xc4\0\0", BadMessageKind::TrailingBytes),
        (b"\x92\x81\xa4data\xc4\0\x07", BadMessageKind::MsgpackShape),
        (b"\xc1", BadMessageKind::MsgpackShape),
        (&nested, BadMessageKind::TooDeep),
    ] {
        let (_, result) = decode(PacketFormat::Envelope, &message(value));
        assert_eq!(result.expect_err("bad").kind, kind, "{value:x?}");
    }
}

/// As a hostile sender may write them. What is passed over is passed over without recursion.
#[test]
fn ten_thousand_levels_of_json_are_no_danger() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (field, kind) in
        [("other", BadMessageKind::UnknownObject), ("data", BadMessageKind::JsonSyntax)]
    {
        let value = format!("{{\"{field}\":{deep}}}");
        let (_, result) = decode(PacketFormat::Auto, &message(value.as_bytes()));
        assert_eq!(result.expect_err("deep").kind, kind);
    }
}

#[test]
fn long_frames_are_refused() {
    let bytes = vec![0; MAX_FRAME_BYTES + 1];
    let too_long = BadMessageKind::FrameTooLong { bytes: bytes.len() };
    let long = frame(&bytes);
    for (format, value) in [
        (PacketFormat::Raw, bytes.clone()),
        (PacketFormat::Envelope, msgpack_of(&[long], None)),
        (PacketFormat::Envelope, json_of(&[long])),
    ] {
        let (_, result) = decode(format, &message(&value));
        assert_eq!(result.expect_err("long").kind, too_long);
    }
}

/// The second of three packets is damaged: the first is there, and the fault says where.
#[test]
fn packets_before_the_damage_are_handed_over() {
    let bytes = syn();
    let good = msgpack_of(&[frame(&bytes); 3], None);
    let mut bad = good.clone();
    let second = good.windows(3).enumerate().filter(|(_, bytes)| bytes == b"\xa2ts").nth(1);
    let (at, _) = second.expect("a second packet");
    bad[at + 3] = 0xc2;
    let (seen, result) = decode(PacketFormat::Auto, &message(&bad));
    let fault = result.expect_err("damage");
    assert_eq!((seen.len(), fault.kind, fault.at), (1, Field::Ts.bad(), at + 3));
    let text = fault.to_string();
    assert!(text.ends_with(&format!(", at offset {}, behind 1 packet", at + 3)), "{text}");
}

fn valid() -> Vec<(PacketFormat, Vec<u8>)> {
    let bytes = syn();
    let frames = [frame(&bytes); 3];
    vec![
        (PacketFormat::Envelope, msgpack_of(&frames, Some("tap 1"))),
        (PacketFormat::Envelope, json_of(&frames)),
        (PacketFormat::Capture, pcap_of(&frames)),
    ]
}

/// A cut message is a fault or, cut between packets, has fewer of them; never something else.
#[test]
fn cut_messages_are_faults() {
    for (format, whole) in valid() {
        for len in 1..whole.len() {
            let (seen, result) = decode(format, &message(&whole[..len]));
            assert!(seen.len() <= 3);
            let is_between = format == PacketFormat::Capture && len % (16 + 74) == 24;
            assert_eq!(result.is_ok(), is_between, "{format:?} cut to {len}");
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_are_no_danger(value in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in FORMATS {
            let _ = decode(format, &message(&value));
        }
    }

    #[test]
    fn random_words_of_json_are_no_danger(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\"ts\"", "\"data\"", "\"packet\"", "\"layers\"",
            "\"packet_info\"", "\"frame\"", "\"frame_raw\"", "\"index\"", "\"AAAA\"", "1", "null",
            "\\u0000", " ", "\n", "1e999", "\"timestamp\"", "\"linktype\"", "{\"", "[{",
        ]), 0..60),
    ) {
        for format in FORMATS {
            let _ = decode(format, &message(words.concat().as_bytes()));
        }
    }

    #[test]
    fn changed_messages_are_no_danger(
        which in 0..3_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (format, mut value) = valid().swap_remove(which);
        for (index, byte) in changes {
            let at = index.index(value.len());
            value[at] = byte;
        }
        let _ = decode(format, &message(&value));
        let _ = decode(PacketFormat::Auto, &message(&value));
    }
}
