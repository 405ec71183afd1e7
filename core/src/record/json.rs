//! The record as a line of JSON, written straight from its values.
//!
//! The same bytes as serde makes of [`RecordRow`](super::RecordRow), which a test compares, at a
//! fraction of the time: no string is made on the way.

mod cache;
#[cfg(feature = "ecs")]
mod ecs;
#[cfg(feature = "http")]
mod http;
mod out;
#[cfg(feature = "quic")]
mod quic;
mod records;
mod system;
mod time;
#[cfg(feature = "tls")]
mod tls;
mod writer;

use core::net::IpAddr;
use std::io;

use super::{Fingerprint, Note, Origin, Record, SCHEMA};
use crate::change::Change;
use crate::endpoint::{Endpoint, Side};
use crate::uptime::Uptime;
use cache::CacheKey;
#[cfg(feature = "ecs")]
pub use ecs::ECS_VERSION;
use out::Json;
pub use records::JsonRecords;
pub use writer::JsonWriter;

impl Record<'_> {
    /// Appends the record as one line of JSON, without line feed: the row of
    /// `schemas/record.v1.schema.json`, with `origin` if there is one. [`JsonWriter`] is quicker
    /// where there are many.
    pub fn write_json(&self, origin: Option<&Origin<'_>>, to: &mut Vec<u8>) {
        self.json(origin, &mut Json::at_end_of(to));
    }

    /// As [`Record::write_json`], into any writer. Makes the line in memory first, once for each
    /// record: [`JsonWriter::write_to`] keeps it.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_json_to(
        &self,
        origin: Option<&Origin<'_>>,
        mut to: impl io::Write,
    ) -> io::Result<()> {
        let mut line = Vec::new();
        self.write_json(origin, &mut line);
        to.write_all(&line)
    }

    fn json(&self, origin: Option<&Origin<'_>>, to: &mut Json<'_>) {
        to.raw("{\"schema\":\"");
        to.raw(SCHEMA);
        to.raw("\",\"time\":\"");
        to.time(self.time);
        to.raw("\",\"kind\":\"");
        to.raw(self.kind.as_str());
        to.raw("\",\"client\":");
        to.endpoint(self.client);
        to.raw(",\"server\":");
        to.endpoint(self.server);
        #[cfg(feature = "flow")]
        if self.with_flow {
            to.raw(",\"flow\":\"");
            to.flow(self);
            to.raw("\"");
        }
        self.findings(origin, to);
    }

    /// All that follows who spoke to whom, to the end of the object.
    fn findings(&self, origin: Option<&Origin<'_>>, to: &mut Json<'_>) {
        match &self.fingerprint {
            Some(fingerprint) => to.cached_fingerprint(fingerprint, self.subject),
            None => {
                to.subject(self.subject);
                to.raw(",\"signature\":null,\"os\":null,\"ttl\":null,\"notes\":[],\"mtu\":null");
            }
        }
        to.uptime(self.uptime.as_ref());
        match self.fingerprint.as_ref().and_then(|fingerprint| fingerprint.change.as_ref()) {
            Some(change) => {
                to.raw(",\"change\":");
                to.change(self, change);
            }
            None => to.raw(",\"change\":null"),
        }
        #[cfg(feature = "tls")]
        if let Some(found) = self.tcp() {
            to.tcp(found);
        }
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            to.tls(tls);
        }
        #[cfg(feature = "http")]
        if let Some(http) = &self.http {
            to.http(self, http);
        }
        #[cfg(feature = "quic")]
        if let Some(quic) = &self.quic {
            to.quic(quic);
        }
        if !self.path.is_empty() {
            to.raw(",\"path\":");
            to.list(self.path.as_slice().iter(), |to, hop| to.display(format_args!("\"{hop}\"")));
        }
        if let Some(origin) = origin {
            to.raw(",\"origin\":");
            to.origin(origin, self.part);
        }
        to.raw("}");
    }
}

impl Json<'_> {
    /// The Community ID of the record's flow.
    #[cfg(feature = "flow")]
    fn flow(&mut self, record: &Record<'_>) {
        let id = match self.cache.as_mut() {
            Some(cache) => cache.flow(record),
            None => record.flow(),
        };
        if let Some(id) = id {
            self.bytes(id.as_bytes());
        }
    }

    fn endpoint(&mut self, Endpoint { ip, port }: Endpoint) {
        self.raw("{\"ip\":\"");
        match ip {
            IpAddr::V4(ip) => self.ipv4(ip),
            IpAddr::V6(ip) => self.display(ip),
        }
        self.raw("\",\"port\":");
        self.number(port);
        self.raw("}");
    }

    fn subject(&mut self, subject: Side) {
        self.raw(",\"subject\":\"");
        self.raw(subject.as_str());
        self.raw("\"");
    }

    /// What a packet says by itself, copied if it was written before.
    fn cached_fingerprint(&mut self, fingerprint: &Fingerprint<'_>, subject: Side) {
        let Some(cache) = self.cache.take() else {
            return self.fingerprint(fingerprint, subject);
        };
        if let Some(key) = CacheKey::new(fingerprint, subject) {
            match cache.get(&key) {
                Some(text) => self.bytes(text),
                None => {
                    let start = self.to.len();
                    self.fingerprint(fingerprint, subject);
                    cache.insert(&key, self.to.get(start..).unwrap_or_default());
                }
            }
        } else {
            self.fingerprint(fingerprint, subject);
        }
        self.cache = Some(cache);
    }

    fn fingerprint(&mut self, fingerprint: &Fingerprint<'_>, subject: Side) {
        self.subject(subject);
        self.raw(",\"signature\":\"");
        fingerprint.observation.write_signature(self);
        self.raw("\",\"os\":");
        match &fingerprint.found {
            Some(found) => self.system(fingerprint, found),
            None => self.raw("null"),
        }
        self.closest(fingerprint);
        self.raw(",\"ttl\":{\"observed\":");
        self.number(fingerprint.observation.ttl);
        self.raw(",\"initial\":");
        self.number(fingerprint.initial_ttl());
        self.raw(",\"distance\":");
        self.number(fingerprint.distance);
        self.raw(",\"guessed\":");
        self.raw(if fingerprint.distance_is_guessed() { "true" } else { "false" });
        self.raw("},\"notes\":");
        self.list(fingerprint.notes(), Json::note);
        self.raw(",\"mtu\":");
        let Some(mtu) = &fingerprint.mtu else { return self.raw("null") };
        self.raw("{\"value\":");
        self.number(mtu.value);
        self.raw(",\"link\":");
        match mtu.link {
            Some(link) => self.string(link),
            None => self.raw("null"),
        }
        self.raw("}");
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Generic => self.raw("\"generic\""),
            Note::Fuzzy => self.raw("\"fuzzy\""),
            other => self.display(format_args!("\"{other}\"")),
        }
    }

    fn uptime(&mut self, uptime: Option<&Uptime>) {
        let Some(uptime) = uptime else { return self.raw(",\"uptime\":null") };
        self.raw(",\"uptime\":{\"seconds\":");
        self.number(uptime.seconds);
        self.raw(",\"frequency_hz\":");
        self.number(uptime.frequency_hz);
        self.raw(",\"raw_frequency_hz\":");
        self.float(uptime.recorded_frequency_hz());
        self.raw(",\"modulo_days\":");
        self.number(uptime.modulo_days);
        self.raw(",\"watched_ms\":");
        self.number(uptime.watched_ms);
        self.raw(",\"reliable\":");
        self.raw(if uptime.trust.is_reliable() { "true" } else { "false" });
        self.raw(",\"why\":\"");
        self.raw(uptime.trust.as_str());
        self.raw("\"}");
    }

    #[cold]
    fn change(&mut self, record: &Record<'_>, change: &Change<'_>) {
        self.raw("{\"verdict\":\"");
        self.raw(change.verdict.as_str());
        self.raw("\",\"reasons\":");
        self.list(change.reasons.words(), Json::string);
        self.raw(",\"score\":");
        self.number(change.score);
        self.raw(",\"hits\":");
        self.list(change.hits.into_iter(), Json::number);
        if let Some(quality) = change.quality() {
            self.raw(",\"quality\":");
            self.quality(quality);
            self.raw(",\"evidence\":");
            self.list(record.evidence(), |to, evidence| {
                to.raw("{\"reason\":\"");
                to.display(evidence.reason);
                to.raw("\",\"then\":");
                to.string(&evidence.then.to_string());
                to.raw(",\"now\":");
                to.string(&evidence.now.to_string());
                to.raw(",\"time\":\"");
                to.time(evidence.time);
                to.raw("\"}");
            });
        }
        self.raw("}");
    }

    fn origin(&mut self, origin: &Origin<'_>, part: u8) {
        let mut next = "{";
        let mut field = |to: &mut Self, name: &str| {
            to.raw(core::mem::replace(&mut next, ","));
            to.raw("\"");
            to.raw(name);
            to.raw("\":");
        };
        if let Some(file) = &origin.file {
            field(self, "file");
            self.string(file);
        }
        if let Some(frame) = origin.frame {
            field(self, "frame");
            self.number(frame);
        }
        if let Some(interface) = &origin.interface {
            field(self, "interface");
            self.string(interface);
        }
        if let Some(topic) = &origin.topic {
            field(self, "topic");
            self.string(topic);
        }
        if let Some(partition) = origin.partition {
            field(self, "partition");
            self.number(partition);
        }
        if let Some(offset) = origin.offset {
            field(self, "offset");
            self.number(offset);
        }
        if let Some(index) = origin.index {
            field(self, "index");
            self.number(index);
        }
        if part > 0 {
            field(self, "part");
            self.number(part);
        }
        if let Some(sensor) = &origin.sensor {
            field(self, "sensor");
            self.string(sensor);
        }
        self.raw(if next == "{" { "{}" } else { "}" });
    }
}
