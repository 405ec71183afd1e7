//! The StartTLS operation of LDAP (RFC 4511 section 4.14).
#![warn(clippy::indexing_slicing)]

use super::cursor::{Cursor, Stop};
use super::name::Preamble;

pub(super) const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const EXTENDED_REQUEST: u8 = 0x77;
const REQUEST_NAME: u8 = 0x80;
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

/// An ExtendedRequest with this name and no value.
pub(super) fn start_tls(cursor: &mut Cursor<'_>) -> Result<Preamble, Stop> {
    let message_end = end_of(cursor, SEQUENCE)?;
    let id_end = end_of(cursor, INTEGER)?;
    let id_len = id_end - cursor.read;
    if !(1..=4).contains(&id_len) {
        return Err(Stop::Other);
    }
    cursor.take(id_len)?;
    let request_end = end_of(cursor, EXTENDED_REQUEST)?;
    let name_end = end_of(cursor, REQUEST_NAME)?;
    cursor.expect(START_TLS)?;
    let ends_here = [message_end, request_end, name_end].iter().all(|&end| end == cursor.read);
    if ends_here { Ok(Preamble::Ldap) } else { Err(Stop::Other) }
}

/// Tag and length of a value in BER (RFC 4511 section 5.1: of definite length): where it ends.
fn end_of(cursor: &mut Cursor<'_>, tag: u8) -> Result<usize, Stop> {
    const LONG_FORM: u8 = 0x80;
    cursor.expect(&[tag])?;
    let first = cursor.byte()?;
    let mut len = usize::from(first);
    if first & LONG_FORM != 0 {
        let bytes = usize::from(first & !LONG_FORM);
        if !(1..=4).contains(&bytes) {
            return Err(Stop::Other);
        }
        len = 0;
        for &byte in cursor.take(bytes)? {
            len = len << 8 | usize::from(byte);
        }
    }
    if len <= super::cursor::MAX_PREAMBLE_LEN { Ok(cursor.read + len) } else { Err(Stop::Other) }
}
