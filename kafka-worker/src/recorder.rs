//! Frames in, records written, and all of it counted: what every command with records does.

mod encoders;
mod plan;
mod running;

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write};
use std::sync::Arc;

use anyhow::Context as _;
use stackprint::{Analyzer, Database, Frame, Origin};

use crate::counters::Counters;
use crate::query::HostFeed;
use crate::reload::Reload;
use crate::sink::Sink;
use crate::summary;
pub(crate) use plan::RecordPlan;
pub(crate) use running::Running;

/// An analyzer with its counters and its output.
pub(crate) struct Recorder<W> {
    analyzer: Analyzer,
    pub(crate) counters: Counters,
    sink: Sink<W>,
    reload: Reload,
    /// Where queries about hosts are answered from, if there are any.
    feed: Option<HostFeed>,
}

impl Recorder<Box<dyn Write>> {
    /// Begins to listen for SIGHUP, on a thread.
    pub(crate) fn new(plan: RecordPlan) -> anyhow::Result<Recorder<Box<dyn Write>>> {
        let reload = Reload::listen(&plan.reloaded).context("listening for signals")?;
        Ok(Recorder {
            analyzer: plan
                .layers
                .apply(Analyzer::builder(&plan.database))
                .filter(plan.filter)
                .limits(plan.limits)
                .merge_paths(plan.merge_paths)
                .closest(plan.closest)
                .hash_seed(RandomState::new().hash_one(()))
                .build(),
            counters: Counters::default(),
            sink: plan.sink,
            reload,
            feed: plan.feed,
        })
    }
}

impl<W: Write> Recorder<W> {
    /// Looks at a frame, and writes the record that it gives, if any, with its origin.
    #[inline]
    pub(crate) fn take<'o>(&mut self, frame: &Frame<'_>, origin: impl Fn() -> Option<Origin<'o>>) {
        #[expect(clippy::redundant_closure, reason = "it shortens the lifetime of the origin")]
        self.running().take(frame, || origin());
    }

    /// The recorder at work on frames until there is another database.
    #[inline]
    pub(crate) fn running(&mut self) -> Running<'_, W> {
        let Recorder { analyzer, counters, sink, reload, feed } = self;
        Running { session: analyzer.session(), counters, sink, reload, feed, encoders: None }
    }

    /// Goes on with another database.
    pub(crate) fn set_database(&mut self, database: &Arc<Database>) {
        self.analyzer.set_database(database);
        if let Some(feed) = &mut self.feed {
            feed.set_database(database);
        }
    }

    /// Goes on with the database that was read again, if one was.
    pub(crate) fn renew_database(&mut self) {
        if let Some(database) = self.reload.take() {
            self.set_database(&database);
        }
    }

    /// Hands on the records that have gathered, if they are enough to be worth it.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        if let Some(feed) = &mut self.feed {
            feed.hand_over();
        }
        self.sink.drain()
    }

    /// Hands on the records that have gathered.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if let Some(feed) = &mut self.feed {
            feed.hand_over();
        }
        self.sink.flush()
    }

    /// A few lines for people.
    pub(crate) fn summary(&self) -> String {
        summary::of(&self.counters, &self.analyzer)
    }
}
