//! Numbers in a file whose byte order is known only once it is open.

use crate::frame::ByteOrder;

impl ByteOrder {
    /// The 16-bit number at `OFFSET`. An offset beyond the header does not compile.
    #[inline]
    pub(super) fn u16_at<const OFFSET: usize, const LEN: usize>(self, header: &[u8; LEN]) -> u16 {
        const { assert!(OFFSET + 2 <= LEN) };
        let bytes = [header[OFFSET], header[OFFSET + 1]];
        match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }
    }

    /// The 32-bit number at `OFFSET`. An offset beyond the header does not compile.
    #[inline]
    pub(super) fn u32_at<const OFFSET: usize, const LEN: usize>(self, header: &[u8; LEN]) -> u32 {
        const { assert!(OFFSET + 4 <= LEN) };
        let bytes = [header[OFFSET], header[OFFSET + 1], header[OFFSET + 2], header[OFFSET + 3]];
        match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        }
    }

    /// A signed 64-bit number.
    pub(super) fn i64(self, bytes: [u8; 8]) -> i64 {
        match self {
            ByteOrder::Little => i64::from_le_bytes(bytes),
            ByteOrder::Big => i64::from_be_bytes(bytes),
        }
    }
}
