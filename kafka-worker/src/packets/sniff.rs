//! What a message is, by what its sender says and by its first bytes.

use super::envelope::Field;
use super::json_object::ObjectKind;
use super::message::{Message, PacketFormat};
use super::{json, msgpack};

/// How a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Objects of this kind; without one, told apart by their keys.
    Json(Option<ObjectKind>),
    Msgpack,
    Capture,
    Raw,
    Unrecognised,
}

impl Form {
    /// Returns `None` if it is a raw frame or nothing.
    pub(super) fn of(message: &Message<'_>, format: PacketFormat) -> Option<Form> {
        let said = message.content_type.and_then(ContentType::of);
        let configured = Form::configured(format, message.value);
        match (said, configured) {
            (Some(ContentType::Json), Some(Form::Json(kind))) => Some(Form::Json(kind)),
            (Some(ContentType::Json), _) => Some(Form::Json(None)),
            (Some(ContentType::Msgpack), _) => Some(Form::Msgpack),
            (Some(ContentType::Capture), _) => Some(Form::Capture),
            (_, Some(form)) => Some(form),
            (Some(ContentType::Bytes), None) => Some(Form::Raw),
            (None, None) => Form::sniffed(message.value),
        }
    }

    fn configured(format: PacketFormat, value: &[u8]) -> Option<Form> {
        match format {
            PacketFormat::Auto => None,
            PacketFormat::Envelope if looks_like_json(value) => {
                Some(Form::Json(Some(ObjectKind::Envelope)))
            }
            PacketFormat::Envelope => Some(Form::Msgpack),
            PacketFormat::Raw => Some(Form::Raw),
            PacketFormat::Capture => Some(Form::Capture),
            PacketFormat::Eve => Some(Form::Json(Some(ObjectKind::Eve))),
            PacketFormat::Ek => Some(Form::Json(Some(ObjectKind::Ek))),
            PacketFormat::Tenzir => Some(Form::Json(Some(ObjectKind::Tenzir))),
        }
    }

    fn sniffed(value: &[u8]) -> Option<Form> {
        if is_capture(value) {
            Some(Form::Capture)
        } else if looks_like_json(value) {
            Some(Form::Json(None))
        } else if msgpack::first_key(value).is_some_and(|key| Field::of(key).is_some()) {
            Some(Form::Msgpack)
        } else {
            None
        }
    }
}

/// What a content-type says, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ContentType {
    Json,
    Msgpack,
    Capture,
    Bytes,
}

impl ContentType {
    fn of(header: &str) -> Option<ContentType> {
        const KNOWN: [(&str, ContentType); 9] = [
            ("application/json", ContentType::Json),
            ("application/x-ndjson", ContentType::Json),
            ("application/msgpack", ContentType::Msgpack),
            ("application/vnd.msgpack", ContentType::Msgpack),
            ("application/x-msgpack", ContentType::Msgpack),
            ("application/vnd.tcpdump.pcap", ContentType::Capture),
            ("application/x-pcapng", ContentType::Capture),
            ("application/pcapng", ContentType::Capture),
            ("application/octet-stream", ContentType::Bytes),
        ];
        // Parameters such as a charset follow a semicolon (RFC 9110 section 8.3.1).
        let essence = header.split(';').next()?.trim();
        let known = KNOWN.iter().find(|(name, _)| essence.eq_ignore_ascii_case(name));
        let suffix = essence.rsplit_once('+').map(|(_, suffix)| suffix);
        match (known, suffix) {
            (Some(&(_, content_type)), _) => Some(content_type),
            // RFC 6839 section 3.1.
            (None, Some(suffix)) if suffix.eq_ignore_ascii_case("json") => Some(ContentType::Json),
            _ => None,
        }
    }
}

/// The magic numbers of pcap (microseconds, nanoseconds, Kuznetzov's; both byte orders) and pcapng.
fn is_capture(value: &[u8]) -> bool {
    matches!(
        value,
        [0xa1, 0xb2, 0xc3, 0xd4, ..]
            | [0xd4, 0xc3, 0xb2, 0xa1, ..]
            | [0xa1, 0xb2, 0x3c, 0x4d, ..]
            | [0x4d, 0x3c, 0xb2, 0xa1, ..]
            | [0xa1, 0xb2, 0xcd, 0x34, ..]
            | [0x34, 0xcd, 0xb2, 0xa1, ..]
            | [0x0a, 0x0d, 0x0d, 0x0a, ..]
    )
}

/// `{"`, `{}`, `[{` or `[]`, with blanks where JSON allows them.
fn looks_like_json(value: &[u8]) -> bool {
    let value = json::without_mark(value);
    let mut bytes = value.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    matches!(
        (bytes.next(), bytes.next()),
        (Some(b'{'), Some(b'"' | b'}') | None) | (Some(b'['), Some(b'{' | b']') | None)
    )
}
