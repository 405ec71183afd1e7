//! What is known of stacks: labels with their signatures, and links by their MTU.

mod closest;
mod faults;
mod index;
mod links;
mod parse;
mod possible;
mod renaming;
mod witnesses;

use core::fmt;
use std::sync::{Arc, OnceLock};

use crate::difference::Difference;
use crate::matching::{self, Outcome};
use crate::observation::{Compat, Direction, Observation};
use crate::parse_error::ParseError;
use crate::quality::Quality;
use crate::quirks::Quirks;
#[cfg(feature = "serde")]
use crate::record::LabelJson;
use crate::signature::Signature;
use crate::wire::OptionLayout;
pub use closest::Near;
pub use faults::{Fault, FaultKind};
use index::LayoutIndex;
use links::Links;
pub(crate) use renaming::Renaming;

/// Signatures and labels, read once and then shared; `Send + Sync` and never changed.
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
}

/// A section that was passed over: `[ssl:request]` and the like, which forks of p0f have.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Of the signature's text, in octets, from 1.
    column: usize,
}

/// What a group of signatures means: `type:class:name:flavor`.
#[derive(Debug, Clone)]
pub struct Label {
    /// Specific signatures are preferred to generic ones.
    rank: Rank,
    class: Class,
    name: Box<str>,
    flavor: Box<str>,
    name_id: u16,
    /// For tools: the systems on which they run; empty for systems.
    runs_on: Vec<RunsOn>,
    candidates: Vec<LikelySystem>,
    quality: Quality,
    line: usize,
    /// Of the label's text, in octets, from 1.
    column: usize,
    #[cfg(feature = "serde")]
    json: Arc<LabelJson>,
}

/// One of several systems that share a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct LikelySystem {
    /// Its name, `iOS`.
    pub name: Box<str>,
    /// How likely it is this one, above 0 to 1.
    pub probability: f64,
}

/// How much a label claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rank {
    /// `s`: this very system or version.
    Specific,
    /// `g`: something of this family, where nothing specific fits.
    Generic,
}

/// What kind of thing a label names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// An operating system of the named class (`win`, `unix`, `other`, …).
    System(Box<str>),
    /// `!`: a userland tool that makes packets itself.
    Userland,
}

/// An entry of a tool's `sys` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RunsOn {
    /// `@unix`
    Class(Box<str>),
    /// A name, by number.
    Name(u16),
}

impl Label {
    /// Specific or generic.
    #[must_use]
    pub fn rank(&self) -> Rank {
        self.rank
    }

    /// System class, or userland tool.
    #[must_use]
    pub fn class(&self) -> &Class {
        &self.class
    }

    /// The name, `Linux`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What distinguishes it under its name, `3.11 and newer`; may be empty.
    #[must_use]
    pub fn flavor(&self) -> &str {
        &self.flavor
    }

    /// Where one stack serves several systems: which, from the line `;@ candidates iOS=0.6
    /// macOS=0.4` in front of the label. Empty for most labels.
    #[must_use]
    pub fn candidates(&self) -> &[LikelySystem] {
        &self.candidates
    }

    /// The line of the database on which it stands, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Whether it names a tool, not a system.
    #[must_use]
    pub fn is_userland(&self) -> bool {
        self.class == Class::Userland
    }

    /// Whether both labels claim the same.
    fn means(&self, other: &Label) -> bool {
        self.name_id == other.name_id && self.flavor == other.flavor && self.rank == other.rank
    }

    /// What the JSON of every match with this label has in common.
    #[cfg(feature = "serde")]
    pub(crate) fn json(&self) -> &Arc<LabelJson> {
        &self.json
    }

    /// The name's number: equal for names that differ in case alone.
    pub(crate) fn name_id(&self) -> u16 {
        self.name_id
    }

    /// Whether this tool is known to run on the system that `system` names.
    pub(crate) fn runs_on(&self, system: &Label) -> bool {
        self.runs_on.iter().any(|entry| match (entry, &system.class) {
            (RunsOn::Class(class), Class::System(of)) => class.eq_ignore_ascii_case(of),
            (RunsOn::Class(_), Class::Userland) => false,
            (RunsOn::Name(name), _) => *name == system.name_id,
        })
    }
}

/// p0f's form, `s:unix:Linux:3.11 and newer`.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rank = match self.rank {
            Rank::Specific => 's',
            Rank::Generic => 'g',
        };
        let class = match &self.class {
            Class::System(class) => class,
            Class::Userland => "!",
        };
        write!(f, "{rank}:{class}:{}:{}", self.name, self.flavor)
    }
}

/// A signature by its place in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SignatureId(pub(crate) u16);

impl SignatureId {
    /// No signature of this database: what was matched, if anything, was one of another database.
    pub(crate) const GONE: SignatureId = SignatureId(u16::MAX - 1);
}

/// The signature that fits an observation best.
#[derive(Debug, Clone, Copy)]
pub struct Match<'d> {
    /// What the signature means.
    pub label: &'d Label,
    /// The signature itself.
    pub signature: &'d Signature,
    /// Its line in the database, from 1.
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
    /// Never: the file is part of the library, and a test reads it.
    #[must_use]
    pub fn builtin() -> Arc<Database> {
        static BUILTIN: OnceLock<Arc<Database>> = OnceLock::new();
        let read = || Database::parse(Database::BUILTIN_TEXT).unwrap_or_else(|_| Database::empty());
        Arc::clone(BUILTIN.get_or_init(|| Arc::new(read())))
    }

    /// The text of the built-in database, in p0f's syntax.
    pub const BUILTIN_TEXT: &'static str = include_str!("../data/stackprint.fp");

    /// A database without signatures: everything is unknown.
    #[must_use]
    pub fn empty() -> Database {
        Database::build(Compat::Mended, Vec::new(), Vec::new(), Vec::new())
    }

    /// Reads a database in the syntax of p0f 3.09b; p0f's own file is read unchanged. HTTP sections
    /// are checked for shape and otherwise passed over. Sections of protocols that p0f does not know
    /// are not read at all ([`Database::passed_over`]). Lines may end in LF, CR LF or CR, and a
    /// byte-order mark may come first.
    ///
    /// # Errors
    ///
    /// At the first line that is not in the syntax.
    pub fn parse(text: &str) -> Result<Database, ParseError> {
        parse::database(text, Compat::Mended)
    }

    /// As [`Database::parse`]; with [`Compat::P0fExact`], signatures are read and matched as p0f
    /// 3.09b does, slips included.
    ///
    /// # Errors
    ///
    /// At the first line that is not in the syntax.
    pub fn parse_with(text: &str, compat: Compat) -> Result<Database, ParseError> {
        parse::database(text, compat)
    }

    /// As [`Database::parse_with`], without stopping: all that can be read, and every error in the
    /// order of the lines. For checks of a file; what is half read is no good database.
    #[must_use]
    pub fn parse_with_all_errors(text: &str, compat: Compat) -> (Database, Vec<ParseError>) {
        parse::with_all_errors(text, compat)
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
        #[cfg_attr(not(feature = "serde"), expect(unused_mut, reason = "only JSON is added"))]
        mut labels: Vec<Label>,
        signatures: Vec<Entry>,
        links: Vec<(u16, Box<str>)>,
    ) -> Database {
        #[cfg(feature = "serde")]
        for label in &mut labels {
            label.json = Arc::new(LabelJson::new(label));
        }
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
                by_own_options: LayoutIndex::new(candidates.clone(), OptionLayout::own_options),
                by_layout: LayoutIndex::new(candidates, |layout| *layout),
            }
        };
        let (syn, syn_ack) = (index(Direction::Syn), index(Direction::SynAck));
        let (links, passed_over) = (Links::new(links), Box::default());
        Database { compat, labels, signatures, syn, syn_ack, links, passed_over }
    }

    /// Whether signatures are read and matched as p0f does, slips included.
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

    /// Every signature in the order of the file, as an exact match would return it, with its
    /// direction.
    pub fn signatures(&self) -> impl Iterator<Item = (Direction, Match<'_>)> {
        let ids = (0..self.signatures.len()).map(|id| SignatureId(id as u16));
        ids.zip(&self.signatures)
            .filter_map(|(id, entry)| Some((entry.direction, self.get(id, false)?)))
    }

    /// The kind of link that has this MTU (octets), if it is known.
    #[must_use]
    #[inline]
    pub fn link(&self, mtu: u32) -> Option<&str> {
        self.links.name(u16::try_from(mtu).ok()?)
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
