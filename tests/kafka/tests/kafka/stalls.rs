//! A broker that stands still while its connections stay (SIGSTOP), and goes on: each packet has a
//! number, and each number comes out once.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::thread;
use std::time::{Duration, Instant};

use stackprint_tests::say;
use stackprint_tests::wait::eventually;
use stackprint_tests::worker::{Worker, free_address};
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::load::{self, Balance, Ledger};
use stackprint_tests_kafka::transactions::{describe, send_offsets_late};

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
    // A worker that has sent all that it fetched waits for messages, not for the broker, and pauses
    // nothing: then the broker stalls once more, later.
    let is_paused = || worker.stderr().contains("consumer paused");
    while !is_paused() {
        broker.stall();
        let before = delivered();
        thread::sleep(STALL);
        broker.go_on();
        assert!(before < f64::from(PACKETS - AT_END), "stalled too late: {}", worker.stderr());
        eventually("the worker has resumed", LIMIT, || delivered() > before);
    }
    let ended = worker.finish(LIMIT);

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
    let wait = |when: &str| {
        for ([from, _], worker) in names.iter().zip(&workers) {
            wait_or_tell(&broker, from, when, worker);
        }
    };
    feed(0);
    // Some of it is on its way.
    broker.stall();
    thread::sleep(AWAY);
    broker.go_on();
    feed(1);
    wait("after the stall");
    feed(2);
    broker.kill();
    thread::sleep(AWAY);
    broker.start_again();
    wait("after the kill");
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

/// Waits until a group has read a topic of two partitions, both of the same name; else fails with what
/// its worker said, and what the broker knows of its transaction.
fn wait_or_tell(broker: &Broker, from: &str, when: &str, worker: &Worker) {
    let deadline = Instant::now() + LIMIT;
    while load::try_lag(broker, from, from, 2) != Some(0) {
        if Instant::now() >= deadline {
            let transaction =
                from.contains("exactly").then(|| describe(broker, &format!("{from}-me")));
            let said = worker.stderr();
            panic!("{when}: {from} not read within {LIMIT:?}; {transaction:?}; it said:\n{said}");
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Requests of a worker's producer that a stalled broker finds in its socket only after the transaction
/// has ended open another one, of which the producer knows nothing: the group's offsets are pending, for
/// up to 15 minutes here. The worker ends it itself when partitions are assigned to it anew.
#[test]
fn offsets_that_its_own_producer_left_pending() {
    const PACKETS: u32 = 100;
    let Some(broker) = Broker::shared() else { return };
    let (from, to, address) = ("pending-packets", "pending-records", broker.address());
    broker.create_topics(&[(from, 2), (to, 1)]);
    let start = |id: &str| {
        let mut args = vec!["kafka", "--brokers", &address, "--from", from, "--to", to];
        args.extend(["--group", from, "--delivery", "exactly-once", "--static-id", id]);
        args.extend(["-X", "transaction.timeout.ms=900000", "--packet-format", "raw"]);
        args.extend(["-X", "session.timeout.ms=4000", "-X", "heartbeat.interval.ms=500"]);
        let worker = Worker::start(&args);
        worker.wait_until_said("assigned");
        worker
    };
    let worker = start("me");
    let producer = load::producer(&broker);
    load::send_numbered(&producer, from, 2, 0..PACKETS);
    wait_or_tell(&broker, from, "at first", &worker);

    let id = format!("{from}-me");
    for partition in 0..2 {
        send_offsets_late(&broker, &id, from, (from, partition));
    }
    assert_eq!(describe(&broker, &id).state, "Ongoing");
    // It comes and goes: partitions are assigned anew.
    let other = start("other");
    assert_eq!(other.terminate(LIMIT).status, Some(0));
    worker.wait_until_said("aborting what brokers may still hold");
    load::send_numbered(&producer, from, 2, PACKETS..2 * PACKETS);
    wait_or_tell(&broker, from, "with pending offsets", &worker);

    let ended = worker.terminate(LIMIT);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("waiting for the group's committed offsets"), "{}", ended.stderr);
    assert!(ended.stderr.contains("committed offsets are known"), "{}", ended.stderr);
    let balance = Ledger::read(&broker, to, 2 * PACKETS).balance();
    assert_eq!(balance, Balance { records: 2 * PACKETS as usize, missing: 0, repeated: 0 });
}

/// Two workers with one static name, and the broker well: the older one ends, and says why.
#[test]
fn a_static_name_that_two_workers_have() {
    let Some(broker) = Broker::own() else { return };
    // Of two threads, the error of one ends the other, too.
    for threads in ["1", "2"] {
        two_workers_of_one_name(&broker, threads);
    }
}

fn two_workers_of_one_name(broker: &Broker, threads: &str) {
    let (from, to) = (format!("twins-{threads}"), format!("twins-records-{threads}"));
    broker.create_topics(&[(&from, 2), (&to, 1)]);
    let address = broker.address();
    let mut args = vec!["kafka", "--brokers", &address, "--from", &from, "--to", &to];
    args.extend(["--group", &from, "--threads", threads]);
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
