//! p0f 3.09b, the reference: run it, and compare its log with ours event by event.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::{env, fs};

use stackprint::capture::Decoder;
use stackprint::{Analyzer, Compat, Database};

use crate::require;

const PROGRAM: &str = "/usr/sbin/p0f";
/// Where Debian puts p0f's own database.
pub const DATABASE: &str = "/etc/p0f/p0f.fp";

/// p0f's own database, read and matched as p0f does; `None` where p0f is not installed.
///
/// # Panics
///
/// If it cannot be read, and in CI if it is missing.
#[must_use]
pub fn database() -> Option<Arc<Database>> {
    let installed = Path::new(PROGRAM).exists();
    let text = fs::read_to_string(DATABASE).ok().filter(|_| installed);
    let text = require("p0f", text)?;
    Some(Arc::new(Database::parse_with(&text, Compat::P0fExact).expect("p0f's own database")))
}

/// Runs p0f on a capture with a database; its log, or `None` where it refuses either.
///
/// # Panics
///
/// If p0f cannot be run.
#[must_use]
pub fn log(capture: &Path, database: &Path) -> Option<String> {
    let log = temporary("log");
    let _ = fs::remove_file(&log);
    let ran = Command::new(PROGRAM)
        .arg("-f")
        .arg(database)
        .arg("-r")
        .arg(capture)
        .arg("-o")
        .arg(&log)
        .env("TZ", "UTC")
        .output()
        .expect("p0f runs");
    let text = fs::read(&log).unwrap_or_default();
    ran.status.success().then(|| String::from_utf8_lossy(&text).into_owned())
}

/// Lets p0f read a database and an empty capture; `None` where it is not installed.
fn load(database: &Path) -> Option<Output> {
    if !Path::new(PROGRAM).exists() {
        return None;
    }
    let empty = temporary("empty.pcap");
    crate::pcap_file::PcapFile::new(stackprint::LinkType::ETHERNET)
        .write(&empty)
        .expect("a temporary file");
    let mut p0f = Command::new(PROGRAM);
    p0f.arg("-f").arg(database).arg("-r").arg(&empty).arg("-o").arg(temporary("log"));
    let ran = p0f.output().expect("p0f runs");
    Some(ran)
}

/// Has p0f load a database, without a packet; everything that it says, or `None` where it is not
/// installed.
///
/// # Panics
///
/// If it cannot be run.
#[must_use]
pub fn loading(database: &Path) -> Option<String> {
    let ran = load(database)?;
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Some([ran.stdout, ran.stderr].iter().map(|said| String::from_utf8_lossy(said)).collect())
}

/// A file of this process and thread alone, below the directory for temporary ones.
///
/// # Panics
///
/// If the directory cannot be made.
#[must_use]
pub fn temporary(name: &str) -> PathBuf {
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("main").replace("::", "-");
    let directory = env::temp_dir().join(format!("stackprint-{}-{thread}", std::process::id()));
    fs::create_dir_all(&directory).expect("a temporary directory");
    directory.join(name)
}

/// An event as p0f logs it, in a form that can be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event(pub String);

/// Modules whose lines are compared everywhere.
pub const MODULES: [&str; 10] = [
    "syn",
    "syn+ack",
    "mtu",
    "uptime",
    "sendsyn probe",
    "sendsyn response",
    "http request",
    "http response",
    "host change",
    "ip sharing",
];

/// Modules in whose scores p0f's memory that is not initialized has a part.
pub const CHANGES: [&str; 2] = ["host change", "ip sharing"];

/// The `mod` of a log line.
#[must_use]
pub fn module(line: &str) -> &str {
    let rest = line.split_once("mod=").map_or("", |(_, rest)| rest);
    rest.split('|').next().unwrap_or_default()
}

/// Events of a log: those of [`MODULES`].
#[must_use]
pub fn events(log: &str) -> Vec<Event> {
    // Values of headers may hold any other line break.
    let lines = log.split('\n');
    lines.filter(|line| MODULES.contains(&module(line))).map(normal).collect()
}

/// p0f compares uninitialised memory for `date`, a reason of its HTTP side.
#[must_use]
pub fn normal(line: &str) -> Event {
    Event(line.replace(" date|", "|").replace("=date|", "=|").replace(" date ", " "))
}

/// Our log of a capture, as far as it can be read.
#[must_use]
pub fn our_log(capture: &[u8], database: &Arc<Database>) -> String {
    let mut analyzer = Analyzer::new(database);
    let mut decoder = Decoder::new();
    let mut log = String::new();
    let mut link_type = None;
    let _ = decoder.push(capture, |captured| {
        // p0f stops where a pcapng changes to another link type.
        let mixed = *link_type.get_or_insert(captured.frame.link_type) != captured.frame.link_type;
        if mixed {
            return;
        }
        analyzer.session().analyze_all(&captured.frame, |result| {
            if let Ok(Some(record)) = result {
                log.push_str(&record.p0f_log().to_string());
                log.push('\n');
            }
        });
    });
    log
}

/// What is missing from ours, and what is in ours alone.
#[must_use]
pub fn compare(ours: Vec<Event>, theirs: Vec<Event>) -> (Vec<Event>, Vec<Event>) {
    let mut balance: BTreeMap<Event, i64> = BTreeMap::new();
    for event in theirs {
        *balance.entry(event).or_default() += 1;
    }
    for event in ours {
        *balance.entry(event).or_default() -= 1;
    }
    let missing = balance.iter().filter(|(_, count)| **count > 0).map(|(event, _)| event.clone());
    let extra = balance.iter().filter(|(_, count)| **count < 0).map(|(event, _)| event.clone());
    (missing.collect(), extra.collect())
}

/// Has p0f load a database that it may refuse: `None` where it accepts it, else the line that it
/// names. The outer `None` means that p0f is not installed.
///
/// # Panics
///
/// If it cannot be run, or refuses without naming a line.
#[must_use]
pub fn refusal(database: &Path) -> Option<Option<usize>> {
    let ran = load(database)?;
    if ran.status.success() {
        return Some(None);
    }
    let said: String =
        [ran.stdout, ran.stderr].iter().map(|said| String::from_utf8_lossy(said)).collect();
    let line = said.split("line ").nth(1).expect(&said);
    let digits: String = line.chars().take_while(char::is_ascii_digit).collect();
    Some(Some(digits.parse().expect(&said)))
}
