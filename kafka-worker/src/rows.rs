//! Rows of hosts or connections: what records say, gathered.

use std::io::Write;

use stackprint::who::{Connections, HostRow, Hosts, Settings};
use stackprint::{Record, Timestamp};

use crate::args::{Format, Per, PerArgs};
use crate::sink::Sink;

/// Rows that are being gathered.
pub(crate) enum Rows {
    Hosts {
        hosts: Box<Hosts>,
        /// Whether only the last row of each is written: in a table for people.
        last_only: bool,
    },
    Connections(Box<Connections>),
}

impl Rows {
    /// `None` if records are written as they are.
    pub(crate) fn new(
        args: PerArgs,
        format: Format,
        merge_paths: bool,
        is_finite: bool,
    ) -> Option<Rows> {
        let evidence_memory = (args.evidence_memory as usize) << 20;
        match args.per {
            Per::Packet => None,
            Per::Connection => Some(Rows::Connections(Box::new(Connections::new(evidence_memory)))),
            Per::Host => {
                let row_interval_nanos = u64::from(args.row_interval) * 1_000_000_000;
                let settings = Settings::default();
                let settings =
                    Settings { evidence_memory, row_interval_nanos, merge_paths, ..settings };
                let hosts = Box::new(Hosts::new(settings));
                Some(Rows::Hosts { hosts, last_only: is_finite && format == Format::Text })
            }
        }
    }

    /// Takes a record, and writes the rows that are due.
    pub(crate) fn take<W: Write>(&mut self, record: &Record<'_>, sink: &mut Sink<W>) {
        match self {
            Rows::Hosts { hosts, last_only } => hosts.take(record, &mut written(*last_only, sink)),
            Rows::Connections(connections) => {
                connections.take(record, &mut |row| sink.write_connection(&row));
            }
        }
    }

    /// Writes the rows that are due at this time.
    pub(crate) fn advance<W: Write>(&mut self, now: Timestamp, sink: &mut Sink<W>) {
        match self {
            Rows::Hosts { hosts, last_only } => hosts.advance(now, &mut written(*last_only, sink)),
            Rows::Connections(connections) => {
                connections.advance(now, &mut |row| sink.write_connection(&row));
            }
        }
    }

    /// Writes the last rows.
    pub(crate) fn finish<W: Write>(&mut self, sink: &mut Sink<W>) {
        match self {
            Rows::Hosts { hosts, .. } => hosts.finish(&mut |row| sink.write_host(&row)),
            Rows::Connections(connections) => {
                connections.finish(&mut |row| sink.write_connection(&row));
            }
        }
    }

    /// A line of the summary.
    pub(crate) fn summary(&self) -> String {
        let (known, evicted, memory) = match self {
            Rows::Hosts { hosts, .. } => (hosts.len(), hosts.evicted(), hosts.memory()),
            Rows::Connections(it) => (it.len(), it.evicted(), it.memory()),
        };
        format!("{known} kept ({memory} bytes), {evicted} evicted")
    }
}

/// Writes rows of hosts, all or the last ones.
fn written<W: Write>(last_only: bool, sink: &mut Sink<W>) -> impl FnMut(HostRow<'_>) {
    move |row| {
        if row.is_final || !last_only {
            sink.write_host(&row);
        }
    }
}
