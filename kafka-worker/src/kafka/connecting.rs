//! Both ends of the worker: what their properties are, and whether brokers and topics are there.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::process;
use std::sync::Arc;

use rdkafka::ClientConfig;
use rdkafka::consumer::Consumer as _;
use tracing::info;

use super::args::{DeliveryKind, KafkaArgs};
use super::restore::Restorer;
use crate::args::threads;
use crate::kafka_client::events::{ClientErrors, ConsumerEvents, ProducerEvents, Source, Target};
use crate::kafka_client::failure::Failure;
use crate::kafka_client::properties::{Properties, Role};
use crate::kafka_client::remedy::Names;
use crate::kafka_client::statistics::ClientStatistics;
use crate::kafka_client::topics;

/// A worker as brokers know it: a member of the group.
pub(super) struct Member {
    /// The name of its transactions.
    instance: String,
    /// The name that it keeps when the program is started anew, if it has one.
    static_id: Option<String>,
    pub(super) statistics: Arc<ClientStatistics>,
    pub(super) errors: Arc<ClientErrors>,
}

impl Member {
    /// The members that this program is to be, each with names of its own.
    pub(super) fn all(args: &KafkaArgs) -> Vec<Member> {
        let count = threads::count(args.threads);
        let static_id = |number| match &args.static_id {
            Some(id) if count > 1 => Some(format!("{id}-{number}")),
            id => id.clone(),
        };
        (1..=count).map(|number| Member::new(&args.group, static_id(number))).collect()
    }

    fn new(group: &str, static_id: Option<String>) -> Member {
        let statistics = Arc::new(ClientStatistics::default());
        Member {
            instance: instance(group, static_id.as_deref()),
            static_id,
            errors: Arc::new(ClientErrors::new(Arc::clone(&statistics))),
            statistics,
        }
    }
}

/// All that connections are made from.
#[derive(Clone, Copy)]
pub(super) struct Connecting<'c> {
    pub(super) args: &'c KafkaArgs,
    pub(super) brokers: &'c str,
    pub(super) properties: &'c Properties,
    pub(super) member: &'c Member,
}

impl Connecting<'_> {
    /// What errors are about.
    pub(super) fn names(self) -> Names {
        let Connecting { args, brokers, properties, .. } = self;
        let targets = [args.target()].into_iter().chain(args.dead_letters.as_deref());
        Names {
            brokers: brokers.to_owned(),
            from: args.from.clone(),
            to: targets.map(str::to_owned).collect(),
            group: args.group.clone(),
            instance: self.member.instance.clone(),
            instance_prefix: args.static_id.is_none().then(|| format!("{}-", args.group)),
            user: properties.get("sasl.username").map(str::to_owned),
        }
    }

    /// Makes both ends, and looks whether brokers and topics are there. Nothing is subscribed to yet.
    pub(super) fn connect(self) -> Result<(Source, Target), Failure> {
        let Connecting { args, brokers, properties, member } = self;
        let errors = &member.errors;
        info!(
            brokers,
            from = args.from.join(","),
            to = args.target(),
            group = args.group,
            delivery = ?args.delivery,
            properties = properties.masked(),
            "starting"
        );
        let source = self.consumer()?;
        let wanted = topics::Wanted {
            brokers,
            sources: &args.from,
            targets: [args.target()].into_iter().chain(args.dead_letters.as_deref()).collect(),
            of_hosts: args.hosts_to.as_deref(),
            create: args.create_topics,
            partitions: args.partitions,
        };
        let admin = properties.config(Role::Producer, &[("bootstrap.servers", brokers)]);
        topics::check(&source, &admin, &wanted, errors)?;
        let sizes = Sizes::of(properties, || topics::max_batch_bytes(&admin, &wanted.targets));
        let config = properties.config(
            Role::Producer,
            &producer_properties(args, brokers, &member.instance, &sizes, properties),
        );
        let events = ProducerEvents::new(Arc::clone(errors));
        let target: Target = config.create_with_context(events).map_err(Failure::Property)?;
        if args.delivery == DeliveryKind::ExactlyOnce {
            topics::init_transactions(&target, brokers, errors)?;
        }
        Ok((source, target))
    }

    pub(super) fn consumer(self) -> Result<Source, Failure> {
        let events = ConsumerEvents::new(Arc::clone(&self.member.errors));
        self.consumer_config().create_with_context(events).map_err(Failure::Property)
    }

    /// The properties of the consumer.
    pub(super) fn consumer_config(self) -> ClientConfig {
        let Connecting { args, brokers, properties, member } = self;
        properties.config(Role::Consumer, &consumer_properties(args, brokers, member))
    }

    /// What reads rows of hosts back, if these are written.
    pub(super) fn restorer(self) -> Option<Restorer> {
        let Connecting { args, brokers, properties, .. } = self;
        let topic = args.hosts_to.clone()?;
        let decided = [
            ("bootstrap.servers", brokers),
            // For its permissions: it joins no group.
            ("group.id", args.group.as_str()),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("enable.partition.eof", "true"),
            ("statistics.interval.ms", "0"),
        ];
        Some(Restorer { config: properties.config(Role::Consumer, &decided), topic })
    }

    pub(super) fn subscribe(self, source: &Source) -> Result<(), Failure> {
        // Each once: librdkafka refuses to subscribe twice.
        let topics: BTreeSet<&str> = self.args.from.iter().map(String::as_str).collect();
        let topics: Vec<&str> = topics.into_iter().collect();
        source.subscribe(&topics).map_err(|error| Failure::Client { what: "subscribing", error })
    }
}

fn consumer_properties<'p>(
    args: &'p KafkaArgs,
    brokers: &'p str,
    member: &'p Member,
) -> Vec<(&'p str, &'p str)> {
    let word = |is: bool| if is { "true" } else { "false" };
    let mut properties = vec![
        ("bootstrap.servers", brokers),
        ("group.id", args.group.as_str()),
        ("partition.assignment.strategy", args.assignment.property()),
        ("enable.auto.offset.store", "false"),
        ("enable.auto.commit", word(args.delivery == DeliveryKind::AtLeastOnce)),
        ("enable.partition.eof", word(args.exit_at_end)),
    ];
    if let Some(id) = &member.static_id {
        properties.push(("group.instance.id", id));
    }
    if args.delivery == DeliveryKind::ExactlyOnce {
        properties.push(("isolation.level", "read_committed"));
    }
    properties
}

/// Idle connections of a transactional producer are closed after this time.
const IDLE_MS: &str = "15000";

fn producer_properties<'p>(
    args: &'p KafkaArgs,
    brokers: &'p str,
    instance: &'p str,
    sizes: &'p Sizes,
    user: &Properties,
) -> Vec<(&'p str, &'p str)> {
    let mut properties = vec![("bootstrap.servers", brokers), ("enable.idempotence", "true")];
    match args.delivery {
        DeliveryKind::ExactlyOnce => {
            properties.push(("transactional.id", instance));
            // A group's coordinator that is not available is asked for three times, and then never again
            // (librdkafka 2.12.1, rdkafka_coord.c: the request's own time limit is not read): sending
            // offsets to the transaction would block for ever. A change of any connection wakes it,
            // and an idle one is closed and opened again without being taken for a broker that is down.
            if user.get("connections.max.idle.ms").is_none() {
                properties.push(("connections.max.idle.ms", IDLE_MS));
            }
        }
        // Brokers may be away for any time: records wait, and reading is paused.
        DeliveryKind::AtLeastOnce => properties.push(("message.timeout.ms", "0")),
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
fn instance(group: &str, static_id: Option<&str>) -> String {
    match static_id {
        Some(id) => format!("{group}-{id}"),
        None => {
            let random = RandomState::new().hash_one((process::id(), "instance"));
            format!("{group}-{random:016x}")
        }
    }
}
