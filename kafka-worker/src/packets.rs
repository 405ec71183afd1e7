//! Messages in, frames out: the ways in which others hand packets around.
//!
//! # Which way it is
//!
//! 1. A content-type that says more than "bytes" decides: `application/json` and all that end in
//!    `json` or `+json`, `application/msgpack`, `application/vnd.msgpack`,
//!    `application/x-msgpack`, `application/vnd.tcpdump.pcap`, `application/x-pcapng`.
//! 2. Else the configured format, if it is not [`PacketFormat::Auto`].
//! 3. Else the content-type `application/octet-stream`: a raw frame.
//! 4. Else the first bytes, in this order:
//!    - the magic numbers of pcap and pcapng: a capture;
//!    - `{"` or `[{`, with blanks as JSON allows them: JSON, told apart by its keys;
//!    - a MessagePack map whose first key is a field of the envelope, or an array that begins with
//!      such a map: an envelope;
//!    - a raw frame, if the message has a key of eight bytes (a time, as Metron writes it) or a
//!      header with the link type, or if there is IP in the frame;
//!    - what is left is bad: [`BadMessageKind::Unrecognised`].
//!
//! A raw frame may begin with any bytes. One that looks like something else (an Ethernet address
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
//! [`MAX_PACKETS`] in a message, [`MAX_FRAME_BYTES`] in a frame, [`MAX_NESTING`] levels of
//! MessagePack, and 128 of JSON in the fields that are read. Memory: the longest frame of JSON seen so far; of a capture that is
//! cut inside a record, that record. A message itself is as large as Kafka lets it be.

mod bad_message;
mod capture;
mod decoder;
pub mod encode;
mod envelope;
mod json;
mod json_object;
mod limits;
mod message;
mod msgpack;
mod out;
mod raw;
mod sniff;
mod stream;
#[cfg(test)]
mod tests;
mod time;

pub use bad_message::{BadMessage, BadMessageKind};
pub use decoder::PacketDecoder;
pub use envelope::schema;
pub use limits::{MAX_FRAME_BYTES, MAX_NESTING, MAX_PACKETS};
pub use message::{
    CONTENT_TYPE_HEADER, LINK_TYPE_HEADER, Message, PacketFormat, PacketMeta, link_type_of_header,
};
pub use stream::{BadValue, PacketStream, Values};
pub use time::KeyTime;
