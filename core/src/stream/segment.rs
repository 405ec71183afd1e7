//! From a frame to what a stream takes.

use core::net::SocketAddr;

use super::{Payload, Stream};
use crate::wire;
use crate::{Frame, Skip};

/// The innermost TCP segment of a frame, as far as streams go.
///
/// ```
/// use stackprint::stream::{Stream, TcpSegment};
/// use stackprint::{Frame, LinkType};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let segment = TcpSegment::of(&Frame::new(LinkType::RAW, syn))?;
/// assert_eq!(segment.destination.to_string(), "192.0.2.80:80");
/// assert_eq!((segment.syn, segment.seq, segment.payload.seq), (true, 1, 2));
/// assert_eq!(segment.stream(), Stream::after_syn(1));
/// # Ok::<(), stackprint::Skip>(())
/// ```
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

    /// The stream that this segment begins, as far as it was captured: with SYN, the one after it.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        if self.syn { Stream::after_syn(self.seq) } else { Stream::midway() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LinkType;

    /// IPv4 of 20 bytes and TCP of 20, with these flags, and a payload of which so much was captured.
    fn packet(flags: u8, payload_len: u8, captured: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 40 + payload_len, 0, 0, 0x40, 0, 64, 6, 0, 0];
        packet.extend([192, 0, 2, 10, 192, 0, 2, 80, 0x9c, 0x40, 1, 0xbb]);
        packet.extend([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]);
        packet.extend(captured);
        packet
    }

    /// RFC 9293 section 3.4: SYN takes a number before the payload; RFC 7413: it may have one.
    #[test]
    fn segments_of_frames() {
        const FIN: u8 = 1;
        const SYN: u8 = 2;
        const RST_ACK: u8 = 0x14;
        let of = |flags, payload_len, captured| {
            let packet = packet(flags, payload_len, captured);
            let segment = TcpSegment::of(&Frame::new(LinkType::RAW, &packet)).expect("TCP");
            assert_eq!(segment.source.to_string(), "192.0.2.10:40000");
            assert_eq!(segment.destination.to_string(), "192.0.2.80:443");
            let TcpSegment { seq, syn, ack, rst, payload, .. } = segment;
            let Payload { bytes, cut, fin, .. } = payload;
            assert_eq!((seq, bytes), (u32::MAX, captured));
            (segment.stream(), payload.seq, [syn, ack, rst, fin, cut])
        };
        let opened = of(SYN, 4, b"data");
        assert_eq!(opened, (Stream::after_syn(u32::MAX), 0, [true, false, false, false, false]));
        let closed = of(FIN, 4, b"dat");
        assert_eq!(closed, (Stream::midway(), u32::MAX, [false, false, false, true, true]));
        let reset = of(RST_ACK, 0, b"");
        assert_eq!(reset, (Stream::midway(), u32::MAX, [false, true, true, false, false]));
        // Padding of Ethernet is no payload.
        let mut padded = packet(FIN, 1, b"x");
        padded.extend([0; 5]);
        let segment = TcpSegment::of(&Frame::new(LinkType::RAW, &padded)).expect("TCP");
        assert_eq!((segment.payload.bytes, segment.payload.cut), (&b"x"[..], false));
    }
}
