//! Uptime: which readings of a host's timestamp clock are compared, and what they are worth.

use super::event::{Event, Question};
use super::host_stage::HostRules;
use crate::change::Seen;
use crate::clock::{Pace, Step};
use crate::database::Database;
use crate::endpoint::Side;
use crate::hosts::{ClockEvidence, HostId};
use crate::label::{Label, Rank};
use crate::uptime::{self, Clock, Reading, Uptime, UptimeTrust};

impl HostRules<'_> {
    /// Says the uptime by the clock of a SYN or SYN+ACK that its host's model took in.
    pub(super) fn uptime_of_handshake(
        &mut self,
        database: &Database,
        host: HostId,
        side: Side,
        (reading, step): (Reading, Step),
    ) -> Option<Uptime> {
        if !matches!(step, Step::GoesOn | Step::ToOtherLine) {
            return None;
        }
        let [watch, other] = self.watches(host, side);
        let clock = &mut self.hosts.watch_mut(watch?)?.clock;
        let hz = clock.hz()?;
        let start = clock.watched_since(reading).unwrap_or(reading);
        if clock.is_settled() {
            clock.note_told(reading);
        }
        let began_before_zero = self.began_before_zero(database, host, [watch, other], hz);
        let trust = self.trust([watch, other], reading);
        Some(Uptime::of_clock([start, reading], hz, began_before_zero, trust))
    }

    /// Says the uptime by a later segment of a flow, compared with its sender's SYN or SYN+ACK: within
    /// a connection no offset is in the way. Not where that handshake said it.
    pub(super) fn uptime_within_flow(
        &mut self,
        database: &Database,
        event: &Event,
        host: HostId,
    ) -> Option<Uptime> {
        let Question::Clock { first, last, pace } = event.question else { return None };
        let (Pace::Settled(hz) | Pace::Likely(hz)) = pace else { return None };
        let [watch, other] = self.watches(host, event.subject);
        let mut start = first;
        if let Some(watch) = watch.and_then(|watch| self.hosts.watch_mut(watch)) {
            if watch.clock.was_told(first) {
                return None;
            }
            watch.clock.note_pace(pace);
            watch.clock.follow(last);
            start = watch.clock.watched_since(last).unwrap_or(first);
        }
        let began_before_zero = self.began_before_zero(database, host, [watch, other], hz);
        let trust = self.trust([watch, other], last);
        Some(Uptime::of_clock([start, last], hz, began_before_zero, trust))
    }

    /// The host's watch in a role, and that in the other one.
    fn watches(&self, host: HostId, side: Side) -> [Option<u32>; 2] {
        let [client, server] = self.hosts.watch_numbers(host);
        match side {
            Side::Client => [client, server],
            Side::Server => [server, client],
        }
    }

    /// What an uptime is worth. A host has one uptime, as client and as server.
    fn trust(&mut self, [watch, other]: [Option<u32>; 2], reading: Reading) -> UptimeTrust {
        let mut clock = |watch: Option<u32>| self.hosts.watch_mut(watch?).map(|watch| watch.clock);
        let Some(of_role) = clock(watch) else { return UptimeTrust::OnePeer };
        let contradicts = |of_other: crate::clock::HostClock| {
            of_other.is_steady() && !of_other.agrees_with(reading)
        };
        if of_role.is_steady() && clock(other).is_some_and(contradicts) {
            for watch in [watch, other].into_iter().flatten() {
                if let Some(watch) = self.hosts.watch_mut(watch) {
                    watch.clock.doubt();
                }
            }
            return UptimeTrust::OffsetJumps;
        }
        of_role.trust()
    }

    /// Whether the clock began at -300 seconds: decided once for a host, and then kept to.
    fn began_before_zero(
        &mut self,
        database: &Database,
        host: HostId,
        watches: [Option<u32>; 2],
        hz: u16,
    ) -> bool {
        let mut decided = None;
        for watch in watches.into_iter().flatten() {
            let clock = self.hosts.watch_mut(watch).map(|watch| watch.clock);
            decided = decided.or_else(|| clock.and_then(|clock| clock.began_before_zero()));
        }
        let system = self.hosts.host(host).and_then(|host| host.system());
        let label = system.and_then(|id| database.get(id, false)).map(|found| found.label);
        let decided = decided.unwrap_or_else(|| counts_jiffies(label, hz));
        let [watch, _] = watches;
        if let Some(watch) = watch.and_then(|watch| self.hosts.watch_mut(watch))
            && watch.clock.is_settled()
        {
            watch.clock.set_began_before_zero(decided);
        }
        decided
    }

    /// By p0f's rules: compares a SYN or SYN+ACK with the host's previous one. Also whether the clock
    /// of its flow needs no further segment.
    pub(super) fn uptime_of_handshake_like_p0f(
        &mut self,
        host_id: HostId,
        side: Side,
        seen: &Seen,
    ) -> (Option<Uptime>, bool) {
        let previous = self.hosts.last(host_id, side.direction());
        let (Some(reading), Some(previous)) = (seen.reading(), previous) else {
            return (None, false);
        };
        let Some(earlier) = previous.reading() else { return (None, false) };
        let Some(host) = self.hosts.host(host_id) else { return (None, false) };
        match uptime::measure(earlier, reading) {
            Clock::Runs { .. } if previous.peer_tag != seen.peer_tag => host.note_steady_clock(),
            Clock::Implausible => host.note_jumping_clock(),
            Clock::Runs { .. } | Clock::Undecided => {}
        }
        let trust = trust_like_p0f(host.clock());
        uptime_like_p0f([earlier, reading], trust, side == Side::Client)
    }

    /// By p0f's rules: compares a later segment with the host's last SYN or SYN+ACK, of whichever
    /// flow. Also whether the clock of the flow needs no further segment.
    pub(super) fn uptime_within_flow_like_p0f(
        &mut self,
        host_id: HostId,
        side: Side,
        reading: Reading,
    ) -> (Option<Uptime>, bool) {
        let last = self.hosts.last(host_id, side.direction());
        let (Some(earlier), Some(host)) =
            (last.and_then(|seen| seen.reading()), self.hosts.host(host_id))
        else {
            return (None, false);
        };
        uptime_like_p0f([earlier, reading], trust_like_p0f(host.clock()), false)
    }
}

/// By p0f's rules: the uptime by two readings, once for each side of a flow; a frequency that no clock
/// has ends the search, but for a SYN.
fn uptime_like_p0f(
    [earlier, later]: [Reading; 2],
    trust: UptimeTrust,
    pure_syn: bool,
) -> (Option<Uptime>, bool) {
    match uptime::measure(earlier, later) {
        Clock::Undecided => (None, false),
        Clock::Implausible => (None, !pure_syn),
        Clock::Runs { raw_hz } => (Some(Uptime::like_p0f(earlier, later, raw_hz, trust)), true),
    }
}

/// Whether a stack's clock is Linux' count of jiffies, which begins at -300 seconds: up to 4.12, it
/// is; since then, timestamps are milliseconds since boot. Nobody else ticks at 250 or 300 Hz.
fn counts_jiffies(label: Option<&Label>, hz: u16) -> bool {
    let is_linux = |label: &Label| {
        ["Linux", "Android", "ChromeOS"].iter().any(|name| label.name().eq_ignore_ascii_case(name))
    };
    // The first version of the flavor is from before 4: "2.6.x", "3.11-4.19".
    let is_old =
        |label: &Label| label.rank() == Rank::Specific && label.flavor().starts_with(['2', '3']);
    match hz {
        250 | 300 => label.is_none_or(is_linux),
        100 => label.is_some_and(is_linux),
        1000 => label.is_some_and(|label| is_linux(label) && is_old(label)),
        _ => false,
    }
}

fn trust_like_p0f(evidence: ClockEvidence) -> UptimeTrust {
    match evidence {
        ClockEvidence { jumps: true, .. } => UptimeTrust::OffsetJumps,
        ClockEvidence { steady_across_peers: true, .. } => UptimeTrust::SteadyAcrossPeers,
        ClockEvidence { .. } => UptimeTrust::OnePeer,
    }
}
