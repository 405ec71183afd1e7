//! Packets that share a message.

use std::time::Instant;

use stackprint::{ByteOrder, Frame, LinkType, Timestamp};

use super::args::Encoding;
use stackprint_worker::packets::encode;

/// The packets for one partition that have not been sent yet.
#[derive(Debug)]
pub(super) struct Batch {
    encoding: Encoding,
    bytes: Vec<u8>,
    packets: u16,
    first: Option<First>,
}

/// What the first packet of a batch decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct First {
    pub(super) time: Timestamp,
    pub(super) link_type: LinkType,
    host_order: ByteOrder,
    /// When it came to us.
    pub(super) came: Instant,
}

impl Batch {
    /// What may come in front of and after the frames, at most, as a part of a message's limit.
    pub(super) fn bytes_of(encoding: Encoding, frame: &Frame<'_>) -> usize {
        /// Fields of an envelope, or a record's header.
        const AROUND: usize = 160;
        let len = frame.data.len();
        AROUND + if encoding == Encoding::Json { len.div_ceil(3) * 4 } else { len }
    }

    pub(super) fn new(encoding: Encoding) -> Batch {
        Batch { encoding, bytes: Vec::new(), packets: 0, first: None }
    }

    pub(super) fn packets(&self) -> u16 {
        self.packets
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn first(&self) -> Option<First> {
        self.first
    }

    /// Whether the frame can share the message: a pcap file has one link type and one byte order.
    pub(super) fn takes(&self, frame: &Frame<'_>) -> bool {
        self.encoding != Encoding::Pcap
            || self.first.is_none_or(|first| {
                first.link_type == frame.link_type && first.host_order == frame.host_order
            })
    }

    pub(super) fn push(&mut self, frame: &Frame<'_>, sensor: Option<&str>) {
        if self.first.is_none() {
            self.begin(frame);
        }
        match self.encoding {
            Encoding::Msgpack => encode::to_msgpack(frame, sensor, &mut self.bytes),
            Encoding::Json => {
                self.bytes.push(if self.packets == 0 { b'[' } else { b',' });
                encode::to_json(frame, sensor, &mut self.bytes);
            }
            Encoding::Raw => self.bytes.extend_from_slice(frame.data),
            Encoding::Pcap => encode::to_pcap(frame, &mut self.bytes),
        }
        self.packets = self.packets.saturating_add(1);
    }

    fn begin(&mut self, frame: &Frame<'_>) {
        let Frame { time, link_type, host_order, .. } = *frame;
        self.first = Some(First { time, link_type, host_order, came: Instant::now() });
        match self.encoding {
            Encoding::Msgpack => self.bytes.extend_from_slice(&encode::ARRAY_HEADER),
            Encoding::Pcap => encode::pcap_header(frame, &mut self.bytes),
            Encoding::Json | Encoding::Raw => {}
        }
    }

    /// The message: one packet by itself, or a list of them.
    pub(super) fn message(&mut self) -> &[u8] {
        let is_one = self.packets == 1;
        match self.encoding {
            Encoding::Msgpack if is_one => {
                self.bytes.get(encode::ARRAY_HEADER.len()..).unwrap_or_default()
            }
            Encoding::Json if is_one => self.bytes.get(1..).unwrap_or_default(),
            Encoding::Msgpack => {
                encode::set_count(&mut self.bytes, self.packets);
                &self.bytes
            }
            Encoding::Json => {
                if self.bytes.last() != Some(&b']') {
                    self.bytes.push(b']');
                }
                &self.bytes
            }
            Encoding::Raw | Encoding::Pcap => &self.bytes,
        }
    }

    /// Begins anew, with the memory kept.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.packets = 0;
        self.first = None;
    }
}

/// What the header says of the value.
pub(super) const fn content_type(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Msgpack => "application/vnd.msgpack",
        Encoding::Json => "application/vnd.stackprint.packet+json",
        Encoding::Raw => "application/octet-stream",
        Encoding::Pcap => "application/vnd.tcpdump.pcap",
    }
}
