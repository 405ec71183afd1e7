//! Where a packet is in an event: the members of each form.
#![forbid(unsafe_code)]

use stackprint::forms::{Member, PacketMembers};

use crate::json::Cursor;
use crate::kept::Kept;
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
    base64: Option<Kept<'j>>,
    hex: Option<Kept<'j>>,
    packet_info: PacketInfo<'j>,
    link_type: Option<Kept<'j>>,
    layers: Layers<'j>,
    data: Option<Kept<'j>>,
    ts: Option<Kept<'j>>,
    timestamp: Option<Kept<'j>>,
    length: Option<Kept<'j>>,
}

#[derive(Debug, Default)]
struct PacketInfo<'j> {
    link_type: Option<Kept<'j>>,
}

#[derive(Debug, Default)]
struct Layers<'j> {
    frame_raw: Option<Kept<'j>>,
    encapsulation: Option<Kept<'j>>,
    time_epoch: Option<Kept<'j>>,
    len: Option<Kept<'j>>,
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
        *place = Kept::new(cursor.value()?);
        Some(())
    }

    /// Those of the first form whose bytes are there, as text.
    pub(crate) fn members(&self) -> Option<PacketMembers<'_>> {
        // Many an event has some data.
        let is_envelope = self.link_type.is_some() || self.ts.is_some();
        [Form::Eve, Form::Ek, Form::Envelope]
            .into_iter()
            .filter(|&form| form != Form::Envelope || is_envelope)
            .filter_map(|form| self.members_in(form))
            .find(PacketMembers::has_text)
    }

    /// Returns `None` if the event has no packet in this form.
    pub(crate) fn members_in(&self, form: Form) -> Option<PacketMembers<'_>> {
        let link_type = member(&self.link_type, "link_type");
        let timestamp = member(&self.timestamp, "timestamp");
        match form {
            Form::Eve => {
                let in_info = member(&self.packet_info.link_type, "packet_info.linktype");
                let packet = self.base64.as_ref()?.text("packet");
                Some(PacketMembers::eve(packet, in_info.or(link_type), timestamp))
            }
            Form::Ek => match &self.layers.frame_raw {
                Some(bytes) => Some(PacketMembers::ek(
                    bytes.text("layers.frame_raw"),
                    member(&self.layers.encapsulation, "frame_frame_encap_type"),
                    member(&self.layers.time_epoch, "frame_frame_time_epoch"),
                    member(&self.layers.len, "frame_frame_len"),
                    timestamp,
                )),
                None => {
                    let bytes = self.hex.as_ref()?.text("frame_raw");
                    Some(PacketMembers::hex(bytes, link_type, timestamp))
                }
            },
            Form::Envelope => Some(PacketMembers::envelope(
                self.data.as_ref()?.text("data"),
                link_type,
                member(&self.ts, "ts"),
                member(&self.length, "length"),
            )),
        }
    }
}

fn member<'e>(kept: &'e Option<Kept<'_>>, name: &'static str) -> Option<Member<'e>> {
    kept.as_ref().map(|kept| kept.member(name))
}

impl<'j> PacketInfo<'j> {
    fn read(cursor: &mut Cursor<'j>) -> Option<PacketInfo<'j>> {
        let mut info = PacketInfo::default();
        cursor.object(|name, cursor| {
            let value = Kept::new(cursor.value()?);
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
                layers.frame_raw = Kept::new(cursor.value()?);
                Some(())
            }
            b"frame" if cursor.is_at_object() => layers.frame(cursor),
            _ => cursor.value().map(drop),
        })?;
        Some(layers)
    }

    fn frame(&mut self, cursor: &mut Cursor<'j>) -> Option<()> {
        let read = cursor.object(|name, cursor| {
            let value = Kept::new(cursor.value()?);
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
