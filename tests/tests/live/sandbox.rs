//! The services' sandbox, as far as it can be tried where systemd does not run: what the units
//! forbid is not needed.
//!
//! The system calls that the program makes are compared with those that the units allow, by
//! systemd's own lists; and the program reads a capture without rights, on a file system that is
//! read-only. What the units' other settings add is rated by `systemd-analyze security`.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use stackprint_tests::namespace::Link;
use stackprint_tests::program::{command, output, program};
use stackprint_tests::sandbox::{allowed, compare, groups, run, strace, trace_file, traced, unit};
use stackprint_tests::worker::Worker;
use stackprint_tests::{load, require, say};

const LIMIT: Duration = Duration::from_secs(60);
const CAPTURE: &str = "captures/recorded/default.pcap";

#[test]
fn live_needs_no_call_that_its_unit_refuses() {
    for threads in ["1", "2"] {
        live_needs_no_refused_call(threads);
    }
}

fn live_needs_no_refused_call(threads: &str) {
    let Some(groups) = groups() else { return };
    let Some(_) = run("strace", "strace", &["-V"]) else { return };
    let Some(link) = Link::make() else { return };
    let trace = trace_file(&format!("live-{threads}"));
    let live = ["live", "--interface", &link.names[1], "--format", "ndjson", "--threads", threads];
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
