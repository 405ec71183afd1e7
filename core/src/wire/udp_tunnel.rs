//! Tunnels over UDP, known by their ports and by the flags that begin their headers.
#![warn(clippy::indexing_slicing)]

use etherparse::UdpHeaderSlice;

use super::ip::IpVersion;
use super::numbers::{ether_type, udp_port};
use super::path::Encapsulation;
use super::walk::{Layer, Walk};
use super::{gtp, ieee802_11, mirror, overlay, tunnel};
use crate::skip::{Carried, Skip, SkipReason};

/// What reads the headers of a tunnel.
type Tunnel = fn(&mut Walk<'_>) -> Result<Layer, Skip>;

/// The tunnel that a pair of ports announces.
///
/// Where both ends of a tunnel use the port, or one of them is behind a NAT, either port counts.
/// VXLAN, GENEVE and the like choose their source port at random from a range that holds all the
/// others'.
#[inline]
fn tunnel(source: u16, destination: u16) -> Option<Tunnel> {
    if !may_be_port(source) && !may_be_port(destination) {
        return None;
    }
    to(destination).or_else(|| of_either(destination)).or_else(|| of_either(source))
}

/// A first look at a port, which nearly all that are of no tunnel fail.
#[inline]
fn may_be_port(port: u16) -> bool {
    /// In units of 1024 ports.
    const UNIT: u32 = 10;
    /// A bit for each unit in which there is one.
    const UNITS: u64 = {
        let (mut units, mut ports) = (0, udp_port::ALL.as_slice());
        while let [port, rest @ ..] = ports {
            units |= 1 << (*port >> UNIT);
            ports = rest;
        }
        units
    };
    UNITS >> (port >> UNIT) & 1 != 0
}

/// Of the destination alone.
fn to(port: u16) -> Option<Tunnel> {
    Some(match port {
        udp_port::LISP => overlay::lisp,
        udp_port::GRE => tunnel::gre,
        udp_port::VXLAN | udp_port::VXLAN_LINUX => vxlan,
        udp_port::VXLAN_GPE => vxlan_gpe,
        udp_port::GENEVE => geneve,
        udp_port::MPLS => |_| Ok(Layer::EtherType(ether_type::MPLS)),
        udp_port::JUNIPER_MIRROR => mirror::juniper,
        _ => return None,
    })
}

/// Of either side.
fn of_either(port: u16) -> Option<Tunnel> {
    Some(match port {
        udp_port::L2TP => l2tp,
        udp_port::GTP_U | udp_port::GTP_0 => gtp::open,
        udp_port::TEREDO => teredo,
        udp_port::BATMAN_GATEWAY => overlay::batman_gateway,
        udp_port::AYIYA => overlay::ayiya,
        udp_port::CAPWAP_DATA => capwap,
        udp_port::LWAPP_DATA | udp_port::LWAPP_CONTROL => mirror::lwapp,
        udp_port::TZSP => mirror::tzsp,
        _ => return None,
    })
}

/// Whether a datagram between these ports may be a tunnel.
#[inline]
pub(super) fn may_be(source: u16, destination: u16) -> bool {
    (may_be_port(source) || may_be_port(destination)) && is(source, destination)
}

/// A function of its own, so that the callers of the one above stay small.
#[cold]
fn is(source: u16, destination: u16) -> bool {
    tunnel(source, destination).is_some()
}

/// A UDP header, and the tunnel that its ports announce.
pub(super) fn open(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let header = match UdpHeaderSlice::from_slice(walk.cursor.rest()) {
        Ok(header) => header,
        Err(error) => return Err(walk.cursor.ends_within(error.required_len)),
    };
    let (source, destination) = (header.source_port(), header.destination_port());
    let carried = Carried::Udp { source, destination };
    let Some(tunnel) = tunnel(source, destination) else {
        return Err(walk.unsupported_payload_of(carried));
    };
    walk.carried = Some(carried);
    let header_len = header.slice().len();
    walk.cursor.skip(header_len)?;
    if let Some(length) = usize::from(header.length()).checked_sub(header_len) {
        walk.cursor.limit(length);
    }
    walk.cursor.begin_header();
    tunnel(walk)
}

/// UDP-Lite (RFC 3828): the ports of UDP, and in place of the length what the checksum covers.
pub(super) fn open_lite(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let &[s0, s1, d0, d1, ..] = walk.cursor.take::<8>()?;
    let (source, destination) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    let carried = Carried::Udp { source, destination };
    let Some(tunnel) = tunnel(source, destination) else {
        return Err(walk.unsupported_payload_of(carried));
    };
    walk.carried = Some(carried);
    walk.cursor.begin_header();
    tunnel(walk)
}

/// VXLAN (RFC 7348 section 5). "The I flag MUST be set to 1 for a valid VXLAN Network ID".
fn vxlan(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const VALID_IDENTIFIER: u8 = 0x08;
    let &[flags, _, _, _, high, middle, low, _] = walk.cursor.take::<8>()?;
    if flags & VALID_IDENTIFIER == 0 {
        return Err(walk.unsupported_payload());
    }
    walk.enter(Encapsulation::Vxlan(u32::from_be_bytes([0, high, middle, low])))?;
    Ok(Layer::Ethernet)
}

/// VXLAN with a protocol number (draft-ietf-nvo3-vxlan-gpe section 3).
fn vxlan_gpe(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const VALID_IDENTIFIER: u8 = 0x08;
    const NEXT_PROTOCOL: u8 = 0x04;
    let &[flags, _, _, next, high, middle, low, _] = walk.cursor.take::<8>()?;
    if flags & VALID_IDENTIFIER == 0 {
        return Err(walk.unsupported_payload());
    }
    walk.enter(Encapsulation::Vxlan(u32::from_be_bytes([0, high, middle, low])))?;
    if flags & NEXT_PROTOCOL == 0 {
        return Ok(Layer::Ethernet);
    }
    Layer::of_next_protocol(next).ok_or_else(|| walk.unsupported_payload())
}

/// GENEVE (RFC 8926 section 3.4).
fn geneve(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const VERSION: u8 = 0xc0;
    /// In units of 4 octets.
    const OPTIONS_LEN: u8 = 0x3f;
    const UNIT: usize = 4;
    let &[first, _, type_high, type_low, high, middle, low, _] = walk.cursor.take::<8>()?;
    if first & VERSION != 0 {
        return Err(walk.unsupported_payload());
    }
    walk.cursor.skip(usize::from(first & OPTIONS_LEN) * UNIT)?;
    walk.enter(Encapsulation::Geneve(u32::from_be_bytes([0, high, middle, low])))?;
    match u16::from_be_bytes([type_high, type_low]) {
        0..=ether_type::MAX_LENGTH => Err(walk.unsupported_payload()),
        ether_type => Ok(Layer::EtherType(ether_type)),
    }
}

/// The first 16 bits of an L2TP header (RFC 2661 section 3.1).
mod l2tp {
    pub(super) const CONTROL: u16 = 0x8000;
    pub(super) const LENGTH: u16 = 0x4000;
    pub(super) const SEQUENCE: u16 = 0x0800;
    pub(super) const OFFSET: u16 = 0x0200;
    pub(super) const VERSION: u16 = 0x000f;
    pub(super) const VERSION_2: u16 = 2;
    /// Octets of the two sequence numbers.
    pub(super) const SEQUENCE_LEN: usize = 4;
}

/// L2TP version 2. Version 3 (RFC 3931) does not say what it carries or how long its cookie is:
/// both ends agreed on it elsewhere.
fn l2tp(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let start = walk.cursor.at();
    let flags = walk.cursor.take_u16()?;
    if flags & (l2tp::CONTROL | l2tp::VERSION) != l2tp::VERSION_2 {
        return Err(walk.unsupported_payload());
    }
    if flags & l2tp::LENGTH != 0 {
        // From the first octet of the header on.
        let length = usize::from(walk.cursor.take_u16()?);
        let passed = walk.cursor.at() - start;
        let Some(rest_len) = length.checked_sub(passed) else {
            return Err(walk.cursor.fault(SkipReason::BadHeader));
        };
        walk.cursor.limit(rest_len);
    }
    let _tunnel = walk.cursor.take_u16()?;
    let session = walk.cursor.take_u16()?;
    if flags & l2tp::SEQUENCE != 0 {
        walk.cursor.skip(l2tp::SEQUENCE_LEN)?;
    }
    if flags & l2tp::OFFSET != 0 {
        let offset = walk.cursor.take_u16()?;
        walk.cursor.skip(usize::from(offset))?;
    }
    walk.enter(Encapsulation::L2tp(u32::from(session)))?;
    Ok(Layer::Ppp)
}

/// Teredo (RFC 4380 section 5.1.1): IPv6, with an authentication or origin indication or both
/// before it. Either begins with an octet of 0, which IPv6 does not.
fn teredo(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const MAX_INDICATIONS: usize = 2;
    for _ in 0..=MAX_INDICATIONS {
        match walk.cursor.peek() {
            None => return Err(walk.cursor.ends_within(1)),
            Some(first) if IpVersion::of_first_octet(first) == Some(IpVersion::V6) => {
                walk.enter(Encapsulation::Teredo)?;
                return Ok(Layer::Ip(IpVersion::V6));
            }
            Some(_) => teredo_indication(walk)?,
        }
    }
    Err(walk.unsupported_payload())
}

fn teredo_indication(walk: &mut Walk<'_>) -> Result<(), Skip> {
    const AUTHENTICATION: u16 = 1;
    /// Octets of nonce and confirmation, which end an authentication.
    const NONCE_AND_CONFIRMATION_LEN: usize = 9;
    const ORIGIN: u16 = 0;
    const PORT_AND_ADDRESS_LEN: usize = 6;
    match walk.cursor.take_u16()? {
        AUTHENTICATION => {
            let &[client_len, value_len] = walk.cursor.take()?;
            let variable_len = usize::from(client_len) + usize::from(value_len);
            walk.cursor.skip(variable_len + NONCE_AND_CONFIRMATION_LEN)
        }
        ORIGIN => walk.cursor.skip(PORT_AND_ADDRESS_LEN),
        _ => Err(walk.unsupported_payload()),
    }
}

/// The CAPWAP header (RFC 5415 section 4.3), octet by octet.
mod capwap {
    /// Octet 0: version 0, and a CAPWAP header rather than a DTLS one.
    pub(super) const PREAMBLE: u8 = 0;
    /// Octet 1: length of the header in units of 4 octets.
    pub(super) const LENGTH_SHIFT: u32 = 3;
    pub(super) const UNIT: usize = 4;
    /// Octet 2: what the native frame is, and whether it is native rather than 802.3.
    pub(super) const BINDING: u8 = 0x3e;
    pub(super) const BINDING_IEEE802_11: u8 = 1 << 1;
    pub(super) const NATIVE: u8 = 0x01;
    /// Octet 3.
    pub(super) const FRAGMENT: u8 = 0x80;
    pub(super) const LAST_FRAGMENT: u8 = 0x40;
    pub(super) const KEEP_ALIVE: u8 = 0x08;
    /// Octets 6 and 7: offset of the fragment.
    pub(super) const OFFSET: u16 = 0xfff8;
    pub(super) const FIXED_LEN: usize = 8;
}

fn capwap(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let &[preamble, length, kind, flags, _, _, offset_high, offset_low] =
        walk.cursor.take::<{ capwap::FIXED_LEN }>()?;
    if preamble != capwap::PREAMBLE || flags & capwap::KEEP_ALIVE != 0 {
        return Err(walk.unsupported_payload());
    }
    let length = usize::from(length >> capwap::LENGTH_SHIFT) * capwap::UNIT;
    let Some(optional_len) = length.checked_sub(capwap::FIXED_LEN) else {
        return Err(walk.cursor.fault(SkipReason::BadHeader));
    };
    walk.cursor.skip(optional_len)?;
    if flags & capwap::FRAGMENT != 0 {
        if u16::from_be_bytes([offset_high, offset_low]) & capwap::OFFSET != 0 {
            return Err(walk.cursor.fault(SkipReason::Fragment));
        }
        if flags & capwap::LAST_FRAGMENT == 0 {
            walk.cursor.set_fragment();
        }
    }
    walk.enter(Encapsulation::Capwap)?;
    match kind {
        kind if kind & capwap::NATIVE == 0 => Ok(Layer::Ethernet),
        kind if kind & capwap::BINDING == capwap::BINDING_IEEE802_11 => {
            ieee802_11::frame_over_capwap(walk)
        }
        _ => Err(walk.unsupported_payload()),
    }
}
