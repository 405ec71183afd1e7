//! Signatures: patterns that a database asks of observations. Only they have wildcards.

mod build;
mod parse;

use core::fmt;

use crate::tcp::notation;
use crate::tcp::quirks::Quirks;
use crate::tcp::window::WindowMultiple;
use crate::wire::{IpVersion, OptionLayout};
pub use build::SignatureBuilder;
pub(crate) use parse::MAX_MULTIPLE;

/// A signature of a SYN or SYN+ACK, in p0f's notation
/// `ver:ittl:olen:mss:wsize,scale:olayout:quirks:pclass`.
///
/// [`Display`](fmt::Display) and [`FromStr`](core::str::FromStr) are inverse. [`Signature::builder`]
/// makes one of typed parts, and [`Signature::check`] tells whether one that was put together by its
/// fields is one that the notation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature {
    /// IP version; `None` for any.
    pub version: Option<IpVersion>,
    /// Initial TTL.
    pub ttl: TtlRule,
    /// IPv4 options in bytes, exactly.
    pub ip_options_len: u8,
    /// MSS in bytes (an absent one counts as 0); `None` for any.
    pub mss: Option<u16>,
    /// Window.
    pub window: WindowRule,
    /// Window scale (an absent one counts as 0); `None` for any.
    pub window_scale: Option<u8>,
    /// Kinds of the TCP options in order, and the padding after them, exactly.
    pub layout: OptionLayout,
    /// Oddities of the headers, exactly, but for those that the version cannot show.
    pub quirks: Quirks,
    /// Whether there is payload after the headers; `None` for any.
    pub has_payload: Option<bool>,
}

/// A signature by its place in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SignatureId(pub(crate) u16);

impl SignatureId {
    /// No signature of this database: what was matched, if anything, was one of another database.
    pub(crate) const GONE: SignatureId = SignatureId(u16::MAX - 1);
}

/// What a signature asks of the TTL.
///
/// It is a field of [`Signature`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TtlRule {
    /// The TTL with which the stack sends.
    pub initial: u8,
    /// The tool picks TTLs at random: any up to `initial` fits (`64-`, p0f's "bad TTL").
    pub random: bool,
}

/// What a signature asks of the window.
///
/// It is a field of [`Signature`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowRule {
    /// Anything.
    Any,
    /// Just this value.
    Exact(u16),
    /// A multiple of the MSS or MTU.
    Multiple(WindowMultiple),
    /// A value without remainder modulo this, at least 2.
    Modulo(u16),
}

impl Signature {
    /// The quirks that a packet of `version` must show: those that only the other version can show
    /// are dropped where the signature is for both.
    #[inline]
    pub(crate) const fn quirks_for(&self, version: IpVersion) -> Quirks {
        match (self.version, version) {
            (Some(_), _) => self.quirks,
            (None, IpVersion::V4) => self.quirks.without(Quirks::IPV6_ONLY),
            (None, IpVersion::V6) => self.quirks.without(Quirks::IPV4_ONLY),
        }
    }
}

impl fmt::Display for TtlRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.initial, if self.random { "-" } else { "" })
    }
}

impl fmt::Display for WindowRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WindowRule::Any => f.write_str("*"),
            WindowRule::Exact(window) => write!(f, "{window}"),
            WindowRule::Multiple(WindowMultiple { unit, times }) => {
                write!(f, "{}*{times}", unit.as_str())
            }
            WindowRule::Modulo(divisor) => write!(f, "%{divisor}"),
        }
    }
}

/// A value, or `*` for any.
pub(crate) struct OrAny<T>(pub(crate) Option<T>);

impl<T: fmt::Display> fmt::Display for OrAny<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("*"),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = OrAny(self.version.map(IpVersion::number));
        let (mss, scale) = (OrAny(self.mss), OrAny(self.window_scale));
        write!(f, "{version}:{}:{}:{mss}:", self.ttl, self.ip_options_len)?;
        write!(f, "{},{scale}:", self.window)?;
        let payload = OrAny(self.has_payload.map(notation::payload_word));
        write!(f, "{}:{}:{payload}", self.layout, self.quirks)
    }
}
