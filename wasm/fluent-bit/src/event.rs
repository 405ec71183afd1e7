//! Where a packet is in an event: the members of each form, and how their values are written.
#![forbid(unsafe_code)]

use crate::json::{Cursor, Value};
use crate::names::Names;

/// How tools write packets into events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Suricata's EVE, and any event with the frame as base64: `packet`, with the LINKTYPE in
    /// `packet_info.linktype` or else `link_type`, and RFC 3339 in `timestamp`.
    Eve,
    /// `tshark -T ek -x`, and any event with the frame in hexadecimal: `layers.frame_raw`, with
    /// Wireshark's numbers in `layers.frame`; else `frame_raw` and `link_type`.
    Ek,
    /// The packet envelope of stackprint: `data`, `link_type`, `ts`, `length`.
    Envelope,
}

/// The members of an event that matter here; of a name that comes twice, the last.
#[derive(Debug, Default)]
pub(crate) struct Event<'j> {
    /// Bytes before the closing brace.
    pub(crate) end: usize,
    /// Whether the event has a member of the name under which the result would go.
    pub(crate) has_result: bool,
    base64: Option<Value<'j>>,
    hex: Option<Value<'j>>,
    packet_info: PacketInfo<'j>,
    link_type: Option<Value<'j>>,
    layers: Layers<'j>,
    data: Option<Value<'j>>,
    ts: Option<Value<'j>>,
    timestamp: Option<Value<'j>>,
    length: Option<Value<'j>>,
}

#[derive(Debug, Default)]
struct PacketInfo<'j> {
    link_type: Option<Value<'j>>,
}

#[derive(Debug, Default)]
struct Layers<'j> {
    frame_raw: Option<Value<'j>>,
    encapsulation: Option<Value<'j>>,
    time_epoch: Option<Value<'j>>,
    len: Option<Value<'j>>,
}

/// The member that a value comes from, for messages, and the value; null is as good as none.
pub(crate) type Found<'j> = Option<(&'static str, Value<'j>)>;

/// Where the parts of a packet are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'j> {
    pub(crate) bytes: (&'static str, Value<'j>),
    pub(crate) coding: Coding,
    pub(crate) link_type: Found<'j>,
    pub(crate) numbering: Numbering,
    pub(crate) time: Found<'j>,
    pub(crate) wire_len: Found<'j>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Base64,
    Hex,
}

/// Whose number a link type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbering {
    LinkType,
    Wiretap,
}

impl<'j> Event<'j> {
    /// `None` where the text is not one JSON object.
    pub(crate) fn read(text: &'j [u8], names: &Names) -> Option<Event<'j>> {
        let mut event = Event::default();
        let mut cursor = Cursor::new(text);
        cursor.blanks();
        event.end = cursor.object(|name, cursor| event.member(name, cursor, names))?;
        cursor.blanks();
        cursor.is_at_end().then_some(event)
    }

    fn member(&mut self, name: &[u8], cursor: &mut Cursor<'j>, names: &Names) -> Option<()> {
        let place = match name {
            name if name == names.base64.as_bytes() => &mut self.base64,
            name if name == names.hex.as_bytes() => &mut self.hex,
            b"link_type" | b"linktype" => &mut self.link_type,
            b"data" => &mut self.data,
            b"ts" => &mut self.ts,
            b"timestamp" => &mut self.timestamp,
            b"length" => &mut self.length,
            b"packet_info" if cursor.is_at_object() => {
                self.packet_info = PacketInfo::read(cursor)?;
                return Some(());
            }
            b"layers" if cursor.is_at_object() => {
                self.layers = Layers::read(cursor)?;
                return Some(());
            }
            name => {
                self.has_result |= name == names.result.as_bytes();
                cursor.value()?;
                return Some(());
            }
        };
        *place = cursor.value().map(present)?;
        Some(())
    }

    /// Those of the first form whose bytes are there, as text.
    pub(crate) fn places(&self) -> Option<Places<'j>> {
        // Many an event has some data.
        let is_envelope = self.link_type.is_some() || self.ts.is_some();
        [Form::Eve, Form::Ek, Form::Envelope]
            .into_iter()
            .filter(|&form| form != Form::Envelope || is_envelope)
            .filter_map(|form| self.places_in(form))
            .find(|places| matches!(places.bytes.1, Value::Text(_)))
    }

    /// `None` where the event has no packet in this form.
    pub(crate) fn places_in(&self, form: Form) -> Option<Places<'j>> {
        let link_type = self.link_type.map(|value| ("link_type", value));
        let timestamp = self.timestamp.map(|value| ("timestamp", value));
        let layers = &self.layers;
        let flat = |bytes: (&'static str, Value<'j>), coding| Places {
            bytes,
            coding,
            link_type,
            numbering: Numbering::LinkType,
            time: timestamp,
            wire_len: None,
        };
        match form {
            Form::Eve => {
                let in_info = self.packet_info.link_type;
                let in_info = in_info.map(|value| ("packet_info.linktype", value));
                let places = flat(("packet", self.base64?), Coding::Base64);
                Some(Places { link_type: in_info.or(link_type), ..places })
            }
            Form::Ek => match layers.frame_raw {
                Some(bytes) => Some(Places {
                    bytes: ("layers.frame_raw", bytes),
                    coding: Coding::Hex,
                    link_type: layers.encapsulation.map(|value| ("frame_frame_encap_type", value)),
                    numbering: Numbering::Wiretap,
                    time: layers
                        .time_epoch
                        .map(|value| ("frame_frame_time_epoch", value))
                        .or(timestamp),
                    wire_len: layers.len.map(|value| ("frame_frame_len", value)),
                }),
                None => Some(flat(("frame_raw", self.hex?), Coding::Hex)),
            },
            Form::Envelope => Some(Places {
                time: self.ts.map(|value| ("ts", value)),
                wire_len: self.length.map(|value| ("length", value)),
                ..flat(("data", self.data?), Coding::Base64)
            }),
        }
    }
}

impl<'j> PacketInfo<'j> {
    fn read(cursor: &mut Cursor<'j>) -> Option<PacketInfo<'j>> {
        let mut info = PacketInfo::default();
        cursor.object(|name, cursor| {
            let value = present(cursor.value()?);
            if name == b"linktype" {
                info.link_type = value;
            }
            Some(())
        })?;
        Some(info)
    }
}

impl<'j> Layers<'j> {
    fn read(cursor: &mut Cursor<'j>) -> Option<Layers<'j>> {
        let mut layers = Layers::default();
        cursor.object(|name, cursor| match name {
            b"frame_raw" => {
                layers.frame_raw = present(cursor.value()?);
                Some(())
            }
            b"frame" if cursor.is_at_object() => layers.frame(cursor),
            _ => cursor.value().map(drop),
        })?;
        Some(layers)
    }

    fn frame(&mut self, cursor: &mut Cursor<'j>) -> Option<()> {
        let read = cursor.object(|name, cursor| {
            let value = present(cursor.value()?);
            match name {
                b"frame_frame_encap_type" => self.encapsulation = value,
                b"frame_frame_time_epoch" => self.time_epoch = value,
                b"frame_frame_len" => self.len = value,
                _ => {}
            }
            Some(())
        });
        read.map(drop)
    }
}

fn present(value: Value<'_>) -> Option<Value<'_>> {
    (value != Value::Null).then_some(value)
}
