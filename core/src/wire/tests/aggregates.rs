//! 802.11 in meshes, and several frames in one.

use super::{SYN, ethernet, ipv4, join, snap, syn4, syn6, udp};
use crate::wire::{open_or_others as open, open_part};
use crate::{Frame, LinkType, SkipReason};

/// The header of QoS data with `flags` and the control field, `more` bytes of it added.
fn quality(flags: u8, control: u16, more: &[u8]) -> Vec<u8> {
    join(&[&[0x88, flags], &[0; 22], more, &control.to_le_bytes()])
}

const AGGREGATE: u16 = 0x0080;
const MESH: u16 = 0x0100;

fn subframes(contents: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = Vec::new();
    for content in contents {
        octets.resize(octets.len().next_multiple_of(4), 0);
        octets.extend(ethernet(content.len() as u16, content));
    }
    octets
}

/// Ports of the TCP segments, and reasons, one for each subframe.
fn parts(octets: &[u8]) -> Vec<Result<(u16, usize), SkipReason>> {
    let frame = Frame::new(LinkType::IEEE802_11, octets);
    let (mut found, mut number) = (Vec::new(), 0);
    loop {
        let mut more = false;
        let segment = open_part(&frame, number, &mut more);
        let segment = segment.map(|it| (it.tcp.destination_port(), it.payload.len()));
        found.push(segment.map_err(|skip| skip.reason));
        if !more {
            return found;
        }
        number += 1;
    }
}

#[test]
fn every_subframe_is_opened() {
    let data = snap(0x0800, &ipv4(6, &join(&[&SYN, b"odd"])));
    let syn = snap(0x86dd, &syn6());
    let arp = snap(0x0806, &[0; 28]);
    let dns = snap(0x0800, &udp((9, 53), b"x"));
    let octets = subframes(&[data, arp, syn, dns]);
    for tail in [&[][..], &[1, 2, 3, 4], &[0; 7]] {
        let frame = join(&[&quality(1, AGGREGATE, &[]), &octets, tail]);
        let expected =
            [Ok((443, 3)), Err(SkipReason::NotIp), Ok((443, 0)), Err(SkipReason::NotTcp)];
        assert_eq!(parts(&frame), expected);
    }
}

#[test]
fn alone_the_first_segment_counts() {
    let first = snap(0x0800, &udp((9, 53), b"x"));
    let octets = subframes(&[first.clone(), first.clone(), snap(0x0800, &syn4())]);
    let octets = join(&[&quality(1, AGGREGATE, &[]), &octets]);
    let frame = Frame::new(LinkType::IEEE802_11, &octets);
    assert_eq!(open(&frame).unwrap().tcp.slice(), SYN);

    let octets = join(&[&quality(1, AGGREGATE, &[]), &subframes(&[first.clone(), first])]);
    let skip = open(&Frame::new(LinkType::IEEE802_11, &octets)).unwrap_err();
    assert_eq!((skip.reason, skip.at), (SkipReason::NotTcp, 26 + 14 + 8 + 20));
}

#[test]
fn a_subframe_longer_than_1500_bytes_is_one() {
    let long = snap(0x0800, &udp((9, 53), &[0; 1600]));
    let octets = subframes(&[long, snap(0x0800, &syn4())]);
    let frame = join(&[&quality(1, AGGREGATE, &[]), &octets]);
    assert_eq!(parts(&frame), [Err(SkipReason::NotTcp), Ok((443, 0))]);
}

#[test]
fn a_frame_that_is_no_aggregate_is_one_part() {
    let octets = join(&[&quality(1, 0, &[]), &snap(0x0800, &syn4())]);
    assert_eq!(parts(&octets), [Ok((443, 0))]);
}

#[test]
fn a_cut_aggregate_ends_in_a_cut_subframe() {
    let octets = subframes(&[snap(0x0800, &syn4()), snap(0x0800, &syn4())]);
    let octets = join(&[&quality(1, AGGREGATE, &[]), &octets]);
    for len in 0..octets.len() {
        let found = parts(&octets[..len]);
        assert!(found.len() <= 2);
        match found.last() {
            Some(Err(SkipReason::CutShort)) => {}
            // All that is missing is padding, or less than the header of a second one is there.
            last => assert!(last == Some(&Ok((443, 0))) && found.len() == 1, "{len}: {found:?}"),
        }
    }
}

#[test]
fn mesh_control_is_passed_over() {
    let llc = snap(0x0800, &syn4());
    let control = |flags, addresses| join(&[&[flags, 31, 7, 0, 0, 0], &[2; 12][..addresses]]);
    let fourth = [2; 6];
    for (flags, more, mesh) in [
        (3, &fourth[..], control(0, 0)),
        (3, &fourth, control(1, 6)),
        (3, &fourth, control(2, 12)),
        (2, &[], control(1, 6)),
        // The bit by chance: what follows cannot be the flags of a mesh.
        (2, &[], Vec::new()),
    ] {
        let header = quality(flags, MESH, more);
        assert_eq!(parts(&join(&[&header, &mesh, &llc])), [Ok((443, 0))]);
        let both = quality(flags, MESH | AGGREGATE, more);
        let content = join(&[&mesh, &llc]);
        let octets = join(&[&both, &subframes(&[content.clone(), content])]);
        assert_eq!(parts(&octets), [Ok((443, 0)), Ok((443, 0))]);
    }
    // From a station to its access point the bit is part of a queue's length.
    let header = quality(1, MESH, &[]);
    assert_eq!(parts(&join(&[&header, &llc])), [Ok((443, 0))]);
}
