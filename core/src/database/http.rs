//! The HTTP signatures of a database.

use super::{Database, HttpApp};
use crate::http::{Kind, Observed, Place, Signatures};
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
        self.http.column(line)
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

    /// Every signature of a kind in the order of the file, as [`find_http`](Database::find_http) would
    /// return it for an honest head.
    pub fn http_signatures(&self, kind: Kind) -> impl Iterator<Item = HttpApp<'_>> {
        self.http().iter(kind).filter_map(|(signature, number, line)| {
            let label = self.http_label(number)?;
            Some(HttpApp { number, label, signature, line, is_dishonest: false })
        })
    }

    /// The program that sends such heads.
    #[must_use]
    pub fn find_http(&self, observed: &Observed<'_>) -> Option<HttpApp<'_>> {
        self.http_app(self.http.signatures.find_place(observed)?)
    }

    /// The program of a signature, by its place.
    pub(crate) fn http_app(&self, place: Place) -> Option<HttpApp<'_>> {
        let found = self.http.signatures.get(place)?;
        Some(HttpApp {
            number: found.label,
            label: self.http_label(found.label)?,
            signature: found.signature,
            line: found.line,
            is_dishonest: found.is_dishonest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Head, Progress};

    const OWN: &str = "classes = unix\n[http:request]\nua_os = linux,BeOS=[Haiku]\nlabel = s:!:mine:\n\
                       sys = @unix\nsig = *:Host::\n";

    fn program<'d>(database: &'d Database, head: &[u8]) -> Option<&'d str> {
        let Progress::Complete(head) = Head::parse(head) else { panic!("whole") };
        database.find_http(&Observed::new(&head, database.http())).map(|app| app.label.name())
    }

    #[test]
    fn printed_databases_have_them() {
        let builtin = Database::builtin();
        let printed: Database = builtin.to_string().parse().unwrap();
        assert_eq!(printed, *builtin);
        for kind in [Kind::Request, Kind::Response] {
            assert_eq!(printed.http().count(kind), builtin.http().count(kind));
        }
        let without = Database::empty().to_builder().build().unwrap();
        assert_ne!(builtin.with_http_of(&without).unwrap(), *builtin);
        assert_eq!(
            without.with_http_of(&builtin).unwrap().http_labels().count(),
            builtin.http_labels().count()
        );
    }

    #[test]
    fn of_merged_databases_the_first_counts() {
        let (builtin, own) = (Database::builtin(), Database::parse(OWN).unwrap());
        let curl = b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n";
        let bare = b"GET / HTTP/1.0\r\nHost: a\r\n\r\n";
        let first = own.merge(&builtin).unwrap();
        assert_eq!((program(&first, curl), program(&first, bare)), (Some("mine"), Some("mine")));
        let last = builtin.merge(&own).unwrap();
        assert_eq!((program(&last, curl), program(&last, bare)), (Some("curl"), Some("mine")));
        // A name is spelled as it was first, and is one.
        assert_eq!(first.http().system_name(b"(X11; Linux)"), Some("linux"));
        assert_eq!(last.http().system_name(b"(X11; Haiku)"), Some("BeOS"));
        let number = |agent: &[u8]| first.http().system_of(agent);
        assert_eq!(number(b"Linux"), number(b"linux"));
        assert_eq!(first.to_string().parse::<Database>().unwrap(), first);
    }
}
