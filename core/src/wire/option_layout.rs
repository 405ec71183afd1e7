//! Which TCP options a segment has, in order.

/// Option kinds (RFC 9293, RFC 7323, RFC 2018; registry: IANA "TCP Option Kind Numbers").
pub(crate) mod kind {
    pub(crate) const END: u8 = 0;
    pub(crate) const NOP: u8 = 1;
    pub(crate) const MSS: u8 = 2;
    pub(crate) const WINDOW_SCALE: u8 = 3;
    pub(crate) const SACK_PERMITTED: u8 = 4;
    pub(crate) const SACK: u8 = 5;
    pub(crate) const TIMESTAMPS: u8 = 8;
}

/// A TCP header has at most 60 octets, 20 of which are no options (RFC 9293).
pub(crate) const MAX_OPTIONS_LEN: usize = 40;
/// The kinds of a segment's options in order, and the octets of padding after the end of the list.
///
/// At most [`OptionLayout::MAX`] kinds; unused places are zero, so that equality and hashing may
/// look at the whole array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OptionLayout {
    kinds: [u8; OptionLayout::MAX],
    len: u8,
    /// Octets after an end-of-list option.
    end_padding: u8,
}

impl OptionLayout {
    /// More options than this are not recorded (p0f's bound).
    pub const MAX: usize = 24;

    pub(crate) const EMPTY: OptionLayout =
        OptionLayout { kinds: [0; OptionLayout::MAX], len: 0, end_padding: 0 };

    /// The option kinds, in order.
    #[must_use]
    #[inline]
    pub fn kinds(&self) -> &[u8] {
        self.kinds.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Octets after an end-of-list option; 0 without one.
    #[must_use]
    pub const fn end_padding(&self) -> u8 {
        self.end_padding
    }

    /// Whether the two list the same kinds in the same order, whatever their padding.
    #[inline]
    pub(crate) fn same_kinds(&self, other: &OptionLayout) -> bool {
        self.len == other.len && self.kinds == other.kinds
    }

    /// Appends a kind; `false` when the layout is full.
    #[must_use]
    #[inline]
    pub(crate) fn push(&mut self, kind: u8) -> bool {
        match self.kinds.get_mut(usize::from(self.len)) {
            Some(place) => {
                *place = kind;
                self.len += 1;
                true
            }
            None => false,
        }
    }

    pub(crate) fn set_end_padding(&mut self, bytes: u8) {
        self.end_padding = bytes;
    }

    /// A hash of the kinds and their number: two multiply-and-fold steps over the array as words.
    #[inline]
    pub(crate) fn kinds_hash(&self) -> u32 {
        const ODD_1: u64 = 0x9e37_79b9_7f4a_7c15;
        const ODD_2: u64 = 0xd6e8_feb8_6659_fd93;
        let [a, b, c] = self.words();
        let fold = |word: u64, by: u64| {
            let product = u128::from(word) * u128::from(by);
            (product as u64) ^ ((product >> 64) as u64)
        };
        let hash = fold(a ^ u64::from(self.len).wrapping_mul(ODD_2), ODD_1);
        let hash = fold(hash ^ b, ODD_2);
        let hash = fold(hash ^ c, ODD_1);
        (hash ^ (hash >> 32)) as u32
    }

    /// How many kinds there are.
    #[inline]
    pub(crate) fn len(&self) -> u8 {
        self.len
    }

    /// The kinds as words, first kinds in low octets.
    #[inline]
    pub(crate) fn words(&self) -> [u64; 3] {
        let mut words = [0; 3];
        for (word, bytes) in words.iter_mut().zip(self.kinds.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        words
    }
}
