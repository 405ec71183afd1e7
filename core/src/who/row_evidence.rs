//! From the row of a record to what it says of its host: the same as the record itself says.

use super::entry::{Entry, Layer};
use super::host::Host;
use super::sighting::{Sighting, systems_of_stack};
use super::values::Values;
use crate::change::Verdict;
use crate::endpoint::Side;
use crate::frame::Timestamp;
use crate::record::{
    ChangeRow, HttpRow, LibraryRow, OsRow, RecordKind, RecordRow, TlsRow, UptimeRow,
};
use crate::tls::Transport;
use crate::uptime::Uptime;

/// A row that says something no record says, for [`MergedHosts`](super::MergedHosts).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadRecordRow {
    /// The field that has such a value.
    pub field: &'static str,
}

/// The value of this field is none that a record has.
impl core::fmt::Display for BadRecordRow {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "no record has such a value in the field {}", self.field)
    }
}

impl core::error::Error for BadRecordRow {}

const fn bad(field: &'static str) -> BadRecordRow {
    BadRecordRow { field }
}

/// What is the same in all rows of records, checked.
pub(super) struct Head {
    pub(super) time: Timestamp,
    pub(super) kind: RecordKind,
    pub(super) subject: Side,
    uptime: Option<Uptime>,
    change: Option<Verdict>,
}

impl Head {
    pub(super) fn of(row: &RecordRow<'_>) -> Result<Head, BadRecordRow> {
        if row.schema != crate::record::SCHEMA {
            return Err(bad("schema"));
        }
        let subject = match &*row.subject {
            "client" => Side::Client,
            "server" => Side::Server,
            _ => return Err(bad("subject")),
        };
        let verdict = |change: &ChangeRow<'_>| match &*change.verdict {
            "ip_sharing" => Ok(Verdict::IpSharing),
            "host_change" => Ok(Verdict::HostChange),
            _ => Err(bad("change")),
        };
        Ok(Head {
            time: crate::forms::time::of_date(&row.time).ok_or(bad("time"))?,
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            subject,
            uptime: row.uptime.as_ref().map(uptime).transpose()?,
            change: row.change.as_ref().map(verdict).transpose()?,
        })
    }
}

fn uptime(row: &UptimeRow<'_>) -> Result<Uptime, BadRecordRow> {
    Ok(Uptime {
        seconds: row.seconds,
        frequency_hz: row.frequency_hz,
        raw_frequency_hz: row.raw_frequency_hz,
        modulo_days: row.modulo_days,
        watched_ms: row.watched_ms,
        trust: row.why.parse().map_err(|_| bad("uptime"))?,
    })
}

/// A host that is told what a row says.
pub(super) struct Telling<'t> {
    pub(super) host: &'t mut Host,
    pub(super) values: &'t mut Values,
    /// The systems that have the library of the row's hello.
    pub(super) systems: &'t [&'t str],
    pub(super) time: Timestamp,
}

impl Telling<'_> {
    /// Takes all that a row says of its subject.
    pub(super) fn take(&mut self, head: &Head, row: &RecordRow<'_>) {
        self.host.see_role(head.subject);
        let end = match head.subject {
            Side::Client => row.client,
            Side::Server => row.server,
        };
        if row.signature.is_some() {
            self.take_stack(head, row, end.port);
        }
        if let Some(uptime) = head.uptime {
            self.host.see_uptime(self.time, uptime);
        }
        let tcp = row.tcp.as_ref().map(|tcp| stack_of_connection(&tcp.label));
        if let Some(tls) = &row.tls {
            self.take_tls(head.subject, tls, tcp.as_ref(), end.port);
        }
        if let Some(http) = &row.http {
            self.take_http(head.kind, http, tcp.as_ref());
        }
        self.host.first = self.host.first.min(self.time);
        self.host.last = self.host.last.max(self.time);
    }

    fn see(&mut self, sighting: &Sighting<'_>, tcp: Option<&Sighting<'_>>) {
        let tcp = tcp.map_or(Entry::NONE, |tcp| self.values.number(tcp));
        let value = self.values.number(sighting);
        self.host.see(sighting.layer, value, tcp, self.time);
    }

    fn take_stack(&mut self, head: &Head, row: &RecordRow<'_>, port: u16) {
        let (side, layer) = match head.kind {
            RecordKind::SynAck => (Side::Server, Layer::SynAck),
            _ => (Side::Client, Layer::Syn),
        };
        let stack = match &row.os {
            Some(os) => Sighting::of_os(layer, os),
            None => Sighting::unknown_stack(layer),
        };
        let ttl = row.ttl.filter(|_| row.os.is_none()).and_then(|ttl| Sighting::ttl(ttl.initial));
        let link = row.mtu.as_ref().map(|mtu| Sighting {
            number: mtu.value,
            ..Sighting::plain(Layer::Link, mtu.link.as_deref().unwrap_or_default())
        });
        let change = row.change.as_ref().zip(head.change).map(|(change, verdict)| Sighting {
            quality: change.quality.unwrap_or_default() as f32,
            number: u32::from(verdict == Verdict::IpSharing),
            ..Sighting::plain(Layer::Change, change.reasons.join(" "))
        });
        for sighting in [Some(stack), ttl, link, change].into_iter().flatten() {
            self.see(&sighting, None);
        }
        if side == Side::Server {
            self.host.see(Layer::Port, port.into(), Entry::NONE, self.time);
        }
        if let Some(ttl) = row.ttl {
            self.host.see_distance(ttl.distance, ttl.guessed, self.time);
        }
        if let Some(count) = self.host.connections.get_mut(side.index()) {
            *count = count.saturating_add(1);
        }
    }

    fn take_tls(&mut self, side: Side, tls: &TlsRow<'_>, tcp: Option<&Sighting<'_>>, port: u16) {
        if side == Side::Server {
            // Its SYN+ACK has been counted, if it was seen.
            if !self.host.of(Layer::Port).any(|it| it.value == u32::from(port)) {
                self.host.see(Layer::Port, port.into(), Entry::NONE, self.time);
                self.host.uncount_port(port);
            }
            return;
        }
        let is_quic = tls.transport == Transport::Quic.as_str();
        let layer = if is_quic { Layer::Quic } else { Layer::Tls };
        // Over UDP, it is the stack of another connection.
        let tcp = tcp.filter(|_| tls.transport == Transport::Tcp.as_str());
        let sighting = match &tls.library {
            Some(library) => Sighting::of_library(layer, library, self.systems),
            None => Sighting::plain(layer, "unknown"),
        };
        self.see(&sighting, tcp);
    }

    fn take_http(&mut self, kind: RecordKind, http: &HttpRow<'_>, tcp: Option<&Sighting<'_>>) {
        let is_request = kind == RecordKind::HttpRequest;
        let layer = if is_request { Layer::HttpRequest } else { Layer::HttpResponse };
        let tcp = tcp.filter(|_| is_request);
        let app = http.app.as_ref().map(|app| &*app.name);
        let claims = http.claims.clone().unwrap_or_default();
        let [product, family, system] =
            [&claims.product, &claims.family, &claims.system].map(Option::as_deref);
        let claimed = Sighting::claimed(layer, app, product, family, system);
        let forwarded = (http.via && is_request).then(Sighting::forwarded);
        for sighting in [claimed, forwarded].into_iter().flatten() {
            self.see(&sighting, tcp);
        }
    }
}

/// The stack by the SYN of the same connection, of which a record has the label alone. It is not what
/// a SYN itself is kept as, which says more.
fn stack_of_connection(label: &str) -> Sighting<'_> {
    Sighting { number: u32::MAX, ..Sighting::plain(Layer::Syn, label) }
}

impl<'r> Sighting<'r> {
    /// The stack of a SYN or SYN+ACK.
    fn of_os(layer: Layer, os: &'r OsRow<'_>) -> Sighting<'r> {
        let quality = os.quality as f32;
        let is_tool = os.class == "userland";
        let candidates = os.candidates.iter().map(|it| (&*it.name, it.probability));
        let systems =
            (!is_tool).then(|| systems_of_stack(&os.name, &os.class, candidates, quality));
        Sighting {
            systems: systems.flatten(),
            quality,
            program: is_tool.then_some(&*os.name),
            ..Sighting::plain(layer, &*os.label)
        }
    }

    /// The library of a hello. The systems that have it are not in records.
    fn of_library(layer: Layer, library: &'r LibraryRow<'_>, systems: &[&str]) -> Sighting<'r> {
        let LibraryRow { name, version, program, quality } = library;
        let (version, program) = (version.as_deref(), program.as_deref());
        let mut text = name.to_string();
        for (before, part) in [(" ", version), (", ", program)] {
            part.into_iter().for_each(|part| text.extend([before, part]));
        }
        Sighting::library_of(layer, text, program, *quality, systems.iter().copied())
    }
}
