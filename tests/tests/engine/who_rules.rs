//! Each verdict on a host, and each reason, by one small case; what a row does not depend on; memory.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use stackprint::who::{Claim, Family, HostRow, Hosts, Layer, Reason, Settings, Verdict};
use stackprint::{Analyzer, Database, Frame, Limits, LinkType, Timestamp};
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::process::{alone, resident_octets, volume};
use stackprint_tests::say;

use Family::{Apple, Linux, Windows};
use Layer::{Change, Forwarded, HttpRequest, HttpResponse, Link, Syn, SynAck, Tls};

/// What was seen of a host, in this order: a layer, the family that it names, how sure.
type Seen = &'static [(Layer, Family, f64)];

/// What was seen, the verdict, its reasons.
const CASES: &[(Seen, &str, &str)] = &[
    // Nothing, or too little, to compare.
    (&[(Syn, Linux, 0.9)], "unclear", "one_layer"),
    (&[(SynAck, Linux, 0.9)], "unclear", "one_layer"),
    (&[(HttpRequest, Windows, 0.9)], "unclear", "one_layer"),
    (&[(Syn, Linux, 0.5)], "unclear", "weak"),
    (&[(Syn, Linux, 0.5), (HttpRequest, Linux, 0.5)], "unclear", "weak"),
    (&[(Syn, Linux, 0.5), (HttpRequest, Windows, 0.9)], "unclear", "one_layer"),
    // Parts that are too weak to contradict, each of them; they may agree.
    (&[(Syn, Linux, 0.62), (Tls, Windows, 0.9)], "unclear", "weak"),
    (&[(Syn, Linux, 0.9), (Tls, Windows, 0.62)], "unclear", "weak"),
    (&[(Syn, Linux, 0.62), (HttpRequest, Windows, 0.9)], "unclear", "weak"),
    (&[(Syn, Linux, 0.9), (HttpRequest, Windows, 0.7)], "unclear", "weak"),
    (&[(SynAck, Linux, 0.62), (HttpResponse, Windows, 0.9)], "unclear", "weak"),
    (&[(Syn, Linux, 0.62), (Tls, Linux, 0.62)], "consistent", "stack_agrees_with_tls"),
    (&[(Syn, Linux, 0.62), (HttpRequest, Linux, 0.7)], "consistent", "stack_agrees_with_claims"),
    // A hello and a User-Agent are of one program: without a stack, nothing is known of the host.
    (&[(Tls, Windows, 0.9), (HttpRequest, Windows, 0.9)], "unclear", "tls_agrees_with_claims"),
    (&[(Tls, Windows, 0.9), (HttpRequest, Apple, 0.9)], "unclear", "tls_differs_from_claims"),
    // Layers that agree.
    (
        &[(Syn, Windows, 0.9), (Tls, Windows, 0.9), (HttpRequest, Windows, 0.9)],
        "consistent",
        "stack_agrees_with_tls stack_agrees_with_claims tls_agrees_with_claims",
    ),
    (&[(SynAck, Linux, 0.9), (HttpResponse, Linux, 0.9)], "consistent", "stack_agrees_with_claims"),
    (&[(Syn, Linux, 0.9), (SynAck, Linux, 0.9)], "consistent", "roles_agree"),
    (
        &[(Syn, Linux, 0.9), (SynAck, Linux, 0.9), (HttpRequest, Linux, 0.9)],
        "consistent",
        "stack_agrees_with_claims roles_agree",
    ),
    (&[(Syn, Linux, 0.9), (SynAck, Windows, 0.9)], "unclear", "roles_differ"),
    // The hello is of another system than the stack.
    (&[(Syn, Linux, 0.9), (Tls, Windows, 0.9)], "tunnel", "stack_differs_from_tls"),
    (
        &[(Syn, Linux, 0.9), (Tls, Windows, 0.9), (HttpRequest, Windows, 0.9)],
        "tunnel",
        "stack_differs_from_tls stack_differs_from_claims tls_agrees_with_claims",
    ),
    (
        &[(Syn, Linux, 0.9), (Tls, Windows, 0.9), (Tls, Apple, 0.7)],
        "tunnel",
        "stack_differs_from_tls several_hellos",
    ),
    (
        &[
            (Syn, Linux, 0.9),
            (Tls, Windows, 0.9),
            (HttpRequest, Windows, 0.9),
            (HttpRequest, Apple, 0.9),
        ],
        "tunnel",
        "stack_differs_from_tls stack_differs_from_claims several_claims",
    ),
    // A claim of the number 0: a link whose MTU is below all others.
    (
        &[(Syn, Linux, 0.9), (Tls, Windows, 0.9), (Link, Linux, 0.9)],
        "tunnel",
        "stack_differs_from_tls mtu_of_a_tunnel",
    ),
    (
        &[(Syn, Linux, 0.9), (HttpRequest, Windows, 0.9), (Link, Linux, 0.9)],
        "proxy_or_forged",
        "stack_differs_from_claims mtu_of_a_tunnel",
    ),
    // It supports, and decides nothing.
    (&[(Syn, Linux, 0.9), (Link, Linux, 0.9)], "unclear", "one_layer"),
    (
        &[(Syn, Linux, 0.9), (HttpRequest, Linux, 0.9), (Link, Linux, 0.9)],
        "consistent",
        "stack_agrees_with_claims",
    ),
    // Requests are ended and sent again.
    (&[(Syn, Linux, 0.9), (Forwarded, Linux, 0.9)], "terminating_proxy", "forwarded"),
    (
        &[(Syn, Linux, 0.9), (HttpRequest, Windows, 0.9), (Forwarded, Linux, 0.9)],
        "terminating_proxy",
        "forwarded",
    ),
    (
        &[(Syn, Linux, 0.9), (HttpRequest, Windows, 0.9), (HttpRequest, Apple, 0.9)],
        "terminating_proxy",
        "stack_differs_from_claims several_claims",
    ),
    (
        &[
            (Syn, Linux, 0.9),
            (Tls, Linux, 0.9),
            (HttpRequest, Linux, 0.9),
            (HttpRequest, Apple, 0.9),
        ],
        "terminating_proxy",
        "stack_differs_from_claims several_claims",
    ),
    // Over a stack that is not known well enough, several claims say nothing.
    (
        &[(Syn, Linux, 0.62), (HttpRequest, Windows, 0.9), (HttpRequest, Apple, 0.9)],
        "unclear",
        "one_layer",
    ),
    // The claims are of another system than the stack.
    (
        &[(Syn, Linux, 0.9), (HttpRequest, Windows, 0.9)],
        "proxy_or_forged",
        "stack_differs_from_claims",
    ),
    (
        &[(Syn, Windows, 0.9), (Tls, Windows, 0.9), (HttpRequest, Apple, 0.9)],
        "proxy_or_forged",
        "stack_agrees_with_tls stack_differs_from_claims tls_differs_from_claims",
    ),
    (
        &[(SynAck, Linux, 0.9), (HttpResponse, Windows, 0.9)],
        "proxy_or_forged",
        "stack_differs_from_claims",
    ),
    // Three layers, three families: of no known form.
    (
        &[(Syn, Linux, 0.9), (Tls, Windows, 0.9), (HttpRequest, Apple, 0.9)],
        "unclear",
        "stack_differs_from_tls stack_differs_from_claims tls_differs_from_claims",
    ),
    // Several systems at one address, whose connections are not compared.
    (&[(Syn, Linux, 0.9), (Syn, Windows, 0.95)], "changed", "stacks_one_after_the_other"),
    (&[(Syn, Linux, 0.9), (Change, Linux, 0.95)], "changed", "change_seen"),
    (&[(Syn, Linux, 0.9), (Change, Linux, 0.5)], "unclear", "one_layer"),
    (
        &[(Syn, Linux, 0.9), (Syn, Windows, 0.95), (Syn, Linux, 0.9), (Syn, Windows, 0.95)],
        "shared_address",
        "stacks_by_turns",
    ),
    (
        &[
            (Syn, Linux, 0.9),
            (Syn, Windows, 0.95),
            (Syn, Linux, 0.9),
            (Syn, Windows, 0.95),
            (Tls, Apple, 0.9),
            (HttpRequest, Apple, 0.9),
            (HttpRequest, Windows, 0.9),
            (Forwarded, Linux, 0.9),
        ],
        "shared_address",
        "stacks_by_turns",
    ),
];

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));

fn second(number: usize) -> Timestamp {
    Timestamp::from_nanos(1_700_000_000_000_000_000 + number as u64 * 1_000_000_000)
}

/// The last row of a host of which this was seen, a second apart; `order` is that of its arrival.
fn row_of(seen: Seen, order: impl Iterator<Item = usize>, mut each: impl FnMut(HostRow<'_>)) {
    let mut hosts = Hosts::new(Settings::default());
    for number in order {
        let (layer, family, quality) = seen[number];
        let family = Some(family);
        let text = family.map_or("", |it| it.as_str());
        let claim = Claim { layer, text, family, system: None, program: None, quality };
        hosts.take_claim(second(number), HOST, None, &claim, &mut |_| {});
    }
    hosts.finish(&mut each);
}

#[test]
fn each_case_has_its_verdict() {
    for &(seen, verdict, reasons) in CASES {
        row_of(seen, 0..seen.len(), |row| {
            assert_eq!(row.consistency.verdict, verdict, "{seen:?}: {row:?}");
            let expected: BTreeSet<&str> = reasons.split(' ').collect();
            let found: BTreeSet<&str> = row.consistency.reasons.iter().map(|it| &**it).collect();
            assert_eq!(found, expected, "{seen:?}: {row:?}");
            assert_eq!(row.consistency.quality.is_none(), verdict == "unclear", "{row:?}");
        });
    }
}

/// All but what no claim can say, which the next test shows.
#[test]
fn cases_show_every_verdict_and_reason() {
    let verdicts: BTreeSet<&str> = CASES.iter().map(|(_, verdict, _)| *verdict).collect();
    assert_eq!(verdicts, Verdict::ALL.iter().map(|it| it.as_str()).collect());
    let reasons: BTreeSet<&str> = CASES.iter().flat_map(|(.., it)| it.split(' ')).collect();
    let all: BTreeSet<&str> = Reason::ALL.iter().map(|(_, word)| *word).collect();
    assert_eq!(all.difference(&reasons).copied().collect::<Vec<_>>(), ["sharing_seen"]);
}

/// Whatever order pieces of evidence arrive in: a verdict, its quality and the system are the same.
#[test]
fn order_of_arrival_changes_no_verdict() {
    for &(seen, ..) in CASES {
        let summary = |order: &mut dyn Iterator<Item = usize>| {
            let mut summary = String::new();
            row_of(seen, order, |row| {
                let os = row.os.as_ref().map(|os| (os.name.to_string(), os.quality));
                summary = format!("{:?} {os:?} {} {}", row.consistency, row.first, row.last);
            });
            summary
        };
        let in_order = summary(&mut (0..seen.len()));
        assert_eq!(summary(&mut (0..seen.len()).rev()), in_order, "{seen:?}");
        assert!(in_order.contains("verdict"), "{in_order}");
    }
}

/// docs/consistency.md: without a witness in between, 0.8 of the quality; else the product of both.
#[test]
fn quality_is_a_product() {
    let quality = |seen: Seen| {
        let mut found = 0.0;
        row_of(seen, 0..seen.len(), |row| found = row.consistency.quality.expect("a verdict"));
        found
    };
    let is_near = |one: f64, other: f64| assert!((one - other).abs() < 0.02, "{one}, {other}");
    is_near(quality(&[(Syn, Linux, 0.9), (Tls, Windows, 0.8)]), 0.9 * 0.8 * 0.8);
    let with_claims: Seen = &[(Syn, Linux, 0.9), (Tls, Windows, 0.8), (HttpRequest, Windows, 0.9)];
    is_near(quality(with_claims), 0.9 * 0.8);
    is_near(quality(&[(Syn, Linux, 0.9), (HttpRequest, Windows, 0.8)]), 0.9 * 0.8 * 0.8);
    is_near(quality(&[(Syn, Linux, 0.9), (HttpRequest, Linux, 0.8)]), 0.9 * 0.8);
}

/// A SYN of Windows 10 or newer: the options of Linux in another order, without timestamps.
fn windows(mut syn: FrameBuilder) -> FrameBuilder {
    let mss = syn.tcp_options[..4].to_vec();
    syn.ttl = 128;
    syn.tcp_options = [mss.as_slice(), &[1, 3, 3, 8, 1, 1, 4, 2]].concat();
    syn
}

/// The last rows of frames, a second apart.
fn rows_of(
    frames: &[FrameBuilder],
    settings: Settings,
    each: &mut impl FnMut(HostRow<'_>),
) -> Hosts {
    let database = Database::builtin();
    let mut analyzer = Analyzer::builder(&database).build();
    let mut session = analyzer.session();
    let mut hosts = Hosts::new(settings);
    for (number, frame) in frames.iter().enumerate() {
        let octets = frame.build();
        let frame = Frame::new(LinkType::ETHERNET, &octets).at(second(number));
        session.analyze_all(&frame, |result| {
            if let Ok(Some(record)) = result {
                hosts.take(&record, each);
            }
        });
    }
    hosts
}

/// The `number`th connection of a host to a server.
fn syn(host: IpAddr, number: u16) -> FrameBuilder {
    let server: IpAddr = match host {
        IpAddr::V4(_) => Ipv4Addr::new(192, 0, 2, 80).into(),
        IpAddr::V6(_) => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x80).into(),
    };
    let mut syn = FrameBuilder::syn((host, 40_000 + number).into(), (server, 443).into());
    // Of 1440 bytes, 45 go into 65535.
    syn.window = if host.is_ipv4() { 64_240 } else { 64_800 };
    syn
}

const HOST_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10));

#[test]
fn systems_by_turns_share_an_address() {
    for host in [HOST, HOST_V6] {
        let turns = |number: u16| match number % 2 {
            0 => syn(host, number),
            _ => windows(syn(host, number)),
        };
        let frames: Vec<_> = (0..12).map(turns).collect();
        rows_of(&frames, Settings::default(), &mut |_| {}).finish(&mut |row| {
            assert_eq!(row.consistency.verdict, "shared_address", "{row:?}");
            let reasons = &row.consistency.reasons;
            for reason in ["stacks_by_turns", "sharing_seen"] {
                assert!(reasons.iter().any(|it| it == reason), "{reason}: {row:?}");
            }
        });
    }
}

/// The MTU of a VPN is that of a SYN's MSS; it makes no contradiction, and supports one.
#[test]
fn small_mtu_supports_a_contradiction() {
    for (host, mss, window) in [(HOST, 1380_u16, 64_860), (HOST_V6, 1360, 65_280)] {
        for (says, verdict, is_small) in
            [(Linux, "consistent", false), (Windows, "proxy_or_forged", true)]
        {
            let mut frame = syn(host, 0);
            frame.tcp_options[2..4].copy_from_slice(&mss.to_be_bytes());
            frame.window = window;
            let mut hosts = rows_of(&[frame], Settings::default(), &mut |_| {});
            let claim = Claim {
                layer: HttpRequest,
                text: says.as_str(),
                family: Some(says),
                system: None,
                program: None,
                quality: 0.9,
            };
            hosts.take_claim(second(1), host, None, &claim, &mut |_| {});
            hosts.finish(&mut |row| {
                assert_eq!(row.consistency.verdict, verdict, "{row:?}");
                assert_eq!(row.links.iter().map(|it| it.mtu).collect::<Vec<_>>(), [1420]);
                let has_it = row.consistency.reasons.iter().any(|it| it == "mtu_of_a_tunnel");
                assert_eq!(has_it, is_small, "{row:?}");
            });
        }
    }
}

/// The `number`th host with its SYN.
fn client(number: u32) -> FrameBuilder {
    syn(Ipv4Addr::from(0x0a00_0000 + number).into(), 0)
}

/// Hosts that memory has no room for get their last rows, which say that they are not complete. What
/// waits for the rows of those that are gone leaves room for others.
#[test]
fn evicted_hosts_are_counted() {
    const HOSTS: u32 = 20_000;
    let frames: Vec<_> = (0..HOSTS).map(client).collect();
    let settings = Settings {
        evidence_memory: 64 << 10,
        // Rows in between are not what is counted.
        row_interval_nanos: u64::MAX,
        idle_seconds: u32::MAX,
        ..Settings::default()
    };
    let (mut evicted, mut complete) = (BTreeSet::new(), BTreeSet::new());
    let mut add = |row: HostRow<'_>| {
        assert!(row.is_final, "{row:?}");
        let is_new = if row.complete { complete.insert(row.ip) } else { evicted.insert(row.ip) };
        assert!(is_new, "twice: {row:?}");
    };
    let mut hosts = rows_of(&frames, settings, &mut add);
    assert!(hosts.memory() <= settings.evidence_memory, "{}", hosts.memory());
    let kept = hosts.len();
    let count = hosts.evicted();
    hosts.finish(&mut add);
    assert_eq!(hosts.evicted(), count, "an end evicts nothing");
    assert_eq!((evicted.len() as u64, complete.len()), (count, kept));
    assert_eq!(evicted.len() + complete.len(), HOSTS as usize);
    assert!(kept > 100 && !evicted.is_empty(), "{kept} kept");
    // The newest are kept.
    let oldest_kept = complete.iter().next().expect("a host");
    assert!(evicted.iter().all(|it| it < oldest_kept), "{oldest_kept}");
}

/// At most 512 bytes of memory a host, by its own account and by that of the system, with evidence of
/// a client: its SYN with its link, its TLS library, its User-Agent.
#[test]
fn hosts_take_512_bytes() {
    alone("who_rules::hosts_take_512_bytes", || {
        const MOST_BYTES: u64 = 512;
        let count = volume("STACKPRINT_WHO_HOSTS", 150_000);
        let before = resident_octets(std::process::id());
        let (hosts, evicted) = hosts_with_evidence(count as u32, usize::MAX);
        assert_eq!((hosts.len(), evicted), (count, 0));
        let stated = hosts.memory() as u64 / count as u64;
        let resident = (resident_octets(std::process::id()) - before) / count as u64;
        say(&format!(
            "{count} hosts: {stated} bytes each by their own account, {resident} resident"
        ));
        assert!(stated <= MOST_BYTES && resident <= MOST_BYTES, "{stated}, {resident}");
    });
}

/// Hosts that need twice the memory that they are given: all of it is used, by the system's account
/// too, and each evicted one is told.
#[test]
fn memory_of_hosts_is_bounded() {
    alone("who_rules::memory_of_hosts_is_bounded", || {
        const BYTES_A_HOST: usize = 170;
        let count = volume("STACKPRINT_WHO_HOSTS", 150_000);
        let bound = count * BYTES_A_HOST;
        let before = resident_octets(std::process::id());
        let (hosts, evicted) = hosts_with_evidence(count as u32, bound);
        let resident = (resident_octets(std::process::id()) - before) as usize;
        let (kept, stated) = (hosts.len(), hosts.memory());
        say(&format!(
            "{count} hosts in {bound} bytes: {kept} kept, {evicted} evicted, {stated} bytes by their \
             own account, {resident} resident"
        ));
        assert_eq!(kept + evicted, count);
        assert!(evicted > 0 && stated <= bound && stated > bound / 2);
        // Besides: the database and the analyzer, and holes between blocks of memory.
        const FIXED: usize = 4 << 20;
        assert!(resident <= FIXED + bound + bound / 4, "{resident} of {bound}");
    });
}

/// So many clients with their evidence in so much memory, and how many of them were evicted.
fn hosts_with_evidence(count: u32, evidence_memory: usize) -> (Hosts, usize) {
    let database = Database::builtin();
    let mut analyzer = Analyzer::builder(&database).limits(Limits::P0F).build();
    let mut session = analyzer.session();
    let settings = Settings {
        evidence_memory,
        idle_seconds: u32::MAX,
        row_interval_nanos: u64::MAX,
        ..Settings::default()
    };
    let mut hosts = Hosts::new(settings);
    let mut evicted = 0;
    let mut note = |row: HostRow<'_>| evicted += usize::from(row.is_final);
    for number in 0..count {
        let frame = client(number);
        let SocketAddr::V4(end) = frame.source else { unreachable!("IPv4") };
        let octets = frame.build();
        let time = second(number as usize / 1000);
        session.analyze_all(&Frame::new(LinkType::ETHERNET, &octets).at(time), |result| {
            if let Ok(Some(record)) = result {
                hosts.take(&record, &mut note);
            }
        });
        for (layer, text) in [(Tls, "BoringSSL, Chromium"), (HttpRequest, "Chrome on Linux")] {
            let (family, system, program) = (Some(Linux), None, Some("Chrome"));
            let claim = Claim { layer, text, family, system, program, quality: 0.9 };
            hosts.take_claim(time, (*end.ip()).into(), None, &claim, &mut note);
        }
    }
    (hosts, evicted)
}
