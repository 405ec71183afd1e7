//! Batches of records, and how they are written.

use stackprint::{Origin, PendingRecord, Record};

use crate::args::{Format, Privacy};
use crate::counters::RecordCounts;
use crate::sink::Encoder;

/// What becomes of records in the threads.
#[derive(Clone, Copy)]
pub(in crate::recorder) struct Making<'a> {
    pub(in crate::recorder) privacy: &'a Privacy,
    /// `None` if records are not written, but kept for what is made of them.
    pub(in crate::recorder) format: Option<Format>,
}

/// What frames said, and then the bytes that it has become. Each is used again and again.
#[derive(Default)]
pub(in crate::recorder) struct Batch<'a> {
    pub(super) number: u64,
    pub(super) pending: Vec<PendingRecord<'a>>,
    pub(super) origins: Vec<Option<Origin<'a>>>,
    pub(in crate::recorder) bytes: Vec<u8>,
    pub(in crate::recorder) counts: RecordCounts,
}

impl<'a> Batch<'a> {
    /// The records.
    pub(in crate::recorder) fn records(&self) -> impl Iterator<Item = &Record<'a>> {
        self.pending.iter().filter_map(PendingRecord::record)
    }

    pub(super) fn clear(&mut self) {
        self.pending.clear();
        self.origins.clear();
        self.bytes.clear();
        self.counts = RecordCounts::default();
    }
}

/// One thread's means to work.
pub(super) struct Writer<'a> {
    /// The session of the flow stage that it had last, whose tables are in its cache.
    pub(super) session: Option<usize>,
    making: Making<'a>,
    encoder: Option<Encoder>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(making: Making<'a>) -> Writer<'a> {
        Writer { session: None, making, encoder: making.format.map(Encoder::new) }
    }

    pub(super) fn write(&mut self, batch: &mut Batch<'a>) {
        let Batch { pending, origins, bytes, counts, .. } = batch;
        for record in pending.iter_mut().filter_map(PendingRecord::record_mut) {
            self.making.privacy.apply(record);
            counts.record(record);
        }
        if let Some(encoder) = &mut self.encoder {
            let all = pending.iter().zip(&*origins);
            let all =
                all.filter_map(|(pending, origin)| Some((pending.record()?, origin.as_ref())));
            encoder.encode_many(all, bytes);
        }
    }
}
