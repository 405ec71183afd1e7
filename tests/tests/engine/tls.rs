//! TLS hellos: the corpus' answers, other programs, and any way in which a hello may arrive.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use stackprint::stream::{GiveUp, Outcome, Payload, Stream, Streams};
use stackprint::tls::{ClientHello, Fault, Progress, Transport, may_begin};
use stackprint::{Analyzer, Database, LinkType, Timestamp, TlsHello};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::hellos::{self, Random, in_records};
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::{captures, corpus, input, require, say};

/// The fields of an answer.
const FIELDS: [&str; 6] = ["ja4", "ja4_r", "ja4_o", "ja4_ro", "ja3", "ja3_hash"];

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

/// Each capture of the corpus, by its file name.
fn corpus_captures() -> Vec<(String, Vec<u8>)> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let read = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name, fs::read(path).expect("a capture"))
    };
    let folders = ["captures", "quic"].map(|folder| corpus.join(folder));
    let folders = folders.iter().filter(|folder| folder.is_dir());
    folders.flat_map(|folder| captures(folder)).map(|path| read(&path)).collect()
}

/// Hellos that the reference does not find, because it does not open their tunnels, with the JA3
/// that tshark gives them.
const IN_TUNNELS: [(&str, u64, &str); 2] = [
    ("nDPI__tests__cfgs__default__pcap__capwap_data.pcapng", 9, "ee65329706afb750866495410fce080d"),
    (
        "nDPI__tests__cfgs__default__pcap__ja3_lots_of_cipher_suites_2_anon.pcap",
        4,
        "50221ef5bde0fcee8864bbcea5211d51",
    ),
];
/// Data of a SYN counts; the reference has it from where it is sent again.
const IN_A_SYN: (&str, u64, u64) =
    ("suricata-verify__tests__tcp-fastopen-10-syn-data-ignore__input.pcap", 1, 18);
/// The one byte behind its compression methods is no list of extensions: the hello is malformed,
/// as tshark says too. The reference passes over it.
const MALFORMED: (&str, u64) = ("nDPI__tests__cfgs__default__pcap__tls_invalid_reads.pcap", 4);

/// The hellos of the corpus, as `hellos.jsonl` beside it has them: what an independent program says,
/// which was compared with several others.
#[test]
fn every_tcp_hello_of_the_corpus() {
    let Some(corpus) = corpus() else { return };
    let Ok(answers) = fs::read_to_string(corpus.join("hellos.jsonl")) else {
        return say("hellos.jsonl is missing: skipped");
    };
    let mut expected: HashMap<(String, u64, u64), Value> = answers
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
    let (mut equal, mut in_tunnels, mut malformed, mut wrong) = (0, 0, 0, String::new());
    for (file, octets) in corpus_captures() {
        let found = hellos::in_capture(&octets);
        for (frame, port, hello) in &found.clients {
            let ja3 = hello.fingerprints(Transport::Tcp).expect("whole").ja3();
            let tunnel = (file.as_str(), *frame, ja3.as_str());
            if IN_TUNNELS.contains(&tunnel) {
                in_tunnels += 1;
                continue;
            }
            let answered = match IN_A_SYN {
                (name, here, there) if name == file && here == *frame => there,
                _ => *frame,
            };
            let Some(answer) = expected.remove(&(file.clone(), answered, u64::from(*port))) else {
                writeln!(wrong, "{file} frame {frame} port {port}: no answer").expect("text");
                continue;
            };
            let mut is_equal = true;
            for (field, value) in FIELDS.iter().zip(values(hello, Transport::Tcp)) {
                if answer[field] != value.as_str() {
                    is_equal = false;
                    writeln!(wrong, "{file} frame {frame} {field}: {value}, not {}", answer[field])
                        .expect("text");
                }
            }
            equal += usize::from(is_equal);
        }
        for (frame, error) in &found.refused {
            say(&format!("{file} frame {frame}: {error}"));
            if (file.as_str(), *frame) == MALFORMED {
                assert_eq!(error.fault, Fault::TooShort);
                expected.retain(|(file, frame, _), _| (file.as_str(), *frame) != MALFORMED);
                malformed += 1;
            }
        }
    }
    for (file, frame, port) in expected.keys() {
        writeln!(wrong, "{file} frame {frame} port {port}: not found").expect("text");
    }
    say(&format!(
        "{equal} of {all} hellos are equal, {malformed} malformed; {in_tunnels} more in tunnels"
    ));
    assert!(wrong.is_empty(), "{wrong}");
}

/// Hellos made at random, beside those of the corpus.
const MADE_UP: usize = 200;

/// Bodies to split and to hand to others: those of the corpus, each once, and made-up ones.
fn bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = corpus_captures()
        .iter()
        .flat_map(|(_, octets)| hellos::in_capture(octets).clients)
        .map(|(_, _, hello)| hello.as_bytes().to_vec())
        .collect();
    bodies.sort_unstable();
    bodies.dedup();
    let mut random = Random(26);
    bodies.extend((0..MADE_UP).map(|_| random.hello(false, false)));
    bodies
}

/// One capture, each hello in a flow of its own, in two segments where it is long.
fn as_capture(bodies: &[Vec<u8>]) -> PcapFile {
    const SEGMENT_LEN: usize = 1400;
    let mut file = PcapFile::new(LinkType::ETHERNET);
    for (flow, body) in bodies.iter().enumerate() {
        let client = SocketAddr::from(([10, 0, (flow >> 8) as u8, flow as u8], 40_000));
        let server = SocketAddr::from(([192, 0, 2, 1], 443));
        let syn = FrameBuilder { tcp_options: vec![], ..FrameBuilder::syn(client, server) };
        file.push(Timestamp::from_nanos(flow as u64), &syn.build());
        let mut sequence = syn.sequence.wrapping_add(1);
        for segment in in_records(body, 16_384).chunks(SEGMENT_LEN) {
            let flags = flag::ACK | flag::PSH;
            let payload = segment.to_vec();
            let frame = FrameBuilder { sequence, flags, payload, ..syn.clone() };
            file.push(Timestamp::from_nanos(flow as u64), &frame.build());
            sequence = sequence.wrapping_add(segment.len() as u32);
        }
    }
    file
}

/// tshark makes JA3, too, of the same hellos in a capture of our own making.
#[test]
fn ja3_is_that_of_tshark() {
    let tshark = Command::new("tshark").arg("--version").output().ok();
    let Some(_) = require("tshark", tshark) else { return };
    let bodies = bodies();
    let file = as_capture(&bodies);
    let path = std::env::temp_dir().join(format!("stackprint-hellos-{}.pcap", std::process::id()));
    file.write(&path).expect("a capture");
    let fields = ["frame.number", "tls.handshake.ja3_full", "tls.handshake.ja3"];
    let ran = Command::new("tshark")
        .arg("-r")
        .arg(&path)
        .args(["-Y", "tls.handshake.type == 1", "-T", "fields"])
        .args(fields.iter().flat_map(|field| ["-e", field]))
        .output()
        .expect("tshark runs");
    fs::remove_file(&path).expect("the capture");
    let text = String::from_utf8(ran.stdout).expect("text");
    let theirs: BTreeMap<u64, (&str, &str)> = text
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('\t');
            let frame = fields.next()?.parse().ok()?;
            Some((frame, (fields.next()?, fields.next()?)))
        })
        .collect();
    let found = hellos::in_capture(file.octets());
    assert_eq!(found.clients.len(), bodies.len());
    let (mut equal, mut differ, mut alone) = (0, 0, 0);
    for (frame, _, hello) in &found.clients {
        let [.., text, hash] = values(hello, Transport::Tcp);
        match theirs.get(frame) {
            Some(theirs) if *theirs == (text.as_str(), hash.as_str()) => equal += 1,
            // It stops where the made-up body of an extension is not what it expects.
            Some(("", "")) | None => alone += 1,
            Some(theirs) => {
                differ += 1;
                say(&format!("frame {frame}: {text}, tshark {theirs:?}"));
            }
        }
    }
    say(&format!(
        "JA3 of tshark: {equal} equal, {differ} differ, {alone} that tshark does not read"
    ));
    assert_eq!(differ, 0);
    // All that programs sent, and of those made up all but a few.
    assert!(alone <= MADE_UP * 15 / 100, "{alone} of {}", bodies.len());
}

/// Made-up hellos, against the program that made the corpus' answers.
#[test]
fn random_hellos_are_as_the_reference_says() {
    let Some(corpus) = corpus() else { return };
    let oracle = corpus.join("../oracle/ja4ref.py");
    if !oracle.is_file() {
        return say("ja4ref.py is missing: skipped");
    }
    // What it needs to read captures and QUIC is not needed here.
    const PROGRAM: &str = "
import sys, types, json
class Any(types.ModuleType):
    def __getattr__(self, name): return Any(name)
for name in ('dpkt', 'cryptography', 'cryptography.hazmat', 'cryptography.hazmat.primitives',
             'cryptography.hazmat.primitives.ciphers', 'cryptography.hazmat.primitives.ciphers.aead'):
    sys.modules.setdefault(name, Any(name))
sys.path.insert(0, sys.argv[1])
import ja4ref
for line in sys.stdin:
    proto, text = line.split()
    hello = ja4ref.parse(bytes.fromhex(text), proto == 'd')
    ja3, ja3_hash = ja4ref.ja3(hello)
    print(json.dumps({**ja4ref.ja4(hello, proto), 'ja3': ja3, 'ja3_hash': ja3_hash}))
";
    const TRANSPORTS: [(Transport, char); 3] =
        [(Transport::Tcp, 't'), (Transport::Quic, 'q'), (Transport::Dtls, 'd')];
    let mut random = Random(8446);
    let hellos: Vec<(usize, Vec<u8>)> =
        (0..3000).map(|number| (number % 3, random.hello(number % 3 == 2, true))).collect();
    let mut input = String::new();
    for (transport, body) in &hellos {
        input.push(TRANSPORTS[*transport].1);
        input.push(' ');
        for byte in body {
            write!(input, "{byte:02x}").expect("text");
        }
        input.push('\n');
    }
    let ran = Command::new("python3")
        .args(["-c", PROGRAM])
        .arg(oracle.parent().expect("a folder"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Some(mut python) = require("python3", ran.ok()) else { return };
    let mut stdin = python.stdin.take().expect("its input");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = python.wait_with_output().expect("python3 ends");
    writer.join().expect("no panic").expect("it reads");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let mut compared = 0;
    for ((transport, body), answer) in hellos.iter().zip(text.lines()) {
        let answer: Value = serde_json::from_str(answer).expect("an answer");
        let hello = match *transport {
            2 => ClientHello::parse_dtls(body),
            _ => ClientHello::parse(body),
        };
        let hello = hello.unwrap_or_else(|error| panic!("{error}: {body:02x?}"));
        for (field, value) in FIELDS.iter().zip(values(&hello, TRANSPORTS[*transport].0)) {
            assert_eq!(answer[field], value.as_str(), "{field} of {body:02x?}");
        }
        compared += 1;
    }
    assert_eq!(compared, hellos.len());
}

/// Feeds segments in an order to streams of their own, and checks that the hello comes out once.
fn arrives(
    streams: &mut Streams,
    bytes: &[u8],
    order: &[(usize, usize)],
    expected: &ClientHello<'_>,
) {
    // The numbers wrap within the hello.
    let isn = u32::MAX - 20;
    let mut stream = Stream::after_syn(isn);
    let mut found = 0;
    for &(start, end) in order {
        let payload = Payload {
            seq: isn.wrapping_add(1 + start as u32),
            bytes: &bytes[start..end],
            ..Payload::default()
        };
        let outcome =
            streams.push(&mut stream, &payload, |reading| {
                match ClientHello::from_stream(reading.bytes) {
                    Progress::Complete(hello) => Some(hello == *expected),
                    Progress::NeedsMore => None,
                    Progress::NotTls(error) => panic!("{error}"),
                }
            });
        if let Outcome::Decided(is_equal) = outcome {
            assert!(is_equal, "another hello: {order:?}");
            found += 1;
        }
    }
    assert_eq!(found, 1, "{order:?}");
}

/// Hellos of the corpus: every split into two segments, and many into three, in each order, with
/// repeats and overlaps, as one record and as several.
#[test]
fn any_segmentation_is_the_same_hello() {
    let mut streams = Streams::new(Streams::DEFAULT_MEMORY, may_begin);
    let bodies = bodies();
    for body in bodies.iter().step_by(1 + bodies.len() / 120) {
        let expected = ClientHello::parse(body).expect("a hello");
        for record_len in [16_384, 100] {
            let bytes = in_records(body, record_len);
            let len = bytes.len();
            for cut in 1..len {
                let (a, b) = ((0, cut), (cut, len));
                for order in
                    [&[a, b][..], &[b, a], &[a, a, b], &[b, b, a], &[a, (0, len)], &[b, (0, len)]]
                {
                    arrives(&mut streams, &bytes, order, &expected);
                }
                assert_eq!(ClientHello::from_stream(&bytes[..cut]), Progress::NeedsMore);
            }
            for first in (1..len).step_by(37) {
                for second in (first + 1..len).step_by(41) {
                    let (a, b, c) = ((0, first), (first, second), (second, len));
                    let overlap = (first / 2, second);
                    for order in [
                        [a, b, c],
                        [a, c, b],
                        [b, a, c],
                        [b, c, a],
                        [c, a, b],
                        [c, b, a],
                        [a, overlap, c],
                        [c, overlap, a],
                        [overlap, c, a],
                    ] {
                        arrives(&mut streams, &bytes, &order, &expected);
                    }
                }
            }
        }
    }
    assert_eq!(GiveUp::ALL.iter().map(|&reason| streams.given_up(reason)).sum::<u64>(), 0);
}

/// Servers' hellos against tshark, over the captures of the corpus in which clients' were found.
#[test]
fn ja3s_is_that_of_tshark() {
    let tshark = Command::new("tshark").arg("--version").output().ok();
    let Some(_) = require("tshark", tshark) else { return };
    let Some(corpus) = corpus() else { return };
    let (mut equal, mut differ) = (0, String::new());
    // A run of tshark takes a second.
    for (name, octets) in corpus_captures().iter().filter(|(name, _)| name.contains("tls")) {
        let servers = hellos::in_capture(octets).servers;
        let path = ["captures", "quic"].map(|folder| corpus.join(folder).join(name));
        let Some(path) = path.into_iter().find(|path| path.is_file()) else { continue };
        if servers.is_empty() {
            continue;
        }
        let fields = ["frame.number", "tls.handshake.ja3s_full", "tls.handshake.ja3s"];
        let ran = Command::new("tshark")
            .arg("-r")
            .arg(&path)
            .args(["-Y", "tls.handshake.type == 2", "-T", "fields", "-E", "occurrence=f"])
            .args(fields.iter().flat_map(|field| ["-e", field]))
            .output()
            .expect("tshark runs");
        let text = String::from_utf8(ran.stdout).expect("text");
        for (frame, text_of_ours, hash) in servers {
            let line = format!("{frame}\t{text_of_ours}\t{hash}");
            match text.lines().find(|line| line.split('\t').next() == Some(&frame.to_string())) {
                Some(theirs) if theirs == line => equal += 1,
                Some(theirs) => writeln!(differ, "{name}: {line}, tshark {theirs}").expect("text"),
                // tshark names the frame in which a record ends, not a hello.
                None => {}
            }
        }
    }
    say(&format!("JA3S of tshark: {equal} equal"));
    assert!(differ.is_empty(), "{differ}");
    assert!(equal > 20, "{equal}");
}

/// Servers' hellos of our own recordings, TLS 1.2 and 1.3, the last of them a HelloRetryRequest: frame, text
/// and hash are those of tshark 4.0 (`-T fields -e tls.handshake.ja3s_full -e tls.handshake.ja3s`).
#[test]
fn ja3s_of_recordings() {
    let golden = [
        ("openssl-tls12", 6, "771,49200,65281-11-35-23", "ec74a5c51106f0419184d0dd08fb05bc"),
        (
            "openssl-tls12-alpn",
            6,
            "771,49192,65281-11-16-22-23",
            "84154e80f1b1f8986c650e778bd2273f",
        ),
        ("openssl-tls13", 6, "771,4866,43-51", "15af977ce25de452b96affa2addb1036"),
        ("openssl-tls13-retry", 6, "771,4867,43-51", "475c9302dc42b2751db9edcac3b74891"),
    ];
    for (name, frame, text, hash) in golden {
        let path = format!("captures/recorded/tls/servers/{name}.pcap");
        let octets = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a capture");
        let servers = hellos::in_capture(&octets).servers;
        assert_eq!(servers, [(frame, text.to_owned(), hash.to_owned())], "{name}");
        // The same in the record, of the frame that completed it.
        let mut records = Vec::new();
        let mut analyzer = Analyzer::new(&Database::builtin());
        input::decode(&octets, |captured| {
            analyzer.session().analyze_all(&captured.frame, |result| {
                let Ok(Some(record)) = result else { return };
                if let Some(TlsHello::Server(server)) = record.tls.map(|tls| tls.hello) {
                    records.push((captured.number, server.ja3s.as_str().to_owned()));
                }
            });
        })
        .expect("a whole capture");
        assert_eq!(records, [(frame, hash.to_owned())], "{name}");
    }
}
