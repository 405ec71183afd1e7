//! HTTP by p0f's rules: one request and one response of a flow, which lives as long as its reader wants
//! more, and what they say of a change of their hosts.

use super::event::{Event, HttpSigns, Question};
use super::flow_stage::{About, FlowStage, Wanted};
use super::host_stage::HostRules;
use super::packet::Packet;
use crate::change::{Change, ChangeReasons, Score};
use crate::compat::Compat;
use crate::database::{Database, HttpApp};
use crate::endpoint::Side;
use crate::hosts::{HostId, PastResponse};
use crate::http::{Observed, Value, Verdict, date_like_p0f};
use crate::label::Label;
use crate::record::{Http, Record, RecordKind};

impl FlowStage {
    /// Hands the payload that is wanted to p0f's reader, which may end the flow. Returns the event of the
    /// head that it completes.
    pub(super) fn http_like_p0f<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
    ) -> Option<(Event, Record<'d>)> {
        let Wanted { id, side, .. } = self.take_wanted()?;
        let flows = self.flows_like_p0f();
        // The flow of a tool is gone by now.
        flows.flow(id)?;
        let mut found = None;
        let verdict = flows.p0f_exchange(id).push(side.into(), packet.segment.payload, |head| {
            let observed = Observed::new(head, database.http());
            let software = observed.software().map(Value::reveal).unwrap_or_default();
            let date = observed.date().map(Value::reveal).unwrap_or_default();
            let signs = HttpSigns {
                user_agent_system: database.http().system_of(software),
                date: date_like_p0f(date).unwrap_or_default(),
            };
            found = Some((Http::of_observed(head, &observed, database, Compat::P0fExact), signs));
        });
        let event = found.filter(|_| self.writes_http()).and_then(|(http, signs)| {
            let kind =
                if http.is_request() { RecordKind::HttpRequest } else { RecordKind::HttpResponse };
            let context = *self.context();
            let flow = self.flows_like_p0f().flow(id)?;
            let (of, mut record) = (About::sender(id, side, kind), None);
            let question = Question::P0fHttp(signs);
            let event = context.event(packet, flow, &of, None, question, &mut record);
            let mut record = record?;
            record.http = Some(Box::new(http));
            Some((event, record))
        });
        if verdict == Verdict::Destroy {
            self.flows_like_p0f().close(id);
        }
        event
    }
}

impl HostRules<'_> {
    /// Compares a head with what its host looked like before, and remembers it. A program that does not
    /// run on the host's system is a change of its own.
    pub(super) fn judge_http_like_p0f<'d>(
        &mut self,
        database: &'d Database,
        side: Side,
        record: &mut Record<'d>,
        host: HostId,
        signs: HttpSigns,
    ) {
        let (port, time_s) = (record.server.port, record.time.as_seconds());
        let Some(http) = record.http.as_mut() else { return };
        let app = http.app;
        if let Some(app) = app.filter(|app| app.label.is_userland()) {
            http.changes.extend(self.score_tool_like_p0f(database, host, side, app.label));
        }
        let now = PastResponse { label: app.map(|app| app.number), port, date: signs.date, time_s };
        let comparison = HttpComparison {
            database,
            side,
            app,
            user_agent_system: signs.user_agent_system.filter(|_| !http.is_anonymous()),
            via: http.via,
            now,
        };
        let score = self.score_http_like_p0f(&comparison, host);
        let change: Option<Change<'d>> = self.verdict_like_p0f(host, side, score);
        http.changes.extend(change);
        self.remember_http_like_p0f(&comparison, host);
    }

    fn score_http_like_p0f(&mut self, of: &HttpComparison<'_>, host: HostId) -> Score {
        let known = self.hosts.host(host).and_then(|host| host.system());
        let system = known.and_then(|id| of.database.system(id)).map(Label::name_id);
        let Some(past) = self.hosts.http_past(host) else { return Score::default() };
        let reference = match of.side {
            Side::Client => past.request.map(|label| PastResponse { label: Some(label), ..of.now }),
            Side::Server => past.response.filter(|past| past.port == of.now.port),
        };
        of.score(reference, system)
    }

    fn remember_http_like_p0f(&mut self, of: &HttpComparison<'_>, host: HostId) {
        let system = of.app.filter(|app| !app.label.is_userland()).map(|app| app.number);
        if let Some(past) = self.hosts.http_past(host) {
            match of.side {
                Side::Server => past.response = Some(of.now),
                Side::Client => past.request = system.or(past.request),
            }
        }
        if let Some(id) = system.and_then(|label| of.database.http_system_id(label))
            && let Some(host) = self.hosts.host(host)
        {
            host.set_system(id);
        }
    }
}

/// What a head and its host's past are compared by.
struct HttpComparison<'d> {
    database: &'d Database,
    side: Side,
    app: Option<HttpApp<'d>>,
    /// The number of the name of the system that User-Agent names.
    user_agent_system: Option<u16>,
    via: bool,
    now: PastResponse,
}

/// Clocks may differ by so much, in seconds.
const DATE_TOLERANCE_S: i64 = 10;

impl HttpComparison<'_> {
    /// How unlike its past the host looks. `system` is the number of the name of the host's system.
    fn score(&self, reference: Option<PastResponse>, system: Option<u16>) -> Score {
        let mut score = Score::default();
        let past_label = reference.and_then(|reference| reference.label);
        match self.app {
            None if self.side == Side::Server && past_label.is_some() => {
                score.add(4, ChangeReasons::KNOWN);
            }
            None => {}
            Some(app) if app.label.is_userland() => {
                if self.side == Side::Server {
                    self.compare_servers(app, past_label, &mut score);
                }
                if self.side == Side::Client
                    && !app.is_dishonest
                    && self.user_agent_system.is_some()
                    && self.user_agent_system != system
                {
                    score.add(4, ChangeReasons::USER_AGENT);
                }
            }
            Some(app) => self.compare_systems(app, reference, system, &mut score),
        }
        if self.via {
            score.add(8, ChangeReasons::VIA);
        }
        if let Some(past) = reference
            && self.side == Side::Server
            && past.date != 0
            && self.now.date != 0
        {
            let passed = self.now.time_s.wrapping_sub(past.time_s).cast_signed();
            let difference = self.now.date - past.date;
            if difference < -DATE_TOLERANCE_S || difference > passed + DATE_TOLERANCE_S {
                score.add(4, ChangeReasons::DATE);
            }
        }
        score
    }

    fn compare_servers(&self, app: HttpApp<'_>, past: Option<u16>, score: &mut Score) {
        let Some(past) = past else { return };
        let past_name = self.database.http_label(past).map(Label::name_id);
        if past_name != Some(app.label.name_id()) {
            score.add(8, ChangeReasons::SERVER);
        } else if past != app.number {
            score.add(2, ChangeReasons::SERVER);
        }
    }

    fn compare_systems(
        &self,
        app: HttpApp<'_>,
        reference: Option<PastResponse>,
        system: Option<u16>,
        score: &mut Score,
    ) {
        let name = app.label.name_id();
        let past_label = reference.and_then(|reference| reference.label);
        match past_label.and_then(|past| self.database.http_label(past)) {
            Some(past) if past.name_id() != name => {
                return score.add(8, ChangeReasons::SYSTEM);
            }
            // p0f compares the number of a name with that of a label.
            Some(past) => {
                let number = self.database.http_label_number(app.number);
                if number != Some(usize::from(past.name_id())) {
                    score.add(2, ChangeReasons::SYSTEM);
                }
            }
            None if reference.is_some() => score.add(4, ChangeReasons::KNOWN),
            None => {}
        }
        if system != Some(name) {
            score.add(4, ChangeReasons::SYSTEM);
        }
    }
}
