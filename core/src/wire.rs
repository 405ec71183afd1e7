//! Views of headers: from the octets of a frame to its innermost TCP segment.
//!
//! Lengths are checked once, when a view is made; a view that exists can be read without failing.
//! Nothing outside this module knows at which octet a header field lies.

mod app_options;
mod cursor;
mod erf;
mod ethernet;
mod fabric;
mod gtp;
mod ieee802_11;
mod internet;
mod ip;
mod juniper;
mod link;
mod link_header;
mod llc;
mod look;
mod mirror;
mod mpls;
mod option_kinds;
mod overlay;
mod path;
mod plain;
mod ppp;
mod straight;
mod tcp_options;
#[cfg(test)]
mod tests;
mod tunnel;
mod udp_tunnel;
mod walk;

use etherparse::TcpHeaderSlice;

use crate::{Frame, LinkType, Skip, SkipReason};
pub use app_options::AppOptions;
use internet::{Packet, protocol};
pub(crate) use ip::Ip;
pub use ip::IpVersion;
pub use look::may_be_handshake;
pub use option_kinds::OptionKinds;
pub use path::{Encapsulation, Path};
pub(crate) use plain::{PlainTcp, plain_tcp};
pub(crate) use tcp_options::{MAX_OPTIONS_LEN, TcpOptions, kind, telling_options};
pub use tcp_options::{OptionLayout, TcpTimestamps};
use walk::{Aggregate, Layer, Walk};

/// The innermost TCP segment of a frame.
#[derive(Debug, Clone)]
pub(crate) struct Segment<'f> {
    pub(crate) ip: Ip<'f>,
    /// The TCP header with its options, whole.
    pub(crate) tcp: TcpHeaderSlice<'f>,
    /// Octets of TCP payload according to the length fields of IP; may be more than were captured.
    pub(crate) payload_len: usize,
    /// The payload octets that were captured, without the padding of the link layer.
    pub(crate) payload: &'f [u8],
    /// Through what the segment came.
    pub(crate) path: Path,
}

/// At which octet of its frame a TCP header begins.
#[cold]
pub(crate) fn offset_of(tcp: &TcpHeaderSlice<'_>, frame: &Frame<'_>) -> usize {
    (tcp.slice().as_ptr().addr()).saturating_sub(frame.octets.as_ptr().addr())
}

/// Walks from the link header to the innermost TCP segment; of an aggregate of 802.11, to that of the
/// first subframe.
#[inline]
pub(crate) fn open<'f>(frame: &Frame<'f>) -> Result<Segment<'f>, Skip> {
    match open_common(frame) {
        Some(segment) => Ok(segment),
        None => walk(frame),
    }
}

/// The same for what is common alone; none where only [`open`] can tell.
#[inline(always)]
pub(crate) fn open_common<'f>(frame: &Frame<'f>) -> Option<Segment<'f>> {
    straight::open(frame)
}

/// The general way, layer by layer.
#[inline(never)]
fn walk<'f>(frame: &Frame<'f>) -> Result<Segment<'f>, Skip> {
    Walk::new(frame.octets, 0).descend(first_layer(frame), &mut Aggregate::Wanted(0))
}

fn first_layer(frame: &Frame<'_>) -> Layer {
    match frame.link_type {
        LinkType::ETHERNET => Layer::Ethernet,
        other => Layer::Link(other),
    }
}

/// The general way, into subframe `number` of an aggregate, counted from 0; a frame that is none is
/// its only one. `more` is set to whether there is a next one.
#[inline(never)]
pub(crate) fn open_part<'f>(
    frame: &Frame<'f>,
    number: u16,
    more: &mut bool,
) -> Result<Segment<'f>, Skip> {
    let mut aggregate = Aggregate::Wanted(number);
    let segment = Walk::new(frame.octets, 0).descend(first_layer(frame), &mut aggregate);
    *more = aggregate == Aggregate::More && number < u16::MAX;
    segment
}

/// As [`open`]; of an aggregate, to the first segment that there is.
#[inline]
pub(crate) fn open_or_others<'f>(frame: &Frame<'f>) -> Result<Segment<'f>, Skip> {
    match open(frame) {
        Err(skip) if skip.more_follow => open_others(frame, skip),
        opened => opened,
    }
}

/// The first segment of an aggregate in whose first subframe there is none; none where `skip` was
/// not of such a frame.
#[cold]
pub(crate) fn open_others<'f>(frame: &Frame<'f>, skip: Skip) -> Result<Segment<'f>, Skip> {
    let (mut number, mut more) = (0, skip.more_follow);
    while more {
        number += 1;
        if let Ok(segment) = open_part(frame, number, &mut more) {
            return Ok(segment);
        }
    }
    Err(skip)
}

/// The TCP segment behind an IP header at octet `at` of a frame; tunnels are not followed.
#[inline]
pub(crate) fn open_ip(octets: &[u8], at: usize) -> Result<Segment<'_>, Skip> {
    let mut walk = Walk::new(octets, at);
    let Some(first) = walk.cursor.peek() else { return Err(walk.cursor.ends_within(1)) };
    let Some(version) = internet::version(first) else {
        return Err(walk.cursor.fault(SkipReason::NotIp));
    };
    let packet = Packet::read(&mut walk.cursor, version)?;
    if packet.protocol == protocol::TCP {
        packet.segment(&mut walk.cursor, walk.path)
    } else {
        walk.cursor.begin_header();
        Err(walk.cursor.fault(SkipReason::NotTcp))
    }
}
