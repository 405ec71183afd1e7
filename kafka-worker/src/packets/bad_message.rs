//! Why a message holds no packets that can be read: a closed set, with a position.

use std::fmt;

use stackprint::capture::CaptureErrorKind;

use super::limits::{MAX_FRAME_BYTES, MAX_NESTING, MAX_PACKETS};

/// A message that cannot be read, or cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadMessage {
    /// What is wrong.
    pub kind: BadMessageKind,
    /// Bytes from the start of the value to what is wrong.
    pub at: usize,
    /// Packets of the message before it: they have been handed over.
    pub packets: u32,
}

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadMessageKind {
    /// The value has no bytes, or there is no value.
    Empty,
    /// No format is known by these first bytes, and as a raw frame they do not lead to IP.
    Unrecognised,
    /// Not JSON.
    JsonSyntax,
    /// JSON that ends too early.
    JsonCut,
    /// JSON that is not one object, a list of objects, or objects one after the other; or a field
    /// that is not the object that it should be.
    JsonShape,
    /// MessagePack that ends too early.
    MsgpackCut,
    /// MessagePack that is neither a map nor an array of maps.
    MsgpackShape,
    /// MessagePack in too many levels.
    TooDeep,
    /// Bytes behind the MessagePack.
    TrailingBytes,
    /// A JSON object of a kind that nobody described.
    UnknownObject,
    /// A packet without something that it needs.
    MissingField(&'static str),
    /// A field of another type, or with a value that it cannot have.
    BadField {
        /// Its name.
        field: &'static str,
        /// What may stand there.
        expected: &'static str,
    },
    /// The header that names the link type cannot be read.
    BadLinkTypeHeader,
    /// Neither the packet nor its message has a time.
    NoTime,
    /// A frame of more than [`MAX_FRAME_BYTES`].
    FrameTooLong {
        /// Its length.
        bytes: usize,
    },
    /// More than [`MAX_PACKETS`].
    TooManyPackets,
    /// A capture that is damaged.
    Capture(CaptureErrorKind),
}

impl BadMessageKind {
    /// At `at` bytes; how many packets came before, the decoder knows.
    pub(super) fn at(self, at: usize) -> BadMessage {
        BadMessage { kind: self, at, packets: 0 }
    }

    /// Every [`name`](BadMessageKind::name), those of damaged captures after the others.
    pub fn names() -> impl Iterator<Item = &'static str> {
        const OWN: &[&str] = &[
            "empty",
            "unrecognised",
            "json_syntax",
            "json_cut",
            "json_shape",
            "msgpack_cut",
            "msgpack_shape",
            "too_deep",
            "trailing_bytes",
            "unknown_object",
            "missing_field",
            "bad_field",
            "bad_link_type_header",
            "no_time",
            "frame_too_long",
            "too_many_packets",
        ];
        let of_captures = CaptureErrorKind::NAMES.iter().filter(|name| !OWN.contains(name));
        OWN.iter().chain(of_captures).copied()
    }

    /// The name used in counters and headers, in `snake_case`.
    pub const fn name(self) -> &'static str {
        match self {
            BadMessageKind::Empty => "empty",
            BadMessageKind::Unrecognised => "unrecognised",
            BadMessageKind::JsonSyntax => "json_syntax",
            BadMessageKind::JsonCut => "json_cut",
            BadMessageKind::JsonShape => "json_shape",
            BadMessageKind::MsgpackCut => "msgpack_cut",
            BadMessageKind::MsgpackShape => "msgpack_shape",
            BadMessageKind::TooDeep => "too_deep",
            BadMessageKind::TrailingBytes => "trailing_bytes",
            BadMessageKind::UnknownObject => "unknown_object",
            BadMessageKind::MissingField(_) => "missing_field",
            BadMessageKind::BadField { .. } => "bad_field",
            BadMessageKind::BadLinkTypeHeader => "bad_link_type_header",
            BadMessageKind::NoTime => "no_time",
            BadMessageKind::FrameTooLong { .. } => "frame_too_long",
            BadMessageKind::TooManyPackets => "too_many_packets",
            BadMessageKind::Capture(kind) => kind.as_str(),
        }
    }
}

/// What is wrong, without the position.
impl fmt::Display for BadMessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadMessageKind::Empty => "the message is empty",
            BadMessageKind::Unrecognised => {
                "not a packet in any format known by its first bytes, nor a raw frame with IP"
            }
            BadMessageKind::JsonSyntax => "not JSON",
            BadMessageKind::JsonCut => "the JSON ends too early",
            BadMessageKind::JsonShape => "JSON, but not an object or a list of objects",
            BadMessageKind::MsgpackCut => "the MessagePack ends too early",
            BadMessageKind::MsgpackShape => "MessagePack, but not a map or an array of maps",
            BadMessageKind::TooDeep => {
                return write!(f, "MessagePack of more than {MAX_NESTING} levels");
            }
            BadMessageKind::TrailingBytes => "bytes behind the MessagePack",
            BadMessageKind::UnknownObject => "an object that is no packet in any known form",
            BadMessageKind::MissingField(field) => return write!(f, "a packet without {field}"),
            BadMessageKind::BadField { field, expected } => {
                return write!(f, "bad {field}: expected {expected}");
            }
            BadMessageKind::BadLinkTypeHeader => {
                "bad header: expected a LINKTYPE name such as ETHERNET, or its number"
            }
            BadMessageKind::NoTime => "neither the packet nor its message has a time",
            BadMessageKind::FrameTooLong { bytes } => {
                return write!(f, "a frame of {bytes} bytes (most: {MAX_FRAME_BYTES})");
            }
            BadMessageKind::TooManyPackets => {
                return write!(f, "more than {MAX_PACKETS} packets in one message");
            }
            BadMessageKind::Capture(kind) => return kind.fmt(f),
        })
    }
}

/// One line: `bad ts: expected RFC 3339 or nanoseconds, at offset 70, behind 2 packets`.
impl fmt::Display for BadMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        if self.at > 0 {
            write!(f, ", at offset {}", self.at)?;
        }
        match self.packets {
            0 => Ok(()),
            1 => f.write_str(", behind 1 packet"),
            packets => write!(f, ", behind {packets} packets"),
        }
    }
}

impl std::error::Error for BadMessage {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The words that a function gives, by its source: a list beside it could lack one.
    fn given<'s>(source: &'s str, function: &str) -> BTreeSet<&'s str> {
        let (_, body) = source.split_once(&format!("pub const fn {function}(self)")).unwrap();
        let (body, _) = body.split_once("\n    }\n").unwrap();
        body.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn all_names_are_known_beforehand() {
        let mut all = given(include_str!("bad_message.rs"), "name");
        all.extend(given(include_str!("../../../core/src/capture/error.rs"), "as_str"));
        assert_eq!(BadMessageKind::names().collect::<BTreeSet<_>>(), all);
        assert_eq!(BadMessageKind::names().count(), all.len(), "each once");
    }
}
