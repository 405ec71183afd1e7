//! The form of a head as a key: what its record depends on, but names and secrets.
#![warn(clippy::indexing_slicing)]

use super::header::Span;
use super::names::NONE;
use super::{Head, Signatures};

/// What heads of one form have in common, as bytes. Made again and again in the same place.
pub(crate) struct FormKey {
    bytes: [u8; FormKey::MAX_LEN],
    len: usize,
}

impl FormKey {
    /// Longer ones are none. Those of browsers have about 500 bytes.
    const MAX_LEN: usize = 1024;

    pub(crate) const fn new() -> FormKey {
        FormKey { bytes: [0; FormKey::MAX_LEN], len: 0 }
    }

    /// The key of a head: kind, version, method, and of each header its name as it is spelled, whether it
    /// has a value, and that value where signatures and records look at it. Returns None if its form is
    /// longer than that of usual programs.
    #[inline]
    pub(crate) fn of(&mut self, head: &Head<'_>, signatures: &Signatures) -> Option<&[u8]> {
        self.len = 0;
        let (kind, bytes) = (head.kind(), head.reveal());
        let method = head.method();
        self.push(&[kind as u8, head.minor_version(), u8::try_from(method.len()).ok()?])?;
        self.push(method)?;
        let mut walk = head.walk();
        while let Some((name, value)) = walk.next() {
            let name = name.of(bytes);
            let number = signatures.names.number(name).unwrap_or(NONE);
            let counts = number != NONE && signatures.looks_at_value(kind, number);
            self.push(&[u8::try_from(name.len()).ok()?])?;
            self.push(name)?;
            self.push_value(value, bytes, counts)?;
        }
        self.bytes.get(..self.len)
    }

    #[inline]
    fn push_value(&mut self, value: Span, head: &[u8], counts: bool) -> Option<()> {
        let value = value.of(head);
        if !counts {
            // Beyond every length.
            return self.push(&[0xff, u8::from(value.is_empty())]);
        }
        self.push(&(value.len() as u16).to_be_bytes())?;
        self.push(value)
    }

    #[inline]
    fn push(&mut self, bytes: &[u8]) -> Option<()> {
        self.bytes.get_mut(self.len..self.len + bytes.len())?.copy_from_slice(bytes);
        self.len += bytes.len();
        Some(())
    }
}

/// Without what a client says.
impl core::fmt::Debug for FormKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "<{} bytes>", self.len)
    }
}
