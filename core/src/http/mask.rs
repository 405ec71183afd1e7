//! Sets of names of headers.

/// A set of names: exact below 256 of them, above that a set that may hold more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mask([u64; 4]);

impl Mask {
    #[inline]
    pub(super) fn add(&mut self, number: u16) {
        let [a, b, c, d] = &mut self.0;
        let bit = 1 << (number % 64);
        *match number / 64 % 4 {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        } |= bit;
    }

    #[inline]
    pub(super) fn has(&self, number: u16) -> bool {
        let [a, b, c, d] = self.0;
        let word = match number / 64 % 4 {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        };
        word >> (number % 64) & 1 == 1
    }

    #[inline]
    pub(super) fn has_all(&self, other: &Mask) -> bool {
        self.0.iter().zip(&other.0).all(|(mine, others)| others & !mine == 0)
    }

    #[inline]
    pub(super) fn has_any(&self, other: &Mask) -> bool {
        self.0.iter().zip(&other.0).any(|(mine, others)| others & mine != 0)
    }
}
