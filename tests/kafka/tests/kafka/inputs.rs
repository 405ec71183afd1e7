//! Packets that others produce, in each form that they use.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use stackprint_tests::program::{command, output};
use stackprint_tests::worker::Worker;
use stackprint_tests::{input, require};
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::kcat;

const LIMIT: Duration = Duration::from_secs(60);
/// Ethernet, microseconds.
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../captures/recorded/web-clients.pcap");

/// What `read` says of the capture, without origin.
fn expected() -> Vec<Value> {
    let args = ["read", "--format", "ndjson", "--origin", "none", CAPTURE];
    let read = output(&mut command(&args), b"");
    let records: Vec<Value> = String::from_utf8(read.stdout).unwrap().lines().map(json).collect();
    assert!(records.len() >= 2, "{} records", records.len());
    records
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).expect(line)
}

/// Key (microseconds, as Metron has it) and frame of each packet.
fn frames() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut frames = Vec::new();
    let each = |captured: stackprint::capture::CapturedFrame<'_>| {
        let time = captured.frame.time;
        let micros = time.as_seconds() * 1_000_000 + u64::from(time.subsecond_nanos()) / 1000;
        frames.push((micros.to_be_bytes().to_vec(), captured.frame.data.to_vec()));
    };
    input::decode(&fs::read(CAPTURE).unwrap(), each).expect("a good capture");
    frames
}

/// A worker reads the topic to its end: its records have to be those of the capture. Hands over
/// their origins.
fn check(broker: &Broker, from: &str, more: &[&str]) -> Vec<Value> {
    let (to, address) = (format!("{from}-records"), broker.address());
    broker.create_topics(&[(&to, 1)]);
    let mut args = vec!["kafka", "--brokers", &address, "--from", from, "--to", &to];
    args.extend(["--group", from, "--exit-at-end"]);
    args.extend(more);
    Worker::start(&args).finish(LIMIT);
    let mut records: Vec<Value> =
        kcat::values(broker, &to).iter().map(|value| json(value)).collect();
    let without_origin = |record: &mut Value| record.as_object_mut().unwrap().remove("origin");
    let origins = records.iter_mut().map(|record| without_origin(record).expect("an origin"));
    let origins: Vec<Value> = origins.collect();
    assert_eq!(records, expected(), "{from}");
    origins
}

#[test]
fn raw_frames_with_metron_keys_by_kcat() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("metron", 1)]);
    kcat::produce(&broker, "metron", &[], &frames());
    let origins = check(&broker, "metron", &[]);
    assert_eq!(origins[0]["topic"], "metron");
    assert_eq!(origins[0]["offset"], 0);
    // Not guessed, but told.
    let again = ["--packet-format", "raw", "--link-type", "ETHERNET"];
    broker.create_topics(&[("metron-told", 1)]);
    kcat::produce(&broker, "metron-told", &["-z", "lz4"], &frames());
    check(&broker, "metron-told", &again);
}

#[test]
fn a_capture_as_a_message_by_kcat() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("capture", 1)]);
    kcat::produce_files(&broker, "capture", &[], &[CAPTURE]);
    let origins = check(&broker, "capture", &[]);
    assert!(origins.iter().all(|origin| origin["offset"] == 0), "one message");
    let last = origins.last().unwrap()["index"].as_u64().expect("an index");
    assert!(last > 0, "packets are told apart: {origins:?}");
}

#[test]
fn json_envelopes_by_kcat() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("json", 1)]);
    let envelope = |(key, frame): (Vec<u8>, Vec<u8>)| {
        let micros = u64::from_be_bytes(key.clone().try_into().unwrap());
        let data = base64(&frame);
        let ts = micros * 1000;
        let envelope = format!(
            r#"{{"ts": {ts}, "link_type": "ETHERNET", "data": "{data}", "sensor": "edge-1"}}"#
        );
        (b"any key".to_vec(), envelope.into_bytes())
    };
    let messages: Vec<_> = frames().into_iter().map(envelope).collect();
    let header = "content-type=application/json";
    kcat::produce(&broker, "json", &["-H", header], &messages);
    let origins = check(&broker, "json", &[]);
    assert!(origins.iter().all(|origin| origin["sensor"] == "edge-1"), "{origins:?}");
}

/// RFC 4648, section 4; a test should not check a library with itself.
fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let octet = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = octet(0) << 16 | octet(1) << 8 | octet(2);
        let digit = |at: usize| DIGITS[(bits >> (18 - 6 * at) & 63) as usize] as char;
        let text: String = (0..=chunk.len()).map(digit).collect();
        format!("{text:=<4}")
    };
    octets.chunks(3).map(group).collect()
}

/// A client that shares no code with librdkafka.
#[test]
fn every_form_by_a_python_client() {
    let Some(broker) = Broker::shared() else { return };
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("python.sh");
    let fetched = Command::new(&python).arg("fetch").status().expect("a script").success();
    let Some(()) = require("the Python client", fetched.then_some(())) else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("produce.py");
    for form in ["raw", "pcap", "json", "json-list", "msgpack", "msgpack-list"] {
        let topic = format!("python-{form}");
        broker.create_topics(&[(&topic, 1)]);
        let mut produce = Command::new(&python);
        produce.arg("run").arg(&script).args([&broker.address(), &topic, CAPTURE, form]);
        assert!(produce.status().expect("a script").success(), "{form}");
        check(&broker, &topic, &[]);
    }
}
