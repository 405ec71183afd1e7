//! Uptime: which readings of a host's timestamp clock are compared, and what they are worth.

use super::Packet;
use super::flows::FlowRules;
use crate::clock::{Pace, Step};
use crate::database::Database;
use crate::hosts::{ClockEvidence, FlowId, HostId, Side};
use crate::label::{Label, Rank};
use crate::uptime::{self, Clock, Reading, Uptime, UptimeTrust};

impl FlowRules {
    /// Says the uptime by the clock of a SYN or SYN+ACK that its host's model took in.
    pub(super) fn uptime_of_handshake(
        &mut self,
        database: &Database,
        id: FlowId,
        host: HostId,
        side: Side,
        (reading, step): (Reading, Step),
    ) -> Option<Uptime> {
        if !matches!(step, Step::GoesOn | Step::ToOtherLine) {
            return None;
        }
        let [watch, other] = self.watches(host, side);
        let clock = &self.hosts.watch_mut(watch?)?.clock;
        let (hz, is_settled) = (clock.hz()?, clock.is_settled());
        let start = clock.watched_since(reading).unwrap_or(reading);
        if is_settled {
            self.hosts.flow(id)?.end_clock(side);
        }
        let began_before_zero = self.began_before_zero(database, host, [watch, other], hz);
        let trust = self.trust([watch, other], reading);
        Some(Uptime::of_clock([start, reading], hz, began_before_zero, trust))
    }

    /// Compares a later segment of a flow with the SYN or SYN+ACK of its sender: within a connection
    /// no offset is in the way. The last segment is the last that may say something.
    pub(super) fn uptime_within_flow(
        &mut self,
        database: &Database,
        packet: &Packet<'_, '_>,
        id: FlowId,
        side: Side,
        (reading, is_last): (Reading, bool),
    ) -> Option<Uptime> {
        let flow = self.hosts.flow(id)?;
        let first = flow.first_reading(side).filter(|_| reading.ticks != 0)?;
        let pace = Pace::between(first, reading);
        let hz = match pace {
            Pace::Settled(hz) => {
                flow.end_clock(side);
                hz
            }
            Pace::Likely(hz) if is_last => hz,
            Pace::Likely(_) | Pace::Open | Pace::Unreal => {
                flow.note_look(side);
                return None;
            }
        };
        let scope = packet.scope(&self.hosts);
        let host = self.hosts.host_of(id, side, scope, packet.now_s())?;
        let [watch, other] = self.watches(host, side);
        let mut start = first;
        if let Some(watch) = watch.and_then(|watch| self.hosts.watch_mut(watch)) {
            watch.clock.note_pace(pace);
            watch.clock.follow(reading);
            start = watch.clock.watched_since(reading).unwrap_or(first);
        }
        let began_before_zero = self.began_before_zero(database, host, [watch, other], hz);
        let trust = self.trust([watch, other], reading);
        Some(Uptime::of_clock([start, reading], hz, began_before_zero, trust))
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

    /// By p0f's rules: compares a SYN or SYN+ACK with the host's previous one.
    pub(super) fn uptime_of_handshake_like_p0f(
        &mut self,
        id: FlowId,
        host_id: HostId,
        side: Side,
        seen: &crate::change::Seen,
    ) -> Option<Uptime> {
        let reading = seen.reading()?;
        let previous = self.hosts.last(host_id, side.direction());
        let earlier = previous.and_then(|seen| Some((seen, seen.reading()?)));
        if let Some((previous, earlier)) = earlier {
            let host = self.hosts.host(host_id)?;
            match uptime::measure(earlier, reading) {
                Clock::Runs { .. } if previous.peer_tag != seen.peer_tag => {
                    host.note_steady_clock();
                }
                Clock::Implausible => host.note_jumping_clock(),
                Clock::Runs { .. } | Clock::Undecided => {}
            }
        }
        let (_, earlier) = earlier?;
        let raw_hz = self.frequency(id, side, [earlier, reading], side == Side::Client)?;
        let trust = trust_like_p0f(self.hosts.host(host_id)?.clock());
        Some(Uptime::like_p0f(earlier, reading, raw_hz, trust))
    }

    /// By p0f's rules: compares a later segment with the host's last SYN or SYN+ACK, of whichever
    /// flow.
    pub(super) fn uptime_within_flow_like_p0f(
        &mut self,
        packet: &Packet<'_, '_>,
        id: FlowId,
        side: Side,
        reading: Reading,
    ) -> Option<Uptime> {
        if reading.ticks == 0 {
            return None;
        }
        let scope = packet.scope(&self.hosts);
        let host_id = self.hosts.host_of(id, side, scope, packet.now_s())?;
        let earlier = self.hosts.last(host_id, side.direction())?.reading()?;
        let raw_hz = self.frequency(id, side, [earlier, reading], false)?;
        let trust = trust_like_p0f(self.hosts.host(host_id)?.clock());
        Some(Uptime::like_p0f(earlier, reading, raw_hz, trust))
    }

    /// By p0f's rules: the frequency of a side's clock, once for each flow; a frequency that no
    /// clock has ends the search, but for a SYN.
    fn frequency(
        &mut self,
        id: FlowId,
        side: Side,
        [earlier, later]: [Reading; 2],
        pure_syn: bool,
    ) -> Option<f64> {
        let flow = self.hosts.flow(id)?;
        if flow.clock_is_done(side) {
            return None;
        }
        match uptime::measure(earlier, later) {
            Clock::Undecided => None,
            Clock::Implausible => {
                if !pure_syn {
                    flow.end_clock(side);
                }
                None
            }
            Clock::Runs { raw_hz } => {
                flow.end_clock(side);
                Some(raw_hz)
            }
        }
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
