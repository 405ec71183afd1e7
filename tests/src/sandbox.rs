//! The system calls that a program makes, and those that a service unit allows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names of system calls.
pub type Calls = BTreeSet<String>;

/// The output of a command; none where it is missing.
#[must_use]
pub fn run(part: &str, program: &str, args: &[&str]) -> Option<String> {
    let ran = Command::new(program).args(args).output().ok();
    crate::require(part, ran.map(|ran| String::from_utf8_lossy(&ran.stdout).into_owned()))
}

/// A service unit of the package: its path and its text.
#[must_use]
pub fn unit(name: &str) -> (PathBuf, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kafka-worker/packaging");
    let path = folder.join(name);
    let text = fs::read_to_string(&path).expect("a unit");
    (path, text)
}

/// systemd's groups of system calls.
#[must_use]
pub fn groups() -> Option<BTreeMap<String, Vec<String>>> {
    let listed = run("systemd-analyze", "systemd-analyze", &["syscall-filter"])?;
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut name = String::new();
    for line in listed.lines().filter(|line| !line.trim_start().starts_with('#')) {
        match line.strip_prefix("    ") {
            Some(call) => groups.entry(name.clone()).or_default().push(call.trim().to_owned()),
            None => line.trim().clone_into(&mut name),
        }
    }
    assert!(groups.len() > 20 && groups["@system-service"].len() > 20, "systemd's groups");
    Some(groups)
}

/// The calls of a group, and of the groups in it; a name that is no group's is a call.
fn expand(name: &str, groups: &BTreeMap<String, Vec<String>>, calls: &mut Calls) {
    match groups.get(name) {
        Some(members) => members.iter().for_each(|member| expand(member, groups, calls)),
        None => drop(calls.insert(name.to_owned())),
    }
}

/// What a unit allows: its filters one after the other, as systemd.exec(5) has it.
#[must_use]
pub fn allowed(unit: &str, groups: &BTreeMap<String, Vec<String>>) -> Calls {
    let mut allowed = Calls::new();
    expand("@default", groups, &mut allowed);
    for filter in unit.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")) {
        let (denied, names) = filter.strip_prefix('~').map_or((false, filter), |rest| (true, rest));
        let mut calls = Calls::new();
        names.split_whitespace().for_each(|name| expand(name, groups, &mut calls));
        match denied {
            true => allowed.retain(|call| !calls.contains(call)),
            false => allowed.append(&mut calls),
        }
    }
    assert!(allowed.len() > 100 && !allowed.contains("mount"), "{allowed:?}");
    allowed
}

/// The system calls in a trace of strace.
#[must_use]
pub fn traced(trace: &Path) -> Calls {
    let text = fs::read_to_string(trace).expect("a trace");
    let name = |line: &str| {
        let call = line.split_whitespace().nth(1)?.split_once('(')?.0;
        call.bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
            .then(|| call.to_owned())
    };
    let calls: Calls = text.lines().filter_map(name).collect();
    fs::remove_file(trace).expect("the trace goes");
    calls
}

/// Where a trace is written.
#[must_use]
pub fn trace_file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("stackprint-sandbox-{}-{name}", std::process::id()))
}

/// Arguments of strace for a trace of all threads.
#[must_use]
pub fn strace(trace: &Path) -> [&str; 4] {
    ["-f", "-qq", "-o", trace.to_str().expect("a path")]
}

/// Compares the calls that were made with those that a unit allows.
///
/// # Panics
///
/// If the unit refuses one.
pub fn compare(unit: &str, used: &Calls, allowed: &Calls) {
    let refused: Vec<&String> = used.difference(allowed).collect();
    crate::say(&format!("{unit}: {} system calls used of {} allowed", used.len(), allowed.len()));
    assert!(used.len() > 20, "{used:?}");
    assert!(refused.is_empty(), "{unit} refuses {refused:?}");
}
