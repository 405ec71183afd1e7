//! A message's value, decoded as what it is.

use stackprint::{Frame, LinkType};

use super::bad_message::{BadMessage, BadMessageKind};
use super::message::{Message, PacketFormat, PacketMeta};
use super::out::{Defaults, Out};
use super::sniff::Form;
use super::time::KeyTime;
use super::{capture, json, msgpack, raw};

/// Turns messages into frames. See the [module](super).
#[derive(Debug)]
pub struct PacketDecoder {
    format: PacketFormat,
    link_type: LinkType,
    key_time: KeyTime,
    /// The frame at hand, where its bytes are not those of the message.
    bytes: Vec<u8>,
}

impl PacketDecoder {
    /// `link_type` is that of packets for which neither they nor a header say one.
    pub fn new(format: PacketFormat, link_type: LinkType, key_time: KeyTime) -> Self {
        PacketDecoder { format, link_type, key_time, bytes: Vec::new() }
    }

    /// For messages without a key or time of their own.
    pub fn of_stream(format: PacketFormat, link_type: LinkType) -> Self {
        PacketDecoder::new(format, link_type, KeyTime::default())
    }

    /// Hands over the packets of a message, and says how many. None is no fault where the message
    /// is of those that go along with packets: an event of Suricata without its packet, an index
    /// line of tshark.
    ///
    /// # Errors
    ///
    /// Where the message, or what follows the packets handed over, cannot be read.
    pub fn decode(
        &mut self,
        message: &Message<'_>,
        each: impl FnMut(Frame<'_>, PacketMeta<'_>),
    ) -> Result<usize, BadMessage> {
        let link_type = message.link_type.unwrap_or(self.link_type);
        let mut out = Out::new(each, Defaults { link_type, time: message.time });
        match self.decode_to(message, &mut out) {
            Ok(()) => Ok(out.packets() as usize),
            Err(bad) => Err(BadMessage { packets: out.packets(), ..bad }),
        }
    }

    fn decode_to<F: FnMut(Frame<'_>, PacketMeta<'_>)>(
        &mut self,
        message: &Message<'_>,
        out: &mut Out<F>,
    ) -> Result<(), BadMessage> {
        if message.value.is_empty() {
            return Err(BadMessageKind::Empty.at(0));
        }
        let form = Form::of(message, self.format);
        match form.unwrap_or_else(|| raw::form(message, self.link_type)) {
            Form::Msgpack => msgpack::decode(message.value, out),
            Form::Json(kind) => {
                let value = json::without_mark(message.value);
                json::decode(value, kind, &mut self.bytes, out)
            }
            Form::Capture => capture::decode(message.value, out),
            Form::Raw => raw::decode(message, self.key_time, out),
            Form::Unrecognised => Err(BadMessageKind::Unrecognised.at(0)),
        }
    }
}
