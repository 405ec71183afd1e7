//! Before work begins: are brokers there, and the topics? What is wrong is said within seconds.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use rdkafka::producer::Producer as _;
use tracing::info;

use super::events::{ClientErrors, FatalError, Source, Target};
use super::failure::Failure;

/// Brokers have as long to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between looks at what went wrong.
const TRY: Duration = Duration::from_secs(1);

/// What to look for.
pub(crate) struct Wanted<'w> {
    pub(crate) brokers: &'w str,
    pub(crate) sources: &'w [String],
    /// Topics for records and dead letters.
    pub(crate) targets: Vec<&'w str>,
    /// Of these, the one for rows of hosts.
    pub(crate) of_hosts: Option<&'w str>,
    pub(crate) create: bool,
    pub(crate) partitions: Option<u32>,
}

/// Makes sure that all topics are there.
pub(crate) fn check(
    source: &Source,
    config: &ClientConfig,
    wanted: &Wanted<'_>,
    errors: &ClientErrors,
) -> Result<(), Failure> {
    let mut missing = Vec::new();
    let mut source_partitions = None;
    let mut host_partitions = None;
    for topic in wanted.sources.iter().map(String::as_str).chain(wanted.targets.iter().copied()) {
        let ask = |wait| {
            let answer = source.fetch_metadata(Some(topic), wait);
            // Serves the client's events: why there is no answer.
            let _ = source.poll(Duration::from_millis(10));
            answer
        };
        match partitions(ask, topic, wanted.brokers, errors)? {
            Some(count) if wanted.of_hosts == Some(topic) => host_partitions = Some(count),
            Some(count) => source_partitions = source_partitions.or(Some(count)),
            None => missing.push(topic),
        }
    }
    if let Some(topic) = wanted.of_hosts {
        check_hosts(config, topic, host_partitions, source_partitions)?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    if !wanted.create {
        return Err(Failure::MissingTopics {
            topics: missing.into_iter().map(str::to_owned).collect(),
            brokers: wanted.brokers.to_owned(),
        });
    }
    let asked = wanted.partitions.and_then(|count| i32::try_from(count).ok());
    // -1: what the broker is configured to.
    let count = asked.or(source_partitions).unwrap_or(-1);
    missing.into_iter().try_for_each(|topic| match wanted.of_hosts == Some(topic) {
        true => create_with(config, topic, source_partitions.unwrap_or(-1), &[(POLICY, "compact")]),
        false => create(config, topic, count),
    })
}

/// The setting by which a topic keeps the last message of each key.
const POLICY: &str = "cleanup.policy";

/// A topic for rows of hosts that is there has to keep them, and to have as many partitions as the topic
/// of records.
fn check_hosts(
    config: &ClientConfig,
    topic: &str,
    found: Option<i32>,
    needed: Option<i32>,
) -> Result<(), Failure> {
    let refused = |reason: String| {
        let what = format!("topic {topic}");
        Err(Failure::Refused { what, reason, topic: Some(topic.to_owned()), code: None })
    };
    if let (Some(found), Some(needed)) = (found, needed)
        && found != needed
    {
        return refused(format!(
            "it has {found} partitions, and the topic of records {needed}: rows of hosts need as many, \
             because the hosts of a partition are read back from the one with the same number"
        ));
    }
    match found.and_then(|_| setting(config, topic, POLICY)) {
        Some(policy) if !policy.split(',').any(|it| it == "compact") => refused(format!(
            "its {POLICY} is {policy}: brokers would delete rows of hosts. Set it to compact"
        )),
        // Without the right to describe configurations, nobody knows.
        _ => Ok(()),
    }
}

/// A setting of a topic; `None` where brokers do not tell.
fn setting(config: &ClientConfig, topic: &str, name: &str) -> Option<String> {
    let admin: AdminClient<DefaultClientContext> = config.create().ok()?;
    let options = AdminOptions::new().request_timeout(Some(PATIENCE));
    let asked = [ResourceSpecifier::Topic(topic)];
    let answers = block_on(admin.describe_configs(&asked, &options)).ok()?;
    answers.into_iter().find_map(|answer| answer.ok()?.get(name)?.value.clone())
}

/// The number of a topic's partitions; `None` if there is no such topic. `ask` asks brokers for as
/// long as it is told to.
pub(crate) fn partitions(
    ask: impl Fn(Duration) -> KafkaResult<Metadata>,
    topic: &str,
    brokers: &str,
    errors: &ClientErrors,
) -> Result<Option<i32>, Failure> {
    let began = Instant::now();
    loop {
        let answer = ask(TRY);
        let code = match &answer {
            Ok(metadata) => match metadata.topics().iter().find(|found| found.name() == topic) {
                Some(found) => match found.error().map(RDKafkaErrorCode::from) {
                    None => return Ok(i32::try_from(found.partitions().len()).ok()),
                    Some(code) => code,
                },
                None => RDKafkaErrorCode::UnknownTopicOrPartition,
            },
            Err(error) => error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown),
        };
        match code {
            RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic => {
                return Ok(None);
            }
            RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::InvalidTopic => {
                let (what, reason) = (format!("topic {topic}"), code.to_string());
                let topic = Some(topic.to_owned());
                return Err(Failure::Refused { what, reason, topic, code: Some(code) });
            }
            _ => {}
        }
        if let Some(FatalError { code, reason, .. }) = errors.fatal() {
            let (what, topic) = (format!("{brokers}: {code}"), None);
            return Err(Failure::Refused { what, reason, topic, code: Some(code) });
        }
        if began.elapsed() >= PATIENCE {
            let (brokers, reason) = (brokers.to_owned(), errors.last());
            return Err(Failure::Unreachable { brokers, waited: PATIENCE, reason });
        }
        // An answer that comes at once and helps nothing would be asked for without end.
        thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn create(config: &ClientConfig, topic: &str, partitions: i32) -> Result<(), Failure> {
    create_with(config, topic, partitions, &[])
}

fn create_with(
    config: &ClientConfig,
    topic: &str,
    partitions: i32,
    settings: &[(&str, &str)],
) -> Result<(), Failure> {
    let failure = |reason: String| Failure::CreateTopic { topic: topic.to_owned(), reason };
    let admin: AdminClient<DefaultClientContext> =
        config.create().map_err(|error: KafkaError| failure(error.to_string()))?;
    // -1: as many replicas as the broker is configured to.
    let asked = NewTopic::new(topic, partitions, TopicReplication::Fixed(-1));
    let asked = settings.iter().fold(asked, |asked, (name, value)| asked.set(name, value));
    let options =
        AdminOptions::new().request_timeout(Some(PATIENCE)).operation_timeout(Some(PATIENCE));
    let results = block_on(admin.create_topics([&asked], &options))
        .map_err(|error| failure(error.to_string()))?;
    for result in results {
        match result {
            // Another worker was faster.
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(failure(code.to_string())),
        }
    }
    info!(topic, partitions, "created");
    Ok(())
}

/// The largest batch that all these topics take, in bytes; `None` where brokers do not tell, as
/// without the right to describe configurations.
///
/// Brokers hold `max.message.bytes` against batches, and refuse them whole: a client that made
/// larger ones would lose messages that are small enough.
pub(crate) fn max_batch_bytes(config: &ClientConfig, topics: &[&str]) -> Option<u32> {
    let admin: AdminClient<DefaultClientContext> = config.create().ok()?;
    let asked: Vec<_> = topics.iter().copied().map(ResourceSpecifier::Topic).collect();
    let options = AdminOptions::new().request_timeout(Some(PATIENCE));
    let answers = block_on(admin.describe_configs(&asked, &options)).ok()?;
    let limit = |answer: rdkafka::admin::ConfigResource| {
        answer.get("max.message.bytes")?.value.as_ref()?.parse::<u32>().ok()
    };
    answers.into_iter().filter_map(|answer| limit(answer.ok()?)).min()
}

/// Makes the producer known to its coordinator, and ends what an earlier one of the same name left
/// open.
pub(crate) fn init_transactions(
    target: &Target,
    brokers: &str,
    errors: &ClientErrors,
) -> Result<(), Failure> {
    const LONGER: Duration = Duration::from_secs(30);
    let began = Instant::now();
    loop {
        let Err(error) = target.init_transactions(TRY) else { return Ok(()) };
        target.poll(Duration::from_millis(10));
        let fatal = errors.fatal();
        let may_try_again = match &error {
            KafkaError::Transaction(error) => error.is_retriable(),
            _ => false,
        };
        if let Some(FatalError { code, reason, .. }) = fatal {
            let (what, topic) = (format!("transactions: {code}"), None);
            return Err(Failure::Refused { what, reason, topic, code: Some(code) });
        }
        if !may_try_again || began.elapsed() >= LONGER {
            let what = format!("transactions on {brokers}");
            let (reason, code) = (error.to_string(), error.rdkafka_error_code());
            return Err(Failure::Refused { what, reason, topic: None, code });
        }
    }
}

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future that another thread completes.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
