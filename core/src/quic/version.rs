//! Versions whose Initials can be opened, and what differs between them.

use core::fmt;

/// A version of QUIC, by its number.
///
/// ```
/// use stackprint::quic::Version;
///
/// assert_eq!(Version(0x6b33_43cf), Version::V2);
/// assert_eq!(Version(0xff00_001d).to_string(), "draft-29");
/// assert!(Version(0x1a2a_3a4a).is_grease());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub u32);

/// What Initial keys are derived with.
#[derive(Debug)]
pub(super) struct Derivation {
    pub(super) salt: [u8; 20],
    pub(super) key: &'static [u8],
    pub(super) iv: &'static [u8],
    pub(super) header_protection: &'static [u8],
}

/// RFC 9001 section 5.2; the drafts 33 and 34 have the same.
static V1: Derivation = Derivation {
    salt: [
        0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c,
        0xad, 0xcc, 0xbb, 0x7f, 0x0a,
    ],
    ..V1_LABELS
};

/// RFC 9369 section 3.3.
static V2: Derivation = Derivation {
    salt: [
        0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d,
        0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
    ],
    key: b"quicv2 key",
    iv: b"quicv2 iv",
    header_protection: b"quicv2 hp",
};

/// draft-ietf-quic-tls-29 to -32, section 5.2.
static DRAFT_29: Derivation = Derivation {
    salt: [
        0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11,
        0xe0, 0x43, 0x90, 0xa8, 0x99,
    ],
    ..V1_LABELS
};

/// The labels of version 1, which the drafts share.
const V1_LABELS: Derivation =
    Derivation { salt: [0; 20], key: b"quic key", iv: b"quic iv", header_protection: b"quic hp" };

/// The number of draft 0; RFC 9000 section 15 reserved the block.
const DRAFT_BASE: u32 = 0xff00_0000;
const FIRST_DRAFT: u32 = DRAFT_BASE + 29;
const FIRST_DRAFT_WITH_V1_SALT: u32 = DRAFT_BASE + 33;
const LAST_DRAFT: u32 = DRAFT_BASE + 34;
const V1_NUMBER: u32 = 0x0000_0001;
const V2_NUMBER: u32 = 0x6b33_43cf;

impl Version {
    /// RFC 9000.
    pub const V1: Version = Version(V1_NUMBER);
    /// RFC 9369.
    pub const V2: Version = Version(V2_NUMBER);
    /// draft-ietf-quic-transport-29, which browsers and servers spoke in 2020 and 2021.
    pub const DRAFT_29: Version = Version(FIRST_DRAFT);
    /// Whether Initials of this version can be opened.
    #[must_use]
    #[inline]
    pub const fn is_supported(self) -> bool {
        matches!(self.0, V1_NUMBER | V2_NUMBER | FIRST_DRAFT..=LAST_DRAFT)
    }

    /// The number of the draft, if it is one.
    #[must_use]
    pub const fn draft(self) -> Option<u8> {
        const NUMBER: u32 = 0xff;
        if self.0 & !NUMBER == DRAFT_BASE { Some((self.0 & NUMBER) as u8) } else { None }
    }

    /// Whether it is one of those that are reserved to keep version negotiation working (RFC 9000
    /// section 15): 0x?a?a?a?a.
    #[must_use]
    pub const fn is_grease(self) -> bool {
        self.0 & 0x0f0f_0f0f == 0x0a0a_0a0a
    }

    pub(super) fn derivation(self) -> Option<&'static Derivation> {
        match self.0 {
            V1_NUMBER | FIRST_DRAFT_WITH_V1_SALT..=LAST_DRAFT => Some(&V1),
            V2_NUMBER => Some(&V2),
            FIRST_DRAFT..FIRST_DRAFT_WITH_V1_SALT => Some(&DRAFT_29),
            _ => None,
        }
    }
}

impl fmt::Display for Version {
    /// `v1`, `v2`, `draft-29`, or the number in hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self, self.draft()) {
            (Version::V1, _) => f.write_str("v1"),
            (Version::V2, _) => f.write_str("v2"),
            (_, Some(draft)) => write!(f, "draft-{draft}"),
            (Version(number), None) => write!(f, "{number:#010x}"),
        }
    }
}
