//! The measurements: each grows one thing and leaves the others as they are.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::sync::Arc;

use stackprint::{Analyzer, Database, Frame, Limits, LinkType, Timestamp};
use stackprint_benchmarks::inputs::{Frames, class};
use stackprint_benchmarks::ours;

use crate::measure::{Spread, here};

/// Each figure is the median of as many.
pub(crate) const ROUNDS: usize = 7;
/// Packets of a round.
const PACKETS: u32 = 200_000;

/// A figure of a study.
pub(crate) struct Point {
    /// What grew.
    pub(crate) at: f64,
    pub(crate) nanos: Spread,
    /// Memory for each of what grew; 0 where that is not asked.
    pub(crate) octets: f64,
}

/// A SYN whose client and stack are changed in place: faster than to make another one.
struct Syn {
    octets: Vec<u8>,
    time_ns: u64,
}

mod field {
    /// Of Ethernet, IPv4 and TCP without options.
    pub(super) const SOURCE: usize = 26;
    pub(super) const SOURCE_PORT: usize = 34;
    /// The value of the MSS option, which comes first.
    pub(super) const MSS: usize = 56;
}

impl Syn {
    fn new() -> Syn {
        let frames = (class("syn").expect("SYNs").make)(1);
        let octets = frames.iter().next().expect("a SYN").data.to_vec();
        Syn { octets, time_ns: 1_795_000_000_000_000_000 }
    }

    fn put<const N: usize>(&mut self, at: usize, octets: [u8; N]) {
        self.octets[at..at + N].copy_from_slice(&octets);
    }

    /// The SYN of a client by number; every call is 10 µs later and from another port.
    fn of(&mut self, client: u32) -> Frame<'_> {
        const STEP_NS: u64 = 10_000;
        self.time_ns += STEP_NS;
        self.put(field::SOURCE, (0x0a00_0000_u32.wrapping_add(client)).to_be_bytes());
        self.put(field::SOURCE_PORT, ((self.time_ns / STEP_NS) as u16).to_be_bytes());
        Frame::new(LinkType::ETHERNET, &self.octets).at(Timestamp::from_nanos(self.time_ns))
    }
}

/// Resident memory of this process, in octets.
fn resident() -> f64 {
    const PAGE_OCTETS: f64 = 4096.0;
    let statm = fs::read_to_string("/proc/self/statm").expect("memory of this process");
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.expect("resident pages") * PAGE_OCTETS
}

/// SYNs of `count` hosts that are all known, in no order.
pub(crate) fn hosts(count: u32) -> Point {
    let before = resident();
    // Flows have their own limit, which is reached at every size.
    let limits = Limits { hosts: count + 10, flows: 1000, ..Limits::default() };
    let mut analyzer = Analyzer::builder(&Database::builtin()).limits(limits).build();
    let mut syn = Syn::new();
    for client in 0..count {
        black_box(analyzer.analyze(&syn.of(client)).is_ok());
    }
    let octets = (resident() - before) / f64::from(count);
    assert_eq!(analyzer.remembered().0, count as usize + 1, "all clients and one server");
    let mut state = 1_u32;
    let nanos = Spread::of((0..ROUNDS).map(|_| {
        let ((), cost) = here(|| {
            for _ in 0..PACKETS {
                // Numerical Recipes' generator; its high bits are the good ones.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let client = (u64::from(state) * u64::from(count)) >> 32;
                black_box(analyzer.analyze(&syn.of(client as u32)).is_ok());
            }
        });
        cost.cpu_s * 1e9 / f64::from(PACKETS)
    }));
    assert_eq!(analyzer.evicted().0, 0, "all hosts had place");
    Point { at: f64::from(count), nanos, octets }
}

/// The built-in database `times` over: each copy's labels and windows are its own.
fn database(times: u32) -> Arc<Database> {
    let mut text = Database::BUILTIN_TEXT.to_owned();
    for copy in 1..times {
        let mut section = "";
        for line in Database::BUILTIN_TEXT.lines() {
            if line.starts_with("[tcp:") {
                section = line;
                let _ = writeln!(text, "{line}");
            } else if line.starts_with('[') {
                section = "";
            } else if !section.is_empty() && line.starts_with("label") && !line.contains(":!:") {
                let _ = writeln!(text, "label = s:other:Copy {copy}:");
            } else if !section.is_empty() && line.starts_with("sig") {
                let _ = writeln!(text, "{}", with_window(line, copy));
            }
        }
    }
    Arc::new(Database::parse(&text).expect("a database"))
}

/// The signature's line with a window that no other copy has.
fn with_window(line: &str, copy: u32) -> String {
    let mut fields: Vec<String> = line.split(':').map(str::to_owned).collect();
    let scale = fields[4].split(',').nth(1).expect("a scale").to_owned();
    fields[4] = format!("{},{scale}", 1 + copy * 7 % 60_000);
    fields.join(":")
}

/// SYNs against a database `times` as large as the built-in one: of six systems at 23 distances,
/// and each with an MSS and TTL of its own.
pub(crate) fn signatures(times: u32) -> (Point, Point) {
    let database = database(times);
    let count = database.signatures().count() as f64;
    let limits = Limits { hosts: 1000, flows: 1000, ..Limits::default() };
    let analyzer = || Analyzer::builder(&database).limits(limits).build();
    let frames = (class("syn").expect("SYNs").make)(PACKETS as usize);
    let few = analyze(&frames, analyzer);
    let many = Spread::of((0..ROUNDS).map(|_| {
        let (mut analyzer, mut syn) = (analyzer(), Syn::new());
        let ((), cost) = here(|| {
            for number in 0..PACKETS {
                syn.put(field::MSS, (500 + (number % 60_000) as u16).to_be_bytes());
                black_box(analyzer.analyze(&syn.of(number)).is_ok());
            }
        });
        cost.cpu_s * 1e9 / f64::from(PACKETS)
    }));
    (Point { at: count, nanos: few, octets: 0.0 }, Point { at: count, nanos: many, octets: 0.0 })
}

fn analyze(frames: &Frames, analyzer: impl Fn() -> Analyzer) -> Spread {
    Spread::of((0..ROUNDS).map(|_| {
        let mut analyzer = analyzer();
        let (counts, cost) = here(|| ours::analyze(&mut analyzer, frames));
        black_box(counts);
        cost.cpu_s * 1e9 / frames.len() as f64
    }))
}

/// Packets of which `percent` are SYNs and the others data and ACKs.
pub(crate) fn share(percent: u32) -> Point {
    let make = |name: &str| (class(name).expect("a class").make)(PACKETS as usize);
    let (syns, bulk) = (make("syn"), make("bulk"));
    let mut frames = Frames::default();
    for (number, (syn, data)) in syns.iter().zip(bulk.iter()).enumerate() {
        // Spread evenly.
        let is_syn = (number as u32 * percent) % 100 < percent;
        frames.push(if is_syn { syn.data } else { data.data });
    }
    let nanos = analyze(&frames, || Analyzer::new(&Database::builtin()));
    Point { at: f64::from(percent), nanos, octets: 0.0 }
}
