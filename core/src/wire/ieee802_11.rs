//! 802.11 data frames, and the radio information that captures put before them.
#![warn(clippy::indexing_slicing)]

use super::walk::{Aggregate, Layer, Walk};
use crate::frame::LinkType;
use crate::skip::{Skip, SkipReason};

/// Frame control (802.11 clause 9.2.4.1), as the little-endian number that it is.
mod control {
    pub(super) const VERSION_AND_TYPE: u16 = 0x000f;
    /// Version 0, type 2.
    pub(super) const DATA: u16 = 0x0008;
    /// Subtype bit: no data follows.
    pub(super) const NULL: u16 = 0x0040;
    /// Subtype bit: a QoS control field is there.
    pub(super) const QOS: u16 = 0x0080;
    pub(super) const TO_DISTRIBUTION: u16 = 0x0100;
    pub(super) const FROM_DISTRIBUTION: u16 = 0x0200;
    pub(super) const MORE_FRAGMENTS: u16 = 0x0400;
    pub(super) const PROTECTED: u16 = 0x4000;
    /// Called "order" without QoS; with it, an HT control field is there.
    pub(super) const HT_CONTROL: u16 = 0x8000;
}

/// Octets of the data header up to and including sequence control.
const FIXED_LEN: usize = 24;
const ADDRESS_4_LEN: usize = 6;
const HT_CONTROL_LEN: usize = 4;
/// The low 4 bits of sequence control.
const FRAGMENT_NUMBER: u16 = 0x000f;
/// QoS control: the frame is a list of subframes.
const AGGREGATE: u16 = 0x0080;
/// QoS control, between nodes of a mesh: a mesh control field is there.
const MESH_CONTROL: u16 = 0x0100;

/// An 802.11 frame.
pub(super) fn frame(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    frame_in(walk, u16::from_le_bytes, 1)
}

/// An 802.11 frame in CAPWAP. Cisco's access points turn its 16-bit fields round, which is seen
/// by the type being where the flags should be.
pub(super) fn frame_over_capwap(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let is_data = |byte: u8| u16::from(byte) & control::VERSION_AND_TYPE == control::DATA;
    match walk.cursor.peek_chunk() {
        Some(&[first, second]) if is_data(second) && !is_data(first) => {
            frame_in(walk, u16::from_be_bytes, 1)
        }
        _ => frame(walk),
    }
}

/// An 802.11 frame whose 16-bit fields `read` puts together, with its header padded to a multiple
/// of `alignment` octets.
fn frame_in(
    walk: &mut Walk<'_>,
    read: fn([u8; 2]) -> u16,
    alignment: usize,
) -> Result<Layer, Skip> {
    walk.cursor.begin_header();
    let start = walk.cursor.at();
    let Some(&frame_control) = walk.cursor.peek_chunk() else {
        return Err(walk.cursor.ends_within(FIXED_LEN));
    };
    let frame_control = read(frame_control);
    let has = |bits: u16| frame_control & bits == bits;
    if frame_control & control::VERSION_AND_TYPE != control::DATA
        || has(control::NULL)
        || has(control::PROTECTED)
    {
        return Err(walk.unsupported_payload());
    }
    let &[.., s0, s1] = walk.cursor.take::<FIXED_LEN>()?;
    if read([s0, s1]) & FRAGMENT_NUMBER != 0 {
        return Err(walk.cursor.fault(SkipReason::Fragment));
    }
    if has(control::MORE_FRAGMENTS) {
        walk.cursor.set_fragment();
    }
    if has(control::TO_DISTRIBUTION | control::FROM_DISTRIBUTION) {
        walk.cursor.skip(ADDRESS_4_LEN)?;
    }
    let (mut aggregate, mut mesh) = (false, false);
    if has(control::QOS) {
        let quality = read(*walk.cursor.take()?);
        aggregate = quality & AGGREGATE != 0;
        // Nodes of a mesh send with four addresses, or to a group as an access point does.
        mesh = quality & MESH_CONTROL != 0 && has(control::FROM_DISTRIBUTION);
        if has(control::HT_CONTROL) {
            walk.cursor.skip(HT_CONTROL_LEN)?;
        }
    }
    let header_len = walk.cursor.at() - start;
    walk.cursor.skip(header_len.next_multiple_of(alignment) - header_len)?;
    if aggregate {
        return Ok(Layer::Subframes { mesh });
    }
    if mesh {
        mesh_control(walk)?;
    }
    Ok(Layer::Llc)
}

/// The header of the wanted subframe of an aggregate, the first one where another aggregate was
/// met before (802.11 clause 9.3.2.2.2): two addresses, and the length of what follows, which is
/// padded to a multiple of 4 in all but the last.
pub(super) fn subframe(
    walk: &mut Walk<'_>,
    aggregate: &mut Aggregate,
    mesh: bool,
) -> Result<Layer, Skip> {
    const ADDRESSES_LEN: usize = 12;
    const HEADER_LEN: usize = 14;
    const ALIGNMENT: usize = 4;
    let (is_outermost, wanted) = match *aggregate {
        Aggregate::Wanted(number) => (true, number),
        Aggregate::Last | Aggregate::More => (false, 0),
    };
    for number in 0..=wanted {
        walk.cursor.begin_header();
        walk.cursor.skip(ADDRESSES_LEN)?;
        let length = usize::from(walk.cursor.take_u16()?);
        let padded_len = (HEADER_LEN + length).next_multiple_of(ALIGNMENT) - HEADER_LEN;
        if number < wanted {
            walk.cursor.skip(padded_len)?;
            continue;
        }
        if is_outermost {
            // Less than a header is padding, or a check sequence.
            let rest_len = walk.cursor.rest().len().saturating_sub(padded_len);
            let more = rest_len >= HEADER_LEN;
            *aggregate = if more { Aggregate::More } else { Aggregate::Last };
            walk.cursor.set_more_follow(more);
        }
        walk.cursor.limit(length);
    }
    walk.cursor.begin_header();
    if mesh {
        mesh_control(walk)?;
    }
    Ok(Layer::Llc)
}

/// Mesh control (802.11 clause 9.2.4.8.3): flags, TTL, sequence number, and up to two addresses.
/// Frames whose flags cannot be those of a mesh have none: drivers take the bit that announces it
/// away, or leave it to chance.
fn mesh_control(walk: &mut Walk<'_>) -> Result<(), Skip> {
    const FIXED_LEN: usize = 6;
    const EXTENSION: u8 = 0x03;
    const RESERVED: u8 = 0xfc;
    const NO_EXTENSION: u8 = 3;
    const ADDRESS_LEN: usize = 6;
    let flags = walk.cursor.peek().ok_or_else(|| walk.cursor.ends_within(FIXED_LEN))?;
    let addresses = flags & EXTENSION;
    if flags & RESERVED != 0 || addresses == NO_EXTENSION {
        return Ok(());
    }
    walk.cursor.skip(FIXED_LEN + usize::from(addresses) * ADDRESS_LEN)
}

/// Radiotap: version, padding, length, then bit masks of the fields that follow them. Numbers are
/// little-endian (<https://www.radiotap.org>).
pub(super) fn radiotap(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const VERSION: u8 = 0;
    const MIN_LEN: usize = 8;
    const PADDED_ALIGNMENT: usize = 4;
    let Some(&[version, _, length_low, length_high]) = walk.cursor.peek_chunk() else {
        return Err(walk.cursor.ends_within(MIN_LEN));
    };
    let length = usize::from(u16::from_le_bytes([length_low, length_high]));
    if version != VERSION || length < MIN_LEN {
        return Err(walk.cursor.fault(SkipReason::BadHeader));
    }
    let header = walk.cursor.rest();
    walk.cursor.skip(length)?;
    let padded = header.get(..length).is_some_and(radiotap_says_padded);
    frame_in(walk, u16::from_le_bytes, if padded { PADDED_ALIGNMENT } else { 1 })
}

/// Whether the flags field of a radiotap header says that the 802.11 header is padded to 32 bits.
fn radiotap_says_padded(header: &[u8]) -> bool {
    /// Bits of the first mask: the timer, then the flags, are the first two fields.
    const TIMER: u32 = 1;
    const FLAGS: u32 = 1 << 1;
    /// In a mask: another one follows.
    const ANOTHER_MASK: u32 = 1 << 31;
    const MASKS_OFFSET: usize = 4;
    const MASK_LEN: usize = 4;
    /// Octets of the timer; it is aligned to as many.
    const TIMER_LEN: usize = 8;
    /// Bit of the flags field.
    const PADDED: u8 = 0x20;

    let masks = header.get(MASKS_OFFSET..).unwrap_or_default().as_chunks::<MASK_LEN>().0;
    let masks = masks.iter().map(|&mask| u32::from_le_bytes(mask));
    let first = masks.clone().next().unwrap_or_default();
    if first & FLAGS == 0 {
        return false;
    }
    let following = masks.take_while(|mask| mask & ANOTHER_MASK != 0).count();
    let mut flags_offset = MASKS_OFFSET + (following + 1) * MASK_LEN;
    if first & TIMER != 0 {
        flags_offset = flags_offset.next_multiple_of(TIMER_LEN) + TIMER_LEN;
    }
    header.get(flags_offset).is_some_and(|flags| flags & PADDED != 0)
}

/// The Prism monitor header, whose length never varies; or an AVS header, which drivers that
/// claim to write Prism headers also write, and which begins with a number of its own.
pub(super) fn prism(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const PRISM_LEN: usize = 144;
    const AVS_MAGIC: [u8; 3] = [0x80, 0x21, 0x10];
    if walk.cursor.peek_chunk() == Some(&AVS_MAGIC) {
        return avs(walk);
    }
    walk.cursor.skip(PRISM_LEN)?;
    Ok(Layer::Ieee80211)
}

/// AVS: version and length of the header, 4 octets each.
pub(super) fn avs(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const LENGTHS_LEN: usize = 8;
    walk.cursor.take_u32()?;
    let length = walk.cursor.take_u32()? as usize;
    let Some(rest_len) = length.checked_sub(LENGTHS_LEN) else {
        return Err(walk.cursor.fault(SkipReason::BadHeader));
    };
    walk.cursor.skip(rest_len)?;
    Ok(Layer::Ieee80211)
}

/// Per-packet information: version, flags, length, and the link type of what follows, in
/// little-endian order.
pub(super) fn per_packet_information(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const FIXED_LEN: usize = 8;
    let &[_, _, length_low, length_high, link_type @ ..] = walk.cursor.take::<FIXED_LEN>()?;
    let length = usize::from(u16::from_le_bytes([length_low, length_high]));
    let Some(fields_len) = length.checked_sub(FIXED_LEN) else {
        return Err(walk.cursor.fault(SkipReason::BadHeader));
    };
    walk.cursor.skip(fields_len)?;
    match u16::try_from(u32::from_le_bytes(link_type)) {
        Ok(number) => Ok(Layer::Link(LinkType(number))),
        Err(_) => Err(walk.cursor.fault(SkipReason::UnknownLinkType)),
    }
}
