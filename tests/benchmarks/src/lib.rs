//! What the benchmarks share: frames of named classes, and what each program says of them.

// The suites' own: one way to make frames.
#[path = "../../src/frames.rs"]
pub mod frames;
#[path = "../../src/pcap_file.rs"]
pub mod pcap_file;
#[cfg(unix)]
#[path = "../../src/queries.rs"]
pub mod queries;

// The fuzzer's: one way to seal an Initial.
#[cfg(feature = "layers")]
#[path = "../../fuzz/src/sealed.rs"]
mod sealed;

pub mod heads;
pub mod hellos;
#[cfg(feature = "layers")]
pub mod initials;
pub mod inputs;
pub mod ours;
pub mod program;
mod systems;
mod traffic;
