//! One piece of evidence of a host: what was seen, how often, since when and until when.

use crate::frame::Timestamp;
use crate::word_enum::word_enum;

word_enum! {
    /// What a piece of evidence comes from.
    ///
    /// An example is at [`Claim`](super::Claim).
    Layer {
        /// The stack, by its SYNs.
        Syn = "syn",
        /// The stack, by its SYN+ACKs.
        SynAck = "syn_ack",
        /// The initial TTL of a SYN or SYN+ACK that no signature fits.
        Ttl = "ttl",
        /// The library that makes the host's TLS hellos.
        Tls = "tls",
        /// The client of the host's QUIC connections.
        Quic = "quic",
        /// What the host's HTTP requests claim.
        HttpRequest = "http_request",
        /// What the host's HTTP responses claim.
        HttpResponse = "http_response",
        /// That requests were forwarded: Via, X-Forwarded-For.
        Forwarded = "forwarded",
        /// The MTU of the host's link.
        Link = "link",
        /// A port on which the host answers.
        Port = "port",
        /// A change of the host's looks, or a shared address.
        Change = "change",
    }
}

impl Layer {
    /// How many pieces of evidence are kept of one host; a new one replaces the one that was seen
    /// longest ago.
    pub(super) const fn most(self) -> usize {
        match self {
            Layer::Port => 16,
            Layer::Syn | Layer::Tls | Layer::HttpRequest => 8,
            _ => 4,
        }
    }

    /// How much its answer counts, beside that of other layers. The stack is the strongest witness;
    /// its SYN+ACK is of the same stack, so that it is no independent one; claims can be forged.
    pub(super) const fn weight(self) -> f32 {
        match self {
            Layer::Syn => 1.0,
            Layer::Tls | Layer::Quic => 0.7,
            Layer::SynAck | Layer::HttpRequest | Layer::HttpResponse => 0.5,
            Layer::Ttl => 0.3,
            Layer::Forwarded | Layer::Link | Layer::Port | Layer::Change => 0.0,
        }
    }

    /// Whether it is of the stack that ends the host's TCP connections, whatever passes through them.
    pub(super) const fn is_of_stack(self) -> bool {
        matches!(self, Layer::Syn | Layer::SynAck | Layer::Ttl)
    }

    /// Whether it is evidence of what the host is: part of why.
    pub(super) const fn is_witness(self) -> bool {
        !matches!(self, Layer::Link | Layer::Port | Layer::Change)
    }
}

/// A piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) layer: Layer,
    /// The number of the value, or the port itself.
    pub(super) value: u32,
    /// The stack by the SYN of the same connection: the number of its value, [`NONE`](Entry::NONE)
    /// if it is not known.
    pub(super) tcp: u32,
    pub(super) count: u32,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

impl Entry {
    /// No value.
    pub(super) const NONE: u32 = 0;

    /// Whether two were seen by turns, not one after the other.
    pub(super) fn is_interleaved(&self, other: &Entry) -> bool {
        self.first < other.last && other.first < self.last
    }
}
