//! The services' sandbox, as far as it can be tried where systemd does not run: what the units
//! forbid is not needed.
//!
//! The system calls that the program makes are compared with those that the units allow, by
//! systemd's own lists; and the program reads a capture without rights, on a file system that is
//! read-only. What the units' other settings add is rated by `systemd-analyze security`.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use stackprint_tests::broker::Broker;
use stackprint_tests::load::{self, Balance, Ledger};
use stackprint_tests::namespace::Link;
use stackprint_tests::program::{command, output, program};
use stackprint_tests::worker::Worker;
use stackprint_tests::{require, say};

const LIMIT: Duration = Duration::from_secs(60);
const CAPTURE: &str = "captures/recorded/default.pcap";

type Calls = BTreeSet<String>;

/// The output of a command; none where it is missing.
fn run(part: &str, program: &str, args: &[&str]) -> Option<String> {
    let ran = Command::new(program).args(args).output().ok();
    require(part, ran.map(|ran| String::from_utf8_lossy(&ran.stdout).into_owned()))
}

fn unit(name: &str) -> (PathBuf, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kafka-worker/packaging");
    let path = folder.join(name);
    let text = fs::read_to_string(&path).expect("a unit");
    (path, text)
}

/// systemd's groups of system calls.
fn groups() -> Option<BTreeMap<String, Vec<String>>> {
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
fn allowed(unit: &str, groups: &BTreeMap<String, Vec<String>>) -> Calls {
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
fn traced(trace: &Path) -> Calls {
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

fn trace_file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("stackprint-sandbox-{}-{name}", std::process::id()))
}

fn strace(trace: &Path) -> [&str; 4] {
    ["-f", "-qq", "-o", trace.to_str().expect("a path")]
}

fn compare(unit: &str, used: &Calls, allowed: &Calls) {
    let refused: Vec<&String> = used.difference(allowed).collect();
    say(&format!("{unit}: {} system calls used of {} allowed", used.len(), allowed.len()));
    assert!(used.len() > 20, "{used:?}");
    assert!(refused.is_empty(), "{unit} refuses {refused:?}");
}

#[test]
fn the_worker_needs_no_call_that_its_unit_refuses() {
    const PACKETS: u32 = 1000;
    let Some(groups) = groups() else { return };
    let Some(_) = run("strace", "strace", &["-V"]) else { return };
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("sandbox", 2), ("sandbox-records", 1)]);
    load::send_numbered(&load::producer(&broker), "sandbox", 2, 0..PACKETS);
    let (trace, address) = (trace_file("kafka"), broker.address());
    let mut command = Command::new("strace");
    command.args(strace(&trace)).arg(program()).args(["kafka", "--brokers", &address]);
    command.args(["--from", "sandbox", "--to", "sandbox-records", "--delivery", "exactly-once"]);
    command.args(["--packet-format", "raw", "--metrics", "127.0.0.1:0", "--exit-at-end"]);
    let ended = Worker::run(command.stdout(Stdio::null())).wait(LIMIT);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let balance = Ledger::read(&broker, "sandbox-records", PACKETS).balance();
    assert_eq!(balance, Balance { records: PACKETS as usize, missing: 0, repeated: 0 });
    let unit = unit("stackprint-kafka.service").1;
    compare("stackprint-kafka.service", &traced(&trace), &allowed(&unit, &groups));
}

#[test]
fn live_needs_no_call_that_its_unit_refuses() {
    let Some(groups) = groups() else { return };
    let Some(_) = run("strace", "strace", &["-V"]) else { return };
    let Some(link) = Link::make() else { return };
    let trace = trace_file("live");
    let live = ["live", "--interface", &link.names[1], "--format", "ndjson"];
    let args = [&strace(&trace)[..], &[program().to_str().expect("a path")], &live].concat();
    let mut command = link.command(1, Path::new("strace"), &args);
    let worker = Worker::run(command.stdout(Stdio::null()));
    worker.wait_until_said("listening on");
    let frames: Vec<Vec<u8>> = (0..100).map(load::numbered).collect();
    link.send(0, frames.iter().map(Vec::as_slice));
    std::thread::sleep(Duration::from_secs(1));
    // strace hands on no signal: the namespace's only traced program gets it by its parent's end.
    let children = format!("/proc/{0}/task/{0}/children", worker.id());
    let children = fs::read_to_string(children).expect("strace's child");
    let id = children.trim();
    assert!(Command::new("kill").args(["-TERM", id]).status().expect("kill").success());
    assert_eq!(worker.wait(LIMIT).status, Some(0));
    let unit = unit("stackprint-live@.service").1;
    compare("stackprint-live@.service", &traced(&trace), &allowed(&unit, &groups));
}

/// As the unit has it: another user, no capability, no new ones, and nowhere to write.
#[test]
fn a_capture_is_read_without_rights() {
    let expected = output(&mut command(&["read", "-f", "ndjson", CAPTURE]), b"").stdout;
    let capture = fs::read(CAPTURE).expect("a capture");
    let script = "mount -o remount,ro,bind / && ! touch /stackprint-sandbox && exec setpriv \
                  --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all \
                  --inh-caps=-all \"$@\"";
    // Copied to where everybody may run it.
    let place = trace_file("program");
    fs::copy(program(), &place).expect("a copy");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"]);
    command.arg(&place).args(["read", "-f", "ndjson", "-"]);
    let is_root = nix::unistd::geteuid().is_root();
    let Some(()) = require("root", is_root.then_some(())) else { return };
    let ran = output(&mut command, &capture);
    fs::remove_file(&place).expect("the copy goes");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let without_origin = |octets: &[u8]| {
        let text = String::from_utf8_lossy(octets).into_owned();
        text.lines()
            .map(|line| line.split(",\"origin\"").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(!ran.stdout.is_empty());
    assert_eq!(without_origin(&ran.stdout), without_origin(&expected));
}

/// systemd's own rating: 0 is tight, 10 is open. What it says of each setting is by
/// `systemd-analyze security --offline=true UNIT`.
#[test]
fn the_units_are_rated_ok() {
    for (name, most) in [("stackprint-kafka.service", 1.2), ("stackprint-live@.service", 1.9)] {
        let path = unit(name).0;
        let args = ["security", "--offline=true", path.to_str().expect("a path")];
        let Some(rating) = run("systemd-analyze", "systemd-analyze", &args) else { return };
        let overall = rating.lines().find(|line| line.contains("Overall exposure level"));
        let overall = overall.unwrap_or_else(|| panic!("no rating: {rating}"));
        let number = overall.split_whitespace().find_map(|word| word.parse::<f64>().ok());
        let number = number.expect(overall);
        say(&format!("{name}: {number}"));
        assert!(number <= most, "{overall}");
    }
}
