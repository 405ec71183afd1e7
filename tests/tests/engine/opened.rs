//! Every frame of our captures is opened as tshark opens it: the same number of TCP segments, from
//! the same ports, with the same flags. Where the two differ, the reason is listed here.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use stackprint::{Analyzer, Database, Frame, LinkType, RecordKind, SkipReason};
use stackprint_tests::{input, p0f, require, say};

/// A frame of a capture, and its place there.
struct Taken {
    capture: String,
    number: u64,
    link_type: LinkType,
    octets: Vec<u8>,
    wire_len: usize,
}

fn frames() -> Vec<Taken> {
    let mut frames = Vec::new();
    for capture in input::own() {
        let _ = input::decode(&capture.octets, |captured| {
            frames.push(Taken {
                capture: capture.name.clone(),
                number: captured.number,
                link_type: captured.frame.link_type,
                octets: captured.frame.data.to_vec(),
                wire_len: captured.frame.wire_len,
            });
        });
    }
    frames
}

/// All frames in one pcapng file, with an interface for each link type: tshark takes its time to
/// start.
fn one_file(frames: &[Taken]) -> Vec<u8> {
    const SECTION: u32 = 0x0a0d_0d0a;
    const INTERFACE: u32 = 1;
    const PACKET: u32 = 6;
    let block = |kind: u32, body: &[u8]| {
        let padded = body.len().next_multiple_of(4);
        let length = (padded as u32 + 12).to_le_bytes();
        let mut octets = [&kind.to_le_bytes(), &length[..], body].concat();
        octets.resize(8 + padded, 0);
        [octets, length.to_vec()].concat()
    };
    let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
    let mut octets = block(SECTION, &section);
    let mut interfaces = BTreeMap::new();
    for frame in frames {
        let next = interfaces.len() as u32;
        let interface = *interfaces.entry(frame.link_type).or_insert_with(|| {
            let link_type = frame.link_type.0.to_le_bytes();
            octets.extend(block(INTERFACE, &[&link_type[..], &[0, 0], &[0; 4]].concat()));
            next
        });
        let lengths = [interface, 0, 0, frame.octets.len() as u32, frame.wire_len as u32];
        let head = lengths.map(u32::to_le_bytes).concat();
        octets.extend(block(PACKET, &[&head, &frame.octets[..]].concat()));
    }
    octets
}

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// Source port and flags of each TCP segment in a frame.
type Segments = Vec<(u16, u8)>;

/// What tshark finds. Segments that errors of ICMP quote do not count.
fn by_tshark(path: &str) -> Vec<Segments> {
    let ran = Command::new("tshark")
        .args(["-r", path, "-T", "fields", "-E", "occurrence=a"])
        // Each frame by itself.
        .args(["-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"])
        .args(["-o", "tcp.desegment_tcp_streams:FALSE", "-o", "tcp.analyze_sequence_numbers:FALSE"])
        .args(["-e", "frame.protocols", "-e", "tcp.srcport", "-e", "tcp.flags"])
        .output()
        .expect("tshark runs");
    let text = String::from_utf8(ran.stdout).expect("text");
    let segments = |line: &str| {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (protocols, ports, flags) = (next(), next(), next());
        if protocols.split(':').any(|name| name == "icmp" || name == "icmpv6") {
            return Vec::new();
        }
        let number = |text: &str| match text.strip_prefix("0x") {
            Some(digits) => u16::from_str_radix(digits, 16).expect("a number"),
            None => text.parse().expect("a number"),
        };
        let flags = flags.split(',').filter(|it| !it.is_empty()).map(|it| number(it) as u8);
        ports.split(',').filter(|it| !it.is_empty()).map(number).zip(flags).collect()
    };
    text.lines().map(segments).collect()
}

/// What we find: for each segment, the source port where it is a SYN.
fn by_us(frame: &Taken) -> Vec<Option<u16>> {
    // A new memory for each frame: nothing is a repetition.
    let mut analyzer =
        Analyzer::builder(&Database::builtin()).tls(false).http(false).quic(false).build();
    let octets = Frame::new(frame.link_type, &frame.octets).with_wire_len(frame.wire_len);
    let mut found = Vec::new();
    analyzer.session().analyze_all(&octets, |result| match result {
        Ok(record) => {
            let syn = record.filter(|record| record.kind == RecordKind::Syn);
            found.push(syn.map(|record| record.client.port));
        }
        Err(skip) if skip.reason == SkipReason::BadFlags => found.push(None),
        Err(_) => {}
    });
    found
}

/// Captures of which some frames are opened otherwise than by tshark 4.0.17, and why.
const OTHERWISE: &[(&str, &str)] = &[
    ("gre-version-2.pcap", "tshark reads a GRE version that does not exist as version 0"),
    ("header-over-end.pcap", "TCP's header is longer than the packet: no options to go by"),
    ("ipip-fifty.pcap", "more tunnels than we follow (8): too_deep"),
    ("mpls-ethernet.pcap", "we look for an EtherType behind the labels; tshark has to be told"),
    ("mpls-219.pcap", "tshark does not know link type 219; tcpdump does"),
    ("null-family-10.pcap", "tshark does not know Linux's number for IPv6"),
    ("pcap-beyond-snap-length.pcap", CUT),
    ("pcapng-beyond-snap-length.pcapng", CUT),
    ("pcapng-simple-packets-snapped.pcapng", CUT),
    ("ppp-multilink-first.pcap", "we open a first fragment; tshark waits for the others"),
    ("snapped-54.pcap", CUT),
    ("snapped-60.pcap", CUT),
    ("snapped-73.pcap", CUT),
    ("v4-total-length-39.pcap", "IP's length leaves no room for TCP's header"),
    ("v4-total-length-cuts-options.pcap", "IP's length leaves no room for TCP's options"),
    ("v6-40-extensions.pcap", "more extension headers than we follow (8): too_deep"),
    ("v6-jumbo.pcap", "we read what was captured of a jumbogram"),
    ("v6-payload-length-0.pcap", "we read a length of 0 as one that the network card fills in"),
    ("v6-payload-length-19.pcap", "IP's length leaves no room for TCP's header"),
    ("vlan-twenty.pcap", "more tags than we follow (8): too_deep"),
    ("vxlan-linux-port.pcap", "tshark has to be told of port 8472"),
    ("vxlan-no-flag.pcap", "RFC 7348 section 5: the flag must be set; tshark does not ask"),
];
const CUT: &str =
    "tshark names the ports of a TCP header that is cut; there are no options to go by";

#[test]
fn frames_are_opened_as_tshark_opens_them() {
    let tshark = Command::new("tshark").arg("--version").output().ok();
    let Some(_) = require("tshark", tshark) else { return };
    let frames = frames();
    let path = p0f::temporary("opened.pcapng");
    fs::write(&path, one_file(&frames)).expect("a file in the folder for temporary ones");
    let theirs = by_tshark(path.to_str().expect("a plain path"));
    assert_eq!(theirs.len(), frames.len(), "tshark reads all frames");
    let (mut same, mut differing) = (0, BTreeMap::new());
    for (frame, theirs) in frames.iter().zip(&theirs) {
        let ours = by_us(frame);
        let is_same = ours.len() == theirs.len()
            && ours.iter().zip(theirs).all(|(ours, &(port, flags))| {
                ours.is_none_or(|ours| ours == port && flags & (SYN | ACK) == SYN)
            });
        if is_same {
            same += usize::from(!ours.is_empty());
        } else {
            let found = format!("frame {}: we {ours:?}, tshark {theirs:?}", frame.number);
            differing.insert(frame.capture.as_str(), found);
        }
    }
    say(&format!("{} frames, {same} with TCP opened as tshark opens them", frames.len()));
    for (capture, found) in &differing {
        match OTHERWISE.iter().find(|(name, _)| name == capture) {
            Some((_, reason)) => say(&format!("otherwise: {capture}: {reason}")),
            None => panic!("{capture} {found}"),
        }
    }
    let listed = OTHERWISE.iter().map(|(name, _)| *name);
    let stale: Vec<_> = listed.filter(|name| !differing.contains_key(name)).collect();
    assert!(stale.is_empty(), "opened as tshark opens them after all: {stale:?}");
    assert!(same > 1000, "{same}");
}
