//! Which TCP options a segment has, in order.

use crate::field::Field;
use crate::parse_error::{Expected, ParseError};

/// Option kinds (RFC 9293, RFC 7323, RFC 2018; registry: IANA "TCP Option Kind Numbers").
pub mod kind {
    /// End of the option list.
    pub const END: u8 = 0;
    /// No operation, used for alignment.
    pub const NOP: u8 = 1;
    /// Maximum segment size.
    pub const MSS: u8 = 2;
    /// Window scale.
    pub const WINDOW_SCALE: u8 = 3;
    /// Selective acknowledgments are permitted.
    pub const SACK_PERMITTED: u8 = 4;
    /// Selective acknowledgments.
    pub const SACK: u8 = 5;
    /// Timestamps.
    pub const TIMESTAMPS: u8 = 8;
}

/// A TCP header has at most 60 octets, 20 of which are no options (RFC 9293).
pub(crate) const MAX_OPTIONS_LEN: usize = 40;
/// The kinds of a segment's options in order, and the octets of padding after the end of the list.
///
/// At most [`OptionLayout::MAX`] kinds; unused places are zero, so that equality and hashing may
/// look at the whole array.
///
/// [`Display`](core::fmt::Display) and [`FromStr`](core::str::FromStr) use p0f's words.
///
/// ```
/// use stackprint::{OptionLayout, option_kind};
///
/// let layout = OptionLayout::from([2, 4, 8, option_kind::NOP, 3]);
/// assert_eq!(layout.to_string(), "mss,sok,ts,nop,ws");
/// assert_eq!("mss,sok,ts,nop,ws".parse(), Ok(layout));
/// // Of a length that is known only at run time, and with bytes of padding after the end.
/// assert_eq!(OptionLayout::new(&[2, 0], 1)?.to_string(), "mss,eol+1");
/// assert!(OptionLayout::try_from(&[1; 25][..]).is_err());
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

    /// The layout of these kinds, in order, with `end_padding` bytes after the last of them.
    ///
    /// # Errors
    ///
    /// If there are more than [`OptionLayout::MAX`], or padding without an end-of-list option
    /// before it.
    pub fn new(kinds: &[u8], end_padding: u8) -> Result<OptionLayout, ParseError> {
        let mut layout = OptionLayout { end_padding, ..OptionLayout::EMPTY };
        let fits = kinds.iter().all(|&kind| layout.push(kind));
        let ends = kinds.last() == Some(&kind::END);
        match fits && (ends || end_padding == 0) {
            true => Ok(layout),
            false => Err(ParseError::of_field(Field::Layout, Expected::Layout)),
        }
    }

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

/// No options.
impl Default for OptionLayout {
    fn default() -> OptionLayout {
        OptionLayout::EMPTY
    }
}

/// Kinds in order, without padding. More than [`OptionLayout::MAX`] do not compile.
impl<const COUNT: usize> From<[u8; COUNT]> for OptionLayout {
    fn from(kinds: [u8; COUNT]) -> OptionLayout {
        const { assert!(COUNT <= OptionLayout::MAX, "a layout has room for 24 kinds") };
        let mut layout = OptionLayout::EMPTY;
        for kind in kinds {
            let _ = layout.push(kind);
        }
        layout
    }
}

/// Kinds in order, without padding.
impl TryFrom<&[u8]> for OptionLayout {
    type Error = ParseError;

    fn try_from(kinds: &[u8]) -> Result<OptionLayout, ParseError> {
        OptionLayout::new(kinds, 0)
    }
}
