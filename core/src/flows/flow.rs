//! One connection.

#[cfg(feature = "http")]
use core::num::NonZeroU32;

use crate::endpoint::{Endpoint, Side};
use crate::state::{Address, Entry, Key, Keys};
#[cfg(feature = "tls")]
use crate::stream::Stream;
use crate::uptime::Reading;

/// One connection, from its SYN on.
// In this order, what the oldest flow goes by (the hash, and its place in the order, in front of
// it) shares a cache line.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Flow {
    /// Of both ends.
    hash: u32,
    /// The client's next sequence number.
    pub(crate) client_next: u32,
    created_ms: u64,
    client: Address,
    server: Address,
    client_port: u16,
    server_port: u16,
    /// MSS of the SYN in bytes, 0 if it announced none.
    pub(crate) client_mss: u16,
    /// The sequence number after the SYN, and the length of the SYN's payload in bytes: the server
    /// acknowledges the one, or up to the other.
    pub(crate) syn_payload_len: u16,
    pub(crate) syn_end: u32,
    /// The server's next sequence number, once its SYN+ACK was seen.
    pub(crate) server_next: Option<u32>,
    /// The clocks as SYN and SYN+ACK showed them, 0 where they did not, and when: milliseconds
    /// after the flow began.
    ticks: [u32; 2],
    delay_ms: [u32; 2],
    /// For the client and for the server: how often its clock was looked at since, or
    /// [`CLOCK_DONE`].
    clock_looks: [u8; 2],
    is_v6: bool,
    /// Made by p0f-sendsyn.
    pub(crate) is_probe: bool,
    /// Bits of [`layer`], shifted by the side: who still reads a side's stream. All that a flow costs
    /// that nobody reads.
    #[cfg(feature = "tls")]
    open_streams: u8,
    /// The signatures that SYN and SYN+ACK matched.
    #[cfg(feature = "tls")]
    pub(crate) matched: [Matched; 2],
    #[cfg(feature = "tls")]
    pub(super) streams: [Stream; 2],
    /// When its age last began anew, in seconds after the flow began.
    #[cfg(feature = "tls")]
    renewed_after_s: u32,
    #[cfg(feature = "http")]
    pub(super) http: HttpPlace,
}

#[cfg(not(feature = "tls"))]
const _: () = assert!(size_of::<Flow>() == 88, "with its place in the order, 96 bytes");
#[cfg(feature = "tls")]
const _: () = assert!(size_of::<Flow>() <= 152, "with its place in the order, 160 bytes");

/// Who reads a stream.
#[cfg(feature = "tls")]
pub(crate) mod layer {
    pub(crate) const TLS: u8 = 0b00_01;
    pub(crate) const HTTP: u8 = 0b01_00;
    pub(crate) const ALL: u8 = TLS | HTTP;
    /// No layer: where in the sequence numbers the stream is, is known.
    pub(crate) const PLACED: u8 = 0b01_00_00;
}

/// A flow whose streams are read lives longer than its handshake: its age begins anew with a payload,
/// if it is at least so many seconds.
#[cfg(feature = "tls")]
const RENEWAL_S: u64 = 8;

/// What a flow keeps of HTTP.
#[cfg(feature = "http")]
#[derive(Debug)]
pub(super) struct HttpPlace {
    /// The number of its exchange, if there is one.
    pub(super) exchange: Option<NonZeroU32>,
    /// For each side, up to where nothing new is expected: the end of a body, as far as it is known.
    pub(super) quiet_until: [u32; 2],
}

/// The signature that a SYN or SYN+ACK matched, if one did, and whether with tolerances.
#[cfg(feature = "tls")]
pub(crate) type Matched = Option<(crate::tcp::signature::SignatureId, bool)>;

/// Uptime was found, or given up.
const CLOCK_DONE: u8 = u8::MAX;
/// A clock is looked at again after so long: this settles most frequencies …
const FIRST_LOOK_MS: u64 = 250;
/// … and each later look waits twice as long, to 16 seconds.
const MAX_LOOKS: u8 = 7;

/// The addresses of a flow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlowEnds {
    pub(crate) addresses: [Address; 2],
    pub(crate) is_v6: bool,
}

impl Flow {
    /// A flow whose first packet came from `sender`.
    #[inline]
    pub(super) fn new(keys: &Keys, sender: Side, created_ms: u64) -> Flow {
        let (client, server) = (keys.of(Side::Client, sender), keys.of(Side::Server, sender));
        Flow {
            hash: keys.flow_hash,
            client_next: 0,
            created_ms,
            client: client.address,
            server: server.address,
            client_port: client.port,
            server_port: server.port,
            client_mss: 0,
            syn_payload_len: 0,
            syn_end: 0,
            server_next: None,
            ticks: [0; 2],
            delay_ms: [0; 2],
            clock_looks: [0; 2],
            is_v6: keys.is_v6,
            is_probe: false,
            #[cfg(feature = "tls")]
            open_streams: 0,
            #[cfg(feature = "tls")]
            matched: [None; 2],
            #[cfg(feature = "tls")]
            streams: [const { Stream::over() }; 2],
            #[cfg(feature = "tls")]
            renewed_after_s: 0,
            #[cfg(feature = "http")]
            http: HttpPlace { exchange: None, quiet_until: [0; 2] },
        }
    }

    /// Begins a stream, which these layers read.
    #[cfg(feature = "tls")]
    pub(crate) fn begin_stream(&mut self, side: Side, stream: Stream, layers: u8) {
        self.streams[side.index()] = stream;
        self.open_streams |= layers << side.index();
    }

    /// Begins a stream by the sequence number of its SYN or SYN+ACK. HTTP reads the other side, too,
    /// wherever that begins.
    #[cfg(feature = "tls")]
    pub(crate) fn begin_stream_after_syn(&mut self, side: Side, seq: u32, layers: u8) {
        self.begin_stream(side, Stream::after_syn(seq), layers | layer::PLACED);
        #[cfg(feature = "http")]
        {
            self.open_streams |= (layers & layer::HTTP) << side.other().index();
            self.http.quiet_until[side.index()] = seq.wrapping_add(1);
        }
    }

    /// Both sides are read from anywhere on.
    #[cfg(feature = "http")]
    pub(crate) fn open_for(&mut self, layers: u8) {
        for side in [Side::Client, Side::Server] {
            self.open_streams |= layers << side.index();
        }
    }

    /// Nothing new is expected of a side up to there.
    #[cfg(feature = "http")]
    pub(super) fn set_quiet_until(&mut self, side: Side, seq: u32) {
        self.http.quiet_until[side.index()] = seq;
        self.open_streams |= layer::PLACED << side.index();
    }

    /// Where a side's stream begins, before anything of it was read as HTTP.
    #[cfg(feature = "http")]
    pub(super) fn stream_start(&self, side: Side) -> Option<u32> {
        self.is_read_by(layer::PLACED, side).then_some(self.http.quiet_until[side.index()])
    }

    /// Whether one of these layers reads a side's stream.
    #[cfg(feature = "tls")]
    #[inline]
    pub(crate) fn is_read_by(&self, layers: u8, side: Side) -> bool {
        self.open_streams & layers << side.index() != 0
    }

    /// Whether a payload is wanted that ends there: nothing new is expected within a body.
    #[cfg(feature = "tls")]
    #[inline]
    pub(crate) fn wants_payload(&self, side: Side, end: u32, now_ms: u64) -> bool {
        self.is_read_by(layer::ALL, side)
            && (self.is_read_by(layer::TLS, side)
                || !self.is_quiet(side, end)
                || self.needs_renewal(now_ms))
    }

    #[cfg(feature = "http")]
    fn is_quiet(&self, side: Side, end: u32) -> bool {
        self.is_read_by(layer::PLACED, side)
            && end.wrapping_sub(self.http.quiet_until[side.index()]).cast_signed() <= 0
    }

    #[cfg(all(feature = "tls", not(feature = "http")))]
    fn is_quiet(&self, _side: Side, _end: u32) -> bool {
        false
    }

    /// Whether its age is to begin anew.
    #[cfg(feature = "tls")]
    pub(super) fn needs_renewal(&self, now_ms: u64) -> bool {
        (now_ms / 1000).saturating_sub(self.age_from_s()) >= RENEWAL_S
    }

    #[cfg(feature = "tls")]
    pub(super) fn renew(&mut self, now_ms: u64) {
        self.renewed_after_s = (now_ms / 1000).saturating_sub(self.created_ms / 1000) as u32;
    }

    /// A layer no longer reads a side's stream.
    #[cfg(feature = "tls")]
    pub(super) fn end_stream(&mut self, layers: u8, side: Side) {
        self.open_streams &= !(layers << side.index());
    }

    /// Since when its age counts, in seconds.
    pub(super) fn age_from_s(&self) -> u64 {
        #[cfg(feature = "tls")]
        return self.created_ms / 1000 + u64::from(self.renewed_after_s);
        #[cfg(not(feature = "tls"))]
        (self.created_ms / 1000)
    }

    pub(crate) fn end(&self, side: Side) -> Endpoint {
        let (address, port) = match side {
            Side::Client => (self.client, self.client_port),
            Side::Server => (self.server, self.server_port),
        };
        Endpoint { ip: address.ip(self.is_v6), port }
    }

    /// The addresses of both sides.
    pub(super) fn ends(&self) -> FlowEnds {
        FlowEnds { addresses: [self.client, self.server], is_v6: self.is_v6 }
    }

    /// Which side sent a packet between these ends; `None` if it is of another flow.
    #[inline]
    pub(super) fn sender(&self, keys: &Keys) -> Option<Side> {
        let is = |key: &Key, address, port| key.port == port && key.address == address;
        let (client, server) = ((self.client, self.client_port), (self.server, self.server_port));
        let goes = |from: (Address, u16), to: (Address, u16)| {
            is(&keys.source, from.0, from.1) && is(&keys.destination, to.0, to.1)
        };
        if self.is_v6 != keys.is_v6 {
            None
        } else if goes(client, server) {
            Some(Side::Client)
        } else if goes(server, client) {
            Some(Side::Server)
        } else {
            None
        }
    }

    /// Whether a SYN+ACK with this acknowledgement number answers the flow's SYN.
    pub(crate) fn is_acknowledged_by(&self, acknowledgment: u32) -> bool {
        acknowledgment.wrapping_sub(self.syn_end) <= u32::from(self.syn_payload_len)
    }

    /// Whether uptime was found, or given up, for a side.
    pub(crate) fn clock_is_done(&self, side: Side) -> bool {
        self.clock_looks[side.index()] == CLOCK_DONE
    }

    /// Uptime was found, or is given up.
    pub(crate) fn end_clock(&mut self, side: Side) {
        self.clock_looks[side.index()] = CLOCK_DONE;
    }

    /// Whether a clock that was seen before has run long enough for another look.
    #[inline]
    pub(crate) fn clock_is_due(&self, side: Side, now_ms: u64) -> bool {
        let at = side.index();
        let looks = self.clock_looks[at];
        let since_ms = now_ms.saturating_sub(self.created_ms + u64::from(self.delay_ms[at]));
        self.ticks[at] != 0 && looks < MAX_LOOKS && since_ms >= FIRST_LOOK_MS << looks
    }

    /// Another look was in vain.
    pub(crate) fn note_look(&mut self, side: Side) {
        let looks = &mut self.clock_looks[side.index()];
        *looks = looks.saturating_add(1);
    }

    /// The clock of a side as its SYN or SYN+ACK showed it.
    pub(crate) fn first_reading(&self, side: Side) -> Option<Reading> {
        let side = side.index();
        let time_ms = self.created_ms + u64::from(self.delay_ms[side]);
        (self.ticks[side] != 0).then_some(Reading { time_ms, ticks: self.ticks[side] })
    }

    pub(crate) fn set_first_reading(&mut self, side: Side, reading: Reading) {
        let side = side.index();
        self.ticks[side] = reading.ticks;
        self.delay_ms[side] = reading.time_ms.saturating_sub(self.created_ms) as u32;
    }
}

impl Entry for Flow {
    fn hash(&self, _seed: u64) -> u32 {
        self.hash
    }
}
