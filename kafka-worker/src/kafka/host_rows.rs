//! Rows of hosts from a partition of records: what is kept, and what is written.
//!
//! The row of a host is a message in the partition of the rows' topic that has the number of the
//! partition of records, with all that is kept of the host in a header. Rows are written at the end of
//! each batch, before its offsets count, so that the topic always has what was read up to there.

use stackprint::RecordRow;
use stackprint::who::{HostRow, HostState, MergedHosts};

use super::native::{HeadersView, Message};
use super::output::{Output, SYSTEMS_HEADER};
use crate::kafka_client::events::Source;
use crate::stop::Stop;
use stackprint_worker::packets::{BadMessage, BadMessageKind};

/// The hosts of a partition.
#[derive(Debug)]
pub(crate) struct HostRows {
    pub(crate) hosts: MergedHosts,
    /// Whether the hosts that others have left are among them.
    pub(crate) is_restored: bool,
}

/// Where rows are sent from.
pub(crate) struct RowWriter<'w> {
    pub(crate) output: &'w mut Output,
    pub(crate) source: &'w Source,
    pub(crate) stop: &'w Stop,
    /// The partition of the records, and of the rows.
    pub(crate) partition: i32,
}

impl HostRows {
    /// Takes the record in a message.
    pub(crate) fn take(
        &mut self,
        message: Message<'_>,
        writer: &mut RowWriter<'_>,
    ) -> Result<(), BadMessage> {
        let value = message.value().unwrap_or_default();
        let bad = |kind, at| BadMessage { kind, at, packets: 0 };
        if value.is_empty() {
            return Err(bad(BadMessageKind::Empty, 0));
        }
        let row: RecordRow<'_> = serde_json::from_slice(value).map_err(|error| {
            let kind = match error.classify() {
                serde_json::error::Category::Eof => BadMessageKind::JsonCut,
                serde_json::error::Category::Data => BadMessageKind::UnknownObject,
                _ => BadMessageKind::JsonSyntax,
            };
            bad(kind, error.column().saturating_sub(1))
        })?;
        let now = writer.output.now_seconds();
        // Offsets are not negative.
        let place = message.offset().unsigned_abs();
        let systems: Vec<&str> = systems(message).split(',').filter(|it| !it.is_empty()).collect();
        let taken = self.hosts.take(&row, &systems, place, now, &mut |row| writer.last(row));
        taken.map_err(|error| {
            let expected = "what a record has";
            bad(BadMessageKind::BadField { field: error.field, expected }, 0)
        })
    }

    /// Writes the rows of hosts that have changed, and the last ones of those that have expired.
    pub(crate) fn write(&mut self, writer: &mut RowWriter<'_>) {
        self.hosts.expire(writer.output.now_seconds(), &mut |row| writer.last(row));
        self.hosts.write_changed(&mut |row, state| writer.row(row, state));
    }
}

/// The systems that a header tells; empty if there is none.
fn systems(message: Message<'_>) -> &str {
    let headers = message.headers().into_iter().flat_map(HeadersView::iter);
    let mut found = headers.filter(|(name, _)| *name == SYSTEMS_HEADER.as_bytes());
    let value = found.next().and_then(|(_, value)| str::from_utf8(value?).ok());
    value.unwrap_or_default()
}

impl RowWriter<'_> {
    fn row(&mut self, row: &HostRow<'_>, state: &HostState<'_>) {
        // Writing to memory does not fail, and a state has nothing that MessagePack cannot hold.
        let state = rmp_serde::to_vec(state).unwrap_or_default();
        let RowWriter { output, source, stop, partition } = self;
        output.host(row, Some(&state), *partition, source, stop);
    }

    /// The last row of a host, which has no state, and that it is gone.
    fn last(&mut self, row: &HostRow<'_>) {
        let RowWriter { output, source, stop, partition } = self;
        output.host(row, None, *partition, source, stop);
        output.tombstone(row, *partition, source, stop);
    }
}
