//! The general walk, and its dispatch: which module reads what comes next.
#![warn(clippy::indexing_slicing)]

#[cfg(feature = "quic")]
use super::datagram::Datagram;
use super::internet::Packet;
use super::ip::IpVersion;
use super::numbers::{ether_type, protocol};
use super::path::Encapsulation;
use super::segment::Segment;
use super::walk::{Aggregate, Layer, Walk};
use super::{ethernet, fabric, ieee802_11, link, llc, mirror, mpls, ppp, tunnel, udp_tunnel};
use crate::skip::{Carried, Skip, SkipReason};

/// More layers than this are not followed. Tags and tunnels fill the path long before, so this
/// bounds what leaves no trace there: link types inside link types.
const MAX_LAYERS: usize = 64;

/// Walks layer by layer until TCP. By value, so that a caller that never comes here keeps its walk
/// in registers.
#[inline(never)]
pub(super) fn descend<'f>(
    mut walk: Walk<'f>,
    mut layer: Layer,
    aggregate: &mut Aggregate,
) -> Result<Segment<'f>, Skip> {
    for _ in 0..MAX_LAYERS {
        layer = match layer {
            Layer::Ip(version) => {
                let packet = Packet::read(&mut walk.cursor, version)?;
                if packet.protocol == protocol::TCP {
                    return packet.segment(&mut walk.cursor, walk.path);
                }
                Layer::Protocol(packet.protocol)
            }
            other => next(&mut walk, other, aggregate)?,
        };
    }
    Err(walk.cursor.fault(SkipReason::TooDeep))
}

/// Walks layer by layer until UDP that is no tunnel. A port that announces a tunnel may be one that
/// a client happened to get: where the tunnel leads nowhere, the datagram is what counts.
#[cfg(feature = "quic")]
#[inline(never)]
pub(super) fn descend_to_datagram<'f>(
    mut walk: Walk<'f>,
    mut layer: Layer,
    mut aggregate: Aggregate,
) -> Option<Datagram<'f>> {
    let mut found = None;
    for _ in 0..MAX_LAYERS {
        let after = match layer {
            Layer::Ip(version) => match Packet::read(&mut walk.cursor, version) {
                Ok(packet) if packet.protocol == protocol::TCP => return None,
                Ok(packet) => {
                    if packet.protocol == protocol::UDP {
                        found = Datagram::of(&packet, &walk).or(found);
                    }
                    Ok(Layer::Protocol(packet.protocol))
                }
                Err(skip) => Err(skip),
            },
            other => next(&mut walk, other, &mut aggregate),
        };
        match after {
            Ok(after) => layer = after,
            Err(_) => break,
        }
    }
    found
}

/// Passes over the header of a layer other than IP: what comes after it.
#[inline(always)]
fn next(walk: &mut Walk<'_>, layer: Layer, aggregate: &mut Aggregate) -> Result<Layer, Skip> {
    walk.cursor.begin_header();
    walk.within_ip |= matches!(layer, Layer::Protocol(_));
    match layer {
        Layer::Link(link_type) => link::open(walk, link_type),
        Layer::Ethernet => ethernet::frame(walk),
        Layer::EtherType(ether_type) => by_ether_type(walk, ether_type),
        Layer::Ieee80211 => ieee802_11::frame(walk),
        Layer::Subframes { mesh } => ieee802_11::subframe(walk, aggregate, mesh),
        Layer::Llc => llc::llc(walk),
        Layer::Nlpid => llc::nlpid(walk),
        Layer::Ppp => ppp::ppp(walk),
        Layer::AnyIp => by_version(walk),
        Layer::Protocol(number) => by_protocol(walk, number),
        // Whoever walks reads it.
        Layer::Ip(_) => Ok(layer),
    }
}

fn by_version(walk: &Walk<'_>) -> Result<Layer, Skip> {
    let first = walk.cursor.peek().ok_or_else(|| walk.cursor.ends_within(1))?;
    IpVersion::of_first_octet(first).map(Layer::Ip).ok_or_else(|| walk.unsupported_payload())
}

/// Opens what `ether_type` announces.
fn by_ether_type(walk: &mut Walk<'_>, ether_type: u16) -> Result<Layer, Skip> {
    let ether_type = match ethernet::tags(walk, ether_type)? {
        Layer::EtherType(other) => other,
        layer => return Ok(layer),
    };
    walk.cursor.begin_header();
    match ether_type {
        0..=ether_type::MAX_LENGTH => {
            walk.cursor.limit(usize::from(ether_type));
            Ok(Layer::Llc)
        }
        ether_type::JUMBO_LLC => Ok(Layer::Llc),
        ether_type::TRANSPARENT_ETHERNET => Ok(Layer::Ethernet),
        ether_type::PPP => Ok(Layer::Ppp),
        ether_type::MPLS | ether_type::MPLS_UPSTREAM => mpls::label_stack(walk),
        ether_type::PPPOE_SESSION => ppp::pppoe(walk),
        ether_type::MACSEC => ethernet::macsec(walk),
        ether_type::PBB => ethernet::provider_backbone(walk),
        ether_type::FABRIC_PATH => ethernet::fabric_path(walk),
        ether_type::CISCO_META_DATA => ethernet::cisco_meta_data(walk),
        ether_type::VN_TAG => ethernet::vn_tag(walk),
        ether_type::HSR => ethernet::redundancy_tag(walk),
        ether_type::NSH => ethernet::service_header(walk),
        ether_type::CISCO_TIMESTAMP => fabric::cisco_timestamp(walk),
        ether_type::ARISTA => fabric::arista_timestamp(walk),
        ether_type::E_TAG => fabric::e_tag(walk),
        ether_type::R_TAG => fabric::r_tag(walk),
        ether_type::TRILL => fabric::trill(walk),
        ether_type::BATMAN => fabric::batman(walk),
        ether_type::LWAPP | ether_type::LWAPP_OLD => mirror::lwapp(walk),
        ether_type::CENTRINO => Ok(Layer::Ieee80211),
        other => Err(walk.unsupported_payload_of(Carried::EtherType(other))),
    }
}

/// Opens what protocol `number` of an IP header announces.
fn by_protocol(walk: &mut Walk<'_>, number: u8) -> Result<Layer, Skip> {
    match number {
        protocol::UDP => udp_tunnel::open(walk),
        protocol::UDP_LITE => udp_tunnel::open_lite(walk),
        protocol::IPV4 => {
            walk.enter(Encapsulation::IpInIp)?;
            Ok(Layer::Ip(IpVersion::V4))
        }
        protocol::IPV6 => {
            walk.enter(Encapsulation::IpInIp)?;
            Ok(Layer::Ip(IpVersion::V6))
        }
        protocol::GRE => tunnel::gre(walk),
        protocol::ETHERIP => tunnel::ether_ip(walk),
        protocol::MPLS => Ok(Layer::EtherType(ether_type::MPLS)),
        protocol::ETHERNET => {
            walk.enter(Encapsulation::EthernetInIp)?;
            Ok(Layer::Ethernet)
        }
        other => Err(walk.unsupported_payload_of(Carried::Protocol(other))),
    }
}
