//! The straight line that nearly all frames take: Ethernet with up to two VLAN tags, or nothing; IP
//! without options or extension headers, TCP, and nothing of it missing.
//!
//! Whatever is rarer or odd is left to the general walk, which comes to the same end where this
//! does (a property test compares them).
#![warn(clippy::indexing_slicing)]

use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice, TcpHeaderSlice};

use super::ethernet::ether_type;
use super::internet::{self, protocol};
use super::ip::{IPV4_MIN_LEN, IPV6_LEN, Ip, IpVersion};
use super::{Encapsulation, Path, Segment};
use crate::{Frame, LinkType};

/// Places in the headers, in octets from the start of each.
mod field {
    pub(super) const ETHER_TYPE: usize = 12;
    pub(super) const VLAN_TAG_LEN: usize = 4;
}

/// Tags that are looked behind.
const MAX_TAGS: usize = 2;
/// IPv4, and a header of five words.
const V4_WITHOUT_OPTIONS: u8 = 0x45;
/// More fragments, and the offset of this one.
const V4_FRAGMENT: u16 = 0x3fff;
const VLAN_ID: u16 = 0x0fff;

/// The TCP segment of a frame; none for whoever has to look more closely.
#[inline(always)]
pub(super) fn open<'f>(frame: &Frame<'f>) -> Option<Segment<'f>> {
    let mut path = Path::EMPTY;
    let (version, octets) = match frame.link_type {
        LinkType::ETHERNET => behind_tags(frame.octets, &mut path)?,
        LinkType::RAW => (internet::version(*frame.octets.first()?)?, frame.octets),
        _ => return None,
    };
    match version {
        IpVersion::V4 => v4(octets, path),
        IpVersion::V6 => v6(octets, path),
    }
}

/// IP behind an Ethernet header and its tags.
#[inline(always)]
fn behind_tags<'f>(octets: &'f [u8], path: &mut Path) -> Option<(IpVersion, &'f [u8])> {
    let mut rest = octets.get(field::ETHER_TYPE..)?;
    for _ in 0..=MAX_TAGS {
        let (&announced, behind) = rest.split_first_chunk()?;
        match u16::from_be_bytes(announced) {
            ether_type::IPV4 => return Some((IpVersion::V4, behind)),
            ether_type::IPV6 => return Some((IpVersion::V6, behind)),
            ether_type::VLAN | ether_type::PROVIDER_VLAN => {
                let tag = u16::from_be_bytes(*behind.first_chunk()?);
                path.push(Encapsulation::Vlan(tag & VLAN_ID)).then_some(())?;
                rest = rest.get(field::VLAN_TAG_LEN..)?;
            }
            _ => return None,
        }
    }
    None
}

#[inline(always)]
fn v4(octets: &[u8], path: Path) -> Option<Segment<'_>> {
    let &[first, _, len_high, len_low, _, _, flags, offset, _, protocol, ..] =
        octets.first_chunk::<IPV4_MIN_LEN>()?;
    let fragment = u16::from_be_bytes([flags, offset]) & V4_FRAGMENT;
    if first != V4_WITHOUT_OPTIONS || protocol != protocol::TCP || fragment != 0 {
        return None;
    }
    let len = usize::from(u16::from_be_bytes([len_high, len_low]));
    let (header, segment) = octets.get(..len)?.split_at_checked(IPV4_MIN_LEN)?;
    tcp(Ip::V4(Ipv4HeaderSlice::from_slice(header).ok()?), segment, path)
}

#[inline(always)]
fn v6(octets: &[u8], path: Path) -> Option<Segment<'_>> {
    let &[_, _, _, _, len_high, len_low, protocol, ..] = octets.first_chunk::<IPV6_LEN>()?;
    if protocol != protocol::TCP {
        return None;
    }
    let len = usize::from(u16::from_be_bytes([len_high, len_low]));
    let (header, behind) = octets.split_at_checked(IPV6_LEN)?;
    // 0 is no length (RFC 2675), and too little for TCP.
    tcp(Ip::V6(Ipv6HeaderSlice::from_slice(header).ok()?), behind.get(..len)?, path)
}

#[inline(always)]
fn tcp<'f>(ip: Ip<'f>, octets: &'f [u8], path: Path) -> Option<Segment<'f>> {
    let tcp = TcpHeaderSlice::from_slice(octets).ok()?;
    let payload = octets.get(tcp.slice().len()..)?;
    Some(Segment { ip, tcp, payload_len: payload.len(), payload, path })
}
