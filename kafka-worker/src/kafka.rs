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

pub(crate) mod args;
mod at_least_once;
mod connecting;
mod dead_letter;
pub(crate) mod events;
pub(crate) mod failure;
pub(crate) mod log;
mod message;
pub(crate) mod metrics;
pub(crate) mod names;
mod native;
mod offsets;
mod output;
mod partitions;
mod proc_self;
pub(crate) mod properties;
mod rebalance;
mod refusal;
pub(crate) mod remedy;
mod server;
mod stall;
pub(crate) mod start;
mod summary;
mod transaction;
mod worker;

use std::process::{self, ExitCode};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::RDKafkaErrorCode;
use stackprint::Analyzer;
use tracing::{error, info, warn};

use args::Delivery;
pub(crate) use args::KafkaArgs;
use connecting::Connecting;
use events::{Source, Troubles};
use failure::Failure;
use metrics::Metrics;
use output::Output;
use partitions::Partitions;
use properties::Properties;
use remedy::Names;
use worker::{Duty, Signals, Worker};

use crate::args::Args;
use crate::packets::PacketDecoder;
use crate::plan::limits;
use crate::reload::Reload;
use crate::stop::Stop;
use crate::{FAILED, database};

pub(crate) fn run(said: &KafkaArgs) -> anyhow::Result<ExitCode> {
    if let Err(message) = names::check_loops(said) {
        Args::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    let stop = Stop::listen().context("listening for signals")?;
    log::start(said.log, said.log_level);
    let database = database::load(&said.database)?;
    let reload = Reload::listen_and(&said.database, |how| match how {
        Ok(message) => info!("{message}"),
        Err(message) => error!("{message}"),
    });
    let reload = reload.context("listening for signals")?;
    let properties = Properties::gather(said.property_file.as_deref(), &said.properties)?;
    properties.check_build()?;
    let metrics = Arc::new(Metrics::new(database.signatures().count()));
    if let Some(address) = &said.metrics {
        server::start(address, Arc::clone(&metrics))
            .map_err(|error| Failure::Metrics { address: address.clone(), error })?;
    }
    let troubles = Arc::new(Troubles::new(Arc::clone(&metrics)));
    let Some(brokers) = said.brokers.as_deref().or_else(|| properties.get("bootstrap.servers"))
    else {
        bail!("no brokers are given: --brokers HOST:PORT, or the property bootstrap.servers");
    };
    let connecting = Connecting {
        said,
        brokers,
        properties: &properties,
        metrics: &metrics,
        troubles: &troubles,
    };
    let names = connecting.names();
    let (source, target) =
        connecting.connect(&names.instance).map_err(|failure| anyhow!(names.explain(&failure)))?;
    let limits = limits(said.limits, database.compat());
    let output = Output::new(
        target,
        &said.to,
        said.dead_letters.as_deref(),
        said.format,
        said.record_time,
        said.delivery == Delivery::ExactlyOnce,
    )?;
    let duty = Duty {
        delivery: said.delivery,
        batch_messages: said.batch_messages as usize,
        batch_time: Duration::from_millis(said.batch_ms.into()),
        drain: Duration::from_secs(said.drain_seconds.into()),
        exit_at_end: said.exit_at_end,
        begin_at: properties.begin_at(),
    };
    let decoder = PacketDecoder::new(said.packet_format, said.link_type, said.key_time);
    let analyzers = Analyzer::builder(&database)
        .filter(said.filter.filter())
        .limits(limits)
        .merge_paths(said.limits.merge_paths)
        .closest(said.closest.closest);
    let partitions = Partitions::new(analyzers);
    let signals = Signals { stop, reload };
    let worker = Worker::new(
        duty,
        output,
        partitions,
        decoder,
        signals,
        Arc::clone(&metrics),
        Arc::clone(&troubles),
    );
    Ok(work(worker, source, &connecting, &names))
}

/// Works, drains, and gives partitions back.
fn work(
    mut worker: Worker,
    mut source: Source,
    connecting: &Connecting<'_>,
    names: &Names,
) -> ExitCode {
    let said = connecting.said;
    let mut result = loop {
        source.context().worker_listens(true);
        let result = worker.run(&source);
        match result {
            Err(Failure::Fatal { code: Some(RDKafkaErrorCode::FencedInstanceId), .. })
                if connecting.troubles.forgive_fence() =>
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
        watch_the_clock(Duration::from_secs(said.drain_seconds.into()));
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
    source.context().worker_listens(false);
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
    fenced.context().worker_listens(false);
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
        error!("brokers do not answer; ending without taking leave of them");
        process::exit(i32::from(FAILED));
    };
    // Without the thread, closing takes as long as it takes.
    let _ = thread::Builder::new().name("deadline".to_owned()).spawn(end);
}
