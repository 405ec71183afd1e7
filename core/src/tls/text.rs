//! Fingerprints as text of a fixed length, and where long lists of numbers go.

use core::fmt;

use md5::digest::Digest;

use crate::ascii::Text;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A fingerprint: `LEN` characters of ASCII, kept in place.
///
/// [`Ja3`](super::Ja3) and [`Ja4`](super::Ja4) are such texts; the [module of TLS](super) has an example.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FixedText<const LEN: usize>([u8; LEN]);

impl<const LEN: usize> FixedText<LEN> {
    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Puts parts one after the other.
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        let mut text = [b'0'; LEN];
        let bytes = parts.iter().copied().flatten();
        for (place, &byte) in text.iter_mut().zip(bytes) {
            *place = if byte.is_ascii() { byte } else { b'?' };
        }
        FixedText(text)
    }

    /// The first half as many bytes in hexadecimal digits.
    #[inline]
    pub(super) fn hex(bytes: &[u8]) -> Self {
        let mut text = [b'0'; LEN];
        for (pair, &byte) in text.as_chunks_mut().0.iter_mut().zip(bytes) {
            *pair = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0x0f)]];
        }
        FixedText(text)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; LEN] {
        &self.0
    }
}

/// Zeros: the fingerprint of no hello.
impl<const LEN: usize> Default for FixedText<LEN> {
    fn default() -> Self {
        FixedText([b'0'; LEN])
    }
}

impl<const LEN: usize> fmt::Display for FixedText<LEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const LEN: usize> fmt::Debug for FixedText<LEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const LEN: usize> AsRef<str> for FixedText<LEN> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Numbers of 16 bits in four hexadecimal digits, with commas between.
#[inline]
pub(super) fn hex_list(out: &mut impl Text, mut numbers: impl Iterator<Item = u16>) {
    let digit = |number: u16, shift: u32| HEX[usize::from(number >> shift & 0x0f)];
    let digits = |number| [digit(number, 12), digit(number, 8), digit(number, 4), digit(number, 0)];
    if let Some(first) = numbers.next() {
        out.push_bytes(&digits(first));
    }
    for number in numbers {
        let [a, b, c, d] = digits(number);
        out.push_bytes(&[b',', a, b, c, d]);
    }
}

/// Numbers in decimal, with hyphens between.
#[inline]
pub(super) fn decimal_list(out: &mut impl Sink, numbers: impl Iterator<Item = u16>) {
    let mut hyphen = 0;
    for number in numbers {
        let (digits, len) = decimal(number);
        // The first number has no hyphen in front of it.
        out.push_word((digits << 8 | u64::from(b'-')) >> (8 * (1 - hyphen)), len + hyphen);
        hyphen = 1;
    }
}

/// The digits of a number, the first in the lowest byte, and how many they are. Without a branch:
/// how many digits comes next cannot be foreseen.
#[inline]
fn decimal(number: u16) -> (u64, usize) {
    // Each by itself: as a map over an array, the compiler makes calls and divisions of it.
    let a = number / 10_000;
    let b = number / 1000 - a * 10;
    let c = number / 100 - number / 1000 * 10;
    let d = number / 10 - number / 100 * 10;
    let e = number - number / 10 * 10;
    let all = u64::from_le_bytes([a as u8, b as u8, c as u8, d as u8, e as u8, 0, 0, 0]);
    let all = all + u64::from_le_bytes([b'0', b'0', b'0', b'0', b'0', 0, 0, 0]);
    let is_at_least = |power: u16| usize::from(number >= power);
    let len = 1 + is_at_least(10) + is_at_least(100) + is_at_least(1000) + is_at_least(10_000);
    (all >> (8 * (5 - len)), len)
}

/// Where lists go.
pub(super) trait Sink: Text {
    /// Appends the lowest `len` bytes of a word, the lowest first: at most eight.
    fn push_word(&mut self, word: u64, len: usize);
}

/// Text that goes to a hash, in pieces of some length: calls cost more than bytes.
pub(super) struct Hashed<D> {
    digest: D,
    piece: [u8; PIECE_LEN],
    len: usize,
}

/// Nearly all lists fit.
const PIECE_LEN: usize = 512;

impl<D: Digest> Hashed<D> {
    pub(super) fn new() -> Self {
        Hashed { digest: D::new(), piece: [0; PIECE_LEN], len: 0 }
    }

    /// The hash of all text.
    pub(super) fn finish(mut self) -> md5::digest::Output<D> {
        self.flush();
        self.digest.finalize()
    }

    fn flush(&mut self) {
        self.digest.update(self.piece.get(..self.len).unwrap_or_default());
        self.len = 0;
    }
}

impl<D: Digest> Text for Hashed<D> {
    #[inline(always)]
    fn push_bytes(&mut self, octets: &[u8]) {
        if self.len + octets.len() > PIECE_LEN {
            self.flush();
        }
        if let Some(place) = self.piece.get_mut(self.len..self.len + octets.len()) {
            place.copy_from_slice(octets);
            self.len += octets.len();
        }
    }
}

impl<D: Digest> Sink for Hashed<D> {
    #[inline(always)]
    fn push_word(&mut self, word: u64, len: usize) {
        if self.len + size_of::<u64>() > PIECE_LEN {
            self.flush();
        }
        // Eight bytes always, of which the next append writes over those that do not count.
        if let Some(place) = self.piece.get_mut(self.len..self.len + size_of::<u64>()) {
            place.copy_from_slice(&word.to_le_bytes());
            self.len += len;
        }
    }
}

/// Text that goes to a writer; what the writer said of it is kept.
pub(super) struct Written<'w, W> {
    pub(super) out: &'w mut W,
    pub(super) result: fmt::Result,
}

impl<W: fmt::Write> Sink for Written<'_, W> {
    fn push_word(&mut self, word: u64, len: usize) {
        self.push_bytes(word.to_le_bytes().get(..len).unwrap_or_default());
    }
}

impl<W: fmt::Write> Text for Written<'_, W> {
    fn push_bytes(&mut self, octets: &[u8]) {
        if self.result.is_ok() {
            self.result = self.out.write_str(str::from_utf8(octets).unwrap_or_default());
        }
    }
}
