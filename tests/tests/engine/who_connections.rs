//! Rows of connections against the records that they are made of.

use std::collections::HashMap;
use std::net::SocketAddr;

use serde_json::{Value, json};
use stackprint::who::{ConnectionRow, Connections};
use stackprint::{Analyzer, Database, Record, RecordKind};
use stackprint_tests::corpus;
use stackprint_tests::input::{self, Capture};

/// Memory that no capture of the project fills, in bytes.
const ENOUGH: usize = 64 << 20;

/// Client and server.
type Ends = (SocketAddr, SocketAddr);

fn each_record(capture: &Capture, mut each: impl FnMut(&Record<'_>)) {
    let database = Database::builtin();
    let mut analyzer = Analyzer::builder(&database).tls(true).http(true).quic(true).build();
    let mut session = analyzer.session();
    // A damaged capture is read up to the damage.
    let _ = input::decode(&capture.octets, |captured| {
        session.analyze_all(&captured.frame, |result| {
            if let Ok(Some(record)) = result {
                each(&record);
            }
        });
    });
}

fn rows_of(capture: &Capture, memory: usize) -> (Vec<(Ends, Value)>, Connections) {
    let mut connections = Connections::new(memory);
    let mut rows = Vec::new();
    let mut keep = |row: ConnectionRow<'_>| {
        let end = |end: stackprint::EndpointRow| SocketAddr::new(end.ip, end.port);
        rows.push(((end(row.client), end(row.server)), json!(row)));
    };
    each_record(capture, |record| connections.take(record, &mut keep));
    connections.finish(&mut keep);
    (rows, connections)
}

/// What a record says of the application, and where in the row it belongs.
fn said(record: &Record<'_>) -> Vec<(&'static str, Value)> {
    let row = record.row();
    let mut parts = Vec::new();
    match record.kind {
        RecordKind::HttpRequest => parts.push(("/http/request", json!(row.http))),
        RecordKind::HttpResponse => parts.push(("/http/response", json!(row.http))),
        RecordKind::QuicClient => {
            parts.push(("/quic", json!(row.quic)));
            parts.push(("/tls/client", json!(row.tls)));
        }
        RecordKind::TlsClient => parts.push(("/tls/client", json!(row.tls))),
        RecordKind::TlsServer => parts.push(("/tls/server", json!(row.tls))),
        _ => {}
    }
    parts
}

/// The first head and the first hello of each side are in the row, word for word.
#[test]
fn what_records_say_is_in_the_rows() {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for capture in input::all() {
        let mut expected: HashMap<(Ends, &str), Value> = HashMap::new();
        let mut syns: HashMap<Ends, usize> = HashMap::new();
        each_record(&capture, |record| {
            let ends = (record.client.into(), record.server.into());
            *syns.entry(ends).or_default() += usize::from(record.kind == RecordKind::Syn);
            for (part, value) in said(record) {
                expected.entry((ends, part)).or_insert(value);
            }
        });
        let (rows, _) = rows_of(&capture, ENOUGH);
        for ((ends, part), value) in expected {
            // A port that is used again is another connection.
            if syns.get(&ends).is_some_and(|&count| count > 1) {
                continue;
            }
            let mut found = rows
                .iter()
                .filter(|(of, _)| *of == ends)
                .filter_map(|(_, row)| row.pointer(part).filter(|it| !it.is_null()));
            assert_eq!(found.next(), Some(&value), "{}: {part} of {ends:?}", capture.name);
            *counts.entry(part).or_default() += 1;
        }
    }
    // The project's own captures have no answers of TLS servers.
    let of_server = corpus().map(|_| "/tls/server");
    for part in
        ["/http/request", "/http/response", "/quic", "/tls/client"].into_iter().chain(of_server)
    {
        assert!(counts.get(part).is_some_and(|&count| count >= 5), "{part}: {counts:?}");
    }
}

/// A limit that is too small for a capture's connections gives the same connections, marked.
#[test]
fn evicted_rows_are_incomplete_and_counted() {
    const SMALL: usize = 4096;
    let captures = input::own();
    let most = captures.iter().max_by_key(|it| rows_of(it, ENOUGH).0.len()).expect("captures");
    let (whole, _) = rows_of(most, ENOUGH);
    let (rows, connections) = rows_of(most, SMALL);
    let incomplete = rows.iter().filter(|(_, row)| row["complete"] == json!(false)).count();
    assert!(whole.iter().all(|(_, row)| row["complete"] == json!(true)), "{}", most.name);
    assert!(incomplete > 0, "{}: {} rows", most.name, rows.len());
    assert_eq!(connections.evicted(), incomplete as u64, "{}", most.name);
    assert!(rows.len() >= whole.len(), "{}", most.name);
}
