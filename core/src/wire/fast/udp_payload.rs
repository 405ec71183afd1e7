//! The payload of the most common UDP datagrams, so that those of no interest cost little.
#![warn(clippy::indexing_slicing)]

use super::MAX_TAGS;
use crate::frame::{Frame, LinkType};
use crate::wire::field::{ethernet, ipv4, ipv6, u16_at, udp};
use crate::wire::numbers::{ether_type, protocol};
use crate::wire::udp_tunnel;

/// The payload of a UDP datagram as far as it was captured, and its length in bytes on the wire:
/// Ethernet with up to two VLAN tags, IP without options or extension headers, and no tunnel.
/// Returns `None` if only the general walk can tell.
#[inline]
pub(crate) fn udp_payload<'f>(frame: &Frame<'f>) -> Option<(&'f [u8], usize)> {
    if frame.link_type != LinkType::ETHERNET {
        return None;
    }
    let mut at = ethernet::ETHER_TYPE;
    for _ in 0..=MAX_TAGS {
        let ip = frame.data.get(at + 2..)?;
        match u16_at(frame.data, at)? {
            ether_type::IPV4 => {
                let header = ip.first_chunk::<{ ipv4::MIN_LEN }>()?;
                let fragment = u16_at(header, ipv4::FRAGMENT)? & ipv4::MORE_FRAGMENTS_AND_OFFSET;
                let is_plain = header.first() == Some(&ipv4::WITHOUT_OPTIONS)
                    && header.get(ipv4::PROTOCOL) == Some(&protocol::UDP)
                    && fragment == 0;
                return if is_plain { payload(ip.get(ipv4::MIN_LEN..)?) } else { None };
            }
            ether_type::IPV6 => {
                let is_plain = ip.get(ipv6::NEXT_HEADER) == Some(&protocol::UDP);
                return if is_plain { payload(ip.get(ipv6::LEN..)?) } else { None };
            }
            ether_type::VLAN | ether_type::PROVIDER_VLAN => at += ethernet::VLAN_TAG_LEN,
            _ => return None,
        }
    }
    None
}

#[inline]
fn payload(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (header, payload) = bytes.split_first_chunk::<{ udp::LEN }>()?;
    let source = u16_at(header, udp::SOURCE)?;
    let destination = u16_at(header, udp::DESTINATION)?;
    // 0 is for the general walk as well.
    let len = usize::from(u16_at(header, udp::LENGTH)?).checked_sub(udp::LEN)?;
    let is_tunnel = udp_tunnel::may_be(source, destination);
    (!is_tunnel).then_some((payload.get(..len).unwrap_or(payload), len))
}
