//! What pcap-parser 0.17 gets wrong or leaves to its caller, each shown on a capture that is written
//! out, and what the decoder makes of it. A newer release that answers otherwise fails here.

#![cfg(feature = "capture")]
#![allow(missing_docs, reason = "a test binary has no users")]
#![allow(clippy::expect_used, reason = "tests say what they expect by failing")]

use pcap_parser::nom::{Err, Needed};
use pcap_parser::traits::PcapNGPacketBlock as _;
use pcap_parser::{
    Block, InterfaceDescriptionBlock, PcapNGOption, parse_block_be, parse_block_le,
    parse_enhancedpacketblock_le, parse_interfacedescriptionblock_be,
    parse_interfacedescriptionblock_le, parse_pcap_frame, parse_pcap_header,
    parse_sectionheaderblock, parse_simplepacketblock_le, parse_unknownblock_be,
    parse_unknownblock_le,
};
use stackprint::LinkType;
use stackprint::capture::{CaptureError, CaptureErrorKind as Kind, Decoder};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}
use Order::{Big, Little};

impl Order {
    fn halves(self, halves: &[u16]) -> Vec<u8> {
        let bytes =
            |half: &u16| if self == Little { half.to_le_bytes() } else { half.to_be_bytes() };
        halves.iter().flat_map(bytes).collect()
    }

    fn words(self, words: &[u32]) -> Vec<u8> {
        let bytes =
            |word: &u32| if self == Little { word.to_le_bytes() } else { word.to_be_bytes() };
        words.iter().flat_map(bytes).collect()
    }
}

fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let len = body.len() as u32 + 12;
    [&order.words(&[kind, len])[..], body, &order.words(&[len])].concat()
}

fn section(order: Order) -> Vec<u8> {
    let mark = order.words(&[0x1a2b_3c4d]);
    block(order, 0x0a0d_0d0a, &[&mark[..], &order.halves(&[1, 0]), &[0xff; 8]].concat())
}

fn interface(order: Order, snap_len: u32, options: &[u8]) -> Vec<u8> {
    let head = [order.halves(&[1, 0]), order.words(&[snap_len])].concat();
    block(order, 1, &[&head[..], options].concat())
}

fn option(order: Order, code: u16, value: &[u8]) -> Vec<u8> {
    let mut option = order.halves(&[code, value.len() as u16]);
    option.extend(value);
    option.resize(option.len().next_multiple_of(4), 0);
    option
}

/// A packet of the first interface with the bytes `aabbcc`.
fn packet(order: Order, ticks: u32, options: &[u8]) -> Vec<u8> {
    let head = order.words(&[0, 0, ticks, 3, 3]);
    block(order, 6, &[&head[..], &[0xaa, 0xbb, 0xcc, 0], options].concat())
}

/// A pcap header of Ethernet after `magic`.
fn pcap(order: Order, magic: u32, version: [u16; 2], link_field: u32) -> Vec<u8> {
    let start = [order.words(&[magic]), order.halves(&version)].concat();
    [start, order.words(&[0, 0, 262_144, link_field])].concat()
}

/// A frame's time and bytes.
type Read = (u64, Vec<u8>);

/// Frames as the decoder reads them, whole and byte by byte.
fn decode(capture: &[u8]) -> (Vec<Read>, Result<(), CaptureError>) {
    let decode = |piece_len| {
        let mut decoder = Decoder::new();
        let mut frames = Vec::new();
        for piece in capture.chunks(piece_len) {
            let pushed = decoder.push(piece, |captured| {
                frames.push((captured.frame.time.as_nanos(), captured.frame.data.to_vec()));
            });
            if pushed.is_err() {
                return (frames, pushed);
            }
        }
        let end = decoder.finish();
        (frames, end)
    };
    let whole = decode(capture.len().max(1));
    assert_eq!(decode(1), whole, "byte by byte");
    whole
}

fn time_of(capture: &[u8]) -> u64 {
    let (frames, end) = decode(capture);
    assert_eq!((frames.len(), end), (1, Ok(())));
    frames[0].0
}

fn error_of(capture: &[u8]) -> Kind {
    decode(capture).1.expect_err("damage").kind
}

fn interface_block(order: Order, block: &[u8]) -> InterfaceDescriptionBlock<'_> {
    let parsed = match order {
        Little => parse_interfacedescriptionblock_le(block),
        Big => parse_interfacedescriptionblock_be(block),
    };
    parsed.expect("an interface").1
}

/// pcap-parser reads the type of a block as little-endian, and takes the number for one in the order of
/// the machine: on a big-endian one, it refuses every block whose type it knows.
const KNOWS_BLOCKS: bool = cfg!(target_endian = "little");

/// What it makes of blocks whose type it knows. What the decoder makes of them holds on every machine.
fn of_known_blocks(check: impl FnOnce()) {
    if KNOWS_BLOCKS {
        check();
    }
}

#[test]
fn it_refuses_the_blocks_it_knows_on_big_endian_machines() {
    for order in [Little, Big] {
        let [interface, packet] = [interface(order, 0, &[]), packet(order, 7, &[])];
        let parsed = match order {
            Little => parse_interfacedescriptionblock_le(&interface),
            Big => parse_interfacedescriptionblock_be(&interface),
        };
        assert_eq!(parsed.is_ok(), KNOWS_BLOCKS);
        // Of section headers, those of big-endian sections. Blocks of unknown type are not compared.
        let header = section(order);
        assert_eq!(parse_sectionheaderblock(&header).is_ok(), KNOWS_BLOCKS || order == Little);
        let unknown = match order {
            Little => parse_unknownblock_le(&interface),
            Big => parse_unknownblock_be(&interface),
        };
        assert!(unknown.is_ok());
        assert_eq!(time_of(&[section(order), interface, packet].concat()), 7_000);
    }
}

#[test]
fn resolutions_to_base_two_are_none_to_it() {
    // 2⁻²⁰ s: 0x80 | 20.
    for order in [Little, Big] {
        let interface = interface(order, 0, &option(order, 9, &[0x94]));
        of_known_blocks(|| {
            assert_eq!(interface_block(order, &interface).ts_resolution(), None);
        });
        let capture = [section(order), interface, packet(order, 7 << 19, &[])].concat();
        assert_eq!(time_of(&capture), 3_500_000_000);
    }
}

#[test]
fn its_resolutions_end_at_ten_to_the_minus_nineteenth() {
    let interface = interface(Little, 0, &option(Little, 9, &[20]));
    of_known_blocks(|| assert_eq!(interface_block(Little, &interface).ts_resolution(), None));
    let capture = [section(Little), interface, packet(Little, u32::MAX, &[])].concat();
    assert_eq!(time_of(&capture), 0);
}

#[test]
fn its_time_offsets_are_little_endian_in_every_section() {
    let interface = interface(Big, 0, &option(Big, 14, &100_u64.to_be_bytes()));
    of_known_blocks(|| assert_eq!(interface_block(Big, &interface).if_tsoffset, 100 << 56));
    let capture = [section(Big), interface, packet(Big, 1, &[])].concat();
    assert_eq!(time_of(&capture), 100_000_001_000);
}

#[test]
fn its_options_go_on_after_their_end() {
    let options = [option(Little, 0, &[]), option(Little, 9, &[9])].concat();
    let interface = interface(Little, 0, &options);
    of_known_blocks(|| assert_eq!(interface_block(Little, &interface).if_tsresol, 9));
    let capture = [section(Little), interface, packet(Little, 7, &[])].concat();
    assert_eq!(time_of(&capture), 7_000);
}

#[test]
fn an_option_that_is_cut_is_no_error_to_it() {
    let cut = [Little.halves(&[2, 255]), b"eth0".to_vec()].concat();
    let cut = interface(Little, 0, &cut);
    of_known_blocks(|| assert!(interface_block(Little, &cut).options.is_empty()));
    assert_eq!(error_of(&[section(Little), cut].concat()), Kind::BadOption { code: 2 });
    // As is one of a wrong length.
    let wrong = interface(Little, 0, &option(Little, 9, &[6, 6]));
    of_known_blocks(|| assert_eq!(interface_block(Little, &wrong).if_tsresol, 6));
    assert_eq!(error_of(&[section(Little), wrong].concat()), Kind::BadOption { code: 9 });
}

#[test]
fn lengths_that_differ_are_the_same_to_it() {
    let spoil = |mut block: Vec<u8>| {
        let trailer = block.len() - 4;
        block[trailer] ^= 4;
        block
    };
    let header = spoil(section(Little));
    assert!(parse_sectionheaderblock(&header).is_ok());
    assert_eq!(error_of(&header), Kind::BlockLengthsDiffer { first: 28, last: 24 });

    let simple = spoil(block(Little, 3, &Little.words(&[4, 0])));
    of_known_blocks(|| assert!(parse_simplepacketblock_le(&simple).is_ok()));
    let capture = [section(Little), interface(Little, 0, &[]), simple].concat();
    assert_eq!(error_of(&capture), Kind::BlockLengthsDiffer { first: 20, last: 16 });

    let unknown = spoil(block(Little, 0x7777, &[]));
    assert!(parse_block_le(&unknown).is_ok());
    let capture = [section(Little), unknown].concat();
    assert_eq!(error_of(&capture), Kind::BlockLengthsDiffer { first: 12, last: 8 });
}

#[test]
fn blocks_of_odd_lengths_are_blocks_to_it() {
    let odd = block(Little, 3, &[1, 0, 0, 0, 0xaa]);
    of_known_blocks(|| assert!(parse_block_le(&odd).is_ok()));
    let capture = [section(Little), interface(Little, 0, &[]), odd].concat();
    assert_eq!(error_of(&capture), Kind::BadBlockLength { length: 17 });
}

/// Whoever believed it would wait for bytes of the next blocks, or for 4 GiB.
#[test]
fn it_asks_for_more_than_a_block_has() {
    let claims = |captured_len: u32| {
        let head = Little.words(&[0, 0, 0, captured_len, captured_len]);
        block(Little, 6, &[&head[..], &[0; 4]].concat())
    };
    let start = [section(Little), interface(Little, 0, &[])].concat();
    let over = claims(5);
    of_known_blocks(|| {
        assert!(matches!(
            parse_enhancedpacketblock_le(&over),
            Err(Err::Incomplete(Needed::Size(missing))) if missing.get() == 4
        ));
    });
    assert_eq!(error_of(&[&start[..], &over].concat()), Kind::BlockTooShort);
    let far_over = claims(u32::MAX - 8);
    of_known_blocks(|| {
        assert!(matches!(parse_enhancedpacketblock_le(&far_over), Err(Err::Incomplete(_))));
    });
    let kind = Kind::FrameTooLong { captured_len: u32::MAX - 8, max_len: 262_144 };
    assert_eq!(error_of(&[&start[..], &far_over].concat()), kind);

    let endless = Little.words(&[6, 0xffff_fffc, 0]);
    of_known_blocks(|| assert!(matches!(parse_block_le(&endless), Err(Err::Incomplete(_)))));
    let kind = Kind::BadBlockLength { length: 0xffff_fffc };
    assert_eq!(error_of(&[&start[..], &endless].concat()), kind);

    let record = Little.words(&[0, 0, u32::MAX, u32::MAX]);
    assert!(matches!(parse_pcap_frame(&record), Err(Err::Incomplete(_))));
    let capture = [pcap(Little, 0xa1b2_c3d4, [2, 4], 1), record].concat();
    let kind = Kind::FrameTooLong { captured_len: u32::MAX, max_len: 262_144 };
    assert_eq!(error_of(&capture), kind);
}

/// Apple's block of a process: lengths below that of any block are not refused, and 12 is subtracted.
#[test]
fn it_overflows_on_a_short_process_block() {
    for len in [4, 8] {
        let short = Little.words(&[0x8000_0001, len, 0, 0]);
        of_known_blocks(|| {
            let parsed = std::panic::catch_unwind(|| match parse_block_le(&short) {
                Err(Err::Incomplete(Needed::Size(missing))) => missing.get(),
                parsed => unreachable!("{parsed:?}"),
            });
            // It panics where overflow is checked, else it waits for 4 GiB.
            assert!(parsed.map_or(true, |missing| missing > 0xffff_0000));
        });
        let capture = [section(Little), short].concat();
        assert_eq!(error_of(&capture), Kind::BadBlockLength { length: len });
    }
}

/// A snapshot length that is no multiple of four leaves padding behind a simple packet.
#[test]
fn the_padding_of_a_simple_packet_is_packet_to_it() {
    let simple = block(Little, 3, &[&Little.words(&[9])[..], &[1, 2, 3, 4, 5, 0, 0, 0]].concat());
    of_known_blocks(|| {
        let (_, parsed) = parse_simplepacketblock_le(&simple).expect("a packet");
        assert_eq!(parsed.packet_data(), [1, 2, 3, 4, 5, 0, 0, 0]);
    });
    let capture = [section(Little), interface(Little, 5, &[]), simple].concat();
    assert_eq!(decode(&capture), (vec![(0, vec![1, 2, 3, 4, 5])], Ok(())));
}

#[test]
fn it_does_not_know_the_obsolete_packet() {
    for order in [Little, Big] {
        // Interface 0, five lost before it.
        let head = [order.halves(&[0, 5]), order.words(&[0, 7, 2, 2])].concat();
        let obsolete = block(order, 2, &[&head[..], &[0xdd, 0xee, 0, 0]].concat());
        let parsed =
            if order == Little { parse_block_le(&obsolete) } else { parse_block_be(&obsolete) };
        assert!(matches!(parsed, Ok((_, Block::Unknown(_)))));
        let capture = [section(order), interface(order, 0, &[]), obsolete].concat();
        assert_eq!(decode(&capture), (vec![(7_000, vec![0xdd, 0xee])], Ok(())));
    }
}

/// Why packets are split as blocks of unknown type: an enhanced packet with options, as those of macOS
/// have them, costs an allocation, and 16 MiB of options some 128 MiB (64 MiB on a 32-bit machine).
#[test]
fn it_collects_the_options_of_each_packet() {
    let options = [option(Little, 2, &[0; 4]), option(Little, 0, &[])].concat();
    let with_options = packet(Little, 7, &options);
    of_known_blocks(|| {
        let (_, parsed) = parse_enhancedpacketblock_le(&with_options).expect("a packet");
        assert_eq!(parsed.options.len(), 2);
    });
    // A word of the machine for each byte.
    let least_option_len = option(Little, 1, &[]).len();
    assert!(size_of::<PcapNGOption<'_>>() >= size_of::<usize>() * least_option_len);

    let (_, split) = parse_unknownblock_le(&with_options).expect("a block");
    assert_eq!(split.data.len(), with_options.len() - 12);
    let capture = [section(Little), interface(Little, 0, &[]), with_options].concat();
    assert_eq!(decode(&capture), (vec![(7_000, vec![0xaa, 0xbb, 0xcc])], Ok(())));
}

#[test]
fn versions_are_all_one_to_it() {
    let capture = pcap(Little, 0xa1b2_c3d4, [9, 9], 1);
    assert!(parse_pcap_header(&capture).is_ok());
    assert_eq!(error_of(&capture), Kind::UnsupportedVersion { major: 9, minor: 9 });

    let mut header = section(Little);
    header[12] = 9;
    assert!(parse_sectionheaderblock(&header).is_ok());
    assert_eq!(error_of(&header), Kind::UnsupportedVersion { major: 9, minor: 0 });
}

/// Versions before 2.4 have the length on the wire first.
#[test]
fn it_takes_the_lengths_of_old_versions_in_the_new_order() {
    for version in [[2, 2], [2, 3]] {
        let record = [Little.words(&[1, 0, 60, 2]), vec![0xdd, 0xee]].concat();
        assert!(matches!(parse_pcap_frame(&record), Err(Err::Incomplete(_))));
        let capture = [pcap(Little, 0xa1b2_c3d4, version, 1), record].concat();
        assert_eq!(decode(&capture), (vec![(1_000_000_000, vec![0xdd, 0xee])], Ok(())));
    }
}

#[test]
fn it_refuses_the_modified_format_of_big_endian_machines() {
    let header = pcap(Big, 0xa1b2_cd34, [2, 4], 1);
    assert!(parse_pcap_header(&header).is_err());
    let record = [Big.words(&[1, 0, 2, 2, 7]), Big.halves(&[0x0800, 0]), vec![0xdd, 0xee]].concat();
    let capture = [header, record].concat();
    assert_eq!(decode(&capture), (vec![(1_000_000_000, vec![0xdd, 0xee])], Ok(())));
}

#[test]
fn the_length_of_a_check_sequence_is_link_type_to_it() {
    // A frame check sequence of two 16-bit units, present; raw IP.
    let header = pcap(Little, 0xa1b2_c3d4, [2, 4], 0x2400_0065);
    assert_eq!(parse_pcap_header(&header).expect("a header").1.network.0, 0x2400_0065);
    let capture = [header, Little.words(&[0, 0, 0, 0])].concat();
    let mut link_types = Vec::new();
    let each = |captured: stackprint::capture::CapturedFrame<'_>| {
        link_types.push(captured.frame.link_type);
    };
    Decoder::new().push(&capture, each).expect("a capture");
    assert_eq!(link_types, [LinkType::RAW]);
}
