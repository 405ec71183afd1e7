//! Endace's extensible record format (document EDM11-01): a time, the type of the record, and its
//! lengths; then extension headers of 8 octets, a header of the type's own, and the frame.
#![warn(clippy::indexing_slicing)]

use super::ip::IpVersion;
use super::llc;
use super::walk::{Layer, Walk};
use crate::frame::LinkType;
use crate::skip::Skip;

/// Types of records that hold what can be opened. Those of a colour or a hash differ from their
/// plain kin in what the lost count's two octets mean.
mod record {
    pub(super) const HDLC: u8 = 1;
    pub(super) const ETHERNET: u8 = 2;
    pub(super) const AAL5: u8 = 4;
    pub(super) const CHANNEL_HDLC: u8 = 5;
    pub(super) const CHANNEL_AAL5: u8 = 9;
    pub(super) const COLOUR_HDLC: u8 = 10;
    pub(super) const COLOUR_ETHERNET: u8 = 11;
    pub(super) const DSM_COLOUR_HDLC: u8 = 15;
    pub(super) const DSM_COLOUR_ETHERNET: u8 = 16;
    pub(super) const COLOUR_CHANNEL_HDLC: u8 = 17;
    pub(super) const COLOUR_HASH_HDLC: u8 = 19;
    pub(super) const COLOUR_HASH_ETHERNET: u8 = 20;
    pub(super) const IPV4: u8 = 22;
    pub(super) const IPV6: u8 = 23;
}

/// Octets before an Ethernet header: an offset, and padding.
const ETHERNET_PADDING: usize = 2;
/// Octets that tell of the channel.
const CHANNEL_LEN: usize = 4;
/// Octets of an ATM cell's header, which a reassembled frame keeps.
const ATM_LEN: usize = 4;

/// A record.
pub(super) fn erf(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const TIME_LEN: usize = 8;
    const FLAGS_AND_LENGTHS_LEN: usize = 7;
    /// In the type, and in the first octet of an extension header: another one follows.
    const ANOTHER_HEADER: u8 = 0x80;
    const EXTENSION_LEN: usize = 8;
    const MAX_EXTENSIONS: usize = 16;

    walk.cursor.skip(TIME_LEN)?;
    let kind = walk.cursor.take_u8()?;
    walk.cursor.skip(FLAGS_AND_LENGTHS_LEN)?;
    let mut another = kind & ANOTHER_HEADER != 0;
    for _ in 0..MAX_EXTENSIONS {
        if !another {
            break;
        }
        let &[first, ..] = walk.cursor.take::<EXTENSION_LEN>()?;
        another = first & ANOTHER_HEADER != 0;
    }
    payload(walk, kind & !ANOTHER_HEADER)
}

/// What a record of `kind` holds.
fn payload(walk: &mut Walk<'_>, kind: u8) -> Result<Layer, Skip> {
    match kind {
        record::HDLC | record::COLOUR_HDLC | record::DSM_COLOUR_HDLC | record::COLOUR_HASH_HDLC => {
            Ok(Layer::Link(LinkType::PPP_HDLC))
        }
        record::CHANNEL_HDLC | record::COLOUR_CHANNEL_HDLC => {
            walk.cursor.skip(CHANNEL_LEN)?;
            Ok(Layer::Link(LinkType::PPP_HDLC))
        }
        record::ETHERNET
        | record::COLOUR_ETHERNET
        | record::DSM_COLOUR_ETHERNET
        | record::COLOUR_HASH_ETHERNET => {
            walk.cursor.skip(ETHERNET_PADDING)?;
            Ok(Layer::Ethernet)
        }
        record::AAL5 => {
            walk.cursor.skip(ATM_LEN)?;
            llc::llc_over_atm(walk)
        }
        record::CHANNEL_AAL5 => {
            walk.cursor.skip(CHANNEL_LEN + ATM_LEN)?;
            llc::llc_over_atm(walk)
        }
        record::IPV4 => Ok(Layer::Ip(IpVersion::V4)),
        record::IPV6 => Ok(Layer::Ip(IpVersion::V6)),
        _ => Err(walk.unsupported_payload()),
    }
}
