//! QUIC and DTLS through the analyzer: a record for each hello of the corpus and of our recordings, in
//! any order of their frames; what is not read is counted.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use stackprint::quic::{Fault, GiveUp};
use stackprint::tls::Transport;
use stackprint::{
    Analyzer, AnalyzerBuilder, Carried, Compat, Condition, Database, End, Filter, Frame, Limits,
    LinkType, Record, RecordKind, SkipReason, Timestamp, TlsHello,
};
use stackprint_tests::{captures, corpus, input, say};

use crate::quic::{AFTER_THE_ANSWER, BEFORE_THE_RFC, FIELDS, RECORDED, SENT_AGAIN};

/// A frame that was kept.
#[derive(Clone)]
struct Kept {
    number: u64,
    link_type: LinkType,
    bytes: Vec<u8>,
    time: Timestamp,
}

impl Kept {
    fn frame(&self) -> Frame<'_> {
        Frame::new(self.link_type, &self.bytes).at(self.time)
    }
}

fn kept(capture: &[u8]) -> Vec<Kept> {
    let mut kept = Vec::new();
    // A damaged capture is read up to the damage.
    let _ = input::decode(capture, |captured| {
        let Frame { link_type, data, time, .. } = captured.frame;
        kept.push(Kept { number: captured.number, link_type, bytes: data.to_vec(), time });
    });
    kept
}

fn builder() -> AnalyzerBuilder {
    Analyzer::builder(&Database::builtin()).raw(true)
}

/// Calls `each` with the records of hellos over UDP.
fn hellos(
    analyzer: &mut Analyzer,
    frames: &[Kept],
    mut each: impl FnMut(u64, &Record<'_>, [String; 6]),
) {
    for kept in frames {
        analyzer.session().analyze_all(&kept.frame(), |result| {
            let Ok(Some(record)) = result else { return };
            let Some(tls) = record.tls.as_ref().filter(|tls| tls.transport != Transport::Tcp)
            else {
                return;
            };
            let TlsHello::Client(client) = &tls.hello else { panic!("a server's hello") };
            let of = client.fingerprints.as_ref().expect("whole");
            let raw = client.raw.as_ref().expect("asked for");
            let values = [
                of.ja4.to_string(),
                raw.ja4_r.clone(),
                raw.ja4_o.to_string(),
                raw.ja4_ro.clone(),
                raw.ja3_text.clone(),
                of.ja3.to_string(),
            ];
            each(kept.number, &record, values);
        });
    }
}

fn not_read(analyzer: &Analyzer, fault: Fault) -> u64 {
    analyzer.quic_faults().find(|it| it.0 == fault).expect("a fault").1
}

fn given_up(analyzer: &Analyzer) -> u64 {
    analyzer.quic_given_up().map(|it| it.1).sum()
}

/// The hellos of the corpus, as `hellos.jsonl` beside it has them: what an independent program says,
/// which was compared with several others.
#[test]
fn a_record_for_every_hello_of_the_corpus_over_udp() {
    let Some(corpus) = corpus() else { return };
    let Ok(answers) = fs::read_to_string(corpus.join("hellos.jsonl")) else {
        return say("hellos.jsonl is missing: skipped");
    };
    let mut expected: HashMap<(String, u64, u64), Value> = answers
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("an answer"))
        .filter(|answer| answer["proto"] == "q" || answer["proto"] == "d")
        .map(|answer| {
            let number = |field: &str| answer[field].as_u64().expect("a number");
            let file = answer["file"].as_str().expect("a name").to_owned();
            ((file, number("frame"), number("sport")), answer)
        })
        .collect();
    let all = expected.len();
    let (mut equal, mut wrong) = (0, String::new());
    let folders = ["captures", "quic"].map(|folder| corpus.join(folder));
    for path in folders.iter().filter(|folder| folder.is_dir()).flat_map(|it| captures(it)) {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let frames = kept(&fs::read(&path).expect("a capture"));
        hellos(&mut builder().build(), &frames, |frame, record, values| {
            if (file.as_str(), frame, values[0].as_str()) == BEFORE_THE_RFC {
                return;
            }
            let port = u64::from(record.client.port);
            let Some(answer) = expected.remove(&(file.clone(), frame, port)) else {
                return writeln!(wrong, "{file} frame {frame} port {port}: no answer")
                    .expect("text");
            };
            let is_quic = record.kind == RecordKind::QuicClient;
            if is_quic != (answer["proto"] == "q") || is_quic != record.quic.is_some() {
                writeln!(wrong, "{file} frame {frame}: {}", record.kind).expect("text");
            }
            let before = wrong.len();
            for (field, value) in FIELDS.iter().zip(&values) {
                if answer[field] != value.as_str() {
                    writeln!(wrong, "{file} frame {frame} {field}: {value}, not {}", answer[field])
                        .expect("text");
                }
            }
            equal += usize::from(wrong.len() == before);
        });
    }
    let again = |file: &str, frame: u64| file == SENT_AGAIN.0 && SENT_AGAIN.1.contains(&frame);
    let before = expected.len();
    expected.retain(|(file, frame, _), _| !again(file, *frame));
    let repeated = before - expected.len();
    for (file, frame, port) in expected.keys() {
        writeln!(wrong, "{file} frame {frame} port {port}: not found").expect("text");
    }
    say(&format!("{equal} records of {all} hellos, {repeated} of them sent again"));
    assert!(wrong.is_empty(), "{wrong}");
}

fn recorded(file: &str) -> Vec<Kept> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded/quic");
    kept(&fs::read(folder.join(file)).expect("a recording"))
}

#[test]
fn records_of_real_clients() {
    for (file, version, frame, datagram_len, ja4) in RECORDED {
        let mut analyzer = builder().build();
        let mut found = 0;
        hellos(&mut analyzer, &recorded(file), |number, record, values| {
            found += 1;
            assert_eq!((number, &*values[0]), (frame, ja4), "{file}");
            let mut json = Vec::new();
            record.write_json(None, &mut json);
            let row: Value = serde_json::from_slice(&json).expect("JSON");
            assert_eq!(row, serde_json::to_value(record.row()).expect("a row"), "{file}");
            assert_eq!((&row["signature"], &row["ttl"]), (&Value::Null, &Value::Null), "{file}");
            let mut ecs = Vec::new();
            record.write_ecs(None, &mut ecs);
            let ecs: Value = serde_json::from_slice(&ecs).expect("JSON");
            let network = &ecs["network"];
            assert_eq!(
                (&network["transport"], &network["iana_number"]),
                (&"udp".into(), &"17".into())
            );
            if version == "dtls" {
                assert_eq!((&row["kind"], &row["quic"]), (&"tls_client".into(), &Value::Null));
                assert_eq!(row["tls"]["transport"], "dtls");
                return;
            }
            assert_eq!(
                (&row["kind"], &row["tls"]["transport"]),
                (&"quic_client".into(), &"quic".into())
            );
            let quic = &row["quic"];
            assert_eq!(quic["version"], version, "{file}");
            assert_eq!(quic["datagram_bytes"], datagram_len, "{file}");
            // Recorded one hop from the client, or none.
            assert!(quic["ttl"]["observed"].as_u64() >= Some(63), "{file}");
            assert_eq!(quic["ttl"]["initial"], 64, "{file}");
            // RFC 9000 section 7.3: every client sends its own connection ID, number 15.
            let ids = quic["parameters"]["ids"].as_array().expect("parameters");
            assert!(ids.contains(&15.into()), "{file}");
        });
        assert_eq!((found, given_up(&analyzer)), (1, 0), "{file}");
    }
}

/// The frames of a client up to the one that completes its hello: in any order the same record, and
/// without one of them none, which is counted.
#[test]
fn records_in_any_order_and_with_one_missing() {
    for (file, version, frame, _, ja4) in RECORDED {
        let mut frames = recorded(file);
        frames.retain(|kept| kept.number <= frame);
        for turn in 0..frames.len() {
            if file != AFTER_THE_ANSWER {
                frames.rotate_left(1);
            }
            let mut found = Vec::new();
            hellos(&mut builder().build(), &frames, |_, _, values| found.push(values[0].clone()));
            assert_eq!(found, [ja4], "{file}, turn {turn}");
            let (missing, rest) = frames.split_at(1);
            let mut analyzer = builder().build();
            hellos(&mut analyzer, rest, |_, _, _| found.clear());
            // The server's answer takes no part in it.
            if missing[0].frame().data.len() < 1200 && version != "dtls" {
                continue;
            }
            assert_eq!(found.len(), 1, "{file} without frame {}", missing[0].number);
            let counted = analyzer.quic_undecided() as u64 + not_read(&analyzer, Fault::WrongTag);
            assert_eq!(counted > 0, !rest.is_empty(), "{file} without frame {}", missing[0].number);
        }
    }
}

/// What each frame gave: `record`, `read` or the reason for which it was skipped.
fn outcomes(analyzer: &mut Analyzer, frames: &[Kept]) -> Vec<&'static str> {
    let mut outcomes = Vec::new();
    for kept in frames {
        analyzer.session().analyze_all(&kept.frame(), |result| {
            outcomes.push(match result {
                Ok(Some(_)) => "record",
                Ok(None) => "read",
                Err(skip) => {
                    let is_udp = matches!(skip.carried, Some(Carried::Udp { .. }));
                    assert!(!is_udp || skip.reason == SkipReason::NotTcp, "{skip:?}");
                    skip.reason.as_str()
                }
            });
        });
    }
    outcomes
}

/// The first datagram of this client holds its whole hello.
fn whole() -> Kept {
    recorded("quinn.pcap").remove(0)
}

#[test]
fn what_is_not_read_is_counted_and_stays_udp_that_was_passed_over() {
    let damaged = |damage: &dyn Fn(&mut Kept)| {
        let mut kept = whole();
        damage(&mut kept);
        let mut analyzer = builder().build();
        let outcome = outcomes(&mut analyzer, &[kept]);
        let counts: Vec<_> = analyzer.quic_faults().filter(|it| it.1 > 0).collect();
        (outcome[0], counts)
    };
    assert_eq!(damaged(&|_| {}), ("record", vec![]));
    let last = |kept: &mut Kept| *kept.bytes.last_mut().expect("a byte") ^= 1;
    assert_eq!(damaged(&last), ("not_tcp", vec![(Fault::WrongTag, 1)]));
    let cut = |kept: &mut Kept| kept.bytes.truncate(400);
    assert_eq!(damaged(&cut), ("not_tcp", vec![(Fault::Cut, 1)]));
    // A token of 64 KiB: 4 bytes of length in place of what is after the connection IDs.
    let payload = whole().bytes.len() - 1200;
    let token = |kept: &mut Kept| {
        let ids = payload + 6 + usize::from(kept.bytes[payload + 5]);
        let at = ids + 1 + usize::from(kept.bytes[ids]);
        kept.bytes[at..at + 4].copy_from_slice(&[0x80, 1, 0, 0]);
    };
    assert_eq!(damaged(&token), ("not_tcp", vec![(Fault::BadHeader, 1)]));
    // Too short, another version, and the fixed bit of a short header: nothing of QUIC.
    let short = |kept: &mut Kept| kept.bytes[payload - 4..payload - 2].copy_from_slice(&[4, 0]);
    assert_eq!(damaged(&short), ("not_tcp", vec![]));
    let version = |kept: &mut Kept| kept.bytes[payload + 4] = 99;
    assert_eq!(damaged(&version), ("not_tcp", vec![]));
    let header = |kept: &mut Kept| kept.bytes[payload] = 0x40;
    assert_eq!(damaged(&header), ("not_tcp", vec![]));
}

/// Layers that are not asked for, filters, and p0f's ways leave datagrams alone.
#[test]
fn datagrams_are_read_only_where_they_are_asked_for() {
    let (quic, dtls) = (whole(), recorded("openssl-dtls.pcap").remove(0));
    let both = [quic, dtls];
    let of = |settings: AnalyzerBuilder| outcomes(&mut settings.build(), &both);
    assert_eq!(of(builder()), ["record", "record"]);
    assert_eq!(of(builder().quic(false)), ["not_tcp", "record"]);
    assert_eq!(of(builder().tls(false)), ["record", "not_tcp"]);
    let exact = Database::parse_with(Database::BUILTIN_TEXT, Compat::P0fExact).expect("built-in");
    let exact = Analyzer::builder(&exact.into()).build();
    assert_eq!(exact.quic_undecided(), 0);
    assert!(outcomes(&mut { exact }, &both).iter().all(|it| *it != "record" && *it != "read"));
    let server = |port: &str| Condition::Port(End::Server, port.parse().expect("a port"));
    let filter = Filter::default().allow(server("443"));
    assert_eq!(of(builder().filter(filter)), ["record", "record"]);
    let filter = Filter::default().deny(server("443"));
    assert_eq!(of(builder().filter(filter)), ["read", "read"]);
    let filter = Filter::default().allow(server("1-442"));
    assert_eq!(of(builder().filter(filter)), ["filtered", "filtered"]);
}

/// Whoever sends what looks like Initials makes the analyzer decrypt a bounded number of them in a
/// second of capture time.
#[test]
fn a_flood_of_forged_initials_costs_a_bounded_number_of_decryptions() {
    const FORGED: u64 = 5000;
    const BOUND: u64 = 1000;
    let mut forged = whole();
    *forged.bytes.last_mut().expect("a byte") ^= 1;
    let payload = forged.bytes.len() - 1200;
    let source_port = payload - 8;
    // One shard.
    let limits = Limits { flows: 1000, ..Limits::default() };
    let mut analyzer = builder().limits(limits).build();
    for number in 0..FORGED {
        let port = 1024 + number as u16;
        forged.bytes[source_port..source_port + 2].copy_from_slice(&port.to_be_bytes());
        assert_eq!(outcomes(&mut analyzer, std::slice::from_ref(&forged)), ["not_tcp"]);
    }
    assert_eq!(not_read(&analyzer, Fault::WrongTag), BOUND);
    assert_eq!(not_read(&analyzer, Fault::OverBudget), FORGED - BOUND);
    // In the next second, hellos are read again.
    let mut next = whole();
    next.time = Timestamp::from_nanos(forged.time.as_nanos() + 1_000_000_000);
    assert_eq!(outcomes(&mut analyzer, &[next]), ["record"]);
}

/// What waits for its second half is held within the bound of all streams, and the oldest is given up
/// first.
#[test]
fn half_sent_hellos_are_held_within_a_bound() {
    const MEMORY: usize = 1 << 20;
    let mut half = recorded("aioquic-two-datagrams.pcap").remove(0);
    let source_port = half.bytes.len() - 1200 - 8;
    let mut analyzer = builder().stream_memory(MEMORY).build();
    for number in 0..20_000_u64 {
        let port = 1024 + number as u16;
        half.bytes[source_port..source_port + 2].copy_from_slice(&port.to_be_bytes());
        half.time = Timestamp::from_nanos(half.time.as_nanos() + 100_000);
        assert_eq!(outcomes(&mut analyzer, std::slice::from_ref(&half)), ["read"]);
        assert!(analyzer.stream_memory() <= MEMORY);
    }
    let evicted = analyzer.quic_given_up().find(|it| it.0 == GiveUp::Evicted).expect("counted").1;
    assert!(evicted > 0);
    assert_eq!(evicted + analyzer.quic_undecided() as u64, 20_000);
}
