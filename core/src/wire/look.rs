//! A cheap first look at a frame: can it be, or hold, a SYN or SYN+ACK at all?
#![warn(clippy::indexing_slicing)]

use super::ethernet::ether_type;
use super::internet::protocol;
use super::udp_tunnel;
use crate::{Frame, LinkType};

/// Places in the headers, in octets from the start of each.
mod field {
    pub(super) const ETHER_TYPE: usize = 12;
    pub(super) const VLAN_TAG_LEN: usize = 4;
    pub(super) const V4_PROTOCOL: usize = 9;
    pub(super) const V6_NEXT_HEADER: usize = 6;
    pub(super) const V6_LEN: usize = 40;
    pub(super) const TCP_FLAGS: usize = 13;
    pub(super) const UDP_DESTINATION: usize = 2;
}

/// Tags that are looked behind; frames with more of them pass.
const MAX_TAGS: usize = 2;
const SYN: u8 = 0x02;

/// Whether a frame may be, or hold in a tunnel, the SYN or SYN+ACK of a TCP connection.
///
/// Lets too much through, never too little: `false` means that [`observe`](crate::observe) would
/// skip the frame. It reads a few octets and builds nothing, so that bulk traffic can be passed
/// over before anything is parsed, copied or sent on. Only frames of Ethernet are told apart.
#[must_use]
#[inline]
pub fn may_be_handshake(frame: &Frame<'_>) -> bool {
    // A frame that is cut passes, so that whoever parses it can say where it ends.
    frame.link_type != LinkType::ETHERNET
        || plain(frame.octets).or_else(|| ethernet(frame.octets)).unwrap_or(true)
}

/// The answer for IPv4 without options and TCP right behind the Ethernet header, which most frames
/// are: one look at the length, three at the headers.
#[inline]
fn plain(octets: &[u8]) -> Option<bool> {
    const IP: usize = field::ETHER_TYPE + 2;
    const WITHOUT_OPTIONS: u8 = 0x45;
    const FLAGS: usize = IP + 20 + field::TCP_FLAGS;
    let headers: &[u8; FLAGS + 1] = octets.first_chunk()?;
    let ether_type = u16::from_be_bytes([headers[field::ETHER_TYPE], headers[IP - 1]]);
    let is_plain = ether_type == ether_type::IPV4
        && headers[IP] == WITHOUT_OPTIONS
        && headers[IP + field::V4_PROTOCOL] == protocol::TCP;
    is_plain.then_some(headers[FLAGS] & SYN != 0)
}

/// `None` where the frame ends too early, or holds something rarer than what is looked at here.
#[inline]
fn ethernet(octets: &[u8]) -> Option<bool> {
    let mut at = field::ETHER_TYPE;
    for _ in 0..=MAX_TAGS {
        let ip = octets.get(at + 2..)?;
        match be16(octets, at)? {
            ether_type::IPV4 => {
                let header_len = usize::from(ip.first()? & 0x0f) * 4;
                return transport(*ip.get(field::V4_PROTOCOL)?, ip.get(header_len..)?);
            }
            ether_type::IPV6 => {
                return transport(*ip.get(field::V6_NEXT_HEADER)?, ip.get(field::V6_LEN..)?);
            }
            ether_type::VLAN | ether_type::PROVIDER_VLAN => at += field::VLAN_TAG_LEN,
            _ => return None,
        }
    }
    None
}

/// Only TCP and UDP are told apart; every other protocol may be a tunnel or an extension header.
#[inline]
fn transport(protocol: u8, octets: &[u8]) -> Option<bool> {
    match protocol {
        protocol::TCP => Some(octets.get(field::TCP_FLAGS)? & SYN != 0),
        protocol::UDP => {
            let (source, destination) = (be16(octets, 0)?, be16(octets, field::UDP_DESTINATION)?);
            Some(udp_tunnel::may_be(source, destination))
        }
        _ => None,
    }
}

#[inline]
fn be16(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..)?.first_chunk().map(|&octets| u16::from_be_bytes(octets))
}
