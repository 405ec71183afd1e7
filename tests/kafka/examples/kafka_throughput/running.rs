//! A worker that runs on: how late its records are, and how much memory it takes.

use std::fs;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};
use stackprint_tests::worker::Worker;
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::load;

use crate::packets::PARTITIONS;
use crate::{number, pause};

/// Packets in a burst of the paced producer, a hundred bursts a second.
const BURSTS_A_SECOND: u32 = 100;

fn start(broker: &Broker, from: &str, delivery: &str) -> Worker {
    let (to, address) = (format!("{from}-records"), broker.address());
    broker.create_topics(&[(from, PARTITIONS), (&to, PARTITIONS)]);
    let mut args = vec!["kafka", "--brokers", &address, "--from", from, "--to", &to];
    args.extend(["--group", from, "--delivery", delivery, "--packet-format", "raw"]);
    let worker = Worker::start(&args);
    load::wait_until_read(broker, from, from, PARTITIONS, Duration::from_secs(30));
    pause(Duration::from_secs(2));
    worker
}

/// Sends at a steady pace, or without one as fast as it goes; notes when each number went.
fn send_paced(broker: &Broker, topic: &str, rate: Option<u32>, sent: &[AtomicU64], start: Instant) {
    let producer = load::producer(broker);
    let burst = rate.map_or(sent.len(), |rate| (rate / BURSTS_A_SECOND).max(1) as usize);
    for (place, numbers) in (0..sent.len() as u32).collect::<Vec<_>>().chunks(burst).enumerate() {
        let due = Duration::from_secs(1) * place as u32 / BURSTS_A_SECOND;
        pause(due.saturating_sub(start.elapsed()));
        for &number in numbers {
            sent[number as usize].store(start.elapsed().as_micros() as u64, Ordering::Release);
            let key = (1_795_000_000_000_000 + u64::from(number)).to_be_bytes();
            let partition = number as i32 % PARTITIONS;
            load::send(&producer, topic, Some(partition), &key, &load::numbered(number));
        }
    }
    load::flush(&producer);
}

/// From the moment in which a packet is handed to the producer to the moment in which a consumer
/// has its record, at half of the rate that sender, broker, worker and consumer keep up with
/// together on this machine. The producer's linger of 5 ms is in it.
pub fn latency(broker: &Broker) {
    const SECONDS: u32 = 10;
    // The sender's own start, half a second and more, is nothing of ours.
    const START_SECONDS: u32 = 2;
    let full = full_rate(broker);
    let rate = number("STACKPRINT_KAFKA_RATE", full / 2);
    println!("\nas fast as they come, one a message, each a record: {full} packets/s");
    println!("at {rate} packets/s, {SECONDS} s after {START_SECONDS}; from produce to record:\n");
    println!("| delivery | p50 | p99 | most |\n| --- | --- | --- | --- |");
    for delivery in ["at-least-once", "exactly-once"] {
        let topic = format!("latency-{delivery}");
        let worker = start(broker, &topic, delivery);
        let count = rate * (START_SECONDS + SECONDS);
        let (late, _) = relay(broker, &topic, delivery, count, Some(rate));
        let counts = |number: u32| number >= rate * START_SECONDS;
        let mut late: Vec<u64> =
            late.into_iter().filter(|&(number, _)| counts(number)).map(|(_, late)| late).collect();
        late.sort_unstable();
        let at = |share: f64| late[((late.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
        println!("| {delivery} | {:.0} ms | {:.0} ms | {:.0} ms |", at(0.5), at(0.99), at(1.0));
        assert_eq!(worker.terminate(Duration::from_secs(30)).status, Some(0));
    }
}

/// Packets a second that go all the way where nobody waits.
fn full_rate(broker: &Broker) -> u32 {
    const COUNT: u32 = 300_000;
    let worker = start(broker, "full", "at-least-once");
    let (_, took) = relay(broker, "full", "at-least-once", COUNT, None);
    assert_eq!(worker.terminate(Duration::from_secs(30)).status, Some(0));
    (f64::from(COUNT) / took.as_secs_f64()) as u32
}

/// Sends packets to the worker and waits for all of their records: number of each and how late it
/// was, in microseconds, and how long it took from the first packet to the last record.
fn relay(
    broker: &Broker,
    topic: &str,
    delivery: &str,
    count: u32,
    rate: Option<u32>,
) -> (Vec<(u32, u64)>, Duration) {
    let isolation = if delivery == "exactly-once" { "read_committed" } else { "read_uncommitted" };
    let mut config = broker.client();
    config.set("group.id", "latency").set("isolation.level", isolation);
    config.set("fetch.wait.max.ms", "5");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    // Not by the group: joining it takes time, in which records wait.
    let mut all = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        let records = format!("{topic}-records");
        all.add_partition_offset(&records, partition, Offset::Beginning).expect("a partition");
    }
    consumer.assign(&all).expect("assigned");
    let sent: Vec<AtomicU64> = (0..count).map(|_| AtomicU64::new(0)).collect();
    let start = Instant::now();
    let late = thread::scope(|scope| {
        scope.spawn(|| send_paced(broker, topic, rate, &sent, start));
        (0..sent.len()).map(|_| one_record(&consumer, &sent, start)).collect()
    });
    (late, start.elapsed())
}

/// Waits for a record; its number, and how late it is, in microseconds.
fn one_record(consumer: &BaseConsumer, sent: &[AtomicU64], start: Instant) -> (u32, u64) {
    let asked = Instant::now();
    // A change in the group also ends the waiting.
    let message = loop {
        if let Some(message) = consumer.poll(Duration::from_secs(1)) {
            break message.expect("no error");
        }
        assert!(asked.elapsed() < Duration::from_secs(60), "no record");
    };
    let key = str::from_utf8(message.key().expect("a key")).expect("text");
    let address: Ipv4Addr = key.parse().expect("an address");
    let number = u32::from(address) - (10 << 24);
    let now = start.elapsed().as_micros() as u64;
    (number, now - sent[number as usize].load(Ordering::Acquire))
}

/// Memory of a worker under load that is stopped for some seconds every half minute, so that it
/// comes back to a backlog.
pub fn memory(broker: &Broker, duration: Duration) {
    let rate = number("STACKPRINT_KAFKA_RATE", 20_000);
    println!("\n{rate} packets/s for {} s; stopped for 5 s every 30 s\n", duration.as_secs());
    println!("| after | resident |\n| --- | --- |");
    let worker = start(broker, "memory", "at-least-once");
    let count = rate * duration.as_secs() as u32;
    let sent: Vec<AtomicU64> = (0..count).map(|_| AtomicU64::new(0)).collect();
    let start = Instant::now();
    let mut most = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| send_paced(broker, "memory", Some(rate), &sent, start));
        while start.elapsed() < duration {
            let mut peak = 0;
            for second in 0..30 {
                if second == 10 {
                    worker.signal("STOP");
                } else if second == 15 {
                    worker.signal("CONT");
                }
                pause(Duration::from_secs(1));
                peak = peak.max(resident_kib(worker.id()));
            }
            println!("| {} s | {} MiB |", start.elapsed().as_secs(), peak / 1024);
            most.push(peak);
        }
    });
    load::wait_until_read(broker, "memory", "memory", PARTITIONS, Duration::from_secs(120));
    assert_eq!(worker.terminate(Duration::from_secs(30)).status, Some(0));
    let half = most.len() / 2;
    let (first, last) = (most[..half].iter().max(), most[half..].iter().max());
    println!("\nmost in the first half {first:?} KiB, in the second {last:?} KiB");
}

fn resident_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.split_whitespace().next().expect("a number").parse().expect("KiB")
}
