//! Packets with numbers, by the thousand, into a topic; and which numbers came out.

use std::net::Ipv4Addr;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer as _};
use rdkafka::{Offset, TopicPartitionList};

pub use stackprint_tests::load::numbered;
use stackprint_tests::wait::eventually;

use crate::broker::Broker;
use crate::kcat;

/// 2026-11-18, in microseconds; brokers delete records that bear a time so long ago.
const START_US: u64 = 1_795_000_000_000_000;

/// A producer that neither loses nor repeats.
#[must_use]
pub fn producer(broker: &Broker) -> BaseProducer {
    let mut config = broker.client();
    config.set("enable.idempotence", "true").set("linger.ms", "5");
    // Brokers are killed meanwhile.
    config.set("message.timeout.ms", "120000").set("compression.codec", "lz4");
    config.create().expect("a producer")
}

/// Sends one message, and waits for room where there is none.
pub fn send(
    producer: &BaseProducer,
    topic: &str,
    partition: Option<i32>,
    key: &[u8],
    value: &[u8],
) {
    let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic).key(key).payload(value);
    record.partition = partition;
    while let Err((error, back)) = producer.send(record) {
        let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
        assert_eq!(error, full, "to {topic}");
        producer.poll(Duration::from_millis(10));
        record = back;
    }
    producer.poll(Duration::ZERO);
}

/// Numbered packets as Metron has them: a frame in each message, its time as the key.
pub fn send_numbered(
    producer: &BaseProducer,
    topic: &str,
    partitions: i32,
    numbers: std::ops::Range<u32>,
) {
    for number in numbers {
        let key = (START_US + u64::from(number)).to_be_bytes();
        let partition = (number % partitions as u32) as i32;
        send(producer, topic, Some(partition), &key, &numbered(number));
    }
    flush(producer);
}

/// Waits until everything is delivered.
pub fn flush(producer: &BaseProducer<DefaultProducerContext>) {
    producer.flush(Duration::from_secs(120)).expect("everything is delivered");
}

/// How many messages of a topic a group has not committed yet.
///
/// # Panics
///
/// Where the broker does not tell.
#[must_use]
pub fn lag(broker: &Broker, group: &str, topic: &str, partitions: i32) -> i64 {
    try_lag(broker, group, topic, partitions).expect("committed offsets and watermarks")
}

/// As [`lag`]. Returns `None` if the broker does not tell: one that has just started does not know its
/// groups yet.
#[must_use]
pub fn try_lag(broker: &Broker, group: &str, topic: &str, partitions: i32) -> Option<i64> {
    // Else the answer waits for the end of every transaction, those of killed workers with them.
    let mut config = broker.client();
    config.set("group.id", group).set("isolation.level", "read_uncommitted");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let limit = Duration::from_secs(20);
    let mut asked = TopicPartitionList::new();
    for partition in 0..partitions {
        asked.add_partition(topic, partition);
    }
    let committed = consumer.committed_offsets(asked, limit).ok()?;
    let lag = committed.elements().into_iter().map(|element| {
        let (low, high) = consumer.fetch_watermarks(topic, element.partition(), limit).ok()?;
        Some(match element.offset() {
            Offset::Offset(offset) => high - offset,
            _ => high - low,
        })
    });
    lag.sum()
}

/// Waits until a group has committed all of a topic.
pub fn wait_until_read(
    broker: &Broker,
    group: &str,
    topic: &str,
    partitions: i32,
    limit: Duration,
) {
    eventually(&format!("group {group} reads all of {topic}"), limit, || {
        try_lag(broker, group, topic, partitions) == Some(0)
    });
}

/// How often each number came.
pub struct Ledger {
    times: Vec<u8>,
    records: usize,
}

/// What a ledger says at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub records: usize,
    pub missing: usize,
    /// Records beyond the first of their number.
    pub repeated: usize,
}

impl Ledger {
    /// Reads records from a topic as `read_committed` sees them.
    #[must_use]
    pub fn read(broker: &Broker, topic: &str, numbers: u32) -> Ledger {
        let mut ledger = Ledger { times: vec![0; numbers as usize], records: 0 };
        kcat::each_line(broker, topic, "%s\n", |line| ledger.add(line));
        ledger
    }

    fn add(&mut self, line: &str) {
        // A million records: not worth a JSON parser.
        let rest = line.split_once(r#""client":{"ip":""#).expect("a client").1;
        let address: Ipv4Addr = rest.split('"').next().expect("text").parse().expect("an address");
        let number = u32::from(address).wrapping_sub(10 << 24) as usize;
        let times = self.times.get_mut(number).expect("a number that was sent");
        *times = times.saturating_add(1);
        self.records += 1;
    }

    #[must_use]
    pub fn balance(&self) -> Balance {
        let missing = self.times.iter().filter(|&&times| times == 0).count();
        let repeated = self.times.iter().map(|&times| usize::from(times.saturating_sub(1))).sum();
        Balance { records: self.records, missing, repeated }
    }
}
