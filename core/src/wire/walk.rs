//! The state of a walk through a frame, and what may come next in it. Which module reads what comes
//! next is decided in `descend.rs`: modules of protocols return it, and call no other protocol that
//! could call them.
#![warn(clippy::indexing_slicing)]

use super::cursor::Cursor;
use super::ip::IpVersion;
use super::numbers::ether_type;
use super::path::{Encapsulation, Path};
use crate::frame::LinkType;
use crate::skip::{Carried, Skip, SkipReason};

/// What the bytes at the cursor are, according to all that came before them.
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
    /// PPP, with or without its address and control bytes.
    Ppp,
    /// An IP header of whichever version its first nibble names.
    AnyIp,
    /// An IP header of this version.
    Ip(IpVersion),
    /// What this protocol number of an IP header announces.
    Protocol(u8),
}

impl Layer {
    /// By the "next protocol" numbers that NSH (RFC 8300 section 2.2) and VXLAN-GPE share.
    pub(super) fn of_next_protocol(number: u8) -> Option<Layer> {
        match number {
            1 => Some(Layer::Ip(IpVersion::V4)),
            2 => Some(Layer::Ip(IpVersion::V6)),
            3 => Some(Layer::Ethernet),
            4 => Some(Layer::EtherType(ether_type::NSH)),
            5 => Some(Layer::EtherType(ether_type::MPLS)),
            _ => None,
        }
    }
}

/// Where the walk stands, and through what it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'f> {
    pub(super) cursor: Cursor<'f>,
    pub(super) path: Path,
    /// An IP header was passed: what is not TCP from here on is a tunnel that leads nowhere.
    pub(super) within_ip: bool,
    /// The ports of the last tunnel over UDP.
    pub(super) carried: Option<Carried>,
}

/// Which subframe of an aggregate (A-MSDU) the walk continues in.
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
    /// At byte `at` of a frame.
    #[inline]
    pub(super) fn new(bytes: &'f [u8], at: usize) -> Self {
        Walk { cursor: Cursor::new(bytes, at), path: Path::EMPTY, within_ip: false, carried: None }
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
    pub(super) fn unsupported_payload(&self) -> Skip {
        let reason = if self.within_ip { SkipReason::NotTcp } else { SkipReason::NotIp };
        Skip { carried: self.carried, ..self.cursor.fault(reason) }
    }

    /// Nothing here opens what is carried.
    #[cold]
    pub(super) fn unsupported_payload_of(&self, carried: Carried) -> Skip {
        Skip { carried: Some(carried), ..self.unsupported_payload() }
    }
}
