//! Verdicts on hosts whose truth is known: scenes recorded with real proxies.
//!
//! `captures/recorded/scenes/truth.csv` says of each capture what is so, what can be known of it,
//! and the verdict that follows. The table was written before anything was recorded.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use stackprint::who::{Consistency, ConsistencyRow, HostRow, Hosts, Settings};
use stackprint::{Analyzer, Database, Frame, RecordKind};
use stackprint_tests::{captures, input};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded/scenes")
}

/// A line of the table.
struct Scene {
    capture: String,
    host: String,
    /// What is true.
    what: String,
    known: String,
    verdict: String,
    reasons: BTreeSet<String>,
}

impl Scene {
    fn all() -> Vec<Scene> {
        let mut table = csv::Reader::from_path(folder().join("truth.csv")).expect("the table");
        let header = table.headers().expect("a header").clone();
        assert_eq!(header, vec!["capture", "host", "true", "known", "verdict", "reasons"]);
        let scene = |line: csv::StringRecord| Scene {
            capture: line[0].to_owned(),
            host: line[1].to_owned(),
            what: line[2].to_owned(),
            known: line[3].to_owned(),
            verdict: line[4].to_owned(),
            reasons: line[5].split(' ').map(str::to_owned).collect(),
        };
        table.records().map(|line| scene(line.expect("a line"))).collect()
    }

    /// The host's addresses, as `record-scenes.sh` gives them.
    fn addresses(&self) -> [IpAddr; 2] {
        let number = match self.host.as_str() {
            "router" => 1,
            "client" => 10,
            "proxy" => 20,
            other => panic!("{other} is no host of a scene"),
        };
        let addresses = [format!("192.0.2.{number}"), format!("2001:db8::{number}")];
        addresses.map(|address| address.parse().expect("an address"))
    }
}

/// The rows of all hosts of a scene, each as soon as it may be written.
fn rows(scene: &str, mut each: impl FnMut(HostRow<'_>)) {
    let octets = fs::read(folder().join(format!("{scene}.pcap"))).expect("a capture");
    let database = Database::builtin();
    let mut analyzer = Analyzer::builder(&database).tls(true).http(true).quic(true).build();
    let mut session = analyzer.session();
    let mut hosts = Hosts::new(Settings { row_interval_nanos: 0, ..Settings::default() });
    input::decode(&octets, |captured| {
        session.analyze_all(&captured.frame, |result| {
            if let Ok(Some(record)) = result {
                hosts.take(&record, &mut each);
            }
        });
    })
    .expect("a whole capture");
    hosts.finish(&mut each);
}

#[test]
fn verdicts_say_what_can_be_known() {
    let mut wrong = Vec::new();
    for scene in Scene::all() {
        let mut seen = BTreeSet::new();
        rows(&scene.capture, |row| {
            if !row.is_final || !scene.addresses().contains(&row.ip) {
                return;
            }
            seen.insert(row.ip);
            let reasons = row.consistency.reasons.iter().map(|it| it.to_string()).collect();
            if row.consistency.verdict != scene.verdict || scene.reasons != reasons {
                let row = serde_json::to_string(&row).expect("JSON");
                wrong.push(format!("{}: {}\n  {row}", scene.capture, scene.known));
            }
        });
        assert_eq!(seen.len(), 2, "{}: by IPv4 and IPv6, {seen:?}", scene.capture);
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// A proxy is what its stack is, whatever system its clients are of, and so is a host that forges what it
/// says: all but one are Linux here.
#[test]
fn proxies_and_forgers_are_what_their_stack_is() {
    let verdicts = ["tunnel", "terminating_proxy", "proxy_or_forged"];
    let is_meant = |it: &Scene| verdicts.contains(&it.verdict.as_str());
    for scene in Scene::all().into_iter().filter(is_meant) {
        let expected = if scene.capture == "forged-on-windows" { "Windows" } else { "Linux" };
        rows(&scene.capture, |row| {
            if row.is_final && scene.addresses().contains(&row.ip) {
                let family = row.os.as_ref().map(|os| os.family.to_string());
                assert_eq!(family.as_deref(), Some(expected), "{}: {row:?}", scene.capture);
            }
        });
    }
}

/// What a record says of its own connection is what a host with this connection alone would be.
#[test]
fn a_record_has_the_verdict_of_a_host_with_its_connection_alone() {
    let mut seen = BTreeSet::new();
    for scene in Scene::all() {
        let mut syns: HashMap<SocketAddr, Vec<u8>> = HashMap::new();
        let octets = fs::read(folder().join(format!("{}.pcap", scene.capture))).expect("a capture");
        let database = Database::builtin();
        let builder = || Analyzer::builder(&database).tls(true).http(true).quic(true);
        let (mut analyzer, mut alone) = (builder().build(), builder().build());
        input::decode(&octets, |captured| {
            analyzer.session().analyze_all(&captured.frame, |result| {
                let Ok(Some(record)) = result else { return };
                let client = SocketAddr::new(record.client.ip, record.client.port);
                if record.kind == RecordKind::Syn {
                    syns.insert(client, captured.frame.data.to_vec());
                }
                let Some(found) = Consistency::of_record(&record) else {
                    assert!(
                        !matches!(record.kind, RecordKind::TlsClient | RecordKind::HttpRequest),
                        "{}: {record:?}",
                        scene.capture
                    );
                    return;
                };
                let mut hosts = Hosts::new(Settings::default());
                let mut ignored = |_: HostRow<'_>| {};
                if let Some(syn) = syns.get(&client) {
                    let frame = Frame { data: syn, ..captured.frame };
                    alone.session().analyze_all(&frame, |result| {
                        // Without what the SYN says of hosts before it.
                        if let Ok(Some(mut syn)) = result {
                            if let Some(fingerprint) = &mut syn.fingerprint {
                                fingerprint.change = None;
                                fingerprint.mtu = None;
                            }
                            hosts.take(&syn, &mut ignored);
                        }
                    });
                }
                hosts.take(&record, &mut ignored);
                let mut of_host = None;
                hosts.finish(&mut |row: HostRow<'_>| {
                    if row.ip == record.client.ip {
                        let ConsistencyRow { verdict, quality, reasons } = row.consistency;
                        let reasons: Vec<_> = reasons.iter().map(|it| it.to_string()).collect();
                        of_host = Some((verdict.to_string(), quality, reasons));
                    }
                });
                let (verdict, quality, reasons) = of_host.expect("the client's row");
                let words: Vec<_> = found.reasons.words().map(str::to_owned).collect();
                assert_eq!((found.verdict.as_str(), &words), (&*verdict, &reasons), "{record:?}");
                let difference = (found.quality - quality.unwrap_or_default()).abs();
                assert!(difference <= 0.005, "{} for {quality:?}", found.quality);
                seen.insert(found.verdict.as_str());
            });
        })
        .expect("a whole capture");
    }
    let all = ["consistent", "proxy_or_forged", "terminating_proxy", "tunnel", "unclear"];
    assert_eq!(seen, BTreeSet::from(all));
}

/// All rows, also those in between.
#[test]
fn rows_are_the_same_in_two_runs() {
    for scene in Scene::all() {
        let read = || {
            let mut lines = Vec::new();
            rows(&scene.capture, |row| lines.push(serde_json::to_string(&row).expect("JSON")));
            lines
        };
        let first = read();
        assert!(first.len() > 4, "{}: rows in between", scene.capture);
        assert_eq!(first, read(), "{}", scene.capture);
    }
}

/// docs/consistency.md has the table for readers.
#[test]
fn docs_have_the_table() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/consistency.md");
    let docs = fs::read_to_string(docs).expect("the page");
    for Scene { capture, what, known, verdict, .. } in Scene::all() {
        let line = format!("| `{capture}` | {what} | {known} | `{verdict}` |");
        assert!(docs.contains(&line), "{line}");
    }
}

#[test]
fn each_scene_has_its_truth() {
    let named: BTreeSet<_> = Scene::all().into_iter().map(|it| it.capture).collect();
    let recorded = captures(&folder());
    let stem = |path: &PathBuf| path.file_stem().map(|it| it.to_string_lossy().into_owned());
    let recorded: BTreeSet<_> = recorded.iter().filter_map(stem).collect();
    assert_eq!(named, recorded);
}
