//! Octets written as text.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Some libraries leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Replaces what is in `to` by what `text` stands for; false where it is not base64.
pub(super) fn base64_to(text: &str, to: &mut Vec<u8>) -> bool {
    to.clear();
    BASE64.decode_vec(text, to).is_ok()
}

/// Replaces what is in `to` by what `text` stands for; false where it is not pairs of hexadecimal
/// digits.
pub(super) fn hex_to(text: &str, to: &mut Vec<u8>) -> bool {
    to.clear();
    let (pairs, rest) = text.as_bytes().as_chunks();
    let octets = pairs.iter().map(|&[high, low]| Some(nibble(high)? << 4 | nibble(low)?));
    for octet in octets {
        let Some(octet) = octet else { return false };
        to.push(octet);
    }
    rest.is_empty()
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
