//! `read --threads N` beside one thread, and beside N programs that read a file each, in wall time.
//!
//! ```text
//! cargo run --profile dist -p stackprint-benchmarks --bin threads [-- N]
//! ```
//!
//! N is 2 without it. `STACKPRINT_BENCH_FRAMES` are the frames of each class, `STACKPRINT_BENCH_ROUNDS` the
//! rounds, in which all take turns. Files are in the page cache, and records go to /dev/null.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use stackprint_benchmarks::inputs::{Frames, class};
use stackprint_benchmarks::program;

const DEFAULT_FRAMES: usize = 1_000_000;
const DEFAULT_ROUNDS: usize = 7;
/// Of how many packets one is of a handshake in the class `quarter`.
const QUARTER: usize = 4;
const CLASSES: [&str; 5] = ["syn", "pairs", "quarter", "mixed", "bulk"];

fn main() {
    let threads = env::args().nth(1).map_or(2, |text| text.parse().expect("a number of threads"));
    let count = number("STACKPRINT_BENCH_FRAMES", DEFAULT_FRAMES);
    let rounds = number("STACKPRINT_BENCH_ROUNDS", DEFAULT_ROUNDS);
    let program = program::build();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/benchmarks/threads");
    fs::create_dir_all(&folder).expect("a folder");
    println!(
        "| class | one thread, ns a frame | {threads} threads | beside one thread | beside {threads} programs |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for name in CLASSES {
        let capture = folder.join(name).with_extension("pcap");
        let frames = frames(name, count);
        fs::write(&capture, frames.pcap().octets()).expect("a capture");
        let (mut one, mut several) = (Vec::new(), Vec::new());
        let (mut beside_one, mut beside_programs) = (Vec::new(), Vec::new());
        let a_frame = |seconds: f64| seconds * 1e9 / frames.len() as f64;
        for _ in 0..rounds {
            let alone = seconds(1, || read(&program, &capture, 1));
            let together = seconds(threads, || read(&program, &capture, 1));
            let by_threads = seconds(1, || read(&program, &capture, threads));
            one.push(a_frame(alone));
            several.push(a_frame(by_threads));
            beside_one.push(alone / by_threads);
            beside_programs.push(together / threads as f64 / by_threads);
        }
        println!(
            "| {name} | {} | {} | {} | {} |",
            spread(one, 0),
            spread(several, 0),
            spread(beside_one, 2),
            spread(beside_programs, 2),
        );
        fs::remove_file(&capture).expect("the capture");
    }
}

fn number(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

fn frames(name: &str, count: usize) -> Frames {
    let make = |name, count| (class(name).expect("a class").make)(count);
    if name != "quarter" {
        return make(name, count);
    }
    let (pairs, bulk) = (make("pairs", count / QUARTER), make("bulk", count - count / QUARTER));
    let (mut handshakes, mut data) = (pairs.iter(), bulk.iter());
    let mut all = Frames::default();
    for place in 0..count {
        let frame = if place % QUARTER == 0 { handshakes.next() } else { data.next() };
        frame.into_iter().for_each(|frame| all.push(frame.data));
    }
    all
}

fn read(program: &Path, capture: &Path, threads: usize) -> Child {
    let mut command = Command::new(program);
    command.args(["read", "-f", "ndjson", "--threads", &threads.to_string()]).arg(capture);
    command.stdout(Stdio::null()).spawn().expect("the program")
}

/// How long so many of them take together.
fn seconds(programs: usize, begin: impl Fn() -> Child) -> f64 {
    let start = Instant::now();
    let all: Vec<Child> = (0..programs).map(|_| begin()).collect();
    for mut child in all {
        assert!(child.wait().expect("it was begun").success());
    }
    start.elapsed().as_secs_f64()
}

/// The median, the least and the most.
fn spread(mut values: Vec<f64>, digits: usize) -> String {
    values.sort_by(f64::total_cmp);
    let (least, most) = (values[0], values[values.len() - 1]);
    let median = values[values.len() / 2];
    format!("{median:.digits$} ({least:.digits$}–{most:.digits$})")
}
