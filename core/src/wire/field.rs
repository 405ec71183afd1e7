//! Where the fields of headers lie, in bytes from the start of each header, for readers that do not
//! parse whole headers. No other file of this library has these offsets.
#![allow(missing_docs, reason = "the name of a constant is that of the field or protocol")]

/// Ethernet, and 802.1Q tags.
pub mod ethernet {
    pub const ETHER_TYPE: usize = 12;
    pub const LEN: usize = 14;
    /// Each tag: its control information, and the EtherType of what follows.
    pub const VLAN_TAG_LEN: usize = 4;
    /// In a tag's control information.
    pub const VLAN_ID: u16 = 0x0fff;
}

/// IPv4 (RFC 791 section 3.1).
pub mod ipv4 {
    /// Version in the high four bits, header length in the low four.
    pub const VERSION_AND_LEN: usize = 0;
    /// The header length, in units of 4 octets.
    pub const LEN_MASK: u8 = 0x0f;
    /// Version 4, and a header without options.
    pub const WITHOUT_OPTIONS: u8 = 0x45;
    pub const TOS: usize = 1;
    pub const TOTAL_LEN: usize = 2;
    /// Flags, and offset of the fragment.
    pub const FRAGMENT: usize = 6;
    pub const FRAGMENT_OFFSET: u16 = 0x1fff;
    pub const MORE_FRAGMENTS_AND_OFFSET: u16 = 0x3fff;
    /// In the first octet of flags and fragment offset: "must be zero".
    pub const RESERVED_BIT: u8 = 0x80;
    pub const PROTOCOL: usize = 9;
    pub const SOURCE: usize = 12;
    pub const DESTINATION: usize = 16;
    /// The header without options.
    pub const MIN_LEN: usize = 20;
}

/// IPv6 (RFC 8200 section 3).
pub mod ipv6 {
    pub const PAYLOAD_LEN: usize = 4;
    pub const NEXT_HEADER: usize = 6;
    pub const SOURCE: usize = 8;
    pub const DESTINATION: usize = 24;
    /// The fixed header.
    pub const LEN: usize = 40;
}

/// TCP (RFC 9293 section 3.1).
pub mod tcp {
    pub const SOURCE: usize = 0;
    pub const DESTINATION: usize = 2;
    /// The header length in the high four bits, in units of 4 octets.
    pub const DATA_OFFSET: usize = 12;
    pub const FLAGS: usize = 13;
    pub const FIN: u8 = 0x01;
    pub const SYN: u8 = 0x02;
    pub const RST: u8 = 0x04;
    pub const ACK: u8 = 0x10;
    /// The header without options.
    pub const MIN_LEN: usize = 20;
}

/// UDP (RFC 768).
pub mod udp {
    pub const SOURCE: usize = 0;
    pub const DESTINATION: usize = 2;
    /// Bytes of header and payload.
    pub const LENGTH: usize = 4;
    /// The header.
    pub const LEN: usize = 8;
}

/// The 16 bits at `at`, in network order; `None` if the bytes end before.
#[inline]
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    chunk_at(bytes, at).map(u16::from_be_bytes)
}

/// The `N` bytes at `at`; `None` if the bytes end before.
#[inline]
pub(crate) fn chunk_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}
