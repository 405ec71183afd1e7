//! TLS, HTTP and QUIC: what a hello, a head and an Initial take, beside huginn-net 2.2.1, and what the
//! layers cost packets that open nothing.
//!
//!     cargo run --profile dist -p stackprint-benchmarks --features layers,peers --bin openings [-- TABLE…]
//!
//! prints the tables of docs/speed.md: `beside` huginn-net, `alone`, and `others`. Without the feature
//! `peers`, the first is left out, and `time` takes its place.
//! `STACKPRINT_BENCH_CONNECTIONS` (default 20,000) in each class, `STACKPRINT_BENCH_FRAMES` (default
//! 200,000) frames that open nothing, `STACKPRINT_BENCH_ROUNDS` (default 7) rounds, in which all take
//! turns. Without the instructions for AES and SHA-256:
//!
//!     RUSTFLAGS='--cfg aes_backend="soft" --cfg polyval_backend="soft" --cfg sha2_backend="soft"' \
//!         cargo run --target-dir target/soft --profile dist -p stackprint-benchmarks --features layers,time \
//!         --bin openings alone
#![allow(missing_docs, reason = "a program")]

mod alone;
#[cfg(feature = "peers")]
mod beside;
#[cfg(feature = "peers")]
mod huginn;
#[path = "../compare/measure.rs"]
#[allow(dead_code, reason = "the other programs' too")]
mod measure;
mod others;
mod ours;

use std::env;

use stackprint_benchmarks::hellos;

/// Hellos and heads that differ; others are the same again, of other clients.
const DIFFERENT: u32 = 1000;
const _: () = assert!(DIFFERENT <= hellos::DIFFERENT);

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let connections = number("STACKPRINT_BENCH_CONNECTIONS", 20_000) as u32;
    let frames = number("STACKPRINT_BENCH_FRAMES", 200_000);
    let rounds = number("STACKPRINT_BENCH_ROUNDS", 7).max(1);
    let wanted = |name: &str| args.is_empty() || args.iter().any(|arg| arg == name);
    println!(
        "CPU time, median (least–most) of {rounds} rounds; ratios are taken round by round.\n"
    );
    #[cfg(feature = "peers")]
    if wanted("beside") {
        beside::compare(connections, rounds);
    }
    if wanted("alone") {
        alone::measure(connections, rounds);
    }
    if wanted("others") {
        others::compare(frames, rounds);
    }
}

fn number(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

fn table(title: &str, columns: &str, lines: &[String]) {
    println!("{title}:\n\n| {columns} |");
    println!("|{}", " --- |".repeat(columns.split('|').count()));
    println!("{}\n", lines.join("\n"));
}
