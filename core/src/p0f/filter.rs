//! What libpcap makes of p0f's filter expression, `tcp`, for link types where p0f itself finds IP by
//! trial (`tcpdump -d` prints the programs; libpcap 1.10.3).

use crate::frame::LinkType;
use crate::wire::IpVersion;
use crate::wire::field::{ipv4, ipv6, u16_at};
use crate::wire::numbers::{ether_type, protocol};

/// Whether a frame passes. All do of link types that are not listed here: p0f refuses those for which
/// libpcap cannot compile the expression.
pub(super) fn passes(link_type: LinkType, bytes: &[u8]) -> bool {
    let by_type = |type_at, at| match u16_at(bytes, type_at) {
        Some(ether_type::IPV4) => passes_tcp(bytes, IpVersion::V4, at),
        Some(ether_type::IPV6) => passes_tcp(bytes, IpVersion::V6, at),
        _ => false,
    };
    match link_type {
        LinkType::IEEE802_5 => by_type(20, 22),
        LinkType::FDDI => by_type(19, 21),
        LinkType::ATM_RFC1483
        | LinkType::ATM_RFC1483_BSDOS
        | LinkType::ATM_CLIP
        | LinkType::ATM_CLIP_LINUX => by_type(6, 8),
        LinkType::SYMANTEC_FIREWALL => by_type(6, 44),
        LinkType::C_HDLC_OLD => by_type(2, 4),
        LinkType::IP_OVER_FC => by_type(22, 24),
        LinkType::APPLE_IP_OVER_IEEE1394 | LinkType::NETANALYZER => by_type(16, 18),
        LinkType::NETANALYZER_TRANSPARENT => by_type(24, 26),
        LinkType::JUNIPER_MLPPP
        | LinkType::JUNIPER_MLFR
        | LinkType::JUNIPER_ATM1
        | LinkType::JUNIPER_PPP
        | LinkType::JUNIPER_FRELAY
        | LinkType::JUNIPER_CHDLC => juniper(bytes, 4),
        LinkType::JUNIPER_ATM2 => juniper(bytes, 8),
        LinkType::JUNIPER_GGSN => juniper(bytes, 12),
        LinkType::JUNIPER_ETHER | LinkType::JUNIPER_PPPOE => juniper(bytes, 32),
        // libpcap's offset is before the frame.
        LinkType::JUNIPER_SERVICES | LinkType::JUNIPER_VP | LinkType::JUNIPER_ST => {
            juniper(bytes, -2)
        }
        _ => true,
    }
}

/// The filter expression `tcp`: fragments and short packets pass it.
pub(super) fn passes_tcp(bytes: &[u8], version: IpVersion, at: usize) -> bool {
    let ip = bytes.get(at..).unwrap_or_default();
    let is_tcp = |at: usize| ip.get(at) == Some(&protocol::TCP);
    match version {
        IpVersion::V4 => is_tcp(ipv4::PROTOCOL),
        IpVersion::V6 => {
            is_tcp(ipv6::NEXT_HEADER)
                || ip.get(ipv6::NEXT_HEADER) == Some(&protocol::FRAGMENT) && is_tcp(ipv6::LEN)
        }
    }
}

/// The magic number, and TCP of either version by an IP header at byte `at`.
fn juniper(bytes: &[u8], at: isize) -> bool {
    let byte = |place: usize| bytes.get(at.checked_add_unsigned(place)?.unsigned_abs()).copied();
    bytes.starts_with(b"MGC")
        && (byte(ipv4::PROTOCOL) == Some(protocol::TCP)
            || byte(ipv6::NEXT_HEADER) == Some(protocol::TCP)
            || byte(ipv6::NEXT_HEADER) == Some(protocol::FRAGMENT)
                && byte(ipv6::LEN) == Some(protocol::TCP))
}
