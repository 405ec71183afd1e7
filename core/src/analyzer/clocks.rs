//! Uptime: which two readings of a host's timestamp clock are compared, and what they are worth.

use super::flows::FlowRules;
use crate::change::Seen;
use crate::hosts::{ClockEvidence, FlowId, HostId, Side};
use crate::observation::{Compat, Direction};
use crate::uptime::{self, Clock, Reading, Uptime, UptimeTrust};

impl FlowRules {
    /// Compares a SYN or SYN+ACK with the host's previous one.
    pub(super) fn uptime_of_handshake(
        &mut self,
        id: FlowId,
        host_id: HostId,
        side: Side,
        seen: &Seen,
    ) -> Option<Uptime> {
        let reading = reading(seen)?;
        let previous = self.hosts.last(host_id, direction(side));
        if let Some((previous, earlier)) =
            previous.and_then(|seen| Some((seen, self::reading(&seen)?)))
        {
            let host = self.hosts.host(host_id)?;
            match uptime::measure(earlier, reading) {
                Clock::Runs { .. } if previous.peer_tag != seen.peer_tag => {
                    host.note_steady_clock();
                }
                Clock::Implausible => host.note_jumping_clock(),
                Clock::Runs { .. } | Clock::Undecided => {}
            }
        }
        if self.compat == Compat::Mended {
            self.hosts.flow(id)?.set_first_reading(side, reading);
        }
        let earlier = previous.and_then(|seen| self::reading(&seen))?;
        let pure_syn = side == Side::Client;
        let raw_hz = self.frequency(id, side, [earlier, reading], pure_syn)?;
        Some(Uptime::new(reading.ticks, raw_hz, trust(self.hosts.host(host_id)?.clock())))
    }

    /// Compares a later segment of a flow with the SYN or SYN+ACK of its sender.
    pub(super) fn uptime_within_flow(
        &mut self,
        id: FlowId,
        side: Side,
        reading: Reading,
    ) -> Option<Uptime> {
        if reading.ticks == 0 {
            return None;
        }
        let now_s = reading.time_ms / 1000;
        let earlier = match self.compat {
            // p0f takes the host's last one, of whichever flow.
            Compat::P0fExact => {
                let host_id = self.hosts.host_of(id, side, now_s)?;
                self.hosts.last(host_id, direction(side)).and_then(|seen| self::reading(&seen))
            }
            Compat::Mended => self.hosts.flow(id)?.first_reading(side),
        };
        let raw_hz = self.frequency(id, side, [earlier?, reading], false)?;
        let host_id = self.hosts.host_of(id, side, now_s)?;
        Some(Uptime::new(reading.ticks, raw_hz, trust(self.hosts.host(host_id)?.clock())))
    }

    /// The frequency of a side's clock, once for each flow; a frequency that no clock has ends the
    /// search, but for a SYN.
    fn frequency(
        &mut self,
        id: FlowId,
        side: Side,
        [earlier, later]: [Reading; 2],
        pure_syn: bool,
    ) -> Option<f64> {
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
        Some(raw_hz)
    }
}

/// The direction in which a side shows its clock first.
fn direction(side: Side) -> Direction {
    match side {
        Side::Client => Direction::Syn,
        Side::Server => Direction::SynAck,
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
