//! Records of classic pcap: a short header before each frame.
//!
//! pcap-parser splits them, but for those of which it does not know the header: [`Reader::split_other`].

use pcap_parser::nom::{Err, IResult, Needed};
use pcap_parser::{
    LegacyPcapBlock, PcapError, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified,
};

use super::error::CaptureErrorKind;
use super::limits::{max_captured_len, max_delivered_len};
use super::start::{
    Magic, PCAP_HEADER_LEN, PcapHeader, Resolution, begins_pcap, begins_pcapng, may_begin_pcap,
};
use super::step::{Packet, Step};
use crate::frame::{ByteOrder, LinkType, Timestamp};

/// The header of a record.
mod record {
    pub(super) const LEN: usize = 16;
    /// The modified format adds interface index, protocol, packet type and a padding byte.
    pub(super) const MODIFIED_LEN: usize = 24;

    pub(super) const SECONDS: usize = 0;
    pub(super) const FRACTION: usize = 4;
    pub(super) const CAPTURED_LEN: usize = 8;
    pub(super) const WIRE_LEN: usize = 12;
}

type Split<'b> = IResult<&'b [u8], LegacyPcapBlock<'b>, PcapError<&'b [u8]>>;

/// How the records of a file are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Little,
    Big,
    ModifiedLittle,
    /// Unknown to pcap-parser: versions before 2.4, and the modified format of big-endian machines.
    Other,
}

impl Layout {
    const fn of(header: &PcapHeader, lengths: Lengths) -> Layout {
        match (lengths, header.byte_order, header.modified) {
            (Lengths::CapturedFirst, ByteOrder::Little, false) => Layout::Little,
            (Lengths::CapturedFirst, ByteOrder::Big, false) => Layout::Big,
            (Lengths::CapturedFirst, ByteOrder::Little, true) => Layout::ModifiedLittle,
            _ => Layout::Other,
        }
    }
}

/// The order of a record's two lengths, which version 2.3 exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lengths {
    CapturedFirst,
    WireFirst,
    SmallerIsCaptured,
}

impl Lengths {
    const fn of(header: &PcapHeader) -> Lengths {
        match (header.version_major, header.version_minor) {
            (2, 4..) => Lengths::CapturedFirst,
            // Some programs wrote this version and the order of its predecessors.
            (2, 3) => Lengths::SmallerIsCaptured,
            _ => Lengths::WireFirst,
        }
    }
}

/// Reads the records of a pcap file.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    header: PcapHeader,
    layout: Layout,
    lengths: Lengths,
    record_header_len: usize,
    nanos_per_fraction: u64,
    max_captured_len: u32,
    max_delivered_len: u32,
}

impl Reader {
    /// Returns the reader for a file with this header.
    pub(super) fn new(
        magic: Magic,
        header: &[u8; PCAP_HEADER_LEN],
    ) -> Result<Self, CaptureErrorKind> {
        let header = PcapHeader::read(magic, header)?;
        let lengths = Lengths::of(&header);
        Ok(Reader {
            header,
            layout: Layout::of(&header, lengths),
            lengths,
            record_header_len: if header.modified { record::MODIFIED_LEN } else { record::LEN },
            nanos_per_fraction: match header.resolution {
                Resolution::Micros => 1_000,
                Resolution::Nanos => 1,
            },
            max_captured_len: max_captured_len(header.link_type),
            max_delivered_len: max_delivered_len_of(&header),
        })
    }

    pub(super) const fn header(&self) -> PcapHeader {
        self.header
    }

    /// Whether a record of which `needed` bytes are known has its header in them.
    pub(super) const fn is_past_record_header(&self, needed: usize) -> bool {
        needed > self.record_header_len
    }

    /// Reads the record at the start of `bytes`.
    #[inline]
    pub(super) fn step(&self, bytes: &[u8]) -> Result<Step, CaptureErrorKind> {
        let Ok((_, record)) = self.split(bytes) else {
            return self.unfinished(bytes);
        };
        // Neither is common, and both may be the header of another capture.
        if record.caplen == 0 || record.caplen > self.max_captured_len {
            if let Some(step) = another_capture(bytes) {
                return Ok(step);
            }
            self.check(record.caplen)?;
        }
        let start = self.record_header_len;
        let packet = Packet {
            start,
            // A frame may be longer than the file's header promises; readers of captures get what
            // was promised.
            captured_len: record.caplen.min(self.max_delivered_len) as usize,
            wire_len: record.origlen as usize,
            link_type: self.header.link_type,
            time: self.time(record.ts_sec, record.ts_usec),
            host_order: self.header.byte_order,
            interface: 0,
        };
        Ok(Step::Record { len: start + record.caplen as usize, packet: Some(packet) })
    }

    /// Splits off the record at the start of `bytes`, or tells how many bytes are missing.
    #[inline]
    fn split<'b>(&self, bytes: &'b [u8]) -> Split<'b> {
        match self.layout {
            Layout::Little => parse_pcap_frame(bytes),
            Layout::Big => parse_pcap_frame_be(bytes),
            Layout::ModifiedLittle => parse_pcap_frame_modified(bytes),
            Layout::Other => self.split_other(bytes),
        }
    }

    /// [`split`](Reader::split) for what pcap-parser does not know.
    #[cold]
    fn split_other<'b>(&self, bytes: &'b [u8]) -> Split<'b> {
        let missing = |from: &[u8], len: usize| Err::Incomplete(Needed::new(len - from.len()));
        let start = self.record_header_len;
        let (Some(header), Some(rest)) =
            (bytes.first_chunk::<{ record::LEN }>(), bytes.get(start..))
        else {
            return Err(missing(bytes, start));
        };
        let order = self.header.byte_order;
        let first = order.u32_at::<{ record::CAPTURED_LEN }, _>(header);
        let second = order.u32_at::<{ record::WIRE_LEN }, _>(header);
        let (caplen, origlen) = match self.lengths {
            Lengths::CapturedFirst => (first, second),
            Lengths::WireFirst => (second, first),
            Lengths::SmallerIsCaptured => (first.min(second), first.max(second)),
        };
        let len = caplen as usize;
        let (data, rest) = rest.split_at_checked(len).ok_or_else(|| missing(rest, len))?;
        let ts_sec = order.u32_at::<{ record::SECONDS }, _>(header);
        let ts_usec = order.u32_at::<{ record::FRACTION }, _>(header);
        Ok((rest, LegacyPcapBlock { ts_sec, ts_usec, caplen, origlen, data }))
    }

    /// [`step`](Reader::step) for a record that is not whole.
    #[cold]
    fn unfinished(&self, bytes: &[u8]) -> Result<Step, CaptureErrorKind> {
        let missing = match self.split(bytes) {
            Err(Err::Incomplete(Needed::Size(missing))) => missing.get(),
            _ => 1,
        };
        let Some(present) = bytes.len().checked_sub(self.record_header_len) else {
            return Ok(Step::More { needed: self.record_header_len });
        };
        let captured_len = u32::try_from(present.saturating_add(missing)).unwrap_or(u32::MAX);
        if captured_len > self.max_captured_len
            && let Some(step) = another_capture(bytes)
        {
            return Ok(step);
        }
        self.check(captured_len)?;
        Ok(Step::More { needed: self.record_header_len + captured_len as usize })
    }

    fn check(&self, captured_len: u32) -> Result<(), CaptureErrorKind> {
        let max_len = self.max_captured_len;
        if captured_len > max_len {
            return Err(CaptureErrorKind::FrameTooLong { captured_len, max_len });
        }
        Ok(())
    }

    /// Returns a record's time. A fraction of a second or more carries over into the seconds.
    #[inline]
    fn time(&self, seconds: u32, fraction: u32) -> Timestamp {
        const NANOS_PER_SECOND: u64 = 1_000_000_000;
        let (seconds, fraction) = (u64::from(seconds), u64::from(fraction));
        // Two numbers below 2³²: the sum stays below 2⁶³.
        Timestamp::from_nanos(seconds * NANOS_PER_SECOND + fraction * self.nanos_per_fraction)
    }
}

/// Returns the most bytes that are handed over of a frame.
const fn max_delivered_len_of(header: &PcapHeader) -> u32 {
    const FAKED_ETHERNET_HEADER_LEN: u32 = 14;
    let snap_len = max_delivered_len(header.snap_len);
    if header.modified && header.link_type.0 == LinkType::ETHERNET.0 {
        // Modified captures of other links got an Ethernet header beyond the snapshot length.
        snap_len.saturating_add(FAKED_ETHERNET_HEADER_LEN)
    } else {
        snap_len
    }
}

/// Returns what to do where another capture was joined to this one (`cat a.pcap b.pcap`).
#[cold]
fn another_capture(bytes: &[u8]) -> Option<Step> {
    if begins_pcapng(bytes) {
        return Some(Step::NextCapture);
    }
    if !may_begin_pcap(bytes) {
        return None;
    }
    match bytes.first_chunk() {
        Some(header) => begins_pcap(header).then_some(Step::NextCapture),
        None => Some(Step::More { needed: PCAP_HEADER_LEN }),
    }
}
