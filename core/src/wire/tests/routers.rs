//! Link types of routers, capture cards and rare links, as `tests/captures/crafted/cards.py` makes
//! them.

use super::{Case, LinkType, ethernet, join, snap, syn4, syn6};

pub(super) fn links() -> Vec<Case> {
    [juniper(), erf(), others()].concat()
}

fn juniper() -> Vec<Case> {
    let (v4, v6) = (syn4(), syn6());
    let ether4 = ethernet(0x0800, &v4);
    let behind = |link_type, flags, header: &[u8], inside: &[u8]| {
        ("", link_type, join(&[b"MGC", &[flags], header, inside]))
    };
    let relay = join(&[&[0x18, 0x41, 3, 0xcc], &v4]);
    let cookie = |from, protocol| [0x47, 0, 0, 0, from, protocol, 0, 0];
    let mut esp = ethernet(0x0800, &super::ipv4(50, &[0; 24]));
    esp.extend(&v6);
    vec![
        behind(LinkType::JUNIPER_ETHER, 1, &[], &ether4),
        behind(LinkType::JUNIPER_ETHER, 0x80, &[0, 9, 3, 2, 1, 0, 4, 3, 9, 9, 9], &ether4),
        behind(LinkType::JUNIPER_ETHER, 3, &[2, 0, 0, 0], &v4),
        behind(LinkType::JUNIPER_ETHER, 3, &[0, 0, 0, 6], &v6),
        // JUNOS 6 and older.
        ("", LinkType::JUNIPER_ETHER, ether4.clone()),
        behind(LinkType::JUNIPER_PPP, 1, &[0xff, 3, 0, 0x21], &v4),
        behind(LinkType::JUNIPER_FRELAY, 1, &[], &relay),
        behind(LinkType::JUNIPER_CHDLC, 1, &[0x0f, 0, 8, 0], &v4),
        behind(LinkType::JUNIPER_PPPOE, 1, &[], &ether4),
        behind(LinkType::JUNIPER_ATM1, 1, &[0; 4], &snap(0x0800, &v4)),
        behind(LinkType::JUNIPER_ATM1, 1, &[0; 4], &v6),
        behind(LinkType::JUNIPER_ATM1, 1, &[0, 0, 0, 0, 3, 0xcc], &v4),
        behind(LinkType::JUNIPER_ATM2, 1, &[0; 8], &snap(0x0800, &v4)),
        behind(LinkType::JUNIPER_ATM2, 0, &[0, 0, 0, 1, 0, 0, 0, 0], &ether4),
        behind(LinkType::JUNIPER_ATM2, 1, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0x57], &v6),
        behind(LinkType::JUNIPER_ATM2, 1, &[0; 8], &v4),
        behind(LinkType::JUNIPER_MLPPP, 1, &[0, 0x21], &v4),
        behind(LinkType::JUNIPER_MLPPP, 1, &[9, 9, 0, 0x21], &v4),
        behind(LinkType::JUNIPER_MLPPP, 1, &[0xff, 3, 0, 0x57], &v6),
        behind(LinkType::JUNIPER_MLPPP, 1, &[0x54, 0, 0, 0, 0, 0x21], &v4),
        behind(LinkType::JUNIPER_MLPPP, 0, &cookie(0, 0), &v4),
        behind(LinkType::JUNIPER_MLPPP, 1, &cookie(3, 0), &v4),
        behind(LinkType::JUNIPER_MLPPP, 1, &cookie(0, 0x10), &v6),
        behind(LinkType::JUNIPER_MLFR, 1, &cookie(0, 0), &v4),
        behind(LinkType::JUNIPER_MLFR, 1, &cookie(0, 0x10), &v6),
        behind(LinkType::JUNIPER_MLFR, 1, &[9, 9, 3, 0xcc], &v4),
        behind(LinkType::JUNIPER_MLFR, 1, &[0x54, 0, 0, 0, 0, 3, 0x8e], &v6),
        behind(LinkType::JUNIPER_GGSN, 1, &[2, 0, 7, 0], &v4),
        behind(LinkType::JUNIPER_VP, 1, &[0; 18], &v4),
        behind(LinkType::JUNIPER_SERVICES, 1, &[0; 16], &v4),
        behind(LinkType::JUNIPER_SERVICES, 0, &[0; 12], &v4),
        behind(LinkType::JUNIPER_ST, 1, &[], &esp),
    ]
}

fn erf() -> Vec<Case> {
    let (v4, v6) = (syn4(), syn6());
    let ether4 = ethernet(0x0800, &v4);
    let hdlc = join(&[&[0xff, 3, 0, 0x21], &v4]);
    let record = |kind, header: &[u8], inside: &[u8]| {
        ("", LinkType::ERF, join(&[&[0; 8], &[kind], &[0; 7], header, inside]))
    };
    let mut cases = vec![
        record(4, &[0; 4], &snap(0x0800, &v4)),
        record(9, &[0; 8], &snap(0x0800, &v4)),
        record(22, &[], &v4),
        record(23, &[], &v6),
        record(0x80 | 16, &[0x90, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0], &ether4),
    ];
    cases.extend([2, 11, 16, 20].map(|kind| record(kind, &[0; 2], &ether4)));
    cases.extend([1, 10, 15, 19].map(|kind| record(kind, &[], &hdlc)));
    cases.extend([5, 17].map(|kind| record(kind, &[0; 4], &hdlc)));
    cases
}

fn others() -> Vec<Case> {
    let (v4, v6) = (syn4(), syn6());
    let ether4 = ethernet(0x0800, &v4);
    let mut pktap = [0; 108];
    pktap[..12].copy_from_slice(&[108, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    let preamble = |last| [0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, last];
    let ax25 = [0x9c, 0x60, 0x86, 0x82, 0x98, 0x98, 0x60, 0x9c, 0x62, 0x86, 0x82, 0x98, 0x98, 0x61];
    let symantec = join(&[&[0; 6], &[8, 0], &[0; 36]]);
    vec![
        ("", LinkType::PKTAP_APPLE, join(&[&pktap, &ether4])),
        ("tzsp", LinkType::TZSP, join(&[&[1, 0, 0, 1, 1], &ether4])),
        ("", LinkType::ETHERNET_MPACKET, join(&[&preamble(0xd5), &ether4])),
        ("", LinkType::ETHERNET_MPACKET, join(&[&preamble(0xe6), &ether4])),
        ("", LinkType::ATM_RFC1483_BSDOS, snap(0x86dd, &v6)),
        ("", LinkType::ATM_CLIP, v4.clone()),
        ("", LinkType::ATM_CLIP_LINUX, snap(0x0800, &v4)),
        ("", LinkType::C_HDLC_OLD, join(&[&[0x0f, 0, 8, 0], &v4])),
        ("", LinkType::ARCNET_BSD, join(&[&[1, 2, 212, 0, 0, 0], &v4])),
        ("", LinkType::SYMANTEC_FIREWALL, join(&[&symantec, &v4])),
        ("", LinkType::IPOIB, join(&[&[0; 40], &[8, 0, 0, 0], &v4])),
        ("", LinkType::AX25, join(&[&ax25, &[3, 0xcc], &v4])),
        ("", LinkType::AX25_KISS, join(&[&[0], &ax25, &[3, 0xcc], &v4])),
        // tcpdump opens it; tshark 4.0 does not know the number.
        ("mpls:1000", LinkType::MPLS, join(&[&[0, 0x3e, 0x81, 64], &v4])),
        ("", LinkType::PPP, join(&[&[0xff, 3, 0, 0x3d, 0xc0, 0, 0, 1, 0, 0x21], &v4])),
        ("", LinkType::PPP, join(&[&[0xff, 3, 0, 0x31, 0, 1], &ether4])),
        ("", LinkType::PPP, join(&[&[0xff, 3, 0, 0x31, 0x40, 1, 0, 0, 0, 9], &ether4])),
    ]
}
