//! One capture on its way through the engine: octets in, lines of JSON out. Knows no JavaScript.

use stackprint::capture::{CaptureError, CapturedFrame, Decoder, Format};
use stackprint::{Analyzer, JsonWriter, Origin, RecordKind, SkipReason};

use crate::table::Table;

/// A capture that is being read.
pub(crate) struct Reading {
    decoder: Decoder,
    sink: Sink,
    /// Damage that was met but not yet told of: the records before it go first.
    damage: Option<CaptureError>,
}

/// What becomes of the frames.
struct Sink {
    analyzer: Analyzer,
    counts: Counts,
    /// Name of the capture in the records' origin.
    file: Option<Box<str>>,
    form: Form,
    writer: JsonWriter,
    /// Records as JSON.
    records: Vec<u8>,
    table: Option<Table>,
}

/// What was seen, counted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) packets: u64,
    /// In packets, as captured.
    pub(crate) octets: u64,
    pub(crate) syn: u64,
    pub(crate) syn_ack: u64,
    pub(crate) uptime: u64,
    pub(crate) tls_client: u64,
    pub(crate) tls_server: u64,
    pub(crate) skipped: [u64; SkipReason::COUNT],
}

/// What records become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON with a line feed behind each: NDJSON.
    Lines,
    /// JSON with a comma behind each: what is between the brackets of a list.
    Items,
    /// Rows of a table.
    Table,
}

impl Reading {
    pub(crate) fn new(analyzer: Analyzer, file: Option<String>) -> Reading {
        let sink = Sink {
            analyzer,
            counts: Counts::default(),
            file: file.map(String::into_boxed_str),
            form: Form::Lines,
            writer: JsonWriter::new(),
            records: Vec::new(),
            table: None,
        };
        Reading { decoder: Decoder::new(), sink, damage: None }
    }

    /// Reads on, and returns the records that `octets` complete, as JSON; those of a table are added
    /// to it. The buffer is used again by the next call.
    ///
    /// Damage is an error only of the next call, or of [`finish`](Reading::finish), so that no
    /// record before it is lost.
    pub(crate) fn push(&mut self, octets: &[u8], form: Form) -> Result<&[u8], CaptureError> {
        if let Some(damage) = self.damage {
            return Err(damage);
        }
        self.sink.records.clear();
        self.sink.form = form;
        self.damage = self.decoder.push(octets, |captured| self.sink.take(&captured)).err();
        Ok(&self.sink.records)
    }

    /// An empty table, in which rows come together from now on.
    pub(crate) fn begin_table(&mut self) {
        self.sink.table.get_or_insert_with(Table::new).clear();
    }

    /// The table, if one was begun.
    pub(crate) fn table(&self) -> Option<&Table> {
        self.sink.table.as_ref()
    }

    pub(crate) fn finish(&self) -> Result<(), CaptureError> {
        self.decoder.finish()
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.damage.is_some()
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.sink.counts
    }

    pub(crate) fn analyzer(&self) -> &Analyzer {
        &self.sink.analyzer
    }

    /// What kind of capture it is; none while its header is not whole.
    pub(crate) fn format(&self) -> Option<Format> {
        self.decoder.format()
    }
}

impl Sink {
    fn take(&mut self, captured: &CapturedFrame<'_>) {
        let Sink { analyzer, counts, file, form, writer, records, table } = self;
        counts.packets += 1;
        counts.octets += captured.frame.data.len() as u64;
        // By reference, so that the record stays where it was made.
        analyzer.session().analyze_all(&captured.frame, |result| match &result {
            Ok(Some(record)) => {
                *counts.of(record.kind) += 1;
                if *form == Form::Table {
                    // The table has stacks only; what connections carry is counted.
                    if is_of_payload(record.kind) {
                        return;
                    }
                    return table.get_or_insert_with(Table::new).add(record);
                }
                let origin = file.as_deref().map(|file| Origin {
                    file: Some(file.into()),
                    frame: Some(captured.number),
                    ..Origin::default()
                });
                writer.write(record, origin.as_ref(), records);
                records.push(if *form == Form::Lines { b'\n' } else { b',' });
            }
            Ok(None) => {}
            Err(skip) => {
                if let Some(count) = counts.skipped.get_mut(skip.reason as usize) {
                    *count += 1;
                }
            }
        });
    }
}

/// Whether a record is about what a connection carries.
const fn is_of_payload(kind: RecordKind) -> bool {
    !matches!(kind, RecordKind::Syn | RecordKind::SynAck | RecordKind::Uptime)
}

impl Counts {
    fn of(&mut self, kind: RecordKind) -> &mut u64 {
        match kind {
            RecordKind::Syn => &mut self.syn,
            RecordKind::SynAck => &mut self.syn_ack,
            RecordKind::Uptime => &mut self.uptime,
            RecordKind::TlsClient => &mut self.tls_client,
            _ => &mut self.tls_server,
        }
    }
}
