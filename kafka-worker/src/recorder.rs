//! Frames in, records written, and all of it counted: what every command with records does.

mod encoders;
mod plan;
mod running;

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write};
use std::sync::Arc;

use anyhow::Context as _;
use stackprint::{Analyzer, Database, Frame, Origin};

use crate::args::Privacy;
use crate::counters::Counters;
use crate::reload::Reload;
use crate::sink::Sink;
use crate::summary;
pub(crate) use plan::RecordPlan;
pub(crate) use running::Running;

/// An analyzer with its counters and its output.
pub(crate) struct Recorder<W> {
    analyzer: Analyzer,
    pub(crate) counters: Counters,
    privacy: Privacy,
    sink: Sink<W>,
    reload: Reload,
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
            privacy: plan.privacy,
            sink: plan.sink,
            reload,
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
        let Recorder { analyzer, counters, privacy, sink, reload } = self;
        let session = analyzer.session();
        Running { session, counters, privacy, sink, reload, encoders: None }
    }

    /// Goes on with another database.
    pub(crate) fn set_database(&mut self, database: &Arc<Database>) {
        self.analyzer.set_database(database);
    }

    /// Goes on with the database that was read again, if one was.
    pub(crate) fn renew_database(&mut self) {
        if let Some(database) = self.reload.take() {
            self.analyzer.set_database(&database);
        }
    }

    /// Hands on the records that have gathered, if they are enough to be worth it.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        self.sink.drain()
    }

    /// Hands on the records that have gathered.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }

    /// A few lines for people.
    pub(crate) fn summary(&self) -> String {
        summary::of(&self.counters, &self.analyzer)
    }
}
