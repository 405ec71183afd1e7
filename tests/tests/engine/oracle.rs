//! Against p0f 3.09b: its own database, its own slips, event by event.
//!
//! The answers are p0f's: run live on our own captures and on the hand-made cases, and for the
//! corpus those that lie beside its captures. All of p0f's lines are compared, those of HTTP and the
//! changes of hosts with its reasons included.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use stackprint::{Analyzer, Database, Frame, LinkType, Timestamp};
use stackprint_tests::p0f::{self, CHANGES, Event, compare, events, module, normal, our_log};
use stackprint_tests::{captures, corpus};

/// A fraction of a second beyond a second: libpcap hands it on as it is, or as a negative number,
/// so that p0f is off by seconds.
const CARRIED: &str = "fraction of a second beyond one second, which our decoder carries";
/// libpcap opens no second link type; p0f ends there without a word.
const MIXED: &str = "pcapng with two link types, of which p0f reads nothing";

/// Differences that stay, each with its reason: name of the capture, text within the event, reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("tcpdump__tests__timestamp_invalid_micro.pcap", "subj=srv", CARRIED),
    ("tcpdump__tests__timestamp_invalid_nano.pcap", "subj=srv", CARRIED),
    ("tcpdump__tests__timestamp_invalid_nano.pcap", "mod=uptime", CARRIED),
    ("broken/fraction-over-one-second.pcap", "subj=cli", CARRIED),
    (
        "broken/original-shorter.pcap",
        "subj=srv",
        "less on the wire than captured: p0f believes the former, our decoder the latter",
    ),
    ("format/pcapng-two-link-types.pcapng", "192.0.2.10", MIXED),
    ("recorded/dumpcap-two-link-types.pcapng", "192.0.2.10", MIXED),
];

/// Compares many captures and fails with every difference that is not allowed.
struct Tally {
    captures: usize,
    compared: usize,
    refused: usize,
    by_module: BTreeMap<String, usize>,
    differences: Vec<String>,
}

impl Tally {
    fn new() -> Tally {
        Tally {
            captures: 0,
            compared: 0,
            refused: 0,
            by_module: BTreeMap::new(),
            differences: Vec::new(),
        }
    }

    fn add(&mut self, name: &str, capture: &[u8], theirs: Option<&str>, database: &Arc<Database>) {
        self.captures += 1;
        let Some(theirs) = theirs else {
            self.refused += 1;
            return;
        };
        // Its memory that is not initialized may say `date`, which counts in what follows.
        let is_random = theirs.contains("date|raw_hits");
        let is_sure = |event: &Event| !(is_random && CHANGES.contains(&module(&event.0)));
        let (mut ours, mut theirs) = (events(&our_log(capture, database)), events(theirs));
        ours.retain(is_sure);
        theirs.retain(is_sure);
        for Event(line) in &theirs {
            self.compared += 1;
            *self.by_module.entry(module(line).to_owned()).or_default() += 1;
        }
        let (missing, extra) = compare(ours, theirs);
        let missing = missing.iter().map(|Event(line)| ("missing", line));
        let extra = extra.iter().map(|Event(line)| ("extra", line));
        for (what, line) in missing.chain(extra) {
            let allowed =
                ALLOWED.iter().find(|(file, part, _)| *file == name && line.contains(part));
            match allowed {
                Some((_, _, reason)) => println!("allowed: {name}: {line}: {reason}"),
                None => self.differences.push(format!("{name}: {what}: {line}")),
            }
        }
    }

    fn finish(self, what: &str) {
        println!(
            "{what}: {} captures ({} refused by p0f), {} events compared: {:?}",
            self.captures, self.refused, self.compared, self.by_module
        );
        let count = self.differences.len();
        for difference in self.differences.iter().take(60) {
            println!("{difference}");
        }
        assert_eq!(count, 0, "{what}: differences from p0f");
        assert!(self.compared > 0, "{what}: nothing was compared");
    }
}

#[test]
fn corpus_equals_p0f() {
    let Some(database) = p0f::database() else { return };
    let Some(corpus) = corpus() else { return };
    let mut tally = Tally::new();
    for capture in captures(&corpus.join("captures")) {
        let name = capture.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let answer = |suffix| corpus.join("p0f").join(format!("{name}.{suffix}"));
        let log = fs::read(answer("log")).ok();
        let log = log.map(|log| String::from_utf8_lossy(&log).into_owned());
        tally.add(&name, &fs::read(&capture).expect("a capture"), log.as_deref(), &database);
    }
    tally.finish("corpus");
}

#[test]
fn own_captures_equal_p0f() {
    let Some(database) = p0f::database() else { return };
    let mut tally = Tally::new();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    for capture in captures(&directory) {
        let name = capture.strip_prefix(&directory).unwrap_or(&capture).display().to_string();
        let log = p0f::log(&capture, Path::new(p0f::DATABASE));
        tally.add(&name, &fs::read(&capture).expect("a capture"), log.as_deref(), &database);
    }
    tally.finish("own captures");
}

/// The hand-made cases: frames and p0f's lines, one case a line of JSON.
fn cases(file: &Path, database: &Arc<Database>) {
    let text = fs::read_to_string(file).expect("the cases");
    let mut failed = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case");
        count += 1;
        let ours = case_log(&case, database);
        let theirs: Vec<String> = case["log"]
            .as_array()
            .expect("log lines")
            .iter()
            .map(|line| normal(line.as_str().unwrap_or_default()).0)
            .collect();
        if ours != theirs {
            failed.push(format!("{}\n  ours   {ours:#?}\n  theirs {theirs:#?}", case["name"]));
        }
    }
    let name = file.file_name().unwrap_or_default().display();
    println!("{name}: {count} cases, {} differ", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(count > 0, "no cases in {name}");
}

/// Our lines for a case, without the time, which the cases leave out.
fn case_log(case: &serde_json::Value, database: &Arc<Database>) -> Vec<String> {
    let link_type = LinkType(case["linktype"].as_u64().expect("linktype") as u16);
    let mut analyzer = Analyzer::new(database);
    let mut lines = Vec::new();
    for frame in case["frames"].as_array().expect("frames") {
        let octets = hex(frame["hex"].as_str().expect("hex"));
        let captured = frame["caplen"].as_u64().map_or(octets.len(), |len| len as usize);
        // Seconds after the start of the case; 0 where the case does not say.
        let micros = (frame["t"].as_f64().unwrap_or(0.0) * 1e6).round() as u64;
        let time = Timestamp::from_nanos((1_700_000_000_000_000 + micros) * 1000);
        let frame = Frame::new(link_type, &octets[..captured]).with_wire_len(octets.len()).at(time);
        if let Ok(Some(record)) = analyzer.analyze(&frame) {
            let log = record.p0f_log().to_string();
            let without_time = log.lines().map(|line| line.split_once("] ").expect("a time").1);
            lines.extend(without_time.map(|line| normal(line).0));
        }
    }
    lines
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(digit).collect()
}

#[test]
fn hand_made_cases_equal_p0f() {
    let Some(database) = p0f::database() else { return };
    let Some(corpus) = corpus() else { return };
    let file = corpus.join("../p0f/vectors.jsonl");
    if file.exists() {
        cases(&file, &database);
    } else {
        println!("SKIPPED: no hand-made cases at {}", file.display());
    }
}
