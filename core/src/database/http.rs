//! The HTTP sections of a database.

use super::Database;
use crate::compat::Compat;
use crate::http::{HttpSignature, Kind, Observed, Signatures, UserAgentRule};
use crate::label::{Label, Rank};
use crate::parse_error::{Expected, ParseError};
use crate::record::HttpApp;

/// Signatures of requests and responses, and their labels.
#[derive(Debug)]
pub(super) struct HttpSections {
    signatures: Signatures,
    /// Labels, in the order of the file.
    labels: Vec<Label>,
}

impl HttpSections {
    pub(super) fn new(compat: Compat) -> HttpSections {
        HttpSections { signatures: Signatures::new(compat), labels: Vec::new() }
    }

    pub(super) fn push_label(&mut self, label: Label) {
        self.labels.push(label);
    }

    /// The label of the next signatures.
    pub(super) fn last_label(&mut self) -> Option<&mut Label> {
        self.labels.last_mut()
    }

    /// Reads a signature of the last label.
    pub(super) fn push(&mut self, kind: Kind, text: &str, line: usize) -> Result<(), ParseError> {
        let signature: HttpSignature = text.parse()?;
        let too_many = ParseError::at(0, Expected::FewerSignatures);
        let number = self.labels.len().checked_sub(1).and_then(|it| u16::try_from(it).ok());
        let is_generic = self.labels.last().is_some_and(|label| label.rank == Rank::Generic);
        self.signatures
            .push(kind, signature, number.ok_or(too_many)?, is_generic, line)
            .ok_or(too_many)
    }

    pub(super) fn push_user_agent(&mut self, rule: &UserAgentRule, name: u16, spelling: &str) {
        self.signatures.push_user_agent(rule, name, spelling);
    }
}

impl Database {
    /// The signatures of HTTP heads, in which [`Observed::new`] looks names up. Their labels:
    /// [`http_label`](Database::http_label).
    #[must_use]
    pub fn http(&self) -> &Signatures {
        &self.http.signatures
    }

    /// The label of that number, of a signature of HTTP heads.
    #[must_use]
    pub fn http_label(&self, number: u16) -> Option<&Label> {
        self.http.labels.get(usize::from(number))
    }

    /// The program that sends such heads.
    #[must_use]
    pub fn find_http(&self, observed: &Observed<'_>) -> Option<HttpApp<'_>> {
        let found = self.http.signatures.find(observed)?;
        Some(HttpApp {
            label: self.http_label(found.label)?,
            signature: found.signature,
            line: found.line,
            is_dishonest: found.is_dishonest,
        })
    }
}
