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
pub(crate) mod properties;
mod rebalance;
mod server;
mod stall;
pub(crate) mod start;
mod summary;
mod transaction;
mod worker;

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use rdkafka::consumer::Consumer as _;
use stackprint::Analyzer;
use tracing::{error, info};

use args::Delivery;
pub(crate) use args::KafkaArgs;
use events::{ConsumerEvents, ProducerEvents, Source, Target, Troubles};
use failure::Failure;
use metrics::Metrics;
use output::Output;
use partitions::Partitions;
use properties::{Properties, Role};
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
    let (source, target) = connect(said, &properties, &metrics, &troubles)?;
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
    let worker = Worker::new(duty, output, partitions, decoder, signals, metrics, troubles);
    Ok(work(worker, source, said))
}

/// Makes both ends, and looks whether brokers and topics are there.
fn connect(
    said: &KafkaArgs,
    properties: &Properties,
    metrics: &Arc<Metrics>,
    troubles: &Arc<Troubles>,
) -> anyhow::Result<(Source, Target)> {
    let Some(brokers) = said.brokers.as_deref().or_else(|| properties.get("bootstrap.servers"))
    else {
        bail!("no brokers are given: --brokers HOST:PORT, or the property bootstrap.servers");
    };
    info!(
        brokers,
        from = said.from.join(","),
        to = said.to,
        group = said.group,
        delivery = ?said.delivery,
        properties = properties.masked(),
        "starting"
    );
    let config = properties.config(Role::Consumer, &consumer_properties(said, brokers));
    let events = ConsumerEvents::new(Arc::clone(troubles), Arc::clone(metrics));
    let source: Source = config.create_with_context(events).map_err(Failure::Property)?;
    let wanted = start::Wanted {
        brokers,
        sources: &said.from,
        targets: [said.to.as_str()].into_iter().chain(said.dead_letters.as_deref()).collect(),
        create: said.create_topics,
        partitions: said.partitions,
    };
    let admin = properties.config(Role::Producer, &[("bootstrap.servers", brokers)]);
    start::check(&source, &admin, &wanted, troubles)?;
    let sizes = Sizes::of(properties, || start::max_batch_octets(&admin, &wanted.targets));
    let instance = instance(said);
    let config =
        properties.config(Role::Producer, &producer_properties(said, brokers, &instance, &sizes));
    let events = ProducerEvents::new(Arc::clone(troubles), Arc::clone(metrics));
    let target: Target = config.create_with_context(events).map_err(Failure::Property)?;
    if said.delivery == Delivery::ExactlyOnce {
        start::init_transactions(&target, brokers, troubles)?;
    }
    // Each once: librdkafka refuses to subscribe twice.
    let topics: Vec<&str> =
        said.from.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
    source.subscribe(&topics).map_err(|error| Failure::Client { what: "subscribing", error })?;
    Ok((source, target))
}

fn consumer_properties<'p>(said: &'p KafkaArgs, brokers: &'p str) -> Vec<(&'p str, &'p str)> {
    let word = |is: bool| if is { "true" } else { "false" };
    let mut properties = vec![
        ("bootstrap.servers", brokers),
        ("group.id", said.group.as_str()),
        ("partition.assignment.strategy", said.assignment.property()),
        ("enable.auto.offset.store", "false"),
        ("enable.auto.commit", word(said.delivery == Delivery::AtLeastOnce)),
        ("enable.partition.eof", word(said.exit_at_end)),
    ];
    if let Some(id) = &said.static_id {
        properties.push(("group.instance.id", id));
    }
    if said.delivery == Delivery::ExactlyOnce {
        properties.push(("isolation.level", "read_committed"));
    }
    properties
}

fn producer_properties<'p>(
    said: &'p KafkaArgs,
    brokers: &'p str,
    instance: &'p str,
    sizes: &'p Sizes,
) -> Vec<(&'p str, &'p str)> {
    let mut properties = vec![("bootstrap.servers", brokers), ("enable.idempotence", "true")];
    match said.delivery {
        Delivery::ExactlyOnce => properties.push(("transactional.id", instance)),
        // Brokers may be away for any time: records wait, and reading is paused.
        Delivery::AtLeastOnce => properties.push(("message.timeout.ms", "0")),
    }
    if let Some((batch, message)) = &sizes.0 {
        properties.extend([("batch.size", batch.as_str()), ("message.max.bytes", message)]);
    }
    properties
}

/// How large batches and messages may be, as properties; nothing where the user has said it, or
/// brokers do not tell.
struct Sizes(Option<(String, String)>);

impl Sizes {
    fn of(properties: &Properties, ask: impl FnOnce() -> Option<u32>) -> Sizes {
        /// What a batch has beside its messages.
        const FRAMING: u32 = 512;
        /// Larger batches gain nothing.
        const USUAL_BATCH: u32 = 1_000_000;
        /// The client's own bounds.
        const MESSAGE: std::ops::RangeInclusive<u32> = 1000..=1_000_000_000;
        let is_said = ["batch.size", "message.max.bytes"].map(|name| properties.get(name));
        let limit = if is_said == [None, None] { ask() } else { None };
        Sizes(limit.map(|limit| {
            let message = limit.saturating_sub(FRAMING).clamp(*MESSAGE.start(), *MESSAGE.end());
            (message.min(USUAL_BATCH).to_string(), message.to_string())
        }))
    }
}

/// The name under which brokers know this worker's transactions. Without a static id it is a new
/// one each time: no two workers may have the same.
fn instance(said: &KafkaArgs) -> String {
    match &said.static_id {
        Some(id) => format!("{}-{id}", said.group),
        None => {
            let random = RandomState::new().hash_one((process::id(), "instance"));
            format!("{}-{random:016x}", said.group)
        }
    }
}

/// Works, drains, and gives partitions back.
fn work(mut worker: Worker, source: Source, said: &KafkaArgs) -> ExitCode {
    source.context().worker_listens(true);
    let mut result = worker.run(&source);
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
            error!("{failure}");
            ExitCode::from(FAILED)
        }
    };
    source.context().worker_listens(false);
    drop(source);
    drop(worker);
    code
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
