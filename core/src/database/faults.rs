//! Faults of a database: signatures that can never be the answer, that share packets, or that p0f
//! would refuse; labels without a signature.

#[cfg(feature = "http")]
mod http;
mod p0f_load;

use std::collections::BTreeMap;

use super::examples::examples;
use super::{Database, Entry};
use crate::label::Label;
use crate::tcp::matching::{self, Candidate, Fit, Outcome};
use crate::tcp::observation::{Direction, Observation};
use crate::tcp::signature::SignatureId;

/// A fault of a database that is well written, line by line.
///
/// [`Database::faults`] lists them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The line of the signature or label, from 1.
    pub line: usize,
    /// The column at which its text begins, in bytes, from 1.
    pub column: usize,
    /// The line of the other signature, where there is one.
    pub other: Option<usize>,
    /// A packet that shows the fault, where one can.
    pub example: Option<Observation>,
    /// Whether p0f 3.09b would refuse the file for this signature.
    pub p0f_refuses: bool,
}

/// What is wrong with a signature or label.
///
/// It is a part of the [`Fault`]s that [`Database::faults`] lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// The other signature asks for the same, and is always preferred.
    Duplicate,
    /// Every packet that fits also fits others that are preferred: earlier ones, or specific ones
    /// where this one is generic. The other is the one that takes most.
    Hidden,
    /// No packet can look like this.
    Unreachable,
    /// Some packets fit this signature and an earlier one of another label, and neither is the
    /// narrower of the two: which label they get depends on the order alone.
    Overlap,
    /// No more than p0f's own rule: a packet, or HTTP head, with just these values fits an earlier specific
    /// signature.
    Covered,
    /// A label without a signature.
    EmptyLabel,
}

impl Database {
    /// What is wrong with signatures and labels, in the order of their lines. Takes time in
    /// proportion to the number of signatures that share an option layout, squared: well below a
    /// second for some hundred signatures.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> = self.empty_labels().collect();
        for direction in [Direction::Syn, Direction::SynAck] {
            for group in self.index(direction).groups() {
                Group::new(self, direction, group).judge(&mut faults);
            }
        }
        #[cfg(feature = "http")]
        faults.extend(self.http_faults());
        faults.sort_by_key(|fault| (fault.line, fault.kind));
        faults
    }

    fn empty_labels(&self) -> impl Iterator<Item = Fault> {
        let is_empty =
            |number: usize| !self.signatures.iter().any(|entry| usize::from(entry.label) == number);
        self.labels.iter().enumerate().filter(move |&(number, _)| is_empty(number)).map(
            |(_, label)| Fault {
                kind: FaultKind::EmptyLabel,
                line: label.line,
                column: label.column,
                other: None,
                example: None,
                p0f_refuses: false,
            },
        )
    }

    fn entry(&self, id: SignatureId) -> Option<(&Entry, &Label)> {
        let entry = self.signatures.get(usize::from(id.0))?;
        Some((entry, self.labels.get(usize::from(entry.label))?))
    }
}

/// Signatures that ask for the same options in the same order, in the order of the file: only these
/// can share packets.
struct Group<'d> {
    database: &'d Database,
    candidates: &'d [Candidate],
    /// Packets that fit each of them.
    examples: Vec<Vec<Observation>>,
}

impl<'d> Group<'d> {
    fn new(database: &'d Database, direction: Direction, candidates: &'d [Candidate]) -> Self {
        let of = |it: &Candidate| examples(&it.signature, candidates, direction, database.compat);
        Group { database, candidates, examples: candidates.iter().map(of).collect() }
    }

    fn judge(&self, faults: &mut Vec<Fault>) {
        for (at, (candidate, examples)) in self.candidates.iter().zip(&self.examples).enumerate() {
            let earlier = self.candidates.get(..at).unwrap_or_default();
            let covering = p0f_load::covering(&candidate.signature, earlier);
            let mut found = Vec::new();
            if examples.is_empty() {
                found.push((FaultKind::Unreachable, None, None));
            } else {
                self.judge_reachable(candidate, examples, &mut found);
            }
            if let Some(by) = covering.filter(|_| found.is_empty()) {
                found.push((FaultKind::Covered, Some(by.id), None));
            }
            let Some((entry, _)) = self.database.entry(candidate.id) else { continue };
            faults.extend(found.into_iter().map(|(kind, other, example)| Fault {
                kind,
                line: entry.line,
                column: entry.column,
                other: other.and_then(|id| Some(self.database.entry(id)?.0.line)),
                example,
                p0f_refuses: covering.is_some(),
            }));
        }
    }

    /// Who gets the packets that fit a signature.
    fn judge_reachable(
        &self,
        candidate: &Candidate,
        examples: &[Observation],
        found: &mut Vec<(FaultKind, Option<SignatureId>, Option<Observation>)>,
    ) {
        let mut takers: BTreeMap<u16, (usize, Observation)> = BTreeMap::new();
        let mut is_reached = false;
        for example in examples {
            match matching::best(self.candidates, example, self.database.compat) {
                Outcome::Found { id, .. } if id == candidate.id => is_reached = true,
                Outcome::Found { id, .. } => takers.entry(id.0).or_insert((0, *example)).0 += 1,
                Outcome::FuzzyTool | Outcome::Nothing => {}
            }
        }
        let takers = takers.into_iter().map(|(id, (count, example))| (id, count, example));
        if is_reached {
            for (id, _, example) in takers {
                if self.is_ambiguous(SignatureId(id), candidate, &example) {
                    found.push((FaultKind::Overlap, Some(SignatureId(id)), Some(example)));
                }
            }
            return;
        }
        let is_same = |id: u16| {
            let signature = self.database.entry(SignatureId(id)).map(|(entry, _)| entry.signature);
            signature == Some(candidate.signature)
        };
        let most =
            takers.max_by_key(|&(id, count, _)| (is_same(id), count, core::cmp::Reverse(id)));
        if let Some((id, _, example)) = most {
            let kind = if is_same(id) { FaultKind::Duplicate } else { FaultKind::Hidden };
            found.push((kind, Some(SignatureId(id)), Some(example)));
        }
    }

    /// Whether it is only the order of the file by which the earlier one takes packets such as
    /// `shared`: of the same rank, of another label, and not narrower for that IP version.
    fn is_ambiguous(
        &self,
        earlier: SignatureId,
        candidate: &Candidate,
        shared: &Observation,
    ) -> bool {
        let label = |id| self.database.entry(id).map(|(_, label)| label.to_string());
        let at = self.candidates.iter().position(|it| it.id == earlier);
        let Some((other, examples)) =
            at.and_then(|at| Some((self.candidates.get(at)?, self.examples.get(at)?)))
        else {
            return false;
        };
        let compat = self.database.compat;
        let fits = |it: &Observation| {
            matching::fit(&candidate.signature, it, &mut None, compat) == Fit::Exact
        };
        other.rank == candidate.rank
            && label(earlier) != label(candidate.id)
            && !examples.iter().filter(|it| it.version == shared.version).all(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines, other lines and whether p0f refuses, by kind.
    fn faults(text: &str) -> Vec<(FaultKind, usize, Option<usize>, bool)> {
        let database = Database::parse(text).unwrap();
        let faults = database.faults();
        faults.iter().map(|it| (it.kind, it.line, it.other, it.p0f_refuses)).collect()
    }

    const HEAD: &str = "classes = u\n[tcp:request]\n";

    #[test]
    fn the_builtin_database_has_none() {
        assert_eq!(Database::builtin().faults(), []);
    }

    #[test]
    fn what_is_never_the_answer() {
        let text = format!(
            "{HEAD}label = s:u:A:\nsig = *:64:0:*:*,*:mss::0\nsig = 4:64:0:1460:*,0:mss::0\n\
             label = s:u:B:\nsig = *:60:0:*:1000,0:mss::0\nlabel = g:u:C:\n\
             sig = *:64:0:*:*,*:mss::0\nsig = *:64:0:*:*,*:mss:df:0\n"
        );
        // A TTL of 60 leaves packets that come from farther away than those of 64 do.
        let expected = [
            (FaultKind::Hidden, 5, Some(4), true),
            (FaultKind::Overlap, 7, Some(4), true),
            (FaultKind::Duplicate, 9, Some(4), true),
        ];
        assert_eq!(faults(&text), expected);
    }

    #[test]
    fn p0f_does_not_notice_equal_ones_with_df() {
        let sig = "sig = *:64:0:*:*,7:mss,nop,ws:df,id+:0\n";
        let text = format!("{HEAD}label = s:u:A:\n{sig}label = s:u:B:\n{sig}");
        assert_eq!(faults(&text), [(FaultKind::Duplicate, 6, Some(4), false)]);
        let text = text.replace("*:64", "4:64");
        assert_eq!(faults(&text), [(FaultKind::Duplicate, 6, Some(4), true)]);
    }

    /// A tool that picks TTLs at random sends some that nothing else is found with.
    #[test]
    fn a_random_ttl_reaches_where_others_do_not() {
        let (random, near) = ("*:64-:0:*:*,0:mss::0", "*:64:0:*:*,0:mss::0");
        let text = format!("{HEAD}label = g:u:A:\nsig = {random}\nlabel = s:u:B:\nsig = {near}\n");
        assert_eq!(faults(&text), []);
        let text = text.replace("g:u:A", "s:u:A");
        assert_eq!(faults(&text), [(FaultKind::Hidden, 6, Some(4), true)]);
    }

    #[test]
    fn a_narrow_one_before_a_wide_one_is_as_it_should_be() {
        let (narrow, wide) = ("*:64:0:1460:65535,*:mss,nop,ws", "*:64:0:*:65535,*:mss,nop,ws");
        let across = "*:64:0:1460:*,*:mss,nop,ws";
        let file = |first: &str, second: &str| {
            format!(
                "{HEAD}label = s:u:A:\nsig = {first}:df:0\nlabel = s:u:B:\nsig = {second}:df:0\n"
            )
        };
        assert_eq!(faults(&file(narrow, wide)), []);
        assert_eq!(faults(&file(wide, narrow)), [(FaultKind::Hidden, 6, Some(4), false)]);
        let overlap = [(FaultKind::Overlap, 6, Some(4), false)];
        assert_eq!(faults(&file(wide, across)), overlap);
        assert_eq!(faults(&file(across, wide)), overlap);
        // Under one label the order changes nothing.
        assert_eq!(faults(&file(wide, across).replace(":B:", ":A:")), []);
    }

    #[test]
    fn what_no_packet_shows() {
        for sig in [
            "4:64:0:*:*,0:mss:id+:0",
            "4:64:0:*:*,0:mss:df,id-:0",
            "6:64:4:*:*,0:mss::0",
            "4:64:3:*:*,0:mss::0",
            "*:64:0:1460:*,0:nop,nop,sok::0",
            "*:64:0:*:*,7:mss::0",
            "*:64:0:*:*,15:mss,nop,ws::0",
            "*:64:0:*:*,7:mss,nop,ws:exws:0",
            "*:64:0:*:*,0:mss:ts1-:0",
            "*:64:0:*:*,0:mss:ack-:0",
            "*:64:0:*:*,0:mss:uptr+,urgf+:0",
            "*:64:0:*:*,0:mss:opt+:0",
            "*:64:0:*:*,0:mss,eol+2::0",
            "*:64:0:*:*,0:mss,sok::0",
            "*:64:0:*:*,0:ts,ts,ts,ts,ts::0",
            "*:64:0:*:*,0:nop,nop,nop,nop:bad:0",
            "*:64:0:1460:mss*60,0:mss::0",
            "*:64:0:90:mss*2,0:mss::0",
        ] {
            let text = format!("{HEAD}label = s:u:A:\nsig = {sig}\n");
            assert_eq!(faults(&text), [(FaultKind::Unreachable, 4, None, false)], "{sig}");
        }
        let text = format!("{HEAD}label = s:u:A:\nsig = *:64:0:*:*,0:mss,?34,?99:bad:0\n");
        assert_eq!(faults(&text), []);
        let text = "classes = u\n[tcp:response]\nlabel = s:u:A:\nsig = *:64:0:*:*,0:mss:ack+:0\n";
        assert_eq!(faults(text), [(FaultKind::Unreachable, 4, None, false)]);
    }

    #[test]
    fn labels_without_signatures() {
        let text = format!("{HEAD}label = s:u:A:\nlabel = s:u:B:\nsig = *:64:0:*:*,0:mss::0\n");
        assert_eq!(faults(&text), [(FaultKind::EmptyLabel, 3, None, false)]);
    }
}
