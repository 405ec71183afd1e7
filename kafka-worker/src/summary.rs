//! The summary at the end of the work.

use std::fmt::Write as _;

use stackprint::{Analyzer, RecordKind, SkipReason};

use crate::counters::{Counters, RecordCounts};

/// A few lines for people.
pub(crate) fn of(counters: &Counters, analyzer: &Analyzer) -> String {
    let Counters { packets, packet_bytes, filtered, .. } = counters;
    let RecordCounts { labelled, unknown, .. } = counters.of_records;
    let (hosts, flows) = analyzer.remembered();
    let (evicted_hosts, evicted_flows) = analyzer.evicted();
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
    let given_up: Vec<_> = analyzer.streams_given_up().filter(|&(_, count)| count > 0).collect();
    if !given_up.is_empty() {
        let reasons: Vec<_> =
            given_up.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        line("streams", &format!("given up: {}", reasons.join(", ")));
    }
    if let Some(quic) = quic(analyzer) {
        line("quic, dtls", &quic);
    }
    if counters.unreadable > 0 {
        line("unreadable", &format!("{} lines or values", counters.unreadable));
    }
    text
}

/// What was not read of QUIC and DTLS: `not read: cut 3; given up: evicted 1; 2 not whole at the end`.
fn quic(analyzer: &Analyzer) -> Option<String> {
    let list = |what: &str, counts: Vec<(&str, u64)>| {
        let counts = counts.iter().filter(|&&(_, count)| count > 0);
        let reasons: Vec<_> = counts.map(|(reason, count)| format!("{reason} {count}")).collect();
        (!reasons.is_empty()).then(|| format!("{what}: {}", reasons.join(", ")))
    };
    let faults = analyzer.quic_faults().map(|(fault, count)| (fault.as_str(), count));
    let given_up = analyzer.quic_given_up().map(|(reason, count)| (reason.as_str(), count));
    let undecided = analyzer.quic_undecided();
    let parts: Vec<_> = [
        list("not read", faults.collect()),
        list("given up", given_up.collect()),
        (undecided > 0).then(|| format!("{undecided} not whole at the end")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
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
