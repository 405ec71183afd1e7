//! The objects that hold a packet, and the fields of each kind.

mod ek;
mod loose;

use serde::Deserialize;
use serde::de::IgnoredAny;
use stackprint::{LinkType, Timestamp};

use super::bad_message::BadMessageKind;
use super::envelope::Field;
use super::out::Packet;
use super::{text, time};
use ek::Layers;
use loose::Loose;

/// Who describes the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectKind {
    Envelope,
    Eve,
    Ek,
    Tenzir,
}

/// The fields of all kinds together; what belongs to another kind than the object's is not looked
/// at.
#[derive(Deserialize)]
pub(super) struct Object<'m> {
    // Envelope. `data` is also Tenzir's.
    #[serde(borrow, default)]
    ts: Loose<'m>,
    #[serde(borrow, default)]
    link_type: Loose<'m>,
    #[serde(borrow, default)]
    data: Loose<'m>,
    #[serde(borrow, default)]
    length: Loose<'m>,
    #[serde(borrow, default)]
    sensor: Loose<'m>,

    // Suricata. `timestamp` is also tshark's and Tenzir's.
    event_type: Option<IgnoredAny>,
    #[serde(borrow, default)]
    packet: Loose<'m>,
    #[serde(borrow)]
    packet_info: Option<PacketInfo<'m>>,
    #[serde(borrow, default)]
    timestamp: Loose<'m>,

    // tshark: -T ek, its index lines, and -T json.
    #[serde(borrow)]
    layers: Option<Layers<'m>>,
    index: Option<IgnoredAny>,
    #[serde(borrow, rename = "_source")]
    source: Option<Source<'m>>,

    // Tenzir.
    #[serde(borrow, default)]
    linktype: Loose<'m>,
    #[serde(borrow, default)]
    original_packet_length: Loose<'m>,
}

#[derive(Deserialize)]
struct PacketInfo<'m> {
    #[serde(borrow, default)]
    linktype: Loose<'m>,
}

#[derive(Deserialize)]
struct Source<'m> {
    #[serde(borrow)]
    layers: Option<Layers<'m>>,
}

const BASE64: &str = "base64 text";
const DATE: &str = "RFC 3339 text";
const LINK_TYPE: &str = "a LINKTYPE number";
const LENGTH: &str = "a whole number of bytes";

impl<'m> Object<'m> {
    /// The packet, with its bytes in `bytes`; none in an object that only goes along with
    /// packets.
    pub(super) fn packet<'p>(
        &'p self,
        kind: Option<ObjectKind>,
        bytes: &'p mut Vec<u8>,
    ) -> Result<Option<Packet<'p>>, BadMessageKind> {
        match kind.or_else(|| self.kind()).ok_or(BadMessageKind::UnknownObject)? {
            ObjectKind::Envelope => self.envelope(bytes).map(Some),
            ObjectKind::Eve => self.eve(bytes),
            ObjectKind::Ek => self.ek(bytes),
            ObjectKind::Tenzir => self.tenzir(bytes).map(Some),
        }
    }

    fn kind(&self) -> Option<ObjectKind> {
        let is_envelope = self.ts.is_there() || self.link_type.is_there();
        if self.data.is_there() && self.linktype.is_there() && !is_envelope {
            Some(ObjectKind::Tenzir)
        } else if self.data.is_there() {
            Some(ObjectKind::Envelope)
        } else if self.packet.is_there() || self.event_type.is_some() {
            Some(ObjectKind::Eve)
        } else if self.layers.is_some() || self.source.is_some() || self.index.is_some() {
            Some(ObjectKind::Ek)
        } else {
            is_envelope.then_some(ObjectKind::Envelope)
        }
    }

    fn envelope<'p>(&'p self, bytes: &'p mut Vec<u8>) -> Result<Packet<'p>, BadMessageKind> {
        let data = self.data.text(Field::Data.name(), Field::Data.expected())?;
        let data = data.ok_or(BadMessageKind::MissingField(Field::Data.name()))?;
        if !text::base64_to(data, bytes) {
            return Err(Field::Data.bad());
        }
        let time = match &self.ts {
            Loose::Integer(nanos) => Some(Timestamp::from_nanos(*nanos)),
            ts => date(ts, Field::Ts.name(), Field::Ts.expected())?,
        };
        Ok(Packet {
            bytes,
            link_type: link_type(&self.link_type, Field::LinkType.name())?,
            time,
            wire_len: self.length.number(Field::Length.name(), Field::Length.expected())?,
            sensor: self.sensor.text(Field::Sensor.name(), Field::Sensor.expected())?,
        })
    }

    /// Events without a packet are many among those with one.
    fn eve<'p>(&'p self, bytes: &'p mut Vec<u8>) -> Result<Option<Packet<'p>>, BadMessageKind> {
        let Some(packet) = self.packet.text("packet", BASE64)? else { return Ok(None) };
        if !text::base64_to(packet, bytes) {
            return Err(BadMessageKind::BadField { field: "packet", expected: BASE64 });
        }
        let info = self.packet_info.as_ref().map(|info| &info.linktype);
        let link_type = info.map_or(Ok(None), |info| link_type(info, "packet_info.linktype"))?;
        let time = date(&self.timestamp, "timestamp", DATE)?;
        Ok(Some(Packet { bytes, link_type, time, ..Packet::default() }))
    }

    fn tenzir<'p>(&'p self, bytes: &'p mut Vec<u8>) -> Result<Packet<'p>, BadMessageKind> {
        let data = self.data.text("data", BASE64)?;
        if !text::base64_to(data.ok_or(BadMessageKind::MissingField("data"))?, bytes) {
            return Err(BadMessageKind::BadField { field: "data", expected: BASE64 });
        }
        Ok(Packet {
            bytes,
            link_type: link_type(&self.linktype, "linktype")?,
            time: date(&self.timestamp, "timestamp", DATE)?,
            wire_len: self.original_packet_length.number("original_packet_length", LENGTH)?,
            sensor: None,
        })
    }

    fn ek<'p>(&'p self, bytes: &'p mut Vec<u8>) -> Result<Option<Packet<'p>>, BadMessageKind> {
        let in_source = self.source.as_ref().and_then(|source| source.layers.as_ref());
        match self.layers.as_ref().or(in_source) {
            Some(layers) => layers.packet(&self.timestamp, bytes).map(Some),
            // Lines of Elasticsearch's bulk format, one before each packet.
            None if self.index.is_some() => Ok(None),
            None => Err(BadMessageKind::MissingField("layers")),
        }
    }
}

fn date(
    value: &Loose<'_>,
    field: &'static str,
    expected: &'static str,
) -> Result<Option<Timestamp>, BadMessageKind> {
    let Some(text) = value.text(field, expected)? else { return Ok(None) };
    time::of_date(text).map(Some).ok_or(BadMessageKind::BadField { field, expected })
}

fn link_type(value: &Loose<'_>, field: &'static str) -> Result<Option<LinkType>, BadMessageKind> {
    let link_type = match value {
        Loose::Absent => return Ok(None),
        Loose::Integer(number) => u16::try_from(*number).ok().map(LinkType),
        Loose::Text(name) => name.parse().ok(),
        Loose::Other => None,
    };
    link_type.map(Some).ok_or(BadMessageKind::BadField { field, expected: LINK_TYPE })
}
