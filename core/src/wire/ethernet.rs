//! Ethernet, its tags, and everything that an EtherType announces.
#![warn(clippy::indexing_slicing)]

use etherparse::err::macsec;
use etherparse::{Ethernet2HeaderSlice, MacsecHeaderSlice, SingleVlanHeaderSlice};

use super::walk::{Layer, Walk};
use super::{Encapsulation, IpVersion, fabric, mirror, mpls, ppp};
use crate::skip::Carried;
use crate::{Skip, SkipReason};

/// EtherTypes (IEEE registration authority).
pub(super) mod ether_type {
    /// The largest value that is a length and no type (802.3 clause 3.2.6).
    pub(crate) const MAX_LENGTH: u16 = 1500;
    pub(crate) const IPV4: u16 = 0x0800;
    pub(crate) const TRILL: u16 = 0x22f3;
    /// 802.11 frames, as a driver for Intel's wireless cards once captured them.
    pub(crate) const CENTRINO: u16 = 0x2452;
    pub(crate) const BATMAN: u16 = 0x4305;
    pub(crate) const TRANSPARENT_ETHERNET: u16 = 0x6558;
    pub(crate) const VLAN: u16 = 0x8100;
    pub(crate) const IPV6: u16 = 0x86dd;
    pub(crate) const PPP: u16 = 0x880b;
    pub(crate) const MPLS: u16 = 0x8847;
    pub(crate) const MPLS_UPSTREAM: u16 = 0x8848;
    pub(crate) const PPPOE_SESSION: u16 = 0x8864;
    /// LLC frames that are too long for their length to stand in place of the type.
    pub(crate) const JUMBO_LLC: u16 = 0x8870;
    pub(crate) const PROVIDER_VLAN: u16 = 0x88a8;
    pub(crate) const LWAPP: u16 = 0x88bb;
    pub(crate) const MACSEC: u16 = 0x88e5;
    pub(crate) const PBB: u16 = 0x88e7;
    pub(crate) const FABRIC_PATH: u16 = 0x8903;
    pub(crate) const CISCO_META_DATA: u16 = 0x8909;
    pub(crate) const VN_TAG: u16 = 0x8926;
    pub(crate) const HSR: u16 = 0x892f;
    pub(crate) const E_TAG: u16 = 0x893f;
    pub(crate) const NSH: u16 = 0x894f;
    pub(crate) const CISCO_TIMESTAMP: u16 = 0x8988;
    /// Stacked VLAN tags before 802.1ad gave them a number.
    pub(crate) const OLD_STACKED_VLAN_1: u16 = 0x9100;
    pub(crate) const OLD_STACKED_VLAN_2: u16 = 0x9200;
    /// What Airespace used before there was an assignment.
    pub(crate) const LWAPP_OLD: u16 = 0xbbbb;
    pub(crate) const ARISTA: u16 = 0xd28b;
    pub(crate) const R_TAG: u16 = 0xf1c1;
}

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
fn tags(walk: &mut Walk<'_>, mut ether_type: u16) -> Result<Layer, Skip> {
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

/// One VLAN tag; the EtherType behind it.
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

/// Opens what `ether_type` announces.
pub(super) fn payload(walk: &mut Walk<'_>, ether_type: u16) -> Result<Layer, Skip> {
    let ether_type = match tags(walk, ether_type)? {
        Layer::EtherType(other) => other,
        layer => return Ok(layer),
    };
    walk.cursor.begin_header();
    match ether_type {
        0..=ether_type::MAX_LENGTH => {
            walk.cursor.limit(usize::from(ether_type));
            Ok(Layer::Llc)
        }
        ether_type::JUMBO_LLC => Ok(Layer::Llc),
        ether_type::TRANSPARENT_ETHERNET => Ok(Layer::Ethernet),
        ether_type::PPP => Ok(Layer::Ppp),
        ether_type::MPLS | ether_type::MPLS_UPSTREAM => mpls::label_stack(walk),
        ether_type::PPPOE_SESSION => ppp::pppoe(walk),
        ether_type::MACSEC => macsec(walk),
        ether_type::PBB => provider_backbone(walk),
        ether_type::FABRIC_PATH => fabric_path(walk),
        ether_type::CISCO_META_DATA => cisco_meta_data(walk),
        ether_type::VN_TAG => vn_tag(walk),
        ether_type::HSR => redundancy_tag(walk),
        ether_type::NSH => service_header(walk),
        ether_type::CISCO_TIMESTAMP => fabric::cisco_timestamp(walk),
        ether_type::ARISTA => fabric::arista_timestamp(walk),
        ether_type::E_TAG => fabric::e_tag(walk),
        ether_type::R_TAG => fabric::r_tag(walk),
        ether_type::TRILL => fabric::trill(walk),
        ether_type::BATMAN => fabric::batman(walk),
        ether_type::LWAPP | ether_type::LWAPP_OLD => mirror::lwapp(walk),
        ether_type::CENTRINO => Ok(Layer::Ieee80211),
        other => Err(walk.leads_nowhere_by(Carried::EtherType(other))),
    }
}

/// 802.1AE. Without encryption the payload stands there as it was, with its EtherType.
fn macsec(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    match MacsecHeaderSlice::from_slice(walk.cursor.rest()) {
        Ok(header) => {
            let ether_type = header.next_ether_type().ok_or_else(|| walk.leads_nowhere())?;
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
fn provider_backbone(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const SERVICE: u32 = 0x00ff_ffff;
    let tag = walk.cursor.take_u32()?;
    walk.enter(Encapsulation::Pbb(tag & SERVICE))?;
    Ok(Layer::Ethernet)
}

/// FabricPath: 10 bits of forwarding tag, 6 bits of TTL, and the frame as it was sent.
fn fabric_path(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    walk.cursor.take_u16()?;
    walk.enter(Encapsulation::FabricPath)?;
    Ok(Layer::Ethernet)
}

/// Version, number of options, options of 4 octets, and the EtherType of what follows.
fn cisco_meta_data(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const VERSION: u8 = 1;
    const OPTION_LEN: usize = 4;
    let &[version, options] = walk.cursor.take()?;
    if version != VERSION {
        return Err(walk.leads_nowhere());
    }
    walk.cursor.skip(usize::from(options) * OPTION_LEN)?;
    walk.enter(Encapsulation::CiscoMetaData)?;
    walk.cursor.take_u16().map(Layer::EtherType)
}

/// VN-Tag: 32 bits of direction and interfaces, and the EtherType of what follows.
fn vn_tag(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    walk.cursor.take_u32()?;
    walk.enter(Encapsulation::VnTag)?;
    walk.cursor.take_u16().map(Layer::EtherType)
}

/// HSR tag: path and size, sequence number, and the EtherType of what follows.
fn redundancy_tag(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    walk.cursor.take_u32()?;
    walk.enter(Encapsulation::Hsr)?;
    walk.cursor.take_u16().map(Layer::EtherType)
}

/// Network service header (RFC 8300 section 2).
fn service_header(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
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
    next_protocol(next).ok_or_else(|| walk.leads_nowhere())
}

/// The "next protocol" numbers that NSH (RFC 8300 section 2.2) and VXLAN-GPE share.
pub(super) fn next_protocol(number: u8) -> Option<Layer> {
    match number {
        1 => Some(Layer::Ip(IpVersion::V4)),
        2 => Some(Layer::Ip(IpVersion::V6)),
        3 => Some(Layer::Ethernet),
        4 => Some(Layer::EtherType(ether_type::NSH)),
        5 => Some(Layer::EtherType(ether_type::MPLS)),
        _ => None,
    }
}
