//! Text → [`HttpSignature`].

use core::str::FromStr;

use super::{HeaderRule, HttpSignature};
use crate::parse_error::{Expected, ParseError};

/// p0f's bound for each of the two lists.
const MAX_NAMES: usize = 32;

impl FromStr for HttpSignature {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut cursor = Cursor { text, at: 0 };
        let version = match text.as_bytes() {
            [b'*', b':', ..] => None,
            [digit @ (b'0' | b'1'), b':', ..] => Some(digit - b'0'),
            _ => return Err(cursor.error(Expected::HttpVersionOrAny)),
        };
        cursor.at = 2;
        let mut headers = Vec::new();
        while !cursor.eat(':') {
            if headers.len() == MAX_NAMES {
                return Err(cursor.error(Expected::HttpHeaders));
            }
            headers.push(header(&mut cursor)?);
        }
        let mut absent = Vec::new();
        while !cursor.eat(':') {
            if absent.len() == MAX_NAMES {
                return Err(cursor.error(Expected::HttpAbsent));
            }
            absent.push(cursor.name().ok_or(cursor.error(Expected::HttpAbsent))?.into());
            cursor.comma().ok_or(cursor.error(Expected::HttpAbsent))?;
        }
        let software = cursor.rest();
        if let Some(colon) = software.find(':') {
            return Err(ParseError::at(cursor.at + colon, Expected::HttpSoftware));
        }
        let software = (!software.is_empty()).then(|| software.into());
        Ok(HttpSignature { version, headers, absent, software })
    }
}

/// `?Accept=[text/html]`
fn header(cursor: &mut Cursor<'_>) -> Result<HeaderRule, ParseError> {
    let is_optional = cursor.eat('?');
    let name = cursor.name().ok_or(cursor.error(Expected::HttpHeaders))?.into();
    let mut value = None;
    if cursor.eat('=') {
        value = Some(cursor.bracketed().ok_or(cursor.error(Expected::HttpHeaders))?.into());
    }
    cursor.comma().ok_or(cursor.error(Expected::HttpHeaders))?;
    Ok(HeaderRule { name, is_optional, value })
}

/// What names in p0f's notation are made of.
pub(in crate::http) const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// A text that is read from its start.
pub(in crate::http) struct Cursor<'t> {
    pub(in crate::http) text: &'t str,
    pub(in crate::http) at: usize,
}

impl<'t> Cursor<'t> {
    pub(in crate::http) const fn error(&self, expected: Expected) -> ParseError {
        ParseError::at(self.at, expected)
    }

    pub(in crate::http) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(in crate::http) fn eat(&mut self, character: char) -> bool {
        let is_there = self.rest().starts_with(character);
        self.at += usize::from(is_there);
        is_there
    }

    /// A comma, which may be missing before the colon that ends the list.
    fn comma(&mut self) -> Option<()> {
        (self.eat(',') || self.rest().starts_with(':')).then_some(())
    }

    fn name(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let len = rest.bytes().position(|byte| !is_name_byte(byte)).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).filter(|name| !name.is_empty())
    }

    /// `[text]`, at least one character of it.
    pub(in crate::http) fn bracketed(&mut self) -> Option<&'t str> {
        let (text, _) = self.rest().strip_prefix('[')?.split_once(']')?;
        self.at += text.len() + 2;
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (usize, Expected) {
        let error = text.parse::<HttpSignature>().expect_err(text);
        (error.column, error.expected)
    }

    #[test]
    fn reads_and_writes_the_notation() {
        for text in [
            "1:Host,User-Agent,?Accept=[a:b,c],Connection=[keep-alive]:Keep-Alive,X_y: Chrom",
            "*:::",
            "0:?A::(compatible; MSIE",
            "1:Server=[x y?]:Date:",
        ] {
            assert_eq!(text.parse::<HttpSignature>().unwrap().to_string(), text);
        }
        let comma = "1:A,B,:C,:x".parse::<HttpSignature>().unwrap();
        assert_eq!(comma.to_string(), "1:A,B:C:x");
    }

    #[test]
    fn errors_name_the_column() {
        assert_eq!(error("2:A::"), (1, Expected::HttpVersionOrAny));
        assert_eq!(error("11:A::"), (1, Expected::HttpVersionOrAny));
        assert_eq!(error(""), (1, Expected::HttpVersionOrAny));
        assert_eq!(error("1:A,,B::"), (5, Expected::HttpHeaders));
        assert_eq!(error("1:A B::"), (4, Expected::HttpHeaders));
        assert_eq!(error("1:A=[]::"), (7, Expected::HttpHeaders));
        assert_eq!(error("1:A=x::"), (5, Expected::HttpHeaders));
        assert_eq!(error("1:A=[x::"), (5, Expected::HttpHeaders));
        assert_eq!(error("1:A"), (4, Expected::HttpHeaders));
        assert_eq!(error("1:A:B=[x]:"), (6, Expected::HttpAbsent));
        assert_eq!(error("1:A:B"), (6, Expected::HttpAbsent));
        assert_eq!(error("1:A:B:c:d"), (8, Expected::HttpSoftware));
        let many = format!("1:{}::", "A,".repeat(33));
        assert_eq!(error(&many), (67, Expected::HttpHeaders));
    }
}
