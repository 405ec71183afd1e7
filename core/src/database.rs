//! What is known of stacks: labels with their signatures, and links by their MTU.

mod build;
mod closest;
mod examples;
mod faults;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
mod http_sections;
mod id_map;
mod index;
mod links;
mod parse;
mod possible;
mod text;

use std::sync::{Arc, OnceLock};

use crate::label::{Label, Rank};
use crate::tcp::difference::Difference;
use crate::tcp::matching::{self, Outcome};
use crate::tcp::observation::{Compat, Direction, Observation};
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::{Signature, SignatureId};
#[cfg(feature = "tls")]
use crate::tls::Libraries;
use crate::wire::OptionLayout;
pub use build::DatabaseBuilder;
pub use closest::Near;
pub use faults::{Fault, FaultKind};
#[cfg(feature = "http")]
pub use http_sections::HttpApp;
pub(crate) use id_map::IdMap;
use index::LayoutIndex;
use links::Links;

/// Signatures and labels, read once and then shared; `Send + Sync` and never changed.
///
/// Read from p0f's syntax ([`Database::parse`]), or put together from typed parts and from other
/// databases ([`Database::builder`]); [`Display`](core::fmt::Display) writes p0f's syntax. Two are equal
/// if they have the same labels, signatures and links in the same order, those of HTTP included.
#[derive(Debug)]
pub struct Database {
    compat: Compat,
    labels: Vec<Label>,
    /// Both directions, in the order of the file.
    signatures: Vec<Entry>,
    syn: Indexes,
    syn_ack: Indexes,
    links: Links,
    passed_over: Box<[PassedOver]>,
    #[cfg(feature = "http")]
    http: http_sections::HttpSections,
    /// TLS libraries; `None` for the built-in ones.
    #[cfg(feature = "tls")]
    libraries: Option<Libraries>,
}

/// A section that was passed over: `[ssl:request]` and the like, which forks of p0f have.
///
/// [`Database::passed_over`] lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PassedOver {
    /// The line of its header, from 1.
    pub line: usize,
    /// The header.
    pub header: Box<str>,
}

/// The ways to the signatures of one direction.
#[derive(Debug)]
struct Indexes {
    by_layout: LayoutIndex,
    /// By the options of the stack itself: for segments with options of programs among them.
    by_own_options: LayoutIndex,
}

/// A signature with its place.
#[derive(Debug, Clone)]
struct Entry {
    signature: Signature,
    direction: Direction,
    label: u16,
    line: usize,
    /// Of the signature's text, in bytes, from 1.
    column: usize,
}

/// A kind of link: what [`Database::links`] iterates over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Link<'d> {
    /// Its MTU in bytes.
    pub mtu: u16,
    /// What it is called.
    pub name: &'d str,
}

/// The signature that fits an observation best.
///
/// [`Database::find`] returns it, and [`Database::signatures`] those of all signatures.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Match<'d> {
    /// What the signature means.
    pub label: &'d Label,
    /// The signature itself.
    pub signature: &'d Signature,
    /// Its line in the database, from 1; 0 if it was not read from a text.
    pub line: usize,
    /// Whether it fits only with tolerances in quirks or TTL.
    pub fuzzy: bool,
    pub(crate) id: SignatureId,
}

impl<'d> Match<'d> {
    /// How likely the label is right, 0 to 1: `docs/quality.md` tells how it is computed.
    #[must_use]
    #[inline]
    pub fn quality(&self) -> f64 {
        let quality = self.label.quality;
        if self.fuzzy { quality.fuzzy } else { quality.exact }
    }

    /// Where the observation is not what the signature asks; nothing for an exact match.
    pub fn differences<'a>(
        &self,
        observation: &'a Observation,
    ) -> impl Iterator<Item = Difference<'a>> + use<'a, 'd>
    where
        'd: 'a,
    {
        let fuzzy = self.fuzzy;
        self.signature.differences(observation).filter(move |_| fuzzy)
    }
}

impl Database {
    /// The built-in database.
    ///
    /// # Panics
    ///
    /// Never in a library that passed its tests: the file is part of it, and a test reads it.
    #[must_use]
    pub fn builtin() -> Arc<Database> {
        static BUILTIN: OnceLock<Arc<Database>> = OnceLock::new();
        #[expect(clippy::panic, reason = "an empty one would answer that all is unknown")]
        let read = || match Database::parse(Database::BUILTIN_TEXT) {
            Ok(database) => Arc::new(database),
            Err(error) => panic!("the built-in database does not read: {error}"),
        };
        Arc::clone(BUILTIN.get_or_init(read))
    }

    /// The text of the built-in database, in p0f's syntax.
    #[cfg(not(feature = "http"))]
    pub const BUILTIN_TEXT: &'static str = include_str!("../data/stackprint.fp");

    /// The text of the built-in database, in p0f's syntax.
    #[cfg(feature = "http")]
    pub const BUILTIN_TEXT: &'static str =
        concat!(include_str!("../data/stackprint.fp"), include_str!("../data/http.fp"));

    /// A database without signatures: everything is unknown.
    #[must_use]
    pub fn empty() -> Database {
        Database::build(Compat::Fixed, Vec::new(), Vec::new(), Vec::new())
    }

    /// How many signatures it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.signatures.len()
    }

    /// Whether it has no signature: every system is unknown then, which is hardly what someone
    /// meant who wrote a file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.signatures.is_empty()
    }

    /// Sections that were passed over, in the order of the file.
    #[must_use]
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    fn build(
        compat: Compat,
        labels: Vec<Label>,
        signatures: Vec<Entry>,
        links: Vec<(u16, Box<str>)>,
    ) -> Database {
        let index = |direction| {
            let of_direction = signatures.iter().enumerate();
            let of_direction = of_direction.filter(|(_, entry)| entry.direction == direction);
            let candidates = of_direction.map(|(id, entry)| matching::Candidate {
                signature: entry.signature,
                id: SignatureId(id as u16),
                rank: labels.get(usize::from(entry.label)).map_or(Rank::Generic, Label::rank),
                userland: labels.get(usize::from(entry.label)).is_some_and(Label::is_userland),
            });
            let candidates: Vec<_> = candidates.collect();
            Indexes {
                by_own_options: LayoutIndex::new(&candidates, OptionLayout::own_options),
                by_layout: LayoutIndex::new(&candidates, |layout| *layout),
            }
        };
        let (syn, syn_ack) = (index(Direction::Syn), index(Direction::SynAck));
        let (links, passed_over) = (Links::new(links), Box::default());
        Database {
            compat,
            labels,
            signatures,
            syn,
            syn_ack,
            links,
            passed_over,
            #[cfg(feature = "http")]
            http: http_sections::HttpSections::new(compat),
            #[cfg(feature = "tls")]
            libraries: None,
        }
    }

    /// With these TLS libraries instead of the built-in ones.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_libraries(self, libraries: Libraries) -> Database {
        Database { libraries: Some(libraries), ..self }
    }

    /// The TLS libraries that are known.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn libraries(&self) -> &Libraries {
        self.libraries.as_ref().unwrap_or_else(|| Libraries::builtin())
    }

    /// Whether signatures are read and matched as p0f does, bugs included.
    #[must_use]
    pub fn compat(&self) -> Compat {
        self.compat
    }

    /// The signature that fits best: an exact specific one, else an exact generic one, else the
    /// first that fits with tolerances.
    #[must_use]
    pub fn find(&self, observation: &Observation) -> Option<Match<'_>> {
        match self.outcome(observation) {
            Outcome::Found { id, fuzzy } => self.get(id, fuzzy),
            Outcome::FuzzyTool | Outcome::Nothing => None,
        }
    }

    /// As [`Database::find`], telling apart the two ways in which nothing is found.
    #[inline]
    pub(crate) fn outcome(&self, observation: &Observation) -> Outcome {
        let candidates = self.index(observation.direction).candidates(&observation.layout);
        let outcome = matching::best(candidates, observation, self.compat);
        // A list that is broken somewhere cannot be taken apart.
        let is_whole = !observation.quirks.contains(Quirks::BAD_OPTIONS);
        let sets_aside = is_whole && !self.compat.rules().program_options_count;
        if observation.app_options.is_empty() || !sets_aside {
            return outcome;
        }
        self.outcome_without_app_options(observation, outcome)
    }

    /// The outcome with the options of programs set aside, where that is better than the one with
    /// them: signatures that ask for such options go first.
    #[cold]
    fn outcome_without_app_options(&self, observation: &Observation, with: Outcome) -> Outcome {
        let own_options = observation.layout.own_options();
        let candidates =
            self.indexes(observation.direction).by_own_options.candidates(&own_options);
        let without = matching::best_without_app_options(candidates, observation, self.compat);
        match (with, without) {
            (Outcome::Found { fuzzy: false, .. }, _) => with,
            (_, Outcome::Found { fuzzy: false, .. }) => without,
            (Outcome::Found { .. }, _) => with,
            _ => without,
        }
    }

    #[inline]
    fn index(&self, direction: Direction) -> &LayoutIndex {
        &self.indexes(direction).by_layout
    }

    #[inline]
    fn indexes(&self, direction: Direction) -> &Indexes {
        match direction {
            Direction::Syn => &self.syn,
            Direction::SynAck => &self.syn_ack,
        }
    }

    /// Labels in the order of the file, those without a signature too.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter()
    }

    /// A match made of a signature's number.
    pub(crate) fn get(&self, id: SignatureId, fuzzy: bool) -> Option<Match<'_>> {
        let entry = self.signatures.get(usize::from(id.0))?;
        let label = self.labels.get(usize::from(entry.label))?;
        Some(Match { label, signature: &entry.signature, line: entry.line, fuzzy, id })
    }

    /// The system that a host was taken for: by the number of a signature, or by that of a label of
    /// HTTP.
    pub(crate) fn system(&self, id: SignatureId) -> Option<&Label> {
        let label = self.get(id, false).map(|found| found.label);
        #[cfg(feature = "http")]
        let label = label.or_else(|| self.http_system(id));
        label
    }

    /// Every signature in the order of the file, as an exact match would return it, with its
    /// direction.
    pub fn signatures(&self) -> impl Iterator<Item = (Direction, Match<'_>)> {
        let ids = (0..self.signatures.len()).map(|id| SignatureId(id as u16));
        ids.zip(&self.signatures)
            .filter_map(|(id, entry)| Some((entry.direction, self.get(id, false)?)))
    }

    /// Kinds of links by their MTU in bytes, smallest first.
    pub fn links(&self) -> impl Iterator<Item = Link<'_>> {
        self.links.iter().map(|(mtu, name)| Link { mtu, name })
    }

    /// The kind of link that has this MTU (bytes), if it is known.
    #[must_use]
    pub fn link(&self, mtu: u32) -> Option<&str> {
        self.links.name(u16::try_from(mtu).ok()?)
    }

    /// Where the link of an MTU (bytes) is remembered, for [`link_at`](Database::link_at).
    pub(crate) fn find_link(&self, mtu: u32) -> Option<usize> {
        self.links.find(u16::try_from(mtu).ok()?)
    }

    /// The kind of link that [`find_link`](Database::find_link) found.
    #[inline]
    pub(crate) fn link_at(&self, at: usize) -> Option<&str> {
        self.links.get(at)
    }
}

/// What two labels are compared by.
fn of_label(label: &Label) -> impl PartialEq + '_ {
    (label, &label.runs_on, &label.candidates, label.recorded_quality)
}

impl Database {
    /// Whether the HTTP sections of both are equal.
    #[cfg(feature = "http")]
    fn has_http_of(&self, other: &Database) -> bool {
        use crate::http::Kind;
        let (own, others) = (self.http(), other.http());
        let is_equal = |kind| {
            let [own, others] = [own, others]
                .map(|all| all.iter(kind).map(|(signature, label, _)| (signature, label)));
            own.eq(others)
        };
        self.http_labels().map(of_label).eq(other.http_labels().map(of_label))
            && own.systems().eq(others.systems())
            && is_equal(Kind::Request)
            && is_equal(Kind::Response)
    }

    #[cfg(not(feature = "http"))]
    const fn has_http_of(&self, _: &Database) -> bool {
        true
    }
}

impl PartialEq for Database {
    fn eq(&self, other: &Database) -> bool {
        let of_entry = |entry: &Entry| (entry.signature, entry.direction, entry.label);
        self.compat == other.compat
            && self.labels.iter().map(of_label).eq(other.labels.iter().map(of_label))
            && self.signatures.iter().map(of_entry).eq(other.signatures.iter().map(of_entry))
            && self.links.iter().eq(other.links.iter())
            && self.has_http_of(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_database_reads() {
        Database::parse(Database::BUILTIN_TEXT).unwrap();
        assert!(Database::builtin().signatures().count() > 100);
    }
}
