//! The loop that does nothing but consume, and produce a record that is ready: the least that any
//! worker of this client library can cost. Its settings are the worker's.

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};

use crate::packets::PARTITIONS;

const BATCH_MESSAGES: u32 = 20_000;
const BATCH: Duration = Duration::from_millis(500);
const LIMIT: Duration = Duration::from_secs(60);

/// A record as the worker writes it, with room for an address.
const RECORD: &str = r#"{"schema":"stackprint.record.v1","time":"2026-11-18T11:06:40.000000000Z","kind":"syn","client":{"ip":"@","port":40000},"server":{"ip":"192.0.2.80","port":443},"subject":"client","signature":"4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0","os":{"label":"g:unix:Linux:2.2.x-3.x","name":"Linux","flavor":"2.2.x-3.x","class":"unix","rank":"generic","match":"exact","quality":0.7},"ttl":{"observed":64,"initial":64,"distance":0,"guessed":false},"notes":["generic"],"mtu":{"value":1500,"link":"Ethernet or modem"},"uptime":null,"change":null,"origin":{"topic":"packets-1-1","partition":0,"offset":123456}}"#;

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
    let mut value = Vec::new();
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
                    produce(&producer, to, octets, &mut value);
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
fn produce(producer: &BaseProducer, to: &str, frame: &[u8], value: &mut Vec<u8>) {
    use std::io::Write as _;
    let source: [u8; 4] = frame[26..30].try_into().expect("four octets");
    let address = std::net::Ipv4Addr::from(source);
    let (before, after) = RECORD.split_once('@').expect("a place");
    value.clear();
    write!(value, "{before}{address}{after}").expect("memory");
    let key_len = value[before.len()..].iter().position(|&octet| octet == b'"').expect("its end");
    let key = &value[before.len()..before.len() + key_len];
    let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(to).key(key).payload(value);
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
