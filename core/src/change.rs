//! Does a host still look like itself: signs of NAT, of load balancing, of another system.
//!
//! The weights are p0f's. Pure: what a host looked like before is an argument.

use core::fmt;

use crate::database::{Database, Match, SignatureId};
use crate::observation::Direction;
use crate::quirks::Quirks;

/// Why a host looks changed: a set, with p0f's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct ChangeReasons(u16);

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $word:literal;)*) => {
        impl ChangeReasons {
            $($(#[$doc])* pub const $name: ChangeReasons = ChangeReasons(1 << $bit);)*

            /// Every reason with its word, in the order in which they are printed.
            pub const ALL: &'static [(ChangeReasons, &'static str)] =
                &[$((ChangeReasons::$name, $word),)*];
        }
    };
}

reasons! {
    /// A tool that does not run on this host's system.
    TOOL_VS_SYSTEM = 0, "app_vs_os";
    /// Another system, or another version of it.
    SYSTEM = 1, "os_diff";
    /// Other quirks or options, with the system unknown.
    SIGNATURE = 2, "sig_diff";
    /// The system was known and is not now, or the other way round.
    KNOWN = 3, "x_known";
    /// The timestamp clock jumped.
    TIMESTAMP = 4, "tstamp";
    /// Another TTL.
    TTL = 5, "ttl";
    /// The client port went back.
    PORT = 6, "port";
    /// Another MSS.
    MTU = 7, "mtu";
    /// The same signature fits less or more closely.
    FUZZY = 8, "fuzzy";
}

impl ChangeReasons {
    /// No reason.
    pub const NONE: ChangeReasons = ChangeReasons(0);

    /// Whether all of `other` are in this set.
    #[must_use]
    pub const fn contains(self, other: ChangeReasons) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: ChangeReasons) -> ChangeReasons {
        ChangeReasons(self.0 | other.0)
    }

    /// The words of the reasons in the set, in the order in which they are printed.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let all = ChangeReasons::ALL.iter();
        all.filter(move |(reason, _)| self.contains(*reason)).map(|&(_, word)| word)
    }
}

/// Words separated by blanks.
impl fmt::Display for ChangeReasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(word)?;
        }
        Ok(())
    }
}

/// What is kept of a host's last SYN or SYN+ACK.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    /// Capture time in milliseconds.
    pub(crate) time_ms: u64,
    /// Own timestamp, 0 if none.
    pub(crate) own_timestamp: u32,
    pub(crate) quirks: Quirks,
    pub(crate) layout_hash: u32,
    /// MSS in octets, 0 if none.
    pub(crate) mss: u16,
    pub(crate) matched: Option<SignatureId>,
    /// Tells peers apart; not unique.
    pub(crate) peer_tag: u16,
    pub(crate) ttl: u8,
    pub(crate) fuzzy: bool,
}

/// A score and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Score {
    pub(crate) points: u8,
    pub(crate) reasons: ChangeReasons,
}

impl Score {
    fn add(&mut self, points: u8, reason: ChangeReasons) {
        self.points += points;
        self.reasons = self.reasons.and(reason);
    }
}

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
        let known = self.system.and_then(|id| self.database.get(id, false));
        match (self.matched(&self.current), known) {
            (Some(current), Some(known)) => current.label.name_id() != known.label.name_id(),
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

    /// Other signs weigh half where the timestamp clock goes on, and more where it jumps.
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

/// How the scores of one host in one role went: which of the last 32 reached 6, 3, 2 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct History {
    /// The newest in the lowest bit.
    at_least: [u32; 4],
}

/// Scores that count as very high, high, medium, low.
const LEVELS: [u8; 4] = [6, 3, 2, 1];
/// More than this many of the last 32 at a level mean that an address is shared.
const SHARED_ABOVE: [u32; 4] = [2, 4, 6, 8];

impl History {
    pub(crate) fn push(&mut self, points: u8) {
        for (bits, level) in self.at_least.iter_mut().zip(LEVELS) {
            *bits = *bits << 1 | u32::from(points >= level);
        }
    }

    /// How many of the last 32 scores reached each level.
    pub(crate) fn hits(&self) -> [u8; 4] {
        self.at_least.map(|bits| bits.count_ones() as u8)
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.hits().iter().zip(SHARED_ABOVE).any(|(&hits, bound)| u32::from(hits) > bound)
    }
}

/// What became of a host, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// One change, or an address that several share.
    pub verdict: Verdict,
    /// The signs of this packet; for a shared address, all that were gathered.
    pub reasons: ChangeReasons,
    /// How strong this packet's signs are, 1..=20 or so; 8 and more mean another system.
    pub score: u8,
    /// Of the last 32 packets of the host in this role, how many scored at least 6, 3, 2 and 1.
    pub hits: [u8; 4],
}

/// What a change of a host's looks amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The host looks different from before: another system, another route, or the first sign of
    /// a shared address.
    HostChange,
    /// Several systems behind one address: NAT or load balancing.
    IpSharing,
}

impl Verdict {
    /// The word used in records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::HostChange => "host_change",
            Verdict::IpSharing => "ip_sharing",
        }
    }
}
