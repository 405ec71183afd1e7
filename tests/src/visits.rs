//! `syn_candidates.csv`: forms of SYNs of web visits, and which systems sent them. Kept beside the
//! corpus, not in the project.

use std::collections::BTreeMap;
use std::fs;

use stackprint::{Direction, Label, Observation};

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
    /// Shares of systems, as the file has them.
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
        let mut total = 0.0;
        for (system, percent) in shares {
            let percent: f64 = percent.parse().ok()?;
            let family = match system {
                "macOS" | "iOS" => "Apple",
                "Linux" | "Android" | "ChromeOS" => "Linux-like",
                other => other,
            };
            *mix.entry(family.to_owned()).or_insert(0.0) += percent;
            total += percent;
        }
        mix.values_mut().for_each(|share| *share /= total);
        Some(Row {
            signature: signature.to_owned(),
            family: (*fields.first()?).to_owned(),
            records: fields.get(2)?.trim_end_matches('+').parse().ok()?,
            purity: fields.get(3)?.parse().ok()?,
            mix,
            mix_text: (*fields.get(4)?).to_owned(),
        })
    };
    Some(text?.lines().skip(1).map(|line| row(line).expect(line)).collect())
}

/// A packet that shows the row: IPv4, no hop, an MSS with which the window is possible.
#[must_use]
pub fn observation(row: &Row) -> Observation {
    let mut fields: Vec<_> = row.signature.split(':').map(str::to_owned).collect();
    let multiple = |unit: &str| -> Option<u32> {
        fields[4].strip_prefix(unit)?.split(',').next()?.parse().ok()
    };
    let mss = match (multiple("mss*"), multiple("mtu*")) {
        (Some(times), _) if times * 1460 > 65_535 => 65_535 / times,
        (_, Some(_)) => 1400,
        _ => 1460,
    };
    let has_mss = fields[5].split(',').any(|option| option == "mss");
    fields[0] = "4".into();
    fields[1] += "+0";
    fields[3] = if has_mss { mss.to_string() } else { "0".into() };
    let text = fields.join(":");
    Observation::parse(&text, Direction::Syn).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The family of a label, as the shares name it.
#[must_use]
pub fn family(label: &Label) -> &str {
    match label.name() {
        "Linux" | "Android" => "Linux-like",
        "Mac OS X" | "MacOS X" | "iOS" | "macOS/iOS" => "Apple",
        other => other,
    }
}
