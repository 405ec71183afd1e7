//! `stackprint kafka`: packets from Kafka topics in, records to another out.
//!
//! One thread works: it polls the consumer, makes records, hands them to the producer, and serves
//! both. librdkafka's own threads fetch and send. What its callbacks tell is noted
//! ([`events`]) and read between messages, so that no state is shared.
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

use std::process::{self, ExitCode};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use rdkafka::consumer::Consumer as _;
use rdkafka::error::RDKafkaErrorCode;
use stackprint::Analyzer;
use stackprint::who::MergeSettings;
use tracing::{error, info, warn};

pub(crate) use args::KafkaArgs;
use connecting::Connecting;
use metrics::Metrics;
use output::Output;
use partitions::{Gathered, Partitions};
use session::{Reports, Signals, WorkerConfig};
use unassigned::UnassignedWatch;
use worker::Worker;

use crate::args::Per;
use crate::database;
use crate::exit::FAILED;
use crate::kafka_client::events::{ClientErrors, Source};
use crate::kafka_client::failure::Failure;
use crate::kafka_client::log;
use crate::kafka_client::properties::Properties;
use crate::kafka_client::remedy::Names;
use crate::kafka_client::statistics::ClientStatistics;
use crate::query::{Listeners, Services};
use crate::reload::Reload;
use crate::stop::Stop;
use stackprint_worker::packets::PacketDecoder;

pub(crate) fn run(args: &KafkaArgs) -> anyhow::Result<ExitCode> {
    args.check_loops()?;
    args.check_rows()?;
    let stop = Stop::listen().context("listening for signals")?;
    log::start(args.log, args.log_level);
    let database = database::load(&args.database)?;
    let privacy = args.privacy.privacy()?;
    let reload = Reload::listen_and(&args.database, |how| match how {
        Ok(message) => info!("{message}"),
        Err(message) => error!("{message}"),
    });
    let reload = reload.context("listening for signals")?;
    let properties = Properties::gather(args.property_file.as_deref(), &args.properties)?;
    properties.check_build()?;
    let statistics = Arc::new(ClientStatistics::default());
    let metrics = Arc::new(Metrics::new(database.signatures().count(), Arc::clone(&statistics)));
    if let Some(address) = &args.metrics {
        let listeners = Listeners::metrics(address)
            .map_err(|error| Failure::Metrics { address: address.clone(), error })?;
        Services::without_hosts(listeners, metrics.clone())?;
    }
    let errors = Arc::new(ClientErrors::new(Arc::clone(&statistics)));
    let Some(brokers) = args.brokers.as_deref().or_else(|| properties.get("bootstrap.servers"))
    else {
        bail!("no brokers are given: --brokers HOST:PORT, or the property bootstrap.servers");
    };
    let connecting = Connecting { args, brokers, properties: &properties, errors: &errors };
    let names = connecting.names();
    let (source, target) =
        connecting.connect(&names.instance).map_err(|failure| anyhow!(names.explain(&failure)))?;
    let output = Output::new(target, args, privacy)?;
    let decoder = PacketDecoder::new(args.packet_format, args.link_type, args.key_time);
    let analyzers = args
        .layers
        .apply(Analyzer::builder(&database))
        .filter(args.filter.filter())
        .limits(args.limits.limits(database.compat()))
        .merge_paths(args.limits.merge_paths)
        .closest(args.closest.closest);
    let worker = Worker::new(
        config(args, &properties),
        output,
        Partitions::new(analyzers, gathered(args)),
        connecting.restorer(),
        decoder,
        Signals { stop, reload },
        Reports { metrics, errors: Arc::clone(&errors), statistics },
    );
    let _watch = UnassignedWatch::start(connecting)?;
    Ok(work(worker, source, &connecting, &names))
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

/// Works, drains, and gives partitions back.
fn work(
    mut worker: Worker,
    mut source: Source,
    connecting: &Connecting<'_>,
    names: &Names,
) -> ExitCode {
    let args = connecting.args;
    let mut result = loop {
        source.context().attach_worker();
        let result = worker.run(&source);
        match result {
            Err(Failure::Fatal { code: Some(RDKafkaErrorCode::FencedInstanceId), .. })
                if connecting.errors.forgive_fence() =>
            {
                warn!("brokers were away for longer than the session; joining the group anew");
                match rejoin(&mut worker, source, connecting) {
                    Ok(joining) => source = joining,
                    Err(failure) => {
                        error!("{}", names.explain(&failure));
                        return ExitCode::from(FAILED);
                    }
                }
            }
            result => break result,
        }
    };
    if result.is_ok() {
        info!("finishing what was read");
        watch_the_clock(Duration::from_secs(args.drain_seconds.into()));
        result = worker.drain(&source);
    } else {
        // Closing must not take for ever either.
        watch_the_clock(Duration::ZERO);
    }
    // Said before closing, which may take its time.
    info!("{}", summary::of(worker.counts()));
    let code = match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            error!("{}", names.explain(&failure));
            ExitCode::from(FAILED)
        }
    };
    source.context().detach_worker();
    drop(source);
    drop(worker);
    code
}

/// Another consumer of the same name, in place of one that brokers no longer know.
fn rejoin(
    worker: &mut Worker,
    fenced: Source,
    connecting: &Connecting<'_>,
) -> Result<Source, Failure> {
    worker.forget_partitions(&fenced)?;
    fenced.context().detach_worker();
    drop(fenced);
    let source = connecting.consumer()?;
    connecting.subscribe(&source)?;
    Ok(source)
}

/// Ends the program where brokers that are away would keep it from ending.
fn watch_the_clock(drain: Duration) {
    /// For leaving the group, and for the clients to close.
    const CLOSING: Duration = Duration::from_secs(5);
    let end = move || {
        thread::sleep(drain + CLOSING);
        error!("brokers unreachable; exiting without leaving the group");
        process::exit(i32::from(FAILED));
    };
    // Without the thread, closing takes as long as it takes.
    let _ = thread::Builder::new().name("deadline".to_owned()).spawn(end);
}
