//! The worker's sandbox: it makes no system call that its unit refuses.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Stdio};
use std::time::Duration;

use stackprint_tests::program::program;
use stackprint_tests::sandbox::{allowed, compare, groups, run, strace, trace_file, traced, unit};
use stackprint_tests::worker::Worker;
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::load::{self, Balance, Ledger};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn the_worker_needs_no_call_that_its_unit_refuses() {
    const PACKETS: u32 = 1000;
    let Some(groups) = groups() else { return };
    let Some(_) = run("strace", "strace", &["-V"]) else { return };
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("sandbox", 2), ("sandbox-records", 1)]);
    load::send_numbered(&load::producer(&broker), "sandbox", 2, 0..PACKETS);
    let (trace, address) = (trace_file("kafka"), broker.address());
    let mut command = Command::new("strace");
    command.args(strace(&trace)).arg(program()).args(["kafka", "--brokers", &address]);
    command.args(["--from", "sandbox", "--to", "sandbox-records", "--delivery", "exactly-once"]);
    command.args([
        "--group",
        "sandbox",
        "--packet-format",
        "raw",
        "--metrics",
        "127.0.0.1:0",
        "--exit-at-end",
    ]);
    let ended = Worker::run(command.stdout(Stdio::null())).wait(LIMIT);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let balance = Ledger::read(&broker, "sandbox-records", PACKETS).balance();
    assert_eq!(balance, Balance { records: PACKETS as usize, missing: 0, repeated: 0 });
    let unit = unit("stackprint-kafka.service").1;
    compare("stackprint-kafka.service", &traced(&trace), &allowed(&unit, &groups));
}
