//! Records in their formats, and where they are written.

use std::io::{self, Write};

use serde::Serialize as _;
use stackprint::who::{ConnectionLine, ConnectionRow, HostLine, HostRow};
use stackprint::{ECS_VERSION, JsonWriter, Origin, Record, RecordRow};

use crate::args::{Format, Per};

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
    /// Bytes that are gathered before they are written, unless a reader waits for them.
    const BLOCK_BYTES: usize = 64 << 10;

    pub(crate) fn new(format: Format, per: Per, out: W) -> Sink<W> {
        let mut gathered = Vec::with_capacity(2 * Self::BLOCK_BYTES);
        let header = match (format, per) {
            (Format::Csv, Per::Packet) => Some(Record::CSV_HEADER),
            (Format::Csv, Per::Host) => Some(HostRow::CSV_HEADER),
            (Format::Text, Per::Host) => Some(HostLine::HEADER),
            (Format::Csv, Per::Connection) => Some(ConnectionRow::CSV_HEADER),
            (Format::Text, Per::Connection) => Some(ConnectionLine::HEADER),
            _ => None,
        };
        if let Some(header) = header {
            gathered.extend_from_slice(header.as_bytes());
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
        encoder.encode_line(record, origin, gathered);
    }

    /// Writes the row of a host.
    pub(crate) fn write_host(&mut self, row: &HostRow<'_>) {
        let Sink { encoder, gathered, is_first, .. } = self;
        *is_first = false;
        let format = encoder.format;
        match format {
            Format::Csv => row.write_csv(gathered),
            _ => encode_row(format, row, &HostLine(row), || ecs_host(row), gathered),
        }
        gathered.extend_from_slice(line_end(format));
    }

    /// Writes the row of a connection.
    pub(crate) fn write_connection(&mut self, row: &ConnectionRow<'_>) {
        let Sink { encoder, gathered, is_first, .. } = self;
        *is_first = false;
        let format = encoder.format;
        match format {
            Format::Csv => row.write_csv(gathered),
            _ => encode_row(format, row, &ConnectionLine(row), || ecs_connection(row), gathered),
        }
        gathered.extend_from_slice(line_end(format));
    }

    pub(crate) fn format(&self) -> Format {
        self.encoder.format
    }

    /// Appends what [`Encoder::encode_many`] has written, and hands it on if it is enough.
    pub(crate) fn gather(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
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

/// Appends a row, without a line end.
fn encode_row(
    format: Format,
    row: &impl serde::Serialize,
    line: &dyn std::fmt::Display,
    ecs: impl FnOnce() -> serde_json::Value,
    to: &mut Vec<u8>,
) {
    // Writing to memory does not fail, and a row has nothing that JSON and MessagePack cannot hold.
    let _ = match format {
        // The command line refuses p0f's log; comma-separated values are the row's own.
        Format::Text | Format::P0f | Format::Csv => write!(to, "{line}"),
        Format::Ndjson => serde_json::to_writer(to, row).map_err(io::Error::from),
        Format::Ecs => serde_json::to_writer(to, &ecs()).map_err(io::Error::from),
        Format::Msgpack => {
            let mut msgpack =
                rmp_serde::Serializer::new(to).with_struct_map().with_human_readable();
            row.serialize(&mut msgpack).map_err(io::Error::other)
        }
    };
}

/// The row of a host as an event of the Elastic Common Schema, which has no fields for what another
/// host is: all of that is under `stackprint`.
fn ecs_host(row: &HostRow<'_>) -> serde_json::Value {
    serde_json::json!({
        "@timestamp": row.last,
        "ecs": { "version": ECS_VERSION },
        "event": {
            "kind": "state",
            "category": ["host"],
            "type": ["info"],
            "module": "stackprint",
            "dataset": "stackprint.host",
        },
        "related": { "ip": [row.ip] },
        "observer": observer(),
        "stackprint": row,
    })
}

/// The row of a connection as an event of the Elastic Common Schema.
fn ecs_connection(row: &ConnectionRow<'_>) -> serde_json::Value {
    let (client, server) = (row.client, row.server);
    serde_json::json!({
        "@timestamp": row.first,
        "ecs": { "version": ECS_VERSION },
        "event": {
            "kind": "event",
            "category": ["network"],
            "type": ["connection", "info"],
            "module": "stackprint",
            "dataset": "stackprint.connection",
            "start": row.first,
            "end": row.last,
        },
        "source": { "ip": client.ip, "port": client.port },
        "destination": { "ip": server.ip, "port": server.port },
        "client": { "ip": client.ip, "port": client.port },
        "server": { "ip": server.ip, "port": server.port },
        "observer": observer(),
        "stackprint": row,
    })
}

fn observer() -> serde_json::Value {
    let version = env!("CARGO_PKG_VERSION");
    serde_json::json!({ "type": "sensor", "product": "stackprint", "version": version })
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
        records: impl Iterator<Item = (&'r Record<'r>, Option<&'r Origin<'r>>)>,
        to: &mut Vec<u8>,
    ) {
        for (record, origin) in records {
            to.extend_from_slice(between(self.format));
            self.encode_line(record, origin, to);
        }
    }

    /// Appends a record and its line end. What p0f's log has no line for leaves nothing.
    fn encode_line(&mut self, record: &Record<'_>, origin: Option<&Origin<'_>>, to: &mut Vec<u8>) {
        let start = to.len();
        self.encode(record, origin, to);
        if self.format != Format::P0f || to.len() > start {
            to.extend_from_slice(line_end(self.format));
        }
    }

    /// Appends the row of a connection, without a line end.
    #[cfg(feature = "kafka")]
    pub(crate) fn encode_connection(&self, row: &ConnectionRow<'_>, to: &mut Vec<u8>) {
        encode_row(self.format, row, &ConnectionLine(row), || ecs_connection(row), to);
    }

    /// Appends the row of a host, without a line end.
    #[cfg(feature = "kafka")]
    pub(crate) fn encode_host(&self, row: &HostRow<'_>, to: &mut Vec<u8>) {
        encode_row(self.format, row, &HostLine(row), || ecs_host(row), to);
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
