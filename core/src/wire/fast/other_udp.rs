//! Why the most common UDP datagrams hold no TCP, without a walk.
#![warn(clippy::indexing_slicing)]

use crate::frame::{Frame, LinkType};
use crate::skip::{Carried, Skip, SkipReason};
use crate::wire::field::{ethernet, ipv4, ipv6, u16_at, udp};
use crate::wire::ip::IpVersion;
use crate::wire::numbers::{ether_type, protocol};
use crate::wire::udp_tunnel;

/// The skip of a UDP datagram whose ports announce no tunnel, over Ethernet without tags and IP
/// without options, extension headers or fragments, if all headers are there. Returns `None` if only
/// the general walk can tell.
#[inline]
pub(crate) fn skip_of_udp(frame: &Frame<'_>) -> Option<Skip> {
    const V4_PROTOCOL: usize = ethernet::LEN + ipv4::PROTOCOL;
    const V6_NEXT_HEADER: usize = ethernet::LEN + ipv6::NEXT_HEADER;
    // Most of what comes here is neither, and ends at this.
    let start = frame.data.first_chunk::<{ V4_PROTOCOL + 1 }>()?;
    let protocols = (start.get(V4_PROTOCOL)?, start.get(V6_NEXT_HEADER)?);
    if !matches!(protocols, (&protocol::UDP, _) | (_, &protocol::UDP)) {
        return None;
    }
    plain(frame)
}

#[inline]
fn plain(frame: &Frame<'_>) -> Option<Skip> {
    if frame.link_type != LinkType::ETHERNET {
        return None;
    }
    let ip = frame.data.get(ethernet::LEN..)?;
    match u16_at(frame.data, ethernet::ETHER_TYPE)? {
        ether_type::IPV4 => v4(ip),
        ether_type::IPV6 => v6(ip),
        _ => None,
    }
}

#[inline]
fn v4(ip: &[u8]) -> Option<Skip> {
    let rest = after_ipv4(ip)?;
    let holds_udp = usize::from(u16_at(ip, ipv4::TOTAL_LEN)?) >= ipv4::MIN_LEN + udp::LEN;
    if holds_udp { of_ports(rest, ethernet::LEN + ipv4::MIN_LEN) } else { None }
}

/// What follows an IPv4 header of UDP, without options, of a packet that is no fragment.
#[inline]
pub(super) fn after_ipv4(ip: &[u8]) -> Option<&[u8]> {
    let (header, rest) = ip.split_first_chunk::<{ ipv4::MIN_LEN }>()?;
    let fragment = u16_at(header, ipv4::FRAGMENT)? & ipv4::MORE_FRAGMENTS_AND_OFFSET;
    let is_plain = header.first() == Some(&ipv4::WITHOUT_OPTIONS)
        && header.get(ipv4::PROTOCOL) == Some(&protocol::UDP)
        && fragment == 0;
    is_plain.then_some(rest)
}

#[inline]
fn v6(ip: &[u8]) -> Option<Skip> {
    let (header, rest) = ip.split_first_chunk::<{ ipv6::LEN }>()?;
    let is_plain = IpVersion::of_first_octet(*header.first()?) == Some(IpVersion::V6)
        && header.get(ipv6::NEXT_HEADER) == Some(&protocol::UDP)
        && usize::from(u16_at(header, ipv6::PAYLOAD_LEN)?) >= udp::LEN;
    if is_plain { of_ports(rest, ethernet::LEN + ipv6::LEN) } else { None }
}

#[inline]
fn of_ports(bytes: &[u8], at: usize) -> Option<Skip> {
    let header = bytes.first_chunk::<{ udp::LEN }>()?;
    let (source, destination) = (u16_at(header, udp::SOURCE)?, u16_at(header, udp::DESTINATION)?);
    if udp_tunnel::may_be(source, destination) {
        return None;
    }
    let carried = Some(Carried::Udp { source, destination });
    Some(Skip { carried, ..Skip::new(SkipReason::NotTcp, at) })
}
