//! Records in their formats, and where they are written.

use std::io::{self, Write};

use serde::Serialize as _;
use stackprint::{JsonWriter, Origin, Record, RecordRow};

use crate::args::Format;

/// Writes records one after the other.
///
/// Records gather in memory until [`drain`](Sink::drain) or [`flush`](Sink::flush), which the
/// caller calls between pieces of input: writing a record itself cannot fail, and what gathers is
/// bounded by what a piece can hold.
pub(crate) struct Sink<W> {
    encoder: Encoder,
    gathered: Vec<u8>,
    is_first: bool,
    out: W,
}

impl<W: Write> Sink<W> {
    /// As many bytes are gathered before they are written, unless someone waits for them.
    const BLOCK_BYTES: usize = 64 << 10;

    pub(crate) fn new(format: Format, out: W) -> Sink<W> {
        let mut gathered = Vec::with_capacity(2 * Self::BLOCK_BYTES);
        if format == Format::Csv {
            gathered.extend_from_slice(Record::CSV_HEADER.as_bytes());
            gathered.extend_from_slice(line_end(format));
        }
        Sink { encoder: Encoder::new(format), gathered, is_first: true, out }
    }

    /// Writes a record.
    pub(crate) fn write(&mut self, record: &Record<'_>, origin: Option<&Origin<'_>>) {
        let Sink { encoder, gathered, is_first, .. } = self;
        if !std::mem::replace(is_first, false) {
            gathered.extend_from_slice(between(encoder.format));
        }
        encoder.encode(record, origin, gathered);
        gathered.extend_from_slice(line_end(encoder.format));
    }

    pub(crate) fn format(&self) -> Format {
        self.encoder.format
    }

    /// Appends what [`Encoder::encode_many`] has written, and hands it on if it is enough.
    pub(crate) fn gather(&mut self, bytes: &[u8]) -> io::Result<()> {
        let unwanted = if self.is_first { between(self.format()).len() } else { 0 };
        self.is_first = false;
        let bytes = bytes.get(unwanted..).unwrap_or_default();
        if bytes.len() < Self::BLOCK_BYTES {
            self.gathered.extend_from_slice(bytes);
            return self.drain();
        }
        self.flush()?;
        self.out.write_all(bytes)
    }

    /// Hands on what has gathered, if it is enough to be worth it.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        if self.gathered.len() < Self::BLOCK_BYTES { Ok(()) } else { self.flush() }
    }

    /// Hands on what has gathered.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        self.out.write_all(&self.gathered)?;
        self.gathered.clear();
        self.out.flush()
    }
}

/// What is between records, besides their line ends.
const fn between(format: Format) -> &'static [u8] {
    match format {
        Format::Text => b"\n",
        _ => b"",
    }
}

const fn line_end(format: Format) -> &'static [u8] {
    match format {
        Format::Msgpack => b"",
        // RFC 4180 section 2.
        Format::Csv => b"\r\n",
        Format::Text | Format::Ndjson | Format::Ecs | Format::P0f => b"\n",
    }
}

/// Makes bytes of records, in one format.
pub(crate) struct Encoder {
    format: Format,
    json: JsonWriter,
}

impl Encoder {
    pub(crate) fn new(format: Format) -> Encoder {
        Encoder { format, json: JsonWriter::new() }
    }

    /// Appends records, each with what separates it from the one before.
    pub(crate) fn encode_many<'r>(
        &mut self,
        records: impl Iterator<Item = (Record<'r>, Option<Origin<'r>>)>,
        to: &mut Vec<u8>,
    ) {
        for (record, origin) in records {
            to.extend_from_slice(between(self.format));
            self.encode(&record, origin.as_ref(), to);
            to.extend_from_slice(line_end(self.format));
        }
    }

    /// Appends a record, without a line end.
    pub(crate) fn encode(
        &mut self,
        record: &Record<'_>,
        origin: Option<&Origin<'_>>,
        to: &mut Vec<u8>,
    ) {
        // Writing to memory does not fail, and a record has nothing that MessagePack cannot hold.
        match self.format {
            Format::Text => {
                let _ = write!(to, "{record}");
            }
            Format::P0f => {
                let _ = write!(to, "{}", record.p0f_log());
            }
            Format::Ndjson => self.json.write(record, origin, to),
            Format::Ecs => self.json.write_ecs(record, origin, to),
            Format::Csv => record.write_csv(origin, to),
            Format::Msgpack => {
                let row = RecordRow { origin: origin.cloned(), ..record.row() };
                // Addresses as texts, as in JSON; without this they would be enumerations.
                let mut msgpack =
                    rmp_serde::Serializer::new(to).with_struct_map().with_human_readable();
                let _ = row.serialize(&mut msgpack);
            }
        }
    }
}
