//! Evidence of signatures, in comments of the database.
//!
//! `;= SOURCE, DATE[, what it says]` holds for the signatures below it, down to the next `;=` or
//! label. p0f and the library pass these lines over.

use std::collections::BTreeMap;

/// What the library reads of a label besides p0f's syntax.
const NOTES: [&str; 2] = [";@ candidates ", ";@ quality "];

/// What a database says of where its signatures come from.
#[derive(Debug, Default)]
pub(super) struct Evidence<'t> {
    /// By line of the signature.
    of_signature: BTreeMap<usize, Vec<&'t str>>,
    pub(super) faults: Vec<EvidenceFault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EvidenceFault {
    /// From 1; columns in bytes.
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) kind: EvidenceFaultKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EvidenceFaultKind {
    /// Not `;= SOURCE, DATE[, what it says]`.
    Malformed,
    /// A line that begins with `;@` and is none of [`NOTES`].
    UnknownNote,
    /// A signature without evidence, where others have some.
    Missing,
}

impl<'t> Evidence<'t> {
    /// Reads the comments of a file.
    pub(super) fn of(text: &'t str) -> Evidence<'t> {
        let mut evidence = Evidence::default();
        let mut block: Vec<&str> = Vec::new();
        let mut block_is_open = false;
        let mut in_signatures = false;
        let mut bare = Vec::new();
        for (index, line) in text.split('\n').enumerate() {
            let trimmed = line.trim_start_matches([' ', '\t']);
            let (line, column) = (index + 1, line.len() - trimmed.len() + 1);
            let mut fault = |kind| evidence.faults.push(EvidenceFault { line, column, kind });
            if let Some(what) = trimmed.strip_prefix(";=") {
                if !std::mem::replace(&mut block_is_open, true) {
                    block.clear();
                }
                match well_formed(what) {
                    Some(what) => block.push(what),
                    None => fault(EvidenceFaultKind::Malformed),
                }
                continue;
            }
            block_is_open = false;
            if trimmed.starts_with(";@") && !NOTES.iter().any(|note| trimmed.starts_with(note)) {
                fault(EvidenceFaultKind::UnknownNote);
            } else if trimmed.starts_with('[') {
                let mut sections = ["[tcp:", "[http:", "[tls:"].iter();
                in_signatures = sections.any(|section| trimmed.starts_with(section));
                block.clear();
            } else if is_key(trimmed, "label") {
                block.clear();
            } else if is_key(trimmed, "sig") && in_signatures {
                if block.is_empty() {
                    bare.push((line, column));
                }
                evidence.of_signature.insert(line, block.clone());
            }
        }
        // Files that use no evidence at all, such as p0f's, lack nothing.
        if evidence.of_signature.values().any(|block| !block.is_empty()) {
            let kind = EvidenceFaultKind::Missing;
            let missing = bare.into_iter();
            let missing = missing.map(|(line, column)| EvidenceFault { line, column, kind });
            evidence.faults.extend(missing);
        }
        evidence
    }

    /// Of the signature on this line.
    pub(super) fn of_signature(&self, line: usize) -> &[&'t str] {
        self.of_signature.get(&line).map_or(&[], Vec::as_slice)
    }
}

fn is_key(line: &str, key: &str) -> bool {
    line.split_once('=').is_some_and(|(found, _)| found.trim_end() == key)
}

/// ` recorded, 2026-11-23, …`, without the blank.
fn well_formed(what: &str) -> Option<&str> {
    let what = what.strip_prefix(' ')?;
    let mut parts = what.splitn(3, ", ");
    let (source, date) = (parts.next()?, parts.next()?);
    let is_word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // A year, a month, a day, or two years.
    let mut numbers = date.split('-');
    let year = |text: &str| text.len() == 4;
    let is_date = numbers.next().is_some_and(year)
        && numbers.all(|number| year(number) || number.len() == 2)
        && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    (is_word(source) && is_date).then_some(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_holds_down_to_the_next() {
        let text = "[tcp:request]\nlabel = s:u:A:\n;= recorded, 2026-11-23, here\n;= p0f, 2014\n\
                    sig = a\nsig = b\n;= visits, 2021-2025\nsig = c\nlabel = s:u:B:\nsig = d\n\
                    ;= recorded 2026\n;= recorded, soon\n;=recorded, 2026\n;@ candidate x=1\n; free\n\
                    ;@ quality 0.9\n;@ candidates x=1\n";
        let evidence = Evidence::of(text);
        assert_eq!(evidence.of_signature(5), ["recorded, 2026-11-23, here", "p0f, 2014"]);
        assert_eq!(evidence.of_signature(5), evidence.of_signature(6));
        assert_eq!(evidence.of_signature(8), ["visits, 2021-2025"]);
        assert!(evidence.of_signature(10).is_empty());
        let faults: Vec<_> = evidence.faults.iter().map(|fault| (fault.line, fault.kind)).collect();
        use EvidenceFaultKind::{Malformed, Missing, UnknownNote};
        let expected =
            [(11, Malformed), (12, Malformed), (13, Malformed), (14, UnknownNote), (10, Missing)];
        assert_eq!(faults, expected);
    }
}
