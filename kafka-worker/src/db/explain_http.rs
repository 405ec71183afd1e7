//! `stackprint db explain` of signatures of HTTP heads.

use std::fmt::Write as _;

use stackprint::http::{Head, HttpSignature, Kind, Observed, Progress};
use stackprint::{Database, HttpApp, Rank};

use super::words::Explained;

/// What a signature asks, field by field.
pub(super) fn fields(signature: &HttpSignature, kind: Kind) -> Vec<Explained> {
    let explained =
        |field, text: &str, words: String| Explained { field, text: text.to_owned(), words };
    let mut all = vec![match signature.version() {
        Some(1) => explained("version", "1", "HTTP/1.1".to_owned()),
        Some(_) => explained("version", "0", "HTTP/1.0".to_owned()),
        None => explained("version", "*", "HTTP/1.0 or HTTP/1.1".to_owned()),
    }];
    let mut field = "headers";
    for rule in signature.headers() {
        let mut words = match rule.is_optional() {
            true => "here, or missing".to_owned(),
            false => "here".to_owned(),
        };
        if let Some(value) = rule.value() {
            let _ = write!(words, "; its value contains {value:?}");
        }
        all.push(explained(field, rule.name(), words));
        field = "";
    }
    let mut field = "absent";
    for name in signature.absent() {
        all.push(explained(field, name, "nowhere in the head".to_owned()));
        field = "";
    }
    let name = software_name(kind);
    all.push(match signature.software() {
        Some(text) => explained("software", text, format!("in {name}, where that is honest")),
        None => explained("software", "", format!("any {name}, or none")),
    });
    all
}

/// What the head of such a signature matches; whether that is anything.
pub(super) fn explain(
    database: &Database,
    signature: &HttpSignature,
    kind: Kind,
    to: &mut String,
) -> bool {
    let bytes = signature.to_head(kind);
    let Progress::Complete(head) = Head::parse(&bytes) else { return false };
    let observed = Observed::new(&head, database.http());
    let found = database.find_http(&observed);
    match &found {
        None => *to += "matches    nothing in the database\n",
        Some(app) => write_app(app, kind, to),
    }
    if let (Kind::Request, Some(agent)) = (kind, observed.software()) {
        match database.http().system_name(agent.reveal()) {
            Some(system) => *to += &format!("system     {system}, by the User-Agent\n"),
            None => *to += "system     the User-Agent names none that the database knows\n",
        }
    }
    found.is_some()
}

fn write_app(app: &HttpApp<'_>, kind: Kind, to: &mut String) {
    let HttpApp { label, signature, line, is_dishonest, .. } = app;
    *to += &format!("matches    {label}\n  signature  {signature} (line {line})\n");
    let why = match label.rank() {
        Rank::Specific => "the first specific signature whose headers come in this order",
        Rank::Generic => "the first generic signature, and no specific one fits",
    };
    *to += &format!("  why        {why}\n");
    if *is_dishonest {
        let (name, expected) = (software_name(kind), signature.software().unwrap_or_default());
        *to += &format!("  dishonest  {name} is without {expected:?}\n");
    }
    *to += &format!("  quality    {:.2}\n", app.quality());
}

const fn software_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "User-Agent",
        Kind::Response => "Server",
    }
}
