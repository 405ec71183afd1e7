//! pcapng: a sequence of blocks, in sections that each have their own interfaces and byte order.

use core::fmt;

use pcap_parser::nom::Err;
use pcap_parser::{UnknownBlock, parse_unknownblock_be, parse_unknownblock_le};

use super::error::CaptureErrorKind;
use super::interface::Interface;
use super::limits::{MAX_INTERFACES, MAX_RECORD_LEN, max_captured_len};
use super::start::{
    MARKED_LEN, PCAP_HEADER_LEN, SECTION_HEADER, begins_pcap, may_begin_pcap, section_byte_order,
};
use super::step::{Block, Packet, Step};
use crate::frame::{ByteOrder, LinkType, Timestamp};

/// Block types that mean something here; all others are passed over.
mod block_type {
    pub(super) use pcap_parser::{
        EPB_MAGIC as ENHANCED_PACKET, IDB_MAGIC as INTERFACE, SHB_MAGIC as SECTION_HEADER,
        SPB_MAGIC as SIMPLE_PACKET,
    };
    /// Obsolete, but still in old captures.
    pub(super) const PACKET: u32 = 2;

    #[inline]
    pub(super) const fn is_read(number: u32) -> bool {
        matches!(number, SECTION_HEADER | INTERFACE | PACKET | SIMPLE_PACKET | ENHANCED_PACKET)
    }
}

/// Around the body of every block.
mod block {
    pub(super) const TYPE: usize = 0;
    pub(super) const TOTAL_LEN: usize = 4;

    pub(super) const HEADER_LEN: usize = 8;
    /// The header, and the total length again at the end.
    pub(super) const MIN_LEN: usize = HEADER_LEN + 4;
}

/// The start of a section header's body.
mod section {
    pub(super) const LEN: usize = 16;
    pub(super) const VERSION_MAJOR: usize = 4;
    pub(super) const VERSION_MINOR: usize = 6;
    // Bytes 8 to 15 are the section's length, which many writers do not know: blocks are walked.
}

/// The start of an enhanced packet's body; of an obsolete packet's too, but for the interface.
mod enhanced {
    pub(super) const LEN: usize = 20;
    pub(super) const INTERFACE: usize = 0;
    pub(super) const TIME_HIGH: usize = 4;
    pub(super) const TIME_LOW: usize = 8;
    pub(super) const CAPTURED_LEN: usize = 12;
    pub(super) const WIRE_LEN: usize = 16;
}

/// The start of a simple packet's body.
mod simple {
    pub(super) const LEN: usize = 4;
    pub(super) const WIRE_LEN: usize = 0;
}

/// What a pcapng section's header says.
///
/// It is a part of [`Format`](super::Format).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PcapNgSection {
    /// The number of the section, from 1.
    pub number: u32,
    /// The byte order of the section's blocks.
    pub byte_order: ByteOrder,
    /// Major version, 1.
    pub version_major: u16,
    /// Minor version, 0 or 2.
    pub version_minor: u16,
}

/// `pcapng 1.0, little-endian`.
impl fmt::Display for PcapNgSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PcapNgSection { byte_order, version_major, version_minor, .. } = self;
        write!(f, "pcapng {version_major}.{version_minor}, {byte_order}")
    }
}

/// Reads the blocks of a pcapng file.
#[derive(Debug, Clone, Default)]
pub(super) struct Reader {
    /// The section being read; none before the first section header.
    section: Option<PcapNgSection>,
    interfaces: Vec<Interface>,
}

impl Reader {
    pub(super) const fn section(&self) -> Option<PcapNgSection> {
        self.section
    }

    /// Reads the block at the start of `bytes`.
    #[inline]
    pub(super) fn step(&mut self, bytes: &[u8]) -> Result<Step, CaptureErrorKind> {
        let Some(header) = bytes.first_chunk::<{ block::MIN_LEN }>() else {
            return Ok(Step::More { needed: block::MIN_LEN });
        };
        let order = self.byte_order(header)?;
        let block_type = order.u32_at::<{ block::TYPE }, _>(header);
        if !block_type::is_read(block_type) {
            return other_block(order, header, bytes);
        }
        let len = total_len(order, header, MAX_RECORD_LEN)?;
        let Some(block) = split(order, len, bytes)? else {
            return Ok(Step::More { needed: len as usize });
        };
        let body = block.data;
        let packet = match block_type {
            block_type::ENHANCED_PACKET => Some(self.enhanced_packet(order, body)?),
            block_type::SIMPLE_PACKET => Some(self.simple_packet(order, body)?),
            block_type::PACKET => Some(self.obsolete_packet(order, body)?),
            block_type::INTERFACE => {
                self.add_interface(order, body)?;
                None
            }
            block_type::SECTION_HEADER => {
                self.begin_section(order, body)?;
                None
            }
            _ => None,
        };
        Ok(Step::Record { len: len as usize, packet })
    }

    /// Returns the byte order of a block: its section's, which for a section header is its own.
    #[inline]
    fn byte_order(&self, header: &[u8; MARKED_LEN]) -> Result<ByteOrder, CaptureErrorKind> {
        if let Some(section) = self.section
            && !header.starts_with(&SECTION_HEADER)
        {
            return Ok(section.byte_order);
        }
        section_byte_order(header).ok_or(CaptureErrorKind::NoByteOrder)
    }

    // Cold, as all but enhanced packets: the loop over those stays small enough to be inlined.
    #[cold]
    fn begin_section(&mut self, order: ByteOrder, body: &[u8]) -> Result<(), CaptureErrorKind> {
        let head: &[u8; section::LEN] =
            body.first_chunk().ok_or(CaptureErrorKind::BlockTooShort)?;
        let major = order.u16_at::<{ section::VERSION_MAJOR }, _>(head);
        let minor = order.u16_at::<{ section::VERSION_MINOR }, _>(head);
        // The format's specification: a 1.2 is to be read as a 1.0.
        if !matches!((major, minor), (1, 0 | 2)) {
            return Err(CaptureErrorKind::UnsupportedVersion { major, minor });
        }
        self.interfaces.clear();
        self.section = Some(PcapNgSection {
            number: self.section.map_or(1, |section| section.number.saturating_add(1)),
            byte_order: order,
            version_major: major,
            version_minor: minor,
        });
        Ok(())
    }

    #[cold]
    fn add_interface(&mut self, order: ByteOrder, body: &[u8]) -> Result<(), CaptureErrorKind> {
        if self.interfaces.len() == MAX_INTERFACES {
            return Err(CaptureErrorKind::TooManyInterfaces);
        }
        self.interfaces.push(Interface::read(order, body)?);
        Ok(())
    }

    #[inline]
    fn interface(&self, number: u32) -> Result<&Interface, CaptureErrorKind> {
        self.interfaces.get(number as usize).ok_or(CaptureErrorKind::UnknownInterface { number })
    }

    #[inline]
    fn enhanced_packet(&self, order: ByteOrder, body: &[u8]) -> Result<Packet, CaptureErrorKind> {
        let head = body.first_chunk().ok_or(CaptureErrorKind::BlockTooShort)?;
        let interface = order.u32_at::<{ enhanced::INTERFACE }, _>(head);
        self.timed_packet(order, body, head, interface)
    }

    #[cold]
    fn obsolete_packet(&self, order: ByteOrder, body: &[u8]) -> Result<Packet, CaptureErrorKind> {
        let head = body.first_chunk().ok_or(CaptureErrorKind::BlockTooShort)?;
        // The other half of the field counts lost packets.
        let interface = order.u16_at::<{ enhanced::INTERFACE }, _>(head);
        self.timed_packet(order, body, head, u32::from(interface))
    }

    /// What enhanced and obsolete packets have in common: all but the interface.
    #[inline]
    fn timed_packet(
        &self,
        order: ByteOrder,
        body: &[u8],
        head: &[u8; enhanced::LEN],
        interface_number: u32,
    ) -> Result<Packet, CaptureErrorKind> {
        let interface = self.interface(interface_number)?;
        let captured_len = order.u32_at::<{ enhanced::CAPTURED_LEN }, _>(head);
        check_captured_len(captured_len, interface.link_type, body, enhanced::LEN)?;
        let high = u64::from(order.u32_at::<{ enhanced::TIME_HIGH }, _>(head));
        let low = u64::from(order.u32_at::<{ enhanced::TIME_LOW }, _>(head));
        Ok(Packet {
            start: block::HEADER_LEN + enhanced::LEN,
            captured_len: captured_len.min(interface.max_delivered_len) as usize,
            wire_len: order.u32_at::<{ enhanced::WIRE_LEN }, _>(head) as usize,
            link_type: interface.link_type,
            time: interface.time(high << 32 | low),
            host_order: order,
            interface: interface_number,
        })
    }

    /// A simple packet came from the section's first interface, at a time that was not kept.
    #[cold]
    fn simple_packet(&self, order: ByteOrder, body: &[u8]) -> Result<Packet, CaptureErrorKind> {
        let head: &[u8; simple::LEN] = body.first_chunk().ok_or(CaptureErrorKind::BlockTooShort)?;
        let interface = self.interface(0)?;
        let wire_len = order.u32_at::<{ simple::WIRE_LEN }, _>(head);
        // The block has no captured length: the snapshot length is the only thing that cuts.
        let captured_len = wire_len.min(interface.max_delivered_len);
        check_captured_len(captured_len, interface.link_type, body, simple::LEN)?;
        Ok(Packet {
            start: block::HEADER_LEN + simple::LEN,
            captured_len: captured_len as usize,
            wire_len: wire_len as usize,
            link_type: interface.link_type,
            time: Timestamp::EPOCH,
            host_order: order,
            interface: 0,
        })
    }
}

/// Passes over a block that holds no packet and describes none, whatever its length. Or it is no block
/// at all, but the header of a pcap file that was joined to this one.
#[cold]
fn other_block(
    order: ByteOrder,
    header: &[u8; block::MIN_LEN],
    bytes: &[u8],
) -> Result<Step, CaptureErrorKind> {
    if may_begin_pcap(header) {
        return match bytes.first_chunk() {
            Some(header) if begins_pcap(header) => Ok(Step::NextCapture),
            Some(_) => Err(bad_length(order, header)),
            None => Ok(Step::More { needed: PCAP_HEADER_LEN }),
        };
    }
    let len = total_len(order, header, usize::MAX)?;
    Ok(match split(order, len, bytes)? {
        Some(_) => Step::Record { len: len as usize, packet: None },
        None => Step::PassOver(Block { len, order }),
    })
}

fn bad_length(order: ByteOrder, header: &[u8; block::MIN_LEN]) -> CaptureErrorKind {
    CaptureErrorKind::BadBlockLength { length: order.u32_at::<{ block::TOTAL_LEN }, _>(header) }
}

/// Returns a block's total length, if a block can have it. pcap-parser takes odd lengths, and waits
/// for any number of bytes.
#[inline]
fn total_len(
    order: ByteOrder,
    header: &[u8; block::MIN_LEN],
    max_len: usize,
) -> Result<u32, CaptureErrorKind> {
    let len = order.u32_at::<{ block::TOTAL_LEN }, _>(header);
    if (block::MIN_LEN..=max_len).contains(&(len as usize)) && len.is_multiple_of(4) {
        Ok(len)
    } else {
        Err(bad_length(order, header))
    }
}

/// Splits off the block at the start of `bytes`, which has `len` bytes. Returns `None` if it is not
/// whole.
///
/// As a block of unknown type, whatever it is: only that function of pcap-parser neither collects
/// options nor reads further into the block, and so allocates nothing and asks for no more bytes than
/// the block has. It does not compare the two lengths.
#[inline]
fn split(
    order: ByteOrder,
    len: u32,
    bytes: &[u8],
) -> Result<Option<UnknownBlock<'_>>, CaptureErrorKind> {
    let block = match order {
        ByteOrder::Little => parse_unknownblock_le(bytes),
        ByteOrder::Big => parse_unknownblock_be(bytes),
    };
    match block {
        Ok((_, block)) if block.block_len2 == len => Ok(Some(block)),
        Ok((_, block)) => {
            Err(CaptureErrorKind::BlockLengthsDiffer { first: len, last: block.block_len2 })
        }
        Err(Err::Incomplete(_)) => Ok(None),
        // Only lengths that no block can have are refused.
        Err(_) => Err(CaptureErrorKind::BadBlockLength { length: len }),
    }
}

/// Whether a frame of `captured_len` is credible, and in `body` after the first `head_len` bytes.
#[inline]
fn check_captured_len(
    captured_len: u32,
    link_type: LinkType,
    body: &[u8],
    head_len: usize,
) -> Result<(), CaptureErrorKind> {
    let max_len = max_captured_len(link_type);
    if captured_len > max_len {
        return Err(CaptureErrorKind::FrameTooLong { captured_len, max_len });
    }
    if captured_len as usize > body.len().saturating_sub(head_len) {
        return Err(CaptureErrorKind::BlockTooShort);
    }
    Ok(())
}
