//! What this project is made of: licences and sources of every dependency. `cargo deny check` says
//! more, with a tool and a network (deny.toml).
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use stackprint_tests::say;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn top() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every package that the lock file can bring in, whatever the platform and features.
fn packages() -> Vec<Value> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--format-version", "1", "--all-features", "--locked"]);
    let output = metadata.current_dir(top()).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

/// Licences in deny.toml: those that anything may have, and the exceptions by crate.
fn allowed() -> (Vec<String>, BTreeMap<String, Vec<String>>) {
    let deny = fs::read_to_string(top().join("deny.toml")).expect("deny.toml");
    let quoted = |text: &str| -> Vec<String> {
        text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let line = |start: &str| deny.lines().find(|line| line.starts_with(start)).expect(start);
    let exceptions = line("exceptions = [{ crate").split("{ crate").skip(1).map(|exception| {
        let mut names = quoted(exception);
        (names.remove(0), names)
    });
    (quoted(line("allow = [")), exceptions.collect())
}

/// Each dependency comes from crates.io, and under a licence that goes with ours.
#[test]
fn licences_and_sources() {
    let (licences, exceptions) = allowed();
    assert!(licences.len() > 2, "{licences:?}");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        let source = package["source"].as_str();
        let is_ours = source.is_none() && name.starts_with("stackprint");
        assert!(is_ours || source == Some(CRATES_IO), "{name} comes from {source:?}");
        let Some(licence) = package["license"].as_str() else {
            panic!("{name} says no licence");
        };
        // As crates of before 2018 write it.
        let licence = licence.replace('/', " OR ");
        let expression = spdx::Expression::parse(&licence).expect(name);
        let of_crate = exceptions.get(name);
        let fits = expression.evaluate(|asked| {
            let asked = asked.to_string();
            licences.contains(&asked) || of_crate.is_some_and(|more| more.contains(&asked))
        });
        assert!(fits, "{name}: {licence} is not among {licences:?} of deny.toml");
        *counts.entry(licence).or_default() += 1;
    }
    say(&format!("{} packages", counts.values().sum::<usize>()));
    for (licence, count) in counts {
        say(&format!("{count:4} {licence}"));
    }
}

/// A version of Rust: `1.88`, `1.88.0`.
fn rust_version(text: &str) -> (u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().expect(text));
    (parts.next().expect(text), parts.next().unwrap_or(0))
}

/// The lock file holds packages that the oldest Rust we promise can build.
#[test]
fn no_package_asks_for_a_newer_rust() {
    let ours = {
        let manifest = fs::read_to_string(top().join("Cargo.toml")).expect("Cargo.toml");
        let line = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
        rust_version(line.expect("rust-version").trim_matches('"'))
    };
    let mut stated = 0;
    for package in packages() {
        let Some(asked) = package["rust_version"].as_str() else { continue };
        stated += 1;
        let (name, version) = (&package["name"], &package["version"]);
        assert!(rust_version(asked) <= ours, "{name} {version} asks for Rust {asked}");
    }
    assert!(stated > 100, "{stated} packages state a version");
    say(&format!("{stated} packages state a version of Rust, none above {ours:?}"));
}
