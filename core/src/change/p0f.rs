//! p0f's weights of signs of change: a SYN or SYN+ACK against the host's last one. Only for
//! [`Compat::P0fExact`](crate::Compat::P0fExact); the default rules are in `signs.rs`.

use super::{ChangeReasons, Score, Seen};
use crate::database::{Database, Match};
use crate::tcp::observation::Direction;
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::SignatureId;

/// What the present packet and the host's past are compared by.
pub(crate) struct Comparison<'d> {
    pub(crate) database: &'d Database,
    pub(crate) direction: Direction,
    pub(crate) current: Seen,
    /// Hops to the host, from the present packet.
    pub(crate) distance: u8,
    pub(crate) previous: Option<Seen>,
    /// The last signature that named the host's system.
    pub(crate) system: Option<SignatureId>,
    pub(crate) client_port: u16,
    pub(crate) last_client_port: Option<u16>,
}

/// Quirks that middleboxes change.
const CHANGEABLE: Quirks = Quirks::from_bits(
    Quirks::ECN.bits() | Quirks::DF.bits() | Quirks::NONZERO_ID.bits() | Quirks::ZERO_ID.bits(),
);
/// Hops up to which every change of TTL counts.
const NEAR_HOPS: u8 = 9;
/// Hops up to which even a small change of TTL is a strong sign.
const LOCAL_HOPS: u8 = 5;
/// A change of TTL up to this may be a change of route.
const SMALL_TTL_CHANGE: u8 = 2;
/// Client ports grow; back by this much means another counter.
const PORT_DROP: u16 = 64;
/// Timestamps are compared within a day.
const TIMESTAMP_WINDOW_MS: u64 = 24 * 3600 * 1000;
/// Packets may overtake each other within this time.
const TIMESTAMP_GRACE_MS: u64 = 100;
/// No timestamp clock is faster, in ticks a second.
const MAX_HZ: u64 = 1500;

impl Comparison<'_> {
    fn matched(&self, seen: &Seen) -> Option<Match<'_>> {
        seen.matched.and_then(|id| self.database.get(id, seen.fuzzy))
    }

    fn is_syn(&self) -> bool {
        self.direction == Direction::Syn
    }

    /// How unlike its past the host looks; 0 for no sign of change.
    pub(crate) fn score(&self) -> Score {
        let mut score = Score::default();
        let Some(previous) = &self.previous else {
            if self.is_other_system() {
                score.add(8, ChangeReasons::SYSTEM);
            }
            return score;
        };
        let mut another_system = self.compare_systems(previous, &mut score);
        if !another_system && self.is_other_system() {
            score.add(8, ChangeReasons::SYSTEM);
            another_system = true;
        }
        if !another_system {
            self.compare_ttl(previous, &mut score);
        }
        let port_fell = self
            .last_client_port
            .is_some_and(|last| last.saturating_sub(self.client_port) >= PORT_DROP);
        if self.is_syn() && port_fell {
            score.add(1, ChangeReasons::PORT);
        }
        if self.current.mss != previous.mss {
            score.add(1, ChangeReasons::MTU);
        }
        self.weigh_timestamps(previous, &mut score);
        score
    }

    /// Whether the packet names a system other than the one known of the host.
    fn is_other_system(&self) -> bool {
        let known = self.system.and_then(|id| self.database.system(id));
        match (self.matched(&self.current), known) {
            (Some(current), Some(known)) => current.label.name_id() != known.name_id(),
            _ => false,
        }
    }

    /// Compares what the two packets say of the system; `true` if they name two.
    fn compare_systems(&self, previous: &Seen, score: &mut Score) -> bool {
        let current = &self.current;
        let (Some(now), Some(before)) = (self.matched(current), self.matched(previous)) else {
            if current.quirks.without(CHANGEABLE) != previous.quirks.without(CHANGEABLE) {
                score.add(2, ChangeReasons::SIGNATURE);
            } else if self.is_syn() && current.layout_hash != previous.layout_hash {
                score.add(1, ChangeReasons::SIGNATURE);
            }
            let is_comparable = previous.matched != Some(SignatureId::GONE);
            if self.is_syn() && is_comparable && current.matched != previous.matched {
                score.add(1, ChangeReasons::KNOWN);
            }
            return false;
        };
        if now.label.name_id() != before.label.name_id() {
            score.add(8, ChangeReasons::SYSTEM);
            return true;
        }
        if self.is_syn() {
            if now.label.line() != before.label.line() {
                score.add(2, ChangeReasons::SYSTEM);
            } else if now.id != before.id {
                score.add(1, ChangeReasons::SYSTEM);
            } else if now.fuzzy != before.fuzzy {
                score.add(1, ChangeReasons::FUZZY);
            }
        }
        false
    }

    /// A change of TTL counts for near hosts; for far ones only a growth by more than 1.
    fn compare_ttl(&self, previous: &Seen, score: &mut Score) {
        let random = |seen| self.matched(seen).is_some_and(|found| found.signature.ttl.random);
        let (now, before) = (self.current.ttl, previous.ttl);
        if now == before || random(&self.current) || random(previous) {
            return;
        }
        let grew_by = i16::from(now) - i16::from(before);
        if self.distance > NEAR_HOPS && grew_by <= 1 {
            return;
        }
        let small = now.abs_diff(before) <= SMALL_TTL_CHANGE;
        let points = if self.distance > LOCAL_HOPS && small { 1 } else { 4 };
        score.add(points, ChangeReasons::TTL);
    }

    /// Other signs weigh half where the timestamp clock continues, and more where it jumps.
    fn weigh_timestamps(&self, previous: &Seen, score: &mut Score) {
        let (now, before) = (self.current.own_timestamp, previous.own_timestamp);
        // A capture's clock that stepped back leaves a huge difference.
        let span_ms = self.current.time_ms.wrapping_sub(previous.time_ms);
        if score.points == 0 || now == 0 || before == 0 || span_ms >= TIMESTAMP_WINDOW_MS {
            return;
        }
        let ticks = u64::from(now.wrapping_sub(before));
        let limit = span_ms.max(TIMESTAMP_GRACE_MS) * MAX_HZ / 1000;
        let went_back = u64::from(u32::MAX) - ticks;
        let reordered = span_ms < TIMESTAMP_GRACE_MS && went_back <= limit;
        if ticks > limit && !reordered {
            score.add(4, ChangeReasons::TIMESTAMP);
        } else {
            score.points /= 2;
        }
    }
}
