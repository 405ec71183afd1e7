//! A message as its transport hands it over.

use clap::ValueEnum;
use stackprint::{LinkType, Timestamp};

use super::bad_message::{BadMessage, BadMessageKind};

/// The header that says how a value is to be read.
pub const CONTENT_TYPE_HEADER: &str = "content-type";
/// The header with the LINKTYPE name or number of packets that do not carry it themselves.
pub const LINK_TYPE_HEADER: &str = "link-type";

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
    /// By the first bytes.
    #[default]
    Auto,
    /// The packet envelope, in JSON or MessagePack.
    Envelope,
    /// The bytes of one frame; its time is the key (as Metron has it) or the message's.
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
