//! Messages in, frames out: the ways in which others hand packets around.
//!
//! # Which way it is
//!
//! 1. A content-type that says more than "octets" decides: `application/json` and all that end in
//!    `json` or `+json`, `application/msgpack`, `application/vnd.msgpack`,
//!    `application/x-msgpack`, `application/vnd.tcpdump.pcap`, `application/x-pcapng`.
//! 2. Else the configured format, if it is not [`PacketFormat::Auto`].
//! 3. Else the content-type `application/octet-stream`: a raw frame.
//! 4. Else the first octets, in this order:
//!    - the magic numbers of pcap and pcapng: a capture;
//!    - `{"` or `[{`, with blanks as JSON allows them: JSON, told apart by its keys;
//!    - a MessagePack map whose first key is a field of the envelope, or an array that begins with
//!      such a map: an envelope;
//!    - a raw frame, if the message has a key of eight octets (a time, as Metron writes it) or a
//!      header with the link type, or if there is IP in the frame;
//!    - what is left is bad: [`BadMessageKind::Unrecognised`].
//!
//! A raw frame may begin with any octets. One that looks like something else (an Ethernet address
//! of `7b:22:…`) is read as that and is a bad message: topics of raw frames should be read with
//! [`PacketFormat::Raw`], which accepts all but the empty message. What a message was taken for is
//! never tried again as something else.
//!
//! # Damage
//!
//! Packets before the damage have been handed over; [`BadMessage::packets`] tells how many.
//!
//! # Limits
//!
//! [`MAX_PACKETS`] in a message, [`MAX_FRAME_OCTETS`] in a frame, [`MAX_NESTING`] levels of
//! MessagePack, and 128 of JSON in the fields that are read. Memory: the longest frame of JSON seen so far; of a capture that is
//! cut inside a record, that record. A message itself is as large as Kafka lets it be.

mod bad_message;
mod capture;
pub mod encode;
mod envelope;
mod json;
mod json_object;
mod msgpack;
mod out;
mod raw;
mod sniff;
mod stream;
#[cfg(test)]
mod tests;
mod text;
mod time;

use clap::ValueEnum;
use stackprint::{Frame, LinkType, Timestamp};

pub use bad_message::{BadMessage, BadMessageKind};
pub use envelope::schema;
use out::{Defaults, Out};
use sniff::Form;
pub use stream::{BadValue, PacketStream, Values};
pub use time::KeyTime;

/// The header that says how a value is to be read.
pub const CONTENT_TYPE_HEADER: &str = "content-type";
/// The header with the LINKTYPE name or number of packets that do not carry it themselves.
pub const LINK_TYPE_HEADER: &str = "link-type";

/// More packets in one message are refused: each may become a record, which has to be held until
/// it is delivered.
pub const MAX_PACKETS: u32 = 1 << 18;
/// As captures have it.
pub const MAX_FRAME_OCTETS: usize = 262_144;
/// MessagePack of more levels is refused, even in fields that are passed over.
pub const MAX_NESTING: u32 = 32;

/// What of a message matters for its packets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Message<'m> {
    /// A time, where raw frames come as Metron writes them.
    pub key: Option<&'m [u8]>,
    /// Empty where there is none.
    pub value: &'m [u8],
    /// From [`CONTENT_TYPE_HEADER`].
    pub content_type: Option<&'m str>,
    /// From [`LINK_TYPE_HEADER`]; see [`link_type_of_header`].
    pub link_type: Option<LinkType>,
    /// Of packets that say none themselves.
    pub time: Option<Timestamp>,
}

/// What a packet's message says besides the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketMeta<'m> {
    /// Position in the message, from 0.
    pub index: u32,
    /// Who captured the packet.
    pub sensor: Option<&'m str>,
}

/// How packets are written in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PacketFormat {
    /// By the first octets.
    #[default]
    Auto,
    /// The packet envelope, in JSON or MessagePack.
    Envelope,
    /// The octets of one frame; its time is the key (as Metron has it) or the message's.
    Raw,
    /// A whole pcap or pcapng file, with any number of packets.
    Capture,
    /// Suricata's EVE with packets in it.
    Eve,
    /// tshark's -T ek -x or -T json -x.
    Ek,
    /// Tenzir's pcap.packet as JSON.
    Tenzir,
}

/// Turns messages into frames. See the [module](self).
#[derive(Debug)]
pub struct PacketDecoder {
    format: PacketFormat,
    link_type: LinkType,
    key_time: KeyTime,
    /// The frame at hand, where its octets are not those of the message.
    octets: Vec<u8>,
}

impl PacketDecoder {
    /// `link_type` is that of packets for which neither they nor a header say one.
    pub fn new(format: PacketFormat, link_type: LinkType, key_time: KeyTime) -> Self {
        PacketDecoder { format, link_type, key_time, octets: Vec::new() }
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
                json::decode(value, kind, &mut self.octets, out)
            }
            Form::Capture => capture::decode(message.value, out),
            Form::Raw => raw::decode(message, self.key_time, out),
            Form::Unrecognised => Err(BadMessageKind::Unrecognised.at(0)),
        }
    }
}

/// The link type that a header's value names.
///
/// # Errors
///
/// Where it is neither a LINKTYPE name nor a number.
pub fn link_type_of_header(value: &[u8]) -> Result<LinkType, BadMessage> {
    let text = str::from_utf8(value).ok();
    let link_type = text.and_then(|text| text.trim().parse().ok());
    link_type.ok_or(BadMessageKind::BadLinkTypeHeader.at(0))
}
