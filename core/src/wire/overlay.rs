//! Tunnels over UDP between routers and brokers: LISP, AYIYA, and B.A.T.M.A.N.'s gateways.
#![warn(clippy::indexing_slicing)]

use super::numbers::protocol;
use super::path::Encapsulation;
use super::walk::{Layer, Walk};
use crate::skip::Skip;

/// LISP data (RFC 9300 section 5.1): flags, nonce or map version, then instance identifier and
/// locator status bits. RFC 9305 makes one of the flags say that a protocol number ends the first
/// word.
pub(super) fn lisp(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const INSTANCE: u8 = 0x08;
    const NEXT_PROTOCOL: u8 = 0x04;
    let &[flags, _, _, next, high, middle, low, _] = walk.cursor.take::<8>()?;
    let has_instance = flags & INSTANCE != 0;
    let instance = if has_instance { u32::from_be_bytes([0, high, middle, low]) } else { 0 };
    walk.enter(Encapsulation::Lisp(instance))?;
    if flags & NEXT_PROTOCOL == 0 {
        return Ok(Layer::AnyIp);
    }
    Layer::of_next_protocol(next).ok_or_else(|| walk.unsupported_payload())
}

/// AYIYA (draft-massar-v6ops-ayiya-02 section 3): the length of an identity, as a power of two; that
/// of a signature, in words; a protocol number; and a time.
pub(super) fn ayiya(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    /// Both are in the high nibble.
    const LENGTH_SHIFT: u32 = 4;
    const SIGNATURE_UNIT: usize = 4;
    /// In the low nibble of the third octet.
    const OPERATION: u8 = 0x0f;
    const FORWARD: u8 = 1;
    let &[identity, signature, operation, next, ..] = walk.cursor.take::<8>()?;
    if operation & OPERATION != FORWARD || !matches!(next, protocol::IPV4 | protocol::IPV6) {
        return Err(walk.unsupported_payload());
    }
    let identity_len = 1_usize << (identity >> LENGTH_SHIFT);
    let signature_len = usize::from(signature >> LENGTH_SHIFT) * SIGNATURE_UNIT;
    walk.cursor.skip(identity_len + signature_len)?;
    walk.enter(Encapsulation::Ayiya)?;
    Ok(Layer::AnyIp)
}

/// The tunnel between a client and a gateway of the old B.A.T.M.A.N. daemon: the kind of message,
/// and IPv4.
pub(super) fn batman_gateway(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const DATA: u8 = 1;
    if walk.cursor.take_u8()? != DATA {
        return Err(walk.unsupported_payload());
    }
    walk.enter(Encapsulation::Batman)?;
    Ok(Layer::AnyIp)
}
