//! Packets in JSON: an object, a list of objects, or objects one after the other.

use std::fmt;

use serde::Deserialize as _;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use stackprint::Frame;

use super::bad_message::{BadMessage, BadMessageKind};
use super::json_object::{Object, ObjectKind};
use super::message::PacketMeta;
use super::out::Out;

/// JSON without the byte-order mark that some writers put before it, against RFC 8259 section 8.1.
pub(super) fn without_mark(value: &[u8]) -> &[u8] {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    value.strip_prefix(MARK).unwrap_or(value)
}

/// Packets of this kind; without one, told apart by their keys.
pub(super) fn decode<F: FnMut(Frame<'_>, PacketMeta<'_>)>(
    value: &[u8],
    kind: Option<ObjectKind>,
    bytes: &mut Vec<u8>,
    out: &mut Out<F>,
) -> Result<(), BadMessage> {
    let mut json = serde_json::Deserializer::from_slice(value);
    let mut packets = Packets { kind, bytes, out, bad: None };
    while json.end().is_err() {
        if let Err(error) = packets.by_ref().deserialize(&mut json) {
            let kind = packets.bad.take().unwrap_or_else(|| of_category(error.classify()));
            return Err(kind.at(offset(value, error.line(), error.column())));
        }
    }
    Ok(())
}

fn of_category(category: Category) -> BadMessageKind {
    match category {
        // There is no I/O in reading bytes.
        Category::Syntax | Category::Io => BadMessageKind::JsonSyntax,
        Category::Eof => BadMessageKind::JsonCut,
        Category::Data => BadMessageKind::JsonShape,
    }
}

/// Lines count from 1, columns from 0 with what was read of the line.
fn offset(value: &[u8], line: usize, column: usize) -> usize {
    let lines = value.split_inclusive(|&byte| byte == b'\n').take(line.saturating_sub(1));
    (lines.map(<[u8]>::len).sum::<usize>() + column).min(value.len())
}

/// Hands over each object as it is read, so that a list is never held.
struct Packets<'o, F> {
    kind: Option<ObjectKind>,
    bytes: &'o mut Vec<u8>,
    out: &'o mut Out<F>,
    /// Why reading was ended, where JSON itself is not to blame.
    bad: Option<BadMessageKind>,
}

impl<'o, F> Packets<'o, F> {
    fn by_ref<'p>(&'p mut self) -> OneOrMany<'p, 'o, F> {
        OneOrMany { packets: self, may_be_list: true }
    }
}

impl<F: FnMut(Frame<'_>, PacketMeta<'_>)> Packets<'_, F> {
    fn object<E: serde::de::Error>(&mut self, object: &Object<'_>) -> Result<(), E> {
        let result = match object.packet(self.kind, self.bytes) {
            Ok(Some(packet)) => self.out.packet(&packet),
            Ok(None) => Ok(()),
            Err(kind) => Err(kind),
        };
        result.map_err(|kind| {
            self.bad = Some(kind);
            E::custom("")
        })
    }
}

struct OneOrMany<'p, 'o, F> {
    packets: &'p mut Packets<'o, F>,
    may_be_list: bool,
}

impl<'m, F: FnMut(Frame<'_>, PacketMeta<'_>)> DeserializeSeed<'m> for OneOrMany<'_, '_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'m>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'m, F: FnMut(Frame<'_>, PacketMeta<'_>)> Visitor<'m> for OneOrMany<'_, '_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_map<A: MapAccess<'m>>(self, map: A) -> Result<(), A::Error> {
        let object = Object::deserialize(MapAccessDeserializer::new(map))?;
        self.packets.object(&object)
    }

    fn visit_seq<A: SeqAccess<'m>>(self, mut list: A) -> Result<(), A::Error> {
        if !self.may_be_list {
            return Err(A::Error::custom("a list in a list"));
        }
        let OneOrMany { packets, .. } = self;
        while list.next_element_seed(OneOrMany { packets, may_be_list: false })?.is_some() {}
        Ok(())
    }
}
