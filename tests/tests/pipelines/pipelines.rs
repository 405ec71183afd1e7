//! stackprint in the pipelines of others, with the configurations of `docs/pipelines`.
//! `docs/pipelines.md` tells which of them are run here, and which only looked at.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use stackprint::{Analyzer, Database, Frame};
use stackprint_tests::daemon::{self, Daemon};
use stackprint_tests::program::{command, output, program};
use stackprint_tests::{eve, input, require, say};
use yaml_rust2::YamlLoader;

const MESSAGES: u32 = 10_000;

fn json(line: &str) -> Value {
    serde_json::from_str(line).expect(line)
}

/// Every third message has no packet.
fn has_packet(number: u32) -> bool {
    number % 3 != 2
}

fn message(number: u32) -> String {
    if has_packet(number) { eve::syn_line(number) } else { eve::line_without_packet(number.into()) }
}

/// Whether the message has come through, and whether it was enriched.
fn check_message(line: &str, number: u32) -> bool {
    let event = json(line);
    assert_eq!(event["flow_id"], number, "in order");
    let found = event.get("stackprint");
    match found {
        Some(found) => {
            assert!(has_packet(number), "{line}");
            assert_eq!(found["client"]["ip"], eve::client(number).to_string(), "{line}");
            assert_eq!(found["os"]["name"], "Linux", "{line}");
        }
        None => assert!(event.as_object().expect("an object").len() > 3, "{line}"),
    }
    found.is_some()
}

#[test]
fn rsyslog_enriches_all_messages_in_order() {
    let Some(root) = require("rsyslog", daemon::root()) else { return };
    let directory = tempdir("rsyslog");
    let port = daemon::free_port();
    let changes = [(r#"port="5514""#, &*format!("port=\"{port}\""))];
    let configuration = daemon::configuration("rsyslog.conf", &directory, &changes);
    let rsyslog = Daemon::rsyslog(&root, &configuration, &directory);
    let mut stream = daemon::connect(port);
    send(&mut stream, 0..MESSAGES);
    let lines = daemon::lines(&directory.join("enriched.ndjson"), MESSAGES as usize);
    assert_eq!(lines.len(), MESSAGES as usize);
    for (line, number) in lines.iter().zip(0..) {
        assert_eq!(check_message(line, number), has_packet(number), "{line}");
    }
    assert_eq!(rsyslog.coprocesses().len(), 1);
    drop(rsyslog);
    daemon::wait_for("orderly end", || {
        let log = fs::read_to_string(directory.join("stackprint.log")).unwrap_or_default();
        log.contains(&format!(" {MESSAGES} records: 6667 changed, 0 with a packet that cannot be"))
    });
}

/// rsyslog promises that every message goes on, enriched or not; it waits for one answer at a time,
/// so that no more than one goes on without.
#[test]
fn rsyslog_survives_the_end_of_its_coprocess() {
    const KILLS: u32 = 3;
    let Some(root) = require("rsyslog", daemon::root()) else { return };
    let directory = tempdir("rsyslog-kill");
    let port = daemon::free_port();
    let changes = [(r#"port="5514""#, &*format!("port=\"{port}\""))];
    let configuration = daemon::configuration("rsyslog.conf", &directory, &changes);
    let rsyslog = Daemon::rsyslog(&root, &configuration, &directory);
    let enriched = directory.join("enriched.ndjson");
    let mut stream = daemon::connect(port);
    let mut sent = 0;
    for kill in 1..=KILLS {
        let until = MESSAGES * kill / (KILLS + 1);
        send(&mut stream, sent..until);
        sent = until;
        // In the middle of these messages, or behind them.
        let _ = daemon::lines(&enriched, sent as usize - 1000);
        let coprocesses = rsyslog.coprocesses();
        assert_eq!(coprocesses.len(), 1);
        let killed = coprocesses[0].to_string();
        assert!(
            Command::new("kill").args(["-s", "KILL", &killed]).status().expect("kill").success()
        );
    }
    send(&mut stream, sent..MESSAGES);
    let lines = daemon::lines(&enriched, MESSAGES as usize);
    assert_eq!(lines.len(), MESSAGES as usize);
    let without = lines
        .iter()
        .zip(0..)
        .filter(|(line, number)| check_message(line, *number) != has_packet(*number))
        .count();
    say(&format!("{MESSAGES} messages, {KILLS} kills: {without} went on without findings"));
    assert!(without <= KILLS as usize, "{without}");
}

fn send(stream: &mut std::net::TcpStream, numbers: std::ops::Range<u32>) {
    let messages: String = numbers
        .map(|number| {
            format!("<134>1 2023-11-14T22:13:20Z host suricata - - - {}\n", message(number))
        })
        .collect();
    stream.write_all(messages.as_bytes()).expect("rsyslog reads");
}

#[test]
fn syslog_ng_reads_records_and_feeds_a_coprocess() {
    let Some(root) = require("syslog-ng", daemon::root()) else { return };
    let directory = tempdir("syslog-ng");
    let port = daemon::free_port();
    let capture = own_capture("recorded/web-clients.pcap");
    let expected = records(&["--input-format", "pcap", &capture], b"");
    let read = format!("read {capture} --origin none --format ndjson");
    let changes =
        [("port(5515)", &*format!("port({port})")), ("live -i eth0 --format ndjson", &*read)];
    let configuration = daemon::configuration("syslog-ng.conf", &directory, &changes);
    let _syslog_ng = Daemon::syslog_ng(&root, &configuration, &directory);

    let read = daemon::lines(&directory.join("records.ndjson"), expected.len());
    for (line, record) in read.iter().zip(&expected) {
        let (line, record) = (json(line), json(record));
        for pointer in ["/kind", "/time", "/signature", "/client/ip", "/os/name"] {
            assert_eq!(line.pointer(pointer), record.pointer(pointer), "{line}");
        }
        // Texts, in this version.
        assert_eq!(line["client"]["port"], record["client"]["port"].to_string());
    }

    let mut stream = daemon::connect(port);
    let messages: String = (0..1000).map(|number| message(number) + "\n").collect();
    stream.write_all(messages.as_bytes()).expect("syslog-ng reads");
    let lines = daemon::lines(&directory.join("enriched.ndjson"), 1000);
    assert_eq!(lines.len(), 1000);
    for (line, number) in lines.iter().zip(0..) {
        assert_eq!(check_message(line, number), has_packet(number), "{line}");
    }
}

/// Records of the program, without their origins.
fn records(args: &[&str], stdin: &[u8]) -> Vec<String> {
    let args = [&["read", "--origin", "none", "--format", "ndjson"], args].concat();
    let ran = output(&mut command(&args), stdin);
    // A damaged capture is read up to the damage.
    String::from_utf8(ran.stdout).expect("text").lines().map(str::to_owned).collect()
}

/// Each frame up to the end or the damage.
fn frames(octets: &[u8], mut each: impl FnMut(&Frame<'_>, u64)) {
    let _ = input::decode(octets, |captured| each(&captured.frame, captured.number));
}

/// The largest capture of which EVE is made here.
const MAX_CAPTURE_OCTETS: usize = 200_000;

#[test]
fn eve_gives_the_records_of_the_capture() {
    let (mut captures, mut compared) = (0, 0);
    for capture in input::all() {
        if capture.octets.len() > MAX_CAPTURE_OCTETS {
            continue;
        }
        // One file for all that is read by one memory, as a sensor writes it.
        let mut analyzer = Analyzer::new(&Database::builtin());
        let mut expected = Vec::new();
        let mut lines = String::new();
        frames(&capture.octets, |frame, number| {
            if frame.data.is_empty() {
                return;
            }
            lines += &(eve::line(frame, number) + "\n");
            lines += &(eve::line_without_packet(number) + "\r\n");
            let frame = frame.at(eve::time_of(frame));
            analyzer.session().analyze_all(&frame, |result| {
                let Ok(Some(record)) = result else { return };
                let mut line = Vec::new();
                record.write_json(None, &mut line);
                expected.push(String::from_utf8(line).expect("text"));
            });
        });
        if expected.is_empty() || lines.is_empty() {
            continue;
        }
        let read = records(&["--input-format", "eve"], lines.as_bytes());
        assert_eq!(read, expected, "{}", capture.name);
        captures += 1;
        compared += expected.len();
    }
    say(&format!("EVE of {captures} captures: {compared} records as the captures give them"));
    assert!(compared > 300);
}

#[test]
fn lines_that_cannot_be_read_are_told_and_passed_over() {
    let lines = [&eve::syn_line(0), "{", &eve::line_without_packet(1), "text", &eve::syn_line(1)];
    let args = ["read", "-f", "ndjson", "--summary", "--input-format", "eve"];
    let ran = output(&mut command(&args), lines.join("\n").as_bytes());
    let read: Vec<Value> = str::from_utf8(&ran.stdout).expect("text").lines().map(json).collect();
    assert_eq!(read.len(), 2);
    assert_eq!(read[1]["client"]["ip"], eve::client(1).to_string());
    assert_eq!(read[1]["origin"]["frame"], 2);
    let stderr = String::from_utf8(ran.stderr).expect("text");
    let told = "stackprint: -: line 2: the JSON ends too early, at offset 2\n\
                stackprint: -: line 4: not JSON, at offset 2\n";
    assert!(stderr.starts_with(told), "{stderr}");
    assert!(stderr.contains("unreadable 2 lines or values"), "{stderr}");
    assert_eq!(ran.status.code(), Some(1));
}

#[test]
fn records_come_while_lines_come() {
    let mut child = command(&["read", "-f", "ndjson"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    for number in 0..3 {
        stdin.write_all((eve::syn_line(number) + "\n").as_bytes()).expect("it reads");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a record before the next line");
        assert_eq!(json(&line)["client"]["ip"], eve::client(number).to_string());
    }
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}

/// Of many link types, with IPv6, tunnels and cut frames.
const FOR_TSHARK: [&str; 10] = [
    "recorded/web-clients.pcap",
    "recorded/uptime.pcap",
    "recorded/ipv6.pcap",
    "recorded/any-sll.pcap",
    "recorded/any-sll2.pcap",
    "recorded/snapped-80.pcap",
    "recorded/nanoseconds.pcap",
    "recorded/dumpcap-two-link-types.pcapng",
    "link/raw-101.pcap",
    "tunnel/gre.pcap",
];

#[test]
fn tshark_gives_the_records_of_the_capture() {
    let found = Command::new("tshark").arg("--version").output().ok();
    let Some(_) = require("tshark", found) else { return };
    let directory = tempdir("tshark");
    let script = daemon::configuration("tshark.sh", &directory, &[(" -Y tcp", "")]);
    let mut compared = 0;
    for name in FOR_TSHARK {
        let capture = own_capture(name);
        let expected = records(&[&capture], b"");
        assert!(!expected.is_empty(), "{name}");

        let ran = Command::new("sh").arg(&script).arg(&capture).output().expect("sh");
        let ek: Vec<Value> =
            String::from_utf8(ran.stdout).expect("text").lines().map(without_origin).collect();
        let expected: Vec<Value> = expected.iter().map(|line| json(line)).collect();
        assert_eq!(ek, expected, "{name}: {}", String::from_utf8_lossy(&ran.stderr));

        let list = Command::new("tshark")
            .args(["-n", "-r", &capture, "-T", "json", "-x", "-J", "frame"])
            .output()
            .expect("tshark");
        for format in ["auto", "json"] {
            let read = records(&["--input-format", format], &list.stdout);
            let read: Vec<Value> = read.iter().map(|line| json(line)).collect();
            assert_eq!(read, expected, "{name}");
        }
        compared += expected.len();
    }
    say(&format!("tshark's EK and JSON of {} captures: {compared} records", FOR_TSHARK.len()));
}

fn without_origin(line: &str) -> Value {
    let mut record = json(line);
    record.as_object_mut().expect("an object").remove("origin");
    record
}

fn own_capture(name: &str) -> String {
    format!("{}/captures/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The command lines in configurations of programs that Debian does not have: `{program} {options}`
/// as it stands there.
fn command_lines() -> BTreeMap<&'static str, Vec<String>> {
    let mut lines = BTreeMap::new();
    for name in
        ["vector.yaml", "vector-pipe.sh", "redpanda-connect.yaml", "fluentd.conf", "logstash.conf"]
    {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pipelines").join(name);
        let text = fs::read_to_string(file).expect(name);
        // Lists of YAML and JSON are words with quotes and commas; Redpanda Connect has the
        // arguments on a line of their own.
        let text = text
            .replace("/usr/local/bin/stackprint\n        args: [", "/usr/local/bin/stackprint ");
        let found =
            text.lines().filter(|line| !line.trim_start().starts_with('#')).filter_map(|line| {
                let at = line.find("/usr/local/bin/stackprint")?;
                let rest = line[at..].replace(['"', ',', ']', '|'], " ");
                Some(rest.split_whitespace().skip(1).collect::<Vec<_>>().join(" "))
            });
        lines.insert(name, found.collect());
    }
    lines
}

/// Every option is known, and what the commands that need no interface do is what the
/// configuration is for.
#[test]
fn command_lines_of_configurations_are_right() {
    let lines = command_lines();
    assert_eq!(lines.values().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1, 1, 1], "{lines:?}");
    let syn = eve::syn_line(1);
    for (name, line) in
        lines.iter().flat_map(|(name, lines)| lines.iter().map(move |line| (name, line)))
    {
        let args: Vec<&str> = line.split(' ').collect();
        // Options before --help are looked at first.
        let help = output(&mut command(&[&args[..], &["--help"]].concat()), b"");
        let said = String::from_utf8_lossy(&help.stderr).into_owned();
        assert_eq!(help.status.code(), Some(0), "{name}: {line}: {said}");
        if args[0] != "coprocess" || line.contains("--output") {
            continue;
        }
        let is_framed = line.contains("length_prefixed");
        let framed = |record: &str| {
            let len = u32::try_from(record.len()).expect("short").to_be_bytes();
            if is_framed {
                [&len[..], record.as_bytes()].concat()
            } else {
                format!("{record}\n").into()
            }
        };
        let ran = output(&mut command(&args), &framed(&syn));
        assert_eq!((ran.status.code(), ran.stderr.as_slice()), (Some(0), &b""[..]), "{name}");
        let answer = ran.stdout.get(if is_framed { 4 } else { 0 }..).expect("an answer");
        let answer = json(str::from_utf8(answer).expect("text"));
        assert_eq!(answer["stackprint"]["client"]["ip"], eve::client(1).to_string(), "{name}");
    }
    assert!(program().is_absolute());
}

#[test]
fn yaml_of_configurations_is_yaml() {
    for name in ["vector.yaml", "redpanda-connect.yaml", "suricata.yaml"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pipelines").join(name);
        let text = fs::read_to_string(file).expect(name);
        let documents = YamlLoader::load_from_str(&text).expect(name);
        assert!(documents.len() == 1 && documents[0].as_hash().is_some(), "{name}");
    }
}

/// Vector's messages for `stackprint kafka`: both directions of a connection have one key.
#[test]
fn vector_gives_packets_a_key() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pipelines");
    let read = |name: &str| fs::read_to_string(file.join(name)).expect(name);
    let vector = &YamlLoader::load_from_str(&read("vector.yaml")).expect("YAML")[0];
    let sink = &vector["sinks"]["packets"];
    let key = sink["key_field"].as_str().expect("a key");
    let input = sink["inputs"][0].as_str().expect("an input");
    let source = vector["transforms"][input]["source"].as_str().expect("a transform");
    assert!(source.contains(&format!("{key} = event.community_id")), "{source}");
    let suricata = &YamlLoader::load_from_str(&read("suricata.yaml")).expect("YAML")[0];
    assert_eq!(suricata["outputs"][0]["eve-log"]["community-id"].as_bool(), Some(true));
}

/// An empty directory of this test's own, which stays for looking at.
fn tempdir(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pipelines").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory");
    path
}
