//! MPLS label stacks (RFC 3032), and pseudowires below them (RFC 4448).
#![warn(clippy::indexing_slicing)]

use super::ethernet::ether_type;
use super::walk::{Layer, Walk};
use super::{Encapsulation, internet};
use crate::Skip;

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
        Some(first) if internet::version(first).is_some() => Ok(Layer::AnyIp),
        Some(first) => pseudowire(walk, first),
    }
}

/// Ethernet with or without a control word. Labels do not say which of the two it is, or whether
/// it is Ethernet at all, so the place where the EtherType would be decides.
fn pseudowire(walk: &mut Walk<'_>, first: u8) -> Result<Layer, Skip> {
    // RFC 4385 section 3: a control word begins with the nibble 0.
    let with_control_word = first >> 4 == 0;
    if with_control_word && has_ether_type(walk, CONTROL_WORD_LEN) {
        walk.cursor.skip(CONTROL_WORD_LEN)?;
        return Ok(Layer::Ethernet);
    }
    if has_ether_type(walk, 0) { Ok(Layer::Ethernet) } else { Err(walk.leads_nowhere()) }
}

/// Whether an Ethernet header `skipped` octets from here announces anything that leads on.
fn has_ether_type(walk: &Walk<'_>, skipped: usize) -> bool {
    const ETHER_TYPE_OFFSET: usize = 12;
    let octets = walk.cursor.rest().get(skipped + ETHER_TYPE_OFFSET..);
    let Some(&announced) = octets.and_then(|octets| octets.first_chunk()) else { return false };
    matches!(
        u16::from_be_bytes(announced),
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
