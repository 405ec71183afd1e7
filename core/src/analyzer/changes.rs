//! Signs of NAT and of other systems: scored, remembered with the host, and judged.

use super::flows::FlowRules;
use crate::change::{Change, ChangeReasons, Comparison, Score, Seen, Verdict};
use crate::database::{Database, Match};
use crate::hosts::{HostId, Scores, Side};
use crate::observation::{Compat, Direction};

/// What a tool on the wrong system scores.
const TOOL_POINTS: u8 = 4;

impl FlowRules {
    /// Compares a SYN or SYN+ACK with what its host looked like before.
    pub(super) fn score(
        &mut self,
        database: &Database,
        host_id: HostId,
        side: Side,
        seen: Seen,
        distance: u8,
        client_port: u16,
    ) -> Option<Change> {
        let direction = match side {
            Side::Client => Direction::Syn,
            Side::Server => Direction::SynAck,
        };
        let previous = self.hosts.last(host_id, direction);
        let compat = self.compat;
        let host = self.hosts.host(host_id)?;
        let comparison = Comparison {
            database,
            direction,
            current: seen,
            distance,
            previous,
            system: host.system(),
            client_port,
            last_client_port: host.last_client_port(),
        };
        let score = comparison.score();
        if let Some(system) = seen.matched {
            host.set_system(system);
        }
        // p0f notes the port with the server's host, too, where it means nothing.
        if side == Side::Client || compat == Compat::P0fExact {
            host.set_last_client_port(client_port);
        }
        self.judge(host_id, side, score)
    }

    /// A tool was seen: does it run on the system that the host was taken for?
    pub(super) fn score_tool(
        &mut self,
        database: &Database,
        host_id: HostId,
        side: Side,
        tool: Match<'_>,
    ) -> Option<Change> {
        let system = database.get(self.hosts.host(host_id)?.system()?, false)?;
        let score = if tool.label.runs_on(system.label) {
            Score::default()
        } else {
            Score { points: TOOL_POINTS, reasons: ChangeReasons::TOOL_VS_SYSTEM }
        };
        self.judge(host_id, side, score)
    }

    /// Remembers a score, and says what the last ones amount to.
    fn judge(&mut self, host_id: HostId, side: Side, score: Score) -> Option<Change> {
        if score == Score::default() && self.hosts.scores(host_id).is_none() {
            // A history of zeros is no history.
            return None;
        }
        let scores: &mut Scores = self.hosts.begin_scores(host_id)?;
        let history = match side {
            Side::Client => &mut scores.as_client,
            Side::Server => &mut scores.as_server,
        };
        history.push(score.points);
        scores.reasons = scores.reasons.and(score.reasons);
        if score.points == 0 {
            return None;
        }
        let hits = history.hits();
        if history.is_shared() {
            *history = crate::change::History::default();
            let reasons = std::mem::take(&mut scores.reasons);
            return Some(Change {
                verdict: Verdict::IpSharing,
                reasons,
                score: score.points,
                hits,
            });
        }
        let verdict = Verdict::HostChange;
        let change = Change { verdict, reasons: score.reasons, score: score.points, hits };
        (score.points > 1).then_some(change)
    }
}
