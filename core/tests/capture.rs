//! Captures written out byte by byte, and what the decoder makes of them, whole and in pieces.

#![cfg(feature = "capture")]
#![allow(missing_docs, reason = "a test binary has no users")]
#![allow(clippy::panic, clippy::expect_used, reason = "tests say what they expect by failing")]

use proptest::collection::vec;
use proptest::prelude::*;
use stackprint::capture::{
    CaptureError, CaptureErrorKind as Kind, Decoder, Format, Part, Resolution,
};
use stackprint::{ByteOrder, LinkType};

/// A frame as the decoder handed it over.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    number: u64,
    interface: u32,
    link_type: LinkType,
    nanos: u64,
    wire_len: usize,
    octets: Vec<u8>,
}

type Outcome = (Vec<Seen>, Result<(), CaptureError>);

/// Decodes pieces with `push`.
fn decode_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut decoder = Decoder::new();
    let mut seen = Vec::new();
    for piece in pieces {
        let pushed = decoder.push(piece, |captured| seen.push(Seen::of(&captured)));
        if pushed.is_err() {
            assert_eq!(decoder.push(b"more", |_| panic!("frame after an error")), pushed);
            assert_eq!(decoder.finish(), pushed);
            return (seen, pushed);
        }
    }
    assert_eq!(decoder.frames(), seen.len() as u64);
    (seen, decoder.finish())
}

fn decode(capture: &[u8]) -> Outcome {
    decode_pieces([capture])
}

/// Decodes pieces with `next_frame`.
fn decode_stepwise(capture: &[u8], piece_len: usize) -> Outcome {
    let mut decoder = Decoder::new();
    let mut seen = Vec::new();
    for mut piece in capture.chunks(piece_len) {
        loop {
            match decoder.next_frame(&mut piece) {
                Ok(Some(captured)) => seen.push(Seen::of(&captured)),
                Ok(None) => break,
                Err(error) => return (seen, Err(error)),
            }
        }
    }
    (seen, decoder.finish())
}

impl Seen {
    fn of(captured: &stackprint::capture::CapturedFrame<'_>) -> Self {
        Seen {
            number: captured.number,
            interface: captured.interface,
            link_type: captured.frame.link_type,
            nanos: captured.frame.time.as_nanos(),
            wire_len: captured.frame.wire_len,
            octets: captured.frame.data.to_vec(),
        }
    }
}

/// Bytes from hexadecimal digits; whatever else is between them is for the reader.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn error_of(capture: &[u8]) -> CaptureError {
    decode(capture).1.expect_err("a damaged capture")
}

// magic, version 2.4, zone, precision, snapshot length 65535, Ethernet
const MICROS_LE: &str = "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000";
const MICROS_BE: &str = "a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000001";
const NANOS_LE: &str = "4d3cb2a1 0200 0400 00000000 00000000 ffff0000 01000000";
const NANOS_BE: &str = "a1b23c4d 0002 0004 00000000 00000000 0000ffff 00000001";
const MODIFIED_LE: &str = "34cdb2a1 0200 0400 00000000 00000000 ffff0000 01000000";
const MODIFIED_BE: &str = "a1b2cd34 0002 0004 00000000 00000000 0000ffff 00000001";
// seconds 2, fraction 3, three bytes of sixty
const RECORD_LE: &str = "02000000 03000000 03000000 3c000000";
const RECORD_BE: &str = "00000002 00000003 00000003 0000003c";
// interface index, protocol, packet type, padding
const MODIFIED_REST: &str = "07000000 0800 00 00";
const FRAME: &str = "aabbcc";

fn pcap_samples() -> Vec<(Vec<u8>, u64, ByteOrder, Resolution, bool)> {
    use ByteOrder::{Big, Little};
    use Resolution::{Micros, Nanos};
    let plain = |header: &str, record: &str| hex(&[header, record, FRAME].concat());
    let modified =
        |header: &str, record: &str| hex(&[header, record, MODIFIED_REST, FRAME].concat());
    vec![
        (plain(MICROS_LE, RECORD_LE), 2_000_003_000, Little, Micros, false),
        (plain(MICROS_BE, RECORD_BE), 2_000_003_000, Big, Micros, false),
        (plain(NANOS_LE, RECORD_LE), 2_000_000_003, Little, Nanos, false),
        (plain(NANOS_BE, RECORD_BE), 2_000_000_003, Big, Nanos, false),
        (modified(MODIFIED_LE, RECORD_LE), 2_000_003_000, Little, Micros, true),
        (modified(MODIFIED_BE, RECORD_BE), 2_000_003_000, Big, Micros, true),
    ]
}

#[test]
fn every_pcap_variant_is_read() {
    for (capture, nanos, byte_order, resolution, modified) in pcap_samples() {
        let (seen, end) = decode(&capture);
        let expected = Seen {
            number: 1,
            interface: 0,
            link_type: LinkType::ETHERNET,
            nanos,
            wire_len: 60,
            octets: hex(FRAME),
        };
        assert_eq!((seen, end), (vec![expected], Ok(())));

        let mut decoder = Decoder::new();
        decoder.push(&capture, |_| {}).expect("a good capture");
        let Some(Format::Pcap(header)) = decoder.format() else { panic!("not pcap") };
        assert_eq!(header.byte_order, byte_order);
        assert_eq!(header.resolution, resolution);
        assert_eq!(header.modified, modified);
        assert_eq!((header.version_major, header.version_minor), (2, 4));
        assert_eq!(decoder.offset(), capture.len() as u64);
    }
}

#[test]
fn formats_describe_themselves() {
    let describe = |capture: &[u8]| {
        let mut decoder = Decoder::new();
        decoder.push(capture, |_| {}).expect("a good capture");
        decoder.format().map(|format| format.to_string())
    };
    let capture = hex(NANOS_BE);
    assert_eq!(describe(&capture).as_deref(), Some("pcap 2.4, big-endian, nanoseconds, ETHERNET"));
    let capture = hex(MODIFIED_LE);
    assert_eq!(
        describe(&capture).as_deref(),
        Some("modified pcap 2.4, little-endian, microseconds, ETHERNET")
    );
    assert_eq!(describe(&section_le()).as_deref(), Some("pcapng 1.0, little-endian"));
    assert_eq!(describe(&section_le()[..27]), None);
}

#[test]
fn lengths_come_in_the_order_of_their_version() {
    // The record's two length fields are 3 and 2 (or 2 and 3), the frame has as many bytes as the
    // captured length.
    for (version, fields, captured_len, wire_len) in [
        ("0200 0000", "03000000 02000000", 2, 3),
        ("0200 0200", "03000000 02000000", 2, 3),
        ("0200 0300", "03000000 02000000", 2, 3),
        ("0200 0300", "02000000 03000000", 2, 3),
        ("0200 0400", "02000000 03000000", 2, 3),
        // The wire cannot have carried less than was captured.
        ("0200 0400", "03000000 02000000", 3, 3),
        ("1f02 0000", "03000000 02000000", 2, 3),
    ] {
        let header = "d4c3b2a1 VERSION 00000000 00000000 ffff0000 01000000";
        let mut capture = hex(&header.replace("VERSION", version));
        capture.extend(hex("00000000 00000000"));
        capture.extend(hex(fields));
        capture.extend(vec![0xaa; captured_len]);
        let (seen, end) = decode(&capture);
        assert_eq!(end, Ok(()), "version {version}");
        assert_eq!((seen[0].octets.len(), seen[0].wire_len), (captured_len, wire_len));
    }
}

#[test]
fn frames_are_cut_to_the_snapshot_length() {
    for (magic, snap_len, link_type, delivered_len) in [
        ("d4c3b2a1", 4, 1, 4),
        ("d4c3b2a1", 0, 1, 20),
        ("d4c3b2a1", 0x8000_0000, 1, 20),
        ("d4c3b2a1", 65_535, 1, 20),
        // Room for an Ethernet header that the modified library made up.
        ("34cdb2a1", 4, 1, 18),
        ("34cdb2a1", 4, 101, 4),
    ] {
        let mut capture = hex(&format!("{magic} 0200 0400 00000000 00000000"));
        capture.extend(u32::to_le_bytes(snap_len));
        capture.extend(u32::to_le_bytes(link_type));
        for _ in 0..2 {
            capture.extend(hex("00000000 00000000 14000000 28000000"));
            if magic.starts_with("34") {
                capture.extend(hex(MODIFIED_REST));
            }
            capture.extend(0..20);
        }
        let (seen, end) = decode(&capture);
        assert_eq!((seen.len(), end), (2, Ok(())));
        for frame in seen {
            assert_eq!(frame.octets, (0..delivered_len).collect::<Vec<u8>>());
            assert_eq!(frame.wire_len, 40);
        }
    }
}

#[test]
fn fractions_beyond_a_second_carry_over() {
    for (header, record, nanos) in [
        (MICROS_LE, "02000000 40420f00", 3_000_000_000),
        (MICROS_LE, "02000000 ffffffff", 2_000_000_000 + 0xffff_ffff * 1000),
        (NANOS_LE, "02000000 00ca9a3b", 3_000_000_000),
        (NANOS_LE, "ffffffff ffffffff", 0xffff_ffff_u64 * 1_000_000_000 + 0xffff_ffff),
    ] {
        let capture = hex(&[header, record, "00000000 00000000"].concat());
        assert_eq!(decode(&capture).0[0].nanos, nanos);
    }
}

#[test]
fn bits_above_the_link_type_are_not_the_link_type() {
    let with_link_field = |field: &str| {
        hex(&["d4c3b2a1 0200 0400 00000000 00000000 ffff0000", field, RECORD_LE, FRAME].concat())
    };
    // A frame check sequence of two 16-bit units, present.
    let (seen, end) = decode(&with_link_field("65000024"));
    assert_eq!((seen[0].link_type, end), (LinkType::RAW, Ok(())));
    // Numbers that systems gave to what LINKTYPE_RAW now names are kept.
    assert_eq!(decode(&with_link_field("0c000000")).0[0].link_type, LinkType::RAW_BSD);
    assert_eq!(decode(&with_link_field("0e000000")).0[0].link_type, LinkType::RAW_OPENBSD);
    assert_eq!(decode(&with_link_field("ffff0000")).0[0].link_type, LinkType(65_535));
    let error = error_of(&with_link_field("00003000"));
    assert_eq!(error.kind, Kind::BadLinkType { field: 0x0030_0000 });
}

/// A pcapng block in little-endian order, the body padded.
fn block_le(block_type: u32, body: &[u8]) -> Vec<u8> {
    let padded_len = body.len().next_multiple_of(4);
    let total_len = (12 + padded_len) as u32;
    let mut block = Vec::new();
    block.extend(block_type.to_le_bytes());
    block.extend(total_len.to_le_bytes());
    block.extend(body);
    block.resize(8 + padded_len, 0);
    block.extend(total_len.to_le_bytes());
    block
}

fn section_le() -> Vec<u8> {
    hex("0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000")
}

/// An interface block: link type, snapshot length, options.
fn interface_le(link_type: u16, snap_len: u32, options: &str) -> Vec<u8> {
    let mut body = link_type.to_le_bytes().to_vec();
    body.extend([0; 2]);
    body.extend(snap_len.to_le_bytes());
    body.extend(hex(options));
    block_le(1, &body)
}

/// An enhanced packet with the bytes `aabbcc` and an option behind them.
fn enhanced_le(interface: u32, ticks: u64) -> Vec<u8> {
    let mut body = interface.to_le_bytes().to_vec();
    body.extend(((ticks >> 32) as u32).to_le_bytes());
    body.extend((ticks as u32).to_le_bytes());
    body.extend(hex("03000000 3c000000 aabbcc00 0100 0200 68690000 0000 0000"));
    block_le(6, &body)
}

/// Two sections in different byte orders, several interfaces, every kind of packet, and blocks to
/// pass over.
fn pcapng_sample() -> Vec<u8> {
    let mut capture = section_le();
    capture.extend(block_le(4, &hex("0000 0000"))); // name resolution
    capture.extend(interface_le(1, 0, ""));
    capture.extend(interface_le(101, 2, "0200 0300 65746800 0900 0100 09000000 0000 0000"));
    capture.extend(enhanced_le(0, 2_000_003));
    capture.extend(enhanced_le(1, 2_000_000_003));
    capture.extend(block_le(5, &hex("00000000 00000000 00000000"))); // statistics
    // Obsolete packet: interface 1, five lost before it.
    capture.extend(block_le(2, &hex("0100 0500 00000000 07000000 02000000 02000000 ddee")));
    // Simple packet: of the first interface, which has no snapshot length.
    capture.extend(block_le(3, &hex("05000000 0102030405")));
    capture.extend(block_le(0x0bad, &hex("d97e0000 00"))); // custom
    capture.extend(block_le(0x7fff_fff0, b"unheard of"));
    // A section in the other byte order: header 1.2, one interface, one enhanced packet.
    capture.extend(hex("0a0d0d0a 0000001c 1a2b3c4d 0001 0002 ffffffffffffffff 0000001c"));
    // Snapshot length 4, times in 2⁻²⁰ s, one hundred seconds late.
    capture.extend(hex("00000001 00000028 0071 0000 00000004 \
         0009 0001 94000000 000e 0008 0000000000000064 00000028"));
    capture.extend(hex(
        "00000006 00000024 00000000 00000000 00380000 00000004 00000040 01020304 00000024",
    ));
    capture.extend(hex("00000003 00000014 00000009 01020304 00000014"));
    capture
}

#[test]
fn pcapng_packets_of_every_kind_are_read() {
    let frame = |number, interface, link_type, nanos, wire_len, octets: &str| Seen {
        number,
        interface,
        link_type,
        nanos,
        wire_len,
        octets: hex(octets),
    };
    let (seen, end) = decode(&pcapng_sample());
    assert_eq!(end, Ok(()));
    assert_eq!(
        seen,
        [
            frame(1, 0, LinkType::ETHERNET, 2_000_003_000, 60, FRAME),
            // Cut to the snapshot length of its interface.
            frame(2, 1, LinkType::RAW, 2_000_000_003, 60, &FRAME[..4]),
            frame(3, 1, LinkType::RAW, 7, 2, "ddee"),
            frame(4, 0, LinkType::ETHERNET, 0, 5, "0102030405"),
            frame(5, 0, LinkType::LINUX_SLL, 103_500_000_000, 64, "01020304"),
            frame(6, 0, LinkType::LINUX_SLL, 0, 9, "01020304"),
        ]
    );
}

#[test]
fn pcapng_sections_are_counted() {
    let mut decoder = Decoder::new();
    decoder.push(&pcapng_sample(), |_| {}).expect("a good capture");
    let Some(Format::PcapNg(section)) = decoder.format() else { panic!("not pcapng") };
    assert_eq!((section.number, section.byte_order), (2, ByteOrder::Big));
    assert_eq!((section.version_major, section.version_minor), (1, 2));
}

#[test]
fn pcapng_clocks_tick_as_their_interface_says() {
    const LATE_BY_10_S: &str = "0e00 0800 0a00000000000000";
    const EARLY_BY_10_S: &str = "0e00 0800 f6ffffffffffffff";
    for (options, ticks, nanos) in [
        ("", 7, 7_000),
        ("0900 0100 00000000", 7, 7_000_000_000),
        ("0900 0100 03000000", 7, 7_000_000),
        ("0900 0100 09000000", u64::MAX, u64::MAX),
        ("0900 0100 0c000000", 7_999, 7),
        ("0900 0100 ff000000", u64::MAX, 0),
        ("0900 0100 7f000000", u64::MAX, 0),
        ("0900 0100 80000000", 7, 7_000_000_000),
        ("0900 0100 81000000", 7, 3_500_000_000),
        ("0900 0100 a0000000", 1 << 31, 500_000_000),
        ("0900 0100 bf000000", 1 << 63, 1_000_000_000),
        // Out of range: the last time that there is.
        ("", u64::MAX, u64::MAX),
        ("0900 0100 80000000", u64::MAX, u64::MAX),
        (LATE_BY_10_S, 1, 10_000_001_000),
        (EARLY_BY_10_S, 11_000_000, 1_000_000_000),
        (EARLY_BY_10_S, 1, 0),
        // What follows the end of options is none.
        ("0000 0000 0900 0100 09000000", 7, 7_000),
    ] {
        let capture = [section_le(), interface_le(1, 0, options), enhanced_le(0, ticks)].concat();
        let (seen, end) = decode(&capture);
        assert_eq!(end, Ok(()), "{options}");
        assert_eq!(seen[0].nanos, nanos, "{options}");
    }
}

#[test]
fn sections_do_not_share_interfaces() {
    let capture = [section_le(), interface_le(1, 0, ""), section_le(), enhanced_le(0, 0)].concat();
    let error = error_of(&capture);
    assert_eq!(error.kind, Kind::UnknownInterface { number: 0 });
    assert_eq!(error.offset, 28 + 20 + 28);
}

#[test]
fn damaged_pcap_is_named_and_placed() {
    let pcap = |rest: &str| hex(&[MICROS_LE, rest].concat());
    for (capture, message) in [
        (vec![], "the capture is empty"),
        (
            b"\x89PNG\r\n\x1a\n-and-so-on".to_vec(),
            "not a pcap or pcapng capture (first bytes 89 50 4e 47 0d 0a 1a 0a)",
        ),
        (b"ab".to_vec(), "not a pcap or pcapng capture (first bytes 61 62)"),
        (hex("0a0d"), "the capture ends inside the file header (2 of 8 bytes), at offset 0"),
        (
            hex(MICROS_LE)[..23].to_vec(),
            "the capture ends inside the file header (23 of 24 bytes), at offset 0",
        ),
        (
            pcap("0200"),
            "the capture ends inside the header of a frame (2 of 16 bytes), at offset 24",
        ),
        (
            pcap("02000000 03000000 03000000 3c000000 aabb"),
            "the capture ends inside a frame (18 of 19 bytes), at offset 24",
        ),
        (
            pcap("02000000 03000000 01000400 01000400"),
            "damaged record: a frame of 262145 bytes (most: 262144), at offset 24",
        ),
        (
            hex("d4c3b2a1 0200 0500 00000000 00000000 ffff0000 01000000"),
            "unsupported capture format version 2.5, at offset 0",
        ),
        (
            hex("d4c3b2a1 0100 0400 00000000 00000000 ffff0000 01000000"),
            "unsupported capture format version 1.4, at offset 0",
        ),
        (
            hex("d4c3b2a1 0200 0400 00000000 00000000 ffff0000 00003000"),
            "unsupported link type field 0x00300000, at offset 0",
        ),
    ] {
        assert_eq!(error_of(&capture).to_string(), message);
    }
}

#[test]
fn damaged_pcapng_is_named_and_placed() {
    let pcapng = |rest: Vec<u8>| [section_le(), interface_le(1, 0, ""), rest].concat();
    let too_many = [section_le(), interface_le(1, 0, "").repeat(65_537)].concat();
    for (capture, message) in [
        (
            hex("0a0d0d0a 1c000000 00000000"),
            "damaged section header: no byte-order mark, at offset 0",
        ),
        (
            hex("0a0d0d0a 1c000000 4d3c2b1a 0200 0000 ffffffffffffffff 1c000000"),
            "unsupported capture format version 2.0, at offset 0",
        ),
        (pcapng(hex("06000000")), "the capture ends inside a block (4 of 12 bytes), at offset 48"),
        (
            pcapng(hex("06000000 0b000000 00000000")),
            "damaged block: length 11 (expected a multiple of 4 up to 16777216), at offset 48",
        ),
        (
            pcapng(hex("06000000 04000001 00000000")),
            "damaged block: length 16777220 (expected a multiple of 4 up to 16777216), \
             at offset 48",
        ),
        (
            pcapng(hex("0b000000 0c000000 10000000")),
            "damaged block: length 12 at its start, 16 at its end, at offset 48",
        ),
        (
            pcapng(block_le(6, &[0; 16])),
            "damaged block: shorter than what it should hold, at offset 48",
        ),
        (
            pcapng(block_le(6, &hex("00000000 00000000 00000000 05000000 05000000 aabbcc00"))),
            "damaged block: shorter than what it should hold, at offset 48",
        ),
        (
            pcapng(block_le(6, &hex("00000000 00000000 00000000 ffffffff ffffffff"))),
            "damaged record: a frame of 4294967295 bytes (most: 262144), at offset 48",
        ),
        (
            pcapng(enhanced_le(1, 0)),
            "packet from interface 1, which was not described, at offset 48",
        ),
        (
            [section_le(), interface_le(1, 0, "0900 0200 06060000")].concat(),
            "damaged interface block: bad length of option 9, at offset 28",
        ),
        (
            [section_le(), interface_le(1, 0, "0200 ff00 65746830")].concat(),
            "damaged interface block: bad length of option 2, at offset 28",
        ),
        (too_many, "more than 65536 interfaces in one section, at offset 1310748"),
    ] {
        assert_eq!(error_of(&capture).to_string(), message);
    }
}

#[test]
fn frames_before_damage_are_handed_over() {
    let capture = [pcapng_sample(), hex("00000006 00000001 00000000")].concat();
    let (seen, end) = decode(&capture);
    assert_eq!(seen.len(), 6);
    let error = end.expect_err("damage");
    assert_eq!(error.kind.as_str(), "bad_block_length");
    assert_eq!(error.offset, pcapng_sample().len() as u64);
}

#[test]
fn large_messages_are_no_damage_where_frames_are_messages() {
    const USBPCAP: &str = "f9000000";
    let header = "d4c3b2a1 0200 0400 00000000 00000000 00000000";
    let mut capture = hex(&[header, USBPCAP, "00000000 00000000 00001000 00001000"].concat());
    capture.resize(capture.len() + (1 << 20), 0);
    let (seen, end) = decode_pieces(capture.chunks(65_536));
    assert_eq!((seen[0].octets.len(), end), (1 << 20, Ok(())));
}

fn samples() -> Vec<Vec<u8>> {
    let two_frames = hex(&[MICROS_LE, RECORD_LE, FRAME, RECORD_LE, FRAME].concat());
    let pcaps = pcap_samples().into_iter().map(|(capture, ..)| capture);
    pcaps.chain([two_frames, pcapng_sample()]).collect()
}

#[test]
fn pieces_of_any_length_give_the_same_frames() {
    for capture in samples() {
        let whole = decode(&capture);
        assert_eq!(whole.1, Ok(()));
        for piece_len in 1..=capture.len() {
            assert_eq!(decode_pieces(capture.chunks(piece_len)), whole);
            assert_eq!(decode_stepwise(&capture, piece_len), whole);
        }
        for cut in 0..=capture.len() {
            let (front, back) = capture.split_at(cut);
            assert_eq!(decode_pieces([front, &[], back]), whole);
        }
    }
}

#[test]
fn every_prefix_ends_cleanly() {
    for capture in samples() {
        let (all, _) = decode(&capture);
        for len in 0..capture.len() {
            let prefix = &capture[..len];
            let (seen, end) = decode(prefix);
            assert_eq!(seen, all[..seen.len()]);
            assert_eq!(decode_pieces(prefix.chunks(1)), (seen, end));
            let Err(error) = end else { continue };
            match error.kind {
                Kind::Empty => assert_eq!(len, 0),
                Kind::CutShort { present, needed, inside } => {
                    assert!(present < needed);
                    assert_eq!(error.offset + present as u64, len as u64);
                    assert_eq!(inside == Part::FileHeader, error.offset == 0);
                }
                kind => panic!("{kind} in a prefix of {len} octets"),
            }
        }
    }
}

/// A frame to write: seconds, microseconds, bytes, bytes that the capture cut off.
type Written = (u32, u32, Vec<u8>, u32);

fn written() -> impl Strategy<Value = Vec<Written>> {
    vec((any::<u32>(), 0_u32..1_000_000, vec(any::<u8>(), 0..90), 0_u32..9), 0..20)
}

fn write_pcap(frames: &[Written], big: bool) -> Vec<u8> {
    let number = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let mut capture = hex(if big { MICROS_BE } else { MICROS_LE });
    for (seconds, micros, octets, cut) in frames {
        let len = octets.len() as u32;
        capture.extend([*seconds, *micros, len, len + cut].map(number).concat());
        capture.extend(octets);
    }
    capture
}

fn write_pcapng(frames: &[Written], big: bool) -> Vec<u8> {
    let number = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let mut capture = if big {
        hex("0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c \
             00000001 00000014 0001 0000 00000000 00000014")
    } else {
        [section_le(), interface_le(1, 0, "")].concat()
    };
    for (seconds, micros, octets, cut) in frames {
        let ticks = u64::from(*seconds) * 1_000_000 + u64::from(*micros);
        let (len, padding) = (octets.len() as u32, octets.len().wrapping_neg() % 4);
        let total_len = 32 + len + padding as u32;
        let (high, low) = ((ticks >> 32) as u32, ticks as u32);
        capture.extend([6, total_len, 0, high, low, len, len + cut].map(number).concat());
        capture.extend(octets);
        capture.resize(capture.len() + padding, 0);
        capture.extend(number(total_len));
    }
    capture
}

/// Splits at the given places, wherever they fall.
fn pieces<'a>(capture: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (capture.len() + 1)).collect();
    places.extend([0, capture.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &capture[pair[0]..pair[1]]).collect()
}

/// The frames' bytes, as pcap-parser's own readers have them, which buffer and know packets by type.
fn read_by_pcap_parser(capture: &[u8]) -> Vec<Vec<u8>> {
    use pcap_parser::traits::PcapNGPacketBlock as _;
    use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader};
    let mut reader = create_reader(65_536, capture).expect("a capture");
    let mut frames = Vec::new();
    loop {
        match reader.next() {
            Ok((consumed, block)) => {
                match block {
                    PcapBlockOwned::Legacy(block) => frames.push(block.data.to_vec()),
                    PcapBlockOwned::NG(Block::EnhancedPacket(block)) => {
                        frames.push(block.packet_data().to_vec());
                    }
                    _ => {}
                }
                reader.consume(consumed);
            }
            Err(PcapError::Eof) => return frames,
            Err(PcapError::Incomplete(_)) => reader.refill().expect("octets in memory"),
            Err(error) => panic!("{error}"),
        }
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        frames in written(),
        big: bool,
        ng: bool,
        cuts in vec(any::<usize>(), 0..12),
    ) {
        let write = if ng { write_pcapng } else { write_pcap };
        let capture = write(&frames, big);
        let (seen, end) = decode_pieces(pieces(&capture, &cuts));
        prop_assert_eq!(end, Ok(()));
        prop_assert_eq!(seen.len(), frames.len());
        for (seen, (seconds, micros, octets, cut)) in seen.iter().zip(&frames) {
            let nanos = u64::from(*seconds) * 1_000_000_000 + u64::from(*micros) * 1_000;
            prop_assert_eq!(seen.nanos, nanos);
            prop_assert_eq!(&seen.octets, octets);
            prop_assert_eq!(seen.wire_len, octets.len() + *cut as usize);
        }
        let octets: Vec<_> = seen.into_iter().map(|seen| seen.octets).collect();
        // On a big-endian machine it reads no pcapng (`capture_faults`).
        if !ng || cfg!(target_endian = "little") {
            prop_assert_eq!(read_by_pcap_parser(&capture), octets);
        }
    }

    #[test]
    fn damage_is_the_same_however_it_arrives(
        frames in written(),
        big: bool,
        ng: bool,
        damage in vec((any::<usize>(), any::<u8>()), 1..4),
        cuts in vec(any::<usize>(), 0..12),
    ) {
        let write = if ng { write_pcapng } else { write_pcap };
        let mut capture = write(&frames, big);
        for (place, octet) in damage {
            let place = place % capture.len();
            capture[place] = octet;
        }
        let whole = decode(&capture);
        prop_assert_eq!(&decode_pieces(pieces(&capture, &cuts)), &whole);
        prop_assert_eq!(&decode_stepwise(&capture, 7), &whole);
    }

    #[test]
    fn random_octets_end_cleanly(
        start in prop::sample::select(vec![
            "", MICROS_LE, NANOS_BE, MODIFIED_LE, "0a0d0d0a 1c000000 4d3c2b1a",
            "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000",
        ]),
        rest in vec(any::<u8>(), 0..200),
        cuts in vec(any::<usize>(), 0..12),
    ) {
        let capture = [hex(start), rest].concat();
        let whole = decode(&capture);
        prop_assert_eq!(&decode_pieces(pieces(&capture, &cuts)), &whole);
        prop_assert_eq!(&decode_stepwise(&capture, 1), &whole);
    }
}
