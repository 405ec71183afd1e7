//! Records as text for people.

use core::fmt;

#[cfg(feature = "http")]
use super::http::{Http, HttpMessage};
#[cfg(feature = "tls")]
use super::tls::{HexNumber, Tls, TlsHello};
use super::{Fingerprint, Record};
use crate::change::{Change, Evidence};
use crate::endpoint::{Endpoint, Side};
use crate::label::Label;
use crate::tcp::difference::Difference;
use crate::uptime::Uptime;

/// A block of lines for each thing that the packet says: SYN or SYN+ACK, host change, MTU, uptime.
/// Ends without a line feed.
impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut blocks = Blocks { record: self, first: true };
        if let Some(fingerprint) = &self.fingerprint {
            let title = match self.subject {
                Side::Client => "SYN",
                Side::Server => "SYN+ACK",
            };
            blocks.start(f, title)?;
            self.write_fingerprint(f, fingerprint)?;
            if let Some(change) = &fingerprint.change {
                blocks.start(f, "Host change")?;
                write_change(f, change)?;
                if let Some(quality) = change.quality() {
                    line(f, "quality", format_args!("{quality:.2}"))?;
                }
                for Evidence { reason, then, now, time } in self.evidence() {
                    line(f, "evidence", format_args!("{reason}: {then} at {time}, now {now}"))?;
                }
            }
            if let Some(mtu) = &fingerprint.mtu {
                blocks.start(f, "MTU")?;
                line(f, "link", mtu.link.unwrap_or("unknown"))?;
                line(f, "mtu", format_args!("{} bytes", mtu.value))?;
            }
        }
        if let Some(uptime) = &self.uptime {
            blocks.start(f, "Uptime")?;
            write_uptime(f, uptime)?;
        }
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            blocks.start(f, tls_title(tls))?;
            write_tls(f, tls)?;
        }
        #[cfg(feature = "http")]
        if let Some(http) = &self.http {
            blocks.start(f, if http.is_request() { "HTTP request" } else { "HTTP response" })?;
            write_http(f, http)?;
            for change in &http.changes {
                blocks.start(f, "Host change")?;
                write_change(f, change)?;
            }
        }
        #[cfg(feature = "quic")]
        if let Some(quic) = &self.quic {
            write_quic(f, quic)?;
        }
        Ok(())
    }
}

/// Begins blocks with who sent what to whom, and when.
struct Blocks<'r> {
    record: &'r Record<'r>,
    first: bool,
}

impl Blocks<'_> {
    fn start(&mut self, f: &mut fmt::Formatter<'_>, title: &str) -> fmt::Result {
        let is_first = core::mem::replace(&mut self.first, false);
        if !is_first {
            f.write_str("\n\n")?;
        }
        let record = self.record;
        let (client, server) = (Socket(record.client), Socket(record.server));
        let (arrow, subject) = match record.subject {
            Side::Client => ("->", "client"),
            Side::Server => ("<-", "server"),
        };
        write!(f, "{title:<11} {client} {arrow} {server}  {}", record.time)?;
        let of = match record.subject {
            Side::Client => client,
            Side::Server => server,
        };
        line(f, subject, of)?;
        for (index, hop) in record.path.as_slice().iter().enumerate() {
            if index == 0 {
                write!(f, "\n  {:<10}", "through")?;
            }
            write!(f, " {hop}")?;
        }
        #[cfg(feature = "flow")]
        if let Some(flow) = record.flow().filter(|_| is_first) {
            line(f, "flow", flow)?;
        }
        Ok(())
    }
}

impl Record<'_> {
    fn write_fingerprint(
        &self,
        f: &mut fmt::Formatter<'_>,
        fingerprint: &Fingerprint<'_>,
    ) -> fmt::Result {
        let name = match &fingerprint.found {
            Some(found) if found.label.is_userland() => "tool",
            _ => "os",
        };
        match &fingerprint.found {
            Some(found) => {
                let label = found.label;
                line(f, name, System(label))?;
                for (index, system) in label.candidates().iter().enumerate() {
                    let lead = if index == 0 { "\n  likely     " } else { ", " };
                    write!(f, "{lead}{} {:.2}", system.name, system.probability)?;
                }
            }
            None => line(f, name, "unknown")?,
        }
        if let Some(quality) = fingerprint.quality() {
            line(f, "quality", format_args!("{quality:.2}"))?;
        }
        write_differences(f, fingerprint.differences())?;
        for near in fingerprint.closest() {
            let system = System(near.label);
            line(f, "closest", format_args!("{system} ({:.2})", near.quality()))?;
            write_differences(f, near.differences(&fingerprint.observation))?;
        }
        let guessed = if fingerprint.distance_is_guessed() { " (guessed)" } else { "" };
        let hops = if fingerprint.distance == 1 { "hop" } else { "hops" };
        line(f, "distance", format_args!("{} {hops}{guessed}", fingerprint.distance))?;
        for (index, note) in fingerprint.notes().enumerate() {
            if index == 0 {
                write!(f, "\n  {:<10}", "notes")?;
            }
            write!(f, " {note}")?;
        }
        line(f, "signature", fingerprint.observation)
    }
}

/// `differs    ttl 30 for 64; quirks none for df,id+`
fn write_differences<'a>(
    f: &mut fmt::Formatter<'_>,
    differences: impl Iterator<Item = Difference<'a>>,
) -> fmt::Result {
    for (index, difference) in differences.enumerate() {
        let lead = if index == 0 { "\n  differs    " } else { "; " };
        // No quirks and no options are an empty text.
        let [observed, expected] =
            [difference.observed().to_string(), difference.expected().to_string()]
                .map(|text| if text.is_empty() { "none".to_owned() } else { text });
        write!(f, "{lead}{} {observed} for {expected}", difference.field.as_str())?;
    }
    Ok(())
}

fn write_uptime(f: &mut fmt::Formatter<'_>, uptime: &Uptime) -> fmt::Result {
    let minutes = uptime.seconds / 60;
    let (days, hours, minutes) = (minutes / 60 / 24, minutes / 60 % 24, minutes % 60);
    let modulo = uptime.modulo_days;
    line(f, "uptime", format_args!("{days} days {hours} h {minutes} min, modulo {modulo} days"))?;
    let (hz, raw_hz) = (uptime.frequency_hz, uptime.raw_frequency_hz);
    line(f, "clock", format_args!("{hz} Hz (measured {raw_hz:.2} Hz)"))?;
    let seconds = f64::from(uptime.watched_ms) / 1000.0;
    line(f, "watched", format_args!("{seconds:.3} s"))?;
    let reliable = if uptime.trust.is_reliable() { "yes" } else { "no" };
    line(f, "reliable", format_args!("{reliable} ({})", uptime.trust.as_str()))
}

#[cfg(feature = "tls")]
fn tls_title(tls: &Tls<'_>) -> &'static str {
    use crate::tls::Transport;
    match (tls.transport, tls.is_client()) {
        (Transport::Tcp, true) => "TLS client",
        (Transport::Quic, true) => "QUIC client",
        (Transport::Dtls, true) => "DTLS client",
        (_, false) => "TLS server",
    }
}

/// Below the lines of the hello, in the same block.
#[cfg(feature = "quic")]
fn write_quic(f: &mut fmt::Formatter<'_>, quic: &super::Quic) -> fmt::Result {
    line(f, "quic", quic.version)?;
    line(f, "datagram", format_args!("{} bytes", quic.datagram_len))?;
    line(f, "ttl", quic.ttl)?;
    match &quic.parameters {
        Some(Ok(parameters)) => {
            for (index, (name, value)) in parameters.integers().enumerate() {
                if index == 0 {
                    write!(f, "\n  {:<10}", "parameters")?;
                }
                write!(f, " {name}={value}")?;
            }
            if let Some(user_agent) = &parameters.user_agent {
                line(f, "agent", Printable(user_agent))?;
            }
            Ok(())
        }
        Some(Err(error)) => line(f, "parameters", error),
        None => Ok(()),
    }
}

#[cfg(feature = "tls")]
fn write_tls(f: &mut fmt::Formatter<'_>, tls: &Tls<'_>) -> fmt::Result {
    if let Some(library) = tls.library {
        write!(f, "\n  {:<10} {}", "library", library.name())?;
        for text in [library.version(), library.program()].into_iter().flatten() {
            write!(f, " {text}")?;
        }
        write!(f, " ({:.2})", library.quality())?;
    }
    line(f, "version", tls.version_name())?;
    if let Some(preamble) = tls.preamble {
        line(f, "after", preamble)?;
    }
    match &tls.hello {
        TlsHello::Client(client) => {
            if let Some(name) = &client.server_name {
                line(f, "name", Printable(name))?;
            }
            for (index, protocol) in client.protocols.iter().enumerate() {
                let lead = if index == 0 { "\n  alpn       " } else { ", " };
                write!(f, "{lead}{}", Printable(protocol))?;
            }
            match &client.fingerprints {
                Some(of) => {
                    line(f, "ja4", of.ja4.as_str())?;
                    line(f, "ja3", of.ja3.as_str())?;
                }
                None => line(f, "truncated", "yes")?,
            }
            if client.encrypted_hello {
                line(f, "ech", "yes")?;
            }
            if let Some(resumption) = client.resumption {
                line(f, "resumes", resumption.as_str())?;
            }
        }
        TlsHello::Server(server) => {
            line(f, "cipher", HexNumber(server.cipher_suite))?;
            line(f, "ja3s", server.ja3s.as_str())?;
        }
    }
    match &tls.tcp {
        Some(found) => line(f, "tcp", System(found.label)),
        None => Ok(()),
    }
}

fn write_change(f: &mut fmt::Formatter<'_>, change: &Change<'_>) -> fmt::Result {
    line(f, "verdict", change.verdict.as_str())?;
    line(f, "reasons", change.reasons)?;
    line(f, "score", change.score)
}

#[cfg(feature = "http")]
fn write_http(f: &mut fmt::Formatter<'_>, http: &Http<'_>) -> fmt::Result {
    match &http.app {
        Some(app) => {
            line(f, "app", System(app.label))?;
            line(f, "quality", format_args!("{:.2}", app.quality()))?;
        }
        None if http.signature.is_some() => line(f, "app", "unknown")?,
        None => {}
    }
    line(f, "version", format_args!("HTTP/{}", http.version()))?;
    match &http.message {
        HttpMessage::Request { method } => line(f, "method", method)?,
        HttpMessage::Response { status } => line(f, "status", status)?,
        HttpMessage::Http2(opening) => {
            line(f, "http2", opening)?;
            line(f, "md5", opening.md5())?;
        }
    }
    if let Some(software) = &http.software {
        line(f, if http.is_request() { "agent" } else { "server" }, Printable(software))?;
    }
    if let Some(system) = http.claims().and_then(|claim| claim.system) {
        line(f, "claims", system)?;
    }
    if let Some(language) = http.language.name() {
        line(f, "language", language)?;
    }
    let notes =
        [(http.is_dishonest(), "dishonest"), (http.is_anonymous(), "anonymous"), (http.via, "via")];
    for (index, (_, note)) in notes.iter().filter(|(is, _)| *is).enumerate() {
        if index == 0 {
            write!(f, "\n  {:<10}", "notes")?;
        }
        write!(f, " {note}")?;
    }
    if let Some(signature) = &http.signature {
        line(f, "signature", Printable(signature))?;
    }
    match &http.tcp {
        Some(found) => line(f, "tcp", System(found.label)),
        None => Ok(()),
    }
}

/// Text from the network: what a terminal would run is escaped.
#[cfg(feature = "tls")]
struct Printable<'a>(&'a str);

#[cfg(feature = "tls")]
impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, value: impl fmt::Display) -> fmt::Result {
    write!(f, "\n  {name:<10} {value}")
}

/// `Linux 4.19 or newer`: name and, if it has one, flavor.
struct System<'a>(&'a Label);

impl fmt::Display for System<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())?;
        match self.0.flavor() {
            "" => Ok(()),
            flavor => write!(f, " {flavor}"),
        }
    }
}

/// `10.0.0.1:80`, `[2001:db8::1]:80`
#[derive(Clone, Copy)]
struct Socket(Endpoint);

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        core::net::SocketAddr::new(self.0.ip, self.0.port).fmt(f)
    }
}
