//! The two characters of ALPN in JA4.
#![warn(clippy::indexing_slicing)]

use super::Protocols;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// First and last character of the first protocol, or of its hexadecimal form if either is no
/// letter or digit of ASCII; `00` without one. Whole bytes are looked at, as the specification of
/// 2024-09 and later has it, not characters of UTF-8.
pub(super) fn two_characters(mut protocols: Protocols<'_>) -> [u8; 2] {
    let protocol = protocols.next().unwrap_or_default();
    let (Some(&first), Some(&last)) = (protocol.first(), protocol.last()) else { return *b"00" };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [first, last];
    }
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    [digit(first >> 4), digit(last & 0x0f)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of JA4.md (2026-01), and a protocol in the middle of which is no letter.
    #[test]
    fn the_examples_of_the_specification() {
        let examples: [(&[u8], &str); 12] = [
            (b"h2", "h2"),
            (b"http/1.1", "h1"),
            (b"h", "hh"),
            (&[0xab], "ab"),
            (&[0xab, 0xcd], "ad"),
            (&[0x20, 0x61], "21"),
            (&[0x30, 0xab], "3b"),
            (&[0x61, 0x20], "60"),
            (&[0x30, 0x31, 0xab, 0xcd], "3d"),
            (&[0x30, 0xab, 0xcd, 0x31], "01"),
            // FoxIO's capture tls-non-ascii-alpn, by the text.
            (&[0xba, 0xad], "bd"),
            (&[], "00"),
        ];
        for (protocol, expected) in examples {
            let mut list = vec![protocol.len() as u8];
            list.extend(protocol);
            list.extend(b"\x02h3");
            let found = two_characters(Protocols(&list));
            assert_eq!(str::from_utf8(&found), Ok(expected), "{protocol:x?}");
        }
        assert_eq!(two_characters(Protocols(&[])), *b"00");
    }
}
