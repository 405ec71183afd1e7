//! What a database asks of a head. Wildcards live only here.

mod head;
mod parse;

use core::fmt;

pub(super) use parse::{Cursor, is_name_byte};

/// A signature of a request or response, in p0f's notation `ver:horder:habsent:expsw`.
///
/// [`Display`](fmt::Display) and [`FromStr`](core::str::FromStr) are inverse.
///
/// ```
/// use stackprint::http::HttpSignature;
///
/// let text = "1:Host,?Cookie,Accept=[*/*]:Referer:curl/";
/// let signature: HttpSignature = text.parse()?;
/// assert_eq!(signature.to_string(), text);
/// let [host, cookie, accept] = signature.headers() else { panic!("three headers") };
/// assert_eq!((host.name(), host.value()), ("Host", None));
/// assert!(cookie.is_optional());
/// assert_eq!(accept.value(), Some("*/*"));
/// assert_eq!(signature.software(), Some("curl/"));
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HttpSignature {
    pub(super) version: Option<u8>,
    pub(super) headers: Vec<HeaderRule>,
    pub(super) absent: Vec<Box<str>>,
    pub(super) software: Option<Box<str>>,
}

/// What a signature asks of a header.
///
/// [`HttpSignature::headers`] lists them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeaderRule {
    pub(super) name: Box<str>,
    pub(super) is_optional: bool,
    pub(super) value: Option<Box<str>>,
}

impl HeaderRule {
    /// The name of the header.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the header may be missing.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        self.is_optional
    }

    /// What its value contains.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }
}

impl HttpSignature {
    /// The number behind `HTTP/1.`, 0 or 1; None for any.
    #[must_use]
    pub const fn version(&self) -> Option<u8> {
        self.version
    }

    /// The headers in the order in which they have to come; others may stand between them.
    #[must_use]
    pub fn headers(&self) -> &[HeaderRule] {
        &self.headers
    }

    /// Names of headers that must not come.
    pub fn absent(&self) -> impl ExactSizeIterator<Item = &str> {
        self.absent.iter().map(|name| &**name)
    }

    /// What User-Agent or Server contains, where it is honest.
    #[must_use]
    pub fn software(&self) -> Option<&str> {
        self.software.as_deref()
    }
}

impl fmt::Display for HeaderRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_optional { "?" } else { "" };
        write!(f, "{mark}{}", self.name)?;
        self.value.as_ref().map_or(Ok(()), |value| write!(f, "=[{value}]"))
    }
}

impl fmt::Display for HttpSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "{version}:")?,
            None => f.write_str("*:")?,
        }
        for (count, header) in self.headers.iter().enumerate() {
            write!(f, "{}{header}", if count == 0 { "" } else { "," })?;
        }
        f.write_str(":")?;
        for (count, name) in self.absent.iter().enumerate() {
            write!(f, "{}{name}", if count == 0 { "" } else { "," })?;
        }
        write!(f, ":{}", self.software.as_deref().unwrap_or_default())
    }
}
