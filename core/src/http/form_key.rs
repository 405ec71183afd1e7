//! The form of a head as a key: what its record depends on, but names and secrets.
#![warn(clippy::indexing_slicing)]

use super::header::Span;
use super::names::NONE;
use super::{Head, Signatures};
use crate::form_bytes::FormBytes;

/// What heads of one form have in common, as bytes. Longer forms are none; those of browsers have about
/// 500 bytes.
#[derive(Debug)]
pub(crate) struct FormKey(FormBytes<1024>);

impl FormKey {
    pub(crate) const fn new() -> FormKey {
        FormKey(FormBytes::new())
    }

    /// The key of a head: kind, version, method, and of each header its name as it is spelled, whether it
    /// has a value, and that value where signatures and records look at it. Returns None if its form is
    /// longer than that of usual programs.
    #[inline]
    pub(crate) fn of(&mut self, head: &Head<'_>, signatures: &Signatures) -> Option<&[u8]> {
        self.0.clear();
        let (kind, bytes) = (head.kind(), head.reveal());
        let method = head.method();
        self.0.push(&[kind as u8, head.minor_version(), u8::try_from(method.len()).ok()?])?;
        self.0.push(method)?;
        let mut walk = head.walk();
        while let Some((name, value)) = walk.next() {
            let name = name.of(bytes);
            let number = signatures.names.number(name).unwrap_or(NONE);
            let counts = number != NONE && signatures.looks_at_value(kind, number);
            self.0.push(&[u8::try_from(name.len()).ok()?])?;
            self.0.push(name)?;
            self.push_value(value, bytes, counts)?;
        }
        self.0.get()
    }

    #[inline]
    fn push_value(&mut self, value: Span, head: &[u8], counts: bool) -> Option<()> {
        let value = value.of(head);
        if !counts {
            // Beyond every length.
            return self.0.push(&[0xff, u8::from(value.is_empty())]);
        }
        self.0.push(&(value.len() as u16).to_be_bytes())?;
        self.0.push(value)
    }
}
