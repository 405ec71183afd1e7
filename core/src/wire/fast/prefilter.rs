//! The prefilter: whether a frame can be, or hold, a SYN or SYN+ACK.
#![warn(clippy::indexing_slicing)]

use super::MAX_TAGS;
use crate::frame::{Frame, LinkType};
use crate::wire::field::{ethernet, ipv4, ipv6, tcp, u16_at, udp};
use crate::wire::numbers::{ether_type, protocol};
use crate::wire::udp_tunnel;

/// Whether a frame may be, or hold in a tunnel, the SYN or SYN+ACK of a TCP connection.
///
/// Lets too much through, never too little: `false` means that [`observe`](crate::observe) would
/// skip the frame. It reads a few bytes and builds nothing, so that bulk traffic can be passed
/// over before anything is parsed, copied or sent on. Only frames of Ethernet are told apart.
///
/// ```
/// use stackprint::{Frame, LinkType, may_be_handshake};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let mut frame = [[2; 12].as_slice(), &[8, 0], syn].concat(); // Ethernet around a SYN
/// assert!(may_be_handshake(&Frame::new(LinkType::ETHERNET, &frame)));
/// frame[14 + 20 + 13] = 0x10; // its flags: ACK alone
/// assert!(!may_be_handshake(&Frame::new(LinkType::ETHERNET, &frame)));
/// ```
#[must_use]
#[inline]
pub fn may_be_handshake(frame: &Frame<'_>) -> bool {
    // A frame that is cut passes, so that whoever parses it can say where it ends.
    frame.link_type != LinkType::ETHERNET
        || plain(frame.data).or_else(|| tagged(frame.data)).unwrap_or(true)
}

/// The answer for IPv4 without options and TCP right after the Ethernet header, which most frames
/// are: one look at the length, three at the headers.
#[inline]
fn plain(bytes: &[u8]) -> Option<bool> {
    const IP: usize = ethernet::LEN;
    const FLAGS: usize = IP + ipv4::MIN_LEN + tcp::FLAGS;
    let headers: &[u8; FLAGS + 1] = bytes.first_chunk()?;
    let ether_type = u16::from_be_bytes([headers[ethernet::ETHER_TYPE], headers[IP - 1]]);
    let is_plain = ether_type == ether_type::IPV4
        && headers[IP] == ipv4::WITHOUT_OPTIONS
        && headers[IP + ipv4::PROTOCOL] == protocol::TCP;
    is_plain.then_some(headers[FLAGS] & tcp::SYN != 0)
}

/// `None` if the frame ends too early, or holds something rarer than what is looked at here.
#[inline]
fn tagged(bytes: &[u8]) -> Option<bool> {
    let mut at = ethernet::ETHER_TYPE;
    for _ in 0..=MAX_TAGS {
        let ip = bytes.get(at + 2..)?;
        match u16_at(bytes, at)? {
            ether_type::IPV4 => {
                let header_len = usize::from(ip.first()? & ipv4::LEN_MASK) * 4;
                return transport(*ip.get(ipv4::PROTOCOL)?, ip.get(header_len..)?);
            }
            ether_type::IPV6 => {
                return transport(*ip.get(ipv6::NEXT_HEADER)?, ip.get(ipv6::LEN..)?);
            }
            ether_type::VLAN | ether_type::PROVIDER_VLAN => at += ethernet::VLAN_TAG_LEN,
            _ => return None,
        }
    }
    None
}

/// Only TCP and UDP are told apart; every other protocol may be a tunnel or an extension header.
#[inline]
fn transport(protocol: u8, bytes: &[u8]) -> Option<bool> {
    match protocol {
        protocol::TCP => Some(bytes.get(tcp::FLAGS)? & tcp::SYN != 0),
        protocol::UDP => {
            let (source, destination) =
                (u16_at(bytes, udp::SOURCE)?, u16_at(bytes, udp::DESTINATION)?);
            Some(udp_tunnel::may_be(source, destination))
        }
        _ => None,
    }
}
