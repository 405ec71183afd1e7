//! A TCP segment on its way through the stages.

use core::net::IpAddr;

use etherparse::TcpHeaderSlice;

use crate::endpoint::Endpoint;
use crate::frame::{Frame, Timestamp};
use crate::skip::{Skip, SkipReason};
use crate::state::Keys;
use crate::wire::{Ip, Segment, offset_of};

/// What the flags make of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Syn,
    SynAck,
    Ack,
    /// FIN or RST, with or without ACK.
    End,
}

impl Kind {
    /// Whether it is [`Kind::Ack`], as most are.
    #[inline(always)]
    pub(super) fn is_ack(tcp: &TcpHeaderSlice<'_>) -> bool {
        tcp.ack() && !tcp.syn() && !tcp.fin() && !tcp.rst()
    }

    #[inline]
    pub(super) fn of(tcp: &TcpHeaderSlice<'_>, frame: &Frame<'_>) -> Result<Kind, Skip> {
        match (tcp.syn(), tcp.ack(), tcp.fin(), tcp.rst()) {
            (true, false, false, false) => Ok(Kind::Syn),
            (true, true, false, false) => Ok(Kind::SynAck),
            (false, _, true, false) | (false, _, false, true) => Ok(Kind::End),
            (false, true, false, false) => Ok(Kind::Ack),
            (true, ..) | (false, _, true, true) | (false, false, false, false) => {
                Err(Skip::new(SkipReason::BadFlags, offset_of(tcp, frame)))
            }
        }
    }
}

/// A packet on its way through the rules.
pub(super) struct Packet<'s, 'f> {
    pub(super) segment: &'s Segment<'f>,
    pub(super) keys: Keys,
    pub(super) time: Timestamp,
    now_s: u64,
}

impl<'s, 'f> Packet<'s, 'f> {
    /// `seed` is the secret of the hashes.
    // Always: apart, lengths that are known here would be checked again.
    #[inline(always)]
    pub(super) fn new(segment: &'s Segment<'f>, time: Timestamp, seed: u64) -> Packet<'s, 'f> {
        let tcp = &segment.tcp;
        let (source_port, destination_port) = (tcp.source_port(), tcp.destination_port());
        let source = |ip| Endpoint { ip, port: source_port };
        let destination = |ip| Endpoint { ip, port: destination_port };
        // Apart by version once, and not again for each address and hash.
        let keys = match &segment.ip {
            Ip::V4(ip) => {
                let (from, to) = (IpAddr::V4(ip.source_addr()), IpAddr::V4(ip.destination_addr()));
                Keys::new(source(from), destination(to), seed)
            }
            Ip::V6(ip) => {
                let (from, to) = (IpAddr::V6(ip.source_addr()), IpAddr::V6(ip.destination_addr()));
                Keys::new(source(from), destination(to), seed)
            }
        };
        Packet { segment, keys, time, now_s: time.as_seconds() }
    }

    /// Sequence number of the first byte after the payload.
    pub(super) fn payload_end(&self) -> u32 {
        let tcp = &self.segment.tcp;
        // RFC 9293 section 3.4: SYN takes a sequence number, before the payload.
        let start = tcp.sequence_number().wrapping_add(u32::from(tcp.syn()));
        start.wrapping_add(self.segment.payload_len as u32)
    }

    #[inline]
    pub(super) fn now_s(&self) -> u64 {
        self.now_s
    }
}
