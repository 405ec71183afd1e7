//! Long headers, and the packets of a datagram.
#![warn(clippy::indexing_slicing)]

use core::fmt;

use super::Fault;
pub(super) use super::version::Version;

/// Header form: set in a long header (RFC 9000 section 17.2).
pub(super) const LONG_HEADER: u8 = 0x80;
/// RFC 9000 section 17.2: "In QUIC version 1, this value MUST NOT exceed 20 bytes".
const MAX_ID_LEN: usize = 20;

/// RFC 9001 section 5.4.2: "An endpoint MUST discard packets that are not long enough to contain a
/// complete sample", which is taken as if the packet number had four bytes.
const MIN_PROTECTED_LEN: usize = 4 + 16;

/// A connection ID, of at most 20 bytes.
///
/// An example is at [`Initial`](super::Initial).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ConnectionId {
    len: u8,
    bytes: [u8; MAX_ID_LEN],
}

impl ConnectionId {
    /// Returns None if there are more than 20 bytes.
    #[must_use]
    pub fn new(id: &[u8]) -> Option<ConnectionId> {
        let mut bytes = [0; MAX_ID_LEN];
        bytes.get_mut(..id.len())?.copy_from_slice(id);
        Some(ConnectionId { len: id.len() as u8, bytes })
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Whether it has no bytes: its owner does without.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionId({self})")
    }
}

/// Packets with a long header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
}

impl Kind {
    fn of(first: u8, version: Version) -> Kind {
        const TYPE_SHIFT: u32 = 4;
        const TYPE: u8 = 3;
        let number = first >> TYPE_SHIFT & TYPE;
        // RFC 9369 section 3.2 moved each by one, so that nobody relies on the numbers.
        let v1 = if version == Version::V2 { number.wrapping_sub(1) & TYPE } else { number };
        match v1 {
            0 => Kind::Initial,
            1 => Kind::ZeroRtt,
            2 => Kind::Handshake,
            _ => Kind::Retry,
        }
    }
}

/// A packet with a long header, whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet<'d> {
    pub(super) kind: Kind,
    pub(super) version: Version,
    pub(super) destination_id: ConnectionId,
    pub(super) source_id: ConnectionId,
    pub(super) token: &'d [u8],
    /// From the first byte of the header to the last of the tag.
    pub(super) bytes: &'d [u8],
    /// Where in it the packet number lies.
    pub(super) number_at: usize,
}

/// The packets with a long header that a datagram begins with (RFC 9000 section 12.2).
#[derive(Debug, Clone)]
pub(super) struct Packets<'d> {
    rest: &'d [u8],
    /// Whether bytes after these were not captured.
    cut: bool,
}

impl<'d> Packets<'d> {
    /// Of a datagram of which there are these bytes, and which had `len`.
    pub(super) fn new(bytes: &'d [u8], len: usize) -> Self {
        Packets { rest: bytes, cut: bytes.len() < len }
    }

    fn read(&self) -> Result<Packet<'d>, Fault> {
        let bytes = self.rest;
        let mut reader = Reader { bytes, at: 0 };
        let fault = if self.cut { Fault::Cut } else { Fault::BadHeader };
        let first = reader.u8().ok_or(fault)?;
        let version = Version(reader.u32().ok_or(fault)?);
        if !version.is_supported() {
            return Err(Fault::NotInitial);
        }
        let destination_id = reader.vector8().ok_or(fault)?;
        let source_id = reader.vector8().ok_or(fault)?;
        let destination_id = ConnectionId::new(destination_id).ok_or(Fault::BadHeader)?;
        let source_id = ConnectionId::new(source_id).ok_or(Fault::BadHeader)?;
        let kind = Kind::of(first, version);
        let packet =
            Packet { kind, version, destination_id, source_id, token: &[], bytes, number_at: 0 };
        if kind == Kind::Retry {
            // It has no length: all of the datagram is its token and tag.
            return Ok(packet);
        }
        let token = match kind {
            Kind::Initial => reader.vector().ok_or(fault)?,
            _ => &[],
        };
        let len = reader.varint().ok_or(fault)?;
        let number_at = reader.at;
        let protected = reader.bytes(len).ok_or(fault)?;
        if protected.len() < MIN_PROTECTED_LEN {
            return Err(Fault::BadHeader);
        }
        let bytes = bytes.get(..reader.at).unwrap_or_default();
        Ok(Packet { token, bytes, number_at, ..packet })
    }
}

impl<'d> Iterator for Packets<'d> {
    type Item = Result<Packet<'d>, Fault>;

    /// The next packet. A short header, or padding after the packets, ends them; so does a fault.
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.first()? & LONG_HEADER == 0 {
            return None;
        }
        let read = self.read();
        let passed = read.as_ref().map_or(usize::MAX, |packet| packet.bytes.len());
        self.rest = self.rest.get(passed..).unwrap_or_default();
        Some(read)
    }
}

/// Reads one field after another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) at: usize,
}

impl<'b> Reader<'b> {
    pub(super) const fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let array = self.bytes.get(self.at..)?.first_chunk()?;
        self.at += N;
        Some(*array)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// The next so many bytes.
    pub(super) fn bytes(&mut self, len: u64) -> Option<&'b [u8]> {
        let end = self.at.checked_add(usize::try_from(len).ok()?)?;
        let bytes = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    /// Bytes after their number in one byte.
    fn vector8(&mut self) -> Option<&'b [u8]> {
        let len = self.u8()?;
        self.bytes(len.into())
    }

    /// Bytes after their number.
    pub(super) fn vector(&mut self) -> Option<&'b [u8]> {
        let len = self.varint()?;
        self.bytes(len)
    }

    /// A number of 1, 2, 4 or 8 bytes, as its first two bits say (RFC 9000 section 16).
    pub(super) fn varint(&mut self) -> Option<u64> {
        const LEN_SHIFT: u32 = 6;
        const VALUE: u8 = 0x3f;
        let first = self.u8()?;
        let more = self.bytes((1 << (first >> LEN_SHIFT)) - 1)?;
        Some(
            more.iter().fold(u64::from(first & VALUE), |value, &byte| value << 8 | u64::from(byte)),
        )
    }
}
