//! The HTTP signatures of a database.

use super::{Database, HttpApp};
use crate::http::{Observed, Signatures};
use crate::label::Label;
use crate::tcp::signature::SignatureId;

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

    /// Labels of signatures of HTTP heads, in the order of the file, those without a signature too.
    pub fn http_labels(&self) -> impl Iterator<Item = &Label> {
        self.http.labels.iter().map(|(label, _)| label)
    }

    /// The column of a signature of HTTP heads, from 1.
    pub(super) fn http_column(&self, line: usize) -> usize {
        let place = self.http.places.iter().find(|(of, _)| *of == line);
        place.map_or(1, |&(_, column)| column)
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
