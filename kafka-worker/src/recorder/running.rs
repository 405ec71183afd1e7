//! A recorder at work on one input, on one thread or several.

use std::io::{self, Write};
use std::sync::Arc;

use stackprint::{Database, Frame, Origin, Session, Spread};

use super::pipeline::{Batch, Pipeline, Place};
use crate::args::Privacy;
use crate::counters::Counters;
use crate::query::HostFeed;
use crate::reload::Reload;
use crate::rows::Rows;
use crate::sink::Sink;
use crate::source::Piece;

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
    /// On several.
    Threads(Spread, Box<Pipeline<'s, 'a>>),
}

/// What becomes of records on the thread that analyzes.
pub(super) struct Writing<'r, W> {
    pub(super) counters: &'r mut Counters,
    pub(super) privacy: &'r Privacy,
    pub(super) sink: &'r mut Sink<W>,
    pub(super) rows: Option<&'r mut Rows>,
    pub(super) feed: &'r mut Option<HostFeed>,
}

impl<W: Write> Writing<'_, W> {
    /// Looks at a frame, and writes the records that it gives, if any, with its origin.
    #[inline]
    pub(super) fn take<'o>(
        self,
        session: &mut Session<'_>,
        frame: &Frame<'_>,
        origin: impl Fn() -> Option<Origin<'o>>,
    ) {
        let Writing { counters, privacy, sink, mut rows, feed } = self;
        counters.packet(frame);
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
}

impl<'s, 'a: 's, W: Write> Running<'s, 'a, W> {
    /// Takes a frame: its records are written at once, or by the other threads.
    #[inline]
    pub(crate) fn take(&mut self, frame: &Frame<'_>, place: &Place<'_, 'a>) {
        let Running { engine, counters, privacy, sink, rows, feed, .. } = self;
        match engine {
            Engine::Here(session) => {
                let rows = rows.as_deref_mut();
                let writing = Writing { counters, privacy, sink, rows, feed };
                writing.take(session, frame, || place.origin());
            }
            Engine::Threads(spread, pipeline) => {
                counters.packet(frame);
                pipeline.take(spread, frame, place, counters);
            }
        }
    }

    /// Whether the other threads are to have the piece of input that was decoded.
    pub(crate) fn wants_piece(&self) -> bool {
        matches!(self.engine, Engine::Threads(..))
    }

    /// Gives the other threads the piece in which the frames taken lie; `file` is what their places say.
    pub(crate) fn end_piece(&mut self, piece: Piece, file: Option<&'a str>) {
        if let Engine::Threads(_, pipeline) = &mut self.engine {
            pipeline.end_piece(piece, file, self.counters);
        }
    }

    /// A piece that is no longer needed, if there is one.
    pub(crate) fn spent_piece(&mut self) -> Option<Piece> {
        match &mut self.engine {
            Engine::Here(_) => None,
            Engine::Threads(_, pipeline) => pipeline.spent_piece(),
        }
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
        if let Engine::Threads(_, pipeline) = &mut self.engine {
            pipeline.put_in_order(self.counters, 0);
        }
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
