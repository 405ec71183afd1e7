//! Records in the encodings of others: Elastic Common Schema, comma-separated values, MessagePack.
//! Paths are relative to `tests/`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use stackprint::{Analyzer, Database, ECS_VERSION, Frame, LinkType, Origin, Record};
use stackprint_tests::program::{command, output};
use stackprint_tests::{input, require, say};

const CAPTURE: &str = "captures/recorded/web-clients.pcap";

/// Calls `each` with every record of the capture.
fn each_record(octets: &[u8], mut each: impl FnMut(&Record<'_>, &Origin<'_>)) {
    let mut analyzer = Analyzer::new(&Database::builtin());
    // A damaged capture is read up to the damage.
    let _ = input::decode(octets, |captured| {
        if let Ok(Some(record)) = analyzer.analyze(&captured.frame) {
            let origin = Origin {
                file: Some("a \"capture\", with\r\nall that needs quotes".into()),
                frame: Some(captured.number),
                interface: Some("eth0".into()),
                sensor: Some("tap-1".into()),
                ..Origin::default()
            };
            each(&record, &origin);
        }
    });
}

fn json(record: &Record<'_>, origin: &Origin<'_>) -> Value {
    let mut line = Vec::new();
    record.write_json(Some(origin), &mut line);
    serde_json::from_slice(&line).expect("a record is JSON")
}

fn ecs(record: &Record<'_>, origin: &Origin<'_>) -> Value {
    let mut line = Vec::new();
    record.write_ecs(Some(origin), &mut line);
    assert!(!line.contains(&b'\n'));
    serde_json::from_slice(&line).expect("an event is JSON")
}

/// Fields of the published schema: type, and whether it is a list.
struct Fields(BTreeMap<String, (String, bool)>);

impl Fields {
    fn published() -> Fields {
        let table = include_str!("../../ecs/fields.tsv").lines().skip(1);
        let field = |line: &str| {
            let mut cells = line.split('\t').map(str::to_owned);
            let mut cell = || cells.next().expect("three cells");
            (cell(), (cell(), cell() == "array"))
        };
        Fields(table.map(field).collect())
    }

    /// What is wrong with the event, field by field.
    fn faults(&self, event: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        for required in ["@timestamp", "ecs"] {
            if event.get(required).is_none() {
                faults.push(format!("{required} is missing"));
            }
        }
        self.check("", event, &mut faults);
        faults
    }

    fn check(&self, path: &str, value: &Value, faults: &mut Vec<String>) {
        // What is not the schema's has a name of its own.
        if path == "stackprint" {
            return;
        }
        if let Value::Object(fields) = value {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                self.check(&format!("{path}{dot}{name}"), value, faults);
            }
            return;
        }
        let Some((kind, is_list)) = self.0.get(path) else {
            return faults.push(format!("{path} is no field of the schema"));
        };
        let items = match value {
            Value::Array(items) if *is_list => items.as_slice(),
            other if !is_list => std::slice::from_ref(other),
            other => return faults.push(format!("{path} is not a list: {other}")),
        };
        for item in items {
            let text = item.as_str();
            let is_right = match kind.as_str() {
                "keyword" => text.is_some_and(|text| !text.is_empty()),
                "ip" => text.is_some_and(|text| text.parse::<IpAddr>().is_ok()),
                "long" => item.is_u64(),
                "date" => text.is_some_and(|text| text.len() == 30 && text.ends_with('Z')),
                _ => false,
            };
            if !is_right {
                faults.push(format!("{path} is no {kind}: {item}"));
            }
            if !allowed(path, text.unwrap_or_default()) {
                faults.push(format!("{path} may not be {item}"));
            }
        }
    }
}

/// The words of the categorization fields; for `event.type`, those of the category network.
fn allowed(path: &str, word: &str) -> bool {
    let words = match path {
        "event.kind" => {
            "alert asset enrichment event metric pipeline_error signal state".split(' ')
        }
        "event.category" => "network".split(' '),
        "event.type" => "access allowed connection denied end info protocol start".split(' '),
        _ => return true,
    };
    words.into_iter().any(|allowed| allowed == word)
}

#[test]
fn events_are_as_the_elastic_common_schema_says() {
    let fields = Fields::published();
    let (mut events, mut tagged) = (0, 0);
    for capture in input::all() {
        each_record(&capture.octets, |record, origin| {
            let event = ecs(record, origin);
            let faults = fields.faults(&event);
            assert!(faults.is_empty(), "{}: {faults:?}\n{event}", capture.name);
            assert_eq!(event["ecs"]["version"], ECS_VERSION);
            assert_eq!(event["observer"]["name"], "tap-1");
            assert_eq!(event["observer"]["ingress"]["interface"]["name"], "eth0");
            events += 1;
            tagged += usize::from(event["network"].get("inner").is_some());
        });
    }
    say(&format!("{events} events as ECS {ECS_VERSION} has it, {tagged} with two VLAN tags"));
    assert!(tagged > 0 && events > 300);
}

#[test]
fn faults_against_the_schema_are_found() {
    let fields = Fields::published();
    let faults = |text: &str| fields.faults(&serde_json::from_str(text).expect(text)).len();
    let head = r#""@timestamp":"2026-11-23T00:50:54.271450000Z","ecs":{"version":"9.4.0"}"#;
    assert_eq!(faults(&format!("{{{head}}}")), 0);
    for wrong in [
        r#""source":{"os":{"name":"Linux"}}"#,
        r#""source":{"ip":"host"}"#,
        r#""source":{"port":"80"}"#,
        r#""event":{"type":["syn"]}"#,
        r#""event":{"category":"network"}"#,
        r#""related":{"ip":"10.0.0.1"}"#,
    ] {
        assert_eq!(faults(&format!("{{{head},{wrong}}}")), 1, "{wrong}");
    }
    assert_eq!(faults("{}"), 2);
}

#[test]
fn an_event_says_what_the_record_says() {
    let mut servers = 0;
    for capture in input::own() {
        each_record(&capture.octets, |record, origin| {
            let (record, event) = (json(record, origin), ecs(record, origin));
            let mut found = event["stackprint"].as_object().expect("findings").clone();
            for end in ["client", "server"] {
                found.insert(end.to_owned(), event[end].clone());
            }
            found.insert("time".to_owned(), event["@timestamp"].clone());
            found.insert("flow".to_owned(), event["network"]["community_id"].clone());
            assert_eq!(Value::Object(found), record);
            let (sender, receiver) = match record["subject"].as_str() {
                Some("client") => ("client", "server"),
                _ => ("server", "client"),
            };
            assert_eq!(
                (&event["source"], &event["destination"]),
                (&record[sender], &record[receiver])
            );
            servers += usize::from(sender == "server");
        });
    }
    assert!(servers > 10);
}

/// tshark computes Community IDs, too.
#[test]
fn community_ids_are_those_of_tshark() {
    let tshark = Command::new("tshark").arg("--version").output().ok();
    let Some(_) = require("tshark", tshark) else { return };
    let mut compared = 0;
    // Many hosts, IPv6, and both ends at one address.
    for name in ["web-clients", "ipv6", "loopback", "port-reused", "nat-two-clients"] {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("captures/recorded/{name}.pcap"));
        let fields = ["-T", "fields", "-e", "frame.number", "-e", "communityid"];
        let ran = Command::new("tshark")
            .args(["--enable-protocol", "communityid", "-r"])
            .arg(&path)
            .args(fields)
            .output()
            .expect("tshark runs");
        let text = String::from_utf8(ran.stdout).expect("text");
        let theirs: BTreeMap<u64, &str> = text
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(frame, id)| (frame.parse().expect("a number"), id))
            .collect();
        each_record(&std::fs::read(&path).expect("a capture"), |record, origin| {
            let frame = origin.frame.expect("a number");
            let event = ecs(record, origin);
            assert_eq!(event["network"]["community_id"], theirs[&frame], "{name}, frame {frame}");
            compared += 1;
        });
    }
    assert!(compared > 10, "{compared}");
}

#[test]
fn rows_of_comma_separated_values_read_back() {
    let mut rows = Vec::from(Record::CSV_HEADER);
    let mut records = Vec::new();
    for capture in input::own() {
        each_record(&capture.octets, |record, origin| {
            rows.extend_from_slice(b"\r\n");
            record.write_csv(Some(origin), &mut rows);
            records.push(json(record, origin));
        });
    }
    let mut reader = csv::Reader::from_reader(rows.as_slice());
    let header = reader.headers().expect("a header").clone();
    let mut read = 0;
    for (row, record) in reader.records().zip(&records) {
        let row = row.expect("as many cells as columns");
        for (column, cell) in header.iter().zip(&row) {
            assert_eq!(cell, expected_cell(column, record), "{column}: {record}");
        }
        read += 1;
    }
    assert_eq!(read, records.len());
    assert!(read > 300);
}

/// Names that come from outside: of files, interfaces, sensors.
#[test]
fn a_spreadsheet_runs_nothing_of_a_row() {
    let mut analyzer = Analyzer::new(&Database::builtin());
    let syn = examples_syn();
    let record =
        analyzer.analyze(&Frame::new(LinkType::ETHERNET, &syn)).expect("TCP").expect("a SYN");
    let row = |name: &str| {
        let origin = Origin { file: Some(name.into()), ..Origin::default() };
        let mut rows = Vec::from(Record::CSV_HEADER);
        rows.extend_from_slice(b"\r\n");
        record.write_csv(Some(&origin), &mut rows);
        let mut reader = csv::Reader::from_reader(rows.as_slice());
        let at =
            reader.headers().expect("a header").iter().position(|it| it == "file").expect("it");
        reader.records().next().expect("a row").expect("cells")[at].to_owned()
    };
    for name in [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\"=1",
        "' \"=1\"",
        "\"\t1",
        "\u{a0}=1",
        " \u{2003}=1",
        "\u{feff}=1",
        "\u{ff1d}1",
        "=HYPERLINK(\"http://x\",\"y\")",
    ] {
        assert_eq!(row(name), format!("'{name}"), "{name:?}");
    }
    for name in
        ["default.pcap", "a=b.pcap", "'quoted'.pcap", "1-2.pcap", "\u{e4}-1.pcap", "", "a,b\"c"]
    {
        assert_eq!(row(name), name);
    }
}

/// The frame of a SYN.
fn examples_syn() -> Vec<u8> {
    let capture = std::fs::read(CAPTURE).expect("a capture");
    let mut syn = None;
    let _ = input::decode(&capture, |captured| {
        if stackprint::observe(&captured.frame).is_ok() {
            syn.get_or_insert(captured.frame.data.to_vec());
        }
    });
    syn.expect("a SYN")
}

/// What a column has of a record.
fn expected_cell(column: &str, record: &Value) -> String {
    let pointer = match column {
        "mtu" => "/mtu/value".to_owned(),
        "link" => "/mtu/link".to_owned(),
        "file" | "frame" | "interface" | "sensor" => format!("/origin/{column}"),
        // The observed one alone: no signature says the initial one.
        "quic_ttl" => "/quic/ttl/observed".to_owned(),
        "http_app" => "/http/app/label".to_owned(),
        "http_quality" => "/http/app/quality".to_owned(),
        "http_system" => "/http/claims/system".to_owned(),
        "http_user_agent" => "/http/user_agent".to_owned(),
        "http2_fingerprint" | "http2_md5" => column.replacen("http2_", "/http/http2/", 1),
        "tls_library" => "/tls/library/name".to_owned(),
        "notes" | "path" | "time" | "kind" | "subject" | "signature" => format!("/{column}"),
        _ => format!("/{}", column.replacen('_', "/", 1)),
    };
    if column == "change_evidence" {
        let evidence = record.pointer("/change/evidence").and_then(Value::as_array);
        let said = evidence.into_iter().flatten().map(|one| {
            let field = |name: &str| one[name].as_str().expect("text").to_owned();
            let [reason, then, now, time] = ["reason", "then", "now", "time"].map(field);
            format!("{reason}: {then} at {time}, now {now};")
        });
        return said.collect::<Vec<_>>().join(" ");
    }
    if column == "http_notes" {
        let said = |note: &&str| record.pointer(&format!("/http/{note}")) == Some(&true.into());
        return ["dishonest", "anonymous", "via"]
            .iter()
            .filter(|it| said(it))
            .copied()
            .collect::<Vec<_>>()
            .join(" ");
    }
    match record.pointer(&pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            words.join(" ")
        }
        Some(other) => other.to_string(),
    }
}

fn read(format: &str) -> Vec<u8> {
    let ran = output(&mut command(&["read", "--format", format, CAPTURE]), b"");
    assert!(ran.status.success());
    ran.stdout
}

#[test]
fn the_program_writes_all_encodings() {
    let lines = String::from_utf8(read("ndjson")).expect("text");
    let records: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(records.len() > 2);

    let mut msgpack = Vec::new();
    let octets = read("msgpack");
    let mut rest = octets.as_slice();
    while !rest.is_empty() {
        msgpack.push(rmp_serde::from_read::<_, Value>(&mut rest).expect("a map"));
    }
    assert_eq!(msgpack, records);

    let ecs = String::from_utf8(read("ecs")).expect("text");
    assert_eq!(ecs.lines().count(), records.len());
    assert!(ecs.starts_with(r#"{"@timestamp":"#) && ecs.ends_with("}\n"));

    let csv = String::from_utf8(read("csv")).expect("text");
    assert!(csv.starts_with(Record::CSV_HEADER) && csv.ends_with("\r\n"));
    assert_eq!(csv.matches("\r\n").count(), records.len() + 1);
}
