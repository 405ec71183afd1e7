//! From a frame to its innermost TCP segment: the entry points of the walk.

#[cfg(feature = "quic")]
use super::datagram::Datagram;
use super::descend::descend;
#[cfg(feature = "quic")]
use super::descend::descend_to_datagram;
use super::fast::{fast_path, other_udp};
use super::internet::Packet;
use super::ip::IpVersion;
use super::numbers::protocol;
use super::segment::Segment;
use super::walk::{Aggregate, Layer, Walk};
use crate::frame::{Frame, LinkType};
use crate::skip::{Skip, SkipReason};

/// Walks from the link header to the innermost TCP segment; of an aggregate of 802.11, to that of the
/// first subframe.
#[inline]
pub(crate) fn open<'f>(frame: &Frame<'f>) -> Result<Segment<'f>, Skip> {
    match open_common(frame) {
        Some(segment) => Ok(segment),
        None => match other_udp::skip_of_udp(frame) {
            Some(skip) => Err(skip),
            None => walk(frame),
        },
    }
}

/// Opens the most common frames alone; returns `None` if only [`open`] can tell.
#[inline(always)]
pub(crate) fn open_common<'f>(frame: &Frame<'f>) -> Option<Segment<'f>> {
    fast_path::open(frame)
}

/// The same of those that have no VLAN tag.
#[inline(always)]
pub(crate) fn open_untagged<'f>(frame: &Frame<'f>) -> Option<Segment<'f>> {
    fast_path::open_untagged(frame)
}

/// The same of those that have VLAN tags.
#[inline(always)]
pub(crate) fn open_tagged<'f>(frame: &Frame<'f>) -> Option<Segment<'f>> {
    fast_path::open_tagged(frame)
}

/// The general way, layer by layer.
#[inline(never)]
pub(crate) fn walk<'f>(frame: &Frame<'f>) -> Result<Segment<'f>, Skip> {
    descend(Walk::new(frame.data, 0), first_layer(frame), &mut Aggregate::Wanted(0))
}

/// Walks from the link header to the innermost UDP datagram that is no tunnel, or whose tunnel leads
/// nowhere; of an aggregate of 802.11, in subframe `number`, counted from 0. Returns None if there is
/// none.
#[cfg(feature = "quic")]
#[inline(never)]
pub(crate) fn open_datagram<'f>(frame: &Frame<'f>, number: u16) -> Option<Datagram<'f>> {
    let walk = Walk::new(frame.data, 0);
    descend_to_datagram(walk, first_layer(frame), Aggregate::Wanted(number))
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
    if let Some(skip) = other_udp::skip_of_udp(frame) {
        *more = false;
        return Err(skip);
    }
    let mut aggregate = Aggregate::Wanted(number);
    let segment = descend(Walk::new(frame.data, 0), first_layer(frame), &mut aggregate);
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

/// Returns the first segment of an aggregate that has none in its first subframe; `skip` itself if
/// it was of another frame.
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

/// The TCP segment after an IP header at byte `at` of a frame; tunnels are not followed.
#[inline]
pub(crate) fn open_ip(bytes: &[u8], at: usize) -> Result<Segment<'_>, Skip> {
    let mut walk = Walk::new(bytes, at);
    let Some(first) = walk.cursor.peek() else { return Err(walk.cursor.ends_within(1)) };
    let Some(version) = IpVersion::of_first_octet(first) else {
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
