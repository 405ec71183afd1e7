//! Names of the parts of a signature, and of what a database says around it.

use core::fmt;

use crate::word_enum::word_enum;

word_enum! {
    /// A field of the notation, in its order.
    ///
    /// A [`ParseError`](crate::ParseError) names the field in which something is wrong, and a
    /// [`Difference`](crate::Difference) the one in which a packet differs.
    Field {
        /// IP version (p0f: `ver`).
        Version = "version",
        /// TTL with which the packet set out (p0f: `ittl`).
        Ttl = "ttl",
        /// IPv4 options in bytes (p0f: `olen`).
        IpOptionsLen = "ip_options_len",
        /// Maximum segment size.
        Mss = "mss",
        /// Window (p0f: `wsize`).
        Window = "window",
        /// Window scale (p0f: `scale`).
        WindowScale = "window_scale",
        /// Kinds of the TCP options and the padding after them (p0f: `olayout`).
        Layout = "layout",
        /// Oddities of the headers (p0f: `quirks`).
        Quirks = "quirks",
        /// Whether there is payload (p0f: `pclass`).
        Payload = "payload",
    }
}

/// A part of what is built from typed values: what a column is to a text.
///
/// A [`ParseError`](crate::ParseError) of a builder names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Part {
    /// A field of a signature or an observation.
    Field(Field),
    /// A label as a whole.
    Label,
    /// The class of a label.
    Class,
    /// The name in a label.
    Name,
    /// The flavor of a label.
    Flavor,
    /// The systems on which a tool runs (p0f: `sys`).
    RunsOn,
    /// The systems that share a stack.
    Candidates,
    /// How likely a label is right.
    Quality,
    /// A signature as a whole, in its database.
    Signature,
    /// The MTU of a link.
    Mtu,
    /// The name of a link.
    Link,
}

impl Part {
    /// Returns the name, in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Part::Field(field) => field.as_str(),
            Part::Label => "label",
            Part::Class => "class",
            Part::Name => "name",
            Part::Flavor => "flavor",
            Part::RunsOn => "runs_on",
            Part::Candidates => "candidates",
            Part::Quality => "quality",
            Part::Signature => "signature",
            Part::Mtu => "mtu",
            Part::Link => "link",
        }
    }
}

/// The name, in `snake_case`.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Field> for Part {
    fn from(field: Field) -> Part {
        Part::Field(field)
    }
}
