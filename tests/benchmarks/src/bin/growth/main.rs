//! How time and memory grow: with hosts, with signatures, with the share of SYNs.
//!
//!     cargo run --profile dist -p stackprint-benchmarks --features peers --bin growth
//!
//! prints the tables of docs/speed.md and draws docs/speed-growth.svg. `STACKPRINT_GROWTH_HOSTS`
//! (default 10,000,000; some 70 octets of memory each) is the most hosts.
#![allow(missing_docs, reason = "a program")]

#[path = "../compare/measure.rs"]
#[allow(dead_code, reason = "shared with the comparison")]
mod measure;
mod plot;
mod study;

use std::env;
use std::path::Path;
use std::process::Command;

use measure::Spread;
use plot::{Line, Panel};
use study::Point;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [command, count] = args.as_slice()
        && command == "hosts"
    {
        let point = study::hosts(count.parse().expect("a number of hosts"));
        let Spread { min, median, max } = point.nanos;
        return println!("{min} {median} {max} {}", point.octets);
    }
    let most = env::var("STACKPRINT_GROWTH_HOSTS")
        .map_or(10_000_000, |text| text.parse().expect("a number of hosts"));
    let hosts: Vec<Point> = (3..=7)
        .map(|power| 10_u32.pow(power))
        .filter(|&count| count <= most)
        .map(in_own_process)
        .collect();
    let (few, many): (Vec<Point>, Vec<Point>) =
        [1, 10, 100].into_iter().map(study::signatures).unzip();
    let shares: Vec<Point> = [0, 1, 5, 20, 50, 100].into_iter().map(study::share).collect();

    println!("CPU time, median (least–most) of {} rounds.\n", study::ROUNDS);
    println!("| hosts known | ns a SYN of one of them | octets a host |\n| --- | --- | --- |");
    for point in &hosts {
        println!("| {} | {} | {:.0} |", point.at, point.nanos, point.octets);
    }
    println!(
        "\n| signatures | ns a SYN, stacks that come again | ns a SYN, each of another stack |"
    );
    println!("| --- | --- | --- |");
    for (few, many) in few.iter().zip(&many) {
        println!("| {} | {} | {} |", few.at, few.nanos, many.nanos);
    }
    println!("\n| SYNs, % of packets | ns a packet |\n| --- | --- |");
    for point in &shares {
        println!("| {} | {} |", point.at, point.nanos);
    }

    let nanos = |points: &[Point]| points.iter().map(|p| (p.at.max(1.0), p.nanos.median)).collect();
    let panels = [
        Panel {
            title: "ns a SYN, by hosts known",
            lines: vec![Line { name: "", points: nanos(&hosts) }],
        },
        Panel {
            title: "octets a host, by hosts known",
            lines: vec![Line {
                name: "",
                points: hosts.iter().map(|p| (p.at, p.octets)).collect(),
            }],
        },
        Panel {
            title: "ns a SYN, by signatures",
            lines: vec![
                Line { name: "stacks that come again", points: nanos(&few) },
                Line { name: "each of another stack", points: nanos(&many) },
            ],
        },
        Panel {
            title: "ns a packet, by % of SYNs",
            lines: vec![Line { name: "", points: nanos(&shares) }],
        },
    ];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/speed-growth.svg");
    plot::draw(&path, &panels).expect("the plot");
}

/// Memory that another size left behind would be counted with this one's.
fn in_own_process(hosts: u32) -> Point {
    let program = env::current_exe().expect("this program");
    let ran = Command::new(program).args(["hosts", &hosts.to_string()]).output();
    let said = String::from_utf8(ran.expect("this program runs").stdout).expect("text");
    let numbers: Vec<f64> = said.split_whitespace().filter_map(|text| text.parse().ok()).collect();
    let [min, median, max, octets] = numbers.as_slice() else { panic!("{hosts} hosts: {said}") };
    let nanos = Spread { min: *min, median: *median, max: *max };
    Point { at: f64::from(hosts), nanos, octets: *octets }
}
