//! What the benchmarks share: frames of named classes, and what each program says of them.

// The suites' own: one way to make frames.
#[path = "../../src/frames.rs"]
pub mod frames;
#[path = "../../src/pcap_file.rs"]
pub mod pcap_file;

pub mod inputs;
pub mod ours;
mod systems;
mod traffic;
