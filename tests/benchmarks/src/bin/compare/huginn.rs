//! huginn-net-tcp 2.2.1: its analysis of a packet in memory, its reading of a file.

use std::hint::black_box;
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use huginn_net_db::{SharedTcpSignatureMatcher, TcpDatabase};
use huginn_net_tcp::matcher_api::TcpMatcher;
use huginn_net_tcp::packet_parser::{IpPacket, parse_packet};
use huginn_net_tcp::{
    ConnectionTracker, HuginnNetTcp, TcpAnalysisResult, process_ipv4_packet, process_ipv6_packet,
};
use stackprint_benchmarks::inputs::Frames;
use stackprint_benchmarks::ours::Counts;

/// Connections that it remembers, in its own examples and benchmarks.
pub(crate) const CONNECTIONS: usize = 1000;

/// Its own database.
pub(crate) fn matcher() -> Arc<SharedTcpSignatureMatcher> {
    let database = TcpDatabase::load_default().expect("its own database");
    Arc::new(SharedTcpSignatureMatcher::new(Arc::new(database)))
}

fn count(counts: &mut Counts, result: &TcpAnalysisResult) {
    if let Some(syn) = &result.syn {
        counts.syn += 1;
        counts.labelled += u64::from(syn.os_matched.os.is_some());
    }
    if let Some(syn_ack) = &result.syn_ack {
        counts.syn_ack += 1;
        counts.labelled += u64::from(syn_ack.os_matched.os.is_some());
    }
    counts.uptime += u64::from(result.client_uptime.is_some());
    counts.uptime += u64::from(result.server_uptime.is_some());
}

/// Full analysis, packet by packet.
pub(crate) fn analyze(matcher: &dyn TcpMatcher, frames: &Frames) -> Counts {
    let mut connections = ConnectionTracker::new(CONNECTIONS);
    let mut counts = Counts::default();
    for frame in frames.iter() {
        let result = match parse_packet(frame.data) {
            IpPacket::Ipv4(packet) => process_ipv4_packet(&packet, &mut connections, Some(matcher)),
            IpPacket::Ipv6(packet) => process_ipv6_packet(&packet, &mut connections, Some(matcher)),
            IpPacket::None => continue,
        };
        if let Ok(result) = result {
            count(&mut counts, &result);
            black_box(&result);
        }
    }
    counts
}

/// What it calls detection: how many frames it takes for IP.
pub(crate) fn detect(frames: &Frames) -> u64 {
    let is_ip = |octets| !matches!(black_box(parse_packet(octets)), IpPacket::None);
    frames.iter().map(|frame| u64::from(is_ip(frame.data))).sum()
}

/// Its own way through a capture file, results over its channel.
pub(crate) fn read(path: &Path) -> Counts {
    let (results, received) = mpsc::channel();
    let path = path.to_string_lossy().into_owned();
    let reader = thread::spawn(move || {
        let mut analyzer = HuginnNetTcp::new(CONNECTIONS).with_matcher(matcher());
        analyzer.analyze_pcap(&path, results, None).expect("a capture that it reads");
    });
    let mut counts = Counts::default();
    received.iter().for_each(|result| count(&mut counts, &result));
    reader.join().expect("its reader ends");
    counts
}

/// Its own capture from an interface; how many records so far, once a second, until it is killed.
pub(crate) fn live(interface: &str) {
    let (results, received) = mpsc::channel();
    let interface = interface.to_owned();
    thread::spawn(move || {
        let mut analyzer = HuginnNetTcp::new(CONNECTIONS).with_matcher(matcher());
        analyzer.analyze_network(&interface, results, None).expect("an interface");
    });
    let (mut counts, mut told) = (Counts::default(), Counts::default());
    loop {
        match received.recv_timeout(Duration::from_secs(1)) {
            Ok(result) => count(&mut counts, &result),
            Err(RecvTimeoutError::Timeout) if counts != told => {
                eprintln!("{} records", counts.syn + counts.syn_ack);
                told = counts;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
}
