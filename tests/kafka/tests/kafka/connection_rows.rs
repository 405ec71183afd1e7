//! Rows of connections: as those of files, and once each, whole, whatever becomes of workers.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::program::{command, output};
use stackprint_tests::worker::Worker;
use stackprint_tests::{captures, say};
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::{kcat, load};

const LIMIT: Duration = Duration::from_secs(120);
const START_US: u64 = 1_795_000_000_000_000;
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 80);

/// A worker's arguments; its group is named as its topic.
fn args<'a>(address: &'a str, from: &'a str, to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["kafka", "--brokers", address, "--from", from, "--to", to, "--group", from];
    [&args[..], &["--per", "connection"], more].concat()
}

/// The key of a raw frame: its time in microseconds.
fn time(seconds: f64) -> [u8; 8] {
    (START_US + (seconds * 1e6) as u64).to_be_bytes()
}

fn syn(number: u32) -> FrameBuilder {
    let client = Ipv4Addr::from(0x0a00_0000 + number);
    FrameBuilder::syn((client, 2_000).into(), (SERVER, 443).into())
}

fn rows(broker: &Broker, topic: &str) -> Vec<Value> {
    let parse = |line: &String| serde_json::from_str(line).expect(line);
    kcat::values(broker, topic).iter().map(parse).collect()
}

/// Whether a row has both the SYN and the SYN+ACK.
fn is_whole(row: &Value) -> bool {
    let has = |stack: &str| row[stack]["signature"].is_string();
    has("client_stack") && has("server_stack") && row["complete"] == true
}

/// How many rows each connection has, and how many of them are whole.
fn by_client(rows: &[Value]) -> BTreeMap<&str, (usize, usize)> {
    let mut clients = BTreeMap::new();
    for row in rows {
        let (all, whole) = clients.entry(row["client"]["ip"].as_str().unwrap()).or_default();
        *all += 1;
        *whole += usize::from(is_whole(row));
    }
    clients
}

/// All packets in one partition: the rows are those of the files, and in the same order.
#[test]
fn rows_are_as_the_files() {
    let Some(broker) = Broker::shared() else { return };
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../captures/recorded");
    let mut paths = captures(directory.as_ref());
    // Rows end by time, which must not go back.
    paths.sort_by_cached_key(|path| crate::end_to_end::first_time(path));
    let files: Vec<String> = paths.into_iter().map(|path| path.display().to_string()).collect();
    let names = files.iter().map(String::as_str);
    let read: Vec<&str> =
        ["read", "--per", "connection", "--format", "ndjson"].into_iter().chain(names).collect();
    let read = output(&mut command(&read), b"");
    assert_eq!(read.status.code(), Some(0), "{}", String::from_utf8_lossy(&read.stderr));
    let expected = String::from_utf8(read.stdout).expect("UTF-8");
    let expected: Vec<&str> = expected.lines().collect();
    assert!(expected.len() > 50, "{} rows", expected.len());
    let address = broker.address();
    broker.create_topics(&[("row-files", 1)]);
    let publish = ["publish", "--brokers", &address, "--to", "row-files"];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    Worker::start(&[&publish[..], &files].concat()).finish(LIMIT);
    for delivery in ["at-least-once", "exactly-once"] {
        let to = format!("row-files-{delivery}");
        broker.create_topics(&[(&to, 1)]);
        let more = ["--delivery", delivery, "--group", &to, "--exit-at-end"];
        let args = ["kafka", "--brokers", &address, "--from", "row-files", "--to", &to];
        let args = [&args[..], &["--per", "connection"], &more].concat();
        Worker::start(&args).finish(LIMIT);
        let messages = kcat::messages(&broker, &to);
        for (place, (message, expected)) in messages.iter().zip(&expected).enumerate() {
            let value = String::from_utf8_lossy(message.value.as_ref().unwrap());
            assert_eq!(value, *expected, "{delivery}, row {place}");
            let row: Value = serde_json::from_str(&value).unwrap();
            let key = String::from_utf8_lossy(message.key.as_ref().unwrap());
            assert_eq!(row["client"]["ip"], *key);
            assert_eq!(message.header("schema"), Some("stackprint.connection.v1"));
        }
        assert_eq!(messages.len(), expected.len(), "{delivery}");
        // Nothing is open any more, so that nothing is read again.
        assert_eq!(load::lag(&broker, &to, "row-files", 1), 0);
    }
}

/// SYNs whose SYN+ACKs come ten seconds later, while workers are killed, end in order, and come.
fn workers_come_and_go(broker: &Broker, delivery: &str) -> Vec<Value> {
    const CONNECTIONS: u32 = 400;
    const PARTITIONS: u32 = 3;
    const BURSTS: usize = 12;
    let (from, to) = (format!("row-kills-{delivery}"), format!("row-kills-{delivery}-out"));
    broker.create_topics(&[(&from, PARTITIONS as i32), (&to, 2)]);
    let address = broker.address();
    let mut more = vec!["--delivery", delivery, "--packet-format", "raw"];
    more.extend(["--batch-messages", "20", "--batch-ms", "100"]);
    // A killed worker is missed soon, and its transaction ended.
    for property in
        ["session.timeout.ms=3000", "heartbeat.interval.ms=500", "transaction.timeout.ms=3000"]
    {
        more.extend(["-X", property]);
    }
    let args = args(&address, &from, &to, &more);
    let mut packets: Vec<(f64, u32, Vec<u8>)> = Vec::new();
    for number in 0..CONNECTIONS {
        let (seconds, partition) = (f64::from(number) * 0.5, number % PARTITIONS);
        packets.push((seconds, partition, syn(number).build()));
        packets.push((seconds + 10.0, partition, syn(number).syn_ack().build()));
    }
    packets.sort_by(|one, other| one.0.total_cmp(&other.0));
    let producer = load::producer(broker);
    let mut workers = vec![Worker::start(&args), Worker::start(&args)];
    for (burst, packets) in packets.chunks(packets.len() / BURSTS + 1).enumerate() {
        for (seconds, partition, frame) in packets {
            load::send(&producer, &from, Some(*partition as i32), &time(*seconds), frame);
        }
        load::flush(&producer);
        thread::sleep(Duration::from_millis(1_500));
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
    for worker in workers {
        let ended = worker.terminate(LIMIT);
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    }
    Worker::start(&[&args[..], &["--exit-at-end"]].concat()).finish(LIMIT);
    let rows = rows(broker, &to);
    let clients = by_client(&rows);
    let whole = clients.values().filter(|(_, whole)| *whole > 0).count();
    say(&format!(
        "{delivery}: {CONNECTIONS} connections, two workers killed: {} rows, {whole} connections with \
         a whole one",
        rows.len(),
    ));
    assert_eq!(whole, CONNECTIONS as usize);
    rows
}

#[test]
fn no_row_is_lost_at_least_once() {
    let Some(broker) = Broker::shared() else { return };
    workers_come_and_go(&broker, "at-least-once");
}

#[test]
fn each_row_comes_once_exactly_once() {
    let Some(broker) = Broker::shared() else { return };
    let rows = workers_come_and_go(&broker, "exactly-once");
    for (client, (all, whole)) in by_client(&rows) {
        assert_eq!((all, whole), (1, 1), "{client}: {rows:?}");
    }
}

/// A transaction is aborted between a SYN that was committed before and its SYN+ACK.
#[test]
fn an_aborted_transaction_cuts_no_row() {
    const CONNECTIONS: u32 = 30;
    let Some(broker) = Broker::shared() else { return };
    let (from, to, dead) = ("row-abort", "row-abort-out", "row-abort-dead");
    broker.create_topics(&[(from, 1), (to, 1)]);
    // The worker does not know of it, and has its transaction refused.
    broker.create_topics_with(&[(dead, 1)], &[("max.message.bytes", "2000")]);
    let producer = load::producer(&broker);
    let send = |seconds: f64, frame: &[u8]| {
        load::send(&producer, from, Some(0), &time(seconds), frame);
    };
    (0..CONNECTIONS).for_each(|number| send(f64::from(number), &syn(number).build()));
    // What is no frame is too large for the dead letters; random, so that no compression helps.
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let noise: Vec<u8> = (0..10_000).map(|_| noise()).collect();
    load::send(&producer, from, Some(0), b"no time", &noise);
    for number in 0..CONNECTIONS {
        send(f64::from(number + CONNECTIONS), &syn(number).syn_ack().build());
    }
    load::flush(&producer);
    let address = broker.address();
    let more = ["--delivery", "exactly-once", "--batch-messages", "8", "--dead-letters", dead];
    let more = [&more[..], &["-X", "message.max.bytes=1000000", "--exit-at-end"]].concat();
    let ended = Worker::start(&args(&address, from, to, &more)).finish(LIMIT);
    assert!(ended.stderr.contains("aborted"), "{}", ended.stderr);
    let rows = rows(&broker, to);
    let clients = by_client(&rows);
    assert_eq!(clients.len(), CONNECTIONS as usize);
    for (client, counts) in clients {
        assert_eq!(counts, (1, 1), "{client}: {rows:?}");
    }
    assert_eq!(kcat::messages(&broker, dead).len(), 1);
}
