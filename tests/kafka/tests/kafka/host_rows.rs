//! Rows of hosts from a topic of records: as `read` makes them, whatever becomes of workers.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Value;
use stackprint::{LinkType, Timestamp};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::program::{command, output};
use stackprint_tests::say;
use stackprint_tests::worker::Worker;
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::{kcat, load};

const LIMIT: Duration = Duration::from_secs(120);
const START_NS: u64 = 1_795_000_000_000_000_000;
const PARTITIONS: u32 = 4;

/// Hosts that open connections to many peers, have an answer, and ask for something. No timestamps, and
/// one distance for each host: an uptime and a sign of change depend on which connections one memory
/// has seen.
fn capture(name: &str, hosts: u32, peers: u32) -> PathBuf {
    const CHROME: &str = "GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; \
                          Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 \
                          Safari/537.36\r\n\r\n";
    let mut file = PcapFile::new(LinkType::ETHERNET);
    let mut time_ns = START_NS;
    for (peer, host) in (0..peers).flat_map(|peer| (0..hosts).map(move |host| (peer, host))) {
        let client = Ipv4Addr::from(0x0a00_0001 + host);
        let server = Ipv4Addr::from(0xc000_0201 + (peer + host) % 200);
        let client = SocketAddr::new(client.into(), 40_000 + peer as u16);
        let server = SocketAddr::new(server.into(), 80 + (peer % 3) as u16);
        // MSS, NOP, scale 8, NOP, NOP, SACK permitted: Windows.
        let syn = FrameBuilder {
            ttl: 128 - (host % 4) as u8,
            tcp_options: vec![2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2],
            ..FrameBuilder::syn(client, server)
        };
        let syn_ack = FrameBuilder { ttl: 64, ..syn.syn_ack() };
        let request = FrameBuilder {
            sequence: syn_ack.acknowledgment,
            acknowledgment: syn_ack.sequence.wrapping_add(1),
            flags: flag::ACK | flag::PSH,
            tcp_options: Vec::new(),
            payload: CHROME.into(),
            ..syn.clone()
        };
        for frame in [syn, syn_ack, request] {
            time_ns += 1_000_000;
            file.push(Timestamp::from_nanos(time_ns), &frame.build());
        }
    }
    let path = std::env::temp_dir().join(format!("stackprint-{name}-{}.pcap", std::process::id()));
    file.write(&path).expect("a capture");
    path
}

fn read(path: &std::path::Path, more: &[&str]) -> Vec<String> {
    let path = path.display().to_string();
    let args = [&["read", "--format", "ndjson"], more, &[&path]].concat();
    let read = output(&mut command(&args), b"");
    assert_eq!(read.status.code(), Some(0), "{}", String::from_utf8_lossy(&read.stderr));
    String::from_utf8(read.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// The last row of each host, which no other follows.
fn expected(path: &std::path::Path) -> BTreeMap<String, Value> {
    let mut rows = BTreeMap::new();
    for line in read(path, &["--per", "host"]) {
        let mut row: Value = serde_json::from_str(&line).expect("a row");
        if row["final"] == true {
            // More may come of it in a topic.
            row["final"] = false.into();
            rows.insert(row["ip"].as_str().unwrap().to_owned(), row);
        }
    }
    rows
}

/// All rows of a topic with their keys, null for tombstones. kcat would cut headers at line ends.
fn messages(broker: &Broker, topic: &str) -> Vec<(String, Value)> {
    broker.wait_for_transactions(topic);
    let mut config = broker.client();
    config.set("group.id", "none").set("enable.partition.eof", "true");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let metadata = consumer.fetch_metadata(Some(topic), LIMIT).expect("metadata");
    let mut left: Vec<i32> = metadata.topics()[0].partitions().iter().map(|it| it.id()).collect();
    let mut list = TopicPartitionList::new();
    for number in &left {
        list.add_partition_offset(topic, *number, Offset::Beginning).expect("an offset");
    }
    consumer.assign(&list).expect("assigned");
    let mut rows = Vec::new();
    while !left.is_empty() {
        match consumer.poll(LIMIT).expect("something") {
            Ok(message) => {
                let key = String::from_utf8(message.key().expect("a key").to_vec());
                let json = |it: &[u8]| serde_json::from_slice(it).expect("JSON");
                rows.push((key.expect("UTF-8"), message.payload().map_or(Value::Null, json)));
            }
            Err(KafkaError::PartitionEOF(number)) => left.retain(|it| *it != number),
            Err(error) => panic!("{error}"),
        }
    }
    rows
}

/// The last row of each key, as compaction leaves it; null for those that are gone.
fn rows(broker: &Broker, topic: &str) -> BTreeMap<String, Value> {
    messages(broker, topic).into_iter().collect()
}

/// A worker's arguments; its group is named as the topic of rows.
fn args<'a>(address: &'a str, from: &'a str, to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["kafka", "--brokers", address, "--per", "host", "--from", from, "--hosts-to", to];
    [&args[..], &["--group", to, "--create-topics"], more].concat()
}

fn same(found: &BTreeMap<String, Value>, expected: &BTreeMap<String, Value>, what: &str) {
    for (ip, expected) in expected {
        assert_eq!(found.get(ip), Some(expected), "{what}: {ip}");
    }
    assert_eq!(found.len(), expected.len(), "{what}");
}

/// A host with 20 peers, whose packets lie in eight partitions, is one row, equal to that of `read`.
#[test]
fn a_host_with_20_peers_over_8_partitions() {
    let Some(broker) = Broker::shared() else { return };
    let file = capture("peers", 3, 20);
    let expected = expected(&file);
    broker.create_topics(&[("peers", 8), ("peers-records", 8)]);
    let address = broker.address();
    let path = file.display().to_string();
    Worker::start(&["publish", "--brokers", &address, "--to", "peers", &path]).finish(LIMIT);
    let with_packets =
        (0..8).filter(|number| !kcat::of_partition(&broker, "peers", *number).is_empty());
    assert!(with_packets.count() > 4, "all in a few partitions");
    let records = ["kafka", "--brokers", &address, "--from", "peers", "--to", "peers-records"];
    Worker::start(&[&records[..], &["--exit-at-end"]].concat()).finish(LIMIT);
    for delivery in ["at-least-once", "exactly-once"] {
        let to = format!("peers-hosts-{delivery}");
        let more = ["--delivery", delivery, "--exit-at-end"];
        Worker::start(&args(&address, "peers-records", &to, &more)).finish(LIMIT);
        let found = rows(&broker, &to);
        same(&found, &expected, delivery);
        let host = &found["10.0.0.1"];
        assert_eq!((&host["opened"], &host["why"][0]["count"]), (&20.into(), &20.into()), "{host}");
    }
    let _ = std::fs::remove_file(file);
}

/// The partition of a record, as producers place it: by its host.
fn partition(record: &str) -> i32 {
    let record: Value = serde_json::from_str(record).expect("a record");
    let subject = record["subject"].as_str().unwrap();
    let ip: Ipv4Addr = record[subject]["ip"].as_str().unwrap().parse().unwrap();
    (u32::from(ip) % PARTITIONS) as i32
}

/// Workers are killed, come and leave, while records come in any order.
fn workers_come_and_go(delivery: &str) {
    const BURSTS: usize = 12;
    let Some(broker) = Broker::shared() else { return };
    let file = capture(&format!("host-kills-{delivery}"), 40, 30);
    let expected = expected(&file);
    let mut records = read(&file, &["--origin", "none"]);
    // Producers have no common order: each tenth record comes much later.
    let (late, soon): (Vec<_>, Vec<_>) =
        records.drain(..).enumerate().partition(|(place, _)| place % 10 == 0);
    let records: Vec<String> = soon.into_iter().chain(late).map(|(_, record)| record).collect();
    let (from, to) = (format!("host-kills-{delivery}"), format!("host-kills-{delivery}-rows"));
    broker.create_topics(&[(&from, PARTITIONS as i32)]);
    let address = broker.address();
    let mut more = vec!["--delivery", delivery, "--row-interval", "1", "--batch-messages", "200"];
    // A killed worker is missed soon, and its transaction ended.
    for property in
        ["session.timeout.ms=3000", "heartbeat.interval.ms=500", "transaction.timeout.ms=3000"]
    {
        more.extend(["-X", property]);
    }
    let args = args(&address, &from, &to, &more);
    let producer = load::producer(&broker);
    let mut workers = vec![Worker::start(&args), Worker::start(&args)];
    for (burst, records) in records.chunks(records.len() / BURSTS + 1).enumerate() {
        for record in records {
            load::send(&producer, &from, Some(partition(record)), b"", record.as_bytes());
        }
        load::flush(&producer);
        // A worker is killed while it has a batch that is not written.
        let is_kill = [2, 5].contains(&burst);
        thread::sleep(Duration::from_millis(if is_kill { 150 } else { 1_500 }));
        match burst {
            2 | 5 => {
                workers.remove(0).kill();
                workers.push(Worker::start(&args));
            }
            7 => workers.push(Worker::start(&args)),
            9 => {
                let ended = workers.remove(0).terminate(LIMIT);
                assert_eq!(ended.status, Some(0), "{}", ended.stderr);
            }
            _ => {}
        }
    }
    load::wait_until_read(&broker, &to, &from, PARTITIONS as i32, LIMIT);
    for worker in workers {
        let ended = worker.terminate(LIMIT);
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    }
    let found = rows(&broker, &to);
    say(&format!(
        "{delivery}: {} records of {} hosts, two workers killed: {} rows in the end",
        records.len(),
        expected.len(),
        found.len(),
    ));
    same(&found, &expected, delivery);
    let _ = std::fs::remove_file(file);
}

#[test]
fn no_row_loses_evidence_at_least_once() {
    workers_come_and_go("at-least-once");
}

#[test]
fn no_row_loses_evidence_exactly_once() {
    workers_come_and_go("exactly-once");
}

/// A transaction is aborted, and its records are read again: they count once.
#[test]
fn an_aborted_transaction_counts_nothing() {
    let Some(broker) = Broker::shared() else { return };
    let file = capture("host-abort", 5, 20);
    let expected = expected(&file);
    let records = read(&file, &["--origin", "none"]);
    let (from, to, dead) = ("host-abort", "host-abort-rows", "host-abort-dead");
    broker.create_topics(&[(from, 1)]);
    // The worker does not know of it, and has its transaction refused.
    broker.create_topics_with(&[(dead, 1)], &[("max.message.bytes", "2000")]);
    let producer = load::producer(&broker);
    // Random, so that no compression helps.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    })
    .take(10_000)
    .collect();
    for (place, record) in records.iter().enumerate() {
        if place == records.len() / 2 {
            load::send(&producer, from, Some(0), b"", &noise);
        }
        load::send(&producer, from, Some(0), b"", record.as_bytes());
    }
    load::flush(&producer);
    let address = broker.address();
    let more = ["--delivery", "exactly-once", "--batch-messages", "50", "--dead-letters", dead];
    let more = [&more[..], &["-X", "message.max.bytes=1000000", "--exit-at-end"]].concat();
    let ended = Worker::start(&args(&address, from, to, &more)).finish(LIMIT);
    assert!(ended.stderr.contains("aborted"), "{}", ended.stderr);
    same(&rows(&broker, to), &expected, "an aborted transaction");
    assert_eq!(kcat::messages(&broker, dead).len(), 1);
    let _ = std::fs::remove_file(file);
}

/// A host of which nothing comes any more is removed: its last row, and then a tombstone.
#[test]
fn a_host_that_is_idle_is_removed() {
    let Some(broker) = Broker::shared() else { return };
    let file = capture("host-idle", 2, 3);
    let expected = expected(&file);
    let (from, to) = ("host-idle", "host-idle-rows");
    broker.create_topics(&[(from, 1)]);
    let producer = load::producer(&broker);
    for record in read(&file, &["--origin", "none"]) {
        load::send(&producer, from, Some(0), b"", record.as_bytes());
    }
    load::flush(&producer);
    let address = broker.address();
    let args = args(&address, from, to, &["--row-interval", "1", "--host-idle", "6"]);
    let worker = Worker::start(&args);
    load::wait_until_read(&broker, to, from, 1, LIMIT);
    same(&rows(&broker, to), &expected, "before");
    // Another worker knows of them, and removes them.
    assert_eq!(worker.terminate(LIMIT).status, Some(0));
    let worker = Worker::start(&args);
    stackprint_tests::wait::eventually("tombstones", LIMIT, || {
        rows(&broker, to).values().all(Value::is_null)
    });
    assert_eq!(worker.terminate(LIMIT).status, Some(0));
    let messages = messages(&broker, to);
    let last = messages.iter().filter(|(_, row)| row["final"] == true);
    assert_eq!(last.count(), expected.len());
    let _ = std::fs::remove_file(file);
}

/// A topic that cannot hold the rows is refused at the start.
#[test]
fn topics_that_do_not_fit_are_refused() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("unfit", 3), ("unfit-delete", 3)]);
    broker.create_topics_with(&[("unfit-two", 2)], &[("cleanup.policy", "compact")]);
    let address = broker.address();
    for (to, word) in [("unfit-two", "2 partitions"), ("unfit-delete", "cleanup.policy")] {
        let (_, message) = Worker::start(&args(&address, "unfit", to, &[])).refused(LIMIT);
        assert!(message.contains(word), "{message}");
    }
}
