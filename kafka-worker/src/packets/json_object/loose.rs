//! A JSON value of any type, of which only texts and whole numbers are kept.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use stackprint::forms::{Member, Value};

use super::super::bad_message::BadMessageKind;

/// What a field holds. A field of another kind of object may hold anything, so that its type is
/// looked at only when it is needed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Loose<'m> {
    /// Left out, or null.
    #[default]
    Absent,
    Text(Cow<'m, str>),
    /// From 0 up.
    Integer(u64),
    Other,
}

impl Loose<'_> {
    pub(super) fn is_there(&self) -> bool {
        *self != Loose::Absent
    }

    pub(super) fn text(
        &self,
        field: &'static str,
        expected: &'static str,
    ) -> Result<Option<&str>, BadMessageKind> {
        match self {
            Loose::Absent => Ok(None),
            Loose::Text(text) => Ok(Some(text)),
            Loose::Integer(_) | Loose::Other => Err(BadMessageKind::BadField { field, expected }),
        }
    }

    /// As a member of this name.
    pub(super) fn member(&self, name: &'static str) -> Option<Member<'_>> {
        let value = match self {
            Loose::Absent => return None,
            Loose::Text(text) => Value::Text(text),
            Loose::Integer(number) => Value::Integer(*number),
            Loose::Other => Value::Other,
        };
        Some(Member { name, value })
    }
}

impl<'de: 'm, 'm> Deserialize<'de> for Loose<'m> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'m> Visitor<'m> for LooseVisitor {
    type Value = Loose<'m>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Loose<'m>, E> {
        Ok(Loose::Absent)
    }

    fn visit_borrowed_str<E>(self, text: &'m str) -> Result<Loose<'m>, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose<'m>, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Loose<'m>, E> {
        Ok(Loose::Integer(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Loose<'m>, E> {
        Ok(u64::try_from(number).map_or(Loose::Other, Loose::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Loose<'m>, E> {
        Ok(Loose::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Loose<'m>, E> {
        Ok(Loose::Other)
    }

    /// tshark -T json has bytes as the first of a list, with their place after.
    fn visit_seq<A: SeqAccess<'m>>(self, mut list: A) -> Result<Loose<'m>, A::Error> {
        let first = list.next_element()?.unwrap_or(Loose::Other);
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }

    fn visit_map<A: MapAccess<'m>>(self, mut map: A) -> Result<Loose<'m>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }
}
