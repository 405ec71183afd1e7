//! The database of TLS libraries: against recordings, and against what senders in the corpus are
//! known to be by other means.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use stackprint::stream::TcpSegment;
use stackprint::tls::{ClientHello, Libraries, Library, Transport, group, is_grease};
use stackprint::{Database, Direction, observe};
use stackprint_tests::evidence::{self, Family, Owner};
use stackprint_tests::input::{self, Capture};
use stackprint_tests::{captures, corpus, hellos, say};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded/tls")
}

/// A line of `truth.csv`.
struct Recording {
    file: String,
    library: String,
    imitates: String,
    hellos: Vec<ClientHello<'static>>,
}

/// All recordings, as `record-tls.sh` wrote down what they are.
fn recordings() -> Vec<Recording> {
    let truth = fs::read_to_string(folder().join("truth.csv")).expect("what was recorded");
    let recording = |line: &str| {
        let fields: Vec<&str> = line.splitn(9, ',').collect();
        let [file, _client, _version, library, _library_version, _system, imitates, count, _] =
            fields[..]
        else {
            panic!("{line}");
        };
        let octets = fs::read(folder().join(file)).expect("a capture");
        let direct = hellos::in_capture(&octets).clients.into_iter().map(|(_, _, hello)| hello);
        let in_band = hellos::in_band(&octets).into_iter().map(|found| found.hello);
        let hellos: Vec<_> = direct.chain(in_band).collect();
        assert_eq!(hellos.len().to_string(), count, "{file}");
        let [file, library, imitates] = [file, library, imitates].map(str::to_owned);
        Recording { file, library, imitates, hellos }
    };
    truth.lines().skip(1).map(recording).collect()
}

/// The library that a profile of curl_cffi imitates; what it has is BoringSSL.
fn imitated(profile: &str) -> &'static str {
    match profile {
        _ if profile.starts_with("firefox") || profile.starts_with("tor") => "NSS",
        _ if profile.starts_with("safari") => "Apple",
        _ => "BoringSSL",
    }
}

/// Each client, of recordings that the database was made of and of those that it was not: all are
/// named, and by the right library. An imitation is taken for what it imitates, at a lower quality.
#[test]
fn recordings_are_named() {
    let libraries = Libraries::builtin();
    let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let mut faults = Vec::new();
    for recording in recordings() {
        let part = recording.file.split('/').next().unwrap_or_default();
        let is_imitation = !recording.imitates.is_empty();
        let kind = if is_imitation { ", imitations" } else { "" };
        let expected =
            if is_imitation { imitated(&recording.imitates) } else { &recording.library };
        for hello in &recording.hellos {
            let found = libraries.find(hello);
            let count = counts.entry(format!("{part}{kind}")).or_default();
            count[1] += 1;
            match found {
                Some(library) if library.name() == expected => {
                    count[0] += 1;
                    if is_imitation && library.quality() > 0.9 {
                        faults.push(format!("{}: an imitation, said to be sure", recording.file));
                    }
                }
                other => faults.push(format!("{}: {other:?}, not {expected}", recording.file)),
            }
        }
    }
    for (part, [right, all]) in &counts {
        say(&format!("TLS libraries, {part}: {right} of {all} right"));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Browsers of 2026, recorded: hellos in two segments with a post-quantum key share, ECH and, of
/// Chromium, GREASE among the signature algorithms, which changes from one connection to the next
/// while JA4 stays what huginn-net's capture of Chrome 152 has.
#[test]
fn todays_browsers() {
    const ETHERNET_SEGMENT: usize = 1460;
    const CHROME_152: &str = "t13d1517h2_8daaf6152771_cb7bf5808d99";
    for browser in ["chromium.pcap", "firefox.pcap"] {
        let recordings = recordings();
        let of_browser = recordings.iter().filter(|it| it.file.ends_with(browser));
        let mut grease = BTreeSet::new();
        let mut fingerprints = BTreeSet::new();
        for hello in of_browser.flat_map(|recording| &recording.hellos) {
            assert!(hello.as_bytes().len() > ETHERNET_SEGMENT, "{browser}");
            assert!(hello.key_shares().any(|share| share.group == group::X25519_MLKEM768));
            assert!(hello.has_encrypted_hello(), "{browser}");
            let algorithms = hello.signature_algorithms();
            grease.extend(algorithms.iter().filter(|&number| is_grease(number)));
            if !hello.has_pre_shared_key() {
                let prints = hello.fingerprints(Transport::Tcp).expect("whole");
                fingerprints.insert(prints.ja4().to_string());
            }
        }
        if browser == "chromium.pcap" {
            assert!(grease.len() > 1, "{grease:x?}");
            assert_eq!(fingerprints, BTreeSet::from([CHROME_152.to_owned()]));
        }
        assert_eq!(fingerprints.len(), 1, "{browser}: {fingerprints:?}");
    }
}

/// Resumption adds tickets, keys and early data: JA4 changes, `stable` and the library do not. Both
/// tell whether there is a server name, and the first of the protocols: those are equal in a group.
#[test]
fn resumption_changes_ja4_alone() {
    type Prints = [BTreeSet<String>; 3];
    let mut groups: BTreeMap<(String, bool, Vec<Vec<u8>>), Prints> = BTreeMap::new();
    // The first connection and those that resume went to different folders: together, they differ.
    for recording in recordings().iter().filter(|it| !it.file.starts_with("preamble")) {
        let client = recording.file.split('/').nth(1).unwrap_or_default();
        for hello in &recording.hellos {
            let protocols = hello.protocols().map(<[u8]>::to_vec).collect();
            let group = (client.to_owned(), hello.server_name().is_some(), protocols);
            let [ja4, stable, libraries] = groups.entry(group).or_default();
            let prints = hello.fingerprints(Transport::Tcp).expect("whole");
            ja4.insert(prints.ja4().to_string());
            stable.insert(prints.stable().to_string());
            libraries.insert(format!("{:?}", Libraries::builtin().find(hello)));
        }
    }
    let mut changed = BTreeSet::new();
    for ((client, ..), [ja4, stable, libraries]) in &groups {
        assert_eq!((stable.len(), libraries.len()), (1, 1), "{client}: {stable:?} {libraries:?}");
        if ja4.len() > 1 {
            changed.insert(client.as_str());
        }
    }
    say(&format!("resumption changes JA4, and not `stable`: {changed:?}"));
    for client in ["chromium", "curl-", "gnutls-", "go-", "java-", "node-", "openssl-", "rustls-"] {
        assert!(changed.iter().any(|name| name.starts_with(client)), "{client}");
    }
}

/// Every signature of the built-in file has evidence, of a source that docs/signatures.md names.
#[test]
fn every_signature_has_evidence() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/signatures.md");
    let docs = fs::read_to_string(docs).expect("the page of sources");
    let mut has_evidence = false;
    for (line, number) in Libraries::BUILTIN_TEXT.lines().zip(1..) {
        if line.starts_with("label") {
            has_evidence = false;
        } else if let Some(evidence) = line.strip_prefix(";= ") {
            let mut parts = evidence.splitn(3, ", ");
            let source = parts.next().unwrap_or_default();
            let date = parts.next().unwrap_or_default();
            assert!(docs.contains(&format!("| `{source}` |")), "line {number}: {source}");
            assert!(date.len() == 7 && date.as_bytes()[4] == b'-', "line {number}: {date}");
            assert!(parts.next().is_some(), "line {number}: says nothing");
            has_evidence = true;
        } else if line.starts_with("sig") {
            assert!(has_evidence, "line {number}");
        }
    }
}

/// Half of the corpus was used for making signatures, by the name of the capture (FNV-1a, even);
/// the other half was not.
fn was_used(name: &str) -> bool {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash % 2 == 0
}

/// Captures whose projects say, by the name, which program sent the hellos; and which libraries that
/// program had.
const NAMED: [(&str, &[&str]); 17] = [
    ("arkime__tests__pcap__openssl-tls", &["OpenSSL"]),
    ("pcap__443-firefox.", &["NSS"]),
    ("pcap__firefox.", &["NSS"]),
    ("pcap__chrome.", &["BoringSSL"]),
    ("pcap__443-safari.", &["Apple", "BoringSSL", "SecureTransport"]),
    ("pcap__safari.", &["Apple", "BoringSSL", "SecureTransport"]),
    // Of macOS, which has curl and git with LibreSSL.
    ("pcap__443-curl.", &["LibreSSL"]),
    ("pcap__443-git.", &["LibreSSL"]),
    ("pcap__443-opvn.", &["OpenSSL", "mbedTLS"]),
    ("pcap__googledns_android10.", &["BoringSSL"]),
    ("pcap__tor.", &["OpenSSL"]),
    ("tls__chrome-1250-", &["BoringSSL"]),
    // Chrome had NSS until 2014.
    ("tls__chrome-34-", &["NSS"]),
    ("tls__chrome-63.", &["BoringSSL"]),
    ("tls__openjdk-25.", &["Java"]),
    ("tls__tls13draft16-chrome55.", &["BoringSSL"]),
    ("tls__tls13draft16-ff52.", &["NSS"]),
];

/// Systems that a library is of alone.
fn systems(library: &Library) -> Option<Family> {
    match library.name() {
        "SChannel" => return Some(Family::Windows),
        "SecureTransport" | "Apple" => return Some(Family::Apple),
        _ => {}
    }
    match library.systems().next()? {
        "Android" => Some(Family::Linux),
        "Windows" => Some(Family::Windows),
        "macOS" | "iOS" => Some(Family::Apple),
        other => panic!("{other}: a new system?"),
    }
}

/// Who sent a frame, and what its SYN and its own words in the clear say of its system.
fn senders(capture: &Capture) -> (HashMap<u64, IpAddr>, BTreeMap<IpAddr, BTreeSet<Family>>) {
    let database = Database::builtin();
    let (mut by_frame, mut said) = (HashMap::new(), BTreeMap::<IpAddr, BTreeSet<Family>>::new());
    for (address, words) in evidence::of(capture) {
        let about = words.iter().filter(|words| evidence::is_about(words, Direction::Syn));
        said.entry(address).or_default().extend(about.map(|words| words.family));
    }
    let _ = input::decode(&capture.octets, |captured| {
        let Ok(segment) = TcpSegment::of(&captured.frame) else { return };
        let address = segment.source.ip();
        by_frame.insert(captured.number, address);
        if segment.syn
            && !segment.ack
            && let Ok(observed) = observe(&captured.frame)
            && let Some(found) = database.find(&observed)
            && let Owner::System(family) = evidence::owner(found.label)
        {
            said.entry(address).or_default().insert(family);
        }
    });
    (by_frame, said)
}

/// At least seven in ten hellos of the corpus are named, of the half that the signatures were not made
/// of, too; none against the capture's own name, or against the system that its sender is of.
#[test]
fn the_corpus_is_named() {
    let Some(corpus) = corpus() else { return };
    let libraries = Libraries::builtin();
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut agree, mut faults, mut unknown) = (0, Vec::new(), BTreeMap::<_, usize>::new());
    for path in captures(&corpus.join("captures")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let capture = Capture { name: name.clone(), octets: fs::read(&path).expect("a capture") };
        let direct = hellos::in_capture(&capture.octets).clients.into_iter();
        let direct = direct.map(|(frame, _, hello)| (frame, hello));
        let in_band = hellos::in_band(&capture.octets).into_iter();
        let found: Vec<_> = direct.chain(in_band.map(|found| (found.frame, found.hello))).collect();
        if found.is_empty() {
            continue;
        }
        let (by_frame, said) = senders(&capture);
        let half = if was_used(&name) { "used" } else { "held out" };
        for (frame, hello) in &found {
            let library = libraries.find(hello);
            let count = counts.entry(half).or_default();
            count[0] += usize::from(library.is_some());
            count[1] += 1;
            let Some(library) = library else {
                let prints = hello.fingerprints(Transport::Tcp).expect("whole");
                *unknown.entry((half, prints.ja4().to_string(), name.clone())).or_default() += 1;
                continue;
            };
            *names.entry(library.name()).or_default() += 1;
            if let Some((_, right)) = NAMED.iter().find(|(part, _)| name.contains(part)) {
                match right.contains(&library.name()) {
                    true => agree += 1,
                    false => faults.push(format!("{name} frame {frame}: {library}")),
                }
            }
            let said = by_frame.get(frame).and_then(|address| said.get(address));
            if let (Some(system), Some(said)) = (systems(library), said.filter(|it| !it.is_empty()))
            {
                match said.iter().any(|&said| evidence::fits(system, said)) {
                    true => agree += 1,
                    false => faults.push(format!("{name} frame {frame}: {library}, but {said:?}")),
                }
            }
        }
    }
    for ((half, ja4, name), count) in &unknown {
        say(&format!("TLS libraries, {half}, not known: {count} {ja4} {name}"));
    }
    say(&format!("TLS libraries of the corpus: {names:?}"));
    for (half, [named, all]) in &counts {
        say(&format!("TLS libraries of the corpus, {half}: {named} of {all} hellos named"));
        assert!(named * 10 >= all * 7, "{half}");
    }
    say(&format!("TLS libraries of the corpus: {agree} agree with other evidence"));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(agree >= 50, "{agree}");
}
