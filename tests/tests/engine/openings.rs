//! What a topic holds of openings when HTTP is left out of it.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use stackprint::stream::{TcpSegment, TlsOpenings};
use stackprint::{Analyzer, Database, Frame, LinkType, Timestamp};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::{captures, input};

/// The captures of a folder of recordings.
fn recordings(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded").join(folder);
    captures(&folder).iter().map(|path| fs::read(path).expect("a recording")).collect()
}

/// JA4 of the clients that a capture shows, of all frames or of those that are published.
fn hellos(octets: &[u8], database: &Arc<Database>, published: bool) -> BTreeSet<String> {
    let (mut analyzer, mut openings) = (Analyzer::new(database), TlsOpenings::default());
    let mut found = BTreeSet::new();
    input::decode(octets, |captured| {
        let mut frame = captured.frame;
        if published {
            let Some(len) = openings.needed(&frame) else { return };
            frame.data = &frame.data[..len];
        }
        analyzer.session().analyze_all(&frame, |result| {
            if let Ok(Some(record)) = result
                && let Some(tls) = &record.tls
            {
                found.insert(format!("{:?} {:?}", record.client, tls));
            }
        });
    })
    .expect("whole");
    found
}

/// No byte that clients and servers of HTTP sent is needed; their handshakes are.
#[test]
fn nothing_of_http_is_needed() {
    let (mut handshakes, mut left_out) = (0, 0);
    for octets in recordings("http") {
        let mut openings = TlsOpenings::default();
        input::decode(&octets, |captured| {
            let frame = captured.frame;
            // Nmap also tries TLS there.
            let segment = TcpSegment::of(&frame).expect("TCP");
            match openings.needed(&frame) {
                None => left_out += 1,
                Some(len) => {
                    let payload = segment.payload.bytes;
                    assert!(
                        payload.starts_with(&HELLO[..2]) || (segment.syn && payload.is_empty())
                    );
                    assert_eq!(len, frame.data.len());
                    handshakes += 1;
                }
            }
        })
        .expect("whole");
    }
    assert!(handshakes > 100 && left_out > 200, "{handshakes}, {left_out}");
}

/// All hellos of the recordings of TLS are found in what is needed of them.
#[test]
fn all_hellos_are_needed() {
    let database = Database::builtin();
    let mut count = 0;
    for octets in recordings("tls/made-of").into_iter().chain(recordings("tls/held-out")) {
        let all = hellos(&octets, &database, false);
        assert_eq!(hellos(&octets, &database, true), all);
        count += all.len();
    }
    assert!(count > 30, "{count}");
}

fn needed(openings: &mut TlsOpenings, frame: &FrameBuilder) -> Option<usize> {
    let octets = frame.build();
    let mut frame = Frame::new(LinkType::ETHERNET, &octets);
    frame.time = Timestamp::from_nanos(1);
    openings.needed(&frame)
}

const HELLO: &[u8] = &[22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];

/// Payload of a SYN is cut off unless it is a hello; what follows a hello is needed for 20 KiB, of this
/// connection alone, until its ports begin another one.
#[test]
fn a_hello_is_followed_and_nothing_else() {
    let end = |port| SocketAddr::from(([192, 0, 2, 1], port));
    let syn = FrameBuilder::syn(end(40_000), end(443));
    let with = |payload: &[u8]| FrameBuilder { payload: payload.to_vec(), ..syn.clone() };
    let mut openings = TlsOpenings::default();
    let headers = syn.build().len();
    assert_eq!(needed(&mut openings, &syn), Some(headers));
    assert_eq!(needed(&mut openings, &with(b"GET / HTTP/1.1\r\n\r\n")), Some(headers));
    assert_eq!(needed(&mut openings, &with(HELLO)), Some(headers + HELLO.len()));

    let data = |offset: u32, payload: &[u8]| FrameBuilder {
        flags: flag::ACK,
        sequence: syn.sequence.wrapping_add(1 + offset),
        payload: payload.to_vec(),
        ..syn.clone()
    };
    let is_needed =
        |openings: &mut TlsOpenings, frame: &FrameBuilder| needed(openings, frame).is_some();
    assert!(is_needed(&mut openings, &data(11, b"the rest")));
    assert!(is_needed(&mut openings, &data(20 * 1024 - 1, b"x")));
    assert!(!is_needed(&mut openings, &data(20 * 1024, b"x")));
    let other = FrameBuilder::syn(end(40_001), end(443));
    let other = FrameBuilder { flags: flag::ACK, payload: b"secret".to_vec(), ..other };
    assert!(!is_needed(&mut openings, &other));
    // The same ports again, with HTTP.
    assert!(is_needed(&mut openings, &syn));
    assert!(!is_needed(&mut openings, &data(0, b"GET /")));
    assert!(!is_needed(&mut openings, &data(5, b" HTTP/1.1")));
}
