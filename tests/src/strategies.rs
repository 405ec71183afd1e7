//! Frames of every kind that a header can make, for property tests.

use std::net::SocketAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use stackprint::IpVersion;

use crate::examples::ends;
use crate::frames::{FrameBuilder, flag, ip_flag};

const ETHERNET_MSS: u16 = 1460;

/// IPv4 or IPv6.
pub fn version() -> impl Strategy<Value = IpVersion> {
    prop_oneof![Just(IpVersion::V4), Just(IpVersion::V6)]
}

/// A SYN of any look.
pub fn syn() -> impl Strategy<Value = FrameBuilder> {
    version().prop_flat_map(|version| {
        let (client, server) = ends(1, version);
        segment(client, server)
    })
}

/// A SYN of any look and a SYN+ACK of any look that acknowledges it.
pub fn handshake() -> impl Strategy<Value = (FrameBuilder, FrameBuilder)> {
    let pair = version().prop_flat_map(|version| {
        let (client, server) = ends(1, version);
        (segment(client, server), segment(server, client))
    });
    pair.prop_map(|(syn, mut syn_ack)| {
        syn_ack.flags |= flag::ACK;
        syn_ack.acknowledgment = syn.sequence.wrapping_add(1);
        (syn, syn_ack)
    })
}

fn segment(source: SocketAddr, destination: SocketAddr) -> impl Strategy<Value = FrameBuilder> {
    let ip_words = prop_oneof![6 => Just(0), 1 => 1..=10usize];
    let ip_options = ip_words.prop_flat_map(|words| vec(any::<u8>(), words * 4));
    let ip = (any::<u8>(), traffic_class(), zero_or_any(), any::<[bool; 2]>(), ip_options);
    let extra_flags = prop_oneof![3 => Just(0), 1 => 0..=0xfff_u16];
    let tcp = (zero_or_any(), zero_or_any(), extra_flags, zero_or_any());
    (ip, tcp, tcp_options(), any::<u16>(), window_choice(), vec(any::<u8>(), 0..3)).prop_map(
        move |(ip, tcp, tcp_options, mss, window, payload)| {
            let (ttl, traffic_class, id, [df, reserved], ip_options) = ip;
            let (sequence, acknowledgment, extra_flags, urgent): (u32, u32, u16, u32) = tcp;
            let ip_options = if source.is_ipv4() { ip_options } else { Vec::new() };
            let kept = !(flag::FIN | flag::RST | flag::ACK);
            let mut frame = FrameBuilder {
                ttl,
                traffic_class,
                identification: id as u16,
                ip_flags: if df { ip_flag::DONT_FRAGMENT } else { 0 }
                    | if reserved { ip_flag::RESERVED } else { 0 },
                ip_options,
                flow_label: id & 0xf_ffff,
                sequence,
                acknowledgment,
                flags: extra_flags & kept | flag::SYN,
                urgent_pointer: urgent as u16,
                tcp_options,
                payload,
                ..FrameBuilder::syn(source, destination)
            };
            frame.window = window.of(&frame, mss);
            frame
        },
    )
}

fn traffic_class() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0), 1 => any::<u8>()]
}

fn zero_or_any() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), any::<u32>()]
}

/// How a window comes about: stacks choose multiples, which chance hardly ever hits.
#[derive(Debug, Clone)]
enum WindowChoice {
    Plain(u16),
    /// Times, and of what: see [`WindowChoice::of`].
    Multiple(u16, usize),
}

fn window_choice() -> impl Strategy<Value = WindowChoice> {
    prop_oneof![
        any::<u16>().prop_map(WindowChoice::Plain),
        (1..=60u16, 0..12usize).prop_map(|(times, of)| WindowChoice::Multiple(times, of)),
    ]
}

impl WindowChoice {
    fn of(&self, frame: &FrameBuilder, any_mss: u16) -> u16 {
        let mss = announced_mss(&frame.tcp_options).unwrap_or(any_mss);
        let ip = if frame.source.is_ipv4() { 20 + frame.ip_options.len() } else { 40 };
        let headers = (ip + 20 + frame.tcp_options.len()) as u16;
        match *self {
            WindowChoice::Plain(window) => window,
            WindowChoice::Multiple(times, of) => {
                let bases = [
                    mss,
                    mss.wrapping_sub(12),
                    mss.wrapping_add(40),
                    mss.wrapping_add(60),
                    mss.wrapping_add(headers),
                    ETHERNET_MSS,
                    1448,
                    1440,
                    1428,
                    1500,
                    1,
                    13,
                ];
                bases[of].wrapping_mul(times)
            }
        }
    }
}

/// The value behind the first two bytes that look like an MSS option: good enough to aim with.
fn announced_mss(options: &[u8]) -> Option<u16> {
    let at = options.windows(2).position(|pair| pair == [2, 4])?;
    Some(u16::from_be_bytes([*options.get(at + 2)?, *options.get(at + 3)?]))
}

/// Up to 40 bytes in whole words: chance, or options strung together and filled up.
pub fn tcp_options() -> impl Strategy<Value = Vec<u8>> {
    let chance = (0..=10usize).prop_flat_map(|words| vec(any::<u8>(), words * 4));
    let filler = prop_oneof![Just(0u8), Just(1), any::<u8>()];
    let strung =
        (vec(tcp_option(), 0..12), filler, 0..=2usize).prop_map(|(options, filler, more)| {
            let mut octets = options.concat();
            octets.truncate(40);
            let len = (octets.len().next_multiple_of(4) + 4 * more).min(40);
            octets.resize(len, filler);
            octets
        });
    prop_oneof![1 => chance, 4 => strung]
}

fn tcp_option() -> impl Strategy<Value = Vec<u8>> {
    let mss = prop_oneof![Just(ETHERNET_MSS), Just(1331), 90..=110u16, any::<u16>()];
    let timestamp = || prop_oneof![Just(0), any::<u32>()];
    let good = prop_oneof![
        Just(vec![0]),
        Just(vec![1]),
        mss.prop_map(|mss| [&[2, 4], &mss.to_be_bytes()[..]].concat()),
        any::<u8>().prop_map(|scale| vec![3, 3, scale & 0x1f]),
        Just(vec![4, 2]),
        (timestamp(), timestamp()).prop_map(|(own, peer)| {
            [&[8, 10], &own.to_be_bytes()[..], &peer.to_be_bytes()].concat()
        }),
        Just([&[5, 10], &[0; 8][..]].concat()),
        (6..=255u8, 2..=8usize).prop_map(|(kind, len)| {
            let mut octets = vec![kind; len];
            octets[1] = len as u8;
            octets
        }),
    ];
    let length_off = |(mut octets, wrong): (Vec<u8>, u8)| {
        if let Some(len) = octets.get_mut(1) {
            *len = wrong;
        }
        octets
    };
    prop_oneof![8 => good.clone(), 1 => (good, 0..=41u8).prop_map(length_off)]
}
