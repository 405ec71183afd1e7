//! Ethernet, its tags, and everything that an EtherType announces.
#![warn(clippy::indexing_slicing)]

use etherparse::{Ethernet2HeaderSlice, SingleVlanHeaderSlice};

use super::walk::{Layer, Walk};
use super::{Encapsulation, IpVersion};
use crate::Skip;

/// EtherTypes (IEEE registration authority; the unregistered ones are marked).
pub(super) mod ether_type {
    pub(crate) const IPV4: u16 = 0x0800;
    pub(crate) const VLAN: u16 = 0x8100;
    pub(crate) const IPV6: u16 = 0x86dd;
    pub(crate) const PROVIDER_VLAN: u16 = 0x88a8;
    /// Used for stacked tags before 802.1ad gave them a number.
    pub(crate) const OLD_STACKED_VLAN_1: u16 = 0x9100;
    pub(crate) const OLD_STACKED_VLAN_2: u16 = 0x9200;
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
