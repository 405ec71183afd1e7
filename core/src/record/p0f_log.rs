//! Records as lines of p0f's log.

use core::fmt;
use core::net::IpAddr;

#[cfg(feature = "http")]
use super::Http;
use super::{Fingerprint, Note, Record, RecordKind};
use crate::change::{Change, Verdict};
use crate::endpoint::{Endpoint, Side};
use crate::frame::Civil;
#[cfg(feature = "http")]
use crate::label::Rank;

impl Record<'_> {
    /// The record as lines of p0f's log: one for each event, without line feed at the end.
    #[must_use]
    pub fn p0f_log(&self) -> P0fLog<'_> {
        P0fLog { record: self }
    }
}

/// A record written as p0f writes its log: a line for each event, in p0f's order, in UTC.
///
/// ```
/// use stackprint::{Analyzer, Database, Frame, LinkType};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// let record = analyzer.analyze(&Frame::new(LinkType::RAW, syn))?.expect("a SYN says something");
/// let log = record.p0f_log().to_string();
/// let (syn, mtu) = log.split_once('\n').expect("two lines");
/// assert!(syn.starts_with("[1970/01/01 00:00:00] mod=syn|cli=192.0.2.30/40000|srv=192.0.2.80/80|subj=cli"));
/// assert!(mtu.ends_with("|raw_mtu=1500"));
/// # Ok::<(), stackprint::Skip>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct P0fLog<'r> {
    record: &'r Record<'r>,
}

impl fmt::Display for P0fLog<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record;
        let mut line = Lines { record, first: true };
        if let Some(fingerprint) = &record.fingerprint {
            line.start(f, module(record.kind, fingerprint.is_probe))?;
            write_fingerprint(f, fingerprint)?;
            if let Some(change) = &fingerprint.change {
                line.change(f, change)?;
            }
            if let Some(mtu) = &fingerprint.mtu {
                line.start(f, "mtu")?;
                write!(f, "|link={}|raw_mtu={}", mtu.link.unwrap_or("???"), mtu.value)?;
            }
        }
        #[cfg(feature = "http")]
        if let Some(http) = &record.http
            && let Some(signature) = &http.signature
        {
            line.start(f, module(record.kind, false))?;
            write_http(f, http, signature)?;
            for change in &http.changes {
                line.change(f, change)?;
            }
        }
        if let Some(uptime) = &record.uptime {
            line.start(f, "uptime")?;
            let minutes = uptime.seconds / 60;
            let (days, hours, minutes) = (minutes / 60 / 24, minutes / 60 % 24, minutes % 60);
            write!(f, "|uptime={days} days {hours} hrs {minutes} min ")?;
            write!(f, "(modulo {} days)", uptime.modulo_days)?;
            write!(f, "|raw_freq={:.2} Hz", uptime.raw_frequency_hz)?;
        }
        Ok(())
    }
}

const fn module(kind: RecordKind, is_probe: bool) -> &'static str {
    match (kind, is_probe) {
        (RecordKind::Syn, false) => "syn",
        (RecordKind::SynAck, false) => "syn+ack",
        (RecordKind::Syn, true) => "sendsyn probe",
        (RecordKind::SynAck, true) => "sendsyn response",
        (RecordKind::Uptime, _) => "uptime",
        #[cfg(feature = "tls")]
        (RecordKind::TlsClient | RecordKind::TlsServer, _) => kind.as_str(),
        #[cfg(feature = "http")]
        (RecordKind::HttpRequest, _) => "http request",
        #[cfg(feature = "http")]
        (RecordKind::HttpResponse, _) => "http response",
        #[cfg(feature = "quic")]
        (RecordKind::QuicClient, _) => kind.as_str(),
    }
}

/// Begins lines with what they have in common.
struct Lines<'r> {
    record: &'r Record<'r>,
    first: bool,
}

impl Lines<'_> {
    fn change(&mut self, f: &mut fmt::Formatter<'_>, change: &Change<'_>) -> fmt::Result {
        self.start(
            f,
            match change.verdict {
                Verdict::HostChange => "host change",
                Verdict::IpSharing => "ip sharing",
            },
        )?;
        let [very_high, high, medium, low] = change.hits;
        write!(f, "|reason={}", change.reasons)?;
        write!(f, "|raw_hits={very_high},{high},{medium},{low}")
    }

    fn start(&mut self, f: &mut fmt::Formatter<'_>, module: &str) -> fmt::Result {
        if !core::mem::replace(&mut self.first, false) {
            f.write_str("\n")?;
        }
        let record = self.record;
        let Civil { year, month, day, hour, minute, second } = record.time.civil();
        write!(f, "[{year:04}/{month:02}/{day:02} {hour:02}:{minute:02}:{second:02}] ")?;
        let subject = match record.subject {
            Side::Client => "cli",
            Side::Server => "srv",
        };
        let (client, server) = (P0fEndpoint(record.client), P0fEndpoint(record.server));
        write!(f, "mod={module}|cli={client}|srv={server}|subj={subject}")
    }
}

fn write_fingerprint(f: &mut fmt::Formatter<'_>, fingerprint: &Fingerprint<'_>) -> fmt::Result {
    match &fingerprint.found {
        Some(found) => {
            let is_tool = fingerprint.is_probe || found.label.is_userland();
            f.write_str(if is_tool { "|app=" } else { "|os=" })?;
            f.write_str(found.label.name())?;
            if !found.label.flavor().is_empty() {
                write!(f, " {}", found.label.flavor())?;
            }
        }
        None => f.write_str("|os=???")?,
    }
    let at_most = fingerprint.notes().any(|note| note == Note::RandomTtl);
    write!(f, "|dist={}{}", if at_most { "<= " } else { "" }, fingerprint.distance)?;
    f.write_str("|params=")?;
    let mut any = false;
    for note in fingerprint.notes() {
        write!(f, "{}{note}", if any { " " } else { "" })?;
        any = true;
    }
    if !any {
        f.write_str("none")?;
    }
    write!(f, "|raw_sig={}", fingerprint.observation)
}

#[cfg(feature = "http")]
fn write_http(f: &mut fmt::Formatter<'_>, http: &Http<'_>, signature: &str) -> fmt::Result {
    match &http.app {
        Some(app) => {
            f.write_str(if app.label.is_userland() { "|app=" } else { "|os=" })?;
            f.write_str(app.label.name())?;
            if !app.label.flavor().is_empty() {
                write!(f, " {}", app.label.flavor())?;
            }
        }
        None => f.write_str("|app=???")?,
    }
    write!(f, "|lang={}|params=", http.language)?;
    let is_generic = http.app.is_some_and(|app| app.label.rank() == Rank::Generic);
    let notes = [
        (http.is_dishonest(), "dishonest"),
        (http.is_anonymous(), "anonymous"),
        (is_generic, "generic"),
    ];
    let mut any = false;
    for (_, note) in notes.iter().filter(|(is, _)| *is) {
        write!(f, "{}{note}", if any { " " } else { "" })?;
        any = true;
    }
    if !any {
        f.write_str("none")?;
    }
    write!(f, "|raw_sig={signature}")
}

/// `10.0.0.1/80`, `2001:db8:0:0:0:0:0:1/80`: p0f does not compress zeros.
struct P0fEndpoint(Endpoint);

impl fmt::Display for P0fEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Endpoint { ip, port } = self.0;
        match ip {
            IpAddr::V4(ip) => write!(f, "{ip}/{port}"),
            IpAddr::V6(ip) => {
                for (index, group) in ip.segments().into_iter().enumerate() {
                    write!(f, "{}{group:x}", if index == 0 { "" } else { ":" })?;
                }
                write!(f, "/{port}")
            }
        }
    }
}
