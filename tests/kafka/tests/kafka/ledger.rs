//! Faults of the broker and around it, other than being killed (see `kafka_exactly_once`): each
//! packet has a number, and each number comes out once.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::thread;
use std::time::{Duration, Instant};

use stackprint_tests::say;
use stackprint_tests::wait::eventually;
use stackprint_tests::worker::Worker;
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::kcat;
use stackprint_tests_kafka::load::{self, Balance, Ledger, numbered};

const LIMIT: Duration = Duration::from_secs(120);
const SOON: Duration = Duration::from_secs(30);

/// A worker's arguments; its group is named as its topic.
fn args<'a>(address: &'a str, from: &'a str, to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["kafka", "--brokers", address, "--from", from, "--to", to, "--group", from];
    [&args[..], more].concat()
}

/// Tells, and asserts, that each of the packets came out once.
fn each_once(broker: &Broker, what: &str, to: &str, packets: u32) {
    let balance = Ledger::read(broker, to, packets).balance();
    let Balance { records, missing, repeated } = balance;
    say(&format!(
        "{what}: {packets} packets in, {records} records, {missing} missing, {repeated} repeated"
    ));
    assert_eq!(balance, Balance { records: packets as usize, missing: 0, repeated: 0 }, "{what}");
}

/// With more threads than partitions, each thread ends when its own partitions are read, and none ends
/// the others.
#[test]
fn threads_that_end_at_the_end() {
    const PACKETS: u32 = 30_000;
    let Some(broker) = Broker::shared() else { return };
    for delivery in ["at-least-once", "exactly-once"] {
        let (from, to) = (format!("ends-{delivery}"), format!("ends-records-{delivery}"));
        broker.create_topics(&[(&from, 3), (&to, 2)]);
        load::send_numbered(&load::producer(&broker), &from, 3, 0..PACKETS);
        let address = broker.address();
        let more = ["--threads", "5", "--delivery", delivery, "--exit-at-end"];
        let ended = Worker::start(&args(&address, &from, &to, &more)).wait(LIMIT);
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("{PACKETS} packets")), "{}", ended.stderr);
        each_once(&broker, &format!("five threads, {delivery}"), &to, PACKETS);
    }
}

/// A message of 100 MB is put aside, without its value where nobody takes it, and holds nothing up.
#[test]
fn a_message_of_100_megabytes() {
    const OCTETS: usize = 100_000_000;
    let Some(broker) = Broker::shared() else { return };
    // The most that a broker as it comes reads in one request is 104,857,600 bytes.
    broker.create_topics_with(&[("huge", 1)], &[("max.message.bytes", "104000000")]);
    broker.create_topics(&[("huge-records", 1), ("huge-dead", 1)]);
    let mut config = broker.client();
    config.set("message.max.bytes", "104000000").set("queue.buffering.max.kbytes", "200000");
    let producer: rdkafka::producer::BaseProducer = config.create().expect("a producer");
    let key = |number: u64| (1_795_000_000_000_000 + number).to_be_bytes();
    load::send(&producer, "huge", Some(0), &key(0), &numbered(0));
    load::send(&producer, "huge", Some(0), b"", &vec![1; OCTETS]);
    load::send(&producer, "huge", Some(0), &key(1), &numbered(1));
    load::flush(&producer);
    let address = broker.address();
    for delivery in ["at-least-once", "exactly-once"] {
        let args = ["kafka", "--brokers", &address, "--from", "huge", "--to", "huge-records"];
        let more = ["--dead-letters", "huge-dead", "--delivery", delivery, "--group", delivery];
        Worker::start(&[&args[..], &more, &["--exit-at-end"]].concat()).finish(LIMIT);
    }
    let balance = Ledger::read(&broker, "huge-records", 2).balance();
    let letters = kcat::messages(&broker, "huge-dead");
    say(&format!("100 MB, in both ways: 3 messages in, {balance:?}, {} letters", letters.len()));
    assert_eq!(balance, Balance { records: 4, missing: 0, repeated: 2 });
    assert_eq!(letters.len(), 2);
    for letter in letters {
        let left_out = letter.header("stackprint.value.left_out.bytes");
        assert_eq!(left_out, Some(OCTETS.to_string().as_str()), "{}", letter.headers);
    }
}

/// A user who may read, and not write: the worker ends and says so, and nothing counts as done; once
/// the user may write, everything comes out.
#[test]
fn a_record_topic_that_is_read_only() {
    const PACKETS: u32 = 500;
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("read-only", 2), ("read-only-records", 1), ("read-only-elsewhere", 1)]);
    load::send_numbered(&load::producer(&broker), "read-only", 2, 0..PACKETS);
    for (operation, kind, name) in [
        ("READ", "TOPIC", "read-only"),
        ("READ", "GROUP", "read-only"),
        ("READ", "TOPIC", "read-only-records"),
        // Who may write nowhere is no idempotent producer.
        ("WRITE", "TOPIC", "read-only-elsewhere"),
    ] {
        let Some(()) = broker.permit("bob", operation, kind, name) else { return };
    }
    let address = broker.sasl_address();
    let bob = ["-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=PLAIN"];
    let bob = [&bob[..], &["-X", "sasl.username=bob", "-X", "sasl.password=bob-secret"]].concat();
    let args = args(&address, "read-only", "read-only-records", &bob);
    let ended = Worker::start(&args).wait(SOON);
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    let said = ended.stderr.lines().find(|line| line.contains(" ERROR ")).unwrap_or("");
    for word in ["read-only-records", "uthori"] {
        assert!(said.contains(word), "{word} is not in: {}", ended.stderr);
    }
    assert_eq!(load::lag(&broker, "read-only", "read-only", 2), i64::from(PACKETS));

    let Some(()) = broker.permit("bob", "WRITE", "TOPIC", "read-only-records") else { return };
    Worker::start(&[&args[..], &["--exit-at-end"]].concat()).finish(LIMIT);
    each_once(&broker, "read-only record topic", "read-only-records", PACKETS);
}

/// The record topic is deleted under a running worker, and made anew: nothing that was read since
/// counts as done before it is delivered.
#[test]
fn a_record_topic_that_is_deleted() {
    const PACKETS: u32 = 500;
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("deleted", 2), ("deleted-records", 1)]);
    let address = broker.address();
    let args = args(&address, "deleted", "deleted-records", &[]);
    let mut worker = Worker::start(&args);
    eventually("a member", SOON, || broker.has_members("deleted"));
    broker.delete_topic("deleted-records");
    load::send_numbered(&load::producer(&broker), "deleted", 2, 0..PACKETS);
    thread::sleep(Duration::from_secs(2));
    let went_on = worker.is_running();
    assert_eq!(load::lag(&broker, "deleted", "deleted", 2), i64::from(PACKETS), "not delivered");
    broker.create_topics(&[("deleted-records", 1)]);
    if !went_on {
        let ended = worker.wait(SOON);
        assert_eq!(ended.status, Some(1), "{}", ended.stderr);
        worker = Worker::start(&args);
    }
    load::wait_until_read(&broker, "deleted", "deleted", 2, LIMIT);
    assert_eq!(worker.terminate(SOON).status, Some(0));
    let how = if went_on { "went on" } else { "was started anew" };
    each_once(
        &broker,
        &format!("record topic deleted, the worker {how}"),
        "deleted-records",
        PACKETS,
    );
}

/// Five workers come one after the other and go one after the other, in order, under load.
fn five_come_and_go(delivery: &str) {
    const PACKETS: u32 = 30_000;
    const PARTITIONS: i32 = 10;
    const WORKERS: u32 = 5;
    let Some(broker) = Broker::shared() else { return };
    let (from, to) = (format!("five-{delivery}"), format!("five-{delivery}-records"));
    broker.create_topics(&[(&from, PARTITIONS), (&to, 2)]);
    let address = broker.address();
    let batches = ["--batch-messages", "300", "--batch-ms", "100", "--packet-format", "raw"];
    let args = args(&address, &from, &to, &[&["--delivery", delivery], &batches[..]].concat());
    let producer = load::producer(&broker);
    let mut workers = Vec::new();
    let mut sent = 0;
    // As many steps up as down; the last worker stays to the end.
    for step in 0..2 * WORKERS - 1 {
        if step < WORKERS {
            workers.push(Worker::start(&args));
        } else {
            let ended = workers.remove(0).terminate(SOON);
            assert_eq!(ended.status, Some(0), "ends in order: {}", ended.stderr);
        }
        let end = PACKETS * (step + 1) / (2 * WORKERS - 1);
        for part in 0..5 {
            let until = sent + (end - sent) * (part + 1) / 5;
            load::send_numbered(&producer, &from, PARTITIONS, sent..until);
            sent = until;
            thread::sleep(Duration::from_millis(150));
        }
    }
    load::wait_until_read(&broker, &from, &from, PARTITIONS, LIMIT);
    for worker in workers {
        assert_eq!(worker.terminate(SOON).status, Some(0));
    }
    each_once(&broker, &format!("five workers come and go, {delivery}"), &to, PACKETS);
}

/// In order: not even this way repeats anything.
#[test]
fn five_workers_come_and_go_at_least_once() {
    five_come_and_go("at-least-once");
}

#[test]
fn five_workers_come_and_go_exactly_once() {
    five_come_and_go("exactly-once");
}

/// A broker that takes and gives little, and twice nothing for longer than the group waits for a
/// member: what is read is bounded, and each packet comes out once.
#[cfg(target_os = "linux")]
#[test]
fn a_slow_broker_that_stalls() {
    use stackprint_tests::namespace::Link;
    use stackprint_tests::process::peak_octets;
    use stackprint_tests::program::program;
    use stackprint_tests::slow_proxy::SlowProxy;

    const PACKETS: u32 = 10_000;
    const OCTETS_PER_SECOND: usize = 256 * 1024;
    const STALL: Duration = Duration::from_secs(4);
    const MEMORY: u64 = 128 << 20;
    let Some(broker) = Broker::shared() else { return };
    let Some(link) = Link::make() else { return };
    broker.create_topics(&[("slow", 2), ("slow-records", 2)]);
    load::send_numbered(&load::producer(&broker), "slow", 2, 0..PACKETS);
    let proxy = SlowProxy::start(&link, 0, broker.port(), OCTETS_PER_SECOND);
    let address = broker.address();
    let more = ["--delivery", "exactly-once", "--batch-messages", "1000", "--packet-format", "raw"];
    let session = ["-X", "session.timeout.ms=3000", "-X", "heartbeat.interval.ms=500"];
    let args = args(&address, "slow", "slow-records", &[&more[..], &session].concat());
    let start = Instant::now();
    let worker = Worker::run(&mut link.command(0, program(), &args));
    for _ in 0..2 {
        thread::sleep(Duration::from_secs(2));
        proxy.stall(true);
        thread::sleep(STALL);
        proxy.stall(false);
    }
    load::wait_until_read(&broker, "slow", "slow", 2, LIMIT);
    let peak = peak_octets(worker.id());
    let took = start.elapsed();
    let ended = worker.terminate(SOON);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let what = format!("slow broker, stalled twice, {} s, {} KiB", took.as_secs(), peak / 1024);
    each_once(&broker, &what, "slow-records", PACKETS);
    assert!(peak < MEMORY, "{peak} octets");
    assert!(took > 2 * STALL, "it was not slow: {took:?}");
}
