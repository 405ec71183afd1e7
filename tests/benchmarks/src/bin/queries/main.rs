//! What questions cost the packet loop: `read` of a paced stream of packets, while clients ask.
//!
//!     cargo run --profile dist -p stackprint-benchmarks --bin queries [-- CLASS…]
//!
//! prints the table of docs/query.md. 1,000 clients of `--p0f-socket` send 10,000 queries a second,
//! in rounds of three: nobody asks; the clients ask a second program that reads no packets, which
//! shows what the load of the machine costs by itself; and they ask the program that reads.
//! `STACKPRINT_BENCH_ROUNDS` (default 5) rounds, `STACKPRINT_BENCH_SECONDS` (default 8) each,
//! `STACKPRINT_BENCH_RATE` (default 100,000) packets a second. Linux.
#![allow(missing_docs, reason = "a program")]

mod clients;
mod served;

use std::{env, fs};

use clients::{Clients, Latencies};
use served::{Served, hosts_of};
use stackprint_benchmarks::{inputs, program};

const CLIENTS: usize = 1000;
const QUERIES_A_SECOND: usize = 10_000;

/// Whom the clients ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nobody,
    Another,
    ThisOne,
}

fn main() {
    let names: Vec<String> = env::args().skip(1).collect();
    let names = if names.is_empty() { vec!["mixed".to_owned(), "pairs".to_owned()] } else { names };
    let rounds = number("STACKPRINT_BENCH_ROUNDS", 5).max(1);
    let rate = number("STACKPRINT_BENCH_RATE", 100_000);
    let packets = rate * number("STACKPRINT_BENCH_SECONDS", 8);
    let temporary = env::temp_dir().join(format!("stackprint-queries-{}", std::process::id()));
    fs::create_dir_all(&temporary).expect("a temporary directory");
    let built = program::build();

    println!(
        "\n{CLIENTS} clients, {QUERIES_A_SECOND} queries a second wanted; {rate} packets a second; \
         CPU of the packet loop, ns a packet; median (least–most) of {rounds} rounds\n"
    );
    println!(
        "| class | nobody asks | another is asked | this is asked | ratio to another | ratio to \
         nobody | queries/s | known | p50 ms | p99 ms | most ms |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for name in names {
        let class = inputs::class(&name).unwrap_or_else(|| panic!("no class {name}"));
        let frames = (class.make)(packets);
        let hosts = hosts_of(&frames);
        let stream = frames.pcap();
        let mut costs = [const { Vec::new() }; 3];
        let (mut asked, mut latencies) = (Vec::new(), Latencies::default());
        for _ in 0..rounds {
            for whom in [Asked::Nobody, Asked::Another, Asked::ThisOne] {
                let reader = Served::start(&built, &temporary.join("reader"));
                let other = Served::start(&built, &temporary.join("other"));
                let socket = match whom {
                    Asked::Nobody => None,
                    Asked::Another => Some(other.socket()),
                    Asked::ThisOne => Some(reader.socket()),
                };
                let clients =
                    socket.map(|it| Clients::start(it, CLIENTS, QUERIES_A_SECOND, &hosts));
                let reader = reader.feed(stream.octets(), frames.len(), rate);
                let heard = clients.map(Clients::stop);
                costs[whom as usize].push(reader.loop_nanos() / frames.len() as f64);
                if let (Asked::ThisOne, Some(heard)) = (whom, heard) {
                    asked.push(heard.per_second());
                    latencies.add(heard);
                }
            }
        }
        print_row(&name, &costs, &asked, latencies);
    }
    let _ = fs::remove_dir_all(&temporary);
}

fn print_row(name: &str, costs: &[Vec<f64>; 3], asked: &[f64], mut latencies: Latencies) {
    let [nobody, another, this] = costs;
    let ratios = |to: &[f64]| spread(this.iter().zip(to).map(|(this, to)| this / to).collect(), 3);
    println!(
        "| {name} | {} | {} | {} | {} | {} | {} | {:.2} | {:.2} | {:.2} | {:.2} |",
        spread(nobody.clone(), 0),
        spread(another.clone(), 0),
        spread(this.clone(), 0),
        ratios(another),
        ratios(nobody),
        spread(asked.to_vec(), 0),
        latencies.known_share(),
        latencies.millis(0.5),
        latencies.millis(0.99),
        latencies.millis(1.0),
    );
}

/// `median (least–most)`.
fn spread(mut values: Vec<f64>, digits: usize) -> String {
    values.sort_by(f64::total_cmp);
    let (least, most) = (values[0], values[values.len() - 1]);
    format!("{:.digits$} ({least:.digits$}–{most:.digits$})", values[values.len() / 2])
}

fn number(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}
