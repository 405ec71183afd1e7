//! A head as the signature that fits it, in p0f's notation.

use core::fmt;

use super::names::{self, NONE};
use super::signature::is_name_byte;
use super::{Kind, Observed, Signatures, Value};

/// Which values a raw signature shows.
///
/// The [module of HTTP](super) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Privacy {
    /// Only those of headers that the database names, and never Cookie, Set-Cookie, Authorization
    /// and Proxy-Authorization.
    #[default]
    NamesOnly,
    /// All that p0f 3.09b shows: of headers that it does not know, all.
    P0f,
}

/// A head in p0f's notation `ver:horder:habsent:sw`, written by [`Display`](fmt::Display).
///
/// The [module of HTTP](super) has an example.
#[derive(Debug, Clone, Copy)]
pub struct RawSignature<'a, 'b> {
    pub(super) observed: &'a Observed<'b>,
    pub(super) signatures: &'a Signatures,
    pub(super) privacy: Privacy,
}

/// p0f cuts a value here, in bytes.
const MAX_VALUE_LEN: usize = 200;

impl<'b> Observed<'b> {
    /// It as a signature that fits it.
    #[must_use]
    pub const fn raw_signature<'a>(
        &'a self,
        signatures: &'a Signatures,
        privacy: Privacy,
    ) -> RawSignature<'a, 'b> {
        RawSignature { observed: self, signatures, privacy }
    }
}

impl fmt::Display for RawSignature<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let observed = self.observed;
        let kind = observed.kind();
        f.write_str(if observed.version() == 1 { "1:" } else { "0:" })?;
        let mut comma = "";
        for field in observed.fields() {
            let name = observed.bytes(field.name);
            // The notation has no other names.
            if !name.iter().all(|&byte| is_name_byte(byte)) {
                continue;
            }
            let is_optional = names::is_optional(kind, field.number);
            f.write_str(comma)?;
            f.write_str(if is_optional { "?" } else { "" })?;
            f.write_str(str::from_utf8(name).unwrap_or_default())?;
            comma = ",";
            let value = shown(observed.bytes(field.value), field.number != NONE);
            if !value.is_empty() && !is_optional && self.shows(kind, field.number) {
                write_value(f, value)?;
            }
        }
        f.write_str(":")?;
        // Not by the set of names, which may hold more than came.
        let is_absent =
            |&&number: &&u16| !observed.fields().iter().any(|field| field.number == number);
        let absent = names::common(kind).iter().filter(is_absent);
        for (count, &number) in absent.enumerate() {
            f.write_str(if count == 0 { "" } else { "," })?;
            f.write_str(self.signatures.names.name(number))?;
        }
        f.write_str(":")?;
        f.write_str(self.software())
    }
}

impl<'b> RawSignature<'_, 'b> {
    /// What it ends with: User-Agent or Server, as far as it is shown.
    pub(crate) fn software(&self) -> &'b str {
        let software = self.observed.software().map(Value::reveal).unwrap_or_default();
        let software = shown(software, false);
        match self.privacy {
            // A signature has no colon there.
            Privacy::NamesOnly => software.split(':').next().unwrap_or_default(),
            Privacy::P0f => software,
        }
    }

    /// Whether the value of a header is shown.
    fn shows(&self, kind: Kind, number: u16) -> bool {
        let is_known = number != NONE;
        let is_dropped = names::has_no_value(kind, number);
        match self.privacy {
            Privacy::P0f => !is_known || !is_dropped,
            Privacy::NamesOnly => is_known && !is_dropped && names::is_public(number),
        }
    }
}

fn write_value(f: &mut fmt::Formatter<'_>, value: &str) -> fmt::Result {
    f.write_str("=[")?;
    f.write_str(value)?;
    f.write_str("]")
}

/// The start of a value, up to what would break the notation or a line of the log. p0f lets `|`
/// pass in headers that it does not know.
fn shown(value: &[u8], is_known: bool) -> &str {
    let value = value.get(..MAX_VALUE_LEN).unwrap_or(value);
    let ends =
        |&byte: &u8| byte < b' ' || !byte.is_ascii() || byte == b']' || (is_known && byte == b'|');
    let len = value.iter().position(ends).unwrap_or(value.len());
    value.get(..len).and_then(|value| str::from_utf8(value).ok()).unwrap_or_default()
}
