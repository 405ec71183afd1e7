//! The cursor of a walk: a position in a frame that only moves forward. Every header is taken here,
//! and why one could not be is decided only here.

use crate::skip::{Skip, SkipReason};

/// Where the walk through a frame stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'f> {
    /// The frame from its first byte, without what a length field put outside the packet.
    bytes: &'f [u8],
    /// The next byte to be read. Never beyond the end of `bytes`.
    at: usize,
    /// Where the header that is being read began.
    header: usize,
    /// Where the packet ends according to the length fields so far. Beyond the end of `bytes`
    /// where the capture cut the frame, and `usize::MAX` before the first length field.
    end: usize,
    /// The packet is the first of several fragments: it ends early, and rightly so.
    fragment: bool,
    /// Other subframes of an aggregate follow the one that is being read.
    more_follow: bool,
}

impl<'f> Cursor<'f> {
    /// At byte `at` of a frame, or at its end where the frame is shorter.
    #[inline]
    pub(super) fn new(bytes: &'f [u8], at: usize) -> Self {
        let at = at.min(bytes.len());
        Cursor { bytes, at, header: at, end: usize::MAX, fragment: false, more_follow: false }
    }

    /// The offset in bytes from the start of the frame.
    #[inline]
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What was captured of the packet from here on.
    #[inline]
    pub(super) fn rest(&self) -> &'f [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next byte, left where it is.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next `N` bytes, left where they are.
    #[inline]
    pub(super) fn peek_chunk<const N: usize>(&self) -> Option<&'f [u8; N]> {
        self.rest().first_chunk()
    }

    /// A new header begins here: errors name this offset until the next call.
    #[inline]
    pub(super) fn begin_header(&mut self) {
        self.header = self.at;
    }

    /// Takes the next `N` bytes.
    #[inline]
    pub(super) fn take<const N: usize>(&mut self) -> Result<&'f [u8; N], Skip> {
        match self.rest().first_chunk() {
            Some(chunk) => {
                self.at += N;
                Ok(chunk)
            }
            None => Err(self.ends_within(N)),
        }
    }

    /// Takes one byte.
    #[inline]
    pub(super) fn take_u8(&mut self) -> Result<u8, Skip> {
        self.take::<1>().map(|&[byte]| byte)
    }

    /// Takes 16 bits in network order.
    #[inline]
    pub(super) fn take_u16(&mut self) -> Result<u16, Skip> {
        self.take().map(|&bytes| u16::from_be_bytes(bytes))
    }

    /// Takes 32 bits in network order.
    #[inline]
    pub(super) fn take_u32(&mut self) -> Result<u32, Skip> {
        self.take().map(|&bytes| u32::from_be_bytes(bytes))
    }

    /// Passes over `len` bytes.
    #[inline]
    pub(super) fn skip(&mut self, len: usize) -> Result<(), Skip> {
        if len > self.rest().len() {
            return Err(self.ends_within(len));
        }
        self.at += len;
        Ok(())
    }

    /// A length field says that the packet ends `len` bytes from here.
    ///
    /// What was captured beyond is padding. A length beyond the capture is believed, and one
    /// beyond an outer length field is not.
    #[inline]
    pub(super) fn limit(&mut self, len: usize) {
        self.end = self.end.min(self.at.saturating_add(len));
        if let Some(within) = self.bytes.get(..self.end) {
            self.bytes = within;
        }
    }

    /// The packet is a first fragment: headers that do not fit into it are nobody's fault.
    #[inline]
    pub(super) fn set_fragment(&mut self) {
        self.fragment = true;
    }

    /// Whether other subframes follow: errors say so.
    pub(super) fn set_more_follow(&mut self, more_follow: bool) {
        self.more_follow = more_follow;
    }

    /// The header here needs `len` bytes, and they are not there: cut by the capture, in a later
    /// fragment, or denied by a length field.
    #[cold]
    pub(super) fn ends_within(&self, len: usize) -> Skip {
        let denied = self.at.saturating_add(len) > self.end;
        self.fault(match (denied, self.fragment) {
            (true, true) => SkipReason::Fragment,
            (true, false) => SkipReason::BadHeader,
            (false, _) => SkipReason::CutShort,
        })
    }

    /// Something is wrong with the header that is being read.
    #[cold]
    pub(super) fn fault(&self, reason: SkipReason) -> Skip {
        Skip { more_follow: self.more_follow, ..Skip::new(reason, self.header) }
    }
}
