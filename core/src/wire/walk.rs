//! The state of a walk through a frame, and what may come next in it.
#![warn(clippy::indexing_slicing)]

use super::cursor::Cursor;
use super::internet::{Packet, protocol};
use super::{
    Encapsulation, IpVersion, Path, Segment, ethernet, ieee802_11, internet, link, llc, ppp, tunnel,
};
use crate::skip::Carried;
use crate::{LinkType, Skip, SkipReason};

/// What the octets at the cursor are, according to all that came before them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layer {
    /// A frame that begins as this link type says.
    Link(LinkType),
    /// An Ethernet header.
    Ethernet,
    /// What this EtherType announces; 1500 and less is the length of an LLC frame.
    EtherType(u16),
    /// An 802.11 header.
    Ieee80211,
    /// The subframes of an aggregate of 802.11.
    Subframes {
        /// Each has a mesh control field.
        mesh: bool,
    },
    /// An LLC header.
    Llc,
    /// A network layer protocol identifier.
    Nlpid,
    /// PPP, with or without its address and control octets.
    Ppp,
    /// An IP header of whichever version its first nibble names.
    AnyIp,
    /// An IP header of this version.
    Ip(IpVersion),
    /// What this protocol number of an IP header announces.
    Protocol(u8),
}

/// Where the walk stands, and through what it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'f> {
    pub(super) cursor: Cursor<'f>,
    pub(super) path: Path,
    /// An IP header was passed: what is not TCP from here on is a tunnel that leads nowhere.
    within_ip: bool,
    /// The ports of the last tunnel over UDP.
    pub(super) carried: Option<Carried>,
}

/// Which subframe of an aggregate (A-MSDU) the walk goes on in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    /// None was met yet; if one is, the subframe of this number, from 0.
    Wanted(u16),
    /// One was met, and this is its last subframe.
    Last,
    /// One was met, and there are more subframes.
    More,
}

impl<'f> Walk<'f> {
    /// More layers than this are not followed. Tags and tunnels fill the path long before, so
    /// this bounds what leaves no trace there: link types inside link types.
    const MAX_LAYERS: usize = 64;

    /// At octet `at` of a frame.
    #[inline]
    pub(super) fn new(octets: &'f [u8], at: usize) -> Self {
        Walk { cursor: Cursor::new(octets, at), path: Path::EMPTY, within_ip: false, carried: None }
    }

    /// Notes that what follows is inside `encapsulation`.
    #[inline]
    pub(super) fn enter(&mut self, encapsulation: Encapsulation) -> Result<(), Skip> {
        if self.path.push(encapsulation) {
            Ok(())
        } else {
            Err(self.cursor.fault(SkipReason::TooDeep))
        }
    }

    /// What comes here does not lead to TCP.
    #[cold]
    pub(super) fn leads_nowhere(&self) -> Skip {
        let reason = if self.within_ip { SkipReason::NotTcp } else { SkipReason::NotIp };
        Skip { carried: self.carried, ..self.cursor.fault(reason) }
    }

    /// Nothing here opens what is carried.
    #[cold]
    pub(super) fn leads_nowhere_by(&self, carried: Carried) -> Skip {
        Skip { carried: Some(carried), ..self.leads_nowhere() }
    }

    /// The general walk: layer by layer until TCP. By value, so that a caller that never comes
    /// here keeps its walk in registers.
    #[inline(never)]
    pub(super) fn descend(
        mut self,
        mut layer: Layer,
        aggregate: &mut Aggregate,
    ) -> Result<Segment<'f>, Skip> {
        for _ in 0..Self::MAX_LAYERS {
            self.cursor.begin_header();
            self.within_ip |= matches!(layer, Layer::Protocol(_));
            layer = match layer {
                Layer::Link(link_type) => link::open(&mut self, link_type)?,
                Layer::Ethernet => ethernet::frame(&mut self)?,
                Layer::EtherType(ether_type) => ethernet::payload(&mut self, ether_type)?,
                Layer::Ieee80211 => ieee802_11::frame(&mut self)?,
                Layer::Subframes { mesh } => ieee802_11::subframe(&mut self, aggregate, mesh)?,
                Layer::Llc => llc::llc(&mut self)?,
                Layer::Nlpid => llc::nlpid(&mut self)?,
                Layer::Ppp => ppp::ppp(&mut self)?,
                Layer::AnyIp => self.any_ip()?,
                Layer::Protocol(number) => tunnel::open(&mut self, number)?,
                Layer::Ip(version) => {
                    let packet = Packet::read(&mut self.cursor, version)?;
                    if packet.protocol == protocol::TCP {
                        return packet.segment(&mut self.cursor, self.path);
                    }
                    Layer::Protocol(packet.protocol)
                }
            };
        }
        Err(self.cursor.fault(SkipReason::TooDeep))
    }

    fn any_ip(&self) -> Result<Layer, Skip> {
        let first = self.cursor.peek().ok_or_else(|| self.cursor.ends_within(1))?;
        internet::version(first).map(Layer::Ip).ok_or_else(|| self.leads_nowhere())
    }
}
