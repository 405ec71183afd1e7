//! Packets that open nothing: what a layer costs them.

use std::hint::black_box;

use stackprint::{Analyzer, Database};
use stackprint_benchmarks::inputs::{Frames, class};
use stackprint_benchmarks::ours;

use crate::measure::{Cost, Spread, here, in_turn, ratio};
use crate::table;

/// TLS, HTTP, QUIC.
type Layers = [bool; 3];

const NONE: Layers = [false; 3];
const WAYS: [(&str, Layers); 4] = [
    ("TLS", [true, false, false]),
    ("HTTP", [false, true, false]),
    ("QUIC", [false, false, true]),
    ("all", [true; 3]),
];

/// Prints the table.
pub(crate) fn compare(frames: usize, rounds: usize) {
    let mut lines = Vec::new();
    for name in ["bulk", "mixed", "udp", "syn"] {
        let input = (class(name).expect("a class").make)(frames);
        lines.push(line(name, &input, rounds));
    }
    let columns: String = WAYS.iter().map(|(name, _)| format!(" | ratio, {name}")).collect();
    table(
        "Packets that open nothing, with layers on beside TCP alone; ns a packet",
        &format!("class | TCP alone | all layers{columns}"),
        &lines,
    );
}

fn line(name: &str, input: &Frames, rounds: usize) -> String {
    let analyze = |[tls, http, quic]: Layers| {
        let builder = Analyzer::builder(&Database::builtin());
        let mut analyzer = builder.tls(tls).http(http).quic(quic).build();
        here(|| black_box(ours::analyze_layers(&mut analyzer, input))).1
    };
    let mut alone = || analyze(NONE);
    let mut with = WAYS.map(|(_, layers)| move || analyze(layers));
    let mut ways: Vec<&mut dyn FnMut() -> Cost> = vec![&mut alone];
    ways.extend(with.iter_mut().map(|way| way as &mut dyn FnMut() -> Cost));
    let costs = in_turn(rounds, &mut ways);
    let (alone, with) = costs.split_first().expect("TCP alone");
    let nanos =
        |costs: &[Cost]| Spread::of(costs.iter().map(|cost| cost.cpu_s * 1e9 / input.len() as f64));
    let all = with.last().expect("all layers");
    let ratios: String = with.iter().map(|with| format!(" {} |", ratio(alone, with))).collect();
    format!("| {name} | {} | {} |{ratios}", nanos(alone), nanos(all))
}
