//! The record as a row of comma-separated values (RFC 4180).

use core::fmt::{self, Write as _};

#[cfg(feature = "http")]
use super::http::{Http, HttpMessage};
#[cfg(feature = "tls")]
use super::tls::{HexNumber, Tls, TlsHello};
use super::{Fingerprint, Origin, Record};
use crate::change::Evidence;
use crate::uptime::Uptime;

/// The columns, in their order.
const COLUMNS: &str = "time,kind,client_ip,client_port,server_ip,server_port,flow,subject,signature,\
    os_label,os_name,os_flavor,os_class,os_rank,os_match,os_quality,\
    ttl_observed,ttl_initial,ttl_distance,ttl_guessed,notes,mtu,link,\
    uptime_seconds,uptime_frequency_hz,uptime_modulo_days,uptime_watched_ms,uptime_reliable,uptime_why,\
    change_verdict,change_reasons,change_score,change_quality,change_evidence,\
    tcp_label,tcp_quality,tls_version,tls_library,tls_ja4,tls_ja3,tls_stable,tls_sni,tls_alpn,tls_ech,tls_resumption,\
    tls_cipher,tls_ja3s,\
    http_version,http_method,http_status,http_app,http_quality,http_user_agent,http_server,http_language,http_system,\
    http_notes,http_signature,http2_fingerprint,http2_md5,quic_version,quic_datagram_bytes,quic_ttl,path,file,frame,interface,sensor";

impl Record<'_> {
    /// The first row of comma-separated values, without line break: the names of the columns.
    pub const CSV_HEADER: &'static str = COLUMNS;

    /// Appends the record as a row of comma-separated values, without line break. What is absent
    /// is empty; lists have blanks between their items. Of the origin there are file, frame,
    /// interface and sensor. A cell that a spreadsheet would take for a formula has an apostrophe
    /// before it.
    pub fn write_csv(&self, origin: Option<&Origin<'_>>, to: &mut Vec<u8>) {
        let mut row = Row { to, is_first: true };
        row.value(self.time);
        row.value(self.kind.as_str());
        for end in [self.client, self.server] {
            row.value(end.ip);
            row.value(end.port);
        }
        #[cfg(feature = "flow")]
        row.optional(self.flow());
        #[cfg(not(feature = "flow"))]
        row.absent(1);
        row.value(self.subject.as_str());
        match &self.fingerprint {
            Some(fingerprint) => row.fingerprint(fingerprint),
            None => row.absent(Row::FINGERPRINT_COLUMNS),
        }
        row.uptime(self.uptime.as_ref());
        match self.fingerprint.as_ref().and_then(|fingerprint| fingerprint.change) {
            Some(change) => {
                row.value(change.verdict.as_str());
                row.list(change.reasons.words());
                row.value(change.score);
                row.optional(change.quality());
                row.list(self.evidence().map(|Evidence { reason, then, now, time }| {
                    format!("{reason}: {then} at {time}, now {now};")
                }));
            }
            None => row.absent(5),
        }
        #[cfg(feature = "tls")]
        row.tls(self.tcp(), self.tls.as_deref());
        #[cfg(not(feature = "tls"))]
        row.absent(Row::TCP_COLUMNS + Row::TLS_COLUMNS);
        #[cfg(feature = "http")]
        row.http(self.http.as_deref());
        #[cfg(not(feature = "http"))]
        row.absent(Row::HTTP_COLUMNS);
        #[cfg(feature = "quic")]
        row.quic(self.quic.as_deref());
        #[cfg(not(feature = "quic"))]
        row.absent(Row::QUIC_COLUMNS);
        row.list(self.path.as_slice().iter());
        row.optional(origin.and_then(|origin| origin.file.as_ref()));
        row.optional(origin.and_then(|origin| origin.frame));
        row.optional(origin.and_then(|origin| origin.interface.as_ref()));
        row.optional(origin.and_then(|origin| origin.sensor.as_ref()));
    }
}

/// A row that is being written.
struct Row<'v> {
    to: &'v mut Vec<u8>,
    is_first: bool,
}

impl Row<'_> {
    /// From `signature` to `link`.
    const FINGERPRINT_COLUMNS: usize = 15;
    /// From `tcp_label` to `tcp_quality`.
    #[cfg(not(feature = "tls"))]
    const TCP_COLUMNS: usize = 2;
    /// From `tls_version` to `tls_ja3s`.
    const TLS_COLUMNS: usize = 11;
    /// From `http_version` to `http2_md5`.
    const HTTP_COLUMNS: usize = 13;
    /// Of these, from `tls_ja4` to `tls_resumption`.
    #[cfg(feature = "tls")]
    const TLS_CLIENT_COLUMNS: usize = 7;

    /// From `quic_version` to `quic_ttl`.
    const QUIC_COLUMNS: usize = 3;

    #[cfg(feature = "quic")]
    fn quic(&mut self, quic: Option<&super::Quic>) {
        let Some(quic) = quic else { return self.absent(Row::QUIC_COLUMNS) };
        self.value(quic.version);
        self.value(quic.datagram_len);
        self.value(quic.ttl);
    }

    #[cfg(feature = "tls")]
    fn tls(&mut self, tcp: Option<&crate::database::Match<'_>>, tls: Option<&Tls<'_>>) {
        self.optional(tcp.map(|found| found.label));
        self.optional(tcp.map(crate::database::Match::quality));
        let Some(tls) = tls else { return self.absent(Row::TLS_COLUMNS) };
        self.value(tls.version_name());
        self.optional(tls.library.map(crate::tls::Library::name));
        match &tls.hello {
            TlsHello::Client(client) => {
                let of = client.fingerprints.as_ref();
                self.optional(of.map(|of| of.ja4.as_str()));
                self.optional(of.map(|of| of.ja3.as_str()));
                self.optional(of.map(|of| of.stable.as_str()));
                self.optional(client.server_name.as_deref());
                self.list(client.protocols.iter());
                self.optional(client.encrypted_hello.then_some(true));
                self.optional(client.resumption.map(super::tls::Resumption::as_str));
                self.absent(2);
            }
            TlsHello::Server(server) => {
                self.absent(Row::TLS_CLIENT_COLUMNS);
                self.value(HexNumber(server.cipher_suite));
                self.value(server.ja3s.as_str());
            }
        }
    }

    #[cfg(feature = "http")]
    fn http(&mut self, http: Option<&Http<'_>>) {
        let Some(http) = http else { return self.absent(Row::HTTP_COLUMNS) };
        self.value(http.version());
        let (mut method, mut status, mut http2) = (None, None, None);
        match &http.message {
            HttpMessage::Request { method: it } => method = Some(it),
            HttpMessage::Response { status: it } => status = Some(it),
            HttpMessage::Http2(it) => http2 = Some(it),
        }
        self.optional(method);
        self.optional(status);
        self.optional(http.app.map(|app| app.label));
        self.optional(http.app.map(|app| app.quality()));
        self.optional(http.user_agent());
        self.optional(http.server());
        self.optional(http.language.name());
        self.optional(http.claims().and_then(|claim| claim.system));
        let notes = [
            http.is_dishonest().then_some("dishonest"),
            http.is_anonymous().then_some("anonymous"),
            http.via.then_some("via"),
        ];
        self.list(notes.into_iter().flatten());
        self.optional(http.signature.as_deref());
        self.optional(http2);
        self.optional(http2.map(crate::http::Http2::md5));
    }

    fn fingerprint(&mut self, fingerprint: &Fingerprint<'_>) {
        self.value(fingerprint.observation);
        match &fingerprint.found {
            Some(found) => {
                let label = found.label;
                self.value(label);
                self.value(label.name());
                self.value(label.flavor());
                self.value(label.class());
                self.value(label.rank());
                self.value(if found.fuzzy { "fuzzy" } else { "exact" });
                self.optional(fingerprint.quality());
            }
            None => self.absent(7),
        }
        self.value(fingerprint.observation.ttl);
        self.value(fingerprint.initial_ttl());
        self.value(fingerprint.distance);
        self.value(fingerprint.distance_is_guessed());
        self.list(fingerprint.notes());
        self.optional(fingerprint.mtu.map(|mtu| mtu.value));
        self.optional(fingerprint.mtu.and_then(|mtu| mtu.link));
    }

    fn uptime(&mut self, uptime: Option<&Uptime>) {
        let Some(uptime) = uptime else { return self.absent(6) };
        self.value(uptime.seconds);
        self.value(uptime.frequency_hz);
        self.value(uptime.modulo_days);
        self.value(uptime.watched_ms);
        self.value(uptime.trust.is_reliable());
        self.value(uptime.trust.as_str());
    }

    fn absent(&mut self, columns: usize) {
        for _ in 0..columns {
            self.value("");
        }
    }

    fn optional(&mut self, value: Option<impl fmt::Display>) {
        match value {
            Some(value) => self.value(value),
            None => self.value(""),
        }
    }

    fn list(&mut self, items: impl Iterator<Item = impl fmt::Display>) {
        self.start();
        let start = self.to.len();
        for (index, item) in items.enumerate() {
            self.write(format_args!("{}{item}", if index == 0 { "" } else { " " }));
        }
        self.quote_from(start);
    }

    fn value(&mut self, value: impl fmt::Display) {
        self.start();
        let start = self.to.len();
        self.write(format_args!("{value}"));
        self.quote_from(start);
    }

    fn start(&mut self) {
        if !core::mem::replace(&mut self.is_first, false) {
            self.to.push(b',');
        }
    }

    fn write(&mut self, value: fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = Bytes(self.to).write_fmt(value);
    }

    /// Puts what was written from `start` on in quotes, where it has to be (RFC 4180 section 2), and
    /// an apostrophe before what a spreadsheet would run.
    fn quote_from(&mut self, start: usize) {
        let value = self.to.get(start..).unwrap_or_default();
        let is_formula = may_be_formula(value);
        let needs_quotes = |byte: &u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
        if !is_formula && !value.iter().any(needs_quotes) {
            return;
        }
        let value = self.to.split_off(start);
        self.to.push(b'"');
        if is_formula {
            self.to.push(b'\'');
        }
        for byte in value {
            if byte == b'"' {
                self.to.push(b'"');
            }
            self.to.push(byte);
        }
        self.to.push(b'"');
    }
}

/// Whether a spreadsheet may take a cell for a formula: it begins, after blanks and quotes, which some
/// of them take away, with `=`, `+`, `-` or `@`, or with a tab or CR (OWASP, "CSV Injection"). No
/// number here is negative.
fn may_be_formula(cell: &[u8]) -> bool {
    let is_passed = |byte: u8| matches!(byte, b' ' | b'"' | b'\'' | 0x0b | 0x0c);
    let mut bytes = cell.iter().copied().skip_while(|&byte| is_passed(byte));
    match bytes.next() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n') => true,
        // Their full-width forms, U+FF1D, U+FF0B, U+FF0D and U+FF20; and blanks beyond ASCII.
        Some(first) if !first.is_ascii() => is_wide_formula(cell),
        _ => false,
    }
}

#[cold]
fn is_wide_formula(cell: &[u8]) -> bool {
    let text = String::from_utf8_lossy(cell);
    let is_passed =
        |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '\u{feff}' | '\u{200b}');
    let first = text.chars().find(|&it| !is_passed(it));
    first.is_some_and(|it| matches!(it, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'))
}

struct Bytes<'v>(&'v mut Vec<u8>);

impl fmt::Write for Bytes<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
