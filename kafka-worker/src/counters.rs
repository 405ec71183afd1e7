//! What was seen, counted.

use std::collections::BTreeMap;

use stackprint::{Frame, LinkType, Record, RecordKind, Skip, SkipReason};

use crate::passed_over::PassedOver;

/// Counts of packets, records and skipped frames.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters {
    pub(crate) packets: u64,
    /// As captured, before compression.
    pub(crate) packet_bytes: u64,
    pub(crate) of_records: RecordCounts,
    /// Kept out by the filter.
    pub(crate) filtered: u64,
    /// Lines or values of packet streams.
    pub(crate) unreadable: u64,
    skipped: [u64; SkipReason::COUNT],
    /// Frames of link types that cannot be opened.
    pub(crate) unknown_link_types: BTreeMap<LinkType, u64>,
    /// Those of them that nobody was told of yet.
    unreported_link_types: Vec<LinkType>,
    /// What the frames carried that were not opened.
    pub(crate) passed_over: PassedOver,
}

/// Counts of records.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RecordCounts {
    by_kind: [u64; RecordKind::ALL.len()],
    pub(crate) labelled: u64,
    pub(crate) unknown: u64,
}

impl RecordCounts {
    #[inline]
    pub(crate) fn record(&mut self, record: &Record<'_>) {
        if let Some(count) = self.by_kind.get_mut(record.kind as usize) {
            *count += 1;
        }
        match record.fingerprint.as_ref().map(|fingerprint| fingerprint.found.is_some()) {
            Some(true) => self.labelled += 1,
            Some(false) => self.unknown += 1,
            None => {}
        }
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn add(&mut self, others: &RecordCounts) {
        self.by_kind.iter_mut().zip(others.by_kind).for_each(|(count, other)| *count += other);
        self.labelled += others.labelled;
        self.unknown += others.unknown;
    }
}

impl Counters {
    pub(crate) fn packet(&mut self, frame: &Frame<'_>) {
        self.packets += 1;
        self.packet_bytes += frame.data.len() as u64;
    }

    #[inline]
    pub(crate) fn record(&mut self, record: &Record<'_>) {
        self.of_records.record(record);
    }

    /// How many records there were of each kind.
    pub(crate) fn by_kind(&self) -> impl Iterator<Item = (RecordKind, u64)> {
        RecordKind::ALL.iter().copied().zip(self.of_records.by_kind)
    }

    /// How many records there were.
    pub(crate) fn records(&self) -> u64 {
        self.of_records.by_kind.iter().sum()
    }

    pub(crate) fn skip(&mut self, skip: Skip, link_type: LinkType) {
        if skip.reason == SkipReason::Filtered {
            self.filtered += 1;
        } else if let Some(count) = self.skipped.get_mut(skip.reason as usize) {
            *count += 1;
        }
        if let Some(carried) = skip.carried {
            self.passed_over.count(carried);
        }
        if skip.reason == SkipReason::UnknownLinkType {
            let count = self.unknown_link_types.entry(link_type).or_insert_with(|| {
                self.unreported_link_types.push(link_type);
                0
            });
            *count += 1;
        }
    }

    /// Takes the counts, to be added elsewhere; what was passed over, which is large, stays.
    pub(crate) fn take(&mut self) -> Counters {
        let passed_over = std::mem::take(&mut self.passed_over);
        std::mem::replace(self, Counters { passed_over, ..Counters::default() })
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn add(&mut self, others: &Counters) {
        self.packets += others.packets;
        self.packet_bytes += others.packet_bytes;
        self.of_records.add(&others.of_records);
        self.filtered += others.filtered;
        self.unreadable += others.unreadable;
        self.skipped.iter_mut().zip(others.skipped).for_each(|(count, other)| *count += other);
        for (&link_type, other) in &others.unknown_link_types {
            let count = self.unknown_link_types.entry(link_type).or_insert_with(|| {
                self.unreported_link_types.push(link_type);
                0
            });
            *count += other;
        }
        self.passed_over.add(&others.passed_over);
    }

    /// Link types that cannot be opened, each told once.
    pub(crate) fn take_unreported_link_types(&mut self) -> Vec<LinkType> {
        std::mem::take(&mut self.unreported_link_types)
    }

    /// Reasons for which frames were skipped, other than the filter, with their numbers.
    pub(crate) fn skipped(&self) -> impl Iterator<Item = (SkipReason, u64)> {
        self.all_skipped().filter(|&(_, count)| count > 0)
    }

    /// All reasons for which frames may be skipped, other than the filter.
    pub(crate) fn all_skipped(&self) -> impl Iterator<Item = (SkipReason, u64)> {
        let counted = SkipReason::ALL.iter().copied().zip(self.skipped);
        counted.filter(|&(reason, _)| reason != SkipReason::Filtered)
    }
}
