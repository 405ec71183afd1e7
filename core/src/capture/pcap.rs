//! Classic pcap: one header for the file, then a short header before each frame.

use core::fmt;

use super::error::CaptureErrorKind;
use super::pcapng;
use super::step::{Packet, Step, max_captured_len, max_delivered_len};
use crate::frame::ByteOrder;
use crate::frame::{LinkType, Timestamp};

/// Octets of the file header.
pub(super) const FILE_HEADER_LEN: usize = 24;

mod file {
    pub(super) const VERSION_MAJOR: usize = 4;
    pub(super) const VERSION_MINOR: usize = 6;
    // Octets 8 to 15 are a time zone and a precision that no program writes.
    pub(super) const SNAP_LEN: usize = 16;
    pub(super) const LINK_TYPE: usize = 20;
}

mod record {
    pub(super) const LEN: usize = 16;
    /// The modified format adds interface index, protocol, packet type and a padding octet.
    pub(super) const MODIFIED_LEN: usize = 24;

    pub(super) const SECONDS: usize = 0;
    pub(super) const FRACTION: usize = 4;
    pub(super) const CAPTURED_LEN: usize = 8;
    pub(super) const WIRE_LEN: usize = 12;
}

/// The part of the link type field that numbers a link type.
const LINK_TYPE_MASK: u32 = 0x0000_ffff;
/// Bits that must be zero. The six above them tell the length of a frame check sequence at the
/// end of each frame, which nothing here needs: IP headers say where a packet ends.
const LINK_TYPE_RESERVED_MASK: u32 = 0x03ff_0000;

/// What the first four octets of a pcap file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Magic {
    order: ByteOrder,
    resolution: Resolution,
    modified: bool,
}

impl Magic {
    /// Magic numbers as big-endian files have them.
    const KNOWN: [([u8; 4], Resolution, bool); 3] = [
        ([0xa1, 0xb2, 0xc3, 0xd4], Resolution::Micros, false),
        ([0xa1, 0xb2, 0x3c, 0x4d], Resolution::Nanos, false),
        // Alexey Kuznetsov's modified format, written by some Linux systems around the year 2000.
        ([0xa1, 0xb2, 0xcd, 0x34], Resolution::Micros, true),
    ];

    /// Every magic number that begins with `first`, which may be less than a magic number.
    pub(super) fn all_starting_with(first: &[u8]) -> impl Iterator<Item = Magic> {
        Magic::KNOWN
            .into_iter()
            .flat_map(|(big, resolution, modified)| {
                let mut little = big;
                little.reverse();
                [(big, ByteOrder::Big), (little, ByteOrder::Little)]
                    .map(|(octets, order)| (octets, Magic { order, resolution, modified }))
            })
            .filter(move |(octets, _)| octets.starts_with(first))
            .map(|(_, magic)| magic)
    }

    /// What the first octets of a file say.
    pub(super) fn read(octets: &[u8]) -> Option<Magic> {
        Magic::all_starting_with(octets.first_chunk::<4>()?).next()
    }
}

/// Whether the first octets of a record, or of a pcapng block, are a magic number and a version of
/// pcap.
pub(super) fn may_begin(octets: &[u8]) -> bool {
    let Some((magic, version)) = Magic::read(octets).zip(octets.get(file::VERSION_MAJOR..)) else {
        return false;
    };
    let Some(version) = version.first_chunk::<4>() else { return false };
    let major = magic.order.u16_at::<0, _>(version);
    let minor = magic.order.u16_at::<2, _>(version);
    is_version(major, minor)
}

/// Whether a pcap file begins so. Asked where a record could stand, so no less than the whole header
/// is compared: magic number, version, the zeros of time zone and precision, and the link type.
pub(super) fn begins(header: &[u8; FILE_HEADER_LEN]) -> bool {
    const ZEROS: core::ops::Range<usize> = 8..16;
    let is_zero = header.get(ZEROS).is_some_and(|zeros| zeros.iter().all(|&octet| octet == 0));
    let magic = Magic::read(header).filter(|_| is_zero && may_begin(header));
    magic.is_some_and(|magic| PcapHeader::read(magic, header).is_ok())
}

/// What to do where another capture was joined to this one (`cat a.pcap b.pcap`).
#[cold]
fn another_capture(octets: &[u8]) -> Option<Step> {
    if pcapng::begins(octets) {
        return Some(Step::NextCapture);
    }
    if !may_begin(octets) {
        return None;
    }
    match octets.first_chunk() {
        Some(header) => begins(header).then_some(Step::NextCapture),
        None => Some(Step::More { needed: FILE_HEADER_LEN }),
    }
}

/// Versions of pcap that were ever written.
const fn is_version(major: u16, minor: u16) -> bool {
    matches!((major, minor), (2, 0..=4) | (543, 0))
}

/// The unit of the second number in a record's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
}

/// What a pcap file's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PcapHeader {
    /// The order of octets in the headers of file and records.
    pub byte_order: ByteOrder,
    /// The unit of fractions of a second.
    pub resolution: Resolution,
    /// Whether records have the longer header of Kuznetsov's modified format.
    pub modified: bool,
    /// Major version, 2 (or 543, which DG/UX wrote).
    pub version_major: u16,
    /// Minor version, 0 to 4.
    pub version_minor: u16,
    /// The most octets that were kept of a frame; 0 for no limit.
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
    fn read(magic: Magic, header: &[u8; FILE_HEADER_LEN]) -> Result<Self, CaptureErrorKind> {
        let order = magic.order;
        let version_major = order.u16_at::<{ file::VERSION_MAJOR }, _>(header);
        let version_minor = order.u16_at::<{ file::VERSION_MINOR }, _>(header);
        if !is_version(version_major, version_minor) {
            let (major, minor) = (version_major, version_minor);
            return Err(CaptureErrorKind::UnsupportedVersion { major, minor });
        }
        let link_field = order.u32_at::<{ file::LINK_TYPE }, _>(header);
        if link_field & LINK_TYPE_RESERVED_MASK != 0 {
            return Err(CaptureErrorKind::BadLinkType { field: link_field });
        }
        Ok(PcapHeader {
            byte_order: order,
            resolution: magic.resolution,
            modified: magic.modified,
            version_major,
            version_minor,
            snap_len: order.u32_at::<{ file::SNAP_LEN }, _>(header),
            link_type: LinkType((link_field & LINK_TYPE_MASK) as u16),
        })
    }

    /// The order of a record's two lengths, which version 2.3 exchanged.
    const fn lengths(&self) -> Lengths {
        match (self.version_major, self.version_minor) {
            (2, 4..) => Lengths::CapturedFirst,
            // Some programs wrote this version and the order of its predecessors.
            (2, 3) => Lengths::SmallerIsCaptured,
            _ => Lengths::WireFirst,
        }
    }

    /// The most octets that are handed over of a frame.
    const fn max_delivered_len(&self) -> u32 {
        const FAKED_ETHERNET_HEADER_LEN: u32 = 14;
        let snap_len = max_delivered_len(self.snap_len);
        if self.modified && self.link_type.0 == LinkType::ETHERNET.0 {
            // Modified captures of other links got an Ethernet header beyond the snapshot length.
            snap_len.saturating_add(FAKED_ETHERNET_HEADER_LEN)
        } else {
            snap_len
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lengths {
    CapturedFirst,
    WireFirst,
    SmallerIsCaptured,
}

/// Reads the records of a pcap file.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    header: PcapHeader,
    lengths: Lengths,
    record_header_len: usize,
    nanos_per_fraction: u64,
    max_captured_len: u32,
    max_delivered_len: u32,
}

impl Reader {
    /// The reader for a file with this header.
    pub(super) fn new(
        magic: Magic,
        header: &[u8; FILE_HEADER_LEN],
    ) -> Result<Self, CaptureErrorKind> {
        let header = PcapHeader::read(magic, header)?;
        Ok(Reader {
            header,
            lengths: header.lengths(),
            record_header_len: if header.modified { record::MODIFIED_LEN } else { record::LEN },
            nanos_per_fraction: match header.resolution {
                Resolution::Micros => 1_000,
                Resolution::Nanos => 1,
            },
            max_captured_len: max_captured_len(header.link_type),
            max_delivered_len: header.max_delivered_len(),
        })
    }

    pub(super) const fn header(&self) -> PcapHeader {
        self.header
    }

    /// Whether a record of which `needed` octets are known has its header in them.
    pub(super) const fn is_past_record_header(&self, needed: usize) -> bool {
        needed > self.record_header_len
    }

    /// The record at the start of `octets`.
    #[inline]
    pub(super) fn step(&self, octets: &[u8]) -> Result<Step, CaptureErrorKind> {
        let start = self.record_header_len;
        let (Some(header), true) = (octets.first_chunk::<{ record::LEN }>(), octets.len() >= start)
        else {
            return Ok(Step::More { needed: start });
        };
        let (captured_len, wire_len) = self.lengths_in(header);
        // Neither is common, and both may be the header of another capture.
        if captured_len == 0 || captured_len > self.max_captured_len {
            if let Some(step) = another_capture(octets) {
                return Ok(step);
            }
            if captured_len > 0 {
                let max_len = self.max_captured_len;
                return Err(CaptureErrorKind::FrameTooLong { captured_len, max_len });
            }
        }
        let len = start + captured_len as usize;
        if octets.len() < len {
            return Ok(Step::More { needed: len });
        }
        let packet = Packet {
            start,
            // A frame may be longer than the file's header promises; readers of captures get what
            // was promised.
            captured_len: captured_len.min(self.max_delivered_len) as usize,
            wire_len: wire_len as usize,
            link_type: self.header.link_type,
            time: self.time_in(header),
            host_order: self.header.byte_order,
            interface: 0,
        };
        Ok(Step::Record { len, packet: Some(packet) })
    }

    #[inline]
    fn lengths_in(&self, header: &[u8; record::LEN]) -> (u32, u32) {
        let order = self.header.byte_order;
        let first = order.u32_at::<{ record::CAPTURED_LEN }, _>(header);
        let second = order.u32_at::<{ record::WIRE_LEN }, _>(header);
        match self.lengths {
            Lengths::CapturedFirst => (first, second),
            Lengths::WireFirst => (second, first),
            Lengths::SmallerIsCaptured => (first.min(second), first.max(second)),
        }
    }

    /// The record's time. A fraction of a second or more carries over into the seconds.
    #[inline]
    fn time_in(&self, header: &[u8; record::LEN]) -> Timestamp {
        const NANOS_PER_SECOND: u64 = 1_000_000_000;
        let order = self.header.byte_order;
        let seconds = u64::from(order.u32_at::<{ record::SECONDS }, _>(header));
        let fraction = u64::from(order.u32_at::<{ record::FRACTION }, _>(header));
        // Two numbers below 2³²: the sum stays below 2⁶³.
        Timestamp::from_nanos(seconds * NANOS_PER_SECOND + fraction * self.nanos_per_fraction)
    }
}
