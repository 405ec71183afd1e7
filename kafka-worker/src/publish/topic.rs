//! Before packets are read: are brokers there, and the topic?

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use rdkafka::producer::Producer as _;
use tracing::info;

use super::args::PublishArgs;
use super::publisher::{Publisher, Shape};
use crate::kafka_client::events::{ClientErrors, ProducerEvents, Target};
use crate::kafka_client::failure::Failure;
use crate::kafka_client::properties::{Properties, Role};
use crate::kafka_client::remedy::Names;
use crate::kafka_client::statistics::ClientStatistics;
use crate::kafka_client::topics;

/// What errors are about.
pub(super) fn names(args: &PublishArgs, properties: &Properties) -> anyhow::Result<Names> {
    let Some(brokers) = args.brokers.as_deref().or_else(|| properties.get("bootstrap.servers"))
    else {
        bail!("no brokers are given: --brokers HOST:PORT, or the property bootstrap.servers");
    };
    Ok(Names {
        brokers: brokers.to_owned(),
        to: vec![args.to.clone()],
        user: properties.get("sasl.username").map(str::to_owned),
        ..Names::default()
    })
}

/// A producer for a topic that is there.
pub(super) fn connect(
    args: &PublishArgs,
    properties: &Properties,
    names: &Names,
    shape: Shape,
) -> Result<Publisher, Failure> {
    properties.check_build()?;
    let brokers = names.brokers.as_str();
    info!(brokers, to = args.to, properties = properties.masked(), "starting");
    let decided = [
        ("bootstrap.servers", brokers),
        ("enable.idempotence", "true"),
        // Nobody reads statistics here, and they would gather while input is waited for.
        ("statistics.interval.ms", "0"),
    ];
    let config = properties.config(Role::Producer, &decided);
    let errors = Arc::new(ClientErrors::new(Arc::new(ClientStatistics::default())));
    let events = ProducerEvents::new(Arc::clone(&errors));
    let target: Target = config.create_with_context(events).map_err(Failure::Property)?;
    let create = || {
        // -1: what the broker is configured to.
        let count = args.partitions.and_then(|count| i32::try_from(count).ok()).unwrap_or(-1);
        topics::create(&config, &args.to, count)
    };
    let create: Option<&dyn Fn() -> Result<(), Failure>> =
        if args.create_topics { Some(&create) } else { None };
    let partitions = partitions(&target, &args.to, brokers, &errors, create)?;
    let shape = Shape { max_bytes: max_bytes(&shape, properties), ..shape };
    Ok(Publisher::new(target, errors, args.to.clone(), partitions, shape))
}

/// The number of the topic's partitions.
fn partitions(
    target: &Target,
    topic: &str,
    brokers: &str,
    errors: &ClientErrors,
    create: Option<&dyn Fn() -> Result<(), Failure>>,
) -> Result<u32, Failure> {
    /// A topic that has just been created is not known to all brokers at once.
    const PATIENCE: Duration = Duration::from_secs(10);
    let ask = |wait| {
        let answer = target.client().fetch_metadata(Some(topic), wait);
        // Serves the client's events: why there is no answer.
        target.poll(Duration::from_millis(10));
        answer
    };
    let missing =
        || Failure::MissingTopics { topics: vec![topic.to_owned()], brokers: brokers.to_owned() };
    let mut created = None;
    loop {
        let count = topics::partitions(ask, topic, brokers, errors)?;
        if let Some(count) = count.and_then(|count| u32::try_from(count).ok()).filter(|&n| n > 0) {
            return Ok(count);
        }
        match (create, created) {
            (None, _) => return Err(missing()),
            (Some(create), None) => {
                create()?;
                created = Some(Instant::now());
            }
            (_, Some(when)) if when.elapsed() >= PATIENCE => return Err(missing()),
            _ => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Room for headers is left where the client is configured to smaller messages.
fn max_bytes(shape: &Shape, properties: &Properties) -> usize {
    let client = properties.get("message.max.bytes").and_then(|bytes| bytes.parse::<usize>().ok());
    client.map_or(shape.max_bytes, |bytes| shape.max_bytes.min(bytes / 10 * 9))
}
