//! Frames as a raw socket hands them over: bytes, without a capture around them. What the socket
//! decides is the link type, and the program reads the clock; neither is guessed by the library.
//! Needs none of the library's features.
//!
//! | socket | link type |
//! | --- | --- |
//! | Linux `AF_PACKET`, `SOCK_RAW`, on Ethernet | `ETHERNET` |
//! | Linux `AF_PACKET`, `SOCK_DGRAM`; `tun` without `IFF_TUN` headers | `RAW` |
//! | BSD `bpf` on `lo0` | `NULL` |
//!
//! Opening one takes a crate for system calls and privileges, so two frames stand for it here.
//!
//! ```text
//! cargo run --no-default-features --example raw_socket
//! ```

use std::time::SystemTime;

use stackprint::{Analyzer, Database, Frame, LinkType, SkipReason};

/// What stands for `recv`: a SYN of Linux, and a frame of ARP.
fn frames() -> impl Iterator<Item = Vec<u8>> {
    const ETHERNET_IPV4: [u8; 14] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    let syn = [
        &ETHERNET_IPV4[..],
        b"\x45\0\0\x3c\0\x01\x40\0\x40\x06\x26\xb9\x0a\0\0\x01\x0a\0\0\x02",
        b"\x9c\x40\0\x50\0\0\x03\xe8\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0",
        b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\x30\x39\0\0\0\0\x01\x03\x03\x07",
    ];
    let arp = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6];
    [syn.concat(), arp.to_vec()].into_iter()
}

fn main() {
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut skipped = [0; SkipReason::COUNT];
    for bytes in frames() {
        let frame = Frame::new(LinkType::ETHERNET, &bytes).at(SystemTime::now().into());
        match analyzer.analyze(&frame) {
            Ok(Some(record)) => println!("{record}"),
            Ok(None) => {}
            Err(skip) => skipped[skip.reason as usize] += 1,
        }
    }
    for (reason, count) in SkipReason::ALL.iter().zip(skipped).filter(|(_, count)| *count > 0) {
        println!("skipped: {count} {reason}");
    }
}
