//! HTTP heads of late: what those of one form have in common is found out once.

use std::sync::Arc;

use super::http::{Http, HttpMessage};
use crate::compat::Compat;
use crate::database::Database;
use crate::http::{FormKey, Head, Language, Message, Place};
use crate::state::RecentForms;

/// What was found for the forms of heads: of 8192 at most, and 4 MiB; some 1000 bytes
/// each.
#[derive(Debug)]
pub(crate) struct RecentHeads {
    key: FormKey,
    forms: RecentForms<Common>,
}

/// What heads of one form have in common.
#[derive(Debug)]
struct Common {
    method: Option<Arc<str>>,
    signature: Option<Arc<str>>,
    software: Option<Arc<str>>,
    app: Option<Place>,
    language: Language,
    via: bool,
    anonymous: bool,
    #[cfg(feature = "redact")]
    software_at: usize,
}

impl RecentHeads {
    pub(crate) fn new(seed: u64) -> RecentHeads {
        RecentHeads { key: FormKey::new(), forms: RecentForms::new(seed) }
    }

    /// Forgets all: the database is another.
    pub(crate) fn clear(&mut self) {
        self.forms.clear();
    }

    /// What a message says, as [`Http::of`] tells it by the rules of this library.
    pub(crate) fn read<'d>(
        &mut self,
        message: &Message<'_>,
        database: &'d Database,
    ) -> Box<Http<'d>> {
        let find_out = || Box::new(Http::of(message, database, Compat::Fixed));
        let Message::Head(head) = message else { return find_out() };
        let Some(key) = self.key.of(head, database.http()) else { return find_out() };
        let hash = self.forms.hash(key);
        if let Some(common) = self.forms.get(key, hash) {
            return common.of_head(head, database);
        }
        let (http, place) = Http::and_place(head, database);
        let common = Common::of(&http, place);
        let len = common.owned_len();
        self.forms.insert(key, hash, common, len);
        Box::new(http)
    }
}

impl Common {
    fn of(http: &Http<'_>, app: Option<Place>) -> Common {
        Common {
            method: match &http.message {
                HttpMessage::Request { method } => Some(Arc::clone(method)),
                HttpMessage::Response { .. } | HttpMessage::Http2(_) => None,
            },
            signature: http.signature.clone(),
            software: http.software.clone(),
            app,
            language: http.language,
            via: http.via,
            anonymous: http.anonymous,
            #[cfg(feature = "redact")]
            software_at: http.software_at,
        }
    }

    /// Bytes of its texts.
    fn owned_len(&self) -> usize {
        let texts = [&self.method, &self.signature, &self.software];
        texts.into_iter().flatten().map(|text| text.len()).sum()
    }

    /// All that a head of this form says.
    fn of_head<'d>(&self, head: &Head<'_>, database: &'d Database) -> Box<Http<'d>> {
        Box::new(Http {
            message: match &self.method {
                Some(method) => HttpMessage::Request { method: Arc::clone(method) },
                None => HttpMessage::of_head(head),
            },
            minor_version: head.minor_version(),
            signature: self.signature.clone(),
            app: self.app.and_then(|place| database.http_app(place)),
            software: self.software.clone(),
            is_redacted: false,
            language: self.language,
            via: self.via,
            anonymous: self.anonymous,
            #[cfg(feature = "redact")]
            software_at: self.software_at,
            tcp: None,
            changes: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::http::Progress;

    const FIRST_LINES: &[&str] = &[
        "GET / HTTP/1.1",
        "GET /other HTTP/1.1",
        "POST / HTTP/1.0",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 404 Not Found",
    ];
    /// What a record shows, what a signature asks for, what neither does, and secrets.
    const LINES: &[&str] = &[
        "Host: a",
        "Host: b",
        "host: a",
        "User-Agent: curl/8.1",
        "User-Agent: Wget/1.21",
        "User-Agent:",
        "Accept: */*",
        "Accept: text/html",
        "Accept-Language: de",
        "Accept-Language: en-US,en;q=0.5",
        "Accept-Encoding: gzip, deflate",
        "Connection: keep-alive",
        "Connection: close",
        "Via: 1.1 proxy",
        "Via:",
        "Cookie: a=1",
        "Cookie: a=2",
        "X-Unknown: 1",
        "X-Unknown: 2",
        "Server: nginx",
        "Server: Apache/2.4.6 (CentOS)",
        "Content-Type: text/html",
        "Content-Length: 0",
        "Date: Mon, 23 Nov 2026 10:00:00 GMT",
        "Keep-Alive: timeout=5, max=100",
        "Cache-Control: max-age=0",
        "Range: bytes=0-",
    ];

    fn head<'b>(bytes: &'b str) -> Message<'b> {
        let Progress::Complete(head) = Head::parse(bytes.as_bytes()) else { panic!("whole") };
        Message::Head(head)
    }

    fn with(first: &str, lines: &[&str]) -> String {
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        format!("{first}\r\n{lines}\r\n")
    }

    #[test]
    fn names_and_secrets_are_no_part_of_a_form() {
        let database = Database::builtin();
        let mut key = FormKey::new();
        let mut key = |lines: &[&str]| {
            let text = with("GET / HTTP/1.1", lines);
            let Message::Head(head) = head(&text) else { panic!("a head") };
            key.of(&head, database.http()).unwrap().to_vec()
        };
        let first = key(&["Host: a", "Accept: */*", "Cookie: secret"]);
        assert_eq!(key(&["Host: other", "Accept: */*", "Cookie: token"]), first);
        assert!(!first.windows(6).any(|bytes| bytes == b"secret"));
        let others: [&[&str]; 4] = [
            &["Host: a", "Accept: text/html", "Cookie: secret"],
            &["host: a", "Accept: */*", "Cookie: secret"],
            &["Accept: */*", "Host: a", "Cookie: secret"],
            &["Host: a", "Accept: */*", "Cookie:"],
        ];
        assert!(others.into_iter().all(|other| key(other) != first));
    }

    proptest! {
        /// Of many heads whose forms come again, each says what it says by itself.
        #[test]
        fn what_is_remembered_is_what_a_head_says(
            heads in vec((select(FIRST_LINES), vec(select(LINES), 0..5)), 1..200),
        ) {
            let database = Database::builtin();
            let mut recent = RecentHeads::new(5);
            for (first, lines) in &heads {
                let text = with(first, lines);
                let alone = Http::of(&head(&text), &database, Compat::Fixed);
                for _ in 0..2 {
                    let found = recent.read(&head(&text), &database);
                    prop_assert_eq!(format!("{found:?}"), format!("{alone:?}"));
                }
            }
        }
    }
}
