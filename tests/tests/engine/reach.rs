//! Every signature of a database can be hit: a packet that shows just what it asks is matched with
//! it, or, where it asks for no more than another one that is preferred, with that one.
//!
//! The packets are real frames, and p0f's reading of them is compared with ours.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use stackprint::{
    Analyzer, Compat, Database, Direction, Frame, IpVersion, LinkType, Match, Note, Rank,
    RecordKind, Signature, Timestamp,
};
use stackprint_tests::examples::{Example, can_show, examples};
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::{input, p0f, require, say, strategies};

const VERSIONS: [IpVersion; 2] = [IpVersion::V4, IpVersion::V6];
const COMPATS: [Compat; 2] = [Compat::Fixed, Compat::P0fExact];
const DIRECTIONS: [Direction; 2] = [Direction::Syn, Direction::SynAck];

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
    let Some(text) = require("p0f", fs::read_to_string(p0f::DATABASE).ok()) else { return };
    reach_all("p0f.fp", &text);
}

/// Options that a program asks its system for, as they are sent.
const APP_OPTIONS: [(&str, &[u8]); 10] = [
    // Fast open asks for a cookie, and shows it (RFC 7413); the same as an experiment.
    ("tfo", b"\x22\x02"),
    ("tfo", b"\x22\x0acookies!"),
    ("tfo", b"\xfe\x04\xf9\x89"),
    // MP_CAPABLE, MP_JOIN of a SYN and of a SYN+ACK (RFC 8684).
    ("mptcp", b"\x1e\x04\x01\x01"),
    ("mptcp", b"\x1e\x0c\x10\x01\x01\x02\x03\x04\x05\x06\x07\x08"),
    ("mptcp", b"\x1e\x10\x10\x01\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04"),
    ("eno", b"\x45\x03\x01"),
    ("accecn", b"\xac\x02"),
    ("accecn", b"\xae\x0b\0\0\x01\0\0\x02\0\0\x03"),
    ("experimental", b"\xfe\x03\x01"),
];

/// Options one by one; the end of the list, with all behind it, is the last one.
fn one_by_one(options: &[u8]) -> Vec<&[u8]> {
    let (mut all, mut rest) = (Vec::new(), options);
    while let [kind, after @ ..] = rest {
        let len = match kind {
            0 => rest.len(),
            1 => 1,
            _ => usize::from(after[0]),
        };
        let (option, next) = rest.split_at(len);
        all.push(option);
        rest = next;
    }
    all
}

/// The options with one more of a program in each place, as stacks align it: NOPs behind it, NOPs
/// in front of it, and where the list was aligned by its end, another end.
fn with_app_option(options: &[u8], added: &[u8]) -> Vec<Vec<u8>> {
    const NOPS: [u8; 3] = [1; 3];
    const MAX_LEN: usize = 40;
    let all = one_by_one(options);
    let nops = &NOPS[..added.len().wrapping_neg() % 4];
    let ends = all.last().is_some_and(|last| last[0] == 0);
    let places = 0..=all.len() - usize::from(ends);
    let mut ways = Vec::new();
    for place in places {
        let (before, behind) = (all[..place].concat(), all[place..].concat());
        ways.push([&before, added, nops, &behind].concat());
        ways.push([&before, nops, added, &behind].concat());
    }
    if ends && all[all.len() - 1].len() < 4 {
        let mut padded_anew = [&all[..all.len() - 1].concat(), added].concat();
        padded_anew.resize(padded_anew.len().next_multiple_of(4), 0);
        ways.push(padded_anew);
    }
    ways.retain(|octets| octets.len() <= MAX_LEN);
    ways.dedup();
    ways
}

/// The label, whether the match is exact, and the notes; `None` where nothing fits.
fn said(database: &Arc<Database>, example: &Example) -> Option<(String, bool, String)> {
    let mut analyzer = Analyzer::new(database);
    if let Some(opening) = &example.opening {
        let octets = opening.build();
        analyzer.analyze(&Frame::new(LinkType::ETHERNET, &octets)).expect("a SYN");
    }
    let octets = example.packet.build();
    let record = analyzer.analyze(&Frame::new(LinkType::ETHERNET, &octets)).expect("a segment");
    let fingerprint = record?.fingerprint?;
    let notes: Vec<_> = fingerprint.notes().map(|note| note.to_string()).collect();
    let found = fingerprint.found?;
    assert_eq!(fingerprint.differences().count() > 0, found.fuzzy, "{}", fingerprint.observation);
    Some((found.label.to_string(), !found.fuzzy, notes.join(" ")))
}

/// What the kernel sends when a program asks for it is called as what it sends without, and the notes
/// say what was asked for.
#[test]
fn recordings_with_options_of_programs_have_the_label_of_those_without() {
    const PAIRS: [(&str, &str, &[&str]); 12] = [
        ("fast-open", "default", &["tfo"]),
        ("mptcp", "default", &["mptcp"]),
        ("fast-open-mptcp", "default", &["tfo", "mptcp"]),
        ("fast-open-ipv6", "ipv6", &["tfo"]),
        ("fast-open-no-timestamps", "no-timestamps", &["tfo"]),
        ("mptcp-no-timestamps", "no-timestamps", &["mptcp"]),
        ("fast-open-mptcp-no-timestamps", "no-timestamps", &["tfo", "mptcp"]),
        ("fast-open-no-sack", "no-sack", &["tfo"]),
        ("mptcp-no-sack", "no-sack", &["mptcp"]),
        ("fast-open-no-window-scaling", "no-window-scaling", &["tfo"]),
        ("mptcp-no-window-scaling", "no-window-scaling", &["mptcp"]),
        ("only-mss", "only-mss", &[]),
    ];
    for (with, without, asked_for) in PAIRS {
        let plain = labels_of_recording(without);
        let [syn, syn_ack] = [RecordKind::Syn, RecordKind::SynAck].map(|kind| &plain[&kind]);
        let found = labels_of_recording(with);
        assert_eq!(
            [&found[&RecordKind::Syn].0, &found[&RecordKind::SynAck].0],
            [&syn.0, &syn_ack.0],
            "{with}"
        );
        for (kind, (labels, notes)) in &found {
            assert_eq!(labels.len(), 1, "{with}, {kind:?}: {labels:?}");
            // A server may leave out what it was asked for.
            let all: BTreeSet<_> = asked_for.iter().map(|&word| word.to_owned()).collect();
            let is_syn = *kind == RecordKind::Syn;
            assert!(
                notes.is_subset(&all) && (!is_syn || *notes == all),
                "{with}, {kind:?}: {notes:?}"
            );
        }
    }
}

/// The labels of a recording's SYNs and SYN+ACKs, and the notes on options of programs.
fn labels_of_recording(name: &str) -> HashMap<RecordKind, (BTreeSet<String>, BTreeSet<String>)> {
    let path = format!("captures/recorded/{name}.pcap");
    let octets = fs::read(&path).expect(&path);
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut all: HashMap<_, (BTreeSet<String>, BTreeSet<String>)> = HashMap::new();
    input::decode(&octets, |captured| {
        let record = analyzer.analyze(&captured.frame).expect("a segment");
        let Some((kind, said)) = record.and_then(|it| Some((it.kind, it.fingerprint?))) else {
            return;
        };
        let (labels, notes) = all.entry(kind).or_default();
        labels.insert(said.found.map_or("unknown".into(), |found| found.label.to_string()));
        let app_options = said.notes().filter(|note| matches!(note, Note::AppOption(_)));
        notes.extend(app_options.map(|note| note.to_string()));
    })
    .expect("a capture");
    all
}

/// What a program asks for does not change what its system is called: every option of that kind,
/// in every place, added to packets for every signature.
fn options_of_programs_change_no_label(name: &str, text: &str) {
    const EXAMPLES: usize = 3;
    let database = Arc::new(Database::parse(text).expect(name));
    let (mut count, mut faults) = (0, Vec::new());
    for (direction, wanted) in database.signatures() {
        let names_some = wanted.signature.layout.kinds().iter().any(|kind| *kind > 29);
        for version in VERSIONS {
            if names_some || !can_show(wanted.signature, version) {
                continue;
            }
            for example in examples(wanted.signature, direction, version, 1).take(EXAMPLES) {
                // A malformed list cannot be taken apart.
                let plain = said(&database, &example)
                    .filter(|_| !wanted.signature.quirks.contains(stackprint::Quirks::BAD_OPTIONS));
                let Some((label, exact, notes)) = plain else { continue };
                for (word, added) in APP_OPTIONS {
                    for tcp_options in with_app_option(&example.packet.tcp_options, added) {
                        let packet = FrameBuilder { tcp_options, ..example.packet.clone() };
                        let with = Example { packet, ..example.clone() };
                        let notes = format!("{notes} {word}");
                        let plain = (label.clone(), exact, notes.trim_start().to_owned());
                        let answer = said(&database, &with);
                        count += 1;
                        if answer.as_ref() != Some(&plain) {
                            let raw = raw_signature(&with);
                            faults.push(format!(
                                "line {}, {raw}: {answer:?}, not {plain:?}",
                                wanted.line
                            ));
                        }
                    }
                }
            }
        }
    }
    let some: Vec<_> = faults.iter().take(20).map(String::as_str).collect();
    assert!(faults.is_empty(), "{name}: {} of {count}:\n{}", faults.len(), some.join("\n"));
    assert!(count > 10_000, "{count}");
    say(&format!("{name}: {count} packets with an option of a program keep their label"));
}

#[test]
fn options_of_programs_change_no_label_of_the_built_in_database() {
    options_of_programs_change_no_label("built-in", Database::BUILTIN_TEXT);
}

#[test]
fn options_of_programs_change_no_label_of_p0f() {
    let Some(text) = require("p0f", fs::read_to_string(p0f::DATABASE).ok()) else { return };
    options_of_programs_change_no_label("p0f.fp", &text);
}

/// The frames of the examples in order, a millisecond apart.
fn capture(examples: &[Example]) -> PcapFile {
    const START_MS: u64 = 1_700_000_000_000;
    let packets = examples.iter().flat_map(|it| it.opening.iter().chain([&it.packet]));
    let mut file = PcapFile::new(LinkType::ETHERNET);
    for (packet, ms) in packets.zip(START_MS..) {
        file.push(Timestamp::from_nanos(ms * 1_000_000), &packet.build());
    }
    file
}

/// Lines about SYNs, SYN+ACKs and their MTU. Those about changes of hosts are left out: p0f
/// compares memory there that it never set.
fn comparable(log: &str) -> Vec<&str> {
    log.lines().filter(|line| p0f::MODULES.contains(&p0f::module(line))).collect()
}

/// p0f remembers no more connections than that.
const P0F_CONNECTIONS: usize = 1000;

/// Compares what p0f and what we say of the packets; how many lines were equal.
fn compare(examples: &[Example], database: &Arc<Database>) -> usize {
    examples.chunks(P0F_CONNECTIONS).map(|part| compare_part(part, database)).sum()
}

fn compare_part(examples: &[Example], database: &Arc<Database>) -> usize {
    let file = capture(examples);
    let path = p0f::temporary("reach.pcap");
    file.write(&path).expect("a file in the folder for temporary ones");
    let theirs = p0f::log(&path, Path::new(p0f::DATABASE)).expect("p0f reads the file");
    let ours = p0f::our_log(file.octets(), database);
    let (theirs, ours) = (comparable(&theirs), comparable(&ours));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len());
    let fingerprints = theirs.iter().filter(|line| line.contains("|raw_sig=")).count();
    let openings = examples.iter().filter(|example| example.opening.is_some()).count();
    assert_eq!(fingerprints, examples.len() + openings, "p0f passed over some frames");
    theirs.len()
}

/// Some packets for every signature, whether or not we think that they fit: what is said of them
/// must not depend on our own reading.
fn some_examples(text: &str, direction: Direction) -> Vec<Example> {
    const PICKS: [usize; 4] = [0, 1, 2, 13];
    let database = Database::parse_with(text, Compat::P0fExact).expect("a database");
    let mut picked = Vec::new();
    for version in VERSIONS {
        let of_direction = database.signatures().filter(|(of, _)| *of == direction);
        for (_, wanted) in of_direction.filter(|(_, wanted)| can_show(wanted.signature, version)) {
            for pick in PICKS {
                let number = picked.len() as u16;
                picked.extend(examples(wanted.signature, direction, version, number).nth(pick));
            }
        }
    }
    picked
}

/// p0f's label, distance, notes and raw signature of every packet that the tests above make, and
/// of some more.
#[test]
fn p0f_reads_the_packets_as_we_do() {
    let Some(database) = p0f::database() else { return };
    let p0f_text = fs::read_to_string(p0f::DATABASE).expect("p0f's own database");
    for (name, text) in [("p0f.fp", p0f_text.as_str()), ("built-in", Database::BUILTIN_TEXT)] {
        for direction in DIRECTIONS {
            let Reach { examples, .. } = reach(name, text, Compat::P0fExact, direction);
            let lines = compare(&examples, &database);
            let more = compare(&some_examples(text, direction), &database);
            say(&format!("{name}, {direction:?}: {lines} and {more} lines equal p0f's"));
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
            let alone = Alone::new(direction, &signature, Compat::Fixed);
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
