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
        let signature: HttpSignature = text.parse()?;
        let too_many = ParseError::at(0, Expected::FewerSignatures);
        let number = self.labels.len().checked_sub(1).and_then(|it| u16::try_from(it).ok());
        let is_generic = self.labels.last().is_some_and(|(label, _)| label.rank == Rank::Generic);
        let number = number.ok_or(too_many)?;
        self.signatures.push(kind, signature, number, is_generic, line).ok_or(too_many)?;
        self.places.push((line, column));
        Ok(())
    }

    pub(super) fn push_user_agent(&mut self, rule: &UserAgentRule, name: u16, spelling: &str) {
        self.signatures.push_user_agent(rule, name, spelling);
    }
}
