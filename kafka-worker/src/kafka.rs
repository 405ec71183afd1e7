//! `stackprint kafka`: packets from Kafka topics in, records to another out.
//!
//! A worker is one thread: it polls its consumer, makes records, hands them to its producer, and serves
//! both. librdkafka's own threads fetch and send. What its callbacks tell is noted
//! ([`events`]) and read between messages, so that no state is shared. With `--threads` there are
//! several, each a member of the group ([`crew`]); they share signals, the database and the page of
//! metrics.
//!
//! ```text
//! consumer ─→ message ─→ PacketDecoder ─→ Analyzer of the partition ─→ output ─→ producer
//!    ↑                        └ bad ─→ dead_letter ──────────────────────┘          │
//!    └──── offsets: stored once delivered, or part of the transaction ←──deliveries─┘
//! ```

mod args;
mod backpressure;
mod connecting;
mod connection_rows;
mod crew;
mod dead_letter;
mod delivery;
mod host_rows;
mod message;
mod metrics;
mod native;
mod offsets;
mod offsets_wait;
mod output;
mod partitions;
mod positions;
mod rebalance;
mod refusal;
mod restore;
mod session;
mod summary;
mod unassigned;
mod verdict;
mod worker;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use stackprint::who::MergeSettings;
use stackprint::{Analyzer, Database};
use tracing::{error, info};

pub(crate) use args::KafkaArgs;
use connecting::{Connecting, Member};
use crew::Connected;
use metrics::{Metrics, WorkerMetrics};
use output::Output;
use partitions::{Gathered, Partitions};
use session::{Reports, Signals, WorkerConfig};
use unassigned::UnassignedWatch;
use worker::Worker;

use crate::args::{Per, threads};
use crate::database;
use crate::kafka_client::failure::Failure;
use crate::kafka_client::log;
use crate::kafka_client::properties::Properties;
use crate::query::{Listeners, Services};
use crate::reload::Reload;
use crate::stop::Stop;
use stackprint_worker::packets::PacketDecoder;

pub(crate) fn run(args: &KafkaArgs) -> anyhow::Result<ExitCode> {
    args.check_loops()?;
    args.check_rows()?;
    let stop = Stop::listen().context("listening for signals")?;
    log::start(args.log, args.log_level, threads::count(args.threads) > 1);
    let database = database::load(&args.database)?;
    let reload = Reload::listen_and(&args.database, |how| match how {
        Ok(message) => info!("{message}"),
        Err(message) => error!("{message}"),
    });
    let reload = reload.context("listening for signals")?;
    let properties = Properties::gather(args.property_file.as_deref(), &args.properties)?;
    properties.check_build()?;
    let members = Member::all(args);
    let of_member = |member: &Member| Arc::new(WorkerMetrics::new(Arc::clone(&member.statistics)));
    let metrics: Vec<_> = members.iter().map(of_member).collect();
    if let Some(address) = &args.metrics {
        let listeners = Listeners::metrics(address)
            .map_err(|error| Failure::Metrics { address: address.clone(), error })?;
        let metrics = Metrics::new(database.signatures().count(), metrics.clone());
        Services::without_hosts(listeners, Arc::new(metrics))?;
    }
    let Some(brokers) = args.brokers.as_deref().or_else(|| properties.get("bootstrap.servers"))
    else {
        bail!("no brokers are given: --brokers HOST:PORT, or the property bootstrap.servers");
    };
    let signals = Signals { stop: stop.clone(), reload };
    let mut crew = Vec::with_capacity(members.len());
    for (member, metrics) in members.iter().zip(metrics) {
        let connecting = Connecting { args, brokers, properties: &properties, member };
        crew.push(connected(connecting, &database, metrics, signals.clone())?);
    }
    // One after the other without a pause, so that the group hands out its partitions once.
    for it in &crew {
        let subscribed = it.connecting.subscribe(&it.source);
        subscribed.map_err(|failure| anyhow!(it.names.explain(&failure)))?;
    }
    let first = crew.first().map(|it| UnassignedWatch::start(it.connecting));
    let _watch = first.transpose()?;
    Ok(crew::work(crew, &stop))
}

/// A worker whose clients are connected.
fn connected<'c>(
    connecting: Connecting<'c>,
    database: &Arc<Database>,
    metrics: Arc<WorkerMetrics>,
    signals: Signals,
) -> anyhow::Result<Connected<'c>> {
    let Connecting { args, properties, member, .. } = connecting;
    let names = connecting.names();
    let (source, target) =
        connecting.connect().map_err(|failure| anyhow!(names.explain(&failure)))?;
    let output = Output::new(target, args, args.privacy.privacy()?)?;
    let analyzers = args
        .layers
        .apply(Analyzer::builder(database))
        .filter(args.filter.filter())
        .limits(args.limits.limits(database.compat()))
        .merge_paths(args.limits.merge_paths)
        .closest(args.closest.closest);
    let worker = Worker::new(
        config(args, properties),
        output,
        Partitions::new(analyzers, gathered(args)),
        connecting.restorer(),
        PacketDecoder::new(args.packet_format, args.link_type, args.key_time),
        signals,
        Reports {
            metrics: Arc::clone(&metrics),
            errors: Arc::clone(&member.errors),
            statistics: Arc::clone(&member.statistics),
        },
    );
    Ok(Connected { worker, source, connecting, names, metrics })
}

fn config(args: &KafkaArgs, properties: &Properties) -> WorkerConfig {
    WorkerConfig {
        delivery: args.delivery,
        batch_messages: args.batch_messages as usize,
        batch_time: args.batch_time(),
        drain: Duration::from_secs(args.drain_seconds.into()),
        exit_at_end: args.exit_at_end,
        begin_at: properties.begin_at(),
    }
}

/// What is gathered into rows, if they are written.
fn gathered(args: &KafkaArgs) -> Gathered {
    let evidence_memory = (args.per.evidence_memory as usize) << 20;
    match args.per.per {
        Per::Packet => Gathered::Nothing,
        Per::Connection => Gathered::Connections(evidence_memory),
        Per::Host => {
            let settings = MergeSettings {
                evidence_memory,
                idle_seconds: args.host_idle.into(),
                merge_paths: args.limits.merge_paths,
            };
            Gathered::Hosts(settings)
        }
    }
}
