//! A build with TLS, against a broker that asks for TLS and SASL/SCRAM.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use stackprint_tests::worker::{Ended, Worker};
use stackprint_tests::{program, require};
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::load::{self, Balance, Ledger};

const PACKETS: u32 = 1000;
const LIMIT: Duration = Duration::from_secs(60);
/// "A clear message within seconds."
const SOON: Duration = Duration::from_secs(20);

/// What an operator writes into a file, as docs/kafka.md has it.
fn property_file(broker: &Broker, authority: &Path, password: &str) -> PathBuf {
    let text = format!(
        "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.username=carol\n\
         sasl.password={password}\nssl.ca.location={}\n",
        authority.display()
    );
    let file = broker.authority().with_file_name(format!("{password}.properties"));
    fs::write(&file, text).expect("a file");
    file
}

/// A certificate of somebody else.
fn another_authority(broker: &Broker) -> PathBuf {
    let [key, certificate] =
        ["other-key.pem", "other.pem"].map(|name| broker.authority().with_file_name(name));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other"]);
    openssl.arg("-keyout").arg(key).arg("-out").arg(&certificate).stderr(Stdio::null());
    assert!(openssl.status().expect("openssl").success(), "a certificate");
    certificate
}

fn run(args: &[&str], properties: &Path) -> Worker {
    let mut command = program::command(args);
    Worker::run(command.arg("-F").arg(properties).stdout(Stdio::null()))
}

/// A run that has to end by itself, soon, with status 1 and one line that holds one of these words.
fn refused(run: Worker, words: &[&str]) -> Ended {
    let (ended, message) = run.refused(SOON);
    assert!(words.iter().any(|word| message.contains(word)), "none of {words:?} in: {message}");
    ended
}

/// Both deliveries, over TLS from end to end; then a wrong password, and an authority that did not
/// sign the broker's certificate.
#[test]
fn tls_and_scram() {
    let Some(broker) = Broker::shared() else { return };
    let Some(()) = require("a build with TLS", program::has_tls().then_some(())) else { return };
    broker.create_topics(&[("tls", 2), ("tls-records", 1)]);
    load::send_numbered(&load::producer(&broker), "tls", 2, 0..PACKETS);
    let address = broker.tls_address();
    let good = property_file(&broker, &broker.authority(), "carol-secret");
    let args = ["kafka", "--brokers", &address, "--from", "tls", "--to", "tls-records"];
    for delivery in ["at-least-once", "exactly-once"] {
        let group = format!("tls-{delivery}");
        let more = ["--delivery", delivery, "--group", &group, "--exit-at-end"];
        let ended = run(&[&args[..], &more].concat(), &good).finish(LIMIT);
        assert!(!ended.stderr.contains("carol-secret"), "the password is shown: {}", ended.stderr);
    }
    let balance = Ledger::read(&broker, "tls-records", PACKETS).balance();
    let twice = Balance { records: 2000, missing: 0, repeated: 1000 };
    assert_eq!(balance, twice, "each packet once in each run");

    let wrong = property_file(&broker, &broker.authority(), "not-the-password");
    let ended = refused(run(&args, &wrong), &["uthentication"]);
    assert!(!ended.stderr.contains("not-the-password"), "{}", ended.stderr);

    let mistrusted = property_file(&broker, &another_authority(&broker), "carol-secret");
    refused(run(&args, &mistrusted), &["certificate", "SSL"]);
}

/// The sensor on the same way.
#[test]
fn publish_over_tls() {
    let Some(broker) = Broker::shared() else { return };
    let Some(()) = require("a build with TLS", program::has_tls().then_some(())) else { return };
    broker.create_topics(&[("tls-sensor", 1)]);
    let address = broker.tls_address();
    let good = property_file(&broker, &broker.authority(), "carol-secret");
    let capture = "captures/recorded/default.pcap";
    let args = ["publish", capture, "--brokers", &address, "--to", "tls-sensor"];
    run(&args, &good).finish(LIMIT);
    assert!(!stackprint_tests_kafka::kcat::messages(&broker, "tls-sensor").is_empty());
}
