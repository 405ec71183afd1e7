//! LLC, SNAP and NLPID: how links without an EtherType of their own announce what they carry.
#![warn(clippy::indexing_slicing)]

use super::ip::IpVersion;
use super::numbers::ether_type;
use super::walk::{Layer, Walk};
use crate::skip::{Skip, SkipReason};

/// Service access points (802.2).
mod sap {
    pub(super) const IP: u8 = 0x06;
    pub(super) const SNAP: u8 = 0xaa;
    pub(super) const ISO: u8 = 0xfe;
}

/// LLC control octet of unnumbered information.
const UNNUMBERED_INFORMATION: u8 = 0x03;

/// Organisation codes of SNAP.
mod organization {
    /// An EtherType follows (RFC 1042).
    pub(super) const ETHERNET: [u8; 3] = [0, 0, 0];
    /// An EtherType follows (802.1H).
    pub(super) const BRIDGE_TUNNEL: [u8; 3] = [0, 0, 0xf8];
    /// A bridged frame follows (802.1 committee; RFC 2684, RFC 2427).
    pub(super) const BRIDGED: [u8; 3] = [0, 0x80, 0xc2];
}

/// Bridged 802.3, with and without the frame check sequence of its own.
const BRIDGED_802_3_WITH_FCS: u16 = 0x0001;
const BRIDGED_802_3: u16 = 0x0007;

/// Network layer protocol identifiers (ISO/IEC TR 9577; RFC 2427).
mod nlpid {
    pub(super) const SNAP: u8 = 0x80;
    pub(super) const IPV6: u8 = 0x8e;
    pub(super) const IPV4: u8 = 0xcc;
    pub(super) const PPP: u8 = 0xcf;
}

/// An LLC header.
pub(super) fn llc(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    llc_with_bridge_padding(walk, 0)
}

/// An LLC header on ATM: RFC 2684 section 5.2 puts two octets before a bridged frame, so that
/// what is inside lies on a multiple of four.
pub(super) fn llc_over_atm(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const PADDING: usize = 2;
    llc_with_bridge_padding(walk, PADDING)
}

/// Classical IP over ATM (RFC 2225) as Linux captures it: LLC and SNAP, or IP at once.
pub(super) fn classical_ip(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    match walk.cursor.peek() {
        Some(sap::SNAP) => llc_over_atm(walk),
        _ => Ok(Layer::AnyIp),
    }
}

fn llc_with_bridge_padding(walk: &mut Walk<'_>, padding: usize) -> Result<Layer, Skip> {
    match *walk.cursor.take()? {
        [sap::SNAP, sap::SNAP, UNNUMBERED_INFORMATION] => snap(walk, padding),
        [sap::ISO, sap::ISO, UNNUMBERED_INFORMATION] => Ok(Layer::Nlpid),
        [sap::IP, sap::IP, UNNUMBERED_INFORMATION] => Ok(Layer::Ip(IpVersion::V4)),
        _ => Err(walk.unsupported_payload()),
    }
}

/// Organisation code and protocol identifier.
fn snap(walk: &mut Walk<'_>, bridge_padding: usize) -> Result<Layer, Skip> {
    let organization = *walk.cursor.take()?;
    let identifier = walk.cursor.take_u16()?;
    match (organization, identifier) {
        (_, 0..=ether_type::MAX_LENGTH) if organization != organization::BRIDGED => {
            Err(walk.unsupported_payload())
        }
        (organization::ETHERNET | organization::BRIDGE_TUNNEL, _) => {
            Ok(Layer::EtherType(identifier))
        }
        (organization::BRIDGED, BRIDGED_802_3 | BRIDGED_802_3_WITH_FCS) => {
            walk.cursor.skip(bridge_padding)?;
            Ok(Layer::Ethernet)
        }
        _ => Err(walk.unsupported_payload()),
    }
}

/// A network layer protocol identifier, and what it announces.
pub(super) fn nlpid(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let number = walk.cursor.take_u8()?;
    nlpid_number(walk, number)
}

/// What the identifier `number` announces.
pub(super) fn nlpid_number(walk: &mut Walk<'_>, number: u8) -> Result<Layer, Skip> {
    match number {
        nlpid::SNAP => snap(walk, 0),
        nlpid::IPV4 => Ok(Layer::Ip(IpVersion::V4)),
        nlpid::IPV6 => Ok(Layer::Ip(IpVersion::V6)),
        nlpid::PPP => Ok(Layer::Ppp),
        _ => Err(walk.unsupported_payload()),
    }
}

/// Frame Relay: an address of two to four octets, then NLPID (RFC 2427 section 3), or an
/// EtherType at once, as Cisco's own encapsulation has it.
pub(super) fn frame_relay(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    /// Set in the last octet of the address.
    const EXTENDED_ADDRESS: u8 = 0x01;
    const MIN_ADDRESS_LEN: usize = 2;
    const MAX_ADDRESS_LEN: usize = 4;
    const PAD: u8 = 0;

    let mut address_len = 1;
    while walk.cursor.take_u8()? & EXTENDED_ADDRESS == 0 {
        address_len += 1;
        if address_len > MAX_ADDRESS_LEN {
            return Err(walk.cursor.fault(SkipReason::BadHeader));
        }
    }
    if address_len < MIN_ADDRESS_LEN {
        return Err(walk.cursor.fault(SkipReason::BadHeader));
    }
    if walk.cursor.peek() != Some(UNNUMBERED_INFORMATION) {
        return match walk.cursor.take_u16()? {
            0..=ether_type::MAX_LENGTH => Err(walk.unsupported_payload()),
            ether_type => Ok(Layer::EtherType(ether_type)),
        };
    }
    walk.cursor.skip(1)?;
    if walk.cursor.peek() == Some(PAD) {
        walk.cursor.skip(1)?;
    }
    Ok(Layer::Nlpid)
}

/// Multilink Frame Relay (FRF.16.1): where in the frame this piece belongs, and a 12-bit sequence
/// number. The header of the whole frame is in its first piece.
pub(super) fn multilink_frame_relay(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const BEGIN: u8 = 0x80;
    const END: u8 = 0x40;
    const CONTROL: u8 = 0x20;
    let &[flags, _] = walk.cursor.take()?;
    if flags & CONTROL != 0 {
        return Err(walk.unsupported_payload());
    }
    if flags & BEGIN == 0 {
        return Err(walk.cursor.fault(SkipReason::Fragment));
    }
    if flags & END == 0 {
        walk.cursor.set_fragment();
    }
    frame_relay(walk)
}
