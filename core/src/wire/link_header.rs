//! Headers that a capturing system makes up for frames that have none of their own, or puts before
//! them.
#![warn(clippy::indexing_slicing)]

use super::ip::IpVersion;
use super::numbers::ether_type;
use super::tunnel;
use super::walk::{Layer, Walk};
use crate::frame::LinkType;
use crate::skip::{Skip, SkipReason};

/// Address families. That of IPv4 is the same everywhere, that of IPv6 nowhere.
mod family {
    pub(super) const INET: u32 = 2;
    pub(super) const INET6_LINUX: u32 = 10;
    pub(super) const INET6_WINDOWS: u32 = 23;
    pub(super) const INET6_NETBSD_OPENBSD: u32 = 24;
    pub(super) const INET6_FREEBSD: u32 = 28;
    pub(super) const INET6_APPLE: u32 = 30;
}

fn ip_of_family(walk: &Walk<'_>, number: u32) -> Result<Layer, Skip> {
    match number {
        family::INET => Ok(Layer::Ip(IpVersion::V4)),
        family::INET6_LINUX
        | family::INET6_WINDOWS
        | family::INET6_NETBSD_OPENBSD
        | family::INET6_FREEBSD
        | family::INET6_APPLE => Ok(Layer::Ip(IpVersion::V6)),
        _ => Err(walk.unsupported_payload()),
    }
}

/// A small number in the byte order of a machine that the capture does not name: read the wrong
/// way round, it would be the larger one.
fn in_some_order(bytes: [u8; 4]) -> u32 {
    u32::from_be_bytes(bytes).min(u32::from_le_bytes(bytes))
}

/// BSD loopback: an address family in the order of the capturing machine.
pub(super) fn null(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let number = in_some_order(*walk.cursor.take()?);
    ip_of_family(walk, number)
}

/// OpenBSD loopback: an address family in network order.
pub(super) fn openbsd_loop(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let number = walk.cursor.take_u32()?;
    ip_of_family(walk, number)
}

/// OpenBSD's decrypted IPsec: address family, SPI and flags, all in the machine's order.
pub(super) fn enc(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const SPI_AND_FLAGS_LEN: usize = 8;
    let number = in_some_order(*walk.cursor.take()?);
    walk.cursor.skip(SPI_AND_FLAGS_LEN)?;
    ip_of_family(walk, number)
}

/// OpenBSD packet filter: length of the header without its padding to 4 octets, and address
/// family.
pub(super) fn pflog(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const ALIGNMENT: usize = 4;
    const MIN_LEN: usize = 2;
    let Some(&[length, number]) = walk.cursor.peek_chunk() else {
        return Err(walk.cursor.ends_within(MIN_LEN));
    };
    let length = usize::from(length);
    if length < MIN_LEN {
        return Err(walk.cursor.fault(SkipReason::BadHeader));
    }
    walk.cursor.skip(length.next_multiple_of(ALIGNMENT))?;
    ip_of_family(walk, u32::from(number))
}

/// Linux "cooked" capture: packet type, device type, address, protocol.
pub(super) fn linux_cooked(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    /// Octets of the address and its length.
    const ADDRESS_LEN: usize = 10;
    let _packet_type = walk.cursor.take_u16()?;
    let device_type = walk.cursor.take_u16()?;
    walk.cursor.skip(ADDRESS_LEN)?;
    let protocol = walk.cursor.take_u16()?;
    cooked_payload(walk, device_type, protocol)
}

/// Linux "cooked" capture, version 2: protocol, interface, device type, packet type, address.
pub(super) fn linux_cooked_2(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    /// Octets that are reserved, and of the interface's number.
    const RESERVED_AND_INTERFACE_LEN: usize = 6;
    /// Octets of the packet type, the address's length, and the address.
    const PACKET_TYPE_AND_ADDRESS_LEN: usize = 10;
    let protocol = walk.cursor.take_u16()?;
    walk.cursor.skip(RESERVED_AND_INTERFACE_LEN)?;
    let device_type = walk.cursor.take_u16()?;
    walk.cursor.skip(PACKET_TYPE_AND_ADDRESS_LEN)?;
    cooked_payload(walk, device_type, protocol)
}

/// Linux device types (`ARPHRD_` in `linux/if_arp.h`) for which the protocol field of a cooked
/// capture is not an EtherType.
mod device {
    pub(super) const FRAME_RELAY: u16 = 770;
    pub(super) const GRE: u16 = 778;
    pub(super) const IEEE802_11: u16 = 801;
    pub(super) const IEEE802_11_PRISM: u16 = 802;
    pub(super) const IEEE802_11_RADIOTAP: u16 = 803;
    pub(super) const NETLINK: u16 = 824;
}

fn cooked_payload(walk: &mut Walk<'_>, device: u16, protocol: u16) -> Result<Layer, Skip> {
    /// LLC, among the numbers that are too small for an EtherType (`ETH_P_802_2`).
    const LLC: u16 = 0x0004;
    match (device, protocol) {
        (device::NETLINK, _) => Err(walk.unsupported_payload()),
        (device::GRE, _) => tunnel::gre_payload(walk, protocol),
        (device::FRAME_RELAY, _) => Ok(Layer::Link(LinkType::FRELAY)),
        (device::IEEE802_11, _) => Ok(Layer::Ieee80211),
        (device::IEEE802_11_PRISM, _) => Ok(Layer::Link(LinkType::IEEE802_11_PRISM)),
        (device::IEEE802_11_RADIOTAP, _) => Ok(Layer::Link(LinkType::IEEE802_11_RADIOTAP)),
        (_, LLC) => Ok(Layer::Llc),
        (_, 0..=ether_type::MAX_LENGTH) => Err(walk.unsupported_payload()),
        (_, ether_type) => Ok(Layer::EtherType(ether_type)),
    }
}

/// Linux netfilter log: family, version and group, then attributes of length, type and value,
/// padded to 4 octets. One of them is the packet.
pub(super) fn nflog(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const PAYLOAD: u16 = 9;
    const ALIGNMENT: usize = 4;
    /// Octets of length and type; the length counts them.
    const ATTRIBUTE_HEADER_LEN: usize = 4;
    /// More attributes than this are not looked at.
    const MAX_ATTRIBUTES: usize = 64;

    let _family_version_group = walk.cursor.take_u32()?;
    for _ in 0..MAX_ATTRIBUTES {
        let &[l0, l1, t0, t1] = walk.cursor.take::<ATTRIBUTE_HEADER_LEN>()?;
        // In the machine's order, which the type gives away: it is always below 256.
        let (length, attribute) = if t1 == 0 {
            (u16::from_le_bytes([l0, l1]), u16::from(t0))
        } else {
            (u16::from_be_bytes([l0, l1]), u16::from_be_bytes([t0, t1]))
        };
        let Some(value_len) = usize::from(length).checked_sub(ATTRIBUTE_HEADER_LEN) else {
            return Err(walk.cursor.fault(SkipReason::BadHeader));
        };
        if attribute == PAYLOAD {
            walk.cursor.limit(value_len);
            return Ok(Layer::AnyIp);
        }
        walk.cursor.skip(value_len.next_multiple_of(ALIGNMENT))?;
    }
    Err(walk.unsupported_payload())
}

/// Apple's packet tap: length of the header, kind of record, and the link type of what follows, in
/// the machine's order.
pub(super) fn pktap(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const PACKET: u32 = 1;
    const FIXED_LEN: usize = 12;
    let length = in_some_order(*walk.cursor.take()?) as usize;
    let record = in_some_order(*walk.cursor.take()?);
    let link_type = in_some_order(*walk.cursor.take()?);
    let Some(rest_len) = length.checked_sub(FIXED_LEN) else {
        return Err(walk.cursor.fault(SkipReason::BadHeader));
    };
    walk.cursor.skip(rest_len)?;
    if record != PACKET {
        return Err(walk.unsupported_payload());
    }
    match u16::try_from(link_type) {
        Ok(number) => Ok(Layer::Link(LinkType(number))),
        Err(_) => Err(walk.cursor.fault(SkipReason::UnknownLinkType)),
    }
}

/// ARCNET as Linux shows it: two addresses, an offset, the type.
pub(super) fn arcnet_linux(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let &[_, _, _, _, protocol] = walk.cursor.take::<5>()?;
    arcnet_payload(walk, protocol)
}

/// ARCNET as BSD shows it: two addresses and the type.
pub(super) fn arcnet_bsd(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let &[_, _, protocol] = walk.cursor.take::<3>()?;
    arcnet_payload(walk, protocol)
}

/// For all but the oldest protocols, the split flag and sequence number of RFC 1201 come first.
fn arcnet_payload(walk: &mut Walk<'_>, protocol: u8) -> Result<Layer, Skip> {
    const IPV4_RFC_1051: u8 = 240;
    const IPV4: u8 = 212;
    const IPV6: u8 = 196;
    const SPLIT_AND_SEQUENCE_LEN: usize = 3;
    match protocol {
        IPV4_RFC_1051 => Ok(Layer::Ip(IpVersion::V4)),
        IPV4 | IPV6 => {
            walk.cursor.skip(SPLIT_AND_SEQUENCE_LEN)?;
            let version = if protocol == IPV4 { IpVersion::V4 } else { IpVersion::V6 };
            Ok(Layer::Ip(version))
        }
        _ => Err(walk.unsupported_payload()),
    }
}

/// Symantec's firewall: 44 octets, the EtherType at the sixth.
pub(super) fn symantec(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const BEFORE: usize = 6;
    const BEHIND: usize = 36;
    walk.cursor.skip(BEFORE)?;
    let ether_type = walk.cursor.take_u16()?;
    walk.cursor.skip(BEHIND)?;
    Ok(Layer::EtherType(ether_type))
}

/// AX.25 (version 2.2 section 3): addresses of which the last one says so, unnumbered information,
/// and a protocol identifier.
pub(super) fn ax25(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const ADDRESS_LEN: usize = 7;
    /// Destination, source, and eight repeaters.
    const MAX_ADDRESSES: usize = 10;
    /// In the last octet of an address.
    const LAST: u8 = 0x01;
    const UNNUMBERED_INFORMATION: u8 = 0x03;
    const IPV4: u8 = 0xcc;
    for number in 1.. {
        let &[.., last] = walk.cursor.take::<ADDRESS_LEN>()?;
        if last & LAST != 0 {
            break;
        }
        if number == MAX_ADDRESSES {
            return Err(walk.cursor.fault(SkipReason::BadHeader));
        }
    }
    match *walk.cursor.take()? {
        [UNNUMBERED_INFORMATION, IPV4] => Ok(Layer::Ip(IpVersion::V4)),
        _ => Err(walk.unsupported_payload()),
    }
}
