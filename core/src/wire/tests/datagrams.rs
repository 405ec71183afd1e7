//! UDP datagrams, and what is told of them without a walk.

use proptest::prelude::*;

use super::{MACS, ethernet, ipv6, join, syn4, udp};
use crate::wire::datagram::Datagram;
use crate::wire::fast::other_udp::skip_of_udp;
use crate::wire::open::walk;
use crate::wire::{Encapsulation, open_datagram, udp_payload};
use crate::{Frame, LinkType};

const PORTS: (u16, u16) = (50_000, 443);

/// A UDP header and a payload, of IPv6.
fn udp6(payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    let header = [PORTS.0, PORTS.1, length, 0].map(u16::to_be_bytes);
    ipv6(17, &join(&[header.as_flattened(), payload]))
}

fn tagged(ether_type: u16, packet: &[u8]) -> Vec<u8> {
    join(&[&MACS, &[0x81, 0, 0, 5], &ether_type.to_be_bytes(), packet])
}

fn vxlan(inner: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &udp((40_000, 4789), &join(&[&[8, 0, 0, 0, 0, 0, 7, 0], inner])))
}

/// Ends, length, payload and path of the datagram of a frame.
type Found = (String, usize, Vec<u8>, Vec<Encapsulation>);

fn found(octets: &[u8]) -> Option<Found> {
    let Datagram { ip, source_port, destination_port, payload_len, payload, path } =
        open_datagram(&Frame::new(LinkType::ETHERNET, octets), 0)?;
    let ends = format!("{} {source_port} {} {destination_port}", ip.source(), ip.destination());
    Some((ends, payload_len, payload.to_vec(), path.as_slice().to_vec()))
}

#[test]
fn through_tags_and_tunnels() {
    let data = |ends: &str, path: &[Encapsulation]| {
        Some((ends.to_owned(), 4, b"data".to_vec(), path.to_vec()))
    };
    let v4 = "192.0.2.1 50000 198.51.100.2 443";
    let inner = ethernet(0x0800, &udp(PORTS, b"data"));
    assert_eq!(found(&inner), data(v4, &[]));
    let vlan = tagged(0x0800, &udp(PORTS, b"data"));
    assert_eq!(found(&vlan), data(v4, &[Encapsulation::Vlan(5)]));
    let v6 = ethernet(0x86dd, &udp6(b"data"));
    assert_eq!(found(&v6), data("2001:db8:: 50000 2001:db8:: 443", &[]));
    assert_eq!(found(&vxlan(&inner)), data(v4, &[Encapsulation::Vxlan(7)]));
    // Padding of Ethernet is no payload.
    assert_eq!(found(&join(&[&inner, &[0; 20]])), data(v4, &[]));
    // A tunnel that leads to TCP, and no UDP at all.
    assert_eq!(found(&vxlan(&ethernet(0x0800, &syn4()))), None);
    assert_eq!(found(&ethernet(0x0800, &syn4())), None);
    // A client got the port of a tunnel: TZSP.
    let client = ethernet(0x0800, &udp((37_008, 443), b"data"));
    assert_eq!(found(&client), data("192.0.2.1 37008 198.51.100.2 443", &[]));
}

#[test]
fn cut_fragmented_and_contradicting() {
    let frame = ethernet(0x0800, &udp(PORTS, &[7; 1000]));
    let facts = |octets: &[u8]| found(octets).map(|(_, len, payload, _)| (len, payload.len()));
    assert_eq!(facts(&frame), Some((1000, 1000)));
    assert_eq!(facts(&frame[..600]), Some((1000, 600 - 42)));
    assert_eq!(facts(&frame[..42]), Some((1000, 0)));
    assert_eq!(facts(&frame[..41]), None);
    // The first fragment says how long the datagram is, a later one has no ports.
    let mut first = frame.clone();
    first[20] = 0x20;
    assert_eq!(facts(&first), Some((1000, 1000)));
    let mut later = frame.clone();
    later[21] = 1;
    assert_eq!(facts(&later), None);
    // A length below that of the header, of nothing, and of more than IP has.
    let with_length = |length: u16| {
        let mut octets = frame.clone();
        octets[38..40].copy_from_slice(&length.to_be_bytes());
        facts(&octets)
    };
    assert_eq!(with_length(7), None);
    assert_eq!(with_length(8), Some((0, 0)));
    assert_eq!(with_length(0), Some((1000, 1000)));
    assert_eq!(with_length(5000), Some((4992, 1000)));
}

fn plain_frames() -> Vec<Vec<u8>> {
    vec![
        ethernet(0x0800, &udp(PORTS, &[0xc0; 60])),
        ethernet(0x86dd, &udp6(&[0xc0; 60])),
        tagged(0x0800, &udp(PORTS, &[0xc0; 60])),
        tagged(0x86dd, &udp6(&[0xc0; 60])),
        vxlan(&ethernet(0x0800, &udp(PORTS, &[0xc0; 60]))),
    ]
}

#[test]
fn what_is_told_without_a_walk() {
    for (number, octets) in plain_frames().iter().enumerate() {
        let told = udp_payload(&Frame::new(LinkType::ETHERNET, octets));
        let is_plain = number < 4;
        assert_eq!(told, is_plain.then_some((&[0xc0; 60][..], 60)), "{number}");
    }
}

#[test]
fn the_skip_of_udp_needs_no_walk() {
    for (number, octets) in plain_frames().iter().enumerate() {
        let told = skip_of_udp(&Frame::new(LinkType::ETHERNET, octets));
        assert_eq!(told.is_some(), number < 2, "{number}");
    }
    let short = ethernet(0x0800, &udp(PORTS, &[]));
    assert!(skip_of_udp(&Frame::new(LinkType::ETHERNET, &short)).is_some());
    assert!(skip_of_udp(&Frame::new(LinkType::RAW, &udp(PORTS, &[0xc0; 60]))).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// Where UDP is skipped without a walk, the walk skips it for the same reason, at the same place.
    #[test]
    fn the_walk_skips_the_same_udp(
        number in 0usize..4,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        ports in prop::option::of((any::<u16>(), any::<u16>())),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut octets = plain_frames().remove(number);
        if let Some((source, destination)) = ports {
            let at = octets.len() - 60 - 8;
            octets[at..at + 2].copy_from_slice(&source.to_be_bytes());
            octets[at + 2..at + 4].copy_from_slice(&destination.to_be_bytes());
        }
        for (at, byte) in edits {
            let at = at.index(octets.len());
            octets[at] = byte;
        }
        let len = cut.map_or(octets.len(), |cut| cut.index(octets.len()) + 1);
        let frame = Frame::new(LinkType::ETHERNET, &octets[..len]);
        if let Some(skip) = skip_of_udp(&frame) {
            prop_assert_eq!(walk(&frame).err(), Some(skip));
        }
    }

    /// What is told without a walk is what the walk finds, wherever it finds a datagram whose IP
    /// header does not end it early.
    #[test]
    fn the_walk_agrees(
        number in 0usize..5,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut octets = plain_frames().remove(number);
        for (at, byte) in edits {
            let at = at.index(octets.len());
            octets[at] = byte;
        }
        let octets = &octets[..=cut.index(octets.len())];
        let frame = Frame::new(LinkType::ETHERNET, octets);
        if let (Some((payload, len)), Some(datagram)) = (udp_payload(&frame), open_datagram(&frame, 0)) {
            prop_assert_eq!(len, datagram.payload_len);
            prop_assert!(payload.starts_with(datagram.payload));
        }
    }
}
