//! Every link type and every tunnel around the same SYN, cut and damaged in every place.

mod aggregates;
#[cfg(feature = "quic")]
mod datagrams;
mod fabrics;
mod routers;

use proptest::prelude::*;

use super::descend::descend;
use super::fast::fast_path;
use super::open::walk;
use super::walk::{Aggregate, Layer, Walk};
use super::{Segment, open, open_ip};
use crate::skip::Carried;
use crate::{Frame, LinkType, Skip, SkipReason};

const SOURCE_PORT: u16 = 50_000;
const DESTINATION_PORT: u16 = 443;

/// A TCP SYN with one option, MSS 1460.
const SYN: [u8; 24] = [
    0xc3, 0x50, 0x01, 0xbb, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0, 0x60, 0x02, 0xfa, 0xf0, 0, 0, 0, 0,
    2, 4, 0x05, 0xb4,
];

/// `parts` in a row.
fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// IPv4 with `protocol` and its payload.
fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let total_len = (20 + payload.len()) as u16;
    let [high, low] = total_len.to_be_bytes();
    let header =
        [0x45, 0, high, low, 0, 1, 0x40, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2];
    join(&[&header, payload])
}

/// IPv6 with `next_header` and its payload, extension headers included.
fn ipv6(next_header: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (payload.len() as u16).to_be_bytes();
    let mut header = [0; 40];
    header[..8].copy_from_slice(&[0x60, 0, 0, 0, high, low, next_header, 64]);
    header[8..12].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    header[24..28].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    join(&[&header, payload])
}

fn syn4() -> Vec<u8> {
    ipv4(6, &SYN)
}

fn syn6() -> Vec<u8> {
    ipv6(6, &SYN)
}

const MACS: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];

fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&MACS, &ether_type.to_be_bytes(), payload])
}

/// LLC and SNAP with an EtherType.
fn snap(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&[0xaa, 0xaa, 3, 0, 0, 0], &ether_type.to_be_bytes(), payload])
}

fn udp(ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    let header = [ports.0, ports.1, length, 0].map(u16::to_be_bytes);
    ipv4(17, &join(&[header.as_flattened(), payload]))
}

type Case = (&'static str, LinkType, Vec<u8>);

/// A frame of each link type, with the path that it must have.
fn links() -> Vec<Case> {
    let (v4, v6) = (syn4(), syn6());
    let ether4 = ethernet(0x0800, &v4);
    let link = |header: &[u8]| join(&[header, &v4]);
    let wifi = |header: &[u8]| join(&[header, &snap(0x0800, &v4)]);
    let data = |control: u8, flags: u8| [&[control, flags][..], &[0; 22]].concat();
    let mut avs = [0; 64];
    avs[..8].copy_from_slice(&[0x80, 0x21, 0x10, 1, 0, 0, 0, 64]);
    let mut sll2 = [0; 20];
    sll2[..2].copy_from_slice(&[0x08, 0x00]);
    let mut pflog = [0; 64];
    pflog[..2].copy_from_slice(&[61, 2]);
    let mut pktap = [0; 108];
    pktap[..12].copy_from_slice(&[108, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    let nflog_len = (v4.len() + 4) as u16;
    let mut erf = [0; 16];
    erf[8] = 2;
    vec![
        ("", LinkType::ETHERNET, ether4.clone()),
        ("", LinkType::ETHERNET, ethernet(0x86dd, &v6)),
        ("", LinkType::ETHERNET, ethernet(8 + v4.len() as u16, &snap(0x0800, &v4))),
        ("", LinkType::ETHERNET, ethernet(3 + v4.len() as u16, &link(&[6, 6, 3]))),
        ("", LinkType::NULL, link(&[2, 0, 0, 0])),
        ("", LinkType::NULL, link(&[0, 0, 0, 2])),
        ("", LinkType::NULL, join(&[&[30, 0, 0, 0], &v6])),
        ("", LinkType::LOOP, join(&[&[0, 0, 0, 24], &v6])),
        ("", LinkType::RAW, v4.clone()),
        ("", LinkType::RAW_BSD, v6.clone()),
        ("", LinkType::RAW_OPENBSD, v4.clone()),
        ("", LinkType::IPV4, v4.clone()),
        ("", LinkType::IPV6, v6.clone()),
        ("", LinkType::PPP, link(&[0xff, 3, 0, 0x21])),
        ("", LinkType::PPP, link(&[0x21])),
        ("", LinkType::PPP_HDLC, join(&[&[0xff, 3, 0x57], &v6])),
        ("", LinkType::PPP_HDLC, link(&[0x0f, 0, 8, 0])),
        ("mpls:16", LinkType::PPP, link(&[2, 0x81, 0, 1, 1, 64])),
        ("pppoe:7", LinkType::PPP_ETHER, link(&[0x11, 0, 0, 7, 0, 46, 0, 0x21])),
        ("", LinkType::PPP_PPPD, link(&[1, 0, 0x21])),
        ("", LinkType::PPP_WITH_DIR, link(&[0, 0xff, 3, 0, 0x21])),
        ("", LinkType::C_HDLC, link(&[0x8f, 0, 8, 0])),
        ("", LinkType::C_HDLC_WITH_DIR, link(&[0, 0x0f, 0, 8, 0])),
        ("", LinkType::SLIP, join(&[&[0; 16], &v4])),
        ("", LinkType::IPNET, join(&[&[0; 24], &v4])),
        ("", LinkType::FDDI, join(&[&[0x50], &MACS, &snap(0x0800, &v4)])),
        ("", LinkType::IEEE802_5, join(&[&[0x10, 0x40], &MACS, &snap(0x0800, &v4)])),
        (
            "",
            LinkType::IEEE802_5,
            join(&[&[0x10, 0x40], &[2; 6], &[0x82; 6], &[6, 0, 1, 2, 3, 4], &snap(0x0800, &v4)]),
        ),
        ("", LinkType::ATM_RFC1483, snap(0x86dd, &v6)),
        ("", LinkType::ATM_RFC1483, join(&[&[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0], &ether4])),
        ("", LinkType::SUNATM, join(&[&[2, 0, 0, 5], &snap(0x0800, &v4)])),
        ("", LinkType::SUNATM, join(&[&[1, 0, 0, 5, 0, 0], &ether4])),
        ("", LinkType::FRELAY, link(&[0x18, 0x41, 3, 0xcc])),
        ("", LinkType::FRELAY, join(&[&[0x18, 0x40, 0, 1, 3, 0x8e], &v6])),
        ("", LinkType::FRELAY, join(&[&[0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0], &v4])),
        ("", LinkType::FRELAY, join(&[&[0x18, 0x41, 3, 0, 0x80, 0, 0x80, 0xc2, 0, 7], &ether4])),
        ("", LinkType::FRELAY, link(&[0x18, 0x41, 8, 0])),
        ("", LinkType::FRELAY_WITH_DIR, link(&[0, 0x18, 0x41, 3, 0xcc])),
        ("", LinkType::MFR, link(&[0xc0, 1, 0x18, 0x41, 3, 0xcc])),
        ("", LinkType::ENC, link(&[2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])),
        ("", LinkType::PFLOG, link(&pflog)),
        ("", LinkType::LINUX_SLL, link(&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0])),
        (
            "",
            LinkType::LINUX_SLL,
            join(&[&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0, 4], &snap(0x0800, &v4)]),
        ),
        ("", LinkType::LINUX_SLL2, link(&sll2)),
        ("", LinkType::NFLOG, nflog(nflog_len.to_le_bytes(), [9, 0], [8, 0, 10, 0], &v4)),
        ("", LinkType::NFLOG, nflog(nflog_len.to_be_bytes(), [0, 9], [0, 8, 0, 10], &v4)),
        ("", LinkType::PKTAP, join(&[&pktap, &ether4])),
        ("", LinkType::ERF, join(&[&erf, &[0, 0], &ether4])),
        ("", LinkType::ARCNET_LINUX, link(&[1, 2, 0, 0, 212, 0, 0, 0])),
        ("", LinkType::ARCNET_LINUX, link(&[1, 2, 0, 0, 240])),
        ("", LinkType::ARCNET_LINUX, join(&[&[1, 2, 0, 0, 196, 0, 0, 0], &v6])),
        ("", LinkType::IP_OVER_FC, join(&[&[0; 16], &snap(0x0800, &v4)])),
        ("", LinkType::APPLE_IP_OVER_IEEE1394, join(&[&[0; 16], &[8, 0], &v4])),
        ("", LinkType::DOCSIS, join(&[&[0, 0, 0, 0, 0, 0], &ether4])),
        ("", LinkType::DOCSIS, join(&[&[1, 3, 0, 0, 9, 9, 9, 0, 0], &ether4])),
        ("", LinkType::NETANALYZER, join(&[&[0; 4], &ether4])),
        ("", LinkType::NETANALYZER_TRANSPARENT, join(&[&[0; 12], &ether4])),
        ("", LinkType::EPON, join(&[&[0x55; 8], &ether4])),
        ("", LinkType::DSA_TAG_BRCM, join(&[&MACS, &[0; 4], &[8, 0], &v4])),
        ("", LinkType::DSA_TAG_BRCM_PREPEND, join(&[&[0; 4], &ether4])),
        ("", LinkType::DSA_TAG_DSA, join(&[&MACS, &[0xc0, 0, 0, 5, 8, 0], &v4])),
        ("vlan:5", LinkType::DSA_TAG_DSA, join(&[&MACS, &[0xe0, 0, 0, 5, 8, 0], &v4])),
        (
            "vlan:9",
            LinkType::DSA_TAG_EDSA,
            join(&[&MACS, &[0xda, 0xda, 0, 0, 0xe0, 0, 0, 9, 8, 0], &v4]),
        ),
        ("", LinkType::IEEE802_11, wifi(&data(0x08, 1))),
        ("", LinkType::IEEE802_11, wifi(&join(&[&data(0x08, 3), &[0; 6]]))),
        ("", LinkType::IEEE802_11, wifi(&join(&[&data(0x88, 2), &[0; 2]]))),
        ("", LinkType::IEEE802_11, wifi(&join(&[&data(0x88, 0x82), &[0; 6]]))),
        (
            "",
            LinkType::IEEE802_11,
            join(&[&data(0x88, 2), &[0x80, 0], &ethernet(52, &snap(0x0800, &v4))]),
        ),
        ("", LinkType::IEEE802_11_AVS, wifi(&join(&[&avs, &data(0x08, 1)]))),
        ("", LinkType::IEEE802_11_PRISM, wifi(&join(&[&avs, &data(0x08, 1)]))),
        ("", LinkType::IEEE802_11_PRISM, wifi(&join(&[&[0x44; 144], &data(0x08, 1)]))),
        (
            "",
            LinkType::IEEE802_11_RADIOTAP,
            wifi(&join(&[&[0, 0, 9, 0, 2, 0, 0, 0, 0x20], &data(0x88, 2), &[0, 0, 0, 0]])),
        ),
        ("", LinkType::IEEE802_11_RADIOTAP, wifi(&join(&[&RADIOTAP_WITH_TIMER, &data(8, 1)]))),
        ("", LinkType::PPI, wifi(&join(&[&[0, 0, 12, 0, 105, 0, 0, 0, 0, 0, 0, 0], &data(8, 1)]))),
        ("", LinkType::PPI, join(&[&[0, 0, 8, 0, 1, 0, 0, 0], &ether4])),
    ]
}

/// Two masks, the timer at byte 16, and flags that name a check sequence and no padding.
const RADIOTAP_WITH_TIMER: [u8; 25] =
    [0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10];

/// A netfilter log message: a prefix attribute of 6 bytes and padding, then the packet.
fn nflog(length: [u8; 2], payload: [u8; 2], prefix: [u8; 4], packet: &[u8]) -> Vec<u8> {
    join(&[&[2, 0, 0, 0], &prefix, &[b'a', b'b', b'c', 0], &length, &payload, packet])
}

/// A frame of each tag and tunnel, with the path that it must have.
fn tunnels() -> Vec<Case> {
    let (v4, v6) = (syn4(), syn6());
    let ether4 = ethernet(0x0800, &v4);
    let ether = |path, ether_type, header: &[u8], payload: &[u8]| {
        (path, LinkType::ETHERNET, ethernet(ether_type, &join(&[header, payload])))
    };
    let ip = |path, packet: Vec<u8>| (path, LinkType::RAW, packet);
    let gre = |header: &[u8], payload: &[u8]| ipv4(47, &join(&[header, payload]));
    let over_udp =
        |port, header: &[u8], payload: &[u8]| udp((49_152, port), &join(&[header, payload]));
    let gtp_len = |more: usize| ((v4.len() + more) as u16).to_be_bytes();
    let ([g0, g1], [x0, x1]) = (gtp_len(0), gtp_len(8));
    let teredo_authentication = [0, 1, 1, 2, 7, 8, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0];
    vec![
        ether("vlan:20", 0x8100, &[0x60, 20, 8, 0], &v4),
        ether("vlan:1 vlan:4095", 0x88a8, &[0, 1, 0x81, 0, 0xff, 0xff, 0x86, 0xdd], &v6),
        ether("vlan:1 vlan:2", 0x9100, &[0, 1, 0x92, 0, 0, 2, 8, 0], &v4),
        ether("vlan:3", 0x8100, &[0, 3, 0, 52], &snap(0x0800, &v4)),
        ether("mpls:1000", 0x8847, &[0, 0x3e, 0x81, 64], &v4),
        ether("mpls:1000 mpls:2", 0x8848, &[0, 0x3e, 0x80, 64, 0, 0, 0x21, 64], &v6),
        ether("mpls:1000", 0x8847, &[0, 0x3e, 0x81, 64, 0, 0, 0, 0], &ether4),
        ether("mpls:1000", 0x8847, &[0, 0x3e, 0x81, 64], &ether4),
        ether("pppoe:258", 0x8864, &[0x11, 0, 1, 2, 0, 46, 0, 0x21], &v4),
        ether("pbb:66051", 0x88e7, &[0, 1, 2, 3], &ether4),
        ether("vntag", 0x8926, &[0, 1, 2, 3, 8, 0], &v4),
        ether("fabricpath", 0x8903, &[0, 1], &ether4),
        ether("macsec", 0x88e5, &[0, 0, 0, 0, 0, 1, 8, 0], &v4),
        ether("macsec", 0x88e5, &[0x20, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0], &v4),
        ether("cisco_meta_data", 0x8909, &[1, 1, 0, 1, 0, 7, 8, 0], &v4),
        ether("hsr", 0x892f, &[0, 64, 0, 1, 8, 0], &v4),
        ether("nsh:5", 0x894f, &[0, 0x42, 1, 1, 0, 0, 5, 255], &v4),
        ether("nsh:5", 0x894f, &[0, 0x43, 2, 3, 0, 0, 5, 255, 0, 0, 0, 0], &ether4),
        ether("", 0x8870, &[], &snap(0x0800, &v4)),
        ip("ipip", ipv4(4, &v4)),
        ip("ipip", ipv4(41, &v6)),
        ip("ipip ipip", ipv6(4, &ipv4(41, &v6))),
        ip("mpls:16", ipv4(137, &join(&[&[0, 1, 1, 64], &v4]))),
        ip("etherip", ipv4(97, &join(&[&[0x30, 0], &ether4]))),
        ip("gre", gre(&[0, 0, 8, 0], &v4)),
        ip("gre", gre(&[0xb0, 0, 0x86, 0xdd, 1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1], &v6)),
        ip("gre", gre(&[0, 0, 0x65, 0x58], &ether4)),
        ip("gre", gre(&[0, 0, 0x65, 0x59, 0x18, 0x41, 3, 0xcc], &v4)),
        ip("gre", gre(&[0x20, 1, 0x88, 0x0b, 0, 48, 0, 7, 0xff, 3, 0, 0x21], &v4)),
        ip("gre", gre(&[0x30, 0x81, 0x88, 0x0b, 0, 45, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, 0x21], &v4)),
        ip("gre", gre(&[0, 0, 0x88, 0xbe], &ether4)),
        ip("gre", gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0], &ether4)),
        ip("gre", gre(&join(&[&[0x10, 0, 0x22, 0xeb], &[0; 16]]), &ether4)),
        ip("gre", gre(&join(&[&[0x10, 0, 0x22, 0xeb], &[0; 14], &[8, 1], &[0; 8]]), &v4)),
        ip("gre", gre(&[0, 0, 0x88, 0x3e], &v4)),
        ip("gre", gre(&[0, 0, 0x88, 0x3e, 0, 0, 0, 0], &v4)),
        ip("gre mpls:16", gre(&[0, 0, 0x88, 0x47, 0, 1, 1, 64], &v4)),
        ip("vxlan:256", over_udp(4789, &[8, 0, 0, 0, 0, 1, 0, 0], &ether4)),
        ip("vxlan:256", over_udp(8472, &[8, 0, 0, 0, 0, 1, 0, 0], &ether4)),
        ip("vxlan:256", over_udp(4790, &[0x0c, 0, 0, 1, 0, 1, 0, 0], &v4)),
        ip("vxlan:256", over_udp(4790, &[8, 0, 0, 0, 0, 1, 0, 0], &ether4)),
        ip("geneve:257", over_udp(6081, &[0, 0, 0x65, 0x58, 0, 1, 1, 0], &ether4)),
        ip("geneve:257", over_udp(6081, &[1, 0, 8, 0, 0, 1, 1, 0, 9, 9, 9, 9], &v4)),
        ip("gtpu:16909060", over_udp(2152, &[0x30, 255, g0, g1, 1, 2, 3, 4], &v4)),
        ip(
            "gtpu:1",
            over_udp(2152, &[0x34, 255, x0, x1, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 9, 0], &v4),
        ),
        ip("l2tp:9", over_udp(1701, &[0, 2, 0, 1, 0, 9, 0xff, 3, 0, 0x21], &v4)),
        ip(
            "l2tp:9",
            over_udp(1701, &[0x4a, 2, 0, 61, 0, 1, 0, 9, 0, 0, 0, 0, 0, 1, 0, 0, 0x21], &v4),
        ),
        ip("teredo", over_udp(3544, &[], &v6)),
        ip("teredo", over_udp(3544, &[0, 0, 1, 2, 3, 4, 5, 6], &v6)),
        ip("teredo", over_udp(3544, &join(&[&teredo_authentication, &[0; 8]]), &v6)),
        ip("capwap", over_udp(5247, &[0, 0x10, 0, 0, 0, 0, 0, 0], &ether4)),
        ip(
            "capwap",
            over_udp(
                5247,
                &join(&[&[0, 0x10, 3, 0, 0, 0, 0, 0, 1, 8], &[0; 20], &[0x76, 0x30]]),
                &snap(0x0800, &v4),
            ),
        ),
        ip(
            "capwap",
            over_udp(
                5247,
                &join(&[&[0, 0x10, 3, 0, 0, 0, 0, 0, 8, 1], &[0; 22]]),
                &snap(0x0800, &v4),
            ),
        ),
    ]
}

fn all() -> Vec<Case> {
    [links(), tunnels(), fabrics::tags(), fabrics::mirrors(), routers::links()].concat()
}

fn path(segment: &Segment<'_>) -> String {
    let names: Vec<_> = segment.path.as_slice().iter().map(ToString::to_string).collect();
    names.join(" ")
}

/// All that a segment says.
fn facts(found: &Result<Segment<'_>, Skip>) -> String {
    format!("{found:?}")
}

#[test]
fn every_link_type_and_tunnel_leads_to_the_syn() {
    for (expected, link_type, octets) in all() {
        let segment = open(&Frame::new(link_type, &octets))
            .unwrap_or_else(|skip| panic!("{link_type} {expected}: {skip} of {octets:x?}"));
        assert_eq!(segment.tcp.source_port(), SOURCE_PORT);
        assert_eq!(segment.tcp.destination_port(), DESTINATION_PORT);
        assert_eq!(segment.tcp.slice(), SYN);
        assert_eq!((segment.payload_len, segment.payload), (0, &[][..]), "{link_type} {expected}");
        assert_eq!(path(&segment), expected, "{link_type}");
    }
}

#[test]
fn a_cut_frame_is_cut_short() {
    for (expected, link_type, octets) in all() {
        for len in 0..octets.len() {
            let Err(skip) = open(&Frame::new(link_type, &octets[..len])) else {
                panic!("{link_type} {expected} opened at {len} octets");
            };
            assert!(skip.at <= len);
            assert_eq!(skip.reason, SkipReason::CutShort, "{link_type} {expected} at {len}");
        }
    }
}

#[test]
fn damage_never_panics_and_is_placed_within_the_frame() {
    for (_, link_type, mut octets) in all() {
        for at in 0..octets.len() {
            let whole = octets[at];
            for damage in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x0f, 0xf0, 0xff] {
                octets[at] = whole ^ damage;
                for len in [octets.len(), octets.len() / 2, at, at + 1] {
                    if let Err(skip) = open(&Frame::new(link_type, &octets[..len])) {
                        assert!(skip.at <= len);
                    }
                }
            }
            octets[at] = whole;
        }
    }
}

#[test]
fn the_straight_line_and_the_general_walk_agree() {
    for (_, _, mut octets) in all().into_iter().filter(|case| case.1 == LinkType::ETHERNET) {
        for at in 0..octets.len() {
            for damage in [0x00, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80] {
                octets[at] ^= damage;
                let straight = open(&Frame::new(LinkType::ETHERNET, &octets));
                let mut whole = Aggregate::Wanted(0);
                let ethernet = Layer::Link(LinkType::ETHERNET);
                let general = descend(Walk::new(&octets, 0), ethernet, &mut whole);
                assert_eq!(facts(&straight), facts(&general));
                octets[at] ^= damage;
            }
        }
    }
}

/// The reason and place for which a packet of raw IP is skipped.
fn skip(packet: &[u8]) -> (SkipReason, usize) {
    match open(&Frame::new(LinkType::RAW, packet)) {
        Ok(segment) => panic!("opened: {segment:?}"),
        Err(skip) => (skip.reason, skip.at),
    }
}

#[test]
fn lengths_of_ip_decide_what_is_payload() {
    let with_data = ipv4(6, &join(&[&SYN, b"hello"]));
    let padded = join(&[&with_data, &[0; 9]]);
    let segment = open(&Frame::new(LinkType::RAW, &padded)).unwrap();
    assert_eq!((segment.payload_len, segment.payload), (5, &b"hello"[..]));

    let cut = &with_data[..46];
    let segment = open(&Frame::new(LinkType::RAW, cut)).unwrap();
    assert_eq!((segment.payload_len, segment.payload), (5, &b"he"[..]));

    let mut unknown = with_data.clone();
    unknown[2..4].fill(0);
    let segment = open(&Frame::new(LinkType::RAW, &unknown)).unwrap();
    assert_eq!((segment.payload_len, segment.payload), (5, &b"hello"[..]));

    let mut unknown = ipv6(6, &join(&[&SYN, b"hello"]));
    unknown[4..6].fill(0);
    let segment = open(&Frame::new(LinkType::RAW, &unknown)).unwrap();
    assert_eq!((segment.payload_len, segment.payload), (5, &b"hello"[..]));
}

#[test]
fn contradictions_are_bad_headers() {
    let damaged = |at: usize, octet: u8| {
        let mut packet = syn4();
        packet[at] = octet;
        skip(&packet)
    };
    assert_eq!(damaged(0, 0x44), (SkipReason::BadHeader, 0), "header of 16 octets");
    assert_eq!(damaged(3, 19), (SkipReason::BadHeader, 0), "total length below header length");
    assert_eq!(damaged(3, 39), (SkipReason::BadHeader, 20), "no room for TCP");
    assert_eq!(damaged(32, 0x40), (SkipReason::BadHeader, 20), "TCP header of 16 octets");
    assert_eq!(damaged(32, 0x70), (SkipReason::BadHeader, 20), "TCP header beyond the packet");
    assert_eq!(damaged(0, 0x55), (SkipReason::NotIp, 0));
    assert_eq!(damaged(9, 50), (SkipReason::NotTcp, 20), "ESP");

    let mut version = ethernet(0x0800, &syn4());
    version[14] = 0x65;
    let found = open(&Frame::new(LinkType::ETHERNET, &version)).unwrap_err();
    assert_eq!(found, Skip::new(SkipReason::BadHeader, 14));
}

#[test]
fn fragments_are_opened_where_they_hold_the_header() {
    const MORE: u8 = 0x20;
    let mut first = syn4();
    first[6] = MORE;
    assert!(open(&Frame::new(LinkType::RAW, &first)).is_ok());
    first[3] = 36;
    assert_eq!(skip(&first), (SkipReason::Fragment, 20));
    let mut later = syn4();
    later[7] = 1;
    assert_eq!(skip(&later), (SkipReason::Fragment, 0));

    let fragment6 = |offset_and_more: u8, tcp: &[u8]| {
        ipv6(44, &join(&[&[6, 0, 0, offset_and_more, 0, 0, 0, 1], tcp]))
    };
    for atomic_or_first in [0, 1] {
        let packet = fragment6(atomic_or_first, &SYN);
        let segment = open(&Frame::new(LinkType::RAW, &packet)).unwrap();
        assert_eq!(segment.payload_len, 0);
    }
    assert_eq!(skip(&fragment6(1, &SYN[..16])), (SkipReason::Fragment, 48));
    assert_eq!(skip(&fragment6(0, &SYN[..16])), (SkipReason::BadHeader, 48));
    assert_eq!(skip(&fragment6(8, &SYN)), (SkipReason::Fragment, 40));
}

#[test]
fn extension_headers_are_counted() {
    let options = |next: u8| [next, 0, 1, 4, 0, 0, 0, 0];
    let authentication = [6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
    let chain = join(&[&options(43), &options(60), &options(51), &authentication, &SYN, b"x"]);
    let packet = ipv6(0, &chain);
    let segment = open(&Frame::new(LinkType::RAW, &packet)).unwrap();
    assert_eq!(segment.payload_len, 1);

    let packet = ipv4(51, &join(&[&authentication, &SYN, b"x"]));
    let segment = open(&Frame::new(LinkType::RAW, &packet)).unwrap();
    assert_eq!(segment.payload_len, 1);

    let endless = ipv6(60, &options(60).repeat(20));
    assert_eq!(skip(&endless).0, SkipReason::TooDeep);
}

#[test]
fn what_is_no_tunnel_is_not_tcp() {
    let ports = |port, payload: &[u8]| skip(&udp((port, port), payload));
    assert_eq!(ports(53, &[0; 12]), (SkipReason::NotTcp, 20));
    for (port, payload) in [
        (4789, [0; 12]),
        (6081, [0xff; 12]),
        (2152, [0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0]),
        (1701, [0xc8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0]),
        (3544, [0xff; 12]),
        (5247, [1; 12]),
    ] {
        assert_eq!(ports(port, &payload), (SkipReason::NotTcp, 28), "port {port}");
    }
    // The random source port of a VXLAN packet may be that of another tunnel.
    let vxlan = join(&[&[8, 0, 0, 0, 0, 0, 1, 0], &ethernet(0x0800, &syn4())]);
    assert!(open(&Frame::new(LinkType::RAW, &udp((2152, 4789), &vxlan))).is_ok());
}

#[test]
fn what_carries_no_ip_is_not_ip() {
    let not_ip = |link_type: LinkType, octets: &[u8], at: usize| {
        let found = open(&Frame::new(link_type, octets)).unwrap_err();
        assert_eq!((found.reason, found.at), (SkipReason::NotIp, at), "{link_type}");
    };
    not_ip(LinkType::ETHERNET, &ethernet(0x0806, &[0; 28]), 14);
    not_ip(LinkType::ETHERNET, &ethernet(38, &[0x42; 46]), 14);
    not_ip(LinkType::NULL, &[7, 0, 0, 0, 0, 0], 0);
    not_ip(LinkType::PPP, &[0xff, 3, 0xc0, 0x21, 1, 1], 0);
    not_ip(LinkType::IEEE802_11, &[0x80; 40], 0);
    not_ip(LinkType::IEEE802_11, &[[8, 0x41].as_slice(), &[0; 38]].concat(), 0);

    let found = open(&Frame::new(LinkType(9999), &[0; 64])).unwrap_err();
    assert_eq!(found, Skip::new(SkipReason::UnknownLinkType, 0));
}

#[test]
fn what_is_not_opened_is_named() {
    let carried =
        |link_type, octets: &[u8]| open(&Frame::new(link_type, octets)).unwrap_err().carried;
    let in_ethernet =
        |ether_type, octets: &[u8]| carried(LinkType::ETHERNET, &ethernet(ether_type, octets));
    assert_eq!(in_ethernet(0x0806, &[0; 28]), Some(Carried::EtherType(0x0806)));
    assert_eq!(in_ethernet(0x8100, &[0, 7, 0x88, 0xcc, 0, 0]), Some(Carried::EtherType(0x88cc)));
    assert_eq!(in_ethernet(38, &[0x42; 46]), None, "a length is no EtherType");
    assert_eq!(in_ethernet(0x0800, &[0; 10]), None, "a header that is cut announces nothing");
    let esp = ipv4(50, &[0; 40]);
    assert_eq!(carried(LinkType::RAW, &esp), Some(Carried::Protocol(50)));
    let dns = udp((49_152, 53), &[0; 12]);
    let ports = Carried::Udp { source: 49_152, destination: 53 };
    assert_eq!(carried(LinkType::RAW, &dns), Some(ports));
    // In a tunnel, what is inside.
    let arp = ethernet(0x0806, &[0; 28]);
    let vxlan = udp((49_152, 4789), &join(&[&[8, 0, 0, 0, 0, 1, 0, 0], &arp]));
    assert_eq!(carried(LinkType::RAW, &vxlan), Some(Carried::EtherType(0x0806)));
    let no_vxlan = udp((49_152, 4789), &[0; 40]);
    let ports = Carried::Udp { source: 49_152, destination: 4789 };
    assert_eq!(carried(LinkType::RAW, &no_vxlan), Some(ports));
    assert_eq!(carried(LinkType::RAW, &ipv4(6, &SYN[..10])), None, "bad headers are named as such");
}

#[test]
fn depth_is_bounded() {
    let tags = |count| {
        let stack = [0, 1, 0x81, 0].repeat(count);
        ethernet(0x8100, &join(&[&stack, &[0, 1, 8, 0], &syn4()]))
    };
    assert!(open(&Frame::new(LinkType::ETHERNET, &tags(7))).is_ok());
    let found = open(&Frame::new(LinkType::ETHERNET, &tags(8))).unwrap_err();
    assert_eq!(found, Skip::new(SkipReason::TooDeep, 14 + 8 * 4));

    let nested = [0, 0, 8, 0, 192, 0, 0, 0].repeat(200);
    let found = open(&Frame::new(LinkType::PPI, &nested)).unwrap_err();
    assert_eq!(found.reason, SkipReason::TooDeep);
}

#[test]
fn ip_at_an_offset_is_opened_without_its_tunnels() {
    let frame = ethernet(0x86dd, &syn6());
    assert_eq!(open_ip(&frame, 14).unwrap().tcp.slice(), SYN);
    assert_eq!(open_ip(&ipv4(4, &syn4()), 0).unwrap_err(), Skip::new(SkipReason::NotTcp, 20));
    assert_eq!(open_ip(&frame, 99).unwrap_err().reason, SkipReason::CutShort);
    assert_eq!(open_ip(&frame, 0).unwrap_err().reason, SkipReason::NotIp);
}

/// Frames that the straight line takes, with payload and the padding of a short frame.
fn straight_frames() -> Vec<(LinkType, Vec<u8>)> {
    let segment = join(&[&SYN, b"payload"]);
    let bodies = [(0x0800, ipv4(6, &segment)), (0x86dd, ipv6(6, &segment))];
    let tag = |tag: u16, id: u16| [tag.to_be_bytes(), id.to_be_bytes()].concat();
    let mut frames = Vec::new();
    for (ether_type, body) in bodies {
        for tags in [vec![], tag(0x8100, 0x6fff), [tag(0x88a8, 7), tag(0x8100, 9)].concat()] {
            let octets = join(&[&MACS, &tags, &u16::to_be_bytes(ether_type), &body, &[0; 6]]);
            frames.push((LinkType::ETHERNET, octets));
        }
        frames.push((LinkType::RAW, join(&[&body, &[0; 6]])));
    }
    frames
}

fn assert_same(frame: &Frame<'_>, straight: &Segment<'_>) {
    let octets = frame.data;
    let general = walk(frame).unwrap_or_else(|skip| panic!("{skip:?}: {octets:02x?}"));
    let parts = |segment: &Segment<'_>| {
        let addresses = (segment.ip.source(), segment.ip.destination());
        let lens = (segment.payload_len, segment.ip.header_len());
        let slices = (segment.tcp.slice().to_vec(), segment.payload.to_vec());
        let places = (segment.tcp.slice().as_ptr(), segment.payload.as_ptr());
        (addresses, lens, slices, places, segment.path)
    };
    assert_eq!(parts(straight), parts(&general), "{octets:02x?}");
}

#[test]
fn the_straight_line_takes_what_is_common() {
    for (link_type, octets) in straight_frames() {
        let frame = Frame::new(link_type, &octets);
        assert_same(&frame, &fast_path::open(&frame).expect("a common frame"));
    }
    // What it leaves to the general walk, which opens it.
    let tags = [0x81, 0, 0, 1].repeat(3);
    let octets = join(&[&MACS, &tags, &[8, 0], &syn4()]);
    let frame = Frame::new(LinkType::ETHERNET, &octets);
    assert!(fast_path::open(&frame).is_none());
    assert!(open(&frame).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn the_straight_line_ends_where_the_general_walk_does(
        number in any::<prop::sample::Index>(),
        damage in prop::collection::vec((0usize..100, any::<u8>()), 0..4),
        cut in prop::option::of(0usize..130),
    ) {
        let frames = straight_frames();
        let (link_type, mut octets) = frames[number.index(frames.len())].clone();
        for (at, octet) in damage {
            if let Some(place) = octets.get_mut(at) {
                *place = octet;
            }
        }
        octets.truncate(cut.unwrap_or(usize::MAX));
        let frame = Frame::new(link_type, &octets);
        if let Some(straight) = fast_path::open(&frame) {
            assert_same(&frame, &straight);
        }
    }
}
