//! Where packets go, whatever they came in.

use stackprint::{Frame, LinkType, Timestamp};

use super::bad_message::BadMessageKind;
use super::limits::{MAX_FRAME_BYTES, MAX_PACKETS};
use super::message::PacketMeta;

/// What holds for packets that do not say it themselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Defaults {
    pub(super) link_type: LinkType,
    pub(super) time: Option<Timestamp>,
}

/// A packet as its message has it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Packet<'m> {
    pub(super) bytes: &'m [u8],
    pub(super) link_type: Option<LinkType>,
    pub(super) time: Option<Timestamp>,
    /// Bytes before the capture cut it.
    pub(super) wire_len: Option<u64>,
    pub(super) sensor: Option<&'m str>,
}

/// Counts packets, holds them to the limits, and hands them over.
pub(super) struct Out<F> {
    each: F,
    defaults: Defaults,
    packets: u32,
}

impl<F: FnMut(Frame<'_>, PacketMeta<'_>)> Out<F> {
    pub(super) fn new(each: F, defaults: Defaults) -> Out<F> {
        Out { each, defaults, packets: 0 }
    }

    /// How many packets were handed over.
    pub(super) fn packets(&self) -> u32 {
        self.packets
    }

    #[inline]
    pub(super) fn packet(&mut self, packet: &Packet<'_>) -> Result<(), BadMessageKind> {
        let len = packet.bytes.len();
        let time = packet.time.or(self.defaults.time).ok_or(BadMessageKind::NoTime)?;
        let wire_len = packet.wire_len.and_then(|len| usize::try_from(len).ok()).unwrap_or(len);
        let frame = Frame::new(packet.link_type.unwrap_or(self.defaults.link_type), packet.bytes)
            .at(time)
            // A length below what is there is a slip of the sender, and no reason to lose the packet.
            .with_wire_len(wire_len.max(len));
        self.frame(frame, packet.sensor)
    }

    #[inline]
    pub(super) fn frame(
        &mut self,
        frame: Frame<'_>,
        sensor: Option<&str>,
    ) -> Result<(), BadMessageKind> {
        if self.packets >= MAX_PACKETS {
            return Err(BadMessageKind::TooManyPackets);
        }
        let bytes = frame.data.len();
        if bytes > MAX_FRAME_BYTES {
            return Err(BadMessageKind::FrameTooLong { bytes });
        }
        (self.each)(frame, PacketMeta { index: self.packets, sensor });
        self.packets += 1;
        Ok(())
    }
}
