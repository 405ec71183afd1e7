//! The ends of a TCP segment in the most common kind of frame, without parsing the frame.
#![warn(clippy::indexing_slicing)]

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::ethernet::ether_type;
use super::internet::protocol;
use crate::{Frame, LinkType};

/// Places in the headers, in octets from the start of each.
mod field {
    pub(super) const ETHER_TYPE: usize = 12;
    pub(super) const ETHERNET_LEN: usize = 14;
    pub(super) const VLAN_TAG_LEN: usize = 4;
    pub(super) const V4_TOTAL_LEN: usize = 2;
    pub(super) const V4_FRAGMENT: usize = 6;
    pub(super) const V4_PROTOCOL: usize = 9;
    pub(super) const V4_SOURCE: usize = 12;
    pub(super) const V4_DESTINATION: usize = 16;
    pub(super) const V4_MIN_LEN: usize = 20;
    pub(super) const V6_PAYLOAD_LEN: usize = 4;
    pub(super) const V6_NEXT_HEADER: usize = 6;
    pub(super) const V6_SOURCE: usize = 8;
    pub(super) const V6_DESTINATION: usize = 24;
    pub(super) const V6_LEN: usize = 40;
    pub(super) const TCP_SOURCE: usize = 0;
    pub(super) const TCP_DESTINATION: usize = 2;
    pub(super) const TCP_DATA_OFFSET: usize = 12;
    pub(super) const TCP_FLAGS: usize = 13;
    pub(super) const TCP_MIN_LEN: usize = 20;
}

const MAX_TAGS: usize = 2;
const FRAGMENT_OFFSET: u16 = 0x1fff;
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// What the headers of a plain frame say of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainTcp {
    /// Address and port.
    pub(crate) source: (IpAddr, u16),
    pub(crate) destination: (IpAddr, u16),
    pub(crate) syn: bool,
    pub(crate) ack: bool,
    /// Where the TCP header begins, in octets from the start of the frame.
    pub(crate) at: usize,
}

/// `None` for all but TCP on IP on Ethernet with up to two VLAN tags, whole and without
/// contradictions: where this is `Some`, [`open`](super::open) comes to the same ends.
#[inline]
pub(crate) fn plain_tcp(frame: &Frame<'_>) -> Option<PlainTcp> {
    if frame.link_type != LinkType::ETHERNET {
        return None;
    }
    let mut at = field::ETHERNET_LEN;
    for _ in 0..=MAX_TAGS {
        let ip = frame.octets.get(at..)?;
        match be16(frame.octets, at - field::ETHERNET_LEN + field::ETHER_TYPE)? {
            ether_type::IPV4 => return v4(ip, at),
            ether_type::IPV6 => return v6(ip, at),
            ether_type::VLAN | ether_type::PROVIDER_VLAN => at += field::VLAN_TAG_LEN,
            _ => return None,
        }
    }
    None
}

#[inline]
fn v4(octets: &[u8], at: usize) -> Option<PlainTcp> {
    let ip = octets.first_chunk::<{ field::V4_MIN_LEN }>()?;
    let [version_and_length, ..] = *ip;
    let header_len = usize::from(version_and_length & 0x0f) * 4;
    let total_len = match usize::from(be16(ip, field::V4_TOTAL_LEN)?) {
        0 => octets.len(),
        total_len => total_len,
    };
    let is_plain = version_and_length >> 4 == 4
        && header_len >= field::V4_MIN_LEN
        && be16(ip, field::V4_FRAGMENT)? & FRAGMENT_OFFSET == 0
        && ip.get(field::V4_PROTOCOL) == Some(&protocol::TCP);
    let tcp = octets.get(..total_len).unwrap_or(octets).get(header_len..)?;
    let ip = |at| Some(IpAddr::V4(Ipv4Addr::from(chunk(ip, at)?)));
    let ends = [ip(field::V4_SOURCE)?, ip(field::V4_DESTINATION)?];
    is_plain.then(|| segment(tcp, ends, at + header_len))?
}

#[inline]
fn v6(octets: &[u8], at: usize) -> Option<PlainTcp> {
    let (ip, payload) = octets.split_first_chunk::<{ field::V6_LEN }>()?;
    let [version_and_class, ..] = *ip;
    let payload_len = match usize::from(be16(ip, field::V6_PAYLOAD_LEN)?) {
        0 => payload.len(),
        payload_len => payload_len,
    };
    let is_plain =
        version_and_class >> 4 == 6 && ip.get(field::V6_NEXT_HEADER) == Some(&protocol::TCP);
    let tcp = payload.get(..payload_len).unwrap_or(payload);
    let ip = |at| Some(IpAddr::V6(Ipv6Addr::from(chunk::<16>(ip, at)?)));
    let ends = [ip(field::V6_SOURCE)?, ip(field::V6_DESTINATION)?];
    is_plain.then(|| segment(tcp, ends, at + field::V6_LEN))?
}

#[inline]
fn segment(octets: &[u8], [source, destination]: [IpAddr; 2], at: usize) -> Option<PlainTcp> {
    let tcp = octets.first_chunk::<{ field::TCP_MIN_LEN }>()?;
    let header_len = usize::from(tcp.get(field::TCP_DATA_OFFSET)? >> 4) * 4;
    let flags = tcp.get(field::TCP_FLAGS)?;
    (field::TCP_MIN_LEN..=octets.len()).contains(&header_len).then_some(PlainTcp {
        source: (source, be16(tcp, field::TCP_SOURCE)?),
        destination: (destination, be16(tcp, field::TCP_DESTINATION)?),
        syn: flags & SYN != 0,
        ack: flags & ACK != 0,
        at,
    })
}

#[inline]
fn be16(octets: &[u8], at: usize) -> Option<u16> {
    chunk(octets, at).map(u16::from_be_bytes)
}

#[inline]
fn chunk<const N: usize>(octets: &[u8], at: usize) -> Option<[u8; N]> {
    octets.get(at..)?.first_chunk().copied()
}
