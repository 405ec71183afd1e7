//! A broker that stands still while its connections stay (SIGSTOP), and goes on: each packet has a
//! number, and each number comes out once.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::thread;
use std::time::Duration;

use stackprint_tests::say;
use stackprint_tests::wait::eventually;
use stackprint_tests::worker::{Worker, free_address};
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::load::{self, Balance, Ledger};

const LIMIT: Duration = Duration::from_secs(60);
/// The worker pauses its partitions after two seconds, of which a step of a transaction takes two.
const STALL: Duration = Duration::from_secs(5);

/// One partition is at its end when the broker stands still, the other is not.
fn a_broker_stalls(broker: &Broker, delivery: &str) {
    const AT_END: u32 = 2_000;
    const PACKETS: u32 = 40_000;
    let [from, to] = ["packets", "records"].map(|part| format!("stall-{delivery}-{part}"));
    broker.create_topics(&[(&from, 2), (&to, 1)]);
    // In small batches, and fetched in small pieces: the end of the first partition comes before most
    // of the second.
    let mut config = broker.client();
    let producer = config.set("batch.num.messages", "100").create().expect("a producer");
    for number in 0..PACKETS {
        let partition = i32::from(number >= AT_END);
        load::send(&producer, &from, Some(partition), b"", &load::numbered(number));
    }
    load::flush(&producer);

    let (address, metrics) = (broker.address(), free_address());
    let mut args = vec!["kafka", "--brokers", &address, "--from", &from, "--to", &to];
    args.extend(["--group", &from, "--delivery", delivery, "--metrics", &metrics]);
    // With so few flows remembered a packet that is read again makes a record again.
    args.extend(["--packet-format", "raw", "--exit-at-end", "--flows", "100"]);
    // Slow enough to be met half-way: with so few records on their way it soon waits for the broker.
    args.extend(["--batch-messages", "500", "-X", "queue.buffering.max.messages=1000"]);
    args.extend(["-X", "linger.ms=100", "-X", "max.partition.fetch.bytes=50000"]);
    let worker = Worker::start(&args);
    let delivered = || worker.metric(&metrics, "records_delivered_total").unwrap_or(0.0);
    eventually("the first partition is read", LIMIT, || delivered() > f64::from(3 * AT_END));
    broker.stall();
    let before = delivered();
    thread::sleep(STALL);
    broker.go_on();
    assert!(before < f64::from(PACKETS - AT_END), "stalled too late");
    let ended = worker.finish(LIMIT);
    assert!(ended.stderr.contains("reading is paused"), "{}", ended.stderr);

    let balance = Ledger::read(broker, &to, PACKETS).balance();
    say(&format!("{delivery}, the broker stalled {STALL:?}: {PACKETS} packets in, {balance:?}"));
    assert_eq!(balance, Balance { records: PACKETS as usize, missing: 0, repeated: 0 });
    assert!(!ended.stderr.contains("offset reset"), "{}", ended.stderr);
}

#[test]
fn a_broker_that_stalls() {
    let Some(broker) = Broker::own() else { return };
    for delivery in ["at-least-once", "exactly-once"] {
        a_broker_stalls(&broker, delivery);
    }
}
