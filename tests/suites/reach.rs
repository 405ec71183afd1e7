//! Every signature of a database can be hit: a packet that shows just what it asks is matched with
//! it, or, where it asks for no more than another one that is preferred, with that one.
//!
//! The packets are real frames, and p0f's reading of them is compared with ours.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use proptest::prelude::*;
use stackprint::{
    Analyzer, Compat, Database, Direction, Frame, IpVersion, LinkType, Match, Rank, Signature,
    Timestamp,
};
use stackprint_tests::examples::{Example, can_show, examples};
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::{require, say, strategies};

const P0F: &str = "/usr/sbin/p0f";
const P0F_DATABASE: &str = "/etc/p0f/p0f.fp";
const VERSIONS: [IpVersion; 2] = [IpVersion::V4, IpVersion::V6];
const COMPATS: [Compat; 2] = [Compat::Mended, Compat::P0fExact];
const DIRECTIONS: [Direction; 2] = [Direction::Syn, Direction::SynAck];

/// How p0f logs what it says of a SYN or SYN+ACK.
const FINGERPRINT_MODULES: [&str; 4] = ["syn", "syn+ack", "sendsyn probe", "sendsyn response"];

/// A signature on its own, to tell whether a packet shows what it asks.
struct Alone(Arc<Database>);

impl Alone {
    fn new(direction: Direction, signature: &Signature, compat: Compat) -> Alone {
        let section = match direction {
            Direction::Syn => "[tcp:request]",
            Direction::SynAck => "[tcp:response]",
        };
        let mut text = signature.to_string();
        if signature.ttl.random {
            // p0f skips the first character behind this; another zero does no harm.
            text = text.replacen("-:", "-:0", 1);
        }
        let text = format!("classes = any\n{section}\nlabel = s:any:Alone:\nsig = {text}\n");
        Alone(Arc::new(Database::parse_with(&text, compat).expect("a signature that was read")))
    }
}

/// The signature's line and whether it fits exactly.
fn analyze(database: &Arc<Database>, example: &Example) -> Option<(usize, bool)> {
    let mut analyzer = Analyzer::new(database);
    if let Some(opening) = &example.opening {
        let octets = opening.build();
        analyzer.analyze(&Frame::new(LinkType::ETHERNET, &octets)).expect("a SYN");
    }
    let octets = example.packet.build();
    let record = analyzer.analyze(&Frame::new(LinkType::ETHERNET, &octets)).expect("a segment");
    let found = record?.fingerprint?.found?;
    Some((found.line, !found.fuzzy))
}

/// What became of a signature.
enum Fate {
    /// It is matched.
    Reached(Example),
    /// Every packet tried that shows it is matched with a preferred one; the line of one of those.
    Shadowed(Example, usize, &'static str),
    /// No packet shows it, or one that does is matched with something worse: a fault.
    Dead(String),
}

fn fate(
    database: &Arc<Database>,
    direction: Direction,
    wanted: &Match<'_>,
    version: IpVersion,
    number: u16,
) -> Fate {
    let alone = Alone::new(direction, wanted.signature, database.compat());
    let mut shadowed = None;
    for example in examples(wanted.signature, direction, version, number) {
        if !analyze(&alone.0, &example).is_some_and(|(_, exact)| exact) {
            continue;
        }
        let found = analyze(database, &example);
        match found {
            Some((line, true)) if line == wanted.line => return Fate::Reached(example),
            Some((line, true)) => {
                let Some(why) = preference(database, line, wanted) else {
                    return Fate::Dead(format!("line {line} is matched instead: {example:?}"));
                };
                shadowed.get_or_insert(Fate::Shadowed(example, line, why));
            }
            Some((_, false)) | None => {
                return Fate::Dead(format!("matched as {found:?}: {example:?}"));
            }
        }
    }
    shadowed.unwrap_or(Fate::Dead("no packet shows it".into()))
}

/// Why the signature on `line` goes before `wanted` where both fit exactly, if it does: specific
/// before generic, then the order of the file.
fn preference(database: &Database, line: usize, wanted: &Match<'_>) -> Option<&'static str> {
    let (_, other) = database.signatures().find(|(_, other)| other.line == line).expect("a line");
    let is_earlier = (line < wanted.line).then_some("which is earlier");
    match (other.label.rank(), wanted.label.rank()) {
        (Rank::Specific, Rank::Generic) => Some("which is specific"),
        (Rank::Generic, Rank::Specific) => None,
        (Rank::Specific, Rank::Specific) | (Rank::Generic, Rank::Generic) => is_earlier,
    }
}

/// A packet for every signature, and what there is to say.
struct Reach {
    examples: Vec<Example>,
    report: Vec<String>,
}

/// Tries every signature.
fn reach(name: &str, text: &str, compat: Compat, direction: Direction) -> Reach {
    let database = Arc::new(Database::parse_with(text, compat).expect(name));
    let (mut examples, mut report, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for version in VERSIONS {
        let (mut reached, mut shadowed) = (0, Vec::new());
        let of_direction = database.signatures().filter(|(of, _)| *of == direction);
        let able = of_direction.filter(|(_, wanted)| can_show(wanted.signature, version));
        for (_, wanted) in able {
            let line = wanted.line;
            match fate(&database, direction, &wanted, version, examples.len() as u16) {
                Fate::Reached(example) => {
                    reached += 1;
                    examples.push(example);
                }
                Fate::Shadowed(example, by, why) => {
                    shadowed.push(format!("{line} behind {by}, {why}"));
                    examples.push(example);
                }
                Fate::Dead(why) => faults.push(format!("line {line}, {version:?}: {why}")),
            }
        }
        assert!(reached > 0, "{name}: no signature of {direction:?} for {version:?}");
        report.push(format!(
            "{name}, {compat:?}, {direction:?}, {version:?}: {reached} reached, {} always hidden ({})",
            shadowed.len(),
            shadowed.join("; ")
        ));
    }
    assert!(faults.is_empty(), "{name}, {compat:?}: dead signatures:\n{}", faults.join("\n"));
    Reach { examples, report }
}

fn reach_all(name: &str, text: &str) {
    for compat in COMPATS {
        for direction in DIRECTIONS {
            for line in reach(name, text, compat, direction).report {
                say(&line);
            }
        }
    }
}

#[test]
fn every_signature_of_the_built_in_database() {
    reach_all("built-in", Database::BUILTIN_TEXT);
}

#[test]
fn every_signature_of_p0f() {
    let Some(text) = require("p0f", fs::read_to_string(P0F_DATABASE).ok()) else { return };
    reach_all("p0f.fp", &text);
}

/// The frames of the examples in order, a millisecond apart.
fn capture(examples: &[Example]) -> Vec<(Timestamp, Vec<u8>)> {
    const START_MS: u64 = 1_700_000_000_000;
    let packets = examples.iter().flat_map(|it| it.opening.iter().chain([&it.packet]));
    let times = (START_MS..).map(|ms| Timestamp::from_nanos(ms * 1_000_000));
    times.zip(packets.map(|packet| packet.build())).collect()
}

/// Lines about SYNs and SYN+ACKs. Those about changes of hosts are left out: p0f compares memory
/// there that it never set.
fn fingerprints(log: &str) -> Vec<&str> {
    let module = |line: &str| {
        let rest = line.split_once("mod=").map_or("", |(_, rest)| rest);
        rest.split('|').next().unwrap_or_default().to_owned()
    };
    log.lines().filter(|line| FINGERPRINT_MODULES.contains(&module(line).as_str())).collect()
}

fn our_log(database: &Arc<Database>, frames: &[(Timestamp, Vec<u8>)]) -> String {
    let mut analyzer = Analyzer::new(database);
    let mut log = String::new();
    for (time, octets) in frames {
        let frame = Frame::new(LinkType::ETHERNET, octets).at(*time);
        if let Some(record) = analyzer.analyze(&frame).expect("a segment") {
            log.push_str(&record.p0f_log().to_string());
            log.push('\n');
        }
    }
    log
}

fn p0f_log(name: &str, frames: &[(Timestamp, Vec<u8>)]) -> String {
    let mut file = PcapFile::new(LinkType::ETHERNET);
    for (time, octets) in frames {
        file.push(*time, octets);
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (capture, log) = (folder.join(format!("{name}.pcap")), folder.join(format!("{name}.log")));
    file.write(&capture).expect("a file in the folder for tests");
    // p0f appends.
    let _ = fs::remove_file(&log);
    let mut command = Command::new(P0F);
    command.args(["-f", P0F_DATABASE, "-r"]).arg(&capture).arg("-o").arg(&log).env("TZ", "UTC");
    let output = command.output().expect("p0f runs");
    assert!(output.status.success(), "p0f: {}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(&log).expect("p0f's log")
}

/// p0f's label, distance, notes and raw signature of every packet that the tests above make.
#[test]
fn p0f_reads_the_packets_as_we_do() {
    let Some(p0f_text) = require("p0f", fs::read_to_string(P0F_DATABASE).ok()) else { return };
    if require("p0f", Path::new(P0F).exists().then_some(())).is_none() {
        return;
    }
    let compat = Compat::P0fExact;
    let database = Arc::new(Database::parse_with(&p0f_text, compat).expect("p0f's own database"));
    for (name, text) in [("p0f.fp", p0f_text.as_str()), ("built-in", Database::BUILTIN_TEXT)] {
        for direction in DIRECTIONS {
            let Reach { examples, .. } = reach(name, text, compat, direction);
            let frames = capture(&examples);
            let theirs = p0f_log(&format!("reach-{name}-{direction:?}"), &frames);
            let (theirs, ours) = (fingerprints(&theirs), our_log(&database, &frames));
            let ours = fingerprints(&ours);
            assert_eq!(theirs.len(), frames.len(), "p0f passed over some frames");
            for (ours, theirs) in ours.iter().zip(&theirs) {
                assert_eq!(ours, theirs);
            }
            assert_eq!(ours.len(), theirs.len());
            say(&format!("{name}, {direction:?}: {} lines equal p0f's", theirs.len()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// The tests above are as good as the packets that they think of: whatever one packet shows,
    /// taken as a signature, they find another packet for.
    #[test]
    fn examples_are_found_for_all_that_packets_show(
        (syn, syn_ack) in strategies::handshake(),
        answers in any::<bool>(),
    ) {
        let direction = if answers { Direction::SynAck } else { Direction::Syn };
        let example = Example {
            opening: answers.then(|| syn.clone()),
            packet: if answers { syn_ack } else { syn },
        };
        let version = if example.packet.source.is_ipv4() { IpVersion::V4 } else { IpVersion::V6 };
        // Some raw signatures are none that a database can hold: distance "?", large multiples.
        if let Ok(signature) = raw_signature(&example).parse() {
            let alone = Alone::new(direction, &signature, Compat::Mended);
            let mut examples = examples(&signature, direction, version, 1);
            prop_assert!(
                examples.any(|example| analyze(&alone.0, &example).is_some_and(|(_, exact)| exact)),
                "{}", signature
            );
        }
    }
}

fn raw_signature(example: &Example) -> String {
    let mut analyzer = Analyzer::new(&Arc::new(Database::empty()));
    let octets = example.opening.iter().chain([&example.packet]).map(|packet| packet.build());
    let mut raw = String::new();
    for octets in octets {
        let record = analyzer.analyze(&Frame::new(LinkType::ETHERNET, &octets)).expect("a segment");
        raw = record.and_then(|it| it.fingerprint).expect("a fingerprint").observation.to_string();
    }
    raw
}
