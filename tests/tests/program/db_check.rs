//! `db check` finds every kind of fault, and says rightly which of them p0f refuses.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;
use stackprint::http::Kind;
use stackprint::{Compat, Database, Direction, FaultKind, Observation, Signature};
use stackprint_tests::program::{command, output};
use stackprint_tests::{p0f, require, say};

const PLANTED: &str = "databases/planted-faults.fp";

/// Line, kind and other line of a fault, and whether p0f refuses the file for it.
type Found = (u64, String, Option<u64>, bool);

/// What `db check` finds, and its exit status.
fn check(path: &str) -> (Vec<Found>, Option<i32>) {
    let ran = output(&mut command(&["db", "check", "--format", "ndjson", path]), b"");
    assert!(ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = String::from_utf8(ran.stdout).expect("JSON");
    let found = text.lines().map(|line| {
        let fault: Value = serde_json::from_str(line).expect(line);
        assert_eq!(fault["file"], path);
        assert!(fault["column"].as_u64().expect("a column") > 0);
        (
            fault["line"].as_u64().expect("a line"),
            fault["kind"].as_str().expect("a kind").to_owned(),
            fault["other_line"].as_u64(),
            fault["p0f_refuses"].as_bool().expect("whether p0f refuses"),
        )
    });
    (found.collect(), ran.status.code())
}

/// What a line of the file with planted faults says of itself: `; kind [OTHER LINE] [refused]` in
/// the line above, where OTHER LINE is relative.
fn planted(text: &str) -> Vec<Found> {
    let lines: Vec<_> = text.lines().collect();
    let noted = lines.iter().enumerate().filter_map(|(index, line)| {
        let mut words = line.strip_prefix("; fault: ")?.split_whitespace();
        let kind = words.next().expect("a kind").to_owned();
        let rest: Vec<_> = words.collect();
        let line = index as u64 + 2;
        let back = rest.iter().find_map(|word| word.parse::<u64>().ok());
        Some((line, kind, back.map(|back| line - back), rest.contains(&"refused")))
    });
    noted.collect()
}

#[test]
fn every_planted_fault_is_found_and_no_other() {
    let text = fs::read_to_string(PLANTED).expect("the file");
    let (found, status) = check(PLANTED);
    assert_eq!(found, planted(&text));
    assert_eq!(status, Some(1));
    let kinds: BTreeSet<_> = found.iter().map(|(_, kind, ..)| kind.as_str()).collect();
    let all = [
        "candidates",
        "covered",
        "duplicate",
        "empty_label",
        "evidence",
        "hidden",
        "overlap",
        "syntax",
        "unknown_class",
        "unreachable",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn text_names_file_line_and_column() {
    let ran = output(&mut command(&["db", "check", PLANTED]), b"");
    let text = String::from_utf8(ran.stdout).expect("text");
    let start = format!("{PLANTED}:");
    let is_fault = |line: &str| {
        let rest = line.strip_prefix(&start).expect(line);
        let mut numbers = rest.splitn(3, ':').take(2);
        numbers.all(|number| number.parse::<usize>().is_ok())
    };
    let (faults, summary): (Vec<_>, Vec<_>) = text.lines().partition(|line| is_fault(line));
    assert_eq!(faults.len(), check(PLANTED).0.len());
    let planted = fs::read_to_string(PLANTED).expect("the file");
    let count = planted.matches("; fault: ").count();
    assert!(summary.len() == 1 && summary[0].contains(&format!(": {count} faults, ")), "{text}");
}

/// p0f's own file has faults that it does not see itself: docs/signatures.md lists them.
#[test]
fn the_built_in_file_is_clean_and_debians_is_as_documented() {
    let (found, status) = check("../core/data/stackprint.fp");
    assert_eq!((found, status), (Vec::new(), Some(0)));
    if require("p0f", Path::new(p0f::DATABASE).exists().then_some(())).is_none() {
        return;
    }
    let (found, status) = check(p0f::DATABASE);
    let found: Vec<_> = found.iter().map(|it| (it.0, it.1.as_str(), it.2, it.3)).collect();
    let expected = [
        (198, "hidden", Some(177), false),
        (199, "hidden", Some(178), false),
        (204, "hidden", Some(184), false),
        (465, "duplicate", Some(440), false),
        (466, "duplicate", Some(441), false),
    ];
    assert_eq!((found.as_slice(), status), (&expected[..], Some(1)));
}

fn write(name: &str, text: &str) -> PathBuf {
    let path = p0f::temporary(name);
    fs::write(&path, text).expect("a temporary file");
    path
}

/// Each planted fault alone, with the lines that it needs: does p0f refuse that file?
#[test]
fn p0f_refuses_what_we_say() {
    let text = fs::read_to_string(PLANTED).expect("the file");
    let parts: Vec<_> = text.split("; ----\n").collect();
    let head = parts[0];
    let mut refused = 0;
    for part in &parts[1..] {
        let file = write("part.fp", &format!("{head}{part}"));
        let Some(line) = require("p0f", p0f::refusal(&file)) else { return };
        let (found, _) = check(file.to_str().expect("a path"));
        let ours = found.iter().filter(|fault| fault.3).map(|fault| fault.0 as usize).min();
        assert_eq!(ours, line, "{part}");
        refused += usize::from(line.is_some());
    }
    assert!(refused > 3);
}

/// Signatures for one layout, alike enough to get into each other's way.
fn similar() -> impl Strategy<Value = String> {
    let of = |words: &'static [&'static str]| proptest::sample::select(words);
    (
        of(&["*", "4", "6"]),
        of(&["64", "60", "32", "128", "64-"]),
        of(&["*", "1460", "1400"]),
        of(&["*", "65535", "mss*10", "mss*44", "mtu*4", "%1000", "14600", "64240", "8192"]),
        of(&["*", "0", "7"]),
        of(&["", "df", "df,id+", "flow", "ecn", "id-"]),
        of(&["*", "0", "+"]),
    )
        .prop_map(|(version, ttl, mss, window, scale, quirks, payload)| {
            // p0f eats a character behind a bad TTL's dash.
            let options = if ttl == "64-" { "00" } else { "0" };
            let fields = [version, ttl, options, mss, &format!("{window},{scale}")];
            format!("{}:mss,nop,ws:{quirks}:{payload}", fields.join(":"))
        })
        .prop_filter("no quirks that the version cannot show", |text| {
            text.parse::<Signature>().is_ok()
        })
}

/// A label of its own for each signature.
fn database_of(signatures: &[(String, bool)]) -> String {
    let mut text = "classes = u\n[tcp:request]\n".to_owned();
    for (number, (signature, is_generic)) in signatures.iter().enumerate() {
        let rank = if *is_generic { 'g' } else { 's' };
        text += &format!("label = {rank}:u:L{number}:\nsig = {signature}\n");
    }
    text
}

/// What packets may show that such signatures are for.
fn observations() -> impl Iterator<Item = Observation> {
    const WINDOWS: [&str; 8] =
        ["65535", "mss*10", "mss*44", "mtu*4", "8000", "8192", "12347", "14600"];
    let mut fields = vec![String::new()];
    let mut cross = |words: &[&str]| {
        let longer = |front: &String| {
            let front = front.clone();
            words.iter().map(move |word| format!("{front}{word}")).collect::<Vec<_>>()
        };
        fields = fields.iter().flat_map(longer).collect();
    };
    cross(&["4:", "6:"]);
    cross(&["64", "60", "45", "29", "28", "32", "20", "0", "128", "93"]);
    cross(&[":0:1460:", ":0:1400:", ":0:1337:", ":0:1452:"]);
    cross(&WINDOWS);
    cross(&[",0", ",7", ",3"]);
    cross(&[":mss,nop,ws:"]);
    cross(&["", "df", "df,id+", "flow", "ecn", "id-"]);
    cross(&[":0", ":+"]);
    let read = |text: String| Observation::parse(&text, Direction::Syn).ok();
    fields.into_iter().filter_map(read)
}

#[test]
fn the_observations_tried_are_many() {
    assert!(observations().count() > 10_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn p0f_refuses_the_same_random_files(
        signatures in proptest::collection::vec((similar(), any::<bool>()), 2..10),
    ) {
        let text = database_of(&signatures);
        let theirs = p0f::refusal(&write("random.fp", &text));
        if let Some(theirs) = require("p0f", theirs) {
            let database = Database::parse_with(&text, Compat::P0fExact).expect("a database");
            let faults = database.faults();
            let ours = faults.iter().find(|fault| fault.p0f_refuses).map(|fault| fault.line);
            prop_assert_eq!(ours, theirs, "{}", text);
        }
    }

    /// Hidden and duplicate signatures are never the answer, whatever comes; the others are, for
    /// some packet that fits them.
    #[test]
    fn what_is_hidden_is_never_the_answer(
        signatures in proptest::collection::vec((similar(), any::<bool>()), 2..10),
    ) {
        let text = database_of(&signatures).replace(":00:", ":0:");
        let database = Database::parse(&text).expect("a database");
        let faults = database.faults();
        let is_never = |kind| {
            matches!(kind, FaultKind::Hidden | FaultKind::Duplicate | FaultKind::Unreachable)
        };
        let never = |line| faults.iter().any(|it| it.line == line && is_never(it.kind));
        let answers: BTreeSet<usize> = observations()
            .filter_map(|seen| database.find(&seen).filter(|it| !it.fuzzy).map(|it| it.line))
            .collect();
        for (_, found) in database.signatures() {
            if answers.contains(&found.line) {
                prop_assert!(!never(found.line), "line {}\n{}", found.line, text);
            }
        }
        for fault in &faults {
            if let Some(example) = fault.example {
                let other = database.find(&example).map(|it| it.line);
                prop_assert_ne!(other, Some(fault.line), "{:?}\n{}", fault, text);
            }
        }
    }
}

#[test]
fn the_check_is_quick() {
    let start = std::time::Instant::now();
    assert_eq!(Database::builtin().faults(), []);
    say(&format!("the built-in database is checked in {:?}", start.elapsed()));
}

fn good(args: &[&str]) -> String {
    let ran = output(&mut command(args), b"");
    assert_eq!((ran.stderr.as_slice(), ran.status.code()), (&b""[..], Some(0)), "{args:?}");
    String::from_utf8(ran.stdout).expect("text")
}

#[test]
fn labels_are_listed_by_word() {
    let rows = good(&["db", "list", "--format", "ndjson", "ChromeOS", "recorded", "ecn.pcap"]);
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let rows: Vec<_> = rows.collect();
    assert!(!rows.is_empty());
    for row in &rows {
        assert_eq!(
            (&row["class"], &row["rank"], &row["direction"]),
            (&"unix".into(), &"specific".into(), &"syn".into())
        );
        assert_eq!(row["candidates"][1]["name"], "ChromeOS");
        assert_eq!(row["quality"], 0.88);
        assert!(row["evidence"][0].as_str().expect("evidence").contains("ecn.pcap"));
        let line = row["line"].as_u64().expect("a line") as usize;
        let written = Database::BUILTIN_TEXT.lines().nth(line - 1).expect("a line");
        assert!(written.ends_with(row["signature"].as_str().expect("a signature")), "{written}");
    }
    let all = good(&["db", "list", "-f", "ndjson"]).lines().count();
    let database = Database::builtin();
    let http = [Kind::Request, Kind::Response].map(|kind| database.http().count(kind));
    let systems = database.http().systems().count();
    assert_eq!(all, database.signatures().count() + http[0] + http[1] + systems);
    let text = good(&["db", "list", "ChromeOS", "ecn.pcap"]);
    assert!(
        text.starts_with("Linux 4.19 or newer  (specific, unix, quality 0.88, line "),
        "{text}"
    );
    assert!(text.contains("  likely  Linux 0.87, ChromeOS 0.13\n  recorded, "), "{text}");
    assert_eq!(good(&["db", "list", "no such thing"]), "");
}

/// A signature, the frame that it is of in hexadecimal, and in its capture, are one thing.
#[test]
fn signatures_and_frames_are_explained() {
    const CAPTURE: &str = "captures/recorded/6-mib.pcap";
    const PCAP_HEADERS: std::ops::Range<usize> = 24..40;
    let octets = fs::read(CAPTURE).expect("a capture");
    let length = u32::from_le_bytes(octets[32..36].try_into().expect("4 octets")) as usize;
    let frame: String =
        octets[PCAP_HEADERS.end..][..length].iter().map(|octet| format!("{octet:02x}")).collect();
    let of_frame = good(&["db", "explain", &frame]);
    let of_file = good(&["db", "explain", "--frame", "1", CAPTURE]);
    let signature = of_frame.lines().next().expect("a signature");
    assert_eq!(signature, "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0");
    let of_signature = good(&["db", "explain", signature]);
    assert_eq!(of_frame, of_file);
    assert_eq!(of_frame, of_signature);
    for words in [
        "a SYN: what a client opens a connection with",
        "64240 bytes, 44 × the MSS",
        "later windows count 128 bytes each",
        "matches    s:unix:Linux:4.19 or newer",
        "likely     Linux 0.87, ChromeOS 0.13",
    ] {
        assert!(of_frame.contains(words), "{words}: {of_frame}");
    }
    let with_options = good(&["db", "explain", "--frame", "1", "captures/recorded/mptcp.pcap"]);
    assert!(with_options.contains("\nset aside  mptcp: a program"), "{with_options}");
    assert!(!with_options.contains("differs"), "{with_options}");
    let syn_ack = good(&["db", "explain", "--frame", "2", CAPTURE]);
    assert!(syn_ack.contains("a SYN+ACK: what a server answers"), "{syn_ack}");
    let pattern = good(&["db", "explain", "*:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0"]);
    assert!(pattern.contains("sent with TTL 128") && pattern.contains("Windows:10 or newer"));

    // With tolerances: as if from farther away than packets come.
    let far = good(&["db", "explain", "4:20+12:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0"]);
    assert!(far.contains("differs    ttl: 20 where the signature asks for 64"), "{far}");
    for (args, status, words) in [
        (&["db", "explain", "4:64+0:0:9:9,9:?77:bad:+"][..], 1, "nothing in the database"),
        (&["db", "explain", "--frame", "99", CAPTURE], 1, "there is no frame 99"),
        (&["db", "explain", "--frame", "3", CAPTURE], 1, "no SYN or SYN+ACK"),
        (&["db", "explain", "what"], 1, "expected eight fields"),
    ] {
        let ran = output(&mut command(args), b"");
        let said = [ran.stdout, ran.stderr].concat();
        let said = String::from_utf8(said).expect("text");
        assert!(said.contains(words) && ran.status.code() == Some(status), "{args:?}: {said}");
    }
}
