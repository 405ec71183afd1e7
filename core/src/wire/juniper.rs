//! Captures of Juniper's routers: a header of their own, then what the kind of interface sends, and
//! where nothing says what that is, a guess as tcpdump and Wireshark make it.
#![warn(clippy::indexing_slicing)]

use super::ip::IpVersion;
use super::numbers::ether_type;
use super::walk::{Layer, Walk};
use super::{llc, ppp};
use crate::frame::LinkType;
use crate::skip::{Skip, SkipReason};

/// The flags of the header.
mod flag {
    pub(super) const INCOMING: u8 = 0x01;
    /// The header of the link is gone, and a number tells the protocol.
    pub(super) const NO_LINK_HEADER: u8 = 0x02;
    pub(super) const EXTENSIONS: u8 = 0x80;
}

/// What follows the header.
enum After {
    /// The link's own header; and the flags.
    Link(u8),
    /// What the header said at once.
    Payload(Layer),
}

/// Reads what is after the header, given the flags.
type Read = fn(&mut Walk<'_>, u8) -> Result<Layer, Skip>;

/// A frame of one of Juniper's link types.
pub(super) fn open(walk: &mut Walk<'_>, link_type: LinkType) -> Result<Layer, Skip> {
    let read: Read = match link_type {
        LinkType::JUNIPER_ETHER | LinkType::JUNIPER_PPPOE => |_, _| Ok(Layer::Ethernet),
        LinkType::JUNIPER_PPP => |_, _| Ok(Layer::Ppp),
        LinkType::JUNIPER_FRELAY => |_, _| Ok(Layer::Link(LinkType::FRELAY)),
        LinkType::JUNIPER_CHDLC => |_, _| Ok(Layer::Link(LinkType::C_HDLC)),
        LinkType::JUNIPER_ATM1 => atm1,
        LinkType::JUNIPER_ATM2 => atm2,
        LinkType::JUNIPER_MLPPP => multilink_ppp,
        LinkType::JUNIPER_MLFR => multilink_frame_relay,
        LinkType::JUNIPER_GGSN => ggsn,
        LinkType::JUNIPER_VP => voice,
        LinkType::JUNIPER_SERVICES => services,
        LinkType::JUNIPER_ST => secure_tunnel,
        _ => return Err(walk.cursor.fault(SkipReason::UnknownLinkType)),
    };
    match header(walk)? {
        After::Link(flags) => read(walk, flags),
        After::Payload(layer) => Ok(layer),
    }
}

/// "MGC", flags, and extensions where these say so. Old systems wrote no header at all.
fn header(walk: &mut Walk<'_>) -> Result<After, Skip> {
    const MAGIC: [u8; 3] = *b"MGC";
    match walk.cursor.peek_chunk() {
        None => return Err(walk.cursor.ends_within(MAGIC.len())),
        Some(magic) if *magic != MAGIC => return Ok(After::Link(0)),
        Some(_) => walk.cursor.skip(MAGIC.len())?,
    }
    let flags = walk.cursor.take_u8()?;
    if flags & flag::EXTENSIONS != 0 {
        let length = walk.cursor.take_u16()?;
        walk.cursor.skip(usize::from(length))?;
    }
    if flags & flag::NO_LINK_HEADER == 0 {
        return Ok(After::Link(flags));
    }
    // In the order of the machine.
    let number = *walk.cursor.take()?;
    let number = u32::from_be_bytes(number).min(u32::from_le_bytes(number));
    payload(walk, number).map(After::Payload)
}

/// Numbers of protocols, Juniper's own.
mod number {
    pub(super) const IPV4: u32 = 2;
    pub(super) const MPLS_TO_IPV4: u32 = 3;
    pub(super) const IPV4_TO_MPLS: u32 = 4;
    pub(super) const IPV6_TO_MPLS: u32 = 5;
    pub(super) const IPV6: u32 = 6;
    pub(super) const MPLS_TO_IPV6: u32 = 7;
    pub(super) const CLNP_TO_MPLS: u32 = 8;
    pub(super) const MPLS: u32 = 32;
    pub(super) const PPP: u32 = 200;
    pub(super) const ISO: u32 = 201;
    pub(super) const LLC: u32 = 202;
    pub(super) const SNAP: u32 = 203;
    pub(super) const ETHERNET: u32 = 204;
    pub(super) const FRAME_RELAY: u32 = 207;
    pub(super) const CISCO_HDLC: u32 = 208;
}

fn payload(walk: &Walk<'_>, number: u32) -> Result<Layer, Skip> {
    Ok(match number {
        number::IPV4 | number::MPLS_TO_IPV4 => Layer::Ip(IpVersion::V4),
        number::IPV6 | number::MPLS_TO_IPV6 => Layer::Ip(IpVersion::V6),
        number::IPV4_TO_MPLS | number::IPV6_TO_MPLS | number::CLNP_TO_MPLS | number::MPLS => {
            Layer::EtherType(ether_type::MPLS)
        }
        number::PPP => Layer::Ppp,
        number::ISO => Layer::Nlpid,
        number::LLC | number::SNAP => Layer::Llc,
        number::ETHERNET => Layer::Ethernet,
        number::FRAME_RELAY => Layer::Link(LinkType::FRELAY),
        number::CISCO_HDLC => Layer::Link(LinkType::C_HDLC),
        _ => return Err(walk.unsupported_payload()),
    })
}

/// The octet that says "unnumbered information", before a network layer protocol identifier.
const UNNUMBERED_INFORMATION: u8 = 0x03;

fn atm1(walk: &mut Walk<'_>, _flags: u8) -> Result<Layer, Skip> {
    /// First octet of the cookie: a cell of operation and maintenance.
    const MAINTENANCE: u8 = 0x80;
    let &[kind, ..] = walk.cursor.take::<4>()?;
    if kind == MAINTENANCE {
        return Err(walk.unsupported_payload());
    }
    match llc_here(walk)? {
        Some(llc) => Ok(llc),
        None => ip_or_nlpid(walk),
    }
}

fn atm2(walk: &mut Walk<'_>, flags: u8) -> Result<Layer, Skip> {
    /// In the last octet of the cookie: any of these is a cell of operation and maintenance.
    const MAINTENANCE: u8 = 0x70;
    /// In the fourth: of what goes out, only Ethernet has a gap.
    const GAP: u8 = 0x3f;
    let &[_, _, _, gap, _, _, _, kind] = walk.cursor.take::<8>()?;
    if kind & MAINTENANCE != 0 {
        return Err(walk.unsupported_payload());
    }
    if let Some(llc) = llc_here(walk)? {
        return Ok(llc);
    }
    if flags & flag::INCOMING == 0 && gap & GAP != 0 {
        return Ok(Layer::Ethernet);
    }
    if is_ppp(walk, 0)? { Ok(Layer::Ppp) } else { ip_or_nlpid(walk) }
}

/// LLC, if it is one of SNAP or of ISO's protocols.
fn llc_here(walk: &Walk<'_>) -> Result<Option<Layer>, Skip> {
    const SNAP: [u8; 3] = [0xaa, 0xaa, UNNUMBERED_INFORMATION];
    const ISO: [u8; 3] = [0xfe, 0xfe, UNNUMBERED_INFORMATION];
    match walk.cursor.peek_chunk() {
        None => Err(walk.cursor.ends_within(SNAP.len())),
        Some(&bytes) => Ok((bytes == SNAP || bytes == ISO).then_some(Layer::Llc)),
    }
}

/// Whether there is a PPP protocol field `skipped` octets from here.
fn is_ppp(walk: &Walk<'_>, skipped: usize) -> Result<bool, Skip> {
    match walk.cursor.rest().get(skipped..).and_then(|bytes| bytes.first_chunk()) {
        Some(&field) => Ok(ppp::carries_ip(u16::from_be_bytes(field))),
        None => Err(walk.cursor.ends_within(skipped + 2)),
    }
}

fn ip_or_nlpid(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    if walk.cursor.peek() == Some(UNNUMBERED_INFORMATION) {
        walk.cursor.skip(1)?;
        return Ok(Layer::Nlpid);
    }
    Ok(Layer::AnyIp)
}

/// Cookies of service cards, by their first octet.
mod cookie {
    /// Link services: 4 octets.
    pub(super) const LINK_SERVICES: u8 = 0x54;
    pub(super) const LINK_SERVICES_LEN: usize = 4;
    /// Adaptive services, or link services on their cards: 8 octets.
    pub(super) const ADAPTIVE: u8 = 0x40;
    pub(super) const ADAPTIVE_LINK_SERVICES: u8 = 0x47;
    pub(super) const ADAPTIVE_LEN: usize = 8;
    /// Fifth octet: both are set where the routing engine sends.
    pub(super) const FROM_ENGINE: u8 = 0x03;
    /// Sixth octet: the protocol.
    pub(super) const PROTOCOL: u8 = 0xf0;
    pub(super) const IPV4: u8 = 0x00;
    pub(super) const IPV6: u8 = 0x10;
    pub(super) const MPLS: u8 = 0x20;
}

/// Passes over the cookie of an adaptive services card; what it says of the protocol. `ipv4` has the
/// answer where that is IPv4, by whether the routing engine sends.
fn adaptive(
    walk: &mut Walk<'_>,
    ipv4: fn(&Walk<'_>, bool) -> Result<Layer, Skip>,
) -> Result<Layer, Skip> {
    let &[_, _, _, _, from, protocol, ..] = walk.cursor.take::<{ cookie::ADAPTIVE_LEN }>()?;
    match protocol & cookie::PROTOCOL {
        cookie::IPV4 => ipv4(walk, from & cookie::FROM_ENGINE == cookie::FROM_ENGINE),
        cookie::IPV6 => Ok(Layer::Ip(IpVersion::V6)),
        cookie::MPLS => Ok(Layer::EtherType(ether_type::MPLS)),
        _ => Err(walk.unsupported_payload()),
    }
}

fn multilink_ppp(walk: &mut Walk<'_>, flags: u8) -> Result<Layer, Skip> {
    const ML_COOKIE_LEN: usize = 2;
    const ALL_STATIONS: u8 = 0xff;
    match walk.cursor.peek() {
        Some(cookie::LINK_SERVICES) => {
            walk.cursor.skip(cookie::LINK_SERVICES_LEN)?;
            Ok(Layer::Ppp)
        }
        Some(cookie::ADAPTIVE | cookie::ADAPTIVE_LINK_SERVICES) => adaptive(
            walk,
            if flags & flag::INCOMING == 0 {
                |_, _| Ok(Layer::Ip(IpVersion::V4))
            } else {
                |_, from_engine| Ok(if from_engine { Layer::Ip(IpVersion::V4) } else { Layer::Ppp })
            },
        ),
        Some(ALL_STATIONS) => Ok(Layer::Ppp),
        _ if is_ppp(walk, ML_COOKIE_LEN)? => {
            walk.cursor.skip(ML_COOKIE_LEN)?;
            Ok(Layer::Ppp)
        }
        _ if is_ppp(walk, 0)? => Ok(Layer::Ppp),
        _ => Err(walk.unsupported_payload()),
    }
}

fn multilink_frame_relay(walk: &mut Walk<'_>, _flags: u8) -> Result<Layer, Skip> {
    const ML_COOKIE_LEN: usize = 2;
    match walk.cursor.peek() {
        Some(cookie::LINK_SERVICES) => walk.cursor.skip(cookie::LINK_SERVICES_LEN)?,
        Some(cookie::ADAPTIVE | cookie::ADAPTIVE_LINK_SERVICES) => {
            return adaptive(walk, |walk, from_engine| match from_engine {
                true => Err(walk.unsupported_payload()),
                false => Ok(Layer::Ip(IpVersion::V4)),
            });
        }
        _ => walk.cursor.skip(ML_COOKIE_LEN)?,
    }
    // One octet of padding before it, or after it, or none.
    match *walk.cursor.take()? {
        [0, UNNUMBERED_INFORMATION] | [UNNUMBERED_INFORMATION, 0] => Ok(Layer::Nlpid),
        [UNNUMBERED_INFORMATION, identifier] => llc::nlpid_number(walk, identifier),
        _ => Err(walk.unsupported_payload()),
    }
}

/// The protocol, and a VLAN, little-endian.
fn ggsn(walk: &mut Walk<'_>, _flags: u8) -> Result<Layer, Skip> {
    let &[low, high, _, _] = walk.cursor.take()?;
    payload(walk, u32::from(u16::from_le_bytes([low, high])))
}

fn voice(walk: &mut Walk<'_>, _flags: u8) -> Result<Layer, Skip> {
    const RESERVED_LEN: usize = 18;
    walk.cursor.skip(RESERVED_LEN)?;
    Ok(Layer::AnyIp)
}

fn services(walk: &mut Walk<'_>, flags: u8) -> Result<Layer, Skip> {
    const INCOMING_LEN: usize = 16;
    const OUTGOING_LEN: usize = 12;
    let is_incoming = flags & flag::INCOMING != 0;
    walk.cursor.skip(if is_incoming { INCOMING_LEN } else { OUTGOING_LEN })?;
    Ok(Layer::AnyIp)
}

/// The outer Ethernet, IPv4 and ESP headers, and what was decrypted.
fn secure_tunnel(walk: &mut Walk<'_>, _flags: u8) -> Result<Layer, Skip> {
    const MAC_ADDRESSES_LEN: usize = 12;
    const IHL: u8 = 0x0f;
    const UNIT: usize = 4;
    const MIN_LEN: usize = 20;
    const PROTOCOL: usize = 9;
    const ESP: u8 = 50;
    const ESP_LEN: usize = 8;
    const UNKNOWN_LEN: usize = 16;
    walk.cursor.skip(MAC_ADDRESSES_LEN)?;
    if walk.cursor.take_u16()? != ether_type::IPV4 {
        return Err(walk.unsupported_payload());
    }
    let Some(header) = walk.cursor.peek_chunk::<MIN_LEN>() else {
        return Err(walk.cursor.ends_within(MIN_LEN));
    };
    let &[first, ..] = header;
    let header_len = usize::from(first & IHL) * UNIT;
    if IpVersion::of_first_octet(first) != Some(IpVersion::V4) || header_len < MIN_LEN {
        return Err(walk.cursor.fault(SkipReason::BadHeader));
    }
    if header.get(PROTOCOL) != Some(&ESP) {
        return Err(walk.unsupported_payload());
    }
    walk.cursor.skip(header_len + ESP_LEN + UNKNOWN_LEN)?;
    Ok(Layer::AnyIp)
}
