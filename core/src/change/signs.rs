//! The signs of change that count by default: each only where it means something.
//!
//! Timestamps and ports have models of their own, over all of a host's connections (`clock.rs`,
//! `ports.rs`); here two handshakes are compared.

use super::{ChangeReasons, Score, Seen};
use crate::database::{Database, Match};
use crate::label::Rank;
use crate::tcp::observation::Direction;
use crate::tcp::quirks::Quirks;

/// Two handshakes of one host in one direction.
pub(crate) struct Signs<'a> {
    pub(crate) database: &'a Database,
    pub(crate) direction: Direction,
    pub(crate) now: &'a Seen,
    pub(crate) then: &'a Seen,
}

/// Another system.
const SYSTEM_POINTS: u8 = 8;
/// The stack set out with another TTL.
const INITIAL_TTL_POINTS: u8 = 4;
/// Other options, quirks, flavor or window.
const LOOK_POINTS: u8 = 2;
/// Hops up to which routes seldom change.
const NEAR_HOPS: u8 = 5;

/// Quirks that middleboxes or single sockets change.
const CHANGEABLE: Quirks = Quirks::from_bits(
    Quirks::ECN.bits()
        | Quirks::DF.bits()
        | Quirks::NONZERO_ID.bits()
        | Quirks::ZERO_ID.bits()
        | Quirks::FLOW_LABEL.bits()
        | Quirks::ZERO_SEQ.bits(),
);

impl<'a> Signs<'a> {
    /// How unlike each other both are. Windows alone, which programs choose, make no other system.
    pub(crate) fn score(&self) -> Score {
        let mut score = Score::default();
        self.compare_systems(&mut score);
        self.compare_ttl(&mut score);
        let same_peer = self.now.peer_tag == self.then.peer_tag;
        // Routes, tunnels and their MTU depend on where a packet goes.
        if same_peer && self.now.mss != self.then.mss {
            score.add(1, ChangeReasons::MTU);
        }
        // Programs choose buffers, and with them windows; towards one peer, it is mostly one program.
        let comparable = same_peer && self.now.mss == self.then.mss && self.is_syn();
        let window = |seen: &Seen| (seen.window, seen.window_scale);
        if score.points == 0 && comparable && window(self.now) != window(self.then) {
            score.add(1, ChangeReasons::WINDOW);
        }
        score
    }

    fn is_syn(&self) -> bool {
        self.direction == Direction::Syn
    }

    fn matched(&self, seen: &Seen) -> Option<Match<'a>> {
        seen.matched.and_then(|id| self.database.get(id, seen.fuzzy))
    }

    fn compare_systems(&self, score: &mut Score) {
        let (now, then) = (self.now, self.then);
        let other_options = now.layout_hash != then.layout_hash;
        // A server answers with the options that the client asked for.
        let comparable = self.is_syn() || !other_options;
        if !comparable {
            return;
        }
        let other_quirks = now.quirks.without(CHANGEABLE) != then.quirks.without(CHANGEABLE);
        let other_start = set_out_otherwise(now.ttl, then.ttl);
        if self.are_other_systems() && (other_options || other_quirks || other_start) {
            score.add(SYSTEM_POINTS, ChangeReasons::SYSTEM);
        } else if other_options || other_quirks {
            score.add(LOOK_POINTS, ChangeReasons::SIGNATURE);
        }
    }

    /// Whether both name systems, and not the same one. What is generic or fits with tolerances
    /// names none for sure.
    fn are_other_systems(&self) -> bool {
        let is_sure = |found: &Match<'_>| found.label.rank() == Rank::Specific && !found.fuzzy;
        let [now, then] = [self.now, self.then].map(|seen| self.matched(seen).filter(is_sure));
        let (Some(now), Some(then)) = (now, then) else { return false };
        let (now, then) = (now.label, then.label);
        let shares = |label: &crate::label::Label, name: &str| {
            label.name().eq_ignore_ascii_case(name)
                || label.candidates().iter().any(|system| system.name.eq_ignore_ascii_case(name))
        };
        now.name_id() != then.name_id()
            && !shares(now, then.name())
            && !shares(then, now.name())
            && !now.candidates().iter().any(|system| shares(then, &system.name))
    }

    fn compare_ttl(&self, score: &mut Score) {
        let (now, then) = (self.now.ttl, self.then.ttl);
        let is_random = |seen| self.matched(seen).is_some_and(|found| found.signature.ttl.random);
        if now == then || is_random(self.now) || is_random(self.then) {
            return;
        }
        let hops = |ttl| usual_ttl(ttl) - ttl;
        let points = if set_out_otherwise(now, then) {
            INITIAL_TTL_POINTS
        } else if self.is_syn() && hops(now).max(hops(then)) <= NEAR_HOPS {
            LOOK_POINTS
        } else {
            // Another route, or one of several servers in a distant data centre.
            1
        };
        score.add(points, ChangeReasons::TTL);
    }
}

/// Whether packets with these TTLs cannot have set out with one.
pub(crate) const fn set_out_otherwise(one: u8, other: u8) -> bool {
    /// Routes of one host differ by less.
    const MANY_HOPS: u8 = 20;
    usual_ttl(one) != usual_ttl(other) && one.abs_diff(other) > MANY_HOPS
}

/// The TTL with which a packet most likely set out.
const fn usual_ttl(ttl: u8) -> u8 {
    match ttl {
        0..=32 => 32,
        33..=64 => 64,
        65..=128 => 128,
        129..=255 => 255,
    }
}
