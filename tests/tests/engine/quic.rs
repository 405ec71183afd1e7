//! QUIC and DTLS: the corpus' answers, and recordings of our own, in any order.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use stackprint::Timestamp;
use stackprint::quic::{Connections, Datagram, Ends, Fault, GiveUp, Outcome, TransportParameters};
use stackprint::tls::{ClientHello, Transport};
use stackprint_tests::{captures, corpus, input, say};

/// The fields of an answer.
pub(crate) const FIELDS: [&str; 6] = ["ja4", "ja4_r", "ja4_o", "ja4_ro", "ja3", "ja3_hash"];

fn values(hello: &ClientHello<'_>, transport: Transport) -> [String; 6] {
    let fingerprints = hello.fingerprints(transport).expect("whole");
    [
        fingerprints.ja4().to_string(),
        fingerprints.ja4_r(),
        fingerprints.ja4_o().to_string(),
        fingerprints.ja4_ro(),
        fingerprints.ja3_text(),
        fingerprints.ja3().to_string(),
    ]
}

/// What opened a connection in a capture.
struct Found {
    frame: u64,
    port: u16,
    /// The version, or `dtls`.
    version: String,
    datagram_len: usize,
    has_parameters: bool,
    values: [String; 6],
}

/// A datagram that was kept.
struct Sent {
    ends: Ends,
    bytes: Vec<u8>,
    len: usize,
    time: Timestamp,
}

impl Sent {
    fn datagram(&self) -> Datagram<'_> {
        Datagram { ends: self.ends, bytes: &self.bytes, len: self.len, time: self.time }
    }
}

/// All datagrams of a capture that may open a connection, with the numbers of their frames.
fn sent(octets: &[u8]) -> Vec<(u64, Sent)> {
    let mut sent = Vec::new();
    let _ = input::decode(octets, |captured| {
        if let Some(datagram) = Datagram::of_opening(&captured.frame) {
            let Datagram { ends, bytes, len, time } = datagram;
            sent.push((captured.number, Sent { ends, bytes: bytes.to_vec(), len, time }));
        }
    });
    sent
}

fn opened(sent: &[(u64, Sent)]) -> (Vec<Found>, Connections) {
    let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
    let mut found = Vec::new();
    for (frame, sent) in sent {
        if let Outcome::Opened(opening) = connections.push(&sent.datagram()) {
            let parameters = TransportParameters::of(&opening.hello);
            found.push(Found {
                frame: *frame,
                port: sent.ends.source.port(),
                version: opening.version.map_or("dtls".to_owned(), |version| version.to_string()),
                datagram_len: opening.datagram_len,
                has_parameters: matches!(parameters, Some(Ok(_))),
                values: values(&opening.hello, opening.transport()),
            });
        }
    }
    connections.finish();
    (found, connections)
}

/// A client that sends its first hello four times; the reference tells each.
pub(crate) const SENT_AGAIN: (&str, [u64; 3]) =
    ("nDPI__tests__cfgs__default__pcap__geforcenow.pcapng", [59, 60, 61]);
/// AnyConnect's DTLS from before the RFC, which the reference does not know.
pub(crate) const BEFORE_THE_RFC: (&str, u64, &str) = (
    "nDPI__tests__cfgs__default__pcap__anyconnect-vpn.pcap",
    413,
    "d00i010000_2cfe23c976cf_000000000000",
);

/// The hellos of the corpus, as `hellos.jsonl` beside it has them: what an independent program says,
/// which was compared with several others.
#[test]
fn every_hello_of_the_corpus_over_udp() {
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
        let (found, connections) = opened(&sent(&fs::read(&path).expect("a capture")));
        for Found { frame, port, version, has_parameters, values, .. } in found {
            if (file.as_str(), frame, values[0].as_str()) == BEFORE_THE_RFC {
                continue;
            }
            if version != "dtls" && !has_parameters {
                writeln!(wrong, "{file} frame {frame}: no transport parameters").expect("text");
            }
            let Some(answer) = expected.remove(&(file.clone(), frame, u64::from(port))) else {
                writeln!(wrong, "{file} frame {frame} port {port}: no answer").expect("text");
                continue;
            };
            let mut is_equal = true;
            for (field, value) in FIELDS.iter().zip(&values) {
                if answer[field] != value.as_str() {
                    is_equal = false;
                    writeln!(wrong, "{file} frame {frame} {field}: {value}, not {}", answer[field])
                        .expect("text");
                }
            }
            equal += usize::from(is_equal);
        }
        for &reason in GiveUp::ALL {
            if connections.given_up(reason) > 0 {
                say(&format!("{file}: {} given up: {reason}", connections.given_up(reason)));
            }
        }
    }
    let again = |file: &str, frame: u64| file == SENT_AGAIN.0 && SENT_AGAIN.1.contains(&frame);
    let before = expected.len();
    expected.retain(|(file, frame, _), _| !again(file, *frame));
    let repeated = before - expected.len();
    for (file, frame, port) in expected.keys() {
        writeln!(wrong, "{file} frame {frame} port {port}: not found").expect("text");
    }
    say(&format!("{equal} of {all} hellos are equal, {repeated} are sent again"));
    assert!(wrong.is_empty(), "{wrong}");
}

/// Our own recordings: file, version, frame that completes the hello, bytes of the first datagram,
/// and JA4 as `shared/oracle/ja4ref.py` says it, a second implementation.
pub(crate) const RECORDED: [(&str, &str, u64, usize, &str); 14] = [
    ("aioquic-draft-29.pcap", "draft-29", 1, 1200, "q13d0307h3_55b375c5d22e_c1e787b9890b"),
    ("aioquic-draft-32.pcap", "draft-32", 1, 1200, "q13d0307h3_55b375c5d22e_c1e787b9890b"),
    ("aioquic-retry.pcap", "v1", 1, 1200, "q13d0307h3_55b375c5d22e_1cecd519fee8"),
    ("aioquic-three-datagrams.pcap", "v1", 3, 1200, "q13d0307h3_55b375c5d22e_1cecd519fee8"),
    ("aioquic-two-datagrams-retry.pcap", "v1", 3, 1200, "q13d0307h3_55b375c5d22e_1cecd519fee8"),
    ("aioquic-two-datagrams.pcap", "v1", 2, 1200, "q13d0307h3_55b375c5d22e_1cecd519fee8"),
    ("aioquic-v1.pcap", "v1", 1, 1200, "q13d0307h3_55b375c5d22e_1cecd519fee8"),
    ("aioquic-v2.pcap", "v2", 1, 1200, "q13d0307h3_55b375c5d22e_1cecd519fee8"),
    ("chromium.pcap", "v1", 2, 1250, "q13d0312h3_55b375c5d22e_178839b6cec1"),
    ("gnutls-dtls.pcap", "dtls", 1, 219, "dd2i250900_7415a186c913_577ffa9d9a5c"),
    ("openssl-dtls-fragments.pcap", "dtls", 2, 228, "dd2i2807h2_d943125447b4_e7e480e5a997"),
    ("openssl-dtls.pcap", "dtls", 1, 205, "dd2i280600_d943125447b4_e7e480e5a997"),
    ("quic-go.pcap", "v1", 3, 1280, "q13d0313h3_55b375c5d22e_f902b76752af"),
    ("quinn.pcap", "v1", 1, 1200, "q13d0311h3_55b375c5d22e_387675cfb458"),
];

fn recorded(file: &str) -> Vec<(u64, Sent)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded/quic");
    sent(&fs::read(folder.join(file)).expect("a recording"))
}

#[test]
fn recordings_of_real_clients() {
    for (file, version, frame, datagram_len, ja4) in RECORDED {
        let (found, connections) = opened(&recorded(file));
        let [found] = &found[..] else { panic!("{file}: {} hellos", found.len()) };
        assert_eq!(
            (&*found.version, found.frame, found.datagram_len, &*found.values[0]),
            (version, frame, datagram_len, ja4),
            "{file}"
        );
        assert_eq!(found.has_parameters, version != "dtls", "{file}");
        let given_up: u64 = GiveUp::ALL.iter().map(|&reason| connections.given_up(reason)).sum();
        assert_eq!(given_up, 0, "{file}");
    }
}

/// This client sends the rest of its hello only after the server's first answer, to the server's
/// connection ID: without the first datagram nobody can open it.
pub(crate) const AFTER_THE_ANSWER: &str = "quic-go.pcap";

/// The datagrams of a client up to the one that completes its hello: in any order the same, and
/// without one of them none, which is counted.
#[test]
fn recordings_in_any_order_and_with_one_missing() {
    let mut several = 0;
    for (file, version, frame, _, ja4) in RECORDED {
        let mut sent = recorded(file);
        sent.retain(|(number, sent)| *number <= frame && sent.ends.destination.port() == 443);
        several += usize::from(sent.len() > 1);
        for turn in 0..sent.len() {
            if file != AFTER_THE_ANSWER {
                sent.rotate_left(1);
            }
            let (found, _) = opened(&sent);
            assert_eq!(found.len(), 1, "{file}, turn {turn}");
            assert_eq!(found[0].values[0], ja4, "{file}, turn {turn}");
            let (missing, rest) = sent.split_at(1);
            let (found, connections) = opened(rest);
            assert_eq!(found.len(), 0, "{file} ({version}) without frame {}", missing[0].0);
            let lost = connections.given_up(GiveUp::Ended) + connections.faults(Fault::WrongTag);
            assert_eq!(lost, rest.len().min(1) as u64, "{file} without frame {}", missing[0].0);
        }
    }
    assert!(several >= 5, "{several} recordings with hellos over several datagrams");
}
