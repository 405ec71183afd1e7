//! Hellos and heads beside huginn-net-tls, huginn-net-http and huginn-net, on the same frames.

use std::collections::BTreeSet;
use std::hint::black_box;

use stackprint_benchmarks::{heads, hellos};

use crate::measure::{Cost, Spread, here, in_turn, ratio};
use crate::{DIFFERENT, huginn, ours, table};

/// Prints the tables.
pub(crate) fn compare(connections: u32, rounds: usize) {
    tls(connections, rounds);
    http(connections, rounds);
}

fn tls(connections: u32, rounds: usize) {
    let database = huginn::database();
    let mut lines = Vec::new();
    for (name, post_quantum) in [("one segment", false), ("two segments, post-quantum", true)] {
        let input = hellos::connections(connections, DIFFERENT, post_quantum);
        let (ours, theirs) = (ours::ja4s(&input), huginn::ja4s(&input));
        assert_eq!(ours.len(), connections as usize, "{name}");
        assert!(ours == theirs, "{name}: JA4");
        let different = ours.iter().collect::<BTreeSet<_>>().len();
        assert_eq!(different, DIFFERENT.min(connections) as usize);
        let umbrella_finds = huginn::all(&database, &input).0;
        let costs = in_turn(
            rounds,
            &mut [
                &mut || ours::hellos(&input, true),
                &mut || ours::hellos(&input, false),
                &mut || here(|| black_box(huginn::hellos(&input))).1,
                &mut || here(|| black_box(huginn::all(&database, &input))).1,
            ],
        );
        let [with, without, theirs, umbrella] = costs.as_slice() else { unreachable!("four ways") };
        lines.push(format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {umbrella_finds} of {connections} |",
            each(with, connections),
            each(&less(with, without), connections),
            each(theirs, connections),
            ratio(with, theirs),
            each(umbrella, connections),
            ratio(with, umbrella),
        ));
    }
    table(
        &format!(
            "{connections} connections, SYN and hello, {DIFFERENT} different hellos: stackprint makes JA4 and JA3 and \
             fingerprints the SYN; huginn-net-tls makes JA4; huginn-net all that it has. ns a hello"
        ),
        "hello | stackprint | of this, TLS | huginn-net-tls | ratio | huginn-net | ratio | finds",
        &lines,
    );
}

fn http(connections: u32, rounds: usize) {
    let (database, matcher) = (huginn::database(), huginn::matcher());
    let input = heads::connections(connections, DIFFERENT);
    let heads = 2 * connections;
    assert_eq!(ours::heads(&input, true).0, u64::from(heads), "ours");
    let found = huginn::heads(&matcher, &input);
    let costs = in_turn(
        rounds,
        &mut [
            &mut || ours::heads(&input, true).1,
            &mut || ours::heads(&input, false).1,
            &mut || here(|| black_box(huginn::heads(&matcher, &input))).1,
            &mut || here(|| black_box(huginn::all(&database, &input))).1,
        ],
    );
    let [with, without, theirs, umbrella] = costs.as_slice() else { unreachable!("four ways") };
    let line = format!(
        "| {} | {} | {} | {} | {} | {} | {found} of {heads} |",
        each(with, heads),
        each(&less(with, without), heads),
        each(theirs, heads),
        ratio(with, theirs),
        each(umbrella, heads),
        ratio(with, umbrella),
    );
    table(
        &format!(
            "{connections} connections, SYN, SYN+ACK, request and response, {DIFFERENT} different ones of each; each \
             program with its own database. ns a head"
        ),
        "stackprint | of this, HTTP | huginn-net-http | ratio | huginn-net | ratio | huginn-net-http finds",
        &[line],
    );
}

/// Nanoseconds of CPU for each of so many.
fn each(costs: &[Cost], count: u32) -> Spread {
    Spread::of(costs.iter().map(|cost| cost.cpu_s * 1e9 / f64::from(count)))
}

/// What the first took more than the second, round by round.
fn less(more: &[Cost], less: &[Cost]) -> Vec<Cost> {
    let less = more.iter().zip(less);
    less.map(|(more, less)| Cost {
        cpu_s: more.cpu_s - less.cpu_s,
        wall_s: more.wall_s - less.wall_s,
    })
    .collect()
}
