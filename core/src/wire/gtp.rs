//! GTP: packets of mobile subscribers between base stations and gateways.
#![warn(clippy::indexing_slicing)]

use super::ip::IpVersion;
use super::mpls;
use super::path::Encapsulation;
use super::walk::{Layer, Walk};
use crate::skip::{Skip, SkipReason};

/// GTP-U (3GPP TS 29.281 section 5.1), and GTP version 0 (GSM 09.60 section 6).
mod field {
    pub(super) const VERSION_AND_PROTOCOL: u8 = 0xf0;
    /// Version 1, GTP and not GTP'.
    pub(super) const GTP_1: u8 = 0x30;
    /// Version 0, GTP and not GTP'.
    pub(super) const GTP_0: u8 = 0x10;
    /// Any of extension header, sequence number and N-PDU number: all three fields are there.
    pub(super) const OPTIONAL_FIELDS: u8 = 0x07;
    pub(super) const EXTENSION_HEADER: u8 = 0x04;
    /// A message that carries a packet.
    pub(super) const PACKET: u8 = 0xff;
    /// Octets of sequence number, N-PDU number and next extension header type.
    pub(super) const OPTIONAL_FIELDS_LEN: usize = 4;
    pub(super) const NO_MORE_EXTENSIONS: u8 = 0;
    /// Unit of an extension header's length, which counts its first and its last octet.
    pub(super) const EXTENSION_UNIT: usize = 4;
    /// More extension headers than this are not followed.
    pub(super) const MAX_EXTENSIONS: usize = 8;
    /// Version 0: N-PDU number, reserved octets, and a tunnel identifier of 64 bits.
    pub(super) const VERSION_0_REST_LEN: usize = 12;
}

/// GTP of either version; both ports are used for both.
pub(super) fn open(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    let &[flags, message_type] = walk.cursor.take()?;
    let length = walk.cursor.take_u16()?;
    match (flags & field::VERSION_AND_PROTOCOL, message_type) {
        (field::GTP_1, field::PACKET) => {
            let tunnel = walk.cursor.take_u32()?;
            walk.cursor.limit(usize::from(length));
            if flags & field::OPTIONAL_FIELDS != 0 {
                let &[_, _, _, next] = walk.cursor.take::<{ field::OPTIONAL_FIELDS_LEN }>()?;
                if flags & field::EXTENSION_HEADER != 0 {
                    gtp_extensions(walk, next)?;
                }
            }
            walk.enter(Encapsulation::GtpU(tunnel))?;
        }
        (field::GTP_0, field::PACKET) => {
            let _sequence = walk.cursor.take_u16()?;
            let flow = walk.cursor.take_u16()?;
            walk.cursor.skip(field::VERSION_0_REST_LEN)?;
            walk.cursor.limit(usize::from(length));
            walk.enter(Encapsulation::Gtp0(flow))?;
        }
        _ => return Err(walk.unsupported_payload()),
    }
    payload(walk)
}

/// What is inside: headers do not say whether the session is one of IP or of Ethernet. Destination
/// addresses that begin like an IP header are taken for one.
fn payload(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    match walk.cursor.peek() {
        None => Err(walk.cursor.ends_within(1)),
        Some(0x45..=0x4f) => Ok(Layer::Ip(IpVersion::V4)),
        Some(0x60..=0x6f) => Ok(Layer::Ip(IpVersion::V6)),
        Some(_) if mpls::ethernet_carries_ip(walk, 0)? => Ok(Layer::Ethernet),
        Some(_) => Err(walk.unsupported_payload()),
    }
}

/// Passes over GTP extension headers (TS 29.281 section 5.2.1).
fn gtp_extensions(walk: &mut Walk<'_>, mut next: u8) -> Result<(), Skip> {
    for _ in 0..field::MAX_EXTENSIONS {
        if next == field::NO_MORE_EXTENSIONS {
            return Ok(());
        }
        let units = walk.cursor.take_u8()?;
        let Some(content_len) = (usize::from(units) * field::EXTENSION_UNIT).checked_sub(2) else {
            return Err(walk.cursor.fault(SkipReason::BadHeader));
        };
        walk.cursor.skip(content_len)?;
        next = walk.cursor.take_u8()?;
    }
    if next == field::NO_MORE_EXTENSIONS {
        Ok(())
    } else {
        Err(walk.cursor.fault(SkipReason::TooDeep))
    }
}
