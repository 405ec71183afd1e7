//! The loop that does nothing but consume, and produce a record that is ready: the least that any
//! worker of this client library can cost. Its settings are the worker's.

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};
use stackprint::{Analyzer, Database, Frame, LinkType, Origin, SCHEMA, Timestamp};

use crate::packets::PARTITIONS;

const BATCH_MESSAGES: u32 = 20_000;
const BATCH: Duration = Duration::from_millis(500);
const LIMIT: Duration = Duration::from_secs(60);

/// What the worker sends of a SYN, ready but for the address.
struct Template {
    before: Vec<u8>,
    after: Vec<u8>,
    headers: OwnedHeaders,
}

impl Template {
    /// Made once, by the engine itself, of the first frame.
    fn new(frame: &[u8], topic: &str) -> Template {
        let time = Timestamp::from_nanos(1_795_000_000_123_456_789);
        let mut analyzer = Analyzer::new(&Database::builtin());
        let frame = Frame::new(LinkType::ETHERNET, frame).at(time);
        let record = analyzer.analyze(&frame).expect("a segment").expect("a SYN");
        let origin = Origin {
            topic: Some(topic.into()),
            partition: Some(0),
            offset: Some(123_456),
            ..Origin::default()
        };
        let mut value = Vec::new();
        record.write_json(Some(&origin), &mut value);
        let ip = record.client.ip.to_string();
        let start = value.windows(ip.len()).position(|part| part == ip.as_bytes());
        let after = value.split_off(start.expect("the address") + ip.len());
        value.truncate(value.len() - ip.len());
        let header = |key, value: &'static str| Header { key, value: Some(value) };
        let headers = OwnedHeaders::new()
            .insert(header("content-type", "application/json"))
            .insert(header("schema", SCHEMA));
        Template { before: value, after, headers }
    }
}

fn clients(brokers: &str, group: &str, delivery: &str) -> (BaseConsumer, BaseProducer) {
    let mut consumer = ClientConfig::new();
    consumer.set("bootstrap.servers", brokers).set("group.id", group);
    for (name, value) in [
        ("enable.auto.offset.store", "false"),
        ("auto.offset.reset", "earliest"),
        ("fetch.wait.max.ms", "100"),
        ("max.partition.fetch.bytes", "4194304"),
        ("queued.min.messages", "200000"),
        ("queued.max.messages.kbytes", "32768"),
        ("enable.partition.eof", "true"),
        ("statistics.interval.ms", "5000"),
    ] {
        consumer.set(name, value);
    }
    let mut producer = ClientConfig::new();
    producer.set("bootstrap.servers", brokers);
    for (name, value) in [
        ("enable.idempotence", "true"),
        ("compression.codec", "zstd"),
        ("compression.level", "1"),
        ("linger.ms", "20"),
        ("batch.num.messages", "10000"),
        ("batch.size", "1000000"),
        ("queue.buffering.max.messages", "200000"),
        ("queue.buffering.max.kbytes", "262144"),
        ("partitioner", "murmur2_random"),
        ("statistics.interval.ms", "5000"),
    ] {
        producer.set(name, value);
    }
    if delivery == "exactly-once" {
        consumer.set("enable.auto.commit", "false").set("isolation.level", "read_committed");
        producer.set("transactional.id", group);
    }
    (consumer.create().expect("a consumer"), producer.create().expect("a producer"))
}

/// Consumes a topic to its end; `delivery` may also be `consume`: then nothing is produced.
pub fn run(brokers: &str, from: &str, to: &str, delivery: &str) {
    let (consumer, producer) = clients(brokers, to, delivery);
    consumer.subscribe(&[from]).expect("subscribed");
    let mut batch = Batch { consumer: &consumer, producer: &producer, delivery, offsets: [-1; 64] };
    if delivery == "exactly-once" {
        producer.init_transactions(LIMIT).expect("transactions");
    }
    let (mut ends, mut messages, mut since) = (0, 0, Instant::now());
    let (mut value, mut template) = (Vec::new(), None);
    while ends < PARTITIONS {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                if messages == 0 {
                    batch.begin();
                    since = Instant::now();
                }
                batch.offsets[message.partition() as usize] = message.offset();
                if delivery != "consume" {
                    let octets = message.payload().expect("a value");
                    let template = template.get_or_insert_with(|| Template::new(octets, from));
                    produce(&producer, to, octets, template, &mut value);
                }
                messages += 1;
            }
            Some(Err(KafkaError::PartitionEOF(_))) => ends += 1,
            Some(Err(error)) => panic!("{error}"),
            None => {}
        }
        let is_due = messages >= BATCH_MESSAGES || messages > 0 && since.elapsed() >= BATCH;
        if is_due || ends == PARTITIONS && messages > 0 {
            batch.end(from);
            messages = 0;
        }
    }
}

/// The source address of an Ethernet frame's IPv4 is the key, and stands in the record.
fn produce(
    producer: &BaseProducer,
    to: &str,
    frame: &[u8],
    template: &Template,
    value: &mut Vec<u8>,
) {
    use std::io::Write as _;
    let source: [u8; 4] = frame[26..30].try_into().expect("four octets");
    let address = std::net::Ipv4Addr::from(source);
    let Template { before, after, headers } = template;
    value.clear();
    value.extend(before);
    write!(value, "{address}").expect("memory");
    let key_end = value.len();
    value.extend(after);
    let mut record: BaseRecord<'_, [u8], [u8]> =
        BaseRecord::to(to).key(&value[before.len()..key_end]).payload(value);
    record = record.headers(headers.clone());
    while let Err((_, back)) = producer.send(record) {
        producer.poll(Duration::from_millis(10));
        record = back;
    }
    producer.poll(Duration::ZERO);
}

struct Batch<'c> {
    consumer: &'c BaseConsumer,
    producer: &'c BaseProducer,
    delivery: &'c str,
    /// The last of each partition.
    offsets: [i64; 64],
}

impl Batch<'_> {
    fn begin(&self) {
        if self.delivery == "exactly-once" {
            self.producer.begin_transaction().expect("a transaction");
        }
    }

    fn end(&self, topic: &str) {
        let mut next = TopicPartitionList::new();
        for (partition, &offset) in (0..).zip(&self.offsets).filter(|(_, offset)| **offset >= 0) {
            next.add_partition_offset(topic, partition, Offset::Offset(offset + 1)).expect("added");
        }
        if self.delivery == "exactly-once" {
            let group = self.consumer.group_metadata().expect("a group");
            self.producer.send_offsets_to_transaction(&next, &group, LIMIT).expect("offsets");
            self.producer.commit_transaction(LIMIT).expect("committed");
        } else {
            self.producer.flush(LIMIT).expect("delivered");
            self.consumer.store_offsets(&next).expect("stored");
        }
    }
}
