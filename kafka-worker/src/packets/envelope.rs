//! The packet envelope, as its schema says it.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::bad_message::BadMessageKind;

/// The fields of the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Ts,
    LinkType,
    Data,
    Length,
    Sensor,
}

impl Field {
    #[inline]
    pub(super) fn of(name: &[u8]) -> Option<Field> {
        match name {
            b"ts" => Some(Field::Ts),
            b"link_type" => Some(Field::LinkType),
            b"data" => Some(Field::Data),
            b"length" => Some(Field::Length),
            b"sensor" => Some(Field::Sensor),
            _ => None,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Field::Ts => "ts",
            Field::LinkType => "link_type",
            Field::Data => "data",
            Field::Length => "length",
            Field::Sensor => "sensor",
        }
    }

    /// What a field of a wrong type should have been.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Field::Ts => "RFC 3339 text, or nanoseconds since 1970 as a whole number",
            Field::LinkType => "a LINKTYPE name such as ETHERNET, or its number",
            Field::Data => "base64 text in JSON, bin in MessagePack",
            Field::Length => "a whole number of bytes",
            Field::Sensor => "text",
        }
    }

    /// The fault of a packet that has this field otherwise.
    pub(super) const fn bad(self) -> BadMessageKind {
        BadMessageKind::BadField { field: self.name(), expected: self.expected() }
    }
}

/// A captured packet, in JSON or MessagePack; one, a list of them, or, in JSON, one a line.
///
/// Fields that are not described here are passed over. With the content-type
/// application/vnd.stackprint.packet+json or application/msgpack nothing has to be guessed.
#[derive(JsonSchema)]
#[schemars(rename = "PacketRow", extend("additionalProperties" = true))]
// Read field by field, so that a frame of MessagePack is borrowed and one of JSON decoded in place;
// a test holds the readers to this.
#[expect(dead_code, reason = "the shape of the schema")]
struct PacketRow {
    /// When the packet was captured: RFC 3339 with any offset, or nanoseconds since
    /// 1970-01-01T00:00:00Z; MessagePack may also have its own timestamp type. Left out or null:
    /// the time of the message.
    #[serde(default)]
    ts: Option<TimeRow>,
    /// LINKTYPE name or number, as at <https://www.tcpdump.org/linktypes.html>: how the frame
    /// begins. Left out or null: what the header "link-type" or the reader's configuration says.
    #[serde(default)]
    link_type: Option<LinkTypeRow>,
    /// The bytes of the frame from its link header on: base64 in JSON, bin in MessagePack.
    #[schemars(extend("contentEncoding" = "base64"))]
    data: String,
    /// Bytes of the packet before the capture cut it. Left out or null: it was not cut.
    #[serde(default)]
    length: Option<u64>,
    /// Who captured it; records carry it on as origin.sensor.
    #[serde(default)]
    sensor: Option<String>,
}

/// RFC 3339 text or nanoseconds since 1970-01-01T00:00:00Z.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the shape of the schema")]
enum TimeRow {
    Text(#[schemars(extend("format" = "date-time"))] String),
    Nanos(u64),
}

/// LINKTYPE name or number.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the shape of the schema")]
enum LinkTypeRow {
    Name(String),
    Number(u16),
}

/// The JSON Schema of one packet in its envelope.
pub fn schema() -> Schema {
    let settings = SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<PacketRow>();
    schema.insert("$id".into(), "stackprint.packet.v1".into());
    schema.insert("title".into(), "stackprint packet envelope, version 1".into());
    schema
}
