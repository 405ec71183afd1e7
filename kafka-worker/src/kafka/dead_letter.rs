//! Messages that cannot be read: kept whole, with the reason in headers.

use super::native::{Headers, HeadersView, Message};

/// Why and where a message could not be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reason<'r> {
    pub(crate) topic: &'r str,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// One of a closed set of names.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) text: &'r str,
}

/// The original headers and, after them, the reason: in the headers that Kafka Connect writes,
/// which tools know, and one of ours.
pub(crate) fn headers(original: Option<Headers>, reason: &Reason<'_>) -> Headers {
    let (partition, offset) = (reason.partition.to_string(), reason.offset.to_string());
    let added = [
        ("__connect.errors.topic", reason.topic),
        ("__connect.errors.partition", &partition),
        ("__connect.errors.offset", &offset),
        ("__connect.errors.stage", "VALUE_CONVERTER"),
        ("__connect.errors.exception.message", reason.text),
        ("stackprint.reason", reason.name),
    ];
    let mut headers = original.unwrap_or_else(Headers::new);
    for (name, value) in added {
        headers.add(name, value.as_bytes());
    }
    headers
}

/// A copy of a message's headers.
pub(crate) fn original_headers(message: Message<'_>) -> Option<Headers> {
    message.headers().map(HeadersView::copy)
}

/// A header that is added where the broker does not take the value of a dead letter.
pub(crate) fn without_value(mut headers: Headers, bytes: usize) -> Headers {
    headers.add("stackprint.value.left_out.bytes", bytes.to_string().as_bytes());
    headers
}

/// A header that is added where a dead letter does not bear its message's timestamp: that one, in
/// milliseconds since 1970.
pub(crate) fn with_original_time(mut headers: Headers, message_ms: i64) -> Headers {
    headers.add("stackprint.timestamp.ms", message_ms.to_string().as_bytes());
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_comes_after_the_original_headers() {
        let mut original = Headers::new();
        original.add("mine", b"kept");
        let reason = Reason {
            topic: "packets",
            partition: 3,
            offset: 42,
            name: "empty",
            text: "the message is empty",
        };
        let headers = without_value(headers(Some(original), &reason), 7);
        let found: Vec<_> = headers
            .view()
            .iter()
            .map(|(name, value)| (name.to_vec(), value.map(<[u8]>::to_vec)))
            .collect();
        let expected = [
            ("mine", "kept"),
            ("__connect.errors.topic", "packets"),
            ("__connect.errors.partition", "3"),
            ("__connect.errors.offset", "42"),
            ("__connect.errors.stage", "VALUE_CONVERTER"),
            ("__connect.errors.exception.message", "the message is empty"),
            ("stackprint.reason", "empty"),
            ("stackprint.value.left_out.bytes", "7"),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value)| (name.as_bytes().to_vec(), Some(value.as_bytes().to_vec())))
            .collect();
        assert_eq!(found, expected);
    }
}
