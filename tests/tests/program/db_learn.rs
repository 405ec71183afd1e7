//! `db learn`: what it proposes from some recordings of several stacks is tried on others of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stackprint_tests::program::{command, output};
use stackprint_tests::{p0f, require, say};

const GUEST: &str = "192.0.2.15,2001:db8::5054:ff:fe12:3456";
const LINUX_6_1: &str = "s:unix:Linux:6.1";
const LINUX_6_18: &str = "s:unix:Linux:6.18";
const LIBSLIRP: &str = "s:other:libslirp:4.7";
const IPXE: &str = "s:other:iPXE:";
const SMOLTCP: &str = "s:other:smoltcp:";

/// Captures, whose packets are meant, and the stack: one half to learn from …
const LEARNED: [(&str, &str, &str); 8] = [
    ("guests/linux-a.pcap", GUEST, LINUX_6_1),
    ("guests/linux-a.pcap", "192.0.2.2,2001:db8::2", LIBSLIRP),
    ("guests/ipxe-a.pcap", GUEST, IPXE),
    ("guests/ipxe-a.pcap", "192.0.2.2", LIBSLIRP),
    ("tools/smoltcp.pcap", "", SMOLTCP),
    ("default.pcap", "", LINUX_6_18),
    ("ipv6.pcap", "", LINUX_6_18),
    ("mtu-1400.pcap", "", LINUX_6_18),
];
/// … and the other to try it on.
const TRIED: [(&str, &str, &str); 7] = [
    ("guests/linux-b.pcap", GUEST, LINUX_6_1),
    ("guests/linux-b.pcap", "192.0.2.2,2001:db8::2", LIBSLIRP),
    ("guests/ipxe-b.pcap", GUEST, IPXE),
    ("guests/ipxe-b.pcap", "192.0.2.2", LIBSLIRP),
    ("curl.pcap", "", LINUX_6_18),
    ("nanoseconds.pcap", "", LINUX_6_18),
    ("dumpcap.pcapng", "", LINUX_6_18),
];

fn capture(name: &str) -> String {
    format!("captures/recorded/{name}")
}

fn good(args: &[&str]) -> String {
    let ran = output(&mut command(args), b"");
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!((said.as_str(), ran.status.code()), ("", Some(0)), "{args:?}");
    String::from_utf8(ran.stdout).expect("text")
}

fn learn(of: &[(&str, &str, &str)]) -> String {
    let pairs = of.iter().map(|(name, addresses, label)| {
        let at = if addresses.is_empty() { "" } else { "@" };
        format!("{}={label}{at}{addresses}", capture(name))
    });
    let pairs: Vec<_> = pairs.collect();
    let mut args = vec!["db", "learn"];
    args.extend(pairs.iter().map(String::as_str));
    good(&args)
}

fn write(name: &str, text: &str) -> PathBuf {
    let path = p0f::temporary(name);
    fs::write(&path, text).expect("a temporary file");
    path
}

/// SYN and SYN+ACK records of a capture.
fn handshakes(name: &str, database: &Path) -> Vec<Value> {
    let database = database.to_str().expect("a path");
    let text =
        good(&["read", "-f", "ndjson", "--layers", "tcp", "--database", database, &capture(name)]);
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    records.filter(|record| record["kind"] != "uptime").collect()
}

fn subject(record: &Value) -> &str {
    let side = record["subject"].as_str().expect("a side");
    record[side]["ip"].as_str().expect("an address")
}

#[test]
fn what_is_learned_of_one_half_tells_the_other() {
    let text = learn(&LEARNED);
    say(&text);
    let file = write("learned.fp", &text);
    let path = file.to_str().expect("a path");
    assert!(good(&["db", "check", path]).contains(": ok, "), "{text}");
    if let Some(refusal) = require("p0f", p0f::refusal(&file)) {
        assert_eq!(refusal, None, "{text}");
    }
    let mut right: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (name, addresses, label) in TRIED {
        let all = handshakes(name, &file);
        let is_meant =
            |it: &&Value| addresses.is_empty() || addresses.split(',').any(|a| a == subject(it));
        let meant: Vec<_> = all.iter().filter(is_meant).collect();
        assert!(!meant.is_empty(), "{name}, {addresses}");
        for record in meant {
            assert_eq!(record["os"]["label"], label, "{record}");
            assert_eq!(record["os"]["match"], "exact", "{record}");
            *right.entry((label, record["kind"].to_string())).or_default() += 1;
        }
    }
    for ((label, kind), count) in &right {
        say(&format!("{label}, {kind}: {count} of the other half matched exactly"));
    }
    let stacks: BTreeSet<_> = right.keys().map(|(label, _)| *label).collect();
    assert_eq!(stacks, BTreeSet::from([LINUX_6_1, LINUX_6_18, LIBSLIRP, IPXE]));
}

/// The evidence that stands beside each signature is what the captures hold.
#[test]
fn support_and_purity_are_written_down() {
    let text = learn(&LEARNED);
    let signatures = text.lines().filter(|line| line.starts_with("sig")).count();
    let evidence: Vec<_> = text.lines().filter(|line| line.starts_with(";= learned, ")).collect();
    assert_eq!(signatures, evidence.len(), "{text}");
    assert!(evidence.iter().all(|line| line.ends_with(", purity 100 %")), "{text}");
    let packets = evidence.iter().map(|line| {
        let words = line.split(", ").nth(2).expect("how many");
        words.split(' ').next().and_then(|it| it.parse::<usize>().ok()).expect("a number")
    });
    let empty = write(
        "empty.fp",
        "classes = other\n[tcp:request]\nlabel = s:other:Nobody:\nsig = *:1:0:1:1,0:mss::0\n",
    );
    let files: BTreeSet<_> = LEARNED.iter().map(|(name, ..)| *name).collect();
    let seen: usize = files.iter().map(|name| handshakes(name, &empty).len()).sum();
    assert_eq!(packets.sum::<usize>(), seen, "each packet fits one signature\n{text}");
}

/// Two labels for one stack: nobody's, unless most of what looks so is one's.
#[test]
fn what_two_labels_share_is_said_and_not_proposed() {
    let one = format!("{}=s:unix:One:", capture("curl.pcap"));
    let two = format!("{}=s:unix:Two:", capture("default.pcap"));
    let text = good(&["db", "learn", &one, &two]);
    assert!(!text.contains("\nsig"), "{text}");
    let shared = ";   4:64:0:1460:mss*44,10:mss,sok,ts,nop,ws:df,id+:0: s:unix:One: (1 packet), \
                  s:unix:Two: (1 packet)\n";
    assert!(text.contains(shared), "{text}");

    let three = format!("{}=s:unix:Two:", capture("nanoseconds.pcap"));
    let text = good(&["db", "learn", "--purity", "0.6", &one, &two, &three]);
    assert!(text.contains("label = s:unix:Two:\n"), "{text}");
    assert!(!text.contains("label = s:unix:One:"), "{text}");
    assert!(text.contains(", 2 packets of 1 host in 2 captures, purity 67 %\n"), "{text}");
}

#[test]
fn captures_may_stand_in_a_list() {
    let list = format!("# a comment\n\n{}=s:!:Tool:\n", capture("tools/masscan.pcap"));
    let list = write("list", &list);
    let text = good(&["db", "learn", "--list", list.to_str().expect("a path")]);
    assert!(text.contains("label = s:!:Tool:\n") && text.contains("\nsys   = @other\n"), "{text}");
    let file = write("tool.fp", &text);
    assert!(good(&["db", "check", file.to_str().expect("a path")]).contains(": ok, "), "{text}");
    for wrong in ["captures/recorded/default.pcap", "x=Linux", "x=s:unix:", "x=q:unix:Linux:"] {
        let ran = output(&mut command(&["db", "learn", wrong]), b"");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(1), "{wrong}");
        assert!(
            said.contains("expected FILE=LABEL") || said.contains("expected a label"),
            "{said}"
        );
    }
}

/// What nothing fits, the most frequent first; put into a file, nothing is unknown any more.
#[test]
fn what_is_unknown_comes_ready_to_paste() {
    let none = write("none.fp", "classes = other\n[tcp:request]\n");
    let files = [capture("guests/linux-a.pcap"), capture("guests/ipxe-a.pcap")];
    let none = none.to_str().expect("a path");
    let text = good(&["db", "learn", "--unknown", "--database", none, &files[0], &files[1]]);
    let counts: Vec<usize> = text
        .lines()
        .take_while(|line| *line != "[tcp:response]")
        .filter_map(|line| line.strip_prefix(";= unknown, ")?.split(", ").nth(1))
        .map(|words| words.split(' ').next().expect("a number").parse().expect("a number"))
        .collect();
    assert!(counts.len() > 3 && counts.is_sorted_by(|a, b| a >= b), "{text}");
    let ipxe = ", 1 packet of 1 host in 1 capture, such as frame 1 of \
                captures/recorded/guests/ipxe-a.pcap from 192.0.2.15\n\
                sig   = 4:64:0:1460:mtu*43,9:nop,nop,ts,nop,nop,sok,nop,ws,mss::0\n";
    assert!(text.contains(ipxe), "{text}");
    let file = write("unknown.fp", &text);
    assert!(good(&["db", "check", file.to_str().expect("a path")]).contains(": ok, "), "{text}");
    if let Some(refusal) = require("p0f", p0f::refusal(&file)) {
        assert_eq!(refusal, None, "{text}");
    }
    let path = file.to_str().expect("a path");
    let rest = good(&["db", "learn", "--unknown", "--database", path, &files[0], &files[1]]);
    assert!(!rest.contains("\nsig"), "{rest}");
}

/// The commands of "How to add a signature", as they stand in the documentation.
#[test]
fn the_walk_through_runs() {
    if require("p0f", Path::new(p0f::DATABASE).exists().then_some(())).is_none() {
        return;
    }
    let page = fs::read_to_string("../docs/signatures.md").expect("the page");
    let section = page.split("## How to add a signature").nth(1).expect("the section");
    let commands = section.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    let commands = commands.expect("commands");
    let folder = p0f::temporary("walk");
    fs::create_dir_all(&folder).expect("a temporary folder");
    let root = fs::canonicalize("..").expect("the repository");
    for name in ["tests", "core"] {
        let _ = fs::remove_file(folder.join(name));
        std::os::unix::fs::symlink(root.join(name), folder.join(name)).expect("a link");
    }
    let program = stackprint_tests::program::program().canonicalize().expect("the program");
    let head = format!(
        "set -eu\nPATH=$PATH:/usr/sbin\nstackprint() {{ '{}' \"$@\"; }}\n",
        program.display()
    );
    let mut shell = std::process::Command::new("bash");
    let ran = shell.arg("-c").arg(head + commands).current_dir(&folder).output().expect("bash");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    for words in
        ["label = s:other:Unknown:1", "matches    s:other:iPXE:", ": ok, ", "os         iPXE"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// What a program asks for is set aside before a signature is looked for: none is learned with it.
#[test]
fn options_of_programs_are_not_learned() {
    let of = |name: &str| format!("{}=s:unix:Linux:", capture(name));
    let text = good(&["db", "learn", &of("default.pcap"), &of("fast-open-mptcp.pcap")]);
    assert!(text.contains("\n; Left out: 4 packets with TCP options that a program"), "{text}");
    let signatures: Vec<_> = text.lines().filter(|line| line.starts_with("sig")).collect();
    assert!(signatures.len() == 2 && !text.contains('?'), "{text}");
}
