//! Which packets p0f 3.09b reads: its own idea of link headers, and its strictness about length.
//!
//! Only `Compat::P0fExact` asks. Everything that p0f cannot open (VLAN, tunnels, IPv6 extension
//! headers, fragments, frames cut by the snap length) stays closed here too.

use super::filter::{self, passes_tcp};
use crate::frame::{ByteOrder, Frame, LinkType};
use crate::skip::{Skip, SkipReason};
use crate::wire::field::{ethernet, ipv4, ipv6, tcp, u16_at};
use crate::wire::numbers::{ether_type, ppp, protocol};
use crate::wire::{self, IpVersion, Segment};

/// What p0f remembers between packets about the link layer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct P0fView {
    /// Where IP begins for a link type that p0f has no table entry for, once found by trial.
    found_offset: Option<usize>,
}

/// What p0f makes of a frame.
pub(crate) struct Seen<'f> {
    /// Whether its packet filter lets the frame through, which is when p0f counts it.
    pub(crate) counts: bool,
    pub(crate) segment: Result<Segment<'f>, Skip>,
}

/// p0f looks at no more of a packet, in bytes.
const MAX_LEN: usize = 65_535;
/// IPv4 and TCP headers, bytes.
const MIN_LEN: usize = ipv4::MIN_LEN + tcp::MIN_LEN;
/// IPv6 and TCP headers, bytes.
const MIN_LEN_V6: usize = ipv6::LEN + tcp::MIN_LEN;
/// Trial looks for IP at even offsets up to here.
const LAST_TRIAL_OFFSET: usize = 38;

/// Tags of which p0f's filter accepts one.
const VLAN_TAGS: [u16; 3] =
    [ether_type::VLAN, ether_type::PROVIDER_VLAN, ether_type::OLD_STACKED_VLAN_1];
/// Address families of BSD loopback headers, as libpcap's filter accepts them.
const FAMILY_IPV4: u32 = 2;
const FAMILIES_IPV6: [u32; 3] = [24, 28, 30];

impl P0fView {
    /// Opens a frame as p0f does.
    pub(crate) fn open<'f>(&mut self, frame: &Frame<'f>) -> Seen<'f> {
        let usable = frame.wire_len.min(frame.data.len()).min(MAX_LEN);
        let bytes = frame.data.get(..usable).unwrap_or_default();
        let closed = |counts, at| Seen { counts, segment: skip(SkipReason::NotTcp, bytes, at) };
        match link_view(frame.link_type, bytes, frame.host_order) {
            LinkView::Ip(version, at) if passes_tcp(bytes, version, at) => {
                Seen { counts: true, segment: strict(bytes, at) }
            }
            LinkView::CountedTag(version, at) => closed(passes_tcp(bytes, version, at), at),
            LinkView::Ip(_, at) => closed(false, at),
            LinkView::NotIp => closed(false, 0),
            LinkView::ByTrial if !filter::passes(frame.link_type, bytes) => closed(false, 0),
            LinkView::ByTrial => {
                self.found_offset = self.found_offset.or_else(|| offset_by_trial(bytes));
                match self.found_offset {
                    Some(at) => Seen { counts: true, segment: strict(bytes, at) },
                    None => closed(false, 0),
                }
            }
        }
    }
}

/// What p0f and its packet filter make of a link header.
enum LinkView {
    /// IP is read at this byte; the link header announces this version.
    Ip(IpVersion, usize),
    /// A VLAN tag: counted by what is after it, at this byte, and not read.
    CountedTag(IpVersion, usize),
    NotIp,
    /// p0f has no entry for the link type, and tries.
    ByTrial,
}

fn link_view(link_type: LinkType, bytes: &[u8], host_order: ByteOrder) -> LinkView {
    let ip = |version: Option<IpVersion>, at| {
        version.map_or(LinkView::NotIp, |version| LinkView::Ip(version, at))
    };
    let by_ethertype = |at| match u16_at(bytes, at) {
        Some(ether_type::IPV4) => Some(IpVersion::V4),
        Some(ether_type::IPV6) => Some(IpVersion::V6),
        _ => None,
    };
    let by_ppp = |at| match u16_at(bytes, at) {
        Some(ppp::IPV4) => Some(IpVersion::V4),
        Some(ppp::IPV6) => Some(IpVersion::V6),
        _ => None,
    };
    match link_type {
        LinkType::ETHERNET => {
            let is_tagged =
                u16_at(bytes, ethernet::ETHER_TYPE).is_some_and(|tag| VLAN_TAGS.contains(&tag));
            match by_ethertype(ethernet::ETHER_TYPE + ethernet::VLAN_TAG_LEN) {
                Some(version) if is_tagged => {
                    LinkView::CountedTag(version, ethernet::LEN + ethernet::VLAN_TAG_LEN)
                }
                _ => ip(by_ethertype(ethernet::ETHER_TYPE), ethernet::LEN),
            }
        }
        LinkType::RAW | LinkType::RAW_BSD => {
            ip(bytes.first().and_then(|&first| IpVersion::of_first_octet(first)), 0)
        }
        LinkType::IPV4 => LinkView::Ip(IpVersion::V4, 0),
        LinkType::IPV6 => LinkView::Ip(IpVersion::V6, 0),
        LinkType::NULL => ip(by_family(bytes, host_order), 4),
        LinkType::PPP => ip(by_ppp(2), 4),
        LinkType::PPP_ETHER => ip(by_ppp(6), 8),
        LinkType::LINUX_SLL => ip(by_ethertype(14), 16),
        LinkType::LINUX_SLL2 => ip(by_ethertype(0), 20),
        LinkType::C_HDLC => ip(by_ethertype(2), 4),
        LinkType::IEEE802_11 => {
            const TYPE_BITS: u8 = 0x0c;
            const DATA: u8 = 0x08;
            let is_data = bytes.first().is_some_and(|control| control & TYPE_BITS == DATA);
            ip(by_ethertype(30).filter(|_| is_data), 32)
        }
        // p0f takes the header of these for longer than it is and never finds IP.
        LinkType::LOOP | LinkType::PPP_HDLC | LinkType::PFLOG => LinkView::NotIp,
        _ => LinkView::ByTrial,
    }
}

/// The version that a BSD loopback header announces.
fn by_family(bytes: &[u8], host_order: ByteOrder) -> Option<IpVersion> {
    let family = *bytes.first_chunk()?;
    let family = match host_order {
        ByteOrder::Little => u32::from_le_bytes(family),
        ByteOrder::Big => u32::from_be_bytes(family),
    };
    match family {
        FAMILY_IPV4 => Some(IpVersion::V4),
        family if FAMILIES_IPV6.contains(&family) => Some(IpVersion::V6),
        _ => None,
    }
}

/// The first even offset at which the bytes look like IP with TCP.
fn offset_by_trial(bytes: &[u8]) -> Option<usize> {
    let looks_like_tcp = |at: &usize| {
        let ip = bytes.get(*at..).unwrap_or_default();
        match ip.first().map(|first| first >> 4) {
            Some(6) => ip.len() >= MIN_LEN_V6 && ip.get(ipv6::NEXT_HEADER) == Some(&protocol::TCP),
            Some(4) => ip.len() >= MIN_LEN && ip.get(ipv4::PROTOCOL) == Some(&protocol::TCP),
            _ => false,
        }
    };
    (0..=LAST_TRIAL_OFFSET)
        .step_by(2)
        .take_while(|at| at + MIN_LEN <= bytes.len())
        .find(looks_like_tcp)
}

/// A skip at byte `at`, or at the end of a frame that is over before.
fn skip<'f>(reason: SkipReason, bytes: &[u8], at: usize) -> Result<Segment<'f>, Skip> {
    Err(Skip::new(reason, at.min(bytes.len())))
}

/// The segment after the IP header at byte `at`, if lengths and fragmentation please p0f.
fn strict(bytes: &[u8], at: usize) -> Result<Segment<'_>, Skip> {
    let ip = bytes.get(at..).unwrap_or_default();
    let skip = |reason| skip(reason, bytes, at);
    if ip.len() < MIN_LEN {
        return skip(SkipReason::CutShort);
    }
    if ip.first().is_some_and(|first| first >> 4 == 6) {
        let len = u16_at(ip, ipv6::PAYLOAD_LEN).map_or(0, usize::from) + ipv6::LEN;
        if len > ip.len() || len < MIN_LEN_V6 {
            return skip(SkipReason::CutShort);
        }
        if ip.get(ipv6::NEXT_HEADER) != Some(&protocol::TCP) {
            return skip(SkipReason::NotTcp);
        }
    } else {
        let len = u16_at(ip, ipv4::TOTAL_LEN).map_or(0, usize::from);
        if len > ip.len() || len < MIN_LEN {
            return skip(SkipReason::CutShort);
        }
        if u16_at(ip, ipv4::FRAGMENT)
            .is_none_or(|field| field & ipv4::MORE_FRAGMENTS_AND_OFFSET != 0)
        {
            return skip(SkipReason::Fragment);
        }
    }
    wire::open_ip(bytes, at)
}
