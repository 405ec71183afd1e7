//! huginn-net-tls, huginn-net-http and huginn-net, which has both, 2.2.1.

use std::hint::black_box;
use std::sync::Arc;

use huginn_net::HuginnNet;
use huginn_net_db::{HttpDatabase, SharedHttpSignatureMatcher};
use huginn_net_http::http_process::{HttpProcessors, TcpFlow};
use huginn_net_http::{HttpAnalysisResult, HttpMatcher};
use huginn_net_tls::{TlsClientHelloReader, TlsClientOutput};
use stackprint_benchmarks::inputs::Frames;
use ttl_cache::TtlCache;

use crate::ours::FLOWS;

fn each_hello(frames: &Frames, mut each: impl FnMut(&TlsClientOutput)) {
    use huginn_net_tls::packet_parser::{IpPacket, parse_packet};
    use huginn_net_tls::{FlowKey, process_ipv4_packet, process_ipv6_packet};
    let mut flows: TtlCache<FlowKey, TlsClientHelloReader> = TtlCache::new(FLOWS);
    for frame in frames.iter() {
        let output = match parse_packet(frame.data) {
            IpPacket::Ipv4(packet) => process_ipv4_packet(&packet, &mut flows, &[]),
            IpPacket::Ipv6(packet) => process_ipv6_packet(&packet, &mut flows, &[]),
            IpPacket::None => continue,
        };
        if let Ok(Some(output)) = output {
            each(&output);
        }
    }
}

/// JA4 of every hello.
pub(crate) fn ja4s(frames: &Frames) -> Vec<String> {
    let mut found = Vec::new();
    each_hello(frames, |output| found.push(output.sig.ja4.full.value().to_owned()));
    found
}

/// How many hellos it finds.
pub(crate) fn hellos(frames: &Frames) -> usize {
    let mut count = 0;
    each_hello(frames, |output| {
        black_box(output);
        count += 1;
    });
    count
}

/// How many requests and responses it finds.
pub(crate) fn heads(matcher: &dyn HttpMatcher, frames: &Frames) -> usize {
    use huginn_net_http::packet_parser::{IpPacket, parse_packet};
    use huginn_net_http::{FlowKey, process_ipv4_packet, process_ipv6_packet};
    let mut flows: TtlCache<FlowKey, TcpFlow> = TtlCache::new(FLOWS);
    let processors = HttpProcessors::new();
    let matcher = Some(matcher);
    let count = |result: &HttpAnalysisResult| {
        usize::from(result.http_request.is_some()) + usize::from(result.http_response.is_some())
    };
    let mut heads = 0;
    for frame in frames.iter() {
        let result = match parse_packet(frame.data) {
            IpPacket::Ipv4(packet) => {
                process_ipv4_packet(&packet, &mut flows, &processors, matcher, None)
            }
            IpPacket::Ipv6(packet) => {
                process_ipv6_packet(&packet, &mut flows, &processors, matcher, None)
            }
            IpPacket::None => continue,
        };
        heads += result.as_ref().map_or(0, count);
        let _ = black_box(result);
    }
    heads
}

/// Its own database.
pub(crate) fn matcher() -> SharedHttpSignatureMatcher {
    SharedHttpSignatureMatcher::new(Arc::new(
        HttpDatabase::load_default().expect("its own database"),
    ))
}

/// The database of all of it.
pub(crate) fn database() -> huginn_net::Database {
    huginn_net::Database::load_default().expect("its own database")
}

/// How many hellos, and how many requests and responses, all of it finds.
pub(crate) fn all(database: &huginn_net::Database, frames: &Frames) -> (usize, usize) {
    let mut analyzer = HuginnNet::new(Some(database), FLOWS, None).expect("an analyzer");
    let (mut hellos, mut heads) = (0, 0);
    for frame in frames.iter() {
        let result = black_box(analyzer.analyze_tcp(frame.data));
        hellos += usize::from(result.tls_client.is_some());
        heads += usize::from(result.http_request.is_some())
            + usize::from(result.http_response.is_some());
    }
    (hellos, heads)
}
