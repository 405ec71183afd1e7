//! What a hello and an Initial take, with the processor's instructions for AES and SHA-256 or without.

use std::hint::black_box;

use stackprint_benchmarks::inputs::Frames;
use stackprint_benchmarks::{hellos, initials};

use crate::measure::{Cost, Spread, here, in_turn};
use crate::{DIFFERENT, ours, table};

/// Work by name, on how many hellos or Initials, and what it costs once.
type Work<'f> = (&'static str, usize, Box<dyn FnMut() -> Cost + 'f>);

/// Prints the table.
pub(crate) fn measure(connections: u32, rounds: usize) {
    let hello = hellos::connections(connections, DIFFERENT, false);
    let post_quantum = hellos::connections(connections, DIFFERENT, true);
    let one = initials::connections(connections, DIFFERENT, false);
    let two = initials::connections(connections, DIFFERENT, true);
    let forged = initials::forged(connections);
    for (input, hellos) in [(&one, connections), (&two, connections), (&forged, 0)] {
        assert_eq!(ours::initials(input).0, u64::from(hellos));
    }
    let count = connections as usize;
    let mut works: Vec<Work<'_>> = vec![
        ("TLS: SYN and hello", count, Box::new(|| ours::hellos(&hello, true))),
        ("TLS: SYN and post-quantum hello", count, Box::new(|| ours::hellos(&post_quantum, true))),
        (
            "Initial: keys, one packet opened",
            one.len(),
            Box::new(|| here(|| black_box(ours::open(&one))).1),
        ),
        ("Initial: all of it, the hello in one", one.len(), initials(&one)),
        ("Initial: all of it, the hello in two", two.len(), initials(&two)),
        ("Initial: the tag does not verify", forged.len(), initials(&forged)),
    ];
    let mut ways: Vec<&mut dyn FnMut() -> Cost> =
        works.iter_mut().map(|(_, _, work)| &mut **work as &mut dyn FnMut() -> Cost).collect();
    let costs = in_turn(rounds, &mut ways);
    drop(ways);
    let lines: Vec<String> = works
        .iter()
        .zip(&costs)
        .map(|((name, count, _), costs)| {
            let micros = Spread::of(costs.iter().map(|cost| cost.cpu_s * 1e6 / *count as f64));
            format!("| {name} | {micros} |")
        })
        .collect();
    table("Microseconds a hello, or an Initial", &format!("work | {}", instructions()), &lines);
}

fn initials(frames: &Frames) -> Box<dyn FnMut() -> Cost + '_> {
    Box::new(|| ours::initials(frames).1)
}

/// Which this build is: the crates take the processor's, where it has them.
fn instructions() -> &'static str {
    match (cfg!(aes_backend = "soft"), cfg!(sha2_backend = "soft")) {
        (false, false) => "with the processor's instructions for AES and SHA-256",
        (true, true) => "without instructions for AES and SHA-256",
        (true, false) => "without instructions for AES",
        (false, true) => "without instructions for SHA-256",
    }
}
