//! CONNECT of SOCKS 4, 4a and 5.
#![warn(clippy::indexing_slicing)]

use super::cursor::{Cursor, Stop};
use super::name::Preamble;

pub(super) const VERSION_4: u8 = 4;
pub(super) const VERSION_5: u8 = 5;
const CONNECT: u8 = 1;

const fn is_not_nul(byte: u8) -> bool {
    byte != 0
}

/// Version, command, port, address, user; a name if the address is 0.0.0.x (4a).
pub(super) fn version_4(cursor: &mut Cursor<'_>) -> Result<Preamble, Stop> {
    cursor.expect(&[VERSION_4, CONNECT])?;
    let _port: [u8; 2] = cursor.array()?;
    let address = cursor.array()?;
    cursor.until(0, is_not_nul)?;
    if let [0, 0, 0, last] = address
        && last != 0
    {
        cursor.until(0, is_not_nul)?;
    }
    Ok(Preamble::Socks4)
}

/// Methods; user and password, if that method was offered; the request.
pub(super) fn version_5(cursor: &mut Cursor<'_>) -> Result<Preamble, Stop> {
    const USER_AND_PASSWORD: u8 = 2;
    const NEGOTIATION_VERSION: u8 = 1;
    const IPV4: u8 = 1;
    const NAME: u8 = 3;
    const IPV6: u8 = 4;
    const RESERVED: u8 = 0;
    const PORT_LEN: usize = 2;
    cursor.expect(&[VERSION_5])?;
    let methods = vector(cursor)?;
    if methods.is_empty() {
        return Err(Stop::Other);
    }
    if methods.contains(&USER_AND_PASSWORD) && cursor.peek()? == NEGOTIATION_VERSION {
        cursor.take(1)?;
        vector(cursor)?;
        vector(cursor)?;
    }
    cursor.expect(&[VERSION_5, CONNECT, RESERVED])?;
    match cursor.byte()? {
        IPV4 => cursor.take(4)?,
        IPV6 => cursor.take(16)?,
        NAME => vector(cursor)?,
        _ => return Err(Stop::Other),
    };
    cursor.take(PORT_LEN)?;
    Ok(Preamble::Socks5)
}

/// Bytes after their number in one byte.
fn vector<'s>(cursor: &mut Cursor<'s>) -> Result<&'s [u8], Stop> {
    let len = cursor.byte()?;
    cursor.take(usize::from(len))
}
