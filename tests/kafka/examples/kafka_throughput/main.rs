//! What a worker costs, against a bare loop of the same client: CPU of the process per packet.
//!
//!     cargo run --release --package stackprint-tests-kafka --example kafka_throughput
//!
//! prints the tables. `STACKPRINT_TRIAL_PACKETS` (default 400,000; 0 leaves the costs out) in each
//! topic, `STACKPRINT_KAFKA_RATE` packets/s for the latency (default: half of what goes through),
//! `STACKPRINT_KAFKA_MEMORY_S` (default 0: left out) seconds of the memory test.
//!
//! A process is measured from its start to its end (`--exit-at-end`), and what it takes for a topic
//! of a few packets is taken off: the start, joining the group, the end. Broker and loop share the
//! machine's cores: CPU counts, the clock does not.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "a benchmark")]

mod bare;
mod packets;
mod running;

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use packets::{PARTITIONS, Traffic};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::{Offset, TopicPartitionList};
use stackprint_tests::program;
use stackprint_tests_kafka::broker::Broker;

/// Packets of a topic that shows what a start costs.
const FEW: u32 = 2048;
/// So many times as many packets where messages hold several.
const PACKED_MORE: u32 = 4;
const TURNS: usize = 3;

/// Ticks of the kernel's accounting; 100 on every Linux that matters.
const TICKS_PER_SECOND: f64 = 100.0;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    // The loop is a process of its own, measured as the worker is.
    if let ["bare", brokers, from, to, delivery] = args.as_slice() {
        return bare::run(brokers, from, to, delivery);
    }
    let count = number("STACKPRINT_TRIAL_PACKETS", 400_000);
    let Some(broker) = Broker::own() else { return };
    // Built before anything is measured.
    let _ = program::program();
    if count > 0 {
        cost(&broker, count);
    }
    running::latency(&broker);
    let seconds = number("STACKPRINT_KAFKA_MEMORY_S", 0);
    if seconds > 0 {
        running::memory(&broker, Duration::from_secs(u64::from(seconds)));
    }
}

fn number(name: &str, default: u32) -> u32 {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// The rows of the table: what is in the topic, and how it is delivered.
fn cost(broker: &Broker, count: u32) {
    println!("{count} packets a topic, {PARTITIONS} partitions; µs of CPU a packet, median of 3\n");
    println!(
        "| packets a message | SYNs | delivery | bare loop | worker | bare/worker | packets/s a core |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    const BOTH: &[&str] = &["at-least-once", "exactly-once"];
    let rows = [
        (1, 1, BOTH),
        (1, 20, BOTH),
        (16, 20, BOTH),
        (64, 20, BOTH),
        (256, 20, BOTH),
        // What messages cost by themselves, and records by themselves.
        (1, 1000, &BOTH[..1]),
        (64, 1000, &BOTH[..1]),
        (64, 1, &BOTH[..1]),
    ];
    for (packed, one_in, deliveries) in rows {
        let traffic = Traffic { packed, one_in };
        // The quicker a packet, the more of them: what buffers take at first must not count.
        let count = if packed > 1 && one_in > 1 { count * PACKED_MORE } else { count };
        let topics = [FEW, count].map(|count| traffic.load(broker, count));
        for delivery in deliveries {
            row(broker, traffic, &topics, delivery, count);
        }
    }
}

fn row(broker: &Broker, traffic: Traffic, topics: &[String; 2], delivery: &str, count: u32) {
    // Where few packets become records, there is nothing to copy: the loop only consumes.
    let bare = if traffic.one_in == 1 && traffic.packed == 1 { delivery } else { "consume" };
    let mut bare_s = [const { Vec::new() }; 2];
    let mut worker_s = [const { Vec::new() }; 2];
    // In turn, so that both meet the same moods of the machine.
    for (turn, (size, topic)) in
        (0..TURNS).flat_map(|turn| topics.iter().enumerate().map(move |topic| (turn, topic)))
    {
        let to = |what: &str| format!("{topic}-{delivery}-{what}-{turn}");
        let (bare_to, worker_to) = (to("bare"), to("worker"));
        broker.create_topics(&[(&bare_to, PARTITIONS), (&worker_to, PARTITIONS)]);
        let mut command = Command::new(env::current_exe().expect("our path"));
        command.args(["bare", &broker.address(), topic, &bare_to, bare]);
        bare_s[size].push(cpu_s(command));
        worker_s[size].push(cpu_s(worker(broker, topic, &worker_to, delivery)));
    }
    if bare == delivery {
        let to = |what: &str| format!("{}-{delivery}-{what}-0", topics[1]);
        let [bare, worker] = ["bare", "worker"].map(|what| first_record(broker, &to(what)));
        // The offset has other digits.
        assert!(bare.abs_diff(worker) < 8, "records of {bare} and {worker} octets");
    }
    let micros = |seconds: &mut [Vec<f64>; 2]| {
        seconds.iter_mut().for_each(|seconds| seconds.sort_by(f64::total_cmp));
        let [few, all] = [&seconds[0], &seconds[1]].map(|seconds| seconds[TURNS / 2]);
        (all - few) * 1e6 / f64::from(count - FEW)
    };
    let (bare_us, worker_us) = (micros(&mut bare_s), micros(&mut worker_s));
    println!(
        "| {} | 1 in {} | {delivery} | {bare_us:.2} ({bare}) | {worker_us:.2} | {:.2} | {:.0} |",
        traffic.packed,
        traffic.one_in,
        bare_us / worker_us,
        1e6 / worker_us,
    );
}

/// Bytes of a record with its headers and key.
fn first_record(broker: &Broker, topic: &str) -> usize {
    let mut config = broker.client();
    config.set("group.id", topic);
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic, 0, Offset::Beginning).expect("a partition");
    consumer.assign(&from).expect("assigned");
    let message =
        consumer.poll(Duration::from_secs(30)).expect("a record in time").expect("a record");
    let headers = message.headers().expect("headers");
    let headers =
        headers.iter().map(|header| header.key.len() + header.value.map_or(0, <[u8]>::len));
    message.payload_len() + message.key_len() + headers.sum::<usize>()
}

/// A worker that reads a topic to its end.
fn worker(broker: &Broker, from: &str, to: &str, delivery: &str) -> Command {
    let address = broker.address();
    let mut command = program::command(&["kafka", "--brokers", &address, "--from", from]);
    command.args(["--to", to, "--group", to, "--delivery", delivery, "--exit-at-end"]);
    command.args(["--packet-format", "auto"]);
    command
}

/// Seconds of CPU that a process uses until it ends, in all its threads.
fn cpu_s(mut command: Command) -> f64 {
    let before = children_ticks();
    let status = command.stdin(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("it starts").success(), "{command:?}");
    (children_ticks() - before) / TICKS_PER_SECOND
}

/// Ticks of all children that have ended: proc(5), `cutime` and `cstime`.
fn children_ticks() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    // The name, in parentheses, may hold blanks.
    let fields: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
    let ticks = |place: usize| fields[place].parse::<f64>().expect("ticks");
    // The first of these fields is the third of all.
    ticks(16 - 3) + ticks(17 - 3)
}

/// For the modules.
fn pause(duration: Duration) {
    thread::sleep(duration);
}
