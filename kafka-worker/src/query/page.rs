//! Metrics in Prometheus' text format.

use std::fmt::{self, Write as _};

use crate::counters::Counters;

/// A page in Prometheus' text format.
#[derive(Default)]
pub(crate) struct Page(pub(crate) String);

impl Page {
    /// Begins a metric.
    pub(crate) fn head(&mut self, name: &str, kind: &str, help: &str) -> fmt::Result {
        writeln!(self.0, "# HELP stackprint_{name} {help}\n# TYPE stackprint_{name} {kind}")
    }

    /// A metric with one sample.
    pub(crate) fn one(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        value: impl fmt::Display,
    ) -> fmt::Result {
        self.head(name, kind, help)?;
        writeln!(self.0, "stackprint_{name} {value}")
    }

    /// A counter with a sample for each word.
    pub(crate) fn by<'l>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'l str, u64)>,
    ) -> fmt::Result {
        self.by_kind(name, "counter", help, label, values)
    }

    /// A metric with a sample for each word.
    pub(crate) fn by_kind<'l>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'l str, u64)>,
    ) -> fmt::Result {
        self.head(name, kind, help)?;
        values.into_iter().try_for_each(|(word, value)| {
            writeln!(self.0, "stackprint_{name}{{{label}=\"{word}\"}} {value}")
        })
    }

    /// What was counted of packets and records.
    pub(crate) fn packets(&mut self, packets: &Counters) -> fmt::Result {
        let counter = "counter";
        self.one("packets_total", counter, "Packets read.", packets.packets)?;
        self.one("packet_bytes_total", counter, "Captured bytes.", packets.packet_bytes)?;
        self.one("filtered_total", counter, "Packets kept out by the filter.", packets.filtered)?;
        let skipped: Vec<_> = packets.all_skipped().collect();
        let skipped: Vec<_> =
            skipped.iter().map(|(reason, count)| (reason.to_string(), *count)).collect();
        let skipped = skipped.iter().map(|(reason, count)| (reason.as_str(), *count));
        self.by("skipped_total", "Packets that say nothing.", "reason", skipped)?;
        let kinds = packets.by_kind().map(|(kind, count)| (kind.as_str(), count));
        self.by("records_total", "Records made.", "kind", kinds)?;
        let results =
            [("matched", packets.of_records.labelled), ("unknown", packets.of_records.unknown)];
        self.by(
            "fingerprints_total",
            "Fingerprints, by whether a signature fits.",
            "result",
            results,
        )
    }
}
