//! Why a frame was not read further: a closed, countable set, with a position.

use core::fmt;

use crate::word_enum::word_enum;

/// Why a frame says nothing about a TCP stack, and where in it that was seen.
///
/// ```
/// use stackprint::{Carried, Frame, LinkType, SkipReason, observe};
///
/// // A frame of ARP.
/// let frame = [[0xff; 6].as_slice(), &[2; 6], &[0x08, 0x06], &[0; 28]].concat();
/// let skip = observe(&Frame::new(LinkType::ETHERNET, &frame)).unwrap_err();
/// assert_eq!(skip.reason, SkipReason::NotIp);
/// assert_eq!(skip.carried, Some(Carried::EtherType(0x0806)));
/// assert_eq!(skip.to_string(), "not_ip at byte 14");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Skip {
    /// The cause, for counting.
    pub reason: SkipReason,
    /// Offset in bytes from the start of the frame of the header that caused it.
    pub at: usize,
    /// What the frame announced there, where that is what could not be opened: only with
    /// [`SkipReason::NotIp`] and [`SkipReason::NotTcp`].
    pub carried: Option<Carried>,
    /// It is of a subframe of an aggregate, and others follow.
    pub(crate) more_follow: bool,
}

/// What the innermost header that could be read announces, and this library does not open.
///
/// [`Skip::carried`] has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Carried {
    /// An EtherType.
    EtherType(u16),
    /// A protocol number of IP.
    Protocol(u8),
    /// UDP between these ports.
    Udp {
        /// Of the sender.
        source: u16,
        /// Of the receiver.
        destination: u16,
    },
}

impl Skip {
    /// A skip for `reason` at byte `at` of the frame, of nothing that has a number.
    #[must_use]
    #[cold]
    pub const fn new(reason: SkipReason, at: usize) -> Self {
        Skip { reason, at, carried: None, more_follow: false }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.at)
    }
}

impl core::error::Error for Skip {}

word_enum! {
    /// The causes for which a frame is passed over. Indexable: `reason as usize` is below
    /// [`SkipReason::COUNT`].
    ///
    /// [`Skip::reason`] has it.
    SkipReason {
        /// The capture's link type is one that this library cannot open.
        UnknownLinkType = "unknown_link_type",
        /// The link layer carries something other than IP.
        NotIp = "not_ip",
        /// IP carries something other than TCP, and no tunnel that leads to TCP.
        NotTcp = "not_tcp",
        /// The frame ends before the headers do: cut by the snap length, or sent short.
        CutShort = "cut_short",
        /// An IP or TCP header contradicts itself (version, header length, total length).
        BadHeader = "bad_header",
        /// A fragment that does not hold the whole TCP header.
        Fragment = "fragment",
        /// Flags that no stack sends (SYN with FIN or RST, FIN with RST, none of the four).
        BadFlags = "bad_flags",
        /// Neither SYN nor SYN+ACK; only stateless use reports it.
        NotHandshake = "not_handshake",
        /// More encapsulations than this library follows.
        TooDeep = "too_deep",
        /// Kept out by the user's filter.
        Filtered = "filtered",
    }
}
