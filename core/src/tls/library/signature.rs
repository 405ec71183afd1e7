//! Signatures: forms of hellos as text, some of whose fields may be anything.
#![warn(clippy::indexing_slicing)]

use core::fmt;
use core::str::FromStr;

use super::form::{Field, Fixed, Form, GREASE};
use crate::parse_error::{Expected, ParseError};
use crate::tls::{ClientHello, version};

/// What a library's hellos have in common: `version:ciphers:extensions:groups:formats:algorithms:marks`.
///
/// Numbers are in lower-case hexadecimal digits, with commas between, without GREASE; a list may be
/// empty, and a field `*` is any. The version is the newest offered, as in JA4. Extensions are sorted;
/// server name, ALPN, padding, cookie, tickets, pre-shared keys and early data are left out.
///
/// An example is at [`Libraries`](super::Libraries).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Signature {
    fields: [Option<Box<[u16]>>; Field::COUNT],
}

impl Signature {
    /// The signature that just this hello fits, with all that look like it. Returns None if the hello
    /// is [`truncated`](ClientHello::truncated), or has more numbers than any real one.
    #[must_use]
    pub fn of(hello: &ClientHello<'_>) -> Option<Signature> {
        let form = Form::of(hello).filter(|_| !hello.truncated())?;
        Some(Signature { fields: Field::ALL.map(|field| Some(form.field(field).into())) })
    }

    /// Whether a hello has this form.
    #[must_use]
    pub fn matches(&self, hello: &ClientHello<'_>) -> bool {
        let Some(form) = Form::of(hello).filter(|_| !hello.truncated()) else { return false };
        Field::ALL
            .into_iter()
            .all(|field| self.field(field).is_none_or(|numbers| numbers == form.field(field)))
    }

    pub(super) fn field(&self, field: Field) -> Option<&[u16]> {
        self.fields.get(field as usize).and_then(Option::as_deref)
    }

    pub(super) fn fixed(&self) -> Fixed {
        let mut fixed = Fixed::default();
        for field in Field::ALL {
            if self.field(field).is_some() {
                fixed.insert(field);
            }
        }
        fixed
    }
}

/// Names of versions, as in JA4.
const VERSIONS: [(&str, u16); 9] = [
    ("13", version::TLS_1_3),
    ("12", version::TLS_1_2),
    ("11", version::TLS_1_1),
    ("10", version::TLS_1_0),
    ("s3", version::SSL_3),
    ("s2", version::SSL_2),
    ("d1", version::DTLS_1_0),
    ("d2", version::DTLS_1_2),
    ("d3", version::DTLS_1_3),
];

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for field in Field::ALL {
            if field != Field::Version {
                f.write_str(":")?;
            }
            match (field, self.field(field)) {
                (_, None) => f.write_str("*")?,
                (Field::Version, Some(numbers)) => write_version(f, numbers)?,
                (Field::Marks, Some(numbers)) => {
                    f.write_str(if numbers.is_empty() { "" } else { "grease" })?;
                }
                (_, Some(numbers)) => write_list(f, field, numbers)?,
            }
        }
        Ok(())
    }
}

fn write_version(f: &mut fmt::Formatter<'_>, numbers: &[u16]) -> fmt::Result {
    let number = numbers.first().copied().unwrap_or_default();
    match VERSIONS.iter().find(|&&(_, known)| known == number) {
        Some((name, _)) => f.write_str(name),
        None => write!(f, "{number:04x}"),
    }
}

/// Hexadecimal digits of a number in a list.
const fn digits(field: Field) -> usize {
    match field {
        Field::PointFormats => 2,
        _ => 4,
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, field: Field, numbers: &[u16]) -> fmt::Result {
    for (at, number) in numbers.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        write!(f, "{comma}{number:0width$x}", width = digits(field))?;
    }
    Ok(())
}

impl FromStr for Signature {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Signature, ParseError> {
        let mut fields: [Option<Box<[u16]>>; Field::COUNT] = Default::default();
        let mut parts = text.split(':');
        let mut at = 0;
        for (field, place) in Field::ALL.into_iter().zip(&mut fields) {
            let part = parts.next().ok_or(ParseError::at(at, Expected::SevenFields))?;
            *place = read_field(field, part).map_err(|error| error.in_line(1, at))?;
            at += part.len() + 1;
        }
        if parts.next().is_some() {
            return Err(ParseError::at(at, Expected::SevenFields));
        }
        let signature = Signature { fields };
        // Signatures that fit every hello, or none, are mistakes.
        if signature.fixed().count() == 0 {
            return Err(ParseError::at(0, Expected::SevenFields));
        }
        Ok(signature)
    }
}

fn read_field(field: Field, text: &str) -> Result<Option<Box<[u16]>>, ParseError> {
    if text == "*" {
        return Ok(None);
    }
    match field {
        Field::Version => {
            let known = VERSIONS.iter().find(|&&(name, _)| name == text).map(|&(_, number)| number);
            let number = known.or_else(|| hexadecimal(text, 4));
            let number = number.ok_or(ParseError::at(0, Expected::TlsVersion))?;
            Ok(Some([number].into()))
        }
        Field::Marks => match text {
            "" => Ok(Some([].into())),
            "grease" => Ok(Some([GREASE].into())),
            _ => Err(ParseError::at(0, Expected::Marks)),
        },
        _ if text.is_empty() => Ok(Some([].into())),
        _ => {
            let (mut numbers, mut at) = (Vec::new(), 0);
            for part in text.split(',') {
                let number = hexadecimal(part, digits(field));
                numbers.push(number.ok_or(ParseError::at(at, Expected::HexadecimalList))?);
                at += part.len() + 1;
            }
            if field == Field::Extensions && !numbers.is_sorted() {
                return Err(ParseError::at(0, Expected::SortedList));
            }
            Ok(Some(numbers.into()))
        }
    }
}

/// A number of just so many lower-case hexadecimal digits.
fn hexadecimal(text: &str, digits: usize) -> Option<u16> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let valid = text.len() == digits && text.bytes().all(is_digit);
    u16::from_str_radix(text, 16).ok().filter(|_| valid)
}
