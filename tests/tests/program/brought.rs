//! What people bring: captures and databases as they really are, and the program's word on each.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use stackprint::{LinkType, Timestamp};
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::one_host::syn;
use stackprint_tests::p0f;
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::program::{command, output};

/// A file for this test.
fn file(name: &str, octets: &[u8]) -> PathBuf {
    let path = p0f::temporary(name);
    fs::write(&path, octets).expect("a temporary file");
    path
}

fn run(arguments: &[&str]) -> Output {
    output(&mut command(arguments), b"")
}

fn stderr(ran: &Output) -> String {
    String::from_utf8(ran.stderr.clone()).expect("text")
}

fn records(ran: &Output) -> Vec<Value> {
    let lines = std::str::from_utf8(&ran.stdout).expect("text").lines();
    lines.map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn read(path: &Path, more: &[&str]) -> Output {
    let path = path.to_str().expect("a path");
    run(&[&["read", "-f", "ndjson", path], more].concat())
}

/// A capture of some SYNs.
fn syns(numbers: Range<u16>) -> Vec<u8> {
    let mut file = PcapFile::new(LinkType::ETHERNET);
    for number in numbers {
        let (frame, time): (FrameBuilder, Timestamp) = syn(number);
        file.push(time, &frame.build());
    }
    file.octets().to_vec()
}

#[test]
fn joined_captures_are_read_with_a_note() {
    let path = file("joined.pcap", &[syns(0..3), syns(3..5)].concat());
    let ran = read(&path, &[]);
    assert!(ran.status.success());
    let frames: Vec<_> = records(&ran).iter().map(|it| it["origin"]["frame"].as_u64()).collect();
    assert_eq!(frames, [1, 2, 3, 4, 5].map(Some));
    let at = syns(0..3).len();
    let note = format!(
        "note: 2 captures in one file, read one after the other (the second begins at offset {at})\n"
    );
    assert!(stderr(&ran).ends_with(&note), "{}", stderr(&ran));
    let ran = read(&file("one.pcap", &syns(0..3)), &[]);
    assert_eq!(stderr(&ran), "");
}

#[test]
fn zeros_behind_gzip_are_no_error() {
    let ran = run(&["read", "-f", "ndjson", "captures/format/gzip-zero-padded.pcap.gz"]);
    assert!(ran.status.success(), "{}", stderr(&ran));
    assert_eq!((stderr(&ran).as_str(), records(&ran).len()), ("", 2));
    let ran = run(&["read", "-f", "ndjson", "captures/format/joined-gzip.pcap.gz"]);
    assert!(ran.status.success() && stderr(&ran).contains("2 captures in one file"));
}

#[test]
fn other_formats_are_refused_by_name() {
    for (name, remedy) in [
        ("xz", "packed with xz: unpack it first (xz -dc)"),
        ("bzip2", "packed with bzip2: unpack it first (bzip2 -dc)"),
        ("lz4", "packed with lz4: unpack it first (lz4 -dc)"),
        ("snoop", "a capture of snoop: convert it first (editcap -F pcap IN OUT, of Wireshark)"),
        ("modified", "a modified pcap: convert it first (editcap -F pcap IN OUT, of Wireshark)"),
    ] {
        let path = format!("captures/broken/{name}.pcap");
        let ran = run(&["read", &path]);
        assert_eq!(ran.status.code(), Some(1));
        let message = format!("stackprint: {path}: not a pcap or pcapng capture, but {remedy}\n");
        assert_eq!(stderr(&ran), message);
    }
}

/// `make-dsb.py` of the cases: TLS secrets of 17 MiB before the first packet.
#[test]
fn a_large_block_before_the_first_packet_is_passed_over() {
    const SECRETS_LEN: usize = 17 << 20;
    let capture = fs::read("captures/format/pcapng.pcapng").expect("a capture");
    // Behind section header and interface description.
    let head = 28 + 20;
    let length = (SECRETS_LEN as u32 + 20).to_le_bytes();
    let mut large = capture[..head].to_vec();
    for part in [&0x0a_u32.to_le_bytes(), &length, b"KSLT", &(SECRETS_LEN as u32).to_le_bytes()] {
        large.extend(part);
    }
    large.resize(large.len() + SECRETS_LEN, b'a');
    large.extend(length);
    large.extend(&capture[head..]);
    let ran = read(&file("secrets.pcapng", &large), &[]);
    assert_eq!((stderr(&ran).as_str(), records(&ran).len()), ("", 2));
}

/// Records beyond the snapshot length are cut to it in both formats, and the summary counts them.
#[test]
fn one_rule_for_snapshot_lengths() {
    let said = |name: &str| {
        let ran = run(&["read", "--summary", &format!("captures/broken/{name}")]);
        assert!(ran.status.success());
        stderr(&ran).lines().find(|line| line.starts_with("skipped")).map(str::to_owned)
    };
    let pcap = said("pcap-beyond-snap-length.pcap");
    assert_eq!(pcap.as_deref(), Some("skipped    cut_short 3"));
    assert_eq!(said("pcapng-beyond-snap-length.pcapng"), pcap);
}

#[test]
fn the_summary_names_what_was_not_opened() {
    let mut capture = PcapFile::new(LinkType::ETHERNET);
    let (tcp, time) = syn(0);
    let inside = tcp.build();
    for number in 0..1200_u16 {
        // The frame in UDP, to a port that nobody knows.
        let length = (20 + 8 + inside.len()) as u16;
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
        frame.extend(length.to_be_bytes());
        frame.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
        frame.extend((40_000 + number % 7).to_be_bytes());
        frame.extend(37_009_u16.to_be_bytes());
        frame.extend((length - 20).to_be_bytes());
        frame.extend([0, 0]);
        frame.extend(&inside);
        capture.push(time, &frame);
    }
    let mut arp = vec![0xff; 12];
    arp.extend([0x08, 0x06]);
    arp.resize(60, 0);
    capture.push(time, &arp);
    let ran = read(&file("mirror.pcap", capture.octets()), &["--summary"]);
    assert!(ran.stdout.is_empty());
    let expected = "not opened UDP 37009: 1200 frames, EtherType 0x0806 (ARP): 1 frame\n";
    assert!(stderr(&ran).ends_with(expected), "{}", stderr(&ran));
    // Nothing of the kind where all was opened.
    let ran = read(&file("opened.pcap", &syns(0..3)), &["--summary"]);
    assert!(!stderr(&ran).contains("not opened"), "{}", stderr(&ran));
}

/// Every subframe has its record.
#[test]
fn aggregates_have_a_record_for_each_subframe() {
    let ran = run(&["read", "-f", "ndjson", "captures/link/amsdu.pcap"]);
    let kinds: Vec<_> =
        records(&ran).iter().map(|it| it["kind"].as_str().map(str::to_owned)).collect();
    let kinds: Vec<_> = kinds.iter().flatten().map(String::as_str).collect();
    assert_eq!(kinds, ["syn", "syn_ack", "syn", "syn_ack"]);
}

const SIGNATURE: &str = "*:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";

fn database(end: &str) -> String {
    let lines =
        ["; a comment", "classes = unix", "[tcp:request]", "label = s:unix:Linux:x", "sig = "];
    lines.join(end) + SIGNATURE + end
}

const QUESTION: &str = "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";

fn lookup(path: &Path) -> Output {
    run(&["db", "lookup", "-d", path.to_str().expect("a path"), QUESTION])
}

/// One of each kind of public variants of p0f.fp.
#[test]
fn databases_are_read_as_they_are_written() {
    let mark = "\u{feff}";
    let fork = "[ssl:request]\nlabel = s:!:x:y\nsig = 3.1:a,b:c:d\n;@ candidates x=2\n";
    for (name, text) in [
        ("lf", database("\n")),
        ("crlf", database("\r\n")),
        ("cr", database("\r")),
        ("mark", mark.to_owned() + &database("\n")),
        ("mark-crlf", mark.to_owned() + &database("\r\n")),
        ("mixed", database("\n").replacen('\n', "\r\n", 2)),
        ("no-end", database("\n").trim_end().to_owned()),
    ] {
        let ran = lookup(&file(&format!("{name}.fp"), text.as_bytes()));
        assert!(ran.status.success(), "{name}: {}", stderr(&ran));
        assert_eq!(records(&ran)[0]["os"]["name"], "Linux", "{name}");
        assert_eq!(stderr(&ran), "", "{name}");
    }
    // Comments in another encoding.
    let latin = [b"; \xe4\xf6\xfc\n", database("\n").as_bytes()].concat();
    assert!(lookup(&file("latin.fp", &latin)).status.success());
    // Sections of forks.
    for end in ["\n", "\r\n"] {
        let path = file("fork.fp", (database(end) + &fork.replace('\n', end)).as_bytes());
        let ran = lookup(&path);
        assert_eq!(records(&ran)[0]["os"]["name"], "Linux");
        let warning = format!(
            "stackprint: {}:6: warning: section [ssl:request] is passed over: p0f 3.09b does not know it\n",
            path.display()
        );
        assert_eq!(stderr(&ran), warning);
    }
    let path = file("first.fp", (fork.to_owned() + &database("\n")).as_bytes());
    assert_eq!(lookup(&path).status.code(), Some(1), "classes come before all sections");
}

#[test]
fn what_is_no_database_is_refused_by_name() {
    let utf_16: Vec<u8> = database("\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nothing = "no signature of SYNs or SYN+ACKs in it: every system would be unknown";
    let older =
        "expected the syntax of p0f 3; this is a line of p0f 2, which says too little to be read";
    for (name, octets, message) in [
        ("empty.fp", Vec::new(), nothing),
        ("comment.fp", b"; nothing\n".to_vec(), nothing),
        ("mtu.fp", b"[mtu]\nlabel = Ethernet\nsig = 1500\n".to_vec(), nothing),
        ("fork-only.fp", b"[ssl:request]\nlabel = s:!:x:y\nsig = 3.1:a:b:c\n".to_vec(), nothing),
        ("old.fp", b";\nS4:64:1:60:M*,S,T,N,W0:.:Linux:2.4\n".to_vec(), older),
        ("older.fp", b"65535:128:1:48:M*,N,N,S:.:Windows:XP SP1\n".to_vec(), older),
        ("any.fp", b"*:64:0:44:M*:Z:@Whatever:x\n".to_vec(), older),
        ("utf16.fp", utf_16.clone(), "text in UTF-16: convert it to UTF-8 first"),
        ("utf16-mark.fp", [b"\xff\xfe".to_vec(), utf_16].concat(), "text in UTF-16"),
    ] {
        let path = file(name, &octets);
        let ran = lookup(&path);
        assert_eq!(ran.status.code(), Some(1), "{name}");
        assert!(stderr(&ran).contains(message), "{name}: {}", stderr(&ran));
        let checked = output(&mut command(&["db", "check", path.to_str().unwrap()]), b"");
        assert_eq!(checked.status.code(), Some(1), "db check {name}");
    }
}

#[test]
fn a_byte_order_mark_before_json_is_passed_over() {
    let frame = "RQAAPBI0QABABjxRwAACAcYzZAKcQAG7AAAQAAAAAACgAvrwstsAAAIEBbQEAggKAAAAAQAAAAABAwMH";
    let line = format!("{{\"ts\":1,\"link_type\":\"RAW\",\"data\":\"{frame}\"}}\n");
    let mark = "\u{feff}";
    let list = format!("[\n{}]\n", line.trim_end());
    for (name, text) in [
        ("bom.json", format!("{mark}{line}")),
        ("bom-twice.json", format!("{mark}{line}{line}")),
        ("bom-list.json", format!("{mark}{list}")),
        ("bom-no-end.json", format!("{mark}{}", line.trim_end())),
    ] {
        let ran = read(&file(name, text.as_bytes()), &[]);
        assert_eq!(stderr(&ran), "", "{name}");
        assert_eq!(records(&ran)[0]["kind"], "syn", "{name}");
    }
    let utf_16: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [b"\xff\xfe".to_vec(), utf_16.clone()].concat();
    for octets in [utf_16, with_mark] {
        for more in [&[][..], &["--input-format", "json"]] {
            let ran = read(&file("utf16.json", &octets), more);
            assert_eq!(ran.status.code(), Some(1));
            assert!(
                stderr(&ran).contains("text in UTF-16: convert it to UTF-8 first"),
                "{}",
                stderr(&ran)
            );
        }
    }
}

#[test]
fn a_window_is_told_as_it_is_written() {
    let ask = |question: &str| records(&run(&["db", "lookup", question]))[0].clone();
    let answer = ask("4:64+0:0:1460:64240,7:mss,sok,ts,nop,ws:df,id+:0");
    let error = "column 15: expected a window that these fields allow, such as 65535,7 or mss*44,7; \
                 with these fields this window is mss*44";
    assert_eq!(answer["error"], error);
    let mtu = ask("4:128+0:0:1460:64500,8:mss,nop,ws,nop,nop,sok:df,id+:0");
    assert!(mtu["error"].as_str().expect("an error").ends_with("this window is mtu*43"), "{mtu}");
    let other = ask("4:64+0:0:1460:what,7:mss,sok,ts,nop,ws:df,id+:0");
    assert!(other["error"].as_str().expect("an error").ends_with("or mss*44,7"), "{other}");
    assert_eq!(ask("4:64+0:0:1460:65535,7:mss,sok,ts,nop,ws:df,id+:0")["error"], Value::Null);
}

#[test]
fn captures_to_learn_from_may_have_any_name() {
    for name in ["a=b.pcap", "x=s:y.pcap", "=.pcap"] {
        let path = file(name, &syns(0..3));
        for label in ["s:unix:Linux:", "s:unix:Linux:a=b"] {
            let said = format!("{}={label}", path.display());
            let ran = run(&["db", "learn", &said]);
            assert!(ran.status.success(), "{said}: {}", stderr(&ran));
            let text = String::from_utf8(ran.stdout).expect("text");
            assert!(text.contains(&format!("label = {label}\n")), "{said}: {text}");
        }
    }
}

/// A name that would colour a terminal, ring its bell or move its cursor.
#[test]
fn control_characters_of_names_are_written_out() {
    let name = "\u{1b}[31mred\u{7}\u{9b}2J\r\n.pcap";
    let shown = "\\u{1b}[31mred\\u{7}\\u{9b}2J\\u{d}\\u{a}.pcap";
    let is_clean = |text: &str| !text.chars().any(|it| it.is_control() && it != '\n');
    let capture = file(name, b"no capture");
    let path = capture.to_str().expect("a path");
    let missing = format!("{path}-missing");
    let as_output = format!("{path}/none");
    let label = format!("{path}=s:unix:Linux:");
    for arguments in [
        &["read", path][..],
        &["read", &missing],
        &["read", "-d", path, "captures/recorded/default.pcap"],
        &["read", "-d", &missing, "captures/recorded/default.pcap"],
        &["read", "-o", &as_output, "captures/recorded/default.pcap"],
        &["db", "check", path],
        &["db", "check", &missing],
        &["db", "explain", "--frame", "1", path],
        &["db", "learn", &label],
    ] {
        let ran = run(arguments);
        let said = stderr(&ran) + &String::from_utf8_lossy(&ran.stdout);
        assert!(said.contains(shown), "{arguments:?}: {said:?}");
        assert!(is_clean(&said), "{arguments:?}: {said:?}");
    }
    // Comments of proposals hold names, too.
    let good = file(name, &syns(0..3));
    let ran =
        run(&["db", "learn", "--unknown", "-d", "databases/none.fp", good.to_str().expect("it")]);
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &stderr(&ran);
    assert!(is_clean(&said), "{said:?}");
    // Records have the name as it is.
    let ran = read(&good, &[]);
    assert_eq!(records(&ran)[0]["origin"]["file"], good.to_str().expect("a path"));
}
