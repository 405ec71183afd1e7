//! What workers remember belongs to a partition, and goes with it; records of a key keep their
//! order.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::producer::{BaseProducer, Producer as _};
use serde_json::Value;
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::worker::Worker;
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::{kcat, load};

const LIMIT: Duration = Duration::from_secs(60);
const HOSTS: u32 = 20;
const PARTITIONS: i32 = 4;
const START_US: u64 = 1_795_000_000_000_000;

/// A SYN of a host, whose system depends on the kind: Linux, or Windows of old.
fn syn(host: u32, round: u32, kind: i32) -> Vec<u8> {
    let client = Ipv4Addr::from(0x0a00_0000 + host);
    let server = Ipv4Addr::new(192, 0, 2, 80);
    let mut frame = FrameBuilder::syn((client, 2_000 + round as u16).into(), (server, 443).into());
    if kind % 2 == 1 {
        frame.ttl = 128;
        frame.window = 8192;
        // MSS, NOP, scale 2, NOP, NOP, SACK permitted.
        frame.tcp_options = vec![2, 4, 5, 0xb4, 1, 3, 3, 2, 1, 1, 4, 2];
    }
    frame.build()
}

fn time(round: u32) -> [u8; 8] {
    (START_US + u64::from(round) * 1_000_000).to_be_bytes()
}

fn args<'a>(address: &'a str, from: &'a str, to: &'a str) -> Vec<&'a str> {
    let mut args = vec!["kafka", "--brokers", address, "--from", from, "--to", to];
    args.extend(["--group", from, "--delivery", "exactly-once", "--packet-format", "raw"]);
    args.extend(["--batch-messages", "50", "--batch-ms", "100"]);
    // A killed worker is missed soon, and its transaction ended.
    args.extend(["-X", "session.timeout.ms=3000", "-X", "heartbeat.interval.ms=500"]);
    args.extend(["-X", "transaction.timeout.ms=3000"]);
    args
}

fn records(broker: &Broker, topic: &str) -> Vec<Value> {
    let parse = |line: &String| serde_json::from_str(line).expect(line);
    kcat::values(broker, topic).iter().map(parse).collect()
}

fn changes(records: &[Value]) -> usize {
    records.iter().filter(|record| !record["change"].is_null()).count()
}

/// What the main test asserts the absence of must show where it belongs: the two systems of an
/// address in one partition.
#[test]
fn two_systems_in_one_partition_are_a_change() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("mixed", 1), ("mixed-records", 1)]);
    let producer = load::producer(&broker);
    for round in 0..6 {
        load::send(&producer, "mixed", Some(0), &time(round), &syn(1, round, round as i32));
    }
    load::flush(&producer);
    let address = broker.address();
    let mut args = args(&address, "mixed", "mixed-records");
    args.push("--exit-at-end");
    Worker::start(&args).finish(LIMIT);
    let records = records(&broker, "mixed-records");
    assert_eq!(records.len(), 6);
    assert!(changes(&records) > 0, "{records:?}");
}

/// What these suites read is not held back by a transaction that nobody ends: a killed worker's.
#[test]
fn a_reader_waits_for_open_transactions() {
    const OPEN: Duration = Duration::from_secs(2);
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("held-back", 1)]);
    let mut config = broker.client();
    config.set("transactional.id", "left-open");
    let open: BaseProducer = config.create().expect("a producer");
    open.init_transactions(LIMIT).expect("transactions");
    open.begin_transaction().expect("a transaction");
    load::send(&open, "held-back", Some(0), b"", b"never committed");
    load::flush(&open);
    let behind = load::producer(&broker);
    load::send(&behind, "held-back", Some(0), b"", b"behind it");
    load::flush(&behind);
    let start = Instant::now();
    let values = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(OPEN);
            open.abort_transaction(LIMIT).expect("aborted");
        });
        kcat::values(&broker, "held-back")
    });
    assert_eq!(values, ["behind it"]);
    assert!(start.elapsed() >= OPEN, "it did not wait");
}

/// Each address is Linux in one partition and Windows in the next, while workers come, leave and
/// are killed, so that each partition goes from hand to hand. A worker that kept or mixed what it
/// remembers would see the address change its system.
#[test]
fn partitions_do_not_mix_and_keys_keep_their_order() {
    let Some(broker) = Broker::shared() else { return };
    let (from, to) = ("apart", "apart-records");
    broker.create_topics(&[(from, PARTITIONS), (to, 3)]);
    let address = broker.address();
    let producer = load::producer(&broker);
    let mut workers = vec![Worker::start(&args(&address, from, to))];
    const ROUNDS: u32 = 60;
    for round in 0..ROUNDS {
        for (host, partition) in (0..HOSTS).flat_map(|host| (0..PARTITIONS).map(move |p| (host, p)))
        {
            let frame = syn(host, round, partition);
            load::send(&producer, from, Some(partition), &time(round), &frame);
        }
        match round % 20 {
            5 | 10 => workers.push(Worker::start(&args(&address, from, to))),
            15 => {
                let ended = workers.remove(0).terminate(LIMIT);
                assert_eq!(ended.status, Some(0), "{}", ended.stderr);
            }
            19 => workers.remove(0).kill(),
            _ => {}
        }
        thread::sleep(Duration::from_millis(250));
    }
    load::flush(&producer);
    if workers.is_empty() {
        workers.push(Worker::start(&args(&address, from, to)));
    }
    load::wait_until_read(&broker, from, from, PARTITIONS, LIMIT);
    for worker in workers {
        let ended = worker.terminate(LIMIT);
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    }
    let records = records(&broker, to);
    assert_eq!(records.len() as u32, ROUNDS * HOSTS * PARTITIONS as u32);
    assert_eq!(changes(&records), 0, "state of one partition in another");
    in_order(&records);
}

/// The records of an address, from one partition of packets, stand in one partition of records in
/// the order of the packets.
fn in_order(records: &[Value]) {
    let mut last: BTreeMap<(String, u64), u64> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    for record in records {
        let client = record["client"]["ip"].as_str().unwrap().to_owned();
        let origin = &record["origin"];
        let offset = origin["offset"].as_u64().unwrap();
        let key = (client, origin["partition"].as_u64().unwrap());
        keys.insert(key.clone());
        if let Some(before) = last.insert(key.clone(), offset) {
            assert!(before < offset, "{key:?}: {offset} behind {before}");
        }
    }
    assert_eq!(keys.len() as u32, HOSTS * PARTITIONS as u32);
}
