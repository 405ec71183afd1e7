//! The fuzzer's targets on its seeds, and on every input that once broke something.

use std::fs;
use std::path::Path;

use stackprint_fuzz::{TARGETS, seeds};
use stackprint_tests::{input, say};

#[test]
fn every_seed() {
    let captures = input::own();
    let of_captures = captures.iter().flat_map(|capture| seeds::of_capture(&capture.octets));
    let mut counts = vec![0; TARGETS.len()];
    let of_layers = stackprint_fuzz::tls::seeds()
        .into_iter()
        .chain(stackprint_fuzz::http::seeds())
        .chain(stackprint_fuzz::quic::seeds());
    for (name, octets) in of_captures.chain(seeds::of_database()).chain(of_layers) {
        let place = TARGETS.iter().position(|(target, _)| *target == name).expect("a target");
        counts[place] += 1;
        (TARGETS[place].1)(&octets);
    }
    for ((name, _), count) in TARGETS.iter().zip(counts) {
        // Options are made by hand below.
        assert!(count > 0 || *name == "tcp_options", "no seeds for {name}");
        say(&format!("{name}: {count} seeds"));
    }
}

/// Each option of TCP, whole, cut and overlong, behind every length of padding.
#[test]
fn every_option() {
    let target = stackprint_fuzz::tcp_options;
    for kind in 0..=255 {
        for len in [0, 1, 2, 3, 4, 10, 40, 255] {
            for pad in 0..4 {
                let mut octets = vec![64, 0xc2, 1, 0, 0xfa, 0xf0, 0, 0];
                octets.extend(std::iter::repeat_n(1, pad));
                octets.extend([kind, len, 5, 0xb4, 1, 1, 8, 10]);
                target(&octets);
            }
        }
    }
}

#[test]
fn what_once_broke_something() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, target) in TARGETS {
        let Ok(files) = fs::read_dir(folder.join(name)) else { continue };
        for file in files {
            let path = file.expect("an entry").path();
            say(&format!("{name}: {}", path.display()));
            target(&fs::read(path).expect("an input"));
        }
    }
}
