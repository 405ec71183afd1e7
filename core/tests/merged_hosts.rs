//! Hosts by the rows of records: what they say is what the records say, in whatever order the rows
//! come, and whichever process continues with them.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]
#![cfg(all(feature = "capture", feature = "forms", feature = "http", feature = "quic"))]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stackprint::capture::Decoder;
use stackprint::who::{HostRow, HostState, Hosts, MergeSettings, MergedHosts, Settings};
use stackprint::{Analyzer, Database, RecordRow};

const MERGE: MergeSettings =
    MergeSettings { evidence_memory: 256 << 20, idle_seconds: u64::MAX, merge_paths: false };

/// The captures of the repository, and those of the corpus if it is there.
fn captures() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures");
    let corpus = std::env::var_os("STACKPRINT_CORPUS").map(|it| Path::new(&it).join("captures"));
    let mut directories: Vec<PathBuf> = [own].into_iter().chain(corpus).collect();
    let mut files = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let is_capture =
                path.extension().is_some_and(|it| it == "pcap" || it == "pcapng" || it == "cap");
            match path.is_dir() {
                true => directories.push(path),
                false if is_capture => files.push(path),
                false => {}
            }
        }
    }
    files.sort();
    files
}

/// A record as JSON, and what is told beside it: the systems that have the library of its hello.
#[derive(Clone)]
struct Told {
    json: String,
    systems: Vec<String>,
}

/// What the hosts of a capture are by their records, and the records as JSON.
fn by_records(capture: &[u8], database: &Arc<Database>) -> (Vec<String>, Vec<Told>) {
    let mut hosts = Hosts::new(Settings { idle_seconds: u32::MAX, ..Settings::default() });
    let mut records = Vec::new();
    let mut analyzer = Analyzer::builder(database).build();
    let mut session = analyzer.session();
    let mut decoder = Decoder::new();
    // A damaged capture is read up to the damage.
    let _ = decoder.push(capture, |captured| {
        session.analyze_all(&captured.frame, |result| {
            if let Ok(Some(record)) = result {
                hosts.take(&record, &mut |_| {});
                let library = record.tls.as_ref().and_then(|tls| tls.library);
                let systems = library.map_or_else(Vec::new, |it| it.systems().collect());
                let systems = systems.into_iter().map(str::to_owned).collect();
                let json = serde_json::to_string(&record.row()).expect("JSON");
                records.push(Told { json, systems });
            }
        });
    });
    let mut rows = Vec::new();
    hosts.finish(&mut |row| rows.push(text(&row)));
    rows.sort();
    (rows, records)
}

/// A row, whether it is the last or not.
fn text(row: &HostRow<'_>) -> String {
    serde_json::to_string(&HostRow { is_final: false, ..row.clone() }).expect("JSON")
}

fn take(hosts: &mut MergedHosts, Told { json, systems }: &Told, place: usize) {
    let row: RecordRow<'_> = serde_json::from_str(json).expect(json);
    let systems: Vec<&str> = systems.iter().map(String::as_str).collect();
    hosts.take(&row, &systems, place as u64, 0, &mut |_| {}).expect(json);
}

fn rows(hosts: &MergedHosts) -> Vec<String> {
    let mut rows: Vec<String> = hosts.rows().map(|row| text(&row)).collect();
    rows.sort();
    rows
}

/// Each file alone, so that hosts are many and times are near each other.
fn each_capture(mut each: impl FnMut(&str, &[String], &[Told])) {
    let database = Database::builtin();
    let (mut hosts, mut all_records) = (0, 0);
    for path in captures() {
        let (rows, records) = by_records(&fs::read(&path).expect("a capture"), &database);
        hosts += rows.len();
        all_records += records.len();
        each(&path.display().to_string(), &rows, &records);
    }
    println!("{hosts} hosts, {all_records} records");
    assert!(hosts > 100, "{hosts} hosts");
}

fn same(what: &str, name: &str, found: &[String], expected: &[String]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected, "{what}: {name}");
    }
    assert_eq!(found.len(), expected.len(), "{what}: {name}");
}

#[test]
fn rows_of_records_say_what_records_say() {
    each_capture(|name, expected, records| {
        let mut hosts = MergedHosts::new(MERGE);
        for (place, record) in records.iter().enumerate() {
            take(&mut hosts, record, place);
        }
        same("in order", name, &rows(&hosts), expected);
    });
}

/// Another process continues with the states that were written, from a record before the last one that
/// they have: nothing counts twice.
#[test]
fn others_go_on_with_the_states() {
    each_capture(|name, expected, records| {
        let mut written: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut hosts = MergedHosts::new(MERGE);
        let step = records.len() / 5 + 1;
        for (part, chunk) in records.chunks(step).enumerate() {
            // Three of them again.
            let (first, end) = (part * step, part * step + chunk.len());
            let told = records.iter().enumerate().take(end).skip(first.saturating_sub(3));
            told.for_each(|(place, record)| take(&mut hosts, record, place));
            hosts.write_changed(&mut |row, state| {
                let key = format!("{} {:?}", row.ip, row.network);
                written.insert(key, serde_json::to_vec(state).expect("JSON"));
            });
            hosts = MergedHosts::new(MERGE);
            for state in written.values() {
                let state: HostState<'_> = serde_json::from_slice(state).expect("a state");
                assert!(hosts.restore(&state), "{state:?}");
            }
        }
        same("by others", name, &rows(&hosts), expected);
    });
}

/// Producers have no common order. Rows are the same where no evidence had to be replaced.
#[test]
fn any_order_will_do() {
    let mut compared = 0;
    each_capture(|name, expected, records| {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut below = |end: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % end
        };
        // Equal times have no order.
        let time = |record: &str| record.split(r#""time":""#).nth(1).map(|it| it[..30].to_owned());
        let mut times: Vec<Option<String>> = records.iter().map(|it| time(&it.json)).collect();
        times.sort();
        times.dedup();
        if times.len() < records.len() {
            return;
        }
        let mut records = records.to_vec();
        for end in (1..records.len()).rev() {
            records.swap(end, below(end + 1));
        }
        let mut hosts = MergedHosts::new(MERGE);
        for (place, record) in records.iter().enumerate() {
            take(&mut hosts, record, place);
        }
        for (found, expected) in rows(&hosts).iter().zip(expected) {
            if expected.contains(r#""replaced""#) {
                continue;
            }
            compared += 1;
            assert_eq!(found, expected, "{name}");
        }
    });
    assert!(compared > 100, "{compared} hosts");
}

#[test]
fn damaged_states_are_refused() {
    let mut hosts = MergedHosts::new(MERGE);
    let state = r#"{"version":1,"ip":"10.0.0.1","scope":[0,0],"times":[1,2],"values":[],
        "entries":[["syn",1,0,1,1,1]],"uptime":null,"distance":null,"connections":[1,0],
        "roles":[true,false],"replaced":0,"next":1,"arrived":1}"#;
    let state: HostState<'_> = serde_json::from_str(state).expect("a state");
    assert!(!hosts.restore(&state), "a value that is not there");
    assert!(hosts.is_empty());
    let bad = r#"{"schema":"stackprint.record.v2","time":"2026-11-18T00:00:00Z","kind":"syn",
        "client":{"ip":"10.0.0.1","port":1},"server":{"ip":"10.0.0.2","port":2},"subject":"client",
        "signature":null,"os":null,"ttl":null,"notes":[],"mtu":null,"uptime":null,"change":null}"#;
    let row: RecordRow<'_> = serde_json::from_str(bad).expect("JSON");
    let error = hosts.take(&row, &[], 0, 0, &mut |_| {}).expect_err("another schema");
    assert_eq!(error.field, "schema");
    let row = RecordRow { schema: "stackprint.record.v1".into(), time: "yesterday".into(), ..row };
    assert_eq!(hosts.take(&row, &[], 0, 0, &mut |_| {}).expect_err("no time").field, "time");
    assert!(hosts.is_empty());
}
