//! A long run under a steady load: memory, file descriptors and latency do not grow, and what goes
//! in comes out, once.
//!
//! ```text
//! STACKPRINT_SOAK_S=3600 cargo test --release -p stackprint-tests --test soak -- --nocapture
//! ```
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::Ipv4Addr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{env, thread};

use serde_json::Value;
use stackprint::{LinkType, Timestamp};
use stackprint_tests::load::numbered;
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::process::{descriptors, resident_octets};
use stackprint_tests::program::command;
use stackprint_tests::say;

/// SYNs a second, each of another host, in pieces.
const RATE: u64 = 40_000;
const PIECES_A_SECOND: u64 = 50;
const PIECE: u64 = RATE / PIECES_A_SECOND;
/// Hosts after which the first comes again: more than are remembered, so that one is always forgotten
/// for another, and late enough that its last flow is over.
const HOSTS: u64 = 1 << 22;
/// Hosts and flows are as many as are remembered, after this.
const FULL: Duration = Duration::from_secs(8);
/// 2026-11-23.
const START_NS: u64 = 1_795_000_000_000_000_000;

/// When each host's SYN was sent, in microseconds of the test, and what was made of it.
struct Flight {
    start: Instant,
    sent_us: Vec<AtomicU64>,
    received: AtomicU64,
}

/// What was seen in a second.
struct Sample {
    resident: u64,
    descriptors: usize,
    /// Median and 99th hundredth, in microseconds.
    latency_us: [u64; 2],
}

impl Flight {
    fn now_us(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    /// Takes in records, and hands out how long each took.
    fn land(&self, records: impl Read, mut took: impl FnMut(u64)) {
        for line in BufReader::new(records).lines() {
            let record: Value = serde_json::from_str(&line.expect("UTF-8")).expect("a record");
            assert_eq!(record["kind"], "syn", "{record}");
            let ip = record["client"]["ip"].as_str().expect("an address");
            let ip: Ipv4Addr = ip.parse().expect("an address");
            let number = ip.to_bits() & 0x00ff_ffff;
            let sent = self.sent_us[number as usize].swap(u64::MAX, Relaxed);
            assert_ne!(sent, u64::MAX, "{ip} comes twice, or unasked");
            self.received.fetch_add(1, Relaxed);
            took(self.now_us() - sent);
        }
    }
}

fn duration() -> Duration {
    // `tests/nightly.sh` runs two minutes.
    const USUAL_S: u64 = 24;
    let seconds = env::var("STACKPRINT_SOAK_S").map(|text| text.parse().expect("seconds"));
    Duration::from_secs(seconds.unwrap_or(USUAL_S))
}

/// The middle of the values, and the one that 99 of 100 do not exceed; 0 of none.
fn hundredths(values: &mut [u64]) -> [u64; 2] {
    values.sort_unstable();
    [50, 99].map(|part| values.get(values.len() * part / 100).copied().unwrap_or(0))
}

#[test]
fn a_steady_load_leaves_nothing_behind() {
    let duration = duration();
    let mut child = command(&["read", "-f", "ndjson", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let flight = Arc::new(Flight {
        start: Instant::now(),
        sent_us: (0..HOSTS).map(|_| AtomicU64::new(u64::MAX)).collect(),
        received: AtomicU64::new(0),
    });
    let (latencies, taken) = std::sync::mpsc::channel();
    let landing = Arc::clone(&flight);
    let reader = thread::spawn(move || {
        landing.land(stdout, |took| {
            let _ = latencies.send(took);
        });
    });

    let mut samples: Vec<Sample> = Vec::new();
    let header_len = PcapFile::new(LinkType::ETHERNET).octets().len();
    stdin.write_all(PcapFile::new(LinkType::ETHERNET).octets()).expect("it reads");
    let mut sent = 0;
    while flight.start.elapsed() < duration {
        let mut piece = PcapFile::new(LinkType::ETHERNET);
        for number in sent..sent + PIECE {
            let time = START_NS + number * 1_000_000_000 / RATE;
            let host = number % HOSTS;
            piece.push(Timestamp::from_nanos(time), &numbered(host as u32));
            flight.sent_us[host as usize].store(flight.now_us(), Relaxed);
        }
        stdin.write_all(&piece.octets()[header_len..]).expect("it reads");
        sent += PIECE;
        if sent % RATE == 0 {
            let mut took: Vec<u64> = taken.try_iter().collect();
            samples.push(Sample {
                resident: resident_octets(child.id()),
                descriptors: descriptors(child.id()),
                latency_us: hundredths(&mut took),
            });
        }
        let next = Duration::from_micros(sent * 1_000_000 / RATE);
        thread::sleep(next.saturating_sub(flight.start.elapsed()));
    }
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
    reader.join().expect("only records");
    assert_eq!(flight.received.load(Relaxed), sent, "records, and SYNs");
    judge(sent, &samples);
}

/// Compares the beginning, once everything is full, with the end.
fn judge(sent: u64, samples: &[Sample]) {
    let full = samples.get(FULL.as_secs() as usize..).unwrap_or_default();
    let third = full.len() / 3;
    assert!(third >= 3, "{} seconds are too short", samples.len());
    let (early, late) = (&full[..third], &full[full.len() - third..]);
    let middle = |part: &[Sample], value: fn(&Sample) -> u64| {
        hundredths(&mut part.iter().map(value).collect::<Vec<_>>())[0]
    };
    let compare = |value| (middle(early, value), middle(late, value));
    let memory = compare(|sample| sample.resident);
    let descriptors = compare(|sample| sample.descriptors as u64);
    let [median, hundredth] =
        [compare(|sample| sample.latency_us[0]), compare(|sample| sample.latency_us[1])];
    say(&format!(
        "{sent} SYNs in {} s, each one record; first and last third once tables are full: {} and {} \
         KiB, {} and {} file descriptors, latency {} and {} us (median), {} and {} us (99 of 100)",
        samples.len(),
        memory.0 / 1024,
        memory.1 / 1024,
        descriptors.0,
        descriptors.1,
        median.0,
        median.1,
        hundredth.0,
        hundredth.1
    ));
    assert!(memory.1 <= memory.0 + (1 << 20), "memory grows: {memory:?} octets");
    assert_eq!(descriptors.0, descriptors.1, "file descriptors");
    // Other work on the machine may come and go; what gathers makes it many times as much.
    assert!(median.1 <= 3 * median.0 + 5_000, "latency grows: {median:?} us");
}
