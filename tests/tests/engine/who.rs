//! Who is it: rows of hosts over all captures, against what the hosts say of themselves.
//!
//! Figures of docs/consistency.md.

use std::collections::BTreeMap;
use std::fs;

use stackprint::who::{self, Claim, HostRow, Hosts, Layer, Settings};
use stackprint::{Analyzer, Database, Timestamp};
use stackprint_tests::evidence::{self, Evidence, Family, Kind};
use stackprint_tests::input::{self, Capture};
use stackprint_tests::{captures, corpus, say};

/// A host of a capture with what it says of itself.
struct Judged {
    capture: String,
    row: String,
    verdict: String,
    layers: Vec<String>,
    /// The family by all layers with its quality, and by the SYN alone.
    joined: Option<(String, f64)>,
    syn: Option<(String, f64)>,
    /// What is not among the evidence.
    truth: Option<&'static str>,
}

const fn family_of(family: Family) -> Option<who::Family> {
    Some(match family {
        Family::Linux => who::Family::Linux,
        Family::Windows => who::Family::Windows,
        Family::Apple => who::Family::Apple,
        Family::Bsd => who::Family::Bsd,
        Family::Unix | Family::Cisco => return None,
    })
}

/// What HTTP headers claim: read beside the analyzer, whose own records of HTTP are left out.
fn claim(said: &Evidence) -> Option<Claim<'_>> {
    let (layer, quality) = match said.kind {
        Kind::UserAgent => (Layer::HttpRequest, 0.9),
        Kind::Server => (Layer::HttpResponse, 0.9),
        _ => return None,
    };
    let family = Some(family_of(said.family)?);
    Some(Claim { layer, text: &said.words, family, system: None, program: None, quality })
}

/// What is kept from the rows, to compare them with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Withheld {
    /// SSH banners, SMB, NTLM, DHCP, which are never part of a row.
    Others,
    /// Server headers: responses are switched off.
    Servers,
}

impl Withheld {
    fn has(self, said: &Evidence) -> bool {
        match self {
            Withheld::Others => !matches!(said.kind, Kind::UserAgent | Kind::Server),
            Withheld::Servers => matches!(said.kind, Kind::Server),
        }
    }
}

/// The family that all evidence names which is kept from the rows.
fn truth<'e>(said: impl Iterator<Item = &'e Evidence>, withheld: Withheld) -> Option<&'static str> {
    let mut families = said.filter(|it| withheld.has(it)).map(|it| family_of(it.family));
    let first = families.next()??;
    families.all(|it| it == Some(first)).then(|| first.as_str())
}

fn rows_of(capture: &Capture, withheld: Withheld, mut each: impl FnMut(HostRow<'_>, &[Evidence])) {
    let database = Database::builtin();
    let said = evidence::of(capture);
    let mut hosts = Hosts::new(Settings::default());
    let mut last = Timestamp::EPOCH;
    let mut analyzer = Analyzer::builder(&database).tls(true).http(false).quic(false).build();
    let mut session = analyzer.session();
    let mut ignore = |_: HostRow<'_>| {};
    // A damaged capture is read up to the damage.
    let _ = input::decode(&capture.octets, |captured| {
        session.analyze_all(&captured.frame, |result| {
            if let Ok(Some(record)) = result {
                last = last.max(record.time);
                // Rows in between are not looked at, nor does anything expire.
                hosts.take(&record, &mut ignore);
            }
        });
    });
    for (ip, said) in &said {
        for claim in said.iter().filter(|it| !withheld.has(it)).filter_map(claim) {
            if hosts.find(*ip).next().is_some() {
                hosts.take_claim(last, *ip, None, &claim, &mut ignore);
            }
        }
    }
    hosts.finish(&mut |row| {
        let said: Vec<Evidence> = said.get(&row.ip).into_iter().flatten().cloned().collect();
        each(row, &said);
    });
}

fn judged(withheld: Withheld) -> Option<Vec<Judged>> {
    let mut all = Vec::new();
    for path in captures(&corpus()?.join("captures")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let capture = Capture { name, octets: fs::read(&path).expect("a capture") };
        rows_of(&capture, withheld, |row, said| {
            let mut layers: Vec<String> = row
                .why
                .iter()
                .filter(|it| it.family.is_some() && it.layer != "ttl")
                .map(|it| it.layer.to_string())
                .collect();
            layers.sort();
            layers.dedup();
            let syn: Vec<_> = row.why.iter().filter(|it| it.layer == "syn").collect();
            let syn = match syn.as_slice() {
                [one] => one.family.as_ref().map(|it| it.to_string()).zip(one.quality),
                _ => None,
            };
            all.push(Judged {
                capture: capture.name.clone(),
                row: serde_json::to_string(&row).expect("JSON"),
                verdict: row.consistency.verdict.to_string(),
                layers,
                joined: row.os.as_ref().map(|os| (os.family.to_string(), os.quality)),
                syn,
                truth: truth(said.iter(), withheld),
            });
        });
    }
    Some(all)
}

/// Verdicts over the corpus that accuse a host, each looked at: capture, address, and what is so.
const ACCUSED: &[(&str, &str)] = &[
    // Balancers (NetScaler) before servers of other systems: right.
    ("mercury__unit_tests__pcaps__quic_reordered_frames.pcap", "173.37.145.84"),
    ("suricata-verify__tests__http-sticky-start__input.pcap", "65.55.17.37"),
    ("zeek__testing__btest__Traces__http__pipelined-requests.pcap", "63.245.209.11"),
    // The user network of VirtualBox ends the connections of its guest: right.
    ("zeek__testing__btest__Traces__http__bro.org.pcap", "192.150.187.43"),
    // A scanner (hping) on Linux with the User-Agent of Windows: right.
    ("suricata-verify__tests__bug-7657-01__input.pcap", "100.73.5.8"),
];

#[test]
fn hosts_of_the_corpus() {
    let Some(all) = judged(Withheld::Others) else { return };
    let mut verdicts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for it in &all {
        *verdicts.entry((it.layers.len(), &it.verdict)).or_default() += 1;
    }
    for ((layers, verdict), count) in &verdicts {
        say(&format!("{layers} layers: {verdict} {count}"));
    }
    let two: Vec<_> = all.iter().filter(|it| it.layers.len() >= 2).collect();
    let consistent = two.iter().filter(|it| it.verdict == "consistent").count();
    say(&format!("{consistent} of {} hosts with two layers are consistent", two.len()));
    for it in &two {
        if it.layers.len() >= 3 {
            say(&format!("three layers: {} {} {:?}", it.capture, it.verdict, it.layers));
        }
    }
    let is_quiet = |it: &&Judged| matches!(it.verdict.as_str(), "consistent" | "unclear");
    let accused: Vec<_> = all.iter().filter(|it| !is_quiet(it)).collect();
    for it in &accused {
        say(&format!("{}: {} {}", it.verdict, it.capture, it.row));
    }
    for it in two.iter().filter(|it| it.verdict == "unclear") {
        say(&format!("unclear: {} {}", it.capture, it.row));
    }
    assert!(consistent * 10 >= two.len() * 6, "{consistent} of {}", two.len());
    let unknown =
        accused.iter().filter(|it| !ACCUSED.iter().any(|(capture, _)| it.capture == *capture));
    let unknown: Vec<_> = unknown.map(|it| (&it.capture, &it.verdict)).collect();
    assert!(unknown.is_empty(), "verdicts that nobody has looked at: {unknown:?}");
}

/// Stated against observed, on evidence that is not used: SSH, SMB, NTLM, DHCP.
#[test]
fn families_are_calibrated() {
    let Some(all) = judged(Withheld::Others) else { return };
    calibrate(&all, "others");
}

/// The same against Server headers, with responses switched off.
#[test]
fn families_are_calibrated_on_servers() {
    let Some(all) = judged(Withheld::Servers) else { return };
    calibrate(&all, "servers");
}

fn calibrate(all: &[Judged], witness: &str) {
    let mut bins: BTreeMap<(&str, usize), (f64, usize, usize)> = BTreeMap::new();
    for it in all {
        let Some(truth) = it.truth else { continue };
        for (name, answer) in [("syn alone", &it.syn), ("all layers", &it.joined)] {
            let Some((family, quality)) = answer else { continue };
            let bin = bins.entry((name, ((quality * 10.0) as usize).min(9))).or_default();
            bin.0 += quality;
            bin.1 += usize::from(family == truth);
            bin.2 += 1;
            if family != truth {
                say(&format!("{witness}: {name} wrong, {truth}: {} {}", it.capture, it.row));
            }
        }
    }
    for ((name, bin), (stated, right, count)) in &bins {
        let (stated, observed) = (stated / *count as f64, *right as f64 / *count as f64);
        say(&format!("{witness}: {name} | 0.{bin} | {stated:.3} | {observed:.3} | {count}"));
        assert!(*count < 50 || observed >= stated - 0.1, "{name} 0.{bin}: {observed} of {stated}");
    }
}
