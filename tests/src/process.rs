//! What Linux says of a process, and tests that need one of their own.

use std::process::Command;
use std::{env, fs};

/// The most memory that it ever had, in bytes.
///
/// # Panics
///
/// Where there is no such process.
#[must_use]
pub fn peak_octets(id: u32) -> u64 {
    status_octets(id, "VmHWM:")
}

/// The memory that it has, in bytes.
///
/// # Panics
///
/// Where there is no such process.
#[must_use]
pub fn resident_octets(id: u32) -> u64 {
    status_octets(id, "VmRSS:")
}

fn status_octets(id: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("a process");
    // None once it has ended.
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0 kB");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib * 1024
}

/// How many file descriptors it has open.
///
/// # Panics
///
/// Where there is no such process.
#[must_use]
pub fn descriptors(id: u32) -> usize {
    fs::read_dir(format!("/proc/{id}/fd")).expect("a process").count()
}

/// The CPU time that it has used, in the kernel's ticks.
///
/// # Panics
///
/// Where there is no such process.
#[must_use]
pub fn cpu_ticks(id: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("a process");
    // The name, in brackets, may hold blanks; user and system time are the 12th and 13th behind it.
    let fields: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
    fields[11..=12].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
}

/// How much a test tries: by a variable, as `tests/nightly.sh` sets it, or else a sample.
///
/// # Panics
///
/// If the variable is not a number.
#[must_use]
pub fn volume(name: &str, sample: usize) -> usize {
    env::var(name).map_or(sample, |text| text.parse().expect(name))
}

/// Runs `work`, which the test of this name is, in a process that runs nothing else.
///
/// # Panics
///
/// If `work` panics, or the process cannot be started.
pub fn alone(test: &str, work: impl FnOnce()) {
    const IS_ALONE: &str = "STACKPRINT_TEST_ALONE";
    if env::var_os(IS_ALONE).is_some() {
        return work();
    }
    let mut command = Command::new(env::current_exe().expect("this test"));
    let status = command.args(["--exact", test, "--nocapture"]).env(IS_ALONE, "1").status();
    assert!(status.is_ok_and(|status| status.success()), "{test}");
}
