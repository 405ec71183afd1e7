//! Messages, and streams of values, that hold packets.

use stackprint::{Frame, LinkType, Timestamp};
use stackprint_worker::packets::{
    KeyTime, MAX_FRAME_BYTES, MAX_PACKETS, Message, PacketDecoder, PacketFormat, PacketStream,
    Values, encode,
};

use crate::{facts, head};

/// In the order of the first octet's remainders.
pub(crate) const FORMATS: [PacketFormat; 7] = [
    PacketFormat::Auto,
    PacketFormat::Envelope,
    PacketFormat::Raw,
    PacketFormat::Capture,
    PacketFormat::Eve,
    PacketFormat::Ek,
    PacketFormat::Tenzir,
];
const CONTENT_TYPES: [Option<&str>; 4] =
    [None, Some("application/json"), Some("application/msgpack"), Some("application/octet-stream")];
const TIME: Timestamp = Timestamp::from_nanos(1_700_000_000_123_456_789);
const KEY_LEN: usize = 8;
/// Bits of a message's second octet; the lowest two choose the content type.
const HAS_KEY: u8 = 4;
const HAS_NO_TIME: u8 = 8;

/// A message, after its format, what its headers say, and its key if it has one.
pub fn message(octets: &[u8]) {
    let ([format, headers], rest) = head(octets);
    let has_key = headers & HAS_KEY != 0;
    let (key, value) = rest.split_at(if has_key { KEY_LEN.min(rest.len()) } else { 0 });
    let message = Message {
        key: has_key.then_some(key),
        value,
        content_type: CONTENT_TYPES[usize::from(headers) % CONTENT_TYPES.len()],
        link_type: None,
        time: (headers & HAS_NO_TIME == 0).then_some(TIME),
    };
    let format = FORMATS[usize::from(format) % FORMATS.len()];
    let mut decoder = PacketDecoder::new(format, LinkType::ETHERNET, KeyTime::Us);
    let mut packets = 0;
    let decoded = decoder.decode(&message, |frame, meta| {
        assert_eq!(meta.index as usize, packets, "packets are counted");
        assert!(frame.data.len() <= MAX_FRAME_BYTES);
        packets += 1;
    });
    assert!(packets <= MAX_PACKETS as usize);
    match decoded {
        Ok(told) => assert_eq!(told, packets),
        Err(bad) => {
            assert_eq!(bad.packets as usize, packets, "{bad}");
            assert!(bad.at <= value.len(), "a fault behind the end: {bad}");
        }
    }
}

/// A stream, after its kind and four octets that say in which pieces it comes.
pub fn packet_stream(octets: &[u8]) {
    let ([kind, sizes @ ..], stream): ([u8; 5], _) = head(octets);
    let values = if kind & 1 == 0 { Values::Lines } else { Values::Msgpack };
    let whole = read(values, std::iter::once(stream));
    let mut sizes = sizes.iter().cycle();
    let mut rest = stream;
    let pieces = std::iter::from_fn(|| {
        let size = usize::from(*sizes.next()?).max(1).min(rest.len());
        let (piece, after) = rest.split_at(size);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    });
    assert_eq!(read(values, pieces), whole, "a stream by the way it is cut");
}

/// Frames with their numbers, the faults that are told, and how many there are.
type Read = (Vec<(u64, (u64, LinkType, usize, Vec<u8>))>, Vec<String>, u64);

fn read<'o>(values: Values, pieces: impl Iterator<Item = &'o [u8]>) -> Read {
    let decoder = PacketDecoder::of_stream(PacketFormat::Auto, LinkType::ETHERNET);
    let mut stream = PacketStream::new(values, decoder);
    let mut frames = Vec::new();
    for piece in pieces {
        stream.push(piece, |number, frame, _| frames.push((number, facts(&frame))));
    }
    stream.finish(|number, frame, _| frames.push((number, facts(&frame))));
    let told = stream.take_bad().iter().map(ToString::to_string).collect();
    (frames, told, stream.bad_count())
}

/// A frame is read back from each way in which it is published: its link type, the octets that are
/// missing from its end, and its time in microseconds, then its octets.
pub fn envelope(octets: &[u8]) {
    let (link_type, rest) = head(octets);
    let ([missing], rest) = head(rest);
    let (micros, octets) = head(rest);
    // Within the years that RFC 3339 can say.
    let micros = u64::from(u32::from_be_bytes(micros)) << 20;
    let frame = Frame::new(LinkType(u16::from_be_bytes(link_type)), octets)
        .with_wire_len(octets.len() + usize::from(missing))
        .at(Timestamp::from_nanos(micros * 1000));
    let sensor = str::from_utf8(octets).ok();
    for to in [encode::to_msgpack, encode::to_json] {
        let mut value = Vec::new();
        to(&frame, sensor, &mut value);
        let message = Message { value: &value, ..Message::default() };
        let mut decoder = PacketDecoder::of_stream(PacketFormat::Auto, LinkType::RAW);
        let mut read = Vec::new();
        let decoded = decoder.decode(&message, |frame, meta| {
            assert_eq!(meta.sensor, sensor, "{:?}", String::from_utf8_lossy(&value));
            read.push(facts(&frame));
        });
        assert_eq!(decoded, Ok(1), "{:?}", String::from_utf8_lossy(&value));
        assert_eq!(read, [facts(&frame)]);
    }
}
