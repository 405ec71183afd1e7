//! The programs, run by a small machine on the captures of the project and of the corpus.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use netring::BpfInsn;
use stackprint::capture::Decoder;
use stackprint::{Analyzer, Database, Frame, LinkType, Timestamp, observe};

use super::assembler::{ANCILLARY, Ancillary, code};
use super::{CaptureFilter, Rules, WHOLE, program};

const RULES: Rules = Rules {
    link_type: LinkType::ETHERNET,
    copied: CaptureFilter::Handshakes,
    tunnels: true,
    is_loopback: false,
    snap_length: 512,
};

/// What the kernel knows beside the bytes.
#[derive(Clone, Copy, Default)]
struct Known {
    packet_type: u32,
    random: u32,
}

/// Runs a program as the kernel's documentation (networking/filter) has it: how many bytes are
/// copied.
fn run(program: &[BpfInsn], bytes: &[u8], known: Known) -> u32 {
    let (mut a, mut x, mut memory, mut at) = (0_u32, 0_u32, [0_u32; 16], 0);
    let byte = |at: usize| bytes.get(at).copied().map(u32::from);
    let u16_at = |at: usize| Some(byte(at)? << 8 | byte(at + 1)?);
    loop {
        let BpfInsn { code, jt, jf, k } = program[at];
        at += 1;
        let indirect = x as usize + k as usize;
        let mut jump = |holds: bool| at += usize::from(if holds { jt } else { jf });
        match code {
            code::LD_W_ABS => {
                a = match k - ANCILLARY {
                    ad if ad == Ancillary::PacketType as u32 => known.packet_type,
                    ad if ad == Ancillary::Random as u32 => known.random,
                    other => panic!("ancillary {other}"),
                }
            }
            code::LD_B_IND | code::LD_H_IND => {
                let loaded = if code == code::LD_B_IND { byte(indirect) } else { u16_at(indirect) };
                let Some(loaded) = loaded else { return 0 };
                a = loaded;
            }
            code::LD_MEM => a = memory[k as usize],
            code::ST => memory[k as usize] = a,
            code::LDX_IMM => x = k,
            code::LDX_MEM => x = memory[k as usize],
            code::ADD_K => a = a.wrapping_add(k),
            code::ADD_X => a = a.wrapping_add(x),
            code::AND_K => a &= k,
            code::LSH_K => a <<= k,
            code::RSH_K => a >>= k,
            code::TAX => x = a,
            code::TXA => a = x,
            code::JA => at += k as usize,
            code::JEQ_K => jump(a == k),
            code::JGT_K => jump(a > k),
            code::JGT_X => jump(a > x),
            code::JGE_K => jump(a >= k),
            code::JSET_K => jump(a & k != 0),
            code::RET_K => return k,
            other => panic!("operation {other:#x}"),
        }
    }
}

fn passes(rules: &Rules, bytes: &[u8]) -> bool {
    run(&program(rules), bytes, Known::default()) != 0
}

fn captures(folder: &Path, to: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            captures(&path, to);
        } else if path.to_string_lossy().contains(".pcap") {
            to.push(path);
        }
    }
}

/// The frames of all captures that can be opened as files, damage or not: Ethernet, and raw IP.
fn frames() -> Vec<(String, LinkType, Vec<u8>)> {
    let mut paths = Vec::new();
    captures(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/captures")), &mut paths);
    if let Some(corpus) = std::env::var_os("STACKPRINT_CORPUS") {
        captures(&Path::new(&corpus).join("captures"), &mut paths);
    }
    let mut frames = Vec::new();
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut decoder = Decoder::new();
        // What is damaged or compressed ends early.
        let _ = decoder.push(&bytes, |captured| {
            let Frame { link_type, data: bytes, .. } = captured.frame;
            if matches!(link_type, LinkType::ETHERNET | LinkType::RAW) {
                frames.push((name.clone(), link_type, bytes.to_vec()));
            }
        });
    }
    assert!(frames.len() > 1000, "{}", frames.len());
    frames
}

#[test]
fn no_handshake_is_lost() {
    let (mut handshakes, mut passed, mut all) = (0, 0, 0);
    for (name, link_type, bytes) in frames() {
        let is_handshake = observe(&Frame::new(link_type, &bytes)).is_ok();
        let passes = passes(&Rules { link_type, ..RULES }, &bytes);
        assert!(passes || !is_handshake, "{name}: {bytes:02x?}");
        handshakes += u32::from(is_handshake);
        passed += u32::from(passes);
        all += 1;
    }
    println!("{all} frames: {handshakes} handshakes, {passed} pass");
    assert!(handshakes > 500 && passed < all);
}

/// Frames that differ from recorded ones in one byte: most of them are damaged, some are another
/// kind of packet.
#[test]
fn no_handshake_is_lost_in_changed_frames() {
    let programs = [LinkType::ETHERNET, LinkType::RAW]
        .map(|link_type| (link_type, program(&Rules { link_type, ..RULES })));
    let mut handshakes = 0;
    for (number, (name, link_type, mut bytes)) in frames().into_iter().enumerate() {
        let is_near = |bytes: &[u8]| observe(&Frame::new(link_type, bytes)).is_ok();
        if !is_near(&bytes) || number % 3 != 0 {
            continue;
        }
        let (_, program) = programs.iter().find(|(of, _)| *of == link_type).unwrap();
        for at in 0..bytes.len().min(100) {
            let before = bytes[at];
            for change in [0x01, 0x02, 0x04, 0x10, 0x35, 0xff] {
                bytes[at] = before ^ change;
                let is_handshake = is_near(&bytes);
                let passes = run(program, &bytes, Known::default()) != 0;
                assert!(passes || !is_handshake, "{name}, byte {at}: {bytes:02x?}");
                handshakes += u32::from(is_handshake);
            }
            bytes[at] = before;
        }
    }
    assert!(handshakes > 10_000, "{handshakes}");
}

/// A segment of TCP over IPv4 with 12 bytes of options.
fn segment(flags: u8) -> Vec<u8> {
    let mut bytes = vec![0; 14 + 20 + 32];
    bytes[12] = 0x08;
    bytes[14] = 0x45;
    bytes[23] = 6;
    bytes[34 + 12] = 0x80;
    bytes[34 + 13] = flags;
    bytes
}

#[test]
fn bulk_traffic_stays_in_the_kernel() {
    let no_options = |mut bytes: Vec<u8>| {
        bytes[34 + 12] = 0x50;
        bytes
    };
    let uptimes = Rules { copied: CaptureFilter::Uptimes, ..RULES };
    let with_random = |bytes: &[u8], random: u32| {
        run(&program(&uptimes), bytes, Known { random, ..Known::default() }) != 0
    };
    let (syn, syn_ack, ack, fin, rst, syn_fin) = (0x02, 0x12, 0x10, 0x11, 0x04, 0x03);
    for flags in [syn, syn_ack] {
        assert!(passes(&RULES, &segment(flags)) && with_random(&segment(flags), 1));
    }
    for flags in [ack, fin, rst, syn_fin, 0] {
        assert!(!passes(&RULES, &segment(flags)), "{flags:#x}");
    }
    // Of later segments: ends, and one in eight of the rest, where there is room for a timestamp.
    assert!(with_random(&segment(fin), 1) && with_random(&segment(rst), 1));
    assert!(!with_random(&segment(syn_fin), 0));
    let ack = segment(ack);
    assert_eq!((0..64).filter(|&random| with_random(&ack, random)).count(), 8);
    assert!(!with_random(&no_options(ack), 0) && !with_random(&no_options(segment(fin)), 0));
}

/// Of an IPv4 packet of TCP between two ports, with a payload and what Ethernet pads it with.
fn with_payload(ports: [u16; 2], payload: &[u8], padding: usize) -> Vec<u8> {
    let mut bytes = segment(0x18);
    bytes[16..18].copy_from_slice(&(20 + 32 + payload.len() as u16).to_be_bytes());
    bytes[34..36].copy_from_slice(&ports[0].to_be_bytes());
    bytes[36..38].copy_from_slice(&ports[1].to_be_bytes());
    [&bytes[..], payload, &vec![0; padding]].concat()
}

#[test]
fn openings_are_told_by_ports_and_first_bytes() {
    let rules = Rules { copied: CaptureFilter::Openings, ..RULES };
    let copied = |bytes: &[u8]| run(&program(&rules), bytes, Known::default());
    let (client, server) = ([40_000, 443], [443, 40_000]);
    assert_eq!(copied(&with_payload(client, b"any", 0)), WHOLE);
    assert_eq!(copied(&with_payload([443, 443], b"any", 0)), WHOLE);
    for answer in [&b"\x16\x03\x03"[..], b"\x16\x03", b"HTTP/1.1 200"] {
        assert_eq!(copied(&with_payload(server, answer, 0)), WHOLE);
    }
    for answer in [&b"\x17\x03\x03"[..], b"\x16", b"HTTP/2", b"HTTX/1.1", b"HTTP"] {
        assert_eq!(copied(&with_payload(server, answer, 0)), 0, "{answer:?}");
    }
    // An ACK that Ethernet pads has no payload; one that is not cut yet may have.
    assert_eq!(copied(&with_payload(client, b"", 6)), 0);
    let mut uncut = with_payload(client, b"any", 0);
    uncut[16..18].fill(0);
    assert_eq!(copied(&uncut), WHOLE);
    assert_eq!(copied(&segment(0x02)), WHOLE);
    let end = |flags: u8| {
        let mut bytes = with_payload(client, b"", 0);
        bytes[34 + 13] = flags;
        copied(&bytes)
    };
    assert_eq!((end(0x11), end(0x04)), (0, 0));

    let datagram = |payload: &[u8]| {
        let mut bytes = with_payload(client, &[], 0);
        bytes[23] = 17;
        bytes.truncate(42);
        [&bytes[..], payload].concat()
    };
    for payload in [&b"\xc3\0\0\0\x01"[..], b"\xd0\x6b\x33\x43\xcf", b"\xc0\xff\0\0\x1d"] {
        assert_eq!(copied(&datagram(payload)), WHOLE, "{payload:02x?}");
    }
    for payload in [&b"\x43\0\0\0\x01"[..], b"\xc0\0\0\0\0", b"\xc0\0\0", b"\x83\0\0\0\x01", b""] {
        assert_eq!(copied(&datagram(payload)), 0, "{payload:02x?}");
    }
}

/// The TLS records of a capture, by what they say.
fn tls_records(
    frames: &[(Timestamp, LinkType, Vec<u8>)],
    copied: Option<CaptureFilter>,
) -> Vec<String> {
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut records = Vec::new();
    for (time, link_type, bytes) in frames {
        let rules = |copied| Rules { link_type: *link_type, copied, snap_length: WHOLE, ..RULES };
        let len = copied.map_or(bytes.len(), |copied| {
            run(&program(&rules(copied)), bytes, Known::default()) as usize
        });
        if len == 0 {
            continue;
        }
        let captured = &bytes[..len.min(bytes.len())];
        let frame = Frame::new(*link_type, captured).at(*time).with_wire_len(bytes.len());
        analyzer.session().analyze_all(&frame, |result| {
            let Ok(Some(record)) = result else { return };
            if let Some(tls) = &record.tls {
                records.push(format!("{} {} {tls:?}", record.client.port, record.kind));
            }
        });
    }
    records
}

/// Hellos pass: what is missed is what docs/live.md lists.
#[test]
fn openings_give_the_hellos_that_all_of_tcp_gives() {
    type Frames = Vec<(Timestamp, LinkType, Vec<u8>)>;
    let mut by_file: Vec<(String, Frames)> = Vec::new();
    for (name, link_type, bytes) in frames() {
        if by_file.last().is_none_or(|(last, _)| *last != name) {
            by_file.push((name, Vec::new()));
        }
        if let Some((_, frames)) = by_file.last_mut() {
            let time = Timestamp::from_nanos(frames.len() as u64 * 1_000_000);
            frames.push((time, link_type, bytes));
        }
    }
    let (mut all, mut equal, mut missed) = (0, 0, Vec::new());
    for (name, frames) in &by_file {
        let expected = tls_records(frames, None);
        let mut passed = tls_records(frames, Some(CaptureFilter::Openings));
        all += expected.len();
        for record in expected {
            match passed.iter().position(|it| *it == record) {
                Some(at) => {
                    passed.remove(at);
                    equal += 1;
                }
                None => missed.push(format!("{name}: {record:.120}")),
            }
        }
    }
    println!("{equal} of {all} records of TLS; missed: {missed:#?}");
    for copied in CaptureFilter::value_variants() {
        let (mut count, mut bytes_copied, mut all, mut all_bytes) = (0, 0, 0, 0);
        for (_, link_type, bytes) in by_file.iter().flat_map(|(_, frames)| frames) {
            let snap_length = match copied {
                CaptureFilter::Handshakes | CaptureFilter::Uptimes => RULES.snap_length,
                _ => WHOLE,
            };
            let rules = Rules { link_type: *link_type, copied: *copied, snap_length, ..RULES };
            let len = (run(&program(&rules), bytes, Known::default()) as usize).min(bytes.len());
            (all, all_bytes) = (all + 1, all_bytes + bytes.len());
            (count, bytes_copied) = (count + usize::from(len > 0), bytes_copied + len);
        }
        println!("{copied:?}: {count} of {all} frames, {bytes_copied} of {all_bytes} bytes");
    }
    assert!(equal * 100 >= all * 95, "{equal} of {all}");
}

#[test]
fn other_modes_let_more_pass() {
    let (ack, arp) = (segment(0x10), [&[0; 12][..], &[0x08, 0x06], &[0; 46]].concat());
    let tcp = Rules { copied: CaptureFilter::Tcp, ..RULES };
    let all = Rules { copied: CaptureFilter::All, ..RULES };
    assert!(passes(&tcp, &ack) && passes(&all, &ack));
    assert!(!passes(&tcp, &arp) && passes(&all, &arp));
    assert!(!passes(&RULES, &[]) && passes(&all, &[]));
    // Link types that the program does not follow pass.
    assert!(passes(&Rules { link_type: LinkType::IEEE802_11_RADIOTAP, ..RULES }, &ack));
}

#[test]
fn tunnels_pass_unless_they_are_not_wanted() {
    let mut gre = segment(0x10);
    gre[23] = 47;
    let mpls = [&[0; 12][..], &[0x88, 0x47], &[0; 46]].concat();
    let mut vxlan = segment(0);
    vxlan[23] = 17;
    vxlan[34 + 2..34 + 4].copy_from_slice(&4789_u16.to_be_bytes());
    for frame in [&gre, &mpls, &vxlan] {
        assert!(passes(&RULES, frame));
        assert!(!passes(&Rules { tunnels: false, ..RULES }, frame));
    }
    vxlan[34 + 2] = 0;
    assert!(!passes(&RULES, &vxlan));
}

#[test]
fn loopback_is_seen_once() {
    let program = program(&Rules { is_loopback: true, ..RULES });
    let (coming, going) = (0, 4);
    let copied = [coming, going]
        .map(|packet_type| run(&program, &segment(0x02), Known { packet_type, random: 0 }));
    assert_eq!(copied, [RULES.snap_length, 0]);
}

#[test]
fn programs_are_as_the_kernel_wants_them() {
    for &copied in CaptureFilter::value_variants() {
        for link_type in [LinkType::ETHERNET, LinkType::RAW, LinkType::IEEE802_11] {
            let program = program(&Rules { link_type, copied, is_loopback: true, ..RULES });
            // BPF_MAXINSNS, and within what the kernel's filter memory (optmem_max) takes.
            assert!(program.len() < 1000, "{copied:?} {link_type}: {}", program.len());
            for (at, jump) in program.iter().enumerate().filter(|(_, jump)| jump.code & 7 == 5) {
                let distance =
                    if jump.code == code::JA { jump.k } else { jump.jt.max(jump.jf).into() };
                assert!(at + 1 + (distance as usize) < program.len());
            }
            assert_eq!(program.last().map(|last| last.code), Some(code::RET_K));
        }
    }
}
