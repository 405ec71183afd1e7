//! Text from files that people write: with a byte-order mark or without, with any ends of lines.

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// The byte-order mark that some editors put before UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// The bytes of a file, or of standard input for `-`: without a byte-order mark, with lines that end
/// in LF.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = fs::read(path)?;
    }
    normal(bytes)
}

/// The same as text.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    String::from_utf8(bytes(path)?)
        .map_err(|error| io::Error::new(ErrorKind::InvalidData, error.utf8_error()))
}

fn normal(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if is_utf_16(&bytes) {
        let message = "text in UTF-16: convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)";
        return Err(io::Error::new(ErrorKind::InvalidData, message));
    }
    let text = bytes.strip_prefix(&MARK).unwrap_or(&bytes);
    if text.len() == bytes.len() && !text.contains(&b'\r') {
        return Ok(bytes);
    }
    let mut lines = Vec::with_capacity(text.len());
    let mut rest = text.iter().peekable();
    while let Some(&byte) = rest.next() {
        match byte {
            b'\r' => {
                rest.next_if(|&&next| next == b'\n');
                lines.push(b'\n');
            }
            byte => lines.push(byte),
        }
    }
    Ok(lines)
}

/// By a byte-order mark; without one, by an ASCII character of which one half is 0.
fn is_utf_16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [0, second, ..] => second.is_ascii() && *second != 0,
        [first, 0, ..] => first.is_ascii() && *first != 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_ends_of_lines_are_made_the_same() {
        for (bytes, expected) in [
            (b"a\nb\n".as_slice(), b"a\nb\n".as_slice()),
            (b"\xef\xbb\xbfa\r\nb\rc\r\r\n", b"a\nb\nc\n\n"),
            (b"\xef\xbb\xbf", b""),
            (b"\xef\xbb", b"\xef\xbb"),
            (b"a\xef\xbb\xbf", b"a\xef\xbb\xbf"),
            (b"", b""),
        ] {
            assert_eq!(normal(bytes.to_vec()).unwrap(), expected);
        }
    }

    #[test]
    fn utf_16_is_named() {
        for bytes in [b"\xff\xfea\0".as_slice(), b"\xfe\xff\0a", b"a\0b\0", b"\0a\0b"] {
            let error = normal(bytes.to_vec()).unwrap_err();
            assert!(error.to_string().contains("UTF-16"), "{error}");
        }
        assert!(normal(b"\0\0".to_vec()).is_ok());
    }
}
