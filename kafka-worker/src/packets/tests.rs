//! The same packet in every form; forms told apart; nothing that comes in ends the program.

mod faults;
mod forms;
mod schema;
mod speed;

use stackprint::{Frame, LinkType, Timestamp};

use super::{BadMessage, KeyTime, Message, PacketDecoder, PacketFormat, encode};

/// A SYN of Linux over Ethernet, IPv4.
const SYN: &str = "02000000008002000000001008004500003c1234400040063bfac000020ac63364509c400050000f42\
                   4000000000a002faf0faff0000020405b40402080a000186a00000000001030307";
const TIME: Timestamp = Timestamp::new(1_704_067_200, 123_456_789);

const FORMATS: [PacketFormat; 7] = [
    PacketFormat::Auto,
    PacketFormat::Envelope,
    PacketFormat::Raw,
    PacketFormat::Capture,
    PacketFormat::Eve,
    PacketFormat::Ek,
    PacketFormat::Tenzir,
];

fn syn() -> Vec<u8> {
    let mut bytes = vec![0; SYN.len() / 2];
    hex::decode_to_slice(SYN, &mut bytes).expect("hexadecimal digits");
    bytes
}

fn frame(bytes: &[u8]) -> Frame<'_> {
    Frame::new(LinkType::ETHERNET, bytes).at(TIME)
}

/// What was handed over, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    link_type: LinkType,
    bytes: Vec<u8>,
    wire_len: usize,
    time: Timestamp,
    index: u32,
    sensor: Option<String>,
}

impl Seen {
    fn whole(bytes: Vec<u8>) -> Seen {
        let wire_len = bytes.len();
        Seen { link_type: LinkType::ETHERNET, bytes, wire_len, time: TIME, index: 0, sensor: None }
    }
}

fn decoder(format: PacketFormat) -> PacketDecoder {
    PacketDecoder::new(format, LinkType::ETHERNET, KeyTime::default())
}

fn decode(format: PacketFormat, message: &Message<'_>) -> (Vec<Seen>, Result<usize, BadMessage>) {
    decode_by(&mut decoder(format), message)
}

fn decode_by(
    decoder: &mut PacketDecoder,
    message: &Message<'_>,
) -> (Vec<Seen>, Result<usize, BadMessage>) {
    let mut seen = Vec::new();
    let result = decoder.decode(message, |frame, meta| {
        seen.push(Seen {
            link_type: frame.link_type,
            bytes: frame.data.to_vec(),
            wire_len: frame.wire_len,
            time: frame.time,
            index: meta.index,
            sensor: meta.sensor.map(str::to_owned),
        });
    });
    match result {
        Ok(count) => assert_eq!(count, seen.len()),
        Err(bad) => {
            assert_eq!(bad.packets as usize, seen.len());
            assert!(bad.at <= message.value.len(), "{bad}");
            assert!(!bad.to_string().is_empty() && !bad.kind.name().is_empty());
        }
    }
    (seen, result)
}

fn msgpack_of(frames: &[Frame<'_>], sensor: Option<&str>) -> Vec<u8> {
    let mut message = encode::ARRAY_HEADER.to_vec();
    for frame in frames {
        encode::to_msgpack(frame, sensor, &mut message);
    }
    encode::set_count(&mut message, u16::try_from(frames.len()).expect("few"));
    message
}

fn json_of(frames: &[Frame<'_>]) -> Vec<u8> {
    let mut message = vec![b'['];
    for frame in frames {
        if message.len() > 1 {
            message.push(b',');
        }
        encode::to_json(frame, None, &mut message);
    }
    message.push(b']');
    message
}

/// A pcap file with nanoseconds.
fn pcap_of(frames: &[Frame<'_>]) -> Vec<u8> {
    let mut file = vec![0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend(262_144_u32.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    for frame in frames {
        let numbers = [
            u32::try_from(frame.time.as_seconds()).expect("before 2106"),
            frame.time.subsecond_nanos(),
            u32::try_from(frame.data.len()).expect("short"),
            u32::try_from(frame.wire_len).expect("short"),
        ];
        file.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
        file.extend(frame.data);
    }
    file
}
