//! What the suites share.
#![forbid(unsafe_code)]

// This file is the root of its crate, so the compiler looks for modules beside it, not below.
#[path = "support/broker.rs"]
pub mod broker;
#[path = "support/daemon.rs"]
pub mod daemon;
#[path = "support/eve.rs"]
pub mod eve;
#[path = "support/evidence.rs"]
pub mod evidence;
#[path = "support/examples.rs"]
pub mod examples;
#[path = "support/fluent_bit.rs"]
pub mod fluent_bit;
#[path = "support/frames.rs"]
pub mod frames;
#[path = "support/input.rs"]
pub mod input;
#[path = "support/kcat.rs"]
pub mod kcat;
#[path = "support/ledger.rs"]
pub mod ledger;
#[path = "support/load.rs"]
pub mod load;
#[cfg(target_os = "linux")]
#[path = "support/namespace.rs"]
pub mod namespace;
#[path = "support/option_octets.rs"]
pub mod option_octets;
#[path = "support/p0f.rs"]
pub mod p0f;
#[path = "support/pcap_file.rs"]
pub mod pcap_file;
#[path = "support/process.rs"]
pub mod process;
#[path = "support/program.rs"]
pub mod program;
#[path = "support/report.rs"]
mod report;
#[cfg(target_os = "linux")]
#[path = "support/slow_proxy.rs"]
pub mod slow_proxy;
#[path = "support/strategies.rs"]
pub mod strategies;
#[path = "support/visits.rs"]
pub mod visits;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/worker.rs"]
pub mod worker;

use std::path::{Path, PathBuf};
use std::{env, fs};

pub use report::say;
pub use watchdog::Watchdog;

/// The corpus of captures with p0f's answers, which is kept beside the project, not in it:
/// `STACKPRINT_CORPUS`, else `../shared/corpus` beside the checkout. Says so where it is absent.
#[must_use]
pub fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let corpus = env::var_os("STACKPRINT_CORPUS").map_or(beside, PathBuf::from);
    if corpus.join("captures").is_dir() {
        return Some(corpus);
    }
    say(&format!("corpus not found at {}: skipped (set STACKPRINT_CORPUS)", corpus.display()));
    None
}

/// All capture files below a directory, in the order of their names.
#[must_use]
pub fn captures(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("a directory of captures") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else if is_capture(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn is_capture(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["pcap", "pcapng", "cap", "trace"].iter().any(|known| extension == *known)
    })
}

/// Passes on what a suite needs from outside. Where it is missing, says so; in CI, where nothing
/// may be skipped, fails.
pub fn require<T>(part: &str, found: Option<T>) -> Option<T> {
    if found.is_none() {
        assert!(env::var_os("CI").is_none(), "{part} is missing: run tests/setup.sh");
        say(&format!("{part} is missing: skipped (tests/setup.sh installs it)"));
    }
    found
}
