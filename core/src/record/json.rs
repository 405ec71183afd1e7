//! The record as a line of JSON, written straight from its values.
//!
//! The same octets as serde makes of [`RecordRow`](super::RecordRow), which a test compares, at a
//! fraction of the time: no string is made on the way.

#[cfg(feature = "ecs")]
mod ecs;
mod system;

use core::fmt::{self, Write as _};
use core::net::IpAddr;

use super::{Fingerprint, Note, Origin, Record, SCHEMA};
use crate::ascii::Text;
use crate::change::Change;
use crate::frame::{Civil, Timestamp};
use crate::hosts::Endpoint;
use crate::uptime::Uptime;
#[cfg(feature = "ecs")]
pub use ecs::ECS_VERSION;
pub(crate) use system::LabelJson;

impl Record<'_> {
    /// Appends the record as one line of JSON, without line feed: the row of
    /// `schemas/record.v1.schema.json`, with `origin` if there is one.
    pub fn write_json(&self, origin: Option<&Origin<'_>>, to: &mut Vec<u8>) {
        let mut json = Json { len: to.len(), to };
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
        to.raw(",\"subject\":\"");
        to.raw(self.subject.word());
        to.raw("\"");
        match &self.fingerprint {
            Some(fingerprint) => to.fingerprint(fingerprint, self.uptime.as_ref()),
            None => {
                to.raw(",\"signature\":null,\"os\":null,\"ttl\":null,\"notes\":[],\"mtu\":null");
                to.uptime(self.uptime.as_ref());
                to.raw(",\"change\":null");
            }
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

impl Json<'_> {
    /// More than most records need.
    const PIECE_OCTETS: usize = 1024;

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

    /// RFC 3339, as [`Timestamp`] prints it.
    fn time(&mut self, time: Timestamp) {
        let Civil { year, month, day, hour, minute, second } = time.civil();
        let mut text = *b"0000-00-00T00:00:00.000000000Z";
        digits(&mut text, 0..4, year);
        digits(&mut text, 5..7, month);
        digits(&mut text, 8..10, day);
        digits(&mut text, 11..13, u64::from(hour));
        digits(&mut text, 14..16, u64::from(minute));
        digits(&mut text, 17..19, u64::from(second));
        digits(&mut text, 20..29, u64::from(time.subsecond_nanos()));
        self.octets(&text);
    }

    fn endpoint(&mut self, Endpoint { ip, port }: Endpoint) {
        self.raw("{\"ip\":\"");
        match ip {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets();
                self.push_number(a);
                for octet in [b, c, d] {
                    self.raw(".");
                    self.push_number(octet);
                }
            }
            IpAddr::V6(ip) => self.display(ip),
        }
        self.raw("\",\"port\":");
        self.number(port);
        self.raw("}");
    }

    fn fingerprint(&mut self, fingerprint: &Fingerprint<'_>, uptime: Option<&Uptime>) {
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
        match &fingerprint.mtu {
            Some(mtu) => {
                self.raw("{\"value\":");
                self.number(mtu.value);
                self.raw(",\"link\":");
                match mtu.link {
                    Some(link) => self.string(link),
                    None => self.raw("null"),
                }
                self.raw("}");
            }
            None => self.raw("null"),
        }
        self.uptime(uptime);
        self.raw(",\"change\":");
        match &fingerprint.change {
            Some(change) => self.change(change),
            None => self.raw("null"),
        }
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
        self.float(uptime.raw_frequency_hz);
        self.raw(",\"modulo_days\":");
        self.number(uptime.modulo_days);
        self.raw(",\"reliable\":");
        self.raw(if uptime.trust.is_reliable() { "true" } else { "false" });
        self.raw(",\"why\":\"");
        self.raw(uptime.trust.word());
        self.raw("\"}");
    }

    #[cold]
    fn change(&mut self, change: &Change) {
        self.raw("{\"verdict\":\"");
        self.raw(change.verdict.word());
        self.raw("\",\"reasons\":");
        self.list(change.reasons.words(), Json::string);
        self.raw(",\"score\":");
        self.number(change.score);
        self.raw(",\"hits\":");
        self.list(change.hits.into_iter(), Json::number);
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

/// Writes a number with leading zeros into its place.
fn digits(text: &mut [u8], place: core::ops::Range<usize>, mut number: u64) {
    for digit in text.get_mut(place).unwrap_or_default().iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}
