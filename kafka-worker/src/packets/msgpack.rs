//! The packet envelope in MessagePack: a map, or an array of maps. Nothing is copied.

mod reader;

use stackprint::forms::time::of_date;
use stackprint::{Frame, LinkType, Timestamp};

use super::bad_message::{BadMessage, BadMessageKind};
use super::envelope::Field;
use super::message::PacketMeta;
use super::out::{Out, Packet};
use reader::{Reader, Value};

pub(super) fn decode<F: FnMut(Frame<'_>, PacketMeta<'_>)>(
    value: &[u8],
    out: &mut Out<F>,
) -> Result<(), BadMessage> {
    let mut reader = Reader::new(value);
    match reader.value()? {
        Value::Map(len) => packet(&mut reader, len, out)?,
        Value::Array(count) => {
            for _ in 0..count {
                let at = reader.at();
                let Value::Map(len) = reader.value()? else {
                    return Err(BadMessageKind::MsgpackShape.at(at));
                };
                packet(&mut reader, len, out)?;
            }
        }
        _ => return Err(BadMessageKind::MsgpackShape.at(0)),
    }
    if reader.is_at_end() { Ok(()) } else { Err(BadMessageKind::TrailingBytes.at(reader.at())) }
}

/// Bytes of the value at the front; none where its end is not there yet.
pub(super) fn len_of_first(bytes: &[u8]) -> Result<Option<usize>, BadMessage> {
    let mut reader = Reader::new(bytes);
    match reader.value().and_then(|value| reader.pass(value)) {
        Ok(()) => Ok(Some(reader.at())),
        Err(bad) if bad.kind == BadMessageKind::MsgpackCut => Ok(None),
        Err(bad) => Err(bad),
    }
}

/// The first key of a map, or of the map that is the first in an array.
pub(super) fn first_key(value: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(value);
    let mut first = reader.value().ok()?;
    if matches!(first, Value::Array(1..)) {
        first = reader.value().ok()?;
    }
    let Value::Map(1..) = first else { return None };
    match reader.value().ok()? {
        Value::Text(key) => Some(key),
        _ => None,
    }
}

/// A map of `len` pairs, whose header has been read.
#[inline]
fn packet<'m, F: FnMut(Frame<'_>, PacketMeta<'_>)>(
    reader: &mut Reader<'m>,
    len: u32,
    out: &mut Out<F>,
) -> Result<(), BadMessage> {
    let start = reader.at();
    let mut packet = Packet::default();
    let mut has_data = false;
    for _ in 0..len {
        let field = match reader.value()? {
            Value::Text(key) => Field::of(key),
            other => {
                reader.pass(other)?;
                None
            }
        };
        let at = reader.at();
        let value = reader.value()?;
        match (field, value) {
            (None, value) => reader.pass(value)?,
            (Some(Field::Data), Value::Bin(bytes)) => {
                packet.packet.bytes = bytes;
                has_data = true;
            }
            (Some(Field::Data), _) => return Err(Field::Data.bad().at(at)),
            (Some(_), Value::Nil) => {}
            (Some(field), value) => {
                set(&mut packet, field, value).ok_or_else(|| field.bad().at(at))?;
            }
        }
    }
    if !has_data {
        return Err(BadMessageKind::MissingField(Field::Data.name()).at(start));
    }
    out.packet(&packet).map_err(|kind| kind.at(start))
}

/// Returns `None` if the field cannot have this value.
#[inline]
fn set<'m>(packet: &mut Packet<'m>, field: Field, value: Value<'m>) -> Option<()> {
    match (field, value) {
        (Field::Ts, Value::Integer(nanos)) => {
            packet.packet.time = Some(Timestamp::from_nanos(nanos));
        }
        (Field::Ts, Value::Text(date)) => {
            packet.packet.time = Some(of_date(str::from_utf8(date).ok()?)?);
        }
        (Field::Ts, Value::Extension(TIMESTAMP_TYPE, bytes)) => {
            packet.packet.time = Some(timestamp(bytes)?);
        }
        (Field::LinkType, Value::Integer(number)) => {
            packet.packet.link_type = Some(LinkType(u16::try_from(number).ok()?));
        }
        (Field::LinkType, Value::Text(name)) => {
            packet.packet.link_type = Some(str::from_utf8(name).ok()?.parse().ok()?);
        }
        (Field::Length, Value::Integer(len)) => packet.packet.wire_len = Some(len),
        (Field::Sensor, Value::Text(name)) => packet.sensor = Some(str::from_utf8(name).ok()?),
        _ => return None,
    }
    Some(())
}

/// The extension type that the specification of MessagePack gives to times.
const TIMESTAMP_TYPE: i8 = -1;

/// A time in MessagePack's own formats: of 32, 64 or 96 bits.
fn timestamp(bytes: &[u8]) -> Option<Timestamp> {
    const SECONDS_BITS: u32 = 34;
    let (seconds, nanos) = match bytes.len() {
        4 => (u64::from(u32::from_be_bytes(bytes.try_into().ok()?)), 0),
        8 => {
            let both = u64::from_be_bytes(bytes.try_into().ok()?);
            let nanos = u32::try_from(both >> SECONDS_BITS).ok()?;
            (both & ((1 << SECONDS_BITS) - 1), nanos)
        }
        12 => {
            let (nanos, seconds) = bytes.split_first_chunk()?;
            let seconds = i64::from_be_bytes(seconds.try_into().ok()?);
            (u64::try_from(seconds).ok()?, u32::from_be_bytes(*nanos))
        }
        _ => return None,
    };
    Some(Timestamp::new(seconds, nanos))
}
