//! Frames into messages: what [`PacketDecoder`](super::PacketDecoder) reads.

use std::io::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmp::encode as msgpack;
use stackprint::{ByteOrder, Frame};

use super::envelope::Field;
use super::limits::MAX_FRAME_BYTES;

/// Bytes before the packets of a MessagePack array whose length is not known yet; see
/// [`set_count`].
pub const ARRAY_HEADER: [u8; 3] = [0xdc, 0, 0];

/// Writes into a message that begins with [`ARRAY_HEADER`] how many packets follow.
pub fn set_count(message: &mut [u8], count: u16) {
    if let [_, high, low, ..] = message {
        [*high, *low] = count.to_be_bytes();
    }
}

/// Appends a packet in MessagePack.
pub fn to_msgpack(frame: &Frame<'_>, sensor: Option<&str>, to: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = write_msgpack(frame, sensor, to);
}

fn write_msgpack(frame: &Frame<'_>, sensor: Option<&str>, to: &mut Vec<u8>) -> io::Result<()> {
    let wire_len = wire_len(frame);
    let fields = 3 + u32::from(wire_len.is_some()) + u32::from(sensor.is_some());
    msgpack::write_map_len(to, fields)?;
    msgpack::write_str(to, Field::Ts.name())?;
    msgpack::write_uint(to, frame.time.as_nanos())?;
    msgpack::write_str(to, Field::LinkType.name())?;
    msgpack::write_uint(to, frame.link_type.0.into())?;
    if let Some(wire_len) = wire_len {
        msgpack::write_str(to, Field::Length.name())?;
        msgpack::write_uint(to, wire_len as u64)?;
    }
    if let Some(sensor) = sensor {
        msgpack::write_str(to, Field::Sensor.name())?;
        msgpack::write_str(to, sensor)?;
    }
    msgpack::write_str(to, Field::Data.name())?;
    msgpack::write_bin(to, frame.data)?;
    Ok(())
}

/// Appends a packet in JSON, on one line without line feed.
pub fn to_json(frame: &Frame<'_>, sensor: Option<&str>, to: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = write_json(frame, sensor, to);
}

fn write_json(frame: &Frame<'_>, sensor: Option<&str>, to: &mut Vec<u8>) -> io::Result<()> {
    let (ts, link_type, data) = (Field::Ts.name(), Field::LinkType.name(), Field::Data.name());
    write!(to, "{{\"{ts}\":\"{}\",\"{link_type}\":{}", frame.time, frame.link_type.0)?;
    if let Some(wire_len) = wire_len(frame) {
        write!(to, ",\"{}\":{wire_len}", Field::Length.name())?;
    }
    if let Some(sensor) = sensor {
        write!(to, ",\"{}\":", Field::Sensor.name())?;
        serde_json::to_writer(&mut *to, sensor)?;
    }
    write!(to, ",\"{data}\":\"{}\"}}", STANDARD.encode(frame.data))
}

/// The length is only worth saying where the capture cut the frame.
fn wire_len(frame: &Frame<'_>) -> Option<usize> {
    (frame.wire_len != frame.data.len()).then_some(frame.wire_len)
}

/// Appends the header of a pcap file with nanoseconds, for frames like this one.
pub fn pcap_header(frame: &Frame<'_>, to: &mut Vec<u8>) {
    const MAGIC: u32 = 0xa1b2_3c4d;
    const VERSION: [u16; 2] = [2, 4];
    let order = Order(frame.host_order);
    to.extend(order.u32(MAGIC));
    to.extend(VERSION.iter().flat_map(|&number| order.u16(number)));
    // Time zone and precision, which nobody uses.
    to.extend([0; 8]);
    to.extend(order.u32(MAX_FRAME_BYTES as u32));
    to.extend(order.u32(frame.link_type.0.into()));
}

/// Appends a frame to a pcap file with nanoseconds.
pub fn to_pcap(frame: &Frame<'_>, to: &mut Vec<u8>) {
    let order = Order(frame.host_order);
    // 2^32 seconds end in the year 2106, and so does pcap.
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let header = [
        number(frame.time.as_seconds()),
        frame.time.subsecond_nanos(),
        number(frame.data.len() as u64),
        number(frame.wire_len as u64),
    ];
    to.extend(header.iter().flat_map(|&number| order.u32(number)));
    to.extend_from_slice(frame.data);
}

/// The order of bytes in a file's numbers: that of the capturing machine, since a reader takes it
/// for that.
#[derive(Clone, Copy)]
struct Order(ByteOrder);

impl Order {
    fn u16(self, number: u16) -> [u8; 2] {
        match self.0 {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        }
    }

    fn u32(self, number: u32) -> [u8; 4] {
        match self.0 {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        }
    }
}
