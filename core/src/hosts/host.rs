//! One address, packed: a million of them are to fit in 72 MiB, index and order included.

use super::watch::NONE;
use crate::change::{ChangeReasons, History, Seen};
use crate::database::IdMap;
use crate::endpoint::{Direction, Side};
use crate::state::{Address, Entry, Scope, scoped_hash};
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::SignatureId;

/// One address in its network.
///
/// Most hosts are seen once: their SYN or SYN+ACK lies in the entry itself. What does not fit lies
/// in a [`Watch`](super::Watch) for each role; by p0f's rules in an [`Extra`].
#[derive(Debug)]
pub(crate) struct Host {
    address: Address,
    scope_id: u32,
    /// Capture time in seconds, of which 32 bits are kept.
    pub(super) last_seen_s: u32,
    /// 0 for none.
    last_client_port: u16,
    /// The last signature that named its system: its number and 1, or 0.
    system: u16,
    /// Bits of [`bit`], TTL and quirks of the last SYN or SYN+ACK.
    bits: u32,
    /// Own timestamp of the last SYN or SYN+ACK; with [`bit::EXTRA`], the number of the extra, or
    /// of the client's watch.
    own_timestamp: u32,
    /// With [`bit::EXTRA`], the number of the server's watch.
    layout_hash: u32,
    /// Low and high part of the time in milliseconds.
    time_low: u32,
    time_high: u16,
    mss: u16,
    /// The matched signature's number and 1, or 0.
    matched: u16,
    peer_tag: u16,
    window: u16,
    window_scale: u8,
    scope_kind: u8,
}

const _: () = assert!(size_of::<Host>() == 56, "with its place in the order, 64 bytes");

/// Single bits of `bits`, above the quirks (17 bits) and the TTL (8 bits).
mod bit {
    pub(super) const TTL_SHIFT: u32 = 17;
    pub(super) const FUZZY: u32 = 1 << 25;
    /// There was a SYN or SYN+ACK, and it lies here.
    pub(super) const SEEN: u32 = 1 << 26;
    /// It was a SYN+ACK.
    pub(super) const SYN_ACK: u32 = 1 << 27;
    pub(super) const V6: u32 = 1 << 28;
    /// The clock ran on from a connection with one peer to one with another.
    pub(super) const STEADY: u32 = 1 << 29;
    /// The clock jumped.
    pub(super) const JUMPS: u32 = 1 << 30;
    pub(super) const EXTRA: u32 = 1 << 31;
    /// Those that are the host's, not its last packet's.
    pub(super) const OF_HOST: u32 = V6 | STEADY | JUMPS | EXTRA;
}

/// What few hosts need: both roles, or a history of changes.
#[derive(Debug, Default)]
pub(super) struct Extra {
    pub(super) last_syn: Option<Seen>,
    pub(super) last_syn_ack: Option<Seen>,
    pub(super) scores: Scores,
    #[cfg(feature = "http")]
    pub(super) http: HttpPast,
}

/// What p0f remembers of a host's HTTP heads. Labels are numbers of the database.
#[cfg(feature = "http")]
#[derive(Debug, Default)]
pub(crate) struct HttpPast {
    /// The label of the last request that named a system.
    pub(crate) request: Option<u16>,
    pub(crate) response: Option<PastResponse>,
}

/// A server's last response.
#[cfg(feature = "http")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct PastResponse {
    /// Its label, if it matched.
    pub(crate) label: Option<u16>,
    /// Its port.
    pub(crate) port: u16,
    /// The server's clock in seconds, 0 if it had none.
    pub(crate) date: i64,
    /// When it came, in seconds.
    pub(crate) time_s: u64,
}

impl Extra {
    /// As [`Host::remap_signatures`].
    pub(super) fn remap_signatures(&mut self, id_map: &IdMap) {
        for seen in [&mut self.last_syn, &mut self.last_syn_ack].into_iter().flatten() {
            seen.matched = Some(id_map.matched(seen.matched));
        }
        #[cfg(feature = "http")]
        {
            self.http = HttpPast::default();
        }
    }
}

/// Signs of change gathered for a host.
#[derive(Debug, Default)]
pub(crate) struct Scores {
    pub(crate) as_client: History,
    pub(crate) as_server: History,
    pub(crate) reasons: ChangeReasons,
}

/// What was seen of a host's timestamp clock across connections.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ClockEvidence {
    /// It ran on from a connection with one peer to one with another.
    pub(crate) steady_across_peers: bool,
    /// It jumped.
    pub(crate) jumps: bool,
}

impl Host {
    pub(super) fn new(address: Address, is_v6: bool, scope: Scope) -> Host {
        Host {
            address,
            scope_id: scope.id,
            scope_kind: scope.kind,
            last_seen_s: 0,
            last_client_port: 0,
            system: 0,
            bits: if is_v6 { bit::V6 } else { 0 },
            own_timestamp: 0,
            layout_hash: 0,
            time_low: 0,
            time_high: 0,
            mss: 0,
            matched: 0,
            peer_tag: 0,
            window: 0,
            window_scale: 0,
        }
    }

    fn scope(&self) -> Scope {
        Scope { id: self.scope_id, kind: self.scope_kind }
    }

    fn is_v6(&self) -> bool {
        self.bits & bit::V6 != 0
    }

    #[inline]
    pub(super) fn is(&self, address: Address, is_v6: bool, scope: Scope) -> bool {
        self.address == address && self.is_v6() == is_v6 && self.scope() == scope
    }

    pub(crate) fn system(&self) -> Option<SignatureId> {
        self.system.checked_sub(1).map(SignatureId)
    }

    pub(crate) fn set_system(&mut self, system: SignatureId) {
        self.system = system.0.saturating_add(1);
    }

    /// Puts what the numbers mean in another database in place of them.
    pub(super) fn remap_signatures(&mut self, id_map: &IdMap) {
        let system = self.system().and_then(|old| id_map.system(old));
        self.system = system.map_or(0, |id| id.0.saturating_add(1));
        if self.bits & bit::SEEN != 0 {
            let old = self.matched.checked_sub(1).map(SignatureId);
            self.matched = id_map.matched(old).0.saturating_add(1);
        }
    }

    pub(crate) fn last_client_port(&self) -> Option<u16> {
        Some(self.last_client_port).filter(|&port| port != 0)
    }

    pub(crate) fn set_last_client_port(&mut self, port: u16) {
        self.last_client_port = port;
    }

    pub(crate) fn clock(&self) -> ClockEvidence {
        ClockEvidence {
            steady_across_peers: self.bits & bit::STEADY != 0,
            jumps: self.bits & bit::JUMPS != 0,
        }
    }

    pub(crate) fn note_steady_clock(&mut self) {
        self.bits |= bit::STEADY;
    }

    pub(crate) fn note_jumping_clock(&mut self) {
        self.bits |= bit::JUMPS;
    }

    /// The number of the host's extra, if it has one.
    pub(super) fn extra(&self) -> Option<u32> {
        (self.bits & bit::EXTRA != 0).then_some(self.own_timestamp)
    }

    /// The number of the host's watch in a role, if it has one.
    pub(super) fn watch(&self, side: Side) -> Option<u32> {
        let number = match side {
            Side::Client => self.own_timestamp,
            Side::Server => self.layout_hash,
        };
        (self.bits & bit::EXTRA != 0 && number != NONE).then_some(number)
    }

    /// Leaves what lay here to watches, of which there are none yet.
    pub(super) fn begin_watches(&mut self) {
        self.bits = self.bits & bit::OF_HOST | bit::EXTRA;
        (self.own_timestamp, self.layout_hash) = (NONE, NONE);
    }

    pub(super) fn set_watch(&mut self, side: Side, number: u32) {
        match side {
            Side::Client => self.own_timestamp = number,
            Side::Server => self.layout_hash = number,
        }
    }

    /// Whether there was a SYN or SYN+ACK.
    #[inline]
    pub(super) fn has_past(&self) -> bool {
        self.bits & (bit::SEEN | bit::EXTRA) != 0
    }

    /// An extra of what lies here.
    pub(super) fn take_extra(&self) -> Extra {
        let mut extra = Extra::default();
        match self.unpack() {
            Some((Direction::Syn, seen)) => extra.last_syn = Some(seen),
            Some((Direction::SynAck, seen)) => extra.last_syn_ack = Some(seen),
            None => {}
        }
        extra
    }

    /// Leaves what lay here to the extra of that number.
    pub(super) fn set_extra(&mut self, number: u32) {
        self.bits = self.bits & bit::OF_HOST | bit::EXTRA;
        self.own_timestamp = number;
    }

    /// The last SYN or SYN+ACK that lies here.
    pub(super) fn unpack(&self) -> Option<(Direction, Seen)> {
        if self.bits & (bit::SEEN | bit::EXTRA) != bit::SEEN {
            return None;
        }
        let is_syn_ack = self.bits & bit::SYN_ACK != 0;
        let direction = if is_syn_ack { Direction::SynAck } else { Direction::Syn };
        let seen = Seen {
            time_ms: u64::from(self.time_high) << 32 | u64::from(self.time_low),
            own_timestamp: self.own_timestamp,
            quirks: Quirks::from_bits(self.bits),
            layout_hash: self.layout_hash,
            mss: self.mss,
            matched: self.matched.checked_sub(1).map(SignatureId),
            peer_tag: self.peer_tag,
            window: self.window,
            window_scale: self.window_scale,
            ttl: (self.bits >> bit::TTL_SHIFT) as u8,
            fuzzy: self.bits & bit::FUZZY != 0,
        };
        Some((direction, seen))
    }

    /// Keeps a SYN or SYN+ACK here, in place of the last one.
    pub(super) fn pack(&mut self, direction: Direction, seen: &Seen) {
        let flag = |condition, bit| if condition { bit } else { 0 };
        self.bits = self.bits & bit::OF_HOST
            | seen.quirks.bits()
            | u32::from(seen.ttl) << bit::TTL_SHIFT
            | flag(seen.fuzzy, bit::FUZZY)
            | flag(direction == Direction::SynAck, bit::SYN_ACK)
            | bit::SEEN;
        self.own_timestamp = seen.own_timestamp;
        self.layout_hash = seen.layout_hash;
        self.time_low = seen.time_ms as u32;
        self.time_high = (seen.time_ms >> 32) as u16;
        self.mss = seen.mss;
        self.matched = seen.matched.map_or(0, |id| id.0.saturating_add(1));
        self.peer_tag = seen.peer_tag;
        self.window = seen.window;
        self.window_scale = seen.window_scale;
    }
}

impl Entry for Host {
    fn hash(&self, seed: u64) -> u32 {
        scoped_hash(self.address.hash(self.is_v6(), seed), self.scope(), seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let address = Address::of("2001:db8::1".parse().unwrap());
        let mut host = Host::new(address, true, Scope { id: u32::MAX, kind: 4 });
        host.note_jumping_clock();
        let seen = Seen {
            time_ms: 0x1234_5678_9abc,
            own_timestamp: u32::MAX,
            quirks: Quirks::from_bits(u32::MAX),
            layout_hash: 0xdead_beef,
            mss: 1460,
            matched: Some(SignatureId(0)),
            peer_tag: 0xffff,
            window: 65_535,
            window_scale: 14,
            ttl: 255,
            fuzzy: true,
        };
        for direction in [Direction::Syn, Direction::SynAck] {
            host.pack(direction, &seen);
            assert_eq!(host.unpack(), Some((direction, seen)));
            let plain = Seen { quirks: Quirks::NONE, ttl: 0, fuzzy: false, matched: None, ..seen };
            host.pack(direction, &plain);
            assert_eq!(host.unpack(), Some((direction, plain)));
        }
        assert!(host.is_v6() && host.clock().jumps && !host.clock().steady_across_peers);
        let extra = host.take_extra();
        host.set_extra(7);
        assert!(extra.last_syn.is_none() && extra.last_syn_ack.is_some());
        assert_eq!((host.extra(), host.unpack()), (Some(7), None));
    }
}
