//! Pieces of p0f's notation that observations and signatures share.

use core::fmt;
use core::str::FromStr;

use crate::ascii::{Ascii, SIGNATURE_LEN, Text};
use crate::parse_error::{Expected, ParseError};
use crate::wire::{OptionLayout, kind};

/// Fields of a raw signature and of a database's signature.
const FIELD_COUNT: usize = 8;

/// The eight fields of `ver:ittl:olen:mss:wsize,scale:olayout:quirks:pclass`.
pub(crate) struct Fields<'t> {
    texts: [&'t str; FIELD_COUNT],
}

impl<'t> Fields<'t> {
    /// `None` if there are not exactly eight.
    pub(crate) fn split(text: &'t str) -> Option<Fields<'t>> {
        let mut texts = [""; FIELD_COUNT];
        let mut parts = text.split(':');
        for place in &mut texts {
            *place = parts.next()?;
        }
        parts.next().is_none().then_some(Fields { texts })
    }

    pub(crate) fn text(&self, field: usize) -> &'t str {
        self.texts.get(field).copied().unwrap_or_default()
    }

    /// Offset of a field in the whole text, in bytes.
    pub(crate) fn offset(&self, field: usize) -> usize {
        self.texts.iter().take(field).map(|text| text.len() + 1).sum()
    }
}

/// p0f's words for option kinds, as they are read; every other kind is `?N`.
const OPTION_WORDS: [(u8, &str); 6] = [
    (kind::NOP, "nop"),
    (kind::MSS, "mss"),
    (kind::WINDOW_SCALE, "ws"),
    (kind::SACK_PERMITTED, "sok"),
    (kind::SACK, "sack"),
    (kind::TIMESTAMPS, "ts"),
];

/// Writes `mss,sok,ts,nop,ws`, `mss,nop,eol+1`, `?34`.
pub(crate) fn write_layout(to: &mut impl Text, layout: &OptionLayout) {
    let last = layout.kinds().len().saturating_sub(1);
    for (index, &kind) in layout.kinds().iter().enumerate() {
        if index > 0 {
            to.push(",");
        }
        match kind {
            kind::NOP => to.push("nop"),
            kind::MSS => to.push("mss"),
            kind::WINDOW_SCALE => to.push("ws"),
            kind::SACK_PERMITTED => to.push("sok"),
            kind::SACK => to.push("sack"),
            kind::TIMESTAMPS => to.push("ts"),
            // No packet has an end before its last option, but a signature may ask for it.
            kind::END if index == last => {
                to.push("eol+");
                to.push_number(layout.end_padding());
            }
            other => {
                to.push("?");
                to.push_number(other);
            }
        }
    }
}

/// p0f's words, `mss,sok,ts,nop,ws`.
impl fmt::Display for OptionLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Ascii::<SIGNATURE_LEN>::new();
        write_layout(&mut text, self);
        f.write_str(text.as_str())
    }
}

/// Reads what [`Display`](fmt::Display) writes.
impl FromStr for OptionLayout {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<OptionLayout, ParseError> {
        parse_layout(text).map_err(|at| ParseError::at(at, Expected::Layout))
    }
}

/// How the notation says whether there is payload.
pub(crate) const fn payload_word(has_payload: bool) -> &'static str {
    if has_payload { "+" } else { "0" }
}

/// Reads what [`write_layout`] writes; a trailing comma is accepted, as p0f does.
///
/// The error is the offset of the word that is wrong, in bytes.
pub(crate) fn parse_layout(text: &str) -> Result<OptionLayout, usize> {
    let mut layout = OptionLayout::EMPTY;
    let mut at = 0;
    let mut ended = false;
    for part in text.split_inclusive(',') {
        let word = part.strip_suffix(',').unwrap_or(part);
        let kind = option_kind(word, &mut layout).filter(|_| !ended).ok_or(at)?;
        ended = kind == kind::END && word.starts_with("eol");
        if !layout.push(kind) {
            return Err(at);
        }
        at += part.len();
    }
    Ok(layout)
}

/// The kind that a word stands for; `eol+N` also sets the padding.
fn option_kind(word: &str, layout: &mut OptionLayout) -> Option<u8> {
    if let Some((kind, _)) = OPTION_WORDS.iter().find(|(_, known)| *known == word) {
        return Some(*kind);
    }
    if let Some(padding) = word.strip_prefix("eol+") {
        layout.set_end_padding(number(padding)?);
        return Some(kind::END);
    }
    number(word.strip_prefix('?')?)
}

/// A decimal number in a signature; p0f reads an empty field as 0, and knows no sign.
pub(crate) fn number<N: core::str::FromStr + Default>(text: &str) -> Option<N> {
    if text.is_empty() { Some(N::default()) } else { decimal(text) }
}

/// A decimal number; unlike the standard library's, without a sign.
pub(crate) fn decimal<N: core::str::FromStr>(text: &str) -> Option<N> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The usual length of an option in bytes; 2 for kinds that say nothing of it.
pub(crate) const fn usual_len(kind: u8) -> u16 {
    match kind {
        kind::END | kind::NOP => 1,
        kind::MSS => 4,
        kind::WINDOW_SCALE => 3,
        kind::SACK_PERMITTED => 2,
        kind::TIMESTAMPS | kind::SACK => 10,
        _ => 2,
    }
}
