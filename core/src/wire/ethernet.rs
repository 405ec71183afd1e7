//! Ethernet, its tags, and short headers that an EtherType announces.
#![warn(clippy::indexing_slicing)]

use etherparse::err::macsec;
use etherparse::{Ethernet2HeaderSlice, MacsecHeaderSlice, SingleVlanHeaderSlice};

use super::ip::IpVersion;
use super::numbers::ether_type;
use super::path::Encapsulation;
use super::walk::{Layer, Walk};
use crate::skip::{Skip, SkipReason};

/// An Ethernet header and its VLAN tags.
#[inline]
pub(super) fn frame(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let cursor = &mut walk.cursor;
    cursor.begin_header();
    match Ethernet2HeaderSlice::from_slice(cursor.rest()) {
        Ok(header) => {
            cursor.skip(header.slice().len())?;
            tags(walk, header.ether_type().0)
        }
        Err(error) => Err(cursor.ends_within(error.required_len)),
    }
}

/// Passes over VLAN tags; each one fills a place in the path, which bounds them.
#[inline]
pub(super) fn tags(walk: &mut Walk<'_>, mut ether_type: u16) -> Result<Layer, Skip> {
    loop {
        match ether_type {
            ether_type::IPV4 => return Ok(Layer::Ip(IpVersion::V4)),
            ether_type::IPV6 => return Ok(Layer::Ip(IpVersion::V6)),
            ether_type::VLAN
            | ether_type::PROVIDER_VLAN
            | ether_type::OLD_STACKED_VLAN_1
            | ether_type::OLD_STACKED_VLAN_2 => ether_type = vlan(walk)?,
            other => return Ok(Layer::EtherType(other)),
        }
    }
}

/// One VLAN tag; the EtherType after it.
#[inline]
fn vlan(walk: &mut Walk<'_>) -> Result<u16, Skip> {
    walk.cursor.begin_header();
    match SingleVlanHeaderSlice::from_slice(walk.cursor.rest()) {
        Ok(tag) => {
            walk.enter(Encapsulation::Vlan(tag.vlan_identifier().value()))?;
            walk.cursor.skip(tag.slice().len())?;
            Ok(tag.ether_type().0)
        }
        Err(error) => Err(walk.cursor.ends_within(error.required_len)),
    }
}

/// 802.1AE. Without encryption the payload stands there as it was, with its EtherType.
pub(super) fn macsec(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    match MacsecHeaderSlice::from_slice(walk.cursor.rest()) {
        Ok(header) => {
            let ether_type = header.next_ether_type().ok_or_else(|| walk.unsupported_payload())?;
            walk.enter(Encapsulation::Macsec)?;
            walk.cursor.skip(header.header_len())?;
            Ok(Layer::EtherType(ether_type.0))
        }
        Err(macsec::HeaderSliceError::Len(error)) => {
            Err(walk.cursor.ends_within(error.required_len))
        }
        Err(macsec::HeaderSliceError::Content(_)) => Err(walk.cursor.fault(SkipReason::BadHeader)),
    }
}

/// The service tag of 802.1ah (802.1Q clause 9.7): 8 bits of priority and flags, 24 bits of
/// service identifier, and the customer's frame.
pub(super) fn provider_backbone(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const SERVICE: u32 = 0x00ff_ffff;
    let tag = walk.cursor.take_u32()?;
    walk.enter(Encapsulation::Pbb(tag & SERVICE))?;
    Ok(Layer::Ethernet)
}

/// FabricPath: 10 bits of forwarding tag, 6 bits of TTL, and the frame as it was sent.
pub(super) fn fabric_path(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    walk.cursor.take_u16()?;
    walk.enter(Encapsulation::FabricPath)?;
    Ok(Layer::Ethernet)
}

/// Version, number of options, options of 4 octets, and the EtherType of what follows.
pub(super) fn cisco_meta_data(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const VERSION: u8 = 1;
    const OPTION_LEN: usize = 4;
    let &[version, options] = walk.cursor.take()?;
    if version != VERSION {
        return Err(walk.unsupported_payload());
    }
    walk.cursor.skip(usize::from(options) * OPTION_LEN)?;
    walk.enter(Encapsulation::CiscoMetaData)?;
    walk.cursor.take_u16().map(Layer::EtherType)
}

/// VN-Tag: 32 bits of direction and interfaces, and the EtherType of what follows.
pub(super) fn vn_tag(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    walk.cursor.take_u32()?;
    walk.enter(Encapsulation::VnTag)?;
    walk.cursor.take_u16().map(Layer::EtherType)
}

/// HSR tag: path and size, sequence number, and the EtherType of what follows.
pub(super) fn redundancy_tag(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    walk.cursor.take_u32()?;
    walk.enter(Encapsulation::Hsr)?;
    walk.cursor.take_u16().map(Layer::EtherType)
}

/// Network service header (RFC 8300 section 2).
pub(super) fn service_header(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    /// The low 6 bits of the second octet: the header's length in units of 4 octets.
    const LENGTH: u8 = 0x3f;
    const UNIT: usize = 4;
    const FIXED_LEN: usize = 8;
    let &[_, length, _, next, path_high, path_middle, path_low, _] =
        walk.cursor.take::<FIXED_LEN>()?;
    let Some(context_len) = (usize::from(length & LENGTH) * UNIT).checked_sub(FIXED_LEN) else {
        return Err(walk.cursor.fault(SkipReason::BadHeader));
    };
    walk.cursor.skip(context_len)?;
    let service_path = u32::from_be_bytes([0, path_high, path_middle, path_low]);
    walk.enter(Encapsulation::Nsh(service_path))?;
    Layer::of_next_protocol(next).ok_or_else(|| walk.unsupported_payload())
}
