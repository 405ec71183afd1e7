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

/// The broker is away for longer than the session of workers with static names, once still and once
/// killed. They join anew: nobody else has their names, though brokers say so.
#[test]
fn a_broker_that_is_away_for_longer_than_a_session() {
    const AWAY: Duration = Duration::from_secs(9);
    const PACKETS: u32 = 600;
    let Some(broker) = Broker::own() else { return };
    let address = broker.address();
    let deliveries = ["at-least-once", "exactly-once"];
    let names = deliveries.map(|delivery| [format!("away-{delivery}"), format!("{delivery}-out")]);
    let workers = std::array::from_fn::<_, 2, _>(|place| {
        let [from, to] = &names[place];
        broker.create_topics(&[(from, 2), (to, 1)]);
        let mut args = vec!["kafka", "--brokers", &address, "--from", from, "--to", to];
        args.extend(["--group", from, "--delivery", deliveries[place], "--static-id", "me"]);
        args.extend(["-X", "session.timeout.ms=4000", "-X", "heartbeat.interval.ms=500"]);
        let worker = Worker::start(&[&args[..], &["--packet-format", "raw"]].concat());
        worker.wait_until_said("assigned");
        worker
    });
    let producer = load::producer(&broker);
    let feed = |part: u32| {
        for [from, _] in &names {
            load::send_numbered(&producer, from, 2, part * PACKETS / 3..(part + 1) * PACKETS / 3);
        }
    };
    let wait = || {
        for [from, _] in &names {
            load::wait_until_read(&broker, from, from, 2, LIMIT);
        }
    };
    feed(0);
    // Some of it is on its way.
    broker.stall();
    thread::sleep(AWAY);
    broker.go_on();
    feed(1);
    wait();
    feed(2);
    broker.kill();
    thread::sleep(AWAY);
    broker.start_again();
    wait();
    for (worker, [_, to]) in workers.into_iter().zip(&names) {
        let ended = worker.terminate(LIMIT);
        assert_eq!(ended.status, Some(0), "{to}: {}", ended.stderr);
        let balance = Ledger::read(&broker, to, PACKETS).balance();
        let anew = ended.stderr.matches("joining the group anew").count();
        say(&format!("{to}, away twice, {anew} joined anew: {PACKETS} packets in, {balance:?}"));
        assert_eq!(balance.missing, 0, "{to}: {}", ended.stderr);
        assert!(balance.repeated == 0 || to.starts_with("at-least"), "{to}: {}", ended.stderr);
    }
}

/// Two workers with one static name, and the broker well: the older one ends, and says why.
#[test]
fn a_static_name_that_two_workers_have() {
    let Some(broker) = Broker::own() else { return };
    broker.create_topics(&[("twins", 1), ("twins-records", 1)]);
    let address = broker.address();
    let mut args = vec!["kafka", "--brokers", &address, "--from", "twins", "--to", "twins-records"];
    args.extend(["--static-id", "me", "-X", "heartbeat.interval.ms=500"]);
    let older = Worker::start(&args);
    older.wait_until_said("assigned");
    let newer = Worker::start(&args);
    let ended = older.wait(LIMIT);
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("Another worker has the same --static-id"), "{}", ended.stderr);
    assert_eq!(newer.terminate(LIMIT).status, Some(0));
}

#[test]
fn a_broker_that_stalls() {
    let Some(broker) = Broker::own() else { return };
    for delivery in ["at-least-once", "exactly-once"] {
        a_broker_stalls(&broker, delivery);
    }
}
