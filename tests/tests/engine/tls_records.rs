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
    let (mut equal, mut with_tcp, mut more, mut wrong) = (0, 0, BTreeMap::new(), Vec::new());
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
                let Some(tls) = row.tls.as_ref().filter(|_| row.kind == "tls_client") else {
                    return;
                };
                let place = (file.clone(), captured.number, u64::from(row.client.port));
                let Some(answer) = expected.remove(&place) else {
                    let what = match (&tls.preamble, tls.truncated) {
                        (Some(preamble), _) => format!("after {preamble}"),
                        (None, true) => "truncated".to_owned(),
                        (None, false) => format!("{place:?} {}", tls.ja3.as_deref().unwrap_or("")),
                    };
                    *more.entry(what).or_insert(0) += 1;
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
    let missing: Vec<_> = expected.into_keys().collect();
    say(&format!(
        "{equal} of {all} hellos have a record that is equal, {with_tcp} with a label of TCP"
    ));
    say(&format!("records that have no answer: {more:#?}"));
    say(&format!("answers that have no record: {missing:#?}"));
    assert!(wrong.is_empty(), "{wrong:#?}");
}
