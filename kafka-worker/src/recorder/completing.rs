//! A recorder whose flow stages work on other threads.

use std::io::{self, Write};
use std::sync::Arc;

use stackprint::{Database, Origin, PendingRecord, Timestamp};

use super::pipeline::{Batch, Pipeline};
use super::running::gather;
use crate::counters::Counters;
use crate::query::HostFeed;
use crate::reload::Reload;
use crate::rows::Rows;
use crate::sink::Sink;

/// Completes and writes what flow stages say, until there is another database.
pub(crate) struct Completing<'s, 'a, W> {
    pub(super) pipeline: Pipeline<'s, 'a>,
    pub(crate) counters: &'a mut Counters,
    pub(super) sink: &'a mut Sink<W>,
    pub(super) rows: Option<&'a mut Rows>,
    pub(super) reload: &'a mut Reload,
    pub(super) feed: &'a mut Option<HostFeed>,
}

impl<'s, 'a: 's, W: Write> Completing<'s, 'a, W> {
    /// Takes what a flow stage said, in the order in which hosts are to see it.
    #[inline]
    pub(crate) fn take(&mut self, pending: PendingRecord<'a>, origin: Option<Origin<'a>>) {
        self.pipeline.take_pending(pending, origin);
    }

    /// Another database, if one was read again. It is for the recorder to go on with.
    pub(crate) fn new_database(&mut self) -> Option<Arc<Database>> {
        self.reload.take()
    }

    /// Writes the rows that are due at this time, if rows are written.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        if let Some(rows) = &mut self.rows {
            rows.advance(now, self.sink);
        }
    }

    /// Whether rows are written, which have their times.
    pub(crate) fn has_rows(&self) -> bool {
        self.rows.is_some()
    }

    /// Hands on the records that have gathered, if they are enough to be worth it.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        self.gather(Pipeline::finished)?;
        self.sink.drain()
    }

    /// Hands on all records.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.gather(Pipeline::all)?;
        self.sink.flush()
    }

    fn gather(
        &mut self,
        batches: impl for<'p> FnOnce(&'p mut Pipeline<'s, 'a>) -> io::Result<&'p [Batch<'a>]>,
    ) -> io::Result<()> {
        let Completing { pipeline, counters, sink, rows, feed, .. } = self;
        gather(batches(pipeline)?, counters, sink, rows.as_deref_mut(), feed)?;
        pipeline.recycle();
        if let Some(feed) = feed {
            feed.hand_over();
        }
        Ok(())
    }
}
