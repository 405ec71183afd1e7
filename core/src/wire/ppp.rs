//! PPP, the links that carry it, and Cisco's HDLC, which shares a link type with it.
#![warn(clippy::indexing_slicing)]

use super::ip::IpVersion;
use super::numbers::{ether_type, ppp as protocol};
use super::path::Encapsulation;
use super::walk::{Layer, Walk};
use crate::skip::{Skip, SkipReason};

/// Address "all stations" and control "unnumbered information" (RFC 1662 section 3.1); left out
/// where both ends agreed to.
const ALL_STATIONS: u8 = 0xff;
const UNNUMBERED_INFORMATION: u8 = 0x03;

/// First octets of Cisco HDLC.
mod hdlc {
    pub(super) const UNICAST: u8 = 0x0f;
    pub(super) const BROADCAST: u8 = 0x8f;
}

/// Whether a protocol field of two octets announces what is opened here.
pub(super) fn carries_ip(number: u16) -> bool {
    matches!(
        number,
        protocol::IPV4
            | protocol::IPV6
            | protocol::MULTILINK
            | protocol::MPLS
            | protocol::MPLS_MULTICAST
    )
}

/// Address and control, if any, then the protocol field.
pub(super) fn ppp(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    // Protocol numbers never begin with the address octet.
    if walk.cursor.peek() == Some(ALL_STATIONS)
        && *walk.cursor.take()? != [ALL_STATIONS, UNNUMBERED_INFORMATION]
    {
        return Err(walk.unsupported_payload());
    }
    match protocol_field(walk)? {
        protocol::IPV4 => Ok(Layer::Ip(IpVersion::V4)),
        protocol::IPV6 => Ok(Layer::Ip(IpVersion::V6)),
        protocol::BRIDGED => bridged(walk),
        protocol::MULTILINK => multilink(walk),
        protocol::MPLS => Ok(Layer::EtherType(ether_type::MPLS)),
        protocol::MPLS_MULTICAST => Ok(Layer::EtherType(ether_type::MPLS_UPSTREAM)),
        _ => Err(walk.unsupported_payload()),
    }
}

/// PPP around frames of a bridge (RFC 3518 section 4.2): flags and the length of padding, the type of
/// the frame, and the number of the LAN where a flag says so.
fn bridged(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const LAN_IDENTIFIER: u8 = 0x40;
    const LAN_IDENTIFIER_LEN: usize = 4;
    const ETHERNET: u8 = 1;
    let &[flags, mac_type] = walk.cursor.take()?;
    if mac_type != ETHERNET {
        return Err(walk.unsupported_payload());
    }
    if flags & LAN_IDENTIFIER != 0 {
        walk.cursor.skip(LAN_IDENTIFIER_LEN)?;
    }
    Ok(Layer::Ethernet)
}

/// Multilink PPP (RFC 1990 section 3): where in the packet this piece belongs, and a sequence number
/// of 24 bits; one of 12 bits takes an agreement of both ends, which is not seen here. The packet's
/// protocol is in its first piece.
fn multilink(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const BEGIN: u8 = 0x80;
    const END: u8 = 0x40;
    let &[flags, ..] = walk.cursor.take::<4>()?;
    if flags & BEGIN == 0 {
        return Err(walk.cursor.fault(SkipReason::Fragment));
    }
    if flags & END == 0 {
        walk.cursor.set_fragment();
    }
    Ok(Layer::Ppp)
}

/// RFC 1661 section 2: the last octet of the field is odd and the one before it even, which is
/// how one octet is told from two (section 6.5).
fn protocol_field(walk: &mut Walk<'_>) -> Result<u16, Skip> {
    let first = walk.cursor.take_u8()?;
    if first & 1 == 1 {
        return Ok(u16::from(first));
    }
    let second = walk.cursor.take_u8()?;
    Ok(u16::from_be_bytes([first, second]))
}

/// PPP or Cisco HDLC, told apart by the first octet as the registry of link types has it.
pub(super) fn ppp_or_hdlc(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    match walk.cursor.peek() {
        Some(hdlc::UNICAST | hdlc::BROADCAST) => cisco_hdlc(walk),
        _ => ppp(walk),
    }
}

/// Cisco HDLC (RFC 1547 section 4.3.1): address, a zero octet, and an EtherType.
pub(super) fn cisco_hdlc(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    walk.cursor.take_u16()?;
    match walk.cursor.take_u16()? {
        0..=ether_type::MAX_LENGTH => Err(walk.unsupported_payload()),
        ether_type => Ok(Layer::EtherType(ether_type)),
    }
}

/// PPPoE session (RFC 2516 section 4).
pub(super) fn pppoe(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const VERSION_AND_TYPE: u8 = 0x11;
    const SESSION_DATA: u8 = 0;
    let &[version_and_type, code] = walk.cursor.take()?;
    let session = walk.cursor.take_u16()?;
    let length = walk.cursor.take_u16()?;
    if version_and_type != VERSION_AND_TYPE || code != SESSION_DATA {
        return Err(walk.unsupported_payload());
    }
    walk.cursor.limit(usize::from(length));
    walk.enter(Encapsulation::Pppoe(session))?;
    Ok(Layer::Ppp)
}
