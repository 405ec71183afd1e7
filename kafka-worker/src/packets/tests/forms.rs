//! The same packet in every form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use stackprint::{Frame, LinkType, Timestamp};

use super::super::{BadMessageKind, KeyTime, Message, PacketDecoder, PacketFormat, encode};
use super::{
    FORMATS, SYN, Seen, TIME, decode, decode_by, frame, json_of, msgpack_of, pcap_of, syn,
};

fn message(value: &[u8]) -> Message<'_> {
    Message { value, ..Message::default() }
}

/// The packet in each form, with the format that reads it when asked to.
fn forms() -> Vec<(PacketFormat, Vec<u8>)> {
    let bytes = syn();
    let data = STANDARD.encode(&bytes);
    let nanos = TIME.as_nanos();
    let text = |format, text: String| (format, text.into_bytes());
    let one = |encode: fn(&Frame<'_>, Option<&str>, &mut Vec<u8>)| {
        let mut value = Vec::new();
        encode(&frame(&bytes), None, &mut value);
        value
    };
    vec![
        (PacketFormat::Envelope, one(encode::to_json)),
        (PacketFormat::Envelope, one(encode::to_msgpack)),
        (PacketFormat::Envelope, json_of(&[frame(&bytes)])),
        (PacketFormat::Envelope, msgpack_of(&[frame(&bytes)], None)),
        (PacketFormat::Capture, pcap_of(&[frame(&bytes)])),
        text(PacketFormat::Envelope, format!(r#" {{ "ts":{nanos}, "data":"{data}" }} "#)),
        text(
            PacketFormat::Envelope,
            format!(
                r#"{{"data":"{data}","link_type":"ethernet","ts":"2024-01-01T02:00:00.123456789+02:00","more":[{{}}]}}"#
            ),
        ),
        text(
            PacketFormat::Eve,
            format!(
                r#"{{"timestamp":"2024-01-01T00:00:00.123456789+0000","event_type":"alert","alert":{{"gid":1}},"packet":"{data}","packet_info":{{"linktype":1,"linktype_name":"EN10MB"}}}}"#
            ),
        ),
        // As tshark 4.0 writes it.
        text(
            PacketFormat::Ek,
            format!(
                r#"{{"index":{{"_index":"packets-2024-01-01","_type":"doc"}}}}
{{"timestamp":"1704067200123","layers":{{"frame_raw":"{SYN}","frame":{{"frame_frame_encap_type":"1","frame_frame_time":"2024-01-01T00:00:00.123456789Z","frame_frame_time_epoch":"1704067200.123456789","frame_frame_len":"74","frame_frame_marked":false}},"eth_raw":"02000000008002000000001008","eth":{{"filtered":"eth"}}}}}}
"#
            ),
        ),
        text(
            PacketFormat::Ek,
            format!(
                r#"[{{"_index":"packets-2024-01-01","_score":null,"_source":{{"layers":{{"frame_raw":["{SYN}",0,74,0,1],"frame":{{"frame.encap_type":"1","frame.time_epoch":"1704067200.123456789","frame.len":"74"}}}}}}}}]"#
            ),
        ),
        text(
            PacketFormat::Tenzir,
            format!(
                r#"{{"linktype":1,"timestamp":"2024-01-01T00:00:00.123456789","captured_packet_length":74,"original_packet_length":74,"data":"{data}"}}"#
            ),
        ),
    ]
}

#[test]
fn every_form_gives_the_same_frame_asked_for_or_not() {
    let wanted = vec![Seen::whole(syn())];
    for (format, value) in forms() {
        for format in [format, PacketFormat::Auto] {
            let (seen, result) = decode(format, &message(&value));
            assert_eq!((&seen, result), (&wanted, Ok(1)), "{}", String::from_utf8_lossy(&value));
        }
    }
}

#[test]
fn content_type_decides_over_the_format() {
    for (format, value) in forms() {
        let content_type = match (format, value.first()) {
            (PacketFormat::Capture, _) => "application/vnd.tcpdump.pcap",
            (_, Some(b' ' | b'{' | b'[')) => {
                "application/vnd.stackprint.packet+json; charset=utf-8"
            }
            _ => "Application/MessagePack",
        };
        let content_type = content_type.replace("MessagePack", "msgpack");
        let message = Message { content_type: Some(&content_type), ..message(&value) };
        let (_, result) = decode(PacketFormat::Raw, &message);
        assert_eq!(result, Ok(1), "{content_type}");
    }
}

#[test]
fn bytes_are_a_raw_frame_unless_more_is_known() {
    let bytes = syn();
    let value = msgpack_of(&[frame(&bytes), frame(&bytes)], None);
    let typed = Message {
        content_type: Some("application/octet-stream"),
        time: Some(TIME),
        ..message(&value)
    };
    assert_eq!(decode(PacketFormat::Auto, &typed).1, Ok(1));
    assert_eq!(decode(PacketFormat::Envelope, &typed).1, Ok(2));
}

#[test]
fn raw_frames_take_the_time_of_the_key_or_of_the_message() {
    let bytes = syn();
    let message_time = Timestamp::new(5, 0);
    let raw = Message { value: &bytes, time: Some(message_time), ..Message::default() };
    let micros = (TIME.as_nanos() / 1000).to_be_bytes();
    let millis = TIME.as_millis().to_be_bytes();
    let nanos = TIME.as_nanos().to_be_bytes();
    for (key_time, key, time) in [
        (KeyTime::Us, Some(micros.as_slice()), Timestamp::new(1_704_067_200, 123_456_000)),
        (KeyTime::Ms, Some(millis.as_slice()), Timestamp::new(1_704_067_200, 123_000_000)),
        (KeyTime::Ns, Some(nanos.as_slice()), TIME),
        (KeyTime::Us, Some(b"10.0.0.1 10.0.0.2".as_slice()), message_time),
        // Eight bytes that would be a time of 132,000 years from now.
        (KeyTime::Us, Some(b":: ::123".as_slice()), message_time),
        (KeyTime::Us, None, message_time),
    ] {
        for format in [PacketFormat::Raw, PacketFormat::Auto] {
            let mut decoder = PacketDecoder::new(format, LinkType::ETHERNET, key_time);
            let (seen, result) = decode_by(&mut decoder, &Message { key, ..raw });
            assert_eq!(result, Ok(1));
            assert_eq!(seen, [Seen { time, ..Seen::whole(bytes.clone()) }]);
        }
    }
    let (_, result) = decode(PacketFormat::Raw, &Message { time: None, ..raw });
    assert_eq!(result.expect_err("no time").kind, BadMessageKind::NoTime);
}

/// What does not say its link type has that of the header, or else of the configuration.
#[test]
fn link_types_come_from_the_nearest_that_says_one() {
    let bytes = syn();
    let data = STANDARD.encode(&bytes);
    let silent = format!(r#"{{"ts":1,"data":"{data}"}}"#);
    let said = format!(r#"{{"ts":1,"link_type":101,"data":"{data}"}}"#);
    for (value, header, wanted) in [
        (&silent, None, LinkType::ETHERNET),
        (&silent, Some(LinkType::LINUX_SLL), LinkType::LINUX_SLL),
        (&said, Some(LinkType::LINUX_SLL), LinkType::RAW),
    ] {
        let message = Message { link_type: header, ..message(value.as_bytes()) };
        let (seen, _) = decode(PacketFormat::Auto, &message);
        assert_eq!(seen[0].link_type, wanted);
    }
    assert_eq!(super::super::link_type_of_header(b" raw "), Ok(LinkType::RAW));
    let bad = super::super::link_type_of_header(b"raw ip").expect_err("no name");
    assert_eq!(bad.kind, BadMessageKind::BadLinkTypeHeader);
}

#[test]
fn what_goes_along_with_packets_is_no_fault() {
    for value in [
        r#"{"timestamp":"2024-01-01T00:00:00.1+0000","event_type":"flow","flow":{"pkts_toserver":1}}"#,
        r#"{"index":{"_index":"packets-2024-01-01"}}"#,
        "[]",
        " \n ",
    ] {
        // Blanks alone are JSON only for who was told so.
        let content_type = Some("application/json");
        let message = Message { content_type, ..message(value.as_bytes()) };
        assert_eq!(decode(PacketFormat::Auto, &message).1, Ok(0), "{value}");
    }
}

/// What Metron's and plain probes' topics hold is read without being asked for.
#[test]
fn raw_frames_are_known_by_key_header_or_ip() {
    let junk = b"\x84\xa4\x66\0 no packet at all";
    let time = Some(TIME);
    let key = TIME.as_nanos().to_be_bytes();
    let bare = Message { time, ..message(junk) };
    let (_, result) = decode(PacketFormat::Auto, &bare);
    assert_eq!(result.expect_err("unknown").kind, BadMessageKind::Unrecognised);
    let keyed = Message { key: Some(&key), ..bare };
    assert_eq!(decode(PacketFormat::Auto, &keyed).1, Ok(1));
    let announced = Message { link_type: Some(LinkType::ETHERNET), ..bare };
    assert_eq!(decode(PacketFormat::Auto, &announced).1, Ok(1));
    assert_eq!(decode(PacketFormat::Raw, &bare).1, Ok(1));
}

/// Encoders differ in how they write numbers and times.
#[test]
fn messagepack_of_other_encoders() {
    let bytes = syn();
    let nanos = TIME.as_nanos();
    let packed_time = (u64::from(TIME.subsecond_nanos()) << 34 | TIME.as_seconds()).to_be_bytes();
    let times: [Vec<u8>; 5] = [
        [&[0xcf], nanos.to_be_bytes().as_slice()].concat(),
        [&[0xd3], nanos.to_be_bytes().as_slice()].concat(),
        [&[0xd7, 0xff], packed_time.as_slice()].concat(),
        [
            &[0xc7, 12, 0xff],
            TIME.subsecond_nanos().to_be_bytes().as_slice(),
            &TIME.as_seconds().to_be_bytes(),
        ]
        .concat(),
        [&[0xd9, 30], b"2024-01-01T00:00:00.123456789Z".as_slice()].concat(),
    ];
    for time in times {
        let mut value = vec![0x84];
        value.extend(b"\xa2ts");
        value.extend(&time);
        // An unknown field with a map and an array in it.
        value.extend(b"\xa4more\x81\xa1a\x92\xc3\xcb\0\0\0\0\0\0\0\0");
        value.extend(b"\xa9link_type\xa8ETHERNET\xa4data\xc5\0");
        value.push(u8::try_from(bytes.len()).expect("short"));
        value.extend(&bytes);
        let (seen, result) = decode(PacketFormat::Auto, &message(&value));
        assert_eq!((seen, result), (vec![Seen::whole(bytes.clone())], Ok(1)), "{time:x?}");
    }
}

#[test]
fn names_of_formats_are_those_of_the_command_line() {
    let names: Vec<_> = FORMATS.iter().filter_map(clap::ValueEnum::to_possible_value).collect();
    let names: Vec<_> = names.iter().map(clap::builder::PossibleValue::get_name).collect();
    assert_eq!(names, ["auto", "envelope", "raw", "capture", "eve", "ek", "tenzir"]);
}

fn frames() -> impl Strategy<Value = Vec<(u16, Vec<u8>, u64, usize)>> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..300);
    proptest::collection::vec((any::<u16>(), bytes, any::<u64>(), 0..2000_usize), 0..20)
}

proptest! {
    /// What is written reads back.
    #[test]
    fn envelopes_read_back(packets in frames(), sensor in proptest::option::of(".{0,40}")) {
        let frames: Vec<_> = packets
            .iter()
            .map(|(link_type, bytes, nanos, cut)| {
                Frame::new(LinkType(*link_type), bytes)
                    .at(Timestamp::from_nanos(*nanos))
                    .with_wire_len(bytes.len() + cut)
            })
            .collect();
        let wanted: Vec<_> = (0..)
            .zip(&frames)
            .map(|(index, frame)| Seen {
                link_type: frame.link_type,
                bytes: frame.data.to_vec(),
                wire_len: frame.wire_len,
                time: frame.time,
                index,
                sensor: sensor.clone(),
            })
            .collect();
        let mut lines = Vec::new();
        for frame in &frames {
            encode::to_json(frame, sensor.as_deref(), &mut lines);
            lines.push(b'\n');
        }
        for value in [msgpack_of(&frames, sensor.as_deref()), lines] {
            if value.is_empty() {
                continue;
            }
            let (seen, result) = decode(PacketFormat::Envelope, &message(&value));
            prop_assert_eq!(result, Ok(wanted.len()));
            prop_assert_eq!(&seen, &wanted);
        }
    }
}
