//! From a frame to what a stream takes.

use core::net::SocketAddr;

use super::{Payload, Stream};
use crate::wire;
use crate::{Frame, Skip};

/// The innermost TCP segment of a frame, as far as streams go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpSegment<'f> {
    /// Where it comes from.
    pub source: SocketAddr,
    /// Where it goes.
    pub destination: SocketAddr,
    /// Its sequence number.
    pub seq: u32,
    /// The flag SYN.
    pub syn: bool,
    /// The flag ACK.
    pub ack: bool,
    /// The flag RST.
    pub rst: bool,
    /// Its payload; FIN is part of that.
    pub payload: Payload<'f>,
}

impl<'f> TcpSegment<'f> {
    /// Walks through a frame to its TCP segment, through tunnels too.
    ///
    /// # Errors
    ///
    /// Every frame without a TCP segment that can be read is skipped, with a reason.
    pub fn of(frame: &Frame<'f>) -> Result<TcpSegment<'f>, Skip> {
        let segment = wire::open(frame)?;
        let tcp = &segment.tcp;
        let seq = tcp.sequence_number();
        let payload = Payload {
            // RFC 9293 section 3.4: SYN takes a sequence number, before the payload.
            seq: seq.wrapping_add(u32::from(tcp.syn())),
            bytes: segment.payload,
            cut: segment.payload_len > segment.payload.len(),
            fin: tcp.fin(),
        };
        Ok(TcpSegment {
            source: SocketAddr::new(segment.ip.source(), tcp.source_port()),
            destination: SocketAddr::new(segment.ip.destination(), tcp.destination_port()),
            seq,
            syn: tcp.syn(),
            ack: tcp.ack(),
            rst: tcp.rst(),
            payload,
        })
    }

    /// The stream that this segment begins, as far as it was captured: with SYN, the one behind it.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        if self.syn { Stream::after_syn(self.seq) } else { Stream::midway() }
    }
}
