//! Memory under hellos that do not end, payload that is no hello, and what follows a hello: samples,
//! and in full by `tests/nightly.sh`.

use std::net::SocketAddr;

use stackprint::{Analyzer, Database, Frame, Limits, LinkType, Timestamp};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::hellos::{Random, in_records};
use stackprint_tests::process::volume;
use stackprint_tests::say;

use crate::no_alloc::live_bytes;

/// Of undecided streams, so that a sample passes it many times.
const STREAM_MEMORY: usize = 4 << 20;
const NANOS_PER_FLOW: u64 = 10_000;
/// More than the limit on flows, so that they are evicted, too.
const LIMITS: Limits = Limits { hosts: 20_000, flows: 20_000, ..Limits::P0F };
/// What a flow with an undecided stream is remembered by, beside the bytes that it holds.
const FLOW_OVERHEAD_BYTES: usize = 256;

/// What was seen while flows were analyzed.
struct Seen {
    peak: usize,
    records: usize,
    given_up: u64,
}

/// A SYN and a segment of each flow; `payload` is asked for it by the flow's number.
fn analyze(flows: usize, tls: bool, payload: impl Fn(usize) -> Vec<u8>) -> Seen {
    let before = live_bytes();
    let mut analyzer = Analyzer::builder(&Database::builtin())
        .limits(LIMITS)
        .tls(tls)
        .stream_memory(STREAM_MEMORY)
        .build();
    let mut seen = Seen { peak: 0, records: 0, given_up: 0 };
    for flow in 0..flows {
        let host = u32::try_from(flow % (1 << 24)).expect("24 bits");
        let client = SocketAddr::from((std::net::Ipv4Addr::from(10 << 24 | host), 40_000));
        let server = SocketAddr::from(([192, 0, 2, 1], 443));
        let syn = FrameBuilder { sequence: 0, ..FrameBuilder::syn(client, server) };
        let flags = flag::ACK | flag::PSH;
        let segment = FrameBuilder { sequence: 1, flags, payload: payload(flow), ..syn.clone() };
        for frame in [syn.build(), segment.build()] {
            let time = Timestamp::from_nanos(flow as u64 * NANOS_PER_FLOW);
            let frame = Frame::new(LinkType::ETHERNET, &frame).at(time);
            analyzer.session().analyze_all(&frame, |result| {
                let is_tls = |it: &stackprint::Record<'_>| it.tls.is_some();
                seen.records += usize::from(result.expect("TCP").as_ref().is_some_and(is_tls));
            });
        }
        assert!(analyzer.stream_memory() <= STREAM_MEMORY, "{}", analyzer.stream_memory());
        seen.peak = seen.peak.max(usize::try_from(live_bytes() - before).unwrap_or_default());
    }
    seen.given_up = analyzer.streams_given_up().map(|(_, count)| count).sum();
    seen
}

/// The most that may be allocated: what the same flows take without TLS, and the streams' bound.
fn bound(flows: usize, without: &Seen) -> usize {
    without.peak + STREAM_MEMORY + flows.min(LIMITS.flows as usize) * FLOW_OVERHEAD_BYTES
}

#[test]
fn half_sent_hellos_stay_within_the_bound_and_are_counted() {
    let flows = volume("STACKPRINT_TLS_FLOWS", 50_000);
    let bytes = in_records(&Random(26).hello(false, false), 16_384);
    let half = &bytes[..bytes.len() / 2];
    let without = analyze(flows, false, |_| half.to_vec());
    let seen = analyze(flows, true, |_| half.to_vec());
    say(&format!(
        "{flows} half-sent hellos of {} bytes: at most {} bytes, {} without TLS, {} given up",
        half.len(),
        seen.peak,
        without.peak,
        seen.given_up
    ));
    assert!(seen.peak <= bound(flows, &without), "{}", seen.peak);
    assert_eq!(seen.records, 0);
    // What is not held any more was given up.
    let held = STREAM_MEMORY / half.len();
    assert!(seen.given_up as usize >= flows - held, "{} of {flows}", seen.given_up);
}

#[test]
fn junk_holds_nothing() {
    let flows = volume("STACKPRINT_TLS_FLOWS", 50_000);
    let junk = |flow: usize| {
        let mut random = Random(flow as u64 + 1);
        (0..200).map(|_| random.below(256) as u8).collect()
    };
    let without = analyze(flows, false, junk);
    let seen = analyze(flows, true, junk);
    say(&format!(
        "{flows} flows of junk: at most {} bytes, {} without TLS, {} given up",
        seen.peak, without.peak, seen.given_up
    ));
    assert!(seen.peak <= bound(flows, &without) - STREAM_MEMORY, "{}", seen.peak);
    assert_eq!(seen.records, 0);
}

#[test]
fn a_download_after_the_hellos_holds_nothing() {
    const SEGMENT_BYTES: usize = 1448;
    let segments = volume("STACKPRINT_TLS_DOWNLOAD_MB", 100) * 1_000_000 / SEGMENT_BYTES;
    let client = SocketAddr::from(([10, 0, 0, 1], 40_000));
    let server = SocketAddr::from(([192, 0, 2, 1], 443));
    let syn = FrameBuilder { sequence: 0, ..FrameBuilder::syn(client, server) };
    let syn_ack = FrameBuilder { sequence: 0, acknowledgment: 1, ..syn.syn_ack() };
    let hello = in_records(&Random(26).hello(false, false), 16_384);
    let flags = flag::ACK | flag::PSH;
    let segment = |of: &FrameBuilder, sequence: u32, payload: &[u8]| {
        let payload = payload.to_vec();
        FrameBuilder { sequence, flags, payload, acknowledgment: 1, ..of.clone() }.build()
    };
    // A ServerHello of TLS 1.2 with no extensions: 0x1301 of no meaning here.
    let mut server_hello = vec![22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3];
    server_hello.extend([7; 32]);
    server_hello.extend([0, 0x13, 0x01, 0]);
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut records = Vec::new();
    let mut take = |analyzer: &mut Analyzer, bytes: &[u8], number: usize| {
        let time = Timestamp::from_nanos(number as u64 * NANOS_PER_FLOW);
        let frame = Frame::new(LinkType::ETHERNET, bytes).at(time);
        analyzer.session().analyze_all(&frame, |result| {
            records.extend(result.expect("TCP").filter(|it| it.tls.is_some()).map(|it| it.kind));
        });
    };
    for bytes in [
        syn.build(),
        syn_ack.build(),
        segment(&syn, 1, &hello),
        segment(&syn_ack, 1, &server_hello),
    ] {
        take(&mut analyzer, &bytes, 0);
    }
    let after_hellos = live_bytes();
    let mut data = segment(&syn_ack, 0, &[0x5a; SEGMENT_BYTES]);
    let sequence_at = data.len() - SEGMENT_BYTES - syn_ack.tcp_options.len() - 16;
    let mut sequence = 1 + server_hello.len() as u32;
    let mut most = 0;
    for number in 0..segments {
        data[sequence_at..sequence_at + 4].copy_from_slice(&sequence.to_be_bytes());
        sequence = sequence.wrapping_add(SEGMENT_BYTES as u32);
        take(&mut analyzer, &data, number);
        most = most.max(live_bytes() - after_hellos);
        assert_eq!(analyzer.stream_memory(), 0, "segment {number}");
    }
    say(&format!("{segments} segments after a ServerHello: {most} bytes more"));
    assert_eq!(
        records.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        ["tls_client", "tls_server"]
    );
    assert!(most <= 64 << 10, "{most}");
}
