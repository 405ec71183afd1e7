//! What switches and meshes put between the EtherType of a frame and the frame: time stamps, tags
//! of ports and streams, and whole headers of their own.
#![warn(clippy::indexing_slicing)]

use super::path::Encapsulation;
use super::walk::{Layer, Walk};
use crate::skip::{Skip, SkipReason};

/// The time stamp tag of Cisco's Nexus (TTAG): 48 bits, and the EtherType of what follows. Palo Alto's
/// heartbeats have the same number and shape.
pub(super) fn cisco_timestamp(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const TIME_LEN: usize = 6;
    walk.cursor.skip(TIME_LEN)?;
    walk.enter(Encapsulation::TimestampTag)?;
    walk.cursor.take_u16().map(Layer::EtherType)
}

/// Arista's own EtherType: subtype, version, and for time stamps a time whose length the version
/// tells, and the EtherType of what follows.
pub(super) fn arista_timestamp(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const TIMESTAMP: u16 = 0x0001;
    /// Set in the version where the time is UTC rather than TAI.
    const UTC: u16 = 0x0100;
    const TIME_OF_64_BITS: u16 = 0x0010;
    const TIME_OF_48_BITS: u16 = 0x0020;
    let (subtype, version) = (walk.cursor.take_u16()?, walk.cursor.take_u16()?);
    let time_len = match (subtype, version & !UTC) {
        (TIMESTAMP, TIME_OF_64_BITS) => 8,
        (TIMESTAMP, TIME_OF_48_BITS) => 6,
        _ => return Err(walk.unsupported_payload()),
    };
    walk.cursor.skip(time_len)?;
    walk.enter(Encapsulation::TimestampTag)?;
    walk.cursor.take_u16().map(Layer::EtherType)
}

/// E-TAG (802.1BR clause 7.5): priority and channels, 6 octets, and the EtherType of what follows.
pub(super) fn e_tag(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const CONTROL_LEN: usize = 6;
    walk.cursor.skip(CONTROL_LEN)?;
    walk.enter(Encapsulation::ETag)?;
    walk.cursor.take_u16().map(Layer::EtherType)
}

/// R-TAG (802.1CB clause 7.8): 16 bits reserved, a sequence number, and the EtherType of what
/// follows.
pub(super) fn r_tag(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    walk.cursor.take_u32()?;
    walk.enter(Encapsulation::RTag)?;
    walk.cursor.take_u16().map(Layer::EtherType)
}

/// TRILL (RFC 6325 section 3.2): version, length of the options, hop count; two nicknames.
pub(super) fn trill(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const VERSION: u16 = 0xc000;
    const OPTIONS_LEN: u16 = 0x07c0;
    const OPTIONS_SHIFT: u32 = 6;
    /// In octets.
    const UNIT: usize = 4;
    let first = walk.cursor.take_u16()?;
    let _nicknames = walk.cursor.take_u32()?;
    if first & VERSION != 0 {
        return Err(walk.unsupported_payload());
    }
    walk.cursor.skip(usize::from((first & OPTIONS_LEN) >> OPTIONS_SHIFT) * UNIT)?;
    walk.enter(Encapsulation::Trill)?;
    Ok(Layer::Ethernet)
}

/// Types and header lengths of packets of B.A.T.M.A.N. advanced that carry a frame
/// (`include/uapi/linux/batadv_packet.h`; version 14 is that of Linux 2.6.38 to 3.12).
mod batman {
    pub(super) const VERSION_14: u8 = 14;
    pub(super) const VERSION_15: u8 = 15;
    pub(super) const UNICAST: u8 = 0x40;
    pub(super) const UNICAST_4_ADDRESSES: u8 = 0x42;
    pub(super) const FRAGMENT: u8 = 0x41;
    pub(super) const BROADCAST: u8 = 0x01;
    pub(super) const UNICAST_14: u8 = 0x03;
    pub(super) const BROADCAST_14: u8 = 0x04;
    pub(super) const FRAGMENT_14: u8 = 0x06;
    pub(super) const UNICAST_4_ADDRESSES_14: u8 = 0x09;
    pub(super) const UNICAST_LEN: usize = 10;
    pub(super) const UNICAST_4_ADDRESSES_LEN: usize = 18;
    pub(super) const BROADCAST_LEN: usize = 14;
}

/// B.A.T.M.A.N. advanced. A fragment is not opened: the head of a frame is in its last one.
pub(super) fn batman(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let Some(&[kind, version]) = walk.cursor.peek_chunk() else {
        return Err(walk.cursor.ends_within(2));
    };
    let header_len = match (version, kind) {
        (batman::VERSION_15, batman::UNICAST) | (batman::VERSION_14, batman::UNICAST_14) => {
            batman::UNICAST_LEN
        }
        (batman::VERSION_15, batman::UNICAST_4_ADDRESSES)
        | (batman::VERSION_14, batman::UNICAST_4_ADDRESSES_14) => batman::UNICAST_4_ADDRESSES_LEN,
        (batman::VERSION_15, batman::BROADCAST) | (batman::VERSION_14, batman::BROADCAST_14) => {
            batman::BROADCAST_LEN
        }
        (batman::VERSION_15, batman::FRAGMENT) | (batman::VERSION_14, batman::FRAGMENT_14) => {
            return Err(walk.cursor.fault(SkipReason::Fragment));
        }
        _ => return Err(walk.unsupported_payload()),
    };
    walk.cursor.skip(header_len)?;
    walk.enter(Encapsulation::Batman)?;
    Ok(Layer::Ethernet)
}
