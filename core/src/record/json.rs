//! The record as a line of JSON, written straight from its values.
//!
//! The same octets as serde makes of [`RecordRow`](super::RecordRow), which a test compares, at a
//! fraction of the time: no string is made on the way.

#[cfg(feature = "ecs")]
mod ecs;
mod system;
mod time;
mod writer;

use core::fmt::{self, Write as _};
use core::net::{IpAddr, Ipv4Addr};

use super::{Fingerprint, Note, Origin, Record, SCHEMA};
use crate::ascii::Text;
use crate::change::Change;
use crate::endpoint::{Endpoint, Side};
use crate::frame::Timestamp;
use crate::uptime::Uptime;
#[cfg(feature = "ecs")]
pub use ecs::ECS_VERSION;
pub(crate) use system::LabelJson;
use time::Second;
pub use writer::JsonWriter;
use writer::MadeOf;

impl Record<'_> {
    /// Appends the record as one line of JSON, without line feed: the row of
    /// `schemas/record.v1.schema.json`, with `origin` if there is one. [`JsonWriter`] is quicker
    /// where there are many.
    pub fn write_json(&self, origin: Option<&Origin<'_>>, to: &mut Vec<u8>) {
        let mut json = Json::at_end_of(to);
        self.json(origin, &mut json);
        json.finish();
    }

    fn json(&self, origin: Option<&Origin<'_>>, to: &mut Json<'_>) {
        to.raw("{\"schema\":\"");
        to.raw(SCHEMA);
        to.raw("\",\"time\":\"");
        to.time(self.time);
        to.raw("\",\"kind\":\"");
        to.raw(self.kind.word());
        to.raw("\",\"client\":");
        to.endpoint(self.client);
        to.raw(",\"server\":");
        to.endpoint(self.server);
        self.findings(origin, to);
    }

    /// All that follows who spoke to whom, to the end of the object.
    fn findings(&self, origin: Option<&Origin<'_>>, to: &mut Json<'_>) {
        match &self.fingerprint {
            Some(fingerprint) => to.recalled(fingerprint, self.subject),
            None => {
                to.subject(self.subject);
                to.raw(",\"signature\":null,\"os\":null,\"ttl\":null,\"notes\":[],\"mtu\":null");
            }
        }
        to.uptime(self.uptime.as_ref());
        match self.fingerprint.as_ref().and_then(|fingerprint| fingerprint.change.as_ref()) {
            Some(change) => to.change(self, change),
            None => to.raw(",\"change\":null"),
        }
        if !self.path.is_empty() {
            to.raw(",\"path\":");
            to.list(self.path.as_slice().iter(), |to, hop| to.display(format_args!("\"{hop}\"")));
        }
        if let Some(origin) = origin {
            to.raw(",\"origin\":");
            to.origin(origin);
        }
        to.raw("}");
    }
}

/// Where JSON is appended: the front of `to`, `len` octets so far. What is behind it is made ahead,
/// a piece at a time, so that short texts are copied without a look at the capacity.
struct Json<'v> {
    to: &'v mut Vec<u8>,
    len: usize,
    /// What was written before, if that is remembered.
    memory: Option<&'v mut JsonWriter>,
}

impl Text for Json<'_> {
    #[inline(always)]
    fn push_octets(&mut self, octets: &[u8]) {
        self.octets(octets);
    }
}

impl fmt::Write for Json<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.raw(text);
        Ok(())
    }
}

impl<'v> Json<'v> {
    /// More than most records need.
    const PIECE_OCTETS: usize = 1024;

    fn at_end_of(to: &'v mut Vec<u8>) -> Json<'v> {
        Json { len: to.len(), to, memory: None }
    }

    /// Drops what was made ahead.
    fn finish(self) {
        self.to.truncate(self.len);
    }

    /// Text that is JSON, or needs no escape.
    #[inline(always)]
    fn raw(&mut self, text: &str) {
        self.octets(text.as_bytes());
    }

    #[inline(always)]
    fn octets(&mut self, octets: &[u8]) {
        let end = self.len + octets.len();
        if self.to.len() < end {
            self.make_place(end);
        }
        if let Some(place) = self.to.get_mut(self.len..end) {
            place.copy_from_slice(octets);
        }
        self.len = end;
    }

    #[cold]
    fn make_place(&mut self, end: usize) {
        self.to.resize(end + Self::PIECE_OCTETS, 0);
    }

    /// What `Display` writes, which must need no escape.
    fn display(&mut self, value: impl fmt::Display) {
        // Writing to memory does not fail.
        let _ = write!(self, "{value}");
    }

    #[inline]
    fn number(&mut self, number: impl itoa::Integer) {
        self.raw(itoa::Buffer::new().format(number));
    }

    /// A number in the shortest form that reads back the same; always with a point.
    fn float(&mut self, number: f64) {
        self.display(format_args!("{number:?}"));
    }

    /// A number from 0 to 1; those with two decimals, as most are, need no general way.
    fn quality(&mut self, number: f64) {
        let hundredths = number * 100.0;
        let digits = hundredths as u8;
        if f64::from(digits) / 100.0 != number || digits >= 100 {
            return self.float(number);
        }
        let (tenths, rest) = (b'0' + digits / 10, b'0' + digits % 10);
        let text = [b'0', b'.', tenths, rest];
        self.octets(if rest == b'0' { &text[..3] } else { &text });
    }

    /// A string in quotes.
    fn string(&mut self, text: &str) {
        self.raw("\"");
        self.escaped(text);
        self.raw("\"");
    }

    /// What is between the quotes of a string (RFC 8259 section 7).
    fn escaped(&mut self, text: &str) {
        let needs_escape = |octet: u8| octet < b' ' || octet == b'"' || octet == b'\\';
        // Without an early end, so that many octets are looked at in one step.
        if !text.bytes().fold(false, |any, octet| any | needs_escape(octet)) {
            return self.raw(text);
        }
        for character in text.chars() {
            match character {
                '"' => self.raw("\\\""),
                '\\' => self.raw("\\\\"),
                '\u{8}' => self.raw("\\b"),
                '\u{c}' => self.raw("\\f"),
                '\n' => self.raw("\\n"),
                '\r' => self.raw("\\r"),
                '\t' => self.raw("\\t"),
                '\0'..'\u{20}' => {
                    self.display(format_args!("\\u{:04x}", u32::from(character)));
                }
                other => self.raw(other.encode_utf8(&mut [0; 4])),
            }
        }
    }

    fn list<T>(&mut self, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.raw("[");
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self.raw("]");
    }

    fn time(&mut self, time: Timestamp) {
        match self.memory.take() {
            Some(memory) => {
                self.octets(memory.time(time));
                self.memory = Some(memory);
            }
            None => self.octets(Second::new().text(time)),
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

    /// In the dotted notation; copied four octets at a time, because a known number is quicker.
    fn ipv4(&mut self, ip: Ipv4Addr) {
        let mut text = [0; 4 * OCTETS_WITH_DOT[0].0.len()];
        let mut len = 0;
        for octet in ip.octets() {
            let (digits, digits_len) = &OCTETS_WITH_DOT[usize::from(octet)];
            if let Some(place) = text.get_mut(len..).and_then(<[u8]>::first_chunk_mut) {
                *place = *digits;
            }
            len += usize::from(*digits_len);
        }
        let start = self.len;
        self.octets(&text);
        // Without the last dot, and what is behind it.
        self.len = start + len - 1;
    }

    fn subject(&mut self, subject: Side) {
        self.raw(",\"subject\":\"");
        self.raw(subject.word());
        self.raw("\"");
    }

    /// What a packet says by itself, copied if it was written before.
    fn recalled(&mut self, fingerprint: &Fingerprint<'_>, subject: Side) {
        let Some(memory) = self.memory.take() else {
            return self.fingerprint(fingerprint, subject);
        };
        if let Some(made_of) = MadeOf::new(fingerprint, subject) {
            match memory.recall(&made_of) {
                Some(text) => self.octets(text),
                None => {
                    let start = self.len;
                    self.fingerprint(fingerprint, subject);
                    memory.remember(&made_of, self.to.get(start..self.len).unwrap_or_default());
                }
            }
        } else {
            self.fingerprint(fingerprint, subject);
        }
        self.memory = Some(memory);
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
        self.raw(uptime.trust.word());
        self.raw("\"}");
    }

    #[cold]
    fn change(&mut self, record: &Record<'_>, change: &Change<'_>) {
        self.raw(",\"change\":{\"verdict\":\"");
        self.raw(change.verdict.word());
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

    fn origin(&mut self, origin: &Origin<'_>) {
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
        if let Some(sensor) = &origin.sensor {
            field(self, "sensor");
            self.string(sensor);
        }
        self.raw(if next == "{" { "{}" } else { "}" });
    }
}

/// The numbers of an octet in decimal, each with a dot behind it, and how long that is.
static OCTETS_WITH_DOT: [([u8; 4], u8); 256] = {
    let mut all = [([0; 4], 0); 256];
    let mut octet = 0;
    while octet < all.len() {
        let [hundreds, tens, ones] = [octet / 100, octet / 10 % 10, octet % 10];
        let [hundreds, tens, ones] = [b'0' + hundreds as u8, b'0' + tens as u8, b'0' + ones as u8];
        all[octet] = match octet {
            0..10 => ([ones, b'.', 0, 0], 2),
            10..100 => ([tens, ones, b'.', 0], 3),
            _ => ([hundreds, tens, ones, b'.'], 4),
        };
        octet += 1;
    }
    all
};
