//! How captures begin: the header of a pcap file, and the first block of a pcapng file.

use core::fmt;

use pcap_parser::{BOM_MAGIC, SHB_MAGIC, parse_pcap_header};

use super::error::{CaptureErrorKind, FirstBytes};
use crate::frame::{ByteOrder, LinkType};

/// Bytes of a pcap file's header.
pub(super) const PCAP_HEADER_LEN: usize = 24;

/// The block type of a section header, the same in both byte orders: a pcapng file's first four bytes.
pub(super) const SECTION_HEADER: [u8; 4] = SHB_MAGIC.to_be_bytes();

/// Where a section header has its byte-order mark.
const BYTE_ORDER_MARK_AT: usize = 8;
/// Bytes of a section header up to the end of the mark.
pub(super) const MARKED_LEN: usize = 12;

/// Where the version is, for those who cannot wait for the whole header.
const PCAP_VERSION_AT: usize = 4;

/// Returns the byte order of a pcapng section from the start of its header.
pub(super) fn section_byte_order(header: &[u8; MARKED_LEN]) -> Option<ByteOrder> {
    [ByteOrder::Little, ByteOrder::Big]
        .into_iter()
        .find(|order| order.u32_at::<{ BYTE_ORDER_MARK_AT }, _>(header) == BOM_MAGIC)
}

/// Whether a pcapng file begins so. Asked where a record of pcap could stand.
pub(super) fn begins_pcapng(bytes: &[u8]) -> bool {
    bytes.starts_with(&SECTION_HEADER)
        && bytes.first_chunk().is_some_and(|header| section_byte_order(header).is_some())
}

/// Whether the first bytes of a record, or of a pcapng block, are a magic number and a version of
/// pcap.
pub(super) fn may_begin_pcap(bytes: &[u8]) -> bool {
    let Some((magic, version)) = Magic::read(bytes).zip(bytes.get(PCAP_VERSION_AT..)) else {
        return false;
    };
    let Some(version) = version.first_chunk::<4>() else { return false };
    let major = magic.order.u16_at::<0, _>(version);
    let minor = magic.order.u16_at::<2, _>(version);
    is_version(major, minor)
}

/// Whether a pcap file begins so. Asked where a record could stand, so no less than the whole header
/// is compared: magic number, version, the zeros of time zone and precision, and the link type.
pub(super) fn begins_pcap(header: &[u8; PCAP_HEADER_LEN]) -> bool {
    const ZEROS: core::ops::Range<usize> = 8..16;
    let is_zero = header.get(ZEROS).is_some_and(|zeros| zeros.iter().all(|&byte| byte == 0));
    let magic = Magic::read(header).filter(|_| is_zero);
    magic.is_some_and(|magic| PcapHeader::read(magic, header).is_ok())
}

/// Versions of pcap that were ever written.
const fn is_version(major: u16, minor: u16) -> bool {
    matches!((major, minor), (2, 0..=4) | (543, 0))
}

/// What the first four bytes of a pcap file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Magic {
    order: ByteOrder,
    resolution: Resolution,
    modified: bool,
}

impl Magic {
    /// Magic numbers as big-endian files have them.
    const KNOWN: [([u8; 4], Resolution, bool); 3] = [
        (Magic::PLAIN, Resolution::Micros, false),
        ([0xa1, 0xb2, 0x3c, 0x4d], Resolution::Nanos, false),
        // Alexey Kuznetsov's modified format, written by some Linux systems around the year 2000.
        ([0xa1, 0xb2, 0xcd, 0x34], Resolution::Micros, true),
    ];
    const PLAIN: [u8; 4] = [0xa1, 0xb2, 0xc3, 0xd4];

    /// Every magic number that begins with `first`, which may be less than a magic number.
    pub(super) fn all_starting_with(first: &[u8]) -> impl Iterator<Item = Magic> {
        Magic::KNOWN
            .into_iter()
            .flat_map(|(big, resolution, modified)| {
                [ByteOrder::Big, ByteOrder::Little]
                    .map(|order| (in_order(big, order), Magic { order, resolution, modified }))
            })
            .filter(move |(bytes, _)| bytes.starts_with(first))
            .map(|(_, magic)| magic)
    }

    /// Returns what the first bytes of a file say.
    pub(super) fn read(bytes: &[u8]) -> Option<Magic> {
        Magic::all_starting_with(bytes.first_chunk::<4>()?).next()
    }
}

/// A magic number in files of this order.
const fn in_order(big: [u8; 4], order: ByteOrder) -> [u8; 4] {
    match order {
        ByteOrder::Big => big,
        ByteOrder::Little => [big[3], big[2], big[1], big[0]],
    }
}

/// The unit of the second number in a record's time.
///
/// It is a part of [`PcapHeader`]; an example is at [`Format`](super::Format).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
}

/// What a pcap file's header says.
///
/// It is a part of [`Format`](super::Format).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PcapHeader {
    /// The byte order of the headers of file and records.
    pub byte_order: ByteOrder,
    /// The unit of fractions of a second.
    pub resolution: Resolution,
    /// Whether records have the longer header of Kuznetsov's modified format.
    pub modified: bool,
    /// Major version, 2 (or 543, which DG/UX wrote).
    pub version_major: u16,
    /// Minor version, 0 to 4.
    pub version_minor: u16,
    /// The most bytes that were kept of a frame; 0 for no limit.
    pub snap_len: u32,
    /// How every frame begins.
    pub link_type: LinkType,
}

/// `pcap 2.4, little-endian, microseconds, ETHERNET`.
impl fmt::Display for PcapHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modified = if self.modified { "modified " } else { "" };
        let unit = match self.resolution {
            Resolution::Micros => "microseconds",
            Resolution::Nanos => "nanoseconds",
        };
        let (major, minor) = (self.version_major, self.version_minor);
        let (order, link_type) = (self.byte_order, self.link_type);
        write!(f, "{modified}pcap {major}.{minor}, {order}, {unit}, {link_type}")
    }
}

impl PcapHeader {
    /// The part of the link type field that numbers a link type.
    const LINK_TYPE_MASK: u32 = 0x0000_ffff;
    /// Bits that must be zero. The six above them tell the length of a frame check sequence at the
    /// end of each frame, which nothing here needs: IP headers say where a packet ends.
    const LINK_TYPE_RESERVED_MASK: u32 = 0x03ff_0000;

    /// Reads the header of a file that begins with `magic`.
    pub(super) fn read(
        magic: Magic,
        header: &[u8; PCAP_HEADER_LEN],
    ) -> Result<Self, CaptureErrorKind> {
        // pcap-parser does not know every magic number; what follows one is the same for all.
        let mut plain = *header;
        if let Some(first) = plain.first_chunk_mut() {
            *first = in_order(Magic::PLAIN, magic.order);
        }
        let Ok((_, fields)) = parse_pcap_header(&plain) else {
            return Err(CaptureErrorKind::NotACapture { first: FirstBytes::of(header) });
        };
        let (major, minor) = (fields.version_major, fields.version_minor);
        if !is_version(major, minor) {
            return Err(CaptureErrorKind::UnsupportedVersion { major, minor });
        }
        let link_field = fields.network.0.cast_unsigned();
        if link_field & PcapHeader::LINK_TYPE_RESERVED_MASK != 0 {
            return Err(CaptureErrorKind::BadLinkType { field: link_field });
        }
        Ok(PcapHeader {
            byte_order: magic.order,
            resolution: magic.resolution,
            modified: magic.modified,
            version_major: major,
            version_minor: minor,
            snap_len: fields.snaplen,
            link_type: LinkType((link_field & PcapHeader::LINK_TYPE_MASK) as u16),
        })
    }
}
