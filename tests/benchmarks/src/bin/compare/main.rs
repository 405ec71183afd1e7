//! stackprint beside huginn-net-tcp 2.2.1, p0f 3.09b and tcpdump, on the same frames, in one run.
//!
//!     cargo run --profile dist -p stackprint-benchmarks --features layers,peers --bin compare [-- CLASS…]
//!
//! prints the tables of docs/speed.md. Needs p0f and tcpdump (tests/setup.sh installs them).
//! `STACKPRINT_BENCH_FRAMES` (default 200,000) frames in each class, `STACKPRINT_BENCH_ROUNDS`
//! (default 7) rounds, in which all take turns. With a corpus at `STACKPRINT_CORPUS`, its Ethernet
//! frames are one more class.
#![allow(missing_docs, reason = "a program")]

mod files;
mod huginn;
mod measure;
mod memory;

use std::path::{Path, PathBuf};
use std::{env, fs};

use stackprint::{Analyzer, Database};
use stackprint_benchmarks::inputs::{CLASSES, Frames, of_captures};
use stackprint_benchmarks::{ours, program};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    // huginn-net is a library: to be measured as a program, it is made one.
    if let [command, path] = args.as_slice()
        && command == "huginn-read"
    {
        let counts = huginn::read(Path::new(path));
        assert!(counts.syn + counts.syn_ack < u64::MAX);
        return;
    }
    if args.as_slice() == ["huginn-live"] {
        huginn::live(&env::var("INTERFACE").expect("the name of an interface"));
        return;
    }
    let frames = number("STACKPRINT_BENCH_FRAMES", 200_000);
    let rounds = number("STACKPRINT_BENCH_ROUNDS", 7).max(1);
    let wanted = |name: &str| args.is_empty() || args.iter().any(|arg| arg == name);
    let temporary = env::temp_dir().join(format!("stackprint-benchmarks-{}", std::process::id()));
    fs::create_dir_all(&temporary).expect("a temporary directory");
    let built = program::build();

    let mut tables = Tables::default();
    for class in CLASSES.iter().filter(|class| wanted(class.name)) {
        tables.add(class.name, &(class.make)(frames), rounds, &built, &temporary);
    }
    if let Some(frames) = corpus().filter(|_| wanted("corpus")) {
        tables.add("corpus", &frames, rounds, &built, &temporary);
    }
    assert!(!tables.inputs.is_empty(), "no such class; there are {}", names().join(", "));
    tables.print(rounds);
    let _ = fs::remove_dir_all(&temporary);
}

fn names() -> Vec<&'static str> {
    CLASSES.iter().map(|class| class.name).chain(["corpus"]).collect()
}

fn number(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// The Ethernet frames of a corpus of captures that is kept beside the project.
fn corpus() -> Option<Frames> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = env::var_os("STACKPRINT_CORPUS").map_or(beside, PathBuf::from);
    let mut paths: Vec<PathBuf> = fs::read_dir(corpus.join("captures"))
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    let files: Vec<Vec<u8>> = paths.iter().filter_map(|path| fs::read(path).ok()).collect();
    Some(of_captures(files.iter().map(Vec::as_slice))).filter(|frames| !frames.is_empty())
}

#[derive(Default)]
struct Tables {
    inputs: Vec<String>,
    analysis: Vec<String>,
    detection: Vec<String>,
    files: Vec<String>,
}

impl Tables {
    /// Checks what comes of a class, and times it.
    fn add(
        &mut self,
        name: &str,
        frames: &Frames,
        rounds: usize,
        program: &Path,
        temporary: &Path,
    ) {
        eprintln!("{name} …");
        let capture = temporary.join(format!("{name}.pcap"));
        frames.pcap().write(&capture).expect("a capture file");
        let p0f = files::check(name, &capture, temporary);
        let ours = ours::analyze(&mut Analyzer::new(&Database::builtin()), frames);
        self.inputs.push(format!(
            "| {name} | {} | {:.1} | {} | {} | {} | {} |",
            frames.len(),
            frames.octets_len() as f64 / 1e6,
            ours.syn,
            ours.syn_ack,
            ours.labelled,
            p0f.labelled,
        ));
        let lines = memory::compare(name, frames, rounds, &memory::Expected { ours });
        self.analysis.push(lines.analysis);
        self.detection.push(lines.detection);
        let reading = files::Reading { name, frames, capture: &capture, program, temporary };
        self.files.push(reading.compare(rounds));
        fs::remove_file(&capture).expect("the capture file goes");
    }

    fn print(&self, rounds: usize) {
        println!(
            "CPU time, median (least–most) of {rounds} rounds; ratios are taken round by round.\n"
        );
        table(
            "Inputs: what stackprint finds in them with its own database, and how many p0f labels",
            "class | frames | MB | SYN | SYN+ACK | labelled | labelled by p0f",
            &self.inputs,
        );
        table(
            "Full analysis in memory, ns a packet; small: with huginn-net's capacity of 1000",
            "class | stackprint | M/s | small | huginn-net | ratio | ratio, small",
            &self.analysis,
        );
        table(
            "Is this worth a look: `may_be_handshake`, huginn-net's `parse_packet`, and reading two octets of each \
             frame, ns a frame",
            "class | stackprint | M/s | huginn-net | ratio | two octets | ratio",
            &self.detection,
        );
        table(
            "Capture file to NDJSON: whole programs, ns a frame; dd reads the file, and nothing else",
            "class | stackprint | GB/s | huginn-net | ratio | p0f | ratio | tcpdump | ratio | dd | ratio",
            &self.files,
        );
    }
}

fn table(title: &str, columns: &str, lines: &[String]) {
    println!("{title}:\n\n| {columns} |");
    println!("|{}", " --- |".repeat(columns.split('|').count()));
    println!("{}\n", lines.join("\n"));
}
