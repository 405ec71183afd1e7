//! Writes frames as a pcapng section: draft-ietf-opsawg-pcapng. Knows no JavaScript.

use stackprint::{ByteOrder, Frame, LinkType};

/// Block types of pcapng, sections 4.1 to 4.3.
mod block {
    pub(super) const SECTION_HEADER: u32 = 0x0A0D_0D0A;
    pub(super) const INTERFACE_DESCRIPTION: u32 = 1;
    pub(super) const ENHANCED_PACKET: u32 = 6;
}

const BYTE_ORDER_MAGIC: u32 = 0x1A2B_3C4D;
const UNKNOWN_SECTION_LENGTH: u64 = u64::MAX;
/// Option if_tsresol (code 9) of one byte: times count in units of 10⁻⁹ s.
const OPTION_TIME_RESOLUTION: u16 = 9;
const NANOSECONDS: u8 = 9;
/// Type and length at the front, length again at the end.
const BLOCK_OVERHEAD: usize = 12;

/// Writes sections: a new one begins where the byte order of the frames changes, because some link
/// headers hold numbers in the byte order of the capturing machine.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    order: Option<ByteOrder>,
    /// Link types of the section's interfaces.
    interfaces: Vec<LinkType>,
}

impl Writer {
    /// Appends a frame to `out`, after the blocks that have to come before it.
    pub(crate) fn write(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) {
        if self.order != Some(frame.host_order) {
            self.order = Some(frame.host_order);
            self.interfaces.clear();
            section_header(frame.host_order, out);
        }
        let known = self.interfaces.iter().position(|link_type| *link_type == frame.link_type);
        let interface = known.unwrap_or_else(|| {
            interface_description(frame.host_order, frame.link_type, out);
            self.interfaces.push(frame.link_type);
            self.interfaces.len() - 1
        });
        enhanced_packet(interface as u32, frame, out);
    }
}

fn section_header(order: ByteOrder, out: &mut Vec<u8>) {
    Block::write(order, block::SECTION_HEADER, out, &|block| {
        block.u32(BYTE_ORDER_MAGIC);
        // Version 1.0.
        block.u16(1);
        block.u16(0);
        block.u64(UNKNOWN_SECTION_LENGTH);
    });
}

fn interface_description(order: ByteOrder, link_type: LinkType, out: &mut Vec<u8>) {
    Block::write(order, block::INTERFACE_DESCRIPTION, out, &|block| {
        block.u16(link_type.0);
        block.u16(0);
        // No snapshot length.
        block.u32(0);
        block.u16(OPTION_TIME_RESOLUTION);
        block.u16(1);
        block.bytes(&[NANOSECONDS]);
        // End of options.
        block.u32(0);
    });
}

fn enhanced_packet(interface: u32, frame: &Frame<'_>, out: &mut Vec<u8>) {
    Block::write(frame.host_order, block::ENHANCED_PACKET, out, &|block| {
        let nanos = frame.time.as_nanos();
        block.u32(interface);
        block.u32((nanos >> 32) as u32);
        block.u32(nanos as u32);
        block.u32(frame.data.len() as u32);
        block.u32(frame.wire_len as u32);
        block.bytes(frame.data);
    });
}

/// A block that is being written.
struct Block<'a> {
    order: ByteOrder,
    out: &'a mut Vec<u8>,
}

impl Block<'_> {
    /// Writes a block: type, length, `body`, length.
    fn write(order: ByteOrder, kind: u32, out: &mut Vec<u8>, body: &dyn Fn(&mut Block<'_>)) {
        let mut content = Vec::new();
        body(&mut Block { order, out: &mut content });
        let len = (content.len() + BLOCK_OVERHEAD) as u32;
        let mut block = Block { order, out };
        block.u32(kind);
        block.u32(len);
        block.bytes(&content);
        block.u32(len);
    }

    fn u16(&mut self, value: u16) {
        self.out.extend(match self.order {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        });
    }

    fn u32(&mut self, value: u32) {
        self.out.extend(match self.order {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        });
    }

    fn u64(&mut self, value: u64) {
        self.out.extend(match self.order {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        });
    }

    /// Writes bytes, padded to 32 bits.
    fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        let padding = bytes.len().next_multiple_of(4) - bytes.len();
        self.out.extend(core::iter::repeat_n(0, padding));
    }
}

#[cfg(test)]
mod tests {
    use stackprint::Timestamp;
    use stackprint::capture::Decoder;

    use super::*;

    #[test]
    fn frames_read_back_equal() {
        let packet = [1, 2, 3, 4, 5];
        let link_types = [LinkType(1), LinkType(101), LinkType(1)];
        let mut out = Vec::new();
        let mut writer = Writer::default();
        let mut written = Vec::new();
        for (number, link_type) in link_types.into_iter().cycle().take(12).enumerate() {
            let order = if number < 5 { ByteOrder::Little } else { ByteOrder::Big };
            let time = Timestamp::new(1_700_000_000 + number as u64, 123_456_789);
            let frame = Frame::new(link_type, &packet[..number % 6])
                .at(time)
                .with_wire_len(100)
                .with_host_order(order);
            writer.write(&frame, &mut out);
            written.push(frame);
        }
        let mut number = 0;
        let mut decoder = Decoder::new();
        decoder
            .push(&out, |captured| {
                assert_eq!(captured.frame, written[number]);
                number += 1;
            })
            .unwrap();
        decoder.finish().unwrap();
        assert_eq!(number, written.len());
    }
}
