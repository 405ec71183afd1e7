//! What a database calls a stack: rank, class, name and flavor, and how likely that is right.

mod build;

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::word_enum::from_word;
pub use build::LabelBuilder;
pub(crate) use build::{are_candidates, is_class, is_name, is_one_line, parse_share};

/// What a group of signatures means: `type:class:name:flavor`.
///
/// Read from a database or from p0f's form, or put together by [`Label::builder`]. Two labels are
/// equal if their forms are; what a database says besides (candidates, quality) does not count.
#[derive(Debug, Clone)]
pub struct Label {
    /// p0f's form. Nothing else has the same allocation, so it also identifies the label, across
    /// databases: see [`Label::identity`].
    pub(crate) text: Arc<str>,
    /// Specific signatures are preferred to generic ones.
    pub(crate) rank: Rank,
    pub(crate) class: Class,
    pub(crate) name: Box<str>,
    pub(crate) flavor: Box<str>,
    pub(crate) name_id: u16,
    /// For tools: the systems on which they run; empty for systems.
    pub(crate) runs_on: Vec<RunsOn>,
    pub(crate) candidates: Vec<LikelySystem>,
    /// What the database says of its quality.
    pub(crate) recorded_quality: Option<f64>,
    pub(crate) quality: Quality,
    pub(crate) line: usize,
    /// Of the label's text, in bytes, from 1.
    pub(crate) column: usize,
}

/// One of several systems that share a stack.
///
/// [`Label::candidates`] lists them.
#[derive(Debug, Clone, PartialEq)]
pub struct LikelySystem {
    /// Its name, `iOS`.
    pub name: Box<str>,
    /// How likely it is this one, above 0 to 1.
    pub probability: f64,
}

/// How much a label claims.
///
/// [`Label::rank`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// `s`: this very system or version.
    Specific,
    /// `g`: something of this family, where nothing specific fits.
    Generic,
}

/// What kind of thing a label names.
///
/// [`Label::class`] returns it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// An operating system of the named class (`win`, `unix`, `other`, …).
    System(Box<str>),
    /// `!`: a userland tool that makes packets itself.
    Userland,
}

/// Where a tool is known to run: an entry of its `sys` line.
///
/// [`Label::systems`] lists them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunsOn {
    /// On systems of a class, `@unix`.
    Class(Box<str>),
    /// On systems of this name.
    Name(Box<str>),
}

impl Label {
    /// p0f's form, `s:unix:Linux:3.11 and newer`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

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

    /// For tools: the systems on which they are known to run; empty for systems.
    #[must_use]
    pub fn systems(&self) -> &[RunsOn] {
        &self.runs_on
    }

    /// The line of the database on which it stands, from 1; 0 if it was not read from a text.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Whether it names a tool, not a system.
    #[must_use]
    pub fn is_userland(&self) -> bool {
        self.class == Class::Userland
    }

    /// p0f's form of a label, `s:unix:Linux:3.11 and newer`.
    pub(crate) fn text_of(rank: Rank, class: &Class, name: &str, flavor: &str) -> String {
        let rank = match rank {
            Rank::Specific => 's',
            Rank::Generic => 'g',
        };
        let class = match class {
            Class::System(class) => class,
            Class::Userland => "!",
        };
        format!("{rank}:{class}:{name}:{flavor}")
    }

    /// Whether both labels claim the same.
    pub(crate) fn means(&self, other: &Label) -> bool {
        self.name_id == other.name_id && self.flavor == other.flavor && self.rank == other.rank
    }

    /// What tells this label from every other one, of this database and of others. Two are of one
    /// label if [`Arc::ptr_eq`] says so; as long as it is held, no other one has its address.
    #[cfg(feature = "serde")]
    pub(crate) fn identity(&self) -> &Arc<str> {
        &self.text
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
            (RunsOn::Name(name), _) => name.eq_ignore_ascii_case(&system.name),
        })
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Label) -> bool {
        self.text == other.text
    }
}

impl Eq for Label {}

impl PartialOrd for Label {
    fn partial_cmp(&self, other: &Label) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By p0f's form.
impl Ord for Label {
    fn cmp(&self, other: &Label) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// p0f's form, `s:unix:Linux:3.11 and newer`.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Rank {
    /// The word used in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Rank::Specific => "specific",
            Rank::Generic => "generic",
        }
    }
}

/// The word used in records.
impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

from_word!(Rank { Specific = "specific", Generic = "generic", });

impl Class {
    /// The word used in records: that of the database, or `userland`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Class::System(class) => class,
            Class::Userland => "userland",
        }
    }
}

/// The word used in records.
impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Share of right families where the database records none: exact matches of specific labels, and
/// of generic ones, whose layouts proxies and gateways share.
const SPECIFIC: f64 = 0.9;
const GENERIC: f64 = 0.5;
/// The part of it that is left where TTL or quirks are not as asked: middleboxes change these, and
/// another system seldom hides behind the difference.
const FUZZY: f64 = 0.97;

/// How likely a label is right, by how its signature fits. `docs/quality.md` describes the method
/// and its calibration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quality {
    pub(crate) exact: f64,
    pub(crate) fuzzy: f64,
}

impl Quality {
    /// Of the label of a match; `recorded` is what the database says of it.
    pub(crate) fn of_label(rank: Rank, recorded: Option<f64>) -> Quality {
        let exact = recorded.unwrap_or(match rank {
            Rank::Specific => SPECIFIC,
            Rank::Generic => GENERIC,
        });
        Quality { exact: two_decimals(exact), fuzzy: two_decimals(exact * FUZZY) }
    }
}

fn two_decimals(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}
