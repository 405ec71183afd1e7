//! TLS records: the corpus' answers against what the analyzer writes.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use serde_json::Value;
use stackprint::{Analyzer, Database, RecordRow};
use stackprint_tests::{captures, corpus, input, say};

/// The fields of an answer, and those of a record.
const FIELDS: [(&str, &str); 6] = [
    ("ja4", "ja4"),
    ("ja4_r", "ja4_r"),
    ("ja4_o", "ja4_o"),
    ("ja4_ro", "ja4_ro"),
    ("ja3", "ja3_full"),
    ("ja3_hash", "ja3"),
];

/// Records that have no answer: two hellos in tunnels that the reference does not open, which have the
/// JA3 that tshark gives them, and one in a SYN, which the reference has from where it is sent again.
const MORE: [(&str, u64, &str); 3] = [
    ("nDPI__tests__cfgs__default__pcap__capwap_data.pcapng", 9, "ee65329706afb750866495410fce080d"),
    (
        "nDPI__tests__cfgs__default__pcap__ja3_lots_of_cipher_suites_2_anon.pcap",
        4,
        "50221ef5bde0fcee8864bbcea5211d51",
    ),
    (
        "suricata-verify__tests__tcp-fastopen-10-syn-data-ignore__input.pcap",
        1,
        "fb3660676bafc9799c86bd51a1ea12f5",
    ),
];
/// Answers that have no record: the one of the SYN's data, where it is sent again, and a hello that is
/// malformed, as tshark says too, which the reference passes over.
const FEWER: [(&str, u64); 2] = [
    ("suricata-verify__tests__tcp-fastopen-10-syn-data-ignore__input.pcap", 18),
    ("nDPI__tests__cfgs__default__pcap__tls_invalid_reads.pcap", 4),
];

/// A capture, a frame and the client's port.
type Place = (String, u64, u64);

/// Every TCP hello that `hellos.jsonl` has, against the records of its capture, written with
/// `--raw`.
#[test]
fn every_tcp_hello_of_the_corpus_has_its_record() {
    let Some(corpus) = corpus() else { return };
    let Ok(answers) = fs::read_to_string(corpus.join("hellos.jsonl")) else {
        return say("hellos.jsonl is missing: skipped");
    };
    let mut expected: HashMap<Place, Value> = answers
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("an answer"))
        .filter(|answer| answer["proto"] == "t")
        .map(|answer| {
            let number = |field: &str| answer[field].as_u64().expect("a number");
            let file = answer["file"].as_str().expect("a name").to_owned();
            ((file, number("frame"), number("sport")), answer)
        })
        .collect();
    let all = expected.len();
    let (mut equal, mut with_tcp, mut wrong) = (0, 0, Vec::new());
    let (mut in_band, mut listed) = (BTreeMap::new(), 0);
    let folders = ["captures", "quic"].map(|folder| corpus.join(folder));
    for path in folders.iter().filter(|it| it.is_dir()).flat_map(|folder| captures(folder)) {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut analyzer = Analyzer::builder(&Database::builtin()).raw(true).build();
        let _ = input::decode(&fs::read(&path).expect("a capture"), |captured| {
            analyzer.session().analyze_all(&captured.frame, |result| {
                let Ok(Some(record)) = result else { return };
                let mut line = Vec::new();
                record.write_json(None, &mut line);
                let row: RecordRow<'_> = serde_json::from_slice(&line).expect("a record");
                let Some(tls) = row
                    .tls
                    .as_ref()
                    .filter(|tls| row.kind == "tls_client" && tls.transport == "tcp")
                else {
                    return;
                };
                let place = (file.clone(), captured.number, u64::from(row.client.port));
                let Some(answer) = expected.remove(&place) else {
                    // `hellos.jsonl` has none of these.
                    if let Some(preamble) = &tls.preamble {
                        *in_band.entry(preamble.to_string()).or_insert(0) += 1;
                        return;
                    }
                    let ja3 = tls.ja3.as_deref().unwrap_or_default();
                    if MORE.contains(&(&file, captured.number, ja3)) {
                        listed += 1;
                    } else {
                        wrong.push(format!("{place:?}: no answer"));
                    }
                    return;
                };
                let tls = serde_json::to_value(tls).expect("JSON");
                let differs = FIELDS.iter().filter(|(theirs, ours)| answer[theirs] != tls[ours]);
                let differs: Vec<_> = differs.map(|(_, ours)| *ours).collect();
                if differs.is_empty() {
                    equal += 1;
                    with_tcp += usize::from(row.tcp.is_some());
                } else {
                    wrong.push(format!("{place:?} {differs:?}: {tls}, not {answer}"));
                }
            });
        });
    }
    for (file, frame, port) in expected.into_keys() {
        if FEWER.contains(&(&file, frame)) {
            listed += 1;
        } else {
            wrong.push(format!("{file} frame {frame} port {port}: no record"));
        }
    }
    say(&format!(
        "{equal} of {all} hellos have a record that is equal, {with_tcp} with a label of TCP; {listed} \
         differences are listed; after something else: {in_band:?}"
    ));
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(listed, MORE.len() + FEWER.len());
}
