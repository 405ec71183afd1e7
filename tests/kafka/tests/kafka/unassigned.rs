//! A worker with a static id that is killed while it gives partitions to another one: between the two
//! rebalances of the cooperative protocol.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::thread;
use std::time::{Duration, Instant};

use stackprint_tests::say;
use stackprint_tests::worker::Worker;
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::load::{self, Balance, Ledger};

const PARTITIONS: i32 = 6;
const PACKETS: u32 = 20_000;
const LIMIT: Duration = Duration::from_secs(90);
/// A kill may come too late: then the second rebalance is under way.
const ATTEMPTS: u32 = 4;

/// Brokers hand it, started again, what it was left with, and the partitions that it had revoked to
/// nobody. The group notices, and each packet comes out once.
#[test]
fn a_worker_killed_between_the_rebalances_of_a_move() {
    let Some(broker) = Broker::shared() else { return };
    assert!((0..ATTEMPTS).any(|attempt| is_seen(&broker, attempt)), "each kill came too late");
}

/// Whether partitions were assigned to nobody. Each packet comes out once in any case.
fn is_seen(broker: &Broker, attempt: u32) -> bool {
    let (from, to) = (format!("moves-{attempt}"), format!("moves-{attempt}-records"));
    broker.create_topics(&[(&from, PARTITIONS), (&to, 2)]);
    let address = broker.address();
    let start = |id: &str| {
        let mut args = vec!["kafka", "--brokers", &address, "--from", &from, "--to", &to];
        args.extend(["--group", &from, "--delivery", "exactly-once", "--packet-format", "raw"]);
        args.extend(["--assignment", "cooperative-sticky", "--static-id", id]);
        args.extend(["-X", "heartbeat.interval.ms=500", "-X", "transaction.timeout.ms=10000"]);
        Worker::start(&args)
    };
    let moving = start("first");
    moving.wait_until_said("assigned");
    load::send_numbered(&load::producer(broker), &from, PARTITIONS, 0..PACKETS);
    let other = start("second");
    let deadline = Instant::now() + LIMIT;
    while !moving.stderr().contains("revoked") {
        assert!(Instant::now() < deadline, "nothing is revoked: {}", moving.stderr());
        thread::sleep(Duration::from_millis(1));
    }
    moving.kill();
    let again = start("first");
    again.wait_until_said("assigned");
    load::send_numbered(&load::producer(broker), &from, PARTITIONS, PACKETS..2 * PACKETS);
    load::wait_until_read(broker, &from, &from, PARTITIONS, LIMIT);
    let ended = [again, other].map(|worker| worker.terminate(LIMIT));
    for end in &ended {
        assert_eq!(end.status, Some(0), "{}", end.stderr);
    }
    let balance = Ledger::read(broker, &to, 2 * PACKETS).balance();
    assert_eq!(balance, Balance { records: 2 * PACKETS as usize, missing: 0, repeated: 0 });
    let rebalances =
        ended.iter().map(|end| end.stderr.matches("assigned to no worker").count()).sum::<usize>();
    say(&format!("killed while it revoked: {balance:?}, {rebalances} rebalances asked for"));
    rebalances > 0
}
