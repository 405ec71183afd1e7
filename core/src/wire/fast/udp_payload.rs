//! The payload of the most common UDP datagrams, so that those of no interest cost little.
#![warn(clippy::indexing_slicing)]

use super::MAX_TAGS;
use super::other_udp::after_ipv4;
use crate::frame::{Frame, LinkType};
use crate::wire::field::{ethernet, ipv6, u16_at, udp};
use crate::wire::numbers::{ether_type, protocol};
use crate::wire::udp_tunnel;

/// The payload of a UDP datagram as far as it was captured, and its length in bytes on the wire:
/// Ethernet with up to two VLAN tags, IP without options or extension headers, and no tunnel.
/// Returns `None` if only the general walk can tell.
#[inline]
pub(crate) fn udp_payload<'f>(frame: &Frame<'f>) -> Option<(&'f [u8], usize)> {
    let (header, payload, len) = common(frame)?;
    let is_tunnel = udp_tunnel::may_be(header.source, header.destination);
    (!is_tunnel).then_some((payload, len))
}

/// The same, whether or not the ports announce a tunnel: for a frame whose walk led nowhere, since a
/// client may have got such a port.
#[inline]
pub(crate) fn udp_payload_of_any_port<'f>(frame: &Frame<'f>) -> Option<(&'f [u8], usize)> {
    let (_, payload, len) = common(frame)?;
    Some((payload, len))
}

/// The payload after a UDP header between these ports at byte `at` of a frame. Returns `None` if no
/// such header is there.
#[inline]
pub(crate) fn udp_payload_at(frame: &[u8], at: usize, ports: (u16, u16)) -> Option<(&[u8], usize)> {
    let (header, payload, len) = split(frame.get(at..)?)?;
    ((header.source, header.destination) == ports).then_some((payload, len))
}

/// The ports of a UDP header.
struct Ports {
    source: u16,
    destination: u16,
}

#[inline]
fn common<'f>(frame: &Frame<'f>) -> Option<(Ports, &'f [u8], usize)> {
    if frame.link_type != LinkType::ETHERNET {
        return None;
    }
    let mut at = ethernet::ETHER_TYPE;
    for _ in 0..=MAX_TAGS {
        let ip = frame.data.get(at + 2..)?;
        match u16_at(frame.data, at)? {
            ether_type::IPV4 => return split(after_ipv4(ip)?),
            ether_type::IPV6 => {
                let is_plain = ip.get(ipv6::NEXT_HEADER) == Some(&protocol::UDP);
                return if is_plain { split(ip.get(ipv6::LEN..)?) } else { None };
            }
            ether_type::VLAN | ether_type::PROVIDER_VLAN => at += ethernet::VLAN_TAG_LEN,
            _ => return None,
        }
    }
    None
}

/// Ports, payload, and the payload's length on the wire.
#[inline]
fn split(bytes: &[u8]) -> Option<(Ports, &[u8], usize)> {
    let (header, payload) = bytes.split_first_chunk::<{ udp::LEN }>()?;
    let ports = Ports {
        source: u16_at(header, udp::SOURCE)?,
        destination: u16_at(header, udp::DESTINATION)?,
    };
    let len = match usize::from(u16_at(header, udp::LENGTH)?) {
        // RFC 2675 section 4, and where the network card segments.
        0 => payload.len(),
        len => len.checked_sub(udp::LEN)?,
    };
    Some((ports, payload.get(..len).unwrap_or(payload), len))
}
