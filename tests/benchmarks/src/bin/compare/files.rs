//! Capture files: whole programs, from their start to their end.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use stackprint::capture::Decoder;
use stackprint::{Analyzer, Compat, Database};
use stackprint_benchmarks::inputs::Frames;
use stackprint_benchmarks::ours::Counts;

use crate::measure::{Cost, Spread, in_turn, of_command, ratio};

/// Where Debian puts it.
pub(crate) const P0F: &str = "/usr/sbin/p0f";
const P0F_DATABASE: &str = "/etc/p0f/p0f.fp";
/// SYNs and SYN+ACKs, in libpcap's notation.
const SYN_FILTER: &str = "tcp[tcpflags] & tcp-syn != 0";

/// p0f's log of a capture.
fn p0f_log(capture: &Path, log: &Path) -> String {
    let _ = fs::remove_file(log);
    of_command(&mut p0f(capture, log));
    String::from_utf8_lossy(&fs::read(log).expect("p0f's log")).into_owned()
}

fn p0f(capture: &Path, log: &Path) -> Command {
    let mut command = Command::new(P0F);
    command.arg("-f").arg(P0F_DATABASE).arg("-r").arg(capture).arg("-o").arg(log);
    command
}

/// What a log in p0f's form says.
fn count_log(log: &str) -> Counts {
    let mut counts = Counts::default();
    for line in log.lines() {
        let module = line.split("mod=").nth(1).and_then(|rest| rest.split('|').next());
        match module {
            Some("syn") => counts.syn += 1,
            Some("syn+ack") => counts.syn_ack += 1,
            Some("uptime") => counts.uptime += 1,
            _ => continue,
        }
        let is_labelled = line.contains("|os=") && !line.contains("|os=???");
        counts.labelled += u64::from(is_labelled);
    }
    counts
}

/// That p0f says of the capture what stackprint says with p0f's database and its rules.
pub(crate) fn check(name: &str, capture: &Path, temporary: &Path) -> Counts {
    let theirs = count_log(&p0f_log(capture, &temporary.join("p0f.log")));
    let database = fs::read_to_string(P0F_DATABASE).expect("p0f's database");
    let database = Database::parse_with(&database, Compat::P0fExact).expect("p0f's database");
    let mut analyzer = Analyzer::new(&Arc::new(database));
    let mut log = String::new();
    let octets = fs::read(capture).expect("the capture");
    let each = |captured: stackprint::capture::CapturedFrame<'_>| {
        if let Ok(Some(record)) = analyzer.analyze(&captured.frame) {
            log.push_str(&record.p0f_log().to_string());
            log.push('\n');
        }
    };
    Decoder::new().push(&octets, each).expect("a whole capture");
    assert_eq!(count_log(&log), theirs, "{name}: not what p0f says");
    theirs
}

/// A capture to be read, and by whom.
pub(crate) struct Reading<'a> {
    pub(crate) name: &'a str,
    pub(crate) frames: &'a Frames,
    pub(crate) capture: &'a Path,
    pub(crate) program: &'a Path,
    pub(crate) temporary: &'a Path,
}

impl Reading<'_> {
    fn ours(&self) -> Command {
        let mut command = Command::new(self.program);
        command.args(["read", "--format", "ndjson"]).arg(self.capture);
        command
    }

    fn tcpdump(&self) -> Command {
        let mut command = Command::new("tcpdump");
        command.arg("-r").arg(self.capture).args(["-w", "/dev/null", SYN_FILTER]);
        command
    }

    /// Reads the file, and does nothing with it.
    fn dd(&self) -> Command {
        let mut command = Command::new("dd");
        command.arg(format!("if={}", self.capture.display())).args(["of=/dev/null", "bs=256k"]);
        command
    }

    fn huginn(&self) -> Command {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.arg("huginn-read").arg(self.capture);
        command
    }

    /// The line of the table.
    pub(crate) fn compare(&self, rounds: usize) -> String {
        let log = self.temporary.join("timed.log");
        let mut ours = || of_command(&mut self.ours());
        let mut huginn = || of_command(&mut self.huginn());
        let mut p0f = || {
            // It appends.
            let _ = fs::remove_file(&log);
            of_command(&mut p0f(self.capture, &log))
        };
        let mut tcpdump = || of_command(&mut self.tcpdump());
        let mut dd = || of_command(&mut self.dd());
        let costs = in_turn(rounds, &mut [&mut ours, &mut huginn, &mut p0f, &mut tcpdump, &mut dd]);
        let [ours, huginn, p0f, tcpdump, dd] = costs.as_slice() else { unreachable!("five") };
        let nanos = |costs: &[Cost]| {
            Spread::of(costs.iter().map(|cost| cost.cpu_s * 1e9 / self.frames.len() as f64))
        };
        format!(
            "| {} | {} | {:.2} | {} | {} | {} | {} | {} | {} | {} | {} |",
            self.name,
            nanos(ours),
            self.frames.octets_len() as f64
                / 1e9
                / Spread::of(ours.iter().map(|cost| cost.cpu_s)).median,
            nanos(huginn),
            ratio(ours, huginn),
            nanos(p0f),
            ratio(ours, p0f),
            nanos(tcpdump),
            ratio(ours, tcpdump),
            nanos(dd),
            ratio(ours, dd),
        )
    }
}
