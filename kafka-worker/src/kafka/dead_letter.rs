//! Messages that cannot be read: kept whole, with the reason in headers.

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Header, Message as _, OwnedHeaders};

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
pub(crate) fn headers(original: Option<OwnedHeaders>, reason: &Reason<'_>) -> OwnedHeaders {
    let (partition, offset) = (reason.partition.to_string(), reason.offset.to_string());
    let added = [
        ("__connect.errors.topic", reason.topic),
        ("__connect.errors.partition", &partition),
        ("__connect.errors.offset", &offset),
        ("__connect.errors.stage", "VALUE_CONVERTER"),
        ("__connect.errors.exception.message", reason.text),
        ("stackprint.reason", reason.name),
    ];
    let headers = original.unwrap_or_default();
    added
        .into_iter()
        .fold(headers, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
}

/// A copy of a message's headers, made without reading them: names in them may be no UTF-8.
pub(crate) fn original_headers(message: &BorrowedMessage<'_>) -> Option<OwnedHeaders> {
    message.headers().map(BorrowedHeaders::detach)
}

/// A header that is added where the broker does not take the value of a dead letter.
pub(crate) fn without_value(headers: OwnedHeaders, octets: usize) -> OwnedHeaders {
    let octets = octets.to_string();
    headers.insert(Header { key: "stackprint.value.left_out.octets", value: Some(&octets) })
}

#[cfg(test)]
mod tests {
    use rdkafka::message::Headers as _;

    use super::*;

    #[test]
    fn the_reason_comes_after_the_original_headers() {
        let original = OwnedHeaders::new().insert(Header { key: "mine", value: Some("kept") });
        let reason = Reason {
            topic: "packets",
            partition: 3,
            offset: 42,
            name: "empty",
            text: "the message is empty",
        };
        let headers = without_value(headers(Some(original), &reason), 7);
        let found: Vec<_> = headers
            .iter()
            .map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec)))
            .collect();
        let expected = [
            ("mine", "kept"),
            ("__connect.errors.topic", "packets"),
            ("__connect.errors.partition", "3"),
            ("__connect.errors.offset", "42"),
            ("__connect.errors.stage", "VALUE_CONVERTER"),
            ("__connect.errors.exception.message", "the message is empty"),
            ("stackprint.reason", "empty"),
            ("stackprint.value.left_out.octets", "7"),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Some(value.as_bytes().to_vec())))
            .collect();
        assert_eq!(found, expected);
    }
}
