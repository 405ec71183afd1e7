//! Packets that show just what a signature asks, in the many ways that it leaves open.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use stackprint::{Direction, IpVersion, Quirks, Signature, WindowRule, WindowUnit};

use crate::frames::{FrameBuilder, flag, ip_flag};
use crate::option_octets::{self, OptionValues};

/// A packet, and for a SYN+ACK the SYN that it answers.
#[derive(Debug, Clone)]
pub struct Example {
    /// The SYN of an ordinary Linux.
    pub opening: Option<FrameBuilder>,
    pub packet: FrameBuilder,
}

/// A client and a server of their own for each number.
#[must_use]
pub fn ends(number: u16, version: IpVersion) -> (SocketAddr, SocketAddr) {
    const CLIENT_PORT: u16 = 40_000;
    const SERVER_PORT: u16 = 80;
    let [high, low] = number.to_be_bytes();
    match version {
        IpVersion::V4 => (
            (Ipv4Addr::new(10, 1, high, low), CLIENT_PORT).into(),
            (Ipv4Addr::new(10, 2, high, low), SERVER_PORT).into(),
        ),
        IpVersion::V6 => {
            let address = |net| Ipv6Addr::new(0x2001, 0xdb8, net, 0, 0, 0, 0, number);
            ((address(1), CLIENT_PORT).into(), (address(2), SERVER_PORT).into())
        }
    }
}

/// Whether packets of `version` can show what the signature asks.
#[must_use]
pub fn can_show(signature: &Signature, version: IpVersion) -> bool {
    let fits_version = signature.version.is_none_or(|asked| asked == version);
    fits_version && (version == IpVersion::V4 || signature.ip_options_len == 0)
}

/// The quirks that packets of `version` must show: a signature for both versions asks each only
/// for what it can show.
fn asked_quirks(signature: &Signature, version: IpVersion) -> Quirks {
    let ipv4_only = Quirks::DF | Quirks::NONZERO_ID | Quirks::ZERO_ID | Quirks::RESERVED_BIT;
    match (signature.version, version) {
        (Some(_), _) => signature.quirks,
        (None, IpVersion::V4) => signature.quirks.without(Quirks::FLOW_LABEL),
        (None, IpVersion::V6) => signature.quirks.without(ipv4_only),
    }
}

/// What a signature may leave open, one choice of each.
#[derive(Clone, Copy)]
struct Choice {
    peer_mss: u16,
    mss: u16,
    scale: u8,
    has_payload: bool,
}

/// Packets that should fit the signature; the plainest first. A few of them do not: a window may
/// be a multiple of something else, too.
pub fn examples(
    signature: &Signature,
    direction: Direction,
    version: IpVersion,
    number: u16,
) -> impl Iterator<Item = Example> {
    let quirks = asked_quirks(signature, version);
    let (client, server) = ends(number, version);
    choices(signature, direction, version).flat_map(move |choice| {
        let mut opening = FrameBuilder::syn(client, server);
        opening.tcp_options[2..4].copy_from_slice(&choice.peer_mss.to_be_bytes());
        if quirks.contains(Quirks::ZERO_ACK) {
            // The one sequence number that is acknowledged with 0.
            opening.sequence = u32::MAX;
        }
        let mut packet = match direction {
            Direction::Syn => FrameBuilder::syn(client, server),
            Direction::SynAck => opening.syn_ack(),
        };
        packet.ttl = signature.ttl.initial;
        packet.ip_options = vec![1; usize::from(signature.ip_options_len)];
        packet.payload = vec![b'x'; usize::from(choice.has_payload)];
        show_quirks(&mut packet, quirks);
        let opening = (direction == Direction::SynAck).then_some(opening);
        let values = option_values(signature, quirks, choice).into_iter();
        let ways = values.flat_map(|values| option_octets::ways(&signature.layout, &values));
        ways.flat_map(move |octets| {
            let headers = headers_len(version, &packet.ip_options, &octets);
            let (opening, packet) = (opening.clone(), packet.clone());
            windows(signature.window, choice, headers).into_iter().map(move |window| Example {
                opening: opening.clone(),
                packet: FrameBuilder { window, tcp_options: octets.clone(), ..packet.clone() },
            })
        })
    })
}

fn choices(
    signature: &Signature,
    direction: Direction,
    version: IpVersion,
) -> impl Iterator<Item = Choice> {
    const SCALES: [u8; 15] = [7, 8, 6, 2, 0, 1, 3, 4, 5, 9, 10, 11, 12, 13, 14];
    const EXCESSIVE_SCALES: [u8; 3] = [15, 16, 255];
    let ethernet = if version == IpVersion::V4 { 1460 } else { 1440 };
    let all_mss = match signature.mss {
        Some(mss) => vec![mss],
        // Not Ethernet's own first, with which several readings of a window coincide.
        None => vec![1400, ethernet, 1380, 1452, 536, 8960, 1337, 900, 512, 300, 128, 100, 99, 0],
    };
    let scales = match signature.window_scale {
        Some(scale) => vec![scale],
        None if signature.quirks.contains(Quirks::EXCESSIVE_SCALE) => EXCESSIVE_SCALES.to_vec(),
        None => SCALES.to_vec(),
    };
    let payloads = signature.has_payload.map_or(vec![false, true], |has| vec![has]);
    // A tiny MSS of the peer makes for large multiples.
    let peers = match direction {
        Direction::Syn => vec![ethernet],
        Direction::SynAck => vec![ethernet, 1400, 65, 30, 13],
    };
    peers.into_iter().flat_map(move |peer_mss| {
        let (scales, payloads) = (scales.clone(), payloads.clone());
        all_mss.clone().into_iter().flat_map(move |mss| {
            let payloads = payloads.clone();
            scales.clone().into_iter().flat_map(move |scale| {
                let choice = move |has_payload| Choice { peer_mss, mss, scale, has_payload };
                payloads.clone().into_iter().map(choice)
            })
        })
    })
}

fn option_values(signature: &Signature, quirks: Quirks, choice: Choice) -> Vec<OptionValues> {
    const EXCESSIVE_SCALE: u8 = 15;
    const TIMESTAMP: u32 = 0x0102_0304;
    let excessive = quirks.contains(Quirks::EXCESSIVE_SCALE);
    // Any timestamp of 0 is remembered. The last one tells how much room the options take, by
    // which a window is read as a multiple.
    let shows_zero = quirks.contains(Quirks::ZERO_TIMESTAMP);
    let mut timestamps = vec![if shows_zero { [0, 0] } else { [TIMESTAMP, TIMESTAMP] }];
    if shows_zero && option_octets::has_several_timestamps(&signature.layout) {
        timestamps.push([0, TIMESTAMP]);
    }
    let values = |[first_timestamp, own_timestamp]: [u32; 2]| OptionValues {
        mss: choice.mss,
        scale: choice.scale,
        first_scale: if excessive { EXCESSIVE_SCALE.max(choice.scale) } else { choice.scale },
        own_timestamp,
        first_timestamp,
        peer_timestamp: u32::from(quirks.contains(Quirks::NONZERO_PEER_TIMESTAMP)),
        junk: quirks.contains(Quirks::OPTION_PADDING),
        malformed: quirks.contains(Quirks::BAD_OPTIONS),
    };
    timestamps.into_iter().map(values).collect()
}

/// Sets the header fields by which the quirks show; those of the options are in their bytes.
fn show_quirks(packet: &mut FrameBuilder, quirks: Quirks) {
    let has = |quirk| quirks.contains(quirk);
    let df = has(Quirks::DF);
    packet.ip_flags = if df { ip_flag::DONT_FRAGMENT } else { 0 };
    packet.ip_flags |= if has(Quirks::RESERVED_BIT) { ip_flag::RESERVED } else { 0 };
    let has_id = if df { has(Quirks::NONZERO_ID) } else { !has(Quirks::ZERO_ID) };
    packet.identification = if has_id { 0x1234 } else { 0 };
    packet.flow_label = if has(Quirks::FLOW_LABEL) { 0x1_2345 } else { 0 };
    packet.flags |= if has(Quirks::ECN) { flag::ECE | flag::CWR } else { 0 };
    packet.flags |= if has(Quirks::URG_FLAG) { flag::URG } else { 0 };
    packet.flags |= if has(Quirks::PUSH_FLAG) { flag::PSH } else { 0 };
    packet.urgent_pointer = u16::from(has(Quirks::NONZERO_URG));
    if has(Quirks::ZERO_SEQ) {
        packet.sequence = 0;
    }
    if has(Quirks::NONZERO_ACK) {
        // The one bit that p0f looks at.
        packet.acknowledgment = 1 << 24;
    }
}

fn headers_len(version: IpVersion, ip_options: &[u8], tcp_options: &[u8]) -> u32 {
    let ip = match version {
        IpVersion::V4 => 20 + ip_options.len(),
        IpVersion::V6 => 40,
    };
    (ip + 20 + tcp_options.len()) as u32
}

/// Windows that the rule allows, or may allow: of what a window is read as a multiple depends on
/// all that is tried before.
fn windows(rule: WindowRule, choice: Choice, headers: u32) -> Vec<u16> {
    const SOME: [u32; 12] =
        [64_240, 5840, 65_535, 8192, 16_384, 29_200, 1024, 512, 12_345, 4129, 1, 0];
    let (mss, peer) = (u32::from(choice.mss), u32::from(choice.peer_mss));
    let windows: Vec<u32> = match rule {
        WindowRule::Any => SOME.to_vec(),
        WindowRule::Exact(window) => vec![window.into()],
        WindowRule::Modulo(divisor) => [1, 2, 3, 5, 7, 0].map(|n| n * u32::from(divisor)).to_vec(),
        WindowRule::Multiple(multiple) => {
            let divisors = match multiple.unit {
                WindowUnit::Mss => {
                    let peer_with_timestamps = peer.saturating_sub(12);
                    let own_with_timestamps = mss.saturating_sub(12);
                    vec![
                        mss,
                        own_with_timestamps,
                        1460,
                        1448,
                        1440,
                        1428,
                        peer,
                        peer_with_timestamps,
                    ]
                }
                WindowUnit::Mtu => vec![mss + 40, mss + headers, mss + 60, 1500],
            };
            let products = divisors.into_iter().map(|divisor| divisor * u32::from(multiple.times));
            products.filter(|&window| window > 0).collect()
        }
    };
    windows.into_iter().filter_map(|window| u16::try_from(window).ok()).collect()
}
