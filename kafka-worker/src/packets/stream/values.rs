//! How a stream is divided into values.

/// A line or value of more bytes is not held. tshark writes a packet of 256 KiB as some megabytes.
pub(super) const MAX_PENDING_BYTES: usize = 16 << 20;
/// How values follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Values {
    /// JSON, one value a line; or a list that begins on a line of its own.
    #[default]
    Lines,
    /// MessagePack.
    Msgpack,
}

impl Values {
    /// By the first bytes; none where they are not those of JSON or MessagePack.
    pub fn of(first: &[u8]) -> Option<Values> {
        const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
        if first.starts_with(&PCAPNG) {
            return None;
        }
        let mut bytes = first.iter().filter(|byte| !byte.is_ascii_whitespace());
        match bytes.next() {
            // A byte-order mark begins with 0xef, of which the rest may not have come yet.
            Some(b'{' | b'[' | 0xef) => Some(Values::Lines),
            None if !first.is_empty() => Some(Values::Lines),
            // Maps and arrays.
            Some(0x80..=0x9f | 0xdc..=0xdf) => Some(Values::Msgpack),
            _ => None,
        }
    }
}
