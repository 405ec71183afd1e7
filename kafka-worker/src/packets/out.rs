//! Where packets go, whatever they came in.

use stackprint::forms;
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

/// A packet as its message has it, and who captured it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Packet<'m> {
    pub(super) packet: forms::Packet<'m>,
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
        let time = packet.packet.time.or(self.defaults.time).ok_or(BadMessageKind::NoTime)?;
        self.frame(packet.packet.frame(self.defaults.link_type, time), packet.sensor)
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
