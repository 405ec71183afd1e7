//! The worker's metrics, and the rules that alert on them, as Prometheus' own tool reads them.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use stackprint_tests::require;
use stackprint_tests::wait::eventually;
use stackprint_tests::worker::{Worker, free_address};
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::load;

const LIMIT: Duration = Duration::from_secs(60);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// None where there is no promtool: says so, and in CI fails.
fn promtool(args: &[&str], stdin: &str) -> Option<Output> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tool = folder.join("promtool.sh");
    let mut version = Command::new(&tool);
    version.arg("--version").stdout(Stdio::null());
    let is_there = version.status().is_ok_and(|status| status.success());
    require("promtool of Prometheus", is_there.then_some(()))?;
    let mut command = Command::new(tool);
    command.args(args).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("promtool starts");
    child.stdin.take().expect("a pipe").write_all(stdin.as_bytes()).expect("promtool reads");
    Some(child.wait_with_output().expect("promtool ends"))
}

fn is_well(output: &Output) {
    let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{}", said.concat());
}

#[test]
fn alerts_fire_when_they_should() {
    let Some(tested) = promtool(&["test", "rules", "alerts.test.yaml"], "") else { return };
    is_well(&tested);
}

/// Names of all series.
fn series(page: &str) -> Vec<&str> {
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    samples.filter_map(|line| line.rsplit_once(' ')).map(|(name, _)| name).collect()
}

/// From the first second on: all series, and the lag of what nobody has read; and no others later.
#[test]
fn metrics_from_the_first_second() {
    const PACKETS: u32 = 60;
    let Some(broker) = Broker::shared() else { return };
    let (from, to) = ("metrics-packets", "metrics-records");
    broker.create_topics(&[(from, 1), (to, 1)]);
    let producer = load::producer(&broker);
    load::send_numbered(&producer, from, 1, 0..PACKETS);
    load::send(&producer, from, Some(0), b"", b"\xc1 nothing that is known");
    load::flush(&producer);
    let (address, metrics) = (broker.address(), free_address());
    let mut args = vec!["kafka", "--brokers", &address, "--from", from, "--to", to];
    args.extend(["--group", from, "--metrics", &metrics, "--packet-format", "auto"]);
    // A dozen records a second, so that there is a lag to be seen.
    args.extend(["-X", "queue.buffering.max.messages=12", "-X", "linger.ms=900"]);
    let worker = Worker::start(&args);
    worker.wait_until_said("assigned");
    let assigned = Instant::now();
    let lag = || worker.metric(&metrics, "consumer_lag{topic=\"metrics-packets\",partition=\"0\"}");
    eventually("a lag", Duration::from_secs(1), || lag().is_some());
    let at_first = lag().expect("a lag");
    assert!(assigned.elapsed() < Duration::from_secs(1));
    assert!((1.0..=f64::from(PACKETS + 1)).contains(&at_first), "{at_first}");
    let page = worker.page(&metrics, "/metrics").expect("a page");
    assert!(series(&page).contains(&"stackprint_bad_messages_total{reason=\"unrecognised\"}"));

    load::wait_until_read(&broker, from, from, 1, LIMIT);
    eventually("no lag", Duration::from_secs(5), || lag() == Some(0.0));
    let later = worker.page(&metrics, "/metrics").expect("a page");
    assert_eq!(series(&later), series(&page));
    let bad = worker.metric(&metrics, "bad_messages_total{reason=\"unrecognised\"}");
    assert_eq!(bad, Some(1.0));
    // The image's health check finds it, and nobody where nobody is.
    let script = root().join("kafka-worker/packaging/healthcheck.sh");
    let port = metrics.rsplit_once(':').expect("a port").1;
    let checked = |place: &str| {
        let mut check = Command::new("bash");
        check.arg(&script).env("STACKPRINT_METRICS", place).stderr(Stdio::null());
        check.status().expect("bash").success()
    };
    assert!(checked(&metrics) && checked(&format!("0.0.0.0:{port}")) && checked(""));
    assert!(!checked(&free_address()));
    assert_eq!(worker.terminate(LIMIT).status, Some(0));
    let Some(checked) = promtool(&["check", "metrics"], &later) else { return };
    is_well(&checked);
}
