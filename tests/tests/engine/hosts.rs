//! What is said of hosts over all of their connections: nothing of one that did not change, what can
//! be shown of several behind one address, and uptimes that agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use stackprint::{
    Analyzer, ChangeReasons, Compat, Database, Direction, Frame, LinkType, Record, RecordKind,
    Side, Timestamp, Uptime, Verdict, observe,
};
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::{captures, corpus, input, say};

/// The records of a capture, one analyzer for it.
fn each_record(octets: &[u8], mut each: impl FnMut(&Record<'_>)) {
    let mut analyzer = Analyzer::new(&Database::builtin());
    // A damaged capture is read up to the damage.
    let _ = input::decode(octets, |captured| {
        if let Ok(Some(record)) = analyzer.analyze(&captured.frame) {
            each(&record);
        }
    });
}

fn subject(record: &Record<'_>) -> IpAddr {
    match record.subject {
        Side::Client => record.client.ip,
        Side::Server => record.server.ip,
    }
}

/// A scene of `recorded/hosts/`.
fn scene(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded/hosts");
    fs::read(folder.join(format!("{name}.pcap"))).expect("a recording")
}

/// Verdicts on a scene, with reasons; each has evidence that differs.
fn verdicts(octets: &[u8]) -> Vec<(Verdict, ChangeReasons)> {
    let mut verdicts = Vec::new();
    each_record(octets, |record| {
        let Some(change) = record.fingerprint.and_then(|fingerprint| fingerprint.change) else {
            return;
        };
        let quality = change.quality().expect("a quality");
        assert!((0.0..=1.0).contains(&quality));
        let mut shown = ChangeReasons::NONE;
        for evidence in record.evidence() {
            assert_ne!(evidence.then.to_string(), evidence.now.to_string(), "{}", evidence.reason);
            assert!(evidence.time <= record.time);
            shown |= evidence.reason;
        }
        assert_eq!(shown, change.reasons);
        verdicts.push((change.verdict, change.reasons));
    });
    verdicts
}

/// One host with timestamps of all kinds, with and without ECN, Fast Open and MPTCP.
#[test]
fn one_host_is_not_said_to_change() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded/hosts");
    let mut scenes = 0;
    for path in captures(&folder) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("one-") {
            let verdicts = verdicts(&scene(&name));
            assert!(verdicts.is_empty(), "{name}: {verdicts:?}");
            scenes += 1;
        }
    }
    assert!(scenes >= 16, "{scenes} scenes");
}

/// Two clients behind MASQUERADE, of which something differs.
#[test]
fn several_behind_one_address_are_found() {
    for (name, reason) in [
        ("nat-ttl", ChangeReasons::TTL),
        ("nat-no-timestamps", ChangeReasons::SIGNATURE),
        ("nat-window", ChangeReasons::WINDOW),
        ("nat-system", ChangeReasons::TTL),
        // Equal stacks count up their ports all the same: two counters at once.
        ("nat-equal", ChangeReasons::PORT),
        ("nat-equal-5-servers", ChangeReasons::PORT),
        ("nat-equal-timestamps-2", ChangeReasons::PORT),
    ] {
        let verdicts = verdicts(&scene(name));
        say(&format!("{name}: {verdicts:?}"));
        let is_found = |&(verdict, of): &_| {
            verdict == Verdict::IpSharing && ChangeReasons::contains(of, reason)
        };
        assert!(verdicts.iter().any(is_found), "{name}: {verdicts:?}");
    }
    for name in ["nat-equal", "nat-equal-5-servers", "nat-equal-timestamps-2"] {
        let verdicts = verdicts(&scene(name));
        let is_shown = |&(_, reasons): &_| reasons == ChangeReasons::PORT;
        assert!(verdicts.iter().all(is_shown), "{name}: {verdicts:?}");
    }
}

/// The kernel's own word: /proc/uptime beside the capture.
#[test]
fn steady_clocks_tell_the_uptime_to_the_second() {
    for name in ["2-servers", "5-servers", "20-servers", "ipv6"] {
        let name = format!("one-{name}-timestamps-2");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded/hosts");
        let truth = fs::read_to_string(folder.join(format!("{name}.up"))).expect("an uptime");
        let words: Vec<f64> =
            truth.split_whitespace().map(|word| word.parse().expect("seconds")).collect();
        let [at, uptime] = words.as_slice() else { panic!("{truth}: time and uptime") };
        let (mut syns, mut reliable) = (0, 0);
        each_record(&scene(&name), |record| {
            syns += usize::from(record.kind == RecordKind::Syn);
            let Some(said) = record.uptime.filter(|_| record.subject == Side::Client) else {
                return;
            };
            let expected = uptime + record.time.as_millis() as f64 / 1000.0 - at;
            let off = f64::from(said.seconds) - expected;
            // Whole seconds are cut off.
            assert!((-1.1..=0.1).contains(&off), "{name}: {} for {expected}", said.seconds);
            reliable += usize::from(said.trust.is_reliable());
        });
        say(&format!("{name}: {reliable} of {syns} SYNs with a reliable uptime"));
        assert!(reliable * 2 > syns, "{name}: {reliable} of {syns}");
    }
    for name in
        ["one-20-servers-timestamps-1", "one-ipv6-timestamps-1", "one-5-servers-timestamps-0"]
    {
        each_record(&scene(name), |record| {
            assert!(!record.uptime.is_some_and(|uptime| uptime.trust.is_reliable()), "{name}");
        });
    }
}

/// What was seen of a host in a capture.
#[derive(Default)]
struct Known {
    handshakes: usize,
    labels: BTreeSet<Option<String>>,
    ttls: BTreeSet<u8>,
    changes: Vec<(Verdict, ChangeReasons)>,
    uptimes: Vec<(Timestamp, Uptime)>,
    /// Of SYNs: when, the clock, and the peer.
    clocks: Vec<(f64, u32, IpAddr)>,
}

impl Known {
    fn take(&mut self, record: &Record<'_>) {
        self.uptimes.extend(record.uptime.map(|uptime| (record.time, uptime)));
        let Some(fingerprint) = &record.fingerprint else { return };
        self.handshakes += 1;
        self.labels.insert(fingerprint.found.map(|found| found.label.to_string()));
        self.ttls.insert(fingerprint.observation.ttl);
        self.changes.extend(fingerprint.change.map(|change| (change.verdict, change.reasons)));
        if let Some(clocks) = fingerprint.observation.timestamps.filter(|clocks| clocks.tsval != 0)
            && record.kind == RecordKind::Syn
        {
            let time = record.time.as_millis() as f64 / 1000.0;
            self.clocks.push((time, clocks.tsval, record.server.ip));
        }
    }

    /// Whether the clocks of all SYNs, for several peers and for two seconds, are on one line of a
    /// real frequency, to half a second; the plain sum, as a check of the model that follows them.
    fn is_steady(&self) -> bool {
        let [(start, first, peer), .., (end, ..)] = self.clocks.as_slice() else { return false };
        let is_on_line = |hz: f64| {
            self.clocks.iter().all(|(time, ticks, _)| {
                let elapsed = f64::from(ticks.wrapping_sub(*first).cast_signed()) / hz;
                (elapsed - (time - start)).abs() < 0.25 + 1.0 / hz
            })
        };
        end - start > 2.0
            && self.clocks.iter().any(|(.., of)| of != peer)
            && [100.0, 200.0, 250.0, 300.0, 1000.0].into_iter().any(is_on_line)
    }
}

/// Captures of many networks: nobody knows what the hosts in them are, but one stack that looks the
/// same in each of its connections has not changed, and a host has one uptime.
#[test]
fn captures_say_nothing_that_contradicts_itself() {
    let Some(corpus) = corpus() else { return };
    let (mut plain, mut steady, mut steady_and_said) = (0, 0, 0);
    for path in captures(&corpus.join("captures")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut hosts: BTreeMap<IpAddr, Known> = BTreeMap::new();
        each_record(&fs::read(&path).expect("a capture"), |record| {
            hosts.entry(subject(record)).or_default().take(record);
        });
        for (ip, host) in hosts {
            if host.handshakes >= 6 && host.labels.len() == 1 && host.ttls.len() == 1 {
                plain += 1;
                assert!(host.changes.is_empty(), "{name}: {ip}: {:?}", host.changes);
            }
            let said: Vec<_> =
                host.uptimes.iter().filter(|(_, uptime)| uptime.trust.is_reliable()).collect();
            if let [(time, first), later @ ..] = said.as_slice() {
                for (at, uptime) in later {
                    let elapsed = at.as_millis().abs_diff(time.as_millis()) / 1000;
                    let expected = u64::from(first.seconds) + elapsed;
                    let off = expected.abs_diff(uptime.seconds.into());
                    assert!(off <= 60, "{name}: {ip}: {first:?}, then {uptime:?}");
                }
            }
            if host.is_steady() {
                steady += 1;
                steady_and_said += usize::from(!said.is_empty());
                if said.is_empty() {
                    say(&format!("{name}: {ip}: steady, and not said to be: {:?}", host.clocks));
                }
            }
        }
    }
    say(&format!(
        "{plain} hosts of one look are left alone; {steady_and_said} of {steady} steady clocks are \
         reliable"
    ));
    assert!(plain > 50, "{plain}");
    assert!(steady_and_said * 10 >= steady * 9, "{steady_and_said} of {steady}");
}

/// SYNs of one host: when, in milliseconds, and the frame.
type Syns = Vec<(u64, Vec<u8>)>;

/// Where the source address lies in an Ethernet frame with IPv4.
const SOURCE: std::ops::Range<usize> = 26..30;

/// Hosts of the corpus with at least three SYNs over plain IPv4.
fn hosts_with_syns(corpus: &Path) -> Vec<Syns> {
    const MOST: usize = 16;
    let mut all = Vec::new();
    for path in captures(&corpus.join("captures")) {
        let mut hosts: BTreeMap<Vec<u8>, Syns> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let _ = input::decode(&fs::read(&path).expect("a capture"), |captured| {
            let octets = captured.frame.data;
            let is_plain = captured.frame.link_type == LinkType::ETHERNET
                && octets.get(12..14) == Some(&[8, 0])
                && observe(&captured.frame).is_ok_and(|it| it.direction == Direction::Syn);
            // Retransmissions say nothing new.
            if is_plain && seen.insert(octets[26..42].to_vec()) {
                let syn = (captured.frame.time.as_millis(), octets.to_vec());
                hosts.entry(octets[SOURCE].to_vec()).or_default().push(syn);
            }
        });
        let hosts = hosts.into_values().filter(|syns| syns.len() >= 3);
        all.extend(hosts.map(|syns| syns.into_iter().take(MOST).collect::<Syns>()));
    }
    all
}

/// What is said of hosts behind one address, each at its own pace.
fn said_of(hosts: &[&Syns]) -> Vec<(Verdict, ChangeReasons, f64)> {
    const START_MS: u64 = 1_700_000_000_000;
    let mut frames: Syns = Vec::new();
    for (number, syns) in (0..).zip(hosts) {
        let first = syns.first().map_or(0, |(time, _)| *time);
        frames.extend(syns.iter().map(|(time, octets)| {
            let mut octets = octets.clone();
            octets[SOURCE].copy_from_slice(&[10, 0, 0, 1]);
            (START_MS + number * 83 + time.saturating_sub(first), octets)
        }));
    }
    frames.sort();
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut said = Vec::new();
    for (time, octets) in &frames {
        let time = Timestamp::from_nanos(time * 1_000_000);
        let frame = Frame::new(LinkType::ETHERNET, octets).at(time);
        let record = analyzer.analyze(&frame).ok().flatten();
        let change = record.and_then(|record| record.fingerprint?.change);
        said.extend(change.map(|it| (it.verdict, it.reasons, it.quality().expect("one"))));
    }
    said
}

/// Hosts of the corpus, each by itself, and two by two behind one address: docs/hosts.md.
#[test]
fn verdicts_are_as_often_right_as_they_say() {
    let Some(corpus) = corpus() else { return };
    let hosts = hosts_with_syns(&corpus);
    let alone: Vec<_> = hosts.iter().map(|host| said_of(&[host])).collect();
    let mut paired = Vec::new();
    for step in 1..hosts.len().min(18) {
        for (at, host) in hosts.iter().enumerate() {
            paired.push(said_of(&[host, &hosts[(at + step * 4) % hosts.len()]]));
        }
    }
    // Of all hosts, those of whom it is said with a quality, in hundredths.
    let count = |all: &[Vec<(Verdict, ChangeReasons, f64)>]| {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for said in all {
            let qualities = said.iter().map(|(.., quality)| (quality * 100.0) as u32);
            for quality in qualities.collect::<BTreeSet<_>>() {
                *counts.entry(quality).or_default() += 1;
            }
        }
        counts
    };
    let (wrong, right) = (count(&alone), count(&paired));
    let share = |count: usize, of: usize| (count + 1) as f64 / (of + 2) as f64;
    for (quality, &count) in &right {
        let wrong = wrong.get(quality).copied().unwrap_or_default();
        let (wrong_share, share) = (share(wrong, alone.len()), share(count, paired.len()));
        let is_right = share / (share + wrong_share);
        say(&format!(
            "stated 0.{quality}: {wrong} of {} hosts, {count} of {} pairs: {is_right:.2}",
            alone.len(),
            paired.len()
        ));
        let stated = f64::from(*quality) / 100.0;
        assert!(count < 30 || is_right > stated - 0.1, "{stated}: {is_right:.2}");
    }
    let found = paired.iter().filter(|said| !said.is_empty()).count();
    say(&format!("{found} of {} pairs are found", paired.len()));
    assert!(found * 2 > paired.len());
}

/// An 802.1Q tag in front of what a frame announces.
fn tagged(frame: &[u8], vlan: u16) -> Vec<u8> {
    const ADDRESSES_LEN: usize = 12;
    let [high, low] = vlan.to_be_bytes();
    let (addresses, rest) = frame.split_at(ADDRESSES_LEN);
    [addresses, &[0x81, 0, high, low], rest].concat()
}

/// A SYN of Linux and one of Windows, from one address in two VLANs, again and again.
#[test]
fn one_address_in_two_networks_is_two_hosts() {
    let ends =
        ["10.0.0.1:40000", "10.0.0.2:443"].map(|end| end.parse::<SocketAddr>().expect("one"));
    let [client, server] = ends;
    let look = |number: u16| {
        let from = SocketAddr::new(client.ip(), client.port() + number);
        let mut syn = FrameBuilder::syn(from, server);
        if number % 2 == 1 {
            syn.ttl = 128;
            syn.tcp_options = vec![2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2];
            syn.window = 8192;
        }
        tagged(&syn.build(), 10 + number % 2)
    };
    let changes = |compat, merge_paths| {
        let database = Database::parse_with(Database::BUILTIN_TEXT, compat).expect("built-in");
        let database = Arc::new(database);
        let mut analyzer = Analyzer::builder(&database).merge_paths(merge_paths).build();
        let mut changes = 0;
        for number in 0..12 {
            let octets = look(number);
            let time = Timestamp::new(1_700_000_000 + u64::from(number), 0);
            let frame = Frame::new(LinkType::ETHERNET, &octets).at(time);
            // p0f sees no TCP behind a tag.
            let record = analyzer.analyze(&frame).ok().flatten();
            let change = record.and_then(|record| record.fingerprint?.change);
            changes += usize::from(change.is_some());
        }
        (changes, analyzer.remembered().0)
    };
    assert_eq!(changes(Compat::Fixed, false), (0, 4));
    assert_eq!(changes(Compat::Fixed, true), (11, 2));
    assert_eq!(changes(Compat::P0fExact, false).0, 0);
}
