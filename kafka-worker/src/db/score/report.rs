//! The result of `db score`, for people and as JSON.

use std::fmt;

use serde::Serialize;
use stackprint::score::Tally;

use super::scored::Scored;

/// Shares are of 1.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Packets, that is the sum of the counts.
    packets: f64,
    exact: f64,
    family: f64,
    specific: f64,
    unknown: f64,
    /// By stated quality in steps of 0.1.
    reliability: Vec<Bin>,
    labels: Vec<Label>,
    confusion: Vec<Confused>,
    without_signature: u64,
    broken: Vec<Broken>,
}

/// Packets for which a quality of this range is stated.
#[derive(Debug, Serialize)]
struct Bin {
    from: f64,
    to: f64,
    packets: f64,
    /// The mean of the stated qualities, and the share of right families.
    stated: f64,
    observed: f64,
}

/// Packets with a label, matched exactly or with tolerances.
#[derive(Debug, Serialize)]
struct Label {
    label: String,
    #[serde(rename = "match")]
    matched: &'static str,
    packets: f64,
    /// Stated quality, and the share of right families.
    stated: f64,
    observed: f64,
    /// The same for the likeliest system.
    stated_exact: f64,
    exact: f64,
}

/// Packets of senders of one family that were called another, or rightly.
#[derive(Debug, Serialize)]
struct Confused {
    sender: String,
    /// Null where nothing matched.
    named: Option<String>,
    packets: f64,
}

#[derive(Debug, Serialize)]
struct Broken {
    line: u64,
    why: String,
}

impl Report {
    pub(super) fn new(scored: &Scored) -> Report {
        let score = &scored.score;
        let all = &score.all;
        let bin = |(index, tally): (usize, &Tally)| Bin {
            from: index as f64 / 10.0,
            to: (index + 1) as f64 / 10.0,
            packets: tally.count,
            stated: rounded(tally.share(tally.stated)),
            observed: rounded(tally.share(tally.family)),
        };
        let bins = score.qualities.iter().enumerate().filter(|(_, tally)| tally.count > 0.0);
        let label = |((label, is_exact), tally): (&(String, bool), &Tally)| Label {
            label: label.clone(),
            matched: if *is_exact { "exact" } else { "fuzzy" },
            packets: tally.count,
            stated: rounded(tally.share(tally.stated)),
            observed: rounded(tally.share(tally.family)),
            stated_exact: rounded(tally.share(tally.stated_exact)),
            exact: rounded(tally.share(tally.exact)),
        };
        let mut labels: Vec<_> = score.labels.iter().map(label).collect();
        labels.sort_by(|a, b| b.packets.total_cmp(&a.packets));
        let confused = |((sender, named), &packets): (&(String, Option<String>), &f64)| Confused {
            sender: sender.clone(),
            named: named.clone(),
            packets,
        };
        let broken = scored.broken.iter();
        Report {
            packets: all.count,
            exact: rounded(all.share(all.exact)),
            family: rounded(all.share(all.family)),
            specific: rounded(all.share(all.specific)),
            unknown: rounded(all.share(all.unknown)),
            reliability: bins.map(bin).collect(),
            labels,
            confusion: score.confusion.iter().map(confused).collect(),
            without_signature: scored.without_signature,
            broken: broken.map(|(line, why)| Broken { line: *line, why: why.clone() }).collect(),
        }
    }
}

/// To four digits: no more is known of shares.
fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "packets   {:>10.0}", self.packets)?;
        for (name, share) in [
            ("exact", self.exact),
            ("family", self.family),
            ("specific", self.specific),
            ("unknown", self.unknown),
        ] {
            writeln!(f, "{name:<9} {:>8.1} %", 100.0 * share)?;
        }
        if self.without_signature > 0 {
            writeln!(f, "rows without a signature, passed over: {}", self.without_signature)?;
        }
        if !self.broken.is_empty() {
            writeln!(f, "lines that could not be read: {}", self.broken.len())?;
        }
        writeln!(f, "\nquality        packets  stated  right family")?;
        for bin in &self.reliability {
            let Bin { from, to, packets, stated, observed } = bin;
            writeln!(f, "{from:.1} to {to:.1} {packets:>11.0}  {stated:>6.3}  {observed:>6.3}")?;
        }
        writeln!(f, "\n    packets  stated  right family  stated, right system  label")?;
        for row in &self.labels {
            let Label { label, matched, packets, stated, observed, stated_exact, exact } = row;
            writeln!(
                f,
                "{packets:>11.0}  {stated:>6.3}        {observed:>6.3}  {stated_exact:>6.3}        {exact:>6.3}  {label}{}",
                if *matched == "fuzzy" { ", with tolerances" } else { "" }
            )?;
        }
        writeln!(f, "\n    packets  sender, and what it is called")?;
        for Confused { sender, named, packets } in &self.confusion {
            let named = named.as_deref().unwrap_or("unknown");
            writeln!(f, "{packets:>11.0}  {sender}: {named}")?;
        }
        Ok(())
    }
}
