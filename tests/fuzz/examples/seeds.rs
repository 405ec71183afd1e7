//! Writes what the fuzzer begins with: seeds DIR CAPTURE…
#![allow(clippy::panic, clippy::expect_used, reason = "a tool of the fuzzer's")]

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;

fn main() {
    let mut args = env::args().skip(1);
    let folder = args.next().expect("a folder");
    let mut seeds = stackprint_fuzz::seeds::of_database();
    seeds.extend(stackprint_fuzz::tls::seeds());
    seeds.extend(stackprint_fuzz::quic::seeds());
    seeds.extend(stackprint_fuzz::http::seeds());
    for capture in args {
        seeds.extend(stackprint_fuzz::seeds::of_capture(&fs::read(capture).expect("a capture")));
    }
    for (target, octets) in &seeds {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder).expect("a folder");
        let mut hash = DefaultHasher::new();
        octets.hash(&mut hash);
        fs::write(folder.join(format!("{:016x}", hash.finish())), octets).expect("a seed");
    }
    println!("{} seeds", seeds.len());
}
