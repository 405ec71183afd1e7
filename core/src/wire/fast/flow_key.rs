//! The flow key of the most common kind of frame, for filters: addresses, ports and flags, without
//! parsing the frame.
#![warn(clippy::indexing_slicing)]

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::MAX_TAGS;
use crate::frame::{Frame, LinkType};
use crate::wire::field::{chunk_at, ethernet, ipv4, ipv6, tcp, u16_at};
use crate::wire::numbers::{ether_type, protocol};

/// What the headers of a plain frame say of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainTcp {
    /// Address and port.
    pub(crate) source: (IpAddr, u16),
    pub(crate) destination: (IpAddr, u16),
    pub(crate) syn: bool,
    pub(crate) ack: bool,
    /// Where the TCP header begins, in bytes from the start of the frame.
    pub(crate) at: usize,
}

/// `None` for all but TCP on IP on Ethernet with up to two VLAN tags, whole and without
/// contradictions: where this is `Some`, [`open`](super::open) comes to the same ends.
#[inline]
pub(crate) fn plain_tcp(frame: &Frame<'_>) -> Option<PlainTcp> {
    if frame.link_type != LinkType::ETHERNET {
        return None;
    }
    let mut at = ethernet::LEN;
    for _ in 0..=MAX_TAGS {
        let ip = frame.data.get(at..)?;
        match u16_at(frame.data, at - ethernet::LEN + ethernet::ETHER_TYPE)? {
            ether_type::IPV4 => return v4(ip, at),
            ether_type::IPV6 => return v6(ip, at),
            ether_type::VLAN | ether_type::PROVIDER_VLAN => at += ethernet::VLAN_TAG_LEN,
            _ => return None,
        }
    }
    None
}

#[inline]
fn v4(bytes: &[u8], at: usize) -> Option<PlainTcp> {
    let ip = bytes.first_chunk::<{ ipv4::MIN_LEN }>()?;
    let [version_and_length, ..] = *ip;
    let header_len = usize::from(version_and_length & 0x0f) * 4;
    let total_len = match usize::from(u16_at(ip, ipv4::TOTAL_LEN)?) {
        0 => bytes.len(),
        total_len => total_len,
    };
    let is_plain = version_and_length >> 4 == 4
        && header_len >= ipv4::MIN_LEN
        && u16_at(ip, ipv4::FRAGMENT)? & ipv4::FRAGMENT_OFFSET == 0
        && ip.get(ipv4::PROTOCOL) == Some(&protocol::TCP);
    let tcp = bytes.get(..total_len).unwrap_or(bytes).get(header_len..)?;
    let ip = |at| Some(IpAddr::V4(Ipv4Addr::from(chunk_at(ip, at)?)));
    let ends = [ip(ipv4::SOURCE)?, ip(ipv4::DESTINATION)?];
    is_plain.then(|| segment(tcp, ends, at + header_len))?
}

#[inline]
fn v6(bytes: &[u8], at: usize) -> Option<PlainTcp> {
    let (ip, payload) = bytes.split_first_chunk::<{ ipv6::LEN }>()?;
    let [version_and_class, ..] = *ip;
    let payload_len = match usize::from(u16_at(ip, ipv6::PAYLOAD_LEN)?) {
        0 => payload.len(),
        payload_len => payload_len,
    };
    let is_plain = version_and_class >> 4 == 6 && ip.get(ipv6::NEXT_HEADER) == Some(&protocol::TCP);
    let tcp = payload.get(..payload_len).unwrap_or(payload);
    let ip = |at| Some(IpAddr::V6(Ipv6Addr::from(chunk_at::<16>(ip, at)?)));
    let ends = [ip(ipv6::SOURCE)?, ip(ipv6::DESTINATION)?];
    is_plain.then(|| segment(tcp, ends, at + ipv6::LEN))?
}

#[inline]
fn segment(bytes: &[u8], [source, destination]: [IpAddr; 2], at: usize) -> Option<PlainTcp> {
    let tcp = bytes.first_chunk::<{ tcp::MIN_LEN }>()?;
    let header_len = usize::from(tcp.get(tcp::DATA_OFFSET)? >> 4) * 4;
    let flags = tcp.get(tcp::FLAGS)?;
    (tcp::MIN_LEN..=bytes.len()).contains(&header_len).then_some(PlainTcp {
        source: (source, u16_at(tcp, tcp::SOURCE)?),
        destination: (destination, u16_at(tcp, tcp::DESTINATION)?),
        syn: flags & tcp::SYN != 0,
        ack: flags & tcp::ACK != 0,
        at,
    })
}
