//! Signs of NAT and of other systems by p0f's rules: scored, remembered with the host, and judged.

use super::changes::TOOL_POINTS;
use super::event::{Event, Question};
use super::host_stage::{HostRules, seen};
use crate::change::{Change, ChangeReasons, Comparison, History, Score, Seen, Verdict};
use crate::database::Database;
use crate::endpoint::Side;
use crate::hosts::{HostId, Scores};
use crate::label::Label;
use crate::record::Record;
use crate::uptime::Uptime;

impl HostRules<'_> {
    /// By p0f's rules: what an event says of its host, and whether the clock of its flow needs no
    /// further segment.
    pub(super) fn judge_like_p0f<'d>(
        &mut self,
        database: &'d Database,
        (event, record): (&Event, &Record<'d>),
        host: HostId,
    ) -> ((Option<Change<'d>>, Option<Uptime>), bool) {
        let side = event.subject;
        match event.question {
            Question::OnlySeen | Question::Clock { .. } => ((None, None), false),
            #[cfg(feature = "tls")]
            Question::Nothing => ((None, None), false),
            #[cfg(feature = "http")]
            Question::P0fHttp(_) => ((None, None), false),
            Question::Tool => {
                let tool = record.fingerprint.as_ref().and_then(|fingerprint| fingerprint.found);
                let change = tool
                    .and_then(|tool| self.score_tool_like_p0f(database, host, side, tool.label));
                ((change, None), false)
            }
            Question::Stack { layout_hash } => {
                let Some(seen) = seen(event, record, layout_hash) else {
                    return ((None, None), false);
                };
                let distance = record.fingerprint.as_ref().map_or(0, |it| it.distance);
                let port = record.client.port;
                let change = self.score_like_p0f(database, host, side, seen, distance, port);
                let (uptime, is_done) = self.uptime_of_handshake_like_p0f(host, side, &seen);
                self.hosts.set_last(host, side.direction(), &seen);
                ((change, uptime), is_done)
            }
            Question::P0fClock { reading } => {
                let (uptime, is_done) = self.uptime_within_flow_like_p0f(host, side, reading);
                ((None, uptime), is_done)
            }
        }
    }

    /// Compares a SYN or SYN+ACK with what its host looked like before.
    fn score_like_p0f<'d>(
        &mut self,
        database: &Database,
        host_id: HostId,
        side: Side,
        seen: Seen,
        distance: u8,
        client_port: u16,
    ) -> Option<Change<'d>> {
        let direction = side.direction();
        let previous = self.hosts.last(host_id, direction);
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
        host.set_last_client_port(client_port);
        self.verdict_like_p0f(host_id, side, score)
    }

    /// A tool was seen: does it run on the system that the host was taken for?
    pub(super) fn score_tool_like_p0f<'d>(
        &mut self,
        database: &Database,
        host_id: HostId,
        side: Side,
        tool: &Label,
    ) -> Option<Change<'d>> {
        let system = database.system(self.hosts.host(host_id)?.system()?)?;
        let score = if tool.runs_on(system) {
            Score::default()
        } else {
            Score { points: TOOL_POINTS, reasons: ChangeReasons::TOOL_VS_SYSTEM }
        };
        self.verdict_like_p0f(host_id, side, score)
    }

    /// Remembers a score, and says what the last ones amount to.
    pub(super) fn verdict_like_p0f<'d>(
        &mut self,
        host_id: HostId,
        side: Side,
        score: Score,
    ) -> Option<Change<'d>> {
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
        scores.reasons |= score.reasons;
        if score.points == 0 {
            return None;
        }
        let hits = history.hits();
        let change = |verdict, reasons| Change {
            verdict,
            reasons,
            score: score.points,
            hits,
            then: None,
            port: 0,
        };
        if history.is_shared() {
            *history = History::default();
            return Some(change(Verdict::IpSharing, core::mem::take(&mut scores.reasons)));
        }
        (score.points > 1).then(|| change(Verdict::HostChange, score.reasons))
    }
}
