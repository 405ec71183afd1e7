//! Filters: a truth table, every kind of frame, and that it does not matter whether a frame is
//! dropped before or after it is parsed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use proptest::prelude::*;
use stackprint::{
    AddressSet, Analyzer, Compat, Condition, ConnectionSet, Database, End, Endpoint, Filter, Frame,
    IpVersion, LinkType, PortSet, RecordKind, SkipReason, Timestamp,
};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::{input, say};

const VERSIONS: [IpVersion; 2] = [IpVersion::V4, IpVersion::V6];
const ENDS: [End; 3] = [End::Either, End::Client, End::Server];

/// A flow between two hosts of which every fact is known.
#[derive(Debug, Clone, Copy)]
struct Flow {
    client: SocketAddr,
    server: SocketAddr,
}

/// The hosts of the truth table: 10.0.0.1 and 192.0.2.1, and their like in IPv6.
fn flow(version: IpVersion, near: bool, client_port: u16, server_port: u16) -> Flow {
    let (inside, outside) = match version {
        IpVersion::V4 => ("10.0.0.1", "192.0.2.1"),
        IpVersion::V6 => ("2001:db8:a::1", "2001:db8:c::1"),
    };
    let (client, server) = if near { (inside, outside) } else { (outside, inside) };
    let end = |ip: &str, port| SocketAddr::new(ip.parse().expect("an address"), port);
    Flow { client: end(client, client_port), server: end(server, server_port) }
}

impl Flow {
    /// SYN, SYN+ACK, ACK, data from the server, FIN, and the server's RST.
    fn frames(self) -> Vec<Vec<u8>> {
        let syn = FrameBuilder::syn(self.client, self.server);
        let syn_ack = syn.syn_ack();
        let later = |from: &FrameBuilder, flags, payload: &[u8]| {
            let sequence = from.sequence + 1;
            let payload = payload.to_vec();
            FrameBuilder { flags, sequence, acknowledgment: 1, payload, ..from.clone() }.build()
        };
        vec![
            syn.build(),
            syn_ack.build(),
            later(&syn, flag::ACK, b""),
            later(&syn_ack, flag::ACK | flag::PSH, b"220 hello"),
            later(&syn, flag::FIN | flag::ACK, b""),
            later(&syn_ack, flag::RST, b""),
        ]
    }
}

/// A filter in words: `+server port 443 -either net 10.0.0.0/8 +version 4`.
fn filter(words: &str) -> Filter {
    let mut filter = Filter::default();
    let mut words = words.split(' ').filter(|word| !word.is_empty());
    while let Some(first) = words.next() {
        let (sign, end) = first.split_at(1);
        let mut word = || words.next().expect("a word");
        let condition = match end {
            "version" => match word() {
                "4" => Condition::Version(IpVersion::V4),
                _ => Condition::Version(IpVersion::V6),
            },
            "connection" => Condition::Connection(word().parse().expect("connections")),
            end => {
                let end = match end {
                    "either" => End::Either,
                    "client" => End::Client,
                    "server" => End::Server,
                    other => panic!("{other}"),
                };
                match word() {
                    "port" => Condition::Port(end, word().parse().expect("ports")),
                    "net" => Condition::Address(end, word().parse().expect("addresses")),
                    other => panic!("{other}"),
                }
            }
        };
        filter = if sign == "+" { filter.allow(condition) } else { filter.deny(condition) };
    }
    filter
}

fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint { ip: address.ip(), port: address.port() }
}

/// What an analyzer of its own makes of the frames: records, and how many frames were filtered.
fn analyze(filter: &Filter, frames: &[Vec<u8>], compat: Compat) -> (Vec<RecordKind>, usize) {
    let database = Database::parse_with(Database::BUILTIN_TEXT, compat).expect("built-in");
    let mut analyzer = Analyzer::builder(&Arc::new(database)).filter(filter.clone()).build();
    let (mut records, mut filtered) = (Vec::new(), 0);
    for (number, octets) in frames.iter().enumerate() {
        let time = Timestamp::from_nanos(1_700_000_000_000_000_000 + number as u64 * 10_000_000);
        match analyzer.analyze(&Frame::new(LinkType::ETHERNET, octets).at(time)) {
            Ok(record) => records.extend(record.map(|record| record.kind)),
            Err(skip) => {
                assert_eq!(skip.reason, SkipReason::Filtered, "frame {number}");
                filtered += 1;
            }
        }
    }
    (records, filtered)
}

/// A flow is kept or dropped whole, by all that a filter has to say of it.
fn assert_whole(words: &str, flow: Flow, kept: bool) {
    let filter = filter(words);
    assert_eq!(
        filter.keeps(endpoint(flow.client), endpoint(flow.server)),
        kept,
        "{words}: {flow:?}"
    );
    let frames = flow.frames();
    for compat in [Compat::Fixed, Compat::P0fExact] {
        let (records, filtered) = analyze(&filter, &frames, compat);
        assert_eq!(records.len(), if kept { 2 } else { 0 }, "{words}: {flow:?} {compat:?}");
        // Only SYN and SYN+ACK tell which way round the flow is; the others may pass, and say
        // nothing.
        let is_whole = if kept { filtered == 0 } else { filtered >= 2 };
        assert!(is_whole, "{filtered} filtered, {words}: {flow:?} {compat:?}");
    }
    for (number, octets) in frames.iter().enumerate() {
        let passes = filter.check(&Frame::new(LinkType::ETHERNET, octets)).is_ok();
        let is_handshake = number < 2;
        assert!(passes == kept || passes && !is_handshake, "{words}: {flow:?}");
    }
}

/// One condition at a time: what it is about, and for which flows it holds. The flows are from
/// 10.0.0.1:40000 to 192.0.2.1:443, the same with the hosts changed over, and the first with the
/// ports changed over.
const CONDITIONS: [(&str, [bool; 3]); 19] = [
    ("either port 443", [true, true, true]),
    ("client port 443", [false, false, true]),
    ("server port 443", [true, true, false]),
    ("either port 40000", [true, true, true]),
    ("client port 40000", [true, true, false]),
    ("either port 80", [false, false, false]),
    ("either port 1-442,444-39999,40001-65535", [false, false, false]),
    ("server port 442-443", [true, true, false]),
    ("server port 443-444", [true, true, false]),
    ("server port 0-65535", [true, true, true]),
    ("either net 10.0.0.1", [true, true, true]),
    ("client net 10.0.0.1", [true, false, true]),
    ("server net 10.0.0.1", [false, true, false]),
    ("either net 10.0.0.0/8", [true, true, true]),
    ("client net 10.0.0.0/8", [true, false, true]),
    ("server net 172.16.0.0/12,192.0.2.0/24", [true, false, true]),
    ("either net 10.0.0.0,10.0.0.2,192.0.2.0,192.0.2.2/31", [false, false, false]),
    ("version 4", [true, true, true]),
    ("version 6", [false, false, false]),
];

/// The condition for the flows of IPv6.
fn for_v6(words: &str) -> String {
    let words = words.replace("version 4", "version x").replace("version 6", "version 4");
    words
        .replace("version x", "version 6")
        .replace("10.0.0.0/8", "2001:db8:a::/48")
        .replace("172.16.0.0/12", "2001:db8:b::/48")
        .replace("192.0.2.0/24", "2001:db8:c::/48")
        .replace("192.0.2.2/31", "2001:db8:c::2/127")
        .replace("10.0.0.", "2001:db8:a::")
        .replace("192.0.2.", "2001:db8:c::")
}

fn flows(version: IpVersion) -> [Flow; 3] {
    [
        flow(version, true, 40_000, 443),
        flow(version, false, 40_000, 443),
        flow(version, true, 443, 40_000),
    ]
}

fn words(version: IpVersion, words: &str) -> String {
    if version == IpVersion::V4 { words.to_owned() } else { for_v6(words) }
}

#[test]
fn each_condition_allowed_and_denied() {
    for (condition, holds) in CONDITIONS {
        for version in VERSIONS {
            for (flow, holds) in flows(version).into_iter().zip(holds) {
                assert_whole(&words(version, &format!("+{condition}")), flow, holds);
                assert_whole(&words(version, &format!("-{condition}")), flow, !holds);
            }
        }
    }
}

/// Every two of them, each allowed or denied: all that are allowed must hold, none that is denied
/// may.
#[test]
fn conditions_are_joined_by_and_and_deny_wins() {
    for (first, first_holds) in CONDITIONS {
        for (second, second_holds) in CONDITIONS {
            for (place, flow) in flows(IpVersion::V4).into_iter().enumerate() {
                let (a, b) = (first_holds[place], second_holds[place]);
                let [client, server] = [flow.client, flow.server].map(endpoint);
                for (signs, kept) in
                    [("++", a && b), ("+-", a && !b), ("-+", !a && b), ("--", !a && !b)]
                {
                    let (sign, other) = signs.split_at(1);
                    let words = format!("{sign}{first} {other}{second}");
                    assert_eq!(filter(&words).keeps(client, server), kept, "{words}: {flow:?}");
                }
            }
        }
    }
}

#[test]
fn an_empty_filter_keeps_everything_and_an_empty_set_nothing() {
    let flow = flow(IpVersion::V4, true, 40_000, 443);
    let (client, server) = (endpoint(flow.client), endpoint(flow.server));
    assert!(Filter::default().is_empty() && Filter::default().keeps(client, server));
    let (no_ports, no_addresses): ([PortSet; 0], [AddressSet; 0]) = ([], []);
    let no_ports: PortSet = no_ports.into_iter().collect();
    let no_addresses: AddressSet = no_addresses.into_iter().collect();
    let no_connections: [(IpAddr, Endpoint); 0] = [];
    let no_connections: ConnectionSet = no_connections.into_iter().collect();
    for end in ENDS {
        let conditions = [
            Condition::Port(end, no_ports.clone()),
            Condition::Address(end, no_addresses.clone()),
            Condition::Connection(no_connections.clone()),
        ];
        for condition in conditions {
            assert!(!Filter::default().allow(condition.clone()).keeps(client, server));
            assert!(Filter::default().deny(condition).keeps(client, server));
        }
    }
}

/// What the peer's documentation tells of its filters, and what ours make of each.
#[test]
fn cases_of_the_peers_documentation() {
    let web = flow(IpVersion::V4, true, 40_000, 443);
    let ssh = flow(IpVersion::V4, true, 40_000, 22);
    let from_outside = flow(IpVersion::V4, false, 40_000, 22);
    let highest = flow(IpVersion::V4, true, 65_535, 65_535);
    for (words, flow, kept) in [
        // destination(443): there, the server's SYN+ACK was dropped.
        ("+server port 443", web, true),
        ("+server port 443", ssh, false),
        // source(40000), and both: joined by AND.
        ("+client port 40000", web, true),
        ("+client port 40000 +server port 443", web, true),
        ("+client port 40001 +server port 443", web, false),
        // destination_list, destination_range: half open there, so that 65535 was out of reach.
        ("+server port 22,443", ssh, true),
        ("+server port 400-443", web, true),
        ("+server port 60000-65535", highest, true),
        ("+client port 65535 +server port 65535", highest, true),
        // any_port.
        ("+either port 443,80", web, true),
        ("+either port 40000", web, true),
        ("+either port 80", web, false),
        // IpFilter and SubnetFilter: either end, source_only, destination_only.
        ("+either net 10.0.0.1", web, true),
        ("+either net 192.0.2.1", web, true),
        ("+client net 192.0.2.1", web, false),
        ("+server net 192.0.2.1", web, true),
        ("+either net 10.0.0.0/8", web, true),
        ("+either net 172.16.0.0/12", web, false),
        // Port, address and subnet: joined by AND.
        ("+server port 443 +either net 10.0.0.1 +either net 192.0.2.0/24", web, true),
        ("+server port 443 +either net 10.0.0.1 +either net 172.16.0.0/12", web, false),
        // Deny, which there needed all of its conditions to hold.
        ("-server port 22", ssh, false),
        ("-server port 22", web, true),
        ("-server port 22 -client net 192.0.2.1", ssh, false),
        ("-server port 22 -client net 192.0.2.1", from_outside, false),
        ("-server port 22 -client net 192.0.2.1", web, true),
        // Both at once, which was not to be had.
        ("+either net 10.0.0.0/8 -server port 22", web, true),
        ("+either net 10.0.0.0/8 -server port 22", ssh, false),
    ] {
        assert_whole(words, flow, kept);
    }
}

/// A connection is that of a client to a service, whatever the client's port.
#[test]
fn connections_one_by_one() {
    let [web, other_port] = [443, 8443].map(|port| flow(IpVersion::V4, true, 40_000, port));
    let again = flow(IpVersion::V4, true, 50_000, 443);
    let [back, web6] = [(IpVersion::V4, false), (IpVersion::V6, true)]
        .map(|(version, near)| flow(version, near, 40_000, 443));
    let one = "10.0.0.1>192.0.2.1:443";
    let both = "10.0.0.1>192.0.2.1:443,2001:db8:a::1>[2001:db8:c::1]:443";
    for (connections, flow, is_named) in [
        (one, web, true),
        (one, again, true),
        (one, other_port, false),
        (one, back, false),
        (one, web6, false),
        (both, web, true),
        (both, web6, true),
        ("192.0.2.1>10.0.0.1:443", back, true),
        ("192.0.2.1>10.0.0.1:443", web, false),
    ] {
        assert_whole(&format!("+connection {connections}"), flow, is_named);
        assert_whole(&format!("-connection {connections}"), flow, !is_named);
    }
}

/// A frame in VLAN tags, and in a tunnel between other hosts and ports.
fn wrapped(octets: &[u8]) -> [(&'static str, Vec<u8>); 5] {
    const ADDRESSES: usize = 12;
    const ETHERNET: usize = 14;
    const MORE_TAGS_THAN_ARE_LOOKED_BEHIND: usize = 4;
    let (addresses, rest) = octets.split_at(ADDRESSES);
    let tagged = |tags: usize| [addresses, &[0x81, 0, 0, 7].repeat(tags), rest].concat();
    let outer = |protocol: u8, payload: &[u8]| {
        let len = (20 + payload.len()) as u16;
        let mut frame = [addresses, &[8, 0, 0x45, 0]].concat();
        frame.extend(len.to_be_bytes());
        frame.extend([0, 0, 0, 0, 64, protocol, 0, 0, 203, 0, 113, 1, 203, 0, 113, 2]);
        frame.extend(payload);
        frame
    };
    let inner = &octets[ETHERNET..];
    let ip_in_ip = if inner[0] >> 4 == 4 { 4 } else { 41 };
    let mut vxlan = [50_000u16.to_be_bytes(), 4789u16.to_be_bytes()].concat();
    vxlan.extend(((16 + octets.len()) as u16).to_be_bytes());
    vxlan.extend([0, 0, 8, 0, 0, 0, 0, 0, 7, 0]);
    vxlan.extend(octets);
    [
        ("one tag", tagged(1)),
        ("two tags", tagged(2)),
        ("four tags", tagged(MORE_TAGS_THAN_ARE_LOOKED_BEHIND)),
        ("IP in IP", outer(ip_in_ip, inner)),
        ("VXLAN", outer(17, &vxlan)),
    ]
}

#[test]
fn the_innermost_ends_count() {
    for version in VERSIONS {
        let flow = flow(version, true, 40_000, 443);
        let syn = FrameBuilder::syn(flow.client, flow.server).build();
        for (how, octets) in wrapped(&syn) {
            let frame = Frame::new(LinkType::ETHERNET, &octets);
            for (condition, holds) in [
                ("+client net 10.0.0.1 +server net 192.0.2.1 +server port 443", true),
                ("+either net 203.0.113.0/24", false),
                ("-either net 203.0.113.0/24", true),
                ("+either port 4789,50000", false),
                ("-server port 443", false),
            ] {
                let words = words(version, condition);
                let result = filter(&words).check(&frame).map_err(|skip| skip.reason);
                let expected = if holds { Ok(()) } else { Err(SkipReason::Filtered) };
                assert_eq!(result, expected, "{how}: {words}");
            }
        }
    }
}

#[test]
fn what_cannot_be_read_does_not_slip_through() {
    let flow = flow(IpVersion::V4, true, 40_000, 443);
    let syn = FrameBuilder::syn(flow.client, flow.server);
    let good = syn.build();
    let with = |at: usize, octet: u8| {
        let mut octets = good.clone();
        octets[at] = octet;
        octets
    };
    let fragment = FrameBuilder { ip_flags: 100, ..syn.clone() }.build();
    let bad_flags = FrameBuilder { flags: flag::SYN | flag::FIN, ..syn }.build();
    let garbage: [(&str, &[u8]); 10] = [
        ("nothing", b""),
        ("noise", b"a quick brown fox jumps over the lazy dog, and on and on"),
        ("ARP", &with(13, 6)),
        ("UDP", &with(23, 17)),
        ("a later fragment", &fragment),
        ("cut in the Ethernet header", &good[..13]),
        ("cut in the IP header", &good[..30]),
        ("cut in the TCP header", &good[..53]),
        ("an IP header of 16 octets", &with(14, 0x44)),
        ("a TCP header of 16 octets", &with(46, 0x40)),
    ];
    for words in ["+server port 443", "-server port 80", "+version 4", "-version 6"] {
        let filter = filter(words);
        assert!(filter.check(&Frame::new(LinkType::ETHERNET, &good)).is_ok(), "{words}");
        for (what, octets) in garbage {
            assert!(filter.check(&Frame::new(LinkType::ETHERNET, octets)).is_err(), "{what}");
        }
        // Whatever an analyzer says of flags that no stack sends, it is no record.
        let mut analyzer = Analyzer::builder(&Database::builtin()).filter(filter).build();
        let skip = analyzer.analyze(&Frame::new(LinkType::ETHERNET, &bad_flags)).unwrap_err();
        assert_eq!(skip.reason, SkipReason::BadFlags, "{words}");
    }
    // The other way round: without a filter, who passes packets on passes all.
    assert!(Filter::default().check(&Frame::new(LinkType::ETHERNET, b"")).is_ok());
}

/// A SYN+ACK whose SYN was not seen has a client and a server all the same.
#[test]
fn a_lone_syn_ack_is_judged_by_its_flow() {
    let flow = flow(IpVersion::V6, true, 40_000, 443);
    let frames = &flow.frames()[1..];
    for (words, records, filtered) in
        [("+server port 443", 1, 0), ("+client port 443", 0, 1), ("+either port 80", 0, 5)]
    {
        let (kinds, dropped) = analyze(&filter(words), frames, Compat::Fixed);
        assert_eq!((kinds.len(), dropped), (records, filtered), "{words}");
    }
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let end = prop::sample::select(ENDS.to_vec());
    let ports = prop_oneof![
        Just(PortSet::from(443)),
        Just(PortSet::from(80)),
        (any::<u16>(), any::<u16>()).prop_map(|(a, b)| PortSet::from(a.min(b)..=a.max(b))),
    ];
    let subnets = ["10.0.0.0/8", "192.0.2.0/25", "192.0.2.128/25", "0.0.0.0/1", "2001:db8::/32"];
    let addresses = prop::sample::subsequence(subnets.to_vec(), 1..3)
        .prop_map(|subnets| subnets.join(",").parse::<AddressSet>().expect("addresses"));
    // Those of our captures' clients, and others.
    let connections =
        ["192.0.2.30>192.0.2.80:80", "2001:db8::10>[2001:db8::80]:80", "10.0.0.1>10.0.0.2:1"];
    let connections = prop::sample::subsequence(connections.to_vec(), 1..3)
        .prop_map(|some| some.join(",").parse::<ConnectionSet>().expect("connections"));
    let condition = prop_oneof![
        3 => (end.clone(), ports).prop_map(|(end, ports)| Condition::Port(end, ports)),
        3 => (end, addresses).prop_map(|(end, addresses)| Condition::Address(end, addresses)),
        1 => connections.prop_map(Condition::Connection),
        1 => prop::sample::select(VERSIONS.to_vec()).prop_map(Condition::Version),
    ];
    prop::collection::vec((any::<bool>(), condition), 1..4).prop_map(|conditions| {
        conditions.into_iter().fold(Filter::default(), |filter, (is_allowed, condition)| {
            if is_allowed { filter.allow(condition) } else { filter.deny(condition) }
        })
    })
}

/// Frames of our captures, with their times.
fn captured() -> Vec<(LinkType, Timestamp, Vec<u8>)> {
    let mut frames = Vec::new();
    for capture in input::own() {
        let _ = input::decode(&capture.octets, |captured| {
            let frame = captured.frame;
            frames.push((frame.link_type, frame.time, frame.data.to_vec()));
        });
    }
    frames
}

thread_local!(static FRAMES: Vec<(LinkType, Timestamp, Vec<u8>)> = captured());

/// The same frame in a link type that the look before parsing knows nothing of.
fn never_looked_at(octets: &[u8]) -> Vec<u8> {
    [&[0; NETANALYZER_LEN], octets].concat()
}

const NETANALYZER_LEN: usize = 4;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    /// Ethernet with tags and tunnels, as captured and damaged: before parsing and after it, a
    /// filter says the same, the reason and its place included.
    #[test]
    fn before_parsing_as_after_it(
        filter in any_filter(),
        number in any::<prop::sample::Index>(),
        wrap in prop::option::of(0usize..5),
        damage in prop::collection::vec((0usize..80, any::<u8>()), 0..4),
        cut in prop::option::of(0usize..120),
    ) {
        let mut octets = FRAMES.with(|frames| {
            let ethernet: Vec<_> =
                frames.iter().filter(|(link_type, ..)| *link_type == LinkType::ETHERNET).collect();
            number.get(&ethernet).2.clone()
        });
        if let Some(wrap) = wrap && octets.len() > 14 {
            octets = wrapped(&octets)[wrap].1.clone();
        }
        for (at, octet) in damage {
            if let Some(place) = octets.get_mut(at) {
                *place = octet;
            }
        }
        octets.truncate(cut.unwrap_or(usize::MAX));
        let before = filter.check(&Frame::new(LinkType::ETHERNET, &octets));
        let hidden = never_looked_at(&octets);
        let after = filter.check(&Frame::new(LinkType::NETANALYZER, &hidden));
        let after = after.map_err(|mut skip| {
            skip.at -= NETANALYZER_LEN;
            skip
        });
        prop_assert_eq!(before, after);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// An analyzer with a filter says what one without says of the packets that pass, and of no
    /// others.
    #[test]
    fn as_though_the_others_had_not_been_captured(filter in any_filter()) {
        FRAMES.with(|frames| {
            let database = Database::builtin();
            let mut filtering = Analyzer::builder(&database).filter(filter.clone()).build();
            let mut plain = Analyzer::new(&database);
            for (link_type, time, octets) in frames {
                let frame = Frame::new(*link_type, octets).at(*time);
                let got = filtering.analyze(&frame);
                if filter.check(&frame).is_err() {
                    prop_assert!(got.is_err());
                    continue;
                }
                let wanted = plain.analyze(&frame);
                let text = |record: &stackprint::Record<'_>| record.to_string();
                match (&got, &wanted) {
                    (Ok(Some(got)), Ok(Some(wanted))) => {
                        prop_assert!(filter.keeps(got.client, got.server));
                        prop_assert_eq!(text(got), text(wanted));
                    }
                    (Ok(None), Ok(None)) => {}
                    // A hello or head tells who opened a connection whose SYN was kept out.
                    (Ok(None), Ok(Some(wanted))) if wanted.tls.is_some() || wanted.http.is_some() => {
                        prop_assert!(!filter.keeps(wanted.client, wanted.server));
                    }
                    (Err(got), Err(wanted)) => prop_assert_eq!(got, wanted),
                    _ => prop_assert!(false, "{:?} for {:?}", got, wanted),
                }
            }
            Ok(())
        })?;
    }
}

#[test]
fn ten_thousand_subnets_are_searched_not_listed() {
    // Every other /24 of 10.0.0.0/8 and more: nothing of it can be merged.
    let subnets: Vec<String> = (0..10_000u32)
        .map(|number| {
            format!("{}.{}.{}.0/24", 10 + number / 32_768, number / 128 % 256, number % 128 * 2)
        })
        .collect();
    let addresses: AddressSet = subnets.join(",").parse().expect("subnets");
    assert_eq!(addresses.subnets().count(), 10_000);
    let lookups = 1_000_000u32;
    let time = |addresses: &AddressSet| {
        let start = std::time::Instant::now();
        let ips = (0..lookups).map(|number| {
            std::net::IpAddr::V4(std::hint::black_box(0x0a00_0000 + number * 11).into())
        });
        let hits = ips.filter(|&ip| addresses.contains(ip)).count();
        (start.elapsed().as_nanos() as f64 / f64::from(lookups), hits)
    };
    let (few, _) = time(&"10.0.0.0/24".parse().expect("a subnet"));
    let (many, hits) = time(&addresses);
    assert!(hits > 0 && hits < lookups as usize);
    say(&format!("address look-up: 1 subnet {few:.0} ns, 10,000 subnets {many:.0} ns"));
    // A list would take thousands of times longer.
    assert!(many < 100.0 * few.max(5.0), "{many} ns against {few} ns");
}
