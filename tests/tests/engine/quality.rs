//! Is the stated quality the share of right labels? Prints the tables of docs/quality.md.
//!
//! Right means: of the right family (Linux and Android, Windows, Apple, BSD, Cisco). Labels of
//! devices and tools are left out: what a host says of itself is not about them. Those of proxies
//! are judged by the likeliest of their candidates, on visits alone.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use stackprint::{
    Analyzer, Database, Direction, Label, Match, Observation, Rank, RecordKind, Side,
};
use stackprint_tests::evidence::{self, Owner, fits, is_about, owner};
use stackprint_tests::input::{self, Capture};
use stackprint_tests::visits::half;
use stackprint_tests::{captures, corpus, p0f, require, say, visits};

/// A label whose truth is known, or known in part.
struct Judged {
    stated: f64,
    /// The share of senders of which it is right.
    right: f64,
    /// How many senders.
    weight: f64,
    /// Into which half it falls, by a hash of its capture or form.
    half: usize,
    kind: String,
}

fn kind(found: &Match<'_>) -> String {
    let rank = if found.label.rank() == Rank::Specific { "specific" } else { "generic" };
    let matched = if found.fuzzy { "fuzzy" } else { "exact" };
    format!("{} {rank} {matched}", found.label.name())
}

/// What is said of an observation, how sure, and by what kind of match.
type Answer<'d> = (&'d Label, f64, String);

/// The match.
fn matched<'d>(database: &'d Database, observation: &Observation) -> Option<Answer<'d>> {
    let found = database.find(observation)?;
    Some((found.label, found.quality(), kind(&found)))
}

/// The nearest signature where none fits.
fn nearest<'d>(database: &'d Database, observation: &Observation) -> Option<Answer<'d>> {
    if database.find(observation).is_some() {
        return None;
    }
    let near = database.closest(observation).next()?;
    Some((near.label, near.quality(), format!("distance {:02}", near.distance)))
}

type Ask = for<'d> fn(&'d Database, &Observation) -> Option<Answer<'d>>;

/// Every SYN and SYN+ACK of the corpus whose sender names its system, once for each way in which
/// it does.
fn of_corpus(database: &Arc<Database>, ask: Ask) -> Option<Vec<Judged>> {
    let mut all = Vec::new();
    for path in captures(&corpus()?.join("captures")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let capture = Capture { name, octets: fs::read(&path).expect("a capture") };
        let said = evidence::of(&capture);
        if said.is_empty() {
            continue;
        }
        let mut analyzer = Analyzer::new(database);
        // A damaged capture is read up to the damage.
        let _ = input::decode(&capture.octets, |captured| {
            let Ok(Some(record)) = analyzer.analyze(&captured.frame) else { return };
            let direction = match record.kind {
                RecordKind::Syn => Direction::Syn,
                RecordKind::SynAck => Direction::SynAck,
                _ => return,
            };
            let subject = match record.subject {
                Side::Client => record.client.ip,
                Side::Server => record.server.ip,
            };
            let Some(observation) = record.fingerprint.map(|it| it.observation) else { return };
            let Some((label, stated, kind)) = ask(database, &observation) else { return };
            let Owner::System(family) = owner(label) else { return };
            for evidence in said.get(&subject).into_iter().flatten() {
                if is_about(evidence, direction) {
                    all.push(Judged {
                        stated,
                        right: f64::from(u8::from(fits(family, evidence.family))),
                        weight: 1.0,
                        half: half(&capture.name),
                        kind: kind.clone(),
                    });
                }
            }
        });
    }
    Some(all)
}

/// Every form of syn_candidates.csv, weighted by its records.
fn of_visits(database: &Database, ask: Ask) -> Option<Vec<Judged>> {
    let judge = |row: &visits::Row| {
        let (label, stated, kind) = ask(database, &visits::observation(row))?;
        // What a device or tool is, senders do not say; what comes through proxies, they do.
        let is_proxy = !label.candidates().is_empty();
        if owner(label) == Owner::Between && !is_proxy {
            return None;
        }
        let family = visits::family(label);
        Some(Judged {
            stated,
            right: row.mix.get(family).copied().unwrap_or(0.0),
            weight: row.records,
            half: half(&row.signature),
            kind,
        })
    };
    Some(visits::rows()?.iter().filter_map(judge).collect())
}

#[derive(Default)]
struct Bin {
    weight: f64,
    stated: f64,
    right: f64,
}

impl Bin {
    fn add(&mut self, judged: &Judged) {
        self.weight += judged.weight;
        self.stated += judged.weight * judged.stated;
        self.right += judged.weight * judged.right;
    }
}

/// A bin with fewer senders says little.
const ENOUGH: f64 = 50.0;
const BOUND: f64 = 0.1;

/// Prints the table; the bins that are off by more than the bound.
fn table<'j>(what: &str, all: impl Iterator<Item = &'j Judged>) -> Vec<String> {
    let mut bins: [Bin; 10] = Default::default();
    for judged in all {
        bins[((judged.stated * 10.0) as usize).min(9)].add(judged);
    }
    let mut faults = Vec::new();
    for (index, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.weight > 0.0) {
        let (stated, observed) = (bin.stated / bin.weight, bin.right / bin.weight);
        let line = format!(
            "quality, {what}: {:.1} to {:.1}: stated {stated:.3}, observed {observed:.3}, {:.0} senders",
            index as f64 / 10.0,
            (index + 1) as f64 / 10.0,
            bin.weight
        );
        if bin.weight >= ENOUGH && (stated - observed).abs() > BOUND {
            faults.push(line.clone());
        }
        say(&line);
    }
    faults
}

fn by_kind(what: &str, all: &[Judged]) {
    let mut kinds: BTreeMap<&str, Bin> = BTreeMap::new();
    for judged in all {
        kinds.entry(&judged.kind).or_default().add(judged);
    }
    for (kind, bin) in kinds {
        let (stated, observed) = (bin.stated / bin.weight, bin.right / bin.weight);
        say(&format!(
            "quality, {what}, {kind}: stated {stated:.3}, observed {observed:.3}, {:.0} senders",
            bin.weight
        ));
    }
}

fn check(what: &str, all: &[Judged], faults: &mut Vec<String>) {
    by_kind(what, all);
    faults.extend(table(what, all.iter()));
    for half in [0, 1] {
        let name = ["first half", "other half"][half];
        let of_half = all.iter().filter(|judged| judged.half == half);
        faults.extend(table(&format!("{what}, {name}"), of_half));
    }
}

#[test]
fn stated_is_observed() {
    let database = Database::builtin();
    let mut faults = Vec::new();
    if let Some(all) = of_corpus(&database, matched) {
        check("captures", &all, &mut faults);
    }
    if let Some(all) = of_visits(&database, matched) {
        check("visits", &all, &mut faults);
    }
    assert!(faults.is_empty(), "off by more than {BOUND}:\n{}", faults.join("\n"));
}

/// p0f's database of 2014 leaves enough unknown of today's traffic to tell what the nearest
/// signature is worth.
#[test]
fn the_nearest_is_as_likely_as_stated() {
    let Some(text) = require("p0f's database", fs::read_to_string(p0f::DATABASE).ok()) else {
        return;
    };
    let database = Arc::new(Database::parse(&text).expect("p0f's database"));
    let mut all = of_corpus(&database, nearest).unwrap_or_default();
    all.extend(of_visits(&database, nearest).unwrap_or_default());
    let mut faults = Vec::new();
    check("nearest", &all, &mut faults);
    assert!(faults.is_empty(), "off by more than {BOUND}:\n{}", faults.join("\n"));
}
