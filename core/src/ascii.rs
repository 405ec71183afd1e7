//! Short text made in place, without allocation and without the machinery of formatting.

/// More than the longest raw signature, in octets: 24 options of 5, all quirks, and the numbers.
pub(crate) const SIGNATURE_LEN: usize = 320;

/// Up to `CAPACITY` octets of ASCII; what does not fit is left out.
pub(crate) struct Ascii<const CAPACITY: usize = SIGNATURE_LEN> {
    octets: [u8; CAPACITY],
    len: usize,
}

impl<const CAPACITY: usize> Ascii<CAPACITY> {
    #[inline]
    pub(crate) fn new() -> Self {
        Ascii { octets: [0; CAPACITY], len: 0 }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, text: &str) {
        let end = self.len + text.len();
        if let Some(place) = self.octets.get_mut(self.len..end) {
            place.copy_from_slice(text.as_bytes());
            self.len = end;
        }
    }

    #[inline(always)]
    fn push_digit(&mut self, digit: u16) {
        if let Some(place) = self.octets.get_mut(self.len) {
            *place = b'0' + digit as u8;
            self.len += 1;
        }
    }

    /// A number in decimal.
    #[inline]
    pub(crate) fn push_number(&mut self, number: impl Into<u16>) {
        let number = number.into();
        for power in [10_000, 1000, 100, 10] {
            if number >= power {
                self.push_digit(number / power % 10);
            }
        }
        self.push_digit(number % 10);
    }

    #[inline]
    pub(crate) fn as_octets(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
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
