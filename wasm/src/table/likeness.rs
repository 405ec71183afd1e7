//! By what records are known to have the same shape, without writing it.

#[cfg(feature = "tls")]
use core::ptr;
#[cfg(feature = "tls")]
use std::sync::Arc;

#[cfg(feature = "tls")]
use stackprint::Match;
use stackprint::{Fingerprint, FingerprintKey, Path, Record, Side, UptimeTrust};
#[cfg(feature = "http")]
use stackprint::{Http, HttpMessage, http::Language};
#[cfg(feature = "tls")]
use stackprint::{RecordKind, Resumption, Tls, TlsHello, tls};

/// Cache key of what TCP alone says: records of one analyzer with equal keys and paths have the same
/// shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Likeness {
    /// Of what the packet says by itself, if it says something.
    fingerprint: Option<FingerprintKey>,
    is_probe: bool,
    syn_unseen: bool,
    subject: Side,
    /// Frequency and trust of an uptime, which have few values: the rest of it is in the row.
    uptime: Option<(u32, UptimeTrust)>,
}

impl Likeness {
    /// Returns `None` where this key does not tell whether shapes are the same: of a change, and of
    /// what a connection carries.
    #[inline]
    pub(super) fn of(record: &Record<'_>) -> Option<Likeness> {
        #[cfg(feature = "tls")]
        if record.tls.is_some() {
            return None;
        }
        #[cfg(feature = "http")]
        if record.http.is_some() {
            return None;
        }
        let uptime = record.uptime.as_ref().map(|uptime| (uptime.frequency_hz, uptime.trust));
        let (fingerprint, is_probe, syn_unseen) = match &record.fingerprint {
            Some(Fingerprint { change: Some(_), .. }) => return None,
            Some(it) => (Some(it.key()), it.is_probe, it.syn_unseen),
            None => (None, false, false),
        };
        Some(Likeness { fingerprint, is_probe, syn_unseen, subject: record.subject, uptime })
    }

    /// Returns its slot in a cache of so many, a power of two.
    #[inline]
    pub(super) fn slot(&self, slots: usize) -> usize {
        // One fingerprint comes with and without an uptime.
        let uptime = self.uptime.map_or(0, |(frequency_hz, trust)| frequency_hz + 1 + trust as u32);
        let fingerprint = self.fingerprint.map_or(0, |key| key.slot(slots));
        (fingerprint + uptime as usize) % slots
    }
}

/// Cache key of what a connection carries: all that the record's JSON depends on, but for what is in
/// the row. What the database owns is told apart by where it is.
#[cfg(feature = "tls")]
#[derive(Debug, PartialEq)]
pub(super) struct Carried {
    kind: RecordKind,
    subject: Side,
    path: Path,
    /// Label and signature, and whether the match is fuzzy.
    tcp: Option<(usize, usize, bool)>,
    says: Says,
}

#[cfg(feature = "tls")]
#[derive(Debug, PartialEq)]
enum Says {
    Hello {
        transport: tls::Transport,
        preamble: Option<tls::Preamble>,
        version: u16,
        hello: Hello,
    },
    #[cfg(feature = "http")]
    Head {
        message: Message,
        minor_version: u8,
        signature: Option<Text>,
        software: Option<Text>,
        /// The label, and whether the head is dishonest.
        app: Option<(usize, bool)>,
        language: Language,
        via: bool,
        anonymous: bool,
    },
}

#[cfg(feature = "tls")]
#[derive(Debug, PartialEq)]
enum Hello {
    Client {
        /// JA4 and its stable form; `None` if the hello was cut.
        fingerprints: Option<(tls::Ja4, tls::Ja4)>,
        protocols: Protocols,
        encrypted_hello: bool,
        resumption: Option<Resumption>,
        library: Option<usize>,
    },
    Server {
        cipher_suite: u16,
        ja3s: tls::Ja3,
    },
}

#[cfg(feature = "http")]
#[derive(Debug, PartialEq)]
enum Message {
    Request { method: Text },
    Response { status: u16 },
}

/// The protocols of ALPN. Those of hellos of one form are the same in memory, and no others are looked at:
/// of those, the JSON tells.
#[cfg(feature = "tls")]
#[derive(Debug)]
struct Protocols(Arc<[Box<str>]>);

#[cfg(feature = "tls")]
impl PartialEq for Protocols {
    fn eq(&self, other: &Protocols) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A text of a head, in the same way.
#[cfg(feature = "http")]
#[derive(Debug)]
struct Text(Arc<str>);

#[cfg(feature = "http")]
impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(feature = "tls")]
impl Carried {
    /// Returns `None` of records of TCP alone, and where only the JSON tells whether shapes are the
    /// same: of changes, of QUIC, of HTTP/2, and of lists in full.
    pub(super) fn of(record: &Record<'_>) -> Option<Carried> {
        #[cfg(feature = "quic")]
        if record.quic.is_some() {
            return None;
        }
        if record.fingerprint.is_some() || record.uptime.is_some() {
            return None;
        }
        let says = match &record.tls {
            Some(tls) => Says::of_hello(tls)?,
            #[cfg(feature = "http")]
            None => Says::of_head(record.http.as_deref()?)?,
            #[cfg(not(feature = "http"))]
            None => return None,
        };
        let tcp = record.tcp().map(|it: &Match<'_>| (at(it.label), at(it.signature), it.fuzzy));
        Some(Carried { kind: record.kind, subject: record.subject, path: record.path, tcp, says })
    }

    /// Returns its slot in a cache of so many.
    pub(super) fn slot(&self, slots: usize) -> usize {
        let hash = match &self.says {
            Says::Hello { hello: Hello::Client { fingerprints, .. }, .. } => {
                fingerprints.map_or(0, |(ja4, _)| hash(ja4.as_str()))
            }
            Says::Hello { hello: Hello::Server { cipher_suite, ja3s }, .. } => {
                hash(ja3s.as_str()) ^ usize::from(*cipher_suite)
            }
            // Where the text is differs in its lower bits, too, but for the lowest.
            #[cfg(feature = "http")]
            Says::Head { signature, .. } => {
                signature.as_ref().map_or(0, |text| Arc::as_ptr(&text.0).addr() >> 3)
            }
        };
        // The same hello comes from several systems.
        (hash ^ self.tcp.map_or(0, |(_, signature, _)| signature >> 3)) % slots
    }
}

#[cfg(feature = "tls")]
impl Says {
    fn of_hello(tls: &Tls<'_>) -> Option<Says> {
        let hello = match &tls.hello {
            TlsHello::Client(client) if client.raw.is_none() => Hello::Client {
                fingerprints: client.fingerprints.map(|of| (of.ja4, of.stable)),
                protocols: Protocols(Arc::clone(&client.protocols)),
                encrypted_hello: client.encrypted_hello,
                resumption: client.resumption,
                library: tls.library.map(at),
            },
            TlsHello::Server(server) => {
                Hello::Server { cipher_suite: server.cipher_suite, ja3s: server.ja3s }
            }
            _ => return None,
        };
        let (transport, preamble, version) = (tls.transport, tls.preamble, tls.version);
        Some(Says::Hello { transport, preamble, version, hello })
    }

    #[cfg(feature = "http")]
    fn of_head(http: &Http<'_>) -> Option<Says> {
        let text = |text: &Option<Arc<str>>| text.as_ref().map(|text| Text(Arc::clone(text)));
        let message = match &http.message {
            HttpMessage::Request { method } => {
                Message::Request { method: Text(Arc::clone(method)) }
            }
            HttpMessage::Response { status } => Message::Response { status: *status },
            _ => return None,
        };
        http.changes.is_empty().then(|| Says::Head {
            message,
            minor_version: http.minor_version,
            signature: text(&http.signature),
            software: text(&http.software),
            app: http.app.map(|app| (at(app.label), app.is_dishonest)),
            language: http.language,
            via: http.via,
            anonymous: http.anonymous,
        })
    }
}

/// Where something of the database is: two things of it are never in the same place.
#[cfg(feature = "tls")]
fn at<T>(of: &T) -> usize {
    ptr::from_ref(of).addr()
}

/// Of a fingerprint, whose characters are those of hashes for the most part.
#[cfg(feature = "tls")]
fn hash(text: &str) -> usize {
    let (words, _) = text.as_bytes().as_chunks();
    let hash = words.iter().fold(0_u32, |hash, word| {
        (hash.rotate_left(5) ^ u32::from_ne_bytes(*word)).wrapping_mul(0x9e37_79b1)
    });
    (hash >> 16) as usize
}
