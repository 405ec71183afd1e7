//! The state of a walk through a frame, and what may come next in it.
#![warn(clippy::indexing_slicing)]

use super::cursor::Cursor;
use super::{Encapsulation, IpVersion, Path};
use crate::{LinkType, Skip, SkipReason};

/// What the octets at the cursor are, according to all that came before them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layer {
    /// A frame that begins as this link type says.
    Link(LinkType),
    /// What this EtherType announces.
    EtherType(u16),
    /// An IP header of this version.
    Ip(IpVersion),
}

/// Where the walk stands, and through what it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'f> {
    pub(super) cursor: Cursor<'f>,
    pub(super) path: Path,
    /// An IP header was passed: what is not TCP from here on is a tunnel that leads nowhere.
    pub(super) within_ip: bool,
}

impl<'f> Walk<'f> {
    /// At octet `at` of a frame.
    #[inline]
    pub(super) fn new(octets: &'f [u8], at: usize) -> Self {
        Walk { cursor: Cursor::new(octets, at), path: Path::EMPTY, within_ip: false }
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
        self.cursor.fault(if self.within_ip { SkipReason::NotTcp } else { SkipReason::NotIp })
    }
}
