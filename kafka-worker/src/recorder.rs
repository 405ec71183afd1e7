//! Frames in, records written, and all of it counted: what every command with records does.

mod completing;
mod pipeline;
mod plan;
mod running;

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write};
use std::sync::Arc;
use std::thread::Scope;

use anyhow::Context as _;
use stackprint::{
    Analyzer, AnalyzerBuilder, Compat, Database, FlowSession, Frame, Limits, Origin, SpreadStages,
    Timestamp,
};

use crate::args::Privacy;
use crate::counters::Counters;
use crate::query::HostFeed;
use crate::reload::Reload;
use crate::rows::Rows;
use crate::sink::Sink;
use crate::summary;
pub(crate) use completing::Completing;
pub(crate) use pipeline::Place;
use pipeline::{Making, Pipeline};
pub(crate) use plan::RecordPlan;
pub(crate) use running::Running;
use running::{Engine, Writing};

/// An analyzer with its counters and its output.
pub(crate) struct Recorder<W> {
    analyzer: Analyzer,
    /// Of which only the flow stages are used, each on a thread of its own.
    more_flows: Vec<Analyzer>,
    pub(crate) counters: Counters,
    privacy: Privacy,
    sink: Sink<W>,
    /// Rows of hosts, if those are written instead of records.
    rows: Option<Rows>,
    reload: Reload,
    /// Where queries about hosts are answered from, if there are any.
    feed: Option<HostFeed>,
}

impl Recorder<Box<dyn Write>> {
    /// Begins to watch the database, on a thread. `is_finite` says that the input ends.
    pub(crate) fn new(
        plan: RecordPlan,
        is_finite: bool,
    ) -> anyhow::Result<Recorder<Box<dyn Write>>> {
        Recorder::with_flow_stages(plan, is_finite, 1)
    }

    /// The same with so many flow stages, which share the bounds of flows.
    pub(crate) fn with_flow_stages(
        plan: RecordPlan,
        is_finite: bool,
        flow_stages: u32,
    ) -> anyhow::Result<Recorder<Box<dyn Write>>> {
        let reload = Reload::listen(&plan.reloaded).context("listening for signals")?;
        // p0f knows no networks.
        let merge_paths = plan.merge_paths || plan.database.compat() == Compat::P0fExact;
        let limits =
            Limits { flows: plan.limits.flows.div_ceil(flow_stages.max(1)), ..plan.limits };
        let settings: AnalyzerBuilder = plan
            .layers
            .apply_share(Analyzer::builder(&plan.database), flow_stages)
            .filter(plan.filter.clone())
            .limits(limits)
            .merge_paths(plan.merge_paths)
            .closest(plan.closest)
            // The same in all stages: what one says of a host holds its hash.
            .hash_seed(RandomState::new().hash_one(()));
        Ok(Recorder {
            rows: Rows::new(plan.per, plan.sink.format(), merge_paths, is_finite),
            analyzer: settings.clone().build(),
            // Hosts are all in one stage.
            more_flows: (1..flow_stages)
                .map(|_| settings.clone().limits(Limits { hosts: 1, ..limits }).build())
                .collect(),
            counters: Counters::default(),
            privacy: plan.privacy,
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
        let Recorder { analyzer, counters, privacy, sink, rows, feed, .. } = self;
        let writing = Writing { counters, privacy, sink, rows: rows.as_mut(), feed };
        writing.take(&mut analyzer.session(), frame, origin);
    }

    /// The recorder at work on frames until there is another database.
    #[inline]
    pub(crate) fn running(&mut self) -> Running<'_, '_, W> {
        let Recorder { analyzer, counters, privacy, sink, rows, reload, feed, .. } = self;
        let rows = rows.as_mut();
        let engine = Engine::Here(analyzer.session());
        Running { engine, counters, privacy, sink, rows, reload, feed }
    }

    /// The same on so many threads, one of them this one; the others are of the scope. One is
    /// [`running`](Recorder::running).
    pub(crate) fn running_on<'s, 'a: 's>(
        &'a mut self,
        scope: &'s Scope<'s, '_>,
        threads: usize,
    ) -> Running<'s, 'a, W> {
        if threads <= 1 {
            return self.running();
        }
        let Recorder { analyzer, counters, privacy, sink, rows, reload, feed, .. } = self;
        // Rows are made of records, by this thread.
        let making = Making { privacy, format: rows.is_none().then(|| sink.format()) };
        // The first thread decodes, and works on the rest where the others do not keep up.
        let SpreadStages { spread, flows, hosts } = analyzer.stages_over(threads - 1);
        let pipeline = Pipeline::new(scope, threads, (flows, hosts), making);
        let (engine, rows) = (Engine::Threads(spread, Box::new(pipeline)), rows.as_mut());
        Running { engine, counters, privacy, sink, rows, reload, feed }
    }

    /// The flow stages, for threads of the caller's, and the recorder at work on what they say, on
    /// as many threads.
    pub(crate) fn apart<'s, 'a: 's>(
        &'a mut self,
        scope: &'s Scope<'s, '_>,
    ) -> (Vec<FlowSession<'a>>, Completing<'s, 'a, W>) {
        let Recorder { analyzer, more_flows, counters, privacy, sink, rows, reload, feed } = self;
        let making = Making { privacy, format: rows.is_none().then(|| sink.format()) };
        let (flows, hosts) = analyzer.stages();
        let more = more_flows.iter_mut().map(|analyzer| analyzer.stages().0);
        let flows: Vec<_> = std::iter::once(flows).chain(more).collect();
        // They are the caller's.
        let pipeline = Pipeline::new(scope, flows.len(), (Vec::new(), hosts), making);
        (flows, Completing { pipeline, counters, sink, rows: rows.as_mut(), reload, feed })
    }

    /// Goes on with another database.
    pub(crate) fn set_database(&mut self, database: &Arc<Database>) {
        self.analyzers_mut().for_each(|analyzer| analyzer.set_database(database));
        if let Some(feed) = &mut self.feed {
            feed.set_database(database);
        }
    }

    fn analyzers_mut(&mut self) -> impl Iterator<Item = &mut Analyzer> {
        std::iter::once(&mut self.analyzer).chain(&mut self.more_flows)
    }

    /// Goes on with the database that was read again, if one was.
    pub(crate) fn renew_database(&mut self) {
        if let Some(database) = self.reload.take() {
            self.set_database(&database);
        }
    }

    /// Writes the rows that are due at this time, if rows are written.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        if let Some(rows) = &mut self.rows {
            rows.advance(now, &mut self.sink);
        }
    }

    /// Whether rows are written, which have their times.
    pub(crate) fn has_rows(&self) -> bool {
        self.rows.is_some()
    }

    /// Writes the last rows, and hands on all that has gathered.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if let Some(rows) = &mut self.rows {
            rows.finish(&mut self.sink);
        }
        self.flush()
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

    /// Waits until queries are answered from everything that was taken.
    pub(crate) fn settle(&mut self) {
        if let Some(feed) = &mut self.feed {
            feed.settle();
        }
    }

    /// A few lines for people.
    pub(crate) fn summary(&self) -> String {
        let mut text = summary::of(&self.counters, &self.analyzer, &self.more_flows);
        if let Some(rows) = &self.rows {
            text += &format!("evidence   {}\n", rows.summary());
        }
        text
    }
}
