//! MPLS label stacks (RFC 3032), and pseudowires below them (RFC 4448).
#![warn(clippy::indexing_slicing)]

use super::field::{ethernet, u16_at};
use super::ip::IpVersion;
use super::numbers::ether_type;
use super::path::Encapsulation;
use super::walk::{Layer, Walk};
use crate::skip::Skip;

/// One label stack entry: label, traffic class, bottom of stack, TTL.
const LABEL_SHIFT: u32 = 12;
const BOTTOM_OF_STACK: u32 = 0x100;

/// Octets of a pseudowire control word (RFC 4385 section 3).
const CONTROL_WORD_LEN: usize = 4;

/// Passes over a label stack; each entry fills a place in the path, which bounds them.
pub(super) fn label_stack(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    loop {
        walk.cursor.begin_header();
        let entry = walk.cursor.take_u32()?;
        walk.enter(Encapsulation::Mpls(entry >> LABEL_SHIFT))?;
        if entry & BOTTOM_OF_STACK != 0 {
            break;
        }
    }
    walk.cursor.begin_header();
    match walk.cursor.peek() {
        None => Err(walk.cursor.ends_within(1)),
        Some(first) if IpVersion::of_first_octet(first).is_some() => Ok(Layer::AnyIp),
        Some(first) => pseudowire(walk, first),
    }
}

/// Ethernet with or without a control word. Labels do not say which of the two it is, or whether
/// it is Ethernet at all, so the place where the EtherType would be decides.
fn pseudowire(walk: &mut Walk<'_>, first: u8) -> Result<Layer, Skip> {
    // RFC 4385 section 3: a control word begins with the nibble 0.
    let may_have_control_word = first >> 4 == 0;
    if may_have_control_word && ethernet_carries_ip(walk, CONTROL_WORD_LEN)? {
        walk.cursor.skip(CONTROL_WORD_LEN)?;
        return Ok(Layer::Ethernet);
    }
    if ethernet_carries_ip(walk, 0)? {
        Ok(Layer::Ethernet)
    } else {
        Err(walk.unsupported_payload())
    }
}

/// Whether an Ethernet header that begins `skipped` octets from here, where nothing says that there
/// is one, announces something that carries IP.
pub(super) fn ethernet_carries_ip(walk: &Walk<'_>, skipped: usize) -> Result<bool, Skip> {
    ether_type_after(walk, skipped).map(carries_ip)
}

/// The EtherType of an Ethernet header that begins `skipped` octets from here.
fn ether_type_after(walk: &Walk<'_>, skipped: usize) -> Result<u16, Skip> {
    u16_at(walk.cursor.rest(), skipped + ethernet::ETHER_TYPE)
        .ok_or_else(|| walk.cursor.ends_within(skipped + ethernet::LEN))
}

/// Whether `ether_type` is one of those that carry IP in a pseudowire.
fn carries_ip(ether_type: u16) -> bool {
    matches!(
        ether_type,
        ether_type::IPV4
            | ether_type::IPV6
            | ether_type::VLAN
            | ether_type::PROVIDER_VLAN
            | ether_type::OLD_STACKED_VLAN_1
            | ether_type::OLD_STACKED_VLAN_2
            | ether_type::MPLS
            | ether_type::MPLS_UPSTREAM
            | ether_type::PPPOE_SESSION
    )
}
