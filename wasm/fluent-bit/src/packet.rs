//! From the values of an event to a frame.
#![forbid(unsafe_code)]

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use stackprint::{Frame, LinkType, Timestamp};

use crate::event::{Coding, Found, Numbering, Places};
use crate::json::{Value, resolved};
use crate::time;

/// Some libraries leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// As captures have it.
const MAX_FRAME_BYTES: usize = 262_144;
/// Longer texts are not decoded: no frame needs more, even where some of it is escaped.
const MAX_TEXT_BYTES: usize = 4 * MAX_FRAME_BYTES;

/// A packet that is there, and cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadField {
    /// The member to blame.
    pub(crate) field: &'static str,
}

/// Memory that is used again for each event.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    bytes: Vec<u8>,
    unescaped: Vec<u8>,
}

impl Places<'_> {
    /// The frame; at `event_time`, if its packet does not say one.
    pub(crate) fn frame<'s>(
        &self,
        event_time: Timestamp,
        scratch: &'s mut Scratch,
    ) -> Result<Frame<'s>, BadField> {
        let Scratch { bytes, unescaped } = scratch;
        let time = self.time(unescaped)?.unwrap_or(event_time);
        let link_type = self.link_type(unescaped)?.unwrap_or(LinkType::ETHERNET);
        let wire_len = read(self.wire_len, unescaped, number)?;
        let (field, value) = self.bytes;
        let is_read = text(value, unescaped).is_some_and(|text| self.coding.decode(text, bytes));
        if !is_read || bytes.len() > MAX_FRAME_BYTES {
            return Err(BadField { field });
        }
        let bytes = bytes.as_slice();
        // A length below what is there is a slip of the sender, and no reason to lose the packet.
        let wire_len = wire_len.and_then(|len| usize::try_from(len).ok()).unwrap_or_default();
        Ok(Frame::new(link_type, bytes).at(time).with_wire_len(wire_len.max(bytes.len())))
    }

    fn time(&self, unescaped: &mut Vec<u8>) -> Result<Option<Timestamp>, BadField> {
        read(self.time, unescaped, |text| match self.time.map(|(field, _)| field) {
            Some("ts") => time::of_nanos(text).or_else(|| time::of_date(text)),
            Some("timestamp") => time::of_millis(text).or_else(|| time::of_date(text)),
            _ => time::of_seconds(text).or_else(|| time::of_date(text)),
        })
    }

    fn link_type(&self, unescaped: &mut Vec<u8>) -> Result<Option<LinkType>, BadField> {
        read(self.link_type, unescaped, |text| match self.numbering {
            Numbering::LinkType => text.parse().ok(),
            Numbering::Wiretap => LinkType::from_wiretap(number(text)?),
        })
    }
}

impl Coding {
    /// Replaces what is in `to` by what the text stands for.
    fn decode(self, text: &[u8], to: &mut Vec<u8>) -> bool {
        to.clear();
        match self {
            Coding::Base64 => BASE64.decode_vec(text, to).is_ok(),
            Coding::Hex => {
                to.resize(text.len() / 2, 0);
                hex::decode_to_slice(text, to).is_ok()
            }
        }
    }
}

/// A value that may be absent, but not otherwise than `parse` has it. Numbers may be texts.
fn read<T>(
    found: Found<'_>,
    unescaped: &mut Vec<u8>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, BadField> {
    let Some((field, value)) = found else { return Ok(None) };
    let text = match value {
        Value::Word(word) => Some(word),
        other => text(other, unescaped),
    };
    let parsed = text.and_then(|text| str::from_utf8(text).ok()).and_then(parse);
    parsed.map(Some).ok_or(BadField { field })
}

fn text<'t>(value: Value<'t>, unescaped: &'t mut Vec<u8>) -> Option<&'t [u8]> {
    match value {
        Value::Text(text) if text.len() <= MAX_TEXT_BYTES => Some(resolved(text, unescaped)),
        _ => None,
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}
