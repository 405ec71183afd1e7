//! pcapng: a sequence of blocks, in sections that each have their own interfaces and byte order.

use core::fmt;

use super::error::CaptureErrorKind;
use super::interface::Interface;
use super::pcap;
use super::step::{Block, MAX_RECORD_LEN, Packet, Step, max_captured_len};
use crate::frame::ByteOrder;
use crate::frame::{LinkType, Timestamp};

/// The block type of a section header, the same in both byte orders: a file's first four octets.
pub(super) const SECTION_HEADER_OCTETS: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// The most interfaces that one section may describe.
pub(super) const MAX_INTERFACES: usize = 65_536;

/// Block types that mean something here; all others are passed over.
mod block_type {
    pub(super) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
    pub(super) const INTERFACE: u32 = 1;
    /// Obsolete, but still in old captures.
    pub(super) const PACKET: u32 = 2;
    pub(super) const SIMPLE_PACKET: u32 = 3;
    pub(super) const ENHANCED_PACKET: u32 = 6;

    #[inline]
    pub(super) const fn is_read(number: u32) -> bool {
        matches!(number, SECTION_HEADER | INTERFACE | PACKET | SIMPLE_PACKET | ENHANCED_PACKET)
    }
}

/// Around the body of every block.
mod block {
    pub(super) const TYPE: usize = 0;
    pub(super) const TOTAL_LEN: usize = 4;
    /// In a section header only: the first field of the body, which tells how to read the length.
    pub(super) const BYTE_ORDER_MARK: usize = 8;

    pub(super) const HEADER_LEN: usize = 8;
    /// The total length again.
    pub(super) const TRAILER_LEN: usize = 4;
    /// A block without a body; also enough of a section header to know its byte order.
    pub(super) const MIN_LEN: usize = HEADER_LEN + TRAILER_LEN;
}

/// The start of a section header's body.
mod section {
    pub(super) const LEN: usize = 16;
    pub(super) const VERSION_MAJOR: usize = 4;
    pub(super) const VERSION_MINOR: usize = 6;
    // Octets 8 to 15 are the section's length, which many writers do not know: blocks are walked.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PcapNgSection {
    /// The number of the section, from 1.
    pub number: u32,
    /// The order of octets in the section's blocks.
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

/// Whether a pcapng file begins so: the type of a section header, a length, and the mark of the byte
/// order.
pub(super) fn begins(octets: &[u8]) -> bool {
    let is_mark = |order: ByteOrder, header| {
        order.u32_at::<{ block::BYTE_ORDER_MARK }, { block::MIN_LEN }>(header) == BYTE_ORDER_MARK
    };
    octets.starts_with(&SECTION_HEADER_OCTETS)
        && octets.first_chunk().is_some_and(|header| {
            is_mark(ByteOrder::Little, header) || is_mark(ByteOrder::Big, header)
        })
}

/// What the field says in the order of the machine that wrote it.
const BYTE_ORDER_MARK: u32 = 0x1a2b_3c4d;

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

    /// The block at the start of `octets`.
    #[inline]
    pub(super) fn step(&mut self, octets: &[u8]) -> Result<Step, CaptureErrorKind> {
        let Some(header) = octets.first_chunk::<{ block::MIN_LEN }>() else {
            return Ok(Step::More { needed: block::MIN_LEN });
        };
        let order = self.byte_order(header)?;
        let block_type = order.u32_at::<{ block::TYPE }, _>(header);
        if !block_type::is_read(block_type) {
            return other_block(order, header, octets);
        }
        let len = total_len(order, header)?;
        let Some(whole) = octets.get(..len) else {
            return Ok(Step::More { needed: len });
        };
        let body = body(order, whole)?;
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
        Ok(Step::Record { len, packet })
    }

    /// The byte order of a block: its section's, which for a section header is its own.
    #[inline]
    fn byte_order(&self, header: &[u8; block::MIN_LEN]) -> Result<ByteOrder, CaptureErrorKind> {
        if let Some(section) = self.section
            && !header.starts_with(&SECTION_HEADER_OCTETS)
        {
            return Ok(section.byte_order);
        }
        [ByteOrder::Little, ByteOrder::Big]
            .into_iter()
            .find(|order| order.u32_at::<{ block::BYTE_ORDER_MARK }, _>(header) == BYTE_ORDER_MARK)
            .ok_or(CaptureErrorKind::NoByteOrder)
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

/// A block that holds no packet and describes none: passed over, whatever its length. Or no block at
/// all, but the header of a pcap file that was joined to this one.
#[cold]
fn other_block(
    order: ByteOrder,
    header: &[u8; block::MIN_LEN],
    octets: &[u8],
) -> Result<Step, CaptureErrorKind> {
    if pcap::may_begin(header) {
        return Ok(match octets.first_chunk() {
            Some(header) if pcap::begins(header) => Step::NextCapture,
            Some(_) => return Err(bad_length(order, header)),
            None => Step::More { needed: pcap::FILE_HEADER_LEN },
        });
    }
    let length = order.u32_at::<{ block::TOTAL_LEN }, _>(header);
    let len = length as usize;
    if len < block::MIN_LEN || !len.is_multiple_of(4) {
        return Err(bad_length(order, header));
    }
    match octets.get(..len) {
        Some(whole) => body(order, whole).map(|_| Step::Record { len, packet: None }),
        None => Ok(Step::PassOver(Block { len: length, order })),
    }
}

fn bad_length(order: ByteOrder, header: &[u8; block::MIN_LEN]) -> CaptureErrorKind {
    CaptureErrorKind::BadBlockLength { length: order.u32_at::<{ block::TOTAL_LEN }, _>(header) }
}

/// A block's total length, if a block can have it.
#[inline]
fn total_len(order: ByteOrder, header: &[u8; block::MIN_LEN]) -> Result<usize, CaptureErrorKind> {
    let length = order.u32_at::<{ block::TOTAL_LEN }, _>(header);
    match length as usize {
        len @ block::MIN_LEN..=MAX_RECORD_LEN if len.is_multiple_of(4) => Ok(len),
        _ => Err(bad_length(order, header)),
    }
}

/// What lies between a block's header and its trailer, which must agree.
#[inline]
fn body(order: ByteOrder, block: &[u8]) -> Result<&[u8], CaptureErrorKind> {
    let (Some((header, rest)), Some(trailer)) =
        (block.split_first_chunk::<{ block::HEADER_LEN }>(), block.last_chunk())
    else {
        return Err(CaptureErrorKind::BlockTooShort);
    };
    let first = order.u32_at::<{ block::TOTAL_LEN }, _>(header);
    let last = order.u32_at::<0, { block::TRAILER_LEN }>(trailer);
    if first != last {
        return Err(CaptureErrorKind::BlockLengthsDiffer { first, last });
    }
    rest.len()
        .checked_sub(block::TRAILER_LEN)
        .and_then(|len| rest.get(..len))
        .ok_or(CaptureErrorKind::BlockTooShort)
}

/// Whether a frame of `captured_len` is credible, and in `body` behind the first `head_len` octets.
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
