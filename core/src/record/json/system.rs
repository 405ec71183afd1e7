//! What system or tool it is, and what comes near where none is found.

use super::out::{Json, needs_escape};
use crate::database::{Match, Near};
use crate::label::{Label, LikelySystem};
use crate::record::Fingerprint;
use crate::tcp::difference::Difference;
use crate::tcp::observation::Observation;

impl Json<'_> {
    pub(super) fn system(&mut self, fingerprint: &Fingerprint<'_>, found: &Match<'_>) {
        self.label(found.label);
        self.raw(if found.fuzzy { ",\"match\":\"fuzzy\"" } else { ",\"match\":\"exact\"" });
        self.raw(",\"quality\":");
        self.quality(fingerprint.quality().unwrap_or_default());
        if found.fuzzy {
            self.differences_of_match(fingerprint);
        }
        let candidates = found.label.candidates();
        if !candidates.is_empty() {
            self.raw(",\"candidates\":");
            self.list(candidates.iter(), Json::candidate);
        }
        self.raw("}");
    }

    /// From the brace to the rank.
    fn label(&mut self, label: &Label) {
        // Name, flavor and class are parts of the label: what it needs no escape for, they do not.
        let write = if needs_escape(label.as_str()) { Json::escaped } else { Json::raw };
        self.raw("{\"label\":\"");
        write(self, label.as_str());
        self.raw("\",\"name\":\"");
        write(self, label.name());
        self.raw("\",\"flavor\":\"");
        write(self, label.flavor());
        self.raw("\",\"class\":\"");
        write(self, label.class().as_str());
        self.raw("\",\"rank\":\"");
        self.raw(label.rank().as_str());
        self.raw("\"");
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
            to.display(format_args!("{{\"field\":\"{}\",", difference.field.as_str()));
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
        self.label(near.label);
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
        self.quality(system.probability);
        self.raw("}");
    }
}
