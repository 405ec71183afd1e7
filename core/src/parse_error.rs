//! Where a text could not be read, and what was expected there.

use core::convert::Infallible;
use core::fmt;

use crate::field::{Field, Part};

/// A text, or a value built from typed parts, that is not what it should be: the place, and what was
/// expected there.
///
/// ```
/// use stackprint::{Expected, Field, IpVersion, Part, Quirks, Signature};
///
/// // A text has a line and a column …
/// let error = "6:64:0:*:*,*:mss:df:0".parse::<Signature>().unwrap_err();
/// assert_eq!((error.line, error.column, error.part), (1, 18, None));
/// assert_eq!(error.expected, Expected::QuirksOfVersion);
///
/// // … and typed values have a part.
/// let builder = Signature::builder(64).version(IpVersion::V6).quirks(Quirks::DF);
/// let error = builder.build().unwrap_err();
/// assert_eq!(error.part, Some(Part::Field(Field::Quirks)));
/// assert_eq!(error.expected, Expected::QuirksOfVersion);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ParseError {
    /// Line, from 1; always 1 for a single signature or list, and 0 if there is no text.
    pub line: usize,
    /// Column in bytes, from 1; 0 if there is no text.
    pub column: usize,
    /// Which part of a value, if that was built from typed parts.
    pub part: Option<Part>,
    /// What was expected there.
    pub expected: Expected,
}

impl ParseError {
    /// An error in a single line, at an offset in bytes.
    pub(crate) const fn at(offset: usize, expected: Expected) -> ParseError {
        ParseError { line: 1, column: offset + 1, part: None, expected }
    }

    /// An error in a value that was built from typed parts.
    pub(crate) const fn of_part(part: Part, expected: Expected) -> ParseError {
        ParseError { line: 0, column: 0, part: Some(part), expected }
    }

    /// An error in a field of a signature or an observation that was built from typed parts.
    pub(crate) const fn of_field(field: Field, expected: Expected) -> ParseError {
        ParseError::of_part(Part::Field(field), expected)
    }

    /// The same error found in a line of a larger text, after `offset` bytes of that line.
    pub(crate) const fn in_line(self, line: usize, offset: usize) -> ParseError {
        ParseError { line, column: self.column + offset, ..self }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Some(part) => write!(f, "{part}: expected {}", self.expected),
            None => {
                write!(f, "line {}, column {}: expected {}", self.line, self.column, self.expected)
            }
        }
    }
}

impl core::error::Error for ParseError {}

/// For conversions that cannot fail where one that can is asked for.
impl From<Infallible> for ParseError {
    fn from(never: Infallible) -> ParseError {
        match never {}
    }
}

macro_rules! expected {
    ($($(#[$doc:meta])* $variant:ident = $words:literal,)*) => {
        /// What was expected where a text could not be read.
        ///
        /// It is a part of [`ParseError`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Expected { $($(#[$doc])* $variant,)* }

        impl fmt::Display for Expected {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Expected::$variant => $words,)* })
            }
        }
    };
}

expected! {
    /// The eight fields of a signature.
    EightFields = "eight fields, ver:ittl:olen:mss:wsize,scale:olayout:quirks:pclass",
    /// The IP version of an observation.
    Version = "IP version 4 or 6",
    /// The IP version of a signature.
    VersionOrAny = "IP version 4, 6 or *",
    /// The TTL of an observation.
    ObservedTtl = "observed TTL and distance, such as 64+0",
    /// The TTL of a signature.
    InitialTtl = "initial TTL 1..=255, such as 64, 54+10 or 64-",
    /// The length of IPv4 options.
    IpOptionsLen = "IPv4 options in bytes, 0..=255",
    /// The MSS of an observation.
    Mss = "MSS in bytes, 0..=65535",
    /// The MSS of a signature.
    MssOrAny = "MSS in bytes, 0..=65535, or *",
    /// The window of an observation.
    Window = "a window that these fields allow, such as 65535,7 or mss*44,7",
    /// The window of a signature.
    WindowRule = "window such as 65535,7 or mss*44,7 or mtu*4,0 or %8192,0 or *,*",
    /// The window scale.
    WindowScale = "window scale 0..=255, or * in a signature",
    /// The TCP options.
    Layout = "at most 24 TCP options such as mss,sok,ts,nop,ws,eol+1,?34",
    /// The quirks.
    Quirks = "quirks such as df,id+,ecn",
    /// Quirks that the version cannot show.
    QuirksOfVersion = "only quirks that the signature's IP version can show",
    /// The payload class of an observation.
    Payload = "payload class 0 or +",
    /// The payload class of a signature.
    PayloadOrAny = "payload class 0, + or *",
    /// The version of an HTTP signature.
    HttpVersionOrAny = "HTTP version 0:, 1: or *:",
    /// The headers of an HTTP signature.
    HttpHeaders = "at most 32 headers such as Host,?Referer,Accept=[*/*] and a colon",
    /// The headers that an HTTP signature does not want.
    HttpAbsent = "at most 32 names of headers such as Keep-Alive,Date and a colon",
    /// The User-Agent or Server of an HTTP signature.
    HttpSoftware = "a part of User-Agent or Server, without a colon",
    /// Systems that User-Agents name.
    UaOs = "systems such as Linux,iOS=[iPhone]",
    /// A section header.
    Section = "[mtu], [tcp:request], [tcp:response], [http:request] or [http:response]",
    /// A `key = value` line.
    KeyValue = "key = value",
    /// A key that fits the state.
    LabelFirst = "label = ... before any sig",
    /// `sys` after a label of class `!`.
    SysNext = "sys = ... after a label of class !",
    /// A signature, not `sys`, for a label of an operating system.
    NoSys = "sig = ... (sys is for labels of class !)",
    /// `classes` before the first section.
    ClassesBeforeSections = "classes = ... before the first section",
    /// `ua_os` at the start of the HTTP request section.
    UaOsFirst = "ua_os = ... straight after [http:request]",
    /// A key that is known.
    KnownKey = "classes, label, sys, sig or ua_os",
    /// A label.
    Label = "type:class:name:flavor, type s or g",
    /// A declared class.
    Class = "a class named in classes = ..., or !",
    /// A class word.
    ClassWord = "a class of letters and digits",
    /// The flavor of a label.
    Flavor = "a flavor without line breaks",
    /// The name of a link.
    Link = "the name of a link, without line breaks and not beginning with a blank",
    /// A name.
    Name = "a name of letters, digits and ./-_!?()",
    /// The seven fields of a TLS signature.
    SevenFields =
        "seven fields, version:ciphers:extensions:groups:formats:algorithms:marks, not all of them *",
    /// The version in a TLS signature.
    TlsVersion = "13, 12, 11, 10, s3, s2, d1, d2, d3, four hexadecimal digits, or *",
    /// A list in a TLS signature.
    HexadecimalList = "numbers of four lower-case hexadecimal digits (formats: two) such as 001d,0017, or *",
    /// The extensions of a TLS signature.
    SortedList = "extensions in ascending order",
    /// What else a TLS signature says.
    Marks = "grease, nothing, or *",
    /// Not more than a hello has.
    FewerNumbers = "at most 470 numbers in a signature",
    /// The section of TLS.
    TlsSection = "[tls:client], or a section of another protocol",
    /// A key of that section.
    TlsKey = "label, sys or sig",
    /// The label of a TLS library.
    TlsLabel = "library:versions:program, of which the last two may be empty",
    /// An MTU.
    Mtu = "an MTU in bytes, 1..=65535",
    /// Systems that share a stack.
    Candidates = ";@ candidates NAME=SHARE ..., shares above 0 that make at most 1",
    /// A label after its candidates.
    LabelOfCandidates = "label = ... after ;@ candidates or ;@ quality",
    /// How sure a label is.
    Quality = ";@ quality SHARE, above 0 to 1",
    /// Not p0f 2's.
    Version3 = "the syntax of p0f 3; this is a line of p0f 2, which says too little to be read",
    /// Not more than can be indexed.
    FewerSignatures = "at most 65534 signatures, 65535 labels and names",
    /// A list of connections.
    Connections = "connections such as 192.0.2.30>192.0.2.80:443",
    /// A list of ports.
    Ports = "ports 0..=65535 such as 443 or 8000-8999",
    /// A list of addresses.
    Addresses = "addresses or subnets such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32",
    /// An address without bits beyond its prefix.
    NetworkAddress = "a subnet's own address, without bits behind its prefix",
}
