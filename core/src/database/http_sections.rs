//! What the HTTP sections of a database hold.

use crate::compat::Compat;
use crate::http::{HttpSignature, Kind, Signatures, UserAgentRule};
use crate::label::{Label, Rank};
use crate::parse_error::{Expected, ParseError};

/// Signatures of requests and responses, and their labels.
#[derive(Debug)]
pub(super) struct HttpSections {
    pub(super) signatures: Signatures,
    /// Labels, in the order of the file, each with its number among all labels, from 1: p0f compares
    /// that with the number of a name.
    pub(super) labels: Vec<(Label, usize)>,
    /// Of the text of each signature: line and column, from 1.
    pub(super) places: Vec<(usize, usize)>,
}

/// The program that a signature names.
///
/// [`Database::find_http`](crate::Database::find_http) returns it; an example is at
/// [`Http`](crate::Http).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct HttpApp<'d> {
    /// The number of the label.
    pub(crate) number: u16,
    /// What the signature means.
    pub label: &'d Label,
    /// The signature that fits.
    pub signature: &'d HttpSignature,
    /// Its line in the database, from 1.
    pub line: usize,
    /// Whether User-Agent or Server is not what the signature expects.
    pub is_dishonest: bool,
}

impl HttpApp<'_> {
    /// How likely the label is right, 0 to 1.
    #[must_use]
    pub fn quality(&self) -> f64 {
        self.label.quality.exact
    }
}

impl HttpSections {
    pub(super) fn new(compat: Compat) -> HttpSections {
        HttpSections { signatures: Signatures::new(compat), labels: Vec::new(), places: Vec::new() }
    }

    /// Adds a label, which follows so many labels of TCP.
    pub(super) fn push_label(&mut self, label: Label, others: usize) {
        let number = self.labels.len() + others + 1;
        self.labels.push((label, number));
    }

    /// The label of the next signatures.
    pub(super) fn last_label(&mut self) -> Option<&mut Label> {
        self.labels.last_mut().map(|(label, _)| label)
    }

    /// Reads a signature of the last label.
    pub(super) fn push(
        &mut self,
        kind: Kind,
        text: &str,
        (line, column): (usize, usize),
    ) -> Result<(), ParseError> {
        self.push_signature(kind, text.parse()?, (line, column))
    }

    /// Adds a signature of the last label.
    fn push_signature(
        &mut self,
        kind: Kind,
        signature: HttpSignature,
        (line, column): (usize, usize),
    ) -> Result<(), ParseError> {
        let too_many = ParseError::at(0, Expected::FewerSignatures);
        let number = self.labels.len().checked_sub(1).and_then(|it| u16::try_from(it).ok());
        let is_generic = self.labels.last().is_some_and(|(label, _)| label.rank == Rank::Generic);
        let number = number.ok_or(too_many)?;
        self.signatures.push(kind, signature, number, is_generic, line).ok_or(too_many)?;
        self.places.push((line, column));
        Ok(())
    }

    /// The signatures of a label by its number, with their lines: all of one kind in a file.
    pub(super) fn signatures_of(
        &self,
        label: usize,
    ) -> impl Iterator<Item = (Kind, &HttpSignature, usize)> {
        let of_kind = move |kind| {
            let of_label = self.signatures.iter(kind).filter(move |it| usize::from(it.1) == label);
            of_label.map(move |(signature, _, line)| (kind, signature, line))
        };
        of_kind(Kind::Request).chain(of_kind(Kind::Response))
    }

    /// The column of a signature, from 1.
    pub(super) fn column(&self, line: usize) -> usize {
        let place = self.places.iter().find(|(of, _)| *of == line);
        place.map_or(1, |&(_, column)| column)
    }

    pub(super) fn push_user_agent(&mut self, rule: &UserAgentRule, name: u16, spelling: &str) {
        self.signatures.push_user_agent(rule, name, spelling);
    }
}

/// HTTP sections that are put together of other ones. They become sections once it is known how names
/// are compared, and how many labels of TCP there are.
#[derive(Debug, Clone, Default)]
pub(super) struct HttpParts {
    /// Numbers, names and texts of systems.
    systems: Vec<(u16, Box<str>, Box<str>)>,
    labels: Vec<(Label, Vec<PlacedSignature>)>,
}

/// A signature with its line and column.
type PlacedSignature = (Kind, HttpSignature, (usize, usize));

impl HttpParts {
    pub(super) fn push_system(&mut self, name: u16, spelling: &str, text: &str) {
        self.systems.push((name, spelling.into(), text.into()));
    }

    /// Adds the label of that number of other sections, with its signatures.
    pub(super) fn push_label(&mut self, label: Label, other: &HttpSections, number: usize) {
        let signatures = other.signatures_of(number);
        let placed = signatures
            .map(|(kind, signature, line)| (kind, signature.clone(), (line, other.column(line))));
        self.labels.push((label, placed.collect()));
    }

    pub(super) fn sections(
        self,
        compat: Compat,
        labels_of_tcp: usize,
    ) -> Result<HttpSections, ParseError> {
        let mut sections = HttpSections::new(compat);
        for (name, spelling, text) in &self.systems {
            sections.signatures.push_system(*name, spelling, text);
        }
        for (label, signatures) in self.labels {
            sections.push_label(label, labels_of_tcp);
            for (kind, signature, place) in signatures {
                sections.push_signature(kind, signature, place)?;
            }
        }
        Ok(sections)
    }
}
