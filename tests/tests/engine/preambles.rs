//! Hellos behind STARTTLS and its like: recorded, and in the corpus.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use stackprint::stream::{Outcome, Payload, Stream, Streams};
use stackprint::tls::{ClientHello, Preamble, Progress, Search, Transport, preamble};
use stackprint_tests::{captures, corpus, hellos, say};

fn recorded() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded/tls/preamble");
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let read = |path: &Path| (name(path), fs::read(path).expect("a capture"));
    captures(&folder).iter().map(|path| read(path)).collect()
}

/// The word of a recording's name that tells its protocol: `openssl-smtp`, `psql`.
fn protocol(name: &str) -> Preamble {
    match name.split('-').nth(1).unwrap_or(name) {
        "smtp" => Preamble::Smtp,
        "imap" => Preamble::Imap,
        "pop3" => Preamble::Pop3,
        "ftp" => Preamble::Ftp,
        "ldap" => Preamble::Ldap,
        "postgres" | "psql" => Preamble::Postgresql,
        "mysql" => Preamble::Mysql,
        "xmpp" => Preamble::Xmpp,
        "http_connect" => Preamble::HttpConnect,
        "socks4" | "socks4a" => Preamble::Socks4,
        "socks5" | "socks5h" => Preamble::Socks5,
        other => panic!("{other}: a new protocol?"),
    }
}

/// Each protocol by real programs. `record-tls.sh` names what each capture is.
#[test]
fn every_recording() {
    let mut seen = BTreeSet::new();
    for (name, octets) in recorded() {
        let found = hellos::in_band(&octets);
        assert!(!found.is_empty(), "{name}");
        for in_band in &found {
            assert_eq!(in_band.preamble, protocol(&name), "{name}");
            seen.insert(in_band.preamble);
        }
        // Chromium also asks for its maker's updates.
        let name_of = |in_band: &hellos::InBand| in_band.hello.server_name().map(<[u8]>::to_vec);
        let names: Vec<_> = found.iter().filter_map(name_of).collect();
        assert!(names.iter().any(|server| server == b"client.example"), "{name}: {names:?}");
        let direct = hellos::in_capture(&octets).clients;
        assert!(direct.is_empty(), "{name}: a hello at the start of its stream");
    }
    assert_eq!(seen, Preamble::ALL.iter().copied().collect());
}

/// Every cut into two segments, in either order, and byte by byte: the same hello behind the same
/// preamble.
#[test]
fn any_segmentation() {
    let read = |bytes: &[u8]| match preamble::find(bytes) {
        Search::Nothing => Some(None),
        Search::NeedsMore => None,
        Search::Found { preamble, at } => match ClientHello::from_stream(&bytes[at..]) {
            Progress::NeedsMore => None,
            Progress::NotTls(_) => Some(None),
            Progress::Complete(hello) => {
                let ja4 = hello.fingerprints(Transport::Tcp).expect("whole").ja4();
                Some(Some((preamble, at, ja4)))
            }
        },
    };
    for (name, octets) in recorded() {
        for whole in hellos::in_band(&octets) {
            let bytes = &whole.bytes;
            let expected = read(bytes).expect("decided").expect("a hello");
            let push = |order: &[(usize, usize)]| {
                let mut streams =
                    Streams::new(1 << 20, |bytes| preamble::find(bytes) != Search::Nothing);
                let mut stream = Stream::after_syn(u32::MAX - 20);
                let start = (u32::MAX - 20).wrapping_add(1);
                order.iter().find_map(|&(from, to)| {
                    let seq = start.wrapping_add(from as u32);
                    let payload = Payload { seq, bytes: &bytes[from..to], ..Payload::default() };
                    match streams.push(&mut stream, &payload, |reading| read(reading.bytes)) {
                        Outcome::Decided(found) => Some(found),
                        _ => None,
                    }
                })
            };
            for cut in 1..bytes.len() {
                let (first, second) = ((0, cut), (cut, bytes.len()));
                for order in [[first, second], [second, first]] {
                    assert_eq!(push(&order), Some(Some(expected)), "{name} cut at {cut}");
                }
            }
            let single: Vec<_> = (0..bytes.len()).map(|at| (at, at + 1)).collect();
            assert_eq!(push(&single), Some(Some(expected)), "{name} byte by byte");
        }
    }
}

/// What the corpus has, listed: `hellos.jsonl` does not have these. Whether each is one, the name of
/// its capture or its server's port says.
#[test]
fn in_the_corpus() {
    let Some(corpus) = corpus() else { return };
    let mut counts: BTreeMap<Preamble, usize> = BTreeMap::new();
    for path in captures(&corpus.join("captures")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for found in hellos::in_band(&fs::read(&path).expect("a capture")) {
            *counts.entry(found.preamble).or_default() += 1;
            let ja4 = found.hello.fingerprints(Transport::Tcp).expect("whole").ja4();
            let server = found.hello.server_name().unwrap_or_default();
            say(&format!(
                "{name} frame {}: {} behind {} bytes, {}, {ja4}",
                found.frame,
                found.preamble,
                found.at,
                String::from_utf8_lossy(server),
            ));
        }
    }
    say(&format!("in-band hellos of the corpus: {counts:?}"));
    assert!(counts.len() >= 6, "{counts:?}");
}
