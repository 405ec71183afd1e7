//! The built-in database against p0f, against its own rules of evidence, and against traffic whose
//! senders say what they are. Prints the tables of docs/signatures.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use stackprint::score::Score;
use stackprint::{Analyzer, Compat, Database, Direction, Rank, RecordKind, Side, http};
use stackprint_tests::evidence::{self, Kind, Owner, fits, is_about, owner};
use stackprint_tests::input::{self, Capture};
use stackprint_tests::{corpus, p0f, require, say, visits};

fn repository(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The built-in database as a file: its HTTP sections lie apart.
fn builtin_file() -> std::path::PathBuf {
    let path = p0f::temporary("builtin.fp");
    fs::write(&path, Database::BUILTIN_TEXT).expect("a temporary file");
    path
}

#[test]
fn p0f_loads_the_file_without_a_warning() {
    let said = p0f::loading(&builtin_file());
    let Some(said) = require("p0f", said) else { return };
    let database = Database::parse(Database::BUILTIN_TEXT).expect("built-in");
    let http = [http::Kind::Request, http::Kind::Response].map(|kind| database.http().count(kind));
    let count = database.signatures().count() + http.iter().sum::<usize>();
    let mtus = Database::BUILTIN_TEXT.lines().skip_while(|line| *line != "[mtu]");
    let mtus = mtus.take_while(|line| *line != "[tcp:request]");
    let mtus = mtus.filter(|line| line.starts_with("sig")).count();
    assert!(said.contains(&format!("Loaded {} signatures", count + mtus)), "{said}");
    for word in ["[!]", "[-]", "WARNING", "ABORT"] {
        assert!(!said.contains(word), "{said}");
    }
}

/// What p0f says of our captures with this file is what we say as p0f.
#[test]
fn p0f_reads_the_file_as_we_do() {
    if p0f::database().is_none() {
        return;
    }
    let file = builtin_file();
    let database = Database::parse_with(Database::BUILTIN_TEXT, Compat::P0fExact);
    let database = Arc::new(database.expect("built-in"));
    let mut lines = 0;
    for path in stackprint_tests::captures(&repository("tests/captures/recorded")) {
        // Of several link types p0f reads none.
        if path.ends_with("dumpcap-two-link-types.pcapng") {
            continue;
        }
        let theirs = p0f::log(&path, &file).expect("p0f reads a capture");
        let ours = p0f::our_log(&fs::read(&path).expect("a capture"), &database);
        let comparable = |log: &str| -> Vec<String> {
            let is_wanted =
                |module| p0f::MODULES.contains(&module) && !p0f::CHANGES.contains(&module);
            let lines = log.lines().filter(|line| is_wanted(p0f::module(line)));
            lines.map(str::to_owned).collect()
        };
        assert_eq!(comparable(&ours), comparable(&theirs), "{}", path.display());
        lines += comparable(&theirs).len();
    }
    assert!(lines > 100);
}

/// `;= SOURCE, DATE[, what]` above every signature, of sources that docs/signatures.md names; where
/// no stack was recorded and nobody's database is quoted, two kinds of it.
#[test]
fn every_signature_has_evidence() {
    const ENOUGH_ALONE: [&str; 3] = ["recorded", "p0f", "source"];
    let docs = fs::read_to_string(repository("docs/signatures.md")).expect("the page of sources");
    let (mut kinds, mut block_is_open) = (BTreeSet::new(), false);
    let mut faults = Vec::new();
    let in_tcp = Database::BUILTIN_TEXT.lines().enumerate();
    let in_tcp = in_tcp.take_while(|(_, line)| *line != "[http:request]");
    for (index, line) in in_tcp.skip_while(|(_, line)| *line != "[tcp:request]") {
        let mut fault = |what: &str| faults.push(format!("line {}: {what}: {line}", index + 1));
        if line.starts_with("label") {
            kinds.clear();
        } else if let Some(evidence) = line.strip_prefix(";= ") {
            if !std::mem::replace(&mut block_is_open, true) {
                kinds.clear();
            }
            let mut parts = evidence.splitn(3, ", ");
            let source = parts.next().unwrap_or_default();
            let date = parts.next().unwrap_or_default();
            if !docs.contains(&format!("| `{source}` |")) {
                fault("a source that docs/signatures.md does not name");
            }
            if date.len() < 4 || !date.bytes().all(|octet| octet.is_ascii_digit() || octet == b'-')
            {
                fault("no date");
            }
            kinds.insert(source);
            continue;
        } else if line.starts_with("sig") {
            let enough = kinds.len() > 1 || kinds.iter().any(|kind| ENOUGH_ALONE.contains(kind));
            if !enough {
                fault("one kind of evidence is not enough");
            }
        }
        block_is_open = false;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The recordings of this project are recognised: the kernel as Linux, each tool by its name.
#[test]
fn recordings_are_recognised() {
    let mut said: BTreeMap<(String, &str), BTreeSet<String>> = BTreeMap::new();
    for path in stackprint_tests::captures(&repository("tests/captures/recorded")) {
        // Signatures ask for the length of IPv4 options exactly, and none asks for 8 bytes.
        if path.ends_with("ip-record-route.pcap") {
            continue;
        }
        // Made to look like another system: TTL 128, no timestamps, no scaling.
        if path.ends_with("hosts/nat-system.pcap") {
            continue;
        }
        // Other systems' SYNs are played there.
        if path.parent().is_some_and(|parent| parent.ends_with("scenes")) {
            continue;
        }
        // Several stacks in one capture: `db_learn` tells them apart.
        if path.parent().is_some_and(|parent| parent.ends_with("guests")) {
            continue;
        }
        let in_tools = path.parent().is_some_and(|parent| parent.ends_with("tools"));
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let tool = name.split('-').next().unwrap_or_default().to_owned();
        let from = if in_tools && name != "nmap-connect-scan" { tool } else { "linux".into() };
        let octets = fs::read(&path).expect("a capture");
        for seen in handshakes(&Capture { name, octets }, &Database::builtin()) {
            let label = seen.label.map_or("unknown".into(), |(label, _)| label);
            said.entry((from.clone(), word(seen.direction))).or_default().insert(label);
        }
    }
    for ((from, direction), labels) in &said {
        let listed = labels.iter().map(String::as_str).collect::<Vec<_>>().join("; ");
        say(&format!("recorded, {from}, {direction}: {listed}"));
        let wanted = match (from.as_str(), *direction) {
            ("nmap", "SYN") => ":NMap:",
            ("masscan", "SYN") => ":masscan:",
            ("zmap", "SYN") => ":ZMap:",
            ("hping3", "SYN") => ":hping:",
            ("scapy", "SYN") => ":Scapy:",
            ("smoltcp", _) => ":smoltcp:",
            ("gvisor", _) => ":gVisor:",
            // The kernel answers.
            _ => ":Linux:",
        };
        for label in labels {
            assert!(label.contains(wanted), "{from}, {direction}: {label}");
        }
    }
}

/// A SYN or SYN+ACK and what was made of it.
struct Seen {
    direction: Direction,
    subject: std::net::IpAddr,
    signature: String,
    /// In p0f's form, with its family.
    label: Option<(String, Owner)>,
    is_specific: bool,
}

fn handshakes(capture: &Capture, database: &Arc<Database>) -> Vec<Seen> {
    let mut analyzer = Analyzer::new(database);
    let mut all = Vec::new();
    // A damaged capture is read up to the damage.
    let _ = input::decode(&capture.octets, |captured| {
        let Ok(Some(record)) = analyzer.analyze(&captured.frame) else { return };
        let direction = match record.kind {
            RecordKind::Syn => Direction::Syn,
            RecordKind::SynAck => Direction::SynAck,
            _ => return,
        };
        let Some(fingerprint) = record.fingerprint else { return };
        let label = fingerprint.found.map(|found| found.label);
        all.push(Seen {
            direction,
            subject: match record.subject {
                Side::Client => record.client.ip,
                Side::Server => record.server.ip,
            },
            signature: fingerprint.observation.to_string(),
            label: label.map(|label| (label.to_string(), owner(label))),
            is_specific: label.is_some_and(|label| label.rank() == Rank::Specific),
        });
    });
    all
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Syn => "SYN",
        Direction::SynAck => "SYN+ACK",
    }
}

fn corpus_captures() -> Option<Vec<Capture>> {
    let read = |path: std::path::PathBuf| Capture {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        octets: fs::read(&path).expect("a capture"),
    };
    let captures = stackprint_tests::captures(&corpus()?.join("captures"));
    Some(captures.into_iter().map(read).collect())
}

/// A single scan that holds half of all SYNs.
const BIG_SCAN: &str = "synscan";

#[derive(Default)]
struct Share {
    all: usize,
    labelled: usize,
    specific: usize,
}

impl Share {
    fn percent(&self, part: usize) -> f64 {
        100.0 * part as f64 / self.all.max(1) as f64
    }
}

#[test]
fn shares_of_the_corpus() {
    let Some(captures) = corpus_captures() else { return };
    let p0f = fs::read_to_string(p0f::DATABASE).ok().and_then(|text| Database::parse(&text).ok());
    let databases = [("p0f's file", p0f.map(Arc::new)), ("built-in", Some(Database::builtin()))];
    let mut unknown: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (name, database) in databases {
        let Some(database) = database else { continue };
        let mut shares: BTreeMap<(&str, &str), Share> = BTreeMap::new();
        for capture in &captures {
            for seen in handshakes(capture, &database) {
                let direction = word(seen.direction);
                let scopes = if capture.name.contains(BIG_SCAN) { 1 } else { 2 };
                for scope in &["with synscan", "without synscan"][..scopes] {
                    let share = shares.entry((scope, direction)).or_default();
                    share.all += 1;
                    share.labelled += usize::from(seen.label.is_some());
                    share.specific += usize::from(seen.is_specific);
                }
                if name == "built-in" && seen.label.is_none() {
                    *unknown.entry((direction, seen.signature)).or_default() += 1;
                }
            }
        }
        for ((scope, direction), share) in &shares {
            let (labelled, specific) =
                (share.percent(share.labelled), share.percent(share.specific));
            say(&format!(
                "corpus, {name}, {scope}: {} {direction}, {labelled:.1} % labelled, {specific:.1} % specific",
                share.all
            ));
            if name == "built-in" {
                let aim = if *direction == "SYN" { 95.0 } else { 80.0 };
                assert!(labelled >= aim, "{direction}, {scope}: {labelled:.1} %");
            }
        }
    }
    let mut unknown: Vec<_> = unknown.into_iter().collect();
    unknown.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((direction, signature), count) in unknown.iter().take(12) {
        say(&format!("corpus, unknown: {count} {direction} {signature}"));
    }
}

/// Where a host's own words are not about the stack that was seen, and how that is known.
const EXPLAINED: [(&str, &str); 3] = [
    ("http-xff.pcap", "a proxy: its requests carry X-Forwarded-For"),
    ("malware.pcap", "the User-Agent of Tor Browser, which says Windows on every system"),
    ("bug-7657-01", "an exploit under a browser's User-Agent; the same host floods with hping"),
];

#[test]
fn no_label_contradicts_what_hosts_say() {
    let Some(captures) = corpus_captures() else { return };
    let database = Database::builtin();
    let (mut agree, mut between) = (BTreeMap::<Kind, usize>::new(), 0);
    let mut contradictions: BTreeMap<String, usize> = BTreeMap::new();
    let mut unexplained = BTreeSet::new();
    for capture in &captures {
        let said = evidence::of(capture);
        if said.is_empty() {
            continue;
        }
        for seen in handshakes(capture, &database) {
            let Some((label, owner)) = &seen.label else { continue };
            for evidence in said.get(&seen.subject).into_iter().flatten() {
                if !is_about(evidence, seen.direction) {
                    continue;
                }
                match owner {
                    Owner::Between => between += 1,
                    Owner::System(family) if fits(*family, evidence.family) => {
                        *agree.entry(evidence.kind).or_default() += 1;
                    }
                    Owner::System(_) => {
                        let why = EXPLAINED.iter().find(|(name, _)| capture.name.contains(name));
                        let line = format!(
                            "{}: {label} for {}, but {:?} {:?}: {}",
                            capture.name,
                            seen.signature,
                            evidence.kind,
                            evidence.words,
                            why.map_or("unexplained", |(_, why)| why)
                        );
                        if why.is_none() {
                            unexplained.insert(line.clone());
                        }
                        *contradictions.entry(line).or_default() += 1;
                    }
                }
            }
        }
    }
    say(&format!(
        "evidence: agrees {agree:?}; about another stack behind a device or tool {between}"
    ));
    for (line, count) in contradictions {
        say(&format!("evidence: {count} x {line}"));
    }
    assert!(agree.values().sum::<usize>() > 100, "{agree:?}");
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}

/// From which purity on a form is one system's: below, it is mostly that of proxies, which speak
/// for all.
const PURE: f64 = 0.9;
/// How many senders a label needs for its figures to say something.
const ENOUGH: f64 = 50.0;
/// How far what a label states may be off.
const BOUND: f64 = 0.1;

/// What a database says of the senders of the rows, in words.
fn scored<'r>(rows: impl Iterator<Item = &'r visits::Row>, database: &Database) -> (Score, String) {
    let mut score = Score::default();
    rows.for_each(|row| visits::score(row, database, &mut score));
    let all = score.all;
    let percent = |part| 100.0 * all.share(part);
    let text = format!(
        "{:.0} senders, exact {:.1} %, family {:.1} %, specific {:.1} %, unknown {:.1} %",
        all.count,
        percent(all.exact),
        percent(all.family),
        percent(all.specific),
        percent(all.unknown)
    );
    (score, text)
}

#[test]
fn candidates_of_visits() {
    let Some(rows) = visits::rows() else { return };
    let p0f = fs::read_to_string(p0f::DATABASE).ok().and_then(|text| Database::parse(&text).ok());
    let databases = [("p0f's file", p0f.map(Arc::new)), ("built-in", Some(Database::builtin()))];
    for (name, database) in databases {
        let Some(database) = database else { continue };
        let (score, text) = scored(rows.iter(), &database);
        say(&format!("visits, {name}: {text}"));
        for half in [0, 1] {
            let of_half = rows.iter().filter(|row| visits::half(&row.signature) == half);
            say(&format!("visits, {name}, half {half}: {}", scored(of_half, &database).1));
        }
        let pure = || rows.iter().filter(|row| row.purity >= PURE);
        let (of_pure, text) = scored(pure(), &database);
        say(&format!("visits, {name}, where {PURE} of senders agree: {text}"));
        if name == "built-in" {
            labels_are_as_good_as_stated(&score);
            rows.iter().for_each(|row| say_if_not_of_most(row, &database));
            let (all, pure) = (score.all, of_pure.all);
            assert!(all.share(all.exact) >= 0.76, "exact");
            assert!(all.share(all.family) >= 0.92, "family");
            assert!(all.share(all.specific) >= 0.85, "specific");
            assert!(all.share(all.unknown) <= 0.01, "unknown");
            assert!(pure.share(pure.family) >= 0.97, "family where senders agree");
        }
    }
}

/// Of each label with enough senders: its quality is the share of right families, and that times
/// the share of its first candidate, the share of right systems.
fn labels_are_as_good_as_stated(score: &Score) {
    let mut faults = Vec::new();
    for ((label, is_exact), tally) in &score.labels {
        if tally.count < ENOUGH {
            continue;
        }
        let [stated, family, stated_exact, exact] =
            [tally.stated, tally.family, tally.stated_exact, tally.exact].map(|it| tally.share(it));
        let line = format!(
            "visits, {label}, {}: {:.0} senders, family {family:.3}, stated {stated:.3}; \
             system {exact:.3}, stated {stated_exact:.3}",
            if *is_exact { "exact" } else { "fuzzy" },
            tally.count
        );
        say(&line);
        if (stated - family).abs() > BOUND || (stated_exact - exact).abs() > BOUND {
            faults.push(line);
        }
    }
    assert!(faults.is_empty(), "off by more than {BOUND}:\n{}", faults.join("\n"));
}

fn say_if_not_of_most(row: &visits::Row, database: &Database) {
    let found = database.find(&visits::observation(row));
    let family = found.map(|found| visits::family(found.label));
    let share = family.and_then(|family| row.mix.get(family)).copied().unwrap_or(0.0);
    let highest = row.mix.values().copied().fold(0.0, f64::max);
    if share < highest {
        let says = found.map_or("unknown".into(), |found| found.label.to_string());
        let (records, mix) = (row.records, &row.mix_text);
        say(&format!("visits: {records}+ {}: {says} ({mix})", row.signature));
    }
}
