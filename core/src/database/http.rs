//! The HTTP sections of a database.

use super::Database;
use crate::compat::Compat;
use crate::http::{HttpSignature, Kind, Observed, Signatures, UserAgentRule};
use crate::label::{Label, Rank};
use crate::parse_error::{Expected, ParseError};
use crate::record::HttpApp;
use crate::tcp::signature::SignatureId;

/// Signatures of requests and responses, and their labels.
#[derive(Debug)]
pub(super) struct HttpSections {
    signatures: Signatures,
    /// Labels, in the order of the file, each with its number among all labels, from 1: p0f compares
    /// that with the number of a name.
    labels: Vec<(Label, usize)>,
}

impl HttpSections {
    pub(super) fn new(compat: Compat) -> HttpSections {
        HttpSections { signatures: Signatures::new(compat), labels: Vec::new() }
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
    pub(super) fn push(&mut self, kind: Kind, text: &str, line: usize) -> Result<(), ParseError> {
        let signature: HttpSignature = text.parse()?;
        let too_many = ParseError::at(0, Expected::FewerSignatures);
        let number = self.labels.len().checked_sub(1).and_then(|it| u16::try_from(it).ok());
        let is_generic = self.labels.last().is_some_and(|(label, _)| label.rank == Rank::Generic);
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
        self.http.labels.get(usize::from(number)).map(|(label, _)| label)
    }

    /// The number of a label among all of the file, from 1.
    pub(crate) fn http_label_number(&self, number: u16) -> Option<usize> {
        self.http.labels.get(usize::from(number)).map(|&(_, number)| number)
    }

    /// What [`Database::system`] gives a label back by.
    pub(crate) fn http_system_id(&self, label: u16) -> Option<SignatureId> {
        let id = u16::try_from(self.signatures.len() + usize::from(label)).ok()?;
        (id < SignatureId::GONE.0).then_some(SignatureId(id))
    }

    pub(super) fn http_system(&self, id: SignatureId) -> Option<&Label> {
        let label = usize::from(id.0).checked_sub(self.signatures.len())?;
        (id != SignatureId::GONE).then(|| self.http_label(label as u16))?
    }

    /// The program that sends such heads.
    #[must_use]
    pub fn find_http(&self, observed: &Observed<'_>) -> Option<HttpApp<'_>> {
        let found = self.http.signatures.find(observed)?;
        Some(HttpApp {
            number: found.label,
            label: self.http_label(found.label)?,
            signature: found.signature,
            line: found.line,
            is_dishonest: found.is_dishonest,
        })
    }
}
