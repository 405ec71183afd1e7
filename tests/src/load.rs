//! Packets with numbers.

use std::net::Ipv4Addr;

use crate::frames::FrameBuilder;

/// The number of each packet is its client's address in 10.0.0.0/8.
const NUMBERS: u32 = 1 << 24;

/// The SYN with a number.
#[must_use]
pub fn numbered(number: u32) -> Vec<u8> {
    assert!(number < NUMBERS, "a number of more than 24 bits");
    let client = Ipv4Addr::from(10 << 24 | number);
    FrameBuilder::syn((client, 40_000).into(), (Ipv4Addr::new(192, 0, 2, 80), 443).into()).build()
}
