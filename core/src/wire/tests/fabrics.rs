//! Tags of switches, mirrors and overlays. tshark opens each of them, but for what is said to be
//! otherwise: `tests/captures/crafted` has the same headers, with their sources.

use super::{Case, LinkType, ethernet, ipv4, ipv6, join, snap, syn4, syn6, udp};

/// What an EtherType announces.
pub(super) fn tags() -> Vec<Case> {
    let (v4, v6) = (syn4(), syn6());
    let (ether4, ether6) = (ethernet(0x0800, &v4), ethernet(0x86dd, &v6));
    let tag = |path, ether_type, header: &[u8]| {
        let inside = join(&[header, &[0x86, 0xdd], &v6]);
        (path, LinkType::ETHERNET, ethernet(ether_type, &inside))
    };
    let frame = |path, ether_type, header: &[u8]| {
        (path, LinkType::ETHERNET, ethernet(ether_type, &join(&[header, &ether4])))
    };
    let address = [2; 6];
    let unicast = join(&[&[0x40, 15, 50, 1], &address]);
    let four_addresses = join(&[&[0x42, 15, 50, 1], &address, &address, &[1, 0]]);
    let broadcast = join(&[&[0x01, 15, 50, 0, 0, 0, 0, 7], &address]);
    let lwapp = join(&[&[0, 0, 0, 90, 0, 0], &data_frame()]);
    vec![
        tag("timestamp_tag", 0x8988, &[1, 2, 3, 4, 5, 6]),
        tag("timestamp_tag", 0xd28b, &[0, 1, 0, 0x10, 1, 2, 3, 4, 5, 6, 7, 8]),
        tag("timestamp_tag", 0xd28b, &[0, 1, 1, 0x10, 1, 2, 3, 4, 5, 6, 7, 8]),
        tag("timestamp_tag", 0xd28b, &[0, 1, 0, 0x20, 1, 2, 3, 4, 5, 6]),
        tag("timestamp_tag", 0xd28b, &[0, 1, 1, 0x20, 1, 2, 3, 4, 5, 6]),
        tag("etag", 0x893f, &[0, 0, 0x10, 0x64, 0, 0]),
        tag("rtag", 0xf1c1, &[0, 0, 0, 7]),
        frame("trill", 0x22f3, &[0, 0x3f, 0, 1, 0, 2]),
        frame("trill", 0x22f3, &[0, 0x7f, 0, 1, 0, 2, 9, 9, 9, 9]),
        frame("batman", 0x4305, &unicast),
        frame("batman", 0x4305, &four_addresses),
        frame("batman", 0x4305, &broadcast),
        frame("batman", 0x4305, &join(&[&[0x03, 14, 50, 1], &address])),
        ("batman", LinkType::ETHERNET, ethernet(0x4305, &join(&[&unicast, &ether6]))),
        ("lwapp", LinkType::ETHERNET, ethernet(0x88bb, &lwapp)),
        ("lwapp", LinkType::ETHERNET, ethernet(0xbbbb, &lwapp)),
        ("", LinkType::ETHERNET, ethernet(0x2452, &data_frame())),
    ]
}

/// The SYN in an 802.11 frame.
fn data_frame() -> Vec<u8> {
    join(&[&[0x08, 1], &[0; 22], &snap(0x0800, &syn4())])
}

/// What IP and UDP carry.
pub(super) fn mirrors() -> Vec<Case> {
    let (v4, v6) = (syn4(), syn6());
    let ether4 = ethernet(0x0800, &v4);
    let over_udp = |path, port, header: &[u8], inside: &[u8]| {
        (path, LinkType::RAW, udp((49_152, port), &join(&[header, inside])))
    };
    let gre_of = |kind: u16, inside: &[u8]| {
        ("gre", LinkType::RAW, ipv4(47, &join(&[&[0, 0], &kind.to_be_bytes(), inside])))
    };
    let tzsp = |encapsulation, tags: &[u8]| join(&[&[1, 0, 0, encapsulation], tags, &[1]]);
    let tags = [0, 10, 1, 0xc3, 41, 2, 4, 0, 60, 6, 2, 0, 0, 0, 0, 1, 0];
    let mirror = [0, 0, 0, 7, 9, 9, 9, 9];
    let identity_and_signature = [9; 36];
    let ayiya = |next| join(&[&[0x44, 0x52, 0x11, next, 0, 0, 0, 0], &identity_and_signature]);
    let gtp_len = |inside: &[u8]| (inside.len() as u16).to_be_bytes();
    let gtp_1 = join(&[&[0x30, 255], &gtp_len(&ether4), &[0, 0, 0, 7]]);
    let gtp_0 = join(&[&[0x1e, 255], &gtp_len(&v4), &[0, 1, 0, 7, 255], &[0; 11]]);
    let mut lite = udp((49_152, 4789), &join(&[&[8, 0, 0, 0, 0, 1, 0, 0], &ether4]));
    // Protocol, and in place of the length what the checksum covers.
    (lite[9], lite[24], lite[25]) = (136, 0, 8);
    let segments = join(&[&[143, 2, 4, 0, 0, 0, 0, 0], &[0x20; 16]]);
    vec![
        over_udp("tzsp", 37_008, &tzsp(1, &[]), &ether4),
        over_udp("tzsp", 37_008, &tzsp(1, &tags), &ether4),
        over_udp("tzsp", 37_008, &tzsp(18, &[]), &data_frame()),
        over_udp("juniper_mirror:7", 30_030, &mirror, &v4),
        over_udp("juniper_mirror:7", 30_030, &mirror, &v6),
        over_udp("juniper_mirror:7", 30_030, &join(&[&mirror, &[0xff, 3, 0, 0x21]]), &v4),
        over_udp("lwapp", 12_222, &[0, 0, 0, 90, 0, 0], &data_frame()),
        over_udp("mpls:1000", 6635, &[0, 0x3e, 0x81, 64], &v4),
        over_udp("gre", 4754, &[0, 0, 8, 0], &v4),
        over_udp("gre", 4754, &[0x20, 0, 0x65, 0x58, 0, 0, 0, 7], &ether4),
        over_udp("lisp:42", 4341, &[0x88, 0, 0, 1, 0, 0, 42, 0], &v4),
        over_udp("lisp:0", 4341, &[0; 8], &v6),
        // RFC 9305, which tshark 4.0 does not know.
        over_udp("lisp:0", 4341, &[0x04, 0, 0, 3, 0, 0, 0, 0], &ether4),
        over_udp("ayiya", 5072, &ayiya(41), &v6),
        over_udp("ayiya", 5072, &ayiya(4), &v4),
        over_udp("batman", 4306, &[1], &v4),
        over_udp("gtpu:7", 2152, &gtp_1, &ether4),
        over_udp("gtp0:7", 3386, &gtp_0, &v4),
        over_udp("gtp0:7", 2152, &gtp_0, &v4),
        ("vxlan:256", LinkType::RAW, lite),
        ("ethernet", LinkType::RAW, ipv6(143, &ether4)),
        ("ethernet", LinkType::RAW, ipv4(143, &ether4)),
        ("ethernet", LinkType::RAW, ipv6(43, &join(&[&segments, &ether4]))),
        gre_of(0x6400, &ether4),
        gre_of(0x8200, &data_frame()),
        gre_of(0x8370, &data_frame()),
    ]
}
