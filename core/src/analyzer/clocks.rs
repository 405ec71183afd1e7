//! Uptime: which two readings of a host's timestamp clock are compared, and what they are worth.

use super::flows::FlowRules;
use crate::change::Seen;
use crate::hosts::{ClockEvidence, FlowId, Side};
use crate::observation::{Compat, Direction};
use crate::uptime::{self, Clock, Reading, Uptime, UptimeTrust};

impl FlowRules {
    /// Compares a SYN or SYN+ACK with the host's previous one.
    pub(super) fn uptime_of_handshake(
        &mut self,
        id: FlowId,
        side: Side,
        seen: &Seen,
    ) -> Option<Uptime> {
        let reading = reading(seen)?;
        let previous = self.previous(id, side);
        if let Some((previous, earlier)) =
            previous.and_then(|seen| Some((seen, self::reading(&seen)?)))
        {
            let host = self.hosts.host_of(id, side).and_then(|host| self.hosts.host(host))?;
            match uptime::measure(earlier, reading) {
                Clock::Runs { .. } if previous.peer_tag != seen.peer_tag => {
                    host.clock.steady_across_peers = true;
                }
                Clock::Implausible => host.clock.jumps = true,
                Clock::Runs { .. } | Clock::Undecided => {}
            }
        }
        if self.compat == Compat::Mended {
            let flow = self.hosts.flow(id)?;
            *flow.first_reading(side) = Some(reading);
        }
        let earlier = previous.and_then(|seen| self::reading(&seen))?;
        let pure_syn = side == Side::Client;
        self.uptime(id, side, earlier, reading, pure_syn)
    }

    /// Compares a later segment of a flow with the SYN or SYN+ACK of its sender.
    pub(super) fn uptime_within_flow(
        &mut self,
        id: FlowId,
        side: Side,
        reading: Reading,
    ) -> Option<Uptime> {
        let earlier = match self.compat {
            // p0f takes the host's last one, of whichever flow.
            Compat::P0fExact => self.previous(id, side).and_then(|seen| self::reading(&seen)),
            Compat::Mended => *self.hosts.flow(id)?.first_reading(side),
        };
        if reading.ticks == 0 {
            return None;
        }
        self.uptime(id, side, earlier?, reading, false)
    }

    /// The host's last SYN, as a client, or SYN+ACK, as a server.
    fn previous(&mut self, id: FlowId, side: Side) -> Option<Seen> {
        let direction = match side {
            Side::Client => Direction::Syn,
            Side::Server => Direction::SynAck,
        };
        *self.hosts.host_of(id, side).and_then(|host| self.hosts.host(host))?.last(direction)
    }

    fn uptime(
        &mut self,
        id: FlowId,
        side: Side,
        earlier: Reading,
        later: Reading,
        pure_syn: bool,
    ) -> Option<Uptime> {
        let done = self.hosts.flow(id)?.clock_done(side);
        if *done {
            return None;
        }
        let raw_hz = match uptime::measure(earlier, later) {
            Clock::Undecided => return None,
            Clock::Implausible => {
                *done |= !pure_syn;
                return None;
            }
            Clock::Runs { raw_hz } => raw_hz,
        };
        *done = true;
        let host = self.hosts.host_of(id, side).and_then(|host| self.hosts.host(host))?;
        Some(Uptime::new(later.ticks, raw_hz, trust(host.clock)))
    }
}

fn reading(seen: &Seen) -> Option<Reading> {
    let ticks = seen.own_timestamp;
    (ticks != 0).then_some(Reading { time_ms: seen.time_ms, ticks })
}

fn trust(evidence: ClockEvidence) -> UptimeTrust {
    match evidence {
        ClockEvidence { jumps: true, .. } => UptimeTrust::OffsetJumps,
        ClockEvidence { steady_across_peers: true, .. } => UptimeTrust::SteadyAcrossPeers,
        ClockEvidence { .. } => UptimeTrust::OnePeer,
    }
}
