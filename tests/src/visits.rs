//! `syn_candidates.csv`: forms of SYNs of web visits, and which systems sent them. Kept beside the
//! corpus, not in the project.

use std::collections::BTreeMap;
use std::fs;

use stackprint::score::{self, Score};
use stackprint::{Database, Direction, Label, Observation};

use crate::{corpus, say};

/// A line of syn_candidates.csv.
#[derive(Debug)]
pub struct Row {
    /// In p0f's notation, the MSS left open.
    pub signature: String,
    /// In how many distinct records, rounded down.
    pub records: f64,
    /// The family that the file gives it: that of most senders in its sources.
    pub family: String,
    /// The share of that family.
    pub purity: f64,
    /// Shares of families, which make 1.
    pub mix: BTreeMap<String, f64>,
    /// Shares of systems, which make 1.
    pub systems: Vec<(String, f64)>,
    /// The same, as the file has them.
    pub mix_text: String,
}

/// Its lines; says so where it is absent.
#[must_use]
pub fn rows() -> Option<Vec<Row>> {
    let file = corpus()?.join("../signatures/syn_candidates.csv");
    let text = fs::read_to_string(&file).ok();
    if text.is_none() {
        say(&format!("{}: not there, skipped", file.display()));
    }
    let row = |line: &str| {
        let (signature, rest) = line.strip_prefix('"')?.split_once("\",")?;
        let fields: Vec<_> = rest.split(',').collect();
        let shares = fields.get(4)?.split(' ').filter_map(|share| share.split_once(':'));
        let mut mix = BTreeMap::new();
        let mut systems = Vec::new();
        let mut total = 0.0;
        for (system, percent) in shares {
            let percent: f64 = percent.parse().ok()?;
            systems.push((system.to_owned(), percent));
            let family = match system {
                "macOS" | "iOS" => "Apple",
                "Linux" | "Android" | "ChromeOS" => "Linux-like",
                other => other,
            };
            *mix.entry(family.to_owned()).or_insert(0.0) += percent;
            total += percent;
        }
        mix.values_mut().for_each(|share| *share /= total);
        systems.iter_mut().for_each(|(_, share)| *share /= total);
        Some(Row {
            signature: signature.to_owned(),
            family: (*fields.first()?).to_owned(),
            records: fields.get(2)?.trim_end_matches('+').parse().ok()?,
            purity: fields.get(3)?.parse().ok()?,
            mix,
            systems,
            mix_text: (*fields.get(4)?).to_owned(),
        })
    };
    Some(text?.lines().skip(1).map(|line| row(line).expect(line)).collect())
}

/// A packet that shows the row: IPv4, no hop, an MSS with which the window is possible.
///
/// # Panics
///
/// If the form is none.
#[must_use]
pub fn observation(row: &Row) -> Observation {
    let text = &row.signature;
    score::read(text, Direction::Syn).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Counts what a database says of the row's senders.
pub fn score(row: &Row, database: &Database, score: &mut Score) {
    let observation = observation(row);
    for (system, share) in &row.systems {
        let count = row.records * share;
        score.add(database, &score::Row { observation, system, count });
    }
}

/// FNV-1a, folded to a bit: the same halves on every machine.
#[must_use]
pub fn half(text: &str) -> usize {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x100_0000_01b3)
    });
    ((hash >> 32 ^ hash) >> 7 & 1) as usize
}

/// The family of the likeliest system of a label, as the shares name it.
#[must_use]
pub fn family(label: &Label) -> &str {
    match score::family(score::likeliest(label).0) {
        "Linux" => "Linux-like",
        other => other,
    }
}
