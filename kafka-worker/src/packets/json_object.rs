//! The objects that hold a packet, and the fields of each kind.

mod ek;
mod loose;

use serde::Deserialize;
use serde::de::IgnoredAny;
use stackprint::forms::{self, BadMember, PacketMembers};

use super::bad_message::BadMessageKind;
use super::envelope::Field;
use super::out::Packet;
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
        let member = |value: &'p Loose<'m>, field: Field| value.member(field.name());
        let data = member(&self.data, Field::Data);
        let members = PacketMembers::envelope(
            data.ok_or(BadMessageKind::MissingField(Field::Data.name()))?,
            member(&self.link_type, Field::LinkType),
            member(&self.ts, Field::Ts),
            member(&self.length, Field::Length),
        );
        // The envelope may also come in MessagePack: its fields say both.
        let bad =
            |bad: BadMember| Field::of(bad.name.as_bytes()).map_or_else(|| bad.into(), Field::bad);
        let packet = members.read(bytes).map_err(bad)?;
        let sensor = self.sensor.text(Field::Sensor.name(), Field::Sensor.expected())?;
        Ok(Packet { packet, sensor })
    }

    /// Events without a packet are many among those with one.
    fn eve<'p>(&'p self, bytes: &'p mut Vec<u8>) -> Result<Option<Packet<'p>>, BadMessageKind> {
        let Some(packet) = self.packet.member("packet") else { return Ok(None) };
        let info = self.packet_info.as_ref();
        let link_type = info.and_then(|info| info.linktype.member("packet_info.linktype"));
        let members = PacketMembers::eve(packet, link_type, self.timestamp.member("timestamp"));
        Ok(Some(members.read(bytes)?.into()))
    }

    fn tenzir<'p>(&'p self, bytes: &'p mut Vec<u8>) -> Result<Packet<'p>, BadMessageKind> {
        let members = PacketMembers::tenzir(
            self.data.member("data").ok_or(BadMessageKind::MissingField("data"))?,
            self.linktype.member("linktype"),
            self.timestamp.member("timestamp"),
            self.original_packet_length.member("original_packet_length"),
        );
        Ok(members.read(bytes)?.into())
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

impl<'m> From<forms::Packet<'m>> for Packet<'m> {
    fn from(packet: forms::Packet<'m>) -> Self {
        Packet { packet, sensor: None }
    }
}

impl From<BadMember> for BadMessageKind {
    fn from(BadMember { name, expected }: BadMember) -> Self {
        BadMessageKind::BadField { field: name, expected }
    }
}
