//! Reads one capture: bytes in, lines of JSON out. Knows no JavaScript.

use core::net::IpAddr;

use stackprint::capture::{CaptureError, CapturedFrame, Decoder, Format};
use stackprint::{
    AddressSet, Analyzer, Carried, ConnectionSet, JsonWriter, Origin, Record, RecordKind, Side,
    Skip, SkipReason,
};

use crate::names::Names;
use crate::pcapng::Writer;
#[cfg(feature = "who")]
use crate::rows::Rows;
use crate::table::Table;

/// A capture that is being read.
pub(crate) struct Reading {
    decoder: Decoder,
    names: Names,
    sink: Sink,
    /// Damage that was found but not yet reported: the records before it go first.
    damage: Option<CaptureError>,
}

/// Which packets and records are returned.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// No filter was given to the analyzer.
    pub(crate) has_no_filter: bool,
    /// Only records about these hosts; `None`: all.
    pub(crate) subjects: Option<AddressSet>,
    /// Only records of these connections; `None`: all.
    pub(crate) connections: Option<ConnectionSet>,
    /// Records are written without the Community ID of their flow.
    pub(crate) has_no_flow: bool,
    /// How hosts and connections are gathered.
    #[cfg(feature = "who")]
    pub(crate) gathering: stackprint::who::Settings,
}

/// Turns frames into records.
struct Sink {
    analyzer: Analyzer,
    counts: Counts,
    /// Without a filter, packets are kept that cannot be read.
    has_no_filter: bool,
    /// Records about other hosts are counted, but not returned.
    subjects: Option<AddressSet>,
    /// The same of records of other connections.
    connections: Option<ConnectionSet>,
    has_no_flow: bool,
    /// Name of the capture in the records' origin.
    file: Option<Box<str>>,
    form: Form,
    writer: JsonWriter,
    /// Records as JSON, or packets as pcapng.
    records: Vec<u8>,
    packets: Writer,
    table: Option<Table>,
    #[cfg(feature = "who")]
    rows: Rows,
}

/// Counts of packets and records.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) packets: u64,
    /// Bytes in packets, as captured.
    pub(crate) bytes: u64,
    /// TCP segments that were read.
    pub(crate) tcp: u64,
    /// Records by the number of their kind.
    pub(crate) records: [u64; RecordKind::ALL.len()],
    pub(crate) skipped: [u64; SkipReason::COUNT],
    /// What skipped packets carried, at most [`MAX_PROTOCOLS`] kinds.
    pub(crate) carried: Vec<(Protocol, u64)>,
}

/// Captures of noise announce every EtherType there is.
const MAX_PROTOCOLS: usize = 64;

/// A protocol that is not analyzed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// By its EtherType.
    EtherType(u16),
    /// By its protocol number of IP.
    Ip(u8),
}

/// IANA's protocol number of UDP.
const UDP: u8 = 17;

/// What a call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON with a line feed after each: NDJSON.
    Lines,
    /// JSON with a comma after each: what is between the brackets of a list.
    Items,
    /// Rows of a table.
    Table,
    /// No records, but the packets that the filter keeps, as pcapng.
    Packets,
    /// Rows of hosts, as items.
    #[cfg(feature = "who")]
    Hosts,
    /// Rows of connections, as items.
    #[cfg(feature = "who")]
    Connections,
}

impl Reading {
    pub(crate) fn new(analyzer: Analyzer, selection: Selection, file: Option<String>) -> Reading {
        let sink = Sink {
            analyzer,
            counts: Counts::default(),
            has_no_filter: selection.has_no_filter,
            subjects: selection.subjects,
            connections: selection.connections,
            has_no_flow: selection.has_no_flow,
            file: file.map(String::into_boxed_str),
            form: Form::Lines,
            writer: JsonWriter::new(),
            records: Vec::new(),
            packets: Writer::default(),
            table: None,
            #[cfg(feature = "who")]
            rows: Rows::new(selection.gathering),
        };
        Reading { decoder: Decoder::new(), names: Names::default(), sink, damage: None }
    }

    /// Reads the next bytes and returns the records that they complete, as JSON; rows of a table are
    /// added to it. The buffer is reused by the next call.
    ///
    /// Damage is an error of the next call, or of [`finish`](Reading::finish), so that no record
    /// before it is lost.
    pub(crate) fn push(&mut self, bytes: &[u8], form: Form) -> Result<&[u8], CaptureError> {
        if let Some(damage) = self.damage {
            return Err(damage);
        }
        self.sink.records.clear();
        self.sink.form = form;
        self.names.push(bytes);
        self.damage = self.decoder.push(bytes, |captured| self.sink.take(&captured)).err();
        Ok(&self.sink.records)
    }

    /// Empties the table, or creates it.
    pub(crate) fn begin_table(&mut self) {
        self.sink.table.get_or_insert_with(Table::new).clear();
    }

    /// Returns the table, if there is one.
    pub(crate) fn table(&self) -> Option<&Table> {
        self.sink.table.as_ref()
    }

    /// Returns the last rows of hosts, or those of connections that have not ended, and forgets them.
    #[cfg(feature = "who")]
    pub(crate) fn finish_rows(&mut self, form: Form) -> &[u8] {
        let Sink { rows, records, .. } = &mut self.sink;
        records.clear();
        match form {
            Form::Hosts => rows.finish_hosts(records),
            _ => rows.finish_connections(records),
        }
        records
    }

    /// Returns what is gathered for rows.
    #[cfg(feature = "who")]
    pub(crate) fn rows(&self) -> &Rows {
        &self.sink.rows
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

    /// Host names found since the last call.
    pub(crate) fn take_names(&mut self) -> Vec<(IpAddr, Box<str>)> {
        self.names.take()
    }

    /// Returns the format of the capture; `None` until its header is complete.
    pub(crate) fn format(&self) -> Option<Format> {
        self.decoder.format()
    }
}

impl Sink {
    fn take(&mut self, captured: &CapturedFrame<'_>) {
        let Sink {
            analyzer,
            counts,
            has_no_filter,
            subjects,
            connections,
            has_no_flow,
            file,
            form,
            writer,
            records,
            packets,
            table,
            #[cfg(feature = "who")]
            rows,
        } = self;
        counts.packets += 1;
        counts.bytes += captured.frame.data.len() as u64;
        let mut is_kept = *has_no_filter;
        // By reference, so that the record is not moved.
        analyzer.session().analyze_all(&captured.frame, |mut result| match &mut result {
            Ok(Some(record)) => {
                is_kept = true;
                // A segment may give several records.
                counts.tcp += u64::from(record.part == 0 && is_tcp(record));
                if let Some(count) = counts.records.get_mut(record.kind as usize) {
                    *count += 1;
                }
                if subjects.as_ref().is_some_and(|subjects| !subjects.contains(subject(record)))
                    || connections
                        .as_ref()
                        .is_some_and(|it| !it.contains(record.client, record.server))
                {
                    return;
                }
                match form {
                    Form::Packets => return,
                    Form::Table => return table.get_or_insert_with(Table::new).add(record),
                    #[cfg(feature = "who")]
                    Form::Hosts => return rows.take_host(record, records),
                    #[cfg(feature = "who")]
                    Form::Connections => return rows.take_connection(record, records),
                    Form::Lines | Form::Items => {}
                }
                record.with_flow = !*has_no_flow;
                let origin = file.as_deref().map(|file| Origin {
                    file: Some(file.into()),
                    frame: Some(captured.number),
                    ..Origin::default()
                });
                writer.write(record, origin.as_ref(), records);
                records.push(if *form == Form::Lines { b'\n' } else { b',' });
            }
            Ok(None) => {
                is_kept = true;
                counts.tcp += 1;
            }
            Err(skip) => counts.skip(skip),
        });
        if *form == Form::Packets && is_kept {
            packets.write(&captured.frame, records);
        }
    }
}

/// Whether a record comes from a TCP segment, not from a datagram of QUIC or DTLS.
#[cfg(feature = "tls")]
fn is_tcp(record: &Record<'_>) -> bool {
    record.tls.as_ref().is_none_or(|tls| tls.transport == stackprint::tls::Transport::Tcp)
}

/// Records of this build are of TCP segments.
#[cfg(not(feature = "tls"))]
fn is_tcp(_: &Record<'_>) -> bool {
    true
}

fn subject(record: &Record<'_>) -> IpAddr {
    match record.subject {
        Side::Client => record.client.ip,
        Side::Server => record.server.ip,
    }
}

impl Counts {
    /// Counts a packet that was skipped.
    fn skip(&mut self, skip: &Skip) {
        if let Some(count) = self.skipped.get_mut(skip.reason as usize) {
            *count += 1;
        }
        let protocol = match skip.carried {
            Some(Carried::EtherType(number)) => Protocol::EtherType(number),
            Some(Carried::Protocol(number)) => Protocol::Ip(number),
            Some(Carried::Udp { .. }) => Protocol::Ip(UDP),
            _ => return,
        };
        if let Some((_, count)) = self.carried.iter_mut().find(|(known, _)| *known == protocol) {
            *count += 1;
        } else if self.carried.len() < MAX_PROTOCOLS {
            self.carried.push((protocol, 1));
        }
    }
}
