//! The fast path: the segment of the most common frames, without a walk. These are Ethernet with up
//! to two VLAN tags, or no link header; IP without options or extension headers; TCP; and nothing of
//! it missing.
//!
//! Whatever is rarer or odd is left to the general walk, which finds the same segment wherever this
//! finds one (a property test compares them).
#![warn(clippy::indexing_slicing)]

use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice, TcpHeaderSlice};

use super::MAX_TAGS;
use crate::frame::{Frame, LinkType};
use crate::wire::field::{ethernet, ipv4, ipv6, u16_at};
use crate::wire::ip::{Ip, IpVersion};
use crate::wire::numbers::{ether_type, protocol};
use crate::wire::path::{Encapsulation, Path};
use crate::wire::segment::Segment;

/// The TCP segment of a frame; `None` if only the general walk can tell.
#[inline(always)]
pub(in crate::wire) fn open<'f>(frame: &Frame<'f>) -> Option<Segment<'f>> {
    match open_untagged(frame) {
        None => open_tagged(frame),
        found => found,
    }
}

/// The same of frames without VLAN tags alone: of these, nothing but the headers is in memory.
#[inline(always)]
pub(in crate::wire) fn open_untagged<'f>(frame: &Frame<'f>) -> Option<Segment<'f>> {
    let (version, bytes) = match frame.link_type {
        LinkType::ETHERNET => {
            let (&announced, behind) =
                frame.data.get(ethernet::ETHER_TYPE..)?.split_first_chunk()?;
            (version_of(u16::from_be_bytes(announced))?, behind)
        }
        LinkType::RAW => (IpVersion::of_first_octet(*frame.data.first()?)?, frame.data),
        _ => return None,
    };
    match version {
        IpVersion::V4 => v4(bytes, Path::EMPTY),
        IpVersion::V6 => v6(bytes, Path::EMPTY),
    }
}

/// The same of frames with VLAN tags alone.
#[inline(always)]
pub(in crate::wire) fn open_tagged<'f>(frame: &Frame<'f>) -> Option<Segment<'f>> {
    let announced = u16_at(frame.data, ethernet::ETHER_TYPE)?;
    if frame.link_type == LinkType::ETHERNET && is_tag(announced) {
        after_tags(frame.data)
    } else {
        None
    }
}

/// IP after an Ethernet header and its tags.
#[inline(always)]
fn after_tags(bytes: &[u8]) -> Option<Segment<'_>> {
    let mut path = Path::EMPTY;
    let mut rest = bytes.get(ethernet::ETHER_TYPE..)?;
    for _ in 0..=MAX_TAGS {
        let (&announced, behind) = rest.split_first_chunk()?;
        let announced = u16::from_be_bytes(announced);
        match version_of(announced) {
            Some(IpVersion::V4) => return v4(behind, path),
            Some(IpVersion::V6) => return v6(behind, path),
            None if is_tag(announced) => {}
            None => return None,
        }
        let tag = u16::from_be_bytes(*behind.first_chunk()?);
        path.push(Encapsulation::Vlan(tag & ethernet::VLAN_ID)).then_some(())?;
        rest = rest.get(ethernet::VLAN_TAG_LEN..)?;
    }
    None
}

#[inline]
fn version_of(announced: u16) -> Option<IpVersion> {
    match announced {
        ether_type::IPV4 => Some(IpVersion::V4),
        ether_type::IPV6 => Some(IpVersion::V6),
        _ => None,
    }
}

#[inline]
fn is_tag(announced: u16) -> bool {
    matches!(announced, ether_type::VLAN | ether_type::PROVIDER_VLAN)
}

#[inline(always)]
fn v4(bytes: &[u8], path: Path) -> Option<Segment<'_>> {
    let &[first, _, len_high, len_low, _, _, flags, offset, _, protocol, ..] =
        bytes.first_chunk::<{ ipv4::MIN_LEN }>()?;
    let fragment = u16::from_be_bytes([flags, offset]) & ipv4::MORE_FRAGMENTS_AND_OFFSET;
    if first != ipv4::WITHOUT_OPTIONS || protocol != protocol::TCP || fragment != 0 {
        return None;
    }
    let len = usize::from(u16::from_be_bytes([len_high, len_low]));
    let (header, segment) = bytes.get(..len)?.split_at_checked(ipv4::MIN_LEN)?;
    tcp(Ip::V4(Ipv4HeaderSlice::from_slice(header).ok()?), segment, path)
}

#[inline(always)]
fn v6(bytes: &[u8], path: Path) -> Option<Segment<'_>> {
    let &[_, _, _, _, len_high, len_low, protocol, ..] = bytes.first_chunk::<{ ipv6::LEN }>()?;
    if protocol != protocol::TCP {
        return None;
    }
    let len = usize::from(u16::from_be_bytes([len_high, len_low]));
    let (header, behind) = bytes.split_at_checked(ipv6::LEN)?;
    // 0 is no length (RFC 2675), and too little for TCP.
    tcp(Ip::V6(Ipv6HeaderSlice::from_slice(header).ok()?), behind.get(..len)?, path)
}

#[inline(always)]
fn tcp<'f>(ip: Ip<'f>, bytes: &'f [u8], path: Path) -> Option<Segment<'f>> {
    let tcp = TcpHeaderSlice::from_slice(bytes).ok()?;
    let payload = bytes.get(tcp.slice().len()..)?;
    Some(Segment { ip, tcp, payload_len: payload.len(), payload, path })
}
