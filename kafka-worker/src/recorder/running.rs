//! A recorder at work on one input, with the threads that help it.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread::Scope;

use stackprint::{Database, Frame, Origin, Session};

use super::encoders::Encoders;
use crate::args::Privacy;
use crate::counters::Counters;
use crate::query::HostFeed;
use crate::reload::Reload;
use crate::rows::Rows;
use crate::sink::Sink;

/// Takes frames until there is another database, or no more input.
pub(crate) struct Running<'a, W> {
    pub(super) session: Session<'a>,
    pub(crate) counters: &'a mut Counters,
    pub(super) privacy: &'a Privacy,
    pub(super) sink: &'a mut Sink<W>,
    pub(super) rows: Option<&'a mut Rows>,
    pub(super) reload: &'a mut Reload,
    pub(super) feed: &'a mut Option<HostFeed>,
    pub(super) encoders: Option<Encoders<'a>>,
}

impl<'a, W: Write> Running<'a, W> {
    /// Has records written by this many threads more, if any.
    pub(crate) fn on_threads<'s>(mut self, scope: &'s Scope<'s, '_>, count: usize) -> Self
    where
        'a: 's,
    {
        let format = self.sink.format();
        // Rows are made where records are.
        let count = if self.rows.is_some() { 0 } else { count };
        self.encoders = (count > 0).then(|| Encoders::start(scope, count, format));
        self
    }

    /// Looks at a frame, and writes the records that it gives, if any, with its origin.
    #[inline]
    pub(crate) fn take(&mut self, frame: &Frame<'_>, origin: impl Fn() -> Option<Origin<'a>>) {
        let Running { session, counters, privacy, sink, rows, feed, encoders, .. } = self;
        counters.packet(frame);
        session.analyze_all(frame, |result| match result {
            Ok(Some(mut record)) => {
                privacy.apply(&mut record);
                counters.record(&record);
                if let Some(feed) = feed {
                    feed.take(&record);
                }
                match (rows.as_deref_mut(), encoders.as_mut()) {
                    (Some(rows), _) => rows.take(&record, sink),
                    (None, Some(encoders)) => encoders.take(record, origin()),
                    (None, None) => sink.write(&record, origin().as_ref()),
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
        if let Some(feed) = &mut self.feed {
            feed.hand_over();
        }
        if let Some(encoders) = &mut self.encoders {
            encoders.finished().try_for_each(|bytes| self.sink.gather(bytes))?;
            encoders.recycle();
        }
        self.sink.drain()
    }

    /// Hands on all records.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if let Some(feed) = &mut self.feed {
            feed.hand_over();
        }
        if let Some(encoders) = &mut self.encoders {
            encoders.all().try_for_each(|bytes| self.sink.gather(bytes))?;
            encoders.recycle();
        }
        self.sink.flush()
    }
}
