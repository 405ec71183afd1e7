//! The summary at the end, as one line of the log.

use super::metrics::Counts;

pub(crate) fn of(counts: &Counts) -> String {
    let packets = &counts.packets;
    let records = packets.records();
    let skipped: u64 = packets.skipped().map(|(_, count)| count).sum();
    let bad: u64 = counts.bad_messages.values().sum();
    format!(
        "{} messages, {} packets, {records} records ({} delivered), {} labelled, {} unknown, \
         {} packets filtered, {skipped} skipped, {bad} bad messages ({} to the dead letters), {} transactions \
         committed, {} aborted, {} rebalances",
        counts.messages,
        packets.packets,
        counts.records_delivered,
        packets.of_records.labelled,
        packets.of_records.unknown,
        packets.filtered,
        counts.dead_letters,
        counts.transactions_committed,
        counts.transactions_aborted,
        counts.rebalances,
    )
}
