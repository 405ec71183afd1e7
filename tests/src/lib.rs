//! What the suites share.
#![forbid(unsafe_code)]

pub mod daemon;
pub mod documents;
pub mod eve;
pub mod evidence;
pub mod examples;
pub mod fluent_bit;
pub mod frames;
pub mod hellos;
pub mod http;
pub mod imports;
pub mod input;
pub mod ledger;
pub mod load;
#[cfg(target_os = "linux")]
pub mod namespace;
pub mod one_host;
pub mod option_octets;
pub mod p0f;
pub mod pcap_file;
pub mod process;
pub mod program;
pub mod queries;
mod report;
pub mod sandbox;
#[cfg(target_os = "linux")]
pub mod slow_proxy;
pub mod strategies;
pub mod visits;
pub mod wait;
mod watchdog;
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
