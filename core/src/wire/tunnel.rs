//! Tunnels that IP announces by a protocol number: IP in IP, GRE and its kin.
#![warn(clippy::indexing_slicing)]

use super::ip::IpVersion;
use super::numbers::ether_type;
use super::path::Encapsulation;
use super::walk::{Layer, Walk};
use crate::frame::LinkType;
use crate::skip::{Skip, SkipReason};

/// The first 16 bits of a GRE header (RFC 2784, RFC 2890, RFC 2637).
mod gre {
    pub(super) const CHECKSUM: u16 = 0x8000;
    pub(super) const ROUTING: u16 = 0x4000;
    pub(super) const KEY: u16 = 0x2000;
    pub(super) const SEQUENCE: u16 = 0x1000;
    /// Version 1 only.
    pub(super) const ACKNOWLEDGMENT: u16 = 0x0080;
    pub(super) const VERSION: u16 = 0x0007;
    /// GRE itself.
    pub(super) const VERSION_0: u16 = 0;
    /// Enhanced GRE, of PPTP.
    pub(super) const VERSION_1: u16 = 1;
    /// Octets of each optional field.
    pub(super) const FIELD_LEN: usize = 4;
}

/// GRE protocol types that are not EtherTypes, or not to be read as such.
mod gre_type {
    pub(super) const ERSPAN_3: u16 = 0x22eb;
    /// Ethernet, as some routers announce it.
    pub(super) const ETHERNET: u16 = 0x6400;
    pub(super) const FRAME_RELAY: u16 = 0x6559;
    pub(super) const WCCP: u16 = 0x883e;
    pub(super) const ERSPAN_1_OR_2: u16 = 0x88be;
    /// 802.11 between Aruba's access points and their controller: one number for each network, in
    /// steps of 16.
    pub(super) const ARUBA_FIRST: u16 = 0x8200;
    pub(super) const ARUBA_LAST: u16 = 0x8370;
    pub(super) const ARUBA_SLOT: u16 = 0x000f;
}

/// GRE, both versions.
pub(super) fn gre(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let flags = walk.cursor.take_u16()?;
    let protocol_type = walk.cursor.take_u16()?;
    let optional_fields = match flags & gre::VERSION {
        // RFC 2784 section 2.3: a packet with routing is discarded by whoever does not know
        // RFC 1701, whose source routes nobody sends.
        gre::VERSION_0 if flags & gre::ROUTING == 0 => gre::CHECKSUM | gre::KEY | gre::SEQUENCE,
        gre::VERSION_1 => gre::KEY | gre::SEQUENCE | gre::ACKNOWLEDGMENT,
        _ => return Err(walk.unsupported_payload()),
    };
    let fields = (flags & optional_fields).count_ones() as usize;
    walk.cursor.skip(fields * gre::FIELD_LEN)?;
    walk.enter(Encapsulation::Gre)?;
    match protocol_type {
        gre_type::ERSPAN_1_OR_2 => erspan(walk, flags & gre::SEQUENCE != 0),
        _ => gre_payload(walk, protocol_type),
    }
}

/// What a GRE protocol type announces; captures without the GRE header come here as well.
pub(super) fn gre_payload(walk: &mut Walk<'_>, protocol_type: u16) -> Result<Layer, Skip> {
    match protocol_type {
        gre_type::ERSPAN_1_OR_2 => erspan(walk, true),
        gre_type::ERSPAN_3 => erspan_3(walk),
        gre_type::WCCP => web_cache(walk),
        gre_type::ETHERNET => Ok(Layer::Ethernet),
        gre_type::ARUBA_FIRST..=gre_type::ARUBA_LAST
            if protocol_type & gre_type::ARUBA_SLOT == 0 =>
        {
            Ok(Layer::Ieee80211)
        }
        gre_type::FRAME_RELAY => Ok(Layer::Link(LinkType::FRELAY)),
        0..=ether_type::MAX_LENGTH => Err(walk.unsupported_payload()),
        ether_type => Ok(Layer::EtherType(ether_type)),
    }
}

/// Mirrored Ethernet, types I and II (draft-foschiano-erspan section 4): type II has a header of
/// its own, and is known by the GRE sequence number.
fn erspan(walk: &mut Walk<'_>, numbered: bool) -> Result<Layer, Skip> {
    const TYPE_2_LEN: usize = 8;
    if numbered {
        walk.cursor.begin_header();
        walk.cursor.skip(TYPE_2_LEN)?;
    }
    Ok(Layer::Ethernet)
}

/// Mirrored frames, type III (the same draft, section 4.3).
fn erspan_3(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const LEN: usize = 12;
    /// In the last octet: a subheader for the platform follows.
    const OPTIONAL_SUBHEADER: u8 = 0x01;
    const SUBHEADER_LEN: usize = 8;
    /// In the octet before: the type of the mirrored frame, where 0 is Ethernet and 2 is IP.
    const FRAME_TYPE: u8 = 0x7c;
    const FRAME_TYPE_SHIFT: u32 = 2;
    walk.cursor.begin_header();
    let &[.., frame_type, last] = walk.cursor.take::<LEN>()?;
    if last & OPTIONAL_SUBHEADER != 0 {
        walk.cursor.skip(SUBHEADER_LEN)?;
    }
    match (frame_type & FRAME_TYPE) >> FRAME_TYPE_SHIFT {
        0 => Ok(Layer::Ethernet),
        2 => Ok(Layer::AnyIp),
        _ => Err(walk.unsupported_payload()),
    }
}

/// Web cache redirection (draft-wilson-wrec-wccp-v2 section 4.12): version 2 puts 4 octets before
/// the IPv4 header that version 1 has at once. Their first octet is never that of an IP header.
fn web_cache(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const REDIRECT_HEADER_LEN: usize = 4;
    const IPV4: u8 = 4;
    walk.cursor.begin_header();
    if walk.cursor.peek().is_some_and(|first| first >> 4 != IPV4) {
        walk.cursor.skip(REDIRECT_HEADER_LEN)?;
    }
    Ok(Layer::Ip(IpVersion::V4))
}

/// Ethernet in IP (RFC 3378 section 2): a version nibble of 3, and 12 zero bits.
pub(super) fn ether_ip(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const HEADER: u16 = 0x3000;
    if walk.cursor.take_u16()? != HEADER {
        return Err(walk.cursor.fault(SkipReason::BadHeader));
    }
    walk.enter(Encapsulation::EtherIp)?;
    Ok(Layer::Ethernet)
}
