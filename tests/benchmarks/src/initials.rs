//! QUIC: Initials as clients send them, with hellos that differ.

use crate::hellos::message;
use crate::inputs::{Frames, client, server};
use crate::sealed::sealed;

/// Datagrams of as many clients, each with the whole hello, or two each with half of a post-quantum
/// one.
#[must_use]
pub fn connections(count: u32, different: u32, post_quantum: bool) -> Frames {
    let mut frames = Frames::default();
    for number in 0..count {
        let hello = message(number % different, post_quantum);
        let pieces = if post_quantum { 2 } else { 1 };
        let len = hello.len().div_ceil(pieces);
        for (piece, bytes) in hello.chunks(len).enumerate() {
            frames.push(&datagram(number, &sealed(piece as u8, &crypto(piece * len, bytes))));
        }
    }
    frames
}

/// Datagrams of as many clients whose packets do not verify.
#[must_use]
pub fn forged(count: u32) -> Frames {
    let mut frames = Frames::default();
    for number in 0..count {
        let mut packet = sealed(0, &crypto(0, &message(number, false)));
        if let Some(last) = packet.last_mut() {
            *last ^= 1;
        }
        frames.push(&datagram(number, &packet));
    }
    frames
}

/// A CRYPTO frame, with its numbers in two bytes each (RFC 9000 section 16).
fn crypto(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let varint = |number: usize| (number as u16 | 0x4000).to_be_bytes();
    [&[6][..], &varint(offset), &varint(bytes.len()), bytes].concat()
}

/// An IPv4 datagram of a client to a server's port 443.
fn datagram(number: u32, payload: &[u8]) -> Vec<u8> {
    const UDP_LEN: usize = 8;
    const IP_LEN: usize = 20;
    let (source, destination) = (client(number, false), server(number, false));
    let len = |header: usize| ((header + payload.len()) as u16).to_be_bytes();
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
    frame.extend(len(IP_LEN + UDP_LEN));
    frame.extend([0, 0, 0x40, 0, 64, 17, 0, 0]);
    for end in [source, destination] {
        match end.ip() {
            std::net::IpAddr::V4(address) => frame.extend(address.octets()),
            std::net::IpAddr::V6(_) => unreachable!("clients and servers of IPv4"),
        }
    }
    frame.extend(source.port().to_be_bytes());
    frame.extend(destination.port().to_be_bytes());
    frame.extend(len(UDP_LEN));
    frame.extend([0, 0]);
    frame.extend(payload);
    frame
}
