//! Bytes written as text.

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
    to.resize(text.len() / 2, 0);
    hex::decode_to_slice(text, to).is_ok()
}
