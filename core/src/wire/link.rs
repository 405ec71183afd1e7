//! How frames of each link type begin (<https://www.tcpdump.org/linktypes.html>).
//!
//! The link type is obeyed: a frame that contradicts it is passed over, never reinterpreted.
#![warn(clippy::indexing_slicing)]

use super::ip::IpVersion;
use super::numbers::ether_type;
use super::path::Encapsulation;
use super::walk::{Layer, Walk};
use super::{erf, ethernet, ieee802_11, juniper, link_header, llc, mirror, ppp};
use crate::frame::LinkType;
use crate::skip::{Skip, SkipReason};

/// Octets that stand before a frame of another kind and say nothing that matters here.
mod passed {
    /// SLIP: direction, and the header as it was compressed. What follows is decompressed.
    pub(super) const SLIP: usize = 16;
    /// Which way the frame went.
    pub(super) const DIRECTION: usize = 1;
    /// Two Fibre Channel addresses of 8 octets (RFC 2625).
    pub(super) const FIBRE_CHANNEL: usize = 16;
    /// Two IEEE 1394 addresses of 8 octets.
    pub(super) const IEEE1394: usize = 16;
    /// Solaris IP interfaces: version, family, lengths, interfaces and zones.
    pub(super) const IPNET: usize = 24;
    /// netANALYZER: port and state of the reception.
    pub(super) const NETANALYZER: usize = 4;
    /// The preamble of an Ethernet frame with its delimiter.
    pub(super) const PREAMBLE: usize = 8;
    /// Broadcom switch tag.
    pub(super) const BROADCOM_TAG: usize = 4;
    /// KISS: port and command.
    pub(super) const KISS: usize = 1;
    /// InfiniBand's global route header, and what follows the type (RFC 4391 section 6).
    pub(super) const GLOBAL_ROUTE: usize = 40;
    pub(super) const IPOIB_RESERVED: usize = 2;
}

/// Opens a frame of `link_type`.
pub(super) fn open(walk: &mut Walk<'_>, link_type: LinkType) -> Result<Layer, Skip> {
    match link_type {
        LinkType::ETHERNET => ethernet::frame(walk),
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => Ok(Layer::AnyIp),
        LinkType::IPV4 => Ok(Layer::Ip(IpVersion::V4)),
        LinkType::IPV6 => Ok(Layer::Ip(IpVersion::V6)),

        LinkType::NULL => link_header::null(walk),
        LinkType::LOOP => link_header::openbsd_loop(walk),
        LinkType::ENC => link_header::enc(walk),
        LinkType::PFLOG => link_header::pflog(walk),
        LinkType::LINUX_SLL => link_header::linux_cooked(walk),
        LinkType::LINUX_SLL2 => link_header::linux_cooked_2(walk),
        LinkType::NFLOG => link_header::nflog(walk),
        LinkType::PKTAP | LinkType::PKTAP_APPLE => link_header::pktap(walk),
        LinkType::ERF => erf::erf(walk),
        LinkType::TZSP => mirror::tzsp(walk),
        LinkType::ARCNET_LINUX => link_header::arcnet_linux(walk),
        LinkType::ARCNET_BSD => link_header::arcnet_bsd(walk),
        LinkType::SYMANTEC_FIREWALL => link_header::symantec(walk),
        LinkType::AX25 => link_header::ax25(walk),
        LinkType::AX25_KISS => after(walk, passed::KISS, Layer::Link(LinkType::AX25)),
        LinkType::MPLS => Ok(Layer::EtherType(ether_type::MPLS)),
        LinkType::IPOIB => {
            walk.cursor.skip(passed::GLOBAL_ROUTE)?;
            let ether_type = walk.cursor.take_u16()?;
            walk.cursor.skip(passed::IPOIB_RESERVED)?;
            Ok(Layer::EtherType(ether_type))
        }
        LinkType::SLIP => after(walk, passed::SLIP, Layer::AnyIp),
        LinkType::IPNET => after(walk, passed::IPNET, Layer::AnyIp),

        LinkType::PPP => Ok(Layer::Ppp),
        LinkType::PPP_HDLC => ppp::ppp_or_hdlc(walk),
        LinkType::PPP_ETHER => ppp::pppoe(walk),
        LinkType::PPP_PPPD | LinkType::PPP_WITH_DIR => after(walk, passed::DIRECTION, Layer::Ppp),
        LinkType::C_HDLC | LinkType::C_HDLC_OLD => ppp::cisco_hdlc(walk),
        LinkType::C_HDLC_WITH_DIR => after(walk, passed::DIRECTION, Layer::Link(LinkType::C_HDLC)),
        LinkType::FRELAY => llc::frame_relay(walk),
        LinkType::FRELAY_WITH_DIR => after(walk, passed::DIRECTION, Layer::Link(LinkType::FRELAY)),
        LinkType::MFR => llc::multilink_frame_relay(walk),

        LinkType::FDDI => fddi(walk),
        LinkType::IEEE802_5 => token_ring(walk),
        LinkType::ATM_RFC1483 | LinkType::ATM_RFC1483_BSDOS => llc::llc_over_atm(walk),
        LinkType::ATM_CLIP | LinkType::ATM_CLIP_LINUX => llc::classical_ip(walk),
        LinkType::SUNATM => sun_atm(walk),
        LinkType::IP_OVER_FC => after(walk, passed::FIBRE_CHANNEL, Layer::Llc),
        LinkType::APPLE_IP_OVER_IEEE1394 => {
            walk.cursor.skip(passed::IEEE1394)?;
            walk.cursor.take_u16().map(Layer::EtherType)
        }

        LinkType::IEEE802_11 => ieee802_11::frame(walk),
        LinkType::IEEE802_11_RADIOTAP => ieee802_11::radiotap(walk),
        LinkType::IEEE802_11_PRISM => ieee802_11::prism(walk),
        LinkType::IEEE802_11_AVS => ieee802_11::avs(walk),
        LinkType::PPI => ieee802_11::per_packet_information(walk),

        LinkType::DOCSIS => docsis(walk),
        LinkType::NETANALYZER => after(walk, passed::NETANALYZER, Layer::Ethernet),
        LinkType::NETANALYZER_TRANSPARENT => {
            after(walk, passed::NETANALYZER + passed::PREAMBLE, Layer::Ethernet)
        }
        LinkType::EPON => after(walk, passed::PREAMBLE, Layer::Ethernet),
        LinkType::ETHERNET_MPACKET => mac_merge(walk),
        LinkType::DSA_TAG_BRCM_PREPEND => after(walk, passed::BROADCOM_TAG, Layer::Ethernet),
        LinkType::DSA_TAG_BRCM => {
            walk.cursor.skip(MAC_ADDRESSES_LEN + passed::BROADCOM_TAG)?;
            walk.cursor.take_u16().map(Layer::EtherType)
        }
        LinkType::DSA_TAG_DSA => marvell_tag(walk, 0),
        LinkType::DSA_TAG_EDSA => marvell_tag(walk, EDSA_LEN),
        other => juniper::open(walk, other),
    }
}

/// What is `len` octets from here.
fn after(walk: &mut Walk<'_>, len: usize, layer: Layer) -> Result<Layer, Skip> {
    walk.cursor.skip(len)?;
    Ok(layer)
}

/// Ethernet that may be interrupted by frames in a hurry (802.3 clause 99.3): a preamble whose last
/// octet tells whether the frame is whole or the first piece; others are pieces.
fn mac_merge(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const WHOLE: u8 = 0xd5;
    const FIRST_PIECES: [u8; 4] = [0xe6, 0x4c, 0x7f, 0xb3];
    const LATER_PIECES: [u8; 4] = [0x61, 0x52, 0x9e, 0x2a];
    let &[.., delimiter] = walk.cursor.take::<{ passed::PREAMBLE }>()?;
    match delimiter {
        WHOLE => Ok(Layer::Ethernet),
        delimiter if FIRST_PIECES.contains(&delimiter) => {
            walk.cursor.set_fragment();
            Ok(Layer::Ethernet)
        }
        // The number of the piece is in place of the last octet of the preamble.
        delimiter if LATER_PIECES.contains(&delimiter) => {
            Err(walk.cursor.fault(SkipReason::Fragment))
        }
        _ => Err(walk.unsupported_payload()),
    }
}

/// Octets of destination and source address.
const MAC_ADDRESSES_LEN: usize = 12;
/// Octets of the EtherType, and the reserved ones after it, that EDSA puts before a DSA tag.
const EDSA_LEN: usize = 4;

/// Ethernet with a Marvell switch tag between the addresses and the type. A tag of a frame that
/// had a VLAN tag stands in its place, and holds its identifier.
fn marvell_tag(walk: &mut Walk<'_>, before_tag: usize) -> Result<Layer, Skip> {
    const TAGGED: u32 = 0x2000_0000;
    const VLAN: u32 = 0x0fff;
    walk.cursor.skip(MAC_ADDRESSES_LEN + before_tag)?;
    let tag = walk.cursor.take_u32()?;
    let ether_type = walk.cursor.take_u16()?;
    if tag & TAGGED != 0 {
        walk.enter(Encapsulation::Vlan((tag & VLAN) as u16))?;
    }
    Ok(Layer::EtherType(ether_type))
}

/// FDDI: frame control and two addresses.
fn fddi(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const FRAME_CLASS: u8 = 0xf0;
    /// LLC data sent asynchronously, with addresses of 48 bits.
    const LLC: u8 = 0x50;
    let frame_control = walk.cursor.take_u8()?;
    walk.cursor.skip(MAC_ADDRESSES_LEN)?;
    if frame_control & FRAME_CLASS != LLC {
        return Err(walk.unsupported_payload());
    }
    Ok(Layer::Llc)
}

/// Token Ring: access control, frame control, two addresses, and a source route where the first
/// bit of the source address says so.
fn token_ring(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const FRAME_TYPE: u8 = 0xc0;
    const LLC: u8 = 0x40;
    const SOURCE_ROUTED: u8 = 0x80;
    /// In the first octet of the route: its length in octets.
    const ROUTE_LEN: u8 = 0x1f;
    let &[_, frame_control, _, _, _, _, _, _, source, _, _, _, _, _] = walk.cursor.take::<14>()?;
    if frame_control & FRAME_TYPE != LLC {
        return Err(walk.unsupported_payload());
    }
    if source & SOURCE_ROUTED != 0 {
        let route = walk.cursor.take_u8()?;
        let Some(rest_len) = usize::from(route & ROUTE_LEN).checked_sub(1) else {
            return Err(walk.cursor.fault(SkipReason::BadHeader));
        };
        walk.cursor.skip(rest_len)?;
    }
    Ok(Layer::Llc)
}

/// SunATM: the kind of traffic, and the virtual circuit.
fn sun_atm(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const TRAFFIC: u8 = 0x0f;
    const LAN_EMULATION: u8 = 1;
    const LLC: u8 = 2;
    let &[flags, _, _, _] = walk.cursor.take::<4>()?;
    match flags & TRAFFIC {
        LAN_EMULATION => {
            // The number of the LAN emulation client.
            walk.cursor.take_u16()?;
            Ok(Layer::Ethernet)
        }
        LLC => {
            walk.cursor.begin_header();
            llc::llc_over_atm(walk)
        }
        _ => Err(walk.unsupported_payload()),
    }
}

/// DOCSIS: frame control, a length, extended headers, and a check sequence of the header.
fn docsis(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const FRAME_TYPE: u8 = 0xc0;
    const PACKET: u8 = 0x00;
    const EXTENDED_HEADER: u8 = 0x01;
    const CHECK_SEQUENCE_LEN: usize = 2;
    let &[frame_control, extended_len, _, _] = walk.cursor.take::<4>()?;
    if frame_control & FRAME_TYPE != PACKET {
        return Err(walk.unsupported_payload());
    }
    if frame_control & EXTENDED_HEADER != 0 {
        walk.cursor.skip(usize::from(extended_len))?;
    }
    after(walk, CHECK_SEQUENCE_LEN, Layer::Ethernet)
}
