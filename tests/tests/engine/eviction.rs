//! What a full table of hosts forgets, and when: small limits are one table, larger ones are divided
//! into shards, each of which evicts when it is full.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use stackprint::{Analyzer, Database, Frame, Limits, LinkType, Timestamp};
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::say;

const SERVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 443);

fn analyzer(database: &Arc<Database>, hosts: u32) -> Analyzer {
    Analyzer::builder(database).limits(Limits { hosts, ..Limits::default() }).build()
}

/// The round in which clients look changed: their SYNs have an MSS and no other option.
const CHANGED: u16 = 2;

/// A SYN of the client with this number.
fn syn(client: u32, round: u16) -> Vec<u8> {
    let address = Ipv4Addr::from_bits(0x0a00_0000 | client);
    let mut frame = FrameBuilder::syn((address, 40_000 + round).into(), SERVER);
    if round == CHANGED {
        frame.tcp_options.truncate(4);
    }
    frame.build()
}

fn feed(analyzer: &mut Analyzer, client: u32, round: u16) -> Option<String> {
    let bytes = syn(client, round);
    let seconds = 1_700_000_000 + u64::from(round) * 60;
    let time = Timestamp::from_nanos(seconds * 1_000_000_000 + u64::from(client) * 1000);
    let frame = Frame { time, ..Frame::new(LinkType::ETHERNET, &bytes) };
    let record = analyzer.analyze(&frame).expect("a segment")?;
    let mut json = Vec::new();
    record.write_json(None, &mut json);
    Some(String::from_utf8(json).expect("a record is text"))
}

/// One table: it is full at its limit, and then each new host evicts one.
#[test]
fn small_limits_are_kept_exactly() {
    let database = Database::builtin();
    for limit in [2, 100, 4096, 8191] {
        let mut analyzer = analyzer(&database, limit);
        for client in 1..2 * limit {
            feed(&mut analyzer, client, 0);
            // The server is a host, too, and never the oldest.
            let seen = client + 1;
            let remembered = analyzer.remembered().0 as u32;
            assert_eq!(remembered, seen.min(limit), "of {seen} hosts, limit {limit}");
            assert_eq!(analyzer.evicted().0, u64::from(seen - remembered));
        }
    }
}

/// Shards are not all full at the same time: the first ones evict a little before the limit. No more
/// hosts than the limit are remembered, and in the end as many.
#[test]
fn large_limits_are_nearly_reached_before_hosts_are_evicted() {
    let database = Database::builtin();
    for (limit, most_evicted) in [(8192, 164), (65_536, 1311), (200_000, 4000), (262_144, 5243)] {
        let mut analyzer = analyzer(&database, limit);
        let mut first = None;
        for client in 1..limit {
            feed(&mut analyzer, client, 0);
            if analyzer.evicted().0 > 0 {
                first.get_or_insert(client + 1);
            }
        }
        let (remembered, evicted) = (analyzer.remembered().0 as u64, analyzer.evicted().0);
        assert_eq!(remembered + evicted, u64::from(limit));
        let first = first.unwrap_or(limit);
        say(&format!(
            "limit {limit}: the first host is evicted at {first}, {evicted} at the limit"
        ));
        assert!(f64::from(first) > 0.9 * f64::from(limit), "{first} of {limit}");
        assert!(evicted <= most_evicted, "2 % at most: {evicted} of {limit}");
        for client in limit..limit + limit / 2 {
            feed(&mut analyzer, client, 0);
        }
        assert_eq!(analyzer.remembered().0 as u32, limit);
    }
}

/// As long as nothing is evicted, records do not depend on the number of shards.
#[test]
fn records_are_those_of_other_limits_where_nothing_is_evicted() {
    const CLIENTS: u32 = 7000;
    let database = Database::builtin();
    let limits = [8191, 8192, 65_536, 262_144, 1_000_000];
    let mut analyzers = limits.map(|limit| analyzer(&database, limit));
    let mut changes = 0;
    for round in 0..=CHANGED {
        for client in 1..CLIENTS {
            let [first, others @ ..] = analyzers.each_mut().map(|it| feed(it, client, round));
            let first = first.expect("a record");
            changes += u32::from(first.contains("\"change\":{"));
            for (other, limit) in others.iter().zip(&limits[1..]) {
                assert_eq!(other.as_ref(), Some(&first), "limit {limit}");
            }
        }
    }
    assert!(analyzers.iter().all(|it| it.evicted() == (0, 0)));
    assert_eq!(changes, CLIENTS - 1, "each host changes in the last round");
}
