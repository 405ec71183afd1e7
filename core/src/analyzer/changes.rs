//! Signs of NAT and of other systems by the default rules: scored, remembered with the host, judged.

use super::event::Event;
use super::host_stage::HostRules;
use crate::change::{
    Appearance, Change, ChangeReasons, PortStep, Score, Seen, Signs, Verdict, set_out_otherwise,
};
use crate::clock::Step;
use crate::database::Database;
use crate::endpoint::Side;
use crate::hosts::{Doubt, HostId};
use crate::record::Record;
use crate::tcp::observation::Direction;
use crate::uptime::Uptime;

/// What a tool on the wrong system scores.
pub(super) const TOOL_POINTS: u8 = 4;
/// What a second clock or counter of ports scores.
const SECOND_POINTS: u8 = 4;
/// From this score on, a host looks changed.
const CHANGED_POINTS: u8 = 2;
/// Number of returns to an earlier fingerprint by which an address counts as shared …
const RETURNS: u8 = 2;
/// … and where only windows differ, which programs choose.
const RETURNS_OF_WINDOWS: u8 = 4;

/// How a SYN or SYN+ACK goes with what is known of its host over all connections.
struct Steps {
    port: PortStep,
    /// A second counter of ports runs.
    two_counters: bool,
    clock: Step,
    /// A second clock runs.
    two_clocks: bool,
    /// The clock was one for all peers, and is not on its line.
    left_steady: bool,
}

impl HostRules<'_> {
    /// Compares a SYN or SYN+ACK with what its host looked like before.
    // Not inlined: most hosts have no past.
    #[inline(never)]
    pub(super) fn compare<'d>(
        &mut self,
        database: &'d Database,
        (event, record): (&Event, &Record<'_>),
        (host, side): (HostId, Side),
        seen: &Seen,
    ) -> (Option<Change<'d>>, Option<Uptime>) {
        let Some(number) = self.hosts.watch(host, side, seen) else { return (None, None) };
        let Some(watch) = self.hosts.watch_mut(number) else { return (None, None) };
        let then = core::mem::replace(&mut watch.last, *seen);
        let [source_port, destination_port] = event.ports(record);
        let server = event.destination().port_tag(destination_port);
        let port = match side {
            Side::Client => watch.ports.take(server, source_port),
            Side::Server => PortStep::Unknown,
        };
        let was_steady = watch.clock.is_steady() && watch.clock.is_proven();
        let reading = seen.reading();
        let clock = reading.map_or(Step::First, |reading| watch.clock.take(reading, seen.peer_tag));
        let steps = Steps {
            port,
            two_counters: watch.ports.are_of_two(),
            clock,
            two_clocks: watch.clock.is_two(),
            left_steady: was_steady && clock == Step::Jumps,
        };
        let change = self.judge_steps(database, number, (side, source_port), [&then, seen], &steps);
        let uptime = reading
            .and_then(|reading| self.uptime_of_handshake(database, host, side, (reading, clock)));
        (change, uptime)
    }

    /// Remembers what differs, and says what it amounts to.
    fn judge_steps<'d>(
        &mut self,
        database: &'d Database,
        watch: u32,
        (side, port): (Side, u16),
        [then, now]: [&Seen; 2],
        steps: &Steps,
    ) -> Option<Change<'d>> {
        let direction = side.direction();
        let compare = |then: &Seen| Signs { database, direction, now, then }.score();
        let looks = if now.looks_like(then) { Score::default() } else { compare(then) };
        // One counter of ports runs through both looks: one stack, and two programs.
        let is_window = looks.reasons == ChangeReasons::WINDOW;
        let is_program = is_window && steps.port == PortStep::GoesOn;
        let looks = if is_program { Score::default() } else { looks };
        let score = looks.with(steps);
        let doubt = self.hosts.doubt(watch, score.points > 0)?;
        doubt.history.push(score.points);
        let was_shared = doubt.is_shared;
        let looks_changed = looks.points >= CHANGED_POINTS || (is_window && !is_program);
        if looks_changed {
            let is_back = doubt.other.is_some_and(|other| compare(&other).points == 0);
            doubt.note_other_look(then, is_back && !is_route(looks, [then, now]), looks);
        }
        doubt.is_shared |=
            doubt.has_returned() || score.reasons.contains(ChangeReasons::PORT) || steps.two_clocks;
        // Sharing is said once; from then on, only what looks changed is told. A window that changes
        // once is told of nobody.
        let is_told = looks.points >= CHANGED_POINTS
            || (doubt.is_shared && !was_shared)
            || score.points >= SECOND_POINTS && !was_shared;
        if !is_told {
            return None;
        }
        let verdict = if doubt.is_shared { Verdict::IpSharing } else { Verdict::HostChange };
        let (then_port, port) = match steps.port {
            PortStep::Switches(then_port) => (then_port, port),
            PortStep::Unknown | PortStep::GoesOn => (0, 0),
        };
        Some(Change {
            verdict,
            reasons: score.reasons,
            score: score.points,
            hits: doubt.history.hits(),
            then: Some(then.appearance(database, then_port)),
            port,
        })
    }

    /// A tool was seen: does it run on the system that the host was taken for?
    pub(super) fn score_tool<'d>(
        &mut self,
        database: &'d Database,
        host: HostId,
        record: &Record<'_>,
    ) -> Option<Change<'d>> {
        let tool = record.fingerprint.as_ref()?.found?;
        let system = database.get(self.hosts.host(host)?.system()?, false)?;
        if tool.label.runs_on(system.label) {
            return None;
        }
        let [client, server] = self.hosts.watch_numbers(host);
        let watch = client.or(server);
        let then = match watch {
            Some(watch) => self.hosts.watch_mut(watch)?.last,
            None => {
                let last = |direction| self.hosts.last(host, direction);
                last(Direction::Syn).or_else(|| last(Direction::SynAck))?
            }
        };
        let score = Score { points: TOOL_POINTS, reasons: ChangeReasons::TOOL_VS_SYSTEM };
        let mut history = crate::change::History::default();
        if let Some(doubt) = watch.and_then(|watch| self.hosts.doubt(watch, true)) {
            doubt.history.push(score.points);
            history = doubt.history;
        } else {
            history.push(score.points);
        }
        let then = Appearance { label: Some(system.label), ..then.appearance(database, 0) };
        Some(Change {
            verdict: Verdict::HostChange,
            reasons: score.reasons,
            score: score.points,
            hits: history.hits(),
            then: Some(then),
            port: 0,
        })
    }
}

impl Score {
    /// With the signs that only all connections together give.
    fn with(mut self, steps: &Steps) -> Score {
        if steps.two_counters && matches!(steps.port, PortStep::Switches(_)) {
            self.add(SECOND_POINTS, ChangeReasons::PORT);
        }
        if steps.left_steady || (steps.two_clocks && steps.clock == Step::ToOtherLine) {
            self.add(SECOND_POINTS, ChangeReasons::TIMESTAMP);
        }
        self
    }
}

/// Whether all that differs is a hop more or less: another route.
fn is_route(score: Score, [then, now]: [&Seen; 2]) -> bool {
    let route = ChangeReasons::TTL | ChangeReasons::MTU;
    route.contains(score.reasons) && !set_out_otherwise(then.ttl, now.ttl)
}

impl Doubt {
    fn note_other_look(&mut self, then: &Seen, is_return: bool, score: Score) {
        self.returns = self.returns.saturating_add(u8::from(is_return));
        self.gathered |= score.reasons;
        self.other = Some(*then);
    }

    /// Whether it came back to a look so often that the looks are several hosts'.
    fn has_returned(&self) -> bool {
        let windows = ChangeReasons::WINDOW | ChangeReasons::MTU;
        let needed = if windows.contains(self.gathered) { RETURNS_OF_WINDOWS } else { RETURNS };
        self.returns >= needed
    }
}
