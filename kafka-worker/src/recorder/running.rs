//! A recorder at work on one input, on one thread or several.

use std::io::{self, Write};
use std::sync::Arc;

use stackprint::{Database, FlowSession, Frame, Origin, Session};

use super::pipeline::{Batch, Pipeline};
use crate::args::Privacy;
use crate::counters::Counters;
use crate::query::HostFeed;
use crate::reload::Reload;
use crate::rows::Rows;
use crate::sink::Sink;

/// Takes frames until there is another database, or no more input.
pub(crate) struct Running<'s, 'a, W> {
    pub(super) engine: Engine<'s, 'a>,
    pub(crate) counters: &'a mut Counters,
    pub(super) privacy: &'a Privacy,
    pub(super) sink: &'a mut Sink<W>,
    pub(super) rows: Option<&'a mut Rows>,
    pub(super) reload: &'a mut Reload,
    pub(super) feed: &'a mut Option<HostFeed>,
}

/// Where frames are analyzed.
pub(super) enum Engine<'s, 'a> {
    /// On this thread, which also writes.
    Here(Session<'a>),
    /// The flow stage on this thread.
    Threads(FlowSession<'a>, Box<Pipeline<'s, 'a>>),
}

impl<'s, 'a: 's, W: Write> Running<'s, 'a, W> {
    /// Looks at a frame, and writes the records that it gives, if any, with its origin.
    #[inline]
    pub(crate) fn take(&mut self, frame: &Frame<'_>, origin: impl Fn() -> Option<Origin<'a>>) {
        let Running { engine, counters, privacy, sink, rows, feed, .. } = self;
        counters.packet(frame);
        let session = match engine {
            Engine::Here(session) => session,
            Engine::Threads(flows, pipeline) => {
                return pipeline.take(flows, frame, counters, origin);
            }
        };
        session.analyze_all(frame, |result| match result {
            Ok(Some(mut record)) => {
                privacy.apply(&mut record);
                counters.record(&record);
                if let Some(feed) = feed {
                    feed.take(&record);
                }
                match rows.as_deref_mut() {
                    Some(rows) => rows.take(&record, sink),
                    None => sink.write(&record, origin().as_ref()),
                }
            }
            Ok(None) => {}
            Err(skip) => counters.skip(skip, frame.link_type),
        });
    }

    /// Another database, if one was read again. It is for the recorder to go on with.
    pub(crate) fn new_database(&mut self) -> Option<Arc<Database>> {
        self.reload.take()
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

    /// Takes batches from the other threads, if there are any, and tells of hosts.
    fn gather(
        &mut self,
        batches: impl for<'p> FnOnce(&'p mut Pipeline<'s, 'a>) -> io::Result<&'p [Batch<'a>]>,
    ) -> io::Result<()> {
        let Running { engine, counters, sink, rows, feed, .. } = self;
        if let Engine::Threads(_, pipeline) = engine {
            gather(batches(pipeline)?, counters, sink, rows.as_deref_mut(), feed)?;
            pipeline.recycle();
        }
        if let Some(feed) = feed {
            feed.hand_over();
        }
        Ok(())
    }
}

/// Counts the records of batches, notes them for queries, and hands on what is written of them.
pub(super) fn gather<W: Write>(
    batches: &[Batch<'_>],
    counters: &mut Counters,
    sink: &mut Sink<W>,
    mut rows: Option<&mut Rows>,
    feed: &mut Option<HostFeed>,
) -> io::Result<()> {
    for batch in batches {
        counters.of_records.add(&batch.counts);
        if let Some(feed) = feed {
            batch.records().for_each(|record| feed.take(record));
        }
        match &mut rows {
            Some(rows) => batch.records().for_each(|record| rows.take(record, sink)),
            None => sink.gather(&batch.bytes)?,
        }
    }
    Ok(())
}
