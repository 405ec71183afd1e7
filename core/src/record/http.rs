//! What an HTTP head says, as it goes into a record.

use core::fmt::{self, Write as _};
use std::sync::Arc;

use crate::change::Change;
use crate::compat::Compat;
use crate::database::{Database, HttpApp, Match};
use crate::http::{
    Claim, FirstLine, Head, Http2, Language, Message, Observed, Place, Privacy, Value,
};

/// What the head of a request or response said, or how a client opened HTTP/2. Owns its text.
///
/// No value of a header is in it that the database does not name, and never one of Cookie,
/// Set-Cookie, Authorization and Proxy-Authorization; but by p0f's rules, what p0f writes.
///
/// ```
/// use stackprint::{Analyzer, Database, Frame, HttpMessage, LinkType};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// // The request that follows on the SYN.
/// let mut request = b"\x45\0\0\x50\xb9\xa3\x40\0\x40\x06\0\0\xc0\0\x02\x1e\xc0\0\x02\x50".to_vec();
/// request.extend(b"\x9c\x40\0\x50\0\0\0\x02\0\0\0\x01\x50\x18\xfa\xf0\0\0\0\0");
/// request.extend(b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n");
/// request[3] = request.len() as u8;
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// analyzer.analyze(&Frame::new(LinkType::RAW, syn))?;
/// let record = analyzer.analyze(&Frame::new(LinkType::RAW, &request))?.expect("a request");
/// let http = record.http.expect("a request has it");
/// assert!(matches!(http.message, HttpMessage::Request { .. }));
/// assert_eq!(http.user_agent(), Some("curl/7.88.1"));
/// assert_eq!(http.app.map(|app| app.label.name()), Some("curl"));
/// assert_eq!(http.tcp.map(|found| found.label.name()), Some("Linux"));
/// # Ok::<(), stackprint::Skip>(())
/// ```
#[derive(Debug, Clone)]
pub struct Http<'d> {
    /// What only a request or a response says.
    pub message: HttpMessage,
    /// The number behind `HTTP/1.`, or 0 for HTTP/2.
    pub minor_version: u8,
    /// The head in p0f's notation of signatures; absent for HTTP/2.
    pub signature: Option<Arc<str>>,
    /// The program that sends such heads.
    pub app: Option<HttpApp<'d>>,
    /// User-Agent or Server: at most [`Http::MAX_SOFTWARE_LEN`] bytes of it. Bytes that are no UTF-8
    /// are replaced.
    pub software: Option<Arc<str>>,
    /// Whether `software` was there and is redacted.
    pub is_redacted: bool,
    /// The language that a client wants first.
    pub language: Language,
    /// Whether a proxy names itself or whom it speaks for.
    pub via: bool,
    /// Whether a head of HTTP/1 came without User-Agent or Server.
    pub anonymous: bool,
    /// Where User-Agent or Server begins in the signature, in bytes.
    #[cfg(feature = "redact")]
    pub(super) software_at: usize,
    /// What the client's SYN matched, of the same flow.
    pub tcp: Option<Match<'d>>,
    /// What became of the host, if it looks changed; by p0f's rules alone, which may say so twice.
    pub changes: Vec<Change<'d>>,
}

/// What only a request or a response says.
///
/// It is a part of [`Http`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpMessage {
    /// Of a client.
    Request {
        /// The method, as it was sent; empty if p0f took a line that has none.
        method: Arc<str>,
    },
    /// Of a server.
    Response {
        /// The status; 0 if p0f took a line that has none.
        status: u16,
    },
    /// The opening of an HTTP/2 connection by a client.
    Http2(Http2),
}

impl HttpMessage {
    pub(super) fn of_head(head: &Head<'_>) -> HttpMessage {
        match head.first_line() {
            FirstLine::Request { method, .. } => HttpMessage::Request { method: method.into() },
            FirstLine::Response { status } => HttpMessage::Response { status },
        }
    }
}

impl<'d> Http<'d> {
    /// A longer User-Agent or Server is cut, in bytes.
    pub const MAX_SOFTWARE_LEN: usize = 1024;

    pub(crate) fn of(message: &Message<'_>, database: &'d Database, compat: Compat) -> Http<'d> {
        match message {
            Message::Head(head) => Http::of_head(head, database, compat),
            Message::Http2(opening) => Http {
                message: HttpMessage::Http2(opening.clone()),
                minor_version: 0,
                signature: None,
                app: None,
                software: None,
                is_redacted: false,
                language: Language::None,
                via: false,
                anonymous: false,
                #[cfg(feature = "redact")]
                software_at: 0,
                tcp: None,
                changes: Vec::new(),
            },
        }
    }

    pub(crate) fn of_head(head: &Head<'_>, database: &'d Database, compat: Compat) -> Http<'d> {
        Http::of_observed(head, &Observed::new(head, database.http()), database, compat)
    }

    pub(crate) fn of_observed(
        head: &Head<'_>,
        observed: &Observed<'_>,
        database: &'d Database,
        compat: Compat,
    ) -> Http<'d> {
        Http {
            app: database.find_http(observed),
            ..Http::without_app(head, observed, database, compat)
        }
    }

    /// What a head says, and the place of its program's signature.
    pub(super) fn and_place(head: &Head<'_>, database: &'d Database) -> (Http<'d>, Option<Place>) {
        let observed = Observed::new(head, database.http());
        let place = database.http().find_place(&observed);
        let app = place.and_then(|place| database.http_app(place));
        (Http { app, ..Http::without_app(head, &observed, database, Compat::Fixed) }, place)
    }

    fn without_app(
        head: &Head<'_>,
        observed: &Observed<'_>,
        database: &Database,
        compat: Compat,
    ) -> Http<'d> {
        let signatures = database.http();
        let privacy = match compat {
            Compat::Fixed => Privacy::NamesOnly,
            Compat::P0fExact => Privacy::P0f,
        };
        let raw = observed.raw_signature(signatures, privacy);
        // Nearly all fit: to grow step by step would cost more than to write.
        let mut signature = String::with_capacity(512);
        // A String takes everything.
        let _ = write!(signature, "{raw}");
        Http {
            message: HttpMessage::of_head(head),
            minor_version: head.minor_version(),
            #[cfg(feature = "redact")]
            software_at: signature.len().saturating_sub(raw.software().len()),
            signature: Some(signature.into()),
            app: None,
            software: observed.software().map(text),
            is_redacted: false,
            language: observed.language(compat),
            via: observed.has_via(),
            anonymous: observed.is_anonymous(),
            tcp: None,
            changes: Vec::new(),
        }
    }

    /// Whether it is a client's.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        !matches!(self.message, HttpMessage::Response { .. })
    }

    /// What a client says of itself.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.software.as_deref().filter(|_| self.is_request())
    }

    /// What a server says of itself.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.software.as_deref().filter(|_| !self.is_request())
    }

    /// What User-Agent or Server claims.
    #[must_use]
    pub fn claims(&self) -> Option<Claim<'_>> {
        let software = self.software.as_ref().filter(|_| !self.is_redacted)?.as_bytes();
        let claim = match self.is_request() {
            true => Claim::of_user_agent(software),
            false => Claim::of_server(software),
        };
        (claim != Claim::default()).then_some(claim)
    }

    /// Whether User-Agent or Server is not what the signature expects.
    #[must_use]
    pub fn is_dishonest(&self) -> bool {
        self.app.is_some_and(|app| app.is_dishonest)
    }

    /// Whether a head of HTTP/1 has no User-Agent or Server.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// Puts something else in the place of User-Agent, and nothing into that of the signature.
    #[cfg(feature = "redact")]
    pub(super) fn redact_user_agent(&mut self, by: impl FnOnce(&str) -> Option<Box<str>>) {
        if !self.is_request() {
            return;
        }
        if let Some(software) = self.software.take() {
            self.software = by(&software).map(Arc::from);
        }
        self.is_redacted = true;
        if let Some(signature) = &mut self.signature {
            *signature = signature.get(..self.software_at).unwrap_or_default().into();
        }
    }

    /// The version as it is written: `1.1`, `2`.
    #[must_use]
    pub fn version(&self) -> impl fmt::Display {
        Version(match self.message {
            HttpMessage::Http2(_) => None,
            _ => Some(self.minor_version),
        })
    }
}

fn text(value: Value<'_>) -> Arc<str> {
    let bytes = value.reveal();
    let bytes = bytes.get(..Http::MAX_SOFTWARE_LEN).unwrap_or(bytes);
    String::from_utf8_lossy(bytes).into()
}

/// The number behind `HTTP/1.`, or none for HTTP/2.
struct Version(Option<u8>);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(minor) => write!(f, "1.{minor}"),
            None => f.write_str("2"),
        }
    }
}
