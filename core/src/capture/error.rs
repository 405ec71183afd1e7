//! Errors of captures: a closed set of causes, each with a position.

use core::fmt;

use super::limits::{MAX_INTERFACES, MAX_RECORD_LEN};
use super::other_format::other_format;

/// Why a capture could not be read to its end, and where.
///
/// ```
/// use stackprint::capture::{CaptureErrorKind, Decoder, Part};
///
/// let mut decoder = Decoder::new();
/// // The header of a file, and 3 bytes of the header of its first frame.
/// decoder.push(b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0\x01\0\0", |_| ())?;
/// let error = decoder.finish().unwrap_err();
/// assert_eq!(error.offset, 24);
/// assert!(matches!(error.kind, CaptureErrorKind::CutShort { inside: Part::RecordHeader, .. }));
///
/// let error = Decoder::new().push(b"\x89PNG\r\n\x1a\n................", |_| ()).unwrap_err();
/// let CaptureErrorKind::NotACapture { first } = error.kind else { panic!("another kind") };
/// assert_eq!(first.as_slice(), b"\x89PNG\r\n\x1a\n");
/// # Ok::<(), stackprint::capture::CaptureError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CaptureError {
    /// The cause.
    pub kind: CaptureErrorKind,
    /// Bytes from the start of the capture to the record at fault.
    pub offset: u64,
}

/// What is wrong with a capture.
///
/// An example is at [`CaptureError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CaptureErrorKind {
    /// There are no bytes.
    Empty,
    /// The first bytes are neither pcap's nor pcapng's.
    NotACapture {
        /// The first bytes.
        first: FirstBytes,
    },
    /// The bytes end inside a header or record.
    CutShort {
        /// What was not finished.
        inside: Part,
        /// How many of its bytes there are.
        present: usize,
        /// How many were needed to go on.
        needed: usize,
    },
    /// A version of pcap or pcapng that is not specified.
    UnsupportedVersion {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// A pcap header whose link type field has bits that must be zero.
    BadLinkType {
        /// The field, upper bits included.
        field: u32,
    },
    /// A frame longer than frames get: the sign of a damaged or misunderstood record.
    FrameTooLong {
        /// Bytes captured, as stated.
        captured_len: u32,
        /// The most that is believed for the link type.
        max_len: u32,
    },
    /// A pcapng section header without a byte-order mark.
    NoByteOrder,
    /// A pcapng block length that is too small, too large, or no multiple of four.
    BadBlockLength {
        /// The length, as stated.
        length: u32,
    },
    /// A pcapng block whose length at the end is not that at the start.
    BlockLengthsDiffer {
        /// The length at the start.
        first: u32,
        /// The length at the end.
        last: u32,
    },
    /// A pcapng block that ends before what it says it holds.
    BlockTooShort,
    /// A pcapng interface option of the wrong length.
    BadOption {
        /// The option's code.
        code: u16,
    },
    /// A pcapng packet from an interface that its section has not described.
    UnknownInterface {
        /// The interface's number in the section, from 0.
        number: u32,
    },
    /// A pcapng section that describes more interfaces than are kept.
    TooManyInterfaces,
}

impl CaptureErrorKind {
    /// Every [`as_str`](CaptureErrorKind::as_str).
    pub const NAMES: &'static [&'static str] = &[
        "empty",
        "not_a_capture",
        "cut_short",
        "unsupported_version",
        "bad_link_type",
        "frame_too_long",
        "no_byte_order",
        "bad_block_length",
        "block_lengths_differ",
        "block_too_short",
        "bad_option",
        "unknown_interface",
        "too_many_interfaces",
    ];

    /// Returns the name used in counters and summaries, in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CaptureErrorKind::Empty => "empty",
            CaptureErrorKind::NotACapture { .. } => "not_a_capture",
            CaptureErrorKind::CutShort { .. } => "cut_short",
            CaptureErrorKind::UnsupportedVersion { .. } => "unsupported_version",
            CaptureErrorKind::BadLinkType { .. } => "bad_link_type",
            CaptureErrorKind::FrameTooLong { .. } => "frame_too_long",
            CaptureErrorKind::NoByteOrder => "no_byte_order",
            CaptureErrorKind::BadBlockLength { .. } => "bad_block_length",
            CaptureErrorKind::BlockLengthsDiffer { .. } => "block_lengths_differ",
            CaptureErrorKind::BlockTooShort => "block_too_short",
            CaptureErrorKind::BadOption { .. } => "bad_option",
            CaptureErrorKind::UnknownInterface { .. } => "unknown_interface",
            CaptureErrorKind::TooManyInterfaces => "too_many_interfaces",
        }
    }
}

/// A part of a capture that may be cut.
///
/// An example is at [`CaptureError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The header of a pcap or pcapng file.
    FileHeader,
    /// The header of a frame's record in a pcap file.
    RecordHeader,
    /// A frame in a pcap file.
    Frame,
    /// A pcapng block.
    Block,
}

/// `a frame`, with its article.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::FileHeader => "the file header",
            Part::RecordHeader => "the header of a frame",
            Part::Frame => "a frame",
            Part::Block => "a block",
        })
    }
}

/// Up to eight bytes from the start of what is not a capture.
///
/// An example is at [`CaptureError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FirstBytes {
    bytes: [u8; FirstBytes::MAX_LEN],
    len: u8,
}

impl FirstBytes {
    pub(super) const MAX_LEN: usize = 8;

    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut first = FirstBytes { bytes: [0; FirstBytes::MAX_LEN], len: 0 };
        for (kept, byte) in first.bytes.iter_mut().zip(bytes) {
            *kept = *byte;
            first.len += 1;
        }
        first
    }

    /// Returns the bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&self.bytes)
    }
}

/// In hexadecimal: `89 50 4e 47`.
impl fmt::Display for FirstBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.as_slice().iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{byte:02x}")?;
        }
        Ok(())
    }
}

/// What is wrong, without the position.
impl fmt::Display for CaptureErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CaptureErrorKind::Empty => f.write_str("the capture is empty"),
            CaptureErrorKind::NotACapture { first } => {
                f.write_str("not a pcap or pcapng capture")?;
                match other_format(first.as_slice()) {
                    Some(other) => write!(f, ", but {other}"),
                    None => write!(f, " (first bytes {first})"),
                }
            }
            CaptureErrorKind::CutShort { inside, present, needed } => {
                write!(f, "the capture ends inside {inside} ({present} of {needed} bytes)")
            }
            CaptureErrorKind::UnsupportedVersion { major, minor } => {
                write!(f, "unsupported capture format version {major}.{minor}")
            }
            CaptureErrorKind::BadLinkType { field } => {
                write!(f, "unsupported link type field {field:#010x}")
            }
            CaptureErrorKind::FrameTooLong { captured_len, max_len } => {
                write!(f, "damaged record: a frame of {captured_len} bytes (most: {max_len})")
            }
            CaptureErrorKind::NoByteOrder => {
                f.write_str("damaged section header: no byte-order mark")
            }
            CaptureErrorKind::BadBlockLength { length } => write!(
                f,
                "damaged block: length {length} (expected a multiple of 4 up to {MAX_RECORD_LEN})"
            ),
            CaptureErrorKind::BlockLengthsDiffer { first, last } => {
                write!(f, "damaged block: length {first} at its start, {last} at its end")
            }
            CaptureErrorKind::BlockTooShort => {
                f.write_str("damaged block: shorter than what it should hold")
            }
            CaptureErrorKind::BadOption { code } => {
                write!(f, "damaged interface block: bad length of option {code}")
            }
            CaptureErrorKind::UnknownInterface { number } => {
                write!(f, "packet from interface {number}, which was not described")
            }
            CaptureErrorKind::TooManyInterfaces => {
                write!(f, "more than {MAX_INTERFACES} interfaces in one section")
            }
        }
    }
}

/// One line: `the capture ends inside a frame (70 of 90 bytes), at offset 1024`.
impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            // The position says nothing that the text does not.
            CaptureErrorKind::Empty | CaptureErrorKind::NotACapture { .. } => self.kind.fmt(f),
            kind => write!(f, "{kind}, at offset {}", self.offset),
        }
    }
}

impl core::error::Error for CaptureError {}
