//! A worker whose database is exchanged while it runs.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::Value;
use stackprint_tests::one_host::{database, syn, write_unnoticed};
use stackprint_tests::p0f;
use stackprint_tests::wait::eventually;
use stackprint_tests::worker::Worker;
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::{kcat, load};

const LIMIT: Duration = Duration::from_secs(60);

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Waits until the page of metrics has this line.
fn wait_for_metric(address: &str, line: &str) {
    let page = || {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").ok()?;
        let mut page = String::new();
        stream.read_to_string(&mut page).ok()?;
        page.lines().any(|it| it == line).then_some(())
    };
    eventually(line, LIMIT, || page().is_some());
}

#[test]
fn a_worker_reads_its_database_again_and_counts() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("reload", 1), ("reload-records", 1)]);
    let file = p0f::temporary("worker.fp");
    let path = file.to_str().expect("a path");
    write_unnoticed(&file, &database("s:unix:Linux:old"));
    let address = broker.address();
    let metrics = format!("127.0.0.1:{}", free_port());
    let mut args = vec!["kafka", "--brokers", &address, "--from", "reload", "--to"];
    args.extend(["reload-records", "--group", "reload", "--packet-format", "raw"]);
    args.extend(["--batch-ms", "100", "--database", path, "--metrics", &metrics]);
    let worker = Worker::start(&args);
    let producer = load::producer(&broker);
    let send = |number: u16| {
        let (frame, time) = syn(number);
        let micros = (time.as_nanos() / 1000).to_be_bytes();
        load::send(&producer, "reload", Some(0), &micros, &frame.build());
        load::flush(&producer);
        load::wait_until_read(&broker, "reload", "reload", 1, LIMIT);
    };
    send(0);
    let reload = |text: &str, counted: &str| {
        write_unnoticed(&file, text);
        worker.signal("HUP");
        wait_for_metric(&metrics, counted);
    };
    reload(&database("s:unix:Linux:new"), "stackprint_database_reloads_total{result=\"read\"} 1");
    send(1);
    reload("what", "stackprint_database_reloads_total{result=\"refused\"} 1");
    send(2);
    let ended = worker.terminate(LIMIT);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("stays in use"), "{}", ended.stderr);
    let records = kcat::values(&broker, "reload-records");
    let records = records.iter().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let said: Vec<_> = records
        .map(|it| {
            assert!(it["change"].is_null(), "{it}");
            it["os"]["flavor"].as_str().expect("a label").to_owned()
        })
        .collect();
    assert_eq!(said, ["old", "new", "new"]);
}
