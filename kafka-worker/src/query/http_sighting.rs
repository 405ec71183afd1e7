//! What a record of HTTP says of its host.

use stackprint::http::Language;
use stackprint::{Change, Http, Record, Verdict};

use super::sighting::LabelKey;

/// Kept apart from a [`Sighting`](super::sighting::Sighting), as few records are of HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HttpSighting {
    /// The label of the signature that fits.
    pub(super) app: Option<LabelKey>,
    /// Whether the software that the host names is not that of the signature.
    pub(super) is_dishonest: bool,
    /// User-Agent, where it may be compared with the system.
    pub(super) user_agent: Option<Box<str>>,
    /// The language that a client asks for.
    pub(super) language: Option<&'static str>,
    /// Whether the address was found to be shared, and the system to be another one.
    pub(super) is_shared: bool,
    pub(super) is_changed: bool,
}

impl HttpSighting {
    pub(super) fn of(record: &Record<'_>) -> Option<HttpSighting> {
        let http = record.http.as_ref()?;
        let has =
            |verdict| http.changes.iter().any(|change: &Change<'_>| change.verdict == verdict);
        Some(HttpSighting {
            app: http.app.and_then(|app| LabelKey::of(app.label)),
            is_dishonest: http.is_dishonest(),
            user_agent: comparable(http).map(Into::into),
            // A response has none.
            language: (http.language != Language::None).then(|| http.language.as_str()),
            is_shared: has(Verdict::IpSharing),
            is_changed: has(Verdict::HostChange),
        })
    }
}

/// The User-Agent of a program whose signature it fits: what it says of the system counts.
fn comparable<'r>(http: &'r Http<'_>) -> Option<&'r str> {
    let is_honest = http.app.is_some_and(|app| app.label.is_userland() && !app.is_dishonest);
    http.user_agent().filter(|_| is_honest && !http.is_redacted)
}
