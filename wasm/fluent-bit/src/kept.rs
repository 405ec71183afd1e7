//! Values of members that may belong to a packet.
#![forbid(unsafe_code)]

use std::borrow::Cow;

use stackprint::forms::{MAX_FRAME_BYTES, Member, Value};

use crate::json::{self, resolved};

/// Longer texts are not kept: no frame needs more, even where some of it is escaped.
const MAX_TEXT_BYTES: usize = 4 * MAX_FRAME_BYTES;

/// A value that is there; null is as good as none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept<'j> {
    Text(Cow<'j, str>),
    /// A number, `true` or `false`, as it is written.
    Word(&'j str),
    Other,
}

impl<'j> Kept<'j> {
    pub(crate) fn new(value: json::Value<'j>) -> Option<Kept<'j>> {
        let kept = match value {
            json::Value::Null => return None,
            json::Value::Text(text) if text.len() <= MAX_TEXT_BYTES => {
                unescaped(text).map(Kept::Text)
            }
            json::Value::Word(word) => str::from_utf8(word).ok().map(Kept::Word),
            json::Value::Text(_) | json::Value::Nested => None,
        };
        Some(kept.unwrap_or(Kept::Other))
    }

    /// As a member of this name, whose number may have decimals.
    pub(crate) fn member(&self, name: &'static str) -> Member<'_> {
        let value = match self {
            Kept::Text(text) => Value::Text(text),
            Kept::Word(word) => Value::Text(word),
            Kept::Other => Value::Other,
        };
        Member { name, value }
    }

    /// As a member of this name that has to be text.
    pub(crate) fn text(&self, name: &'static str) -> Member<'_> {
        match self {
            Kept::Text(_) => self.member(name),
            Kept::Word(_) | Kept::Other => Member { name, value: Value::Other },
        }
    }
}

fn unescaped(text: &[u8]) -> Option<Cow<'_, str>> {
    let mut to = Vec::new();
    match resolved(text, &mut to) {
        same if same.len() == text.len() => str::from_utf8(text).ok().map(Cow::Borrowed),
        _ => String::from_utf8(to).ok().map(Cow::Owned),
    }
}
