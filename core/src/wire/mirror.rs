//! Frames that a router, access point or sniffer sends on: TZSP, Juniper's packet mirror, LWAPP.
#![warn(clippy::indexing_slicing)]

use super::ieee802_11;
use super::path::Encapsulation;
use super::walk::{Layer, Walk};
use crate::frame::LinkType;
use crate::skip::Skip;

/// TZSP: version, type, encapsulation, and tags of type, length and value.
pub(super) fn tzsp(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const VERSION: u8 = 1;
    /// Types that carry a frame.
    const RECEIVED: u8 = 0;
    const FOR_TRANSMISSION: u8 = 1;
    /// Tags without a length.
    const PADDING: u8 = 0;
    const END: u8 = 1;
    /// Encapsulations.
    const ETHERNET: u16 = 1;
    const IEEE802_11: u16 = 18;
    const PRISM: u16 = 119;
    const AVS: u16 = 127;

    let &[version, kind] = walk.cursor.take()?;
    let encapsulation = walk.cursor.take_u16()?;
    if version != VERSION || !matches!(kind, RECEIVED | FOR_TRANSMISSION) {
        return Err(walk.unsupported_payload());
    }
    loop {
        match walk.cursor.take_u8()? {
            PADDING => {}
            END => break,
            _ => {
                let length = walk.cursor.take_u8()?;
                walk.cursor.skip(usize::from(length))?;
            }
        }
    }
    walk.enter(Encapsulation::Tzsp)?;
    Ok(match encapsulation {
        ETHERNET => Layer::Ethernet,
        IEEE802_11 => Layer::Ieee80211,
        PRISM => Layer::Link(LinkType::IEEE802_11_PRISM),
        AVS => Layer::Link(LinkType::IEEE802_11_AVS),
        _ => return Err(walk.unsupported_payload()),
    })
}

/// Juniper's packet mirror (JunosE): the mirror's and the session's identifier, then PPP or IP.
pub(super) fn juniper(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const PPP: u8 = 0xff;
    let mirror = walk.cursor.take_u32()?;
    let _session = walk.cursor.take_u32()?;
    walk.enter(Encapsulation::JuniperMirror(mirror))?;
    match walk.cursor.peek() {
        Some(PPP) => Ok(Layer::Ppp),
        _ => Ok(Layer::AnyIp),
    }
}

/// LWAPP (RFC 5412 section 3.3): flags, fragment identifier, length, and signal; 802.11 where it is
/// no control message.
pub(super) fn lwapp(walk: &mut Walk<'_>) -> Result<Layer, Skip> {
    const VERSION: u8 = 0xc0;
    const CONTROL: u8 = 0x04;
    const FRAGMENT: u8 = 0x02;
    const LAST_FRAGMENT: u8 = 0x01;
    let &[flags, ..] = walk.cursor.take::<6>()?;
    if flags & (VERSION | CONTROL) != 0 {
        return Err(walk.unsupported_payload());
    }
    if flags & FRAGMENT != 0 {
        if flags & LAST_FRAGMENT != 0 {
            return Err(walk.cursor.fault(crate::SkipReason::Fragment));
        }
        walk.cursor.set_fragment();
    }
    walk.enter(Encapsulation::Lwapp)?;
    ieee802_11::frame_over_capwap(walk)
}
