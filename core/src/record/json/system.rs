//! What system or tool it is, and what comes near where none is found.

use super::super::Fingerprint;
use super::super::to_row::{class_word, rank_word};
use super::Json;
use crate::database::{Label, LikelySystem, Match, Near};
use crate::difference::Difference;
use crate::observation::Observation;

impl Json<'_> {
    pub(super) fn system(&mut self, fingerprint: &Fingerprint<'_>, found: &Match<'_>) {
        self.raw(&found.label.json().start);
        self.raw(if found.fuzzy { ",\"match\":\"fuzzy\"" } else { ",\"match\":\"exact\"" });
        self.raw(",\"quality\":");
        self.quality(fingerprint.quality().unwrap_or_default());
        if found.fuzzy {
            self.differences_of_match(fingerprint);
        }
        self.raw(&found.label.json().end);
    }

    #[cold]
    fn differences_of_match(&mut self, fingerprint: &Fingerprint<'_>) {
        if fingerprint.differences().next().is_some() {
            self.differences(fingerprint.differences());
        }
    }

    fn differences<'a>(&mut self, differences: impl Iterator<Item = Difference<'a>>) {
        self.raw(",\"differences\":");
        self.list(differences, |to, difference| {
            to.display(format_args!("{{\"field\":\"{}\",", difference.field.name()));
            to.display(format_args!("\"observed\":\"{}\",", difference.observed()));
            to.display(format_args!("\"expected\":\"{}\"}}", difference.expected()));
        });
    }

    /// Nothing, unless they are asked for and there are some.
    #[inline]
    pub(super) fn closest(&mut self, fingerprint: &Fingerprint<'_>) {
        if fingerprint.found.is_none() && fingerprint.closest_in.is_some() {
            self.closest_list(fingerprint);
        }
    }

    #[cold]
    fn closest_list(&mut self, fingerprint: &Fingerprint<'_>) {
        let mut all = fingerprint.closest().peekable();
        if all.peek().is_some() {
            self.raw(",\"closest\":");
            self.list(all, |to, near| to.near(&near, &fingerprint.observation));
        }
    }

    fn near(&mut self, near: &Near<'_>, observation: &Observation) {
        self.raw(&near.label.json().start);
        self.raw(",\"quality\":");
        self.quality(near.quality());
        self.display(format_args!(",\"signature\":\"{}\"", near.signature));
        self.differences(near.differences(observation));
        self.raw("}");
    }

    fn candidate(&mut self, system: &LikelySystem) {
        self.raw("{\"name\":");
        self.string(&system.name);
        self.raw(",\"probability\":");
        self.float(system.probability);
        self.raw("}");
    }
}

/// What the JSON of every match with a label has in common: made once, with the database.
#[derive(Debug, Clone, Default)]
pub(crate) struct LabelJson {
    /// From the brace to the rank.
    pub(super) start: Box<str>,
    /// From the candidates to the brace.
    pub(super) end: Box<str>,
}

impl LabelJson {
    pub(crate) fn new(label: &Label) -> LabelJson {
        let start = |to: &mut Json<'_>| {
            to.raw("{\"label\":");
            to.string(&label.to_string());
            to.raw(",\"name\":");
            to.string(label.name());
            to.raw(",\"flavor\":");
            to.string(label.flavor());
            to.raw(",\"class\":");
            to.string(class_word(label));
            to.raw(",\"rank\":\"");
            to.raw(rank_word(label));
            to.raw("\"");
        };
        let end = |to: &mut Json<'_>| {
            if !label.candidates().is_empty() {
                to.raw(",\"candidates\":");
                to.list(label.candidates().iter(), Json::candidate);
            }
            to.raw("}");
        };
        LabelJson { start: json_text(start), end: json_text(end) }
    }
}

fn json_text(write: impl FnOnce(&mut Json<'_>)) -> Box<str> {
    let mut octets = Vec::new();
    let mut json = Json::at_end_of(&mut octets);
    write(&mut json);
    json.finish();
    String::from_utf8(octets).unwrap_or_default().into()
}
