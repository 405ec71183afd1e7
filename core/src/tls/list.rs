//! The lists of a hello, read where they lie.
#![warn(clippy::indexing_slicing)]

use super::is_grease;

/// Numbers of 16 bits, in the order in which they were sent.
///
/// [`ClientHello::cipher_suites`](super::ClientHello::cipher_suites) and other lists are of this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numbers<'h>(pub(super) &'h [u8]);

impl<'h> Numbers<'h> {
    pub(super) const fn as_bytes(self) -> &'h [u8] {
        self.0
    }

    /// All of them, GREASE included.
    pub fn iter(self) -> impl ExactSizeIterator<Item = u16> + Clone + 'h {
        let (numbers, _) = self.0.as_chunks();
        numbers.iter().copied().map(u16::from_be_bytes)
    }

    /// Those that are not GREASE (RFC 8701).
    pub fn without_grease(self) -> impl Iterator<Item = u16> + Clone + 'h {
        self.iter().filter(|&number| !is_grease(number))
    }

    /// How many there are, GREASE included.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.len() / 2
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether a number is among them.
    #[must_use]
    pub fn contains(self, number: u16) -> bool {
        self.iter().any(|other| other == number)
    }
}

/// One extension of a hello.
///
/// [`ClientHello::extensions`](super::ClientHello::extensions) lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension<'h> {
    /// Its type; [`extension`](super::extension) names those in use.
    pub number: u16,
    /// What it holds.
    pub body: &'h [u8],
}

/// The extensions of a hello, in the order in which they were sent.
///
/// [`ClientHello::extensions`](super::ClientHello::extensions) returns them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extensions<'h>(pub(super) &'h [u8]);

impl Extensions<'_> {
    /// Whether the last one ends where the list does.
    pub(super) fn is_filled(mut self) -> bool {
        while self.next().is_some() {}
        self.0.is_empty()
    }
}

impl<'h> Iterator for Extensions<'h> {
    type Item = Extension<'h>;

    #[inline]
    fn next(&mut self) -> Option<Extension<'h>> {
        let (&[a, b, len_high, len_low], rest) = self.0.split_first_chunk()?;
        let len = usize::from(u16::from_be_bytes([len_high, len_low]));
        let (body, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some(Extension { number: u16::from_be_bytes([a, b]), body })
    }
}

/// The protocols of ALPN (RFC 7301), in the client's order of preference.
///
/// [`ClientHello::protocols`](super::ClientHello::protocols) returns them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Protocols<'h>(pub(super) &'h [u8]);

impl<'h> Protocols<'h> {
    pub(super) const fn as_bytes(self) -> &'h [u8] {
        self.0
    }
}

impl<'h> Iterator for Protocols<'h> {
    type Item = &'h [u8];

    #[inline]
    fn next(&mut self) -> Option<&'h [u8]> {
        let (&len, rest) = self.0.split_first()?;
        let (protocol, rest) = rest.split_at_checked(usize::from(len))?;
        self.0 = rest;
        Some(protocol)
    }
}

/// One key share of TLS 1.3 (RFC 8446 section 4.2.8).
///
/// [`ClientHello::key_shares`](super::ClientHello::key_shares) lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyShare<'h> {
    /// Its group; [`group`](super::group) names those in use.
    pub group: u16,
    /// The public key.
    pub key: &'h [u8],
}

/// The key shares of a hello, in the client's order of preference.
///
/// [`ClientHello::key_shares`](super::ClientHello::key_shares) returns them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyShares<'h>(pub(super) &'h [u8]);

impl<'h> Iterator for KeyShares<'h> {
    type Item = KeyShare<'h>;

    #[inline]
    fn next(&mut self) -> Option<KeyShare<'h>> {
        // A group and a length, as an extension has a type and a length.
        let mut list = Extensions(self.0);
        let Extension { number: group, body: key } = list.next()?;
        self.0 = list.0;
        Some(KeyShare { group, key })
    }
}
