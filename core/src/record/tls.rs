//! What a TLS hello says, as it goes into a record.

use core::fmt;
use std::sync::Arc;

use crate::database::Match;
use crate::stream::Reading;
use crate::tls::{
    ClientHello, Ja3, Ja4, Library, Preamble, Progress, ServerHello, Transport, version,
};

/// What a hello said. Owns its text.
///
/// ```
/// use stackprint::tls::{ClientHello, Progress, Transport};
/// use stackprint::{Tls, TlsHello};
///
/// # let bytes = [
/// #     0x16, 3, 1, 0, 57, 1, 0, 0, 53, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
/// #     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x13, 0x01, 1, 0,
/// #     0, 10, 0x00, 0x0a, 0, 6, 0, 4, 0x00, 0x1d, 0x00, 0x17,
/// # ];
/// let Progress::Complete(hello) = ClientHello::from_stream(&bytes) else { panic!("whole") };
/// let tls = Tls::client(&hello, Transport::Tcp, true);
/// assert_eq!(tls.version_name().to_string(), "TLS 1.2");
/// let TlsHello::Client(client) = &tls.hello else { panic!("of a client") };
/// assert_eq!((client.server_name.as_deref(), client.resumption), (None, None));
/// let fingerprints = client.fingerprints.expect("not truncated");
/// assert_eq!(fingerprints.ja4.as_str(), "t12i010100_0f2cb44170f4_a8f3e973773c");
/// assert_eq!(client.raw.as_ref().map(|raw| &*raw.ja4_r), Some("t12i010100_1301_000a"));
/// ```
#[derive(Debug, Clone)]
pub struct Tls<'d> {
    /// What carried the hello.
    pub transport: Transport,
    /// What the client sent before its hello, if that asked for TLS or for a way through a proxy.
    pub preamble: Option<Preamble>,
    /// Client: the newest version that it offers. Server: the one that it chose.
    pub version: u16,
    /// What only one side's hello says.
    pub hello: TlsHello,
    /// The library that makes such a hello, of a client.
    pub library: Option<&'d Library>,
    /// What the client's SYN matched, of the same flow; over UDP, what the same address was taken for
    /// last, by a SYN or SYN+ACK of another flow.
    pub tcp: Option<Match<'d>>,
}

/// What only one side's hello says.
///
/// It is a part of [`Tls`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TlsHello {
    /// Of a ClientHello.
    Client(TlsClient),
    /// Of a ServerHello.
    Server(TlsServer),
}

/// What a ClientHello says.
///
/// It is a part of [`Tls`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TlsClient {
    /// Fingerprints; absent if the hello was cut.
    pub fingerprints: Option<TlsFingerprints>,
    /// The name of the server, as it was sent; bytes that are no UTF-8 are replaced. With Encrypted
    /// ClientHello, the public name of the server in front.
    pub server_name: Option<Box<str>>,
    /// The protocols of ALPN, in the client's order; bytes that are no UTF-8 are replaced.
    pub protocols: Arc<[Box<str>]>,
    /// Whether the extension `encrypted_client_hello` is there, real or GREASE.
    pub encrypted_hello: bool,
    /// How the client resumes an earlier connection, if it does.
    pub resumption: Option<Resumption>,
    /// The lists behind the fingerprints, if they are asked for.
    pub raw: Option<Box<RawTls>>,
}

/// The fingerprints of a whole ClientHello.
///
/// They are a part of [`TlsClient`]; an example is at [`Tls`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsFingerprints {
    /// JA4.
    pub ja4: Ja4,
    /// The form that survives resumption: [`Fingerprints::stable`](crate::tls::Fingerprints::stable).
    pub stable: Ja4,
    /// JA3.
    pub ja3: Ja3,
}

/// The lists behind the fingerprints.
///
/// An [`Analyzer`](crate::Analyzer) keeps them if [`AnalyzerBuilder::raw`](crate::AnalyzerBuilder::raw)
/// asks for them; an example is at [`Tls`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawTls {
    /// `JA4_r`.
    pub ja4_r: String,
    /// `JA4_o`.
    pub ja4_o: Ja4,
    /// `JA4_ro`.
    pub ja4_ro: String,
    /// What JA3 is the hash of.
    pub ja3_text: String,
}

/// How a client resumes an earlier connection.
///
/// It is a part of [`TlsClient`]; an example is at [`Tls`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resumption {
    /// With a session ticket (RFC 5077).
    Ticket,
    /// With a pre-shared key (RFC 8446 section 4.2.11).
    PreSharedKey,
    /// With a pre-shared key and data before the handshake is done.
    EarlyData,
}

/// What a ServerHello says.
///
/// It is a part of [`Tls`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsServer {
    /// The cipher suite that it chose.
    pub cipher_suite: u16,
    /// JA3S.
    pub ja3s: Ja3,
}

impl Resumption {
    /// The word used in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Resumption::Ticket => "ticket",
            Resumption::PreSharedKey => "psk",
            Resumption::EarlyData => "early_data",
        }
    }
}

impl Tls<'_> {
    /// Reads what a server has sent so far: the outer `None` asks for more, the inner one says
    /// that it is no hello.
    pub(crate) fn of_server<'d>(reading: Reading<'_>) -> Option<Option<Box<Tls<'d>>>> {
        match ServerHello::from_stream(reading.bytes) {
            Progress::Complete(hello) => Some(Some(Box::new(Tls {
                transport: Transport::Tcp,
                preamble: None,
                version: hello.version(),
                hello: TlsHello::Server(TlsServer {
                    cipher_suite: hello.cipher_suite(),
                    ja3s: hello.ja3s(),
                }),
                library: None,
                tcp: None,
            }))),
            Progress::NeedsMore => None,
            Progress::NotTls(_) => Some(None),
        }
    }

    /// What a ClientHello says.
    #[must_use]
    pub fn client(hello: &ClientHello<'_>, transport: Transport, raw: bool) -> Tls<'static> {
        let fingerprints = hello.fingerprints(transport);
        let resumption = match (hello.has_early_data(), hello.has_pre_shared_key()) {
            (true, _) => Some(Resumption::EarlyData),
            (false, true) => Some(Resumption::PreSharedKey),
            (false, false) => hello.has_session_ticket().then_some(Resumption::Ticket),
        };
        Tls {
            transport,
            preamble: None,
            version: hello.newest_version(),
            hello: TlsHello::Client(TlsClient {
                fingerprints: fingerprints.as_ref().map(|of| {
                    let (ja4, stable) = of.ja4_and_stable();
                    TlsFingerprints { ja4, stable, ja3: of.ja3() }
                }),
                server_name: server_name(hello),
                protocols: hello.protocols().map(text).collect(),
                encrypted_hello: hello.has_encrypted_hello(),
                resumption,
                raw: fingerprints.filter(|_| raw).map(|of| {
                    Box::new(RawTls {
                        ja4_r: of.ja4_r(),
                        ja4_o: of.ja4_o(),
                        ja4_ro: of.ja4_ro(),
                        ja3_text: of.ja3_text(),
                    })
                }),
            }),
            library: None,
            tcp: None,
        }
    }

    /// Whether it is of a client.
    #[must_use]
    pub const fn is_client(&self) -> bool {
        matches!(self.hello, TlsHello::Client(_))
    }

    /// The name of the version, or its number.
    #[must_use]
    pub fn version_name(&self) -> impl fmt::Display {
        VersionName(self.version)
    }

    /// The name of the server that a client asks for.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        match &self.hello {
            TlsHello::Client(client) => client.server_name.as_deref(),
            TlsHello::Server(_) => None,
        }
    }

    /// Replaces the name of the server that a client asks for.
    #[cfg(feature = "redact")]
    pub(super) fn redact_server_name(&mut self, by: impl FnOnce(&str) -> Option<Box<str>>) {
        if let TlsHello::Client(client) = &mut self.hello {
            client.server_name = client.server_name.take().and_then(|name| by(&name));
        }
    }

    /// Protocol and version as the Elastic Common Schema has them, `tls` and `1.3`.
    #[cfg(feature = "ecs")]
    pub(super) fn ecs_version(&self) -> Option<(&'static str, &'static str)> {
        let (protocol, number) = version::name(self.version)?.split_once(' ')?;
        match protocol {
            "TLS" => Some(("tls", number)),
            "SSL" => Some(("ssl", number)),
            "DTLS" => Some(("dtls", number)),
            _ => None,
        }
    }

    /// Whether the hello was cut, so that it has no fingerprint.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        matches!(&self.hello, TlsHello::Client(client) if client.fingerprints.is_none())
    }
}

/// The name of the server that a client asks for, as a record has it.
pub(super) fn server_name(hello: &ClientHello<'_>) -> Option<Box<str>> {
    hello.server_name().map(text)
}

fn text(bytes: &[u8]) -> Box<str> {
    match str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => String::from_utf8_lossy(bytes).into(),
    }
}

/// A number of two bytes as `0x1301`.
pub(super) struct HexNumber(pub(super) u16);

impl fmt::Display for HexNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04x}", self.0)
    }
}

/// `TLS 1.3`, or a number that has no name.
struct VersionName(u16);

impl fmt::Display for VersionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match version::name(self.0) {
            Some(name) => f.write_str(name),
            None => HexNumber(self.0).fmt(f),
        }
    }
}
