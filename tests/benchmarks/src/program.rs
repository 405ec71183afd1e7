//! The program, as it is released.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds `stackprint` as it is released, without Kafka, which has no part in what is measured.
///
/// # Panics
///
/// If it does not build.
#[must_use]
pub fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = root.join("target/benchmarks");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "build",
        "--profile",
        "dist",
        "--package",
        "stackprint-worker",
        "--no-default-features",
    ]);
    let status = cargo.arg("--target-dir").arg(&target).current_dir(&root).status();
    assert!(status.expect("cargo").success(), "the program does not build");
    target.join("dist/stackprint")
}
