//! Faults of signatures of HTTP heads: what p0f would refuse, and labels without a signature.

use super::{Fault, FaultKind};
use crate::database::Database;
use crate::http::{Kind, Signatures};
use crate::label::Rank;

impl Database {
    pub(super) fn http_faults(&self) -> Vec<Fault> {
        let fault = |kind, (line, column), other| Fault {
            kind,
            line,
            column,
            other,
            example: None,
            p0f_refuses: kind == FaultKind::Covered,
        };
        let mut faults = Vec::new();
        let mut used = Vec::new();
        for kind in [Kind::Request, Kind::Response] {
            // p0f looks at the signatures before this one alone.
            let mut earlier = Signatures::new(self.compat());
            for (signature, label, line) in self.http().iter(kind) {
                used.push(label);
                if let Some(by) = earlier.covering(kind, signature) {
                    let place = (line, self.http_column(line));
                    faults.push(fault(FaultKind::Covered, place, Some(by)));
                }
                let is_generic = self.http_label(label).is_some_and(|it| it.rank == Rank::Generic);
                // There are no more names than the database has.
                let _ = earlier.push(kind, signature.clone(), label, is_generic, line);
            }
        }
        for (number, label) in self.http_labels().enumerate() {
            if !used.iter().any(|&label| usize::from(label) == number) {
                faults.push(fault(FaultKind::EmptyLabel, (label.line, label.column), None));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// p0f 3.09b says of the same file "Signature in line 9 is already covered by line 7", and without
    /// that line the same of the next one.
    #[test]
    fn covered_as_p0f_says() {
        let text = "classes = unix\n[http:request]\nlabel = s:!:empty:\nsys = @unix\n\
                    label = s:!:a:\nsys = @unix\nsig = *:Host,?Accept::\nlabel = s:unix:b:\nsig = *:Host,User-Agent::\n\
                    sig = 1:User-Agent,Host:Accept:\n[http:response]\nlabel = g:unix:c:\nsig = *:Date::\n\
                    label = s:unix:d:\nsig = *:Date,Server::";
        let database = Database::parse(text).unwrap();
        let faults: Vec<_> =
            database.faults().iter().map(|it| (it.line, it.kind, it.other, it.column)).collect();
        let covered = |line| (line, FaultKind::Covered, Some(7), 7);
        let expected = [(3, FaultKind::EmptyLabel, None, 9), covered(9), covered(10)];
        assert_eq!(faults, expected);
    }
}
