//! Bytes in a row, up to a number that is known beforehand: what the keys of forms are made of.
#![warn(clippy::indexing_slicing)]

/// At most `MAX` bytes, made again and again in the same place.
pub(crate) struct FormBytes<const MAX: usize> {
    bytes: [u8; MAX],
    len: usize,
}

impl<const MAX: usize> FormBytes<MAX> {
    pub(crate) const fn new() -> FormBytes<MAX> {
        FormBytes { bytes: [0; MAX], len: 0 }
    }

    pub(crate) const fn clear(&mut self) {
        self.len = 0;
    }

    pub(crate) fn get(&self) -> Option<&[u8]> {
        self.bytes.get(..self.len)
    }

    /// Appends bytes. Returns None if they do not fit.
    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Option<()> {
        self.bytes.get_mut(self.len..self.len + bytes.len())?.copy_from_slice(bytes);
        self.len += bytes.len();
        Some(())
    }

    /// The place of the next bytes, up to the end; [`advance`](FormBytes::advance) appends what was
    /// written there.
    #[inline]
    pub(crate) fn free(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.len..).unwrap_or_default()
    }

    #[inline]
    pub(crate) const fn advance(&mut self, written: usize) {
        self.len += written;
    }
}

/// Without what a client says.
impl<const MAX: usize> core::fmt::Debug for FormBytes<MAX> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "<{} bytes>", self.len)
    }
}
