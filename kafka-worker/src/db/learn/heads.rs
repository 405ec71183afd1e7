//! What was learned of HTTP heads, in the syntax of p0f.fp.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use stackprint::http::{self, HttpSample, Kind};

use super::labelled::Labelled;
use super::seen::{Place, SeenHead};
use super::write::{date, example, support};

const KINDS: [(Kind, &str); 2] =
    [(Kind::Request, "[http:request]"), (Kind::Response, "[http:response]")];

/// Signatures for the labels of captures.
pub(super) fn proposals(captures: &[Labelled], heads: &[SeenHead]) -> String {
    let mut labels: Vec<&str> = Vec::new();
    let mut classes: Vec<&str> = Vec::new();
    for capture in captures {
        if !labels.contains(&capture.label.as_str()) {
            labels.push(&capture.label);
        }
        if !capture.class.is_empty() && !classes.contains(&capture.class.as_str()) {
            classes.push(&capture.class);
        }
    }
    if classes.is_empty() {
        classes.push("other");
    }
    let number = |head: &SeenHead| {
        let label = captures.get(head.at.capture).map_or("", |capture| &capture.label);
        labels.iter().position(|known| *known == label).unwrap_or_default()
    };
    let sample =
        |it: &SeenHead| HttpSample { kind: it.kind, raw: it.raw.clone(), label: number(it) };
    let samples: Vec<HttpSample> = heads.iter().map(sample).collect();
    let proposals = http::propose(&samples);

    let mut text = "; Proposed by stackprint db learn: look through it before use.\n".to_owned();
    let _ = writeln!(text, "classes = {}", classes.join(","));
    for (kind, section) in KINDS {
        let _ = writeln!(text, "\n{section}");
        let mut last = None;
        for proposal in proposals.iter().filter(|it| it.kind == kind) {
            let label = labels.get(proposal.label).copied().unwrap_or_default();
            if last.replace(proposal.label) != Some(proposal.label) {
                let _ = writeln!(text, "\nlabel = {label}");
                if label.split(':').nth(1) == Some("!") {
                    let _ = writeln!(text, "; The systems that the program runs on:");
                    let _ = writeln!(text, "sys   = @{}", classes.join(",@"));
                }
            }
            let fits = proposal.fits.iter().filter_map(|&place| heads.get(place));
            let fits: Vec<Place> = fits.map(|it| it.at).collect();
            let _ = writeln!(text, ";= learned, {}, {}", date(&fits), support(&fits, "head"));
            let _ = writeln!(text, "sig   = {}", proposal.signature);
        }
    }
    let is_proposed = |place: &usize| proposals.iter().any(|it| it.fits.contains(place));
    let shared = (0..heads.len()).filter(|place| !is_proposed(place)).count();
    if shared > 0 {
        let _ =
            writeln!(text, "\n; Left out: {shared} heads that look the same under several labels.");
    }
    text
}

/// What no signature fits, most frequent first.
pub(super) fn unknown(captures: &[Labelled], heads: &[SeenHead]) -> String {
    let mut text = "; Not known to the database, most frequent first: put labels in.\n".to_owned();
    text.push_str("classes = other\n");
    for (kind, section) in KINDS {
        let _ = writeln!(text, "\n{section}");
        let mut groups: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for head in heads.iter().filter(|it| it.kind == kind) {
            groups.entry(head.raw.to_string()).or_default().push(head.at);
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
        for (number, (signature, places)) in groups.iter().enumerate() {
            let (date, support) = (date(places), support(places, "head"));
            let example = example(captures, places);
            let _ = writeln!(text, "\nlabel = s:other:Unknown:{}", number + 1);
            let _ = writeln!(text, ";= unknown, {date}, {support}, {example}");
            let _ = writeln!(text, "sig   = {signature}");
        }
    }
    text
}
