//! Short text made in place, without allocation and without the machinery of formatting.

/// More than the longest raw signature, in bytes: 24 options of 5, all quirks, and the numbers.
pub(crate) const SIGNATURE_LEN: usize = 320;

/// Up to `CAPACITY` bytes of ASCII; what does not fit is left out.
pub(crate) struct Ascii<const CAPACITY: usize> {
    bytes: [u8; CAPACITY],
    len: usize,
}

/// Where short texts are put together.
pub(crate) trait Text {
    /// Appends ASCII.
    fn push_bytes(&mut self, bytes: &[u8]);

    #[inline(always)]
    fn push(&mut self, text: &str) {
        self.push_bytes(text.as_bytes());
    }

    /// A number in decimal.
    #[inline]
    fn push_number(&mut self, number: impl Into<u16>) {
        let number = number.into();
        let digit = |power: u16| b'0' + (number / power % 10) as u8;
        // One append of a known length each.
        match number {
            0..10 => self.push_bytes(&[digit(1)]),
            10..100 => self.push_bytes(&[10, 1].map(digit)),
            100..1000 => self.push_bytes(&[100, 10, 1].map(digit)),
            1000..10_000 => self.push_bytes(&[1000, 100, 10, 1].map(digit)),
            10_000.. => self.push_bytes(&[10_000, 1000, 100, 10, 1].map(digit)),
        }
    }
}

impl<const CAPACITY: usize> Text for Ascii<CAPACITY> {
    #[inline(always)]
    fn push_bytes(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if let Some(place) = self.bytes.get_mut(self.len..end) {
            place.copy_from_slice(bytes);
            self.len = end;
        }
    }
}

impl<const CAPACITY: usize> Ascii<CAPACITY> {
    #[inline]
    pub(crate) fn new() -> Self {
        Ascii { bytes: [0; CAPACITY], len: 0 }
    }

    #[inline]
    pub(crate) fn as_octets(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_octets()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal() {
        for number in 0..=u16::MAX {
            let mut ascii = Ascii::<5>::new();
            ascii.push_number(number);
            assert_eq!(ascii.as_str(), number.to_string());
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut ascii = Ascii::<12>::new();
        for _ in 0..100 {
            ascii.push("12345");
        }
        assert_eq!(ascii.as_str(), "1234512345");
    }
}
