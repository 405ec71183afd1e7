//! A field of a JSON object, found without keeping the others.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What a field holds, if it can hold a packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'r> {
    /// The bytes of an object.
    Object(&'r [u8]),
    Text(Cow<'r, str>),
}

/// The field at the end of the path; none where it is not there, is neither an object nor text, or
/// where the record is not JSON.
pub(super) fn find<'r>(record: &'r [u8], path: &[String]) -> Option<Part<'r>> {
    let mut bytes = record;
    for name in path {
        bytes = member(bytes, name)?.get().as_bytes();
    }
    let bytes = bytes.trim_ascii();
    match bytes.first()? {
        b'{' => Some(Part::Object(bytes)),
        b'"' => serde_json::from_slice::<Text<'_>>(bytes).ok().map(|text| Part::Text(text.0)),
        _ => None,
    }
}

/// Whether the record has such a field, whatever it holds.
pub(super) fn is_there(record: &[u8], name: &str) -> bool {
    member(record, name).is_some()
}

/// A text that is borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'r>(#[serde(borrow)] Cow<'r, str>);

/// A member of an object, if all of the object is JSON.
fn member<'r>(object: &'r [u8], name: &str) -> Option<&'r RawValue> {
    let mut json = serde_json::Deserializer::from_slice(object);
    let value = Member { name }.deserialize(&mut json).ok()?;
    json.end().ok()?;
    value
}

struct Member<'n> {
    name: &'n str,
}

impl<'r> DeserializeSeed<'r> for Member<'_> {
    type Value = Option<&'r RawValue>;

    fn deserialize<D: serde::Deserializer<'r>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'r> Visitor<'r> for Member<'_> {
    type Value = Option<&'r RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'r>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Text(name)) = map.next_key()? {
            if name == self.name {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
