//! The summary at the end of the work.

use std::fmt::{self, Write as _};
use std::iter;

use stackprint::{Analyzer, RecordKind, SkipReason};

use crate::counters::{Counters, RecordCounts};

/// A few lines for people, of an analyzer and of others whose flow stages alone were used.
pub(crate) fn of(counters: &Counters, analyzer: &Analyzer, more_flows: &[Analyzer]) -> String {
    let all = || iter::once(analyzer).chain(more_flows);
    let Counters { packets, packet_bytes, filtered, .. } = counters;
    let RecordCounts { labelled, unknown, .. } = counters.of_records;
    let hosts = analyzer.remembered().0;
    let evicted_hosts = analyzer.evicted().0;
    let flows: usize = all().map(|analyzer| analyzer.remembered().1).sum();
    let evicted_flows: u64 = all().map(|analyzer| analyzer.evicted().1).sum();
    let kinds: Vec<_> =
        counters.by_kind().filter(|&(kind, count)| count > 0 || is_of_tcp(kind)).collect();
    let kinds: Vec<_> =
        kinds.iter().map(|(kind, count)| format!("{} {count}", kind.as_str())).collect();
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{name:<10} {value}");
    };
    line("packets", &format!("{packets} ({packet_bytes} bytes)"));
    line("records", &format!("{} ({})", counters.records(), kinds.join(", ")));
    line("systems", &format!("{labelled} labelled, {unknown} unknown"));
    line("hosts", &format!("{hosts} tracked, {evicted_hosts} evicted"));
    line("flows", &format!("{flows} tracked, {evicted_flows} evicted"));
    line("filtered", &filtered.to_string());
    line("skipped", &skipped(counters));
    if let Some(most) = counters.passed_over.most() {
        line("not opened", &most);
    }
    if let Some(given_up) = list("given up", all().map(Analyzer::streams_given_up)) {
        line("streams", &given_up);
    }
    if let Some(quic) = quic(all) {
        line("quic, dtls", &quic);
    }
    if counters.unreadable > 0 {
        line("unreadable", &format!("{} lines or values", counters.unreadable));
    }
    text
}

/// What was not read of QUIC and DTLS: `not read: cut 3; given up: evicted 1; 2 not whole at the end`.
fn quic<'a, A: Iterator<Item = &'a Analyzer>>(all: impl Fn() -> A) -> Option<String> {
    let undecided: usize = all().map(Analyzer::quic_undecided).sum();
    let parts: Vec<_> = [
        list("not read", all().map(Analyzer::quic_faults)),
        list("given up", all().map(Analyzer::quic_given_up)),
        (undecided > 0).then(|| format!("{undecided} not whole at the end")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// `given up: evicted 1, too_long 2`: what each analyzer counted, in the same order, added up. None
/// if there is nothing.
fn list<T: fmt::Display>(
    what: &str,
    of_each: impl Iterator<Item = impl Iterator<Item = (T, u64)>>,
) -> Option<String> {
    let mut sums: Vec<(T, u64)> = Vec::new();
    for (at, (reason, count)) in of_each.flat_map(Iterator::enumerate) {
        match sums.get_mut(at) {
            Some((_, sum)) => *sum += count,
            None => sums.push((reason, count)),
        }
    }
    let counted = sums.iter().filter(|&&(_, count)| count > 0);
    let reasons: Vec<_> = counted.map(|(reason, count)| format!("{reason} {count}")).collect();
    (!reasons.is_empty()).then(|| format!("{what}: {}", reasons.join(", ")))
}

/// Kinds that are counted even if there are none.
fn is_of_tcp(kind: RecordKind) -> bool {
    matches!(kind, RecordKind::Syn | RecordKind::SynAck | RecordKind::Uptime)
}

/// `not_tcp 5, unknown_link_type 2 (147: 2)`
pub(crate) fn skipped(counters: &Counters) -> String {
    let reasons: Vec<String> = counters
        .skipped()
        .map(|(reason, count)| match reason {
            SkipReason::UnknownLinkType => {
                let by_type = counters.unknown_link_types.iter();
                let by_type: Vec<String> =
                    by_type.map(|(link_type, count)| format!("{}: {count}", link_type.0)).collect();
                format!("{reason} {count} ({})", by_type.join(", "))
            }
            _ => format!("{reason} {count}"),
        })
        .collect();
    if reasons.is_empty() { "none".to_owned() } else { reasons.join(", ") }
}
